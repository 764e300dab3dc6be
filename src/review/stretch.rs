//! A run as stretches of time with one cadence: records in order, pauses left out, gaps capped.

use crate::cadence::Cadence;
use crate::stats;
use crate::watch::{Moment, Reading, Record, Session, Span, Speed, Timer, single};

/// The longest time that one value is taken to hold, in seconds. Watches that save space write one every few seconds; a
/// longer gap is one in the recording.
const MAX_GAP_S: f64 = 15.0;

/// A stretch of time with one cadence. In single precision, since a long run has 345,600 of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    start: Moment,
    seconds: f32,
    spm: Option<f32>,
    speed: Option<f32>,
}

impl Stretch {
    /// Some seconds with one cadence and speed, as far as they are known.
    #[must_use]
    pub fn new(start: Moment, seconds: f64, spm: Option<f64>, speed_mps: Option<f64>) -> Self {
        Self {
            start,
            seconds: single(seconds),
            spm: spm.map(single),
            speed: speed_mps.map(single),
        }
    }

    /// When it begins.
    #[must_use]
    pub fn start(&self) -> Moment {
        self.start
    }

    /// When it ends.
    #[must_use]
    pub fn end(&self) -> Moment {
        self.start.plus_seconds(self.seconds())
    }

    /// How long it is taken to last.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        f64::from(self.seconds)
    }

    /// The cadence in steps a minute; zero is standing, `None` unknown.
    #[must_use]
    pub fn spm(&self) -> Option<f64> {
        self.spm.map(f64::from)
    }

    /// Metres a second.
    #[must_use]
    pub fn speed_mps(&self) -> Option<f64> {
        self.speed.map(f64::from)
    }

    /// How the runner moves in it; `None` where the cadence is unknown.
    #[must_use]
    pub fn gait(&self, split: Cadence) -> Option<Gait> {
        Some(Gait::of(self.spm()?, split))
    }

    /// The cadence, where it is that of running.
    #[must_use]
    pub fn running_spm(&self, split: Cadence) -> Option<f64> {
        self.spm()
            .filter(|_| self.gait(split) == Some(Gait::Running))
    }
}

/// How a runner moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gait {
    /// Cadence zero.
    Standing,
    /// Below the split.
    Walking,
    /// From the split on.
    Running,
}

impl Gait {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Walking => "walking",
            Self::Running => "running",
        }
    }

    /// The gait that a cadence is.
    fn of(spm: f64, split: Cadence) -> Self {
        if spm <= 0.0 {
            Self::Standing
        } else if spm < split.spm() {
            Self::Walking
        } else {
            Self::Running
        }
    }
}

/// The stretches that begin from one moment to before another; `stretches` are in order of time.
#[must_use]
pub fn between(stretches: &[Stretch], from: Moment, to: Moment) -> &[Stretch] {
    let place = |at: Moment| stretches.partition_point(|stretch| stretch.start < at);
    let (begin, end) = (place(from), place(to));
    &stretches[begin..end.max(begin)]
}

/// A time in which the watch was paused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pause {
    /// When the timer was stopped.
    pub start: Moment,
    /// When it went on.
    pub end: Moment,
}

/// The times between a stop of the timer and its next start. A stop that no start follows is the end, and a device that
/// writes no timer events was never paused.
pub(super) fn pauses(session: &Session) -> Vec<Pause> {
    let mut events = session.timer.clone();
    events.sort_by_key(|(at, _)| *at);
    let mut stopped = None;
    let mut pauses = Vec::new();
    for (at, event) in events {
        match event {
            Timer::Stop => stopped = stopped.or(Some(at)),
            Timer::Start => {
                pauses.extend(stopped.take().map(|start| Pause { start, end: at }));
            }
        }
    }
    pauses
}

/// One stretch a lap, where only the laps have a cadence. A lap ends where the next one begins, and the last within the
/// span that a recording may have.
pub(super) fn of_laps(session: &Session, steps_per_count: f64) -> Vec<Stretch> {
    let mut laps: Vec<_> = session
        .laps
        .iter()
        .filter_map(|lap| Some((lap, lap.length?.seconds())))
        .collect();
    laps.sort_by_key(|(lap, _)| lap.start);
    let Some((first, _)) = laps.first() else {
        return Vec::new();
    };
    let last_end = first.start.plus_seconds(Span::MAX_SECONDS);
    let ends = laps
        .iter()
        .skip(1)
        .map(|(lap, _)| lap.start)
        .chain([last_end]);
    laps.iter()
        .zip(ends)
        .map(|((lap, seconds), end)| {
            let metres = lap.distance.filter(|_| *seconds > 0.0);
            let speed = metres.map(|distance| distance.metres() / seconds);
            let spm = lap.cadence.raw().map(|raw| raw * steps_per_count);
            let room = end.min(last_end).seconds_since(lap.start).max(0.0);
            Stretch::new(lap.start, seconds.min(room), spm, speed)
        })
        .collect()
}

/// One stretch for each moment that has a record: in order of time, equal times merged, pauses left out, gaps capped.
pub(super) fn of_records(
    session: &Session,
    pauses: &[Pause],
    reading: fn(&Record) -> Reading,
    steps_per_count: f64,
) -> Vec<Stretch> {
    let sorted;
    let records = if session.records.is_sorted_by_key(|record| record.at) {
        session.records.as_slice()
    } else {
        let mut copy = session.records.clone();
        copy.sort_by_key(|record| record.at);
        sorted = copy;
        sorted.as_slice()
    };
    let mut stretches: Vec<Stretch> = Vec::with_capacity(records.len());
    let mut ahead = pauses.iter().peekable();
    for moment in records.chunk_by(|a, b| a.at == b.at) {
        let at = moment[0].at;
        while ahead.next_if(|pause| pause.end <= at).is_some() {}
        if ahead.peek().is_some_and(|pause| pause.start < at) {
            continue;
        }
        let raw = stats::mean(moment.iter().filter_map(|record| reading(record).raw()));
        let speeds = moment.iter().filter_map(|record| record.speed);
        let spm = raw.map(|raw| raw * steps_per_count);
        stretches.push(Stretch::new(
            at,
            0.0,
            spm,
            stats::mean(speeds.map(Speed::mps)),
        ));
    }
    // Each value holds until the next one, but not into a pause; after the last there is no time.
    let mut stops = pauses.iter().map(|pause| pause.start).peekable();
    for index in 0..stretches.len() {
        let start = stretches[index].start;
        while stops.next_if(|stop| *stop < start).is_some() {}
        let next = stretches.get(index + 1).map(|next| next.start);
        if let Some(end) = next.into_iter().chain(stops.peek().copied()).min() {
            stretches[index].seconds = single(end.seconds_since(start).min(MAX_GAP_S));
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Distance, Lap};

    const START: Moment = Moment::from_unix_ms(0);

    fn lap(start: f64, seconds: f64, raw: f64) -> Lap {
        Lap {
            start: START.plus_seconds(start),
            length: Span::from_seconds(seconds).ok(),
            distance: Distance::from_metres(3.0 * seconds).ok(),
            cadence: Reading::from_number(raw).unwrap(),
        }
    }

    #[test]
    fn a_lap_ends_where_the_next_one_begins() {
        let session = Session {
            laps: vec![lap(0.0, 300.0, 80.0), lap(200.0, 100.0, 85.0)],
            ..Session::default()
        };
        let stretches = of_laps(&session, 2.0);
        let seconds: Vec<f64> = stretches.iter().map(Stretch::seconds).collect();
        assert_eq!(seconds, [200.0, 100.0]);
        assert_eq!(stretches[0].speed_mps(), Some(3.0));
    }

    #[test]
    fn laps_of_four_days_each_do_not_add_up() {
        let day = 24.0 * 3600.0;
        let session = Session {
            laps: vec![lap(0.0, 4.0 * day, 80.0), lap(3.0 * day, 4.0 * day, 80.0)],
            ..Session::default()
        };
        let whole: f64 = of_laps(&session, 2.0).iter().map(Stretch::seconds).sum();
        assert_eq!(whole, 4.0 * day);
    }

    #[test]
    fn a_pause_is_from_a_stop_to_the_next_start() {
        let at = |seconds: f64| START.plus_seconds(seconds);
        let session = Session {
            timer: vec![
                (at(0.0), Timer::Start),
                (at(60.0), Timer::Stop),
                (at(61.0), Timer::Stop),
                (at(90.0), Timer::Start),
                (at(200.0), Timer::Stop),
            ],
            ..Session::default()
        };
        let expected = Pause {
            start: at(60.0),
            end: at(90.0),
        };
        assert_eq!(pauses(&session), [expected]);
    }

    #[test]
    fn stretches_between_two_moments_are_those_that_begin_there() {
        let stretch = |at: f64| Stretch::new(START.plus_seconds(at), 10.0, Some(160.0), None);
        let run = [stretch(0.0), stretch(10.0), stretch(20.0)];
        let at = |seconds: f64| START.plus_seconds(seconds);
        assert_eq!(between(&run, at(5.0), at(20.0)), &run[1..2]);
        assert_eq!(between(&run, at(20.0), at(5.0)), []);
    }
}
