//! The audio module: what a beat sounds like, and how the beats of a schedule become samples on a
//! device or in a file.
//!
//! - [`source`]: what a device and a file pull samples from.
//! - [`click`]: one short sound, at a rate. [`voice`]: which click a beat has, and how loud.
//! - [`metronome`]: the beats of a [`TempoMap`](crate::schedule::TempoMap) as a source, and
//!   [`control`], the handle to one that is playing.
//! - [`mod@file`]: a source as a file: WAV, FLAC, MP3 or Ogg Vorbis.
#![cfg_attr(
    feature = "playback",
    doc = "- [`device`]: a source on the sound device."
)]
//!
//! Nothing here knows what a workout is: it sees beats on frames, and how loud each one is.

pub mod click;
pub mod control;
#[cfg(feature = "playback")]
pub mod device;
pub mod file;
pub mod metronome;
pub mod source;
pub mod voice;
