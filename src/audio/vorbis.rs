//! A metronome as an Ogg Vorbis file, the smallest of all.
//!
//! Encoded by libvorbis, with the aoTuV and Lancer patches, through `vorbis_rs`; on one thread, since each block of the sound
//! overlaps the next. The length is in the position of the last page, so nothing is cut off or added.
//!
//! The format: Vorbis I specification (Xiph.Org, 2020), RFC 3533 (2003).

use std::io::{self, Write};
use std::num::{NonZeroU8, NonZeroU32};
use std::ops::ControlFlow;

use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoderBuilder, VorbisError};

use crate::audio::metronome::Metronome;
use crate::audio::tags::Tags;
use crate::schedule::{Frame, SampleRate};

/// libvorbis' scale goes from −0.2 to 1. Measured on the click at 48 kHz: the error is 30 dB below it, and the file smaller
/// than at 0.2, where it is 27 dB below.
const QUALITY: f32 = 0.5;

/// Bytes of sound in a page, at the least. Where a whole file is one page, ffmpeg and symphonia cannot tell what to leave out
/// at its beginning from what to leave out at its end; with pages this small that is over at a tenth of a second, and costs
/// 5 % of the size.
const PAGE_BYTES: u16 = 100;

/// What tells the only stream of a file from others: the same in each, so that the same run is the same file.
const SERIAL: i32 = 1;

/// Frames that the encoder is given at a time.
const BLOCK: u64 = 8_192;

/// Writes a metronome, from its position to its end, as an Ogg Vorbis file. `on_block` is told the position after each block
/// and may end the writing, which leaves the file incomplete.
///
/// # Errors
/// Those of `out`; [`io::ErrorKind::InvalidInput`] for a metronome that never ends,
/// [`io::ErrorKind::Interrupted`] where `on_block` said so.
pub fn write(
    out: &mut impl Write,
    rate: SampleRate,
    mut metronome: Metronome<f32>,
    tags: &Tags,
    mut on_block: impl FnMut(Frame) -> ControlFlow<()>,
) -> io::Result<()> {
    let end = metronome.end().ok_or(io::ErrorKind::InvalidInput)?;
    let length = end.since(metronome.position());
    let channels = usize::from(metronome.channels());
    let (Some(hz), Some(planes)) = (NonZeroU32::new(rate.hz()), NonZeroU8::new(channels as u8))
    else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut encoder = VorbisEncoderBuilder::new_with_serial(hz, planes, &mut *out, SERIAL)
        .comment_tags(tags.comments(length.duration(rate)))
        .map_err(failed)?
        .bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr {
            target_quality: QUALITY,
        })
        .minimum_page_data_size(Some(PAGE_BYTES))
        .build()
        .map_err(failed)?;

    let mut block = vec![0.0; BLOCK as usize * channels];
    while metronome.position() < end {
        let frames = end.since(metronome.position()).count().min(BLOCK);
        let part = &mut block[..frames as usize * channels];
        metronome.fill(part);
        let channel = |channel| -> Vec<f32> {
            let samples = part.iter().skip(channel).step_by(channels);
            samples.copied().collect()
        };
        let planes: Vec<Vec<f32>> = (0..channels).map(channel).collect();
        encoder.encode_audio_block(planes).map_err(failed)?;
        if on_block(metronome.position()).is_break() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    encoder.finish().map_err(failed)?;
    out.flush()
}

/// An error of `out` as it was; what libvorbis refuses as text.
fn failed(error: VorbisError) -> io::Error {
    match error {
        VorbisError::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidInput, other.to_string()),
    }
}
