//! A workout as a watch runs it: a flat list of steps, each with a range of cadence that the watch
//! guards.
//!
//! The conversion of segments, ramps, cues and repeats belongs here; the file format belongs to
//! `watch::fit`. In this module a *step* is a step of a workout on a watch, never a footfall:
//! watches and their manuals use the word in this sense.

use std::ops::Range;
use std::time::Duration;

use crate::cadence::Cadence;
use crate::schedule::{Cue, Pace};
use crate::tempo::Tempo;
use crate::tolerance::Tolerance;

use super::{Item, Segment, Workout, WorkoutError};

/// A workout as a watch runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchWorkout {
    /// Its steps, in order; a repeat is a step that follows what it repeats.
    pub steps: Vec<WatchStep>,
    /// Caveats for the runner.
    pub caveats: Vec<Caveat>,
}

impl WatchWorkout {
    /// The most steps: a FIT file numbers them in 12 bits.
    pub const MAX_STEPS: usize = 4096;
    /// The most steps that are passed over without a warning: watches differ in how many they take.
    pub const COMMON_STEPS: usize = 50;
    /// How far the tempo of a ramp moves within one step at the most, in steps per minute: one
    /// stride.
    pub const RAMP_STEP_SPM: u32 = 2;
}

/// One step of a workout on a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchStep {
    /// Something to run.
    Run {
        /// How long, in milliseconds; `None` until the runner ends it.
        millis: Option<u32>,
        /// The goal to keep.
        goal: Goal,
    },
    /// The steps from this index on, up to here, over again.
    Repeat {
        /// The index of the first of them.
        from: usize,
        /// How often they are run in all, the first time included.
        times: u32,
    },
}

/// What to keep during a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A cadence within a range.
    Cadence(StrideRange),
    /// A tempo without a cue: the watch guards nothing.
    Free,
    /// A rest.
    Recovery,
}

/// A range of cadence in whole strides per minute, as a watch has it for running: two steps per
/// minute each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrideRange {
    /// The low end, in strides per minute.
    pub low: u32,
    /// The high end, in strides per minute.
    pub high: u32,
}

impl StrideRange {
    /// The tolerance around every tempo from the slower to the faster one, rounded outward: no
    /// cadence that keeps to it is outside of the range.
    fn around(one: Exact, other: Exact, tolerance: Tolerance) -> Self {
        const HUNDRED_PERCENT: i128 = 100_000_000_000;
        let by = i128::from(tolerance.nano_percent());
        // In billionths of a step per minute times billionths of a percent, so that a whole number
        // of strides stays whole.
        let stride = 2 * 1_000_000_000 * HUNDRED_PERCENT;
        let low = one.floor.min(other.floor) * (HUNDRED_PERCENT - by);
        let high = one.ceil.max(other.ceil) * (HUNDRED_PERCENT + by);
        let whole = |strides: i128| u32::try_from(strides).unwrap_or_default();
        Self {
            low: whole(low.div_euclid(stride)),
            high: whole(-(-high).div_euclid(stride)),
        }
    }
}

/// A tempo in billionths of a beat per minute, between two whole ones where it is in the middle of
/// a ramp.
#[derive(Clone, Copy)]
struct Exact {
    floor: i128,
    ceil: i128,
}

/// A caveat about a workout on a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Caveat {
    /// More steps than [`WatchWorkout::COMMON_STEPS`].
    #[error(
        "{0} workout steps: watches differ, and some take no more than {max}",
        max = WatchWorkout::COMMON_STEPS
    )]
    ManySteps(usize),
    /// A cue that goes on and off in a segment without end, which is one step.
    #[error(
        "a watch cannot switch a cue on and off without end: the last segment keeps its target throughout; give it a length"
    )]
    EndlessCue,
}

impl Workout {
    /// Converts the workout for a watch, with every tempo as a range of `tolerance` around it, and
    /// every relative tempo computed from `base`. With `end` it ends after that time, as
    /// [`Timeline::lasting`](super::Timeline::lasting) has it.
    ///
    /// Repeats stay repeats, and what is repeated within a repeat is written out, since watches
    /// nest none. A ramp becomes steps of at most [`RAMP_STEP_SPM`](WatchWorkout::RAMP_STEP_SPM).
    ///
    /// # Errors
    /// Those of [`resolve`](Self::resolve) and of `lasting`; [`WorkoutError::TooManySteps`].
    pub fn for_watch(
        &self,
        base: Option<Cadence>,
        tolerance: Tolerance,
        end: Option<Duration>,
    ) -> Result<WatchWorkout, WorkoutError> {
        let timeline = self.resolve(base)?;
        if let Some(end) = end {
            timeline.lasting(end)?;
        }
        let mut builder = Builder {
            base,
            tolerance,
            left: end,
            is_repeated: false,
            steps: Vec::new(),
            caveats: Vec::new(),
        };
        builder.items(&self.items)?;
        let count = builder.steps.len();
        if count > WatchWorkout::COMMON_STEPS {
            builder.caveats.push(Caveat::ManySteps(count));
        }
        Ok(WatchWorkout {
            steps: builder.steps,
            caveats: builder.caveats,
        })
    }
}

struct Builder {
    base: Option<Cadence>,
    tolerance: Tolerance,
    /// How much of the workout is still to come, where it is cut off.
    left: Option<Duration>,
    /// Whether the steps that come are the body of a repeat, in which there is no other.
    is_repeated: bool,
    steps: Vec<WatchStep>,
    caveats: Vec<Caveat>,
}

impl Builder {
    fn items(&mut self, items: &[Item]) -> Result<(), WorkoutError> {
        for item in items {
            match item {
                _ if self.left == Some(Duration::ZERO) => break,
                Item::Segment(segment) => self.segment(segment)?,
                Item::Repeat { times, items } => self.repeat(*times, items)?,
            }
        }
        Ok(())
    }

    fn repeat(&mut self, times: u32, items: &[Item]) -> Result<(), WorkoutError> {
        let pass = length(items);
        let whole_passes = self.left.map_or(times, |left| {
            let passes = left.as_nanos() / pass.as_nanos().max(1);
            u32::try_from(passes).map_or(times, |passes| passes.min(times))
        });
        let mut passes_left = times;
        if whole_passes > 1 && !self.is_repeated {
            self.is_repeated = true;
            let from = self.steps.len();
            self.items(items)?;
            self.push(WatchStep::Repeat {
                from,
                times: whole_passes,
            })?;
            self.is_repeated = false;
            self.pass(pass * (whole_passes - 1));
            passes_left -= whole_passes;
        }
        for _ in 0..passes_left {
            if self.left == Some(Duration::ZERO) {
                break;
            }
            self.items(items)?;
        }
        Ok(())
    }

    fn segment(&mut self, segment: &Segment) -> Result<(), WorkoutError> {
        let pace = segment.pace.try_map(|speed| speed.at(self.base))?;
        let length = match (segment.length, self.left) {
            (Some(length), Some(left)) => Some(length.min(left)),
            (length, left) => length.or(left),
        };
        let Some(length) = length else {
            return self.endless(pace, segment.cue);
        };
        self.pass(length);
        let course = Course {
            pace,
            spread: segment.length.unwrap_or(length),
        };
        let whole = Duration::ZERO..length;
        match (pace, segment.cue) {
            (Pace::Rest, _) => self.timed(&whole, Goal::Recovery),
            (_, Cue::Off) => self.timed(&whole, Goal::Free),
            (_, Cue::On | Cue::Fade) => self.guarded(&course, &whole),
            (_, Cue::OnOff { on, off }) => self.on_off(&course, length, on, off),
        }
    }

    /// The last segment of a workout that never ends.
    fn endless(&mut self, pace: Pace, cue: Cue) -> Result<(), WorkoutError> {
        let course = Course {
            pace,
            spread: Duration::ZERO,
        };
        if matches!(cue, Cue::OnOff { .. }) {
            self.caveats.push(Caveat::EndlessCue);
        }
        let goal = match cue {
            Cue::Off => Goal::Free,
            _ => course.goal(&(Duration::ZERO..Duration::ZERO), self.tolerance),
        };
        self.push(WatchStep::Run { millis: None, goal })
    }

    /// A cue that goes on and off: a repeat, where every pass is alike and no repeat is around it.
    ///
    /// The passes of a repeat are the same whole number of milliseconds, so that a cue which is not
    /// is off by up to half of one a pass. Written out it would be exact, in more steps than a watch
    /// takes.
    fn on_off(
        &mut self,
        course: &Course,
        length: Duration,
        on: Duration,
        off: Duration,
    ) -> Result<(), WorkoutError> {
        let cycle = on + off;
        let mut start = Duration::ZERO;
        let passes = length.as_nanos() / cycle.as_nanos().max(1);
        // More of them than fit a number would be more than a week.
        let passes = u32::try_from(passes).unwrap_or_default();
        if passes > 1 && !self.is_repeated && matches!(course.pace, Pace::Steady(_)) {
            let from = self.steps.len();
            self.guarded(course, &(Duration::ZERO..on))?;
            self.timed(&(on..cycle), Goal::Free)?;
            self.push(WatchStep::Repeat {
                from,
                times: passes,
            })?;
            start = cycle * passes;
        }
        while start < length {
            let silent = (start + on).min(length);
            let end = (start + cycle).min(length);
            self.guarded(course, &(start..silent))?;
            self.timed(&(silent..end), Goal::Free)?;
            start = end;
        }
        Ok(())
    }

    /// A stretch of a segment with a range to keep: a ramp in several steps.
    fn guarded(&mut self, course: &Course, stretch: &Range<Duration>) -> Result<(), WorkoutError> {
        let pieces = course.ramp_steps(stretch);
        let length = stretch.end.saturating_sub(stretch.start);
        let at = |piece: u32| stretch.start + length * piece / pieces;
        for piece in 0..pieces {
            let stretch = at(piece)..at(piece + 1);
            self.timed(&stretch, course.goal(&stretch, self.tolerance))?;
        }
        Ok(())
    }

    /// A step from one moment of a segment to another. Each moment is rounded, so that no error
    /// adds up within a pass; a step that comes to nothing is left out.
    fn timed(&mut self, stretch: &Range<Duration>, goal: Goal) -> Result<(), WorkoutError> {
        let millis = |time: Duration| (time.as_nanos() + 500_000) / 1_000_000;
        let millis = millis(stretch.end).saturating_sub(millis(stretch.start));
        if millis == 0 {
            return Ok(());
        }
        // A week has 604,800,000 of them.
        let millis = Some(u32::try_from(millis).unwrap_or(u32::MAX - 1));
        self.push(WatchStep::Run { millis, goal })
    }

    fn push(&mut self, step: WatchStep) -> Result<(), WorkoutError> {
        if self.steps.len() == WatchWorkout::MAX_STEPS {
            return Err(WorkoutError::TooManySteps);
        }
        self.steps.push(step);
        Ok(())
    }

    fn pass(&mut self, time: Duration) {
        self.left = self.left.map(|left| left.saturating_sub(time));
    }
}

/// How long items of a repeat last; each of them ends.
fn length(items: &[Item]) -> Duration {
    let lengths = items.iter().map(|item| match item {
        Item::Segment(segment) => segment.length.unwrap_or_default(),
        Item::Repeat { times, items } => length(items) * *times,
    });
    lengths.sum()
}

/// The tempo of a segment over its time.
struct Course {
    pace: Pace,
    /// Over how long a ramp spreads.
    spread: Duration,
}

impl Course {
    fn at(&self, time: Duration) -> Option<Exact> {
        let nano = |tempo: Tempo| i128::from(tempo.nano_bpm());
        let signed = |time: Duration| i128::try_from(time.as_nanos()).unwrap_or(i128::MAX);
        match self.pace {
            Pace::Rest => None,
            Pace::Steady(tempo) => Some(Exact {
                floor: nano(tempo),
                ceil: nano(tempo),
            }),
            Pace::Ramp(from, to) => {
                let rise = (nano(to) - nano(from)) * signed(time);
                let over = signed(self.spread).max(1);
                Some(Exact {
                    floor: nano(from) + rise.div_euclid(over),
                    ceil: nano(from) - (-rise).div_euclid(over),
                })
            }
        }
    }

    fn goal(&self, stretch: &Range<Duration>, tolerance: Tolerance) -> Goal {
        match (self.at(stretch.start), self.at(stretch.end)) {
            (Some(start), Some(end)) => Goal::Cadence(StrideRange::around(start, end, tolerance)),
            _ => Goal::Recovery,
        }
    }

    /// In how many steps the tempo moves by at most [`WatchWorkout::RAMP_STEP_SPM`] each.
    fn ramp_steps(&self, stretch: &Range<Duration>) -> u32 {
        let (Some(start), Some(end)) = (self.at(stretch.start), self.at(stretch.end)) else {
            return 1;
        };
        let moved = (start.floor - end.floor).unsigned_abs();
        let step = u128::from(WatchWorkout::RAMP_STEP_SPM) * 1_000_000_000;
        u32::try_from(moved.div_ceil(step)).map_or(1, |steps| steps.max(1))
    }
}

#[cfg(test)]
mod tests;
