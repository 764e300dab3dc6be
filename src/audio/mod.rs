//! The audio module: what a beat sounds like, and how the beats of a schedule become samples on a device or in a file.
//!
//! - [`click`]: one short sound, at a rate.
//! - [`metronome`]: the beats of a [`TempoMap`](crate::schedule::TempoMap) as samples, one after the other.
//! - [`encoding`]: those samples as a file: [`wav`], [`flac`], [`mp3`] or [`vorbis`], with its [`tags`].
#![cfg_attr(
    feature = "playback",
    doc = "- [`device`]: those samples on the sound device."
)]
//!
//! Nothing here knows what a workout is: it sees beats on frames, and how loud each one is.

mod blocks;
pub mod click;
#[cfg(feature = "playback")]
pub mod device;
pub mod encoding;
pub mod flac;
pub mod metronome;
pub mod mp3;
pub mod tags;
pub mod vorbis;
pub mod wav;
