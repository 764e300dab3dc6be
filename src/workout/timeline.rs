//! The timeline of a workout: its segments in order, with every tempo resolved.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use crate::cadence::Cadence;
use crate::schedule::{Cue, Frames, Pace, SampleRate, ScheduleError, TempoMap};
use crate::tempo::{Pulse, Tempo};

use super::{Segment, Speed, Workout, WorkoutError};

/// The timeline of a workout, with every tempo resolved and every repeat expanded.
///
/// Its parts are the sections of its [tempo map](Self::to_tempo_map), one for one: the part that
/// plays at a frame is `parts()[map.part_at(frame)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    parts: Vec<Part>,
}

impl Timeline {
    /// The most clicks of a count-in. The project's own bound.
    pub const MAX_COUNT_IN: u32 = 64;

    pub(super) fn new(workout: &Workout, base: Option<Cadence>) -> Result<Self, WorkoutError> {
        let parts = workout.segments().map(|(start, segment)| {
            Ok(Part {
                kind: PartKind::Segment,
                start,
                length: segment.length,
                spread: segment.length,
                pace: segment.pace.try_map(|speed| speed.at(base))?,
                cue: segment.cue,
            })
        });
        Ok(Self {
            parts: parts.collect::<Result<_, _>>()?,
        })
    }

    /// The parts, in the order in which they are run.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The duration; `None` if the last part never ends.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        let last = self.parts.last()?;
        Some(last.start + last.length?)
    }

    /// Ends the timeline after `length`:
    ///
    /// - one that never ends continues until then;
    /// - one that is longer is cut off there: a ramp keeps its slope, a fade its own;
    /// - one that is shorter is refused, since it may be meant to be stretched, repeated, or held
    ///   at its last tempo.
    ///
    /// # Errors
    /// [`WorkoutError::TooShort`] if the timeline is shorter, [`WorkoutError::Length`] outside one
    /// second to one week.
    pub fn lasting(mut self, length: Duration) -> Result<Self, WorkoutError> {
        if !(Segment::MIN_LENGTH..=TempoMap::MAX_LENGTH).contains(&length) {
            return Err(WorkoutError::Length(length));
        }
        if let Some(shorter) = self.length().filter(|&own| own < length) {
            return Err(WorkoutError::TooShort(shorter));
        }
        self.parts.retain(|part| part.start < length);
        if let Some(last) = self.parts.last_mut() {
            last.length = Some(length.saturating_sub(last.start));
            // What never ends has nothing that is spread over its length.
            last.spread = last.spread.or(last.length);
        }
        Ok(self)
    }

    /// Adds a count-in of `clicks` clicks at the first tempo, in addition to the length.
    ///
    /// With [`Pulse::PerStride`] each click is a stride, so that the first foot has the first click
    /// of the workout.
    ///
    /// # Errors
    /// [`WorkoutError::CountInToRest`] if there is no tempo to count in to,
    /// [`WorkoutError::CountIn`] for zero clicks or more than [`MAX_COUNT_IN`](Self::MAX_COUNT_IN).
    pub fn with_count_in(mut self, clicks: u32, pulse: Pulse) -> Result<Self, WorkoutError> {
        if !(1..=Self::MAX_COUNT_IN).contains(&clicks) {
            return Err(WorkoutError::CountIn(clicks));
        }
        let first_tempo = self.parts.iter().find_map(|part| match part.pace {
            Pace::Steady(tempo) | Pace::Ramp(tempo, _) => Some(tempo),
            Pace::Rest => None,
        });
        let tempo = first_tempo.ok_or(WorkoutError::CountInToRest)?;
        let beats = match pulse {
            Pulse::PerStep => clicks,
            Pulse::PerStride => 2 * clicks,
        };
        let nanos = beats_last(beats, tempo, 1_000_000_000);
        let length = Duration::from_nanos(nanos);
        self.begin_with(PartKind::CountIn { beats }, length, Pace::Steady(tempo));
        Ok(self)
    }

    /// Adds silence at the beginning, in addition to the length.
    #[must_use]
    pub fn with_lead_in(mut self, silence: Duration) -> Self {
        if !silence.is_zero() {
            self.begin_with(PartKind::LeadIn, silence, Pace::Rest);
        }
        self
    }

    fn begin_with(&mut self, kind: PartKind, length: Duration, pace: Pace) {
        for part in &mut self.parts {
            part.start += length;
        }
        let first = Part {
            kind,
            start: Duration::ZERO,
            length: Some(length),
            spread: Some(length),
            pace,
            cue: Cue::On,
        };
        self.parts.insert(0, first);
    }

    /// Converts the timeline to a tempo map at a sample rate, with one section per part.
    ///
    /// # Errors
    /// [`ScheduleError::TooLong`] where a lead-in or a count-in makes it longer than a week.
    pub fn to_tempo_map(&self, rate: SampleRate, pulse: Pulse) -> Result<TempoMap, ScheduleError> {
        let map = TempoMap::new(rate).with_room(self.parts.len());
        let mut map = map.with_pulse(pulse);
        let mut end = Duration::ZERO;
        for part in &self.parts {
            match (part.spread_at(rate), part.pace) {
                // The text gives no length to one tempo alone.
                (None, Pace::Steady(tempo)) => map.push_endless(tempo, part.cue)?,
                (spread, pace) => {
                    let spread = spread.unwrap_or_default();
                    map.push(spread, pace, part.cue)?;
                    end += spread;
                }
            }
        }
        let cut_off = self.parts.last().and_then(Part::cut_off);
        Ok(match cut_off {
            Some(cut_off) => map.cut(end.saturating_sub(cut_off)),
            None => map,
        })
    }
}

/// Duration of `beats` beats, rounded down, in units of 1/`per_second` s.
fn beats_last(beats: u32, tempo: Tempo, per_second: u64) -> u64 {
    let exact = u128::from(beats) * 60 * 1_000_000_000 * u128::from(per_second);
    // 2^32 beats at 20 BPM last 407 years, which fit in nanoseconds.
    u64::try_from(exact / u128::from(tempo.nano_bpm())).unwrap_or(u64::MAX)
}

/// A stretch of a [`Timeline`] with one pace and one cue, displayed as the text of a segment or by
/// name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    kind: PartKind,
    start: Duration,
    length: Option<Duration>,
    /// Over how long its pace and its fade spread: the length, unless it was cut off.
    spread: Option<Duration>,
    pace: Pace,
    cue: Cue,
}

/// The origin of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Silence before anything else.
    LeadIn,
    /// Beats before the workout begins.
    CountIn {
        /// How many: with a click a stride, two for each click.
        beats: u32,
    },
    /// A segment of the workout.
    Segment,
}

impl Part {
    /// Its origin.
    #[must_use]
    pub fn kind(&self) -> PartKind {
        self.kind
    }

    /// Its start.
    #[must_use]
    pub fn start(&self) -> Duration {
        self.start
    }

    /// The duration; `None` if it never ends.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        self.length
    }

    /// The pace from start to end; a ramp that was cut off ends at the tempo that it had reached.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match (self.pace, self.length, self.spread) {
            (Pace::Ramp(from, to), Some(length), Some(spread)) if length < spread => {
                let share = length.div_duration_f64(spread);
                let reached = from.bpm() + (to.bpm() - from.bpm()) * share;
                Pace::Ramp(from, Tempo::from_bpm(reached).unwrap_or(to))
            }
            (pace, ..) => pace,
        }
    }

    /// The cue.
    #[must_use]
    pub fn cue(&self) -> Cue {
        self.cue
    }

    /// The duration that was cut off, if any.
    fn cut_off(&self) -> Option<Duration> {
        let cut_off = self.spread?.saturating_sub(self.length?);
        (!cut_off.is_zero()).then_some(cut_off)
    }

    /// [`spread`](Self::spread) at a rate. A count-in is rounded down to a whole frame, so that the
    /// beat after its last one is the first of the workout.
    fn spread_at(&self, rate: SampleRate) -> Option<Duration> {
        match (self.kind, self.pace) {
            (PartKind::CountIn { beats }, Pace::Steady(tempo)) => {
                let frames = beats_last(beats, tempo, u64::from(rate.hz()));
                Some(Frames::from_count(frames).duration(rate))
            }
            _ => self.spread,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PartKind::LeadIn => return f.write_str("lead-in"),
            PartKind::CountIn { .. } => return f.write_str("count-in"),
            PartKind::Segment => {}
        }
        let Ok(pace) = self
            .pace()
            .try_map(|tempo| Ok::<_, Infallible>(Speed::Tempo(tempo)));
        let segment = Segment {
            length: self.length,
            pace,
            cue: self.cue,
        };
        segment.fmt(f)
    }
}
