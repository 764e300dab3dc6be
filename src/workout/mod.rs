//! Workouts: a [`Workout`] is parsed from a small language and resolved to a [`Timeline`] once the
//! runner's cadence is known.
//!
//! Segments, repeats and relative tempi belong here. The frame of each beat belongs to
//! [`schedule`](crate::schedule), which receives a [`TempoMap`](crate::schedule::TempoMap); the
//! sound of a beat belongs to [`audio`](crate::audio).
//!
//! # The language
//!
//! Segments are separated by commas or line breaks; `#` starts a comment that runs to the end of
//! its line.
//!
//! | text | what is played |
//! |---|---|
//! | `5m rest` | five minutes without a beat |
//! | `10m 170` | ten minutes at 170 beats a minute |
//! | `8m 160..168` | a ramp: the tempo changes linearly in time |
//! | `5x(1m 170, 1m rest)` | all of it, five times; repeats nest |
//! | `20m 170 cue 1m/1m` | clicks and silence by turns, a minute each; the grid goes on |
//! | `20m 170 fade` | the clicks sink evenly in decibels, to −40 dB at the end of the segment |
//! | `20m 170 silent` | the grid alone: a tempo to hold without a click |
//! | `10m base`, `10m +5%`, `8m base..+5%` | relative to the runner's own cadence |
//! | `172` | a tempo without a length never ends, so it comes last |
//!
//! Lengths are written as everywhere in the tool: `90s`, `1m 30s`, `1:30`, `1h`. A tempo may have
//! its unit, `168 spm`, and a ramp between plain tempi a dash, `160-168`. A segment lasts at least
//! a second, the whole at most [a week](crate::schedule::TempoMap::MAX_LENGTH).
//!
//! ```
//! use cadence::cadence::Cadence;
//! use cadence::schedule::SampleRate;
//! use cadence::tempo::Pulse;
//! use cadence::workout::Workout;
//!
//! let workout: Workout = "5m rest, 5x(1m +5%, 1m rest)".parse()?;
//! let timeline = workout.resolve(Some(Cadence::from_spm(160.0)?))?;
//! let parts: Vec<String> = timeline.parts().iter().map(ToString::to_string).collect();
//! assert_eq!(parts[..3], ["5m rest", "1m 168", "1m rest"]);
//!
//! let map = timeline.to_tempo_map(SampleRate::from_hz(48_000)?, Pulse::PerStep)?;
//! assert_eq!(map.section_clicks().flatten().sum::<u64>(), 5 * 168);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fault;
mod text;
mod timeline;
mod watch;

use std::fmt;
use std::time::Duration;

use crate::cadence::Cadence;
use crate::schedule::{Cue, Pace};
use crate::tempo::Tempo;

pub use fault::{Fault, TextError};
pub use timeline::{Part, PartKind, Timeline};
pub use watch::{Caveat, Goal, StrideRange, WatchStep, WatchWorkout};

/// A workout as it was written: segments, and repeats of them.
///
/// It is parsed from text and [displayed](fmt::Display) as text that parses to the same workout.
#[derive(Clone, Debug, PartialEq)]
pub struct Workout {
    items: Vec<Item>,
    length: Option<Duration>,
}

impl Workout {
    /// The most segments of a workout, with every repeat counted. The project's own bound.
    pub const MAX_SEGMENTS: u32 = 100_000;
    /// The deepest nesting of repeats. The project's own bound.
    pub const MAX_DEPTH: usize = 16;

    /// The duration; `None` if the last segment never ends.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        self.length
    }

    /// Whether any tempo is relative to the runner's cadence.
    #[must_use]
    pub fn is_relative(&self) -> bool {
        fn any(items: &[Item]) -> bool {
            items.iter().any(|item| match item {
                Item::Segment(segment) => segment.pace.try_map(|speed| speed.at(None)).is_err(),
                Item::Repeat { items, .. } => any(items),
            })
        }
        any(&self.items)
    }

    /// An iterator over the segments in the order in which they are run, repeats expanded, each
    /// with its start.
    #[must_use]
    pub fn segments(&self) -> Segments<'_> {
        Segments {
            levels: vec![Level::new(1, &self.items)],
            start: Duration::ZERO,
        }
    }

    /// Resolves the workout to a timeline, with every relative tempo computed from `base`; a
    /// workout without relative tempi needs no base.
    ///
    /// # Errors
    /// [`WorkoutError::NoBase`] if a tempo is relative and `base` is `None`,
    /// [`WorkoutError::OutOfRange`] if a resolved tempo is out of range.
    pub fn resolve(&self, base: Option<Cadence>) -> Result<Timeline, WorkoutError> {
        Timeline::new(self, base)
    }
}

impl fmt::Display for Workout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_items(f, &self.items)
    }
}

fn write_items(f: &mut fmt::Formatter<'_>, items: &[Item]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        match item {
            Item::Segment(segment) => write!(f, "{segment}")?,
            Item::Repeat { times, items } => {
                write!(f, "{times}x(")?;
                write_items(f, items)?;
                f.write_str(")")?;
            }
        }
    }
    Ok(())
}

/// A segment or a repeat: the text between two commas.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Segment(Segment),
    Repeat { times: u32, items: Vec<Item> },
}

/// A stretch of a run with one pace and one cue, as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    length: Option<Duration>,
    pace: Pace<Speed>,
    cue: Cue,
}

impl Segment {
    /// The shortest segment, and the shortest stretch of a cue: a rest shorter than a beat would
    /// make beats bunch up.
    pub const MIN_LENGTH: Duration = Duration::from_secs(1);

    /// The duration; `None` if it never ends.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        self.length
    }

    /// The pace.
    #[must_use]
    pub fn pace(&self) -> Pace<Speed> {
        self.pace
    }

    /// The cue.
    #[must_use]
    pub fn cue(&self) -> Cue {
        self.cue
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(length) = self.length {
            write!(f, "{} ", humantime::format_duration(length))?;
        }
        match self.pace {
            Pace::Rest => f.write_str("rest")?,
            Pace::Steady(speed) => write!(f, "{speed}")?,
            Pace::Ramp(from, to) => write!(f, "{from}..{to}")?,
        }
        match self.cue {
            Cue::On => Ok(()),
            Cue::Off => f.write_str(" silent"),
            Cue::Fade => f.write_str(" fade"),
            Cue::OnOff { on, off } => {
                let (on, off) = (
                    humantime::format_duration(on),
                    humantime::format_duration(off),
                );
                write!(f, " cue {on}/{off}")
            }
        }
    }
}

/// A tempo as it is written in a workout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// An absolute tempo.
    Tempo(Tempo),
    /// A tempo relative to the runner's cadence; `base` is 0 %.
    Relative {
        /// Percent above the cadence; negative for below.
        percent: f64,
    },
}

impl Speed {
    /// The furthest from the base, in percent, as for a
    /// [raise](crate::cadence::Raise::MAX_PERCENT).
    pub const MAX_PERCENT: f64 = 50.0;

    /// The tempo for a runner with this cadence.
    fn at(self, base: Option<Cadence>) -> Result<Tempo, WorkoutError> {
        match self {
            Self::Tempo(tempo) => Ok(tempo),
            Self::Relative { percent } => {
                let base = base.ok_or(WorkoutError::NoBase(self))?;
                let bpm = base.spm() + base.spm() * percent / 100.0;
                Tempo::from_bpm(bpm).map_err(|_| WorkoutError::OutOfRange(self, base))
            }
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Tempo(tempo) => f.write_str(&tempo.to_decimal()),
            Self::Relative { percent: 0.0 } => f.write_str("base"),
            Self::Relative { percent } => write!(f, "{percent:+}%"),
        }
    }
}

/// The segments of a workout in the order in which they are run, each with its start.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    levels: Vec<Level<'a>>,
    start: Duration,
}

/// A list of items being iterated, and how often it is still to be repeated.
#[derive(Clone, Debug)]
struct Level<'a> {
    times: u32,
    items: &'a [Item],
    left: std::slice::Iter<'a, Item>,
}

impl<'a> Level<'a> {
    fn new(times: u32, items: &'a [Item]) -> Self {
        Self {
            times,
            items,
            left: items.iter(),
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = (Duration, &'a Segment);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let level = self.levels.last_mut()?;
            match level.left.next() {
                Some(Item::Segment(segment)) => {
                    let start = self.start;
                    self.start += segment.length.unwrap_or_default();
                    return Some((start, segment));
                }
                Some(Item::Repeat { times, items }) => self.levels.push(Level::new(*times, items)),
                None if level.times > 1 => *level = Level::new(level.times - 1, level.items),
                None => _ = self.levels.pop(),
            }
        }
    }
}

/// Why a workout cannot be resolved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WorkoutError {
    /// A relative tempo without a base cadence.
    #[error("'{0}' is relative: it needs a base cadence, such as 160 spm")]
    NoBase(Speed),
    /// A relative tempo that is out of range, and its base.
    #[error("'{0}' of {1} is out of range: it must come to 20 to 400 BPM")]
    OutOfRange(Speed, Cadence),
    /// A length beyond the end of the workout, whose duration this is.
    #[error("the workout lasts {} and says nothing of what follows: ask for no more than that, or end it with a tempo without a length",
        humantime::format_duration(*.0))]
    TooShort(Duration),
    /// A length out of range.
    #[error("a run cannot last {}: 1s to 7days", humantime::format_duration(*.0))]
    Length(Duration),
    /// A count-in before a rest.
    #[error(
        "a count-in needs a tempo, but the workout is rest from beginning to end: leave the count-in out"
    )]
    CountInToRest,
    /// More steps than a file for a watch can number.
    #[error(
        "this is more than {max} steps on a watch: make it shorter",
        max = WatchWorkout::MAX_STEPS
    )]
    TooManySteps,
    /// A count-in that is too long.
    #[error("a count-in of {0} is out of range: 1 to {max}", max = Timeline::MAX_COUNT_IN)]
    CountIn(u32),
}

#[cfg(test)]
mod tests;
