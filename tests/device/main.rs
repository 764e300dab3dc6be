//! `cadence play` on a real sound device: a private `PulseAudio` whose output is recorded, and
//! ALSA's own capture to a file.
//!
//! Each test starts a separate server, so nothing here touches the sound of the machine that it
//! runs on. Where the tools are missing a test says `skipped` on stderr and passes; with
//! `CADENCE_REQUIRE_DEVICE=1` it fails instead.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "samples and frames of a minute, which fit"
)]
#![cfg(all(target_os = "linux", feature = "playback"))]

mod beats;
mod devices;
mod faults;
mod follow;
mod grid;
mod hostile_terminal;
mod keys;
#[cfg(feature = "music")]
mod music;
mod plugin;
mod recording;
mod run;
mod server;
mod signals;
mod status_line;
#[cfg(feature = "music")]
#[allow(dead_code, reason = "what the tests of music need besides")]
#[path = "../music/synth.rs"]
mod synth;
mod terminal;
mod workout;
