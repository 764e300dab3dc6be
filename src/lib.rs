//! From counted steps to a running cadence, its target range, and a click on the exact frame.
//!
//! - [`cadence`]: the calculation. A count becomes a cadence with its uncertainty, and a target range.
//! - [`taps`]: the same from the times at which a foot landed.
//! - [`tempo`]: beats per minute, kept exactly.
//! - [`tolerance`]: how far from a tempo still counts as kept.
//! - [`schedule`]: where each beat stands, in whole frames.
//! - [`duration`]: lengths of time as people write them.
//! - [`audio`]: what a beat sounds like, on a device and in files.
//! - [`workout`]: what one run plays, and the language in which it is written.
//! - `music`: how fast a track goes, and whether that can be believed (feature `music`).
//! - [`plan`]: the runs of weeks, by schedules that studies used.
//! - [`chart`]: pictures of numbers, in a terminal and as SVG.
//! - [`number`]: the one rounding rule.
//! - [`printable`]: text from outside, safe for a terminal.
//! - [`watch`]: what a watch recorded, in whatever format.
//! - [`review`]: a recording as cadence, and how well a target or a workout was kept.
//!
//! The library returns values or writes to a writer that it is given. It does not print, read the environment, sleep or
//! exit; but for one pause, in the error callback of a sound device that fails without end.
//!
//! ```
//! use std::time::Duration;
//! use cadence::cadence::{Count, Feet, Method, Raise, Timing};
//!
//! let method = Method::new(Feet::One, Timing::FixedTime, Duration::from_secs(30))?;
//! let measured = method.measure(&[Count::from_steps(40)?])?;
//! assert_eq!(measured.estimate().cadence().to_string(), "160 spm");
//! assert_eq!(measured.estimate().uncertainty_spm(), 4.0);
//! assert_eq!(measured.estimate().cadence().raised_by(Raise::DEFAULT)?.to_string(), "168 to 176 spm");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::float_cmp))] // a test's expected value is a literal

pub mod audio;
pub mod cadence;
pub mod chart;
pub mod duration;
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
