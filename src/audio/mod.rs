//! Audio: the sound of a beat, and the beats of a schedule as samples on a device or in a file.
//!
//! - [`source`]: the trait from which devices and files pull samples.
//! - [`click`]: one short sound, at a rate. [`voice`]: which click a beat has, and how loud.
//! - [`metronome`]: the beats of a [`TempoMap`](crate::schedule::TempoMap) as a source, and
//!   [`control`], the handle to one that is playing.
#![cfg_attr(
    feature = "music",
    doc = "- [`mix`]: a metronome over another source. [`ahead`]: a source made ahead, on a thread."
)]
//! - [`mod@file`]: a source as a file: WAV, FLAC, MP3 or Ogg Vorbis.
#![cfg_attr(
    feature = "playback",
    doc = "- [`device`]: a source on the sound device."
)]
//!
//! This module does not know about workouts, only about beats on frames and their levels.

#[cfg(feature = "music")]
pub mod ahead;
pub mod click;
pub mod control;
#[cfg(feature = "playback")]
pub mod device;
pub mod file;
pub mod metronome;
#[cfg(feature = "music")]
pub mod mix;
pub mod source;
pub mod voice;
