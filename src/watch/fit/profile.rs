//! The part of the FIT profile that is read: messages, their fields and the sizes of base types, by
//! name.

use crate::watch::Sport;

/// A message, as far as it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// What kind of file it is.
    FileId,
    /// What was done, from devices that write it before the session.
    Sport,
    Session,
    Lap,
    Record,
    Event,
    Activity,
    /// What a developer's field holds.
    FieldDescription,
    /// Any other: only its time is read.
    Other,
}

/// The field that holds the time in every message.
pub(super) const TIMESTAMP: u8 = 253;

/// Fields of [`Message::FileId`].
pub(super) mod file_id {
    pub(in super::super) const TYPE: u8 = 0;
    /// A value of [`TYPE`]: something to run, and no recording.
    pub(in super::super) const WORKOUT: u8 = 5;
}

/// Fields of [`Message::Sport`].
pub(super) mod sport {
    pub(in super::super) const SPORT: u8 = 0;
    pub(in super::super) const SUB_SPORT: u8 = 1;
}

/// Fields of [`Message::Session`].
pub(super) mod session {
    pub(in super::super) const START_TIME: u8 = 2;
    pub(in super::super) const SPORT: u8 = 5;
    pub(in super::super) const SUB_SPORT: u8 = 6;
    /// Milliseconds.
    pub(in super::super) const TOTAL_ELAPSED_TIME: u8 = 7;
    pub(in super::super) const AVG_CADENCE: u8 = 18;
    /// 1/128.
    pub(in super::super) const AVG_FRACTIONAL_CADENCE: u8 = 92;
}

/// Fields of [`Message::Lap`].
pub(super) mod lap {
    pub(in super::super) const START_TIME: u8 = 2;
    /// Milliseconds, with pauses.
    pub(in super::super) const TOTAL_ELAPSED_TIME: u8 = 7;
    /// Milliseconds, without pauses.
    pub(in super::super) const TOTAL_TIMER_TIME: u8 = 8;
    /// Centimetres.
    pub(in super::super) const TOTAL_DISTANCE: u8 = 9;
    pub(in super::super) const AVG_CADENCE: u8 = 17;
    /// By which the parser knows what the average counts.
    pub(in super::super) const SPORT: u8 = 25;
    /// 1/128.
    pub(in super::super) const AVG_FRACTIONAL_CADENCE: u8 = 80;
}

/// Fields of [`Message::Record`].
pub(super) mod record {
    pub(in super::super) const CADENCE: u8 = 4;
    /// Centimetres since the start.
    pub(in super::super) const DISTANCE: u8 = 5;
    /// Millimetres a second.
    pub(in super::super) const SPEED: u8 = 6;
    /// Two values packed into three bytes, from old watches.
    pub(in super::super) const COMPRESSED_SPEED_DISTANCE: u8 = 8;
    /// 1/256.
    pub(in super::super) const CADENCE_256: u8 = 52;
    /// 1/128.
    pub(in super::super) const FRACTIONAL_CADENCE: u8 = 53;
    /// Millimetres a second.
    pub(in super::super) const ENHANCED_SPEED: u8 = 73;
}

/// Fields of [`Message::Event`].
pub(super) mod event {
    pub(in super::super) const EVENT: u8 = 0;
    pub(in super::super) const EVENT_TYPE: u8 = 1;
    /// A value of [`EVENT`]: what happened, happened to the timer.
    pub(in super::super) const TIMER: u8 = 0;
    /// Values of [`EVENT_TYPE`].
    pub(in super::super) const START: u8 = 0;
    /// Stop, stop of all, stop and disable, and the latter of all.
    pub(in super::super) const STOPS: [u8; 4] = [1, 4, 8, 9];
}

/// Fields of [`Message::Activity`].
pub(super) mod activity {
    /// The watch's own clock, as if it were UTC.
    pub(in super::super) const LOCAL_TIMESTAMP: u8 = 5;
}

/// Fields of [`Message::FieldDescription`].
pub(super) mod description {
    pub(in super::super) const DEVELOPER_INDEX: u8 = 0;
    pub(in super::super) const FIELD_NUMBER: u8 = 1;
    pub(in super::super) const BASE_TYPE: u8 = 2;
    pub(in super::super) const NAME: u8 = 3;
    pub(in super::super) const SCALE: u8 = 6;
    pub(in super::super) const OFFSET: u8 = 7;
    pub(in super::super) const UNITS: u8 = 8;
    pub(in super::super) const NATIVE_MESSAGE: u8 = 14;
    pub(in super::super) const NATIVE_FIELD: u8 = 15;
}

impl Message {
    /// The number of a record, which a developer's field names as its native message.
    pub(super) const RECORD: u16 = 20;

    pub(super) fn from_number(number: u16) -> Self {
        match number {
            0 => Self::FileId,
            12 => Self::Sport,
            18 => Self::Session,
            19 => Self::Lap,
            Self::RECORD => Self::Record,
            21 => Self::Event,
            34 => Self::Activity,
            206 => Self::FieldDescription,
            _ => Self::Other,
        }
    }

    /// The fields that are read of it.
    pub(super) fn fields(self) -> &'static [u8] {
        match self {
            Self::FileId => &[file_id::TYPE, TIMESTAMP],
            Self::Sport => &[sport::SPORT, sport::SUB_SPORT, TIMESTAMP],
            Self::Session => &[
                session::START_TIME,
                session::SPORT,
                session::SUB_SPORT,
                session::TOTAL_ELAPSED_TIME,
                session::AVG_CADENCE,
                session::AVG_FRACTIONAL_CADENCE,
                TIMESTAMP,
            ],
            Self::Lap => &[
                lap::START_TIME,
                lap::TOTAL_ELAPSED_TIME,
                lap::TOTAL_TIMER_TIME,
                lap::TOTAL_DISTANCE,
                lap::AVG_CADENCE,
                lap::SPORT,
                lap::AVG_FRACTIONAL_CADENCE,
                TIMESTAMP,
            ],
            Self::Record => &[
                record::CADENCE,
                record::DISTANCE,
                record::SPEED,
                record::COMPRESSED_SPEED_DISTANCE,
                record::CADENCE_256,
                record::FRACTIONAL_CADENCE,
                record::ENHANCED_SPEED,
                TIMESTAMP,
            ],
            Self::Event => &[event::EVENT, event::EVENT_TYPE, TIMESTAMP],
            Self::Activity => &[activity::LOCAL_TIMESTAMP, TIMESTAMP],
            Self::FieldDescription => &[
                description::DEVELOPER_INDEX,
                description::FIELD_NUMBER,
                description::BASE_TYPE,
                description::NAME,
                description::SCALE,
                description::OFFSET,
                description::UNITS,
                description::NATIVE_MESSAGE,
                description::NATIVE_FIELD,
            ],
            // Any message's time can be the one that compressed time stamps count from.
            Self::Other => &[TIMESTAMP],
        }
    }
}

/// The size of one value of a base type, in bytes.
pub(super) fn size_of(base_type: u8) -> u8 {
    match base_type & 0x1f {
        3 | 4 | 11 => 2,
        5 | 6 | 8 | 12 => 4,
        9 | 14..=16 => 8,
        _ => 1,
    }
}

/// The profile's `sport` and `sub_sport`.
pub(super) fn sport_of(sport: Option<u8>, sub_sport: Option<u8>) -> Sport {
    match (sport, sub_sport) {
        // Fitness equipment, when it is a treadmill or running indoors.
        (Some(1), _) | (Some(4), Some(1 | 45)) => Sport::Running,
        (Some(11), _) => Sport::Walking,
        (Some(17), _) => Sport::Hiking,
        (Some(2 | 21), _) => Sport::Cycling,
        (None | Some(0), _) => Sport::Unknown,
        (Some(_), _) => Sport::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_number() {
        assert_eq!(Message::from_number(20), Message::Record);
        assert_eq!(Message::from_number(23), Message::Other);
        assert_eq!(Message::Other.fields(), [TIMESTAMP]);
    }

    #[test]
    fn a_base_type_has_the_size_of_the_protocol() {
        // enum, uint16, uint32, string, float64, uint32z, uint64.
        let sizes = [0x00, 0x84, 0x86, 0x07, 0x89, 0x8c, 0x8f].map(size_of);
        assert_eq!(sizes, [1, 2, 4, 1, 8, 4, 8]);
    }

    #[test]
    fn a_treadmill_is_running_and_other_fitness_equipment_is_not() {
        assert_eq!(sport_of(Some(1), Some(14)), Sport::Running);
        assert_eq!(sport_of(Some(4), Some(1)), Sport::Running);
        assert_eq!(sport_of(Some(4), Some(15)), Sport::Other);
        assert_eq!(sport_of(Some(0), None), Sport::Unknown);
    }
}
