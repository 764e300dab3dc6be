//! The [`Source`] trait, from which devices and files pull samples.
//!
//! Everything that all sounds have in common belongs here: sample types, channels, a position and
//! an end. The sound of a beat belongs to [`voice`](super::voice); the device or file sets the
//! speed.

use std::error::Error;
use std::num::NonZero;
use std::ops::Range;

use crate::schedule::{Frame, Frames, SampleRate};

/// A sample type: `f32` from −1 to 1 for a device, [`i16`] for encoders, [`Pcm16`] for files.
pub trait Sample: Copy + Send + 'static {
    /// Silence.
    const SILENCE: Self;

    /// Converts a value from −1 to 1.
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

    #[allow(
        clippy::cast_possible_truncation,
        reason = "there is no TryFrom a float; beyond the range, `as` gives the nearest value"
    )]
    fn from_level(level: f32) -> Self {
        // ±1 becomes ±32,767: the same size on both sides.
        (level * f32::from(Self::MAX)).round() as Self
    }
}

/// A 16-bit sample as the two bytes, low one first, that a WAV file holds: a block of them is a
/// block of the file.
pub type Pcm16 = [u8; 2];

impl Sample for Pcm16 {
    const SILENCE: Self = [0; 2];

    fn from_level(level: f32) -> Self {
        i16::from_level(level).to_le_bytes()
    }
}

/// The channel layout of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One channel.
    #[default]
    Mono,
    /// Two channels, one for each foot: the first foot on the left, the second on the right.
    LeftRight,
    /// Two channels of one sound, as in music.
    Stereo,
}

impl Layout {
    /// The number of channels.
    #[must_use]
    pub fn channels(self) -> NonZero<u16> {
        const TWO: NonZero<u16> = NonZero::<u16>::MIN.saturating_add(1);
        match self {
            Self::Mono => NonZero::<u16>::MIN,
            Self::LeftRight | Self::Stereo => TWO,
        }
    }

    /// The number of samples in `frames` frames.
    #[must_use]
    pub fn samples(self, frames: usize) -> usize {
        frames * usize::from(self.channels().get())
    }
}

/// The result of filling a block.
#[derive(Debug)]
pub struct Filled {
    /// The number of frames written from the start of the block; the rest of the block is
    /// unchanged.
    pub frames: Frames,
    /// Why the block was not filled; `None` if it is full.
    pub short: Option<Short>,
}

/// Why a source wrote fewer frames than requested.
#[derive(Debug)]
pub enum Short {
    /// The source has ended.
    Ended,
    /// The rest is not ready yet, such as music that is still decoded: a device plays silence in
    /// its place, and an encoder asks again.
    Late,
    /// The source failed and produces no more frames.
    Failed(SourceError),
}

/// Why a source cannot be created, or cannot continue.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// Samples at a rate, from a position to an end.
///
/// A device calls `fill` on the thread of its callback: there it must not block, nor wait for a
/// lock. If parts of a source can be controlled, such as the tempo of a metronome, its creator
/// keeps a handle for that.
pub trait Source<S> {
    /// Frames per second.
    fn rate(&self) -> SampleRate;

    /// The channel layout.
    fn layout(&self) -> Layout;

    /// The next frame to be written.
    fn position(&self) -> Frame;

    /// The frame after the last one, as far as known; `None` if the source never ends.
    fn end(&self) -> Option<Frame>;

    /// Seeks to a frame, earlier or later. Sounds that began before it may be left out.
    fn skip_to(&mut self, frame: Frame);

    /// Fills `out` with interleaved frames from the position on, as many as fit, and moves the
    /// position past them. No frame is written past the end.
    fn fill(&mut self, out: &mut [S]) -> Filled;

    /// Like [`fill`](Self::fill), for a block that is already silent. `on_sound` receives the range
    /// of each part written, so that a caller can silence only those parts again: a file that is
    /// mostly silence then costs no more than its bytes.
    fn fill_silence(&mut self, out: &mut [S], on_sound: &mut dyn FnMut(Range<usize>)) -> Filled {
        let channels = u64::from(self.layout().channels().get());
        let filled = self.fill(out);
        // As many as a slice holds fit a usize.
        let written = usize::try_from(filled.frames.count() * channels).unwrap_or(out.len());
        if written > 0 {
            on_sound(0..written);
        }
        filled
    }
}

/// Sound that can be written in every encoding: it creates its source in the encoder's sample type.
pub trait Render {
    /// Creates a source at the first frame.
    ///
    /// # Errors
    /// [`SourceError`] if the sound cannot be created.
    fn source<S: Sample>(&self) -> Result<Box<dyn Source<S> + '_>, SourceError>;
}

/// A source of `f32` samples as one of another sample type.
#[derive(Debug)]
pub struct Converted<F> {
    source: F,
    levels: Vec<f32>,
}

impl<F: Source<f32>> Converted<F> {
    /// The same sound.
    #[must_use]
    pub fn new(source: F) -> Self {
        Self {
            source,
            levels: Vec::new(),
        }
    }
}

impl<S: Sample, F: Source<f32>> Source<S> for Converted<F> {
    fn rate(&self) -> SampleRate {
        self.source.rate()
    }

    fn layout(&self) -> Layout {
        self.source.layout()
    }

    fn position(&self) -> Frame {
        self.source.position()
    }

    fn end(&self) -> Option<Frame> {
        self.source.end()
    }

    fn skip_to(&mut self, frame: Frame) {
        self.source.skip_to(frame);
    }

    fn fill(&mut self, out: &mut [S]) -> Filled {
        self.levels.resize(out.len(), 0.0);
        let filled = self.source.fill(&mut self.levels);
        let channels = u64::from(self.source.layout().channels().get());
        let made = usize::try_from(filled.frames.count() * channels).unwrap_or(out.len());
        for (sample, level) in out.iter_mut().zip(&self.levels).take(made) {
            *sample = S::from_level(*level);
        }
        filled
    }
}

impl<S, T: Source<S> + ?Sized> Source<S> for Box<T> {
    fn rate(&self) -> SampleRate {
        (**self).rate()
    }

    fn layout(&self) -> Layout {
        (**self).layout()
    }

    fn position(&self) -> Frame {
        (**self).position()
    }

    fn end(&self) -> Option<Frame> {
        (**self).end()
    }

    fn skip_to(&mut self, frame: Frame) {
        (**self).skip_to(frame);
    }

    fn fill(&mut self, out: &mut [S]) -> Filled {
        (**self).fill(out)
    }

    fn fill_silence(&mut self, out: &mut [S], on_sound: &mut dyn FnMut(Range<usize>)) -> Filled {
        (**self).fill_silence(out, on_sound)
    }
}

#[cfg(test)]
pub(super) mod fake {
    //! A source whose samples can be worked out on paper.

    use super::*;

    /// Ordinary stereo: frame n is n / 1000 on the left and −n / 1000 on the right.
    #[derive(Clone, Debug)]
    pub(crate) struct Slope {
        pub(crate) rate: SampleRate,
        pub(crate) now: Frame,
        pub(crate) end: Option<Frame>,
        /// The most frames that it makes at a time; the rest is late.
        pub(crate) most: usize,
        /// Where it fails.
        pub(crate) fails_at: Option<Frame>,
    }

    impl Slope {
        pub(crate) fn new(hz: u32, frames: u64) -> Self {
            Self {
                rate: SampleRate::from_hz(hz).unwrap(),
                now: Frame::START,
                end: Some(Frame::after(Frames::from_count(frames))),
                most: usize::MAX,
                fails_at: None,
            }
        }

        pub(crate) fn levels(frame: u64) -> [f32; 2] {
            let level = u16::try_from(frame % 1_000).map(f32::from).unwrap() / 1_000.0;
            [level, -level]
        }
    }

    impl<S: Sample> Source<S> for Slope {
        fn rate(&self) -> SampleRate {
            self.rate
        }

        fn layout(&self) -> Layout {
            Layout::Stereo
        }

        fn position(&self) -> Frame {
            self.now
        }

        fn end(&self) -> Option<Frame> {
            self.end
        }

        fn skip_to(&mut self, frame: Frame) {
            self.now = frame;
        }

        fn fill(&mut self, out: &mut [S]) -> Filled {
            let wanted = out.len() / 2;
            let mut frames = Frames::from_count(0);
            for frame in out.chunks_exact_mut(2).take(self.most) {
                let short = if self.end.is_some_and(|end| self.now >= end) {
                    Short::Ended
                } else if Some(self.now) == self.fails_at {
                    Short::Failed("the file is cut off".into())
                } else {
                    let levels = Self::levels(self.now.index());
                    frame.copy_from_slice(&levels.map(S::from_level));
                    frames = frames + Frames::from_count(1);
                    self.now = self.now + Frames::from_count(1);
                    continue;
                };
                return Filled {
                    frames,
                    short: Some(short),
                };
            }
            Filled {
                frames,
                short: (wanted > self.most).then_some(Short::Late),
            }
        }
    }

    impl Render for Slope {
        fn source<S: Sample>(&self) -> Result<Box<dyn Source<S> + '_>, SourceError> {
            Ok(Box::new(self.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::Slope;
    use super::*;

    #[test]
    fn sixteen_bits_are_reached_and_not_passed() {
        assert_eq!(
            [1.0, -1.0, 0.5, 0.0].map(i16::from_level),
            [32_767, -32_767, 16_384, 0]
        );
        assert_eq!(Pcm16::from_level(1.0), [0xff, 0x7f]);
    }

    #[test]
    fn a_converted_source_is_the_same_sound() {
        let mut source = Converted::new(Slope::new(8_000, 3));
        let mut out = [7_i16; 8];
        let filled = source.fill(&mut out);
        assert_eq!(out, [0, 0, 33, -33, 66, -66, 7, 7]);
        assert_eq!(filled.frames.count(), 3);
        assert!(matches!(filled.short, Some(Short::Ended)));
    }

    #[test]
    fn a_source_that_does_not_say_where_it_sounds_sounds_throughout() {
        let mut source: Box<dyn Source<f32>> = Box::new(Slope::new(8_000, 3));
        let mut sounds = Vec::new();
        let _ = source.fill_silence(&mut [0.0; 8], &mut |sound| sounds.push(sound));
        assert_eq!((sounds.len(), &sounds[0]), (1, &(0..6)));
        let _ = source.fill_silence(&mut [0.0; 8], &mut |sound| sounds.push(sound));
        assert_eq!(sounds.len(), 1);
    }
}
