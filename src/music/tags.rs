//! The tags of a music file: artist, title, tempo and loudness.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use symphonia::core::formats::FormatReader;
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::{
    MetadataOptions, MetadataReader, MetadataRevision, RawValue, StandardTag, Tag,
};
use symphonia::default::meta::Id3v2Reader;

/// The largest block of tags in a WAV file that is read; one with a picture may well be larger.
const MAX_WAVE_TAGS: u32 = 256 * 1_024;
/// Chunks of a WAV file to look through for its tags.
const MAX_CHUNKS: usize = 1_000;
/// Longer text is cut: nobody reads it, and it would fill the index.
const MAX_TEXT: usize = 200;

/// The tags of a music file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    /// The artist.
    pub artist: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// Beats per minute.
    pub bpm: Option<TaggedTempo>,
    /// `ReplayGain` of the track in decibels: what brings it to -18 LUFS.
    pub gain_db: Option<f64>,
    gapless: Option<(u64, u64)>,
}

/// A tempo as a tag has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaggedTempo {
    /// Beats per minute.
    pub bpm: f64,
    /// A whole number, which may be off by half a beat.
    pub is_whole: bool,
}

impl TaggedTempo {
    /// How far the true tempo may be from the tag, in beats per minute.
    #[must_use]
    pub fn tolerance(self) -> f64 {
        if self.is_whole { 0.5 } else { 0.05 }
    }

    /// Parses the forms that programs write: `172`, `172.5`, `172,5`, `172 BPM`, `17250`; zero is
    /// no tempo.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        if !unit.trim().is_empty() && !unit.trim().eq_ignore_ascii_case("bpm") {
            return None;
        }
        let mut bpm: f64 = number.replace(',', ".").parse().ok()?;
        let mut is_whole = bpm.fract() == 0.0;
        // Some programs leave out the point.
        for _ in 0..2 {
            if bpm > 500.0 {
                bpm /= 10.0;
                is_whole = false;
            }
        }
        (30.0..=300.0)
            .contains(&bpm)
            .then_some(Self { bpm, is_whole })
    }
}

impl Tags {
    /// Frames to skip at the start, and frames of the track, as iTunes writes them for AAC.
    pub(super) fn gapless(&self) -> Option<(u64, u64)> {
        self.gapless
    }

    /// Takes what a file that was opened has, where nothing is known yet.
    pub(super) fn read(&mut self, format: &mut dyn FormatReader) {
        let mut metadata = format.metadata();
        loop {
            let popped = metadata.pop();
            let Some(revision) = popped.as_ref().or_else(|| metadata.current()) else {
                return;
            };
            self.take(revision);
            if popped.is_none() {
                return;
            }
        }
    }

    /// The tags of a WAV file are in a chunk that symphonia passes over; it is left at its start.
    pub(super) fn of_wave(file: &mut (impl Read + Seek)) -> io::Result<Self> {
        let mut tags = Self::default();
        let chunk = id3_chunk(file);
        file.seek(SeekFrom::Start(0))?;
        // What is cut off has no tags.
        if let Some(chunk) = chunk.unwrap_or_default() {
            let stream = MediaSourceStream::new(
                Box::new(Cursor::new(chunk)),
                MediaSourceStreamOptions::default(),
            );
            let reader = Id3v2Reader::try_new(stream, MetadataOptions::default());
            if let Ok(read) = reader.and_then(|mut reader| reader.read_all()) {
                tags.take(&read.revision);
            }
        }
        Ok(tags)
    }

    fn take(&mut self, revision: &MetadataRevision) {
        let tracks = revision.per_track.iter().map(|track| &track.metadata);
        for tag in std::iter::once(&revision.media)
            .chain(tracks)
            .flat_map(|media| &media.tags)
        {
            self.take_tag(tag);
        }
    }

    fn take_tag(&mut self, tag: &Tag) {
        let text = text_of(&tag.raw.value);
        match &tag.std {
            Some(StandardTag::Artist(artist)) => keep(&mut self.artist, shown(artist)),
            Some(StandardTag::TrackTitle(title)) => keep(&mut self.title, shown(title)),
            Some(StandardTag::ReplayGainTrackGain(gain)) => keep(&mut self.gain_db, decibels(gain)),
            // Verbatim: the standard tag is a whole number.
            Some(StandardTag::Bpm(_)) => keep(&mut self.bpm, TaggedTempo::parse(&text)),
            _ => {
                // In ID3 the name that a program chose is a field of the frame; elsewhere it ends
                // the key.
                let field = tag
                    .raw
                    .sub_fields
                    .as_ref()
                    .and_then(|fields| fields.first());
                let field = field.map(|field| text_of(&field.value));
                let key = field
                    .filter(|_| tag.raw.key == "TXXX")
                    .unwrap_or_else(|| tag.raw.key.clone());
                let key = key.to_ascii_uppercase();
                let name = key.rsplit([':', '/']).next().unwrap_or_default();
                match name {
                    "BPM" | "TBPM" | "TMPO" | "TEMPO" => {
                        keep(&mut self.bpm, TaggedTempo::parse(&text));
                    }
                    "REPLAYGAIN_TRACK_GAIN" => keep(&mut self.gain_db, decibels(&text)),
                    // RFC 7845: 256ths of a decibel to -23 LUFS.
                    "R128_TRACK_GAIN" => {
                        let gain = text.parse::<i16>().ok();
                        keep(
                            &mut self.gain_db,
                            gain.map(|gain| f64::from(gain) / 256.0 + 5.0),
                        );
                    }
                    "ITUNSMPB" => keep(&mut self.gapless, gapless(&text)),
                    _ => {}
                }
            }
        }
    }
}

/// The first that has it is right: the tags proper are read before those at the end of a file.
fn keep<T>(known: &mut Option<T>, found: Option<T>) {
    if known.is_none() {
        *known = found;
    }
}

fn text_of(value: &RawValue) -> String {
    match value {
        RawValue::String(text) => text.to_string(),
        RawValue::StringList(list) => list.first().cloned().unwrap_or_default(),
        RawValue::UnsignedInt(number) => number.to_string(),
        RawValue::SignedInt(number) => number.to_string(),
        RawValue::Float(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Text of one line, of a length that can be shown, without what would steer a terminal.
fn shown(text: &str) -> Option<String> {
    let text = text.split('\0').next().unwrap_or_default();
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let text: String = printable.take(MAX_TEXT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `-7.3 dB`.
fn decibels(text: &str) -> Option<f64> {
    let number = text
        .trim()
        .trim_end_matches(|c: char| c.is_alphabetic() || c.is_whitespace());
    let gain: f64 = number.replace(',', ".").parse().ok()?;
    (-60.0..=60.0).contains(&gain).then_some(gain)
}

/// ` 00000000 00000840 000001CA 00000000003F31F6 …`: delay, padding and length, in hexadecimal.
fn gapless(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text
        .split_whitespace()
        .map(|number| u64::from_str_radix(number, 16).ok());
    let delay = numbers.nth(1)??;
    let length = numbers.nth(1)??;
    Some((delay, length))
}

fn id3_chunk(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(12))?;
    for _ in 0..MAX_CHUNKS {
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let [a, b, c, d, length @ ..] = header;
        let length = u32::from_le_bytes(length);
        if [a, b, c].eq_ignore_ascii_case(b"id3") && d == b' ' && length <= MAX_WAVE_TAGS {
            let mut chunk = Vec::new();
            file.take(length.into()).read_to_end(&mut chunk)?;
            return Ok(Some(chunk));
        }
        // Chunks begin at even bytes.
        file.seek(SeekFrom::Current(i64::from(length) + i64::from(length % 2)))?;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempi_are_read_as_programs_write_them() {
        let bpm = |text| TaggedTempo::parse(text).map(|tempo| (tempo.bpm, tempo.is_whole));
        assert_eq!(bpm("172"), Some((172.0, true)));
        assert_eq!(bpm(" 172,5 "), Some((172.5, false)));
        assert_eq!(bpm("172 BPM"), Some((172.0, true)));
        assert_eq!(bpm("1725"), Some((172.5, false)));
        assert_eq!(bpm("17250"), Some((172.5, false)));
        for none in [
            "0",
            "",
            "29",
            "allegro",
            "120 or so",
            "172500",
            "1.2.3",
            "nan",
        ] {
            assert_eq!(bpm(none), None, "{none}");
        }
    }

    #[test]
    fn loudness_and_trims_are_read_as_programs_write_them() {
        assert_eq!(decibels("-7.30 dB"), Some(-7.3));
        assert_eq!(decibels("+2,5"), Some(2.5));
        assert_eq!(decibels("loud"), None);
        let smpb = " 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000";
        assert_eq!(gapless(smpb), Some((2_112, 4_141_558)));
        assert_eq!(gapless("00000000 0000"), None);
    }

    #[test]
    fn names_are_shown_on_one_line() {
        assert_eq!(shown(" A\nB\u{1b}[31m\0rest "), Some("A B [31m".into()));
        assert_eq!(shown(" \0"), None);
    }
}
