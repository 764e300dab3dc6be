//! A source cut into blocks that are encoded on several threads at once and written in their order.
//!
//! For formats whose frames do not depend on each other. Only a few blocks are held at a time,
//! however long the whole is.

use std::collections::VecDeque;
use std::io::Write;
use std::ops::ControlFlow;
use std::panic;
use std::thread;

use crate::audio::file::{EncodeError, pull};
use crate::audio::source::{Sample, Source};
use crate::schedule::{Frame, Frames};

/// The most threads that encode. Past it, making the samples and writing the file take longer than
/// encoding.
const MOST_THREADS: usize = 8;

/// A part of the whole, to be encoded by itself.
#[derive(Debug)]
pub(super) struct Block<S> {
    /// How many blocks come before it.
    pub(super) index: u64,
    /// What was heard just before it, for encoders that look back; interleaved, as `samples`.
    #[cfg_attr(not(feature = "mp3"), allow(dead_code, reason = "only MP3 looks back"))]
    pub(super) before: Vec<S>,
    /// What is to be encoded.
    pub(super) samples: Vec<S>,
    /// Where it ends.
    end: Frame,
}

/// A source, from its position to an end, in blocks of the same length but for the last one. Where
/// the source ends before, the rest is silence.
pub(super) struct Blocks<'a, S> {
    source: &'a mut dyn Source<S>,
    now: Frame,
    end: Frame,
    frames: Frames,
    look_back: usize,
    next: u64,
    before: Vec<S>,
}

impl<'a, S: Sample> Blocks<'a, S> {
    /// Blocks of `frames` frames that look back on `look_back` frames of the block before.
    pub(super) fn new(
        source: &'a mut dyn Source<S>,
        end: Frame,
        frames: usize,
        look_back: usize,
    ) -> Self {
        Self {
            now: source.position(),
            look_back: source.layout().samples(look_back),
            source,
            end,
            frames: Frames::from_count(frames as u64),
            next: 0,
            before: Vec::new(),
        }
    }
}

impl<S: Sample> Blocks<'_, S> {
    pub(super) fn next(&mut self) -> Result<Option<Block<S>>, EncodeError> {
        let frames = self.end.since(self.now).min(self.frames);
        if frames == Frames::default() {
            return Ok(None);
        }
        // No more than a block, which was a usize.
        let count = usize::try_from(frames.count()).unwrap_or(0);
        let mut samples = vec![S::SILENCE; self.source.layout().samples(count)];
        pull::fill_silence(self.source, &mut samples, &mut |_| {})?;
        self.now = self.now + frames;
        let tail = samples[samples.len().saturating_sub(self.look_back)..].to_vec();
        let block = Block {
            index: self.next,
            before: std::mem::replace(&mut self.before, tail),
            samples,
            end: self.now,
        };
        self.next += 1;
        Ok(Some(block))
    }
}

/// Encodes the blocks on as many threads as there are cores, and writes them in order. `on_block`
/// receives the position after each of them and may end the writing.
///
/// # Errors
/// Those of `encode`, of `out` and of the source; [`EncodeError::Stopped`].
pub(super) fn write<S: Sample + Send>(
    out: &mut impl Write,
    mut blocks: Blocks<'_, S>,
    encode: impl Fn(&Block<S>) -> Result<Vec<u8>, EncodeError> + Sync,
    on_block: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<(), EncodeError> {
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
    let encode = &encode;
    thread::scope(|scope| {
        let mut under_way = VecDeque::new();
        loop {
            // A thread a block: each one's work takes hundreds of times longer than its start.
            while under_way.len() < threads
                && let Some(block) = blocks.next()?
            {
                let end = block.end;
                let thread = thread::Builder::new().spawn_scoped(scope, move || encode(&block))?;
                under_way.push_back((end, thread));
            }
            let Some((end, thread)) = under_way.pop_front() else {
                return Ok(out.flush()?);
            };
            let bytes = thread
                .join()
                .unwrap_or_else(|cause| panic::resume_unwind(cause))?;
            out.write_all(&bytes)?;
            if on_block(end).is_break() {
                return Err(EncodeError::Stopped);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::metronome::Metronome;
    use crate::audio::source::Layout;
    use crate::audio::voice::{Accent, Voice};
    use crate::schedule::{Cue, Pace, SampleRate, TempoMap};
    use std::io;
    use std::iter;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn metronome(seconds: u64) -> Metronome<i16> {
        let mut map = TempoMap::new(SampleRate::from_hz(1_000).unwrap());
        let tempo = "170".parse().unwrap();
        map.push(Duration::from_secs(seconds), Pace::Steady(tempo), Cue::On)
            .unwrap();
        let voice = Voice::new(Sound::Timbre(Timbre::Wood))
            .with_accent(Accent::LeftRight)
            .with_layout(Layout::LeftRight);
        Metronome::new(Arc::new(map), &voice).unwrap()
    }

    fn bytes(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|s| s.to_le_bytes()).collect()
    }

    #[test]
    fn blocks_are_the_whole_cut_up() {
        let whole = {
            let mut samples = vec![0; 2 * 10_000];
            let _ = metronome(10).fill(&mut samples);
            samples
        };
        let end = metronome(10).end().unwrap();
        assert_eq!(end.index(), 10_000);
        let mut source = metronome(10);
        let mut left = Blocks::new(&mut source, end, 300, 7);
        let blocks: Vec<Block<i16>> = iter::from_fn(|| left.next().unwrap()).collect();
        // 33 blocks of 300 frames and one of 100.
        assert_eq!((blocks.len(), blocks[33].samples.len()), (34, 200));
        for (n, block) in blocks.iter().enumerate() {
            let from = n * 600;
            assert_eq!(block.index, n as u64);
            assert_eq!(block.samples, whole[from..from + block.samples.len()]);
            assert_eq!(block.before, whole[from.saturating_sub(14)..from]);
        }
    }

    #[test]
    fn blocks_are_written_in_order_whichever_is_done_first() {
        let end = metronome(10).end().unwrap();
        let mut expected = vec![0; 2 * 10_000];
        let _ = metronome(10).fill(&mut expected);
        let (mut written, mut positions) = (Vec::new(), Vec::new());
        let slow_first = |block: &Block<i16>| {
            if block.index.is_multiple_of(2) {
                thread::sleep(Duration::from_millis(2));
            }
            Ok(bytes(&block.samples))
        };
        let mut source = metronome(10);
        let blocks = Blocks::new(&mut source, end, 300, 0);
        write(&mut written, blocks, slow_first, &mut |position| {
            positions.push(position.index());
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(written == bytes(&expected));
        assert_eq!(
            (positions.len(), positions[0], positions[33]),
            (34, 300, 10_000)
        );
    }

    #[test]
    fn no_more_blocks_are_held_than_threads_work() {
        let encoded = AtomicUsize::new(0);
        let mut written = 0;
        let count = |block: &Block<i16>| {
            encoded.fetch_add(1, Ordering::SeqCst);
            Ok(bytes(&block.samples))
        };
        let end = metronome(10).end().unwrap();
        let mut source = metronome(10);
        let blocks = Blocks::new(&mut source, end, 100, 0);
        write(&mut io::sink(), blocks, count, &mut |_| {
            written += 1;
            assert!(encoded.load(Ordering::SeqCst) < written + MOST_THREADS);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(written, 100);
    }

    #[test]
    fn an_error_of_one_block_ends_the_writing() {
        let end = metronome(10).end().unwrap();
        let third = |block: &Block<i16>| match block.index {
            2 => Err(EncodeError::Encoder("third".to_owned())),
            _ => Ok(vec![1]),
        };
        let mut written = Vec::new();
        let mut source = metronome(10);
        let blocks = Blocks::new(&mut source, end, 100, 0);
        let on_block = &mut |_| ControlFlow::Continue(());
        let failed = write(&mut written, blocks, third, on_block);
        assert!(matches!(failed, Err(EncodeError::Encoder(_))));
        assert_eq!(written, [1, 1]);
    }
}
