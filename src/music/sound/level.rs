//! How loud a track is, and the gain that brings it to the loudness of all music.

use ebur128::{EbuR128, Mode};

use super::{BLOCK, LOUDNESS_LUFS, Stereo};
use crate::schedule::SampleRate;

/// By how much music is made louder or softer at the most, in decibels. Quieter music than that is
/// meant to be quiet, or is the noise of a silent beginning.
const GAIN_DB: std::ops::RangeInclusive<f64> = -30.0..=12.0;

/// How fast the gain falls and rises once music is playing, in decibels a second: a loud part is
/// seen coming for [`LOOK_AHEAD_S`](super::LOOK_AHEAD_S). The project's own choices.
const FALL_DB_S: f64 = 6.0;
const RISE_DB_S: f64 = 1.0;

/// The gain that brings music to [`LOUDNESS_LUFS`]: by its tag, or else by the loudness of what was
/// decoded so far.
pub(super) struct Level {
    /// `None` where there is a tag.
    meter: Option<EbuR128>,
    target_db: f64,
    gain_db: f64,
    block_s: f64,
    scratch: Vec<f32>,
}

impl Level {
    pub(super) fn new(tag_db: Option<f64>, rate: SampleRate) -> Self {
        let mode = Mode::I | Mode::HISTOGRAM;
        let tag_db = tag_db.map(clamped);
        Self {
            // A rate that the meter does not have leaves the level as it is.
            meter: EbuR128::new(2, rate.hz(), mode)
                .ok()
                .filter(|_| tag_db.is_none()),
            target_db: tag_db.unwrap_or(0.0),
            gain_db: tag_db.unwrap_or(0.0),
            block_s: BLOCK as f64 / f64::from(rate.hz()),
            scratch: Vec::new(),
        }
    }

    pub(super) fn measure<'a>(&mut self, frames: impl Iterator<Item = &'a Stereo>) {
        let Some(meter) = &mut self.meter else {
            return;
        };
        self.scratch.clear();
        self.scratch.extend(frames.flatten());
        // It fails for a wrong number of channels alone.
        let _ = meter.add_frames_f32(&self.scratch);
        // Silence has no loudness.
        let loudness = meter.loudness_global().ok().filter(|it| it.is_finite());
        if let Some(loudness) = loudness {
            self.target_db = clamped(LOUDNESS_LUFS - loudness);
        }
    }

    /// The first frame is about to be given.
    pub(super) fn begin(&mut self) {
        self.gain_db = self.target_db;
    }

    /// Goes on by a block.
    pub(super) fn step(&mut self) {
        let (fall, rise) = (FALL_DB_S * self.block_s, RISE_DB_S * self.block_s);
        self.gain_db += (self.target_db - self.gain_db).clamp(-fall, rise);
    }

    pub(super) fn amplitude(&self) -> f32 {
        amplitude(self.gain_db)
    }
}

impl std::fmt::Debug for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Level")
            .field("target_db", &self.target_db)
            .field("gain_db", &self.gain_db)
            .finish_non_exhaustive()
    }
}

fn clamped(gain_db: f64) -> f64 {
    gain_db.clamp(*GAIN_DB.start(), *GAIN_DB.end())
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a gain within ±60 dB, of which f32 has seven digits"
)]
pub(super) fn amplitude(decibels: f64) -> f32 {
    10_f64.powf(decibels / 20.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_sets_the_gain_and_nothing_is_measured() {
        let mut level = Level::new(Some(-7.3), SampleRate::from_hz(44_100).unwrap());
        level.measure(vec![[0.9, 0.9]; 44_100].iter());
        level.begin();
        assert!((level.amplitude() - 10_f32.powf(-7.3 / 20.0)).abs() < 1e-6);
        // A tag that cannot be meant.
        let level = Level::new(Some(53.0), SampleRate::from_hz(44_100).unwrap());
        assert!((level.amplitude() - 10_f32.powf(12.0 / 20.0)).abs() < 1e-4);
    }
}
