//! What one FIT file of a chain holds: messages become records, laps and sessions.

use std::collections::VecDeque;

use fitparser::Value;
use fitparser::de::{FitDataMessage, FitObject, FitStreamProcessor};

use super::profile::{
    Message, TIMESTAMP, activity, description, event, file_id, lap, record, session, size_of,
    sport, sport_of,
};
use crate::watch::WatchError;
use crate::watch::quantity::{Distance, Reading, Refused, Span, Speed};
use crate::watch::recording::{Counts, Lap, Moment, Record, Session, Sport, Timer, utc_offset};

/// The most developer's cadence fields that are read side by side. The project's own bound.
const MAX_DEVELOPER_FIELDS: usize = 4;

/// A developer's field that holds a cadence, with what the records hold in it.
struct DeveloperField {
    /// Developer index and field number.
    key: (u8, u8),
    base_type: u8,
    scale: f64,
    offset: f64,
    counts: Option<Counts>,
    /// One a record, as far as they go.
    readings: Vec<Reading>,
}

impl DeveloperField {
    /// Records in which it says that the runner moves.
    fn moving(&self) -> usize {
        let moves = |reading: &&Reading| reading.raw().is_some_and(|raw| raw > 0.0);
        self.readings.iter().filter(moves).count()
    }
}

/// The numbers of a message, by field.
struct Fields<'a>(&'a FitDataMessage);

impl Fields<'_> {
    /// Looked for one by one: only a few fields are read, and to hash a key takes longer.
    fn value(&self, field: u8) -> Option<&Value> {
        let mut fields = self.0.fields().iter();
        fields.find_map(|(number, value)| (*number == field).then_some(value))
    }

    fn number(&self, field: u8) -> Option<f64> {
        self.value(field).and_then(number_of)
    }

    /// A whole number, where it fits.
    fn whole<T: TryFrom<i64>>(&self, field: u8) -> Option<T> {
        let whole: i64 = self.value(field)?.try_into().ok()?;
        whole.try_into().ok()
    }

    fn moment(&self, field: u8) -> Option<Moment> {
        self.whole(field).map(moment)
    }

    /// An average cadence, with its fraction of 1/128.
    fn average(&self, whole: u8, fraction: u8) -> Option<f64> {
        let fraction = self.number(fraction).unwrap_or(0.0) / 128.0;
        self.number(whole).map(|whole| whole + fraction)
    }

    fn text(&self, field: u8) -> String {
        match self.value(field) {
            Some(Value::String(text)) => text.trim().to_ascii_lowercase(),
            _ => String::new(),
        }
    }
}

/// A session message; what happened in its time is sorted out at the end of the file.
struct SessionMark {
    start: Moment,
    sport: Sport,
    cadence: Reading,
}

/// What one FIT file holds, as it comes.
pub(super) struct FitFile {
    pub(super) parser: FitStreamProcessor,
    developer: Vec<DeveloperField>,
    /// The latest time, in seconds of the FIT clock.
    clock: u32,
    pub(super) utc_offset_s: Option<i32>,
    /// Whether it is something to run, and no recording.
    pub(super) is_workout: bool,
    sport: Sport,
    records: Vec<Record>,
    /// The distance at a moment, for the speed of devices that record none.
    distance: Option<(Moment, Distance)>,
    laps: Vec<Lap>,
    timer: Vec<(Moment, Timer)>,
    sessions: Vec<SessionMark>,
}

impl FitFile {
    pub(super) fn new() -> Result<Self, WatchError> {
        let mut parser = FitStreamProcessor::new();
        // A file without end, for the frames are counted here.
        parser
            .deserialize_next(b"\x0c\x10\0\0\xff\xff\xff\x7f.FIT")
            .map_err(|error| WatchError::Parser(error.to_string()))?;
        Ok(Self {
            parser,
            developer: Vec::new(),
            clock: 0,
            utc_offset_s: None,
            is_workout: false,
            sport: Sport::Unknown,
            records: Vec::new(),
            distance: None,
            laps: Vec::new(),
            timer: Vec::new(),
            sessions: Vec::new(),
        })
    }

    /// Whether a developer's field of this size is one that holds a cadence.
    pub(super) fn is_cadence(&self, key: (u8, u8), size: u8) -> bool {
        let mut fields = self.developer.iter();
        fields.any(|field| field.key == key && size_of(field.base_type) == size)
    }

    /// Takes in one data message, which begins at byte `at`.
    pub(super) fn message(
        &mut self,
        frame: &[u8],
        at: u64,
        refused: &mut Refused,
    ) -> Result<(), String> {
        let (_, object) = self
            .parser
            .deserialize_next(frame)
            .map_err(|error| error.to_string())?;
        let FitObject::DataMessage(message) = object else {
            return Ok(());
        };
        let fields = Fields(&message);
        if let Some(seconds) = fields.whole(TIMESTAMP) {
            self.clock = seconds;
        } else if let Some(offset) = message.time_offset() {
            // Five bits of the clock: the next moment that ends in them.
            let since = u32::from(offset).wrapping_sub(self.clock) & 0x1f;
            self.clock = self.clock.wrapping_add(since);
        }
        let now = moment(self.clock);
        match Message::from_number(message.global_message_number()) {
            Message::Record => self.record(now, &message, at, refused),
            Message::Session => {
                let elapsed = fields.number(session::TOTAL_ELAPSED_TIME).unwrap_or(0.0);
                let start = fields.moment(session::START_TIME);
                let average = fields.average(session::AVG_CADENCE, session::AVG_FRACTIONAL_CADENCE);
                self.sessions.push(SessionMark {
                    start: start.unwrap_or_else(|| now.plus_seconds(-elapsed / 1000.0)),
                    sport: sport_of(
                        fields.whole(session::SPORT),
                        fields.whole(session::SUB_SPORT),
                    ),
                    cadence: average
                        .map_or(Reading::Missing, |average| refused.reading(at, average)),
                });
            }
            Message::Lap => self.laps.push(lap_of(&fields, now, at, refused)),
            Message::Event if fields.whole(event::EVENT) == Some(event::TIMER) => {
                let what = match fields.whole(event::EVENT_TYPE) {
                    Some(event::START) => Some(Timer::Start),
                    Some(kind) if event::STOPS.contains(&kind) => Some(Timer::Stop),
                    _ => None,
                };
                self.timer.extend(what.map(|what| (now, what)));
            }
            Message::FileId => {
                self.is_workout |= fields.whole(file_id::TYPE) == Some(file_id::WORKOUT);
            }
            Message::Sport => {
                self.sport = sport_of(fields.whole(sport::SPORT), fields.whole(sport::SUB_SPORT));
            }
            Message::Activity => {
                let local: Option<i64> = fields.whole(activity::LOCAL_TIMESTAMP);
                self.utc_offset_s = local
                    .map(|local| local - i64::from(self.clock))
                    .and_then(utc_offset);
            }
            Message::FieldDescription => self.describe(message)?,
            Message::Event | Message::Other => {}
        }
        Ok(())
    }

    fn record(&mut self, now: Moment, message: &FitDataMessage, at: u64, refused: &mut Refused) {
        let fields = Fields(message);
        let cadence = fields
            .average(record::CADENCE, record::FRACTIONAL_CADENCE)
            .or_else(|| Some(fields.number(record::CADENCE_256)? / 256.0));
        let cadence = cadence.map_or(Reading::Missing, |raw| refused.reading(at, raw));
        let index = self.records.len();
        for (key, value) in message.developer_fields() {
            let mut described = self.developer.iter_mut();
            let Some(field) = described.find(|field| field.key == *key) else {
                continue;
            };
            if let Some(raw) = number_of(value).filter(|raw| !says_no_value(*raw, field.base_type))
            {
                field.readings.resize(index, Reading::Missing);
                let reading = refused.reading(at, raw / field.scale - field.offset);
                field.readings.push(reading);
            }
        }
        let metres = fields.number(record::DISTANCE).map(|cm| cm / 100.0);
        let distance = metres.and_then(|metres| refused.check(at, Distance::from_metres(metres)));
        let speed = fields
            .number(record::ENHANCED_SPEED)
            .or(fields.number(record::SPEED))
            .map(|mm| mm / 1000.0)
            .or_else(|| packed_speed(fields.value(record::COMPRESSED_SPEED_DISTANCE)?));
        let speed = match speed {
            Some(mps) => refused.check(at, Speed::from_mps(mps)),
            None => distance.and_then(|distance| self.speed_by_distance(now, distance)),
        };
        self.records.push(Record {
            at: now,
            cadence,
            developer_cadence: Reading::Missing,
            speed,
        });
    }

    /// The speed since the record before. A distance that jumps gives none: that is no fault of the
    /// file.
    fn speed_by_distance(&mut self, now: Moment, distance: Distance) -> Option<Speed> {
        let (then, before) = self.distance.replace((now, distance))?;
        let seconds = now.seconds_since(then);
        let metres = distance.metres() - before.metres();
        (seconds > 0.0).then(|| Speed::from_mps(metres / seconds).ok())?
    }

    /// Takes note of a developer's field where it holds a cadence.
    fn describe(&mut self, message: FitDataMessage) -> Result<(), String> {
        let fields = Fields(&message);
        let key = fields
            .whole(description::DEVELOPER_INDEX)
            .zip(fields.whole(description::FIELD_NUMBER));
        let native: Option<u16> = fields.whole(description::NATIVE_MESSAGE);
        let overrides = native.is_none_or(|number| number == Message::RECORD)
            && fields.whole(description::NATIVE_FIELD) == Some(record::CADENCE);
        let name = fields.text(description::NAME);
        let named = matches!(name.as_str(), "cadence" | "run cadence" | "running cadence");
        let unit = fields.text(description::UNITS);
        let counts = if unit.contains("spm") || unit.contains("steps") {
            Some(Counts::Steps)
        } else if unit.contains("rpm") || unit.contains("strides") {
            Some(Counts::Strides)
        } else {
            None
        };
        let described = |key| DeveloperField {
            key,
            base_type: fields.whole(description::BASE_TYPE).unwrap_or(0),
            scale: fields
                .number(description::SCALE)
                .filter(|scale| *scale > 0.0)
                .unwrap_or(1.0),
            offset: fields.number(description::OFFSET).unwrap_or(0.0),
            counts,
            readings: Vec::new(),
        };
        let described = key.filter(|_| overrides || named).map(described);
        self.parser
            .decode_message(message)
            .map_err(|error| error.to_string())?;
        let Some(field) = described else {
            return Ok(());
        };
        if let Some(old) = self.developer.iter_mut().find(|old| old.key == field.key) {
            // A device may repeat a description in mid file.
            let readings = std::mem::take(&mut old.readings);
            *old = DeveloperField { readings, ..field };
        } else if self.developer.len() < MAX_DEVELOPER_FIELDS {
            self.developer.push(field);
        }
        Ok(())
    }

    /// The sessions, each with what happened in its time.
    pub(super) fn sessions(mut self) -> Vec<Session> {
        if self.sessions.is_empty() {
            if self.records.is_empty() && self.laps.is_empty() {
                return Vec::new();
            }
            // Cut off before its summary, or written by an app that has none.
            self.sessions.push(SessionMark {
                start: Moment::from_unix_ms(i64::MIN),
                sport: self.sport,
                cadence: Reading::Missing,
            });
        }
        self.sessions.sort_by_key(|mark| mark.start);
        let developer_counts = self.take_developer_cadence();
        let mut sessions: Vec<Session> = self
            .sessions
            .iter()
            .map(|mark| Session {
                sport: mark.sport,
                cadence: mark.cadence,
                developer_counts,
                ..Session::default()
            })
            .collect();
        // What lies before the first session belongs to it.
        let starts: Vec<Moment> = self.sessions.iter().map(|mark| mark.start).collect();
        let of = |at: Moment| {
            starts
                .partition_point(|start| *start <= at)
                .saturating_sub(1)
        };
        if let [only] = sessions.as_mut_slice() {
            only.records = self.records;
        } else {
            for record in self.records {
                sessions[of(record.at)].records.push(record);
            }
        }
        for lap in self.laps {
            sessions[of(lap.start)].laps.push(lap);
        }
        for event in self.timer {
            sessions[of(event.0)].timer.push(event);
        }
        sessions
    }

    /// Gives the records the developer's field that has the most to say, and says what it counts: a
    /// field keeps its own unit, in whatever order fields and descriptions come. Of two that say as
    /// much, the one described first.
    fn take_developer_cadence(&mut self) -> Option<Counts> {
        let fields = self.developer.iter_mut().rev();
        let field = fields.max_by_key(|field| field.moving())?;
        let mut readings = VecDeque::from(std::mem::take(&mut field.readings));
        for record in &mut self.records {
            record.developer_cadence = readings.pop_front().unwrap_or_default();
        }
        field.counts
    }
}

fn lap_of(fields: &Fields<'_>, now: Moment, at: u64, refused: &mut Refused) -> Lap {
    let ms = fields
        .number(lap::TOTAL_TIMER_TIME)
        .or(fields.number(lap::TOTAL_ELAPSED_TIME));
    let cm = fields.number(lap::TOTAL_DISTANCE);
    let average = fields.average(lap::AVG_CADENCE, lap::AVG_FRACTIONAL_CADENCE);
    Lap {
        start: fields.moment(lap::START_TIME).unwrap_or(now),
        length: ms.and_then(|ms| refused.check(at, Span::from_seconds(ms / 1000.0))),
        distance: cm.and_then(|cm| refused.check(at, Distance::from_metres(cm / 100.0))),
        cadence: average.map_or(Reading::Missing, |average| refused.reading(at, average)),
    }
}

/// A time of the FIT clock: seconds since 31 December 1989.
fn moment(fit_seconds: u32) -> Moment {
    Moment::from_unix_ms((631_065_600 + i64::from(fit_seconds)) * 1000)
}

/// The value of a field that holds one number.
fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Float32(value) => Some(f64::from(*value)),
        Value::Float64(value) => Some(*value),
        Value::Array(_) | Value::String(_) | Value::Invalid => None,
        value => TryInto::<i64>::try_into(value)
            .ok()
            .map(|whole| whole as f64),
    }
    .filter(|number| number.is_finite())
}

/// Whether a developer's value is the largest that its type holds, which says that there is none.
fn says_no_value(raw: f64, base_type: u8) -> bool {
    let largest: i64 = match base_type & 0x1f {
        1 => i64::from(i8::MAX),
        3 => i64::from(i16::MAX),
        4 => i64::from(u16::MAX),
        5 => i64::from(i32::MAX),
        6 => i64::from(u32::MAX),
        0 | 2 | 13 => i64::from(u8::MAX),
        _ => return false,
    };
    (raw - largest as f64).abs() < 0.5
}

/// Metres a second from the three bytes that old watches pack speed and distance into: the low
/// twelve bits, 1/100 m/s.
fn packed_speed(value: &Value) -> Option<f64> {
    let Value::Array(bytes) = value else {
        return None;
    };
    let [Value::Byte(low), Value::Byte(high), _] = bytes.as_slice() else {
        return None;
    };
    let speed = u16::from(*low) | u16::from(high & 0x0f) << 8;
    (speed != 0x0fff).then(|| f64::from(speed) / 100.0)
}
