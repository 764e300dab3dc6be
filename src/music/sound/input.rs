//! A file as stereo frames at a rate.

use std::collections::VecDeque;
use std::path::Path;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

use super::{Stereo, to_usize};
use crate::music::decode::{DecodeError, Decoder};
use crate::schedule::SampleRate;

/// Frames that the resampler takes at a time.
const CHUNK: usize = 1_024;

/// A file as stereo frames at a rate.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) decoder: Decoder,
    sides: Vec<Stereo>,
    /// `None` where the file has the rate that is wanted.
    resampler: Option<Resampler>,
}

impl Input {
    pub(super) fn open(path: &Path, rate: SampleRate) -> Result<Self, DecodeError> {
        let decoder = Decoder::open(path)?;
        let resampler = (decoder.sample_rate() != rate.hz())
            .then(|| Resampler::new(decoder.sample_rate(), rate.hz()))
            .transpose()?;
        Ok(Self {
            sides: decoder.sides().to_vec(),
            decoder,
            resampler,
        })
    }

    /// Appends the next frames; false at the end, and what was appended then is the last.
    pub(super) fn read(&mut self, out: &mut VecDeque<Stereo>) -> bool {
        let block = self.decoder.next_block();
        let sides = &self.sides;
        let frames = block.map(|block| block.chunks_exact(sides.len()).map(|it| mixed(it, sides)));
        match (&mut self.resampler, frames) {
            (None, Some(frames)) => out.extend(frames),
            (None, None) => return false,
            (Some(resampler), Some(frames)) => resampler.push(frames, out),
            (Some(resampler), None) => {
                resampler.finish(out);
                return false;
            }
        }
        true
    }
}

/// A frame of any number of channels as stereo.
fn mixed(frame: &[f32], sides: &[Stereo]) -> Stereo {
    if let ([sample], [[1.0, 1.0]]) = (frame, sides) {
        return [*sample; 2];
    }
    let mut stereo = [0.0; 2];
    for (sample, side) in frame.iter().zip(sides) {
        stereo[0] += sample * side[0];
        stereo[1] += sample * side[1];
    }
    stereo
}

/// Brings frames from one rate to another, without a shift in time.
struct Resampler {
    fft: Fft<f32>,
    /// Interleaved, and not yet a chunk.
    input: Vec<f32>,
    output: Vec<f32>,
    /// Frames that come of what was taken, exactly.
    ratio: (u64, u64),
    taken: u64,
    given: u64,
    /// Frames that the filter puts in front.
    delay: usize,
}

impl Resampler {
    fn new(from: u32, to: u32) -> Result<Self, DecodeError> {
        let refused = || DecodeError::Unsupported(format!("{from} Hz at a rate of {to} Hz"));
        let size = |hz: u32| usize::try_from(hz).map_err(|_| refused());
        let fft = Fft::new(size(from)?, size(to)?, CHUNK, 2, FixedSync::Input);
        let fft = fft.map_err(|_| refused())?;
        Ok(Self {
            delay: fft.output_delay(),
            output: vec![0.0; 2 * fft.output_frames_max()],
            fft,
            input: Vec::new(),
            ratio: (to.into(), from.into()),
            taken: 0,
            given: 0,
        })
    }

    fn push(&mut self, frames: impl Iterator<Item = Stereo>, out: &mut VecDeque<Stereo>) {
        let before = self.input.len();
        self.input.extend(frames.flatten());
        self.taken += (self.input.len() - before) as u64 / 2;
        let mut done = 0;
        while (self.input.len() - done) / 2 >= self.fft.input_frames_next() {
            done += 2 * self.process(done, None, out);
        }
        self.input.drain(..done);
    }

    /// Gives what is still in the filter, up to the end of what was taken.
    fn finish(&mut self, out: &mut VecDeque<Stereo>) {
        let mut left = self.input.len() / 2;
        // Between odd rates it gathers up to a second before it gives something.
        let mut empty = 0;
        while self.given < self.owed() && empty < 1_000 {
            let given = self.given;
            self.process(0, Some(left), out);
            left = 0;
            empty = if self.given == given { empty + 1 } else { 0 };
        }
        self.input.clear();
    }

    /// Frames that all of what was taken comes to.
    fn owed(&self) -> u64 {
        (self.taken * self.ratio.0).div_ceil(self.ratio.1)
    }

    /// Takes a chunk from a sample of the input on; returns how many frames it took. Of a chunk
    /// that is not whole, `left` frames are there.
    fn process(&mut self, at: usize, left: Option<usize>, out: &mut VecDeque<Stereo>) -> usize {
        let whole = self.fft.input_frames_next();
        let mut indexing = Indexing::new();
        if let Some(left) = left {
            indexing = indexing.partial_len(left);
            self.input.truncate(2 * left);
            self.input.resize(2 * whole, 0.0);
        }
        let room = self.output.len() / 2;
        let input = InterleavedSlice::new(&self.input[at..at + 2 * whole], 2, whole);
        let output = InterleavedSlice::new_mut(&mut self.output, 2, room);
        // Both have the sizes that it asked for.
        let (Ok(input), Ok(mut output)) = (input, output) else {
            return whole;
        };
        let made = self
            .fft
            .process_into_buffer(&input, &mut output, Some(&indexing));
        let Ok((taken, made)) = made else {
            return whole;
        };
        let skipped = self.delay.min(made);
        self.delay -= skipped;
        // The last chunk reaches past the end.
        let wanted = to_usize(self.owed() - self.given).min(made - skipped);
        self.given += wanted as u64;
        let frames = self.output.chunks_exact(2).skip(skipped).take(wanted);
        out.extend(frames.map(|frame| [frame[0], frame[1]]));
        taken
    }
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler")
            .field("ratio", &self.ratio)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
