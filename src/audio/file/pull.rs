//! Whole blocks from a source, for encoders.

use std::ops::Range;
use std::thread;

use crate::audio::file::EncodeError;
use crate::audio::source::{Sample, Short, Source};

/// Fills a whole block, which has to be silent: what a source does not make at once is asked for
/// again, and after its end the block stays silent.
///
/// # Errors
/// [`EncodeError::Source`] where the source fails.
pub(super) fn fill_silence<S: Sample>(
    source: &mut dyn Source<S>,
    out: &mut [S],
    on_sound: &mut dyn FnMut(Range<usize>),
) -> Result<(), EncodeError> {
    let mut done = 0;
    loop {
        let filled = source.fill_silence(&mut out[done..], &mut |sound| {
            on_sound(done + sound.start..done + sound.end);
        });
        match filled.short {
            None | Some(Short::Ended) => return Ok(()),
            Some(Short::Failed(error)) => return Err(EncodeError::Source(error)),
            Some(Short::Late) => {
                // No more than was asked for.
                let frames = usize::try_from(filled.frames.count()).unwrap_or(0);
                done += source.layout().samples(frames);
                thread::yield_now();
            }
        }
    }
}

/// Interleaved samples as one list for each channel.
#[cfg(any(feature = "mp3", feature = "vorbis"))]
pub(super) fn planes(samples: &[f32], channels: usize) -> Vec<Vec<f32>> {
    let channel = |channel| samples.iter().skip(channel).step_by(channels).copied();
    (0..channels).map(|it| channel(it).collect()).collect()
}

#[cfg(all(test, any(feature = "mp3", feature = "vorbis")))]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own_samples() {
        assert_eq!(
            planes(&[1.0, -1.0, 2.0, -2.0], 2),
            [[1.0, 2.0], [-1.0, -2.0]]
        );
    }
}
