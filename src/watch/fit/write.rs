//! Writes a workout that a watch runs, as a FIT file.
//!
//! Only the bytes belong here; the conversion of a workout to steps belongs to
//! [`workout::watch`](crate::workout). The layout is one that garmin-fit-sdk (in Python and
//! JavaScript), fitdecode, fitparse and fit-file-parser read without an error. It has not been
//! tried on a watch.

use std::fmt;
use std::str::FromStr;

use crc::{CRC_32_ISO_HDLC, Crc};

use super::CRC;
use super::profile::file_id;
use crate::watch::Moment;
use crate::workout::{Goal, WatchStep, WatchWorkout};

/// The hash that a serial number is.
static HASH: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Base types of the FIT profile.
mod base {
    pub(super) const ENUM: u8 = 0x00;
    pub(super) const STRING: u8 = 0x07;
    pub(super) const UINT16: u8 = 0x84;
    pub(super) const UINT32: u8 = 0x86;
    /// Zero is invalid.
    pub(super) const UINT32Z: u8 = 0x8c;
}

/// Values that mean "none" in a field of their type.
const NO_ENUM: u8 = 0xff;
const NO_UINT32: u32 = u32::MAX;

/// Bytes of the name of a step, with the zero that ends it.
const STEP_NAME_BYTES: u8 = 16;

/// A workout as a FIT file for a watch.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkoutFile<'a> {
    /// The workout.
    pub workout: &'a WatchWorkout,
    /// The name shown on the watch.
    pub name: WorkoutName,
    /// The day that the file says it was made on.
    pub made: WorkoutDate,
}

impl WorkoutFile<'_> {
    /// The whole file. The same workout, name and date make the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let workout = self.workout_message();
        // Type, manufacturer, product, serial number and date are to be unique together.
        let serial = HASH.checksum(&[&workout[..], &self.made.0.to_le_bytes()].concat());
        let data = [self.file_id(serial.max(1)), workout].concat();
        let mut file = header(&data);
        file.extend(data);
        file.extend(CRC.checksum(&file).to_le_bytes());
        file
    }

    fn file_id(&self, serial: u32) -> Vec<u8> {
        // For makers without a number of their own.
        const DEVELOPMENT: u16 = 255;
        let mut bytes = definition(
            0,
            0,
            &[
                (0, 1, base::ENUM),    // type
                (1, 2, base::UINT16),  // manufacturer
                (2, 2, base::UINT16),  // product
                (3, 4, base::UINT32Z), // serial_number
                (4, 4, base::UINT32),  // time_created
            ],
        );
        bytes.extend([0, file_id::WORKOUT]);
        bytes.extend(DEVELOPMENT.to_le_bytes());
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend(serial.to_le_bytes());
        bytes.extend(self.made.0.to_le_bytes());
        bytes
    }

    /// The workout, and its steps.
    fn workout_message(&self) -> Vec<u8> {
        const RUNNING: u8 = 1;
        const GENERIC: u8 = 0;
        const TCX: u32 = 0x20;
        let name = self.name.to_bytes();
        let name_bytes = u8::try_from(name.len()).unwrap_or(u8::MAX);
        let steps = &self.workout.steps;
        let mut bytes = definition(
            1,
            26,
            &[
                (4, 1, base::ENUM),            // sport
                (11, 1, base::ENUM),           // sub_sport
                (5, 4, base::UINT32Z),         // capabilities
                (6, 2, base::UINT16),          // num_valid_steps
                (8, name_bytes, base::STRING), // wkt_name
            ],
        );
        bytes.extend([1, RUNNING, GENERIC]);
        bytes.extend(TCX.to_le_bytes());
        bytes.extend(index(steps.len()).to_le_bytes());
        bytes.extend(name);
        bytes.extend(definition(
            2,
            27,
            &[
                (254, 2, base::UINT16),             // message_index
                (0, STEP_NAME_BYTES, base::STRING), // wkt_step_name
                (7, 1, base::ENUM),                 // intensity
                (1, 1, base::ENUM),                 // duration_type
                (2, 4, base::UINT32),               // duration_value
                (3, 1, base::ENUM),                 // target_type
                (4, 4, base::UINT32),               // target_value
                (5, 4, base::UINT32),               // custom_target_value_low
                (6, 4, base::UINT32),               // custom_target_value_high
            ],
        ));
        for (number, step) in steps.iter().enumerate() {
            bytes.push(2);
            bytes.extend(index(number).to_le_bytes());
            bytes.extend(Fields::of(step).to_bytes());
        }
        bytes
    }
}

/// The fields of a step's message, as FIT has them.
struct Fields {
    name: String,
    intensity: u8,
    duration_type: u8,
    duration_value: u32,
    target_type: u8,
    target_value: u32,
    custom_low: u32,
    custom_high: u32,
}

impl Fields {
    fn of(step: &WatchStep) -> Self {
        // Kinds of duration, of target and of intensity in the FIT profile.
        const TIME: u8 = 0;
        const OPEN_END: u8 = 5;
        const REPEAT_UNTIL_STEPS_COMPLETE: u8 = 6;
        const OPEN_TARGET: u8 = 2;
        const CADENCE: u8 = 3;
        const ACTIVE: u8 = 0;
        const RECOVERY: u8 = 4;
        match *step {
            WatchStep::Run { millis, goal } => {
                let (name, intensity) = match goal {
                    Goal::Cadence(range) => {
                        (format!("{}-{} spm", 2 * range.low, 2 * range.high), ACTIVE)
                    }
                    Goal::Free => ("no target".to_owned(), ACTIVE),
                    Goal::Recovery => ("rest".to_owned(), RECOVERY),
                };
                let (target_type, target_value, custom_low, custom_high) = match goal {
                    // Zero is no zone: the range is a custom one.
                    Goal::Cadence(range) => (CADENCE, 0, range.low, range.high),
                    Goal::Free | Goal::Recovery => (OPEN_TARGET, NO_UINT32, NO_UINT32, NO_UINT32),
                };
                Self {
                    name,
                    intensity,
                    duration_type: if millis.is_some() { TIME } else { OPEN_END },
                    duration_value: millis.unwrap_or(NO_UINT32),
                    target_type,
                    target_value,
                    custom_low,
                    custom_high,
                }
            }
            WatchStep::Repeat { from, times } => Self {
                name: String::new(),
                intensity: NO_ENUM,
                duration_type: REPEAT_UNTIL_STEPS_COMPLETE,
                duration_value: u32::from(index(from)),
                target_type: OPEN_TARGET,
                target_value: times,
                custom_low: NO_UINT32,
                custom_high: NO_UINT32,
            },
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.name.clone().into_bytes();
        bytes.resize(usize::from(STEP_NAME_BYTES), 0);
        bytes.extend([self.intensity, self.duration_type]);
        bytes.extend(self.duration_value.to_le_bytes());
        bytes.push(self.target_type);
        bytes.extend(self.target_value.to_le_bytes());
        bytes.extend(self.custom_low.to_le_bytes());
        bytes.extend(self.custom_high.to_le_bytes());
        bytes
    }
}

/// The header of a file with these data.
fn header(data: &[u8]) -> Vec<u8> {
    const SIZE: u8 = 14;
    const PROTOCOL_1_0: u8 = 0x10;
    const PROFILE_21_32: u16 = 2132;
    let mut bytes = vec![SIZE, PROTOCOL_1_0];
    bytes.extend(PROFILE_21_32.to_le_bytes());
    // 4,096 steps of 38 bytes are far from it.
    bytes.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(b".FIT");
    bytes.extend(CRC.checksum(&bytes).to_le_bytes());
    bytes
}

/// The definition of a message: its local number, its number in the profile, and each field's
/// number, size and base type.
fn definition(local: u8, message: u16, fields: &[(u8, u8, u8)]) -> Vec<u8> {
    const DEFINITION: u8 = 0x40;
    const LITTLE_ENDIAN: u8 = 0;
    let mut bytes = vec![DEFINITION | local, 0, LITTLE_ENDIAN];
    bytes.extend(message.to_le_bytes());
    bytes.push(u8::try_from(fields.len()).unwrap_or(u8::MAX));
    bytes.extend(
        fields
            .iter()
            .flat_map(|&(number, size, kind)| [number, size, kind]),
    );
    bytes
}

/// The number of a step; there are at most [`WatchWorkout::MAX_STEPS`].
fn index(step: usize) -> u16 {
    u16::try_from(step).unwrap_or(u16::MAX)
}

/// The name of a workout on a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkoutName(String);

impl WorkoutName {
    /// The longest, in bytes of UTF-8: a field of FIT has 255, and the zero that ends the text is
    /// one of them. Watches show less.
    pub const MAX_BYTES: usize = 254;

    /// A name of this text, cut where it is too long; characters that a watch cannot show are left
    /// out.
    #[must_use]
    pub fn abridged(text: &str) -> Self {
        let mut name = String::new();
        for c in text.chars().filter(|c| !c.is_control()) {
            if name.len() + c.len_utf8() > Self::MAX_BYTES {
                break;
            }
            name.push(c);
        }
        if name.is_empty() {
            name.push_str("workout");
        }
        Self(name)
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.0.as_bytes(), &[0]].concat()
    }
}

impl fmt::Display for WorkoutName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WorkoutName {
    type Err = WorkoutFileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() || text.len() > Self::MAX_BYTES || text.contains(char::is_control)
        {
            return Err(WorkoutFileError::Name);
        }
        Ok(Self(text.to_owned()))
    }
}

/// When a workout file says that it was made, in seconds of the FIT clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkoutDate(u32);

impl WorkoutDate {
    /// Where nothing is asked for: 1 January 2026, 00:00 UTC, so that the same workout makes the
    /// same bytes on any day.
    pub const FIXED: Self = Self(1_136_160_000);

    /// Seconds from 1970 to the start of the FIT clock, 31 December 1989.
    const FIT_EPOCH_S: i64 = 631_065_600;

    /// Checks a moment; it is kept to the second.
    ///
    /// # Errors
    /// [`WorkoutFileError::Date`] before 3 July 1998, since earlier values are times since a watch
    /// was switched on, and from February 2126 on, where the clock of FIT ends.
    pub fn from_moment(moment: Moment) -> Result<Self, WorkoutFileError> {
        let seconds = moment.unix_ms().div_euclid(1000) - Self::FIT_EPOCH_S;
        match u32::try_from(seconds) {
            Ok(seconds) if moment.is_dated() && seconds != u32::MAX => Ok(Self(seconds)),
            _ => Err(WorkoutFileError::Date),
        }
    }
}

/// Why something cannot be written into a workout file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkoutFileError {
    /// A name that a watch cannot show.
    #[error("the name of a workout is 1 to {max} bytes of printable text", max = WorkoutName::MAX_BYTES)]
    Name,
    /// A date that the clock of FIT does not have.
    #[error("a FIT file cannot hold that date: 1999-01-01 to 2125-12-31")]
    Date,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tolerance::Tolerance;
    use crate::workout::Workout;

    fn file(text: &str) -> Vec<u8> {
        let workout: Workout = text.parse().unwrap();
        let workout = workout.for_watch(None, Tolerance::DEFAULT, None).unwrap();
        let file = WorkoutFile {
            workout: &workout,
            name: "Run".parse().unwrap(),
            made: WorkoutDate::FIXED,
        };
        file.to_bytes()
    }

    #[test]
    fn a_file_worked_by_hand_is_written_byte_for_byte() {
        let parts: [&[u8]; 14] = [
            // Header: size, protocol 1.0, profile 2132, 254 bytes of data, ".FIT", checksum.
            b"\x0e\x10\x54\x08\xfe\x00\x00\x00.FIT\xc8\x19",
            // Definition of file_id: type, manufacturer, product, serial_number, time_created.
            b"\x40\x00\x00\x00\x00\x05\x00\x01\x00\x01\x02\x84\x02\x02\x84\x03\x04\x8c\x04\x04\x86",
            // Workout, 255, 0, the CRC-32 of what follows and of the date, 1136160000 s.
            b"\x00\x05\xff\x00\x00\x00\x6d\x6e\x26\xfd\x00\x6d\xb8\x43",
            // Definition of workout: sport, sub_sport, capabilities, num_valid_steps, wkt_name.
            b"\x41\x00\x00\x1a\x00\x05\x04\x01\x00\x0b\x01\x00\x05\x04\x8c\x06\x02\x84\x08\x04\x07",
            // Running, generic, 32, 4 steps, "Run".
            b"\x01\x01\x00\x20\x00\x00\x00\x04\x00Run\x00",
            // Definition of workout_step: message_index, name, intensity, duration type and value,
            b"\x42\x00\x00\x1b\x00\x09\xfe\x02\x84\x00\x10\x07\x07\x01\x00\x01\x01\x00\x02\x04\x86",
            // target type and value, custom low and high.
            b"\x03\x01\x00\x04\x04\x86\x05\x04\x86\x06\x04\x86",
            // 60,000 ms at 170 BPM: 164.9 to 175.1 spm, which is within 82 to 88 strides.
            b"\x02\x00\x00164-176 spm\0\0\0\0\0\x00\x00\x60\xea\x00\x00\x03",
            b"\x00\x00\x00\x00\x52\x00\x00\x00\x58\x00\x00\x00",
            // 30,000 ms of rest, without a target.
            b"\x02\x01\x00rest\0\0\0\0\0\0\0\0\0\0\0\0\x04\x00\x30\x75\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            // From step 0 on, 5 times.
            b"\x02\x02\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\x06\x00\x00\x00\x00\x02\x05\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
            // 160 BPM, 155.2 to 164.8 spm, until the runner ends it.
            b"\x02\x03\x00154-166 spm\0\0\0\0\0\x00\x05\xff\xff\xff\xff\x03",
            b"\x00\x00\x00\x00\x4d\x00\x00\x00\x53\x00\x00\x00",
            // The checksum.
            b"\x05\x2c",
        ];
        assert_eq!(file("5x(1m 170, 30s rest), 160"), parts.concat());
    }

    #[test]
    fn another_date_or_name_is_another_serial_number() {
        let workout: Workout = "160".parse().unwrap();
        let workout = workout.for_watch(None, Tolerance::DEFAULT, None).unwrap();
        let serial = |name: &str, made| {
            let name = name.parse().unwrap();
            let workout = &workout;
            let bytes = WorkoutFile {
                workout,
                name,
                made,
            }
            .to_bytes();
            bytes[14 + 21 + 6..][..4].to_vec()
        };
        let day = Moment::from_unix_ms(1_796_083_200_000); // 1 December 2026
        let later = WorkoutDate::from_moment(day).unwrap();
        let serials = [
            serial("a", WorkoutDate::FIXED),
            serial("b", WorkoutDate::FIXED),
            serial("a", later),
        ];
        assert_ne!(serials[0], serials[1]);
        assert_ne!(serials[0], serials[2]);
        assert_eq!(serials[0], serial("a", WorkoutDate::FIXED));
    }

    #[test]
    fn names_and_dates_are_checked() {
        for name in ["", "  ", "two\nlines", &"a".repeat(255)] {
            assert_eq!(
                name.parse::<WorkoutName>(),
                Err(WorkoutFileError::Name),
                "{name:?}"
            );
        }
        assert_eq!(
            WorkoutName::abridged(&"é".repeat(200)).to_string(),
            "é".repeat(127)
        );
        assert_eq!(WorkoutName::abridged("\n").to_string(), "workout");
        let date = |unix_s: i64| WorkoutDate::from_moment(Moment::from_unix_ms(unix_s * 1000));
        assert_eq!(date(1_767_225_600), Ok(WorkoutDate::FIXED));
        assert_eq!(date(0), Err(WorkoutFileError::Date));
        assert_eq!(
            date(631_065_600 + i64::from(u32::MAX)),
            Err(WorkoutFileError::Date)
        );
    }
}
