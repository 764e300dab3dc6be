//! Music files as samples, block by block: never a whole track in memory.
//!
//! The format is recognised by the content, not by the name. What encoders add at both ends is
//! trimmed, so that a frame of the decoder is a frame of the track.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::profiles::{
    CODEC_PROFILE_AAC_HE, CODEC_PROFILE_AAC_HE_V2, CODEC_PROFILE_AAC_LC, CODEC_PROFILE_AAC_USAC,
};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::mp4;
use super::ogg;
use super::opus::OpusDecoder;
use super::tags::Tags;

/// Twice full scale: a master may well decode above 1.0, damage decodes to a hundred times that.
const LOUDEST: f32 = 2.0;
/// A damaged file may yield this many packets without a sample before it is given up.
const MAX_EMPTY_PACKETS: u32 = 10_000;
/// Channels a frame may have.
const MAX_CHANNELS: usize = 8;
/// What is missing at the end is said from this share of the track on, and from half a second.
const LOST_SHARE: f64 = 0.01;

/// A music file that is being decoded.
pub struct Decoder {
    format: Box<dyn FormatReader>,
    codec: Codec,
    track: u32,
    sample_rate: u32,
    channels: usize,
    /// What each channel adds to the left and to the right.
    sides: Vec<[f32; 2]>,
    tags: Tags,
    /// Frames that the file promises.
    promised: Option<u64>,
    /// Frames at the start that are not part of the track.
    skip: u64,
    /// Frames after which the track ends, whatever follows.
    end: Option<u64>,
    given: u64,
    damaged: u64,
    block: Vec<f32>,
    /// The block is read but not given yet.
    first_is_read: bool,
}

enum Codec {
    Symphonia(Box<dyn AudioDecoder>),
    Opus(Box<OpusDecoder>),
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("sample_rate", &self.sample_rate)
            .field("channels", &self.channels)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

impl Decoder {
    /// Opens a file and reads its tags.
    ///
    /// # Errors
    /// [`DecodeError`] if the file cannot be read, or holds no sound that can be decoded.
    pub fn open(path: &Path) -> Result<Self, DecodeError> {
        let mut file = File::open(path)?;
        let kind = Kind::of(&mut file)?.ok_or(DecodeError::NotMusic)?;
        let mp4 = if kind == Kind::Mp4 {
            mp4::first_sound_track(&mut file)?
        } else {
            mp4::SoundTrack::default()
        };
        if matches!(
            &mp4.codec,
            Some([b'd', b'r', b'm', _] | [b'e', b'n', b'c', _])
        ) {
            return Err(DecodeError::Protected);
        }
        let granule = if kind == Kind::Ogg {
            ogg::last_granule(&mut file)?
        } else {
            None
        };
        let wave_tags = if kind == Kind::Wave {
            Tags::of_wave(&mut file)?
        } else {
            Tags::default()
        };
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let mut format = symphonia::default::get_probe()
            .probe(
                &Hint::new(),
                stream,
                FormatOptions::default(),
                MetadataOptions::default(),
            )
            .map_err(DecodeError::from_symphonia)?;
        let mut tags = wave_tags;
        tags.read(&mut *format);
        let track = format
            .first_track_known_codec(TrackType::Audio)
            .ok_or(DecodeError::NoSound)?;
        let parameters = audio_parameters(track)?;
        let codec = Codec::new(parameters)?;
        let track_id = track.id;
        let sample_rate = parameters.sample_rate.ok_or(DecodeError::NoSound)?;
        if !(8_000..=384_000).contains(&sample_rate) {
            return Err(DecodeError::Unsupported(format!(
                "a sample rate of {sample_rate} Hz"
            )));
        }
        let channels = match &codec {
            Codec::Opus(opus) => opus.channels(),
            // Some formats say it only with the first packet.
            Codec::Symphonia(_) => parameters.channels.as_ref().map_or(0, Channels::count),
        };
        let skip = match &codec {
            Codec::Opus(_) => u64::from(track.delay.unwrap_or(0)),
            Codec::Symphonia(_) => 0,
        };
        let granule = granule.map(|frames| frames.saturating_sub(skip));
        let promised = track.num_frames.or(granule).filter(|frames| *frames > 0);
        let mut decoder = Self {
            skip,
            track: track_id,
            format,
            codec,
            sample_rate,
            channels,
            sides: Vec::new(),
            tags,
            promised,
            end: None,
            given: 0,
            damaged: 0,
            block: Vec::new(),
            first_is_read: false,
        };
        if kind == Kind::Mp4 {
            decoder.trim_mp4(mp4.edit);
        }
        // The first block says how many channels there are, and whether anything can be decoded at
        // all.
        if !decoder.read_block() {
            return Err(DecodeError::NoSound);
        }
        decoder.first_is_read = true;
        decoder.sides = decoder.find_sides();
        Ok(decoder)
    }

    /// Frames a second.
    #[must_use]
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Samples a frame, 1 to 8.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// What each channel of a frame adds to the left and to the right of stereo.
    #[must_use]
    pub fn sides(&self) -> &[[f32; 2]] {
        &self.sides
    }

    /// The duration that the file states, if any.
    #[must_use]
    pub fn promised(&self) -> Option<Duration> {
        self.promised.map(|frames| self.duration(frames))
    }

    /// The tags of the file.
    #[must_use]
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The duration decoded so far.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.duration(self.given)
    }

    /// The next samples, channel by channel in turn, each within -2 to 2 and finite; `None` at the
    /// end.
    pub fn next_block(&mut self) -> Option<&[f32]> {
        if std::mem::take(&mut self.first_is_read) || self.read_block() {
            Some(&self.block)
        } else {
            None
        }
    }

    /// What was lost, once the end is reached: parts that could not be decoded, or an end that is
    /// missing.
    #[must_use]
    pub fn lost(&self) -> Option<Duration> {
        let promised = self.promised.unwrap_or(0);
        let missing = promised.saturating_sub(self.given);
        let slack = (promised as f64 * LOST_SHARE).max(f64::from(self.sample_rate) / 2.0);
        (missing as f64 > slack).then(|| self.duration(missing))
    }

    /// Packets that could not be decoded and were left out.
    #[must_use]
    pub fn damaged_packets(&self) -> u64 {
        self.damaged
    }

    /// Once the first block is decoded, which is when some formats say where their channels are.
    fn find_sides(&self) -> Vec<[f32; 2]> {
        let positions = match &self.codec {
            Codec::Opus(opus) => opus.positions(),
            Codec::Symphonia(decoder) => positions(decoder.last_decoded().spec().channels()),
        };
        sides(&positions, self.channels)
    }

    fn duration(&self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.sample_rate))
    }

    /// AAC comes with frames at both ends that are not part of the track; symphonia leaves them to
    /// the caller (its issue 544). Where they lie is in the edit list, or in a tag of iTunes.
    fn trim_mp4(&mut self, edit: Option<mp4::Edit>) {
        let rate = u64::from(self.sample_rate);
        let (start, length) = match (edit, self.tags.gapless()) {
            (Some(edit), _) => {
                let start = edit.start.saturating_mul(rate) / u64::from(edit.ticks_per_second);
                (start, edit.length_ms.saturating_mul(rate) / 1_000)
            }
            (None, Some((start, length))) => (start, length),
            (None, None) => return,
        };
        // What would leave nothing of a track is not to be believed.
        if self.promised.is_some_and(|frames| start >= frames) {
            return;
        }
        self.skip = start;
        let stored = self.promised.map(|frames| frames - start);
        // A length in milliseconds may reach past the last frame.
        self.promised = match (stored, length) {
            (stored, 0) => stored,
            (Some(stored), length) => Some(stored.min(length)),
            (None, length) => Some(length),
        };
        self.end = self.promised;
    }

    /// Reads the next samples that are part of the track into the block.
    fn read_block(&mut self) -> bool {
        let mut empty = 0;
        while empty < MAX_EMPTY_PACKETS && self.end.is_none_or(|end| self.given < end) {
            empty += 1;
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id != self.track => continue,
                Ok(Some(packet)) => {
                    if !self.codec.decode(
                        &packet,
                        &mut self.block,
                        self.sample_rate,
                        &mut self.channels,
                    ) {
                        self.damaged += 1;
                        continue;
                    }
                }
                // What a demuxer cannot read it passes over, where it can.
                Err(SymphoniaError::DecodeError(_)) => {
                    self.damaged += 1;
                    continue;
                }
                Ok(None) | Err(_) => return false,
            }
            self.trim();
            if !self.block.is_empty() {
                for sample in &mut self.block {
                    *sample = if sample.is_finite() {
                        sample.clamp(-LOUDEST, LOUDEST)
                    } else {
                        0.0
                    };
                }
                return true;
            }
        }
        false
    }

    /// Takes from the block what is not part of the track.
    fn trim(&mut self) {
        let channels = self.channels.max(1);
        let mut frames = self.block.len() / channels;
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(frames);
        if skipped > 0 {
            self.block.drain(..skipped * channels);
            self.skip -= skipped as u64;
            frames -= skipped;
        }
        if let Some(end) = self.end {
            let left = usize::try_from(end - self.given).unwrap_or(usize::MAX);
            frames = frames.min(left);
            self.block.truncate(frames * channels);
        }
        self.given += frames as u64;
    }
}

impl Codec {
    fn new(parameters: &AudioCodecParameters) -> Result<Self, DecodeError> {
        if parameters.codec == CODEC_ID_OPUS {
            return OpusDecoder::new(parameters.extra_data.as_deref().unwrap_or(&[]))
                .map(|decoder| Self::Opus(Box::new(decoder)));
        }
        if parameters.codec == CODEC_ID_AAC {
            match parameters.profile {
                None | Some(CODEC_PROFILE_AAC_LC) => {}
                Some(CODEC_PROFILE_AAC_HE | CODEC_PROFILE_AAC_HE_V2) => {
                    return Err(DecodeError::HeAac);
                }
                Some(CODEC_PROFILE_AAC_USAC) => {
                    return Err(DecodeError::Unsupported("xHE-AAC".into()));
                }
                Some(_) => return Err(DecodeError::Unsupported("this profile of AAC".into())),
            }
            let channels = parameters.channels.as_ref().map_or(0, Channels::count);
            if channels > 2 {
                return Err(DecodeError::Unsupported(format!(
                    "AAC with {channels} channels"
                )));
            }
        }
        symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map(Self::Symphonia)
            .map_err(DecodeError::from_symphonia)
    }

    /// Decodes a packet into a block with this number of channels; if it is zero, the first packet
    /// sets it.
    fn decode(
        &mut self,
        packet: &Packet,
        block: &mut Vec<f32>,
        sample_rate: u32,
        channels: &mut usize,
    ) -> bool {
        match self {
            Self::Opus(opus) => opus.decode(packet, block),
            Self::Symphonia(decoder) => {
                let Ok(sound) = decoder.decode(packet) else {
                    return false;
                };
                let found = sound.spec().channels().count();
                if sound.spec().rate() != sample_rate || !(1..=MAX_CHANNELS).contains(&found) {
                    return false;
                }
                sound.copy_to_vec_interleaved(block);
                if *channels == 0 {
                    *channels = found;
                } else if found != *channels {
                    *block = remixed(block, found, *channels);
                }
                true
            }
        }
    }
}

/// Where the channels of a frame are, in their order.
fn positions(channels: &Channels) -> Vec<Position> {
    let count = u32::try_from(channels.count()).unwrap_or(0);
    let found = match channels {
        Channels::Positioned(positions) => Some(*positions),
        _ => Position::from_wave_channel_count(count),
    };
    found.map_or_else(Vec::new, |positions| positions.iter().collect())
}

/// What each channel adds to the left and to the right, by ITU-R BS.775: the centre and the
/// surrounds 3 dB lower, no subwoofer. A single channel is heard on both sides, and so is one whose
/// place is not known.
fn sides(positions: &[Position], channels: usize) -> Vec<[f32; 2]> {
    const LOWER: f32 = std::f32::consts::FRAC_1_SQRT_2;
    if channels == 1 {
        return vec![[1.0, 1.0]];
    }
    let side = |position: &Position| match *position {
        Position::FRONT_LEFT => [1.0, 0.0],
        Position::FRONT_RIGHT => [0.0, 1.0],
        Position::REAR_LEFT | Position::SIDE_LEFT | Position::FRONT_LEFT_CENTER => [LOWER, 0.0],
        Position::REAR_RIGHT | Position::SIDE_RIGHT | Position::FRONT_RIGHT_CENTER => [0.0, LOWER],
        Position::FRONT_CENTER => [LOWER, LOWER],
        Position::LFE1 | Position::LFE2 => [0.0, 0.0],
        _ => [0.5, 0.5],
    };
    let known = positions.iter().map(side);
    known
        .chain(std::iter::repeat([0.5, 0.5]))
        .take(channels)
        .collect()
}

/// Samples of `from` channels as samples of `to`, for a file that changes halfway: all play the
/// mean.
fn remixed(block: &[f32], from: usize, to: usize) -> Vec<f32> {
    let frames = block.chunks_exact(from);
    let means = frames.map(|frame| frame.iter().sum::<f32>() / from as f32);
    means
        .flat_map(|mean| std::iter::repeat_n(mean, to))
        .collect()
}

fn audio_parameters(track: &Track) -> Result<&AudioCodecParameters, DecodeError> {
    let parameters = track.codec_params.as_ref().and_then(CodecParameters::audio);
    parameters.ok_or(DecodeError::NoSound)
}

/// The format of a file, detected from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Wave,
    Mp4,
    Ogg,
    Other,
}

impl Kind {
    /// `None` if it is not music; the file is rewound to its start.
    fn of(file: &mut (impl Read + Seek)) -> io::Result<Option<Self>> {
        let mut start = [0; 12];
        let mut filled = 0;
        while filled < start.len() {
            match file.read(&mut start[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        file.seek(SeekFrom::Start(0))?;
        Ok(match &start {
            [
                b'R',
                b'I',
                b'F' | b'X',
                b'F' | b'X',
                _,
                _,
                _,
                _,
                b'W',
                b'A',
                b'V',
                b'E',
            ] => Some(Self::Wave),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'f', b'L', b'a', b'C', ..] | [b'I', b'D', b'3', ..] => Some(Self::Other),
            // The sync word of MP3 (layer III) and of AAC in ADTS (layer 0).
            [0xFF, second, ..] if second & 0xE0 == 0xE0 && matches!(second & 0x06, 0x00 | 0x02) => {
                Some(Self::Other)
            }
            _ => None,
        })
    }
}

/// Whether the first bytes of a file are those of a music file, whatever its name.
///
/// # Errors
/// Those of opening and reading it.
pub fn is_music(path: &Path) -> io::Result<bool> {
    Ok(Kind::of(&mut File::open(path)?)?.is_some())
}

/// Why a file cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its first bytes match no supported format.
    #[error("not a music file: MP3, M4A, FLAC, Ogg Vorbis, Opus and WAV are read")]
    NotMusic,
    /// Nothing in it could be decoded.
    #[error("holds no sound that can be decoded")]
    NoSound,
    /// HE-AAC, by its profile.
    #[error("HE-AAC cannot be decoded: convert it to AAC-LC, MP3 or Opus")]
    HeAac,
    /// Bought music under copy protection.
    #[error("protected by DRM: it cannot be decoded")]
    Protected,
    /// An unsupported variant of a format.
    #[error("cannot decode {0}")]
    Unsupported(String),
    /// Damaged from the start on.
    #[error("damaged: {0}")]
    Damaged(&'static str),
}

impl DecodeError {
    fn from_symphonia(error: SymphoniaError) -> Self {
        match error {
            SymphoniaError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::NoSound
            }
            SymphoniaError::IoError(error) => Self::Io(error),
            SymphoniaError::Unsupported(what) => Self::Unsupported(what.into()),
            SymphoniaError::DecodeError(what) | SymphoniaError::LimitError(what) => {
                Self::Damaged(what)
            }
            _ => Self::NoSound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let kind = |bytes: &[u8]| Kind::of(&mut Cursor::new(bytes)).unwrap();
        assert_eq!(kind(b"RIFF\x24\0\0\0WAVEfmt "), Some(Kind::Wave));
        assert_eq!(kind(b"\0\0\0\x1cftypM4A \0\0"), Some(Kind::Mp4));
        assert_eq!(kind(b"ID3\x04\0"), Some(Kind::Other));
        assert_eq!(kind(b"\xff\xfb\x90\x64"), Some(Kind::Other));
        assert_eq!(kind(b"\xff\xd8\xff\xe0JFIF"), None); // a picture
        assert_eq!(kind(b"RIFF\x24\0\0\0AVI LIST"), None);
        assert_eq!(kind(b""), None);
    }

    #[test]
    fn each_channel_is_heard_on_its_side_and_the_subwoofer_on_none() {
        let of = |channels: &Channels| sides(&positions(channels), channels.count());
        assert_eq!(of(&Channels::Discrete(1)), [[1.0, 1.0]]);
        assert_eq!(of(&Channels::Discrete(2)), [[1.0, 0.0], [0.0, 1.0]]);
        let low = std::f32::consts::FRAC_1_SQRT_2;
        let surround = [
            [1.0, 0.0],
            [0.0, 1.0],
            [low, low],
            [0.0, 0.0],
            [low, 0.0],
            [0.0, low],
        ];
        assert_eq!(of(&Channels::Discrete(6)), surround);
        assert_eq!(sides(&[], 3), [[0.5, 0.5]; 3]);
    }

    #[test]
    fn a_change_of_channels_keeps_the_frames() {
        assert_eq!(remixed(&[0.5, 0.25], 1, 2), [0.5, 0.5, 0.25, 0.25]);
        assert_eq!(remixed(&[0.5, 0.25, 1.0, 0.0], 2, 1), [0.375, 0.5]);
    }
}
