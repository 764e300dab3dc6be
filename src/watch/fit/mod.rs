//! FIT, Garmin's binary format.
//!
//! fitparser reads the values, one message at a time. The frames around them are walked here,
//! because damaged files must not take the reader along: a message gets exactly the bytes that its
//! definition gives it, and a field that is not read, or whose size does not fit its type, is left
//! out before the parser sees it. (The parser would write a line to stderr, or read on into the
//! next message, or index beyond the header; and a watch's file would take it five times as long.)

mod file;
mod profile;
mod write;

use std::io::{self, BufRead};
use std::ops::Range;

use crc::{CRC_16_ARC, Crc, Digest};

use super::quantity::Refused;
use super::recording::{Fault, Format, Recording};
use super::{WatchError, source};
use file::FitFile;
use profile::{Message, TIMESTAMP, size_of};
pub use write::{WorkoutDate, WorkoutFile, WorkoutFileError, WorkoutName};

/// The checksum of the FIT protocol.
static CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_ARC);

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
        crc: CRC.digest(),
        faults: Vec::new(),
        refused: Refused::default(),
        records_left: Recording::MAX_RECORDS,
        marks_left: Recording::MAX_MARKS,
    };
    let mut sessions = Vec::new();
    let mut utc_offset_s = None;
    loop {
        let mut file = FitFile::new()?;
        let end = reader.file(&mut file);
        if file.is_workout {
            return Err(WatchError::Workout);
        }
        utc_offset_s = utc_offset_s.or(file.utc_offset_s);
        sessions.extend(file.sessions());
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
    reader.faults.extend(reader.refused.fault());
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
    message: Message,
    /// Bytes after the header.
    size: usize,
    /// Where in a message, its header included, the fields lie that are read.
    read: Vec<Range<usize>>,
    has_time: bool,
}

impl Definition {
    fn new(message: Message) -> Self {
        Self {
            message,
            size: 0,
            read: Vec::new(),
            has_time: false,
        }
    }

    /// The next field of the message; says whether it is read.
    fn push(&mut self, size: u8, is_read: bool) -> bool {
        let begin = 1 + self.size;
        self.size += usize::from(size);
        if is_read {
            self.read.push(begin..1 + self.size);
        }
        is_read
    }

    /// Leaves the fields of a message that are read.
    fn keep_read(&self, frame: &mut Vec<u8>) {
        let mut end = 1;
        for field in &self.read {
            frame.copy_within(field.clone(), end);
            end += field.len();
        }
        frame.truncate(end);
    }
}

/// Walks the frames of a file.
struct Reader<'a> {
    source: Box<dyn BufRead + 'a>,
    at: u64,
    /// Where the message begins that is being read.
    begin: u64,
    crc: Digest<'static, u16>,
    faults: Vec<Fault>,
    refused: Refused,
    records_left: usize,
    marks_left: usize,
}

impl Reader<'_> {
    /// Appends exactly `count` bytes.
    fn take(&mut self, count: usize, frame: &mut Vec<u8>) -> Result<(), Stop> {
        let start = frame.len();
        frame.resize(start + count, 0);
        self.source.read_exact(&mut frame[start..])?;
        self.crc.update(&frame[start..]);
        self.at += count as u64;
        Ok(())
    }

    /// One FIT file of the chain.
    fn file(&mut self, file: &mut FitFile) -> Result<(), Stop> {
        let mut frame = Vec::new();
        self.crc = CRC.digest();
        self.begin = self.at;
        self.take(12, &mut frame)?;
        let header_size = usize::from(frame[0]);
        if !is_fit(&frame) || header_size < 12 {
            return Err(Stop::Damage("no FIT header".into()));
        }
        let data_size = u32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]);
        self.take(header_size - 12, &mut frame)?;
        // A device that lost power never came to fill in the size: then the data last as long as
        // the file.
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
                let definition = self.definition(file, &mut frame)?;
                definitions[usize::from(header & 0x0f)] = Some(definition);
                file.parser
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
                Message::Record => Some(&mut self.records_left),
                Message::Session | Message::Lap | Message::Event => Some(&mut self.marks_left),
                _ => None,
            };
            if let Some(left) = left {
                *left = left.checked_sub(1).ok_or(Stop::TooLong)?;
            }
            if definition.has_time || definition.message != Message::Other {
                definition.keep_read(&mut frame);
                if let Err(reason) = file.message(&frame, self.begin, &mut self.refused) {
                    self.pass_over(reason);
                }
            }
        }
        let crc = self.crc.clone().finalize();
        self.begin = self.at;
        frame.clear();
        self.take(2, &mut frame)?;
        let stored = u16::from_le_bytes([frame[0], frame[1]]);
        if stored != crc && stored != 0 && !self.faults.contains(&Fault::Checksum) {
            self.faults.push(Fault::Checksum);
        }
        Ok(())
    }

    /// Reads a definition after its first byte, and leaves out what is not read or does not fit.
    fn definition(&mut self, file: &FitFile, frame: &mut Vec<u8>) -> Result<Definition, Stop> {
        self.take(4, frame)?;
        let number = [frame[3], frame[4]];
        let message = Message::from_number(if frame[2] == 1 {
            u16::from_be_bytes(number)
        } else {
            u16::from_le_bytes(number)
        });
        let mut definition = Definition::new(message);
        self.fields(frame, |number, size, base_type| {
            definition.has_time |= number == TIMESTAMP;
            let is_read = message.fields().contains(&number) && size % size_of(base_type) == 0;
            definition.push(size, is_read)
        })?;
        if frame[0] & 0x20 != 0 {
            self.fields(frame, |number, size, developer| {
                let is_read =
                    message == Message::Record && file.is_cadence((developer, number), size);
                definition.push(size, is_read)
            })?;
        }
        Ok(definition)
    }

    /// Reads the number of fields and their three bytes each, and keeps those that `is_read`.
    fn fields(
        &mut self,
        frame: &mut Vec<u8>,
        mut is_read: impl FnMut(u8, u8, u8) -> bool,
    ) -> Result<(), Stop> {
        let count = frame.len();
        self.take(1, frame)?;
        self.take(3 * usize::from(frame[count]), frame)?;
        let fields = frame.split_off(count + 1);
        frame[count] = 0;
        for field in fields.chunks_exact(3) {
            if is_read(field[0], field[1], field[2]) {
                frame.extend_from_slice(field);
                frame[count] += 1;
            }
        }
        Ok(())
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
