//! A source as an Ogg Vorbis file, the smallest of all.
//!
//! Encoded by libvorbis, with the aoTuV and Lancer patches, through `vorbis_rs`; on one thread,
//! since each block of the sound overlaps the next. The length is in the position of the last page,
//! so nothing is cut off or added.
//!
//! The format: Vorbis I specification (Xiph.Org, 2020), RFC 3533 (2003).

use std::fmt::Display;
use std::io::Write;
use std::num::{NonZeroU8, NonZeroU32};
use std::ops::ControlFlow;

use vorbis_rs::{VorbisBitrateManagementStrategy, VorbisEncoderBuilder, VorbisError};

use crate::audio::file::tags::Tags;
use crate::audio::file::{EncodeError, pull};
use crate::audio::source::Source;
use crate::schedule::{Frame, Frames};

/// libvorbis' scale goes from −0.2 to 1. Measured on the click at 48 kHz: the error is 30 dB below
/// it, and the file smaller than at 0.2, where it is 27 dB below.
const QUALITY: f32 = 0.5;

/// The least number of bytes of sound in a page. If a whole file is one page, ffmpeg and symphonia
/// cannot distinguish the part to trim at its beginning from the part to trim at its end; with
/// pages this small that affects only files up to a tenth of a second, and costs 5 % of the size.
const PAGE_BYTES: u16 = 100;

/// The serial number of the only stream: the same in every file, so that the same run gives the
/// same bytes.
const SERIAL: i32 = 1;

/// Frames that the encoder is given at a time.
const BLOCK: usize = 8_192;

/// Writes a source, from its position to its end, as an Ogg Vorbis file. `on_block` receives the
/// position after each block and may end the writing, which leaves the file incomplete.
///
/// # Errors
/// [`EncodeError`]; every rate is possible.
pub(super) fn write(
    out: &mut impl Write,
    source: &mut dyn Source<f32>,
    tags: &Tags,
    on_block: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<(), EncodeError> {
    let end = source.end().ok_or(EncodeError::Endless)?;
    let rate = source.rate();
    let mut now = source.position();
    let length = end.since(now);
    let channels = source.layout().channels();
    let hz = NonZeroU32::new(rate.hz()).ok_or(EncodeError::Rate(rate))?;
    let planes = NonZeroU8::try_from(channels).map_err(failed)?;
    let mut encoder = VorbisEncoderBuilder::new_with_serial(hz, planes, &mut *out, SERIAL)
        .comment_tags(tags.comments(length.duration(rate)))
        .map_err(refused)?
        .bitrate_management_strategy(VorbisBitrateManagementStrategy::QualityVbr {
            target_quality: QUALITY,
        })
        .minimum_page_data_size(Some(PAGE_BYTES))
        .build()
        .map_err(refused)?;

    let channels = usize::from(channels.get());
    let mut block = vec![0.0; BLOCK * channels];
    while now < end {
        let until = end.min(now + Frames::from_count(BLOCK as u64));
        // At most a block.
        let frames = usize::try_from(until.since(now).count()).unwrap_or(BLOCK);
        let part = &mut block[..frames * channels];
        part.fill(0.0);
        pull::fill_silence(source, part, &mut |_| {})?;
        encoder
            .encode_audio_block(pull::planes(part, channels))
            .map_err(refused)?;
        now = until;
        if on_block(now).is_break() {
            return Err(EncodeError::Stopped);
        }
    }
    encoder.finish().map_err(refused)?;
    Ok(out.flush()?)
}

/// An error of `out` as it was; what libvorbis refuses as text.
fn refused(error: VorbisError) -> EncodeError {
    match error {
        VorbisError::Io(error) => EncodeError::Io(error),
        other => failed(other),
    }
}

fn failed(error: impl Display) -> EncodeError {
    EncodeError::Encoder(error.to_string())
}
