//! Renders the beats of a schedule as samples: silence, with each click starting on the frame of
//! its beat.
//!
//! The rendering of beats and signals belongs here, including the rule that a click gives way to
//! the next. Nothing here measures time: the position is counted in frames, and the device or file
//! sets the speed.

use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;
use std::vec::IntoIter;

use crate::audio::click::ClickError;
use crate::audio::control::Attached;
use crate::audio::source::{Filled, Layout, Render, Sample, Short, Source, SourceError};
use crate::audio::voice::{RenderedSounds, SoundKey, Voice};
use crate::schedule::{Beat, Beats, Frame, Frames, SampleRate, Signal, TempoMap};

/// A sound that has begun: its kind, its level and the number of samples played.
#[derive(Clone, Copy, Debug)]
struct Sounding {
    key: SoundKey,
    level: f32,
    done: usize,
}

impl Sounding {
    fn new(key: SoundKey, level: f32) -> Self {
        Self {
            key,
            level,
            done: 0,
        }
    }

    /// How many samples are still to come; not zero.
    fn left<S>(self, sounds: &RenderedSounds<S>) -> usize {
        sounds.get(self.key).samples.len() - self.done
    }

    /// The same, `samples` samples later; `None` where it has ended.
    fn after<S>(self, samples: usize, sounds: &RenderedSounds<S>) -> Option<Self> {
        let done = self.done + samples;
        (done < sounds.get(self.key).samples.len()).then_some(Self { done, ..self })
    }
}

/// Under a signal clicks and signal are heard at half their level, so that both together do not
/// clip. The project's own choice.
const UNDER_SIGNAL: f32 = 0.5;

/// The beats and signals of a [`TempoMap`] as interleaved samples.
///
/// A click that is still sounding when the next beat begins is cut off by it.
#[derive(Debug)]
pub struct Metronome<S> {
    map: Arc<TempoMap>,
    beats: Peekable<Beats<Arc<TempoMap>>>,
    signals: Peekable<IntoIter<(Frame, Signal)>>,
    sounds: RenderedSounds<S>,
    layout: Layout,
    now: Frame,
    /// Computed once for each map, since every block asks for it.
    end: Option<Frame>,
    click: Option<Sounding>,
    signal: Option<Sounding>,
    is_muted: bool,
    is_withheld: bool,
    /// How many clicks were heard since they came back, up to [`FADE_IN`](Self::FADE_IN).
    back: u8,
    control: Option<Attached>,
}

impl<S: Sample> Metronome<S> {
    /// Over how many clicks they come back when they are needed again.
    const FADE_IN: u8 = 4;

    /// Creates a metronome at the first frame.
    ///
    /// # Errors
    /// [`ClickError`] if the voice cannot be rendered at the rate of the map.
    pub fn new(map: Arc<TempoMap>, voice: &Voice) -> Result<Self, ClickError> {
        let mut metronome = Self {
            beats: beats_from(&map, Frame::START),
            signals: signals_from(&map, Frame::START),
            sounds: voice.render(map.rate())?,
            layout: voice.layout(),
            now: Frame::START,
            end: None,
            click: None,
            signal: None,
            is_muted: false,
            is_withheld: false,
            back: Self::FADE_IN,
            control: None,
            map,
        };
        metronome.end = metronome.find_end();
        Ok(metronome)
    }

    /// The same, which takes what its maker asks for.
    pub(super) fn controlled(self, control: Attached) -> Self {
        Self {
            control: Some(control),
            ..self
        }
    }

    /// Continues with another map at the same rate, from the current position.
    pub fn set_map(&mut self, map: Arc<TempoMap>) {
        self.beats = beats_from(&map, self.now);
        self.signals = signals_from(&map, self.now);
        self.map = map;
        self.end = self.find_end();
    }

    /// The map being played.
    #[must_use]
    pub fn map(&self) -> &Arc<TempoMap> {
        &self.map
    }

    /// Mutes or unmutes the clicks from here on. The grid continues.
    pub fn mute(&mut self, is_muted: bool) {
        self.is_muted = is_muted;
    }

    /// Where the map ends, or the last sound where that ends later; `None` where it never ends.
    fn find_end(&self) -> Option<Frame> {
        let end = Frame::after(self.map.length()?);
        let frames = |key| self.sounds.get(key).frames;
        // Only a click that begins within its own length of the end can reach past it.
        let from = Frame::after(end.since(Frame::after(self.sounds.longest_click())));
        let last = self
            .map
            .beats_from(from)
            .filter(|beat| beat.is_heard())
            .last();
        let clicked = last.map_or(end, |beat| beat.frame() + frames(SoundKey::of_beat(beat)));
        let signals = self
            .map
            .signals_from(from)
            .map(|(at, signal)| at + frames(SoundKey::of_signal(signal)));
        Some(signals.fold(end.max(clicked), Frame::max))
    }

    /// Does what its maker asked for since the last block.
    fn follow(&mut self) {
        let Some(mut control) = self.control.take() else {
            return;
        };
        if let Some(is_muted) = control.is_muted() {
            self.is_muted = is_muted;
        }
        if let Some(is_withheld) = control.is_withheld() {
            self.is_withheld = is_withheld;
        }
        if let Some(map) = control.edited(&self.map, self.now) {
            self.set_map(map);
        }
        control.publish(&self.map);
        self.control = Some(control);
    }

    /// The next beat that is heard before a frame; silent ones before it are dropped, but none
    /// after that frame: there may be no end of them.
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

    /// Begins what is due on this very frame.
    fn begin_sounds(&mut self) {
        let next_frame = self.now + Frames::from_count(1);
        while let Some(beat) = self.next_heard(next_frame) {
            self.beats.next();
            if self.is_withheld {
                self.back = 0;
            } else {
                self.back = (self.back + 1).min(Self::FADE_IN);
                let level = beat.level() * f32::from(self.back) / f32::from(Self::FADE_IN);
                let click = Sounding::new(SoundKey::of_beat(beat), level);
                if !self.is_muted {
                    self.click = click.after(0, &self.sounds);
                }
            }
        }
        while let Some((_, signal)) = self.signals.next_if(|(at, _)| *at <= self.now) {
            self.signal = Sounding::new(SoundKey::of_signal(signal), 1.0).after(0, &self.sounds);
        }
    }

    /// Writes what sounds from the start of a span on, and returns how many samples that is.
    fn sound(&mut self, span: &mut [S]) -> usize {
        let mut done = 0;
        while done < span.len() {
            let sounding = [self.click, self.signal].into_iter().flatten();
            let Some(left) = sounding.map(|it| it.left(&self.sounds)).min() else {
                break;
            };
            let length = left.min(span.len() - done);
            let part = &mut span[done..done + length];
            match (self.click, self.signal) {
                (Some(click), None) if click.level >= 1.0 => {
                    let samples = &self.sounds.get(click.key).samples;
                    part.copy_from_slice(&samples[click.done..][..length]);
                }
                _ => self.mix(part),
            }
            for sounding in [&mut self.click, &mut self.signal] {
                *sounding = sounding.and_then(|it| it.after(length, &self.sounds));
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
                .map(|it| self.sounds.get(it.key).levels[it.done + index] * it.level * level)
                .sum();
            *sample = S::from_level(sum);
        }
    }
}

impl<S: Sample> Source<S> for Metronome<S> {
    fn rate(&self) -> SampleRate {
        self.map.rate()
    }

    fn layout(&self) -> Layout {
        self.layout
    }

    fn position(&self) -> Frame {
        self.now
    }

    fn end(&self) -> Option<Frame> {
        self.end
    }

    fn skip_to(&mut self, frame: Frame) {
        self.now = frame;
        (self.click, self.signal) = (None, None);
        self.beats = beats_from(&self.map, frame);
        self.signals = signals_from(&self.map, frame);
    }

    fn fill(&mut self, out: &mut [S]) -> Filled {
        out.fill(S::SILENCE);
        self.fill_silence(out, &mut |_| {})
    }

    /// Only what sounds is written, so silence costs nothing.
    fn fill_silence(&mut self, out: &mut [S], on_sound: &mut dyn FnMut(Range<usize>)) -> Filled {
        self.follow();
        let channels = usize::from(self.layout.channels().get());
        let wanted = (out.len() / channels) as u64;
        let made = self
            .end
            .map_or(wanted, |end| wanted.min(end.since(self.now).count()));
        let block_end = self.now + Frames::from_count(made);
        let mut done = 0;
        while self.now < block_end {
            self.begin_sounds();
            let next_beat = self.next_heard(block_end).map(Beat::frame);
            let next_signal = self.signals.peek().map(|(at, _)| *at);
            let next = next_beat
                .into_iter()
                .chain(next_signal)
                .fold(block_end, Frame::min);
            let frames = next.since(self.now);
            // Within a block, so a usize holds it.
            let samples = usize::try_from(frames.count()).unwrap_or(usize::MAX) * channels;
            let sounded = self.sound(&mut out[done..done + samples]);
            if sounded > 0 {
                on_sound(done..done + sounded);
            }
            self.now = next;
            done += samples;
        }
        Filled {
            frames: Frames::from_count(made),
            short: (made < wanted).then_some(Short::Ended),
        }
    }
}

/// A schedule with the voice in which it is rendered.
#[derive(Clone, Debug)]
pub struct Clicks<'a> {
    /// The schedule of the beats.
    pub map: Arc<TempoMap>,
    /// The sound of the beats.
    pub voice: &'a Voice,
}

impl Render for Clicks<'_> {
    fn source<S: Sample>(&self) -> Result<Box<dyn Source<S> + '_>, SourceError> {
        let metronome = Metronome::new(Arc::clone(&self.map), self.voice)?;
        Ok(Box::new(metronome))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{ClickFile, Sound, Timbre};
    use crate::audio::voice::Accent;
    use crate::schedule::{Cue, Pace};
    use proptest::prelude::*;
    use std::time::Duration;

    /// A sound of these samples at 10 Hz, as 16-bit values.
    fn sound(samples: &[i16]) -> Sound {
        let samples = samples
            .iter()
            .map(|&sample| f32::from(sample) / 32_768.0)
            .collect();
        Sound::File(ClickFile::of(SampleRate::from_hz(10).unwrap(), samples))
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

    fn new_metronome(map: Arc<TempoMap>, voice: &Voice) -> Metronome<f32> {
        Metronome::new(map, voice).unwrap()
    }

    fn filled(metronome: &mut Metronome<f32>, samples: usize) -> Vec<f32> {
        let mut out = vec![9.0; samples];
        let filled = metronome.fill(&mut out);
        // Past the end there is silence.
        let made = usize::try_from(filled.frames.count()).unwrap();
        let made = metronome.layout().samples(made);
        out[made..].fill(0.0);
        out
    }

    #[test]
    fn a_click_begins_on_its_beat_and_silence_follows() {
        // 120 BPM at 10 Hz: a beat every 5 frames.
        let mut metronome = new_metronome(
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
        let mut metronome = new_metronome(
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
        let mut metronome = new_metronome(
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
            new_metronome(map(&[(1_000, "120", Cue::On)]), &long)
                .end()
                .unwrap()
                .index(),
            13
        );
        let short = voice(&[16_384; 4], Layout::Mono);
        assert_eq!(
            new_metronome(map(&[(1_000, "120", Cue::On)]), &short)
                .end()
                .unwrap()
                .index(),
            10
        );
        assert_eq!(
            new_metronome(map(&[(1_000, "120", Cue::Off)]), &long)
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
            new_metronome(map(&[(3_000, "120", cue)]), &voice(&[16_384], Layout::Mono));
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
        let mut metronome = new_metronome(
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
        let metronome = new_metronome(map, &voice);
        let end = usize::try_from(metronome.end().unwrap().index()).unwrap();
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
        // What is left when the signals alone are taken away: each click at half its level where a
        // signal sounds.
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
        let mut metronome = new_metronome(
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
        let mut metronome = new_metronome(Arc::new(map), &voice(&[16_384], Layout::Mono));
        assert_eq!(filled(&mut metronome, 100), [0.0; 100]);
    }

    #[test]
    fn another_map_goes_on_in_mid_click() {
        let mut metronome = new_metronome(
            map(&[(3_000, "120", Cue::On)]),
            &voice(&[16_384, 8_192], Layout::Mono),
        );
        assert_eq!(filled(&mut metronome, 1), [0.5]);
        metronome.set_map(map(&[(3_000, "200", Cue::On)]));
        assert_eq!(filled(&mut metronome, 4), [0.25, 0.0, 0.5, 0.25]);
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
            let map = Arc::new(map);
            let metronome = || new_metronome(Arc::clone(&map), &voice);
            let whole = filled(&mut metronome(), layout.samples(sizes.iter().sum()));
            let mut cut = metronome();
            let in_blocks: Vec<f32> =
                sizes.iter().flat_map(|&frames| filled(&mut cut, layout.samples(frames))).collect();
            prop_assert_eq!(&in_blocks, &whole);
        }
    }
}
