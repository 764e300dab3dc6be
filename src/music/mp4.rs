//! What an MP4 file says that symphonia does not pass on: which codec its sound is stored in, and
//! which part of it is played.

use std::io::{self, Read, Seek, SeekFrom};

/// No real file nests or lists more boxes on the way to its first sound track.
const MAX_BOXES: usize = 10_000;
/// A box that is read whole is small.
const MAX_PAYLOAD: u64 = 4_096;

/// The first sound track of an MP4 file, as far as its boxes could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SoundTrack {
    /// The four letters that name the codec: `mp4a`, `alac`, or `drms` under copy protection.
    pub(super) codec: Option<[u8; 4]>,
    /// The edit list.
    pub(super) edit: Option<Edit>,
}

/// The part of a track that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Where it begins, in ticks of the track.
    pub(super) start: u64,
    /// Ticks of the track a second.
    pub(super) ticks_per_second: u32,
    /// How long it is in milliseconds; zero is to the end.
    pub(super) length_ms: u64,
}

/// Reads the boxes of a file, and leaves it where it was.
///
/// # Errors
/// Those of reading; boxes that make no sense end the search instead.
pub(super) fn first_sound_track(file: &mut (impl Read + Seek)) -> io::Result<SoundTrack> {
    let here = file.stream_position()?;
    let end = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = Reader {
        file,
        boxes: 0,
        movie_ticks_per_second: 0,
        track: Track::default(),
        found: None,
    };
    let outcome = reader.walk(end);
    let found = reader.finish();
    file.seek(SeekFrom::Start(here))?;
    match outcome {
        // A file that is cut off says what it can.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(found),
    }
}

#[derive(Default)]
struct Track {
    is_sound: bool,
    codec: Option<[u8; 4]>,
    ticks_per_second: u32,
    /// Start in ticks of the track, and length in ticks of the movie.
    edit: Option<(u64, u64)>,
}

struct Reader<'a, F> {
    file: &'a mut F,
    boxes: usize,
    movie_ticks_per_second: u32,
    track: Track,
    found: Option<Track>,
}

impl<F: Read + Seek> Reader<'_, F> {
    /// Reads the boxes up to a byte of the file.
    fn walk(&mut self, end: u64) -> io::Result<()> {
        while self.found.is_none() && self.boxes < MAX_BOXES {
            let start = self.file.stream_position()?;
            if start.saturating_add(8) > end {
                return Ok(());
            }
            self.boxes += 1;
            let mut length = u64::from(self.u32()?);
            let name = self.four()?;
            if length == 1 {
                length = self.u64()?;
            }
            let next = if length == 0 {
                end
            } else {
                start.saturating_add(length)
            };
            let payload = self.file.stream_position()?;
            if next < payload || next > end {
                return Ok(());
            }
            match &name {
                b"moov" | b"mdia" | b"minf" | b"stbl" | b"edts" => self.walk(next)?,
                b"trak" => {
                    self.track = Track::default();
                    self.walk(next)?;
                    let track = std::mem::take(&mut self.track);
                    if track.is_sound {
                        self.found = Some(track);
                    }
                }
                b"mvhd" => self.movie_ticks_per_second = self.ticks_per_second()?,
                b"mdhd" => self.track.ticks_per_second = self.ticks_per_second()?,
                b"hdlr" => {
                    self.skip(8)?;
                    self.track.is_sound = &self.four()? == b"soun";
                }
                b"stsd" if next - payload >= 16 => {
                    self.skip(12)?;
                    self.track.codec = Some(self.four()?);
                }
                b"elst" if next - payload <= MAX_PAYLOAD => self.track.edit = self.edit()?,
                _ => {}
            }
            self.file.seek(SeekFrom::Start(next))?;
        }
        Ok(())
    }

    /// The first edit that plays something; those before it are pauses, with a start of -1.
    fn edit(&mut self) -> io::Result<Option<(u64, u64)>> {
        let long = self.u32()? >> 24 == 1;
        for _ in 0..self.u32()?.min(100) {
            let (length, start) = if long {
                (self.u64()?, self.u64()?)
            } else {
                let (length, start) = (self.u32()?, self.u32()?);
                let start = if start == u32::MAX {
                    u64::MAX
                } else {
                    u64::from(start)
                };
                (u64::from(length), start)
            };
            self.skip(4)?;
            if start != u64::MAX {
                return Ok(Some((start, length)));
            }
        }
        Ok(None)
    }

    /// Of `mvhd` and `mdhd`, which begin alike.
    fn ticks_per_second(&mut self) -> io::Result<u32> {
        let long = self.u32()? >> 24 == 1;
        self.skip(if long { 16 } else { 8 })?;
        self.u32()
    }

    fn finish(self) -> SoundTrack {
        let Some(track) = self.found else {
            return SoundTrack::default();
        };
        let movie = u64::from(self.movie_ticks_per_second);
        let edit = track.edit.and_then(|(start, length)| {
            let length_ms = length.checked_mul(1_000)?.checked_div(movie)?;
            (track.ticks_per_second > 0).then_some(Edit {
                start,
                ticks_per_second: track.ticks_per_second,
                length_ms,
            })
        });
        SoundTrack {
            codec: track.codec,
            edit,
        }
    }

    fn skip(&mut self, bytes: i64) -> io::Result<()> {
        self.file.seek(SeekFrom::Current(bytes)).map(drop)
    }

    fn four(&mut self) -> io::Result<[u8; 4]> {
        let mut bytes = [0; 4];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn u32(&mut self) -> io::Result<u32> {
        self.four().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn boxed(name: [u8; 4], payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len() + 8).unwrap();
        [&length.to_be_bytes(), name.as_slice(), payload].concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

    fn file(codec: [u8; 4]) -> Vec<u8> {
        let header = |rate| numbers(&[0, 0, 0, rate, 0]);
        let handler = [&numbers(&[0, 0]), b"soun".as_slice(), &[0; 12]].concat();
        let entry = [&numbers(&[0, 1, 36]), codec.as_slice(), &[0; 28]].concat();
        let table = boxed(*b"minf", &boxed(*b"stbl", &boxed(*b"stsd", &entry)));
        let media = [
            boxed(*b"mdhd", &header(44_100)),
            boxed(*b"hdlr", &handler),
            table,
        ]
        .concat();
        // A pause first, then from the 1024th frame on for 2.5 s.
        let edits = numbers(&[0, 2, 100, u32::MAX, 1 << 16, 2_500, 1_024, 1 << 16]);
        let track = [
            boxed(*b"edts", &boxed(*b"elst", &edits)),
            boxed(*b"mdia", &media),
        ]
        .concat();
        let movie = [boxed(*b"mvhd", &header(1_000)), boxed(*b"trak", &track)].concat();
        [
            boxed(*b"ftyp", b"M4A "),
            boxed(*b"mdat", &[7; 99]),
            boxed(*b"moov", &movie),
        ]
        .concat()
    }

    #[test]
    fn the_codec_and_the_edit_list_are_read() {
        let found = first_sound_track(&mut Cursor::new(file(*b"drms"))).unwrap();
        let edit = Edit {
            start: 1_024,
            ticks_per_second: 44_100,
            length_ms: 2_500,
        };
        assert_eq!((found.codec, found.edit), (Some(*b"drms"), Some(edit)));
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_is_no_fault() {
        let whole = file(*b"mp4a");
        for length in 0..whole.len() {
            first_sound_track(&mut Cursor::new(&whole[..length])).unwrap();
        }
    }
}
