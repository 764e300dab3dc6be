//! From counted steps to a running cadence, its target range, and a click on the exact frame.
//!
//! The types that most programs start with are re-exported at the root: a [`Method`] turns counts
//! into an [`Estimate`], a [`Raise`] turns a [`Cadence`] into a [`TargetRange`], and a [`Workout`]
//! becomes a [`TempoMap`]. Everything else lives in one module per subject:
//!
//! - [`cadence`]: the calculation, from a count to a cadence with its uncertainty and a target
//!   range.
//! - [`taps`]: the same calculation from the times at which a foot landed.
//! - [`tempo`]: beats per minute, kept exactly.
//! - [`tolerance`]: how far from a tempo still counts as kept.
//! - [`schedule`]: the frame of each beat.
//! - [`workout`]: the segments of one run, and the language in which they are written.
//! - `music`: the tempo of a track, and how reliable it is (feature `music`).
//! - [`plan`]: weeks of workouts from published schedules.
//! - [`audio`]: the sound of a beat, on a device and in files.
//! - [`watch`]: the recordings of watches, in every supported format.
//! - [`live`]: a runner's cadence while it is run, and whether the click is needed.
//! - [`review`]: the cadence of a recorded run, and how well it kept to a target or a workout.
//! - [`chart`]: charts in a terminal and as SVG.
//! - [`duration`], [`number`], [`printable`]: parsing and formatting of times, numbers and
//!   untrusted text.
//!
//! The library returns values or writes to a writer that it is given. It does not print, read the
//! environment, sleep or exit, with one exception: the error callback of a sound device pauses
//! briefly, so that a device that keeps failing does not use a whole core.
//!
//! ```
//! use std::time::Duration;
//! use cadence::{Count, Feet, Method, Raise, Timing};
//!
//! let method = Method::new(Feet::One, Timing::FixedTime, Duration::from_secs(30))?;
//! let estimate = method.measure(&[Count::from_steps(40)?])?.estimate;
//! assert_eq!(estimate.cadence().to_string(), "160 spm");
//! assert_eq!(estimate.uncertainty_spm(), 4.0);
//! assert_eq!(estimate.cadence().raised_by(Raise::DEFAULT)?.to_string(), "168 to 176 spm");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! All are on by default.
//!
//! - `playback`: `audio::device`. Without it no sound library is linked.
//! - `music`: `music`. Without it no decoder is linked.
//! - `mp3` and `vorbis`: these encodings. Without them `audio::file::Encoding` refuses them.
//! - `cli`: the program. Turn it off to use the library alone.

#![cfg_attr(test, allow(clippy::float_cmp))] // a test's expected value is a literal

pub mod audio;
pub mod cadence;
pub mod chart;
pub mod duration;
pub mod live;
#[cfg(feature = "music")]
pub mod music;
mod notation;
pub mod number;
pub mod plan;
pub mod printable;
pub mod review;
pub mod schedule;
mod stats;
pub mod taps;
pub mod tempo;
pub mod tolerance;
pub mod watch;
pub mod workout;

pub use crate::cadence::{Cadence, Count, Estimate, Feet, Method, Raise, TargetRange, Timing};
pub use crate::plan::{Plan, Preset};
pub use crate::schedule::{SampleRate, TempoMap};
pub use crate::taps::TapMeasurement;
pub use crate::tempo::{Pulse, Tempo};
pub use crate::workout::Workout;

/// A day of the calendar and a day of the week, as [`plan`] and [`review`] take them.
///
/// They are `jiff`'s, re-exported so that a program needs no `jiff` of its own in the same version.
/// Types of this crate would repeat its calendar: the days between two dates, the weeks of a year,
/// and the format in which dates are written and read.
#[doc(no_inline)]
pub use jiff::civil::{Date, Weekday};
