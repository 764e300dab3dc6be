//! The voice of a metronome: which click a beat has, at what level, and on which side.
//!
//! Preparing the sound of a beat belongs here. The frame on which it begins belongs to the
//! metronome.

use std::str::FromStr;

use crate::audio::click::{Click, ClickError, Pitch, Sound, chime};
use crate::audio::source::{Layout, Sample};
use crate::schedule::{Beat, Frames, SampleRate, Signal};

/// The level of the click's loudest sample: at most full scale, so that nothing clips.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Volume(f32);

impl Volume {
    /// Full scale.
    pub const FULL: Self = Self(1.0);

    /// What a click has where nothing is said: 2 dB below full scale.
    pub const DEFAULT: Self = Self(0.8);

    /// From an amplitude: 1 is full scale.
    ///
    /// # Errors
    /// [`VoiceError::Volume`] outside 0 to 1.
    pub fn from_amplitude(amplitude: f32) -> Result<Self, VoiceError> {
        if (0.0..=1.0).contains(&amplitude) {
            Ok(Self(amplitude))
        } else {
            Err(VoiceError::Volume(amplitude.to_string()))
        }
    }

    /// The amplitude: 1 is full scale.
    #[must_use]
    pub fn amplitude(self) -> f32 {
        self.0
    }
}

/// Percent of the full amplitude (`80`, `80%`) or decibels below full scale (`-6dB`): 50 % is −6
/// dB.
impl FromStr for Volume {
    type Err = VoiceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || VoiceError::Volume(text.to_owned());
        let number = |digits: &str| {
            digits
                .trim_end()
                .parse::<f32>()
                .ok()
                .filter(|number| number.is_finite())
        };
        let lower = text.trim().to_ascii_lowercase();
        let amplitude = match lower.strip_suffix("db") {
            Some(decibels) => number(decibels).map(|decibels| 10_f32.powf(decibels / 20.0)),
            None => {
                number(lower.strip_suffix('%').unwrap_or(&lower)).map(|percent| percent / 100.0)
            }
        };
        Self::from_amplitude(amplitude.ok_or_else(refused)?).map_err(|_| refused())
    }
}

/// Whether the two feet sound alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accent {
    /// Every beat sounds the same.
    #[default]
    None,
    /// The second foot sounds a fourth lower.
    LeftRight,
}

/// How the beats sound: which click, how loud, and how the two feet differ.
#[derive(Clone, Debug)]
pub struct Voice {
    sound: Sound,
    volume: Volume,
    accent: Accent,
    layout: Layout,
}

impl Voice {
    /// Creates a voice at full level, the same for both feet, on one channel.
    #[must_use]
    pub fn new(sound: Sound) -> Self {
        Self {
            sound,
            volume: Volume::FULL,
            accent: Accent::None,
            layout: Layout::Mono,
        }
    }

    /// Sets the volume.
    #[must_use]
    pub fn with_volume(self, volume: Volume) -> Self {
        Self { volume, ..self }
    }

    /// Sets whether the feet sound alike.
    #[must_use]
    pub fn with_accent(self, accent: Accent) -> Self {
        Self { accent, ..self }
    }

    /// Sets the channel layout.
    #[must_use]
    pub fn with_layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The channel layout.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The click of the first foot, at full volume.
    #[cfg(feature = "music")]
    pub(super) fn click(&self, rate: SampleRate) -> Result<Vec<f32>, ClickError> {
        let click = self.sound.click(rate, Pitch::Own)?;
        Ok(click.samples().to_vec())
    }

    /// The click of each foot and the sound of each signal, ready to be copied.
    pub(super) fn render<S: Sample>(
        &self,
        rate: SampleRate,
    ) -> Result<RenderedSounds<S>, ClickError> {
        let second = match self.accent {
            Accent::None => Pitch::Own,
            Accent::LeftRight => Pitch::Lower,
        };
        let click = |pitch| self.sound.click(rate, pitch);
        Ok(RenderedSounds {
            first_foot: self.render_click(&click(Pitch::Own)?, [1.0, 0.0]),
            second_foot: self.render_click(&click(second)?, [0.0, 1.0]),
            change: self.render_click(&chime(Signal::Change, rate), [1.0, 1.0]),
            end: self.render_click(&chime(Signal::End, rate), [1.0, 1.0]),
        })
    }

    /// A sound on the given sides, where each foot has one; else on all channels.
    fn render_click<S: Sample>(&self, click: &Click, sides: [f32; 2]) -> RenderedClick<S> {
        let scaled = click
            .samples()
            .iter()
            .map(|sample| sample * self.volume.amplitude());
        let levels: Vec<f32> = match self.layout {
            Layout::Mono => scaled.collect(),
            Layout::LeftRight => scaled
                .flat_map(|sample| sides.map(|side| side * sample))
                .collect(),
            Layout::Stereo => scaled.flat_map(|sample| [sample; 2]).collect(),
        };
        RenderedClick {
            samples: levels.iter().map(|&level| S::from_level(level)).collect(),
            levels,
            frames: Frames::from_count(click.samples().len() as u64),
        }
    }
}

/// A click as it is played: interleaved frames, at the voice's volume.
#[derive(Clone, Debug)]
pub(super) struct RenderedClick<S> {
    /// Before the conversion to samples, for beats of less than full level.
    pub(super) levels: Vec<f32>,
    pub(super) samples: Vec<S>,
    pub(super) frames: Frames,
}

/// Every sound that a metronome makes.
#[derive(Clone, Debug)]
pub(super) struct RenderedSounds<S> {
    first_foot: RenderedClick<S>,
    second_foot: RenderedClick<S>,
    change: RenderedClick<S>,
    end: RenderedClick<S>,
}

/// Which of the sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SoundKey {
    FirstFoot,
    SecondFoot,
    Change,
    End,
}

impl SoundKey {
    /// Even beats are the first foot's.
    pub(super) fn of_beat(beat: Beat) -> Self {
        if beat.index().is_multiple_of(2) {
            Self::FirstFoot
        } else {
            Self::SecondFoot
        }
    }

    pub(super) fn of_signal(signal: Signal) -> Self {
        match signal {
            Signal::Change => Self::Change,
            Signal::End => Self::End,
        }
    }
}

impl<S> RenderedSounds<S> {
    pub(super) fn get(&self, key: SoundKey) -> &RenderedClick<S> {
        match key {
            SoundKey::FirstFoot => &self.first_foot,
            SoundKey::SecondFoot => &self.second_foot,
            SoundKey::Change => &self.change,
            SoundKey::End => &self.end,
        }
    }

    /// The longest click of a foot.
    pub(super) fn longest_click(&self) -> Frames {
        self.first_foot.frames.max(self.second_foot.frames)
    }
}

/// Why a volume was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoiceError {
    /// Not between silence and full scale.
    #[error("'{0}' is not a volume: write percent from 0 to 100, or decibels up to 0 such as -6dB")]
    Volume(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_percent_or_decibels() {
        for (text, amplitude) in [
            ("80", 0.8),
            ("80%", 0.8),
            ("100", 1.0),
            ("0", 0.0),
            ("0dB", 1.0),
            ("-20 dB", 0.1),
        ] {
            assert!(
                (text.parse::<Volume>().unwrap().amplitude() - amplitude).abs() < 1e-6,
                "{text}"
            );
        }
        for text in ["", "loud", "101", "-1", "1dB", "NaN", "-infdB", "80%%"] {
            assert!(text.parse::<Volume>().is_err(), "{text}");
        }
    }
}
