//! FIT, Garmin's binary format.
//!
//! fitparser reads the values, one message at a time. What stands around them is walked here, because damaged files
//! must not take the reader along: a message gets exactly the bytes that its definition gives it, and a field that is
//! not wanted, or whose size does not fit its type, is made opaque before the parser sees it. (The parser would write a
//! line to stderr, or read on into the next message, or index beyond the header.)

use std::collections::HashMap;
use std::io::{self, BufRead};

use fitparser::Value;
use fitparser::de::{FitDataMessage, FitObject, FitStreamProcessor};

use super::recording::{
    Counts, Fault, Format, Lap, Moment, Reading, Recording, Sample, Session, Sport, Timer,
};
use super::{WatchError, source};

/// Message numbers of the FIT profile.
mod message {
    pub(super) const SPORT: u16 = 12;
    pub(super) const SESSION: u16 = 18;
    pub(super) const LAP: u16 = 19;
    pub(super) const RECORD: u16 = 20;
    pub(super) const EVENT: u16 = 21;
    pub(super) const ACTIVITY: u16 = 34;
    pub(super) const FIELD_DESCRIPTION: u16 = 206;
}

/// The field that holds the time in every message.
const TIMESTAMP: u8 = 253;

/// The fields that are read of a message.
fn wanted(message: u16) -> &'static [u8] {
    match message {
        message::SPORT | message::EVENT => &[0, 1, TIMESTAMP],
        message::SESSION => &[2, 5, 6, 7, 18, 92, TIMESTAMP],
        message::LAP => &[2, 7, 8, 9, 17, 25, 80, TIMESTAMP],
        message::RECORD => &[4, 5, 6, 8, 52, 53, 73, TIMESTAMP],
        message::ACTIVITY => &[5, TIMESTAMP],
        message::FIELD_DESCRIPTION => &[0, 1, 2, 3, 6, 7, 8, 14, 15],
        // Any message's time can be the one that compressed time stamps count from.
        _ => &[TIMESTAMP],
    }
}

/// The size of one value of a base type, in bytes.
fn size_of(base_type: u8) -> u8 {
    match base_type & 0x1f {
        3 | 4 | 11 => 2,
        5 | 6 | 8 | 12 => 4,
        9 | 14..=16 => 8,
        _ => 1,
    }
}

/// A text: the one type that takes any bytes as one value.
const OPAQUE: u8 = 7;

/// Where developer fields are pointed to that are not read.
const OPAQUE_FIELD: (u8, u8) = (254, 254);

/// Whether a file begins as FIT does.
pub(super) fn is_fit(head: &[u8]) -> bool {
    head.len() >= 12 && &head[8..12] == b".FIT"
}

/// Reads a recording, and the ones that are chained to it.
pub(super) fn read(source: Box<dyn BufRead + '_>) -> Result<Recording, WatchError> {
    let mut reader = Reader {
        source,
        at: 0,
        begin: 0,
        crc: 0,
        faults: Vec::new(),
        samples_left: Recording::MAX_SAMPLES,
        marks_left: Recording::MAX_MARKS,
    };
    let mut sessions = Vec::new();
    let mut utc_offset_s = None;
    loop {
        let mut part = Part::new()?;
        let end = reader.part(&mut part);
        utc_offset_s = utc_offset_s.or(part.utc_offset_s);
        sessions.extend(part.sessions());
        match end {
            Ok(()) => {
                if reader.source.fill_buf().is_ok_and(<[u8]>::is_empty) {
                    break;
                }
            }
            Err(Stop::End) => {
                reader.faults.push(Fault::CutOff { at: reader.begin });
                break;
            }
            Err(Stop::Damage(reason)) => {
                reader.faults.push(Fault::Damaged {
                    at: reader.begin,
                    reason,
                });
                break;
            }
            Err(Stop::TooLong) => {
                reader.faults.push(Fault::TooLong);
                break;
            }
            Err(Stop::Io(error)) => return Err(error.into()),
        }
    }
    Ok(Recording {
        format: Format::Fit,
        sessions,
        utc_offset_s,
        faults: reader.faults,
    })
}

/// Why reading ended before the file did.
enum Stop {
    End,
    Damage(String),
    TooLong,
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::End,
            _ if source::is_damage(&error) => Self::Damage(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

/// What a definition says of the messages that follow it.
struct Definition {
    message: u16,
    size: usize,
    has_time: bool,
}

/// Walks the frames of a file.
struct Reader<'a> {
    source: Box<dyn BufRead + 'a>,
    at: u64,
    /// Where the message begins that is being read.
    begin: u64,
    crc: u16,
    faults: Vec<Fault>,
    samples_left: usize,
    marks_left: usize,
}

impl Reader<'_> {
    /// Appends exactly `count` bytes.
    fn take(&mut self, count: usize, frame: &mut Vec<u8>) -> Result<(), Stop> {
        let start = frame.len();
        frame.resize(start + count, 0);
        self.source.read_exact(&mut frame[start..])?;
        self.crc = checksum(self.crc, &frame[start..]);
        self.at += count as u64;
        Ok(())
    }

    /// One FIT file of the chain.
    fn part(&mut self, part: &mut Part) -> Result<(), Stop> {
        let mut frame = Vec::new();
        self.crc = 0;
        self.begin = self.at;
        self.take(12, &mut frame)?;
        let header_size = usize::from(frame[0]);
        if !is_fit(&frame) || header_size < 12 {
            return Err(Stop::Damage("no FIT header".into()));
        }
        let data_size = u32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]);
        self.take(header_size - 12, &mut frame)?;
        // A device that lost power never came to fill in the size: then the data last as long as the file.
        let end = match data_size {
            0 | u32::MAX => u64::MAX,
            _ => self.at + u64::from(data_size),
        };
        let mut definitions: [Option<Definition>; 16] = Default::default();
        while self.at < end {
            self.begin = self.at;
            frame.clear();
            self.take(1, &mut frame)?;
            let header = frame[0];
            if header & 0xc0 == 0x40 {
                let definition = self.definition(part, &mut frame)?;
                definitions[usize::from(header & 0x0f)] = Some(definition);
                part.parser
                    .deserialize_next(&frame)
                    .map_err(|error| Stop::Damage(error.to_string()))?;
                continue;
            }
            let local = if header & 0x80 == 0 {
                header & 0x0f
            } else {
                header >> 5 & 0x03
            };
            let Some(definition) = &definitions[usize::from(local)] else {
                return Err(Stop::Damage(format!("message {local} was never defined")));
            };
            self.take(definition.size, &mut frame)?;
            let left = match definition.message {
                message::RECORD => Some(&mut self.samples_left),
                message::SESSION | message::LAP | message::EVENT => Some(&mut self.marks_left),
                _ => None,
            };
            if let Some(left) = left {
                *left = left.checked_sub(1).ok_or(Stop::TooLong)?;
            }
            if (definition.has_time || !matches!(wanted(definition.message), [TIMESTAMP]))
                && let Err(reason) = part.message(&frame)
            {
                self.pass_over(reason);
            }
        }
        let crc = self.crc;
        self.begin = self.at;
        frame.clear();
        self.take(2, &mut frame)?;
        let stored = u16::from_le_bytes([frame[0], frame[1]]);
        if stored != crc && stored != 0 && !self.faults.contains(&Fault::Checksum) {
            self.faults.push(Fault::Checksum);
        }
        Ok(())
    }

    /// Reads a definition behind its first byte, and makes opaque what is not wanted or does not fit.
    fn definition(&mut self, part: &Part, frame: &mut Vec<u8>) -> Result<Definition, Stop> {
        self.take(5, frame)?;
        let number = [frame[3], frame[4]];
        let message = if frame[2] == 1 {
            u16::from_be_bytes(number)
        } else {
            u16::from_le_bytes(number)
        };
        let fields = frame.len();
        self.take(3 * usize::from(frame[5]), frame)?;
        let mut size = 0;
        let mut has_time = false;
        for field in frame[fields..].chunks_exact_mut(3) {
            size += usize::from(field[1]);
            has_time |= field[0] == TIMESTAMP;
            if !wanted(message).contains(&field[0]) || field[1] % size_of(field[2]) != 0 {
                field[2] = OPAQUE;
            }
        }
        if frame[0] & 0x20 != 0 {
            self.take(1, frame)?;
            let fields = frame.len();
            self.take(3 * usize::from(frame[fields - 1]), frame)?;
            for field in frame[fields..].chunks_exact_mut(3) {
                size += usize::from(field[1]);
                let described = part.developer.get(&(field[2], field[0]));
                if message != message::RECORD
                    || described.is_none_or(|cadence| cadence.size != field[1])
                {
                    (field[2], field[0]) = OPAQUE_FIELD;
                }
            }
        }
        Ok(Definition {
            message,
            size,
            has_time,
        })
    }

    /// Notes a record that could not be read: all of them make one fault.
    fn pass_over(&mut self, reason: String) {
        for fault in &mut self.faults {
            if let Fault::Records { count, .. } = fault {
                *count += 1;
                return;
            }
        }
        self.faults.push(Fault::Records {
            count: 1,
            first_at: self.begin,
            reason,
        });
    }
}

/// A developer's field that holds a cadence.
#[derive(Clone, Copy)]
struct DeveloperCadence {
    size: u8,
    scale: f64,
    offset: f64,
    counts: Option<Counts>,
}

/// What one FIT file holds, as it comes.
struct Part {
    parser: FitStreamProcessor,
    /// By developer index and field number.
    developer: HashMap<(u8, u8), DeveloperCadence>,
    /// The latest time, in seconds of the FIT clock.
    clock: u32,
    utc_offset_s: Option<i32>,
    sport: Sport,
    samples: Vec<Sample>,
    /// The distance at a moment, for the speed of devices that record none.
    distance: Option<(Moment, f64)>,
    laps: Vec<Lap>,
    timer: Vec<(Moment, Timer)>,
    sessions: Vec<(Moment, Sport, Option<f64>)>,
}

impl Part {
    fn new() -> Result<Self, WatchError> {
        let mut parser = FitStreamProcessor::new();
        // A file without end, for the frames are counted here; and the field that unread developer fields are pointed to.
        let opening: [&[u8]; 3] = [
            b"\x0c\x10\0\0\xff\xff\xff\x7f.FIT",
            &[0x40, 0, 0, 206, 0, 3, 0, 1, 2, 1, 1, 2, 2, 1, 2],
            &[0, OPAQUE_FIELD.0, OPAQUE_FIELD.1, OPAQUE],
        ];
        for frame in opening {
            let (_, object) = parser
                .deserialize_next(frame)
                .map_err(|error| WatchError::Parser(error.to_string()))?;
            if let FitObject::DataMessage(description) = object {
                parser
                    .decode_message(description)
                    .map_err(|error| WatchError::Parser(error.to_string()))?;
            }
        }
        Ok(Self {
            parser,
            developer: HashMap::new(),
            clock: 0,
            utc_offset_s: None,
            sport: Sport::Unknown,
            samples: Vec::new(),
            distance: None,
            laps: Vec::new(),
            timer: Vec::new(),
            sessions: Vec::new(),
        })
    }

    /// Takes in one data message.
    fn message(&mut self, frame: &[u8]) -> Result<(), String> {
        let (_, object) = self
            .parser
            .deserialize_next(frame)
            .map_err(|error| error.to_string())?;
        let FitObject::DataMessage(message) = object else {
            return Ok(());
        };
        let field = |number: u8| message.fields().get(&number).and_then(number_of);
        if let Some(seconds) = field(TIMESTAMP) {
            self.clock = seconds as u32;
        } else if let Some(offset) = message.time_offset() {
            // Five bits of the clock: the next moment that ends in them.
            let since = u32::from(offset).wrapping_sub(self.clock) & 0x1f;
            self.clock = self.clock.wrapping_add(since);
        }
        let now = moment(self.clock);
        let start = field(2).map_or(now, |seconds| moment(seconds as u32));
        let average = |whole: u8, fraction: u8| {
            field(whole).map(|value| value + field(fraction).unwrap_or(0.0) / 128.0)
        };
        match message.global_message_number() {
            message::RECORD => self.record(now, &message),
            message::SESSION => {
                let began = match field(2) {
                    Some(_) => start,
                    None => now.plus_seconds(-field(7).unwrap_or(0.0) / 1000.0),
                };
                let sport = sport(field(5), field(6));
                self.sessions.push((began, sport, average(18, 92)));
            }
            message::LAP => self.laps.push(Lap {
                start,
                seconds: field(8).or(field(7)).map(|ms| ms / 1000.0),
                metres: field(9).map(|cm| cm / 100.0),
                average: average(17, 80),
            }),
            message::EVENT if field(0) == Some(0.0) => match field(1) {
                Some(0.0) => self.timer.push((now, Timer::Start)),
                Some(1.0 | 4.0 | 8.0 | 9.0) => self.timer.push((now, Timer::Stop)),
                _ => {}
            },
            message::SPORT => self.sport = sport(field(0), field(1)),
            message::ACTIVITY => {
                // The watch's own clock, as if it were UTC; no place on Earth is further off than 14 hours.
                self.utc_offset_s = field(5)
                    .map(|local| local as i64 - i64::from(self.clock))
                    .filter(|offset| offset.abs() <= 14 * 3600)
                    .map(|offset| offset as i32);
            }
            message::FIELD_DESCRIPTION => self.describe(message)?,
            _ => {}
        }
        Ok(())
    }

    /// A record: one sample.
    fn record(&mut self, now: Moment, message: &FitDataMessage) {
        let field = |number: u8| message.fields().get(&number).and_then(number_of);
        let cadence = match (field(4), field(52)) {
            (Some(whole), _) => Reading::from_number(whole + field(53).unwrap_or(0.0) / 128.0),
            (None, Some(fine)) => Reading::from_number(fine / 256.0),
            (None, None) => Reading::Missing,
        };
        let developer = message
            .developer_fields()
            .iter()
            .filter_map(|(key, value)| Some((self.developer.get(key)?, number_of(value)?)))
            .map(|(described, raw)| Reading::from_number(raw / described.scale - described.offset))
            .fold(Reading::Missing, Reading::or);
        let packed = message.fields().get(&8).and_then(packed_speed);
        let speed = field(73)
            .or(field(6))
            .map(|mm| mm / 1000.0)
            .or(packed)
            .or_else(|| self.speed_by_distance(now, field(5)? / 100.0));
        self.samples.push(Sample {
            at: now,
            cadence,
            developer,
            speed: speed.map(|mps| mps as f32),
        });
    }

    /// Metres a second since the record before.
    fn speed_by_distance(&mut self, now: Moment, metres: f64) -> Option<f64> {
        let (then, before) = self.distance.replace((now, metres))?;
        let seconds = now.seconds_since(then);
        (seconds > 0.0 && metres >= before).then(|| (metres - before) / seconds)
    }

    /// Takes note of a developer's field where it holds a cadence.
    fn describe(&mut self, message: FitDataMessage) -> Result<(), String> {
        let field = |number: u8| message.fields().get(&number).and_then(number_of);
        let text = |number: u8| match message.fields().get(&number) {
            Some(Value::String(text)) => text.to_ascii_lowercase(),
            _ => String::new(),
        };
        let key = (field(0), field(1));
        if key
            == (
                Some(f64::from(OPAQUE_FIELD.0)),
                Some(f64::from(OPAQUE_FIELD.1)),
            )
        {
            return Err("a developer field with a number that none has".into());
        }
        let overrides = field(14).is_none_or(|number| number as u16 == message::RECORD)
            && field(15) == Some(4.0);
        let named = matches!(
            text(3).trim(),
            "cadence" | "run cadence" | "running cadence"
        );
        let unit = text(8);
        let described = DeveloperCadence {
            size: size_of(field(2).unwrap_or(0.0) as u8),
            scale: field(6).filter(|scale| *scale > 0.0).unwrap_or(1.0),
            offset: field(7).unwrap_or(0.0),
            counts: if unit.contains("spm") || unit.contains("steps") {
                Some(Counts::Steps)
            } else if unit.contains("rpm") || unit.contains("strides") {
                Some(Counts::Strides)
            } else {
                None
            },
        };
        self.parser
            .decode_message(message)
            .map_err(|error| error.to_string())?;
        if let (Some(index), Some(number)) = key
            && (overrides || named)
        {
            self.developer
                .insert((index as u8, number as u8), described);
        }
        Ok(())
    }

    /// The sessions, each with what happened in its time.
    fn sessions(mut self) -> Vec<Session> {
        if self.sessions.is_empty() {
            if self.samples.is_empty() && self.laps.is_empty() {
                return Vec::new();
            }
            // Cut off before its summary, or written by an app that has none.
            self.sessions
                .push((Moment::from_unix_ms(i64::MIN), self.sport, None));
        }
        self.sessions.sort_by_key(|(start, ..)| *start);
        let developer_counts = self
            .developer
            .values()
            .find_map(|described| described.counts);
        let mut sessions: Vec<Session> = self
            .sessions
            .iter()
            .map(|&(_, sport, average)| Session {
                sport,
                average,
                developer_counts,
                ..Session::default()
            })
            .collect();
        // What lies before the first session belongs to it.
        let starts: Vec<Moment> = self.sessions.iter().map(|(start, ..)| *start).collect();
        let of = |at: Moment| {
            starts
                .partition_point(|start| *start <= at)
                .saturating_sub(1)
        };
        if let [only] = sessions.as_mut_slice() {
            only.samples = self.samples;
        } else {
            for sample in self.samples {
                sessions[of(sample.at)].samples.push(sample);
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

/// Metres a second from the three bytes that old watches pack speed and distance into: the low twelve bits, 1/100 m/s.
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

/// The FIT profile's `sport` and `sub_sport`.
fn sport(sport: Option<f64>, sub_sport: Option<f64>) -> Sport {
    match (
        sport.map(|number| number as u8),
        sub_sport.map(|number| number as u8),
    ) {
        // Fitness equipment, when it is a treadmill or running indoors.
        (Some(1), _) | (Some(4), Some(1 | 45)) => Sport::Running,
        (Some(11), _) => Sport::Walking,
        (Some(17), _) => Sport::Hiking,
        (Some(2 | 21), _) => Sport::Cycling,
        (None | Some(0), _) => Sport::Unknown,
        (Some(_), _) => Sport::Other,
    }
}

/// The checksum of the FIT protocol: CRC-16/ARC, four bits at a time.
fn checksum(crc: u16, bytes: &[u8]) -> u16 {
    const TABLE: [u16; 16] = [
        0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800,
        0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
    ];
    bytes.iter().fold(crc, |crc, byte| {
        let crc = crc >> 4 ^ TABLE[usize::from((crc ^ u16::from(*byte)) & 0xf)];
        crc >> 4 ^ TABLE[usize::from((crc ^ u16::from(*byte >> 4)) & 0xf)]
    })
}
