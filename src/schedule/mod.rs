//! Where each beat stands: a [`TempoMap`] maps beat k to its [`Frame`], in exact integer
//! arithmetic.
//!
//! Here belongs time on the grid: sample rates, frames, tempo over time, and how loud the cue is.
//! What a beat sounds like is the audio module's; what a run is made of is the workout's.
//!
//! # The rule
//!
//! Tempo over time is a function b(t); beat k stands where ∫b dt = k, rounded to the nearest frame,
//! half up. A beat is computed from its index, never from the beat before it, so that an error
//! cannot add up. Sections begin and end on whole frames: the frame nearest to the sum of the
//! durations before it. The grid runs on from section to section; after a rest it begins anew, with
//! a beat of the first foot on the first frame.

mod beats;
mod edit;
mod map;
mod pace;
mod phase;
#[cfg(test)]
mod tests;
mod time;

pub use beats::{Beat, Beats, Signal};
pub use edit::{Edit, TempoFactor, TempoStep};
pub use map::TempoMap;
pub use pace::{Cue, Pace};
pub use time::{Frame, Frames, SampleRate};

/// Why a rate or a section was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A sample rate that is none.
    #[error("a sample rate of {0} Hz is out of range: 1 to 768000 Hz")]
    Rate(u32),
    /// A section behind an endless one.
    #[error("nothing can follow a part that never ends: give it a length")]
    AfterTheEnd,
    /// More than a week.
    #[error("it lasts more than a week: make it shorter")]
    TooLong,
    /// A cue that is never heard.
    #[error("a cue that is on for no time is never heard: give it a length, such as 1m")]
    NoCue,
}
