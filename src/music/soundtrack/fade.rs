//! From one sound to another.

use std::collections::VecDeque;

use crate::music::number::single;
use crate::music::sound::Stereo;

/// The end of a sound, which fades out while another fades in over it.
#[derive(Debug)]
pub(super) struct Fade {
    before: VecDeque<Stereo>,
    /// Frames that are done, and all of them.
    done: usize,
    length: usize,
    levels: fn(f64) -> [f32; 2],
}

impl Fade {
    /// No fade.
    pub(super) fn none() -> Self {
        Self::between_tracks(Vec::new())
    }

    /// Between sounds that have nothing in common: together they are as loud as either.
    pub(super) fn between_tracks(before: Vec<Stereo>) -> Self {
        Self::new(before, |share| {
            let angle = share * std::f64::consts::FRAC_PI_2;
            [single(angle.cos()), single(angle.sin())]
        })
    }

    /// Between two places in the same music, which may be all but alike.
    pub(super) fn within_track(before: Vec<Stereo>) -> Self {
        Self::new(before, |share| [single(1.0 - share), single(share)])
    }

    fn new(before: Vec<Stereo>, levels: fn(f64) -> [f32; 2]) -> Self {
        Self {
            done: 0,
            length: before.len(),
            before: before.into(),
            levels,
        }
    }

    /// Frames that are done.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Whether nothing is left of it.
    pub(super) fn is_over(&self) -> bool {
        self.before.is_empty()
    }

    /// Mixes the frames that come next with those of the sound before.
    pub(super) fn mix_into(&mut self, out: &mut [Stereo]) {
        for (step, (frame, before)) in out.iter_mut().zip(&self.before).enumerate() {
            let [old, new] = (self.levels)((self.done + step) as f64 / self.length as f64);
            for (sample, before) in frame.iter_mut().zip(before) {
                *sample = *sample * new + before * old;
            }
        }
        self.skip(out.len());
    }

    /// Passes over frames.
    pub(super) fn skip(&mut self, frames: usize) {
        let frames = frames.min(self.before.len());
        self.before.drain(..frames);
        self.done += frames;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fade_begins_with_the_sound_before_and_ends_with_the_other() {
        let faded = |mut fade: Fade, blocks: [usize; 2]| {
            let mut out = vec![[0.5, 0.0]; 12];
            let (first, second) = out.split_at_mut(blocks[0]);
            fade.mix_into(first);
            fade.mix_into(&mut second[..blocks[1]]);
            assert!(fade.is_over() && fade.done() == 10);
            out
        };
        let before = vec![[0.0, 0.5]; 10];
        let linear = faded(Fade::within_track(before.clone()), [3, 9]);
        for (frame, [new, old]) in linear[..10].iter().enumerate() {
            let share = frame as f32 / 10.0;
            assert!((new - 0.5 * share).abs() < 1e-6 && (old - 0.5 * (1.0 - share)).abs() < 1e-6);
        }
        assert_eq!(linear[10..], [[0.5, 0.0]; 2]);
        // As loud throughout: the power of both is that of one.
        for [new, old] in faded(Fade::between_tracks(before), [7, 3]) {
            assert!((new.powi(2) + old.powi(2) - 0.25).abs() < 1e-6);
        }
    }
}
