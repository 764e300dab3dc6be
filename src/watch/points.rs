//! Sessions as TCX and GPX tell them: point after point, each with its time.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::WatchError;
use super::recording::{
    Fault, Format, Lap, Moment, Reading, Recording, Sample, Session, Sport, Timer,
};

/// One point, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Point {
    pub(super) at: Option<Moment>,
    pub(super) cadence: Reading,
    pub(super) speed: Option<f64>,
    /// Metres since the start.
    pub(super) distance: Option<f64>,
    /// Latitude and longitude in degrees.
    pub(super) place: Option<(f64, f64)>,
}

/// A recording that is being read.
#[derive(Debug, Default)]
pub(super) struct Points {
    sessions: Vec<Session>,
    samples: usize,
    marks: usize,
    /// Points without a time, which nothing can be made of.
    untimed: u64,
    first_untimed_at: u64,
    /// The point before, to which distance and speed are measured.
    before: Option<Point>,
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

    /// A point; `byte` is where it stands in the file.
    pub(super) fn point(&mut self, point: Point, byte: u64) {
        let Some(at) = point.at else {
            if self.untimed == 0 {
                self.first_untimed_at = byte;
            }
            self.untimed += 1;
            return;
        };
        if self.samples == Recording::MAX_SAMPLES {
            self.full = true;
            return;
        }
        self.samples += 1;
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
        let speed = point.speed.or_else(|| before?.speed_to(&point));
        session.samples.push(Sample {
            at,
            cadence: point.cadence,
            developer: Reading::Missing,
            speed: speed.map(|mps| mps as f32),
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
        if self.samples == 0 && self.untimed > 0 {
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
            utc_offset_s: None,
            faults: [untimed, full, end].into_iter().flatten().collect(),
        })
    }
}

impl Point {
    /// Metres a second from here to another point.
    fn speed_to(&self, next: &Self) -> Option<f64> {
        let seconds = next.at?.seconds_since(self.at?);
        let metres = match (self.distance, next.distance) {
            (Some(here), Some(there)) => there - here,
            _ => metres_between(self.place?, next.place?),
        };
        (seconds > 0.0 && metres >= 0.0).then(|| metres / seconds)
    }
}

/// The length of the great circle between two places (haversine, mean radius of the Earth: 6371 km).
fn metres_between((lat, lon): (f64, f64), (other_lat, other_lon): (f64, f64)) -> f64 {
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let across = lat.to_radians().cos() * other_lat.to_radians().cos();
    let square = half(lat, other_lat) + across * half(lon, other_lon);
    2.0 * 6_371_000.0 * square.clamp(0.0, 1.0).sqrt().asin()
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
