//! A source as a WAV file: 16-bit PCM, with a header that is right from its first byte on.
//!
//! The header is written here rather than by hound, which is used to read: hound writes a sample at
//! a time (a third to a seventh of the speed of a plain write), wants to seek back for the length,
//! and ends at 4 GiB. Here the length is known beforehand, so a file can be a pipe, and past 4 GiB
//! it is RF64 (EBU Tech 3306, 2018).

use std::io::Write;
use std::num::NonZero;
use std::ops::ControlFlow;

use crate::audio::file::{EncodeError, pull};
use crate::audio::source::{Pcm16, Sample, Source};
use crate::schedule::{Frame, Frames, SampleRate};

/// Bytes of a 16-bit sample.
const SAMPLE_BYTES: u16 = 2;

/// What is written at a time: about the size at which a write costs no more than its bytes.
const BLOCK_BYTES: usize = 1 << 20;

/// The header of a WAV file that holds `frames` frames; RF64 where the sizes pass 32 bits.
fn header(rate: SampleRate, channels: NonZero<u16>, frames: Frames) -> Vec<u8> {
    let frame_bytes = channels.get() * SAMPLE_BYTES;
    let data_bytes = frames.count() * u64::from(frame_bytes);
    // What follows the first eight bytes: "WAVE", the format chunk and the data chunk with its
    // header.
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
    bytes.extend(channels.get().to_le_bytes()); // NumChannels
    bytes.extend(rate.hz().to_le_bytes()); // SampleRate
    bytes.extend((rate.hz() * u32::from(frame_bytes)).to_le_bytes()); // ByteRate
    bytes.extend(frame_bytes.to_le_bytes()); // BlockAlign
    bytes.extend((SAMPLE_BYTES * 8).to_le_bytes()); // BitsPerSample
    bytes.extend(b"data"); // Subchunk2ID
    bytes.extend(if fits {
        short(data_bytes)
    } else {
        u32::MAX.to_le_bytes()
    }); // Subchunk2Size
    bytes
}

/// Writes a source, from its position to its end, as a WAV file. `on_block` receives the position
/// after each block and may end the writing, which leaves the file incomplete.
///
/// # Errors
/// [`EncodeError`]; every rate is possible.
pub(super) fn write(
    out: &mut impl Write,
    source: &mut dyn Source<Pcm16>,
    on_block: &mut dyn FnMut(Frame) -> ControlFlow<()>,
) -> Result<(), EncodeError> {
    let end = source.end().ok_or(EncodeError::Endless)?;
    let mut now = source.position();
    let channels = source.layout().channels();
    let header = header(source.rate(), channels, end.since(now));
    out.write_all(&header)?;
    let channels = usize::from(channels.get());
    let sample_bytes = usize::from(SAMPLE_BYTES);
    let mut block = vec![Pcm16::SILENCE; BLOCK_BYTES / sample_bytes];
    let mut sounds = Vec::new();
    // The first block is shorter by the header, so that the others begin on a page of the file: an
    // eighth faster.
    let mut room = BLOCK_BYTES - header.len();
    while now < end {
        let frames = (room / (sample_bytes * channels)) as u64;
        let until = end.min(now + Frames::from_count(frames));
        // At most the room for it.
        let samples = usize::try_from(until.since(now).count()).unwrap_or(room) * channels;
        let part = &mut block[..samples];
        pull::fill_silence(source, part, &mut |sound| sounds.push(sound))?;
        out.write_all(part.as_flattened())?;
        for sound in sounds.drain(..) {
            part[sound].fill(Pcm16::SILENCE);
        }
        now = until;
        if on_block(now).is_break() {
            return Err(EncodeError::Stopped);
        }
        room = BLOCK_BYTES;
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::metronome::Metronome;
    use crate::audio::source::Layout;
    use crate::audio::source::fake::Slope;
    use crate::audio::voice::Voice;
    use crate::schedule::{Cue, Pace, TempoMap};
    use std::io;
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
        Metronome::new(Arc::new(map), &voice).unwrap()
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
            header(
                hz(48_000),
                Layout::LeftRight.channels(),
                Frames::from_count(2)
            ),
            expected.concat()
        );
    }

    #[test]
    fn past_4_gib_the_header_is_rf64() {
        // The largest that fits: 36 + 2n ≤ 2³² − 1.
        let largest = Frames::from_count((u64::from(u32::MAX) - 36) / 2);
        let fits = header(hz(48_000), Layout::Mono.channels(), largest);
        assert_eq!(
            (&fits[..4], &fits[4..8], fits.len()),
            (b"RIFF".as_slice(), [0xfe, 0xff, 0xff, 0xff].as_slice(), 44)
        );

        let larger = header(
            hz(48_000),
            Layout::Mono.channels(),
            Frames::from_count(largest.count() + 1),
        );
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
            write(&mut file, &mut metronome(layout, 70), &mut |_| {
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
            let _ = metronome(layout, 70).fill(&mut made);
            assert!(made.iter().map(|&bytes| i16::from_le_bytes(bytes)).eq(read));
        }
    }

    #[test]
    fn writing_ends_where_it_is_told_to() {
        let mut blocks = 0;
        let mut source = metronome(Layout::Mono, 3_600);
        let stopped = write(&mut io::sink(), &mut source, &mut |_| {
            blocks += 1;
            if blocks == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(stopped, Err(EncodeError::Stopped)));
        assert_eq!(blocks, 2);
    }

    #[test]
    fn what_never_ends_is_no_file() {
        let mut map = TempoMap::new(hz(8_000));
        map.push_endless("170".parse().unwrap(), Cue::On).unwrap();
        let voice = Voice::new(Sound::Timbre(Timbre::Wood));
        let mut file = Vec::new();
        let mut source = Metronome::new(Arc::new(map), &voice).unwrap();
        let refused = write(&mut file, &mut source, &mut |_| ControlFlow::Continue(()));
        assert!(matches!(refused, Err(EncodeError::Endless)));
        assert_eq!(file.len(), 0);
    }

    #[test]
    fn a_source_in_stereo_is_written_however_slowly_it_is_made() {
        let mut source = Slope {
            most: 7,
            ..Slope::new(8_000, 20)
        };
        let mut file = Vec::new();
        write(&mut file, &mut source, &mut |_| ControlFlow::Continue(())).unwrap();
        let mut wav = hound::WavReader::new(&file[..]).unwrap();
        assert_eq!((wav.spec().channels, wav.duration()), (2, 20));
        let read: Vec<i16> = wav.samples().map(Result::unwrap).collect();
        // 0.019 · 32,767 = 622.6
        assert_eq!((read[0], read[38], read[39]), (0, 623, -623));
    }

    #[test]
    fn a_source_that_fails_ends_the_writing_with_its_error() {
        let mut source = Slope {
            fails_at: Some(Frame::after(Frames::from_count(5))),
            ..Slope::new(8_000, 20)
        };
        let failed = write(&mut io::sink(), &mut source, &mut |_| {
            ControlFlow::Continue(())
        });
        assert!(matches!(failed, Err(EncodeError::Source(_))));
    }
}
