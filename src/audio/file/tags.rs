//! Metadata of a file: title, artist, album, track, tempo and length, in the fields of each format.

use std::time::Duration;

use crate::number::one_decimal;
use crate::tempo::Tempo;

/// The metadata that a player shows. The length is not included, since the writer of the sound
/// knows it best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    title: String,
    album: String,
    track: Option<Track>,
    tempo: Option<Tempo>,
}

/// The number of a file among those of its album, from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// Which it is.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// Who made the sound, for players that sort by artist; the album too, where there is no other.
const ARTIST: &str = "cadence";

impl Tags {
    /// The name of the file's only track, and its tempo, where it has one from beginning to end.
    #[must_use]
    pub fn new(title: String, tempo: Option<Tempo>) -> Self {
        Self {
            title,
            album: ARTIST.to_owned(),
            track: None,
            tempo,
        }
    }

    /// The same as a track of an album.
    #[must_use]
    pub fn on_album(self, album: String, track: Track) -> Self {
        Self {
            album,
            track: Some(track),
            ..self
        }
    }

    /// The same by another name, made of this one's.
    #[must_use]
    pub fn titled(self, title: impl FnOnce(&str) -> String) -> Self {
        Self {
            title: title(&self.title),
            ..self
        }
    }

    /// The name of the file's only track.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// As Vorbis comments: the names that players and taggers read. `BPM`, `TRACKTOTAL` and
    /// `LENGTH` are not in the specification; `BPM` and `LENGTH` (in milliseconds) are what ID3's
    /// `TBPM` and `TLEN` become elsewhere.
    pub(super) fn comments(&self, length: Duration) -> Vec<(&'static str, String)> {
        let mut comments = vec![
            ("TITLE", self.title.clone()),
            ("ARTIST", ARTIST.to_owned()),
            ("ALBUM", self.album.clone()),
            ("LENGTH", length.as_millis().to_string()),
        ];
        if let Some(Track { number, of }) = self.track {
            comments.push(("TRACKNUMBER", number.to_string()));
            comments.push(("TRACKTOTAL", of.to_string()));
        }
        comments.extend(self.tempo.map(|tempo| ("BPM", one_decimal(tempo.bpm()))));
        comments
    }

    /// As an ID3 tag, version 2.4, text in UTF-8.
    #[cfg(any(feature = "mp3", test))]
    pub(super) fn id3(&self, length: Duration) -> Vec<u8> {
        let mut frames = text_frame(*b"TIT2", &self.title);
        frames.extend(text_frame(*b"TPE1", ARTIST));
        frames.extend(text_frame(*b"TALB", &self.album));
        if let Some(Track { number, of }) = self.track {
            frames.extend(text_frame(*b"TRCK", &format!("{number}/{of}")));
        }
        frames.extend(text_frame(*b"TLEN", &length.as_millis().to_string()));
        if let Some(tempo) = self.tempo {
            // A whole number, by the format.
            frames.extend(text_frame(*b"TBPM", &tempo.bpm().round().to_string()));
        }
        let mut tag = b"ID3\x04\x00\x00".to_vec(); // version 2.4.0, no flags
        tag.extend(seven_bits_each(frames.len()));
        tag.extend(frames);
        tag
    }
}

#[cfg(any(feature = "mp3", test))]
fn text_frame(id: [u8; 4], text: &str) -> Vec<u8> {
    let mut frame = id.to_vec();
    frame.extend(seven_bits_each(text.len() + 1));
    frame.extend([0, 0]); // no flags
    frame.push(3); // UTF-8
    frame.extend(text.as_bytes());
    frame
}

/// A size as ID3 writes it: no byte of it may look like the start of an MP3 frame.
#[cfg(any(feature = "mp3", test))]
fn seven_bits_each(size: usize) -> [u8; 4] {
    // The low byte alone is kept, on purpose.
    [21, 14, 7, 0].map(|shift| (size >> shift).to_le_bytes()[0] & 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tempo: Option<&str>) -> Tags {
        let tempo = tempo.map(|tempo| tempo.parse().unwrap());
        Tags::new("Lauf für 30m".to_owned(), tempo)
    }

    fn third_of_8() -> Tags {
        tags(Some("170.5")).on_album("faded8".to_owned(), Track { number: 3, of: 8 })
    }

    #[test]
    fn comments_have_title_artist_album_track_length_and_tempo() {
        let length = Duration::from_millis(1_800_123);
        assert_eq!(
            third_of_8().comments(length),
            [
                ("TITLE", "Lauf für 30m".to_owned()),
                ("ARTIST", "cadence".to_owned()),
                ("ALBUM", "faded8".to_owned()),
                ("LENGTH", "1800123".to_owned()),
                ("TRACKNUMBER", "3".to_owned()),
                ("TRACKTOTAL", "8".to_owned()),
                ("BPM", "170.5".to_owned())
            ]
        );
        let comments = tags(None).comments(length);
        assert_eq!(comments.len(), 4);
        assert_eq!(comments[2], ("ALBUM", "cadence".to_owned()));
    }

    #[test]
    fn an_id3_tag_has_every_byte_of_the_format() {
        let expected = [
            b"ID3\x04\x00\x00\x00\x00\x00\x69".as_slice(), // 24 + 18 + 17 + 14 + 18 + 14 = 105 bytes of frames
            b"TIT2\x00\x00\x00\x0e\x00\x00\x03Lauf f\xc3\xbcr 30m",
            b"TPE1\x00\x00\x00\x08\x00\x00\x03cadence",
            b"TALB\x00\x00\x00\x07\x00\x00\x03faded8",
            b"TRCK\x00\x00\x00\x04\x00\x00\x033/8",
            b"TLEN\x00\x00\x00\x08\x00\x00\x031800123",
            b"TBPM\x00\x00\x00\x04\x00\x00\x03171",
        ];
        let made = third_of_8().id3(Duration::from_millis(1_800_123));
        assert_eq!(made, expected.concat());
    }

    #[test]
    fn a_size_has_seven_bits_a_byte() {
        assert_eq!(seven_bits_each(0x7f), [0, 0, 0, 0x7f]);
        assert_eq!(seven_bits_each(0x80), [0, 0, 1, 0]);
        assert_eq!(seven_bits_each(0x0fff_ffff), [0x7f; 4]);
    }
}
