//! One click: a short mono sound at a sample rate, made by code or taken from a runner's own WAV.
//!
//! The sound of a single beat belongs here. Its time, level and side belong to the metronome.

use std::error::Error as StdError;
use std::f64::consts::{PI, TAU};
use std::io::Read;
use std::ops::RangeInclusive;
use std::str::FromStr;

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, WindowFunction};

use crate::schedule::{SampleRate, Signal};

/// A short mono sound: samples from −1 to 1. Its first sample is audible, so a click begins exactly
/// on the frame of its beat.
#[derive(Clone, Debug, PartialEq)]
pub struct Click(Vec<f32>);

impl Click {
    /// Creates a click from samples, clamped to −1 to 1.
    #[must_use]
    pub fn from_samples(samples: impl IntoIterator<Item = f32>) -> Self {
        Self(
            samples
                .into_iter()
                .map(|sample| sample.clamp(-1.0, 1.0))
                .collect(),
        )
    }

    /// The samples.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.0
    }
}

/// The pitch of a click, by which the two feet can be distinguished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pitch {
    /// The original pitch.
    Own,
    /// A fourth lower.
    Lower,
}

impl Pitch {
    /// The ratio of frequencies: a fourth is 3 to 4.
    fn ratio(self) -> f64 {
        match self {
            Self::Own => 1.0,
            Self::Lower => 0.75,
        }
    }
}

/// A built-in synthesized sound: partials that begin at once and die away fast.
///
/// Bright enough to be heard over footsteps and not shrill: no partial above 2.5 kHz, and short,
/// since long bursts close together sound like an alarm. Which partials is the project's own
/// choice, by ear and by spectrum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timbre {
    /// A woodblock.
    #[default]
    Wood,
    /// A dry, thin tick.
    Tick,
    /// A short tone.
    Beep,
    /// A low, soft drum.
    Drum,
}

/// One partial of a timbre.
struct Partial {
    hz: f64,
    amplitude: f64,
    /// The time in which it falls to 1/e.
    decay_s: f64,
}

const fn partial(hz: f64, amplitude: f64, decay_s: f64) -> Partial {
    Partial {
        hz,
        amplitude,
        decay_s,
    }
}

/// A timbre is faded to zero at this multiple of its longest decay, where its level is −48 dB.
const LENGTH_IN_DECAYS: f64 = 5.5;

/// The rise of every timbre: short enough to be bright, long enough not to crackle.
const ATTACK_S: f64 = 0.000_5;

impl Timbre {
    /// Every timbre.
    pub const ALL: [Self; 4] = [Self::Wood, Self::Tick, Self::Beep, Self::Drum];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wood => "wood",
            Self::Tick => "tick",
            Self::Beep => "beep",
            Self::Drum => "drum",
        }
    }

    fn partials(self) -> &'static [Partial] {
        const WOOD: &[Partial] = &[
            partial(880.0, 1.0, 0.009),
            partial(1_430.0, 0.6, 0.006),
            partial(2_210.0, 0.25, 0.003),
        ];
        const TICK: &[Partial] = &[
            partial(1_760.0, 1.0, 0.002_5),
            partial(2_460.0, 0.7, 0.001_8),
            partial(1_120.0, 0.4, 0.003),
        ];
        const BEEP: &[Partial] = &[partial(988.0, 1.0, 0.010), partial(1_976.0, 0.2, 0.006)];
        const DRUM: &[Partial] = &[
            partial(220.0, 1.0, 0.014),
            partial(351.0, 0.5, 0.009),
            partial(1_100.0, 0.35, 0.002),
        ];
        match self {
            Self::Wood => WOOD,
            Self::Tick => TICK,
            Self::Beep => BEEP,
            Self::Drum => DRUM,
        }
    }

    /// Renders the click at a rate, its loudest sample at full scale.
    #[must_use]
    pub fn click(self, rate: SampleRate, pitch: Pitch) -> Click {
        let partials = self.partials();
        let hz = f64::from(rate.hz());
        let longest = partials
            .iter()
            .map(|partial| partial.decay_s)
            .fold(0.0, f64::max);
        let length_s = longest * LENGTH_IN_DECAYS;
        let samples = (1..)
            .map(|n| f64::from(n) / hz)
            .take_while(|&t| t < length_s)
            .map(|t| {
                let tone: f64 = partials
                    .iter()
                    .map(
                        |Partial {
                             hz,
                             amplitude,
                             decay_s,
                         }| {
                            amplitude * (-t / decay_s).exp() * (TAU * hz * pitch.ratio() * t).sin()
                        },
                    )
                    .sum();
                let rise = (t / ATTACK_S).min(1.0);
                let fall = (0.5 + 0.5 * (PI * t / length_s).cos()).sqrt();
                sample(tone * rise * fall)
            });
        at_peak(samples.collect(), 1.0)
    }
}

impl FromStr for Timbre {
    type Err = ClickError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|timbre| timbre.name() == text);
        found.ok_or_else(|| ClickError::NoTimbre(text.to_owned()))
    }
}

/// Scaled so that the loudest sample is at `peak`; silence stays silence.
fn at_peak(mut samples: Vec<f32>, peak: f32) -> Click {
    let loudest = samples
        .iter()
        .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
    if loudest > 0.0 {
        for sample in &mut samples {
            *sample = *sample / loudest * peak;
        }
    }
    Click::from_samples(samples)
}

/// The sound of a signal: short tones in a row, which no beat resembles. Two rising ones for a
/// change, three falling ones for the end. The project's own choice.
#[must_use]
pub fn chime(signal: Signal, rate: SampleRate) -> Click {
    let tones: &[f64] = match signal {
        Signal::Change => &[660.0, 990.0],
        Signal::End => &[990.0, 825.0, 660.0],
    };
    let hz = f64::from(rate.hz());
    let samples = tones.iter().flat_map(|tone| {
        let times = (1..)
            .map(move |n| f64::from(n) / hz)
            .take_while(|&t| t < TONE_S);
        times.map(move |t| {
            let swell = (PI * t / TONE_S).sin().sqrt();
            sample((TAU * tone * t).sin() * swell)
        })
    });
    at_peak(samples.collect(), 1.0)
}

/// How long each tone of a signal lasts.
const TONE_S: f64 = 0.11;

/// A click sound read from a file: mono, checked, at the file's sample rate.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickFile {
    rate: SampleRate,
    samples: Vec<f32>,
}

impl ClickFile {
    /// The longest accepted sound, in seconds. The project's own bound: at 60 BPM it fills the
    /// beat.
    pub const MAX_SECONDS: u32 = 1;
    /// The accepted sample rates, from telephone to studio quality. The project's own bound.
    pub const RATES_HZ: RangeInclusive<u32> = 4_000..=384_000;

    /// Reads a WAV file: integer or float samples of any width that the format supports, with
    /// several channels mixed into one. Silence before the sound is cut off, so that the click
    /// begins on its frame.
    ///
    /// # Errors
    /// [`ClickError::Wav`] if it is not a WAV file or is truncated, [`ClickError::TooLong`], and
    /// [`ClickError::Silent`] if nothing in it is audible.
    pub fn from_wav(reader: impl Read) -> Result<Self, ClickError> {
        let mut wav = hound::WavReader::new(reader).map_err(not_wav)?;
        let spec = wav.spec();
        if !Self::RATES_HZ.contains(&spec.sample_rate) {
            return Err(ClickError::Rate(spec.sample_rate));
        }
        let rate = SampleRate::from_hz(spec.sample_rate)
            .map_err(|_| ClickError::Rate(spec.sample_rate))?;
        // The header's word is checked before anything is read, so that a long file costs nothing.
        if wav.duration() > spec.sample_rate.saturating_mul(Self::MAX_SECONDS) {
            return Err(ClickError::TooLong {
                seconds: f64::from(wav.duration()) / f64::from(spec.sample_rate),
            });
        }
        let samples: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => wav.samples::<f32>().collect::<Result<_, _>>(),
            hound::SampleFormat::Int => {
                let full_scale = (1_i64 << (spec.bits_per_sample - 1)) as f32;
                wav.samples::<i32>()
                    .map(|sample| Ok(sample? as f32 / full_scale))
                    .collect::<Result<_, hound::Error>>()
            }
        }
        .map_err(not_wav)?;
        let channels = usize::from(spec.channels.max(1));
        let mono = samples
            .chunks(channels)
            .map(|frame| frame.iter().sum::<f32>() / channels as f32);
        // A thousandth of full scale: −60 dB, inaudible next to the rest.
        let samples: Vec<f32> = mono.skip_while(|sample| sample.abs() <= 0.001).collect();
        if samples.is_empty() || samples.iter().any(|sample| !sample.is_finite()) {
            return Err(ClickError::Silent);
        }
        Ok(Self { rate, samples })
    }

    /// Any samples at any rate, so that frames can be counted on paper.
    #[cfg(test)]
    pub(super) fn of(rate: SampleRate, samples: Vec<f32>) -> Self {
        Self { rate, samples }
    }

    /// Renders the click at a rate, at its recorded level, limited to full scale.
    ///
    /// # Errors
    /// [`ClickError::Resample`] if the rate is too far from the file's.
    pub fn click(&self, rate: SampleRate, pitch: Pitch) -> Result<Click, ClickError> {
        let loudest = self
            .samples
            .iter()
            .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()))
            .min(1.0);
        // To sound lower it lasts longer.
        let ratio = f64::from(rate.hz()) / f64::from(self.rate.hz()) / pitch.ratio();
        let samples = resampled(&self.samples, ratio)
            .map_err(|cause| ClickError::Resample { rate, cause })?;
        Ok(at_peak(samples, loudest))
    }
}

/// `samples` at `ratio` times their rate, or what the resampler says of them.
fn resampled(samples: &[f32], ratio: f64) -> Result<Vec<f32>, String> {
    if (ratio - 1.0).abs() < f64::EPSILON {
        return Ok(samples.to_vec());
    }
    let parameters = SincInterpolationParameters::new(128, WindowFunction::BlackmanHarris2);
    let chunk = samples.len().clamp(1, 1_024);
    let mut resampler = Async::new_sinc(ratio, 1.0, &parameters, chunk, 1, FixedAsync::Input)
        .map_err(|error| error.to_string())?;
    let input = InterleavedOwned::new_from(samples.to_vec(), 1, samples.len())
        .map_err(|error| error.to_string())?;
    let output = resampler.process_all(&input, samples.len(), None);
    output
        .map(InterleavedOwned::take_data)
        .map_err(|error| error.to_string())
}

/// The nearest sample; there is no `TryFrom` for floats.
#[allow(
    clippy::cast_possible_truncation,
    reason = "samples are near ±1, where f32 has seven digits"
)]
fn sample(value: f64) -> f32 {
    value as f32
}

/// The sound of a beat: a built-in timbre or the contents of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// Made by code.
    Timbre(Timbre),
    /// Taken from a file.
    File(ClickFile),
}

impl Sound {
    /// The click at a rate.
    ///
    /// # Errors
    /// Those of [`ClickFile::click`].
    pub fn click(&self, rate: SampleRate, pitch: Pitch) -> Result<Click, ClickError> {
        match self {
            Self::Timbre(timbre) => Ok(timbre.click(rate, pitch)),
            Self::File(file) => file.click(rate, pitch),
        }
    }
}

/// The reader's error, boxed, so that its crate is not part of this one's interface.
fn not_wav(error: hound::Error) -> ClickError {
    ClickError::Wav(error.into())
}

/// Why a sound was refused.
#[derive(Debug, thiserror::Error)]
pub enum ClickError {
    /// An unknown name.
    #[error("'{0}' is no sound: wood, tick, beep, drum, or a WAV file")]
    NoTimbre(String),
    /// Not a WAV file, or a truncated one.
    #[error("it cannot be read as a WAV file")]
    Wav(#[source] Box<dyn StdError + Send + Sync>),
    /// Too long for a click.
    #[error("it lasts {seconds:.2} s: a click lasts at most 1 s")]
    TooLong {
        /// How long it lasts.
        seconds: f64,
    },
    /// It cannot be resampled.
    #[error("it cannot be brought to {rate}: {cause}")]
    Resample {
        /// The requested rate.
        rate: SampleRate,
        /// The message of the resampler.
        cause: String,
    },
    /// An unsupported sample rate.
    #[error("its sample rate is {0} Hz: record it at 4000 to 384000 Hz")]
    Rate(u32),
    /// Nothing audible.
    #[error("there is nothing to be heard in it: record it louder")]
    Silent,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::source::Sample as _;
    use proptest::prelude::*;

    fn hz(hz: u32) -> SampleRate {
        SampleRate::from_hz(hz).unwrap()
    }

    fn wav(spec: hound::WavSpec, samples: &[i32]) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn spec(rate: u32, channels: u16, bits: u16) -> hound::WavSpec {
        let sample_format = hound::SampleFormat::Int;
        hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format,
        }
    }

    /// The amplitude at a frequency, by Goertzel's sum written out.
    fn amplitude(samples: &[f32], rate: u32, hz: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, &sample) in samples.iter().enumerate() {
            let angle = TAU * hz * n as f64 / f64::from(rate);
            re += f64::from(sample) * angle.cos();
            im += f64::from(sample) * angle.sin();
        }
        re.hypot(im)
    }

    #[test]
    fn every_timbre_begins_at_once_peaks_at_full_scale_and_ends_in_silence() {
        for rate in [8_000, 44_100, 48_000, 192_000] {
            for timbre in Timbre::ALL {
                for pitch in [Pitch::Own, Pitch::Lower] {
                    let click = timbre.click(hz(rate), pitch);
                    let samples = click.samples();
                    let loudest = samples
                        .iter()
                        .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
                    assert_eq!(loudest, 1.0, "{timbre:?} at {rate}");
                    assert!(
                        samples[0].abs() > 1e-4,
                        "{timbre:?} at {rate} begins with {}",
                        samples[0]
                    );
                    assert!(samples[samples.len() - 1].abs() < 1e-3);
                    // 400 BPM leaves 150 ms; a click that fills less than 80 leaves a gap that is
                    // heard.
                    assert!(samples.len() * 1_000 < rate as usize * 80);
                }
            }
        }
    }

    #[test]
    fn no_timbre_is_shrill() {
        // The mean frequency, weighted by energy, and the loudest frequency.
        for timbre in Timbre::ALL {
            let click = timbre.click(hz(48_000), Pitch::Own);
            let spectrum: Vec<(f64, f64)> = (1..480)
                .map(|band| {
                    (
                        f64::from(band) * 50.0,
                        amplitude(click.samples(), 48_000, f64::from(band) * 50.0).powi(2),
                    )
                })
                .collect();
            let energy: f64 = spectrum.iter().map(|(_, energy)| energy).sum();
            let centre = spectrum.iter().map(|(hz, energy)| hz * energy).sum::<f64>() / energy;
            let above = spectrum
                .iter()
                .filter(|(hz, _)| *hz > 4_000.0)
                .map(|(_, energy)| energy)
                .sum::<f64>()
                / energy;
            assert!(centre < 2_000.0, "{timbre:?}: centre at {centre} Hz");
            assert!(
                above < 0.02,
                "{timbre:?}: {above} of the energy above 4 kHz"
            );
        }
    }

    #[test]
    fn signals_are_told_from_clicks_and_from_each_other() {
        let seconds = |signal| chime(signal, hz(48_000)).samples().len() as f64 / 48_000.0;
        assert!((seconds(Signal::Change) - 0.22).abs() < 0.001);
        assert!((seconds(Signal::End) - 0.33).abs() < 0.001);
        for timbre in Timbre::ALL {
            assert!(
                timbre.click(hz(48_000), Pitch::Own).samples().len() < 48 * 80,
                "{timbre:?}"
            );
        }
    }

    #[test]
    fn timbres_are_known_by_name() {
        for timbre in Timbre::ALL {
            assert_eq!(timbre.name().parse::<Timbre>().unwrap(), timbre);
        }
        let error = "gong".parse::<Timbre>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'gong' is no sound: wood, tick, beep, drum, or a WAV file"
        );
    }

    #[test]
    fn a_wav_is_mixed_to_mono_and_begins_with_its_sound() {
        let bytes = wav(spec(8_000, 2, 16), &[0, 0, 16_384, 0, 16_384, 16_384]);
        let recording = ClickFile::from_wav(&bytes[..]).unwrap();
        assert_eq!(
            recording.click(hz(8_000), Pitch::Own).unwrap().samples(),
            [0.25, 0.5]
        );
    }

    #[test]
    fn a_wav_of_any_width_has_its_level() {
        for (bits, half) in [(8, 64), (16, 16_384), (24, 4_194_304), (32, 1_073_741_824)] {
            let bytes = wav(spec(8_000, 1, bits), &[half]);
            let recording = ClickFile::from_wav(&bytes[..]).unwrap();
            assert_eq!(
                recording.click(hz(8_000), Pitch::Own).unwrap().samples(),
                [0.5],
                "{bits} bits"
            );
        }
    }

    #[test]
    fn a_resampled_wav_keeps_its_pitch_its_level_and_never_clips() {
        // 1 kHz at full scale, 0.2 s, at 44.1 kHz.
        let tone: Vec<i32> = (0..8_820)
            .map(|n| (TAU * 1_000.0 * f64::from(n) / 44_100.0).cos())
            .map(|level| i32::from(i16::from_level(sample(level))))
            .collect();
        let recording = ClickFile::from_wav(&wav(spec(44_100, 1, 16), &tone)[..]).unwrap();
        for (rate, pitch, loud, silent) in [
            (48_000, Pitch::Own, 1_000.0, 750.0),
            (22_050, Pitch::Own, 1_000.0, 750.0),
            (48_000, Pitch::Lower, 750.0, 1_000.0),
        ] {
            let click = recording.click(hz(rate), pitch).unwrap();
            let length = 0.2 * f64::from(rate) * 1_000.0 / loud;
            assert!((click.samples().len() as f64 - length).abs() <= 1.0);
            assert!(
                amplitude(click.samples(), rate, loud)
                    > 100.0 * amplitude(click.samples(), rate, silent)
            );
            assert!(click.samples().iter().all(|sample| sample.abs() <= 1.0));
        }
    }

    proptest! {
        #[test]
        fn no_damage_to_a_wav_panics(
            samples in prop::collection::vec(-30_000..30_000, 1..40),
            damage in prop::collection::vec((0_usize..100, 0_u8..=255), 1..6),
            rate in 8_000_u32..200_000,
        ) {
            let mut bytes = wav(spec(44_100, 1, 16), &samples);
            for (at, value) in damage {
                let at = at.min(bytes.len() - 1);
                bytes[at] = value;
            }
            if let Ok(recording) = ClickFile::from_wav(&bytes[..]) {
                let click = recording.click(hz(rate), Pitch::Lower).unwrap();
                prop_assert!(click.samples().iter().all(|sample| sample.abs() <= 1.0));
            }
        }
    }

    #[test]
    fn what_is_no_click_is_refused_with_the_reason() {
        #[track_caller]
        fn case(bytes: &[u8], message: &str) {
            assert_eq!(ClickFile::from_wav(bytes).unwrap_err().to_string(), message);
        }
        case(
            &wav(spec(100, 1, 16), &[9_000]),
            "its sample rate is 100 Hz: record it at 4000 to 384000 Hz",
        );
        case(b"", "it cannot be read as a WAV file");
        case(
            b"RIFF, but not a WAV file",
            "it cannot be read as a WAV file",
        );
        let mut cut = wav(spec(8_000, 1, 16), &[9_000; 90]);
        cut.truncate(100);
        case(&cut, "it cannot be read as a WAV file");
        case(
            &wav(spec(8_000, 1, 16), &vec![9_000; 12_000]),
            "it lasts 1.50 s: a click lasts at most 1 s",
        );
        case(
            &wav(spec(8_000, 1, 16), &[0; 50]),
            "there is nothing to be heard in it: record it louder",
        );
        case(
            &wav(spec(8_000, 1, 16), &[]),
            "there is nothing to be heard in it: record it louder",
        );
    }
}
