//! Music: the tempo of a track, and how reliable it is.
//!
//! - [`decode`]: music files as samples, and their [`tags`].
//! - [`sound`]: a music file as stereo at a rate, brought to one loudness. [`over`]: one that plays
//!   at its own speed under a click.
//! - [`analysis`]: the tempo of a track, measured by two estimators whose agreement is the
//!   confidence.
//! - [`track`]: a track and its tempo, a row of a report.
//! - [`scan`]: many of them on all cores, with an [`index`] of what was measured before.
//! - [`beats`]: where the beats of a track lie.
//! - [`stretch`]: sound at another speed and the same pitch.
//! - [`soundtrack`]: track after track on the click grid, as one source.
//! - [`select`]: choosing the tracks for a run. [`supply`]: one after the other, for a soundtrack.
//!
//! This module does not know about devices.

pub mod analysis;
pub mod beats;
pub mod decode;
mod estimate;
pub mod index;
mod mp4;
mod number;
mod ogg;
mod onsets;
mod opus;
pub mod over;
pub mod scan;
pub mod select;
pub mod sound;
pub mod soundtrack;
pub mod stretch;
pub mod supply;
pub mod tags;
pub mod track;
