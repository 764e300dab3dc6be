//! A file that plays at its own speed under the click, such as a podcast.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::decode::{DecodeError, Decoder};
use super::sound::Sound;
use crate::audio::ahead::Remade;
use crate::audio::source::{Filled, Layout, Short, Source};
use crate::schedule::{Frame, Frames, SampleRate};

/// A file as a source of two channels, which ends with the file.
#[derive(Debug)]
pub struct Over {
    sound: Sound,
    now: u64,
    /// The frame with which it begins: until then there is silence.
    start: u64,
    end: Option<u64>,
    lost: Lost,
}

/// What is missing of a file, once its end was reached on whatever thread.
#[derive(Clone, Debug, Default)]
pub struct Lost(Arc<OnceLock<Duration>>);

impl Lost {
    /// What is missing, as far as known.
    #[must_use]
    pub fn get(&self) -> Option<Duration> {
        self.0.get().copied()
    }

    /// Notes what is missing, unless it is known already.
    pub fn set(&self, lost: Duration) {
        let _ = self.0.set(lost);
    }
}

impl Over {
    /// Opens a file, to be heard after `silence`.
    ///
    /// # Errors
    /// Those of [`Sound::open`].
    pub fn open(
        path: &Path,
        rate: SampleRate,
        silence: Duration,
        lost: Lost,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            sound: Sound::open(path, rate)?,
            now: 0,
            start: Frames::nearest(silence, rate).count(),
            end: None,
            lost,
        })
    }

    fn has_ended(&mut self) {
        self.end = Some(self.now);
        if let Some(lost) = self.sound.lost() {
            self.lost.set(lost);
        }
    }
}

impl Source<f32> for Over {
    fn rate(&self) -> SampleRate {
        self.sound.rate()
    }

    fn layout(&self) -> Layout {
        Layout::Stereo
    }

    fn position(&self) -> Frame {
        Frame::after(Frames::from_count(self.now))
    }

    fn end(&self) -> Option<Frame> {
        self.end.map(|end| Frame::after(Frames::from_count(end)))
    }

    fn skip_to(&mut self, frame: Frame) {
        self.now = frame.index();
        self.sound.seek(self.now.saturating_sub(self.start));
        self.end = None;
    }

    fn fill(&mut self, out: &mut [f32]) -> Filled {
        let (frames, _) = out.as_chunks_mut::<2>();
        let wanted = frames.len();
        let silent = usize::try_from(self.start.saturating_sub(self.now)).unwrap_or(wanted);
        let silent = silent.min(wanted);
        frames[..silent].fill([0.0; 2]);
        let made = silent + self.sound.read(&mut frames[silent..]);
        self.now += made as u64;
        if made < wanted {
            self.has_ended();
        }
        Filled {
            frames: Frames::from_count(made as u64),
            short: (made < wanted).then_some(Short::Ended),
        }
    }
}

impl Remade for Over {}

/// The exact duration of a file, and what is missing of it: decodes it all, at several hundred
/// times real time. What a file says of its duration may be an estimate.
///
/// # Errors
/// Those of [`Decoder::open`].
pub fn duration(path: &Path) -> Result<(Duration, Option<Duration>), DecodeError> {
    let mut decoder = Decoder::open(path)?;
    while decoder.next_block().is_some() {}
    Ok((decoder.position(), decoder.lost()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seconds of a level, of which the header may promise more.
    fn file(promised_s: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(file.path(), spec).unwrap();
        for frame in 0..8_000 * promised_s {
            let level = if frame % 20 < 10 { 8_000 } else { -8_000 };
            wav.write_sample(level).unwrap();
        }
        wav.finalize().unwrap();
        file.as_file().set_len(44 + 2 * 2 * 8_000).unwrap();
        file
    }

    fn hz(hz: u32) -> SampleRate {
        SampleRate::from_hz(hz).unwrap()
    }

    fn frames(over: &mut Over) -> Vec<[f32; 2]> {
        let mut out = vec![[9.0; 2]; 40_000];
        let filled = over.fill(out.as_flattened_mut());
        assert!(matches!(filled.short, Some(Short::Ended)));
        out.truncate(usize::try_from(filled.frames.count()).unwrap());
        out
    }

    #[test]
    fn it_begins_after_the_silence_and_ends_with_the_file() {
        let file = file(2);
        let silence = Duration::from_millis(500);
        let mut over = Over::open(file.path(), hz(8_000), silence, Lost::default()).unwrap();
        assert_eq!(over.end(), None);
        let heard = frames(&mut over);
        assert_eq!(heard.len(), 4_000 + 16_000);
        assert!(heard[..4_000].iter().all(|frame| *frame == [0.0; 2]));
        assert!(heard[4_000][0] > 0.01);
        assert_eq!(over.end().unwrap().index(), 20_000);
        over.skip_to(Frame::after(Frames::from_count(19_000)));
        assert_eq!((over.end(), frames(&mut over).len()), (None, 1_000));
    }

    #[test]
    fn what_is_cut_off_is_said_at_the_end() {
        let file = file(10);
        let lost = Lost::default();
        let mut over = Over::open(file.path(), hz(8_000), Duration::ZERO, lost.clone()).unwrap();
        assert_eq!(lost.get(), None);
        assert_eq!(frames(&mut over).len(), 16_000);
        assert_eq!(lost.get(), Some(Duration::from_secs(8)));
        let (length, lost) = duration(file.path()).unwrap();
        assert_eq!((length.as_secs(), lost.unwrap().as_secs()), (2, 8));
    }
}
