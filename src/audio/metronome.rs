//! The beats of a schedule as samples: silence, and on each beat's frame the first sample of its click.
//!
//! Here belongs how beats and signals become samples: level, side, and one click giving way to the next. Nothing here measures time;
//! the position is counted in frames alone, so a device or a file decides how fast they go.

use std::iter::Peekable;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;
use std::vec::IntoIter;

use crate::audio::click::{Click, Pitch, Sound, chime};
use crate::schedule::{Beat, Beats, Frame, Frames, SampleRate, Signal, TempoMap};

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
    sound: Sound,
    volume: Volume,
    accent: Accent,
    layout: Layout,
}

impl Voice {
    /// A sound at full level, alike for both feet, on one channel.
    #[must_use]
    pub fn new(sound: Sound) -> Self {
        Self {
            sound,
            volume: Volume::FULL,
            accent: Accent::None,
            layout: Layout::Mono,
        }
    }

    /// The same at a level.
    #[must_use]
    pub fn with_volume(self, volume: Volume) -> Self {
        Self { volume, ..self }
    }

    /// The same, the feet alike or not.
    #[must_use]
    pub fn with_accent(self, accent: Accent) -> Self {
        Self { accent, ..self }
    }

    /// The same on other channels.
    #[must_use]
    pub fn with_layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The click of each foot and the sound of each signal, ready to be copied: at level, in the layout.
    fn takes<S: Sample>(&self, rate: SampleRate) -> [Take<S>; 4] {
        let second = match self.accent {
            Accent::None => Pitch::Own,
            Accent::LeftRight => Pitch::Lower,
        };
        let click = |pitch| self.sound.click(rate, pitch);
        [
            self.take(&click(Pitch::Own), [1.0, 0.0]),
            self.take(&click(second), [0.0, 1.0]),
            self.take(&chime(Signal::Change, rate), [1.0, 1.0]),
            self.take(&chime(Signal::End, rate), [1.0, 1.0]),
        ]
    }

    /// A sound on the sides that are given, where there are two.
    fn take<S: Sample>(&self, click: &Click, sides: [f32; 2]) -> Take<S> {
        let scaled = click
            .samples()
            .iter()
            .map(|sample| sample * self.volume.amplitude());
        let levels: Vec<f32> = match self.layout {
            Layout::Mono => scaled.collect(),
            Layout::LeftRight => scaled
                .flat_map(|sample| sides.map(|side| side * sample))
                .collect(),
        };
        let samples = levels.iter().map(|&level| S::from_level(level)).collect();
        Take { levels, samples }
    }
}

/// A click as it is played: interleaved frames, scaled. The unscaled frames stay beside it for beats of less than full level.
#[derive(Clone, Debug)]
struct Take<S> {
    levels: Vec<f32>,
    samples: Vec<S>,
}

impl<S> Take<S> {
    fn frames(&self, channels: usize) -> Frames {
        Frames::from_count((self.samples.len() / channels) as u64)
    }
}

/// A sound that has begun: which one, at what level, and how many of its samples are out.
#[derive(Clone, Copy, Debug)]
struct Sounding {
    take: usize,
    level: f32,
    done: usize,
}

impl Sounding {
    fn new(take: usize, level: f32) -> Self {
        Self {
            take,
            level,
            done: 0,
        }
    }

    /// How many samples are still to come; not zero.
    fn left<S>(self, takes: &[Take<S>; 4]) -> usize {
        takes[self.take].samples.len() - self.done
    }

    /// The same, so many samples later; `None` where it has ended.
    fn after<S>(self, samples: usize, takes: &[Take<S>; 4]) -> Option<Self> {
        let done = self.done + samples;
        (done < takes[self.take].samples.len()).then_some(Self { done, ..self })
    }
}

/// Where among the takes those of the signals stand, behind one for each foot.
const CHANGE: usize = 2;
const END: usize = 3;

/// Under a signal clicks and signal are heard at half their level, so that both together do not clip. The project's own choice.
const UNDER_SIGNAL: f32 = 0.5;

/// The beats and signals of a [`TempoMap`] as interleaved samples, from a frame on.
///
/// A click that still sounds when the next beat comes gives way to it. After the end there is silence without end.
#[derive(Clone, Debug)]
pub struct Metronome<S> {
    map: Arc<TempoMap>,
    beats: Peekable<Beats<Arc<TempoMap>>>,
    signals: Peekable<IntoIter<(Frame, Signal)>>,
    takes: [Take<S>; 4],
    channels: usize,
    now: Frame,
    click: Option<Sounding>,
    signal: Option<Sounding>,
    is_muted: bool,
}

impl<S: Sample> Metronome<S> {
    /// From the first frame on.
    #[must_use]
    pub fn new(map: Arc<TempoMap>, voice: &Voice) -> Self {
        Self {
            beats: beats_from(&map, Frame::START),
            signals: signals_from(&map, Frame::START),
            takes: voice.takes(map.rate()),
            channels: usize::from(voice.layout.channels()),
            now: Frame::START,
            click: None,
            signal: None,
            is_muted: false,
            map,
        }
    }

    /// Goes on from a frame. What began before it is left out.
    pub fn seek(&mut self, frame: Frame) {
        self.now = frame;
        (self.click, self.signal) = (None, None);
        self.set_map(Arc::clone(&self.map));
    }

    /// Goes on with another map, at the same rate, from where it is.
    pub fn set_map(&mut self, map: Arc<TempoMap>) {
        self.beats = beats_from(&map, self.now);
        self.signals = signals_from(&map, self.now);
        self.map = map;
    }

    /// The map that it plays.
    #[must_use]
    pub fn map(&self) -> &Arc<TempoMap> {
        &self.map
    }

    /// Leaves clicks out from here on, or lets them be heard again. The grid goes on.
    pub fn mute(&mut self, is_muted: bool) {
        self.is_muted = is_muted;
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

    /// Where the map ends, or the last sound where that ends later; `None` where it never ends.
    #[must_use]
    pub fn end(&self) -> Option<Frame> {
        let end = Frame::after(self.map.length()?);
        let frames = |take: usize| self.takes[take].frames(self.channels);
        // Only a click that begins within its own length of the end can reach past it.
        let longest = frames(0).max(frames(1));
        let from = Frame::after(end.since(Frame::after(longest)));
        let last = self
            .map
            .beats_from(from)
            .filter(|beat| beat.is_heard())
            .last();
        let clicked = last.map_or(end, |beat| beat.frame() + frames(foot(beat)));
        let signals = self
            .map
            .signals_from(from)
            .map(|(at, signal)| at + frames(take_of(signal)));
        Some(signals.fold(end.max(clicked), Frame::max))
    }

    /// Makes as many frames as `out` holds.
    ///
    /// # Panics
    /// Where `out` does not hold whole frames.
    pub fn fill(&mut self, out: &mut [S]) {
        out.fill(S::SILENCE);
        self.fill_silence(out, |_| {});
    }

    /// Makes as many frames as `out` holds, which has to be silent: only what sounds is written, and `on_sound` is told where.
    /// With a block that is made silent again there alone a file costs no more than its bytes.
    ///
    /// # Panics
    /// Where `out` does not hold whole frames.
    pub fn fill_silence(&mut self, out: &mut [S], mut on_sound: impl FnMut(Range<usize>)) {
        assert!(
            out.len().is_multiple_of(self.channels),
            "a block holds whole frames"
        );
        let mut done = 0;
        while done < out.len() {
            self.begin_sounds();
            let in_block = ((out.len() - done) / self.channels) as u64;
            let block_end = self.now + Frames::from_count(in_block);
            let next_beat = self.next_heard(block_end).map(Beat::frame);
            let next_signal = self.signals.peek().map(|(at, _)| *at);
            let next = next_beat.into_iter().chain(next_signal).min();
            let frames = next.map_or(in_block, |next| in_block.min(next.since(self.now).count()));
            let span_end = done + frames as usize * self.channels;
            let sounded = self.sound(&mut out[done..span_end]);
            if sounded > 0 {
                on_sound(done..done + sounded);
            }
            self.now = self.now + Frames::from_count(frames);
            done = span_end;
        }
    }

    /// The next beat that is heard before a frame; silent ones before it are dropped, but none behind that frame: there may be
    /// no end of them.
    fn next_heard(&mut self, before: Frame) -> Option<Beat> {
        while self
            .beats
            .next_if(|beat| !beat.is_heard() && beat.frame() < before)
            .is_some()
        {}
        self.beats
            .peek()
            .copied()
            .filter(|beat| beat.frame() < before)
    }

    /// Begins what stands on this very frame.
    fn begin_sounds(&mut self) {
        let next_frame = self.now + Frames::from_count(1);
        while let Some(beat) = self.next_heard(next_frame) {
            self.beats.next();
            if !self.is_muted {
                self.click = Sounding::new(foot(beat), beat.level()).after(0, &self.takes);
            }
        }
        while let Some((_, signal)) = self.signals.next_if(|(at, _)| *at <= self.now) {
            self.signal = Sounding::new(take_of(signal), 1.0).after(0, &self.takes);
        }
    }

    /// Writes what sounds from the start of a span on, and gives how many samples that are.
    fn sound(&mut self, span: &mut [S]) -> usize {
        let mut done = 0;
        while done < span.len() {
            let sounding = [self.click, self.signal].into_iter().flatten();
            let Some(left) = sounding.map(|it| it.left(&self.takes)).min() else {
                break;
            };
            let length = left.min(span.len() - done);
            let part = &mut span[done..done + length];
            match (self.click, self.signal) {
                (Some(click), None) if click.level >= 1.0 => {
                    let take = &self.takes[click.take];
                    part.copy_from_slice(&take.samples[click.done..][..length]);
                }
                _ => self.mix(part),
            }
            for sounding in [&mut self.click, &mut self.signal] {
                *sounding = sounding.and_then(|it| it.after(length, &self.takes));
            }
            done += length;
        }
        done
    }

    /// Writes the sum of what sounds throughout a span.
    fn mix(&self, span: &mut [S]) {
        let level = if self.signal.is_some() {
            UNDER_SIGNAL
        } else {
            1.0
        };
        for (index, sample) in span.iter_mut().enumerate() {
            let sounding = [self.click, self.signal].into_iter().flatten();
            let sum: f32 = sounding
                .map(|it| self.takes[it.take].levels[it.done + index] * it.level * level)
                .sum();
            *sample = S::from_level(sum);
        }
    }
}

fn beats_from(map: &Arc<TempoMap>, frame: Frame) -> Peekable<Beats<Arc<TempoMap>>> {
    Beats::from_frame(Arc::clone(map), frame).peekable()
}

fn signals_from(map: &TempoMap, frame: Frame) -> Peekable<IntoIter<(Frame, Signal)>> {
    map.signals_from(frame)
        .collect::<Vec<_>>()
        .into_iter()
        .peekable()
}

/// Even beats are the first foot's.
fn foot(beat: Beat) -> usize {
    (beat.index() % 2) as usize
}

fn take_of(signal: Signal) -> usize {
    match signal {
        Signal::Change => CHANGE,
        Signal::End => END,
    }
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

    /// The same, to be changed; the change is heard behind the block that is made already.
    pub fn metronome_mut(&mut self) -> &mut Metronome<f32> {
        &mut self.metronome
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
    use crate::schedule::{Cue, Pace};
    use proptest::prelude::*;
    use std::time::Duration;

    /// A sound of these samples at 10 Hz, as 16-bit values.
    fn sound(samples: &[i16]) -> Sound {
        let samples = samples
            .iter()
            .map(|&sample| f32::from(sample) / 32_768.0)
            .collect();
        Sound::Recording(Recording::of(SampleRate::from_hz(10).unwrap(), samples))
    }

    fn voice(samples: &[i16], layout: Layout) -> Voice {
        Voice::new(sound(samples)).with_layout(layout)
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

    /// Two seconds in two parts with signals, at a rate where a signal lasts 220 frames.
    fn signalled(sound: Sound) -> (Metronome<f32>, usize) {
        let mut map = TempoMap::new(SampleRate::from_hz(1_000).unwrap());
        for bpm in ["120", "60"] {
            map.push(
                Duration::from_secs(1),
                Pace::Steady(bpm.parse().unwrap()),
                Cue::On,
            )
            .unwrap();
        }
        let map = Arc::new(map.with_signals_after(0));
        let voice = Voice::new(sound);
        let metronome = Metronome::new(map, &voice);
        let end = metronome.end().unwrap().index() as usize;
        (metronome, end)
    }

    #[test]
    fn signals_are_heard_where_a_part_begins_and_at_the_end() {
        let (mut metronome, end) = signalled(Sound::Timbre(Timbre::Wood));
        assert_eq!(end, 2_000 + 327, "the end waits for its signal");
        let samples = filled(&mut metronome, 2_500);
        let sounds = |frames: std::ops::Range<usize>| {
            samples[frames].iter().any(|sample| sample.abs() > 0.1)
        };
        assert!(
            !sounds(100..500) && !sounds(600..1_000),
            "clicks alone in the first part"
        );
        assert!(sounds(1_100..1_200) && !sounds(1_225..2_000) && sounds(2_200..2_300));
        assert!(!sounds(end..2_500));
    }

    #[test]
    fn a_click_under_a_signal_keeps_its_frame_and_nothing_clips() {
        let (mut with, _) = signalled(Sound::Timbre(Timbre::Drum));
        let samples = filled(&mut with, 2_500);
        assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
        // What is left when the signals alone are taken away: each click at half its level where a signal sounds.
        let (mut muted, _) = signalled(Sound::Timbre(Timbre::Drum));
        muted.mute(true);
        let signals = filled(&mut muted, 2_500);
        let clicks: Vec<f32> = samples
            .iter()
            .zip(&signals)
            .map(|(both, signal)| both - signal)
            .collect();
        let full = &clicks[..50];
        let halved = clicks[1_000..1_050].iter().map(|sample| sample * 2.0);
        assert!(
            full.iter()
                .zip(halved)
                .all(|(full, half)| (full - half).abs() < 1e-5),
            "the click of beat 2"
        );
        assert!(clicks[950..1_000].iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn muting_silences_clicks_and_the_grid_goes_on() {
        let mut metronome = Metronome::new(
            map(&[(3_000, "120", Cue::On)]),
            &voice(&[16_384], Layout::Mono),
        );
        metronome.mute(true);
        assert_eq!(filled(&mut metronome, 8), [0.0; 8]);
        metronome.mute(false);
        assert_eq!(
            filled(&mut metronome, 8),
            [0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5]
        );
    }

    #[test]
    fn silence_without_end_is_made_like_any_other() {
        let mut map = TempoMap::new(SampleRate::from_hz(10).unwrap());
        map.push_endless("120".parse().unwrap(), Cue::Off).unwrap();
        let mut metronome = Metronome::new(Arc::new(map), &voice(&[16_384], Layout::Mono));
        assert_eq!(filled(&mut metronome, 100), [0.0; 100]);
    }

    #[test]
    fn another_map_goes_on_in_mid_click() {
        let mut metronome = Metronome::new(
            map(&[(3_000, "120", Cue::On)]),
            &voice(&[16_384, 8_192], Layout::Mono),
        );
        assert_eq!(filled(&mut metronome, 1), [0.5]);
        metronome.set_map(map(&[(3_000, "200", Cue::On)]));
        assert_eq!(filled(&mut metronome, 4), [0.25, 0.0, 0.5, 0.25]);
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
            let voice = Voice::new(Sound::Timbre(Timbre::Wood)).with_accent(Accent::LeftRight).with_layout(layout);
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
