//! What a file says about itself beside its sound: title, tempo and length, in the words of each format.

use std::time::Duration;

use crate::number::one_decimal;
use crate::tempo::Tempo;

/// What a player shows of a file. The length is no part of it, since whoever writes the sound knows that best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    title: String,
    tempo: Option<Tempo>,
}

impl Tags {
    /// The name of the file's only track, and its tempo, where it has one from beginning to end.
    #[must_use]
    pub fn new(title: String, tempo: Option<Tempo>) -> Self {
        Self { title, tempo }
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

    /// As Vorbis comments: the names that players and taggers read. The specification fixes `TITLE` alone; `BPM` and `LENGTH`
    /// (in milliseconds) are what ID3's `TBPM` and `TLEN` become elsewhere.
    #[must_use]
    pub fn comments(&self, length: Duration) -> Vec<(&'static str, String)> {
        let mut comments = vec![
            ("TITLE", self.title.clone()),
            ("LENGTH", length.as_millis().to_string()),
        ];
        comments.extend(self.tempo.map(|tempo| ("BPM", one_decimal(tempo.bpm()))));
        comments
    }

    /// As an ID3 tag, version 2.4, text in UTF-8.
    #[must_use]
    pub fn id3(&self, length: Duration) -> Vec<u8> {
        let mut frames = text_frame(*b"TIT2", &self.title);
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

fn text_frame(id: [u8; 4], text: &str) -> Vec<u8> {
    let mut frame = id.to_vec();
    frame.extend(seven_bits_each(text.len() + 1));
    frame.extend([0, 0]); // no flags
    frame.push(3); // UTF-8
    frame.extend(text.as_bytes());
    frame
}

/// A size as ID3 writes it: no byte of it may look like the start of an MP3 frame.
fn seven_bits_each(size: usize) -> [u8; 4] {
    // The low byte alone is kept, on purpose.
    [21, 14, 7, 0].map(|shift| (size >> shift).to_le_bytes()[0] & 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tempo: Option<&str>) -> Tags {
        Tags {
            title: "Lauf für 30m".to_owned(),
            tempo: tempo.map(|tempo| tempo.parse().unwrap()),
        }
    }

    #[test]
    fn comments_have_title_length_and_tempo() {
        let length = Duration::from_millis(1_800_123);
        assert_eq!(
            tags(Some("170.5")).comments(length),
            [
                ("TITLE", "Lauf für 30m".to_owned()),
                ("LENGTH", "1800123".to_owned()),
                ("BPM", "170.5".to_owned())
            ]
        );
        assert_eq!(tags(None).comments(length).len(), 2);
    }

    #[test]
    fn an_id3_tag_has_every_byte_of_the_format() {
        let expected = [
            b"ID3\x04\x00\x00\x00\x00\x00\x38".as_slice(), // 24 + 18 + 14 = 56 bytes of frames
            b"TIT2\x00\x00\x00\x0e\x00\x00\x03Lauf f\xc3\xbcr 30m",
            b"TLEN\x00\x00\x00\x08\x00\x00\x031800123",
            b"TBPM\x00\x00\x00\x04\x00\x00\x03171",
        ];
        let made = tags(Some("170.5")).id3(Duration::from_millis(1_800_123));
        assert_eq!(made, expected.concat());
    }

    #[test]
    fn a_size_has_seven_bits_a_byte() {
        assert_eq!(seven_bits_each(0x7f), [0, 0, 0, 0x7f]);
        assert_eq!(seven_bits_each(0x80), [0, 0, 1, 0]);
        assert_eq!(seven_bits_each(0x0fff_ffff), [0x7f; 4]);
    }
}
