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
