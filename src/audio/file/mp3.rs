//! A source as an MP3 file, with a header that lets players trim both ends.
//!
//! An MP3 encoder and its decoder delay the sound and fill up the last frame. The frame that LAME
//! put at the head of a file, and that players read since, says by how much, so that each click is
//! heard on its frame and the end is where it was.
//!
//! Encoded by `rusty_mp3`, a frame at a time and without the bit reservoir, in which a frame may
//! borrow from those before it: so blocks of frames can be encoded apart, and the size of the file
//! is known before its first byte.
//!
//! The format: ISO/IEC 11172-3 and 13818-3; the first frame: LAME's "Mp3 Info Tag" rev. 1.

use std::io::Write;
use std::ops::ControlFlow;

use rusty_mp3::Mp3Encode;
use rusty_mp3::encode::lametag::{self, ENCODER_DELAY};
use rusty_mp3::header::FrameHeader;

use crate::audio::file::blocks::{self, Block, Blocks};
use crate::audio::file::tags::Tags;
use crate::audio::file::{EncodeError, pull};
use crate::audio::source::{Layout, Source};
use crate::schedule::{Frame, Frames};

/// A channel's share of the bit rate. Measured on the click at 48 kHz: the error is 37 dB below it,
/// where 32 kbit/s leave 29 dB, with a hiss before the click, and 64 kbit/s leave 43 dB.
const KBPS_OF_CHANNEL: u32 = 48;

/// The same for music, at the rates of MPEG-1 and at those below it, which have no higher one.
const KBPS_OF_MUSIC: [u32; 2] = [96, 80];

/// MP3 frames that a thread encodes at a time: six seconds at 48 kHz.
const FRAMES_IN_BLOCK: usize = 256;

/// MP3 frames that an encoder hears before those of its block. Its filters reach back by less than
/// two frames, and the kind of window goes back to its rest within two more.
const LOOK_BACK: usize = 4;

/// Writes a source, from its position to its end, as an MP3 file. `on_block` receives the position
/// after each block and may end the writing, which leaves the file incomplete.
///
/// # Errors
/// [`EncodeError`], with `Rate` for any that is not in [`MP3_RATES_HZ`](super::MP3_RATES_HZ).
pub(super) fn write(
    out: &mut impl Write,
    source: &mut dyn Source<f32>,
    tags: &Tags,
    on_block: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<(), EncodeError> {
    let end = source.end().ok_or(EncodeError::Endless)?;
    let rate = source.rate();
    let start = source.position();
    let length = end.since(start);
    let channels = source.layout().channels().get();
    let of_channel = match source.layout() {
        Layout::Stereo => KBPS_OF_MUSIC[usize::from(rate.hz() < 32_000)],
        Layout::Mono | Layout::LeftRight => KBPS_OF_CHANNEL,
    };
    let kbps = of_channel * u32::from(channels);
    let header = rusty_mp3::encoder_header(rate.hz(), channels, kbps)
        .map_err(|_| EncodeError::Rate(rate))?;
    out.write_all(&tags.id3(length.duration(rate)))?;
    out.write_all(&info_frame(&header, length.count()))?;

    let frame = header.version.samples_per_frame();
    let coded = lametag::frames_for(length.count(), ENCODER_DELAY, frame) * frame as u64;
    let coded_end = start + Frames::from_count(coded);
    let blocks = Blocks::new(
        source,
        coded_end,
        FRAMES_IN_BLOCK * frame,
        LOOK_BACK * frame,
    );
    blocks::write(
        out,
        blocks,
        |block| encode(block, &header),
        &mut |position| on_block(position.min(end)),
    )
}

fn encode(block: &Block<f32>, header: &FrameHeader) -> Result<Vec<u8>, EncodeError> {
    let channels = header.channel_mode.channels();
    let frame = header.version.samples_per_frame() * channels;
    let mut encoder = Mp3Encode::new();
    let mut encode = |samples: &[f32]| {
        encoder
            .encode_frame(header, &pull::planes(samples, channels), None)
            .map_err(|error| EncodeError::Encoder(error.to_string()))
    };
    for samples in block.before.chunks_exact(frame) {
        encode(samples)?;
    }
    let mut bytes = Vec::new();
    for samples in block.samples.chunks_exact(frame) {
        bytes.extend(encode(samples)?);
    }
    Ok(bytes)
}

/// The frame at the head of the file: silence to a player that knows no better, to all others how
/// many frames follow, where they are, and how much of them is not of the sound.
fn info_frame(header: &FrameHeader, length: u64) -> Vec<u8> {
    let samples = header.version.samples_per_frame();
    let frames = lametag::frames_for(length, ENCODER_DELAY, samples);
    let padding = lametag::padding_for(length, ENCODER_DELAY, samples);
    let head = lametag::tag_header(header);
    let bytes = head.frame_size() as u64 + frames * header.frame_size() as u64;
    // The fields have 32 bits; all ones is as near as they come to a stereo file of more than four
    // days.
    let short = |size: u64| u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
    // Where each percent of the time is, in 256ths of the bytes.
    let percent = |percent: u8| u8::try_from(u16::from(percent) * 256 / 100).unwrap_or(u8::MAX);
    // Twelve bits each.
    let cut = u32::try_from((ENCODER_DELAY as u64) << 12 | padding).unwrap_or(u32::MAX);

    let mut frame = head.to_bytes().to_vec();
    frame.resize(4 + head.side_info_len(), 0);
    frame.extend(b"Info"); // of a constant bit rate
    frame.extend(15_u32.to_be_bytes()); // all four fields follow
    frame.extend(short(frames)); // frames, this one not counted
    frame.extend(short(bytes)); // bytes, this one counted
    frame.extend((0..100).map(percent));
    frame.extend(0_u32.to_be_bytes()); // quality: not given
    frame.extend(b"LAMEcaden"); // the encoder; players look for the first four letters
    frame.push(1); // revision 0, constant bit rate
    frame.extend([0; 11]); // low-pass, peak, gains, flags, bit rate: not given
    frame.extend(&cut.to_be_bytes()[1..]);
    frame.extend([0; 4]); // source, gain, preset: not given
    frame.extend(short(bytes)); // of music, by which this frame too is meant
    frame.extend([0; 2]); // checksum of the music, which is not made yet: not given
    frame.extend(lametag::crc16(0, &frame).to_be_bytes());
    frame.resize(head.frame_size(), 0);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::metronome::Metronome;
    use crate::audio::source::Layout;
    use crate::audio::voice::{Accent, Voice};
    use crate::schedule::{Cue, Pace, SampleRate, TempoMap};
    use std::iter;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn the_first_frame_tells_what_is_not_of_the_sound() {
        // Mono at 48 kHz: frames of 1,152 samples and 144 bytes. 59,999 samples after the encoder's
        // 528 and before the decoder's 529 fill 53 frames to the last sample.
        let header = rusty_mp3::encoder_header(48_000, 1, 48).unwrap();
        let frame = info_frame(&header, 59_999);
        // All fields need 177 bytes, so its own bit rate is 64 kbit/s, the fifth in the list: 192
        // bytes.
        assert_eq!(&frame[..4], [0xff, 0xfb, 0x54, 0xc4]);
        assert_eq!(frame.len(), 192);
        let fields = &frame[4 + 17..];
        assert_eq!(&fields[..8], b"Info\0\0\0\x0f");
        assert_eq!(&fields[8..12], 53_u32.to_be_bytes());
        assert_eq!(&fields[12..16], (192 + 53 * 144_u32).to_be_bytes());
        assert_eq!((fields[16], fields[66], fields[115]), (0, 128, 253));
        assert_eq!(&fields[120..124], b"LAME");
        assert_eq!(&fields[141..144], [0x21, 0x02, 0x11]); // 528 and 529, of twelve bits each
    }

    #[test]
    fn blocks_encoded_apart_are_what_one_encoder_makes() {
        let rate = SampleRate::from_hz(32_000).unwrap();
        let mut map = TempoMap::new(rate);
        map.push(
            Duration::from_secs(20),
            Pace::Steady("173.3".parse().unwrap()),
            Cue::On,
        )
        .unwrap();
        let voice = Voice::new(Sound::Timbre(Timbre::Wood))
            .with_accent(Accent::LeftRight)
            .with_layout(Layout::LeftRight);
        let header = rusty_mp3::encoder_header(32_000, 2, 96).unwrap();
        let map = Arc::new(map);
        // 20 s are 555.5 frames.
        let encoded = |frames: usize| -> Vec<u8> {
            let mut metronome = Metronome::new(Arc::clone(&map), &voice).unwrap();
            let end = Frame::after(Frames::from_count(555 * 1_152));
            let mut blocks = Blocks::new(&mut metronome, end, frames * 1_152, LOOK_BACK * 1_152);
            iter::from_fn(|| blocks.next().unwrap())
                .flat_map(|block| encode(&block, &header).unwrap())
                .collect()
        };
        let whole = encoded(555);
        for frames in [5, 7, 64] {
            assert!(encoded(frames) == whole, "in blocks of {frames}");
        }
    }
}
