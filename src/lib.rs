//! From counted steps to a running cadence, its target range, and a click on the exact frame.
//!
//! What most programs need first is at the root: a [`Method`] makes an [`Estimate`] of counts, a
//! [`Raise`] makes a [`TargetRange`] of a [`Cadence`], a [`Workout`] becomes a [`TempoMap`]. The
//! rest is in one module for each subject:
//!
//! - [`cadence`]: the calculation. A count becomes a cadence with its uncertainty, and a target
//!   range.
//! - [`taps`]: the same from the times at which a foot landed.
//! - [`tempo`]: beats per minute, kept exactly.
//! - [`tolerance`]: how far from a tempo still counts as kept.
//! - [`schedule`]: the frame of each beat.
//! - [`workout`]: what one run plays, and the language in which it is written.
//! - `music`: how fast a track goes, and whether that can be believed (feature `music`).
//! - [`plan`]: several workouts on days, by published schedules.
//! - [`audio`]: the sound of a beat, on a device and in files.
//! - [`watch`]: the recordings of watches, in whatever format.
//! - [`live`]: a runner's cadence while it is run, and whether the click is needed.
//! - [`review`]: a recording as cadence, and how well a target or a workout was kept.
//! - [`chart`]: pictures of numbers, in a terminal and as SVG.
//! - [`duration`], [`number`], [`printable`]: how times, numbers and text from outside are read and
//!   shown.
//!
//! The library returns values or writes to a writer that it is given. It does not print, read the
//! environment, sleep or exit; but for one pause, in the error callback of a sound device that
//! fails without end.
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
//! - `playback` (default): `audio::device`. Without it nothing links a sound library.
//! - `cli` (default): the program. A crate that needs the library alone turns it off.

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
