//! A music file as it is played: stereo at one rate, brought to one loudness.
//!
//! The samples come from a [`Decoder`](crate::music::decode::Decoder), block by block. A few seconds are decoded ahead, from which
//! the loudness is known before the first frame is given, without a pass over the file; a few
//! seconds of what was given are kept, so that what was played ahead can be taken back.

mod input;
mod level;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::input::Input;
use self::level::{Level, amplitude};
use crate::music::decode::DecodeError;
use crate::music::tags::Tags;
use crate::schedule::{Frames, SampleRate};

/// The loudness that all music is brought to, which is that of `ReplayGain` 2.
pub const LOUDNESS_LUFS: f64 = -18.0;

/// No sample of a [`Sound`] is beyond this: −4 dB, so that stretching by what needs another decibel
/// stays below full scale.
pub const CEILING: f32 = 0.63;

/// Seconds that are decoded ahead.
const LOOK_AHEAD_S: f64 = 3.0;

/// Seconds that are kept of what was given.
const HISTORY_S: f64 = 4.0;

/// How fast a peak that was held down is let go.
const RELEASE_DB_S: f64 = 40.0;

/// Frames over which the gain changes in a straight line: 5 ms at 48 kHz.
const BLOCK: u64 = 256;

/// A frame: left and right.
pub type Stereo = [f32; 2];

/// A music file that is being played.
#[derive(Debug)]
pub struct Sound {
    path: PathBuf,
    input: Input,
    rate: SampleRate,
    /// What is decoded, from the frame `first` on.
    window: VecDeque<Stereo>,
    first: u64,
    has_ended: bool,
    /// The next frame to be given.
    now: u64,
    level: Level,
    gain: Gain,
}

impl Sound {
    /// Opens a file, to be played at a rate.
    ///
    /// # Errors
    /// Those of [`Decoder::open`](crate::music::decode::Decoder::open); [`DecodeError::Unsupported`] where the file's rate cannot be
    /// brought to the other.
    pub fn open(path: &Path, rate: SampleRate) -> Result<Self, DecodeError> {
        let input = Input::open(path, rate)?;
        let mut sound = Self {
            path: path.to_owned(),
            level: Level::new(input.decoder.tags().gain_db, rate),
            input,
            rate,
            // With room for the block that is decoded last: growing would double it.
            window: VecDeque::with_capacity(to_usize(frames(HISTORY_S + LOOK_AHEAD_S + 0.3, rate))),
            first: 0,
            has_ended: false,
            now: 0,
            gain: Gain::default(),
        };
        sound.decode_to(frames(LOOK_AHEAD_S, rate));
        sound.level.begin();
        Ok(sound)
    }

    /// Frames a second.
    #[must_use]
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The next frame to be read, counted from the start of the track.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.now
    }

    /// The duration that the file states, if any.
    #[must_use]
    pub fn promised(&self) -> Option<Duration> {
        self.input.decoder.promised()
    }

    /// The tags of the file.
    #[must_use]
    pub fn tags(&self) -> &Tags {
        self.input.decoder.tags()
    }

    /// What is missing of the track; known once all of it was decoded.
    #[must_use]
    pub fn lost(&self) -> Option<Duration> {
        self.input.decoder.lost().filter(|_| self.has_ended)
    }

    /// Reads the next frames, and returns how many; fewer than asked for at the end only.
    pub fn read(&mut self, out: &mut [Stereo]) -> usize {
        let mut done = 0;
        while done < out.len() {
            self.decode_to(self.now + frames(LOOK_AHEAD_S, self.rate));
            let block = self.now / BLOCK;
            let wanted = (out.len() - done).min(to_usize((block + 1) * BLOCK - self.now));
            let (from, to) = self.gain_in(block);
            let start = to_usize(self.now - self.first);
            let available = self.window.len().saturating_sub(start).min(wanted);
            let into = self.now % BLOCK;
            let source = self.window.range(start..start + available);
            for (step, (frame, out)) in source.zip(&mut out[done..]).enumerate() {
                let share = (into + step as u64) as f32 / BLOCK as f32;
                let gain = from + (to - from) * share;
                *out = frame.map(|sample| (sample * gain).clamp(-CEILING, CEILING));
            }
            done += available;
            self.now += available as u64;
            if available < wanted {
                break;
            }
            self.forget();
        }
        done
    }

    /// Continues at another frame. A few seconds back or ahead cost nothing; farther back the file
    /// is opened anew, and farther on what lies between is decoded. Past the end there is nothing
    /// to be read.
    pub fn seek(&mut self, frame: u64) {
        if frame < self.first {
            // What cannot be opened any more has ended.
            match Input::open(&self.path, self.rate) {
                Ok(input) => self.input = input,
                Err(_) => self.has_ended = true,
            }
            self.window.clear();
            self.first = 0;
        }
        while frame > self.first + self.window.len() as u64 && !self.has_ended {
            self.first += self.window.len() as u64;
            self.window.clear();
            self.decode_block();
        }
        let end = self.first + self.window.len() as u64;
        let is_far = !(self.first..=end).contains(&self.now);
        self.now = if self.has_ended {
            frame.min(end)
        } else {
            frame
        };
        if is_far {
            // What was heard before is not what comes next: there is nothing to be smooth with.
            self.decode_to(self.now + frames(LOOK_AHEAD_S, self.rate));
            self.level.begin();
            self.gain = Gain::default();
        }
    }

    /// Decodes until the window reaches a frame.
    fn decode_to(&mut self, frame: u64) {
        while self.first + (self.window.len() as u64) < frame && !self.has_ended {
            self.decode_block();
        }
    }

    fn decode_block(&mut self) {
        let decoded = self.window.len();
        self.has_ended = !self.input.read(&mut self.window);
        self.level.measure(self.window.range(decoded..));
    }

    /// Drops what was given long ago.
    fn forget(&mut self) {
        let kept_from = self.now.saturating_sub(frames(HISTORY_S, self.rate));
        let old = to_usize(kept_from.saturating_sub(self.first)).min(self.window.len());
        self.window.drain(..old);
        self.first += old as u64;
    }

    /// The gains at the start and at the end of a block.
    fn gain_in(&mut self, block: u64) -> (f32, f32) {
        if self.gain.block != Some(block) {
            let limit = self.limit(block);
            let follows = block > 0 && self.gain.block == Some(block - 1);
            let gain = &self.gain;
            let from = if follows { gain.to } else { gain.to.min(limit) };
            let from = if gain.block.is_none() {
                self.level.amplitude().min(limit)
            } else {
                from
            };
            if follows {
                self.level.step();
            }
            let release = amplitude(RELEASE_DB_S * BLOCK as f64 / f64::from(self.rate.hz()));
            let to = self.level.amplitude().min(limit).min(self.limit(block + 1));
            self.gain = Gain {
                block: Some(block),
                from,
                to: to.min(from * release),
            };
        }
        (self.gain.from, self.gain.to)
    }

    /// The gain with which the loudest sample of a block is at the ceiling.
    fn limit(&self, block: u64) -> f32 {
        let at = |frame: u64| to_usize(frame.saturating_sub(self.first)).min(self.window.len());
        let samples = self
            .window
            .range(at(block * BLOCK)..at((block + 1) * BLOCK));
        let peak = samples
            .flatten()
            .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        CEILING / peak.max(1e-6)
    }
}

/// The gain over the block that is given.
#[derive(Debug, Default)]
struct Gain {
    block: Option<u64>,
    from: f32,
    to: f32,
}

fn frames(seconds: f64, rate: SampleRate) -> u64 {
    Frames::nearest(Duration::from_secs_f64(seconds), rate).count()
}

/// A number of frames that are in memory, or more than any.
fn to_usize(frames: u64) -> usize {
    usize::try_from(frames).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ebur128::{EbuR128, Mode};
    use std::f64::consts::TAU;

    /// Writes a WAV file in floats; `sample` gets the second and the channel.
    fn file(
        rate: u32,
        channels: u16,
        seconds: f64,
        mut sample: impl FnMut(f64, u16) -> f64,
    ) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut wav = hound::WavWriter::create(file.path(), spec).unwrap();
        let frames = Duration::from_secs_f64(seconds).as_micros() * u128::from(rate) / 1_000_000;
        for frame in 0..u64::try_from(frames).unwrap() {
            for channel in 0..channels {
                let sample = sample(frame as f64 / f64::from(rate), channel);
                wav.write_sample(single(sample)).unwrap();
            }
        }
        wav.finalize().unwrap();
        file
    }

    #[allow(clippy::cast_possible_truncation, reason = "samples are near ±1")]
    fn single(sample: f64) -> f32 {
        sample as f32
    }

    fn open(file: &tempfile::NamedTempFile, hz: u32) -> Sound {
        Sound::open(file.path(), SampleRate::from_hz(hz).unwrap()).unwrap()
    }

    fn all(sound: &mut Sound) -> Vec<Stereo> {
        let mut all = Vec::new();
        let mut block = [[0.0; 2]; 1_000];
        loop {
            let read = sound.read(&mut block);
            all.extend_from_slice(&block[..read]);
            if read < block.len() {
                return all;
            }
        }
    }

    fn loudness(frames: &[Stereo], hz: u32) -> f64 {
        let mut meter = EbuR128::new(2, hz, Mode::I).unwrap();
        meter.add_frames_f32(frames.as_flattened()).unwrap();
        meter.loudness_global().unwrap()
    }

    fn tone(level: f64) -> impl FnMut(f64, u16) -> f64 {
        move |t, _| level * (TAU * 1_000.0 * t).sin()
    }

    #[test]
    fn a_track_has_its_length_at_every_rate_and_its_sound_on_the_frame() {
        // A click of a millisecond at 1 s.
        let click = |t: f64, _| if (1.0..1.001).contains(&t) { 0.5 } else { 0.0 };
        for (from, to) in [
            (44_100, 44_100),
            (44_100, 48_000),
            (48_000, 44_100),
            (22_050, 48_000),
            (192_000, 48_000),
            (44_100, 12_345),
        ] {
            let file = file(from, 1, 1.321, click);
            let all = all(&mut open(&file, to));
            let length = 1.321 * f64::from(to);
            assert!((all.len() as f64 - length).abs() <= 1.0, "{from} to {to}");
            let peak = all.iter().fold(0.0_f32, |peak, it| peak.max(it[0].abs()));
            let first = all.iter().position(|it| it[0].abs() > peak / 2.0).unwrap();
            let at = first as f64 / f64::from(to);
            let least = 1.0 / f64::from(from.min(to));
            assert!((at - 1.0).abs() <= 1.5 * least, "{from} to {to}: {at}");
        }
    }

    #[test]
    fn all_music_is_as_loud_from_its_first_second_on() {
        for level in [1.0, 0.25, 0.05] {
            let file = file(44_100, 2, 8.0, tone(level));
            let all = all(&mut open(&file, 48_000));
            for second in [0..48_000, 4 * 48_000..8 * 48_000] {
                let found = loudness(&all[second], 48_000);
                assert!((found - LOUDNESS_LUFS).abs() < 0.3, "{level}: {found}");
            }
        }
    }

    #[test]
    fn a_quiet_beginning_gives_way_to_what_is_loud_without_a_step() {
        let quiet_then_loud =
            |t: f64, _| (if t < 8.0 { 0.02 } else { 0.8 }) * (TAU * 1_000.0 * t).sin();
        let all = all(&mut open(&file(44_100, 2, 20.0, quiet_then_loud), 44_100));
        let peak = |from: usize, frames: usize| {
            let part = &all[from..from + frames];
            part.iter().fold(0.0_f32, |peak, it| peak.max(it[0].abs()))
        };
        // It is made louder by 12 dB, and no further.
        assert!((peak(0, 44_100) - 0.02 * 3.98).abs() < 0.001);
        // The last seconds are as loud as they should be: −18 LUFS is 0.126 of a tone.
        assert!((loudness(&all[16 * 44_100..], 44_100) - LOUDNESS_LUFS).abs() < 0.5);
        // From one period to the next the level changes by less than a hundredth, but where the
        // music does.
        let peaks: Vec<f32> = (0..190).map(|n| peak(n * 4_410, 4_410)).collect();
        for (n, pair) in peaks.windows(2).enumerate() {
            let change = 20.0 * (pair[1] / pair[0]).log10();
            assert!(n == 79 || change.abs() < 0.7, "{n}: {change} dB");
        }
    }

    #[test]
    fn peaks_are_held_down_and_never_pass_the_ceiling() {
        // Quiet, and once a second a beat at full scale.
        let drum = |t: f64, _| {
            let since = t.fract();
            0.01 * (TAU * 300.0 * t).sin() + 1.9 * (TAU * 80.0 * t).sin() * (-since * 60.0).exp()
        };
        let all = all(&mut open(&file(48_000, 2, 8.0, drum), 48_000));
        let peak = all
            .as_flattened()
            .iter()
            .fold(0.0_f32, |a, b| a.max(b.abs()));
        assert!(peak <= CEILING && peak > 0.9 * CEILING, "{peak}");
    }

    #[test]
    fn what_was_given_can_be_given_again_and_what_was_not_skipped() {
        // A tone that rises, so that each part is known by its pitch.
        let rising = |t: f64, _| 0.1 * (TAU * (200.0 + 10.0 * t) * t).sin();
        let file = file(44_100, 2, 12.0, rising);
        let whole = all(&mut open(&file, 48_000));
        let mut sound = open(&file, 48_000);
        let mut block = [[0.0; 2]; 480];
        // Back within the history, on, far on, far back, and past the end.
        for frame in [48_000, 24_000, 60_000, 400_000, 100, 575_900, 2_000_000] {
            sound.seek(frame);
            let start = to_usize(frame).min(whole.len());
            let read = sound.read(&mut block);
            assert_eq!(read, block.len().min(whole.len() - start), "{frame}");
            for (found, expected) in block[..read].iter().zip(&whole[start..]) {
                // The gain differs a little by what was heard of the track so far.
                let differs = (found[0] - expected[0]).abs();
                assert!(differs < 0.01, "{frame}: {found:?} {expected:?}");
            }
        }
        assert_eq!(sound.read(&mut block), 0);
    }

    #[test]
    fn mono_is_heard_on_both_sides() {
        let all = all(&mut open(&file(44_100, 1, 4.0, tone(0.5)), 44_100));
        assert!(
            all.iter()
                .all(|[left, right]| left.to_bits() == right.to_bits())
        );
        assert!((loudness(&all, 44_100) - LOUDNESS_LUFS).abs() < 0.3);
    }
}
