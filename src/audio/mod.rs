//! The audio module: what a beat sounds like, and how the beats of a schedule become samples on a device or in a file.
//!
//! - [`click`]: one short sound, at a rate.
//! - [`metronome`]: the beats of a [`TempoMap`](crate::schedule::TempoMap) as samples, one after the other.
//! - [`wav`]: those samples as a file.
#![cfg_attr(
    feature = "playback",
    doc = "- [`device`]: those samples on the sound device."
)]
//!
//! Nothing here knows what a workout is: it sees beats on frames, and how loud each one is.

pub mod click;
#[cfg(feature = "playback")]
pub mod device;
pub mod metronome;
pub mod wav;
