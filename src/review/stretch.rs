//! A run as stretches of time with one cadence: records in order, pauses left out, gaps capped.

use crate::cadence::Cadence;
use crate::stats;
use crate::watch::{Moment, Reading, Record, Session, Span, Speed, Timer, single};

/// The longest time that one value is taken to hold, in seconds. Watches that save space write one
/// every few seconds; a longer gap is one in the recording.
pub(super) const MAX_GAP_S: f64 = 15.0;

/// From this speed on, in metres a second, a runner runs, whatever the cadence: walkers change over
/// at 1.9 to 2.2 m/s (7:35 min/km). The project's own bound.
pub(super) const RUNNING_FROM_MPS: f64 = 2.2;

/// Below this cadence nobody runs, whatever the speed says: at the start and the end of a run the
/// recorded speed lags. The project's own bound: at 2.2 m/s such steps would be longer than 1.1 m.
const SLOWEST_RUNNING_SPM: f64 = 120.0;

/// The split between walking and running.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// From this cadence on it is running.
    pub cadence: Cadence,
    /// Whether speed decides too, where it is known: from 2.2 m/s on any cadence from 120 spm on is
    /// that of running.
    pub by_speed: bool,
}

impl Split {
    /// Cadence alone decides.
    #[must_use]
    pub fn at(cadence: Cadence) -> Self {
        Self {
            cadence,
            by_speed: false,
        }
    }
}

impl Default for Split {
    /// [`Cadence::WALK_TO_RUN`], and speed where it is known.
    fn default() -> Self {
        Self {
            cadence: Cadence::WALK_TO_RUN,
            by_speed: true,
        }
    }
}

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

    /// The start.
    #[must_use]
    pub fn start(&self) -> Moment {
        self.start
    }

    /// The end.
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

    /// How the runner moves in it; `None` where the cadence is unknown, and where it is zero
    /// although the runner is fast: a dropout of the sensor.
    #[must_use]
    pub fn gait(&self, split: Split) -> Option<Gait> {
        let spm = self.spm()?;
        let is_fast = || self.speed_mps().is_some_and(|mps| mps > RUNNING_FROM_MPS);
        if spm <= 0.0 {
            return (!is_fast()).then_some(Gait::Standing);
        }
        let by_speed = split.by_speed && spm >= SLOWEST_RUNNING_SPM && is_fast();
        Some(if spm >= split.cadence.spm() || by_speed {
            Gait::Running
        } else {
            Gait::Walking
        })
    }

    /// The cadence, where it is that of running.
    #[must_use]
    pub fn running_spm(&self, split: Split) -> Option<f64> {
        self.spm()
            .filter(|_| self.gait(split) == Some(Gait::Running))
    }
}

/// How a runner moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gait {
    /// Cadence zero.
    Standing,
    /// Slower than the split.
    Walking,
    /// From the split on.
    Running,
}

impl Gait {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Walking => "walking",
            Self::Running => "running",
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

/// A pause of the watch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pause {
    /// When the timer was stopped.
    pub start: Moment,
    /// When it went on.
    pub end: Moment,
}

/// The times between a stop of the timer and its next start. A stop that no start follows is the
/// end, and a device that writes no timer events was never paused.
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

/// One stretch a lap, where only the laps have a cadence. A lap ends where the next one begins, and
/// the last within the span that a recording may have.
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

/// One stretch for each moment that has a record: in order of time, equal times merged, pauses left
/// out, gaps capped. With it, the seconds in gaps that no value holds for.
pub(super) fn of_records(
    session: &Session,
    pauses: &[Pause],
    reading: fn(&Record) -> Reading,
    steps_per_count: f64,
) -> (Vec<Stretch>, f64) {
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
        let speed = stats::mean(speeds.map(Speed::mps));
        let spm = raw.map(|raw| raw * steps_per_count);
        stretches.push(Stretch::new(at, 0.0, spm, speed));
    }
    // Each value holds until the next one, but not into a pause; after the last there is no time.
    let mut gap_s = 0.0;
    let mut stops = pauses.iter().map(|pause| pause.start).peekable();
    for index in 0..stretches.len() {
        let start = stretches[index].start;
        while stops.next_if(|stop| *stop < start).is_some() {}
        let next = stretches.get(index + 1).map(|next| next.start);
        if let Some(end) = next.into_iter().chain(stops.peek().copied()).min() {
            let seconds = end.seconds_since(start);
            gap_s += (seconds - MAX_GAP_S).max(0.0);
            stretches[index].seconds = single(seconds.min(MAX_GAP_S));
        }
    }
    (stretches, gap_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::run::tests::{START, session};
    use crate::watch::{Distance, Lap};

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
    fn speed_tells_running_from_walking_and_a_given_split_only_cadence() {
        let gait = |spm, speed, split| Stretch::new(START, 1.0, Some(spm), speed).gait(split);
        let by_speed = Split::default();
        // A runner of 138 spm at 7:15 min/km, a walker of 120 at 11:54, and neither speed known.
        assert_eq!(gait(138.0, Some(2.3), by_speed), Some(Gait::Running));
        assert_eq!(gait(120.0, Some(1.4), by_speed), Some(Gait::Walking));
        assert_eq!(gait(138.0, None, by_speed), Some(Gait::Walking));
        assert_eq!(gait(160.0, Some(1.9), by_speed), Some(Gait::Running));
        assert_eq!(gait(110.0, Some(2.5), by_speed), Some(Gait::Walking));
        assert_eq!(gait(120.0, Some(2.3), by_speed), Some(Gait::Running));
        assert_eq!(gait(140.0, None, by_speed), Some(Gait::Running));
        let given = Split::at(Cadence::WALK_TO_RUN);
        assert_eq!(gait(138.0, Some(2.3), given), Some(Gait::Walking));
    }

    #[test]
    fn zero_at_speed_is_a_dropout_and_a_gap_is_its_own_time() {
        let record = |second: f64, raw: f64, mps: f64| Record {
            at: START.plus_seconds(second),
            cadence: Reading::from_number(raw).unwrap(),
            developer_cadence: Reading::Missing,
            speed: Speed::from_mps(mps).ok(),
        };
        let session = Session {
            records: vec![
                record(0.0, 80.0, 3.0),
                record(1.0, 0.0, 3.0),
                record(2.0, 0.0, 0.1),
                record(62.0, 80.0, 3.0),
            ],
            ..Session::default()
        };
        let (stretches, gap_s) = of_records(&session, &[], |record| record.cadence, 2.0);
        let gaits: Vec<_> = stretches
            .iter()
            .map(|it| it.gait(Split::default()))
            .collect();
        let running = Some(Gait::Running);
        assert_eq!(gaits, [running, None, Some(Gait::Standing), running]);
        // Standing counts for 15 s of its minute.
        assert_eq!(gap_s, 45.0);
    }

    /// Each as its start, its seconds, its cadence and its speed.
    fn shown(stretches: &[Stretch]) -> Vec<(f64, f64, Option<f64>, Option<f64>)> {
        let shown = stretches.iter();
        shown
            .map(|it| {
                (
                    it.start().seconds_since(START),
                    it.seconds(),
                    it.spm(),
                    it.speed_mps(),
                )
            })
            .collect()
    }

    #[test]
    fn records_are_put_in_order_and_those_of_one_moment_are_one() {
        let session = session(
            [(10.0, 160.0, 3.0), (0.0, 164.0, 3.0), (10.0, 168.0, 4.0)],
            &[],
        );
        let (stretches, gap_s) = of_records(&session, &[], |record| record.cadence, 2.0);
        let expected = [
            (0.0, 10.0, Some(164.0), Some(3.0)),
            (10.0, 0.0, Some(164.0), Some(3.5)),
        ];
        assert_eq!((&shown(&stretches)[..], gap_s), (&expected[..], 0.0));
    }

    #[test]
    fn a_value_holds_until_the_next_one_or_a_stop_and_a_pause_has_none() {
        let steady = |at: f64| (at, 160.0, 3.0);
        // Stopped at 20 s and at 80 s; the record at a stop still counts, and that at a start.
        let records = [0.0, 10.0, 30.0, 60.0, 70.0, 80.0, 90.0, 100.0];
        let timer = [
            (0.0, Timer::Start),
            (20.0, Timer::Stop),
            (60.0, Timer::Start),
            (80.0, Timer::Stop),
            (100.0, Timer::Start),
        ];
        let session = session(records.map(steady), &timer);
        let pauses = pauses(&session);
        let (stretches, gap_s) = of_records(&session, &pauses, |record| record.cadence, 2.0);
        let held: Vec<_> = shown(&stretches).iter().map(|it| (it.0, it.1)).collect();
        let expected = [
            (0.0, 10.0),
            (10.0, 10.0),
            (60.0, 10.0),
            (70.0, 10.0),
            (80.0, 0.0),
            (100.0, 0.0),
        ];
        assert_eq!((&held[..], gap_s), (&expected[..], 0.0));
    }

    #[test]
    fn a_lap_of_no_time_has_no_speed() {
        let session = Session {
            laps: vec![lap(0.0, 0.0, 80.0), lap(10.0, 20.0, 81.0)],
            ..Session::default()
        };
        let expected = [
            (0.0, 0.0, Some(160.0), None),
            (10.0, 20.0, Some(162.0), Some(3.0)),
        ];
        assert_eq!(shown(&of_laps(&session, 2.0)), expected);
        assert_eq!(of_laps(&Session::default(), 2.0), []);
    }

    #[test]
    fn names_are_stable() {
        let gaits = [Gait::Standing, Gait::Walking, Gait::Running].map(Gait::name);
        assert_eq!(gaits, ["standing", "walking", "running"]);
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
