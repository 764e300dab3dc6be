//! A metronome as a WAV file: 16-bit PCM, with a header that is right from its first byte on.
//!
//! The header is written here rather than by hound, which is used to read: hound writes a sample at a time (a third to a
//! seventh of the speed of a plain write), wants to seek back for the length, and ends at 4 GiB. Here the length is known
//! beforehand, so a file can be a pipe, and past 4 GiB it is RF64 (EBU Tech 3306, 2018).

use std::io::{self, Write};
use std::ops::ControlFlow;

use crate::audio::metronome::{Metronome, Pcm16, Sample};
use crate::schedule::{Frame, Frames, SampleRate};

/// Bytes of a 16-bit sample.
const SAMPLE_BYTES: u64 = 2;

/// What is written at a time: about the size at which a write costs no more than its bytes.
const BLOCK_BYTES: usize = 1 << 20;

/// The header of a WAV file that holds `frames` frames; RF64 where the sizes pass 32 bits.
#[must_use]
pub fn header(rate: SampleRate, channels: u16, frames: Frames) -> Vec<u8> {
    let frame_bytes = u64::from(channels) * SAMPLE_BYTES;
    let data_bytes = frames.count() * frame_bytes;
    // What follows the first eight bytes: "WAVE", the format chunk and the data chunk with its header.
    let riff_bytes = 4 + 24 + 8 + data_bytes;
    let fits = u32::try_from(riff_bytes).is_ok();

    let mut bytes = Vec::with_capacity(80);
    let short = |size: u64| u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes(); // all ones: see ds64
    if fits {
        bytes.extend(b"RIFF"); // ChunkID
        bytes.extend(short(riff_bytes)); // ChunkSize
        bytes.extend(b"WAVE"); // Format
    } else {
        bytes.extend(b"RF64"); // ChunkID
        bytes.extend(u32::MAX.to_le_bytes()); // ChunkSize: see ds64
        bytes.extend(b"WAVE"); // Format
        bytes.extend(b"ds64"); // ChunkID
        bytes.extend(28_u32.to_le_bytes()); // ChunkSize
        bytes.extend((riff_bytes + 36).to_le_bytes()); // RIFF size, with this chunk
        bytes.extend(data_bytes.to_le_bytes()); // data size
        bytes.extend(frames.count().to_le_bytes()); // sample count
        bytes.extend(0_u32.to_le_bytes()); // table length
    }
    bytes.extend(b"fmt "); // Subchunk1ID
    bytes.extend(16_u32.to_le_bytes()); // Subchunk1Size
    bytes.extend(1_u16.to_le_bytes()); // AudioFormat: PCM
    bytes.extend(channels.to_le_bytes()); // NumChannels
    bytes.extend(rate.hz().to_le_bytes()); // SampleRate
    bytes.extend((rate.hz() * frame_bytes as u32).to_le_bytes()); // ByteRate
    bytes.extend((frame_bytes as u16).to_le_bytes()); // BlockAlign
    bytes.extend((SAMPLE_BYTES as u16 * 8).to_le_bytes()); // BitsPerSample
    bytes.extend(b"data"); // Subchunk2ID
    bytes.extend(if fits {
        short(data_bytes)
    } else {
        u32::MAX.to_le_bytes()
    }); // Subchunk2Size
    bytes
}

/// Writes a metronome, from its position to its end, as a WAV file. `on_block` is told the position after each block and may
/// end the writing, which leaves the file incomplete.
///
/// # Errors
/// Those of `out`; [`io::ErrorKind::InvalidInput`] for a metronome that never ends, [`io::ErrorKind::Interrupted`] where
/// `on_block` said so.
pub fn write(
    out: &mut impl Write,
    rate: SampleRate,
    mut metronome: Metronome<Pcm16>,
    mut on_block: impl FnMut(Frame) -> ControlFlow<()>,
) -> io::Result<()> {
    let end = metronome.end().ok_or(io::ErrorKind::InvalidInput)?;
    let channels = metronome.channels();
    let header = header(rate, channels, end.since(metronome.position()));
    out.write_all(&header)?;
    let frame_bytes = SAMPLE_BYTES as usize * usize::from(channels);
    let mut block = vec![Pcm16::SILENCE; BLOCK_BYTES / SAMPLE_BYTES as usize];
    let mut sounds = Vec::new();
    // The first block is shorter by the header, so that the others begin on a page of the file: an eighth faster.
    let mut room = BLOCK_BYTES - header.len();
    while metronome.position() < end {
        let frames = end
            .since(metronome.position())
            .count()
            .min((room / frame_bytes) as u64);
        let part = &mut block[..frames as usize * usize::from(channels)];
        metronome.fill_silence(part, |sound| sounds.push(sound));
        out.write_all(part.as_flattened())?;
        for sound in sounds.drain(..) {
            part[sound].fill(Pcm16::SILENCE);
        }
        if on_block(metronome.position()).is_break() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        room = BLOCK_BYTES;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::metronome::{Layout, Voice};
    use crate::schedule::{Cue, Pace, TempoMap};
    use std::sync::Arc;
    use std::time::Duration;

    fn hz(hz: u32) -> SampleRate {
        SampleRate::from_hz(hz).unwrap()
    }

    fn metronome(layout: Layout, seconds: u64) -> Metronome<Pcm16> {
        let mut map = TempoMap::new(hz(8_000));
        let tempo = "170".parse().unwrap();
        map.push(Duration::from_secs(seconds), Pace::Steady(tempo), Cue::On)
            .unwrap();
        let voice = Voice::new(Sound::Timbre(Timbre::Wood)).with_layout(layout);
        Metronome::new(Arc::new(map), &voice)
    }

    #[test]
    fn the_header_has_every_field_of_the_format() {
        let expected = [
            b"RIFF".as_slice(),
            &[44, 0, 0, 0],
            b"WAVE",
            b"fmt ",
            &[16, 0, 0, 0],
            &[1, 0],
            &[2, 0],
            &[0x80, 0xbb, 0, 0],
            &[0, 0xee, 2, 0],
            &[4, 0],
            &[16, 0],
            b"data",
            &[8, 0, 0, 0],
        ];
        assert_eq!(
            header(hz(48_000), 2, Frames::from_count(2)),
            expected.concat()
        );
    }

    #[test]
    fn past_4_gib_the_header_is_rf64() {
        // The largest that fits: 36 + 2n ≤ 2³² − 1.
        let largest = Frames::from_count((u64::from(u32::MAX) - 36) / 2);
        let fits = header(hz(48_000), 1, largest);
        assert_eq!(
            (&fits[..4], &fits[4..8], fits.len()),
            (b"RIFF".as_slice(), [0xfe, 0xff, 0xff, 0xff].as_slice(), 44)
        );

        let larger = header(hz(48_000), 1, Frames::from_count(largest.count() + 1));
        assert_eq!(larger.len(), 80);
        assert_eq!(&larger[..8], b"RF64\xff\xff\xff\xff");
        assert_eq!(&larger[12..20], b"ds64\x1c\0\0\0");
        let size = |at: usize| u64::from_le_bytes(larger[at..at + 8].try_into().unwrap());
        assert_eq!(size(20), 72 + 2 * size(36)); // all that follows the first eight bytes
        assert_eq!(
            (size(28), size(36)),
            (2 * (largest.count() + 1), largest.count() + 1)
        );
        assert_eq!(&larger[72..], b"data\xff\xff\xff\xff");
    }

    #[test]
    fn another_reader_finds_the_very_samples() {
        for (layout, channels) in [(Layout::Mono, 1), (Layout::LeftRight, 2)] {
            let mut file = Vec::new();
            write(&mut file, hz(8_000), metronome(layout, 70), |_| {
                ControlFlow::Continue(())
            })
            .unwrap();
            let mut wav = hound::WavReader::new(&file[..]).unwrap();
            assert_eq!(
                (wav.spec().channels, wav.spec().sample_rate, wav.duration()),
                (channels, 8_000, 560_000)
            );
            let read: Vec<i16> = wav.samples().map(Result::unwrap).collect();
            let mut made = vec![[0; 2]; read.len()];
            metronome(layout, 70).fill(&mut made);
            assert!(made.iter().map(|&bytes| i16::from_le_bytes(bytes)).eq(read));
        }
    }

    #[test]
    fn writing_ends_where_it_is_told_to() {
        let mut blocks = 0;
        let stopped = write(
            &mut io::sink(),
            hz(8_000),
            metronome(Layout::Mono, 3_600),
            |_| {
                blocks += 1;
                if blocks == 2 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        assert_eq!(
            (stopped.unwrap_err().kind(), blocks),
            (io::ErrorKind::Interrupted, 2)
        );
    }

    #[test]
    fn what_never_ends_is_no_file() {
        let mut map = TempoMap::new(hz(8_000));
        map.push_endless("170".parse().unwrap(), Cue::On).unwrap();
        let voice = Voice::new(Sound::Timbre(Timbre::Wood));
        let mut file = Vec::new();
        let refused = write(
            &mut file,
            hz(8_000),
            Metronome::new(Arc::new(map), &voice),
            |_| ControlFlow::Continue(()),
        );
        assert_eq!(
            (refused.unwrap_err().kind(), file.len()),
            (io::ErrorKind::InvalidInput, 0)
        );
    }
}
