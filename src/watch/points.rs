//! Sessions as TCX and GPX hold them: point after point, each with its time.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

use super::WatchError;
use super::quantity::{Distance, Place, Reading, Refused, Speed};
use super::recording::{
    Fault, Format, Lap, Moment, Record, Recording, Session, Sport, Timer, utc_offset,
};

/// One point, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Point {
    pub(super) at: Option<Moment>,
    pub(super) cadence: Reading,
    pub(super) speed: Option<Speed>,
    /// Since the start.
    pub(super) distance: Option<Distance>,
    pub(super) place: Option<Place>,
}

/// A recording that is being read.
#[derive(Debug, Default)]
pub(super) struct Points {
    sessions: Vec<Session>,
    records: usize,
    marks: usize,
    /// Points without a time, which nothing can be made of.
    untimed: u64,
    first_untimed_at: u64,
    /// How far the runner's clock was ahead of UTC, by the first time that says so.
    utc_offset_s: Option<i32>,
    /// The point before, to which distance and speed are measured.
    before: Option<Point>,
    /// What did not pass the door.
    pub(super) refused: Refused,
    /// A new stretch of track began: the time between it and the last is a pause.
    interrupted: bool,
    full: bool,
}

impl Points {
    /// A new session begins.
    pub(super) fn session(&mut self, sport: Sport) {
        if self.mark() {
            self.sessions.push(Session {
                sport,
                ..Session::default()
            });
        }
        self.before = None;
        self.interrupted = false;
    }

    /// The session that is being read.
    pub(super) fn current(&mut self) -> Option<&mut Session> {
        self.sessions.last_mut()
    }

    /// A lap of the current session.
    pub(super) fn lap(&mut self, lap: Lap) {
        if self.mark()
            && let Some(session) = self.current()
        {
            session.laps.push(lap);
        }
    }

    /// The next point does not follow on the last one.
    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// A [`time`], and the runner's clock by its offset. An offset of zero says nothing about that:
    /// programs that keep UTC write it as well.
    pub(super) fn time(&mut self, text: &str) -> Option<Moment> {
        let at = time(text)?;
        if self.utc_offset_s.is_none() && !text.ends_with('Z') {
            let pieces = Pieces::parse(text).ok();
            let offset = pieces.and_then(|pieces| pieces.to_numeric_offset());
            let seconds = offset.map_or(0, |offset| offset.seconds().into());
            self.utc_offset_s = utc_offset(seconds).filter(|offset| *offset != 0);
        }
        Some(at)
    }

    /// A point; `byte` is where it is in the file.
    pub(super) fn point(&mut self, point: Point, byte: u64) {
        let Some(at) = point.at else {
            if self.untimed == 0 {
                self.first_untimed_at = byte;
            }
            self.untimed += 1;
            return;
        };
        if self.records == Recording::MAX_RECORDS {
            self.full = true;
            return;
        }
        self.records += 1;
        let before = self.before.replace(point);
        let pause = std::mem::take(&mut self.interrupted);
        if pause && before.is_some() && !(self.mark() && self.mark()) {
            return;
        }
        let Some(session) = self.sessions.last_mut() else {
            return;
        };
        if pause && let Some(stopped) = before.and_then(|before| before.at) {
            session
                .timer
                .extend([(stopped, Timer::Stop), (at, Timer::Start)]);
        }
        session.records.push(Record {
            at,
            cadence: point.cadence,
            developer_cadence: Reading::Missing,
            speed: point.speed.or_else(|| before?.speed_to(&point)),
        });
    }

    /// Whether one more session, lap or timer event fits.
    fn mark(&mut self) -> bool {
        self.full |= self.marks == Recording::MAX_MARKS;
        self.marks += usize::from(!self.full);
        !self.full
    }

    /// Whether no more is kept, so that reading on is in vain.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// What was read, up to `end` if the file did not end well.
    pub(super) fn recording(
        self,
        format: Format,
        end: Option<Fault>,
    ) -> Result<Recording, WatchError> {
        if self.records == 0 && self.untimed > 0 {
            return Err(WatchError::NoTimes);
        }
        let untimed = (self.untimed > 0).then(|| Fault::Records {
            count: self.untimed,
            first_at: self.first_untimed_at,
            reason: "a point without a time".into(),
        });
        let full = self.full.then_some(Fault::TooLong);
        Ok(Recording {
            format,
            sessions: self.sessions,
            utc_offset_s: self.utc_offset_s,
            faults: [untimed, self.refused.fault(), full, end]
                .into_iter()
                .flatten()
                .collect(),
        })
    }
}

impl Point {
    /// The speed from here to another point. A position that jumps gives none: that is no fault of
    /// the file.
    fn speed_to(&self, next: &Self) -> Option<Speed> {
        let seconds = next.at?.seconds_since(self.at?);
        let metres = match (self.distance, next.distance) {
            (Some(here), Some(there)) => there.metres() - here.metres(),
            _ => self.place?.metres_to(next.place?),
        };
        (seconds > 0.0).then(|| Speed::from_mps(metres / seconds).ok())?
    }
}

/// A time as XML writes it: with an offset, or without one, which is taken for UTC.
pub(super) fn time(text: &str) -> Option<Moment> {
    let time = match text.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => text
            .parse::<DateTime>()
            .ok()?
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp(),
    };
    Some(Moment::from_unix_ms(time.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_offset_other_than_zero_is_the_runners_clock() {
        for (times, offset_s) in [
            (["2024-11-05T07:00:00Z", "2024-11-05T07:00:01Z"], None),
            (["2024-11-05T07:00:00", "2024-11-05T07:00:01"], None),
            (
                ["2024-11-05T07:00:00+00:00", "2024-11-05T07:00:01-00:00"],
                None,
            ),
            (
                ["2024-11-05T08:00:00+01:00", "2024-11-05T09:00:01+02:00"],
                Some(3_600),
            ),
            (
                ["2024-11-05T07:00:00.000Z", "2024-11-05T01:30:01.5-05:30"],
                Some(-19_800),
            ),
            // No place on Earth is that far from UTC.
            (["2024-11-05T22:00:00+15:00", "2024-11-05T07:00:01Z"], None),
        ] {
            let mut points = Points::default();
            let read = times.map(|text| points.time(text).unwrap().unix_ms() / 1_000);
            assert_eq!(read, [1_730_790_000, 1_730_790_001], "{times:?}");
            assert_eq!(points.utc_offset_s, offset_s, "{times:?}");
        }
    }
}
