//! The beats of a schedule as samples: silence, and on each beat's frame the first sample of its click.
//!
//! Here belongs how beats become samples: level, side, and one click giving way to the next. Nothing here measures time;
//! the position is counted in frames alone, so a device or a file decides how fast they go.

use std::iter::Peekable;
use std::str::FromStr;
use std::sync::Arc;

use crate::audio::click::{Click, Pitch, Sound};
use crate::schedule::{Beat, Beats, Frame, Frames, TempoMap};

/// What samples are made as: `f32` from −1 to 1 for a device, [`i16`] for encoders, [`Pcm16`] for files.
pub trait Sample: Copy {
    /// No sound.
    const SILENCE: Self;

    /// From a value of −1 to 1.
    fn from_level(level: f32) -> Self;
}

impl Sample for f32 {
    const SILENCE: Self = 0.0;

    fn from_level(level: f32) -> Self {
        level
    }
}

impl Sample for i16 {
    const SILENCE: Self = 0;

    fn from_level(level: f32) -> Self {
        // ±1 becomes ±32,767: the same size on both sides, and never beyond.
        (level * f32::from(Self::MAX)).round() as Self
    }
}

/// A 16-bit sample as the two bytes, low one first, that a WAV file holds: so that a block of them is a block of the file.
pub type Pcm16 = [u8; 2];

impl Sample for Pcm16 {
    const SILENCE: Self = [0; 2];

    fn from_level(level: f32) -> Self {
        i16::from_level(level).to_le_bytes()
    }
}

/// The level of the click's loudest sample: at most full scale, so that nothing clips.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Volume(f32);

impl Volume {
    /// Full scale.
    pub const FULL: Self = Self(1.0);

    /// From an amplitude: 1 is full scale.
    ///
    /// # Errors
    /// [`MetronomeError::Volume`] outside 0 to 1.
    pub fn from_amplitude(amplitude: f32) -> Result<Self, MetronomeError> {
        if (0.0..=1.0).contains(&amplitude) {
            Ok(Self(amplitude))
        } else {
            Err(MetronomeError::Volume(amplitude.to_string()))
        }
    }

    /// The amplitude: 1 is full scale.
    #[must_use]
    pub fn amplitude(self) -> f32 {
        self.0
    }
}

/// Percent of the full amplitude (`80`, `80%`) or decibels below full scale (`-6dB`): 50 % is −6 dB.
impl FromStr for Volume {
    type Err = MetronomeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || MetronomeError::Volume(text.to_owned());
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

/// How many channels there are, and which of them a foot sounds on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One channel.
    #[default]
    Mono,
    /// Two channels: the first foot on the left one, the second on the right one.
    LeftRight,
}

impl Layout {
    /// The number of channels.
    #[must_use]
    pub fn channels(self) -> u16 {
        match self {
            Self::Mono => 1,
            Self::LeftRight => 2,
        }
    }
}

/// How the beats sound: which click, how loud, and what tells the feet apart.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The sound of a beat.
    pub sound: Sound,
    /// Its level.
    pub volume: Volume,
    /// Whether the feet sound alike.
    pub accent: Accent,
    /// On which side they sound.
    pub layout: Layout,
}

impl Voice {
    /// The click of each foot, ready to be copied: at level, in the layout.
    fn takes<S: Sample>(&self, map: &TempoMap) -> [Take<S>; 2] {
        let second = match self.accent {
            Accent::None => Pitch::Own,
            Accent::LeftRight => Pitch::Lower,
        };
        [(Pitch::Own, 0), (second, 1)].map(|(pitch, foot)| {
            let click = self.sound.click(map.rate(), pitch);
            Take::new(&click, self.volume, self.layout, foot)
        })
    }
}

/// A click as it is played: interleaved frames, scaled. The unscaled frames stay beside it for beats of less than full level.
#[derive(Clone, Debug)]
struct Take<S> {
    levels: Vec<f32>,
    samples: Vec<S>,
}

impl<S: Sample> Take<S> {
    fn new(click: &Click, volume: Volume, layout: Layout, foot: usize) -> Self {
        let scaled = click
            .samples()
            .iter()
            .map(|sample| sample * volume.amplitude());
        let levels: Vec<f32> = match layout {
            Layout::Mono => scaled.collect(),
            Layout::LeftRight => scaled
                .flat_map(|sample| {
                    if foot == 0 {
                        [sample, 0.0]
                    } else {
                        [0.0, sample]
                    }
                })
                .collect(),
        };
        let samples = levels.iter().map(|&level| S::from_level(level)).collect();
        Self { levels, samples }
    }
}

/// A click that has begun: which foot's, at what level, and how many of its samples are out.
#[derive(Clone, Copy, Debug)]
struct Sounding {
    foot: usize,
    level: f32,
    done: usize,
}

/// The beats of a [`TempoMap`] as interleaved samples, from a frame on.
///
/// A click that still sounds when the next beat comes gives way to it. After the end there is silence without end.
#[derive(Clone, Debug)]
pub struct Metronome<S> {
    map: Arc<TempoMap>,
    beats: Peekable<Beats<Arc<TempoMap>>>,
    takes: [Take<S>; 2],
    channels: usize,
    now: Frame,
    sounding: Option<Sounding>,
    end: Option<Frame>,
}

impl<S: Sample> Metronome<S> {
    /// From the first frame on.
    #[must_use]
    pub fn new(map: Arc<TempoMap>, voice: &Voice) -> Self {
        let takes = voice.takes(&map);
        let channels = usize::from(voice.layout.channels());
        Self {
            end: map
                .length()
                .map(|length| end_of_sound(&map, length, &takes, channels)),
            beats: map_beats(&map, Frame::START),
            map,
            takes,
            channels,
            now: Frame::START,
            sounding: None,
        }
    }

    /// Goes on from a frame. A click that began before it is left out.
    pub fn seek(&mut self, frame: Frame) {
        self.beats = map_beats(&self.map, frame);
        self.now = frame;
        self.sounding = None;
    }

    /// The number of channels.
    #[must_use]
    pub fn channels(&self) -> u16 {
        self.channels as u16
    }

    /// The next frame to be made.
    #[must_use]
    pub fn position(&self) -> Frame {
        self.now
    }

    /// Where the map ends, or the last click where that ends later; `None` where it never ends.
    #[must_use]
    pub fn end(&self) -> Option<Frame> {
        self.end
    }

    /// Makes as many frames as `out` holds.
    ///
    /// # Panics
    /// Where `out` does not hold whole frames.
    pub fn fill(&mut self, out: &mut [S]) {
        assert!(
            out.len().is_multiple_of(self.channels),
            "a block holds whole frames"
        );
        let mut rest = out;
        while !rest.is_empty() {
            self.begin_beats();
            let in_block = (rest.len() / self.channels) as u64;
            let to_beat = self
                .next_heard()
                .map_or(u64::MAX, |beat| beat.frame().since(self.now).count());
            let frames = in_block.min(to_beat);
            let (span, later) = rest.split_at_mut(frames as usize * self.channels);
            self.sound(span);
            self.now = self.now + Frames::from_count(frames);
            rest = later;
        }
    }

    /// The next beat that is heard; silent ones before it are dropped.
    fn next_heard(&mut self) -> Option<Beat> {
        while self.beats.next_if(|beat| !beat.is_heard()).is_some() {}
        self.beats.peek().copied()
    }

    /// Begins the click of a beat that stands on this very frame.
    fn begin_beats(&mut self) {
        while let Some(beat) = self.next_heard().filter(|beat| beat.frame() <= self.now) {
            self.beats.next();
            self.sounding = Some(Sounding {
                foot: foot(beat),
                level: beat.level(),
                done: 0,
            });
        }
    }

    /// Writes the click that sounds, then silence.
    fn sound(&mut self, span: &mut [S]) {
        let mut silent_from = 0;
        if let Some(sounding) = &mut self.sounding {
            let take = &self.takes[sounding.foot];
            let samples = span.len().min(take.samples.len() - sounding.done);
            let next = sounding.done + samples;
            if sounding.level < 1.0 {
                for (sample, level) in span.iter_mut().zip(&take.levels[sounding.done..next]) {
                    *sample = S::from_level(level * sounding.level);
                }
            } else {
                span[..samples].copy_from_slice(&take.samples[sounding.done..next]);
            }
            sounding.done = next;
            silent_from = samples;
            if next == take.samples.len() {
                self.sounding = None;
            }
        }
        span[silent_from..].fill(S::SILENCE);
    }
}

fn map_beats(map: &Arc<TempoMap>, frame: Frame) -> Peekable<Beats<Arc<TempoMap>>> {
    Beats::from_frame(Arc::clone(map), frame).peekable()
}

/// Even beats are the first foot's.
fn foot(beat: Beat) -> usize {
    (beat.index() % 2) as usize
}

/// The end of the map, or of the last click that reaches past it.
fn end_of_sound<S>(map: &TempoMap, length: Frames, takes: &[Take<S>; 2], channels: usize) -> Frame {
    let click_frames =
        |foot: usize| Frames::from_count((takes[foot].samples.len() / channels) as u64);
    let longest = click_frames(0).max(click_frames(1));
    let end = Frame::after(length);
    // Only a click that begins within its own length of the end can reach past it.
    let from = Frame::after(end.since(Frame::after(longest)));
    let last = map.beats_from(from).filter(|beat| beat.is_heard()).last();
    last.map_or(end, |beat| end.max(beat.frame() + click_frames(foot(beat))))
}

/// A metronome's samples one at a time, without end: what a sound device's mixer takes.
#[derive(Clone, Debug)]
pub struct Samples {
    metronome: Metronome<f32>,
    block: Vec<f32>,
    next: usize,
}

/// Frames that are made at a time: at 48 kHz about 5 ms, so that the work is spread evenly.
const BLOCK_FRAMES: usize = 256;

impl Samples {
    /// The metronome's samples from its position on.
    #[must_use]
    pub fn new(metronome: Metronome<f32>) -> Self {
        let block = vec![0.0; BLOCK_FRAMES * metronome.channels];
        Self {
            next: block.len(),
            metronome,
            block,
        }
    }

    /// The metronome, which has made up to a block more than was taken.
    #[must_use]
    pub fn metronome(&self) -> &Metronome<f32> {
        &self.metronome
    }

    /// The frame whose samples are taken next.
    #[must_use]
    pub fn position(&self) -> Frame {
        let ahead =
            Frames::from_count(((self.block.len() - self.next) / self.metronome.channels) as u64);
        Frame::after(self.metronome.position().since(Frame::after(ahead)))
    }

    /// Goes on from a frame.
    pub fn seek(&mut self, frame: Frame) {
        self.metronome.seek(frame);
        self.next = self.block.len();
    }
}

impl Iterator for Samples {
    type Item = f32;

    #[inline]
    fn next(&mut self) -> Option<f32> {
        if self.next == self.block.len() {
            self.metronome.fill(&mut self.block);
            self.next = 0;
        }
        let sample = self.block[self.next];
        self.next += 1;
        Some(sample)
    }
}

/// Why a volume was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetronomeError {
    /// Not within silence and full scale.
    #[error("'{0}' is not a volume: write percent from 0 to 100, or decibels up to 0 such as -6dB")]
    Volume(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Recording, Timbre};
    use crate::schedule::{Cue, Pace, SampleRate};
    use proptest::prelude::*;
    use std::time::Duration;

    /// A sound of these 16-bit samples at 10 Hz.
    fn sound(samples: &[i16]) -> Sound {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 10,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        Sound::Recording(Recording::from_wav(&bytes.into_inner()[..]).unwrap())
    }

    fn voice(samples: &[i16], layout: Layout) -> Voice {
        Voice {
            sound: sound(samples),
            volume: Volume::FULL,
            accent: Accent::None,
            layout,
        }
    }

    fn map(parts: &[(u64, &str, Cue)]) -> Arc<TempoMap> {
        let mut map = TempoMap::new(SampleRate::from_hz(10).unwrap());
        for &(millis, bpm, cue) in parts {
            map.push(
                Duration::from_millis(millis),
                Pace::Steady(bpm.parse().unwrap()),
                cue,
            )
            .unwrap();
        }
        Arc::new(map)
    }

    fn filled(metronome: &mut Metronome<f32>, samples: usize) -> Vec<f32> {
        let mut out = vec![9.0; samples];
        metronome.fill(&mut out);
        out
    }

    #[test]
    fn a_click_begins_on_its_beat_and_silence_follows() {
        // 120 BPM at 10 Hz: a beat every 5 frames.
        let mut metronome = Metronome::new(
            map(&[(1_000, "120", Cue::On)]),
            &voice(&[16_384, 8_192], Layout::Mono),
        );
        assert_eq!(
            filled(&mut metronome, 12),
            [0.5, 0.25, 0.0, 0.0, 0.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn each_foot_sounds_on_its_side() {
        let mut metronome = Metronome::new(
            map(&[(1_000, "120", Cue::On)]),
            &voice(&[16_384], Layout::LeftRight),
        );
        assert_eq!(
            filled(&mut metronome, 14),
            [
                0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0
            ]
        );
    }

    #[test]
    fn a_click_gives_way_to_the_next() {
        // 300 BPM at 10 Hz: a beat every 2 frames, under a click of 3.
        let mut metronome = Metronome::new(
            map(&[(600, "300", Cue::On)]),
            &voice(&[16_384, 8_192, 4_096], Layout::Mono),
        );
        assert_eq!(
            filled(&mut metronome, 8),
            [0.5, 0.25, 0.5, 0.25, 0.5, 0.25, 0.125, 0.0]
        );
    }

    #[test]
    fn the_end_waits_for_the_last_click() {
        // Beats at 0 and 5; the second click, 8 frames long, ends at 13.
        let long = voice(&[16_384; 8], Layout::Mono);
        assert_eq!(
            Metronome::<f32>::new(map(&[(1_000, "120", Cue::On)]), &long)
                .end()
                .unwrap()
                .index(),
            13
        );
        let short = voice(&[16_384; 4], Layout::Mono);
        assert_eq!(
            Metronome::<f32>::new(map(&[(1_000, "120", Cue::On)]), &short)
                .end()
                .unwrap()
                .index(),
            10
        );
        assert_eq!(
            Metronome::<f32>::new(map(&[(1_000, "120", Cue::Off)]), &long)
                .end()
                .unwrap()
                .index(),
            10
        );
    }

    #[test]
    fn a_silent_cue_leaves_the_grid_where_it_is() {
        let cue = Cue::OnOff {
            on: Duration::from_secs(1),
            off: Duration::from_secs(1),
        };
        let mut metronome =
            Metronome::new(map(&[(3_000, "120", cue)]), &voice(&[16_384], Layout::Mono));
        let heard: Vec<usize> = filled(&mut metronome, 30)
            .iter()
            .enumerate()
            .filter(|(_, s)| **s != 0.0)
            .map(|(n, _)| n)
            .collect();
        assert_eq!(heard, [0, 5, 20, 25]);
    }

    #[test]
    fn a_fade_scales_the_click() {
        let mut metronome = Metronome::new(
            map(&[(2_000, "60", Cue::Fade)]),
            &voice(&[16_384], Layout::Mono),
        );
        let samples = filled(&mut metronome, 20);
        assert_eq!(samples[0], 0.5);
        assert!(
            (samples[10] - 0.05).abs() < 1e-6,
            "half of the way down is −20 dB"
        );
    }

    #[test]
    fn sixteen_bits_are_reached_and_not_passed() {
        assert_eq!(
            [1.0, -1.0, 0.5, 0.0].map(i16::from_level),
            [32_767, -32_767, 16_384, 0]
        );
        assert_eq!(Pcm16::from_level(1.0), [0xff, 0x7f]);
    }

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

    proptest! {
        #[test]
        fn blocks_of_any_size_give_the_same_samples(
            sizes in prop::collection::vec(1_usize..400, 1..30), bpm in 20_u32..400, stereo: bool,
        ) {
            let mut map = TempoMap::new(SampleRate::from_hz(1_000).unwrap());
            map.push_endless(bpm.to_string().parse().unwrap(), Cue::On).unwrap();
            let layout = if stereo { Layout::LeftRight } else { Layout::Mono };
            let voice = Voice {
                sound: Sound::Timbre(Timbre::Wood), volume: Volume::FULL, accent: Accent::LeftRight, layout,
            };
            let mut metronome = Metronome::<f32>::new(Arc::new(map), &voice);
            let channels = usize::from(layout.channels());
            let whole = filled(&mut metronome.clone(), sizes.iter().sum::<usize>() * channels);
            let one_by_one: Vec<f32> = Samples::new(metronome.clone()).take(whole.len()).collect();
            let in_blocks: Vec<f32> =
                sizes.iter().flat_map(|frames| filled(&mut metronome, frames * channels)).collect();
            prop_assert_eq!(&in_blocks, &whole);
            prop_assert_eq!(&one_by_one, &whole);
        }
    }
}
