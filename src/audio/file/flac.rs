//! A source as a FLAC file: the very samples of the WAV file, in a twentieth of its size.
//!
//! Encoded by flacenc, frame by frame, with predictors of fixed coefficients alone: the other kind
//! saves 3 % of a click track's size and takes four times as long. The checksum of all samples in
//! the header is left open, as the format allows: it would have to be known before the first sample
//! is written, and each frame has its own checksum.
//!
//! The format: RFC 9639 (2024).

use std::fmt::Display;
use std::io::Write;
use std::ops::ControlFlow;

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, MetadataBlockData, Stream, StreamInfo};
use flacenc::config;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Fill, FrameBuf};

use crate::audio::file::EncodeError;
use crate::audio::file::blocks::{self, Block, Blocks};
use crate::audio::file::tags::Tags;
use crate::audio::source::Source;
use crate::schedule::Frame;

/// The highest rate that flacenc takes; the format itself goes further.
pub(super) const MAX_HZ: u32 = 96_000;

/// Samples of a channel in a FLAC frame: the size that every player takes.
const FRAME: usize = 4_096;

/// FLAC frames that a thread encodes at a time: five seconds at 48 kHz.
const FRAMES_IN_BLOCK: usize = 64;

/// The number of a metadata block of Vorbis comments.
const VORBIS_COMMENT: u8 = 4;

/// Writes a source, from its position to its end, as a FLAC file. `on_block` receives the position
/// after each block and may end the writing, which leaves the file incomplete.
///
/// # Errors
/// [`EncodeError`], with `Rate` above [`MAX_HZ`].
pub(super) fn write(
    out: &mut impl Write,
    source: &mut dyn Source<i16>,
    tags: &Tags,
    on_block: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<(), EncodeError> {
    let end = source.end().ok_or(EncodeError::Endless)?;
    let rate = source.rate();
    let hz = usize::try_from(rate.hz().min(MAX_HZ + 1)).unwrap_or(usize::MAX);
    let length = end.since(source.position());
    let channels = source.layout().samples(1);

    let mut info = StreamInfo::new(hz, channels, 16).map_err(|_| EncodeError::Rate(rate))?;
    info.set_block_sizes(FRAME, FRAME).map_err(failed)?;
    info.set_frame_sizes(0, 0).map_err(failed)?; // not known beforehand
    info.set_total_samples(usize::try_from(length.count()).map_err(failed)?);
    let mut header = Stream::with_stream_info(info.clone());
    let comments = comment_block(&tags.comments(length.duration(rate)));
    header.add_metadata_block(
        MetadataBlockData::new_unknown(VORBIS_COMMENT, &comments).map_err(failed)?,
    );
    let mut sink = ByteSink::new();
    header.write(&mut sink).map_err(failed)?;
    out.write_all(sink.as_slice())?;

    let mut config = config::Encoder::default();
    config.subframe_coding.use_lpc = false;
    let config = config.into_verified().map_err(|(_, error)| failed(error))?;
    let blocks = Blocks::new(source, end, FRAME * FRAMES_IN_BLOCK, 0);
    blocks::write(out, blocks, |block| encode(block, &info, &config), on_block)
}

fn encode(
    block: &Block<i16>,
    info: &StreamInfo,
    config: &Verified<config::Encoder>,
) -> Result<Vec<u8>, EncodeError> {
    let mut sink = ByteSink::new();
    let mut buffer = FrameBuf::with_size(info.channels(), FRAME).map_err(failed)?;
    let first = usize::try_from(block.index).map_err(failed)? * FRAMES_IN_BLOCK;
    for (number, samples) in (first..).zip(block.samples.chunks(FRAME * info.channels())) {
        let samples: Vec<i32> = samples.iter().copied().map(i32::from).collect();
        buffer.fill_interleaved(&samples).map_err(failed)?;
        let frame = flacenc::encode_fixed_size_frame(config, &buffer, number, info);
        frame.map_err(failed)?.write(&mut sink).map_err(failed)?;
    }
    Ok(sink.into_inner())
}

/// Vorbis comments as a metadata block holds them: each text after its length.
fn comment_block(comments: &[(&str, String)]) -> Vec<u8> {
    // No title comes near 4 GiB.
    let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
    let mut block = Vec::new();
    let put = |block: &mut Vec<u8>, text: &str| {
        block.extend(size(text.len()));
        block.extend(text.as_bytes());
    };
    put(&mut block, "cadence"); // the vendor
    block.extend(size(comments.len()));
    for (name, value) in comments {
        put(&mut block, &format!("{name}={value}"));
    }
    block
}

/// What flacenc refuses.
fn failed(error: impl Display) -> EncodeError {
    EncodeError::Encoder(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_come_after_their_lengths() {
        let comments = [("TITLE", "für 30m".to_owned()), ("BPM", "170".to_owned())];
        let expected = [
            b"\x07\0\0\0cadence".as_slice(),
            b"\x02\0\0\0",
            b"\x0e\0\0\0TITLE=f\xc3\xbcr 30m",
            b"\x07\0\0\0BPM=170",
        ];
        assert_eq!(comment_block(&comments), expected.concat());
    }
}
