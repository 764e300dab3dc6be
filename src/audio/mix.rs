//! A metronome over another source, such as music.
//!
//! The balance of the two, and that their sum stays below full scale, belong here. What the other
//! source plays is its own business.

use std::fmt;
use std::str::FromStr;

use ebur128::{EbuR128, Mode};

use crate::audio::click::ClickError;
use crate::audio::metronome::Metronome;
use crate::audio::source::{Filled, Layout, Short, Source};
use crate::audio::voice::{Voice, Volume};
use crate::schedule::{Frame, Frames, SampleRate};

/// The loudness that the music under a click has: that of `ReplayGain` 2.
pub const MUSIC_LUFS: f64 = -18.0;

/// No sample is beyond this: −1 dB, which leaves room for what a lossy encoder adds (EBU R 128).
pub const CEILING: f32 = 0.89;

/// The loudest sample of a click. Where the click should be louder, the music becomes softer.
const CLICK_PEAK: f64 = 0.8;

/// The loudness of a click is that of its loudest 50 ms: about as long as one sounds, and as the
/// ear takes to judge it. The project's own choice.
const CLICK_MS: u32 = 50;

/// Music that the metronome's end cuts off is faded out over this many seconds.
const FADE_OUT_S: f64 = 2.0;

/// The level of the click over music.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClickLevel {
    /// Decibels by which the click, while it sounds, is louder than the music.
    Over(f64),
    /// The music alone.
    Off,
}

impl ClickLevel {
    /// The levels that are accepted, in decibels. The project's own bounds: beyond them one of the
    /// two is not heard.
    pub const DECIBELS: std::ops::RangeInclusive<f64> = -30.0..=30.0;
}

impl Default for ClickLevel {
    /// Wood at about its usual amplitude: in its best band it stands 3 dB above the music at each
    /// click.
    fn default() -> Self {
        Self::Over(3.0)
    }
}

impl fmt::Display for ClickLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(decibels) => write!(f, "{decibels}"),
            Self::Off => f.write_str("off"),
        }
    }
}

/// `6`, `+6`, `-3dB` or `off`.
impl FromStr for ClickLevel {
    type Err = ClickLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        if lower == "off" {
            return Ok(Self::Off);
        }
        let number = lower
            .strip_suffix("db")
            .unwrap_or(&lower)
            .trim_end()
            .parse();
        let level = number
            .ok()
            .filter(|decibels| Self::DECIBELS.contains(decibels));
        level
            .map(Self::Over)
            .ok_or_else(|| ClickLevelError(text.to_owned()))
    }
}

/// Why a level of the click was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a level: write decibels over the music, -30 to 30, or off")]
pub struct ClickLevelError(String);

/// What a mix is made of.
#[derive(Clone, Debug)]
pub struct Balance {
    /// The level of the click.
    pub click: ClickLevel,
    /// The level of the whole.
    pub volume: Volume,
}

impl Balance {
    /// The voice for the metronome of a mix: two channels, at full volume.
    #[must_use]
    pub fn voice(voice: &Voice) -> Voice {
        let layout = match voice.layout() {
            Layout::Mono => Layout::Stereo,
            two => two,
        };
        voice.clone().with_layout(layout).with_volume(Volume::FULL)
    }

    /// By how much the click and the music are multiplied.
    fn gains(&self, voice: &Voice, rate: SampleRate) -> Result<(f32, f32), ClickError> {
        let volume = f64::from(self.volume.amplitude());
        let (click, music) = match self.click {
            ClickLevel::Off => (0.0, 1.0),
            ClickLevel::Over(decibels) => {
                let click = voice.click(rate)?;
                let level = MUSIC_LUFS + decibels - loudness(&click, rate);
                let wanted = 10_f64.powf(level / 20.0);
                let peak = click
                    .iter()
                    .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
                // What is not to be had by a louder click is had by softer music.
                let most = CLICK_PEAK / f64::from(peak.max(1e-3));
                (wanted.min(most), (most / wanted).min(1.0))
            }
        };
        Ok((single(click * volume), single(music * volume)))
    }
}

/// The loudness in LUFS of the loudest [`CLICK_MS`] of a sound on both channels.
fn loudness(sound: &[f32], rate: SampleRate) -> f64 {
    let step = usize::try_from(rate.hz() / 200).unwrap_or(1).max(1);
    let Ok(mut meter) = EbuR128::new(2, rate.hz(), Mode::M) else {
        return MUSIC_LUFS;
    };
    let silence = std::iter::repeat_n(0.0, 10 * step);
    let frames = sound.iter().copied().chain(silence);
    let samples: Vec<f32> = frames.flat_map(|sample| [sample; 2]).collect();
    let mut loudest = -70.0_f64;
    for part in samples.chunks(2 * step) {
        // Both fail for parameters alone, which are right.
        let _ = meter.add_frames_f32(part);
        loudest = loudest.max(meter.loudness_window(CLICK_MS).unwrap_or(-70.0));
    }
    loudest
}

/// What plays on where the other source has nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// The click alone: for a device, which waits for nothing.
    No,
    /// Nothing: the mix is late too, and fails with the other. For a file.
    Yes,
}

/// When a mix ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// With the metronome.
    WithClick,
    /// With the first of the two.
    WithFirst,
}

/// A metronome over another source of two channels, in step with it: the frames of one are those
/// of the other.
#[derive(Debug)]
pub struct Mix<M> {
    metronome: Metronome<f32>,
    music: M,
    click_gain: f32,
    music_gain: f32,
    waits: Waits,
    ends: Ends,
    levels: Vec<f32>,
}

impl<M: Source<f32>> Mix<M> {
    /// Mixes a metronome that was made with the [voice](Balance::voice) of a balance.
    ///
    /// # Errors
    /// [`ClickError`] if the voice cannot be rendered at the rate of the metronome.
    pub fn new(
        metronome: Metronome<f32>,
        voice: &Voice,
        music: M,
        balance: &Balance,
        (waits, ends): (Waits, Ends),
    ) -> Result<Self, ClickError> {
        let (click_gain, music_gain) = balance.gains(voice, metronome.rate())?;
        Ok(Self {
            metronome,
            music,
            click_gain,
            music_gain,
            waits,
            ends,
            levels: Vec::new(),
        })
    }

    /// The gain of the music at a frame: it fades out where the metronome's end cuts it off.
    fn fade(&self, frame: u64, end: Option<u64>) -> f32 {
        let Some(end) = end else { return 1.0 };
        let fade = FADE_OUT_S * f64::from(self.rate().hz());
        single((end.saturating_sub(frame) as f64 / fade).min(1.0))
    }
}

impl<M: Source<f32>> Source<f32> for Mix<M> {
    fn rate(&self) -> SampleRate {
        self.metronome.rate()
    }

    fn layout(&self) -> Layout {
        Layout::Stereo
    }

    fn position(&self) -> Frame {
        self.metronome.position()
    }

    fn end(&self) -> Option<Frame> {
        let click = self.metronome.end();
        match (self.ends, click, self.music.end()) {
            (Ends::WithFirst, Some(click), Some(music)) => Some(click.min(music)),
            (Ends::WithFirst, None, music) => music,
            (_, click, _) => click,
        }
    }

    fn skip_to(&mut self, frame: Frame) {
        self.metronome.skip_to(frame);
        self.music.skip_to(frame);
    }

    fn fill(&mut self, out: &mut [f32]) -> Filled {
        let now = self.position();
        let place = self.music.position();
        let has_ended = self.music.end().is_some_and(|end| end <= place);
        if place > now || (place < now && !has_ended) {
            self.music.skip_to(now);
        }
        let wanted = out.len() / 2;
        let until_end = self.end().map(|end| end.since(now).count());
        let until_end = until_end.and_then(|frames| usize::try_from(frames).ok());
        let frames = until_end.map_or(wanted, |frames| frames.min(wanted));
        let mut music = std::mem::take(&mut self.levels);
        music.resize(2 * frames, 0.0);
        let filled = self.music.fill(&mut music);
        let made = usize::try_from(filled.frames.count()).map_or(frames, |made| made.min(frames));
        music[2 * made..].fill(0.0);
        let (frames, short) = match filled.short {
            Some(short @ (Short::Late | Short::Failed(_)))
                if made < frames && self.waits == Waits::Yes =>
            {
                (made, Some(short))
            }
            _ => (frames, None),
        };
        let out = &mut out[..2 * frames];
        // It may end before the music does, and its map may have changed.
        out.fill(0.0);
        let _ = self.metronome.fill(out);
        if self.metronome.position() != now + Frames::from_count(frames as u64) {
            self.metronome
                .skip_to(now + Frames::from_count(frames as u64));
        }
        let end = self.metronome.end().map(Frame::index);
        for ((out, music), frame) in out
            .chunks_exact_mut(2)
            .zip(music.chunks_exact(2))
            .zip(now.index()..)
        {
            let gain = self.music_gain * self.fade(frame, end);
            for (out, music) in out.iter_mut().zip(music) {
                let sum = *out * self.click_gain + music * gain;
                *out = sum.clamp(-CEILING, CEILING);
            }
        }
        self.levels = music;
        let has_ended = self.end().is_some_and(|end| end <= self.position());
        Filled {
            frames: Frames::from_count(frames as u64),
            short: if has_ended { Some(Short::Ended) } else { short },
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "gains, of which f32 has seven digits"
)]
fn single(gain: f64) -> f32 {
    gain as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::source::fake::Slope;
    use crate::schedule::{Cue, Pace, TempoMap};
    use std::sync::Arc;
    use std::time::Duration;

    const HZ: u32 = 8_000;

    fn rate() -> SampleRate {
        SampleRate::from_hz(HZ).unwrap()
    }

    fn wood() -> Voice {
        Balance::voice(&Voice::new(Sound::Timbre(Timbre::Wood)))
    }

    fn balance(click: ClickLevel) -> Balance {
        Balance {
            click,
            volume: Volume::FULL,
        }
    }

    /// 120 BPM: a beat each 4,000 frames.
    fn mix<M: Source<f32>>(
        seconds: u64,
        music: M,
        click: ClickLevel,
        when: (Waits, Ends),
    ) -> Mix<M> {
        let mut map = TempoMap::new(rate());
        let pace = Pace::Steady("120".parse().unwrap());
        map.push(Duration::from_secs(seconds), pace, Cue::On)
            .unwrap();
        let metronome = Metronome::new(Arc::new(map), &wood()).unwrap();
        Mix::new(metronome, &wood(), music, &balance(click), when).unwrap()
    }

    fn all(mix: &mut impl Source<f32>) -> Vec<[f32; 2]> {
        let mut all = Vec::new();
        loop {
            let mut block = [9.0; 2 * 77];
            let filled = mix.fill(&mut block);
            let frames = usize::try_from(filled.frames.count()).unwrap();
            let (frames, _) = block[..2 * frames].as_chunks::<2>();
            all.extend_from_slice(frames);
            match filled.short {
                Some(Short::Ended) => return all,
                Some(Short::Failed(error)) => panic!("{error}"),
                Some(Short::Late) | None => {}
            }
        }
    }

    const ON_DEVICE: (Waits, Ends) = (Waits::No, Ends::WithClick);

    #[test]
    fn a_level_is_decibels_or_off() {
        for (text, level) in [
            ("6", ClickLevel::Over(6.0)),
            ("+6dB", ClickLevel::Over(6.0)),
            ("-3.5 dB", ClickLevel::Over(-3.5)),
            ("off", ClickLevel::Off),
            ("OFF", ClickLevel::Off),
        ] {
            assert_eq!(text.parse(), Ok(level), "{text}");
        }
        for text in ["", "loud", "31", "NaN", "-inf", "on"] {
            assert!(text.parse::<ClickLevel>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_click_is_on_its_frames_over_the_music() {
        let music = || Slope::new(HZ, 100_000);
        let both = all(&mut mix(3, music(), ClickLevel::Over(0.0), ON_DEVICE));
        let alone = all(&mut mix(3, music(), ClickLevel::Off, ON_DEVICE));
        assert_eq!((both.len(), alone.len()), (3 * 8_000, 3 * 8_000));
        // The music alone is the music, but for its end.
        for (frame, levels) in alone[..8_000].iter().enumerate() {
            let expected = Slope::levels(frame as u64).map(|level| level.clamp(-CEILING, CEILING));
            assert!((levels[0] - expected[0]).abs() < 1e-6, "{frame}");
        }
        let mut clicks = Vec::new();
        for (frame, (both, alone)) in both.iter().zip(&alone).enumerate() {
            // Where the sum is at its bound the click is hidden.
            if (both[0] - alone[0]).abs() > 1e-4
                && clicks.last().is_none_or(|it| frame > it + 2_000)
            {
                clicks.push(frame);
            }
        }
        assert_eq!(clicks, [0, 4_000, 8_000, 12_000, 16_000, 20_000]);
    }

    #[test]
    fn every_sound_is_as_loud_over_the_music_as_was_asked_for() {
        for timbre in Timbre::ALL {
            let voice = Balance::voice(&Voice::new(Sound::Timbre(timbre)));
            let click = voice.click(rate()).unwrap();
            let full = loudness(&click, rate());
            for decibels in [-10.0, 0.0, 12.0] {
                let level = balance(ClickLevel::Over(decibels));
                let (click_gain, music_gain) = level.gains(&voice, rate()).unwrap();
                let over = full + 20.0 * f64::from(click_gain).log10()
                    - (MUSIC_LUFS + 20.0 * f64::from(music_gain).log10());
                assert!((over - decibels).abs() < 0.01, "{timbre:?}: {over}");
                assert!(click_gain <= 0.81 && music_gain <= 1.0);
            }
        }
        // The default is about the usual amplitude of wood, with the music as it is.
        let (click_gain, music_gain) = balance(ClickLevel::default())
            .gains(&wood(), SampleRate::from_hz(48_000).unwrap())
            .unwrap();
        assert!((0.6..=0.8).contains(&click_gain), "{click_gain}");
        assert!(music_gain > 0.9, "{music_gain}");
    }

    #[test]
    fn the_sum_is_never_beyond_the_ceiling() {
        let mut loud = Slope::new(HZ, 100_000);
        loud.end = None;
        let all = all(&mut mix(3, loud, ClickLevel::Over(30.0), ON_DEVICE));
        let peak = all
            .as_flattened()
            .iter()
            .fold(0.0_f32, |a, b| a.max(b.abs()));
        assert!(peak <= CEILING);
    }

    #[test]
    fn music_that_is_late_costs_a_device_no_click_and_a_file_no_music() {
        let late = || Slope {
            most: 50,
            ..Slope::new(HZ, 100_000)
        };
        let heard = all(&mut mix(4, late(), ClickLevel::Off, ON_DEVICE));
        assert_eq!(heard.len(), 32_000);
        // Blocks of 77 frames: after 50 there is silence, and the music goes on where it would be.
        assert!(heard[50..77].iter().all(|levels| *levels == [0.0; 2]));
        assert!((heard[77][0] - 0.077).abs() < 1e-6);
        let file = (Waits::Yes, Ends::WithClick);
        let heard = all(&mut mix(4, late(), ClickLevel::Off, file));
        assert_eq!(heard.len(), 32_000);
        assert!((heard[60][0] - 0.060).abs() < 1e-6);
    }

    #[test]
    fn music_that_fails_costs_a_device_no_click_and_is_an_error_of_a_file() {
        let failing = || Slope {
            fails_at: Some(Frame::after(Frames::from_count(100))),
            ..Slope::new(HZ, 100_000)
        };
        let heard = all(&mut mix(4, failing(), ClickLevel::Off, ON_DEVICE));
        assert_eq!(heard.len(), 32_000);
        let file = (Waits::Yes, Ends::WithClick);
        let filled = mix(4, failing(), ClickLevel::Off, file).fill(&mut [0.0; 400]);
        assert_eq!(filled.frames.count(), 100);
        assert!(
            matches!(filled.short, Some(Short::Failed(error)) if error.to_string() == "the file is cut off")
        );
    }

    #[test]
    fn it_ends_with_the_click_or_with_the_first_of_both() {
        let music = |frames| Slope::new(HZ, frames);
        let frames = |frames, ends| {
            let mut mix = mix(2, music(frames), ClickLevel::Off, (Waits::No, ends));
            all(&mut mix).len()
        };
        assert_eq!(frames(5_000, Ends::WithClick), 16_000);
        assert_eq!(frames(5_000, Ends::WithFirst), 5_000);
        assert_eq!(frames(50_000, Ends::WithFirst), 16_000);
    }

    #[test]
    fn music_fades_out_where_the_click_ends() {
        let mut music = Slope::new(HZ, 0);
        music.end = None;
        let all = all(&mut mix(4, music, ClickLevel::Off, ON_DEVICE));
        // 0.5 at these frames, a bit less than half of it a second before the end, and so on.
        for (frame, level) in [
            (15_500, 0.5),
            (24_500, 0.5 * 0.468_75),
            (31_500, 0.5 * 0.031_25),
        ] {
            assert!(
                (all[frame][0] - level).abs() < 1e-4,
                "{frame}: {:?}",
                all[frame]
            );
        }
    }
}
