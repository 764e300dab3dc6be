//! Sound as a file, in an encoding chosen by the file's name.
//!
//! - [`Encoding`]: WAV, FLAC, MP3 or Ogg Vorbis. Each takes any sound that ends.
//! - [`tags`]: title, artist and other metadata. [`m3u`]: several files as a playlist.

mod blocks;
mod flac;
pub mod m3u;
#[cfg(feature = "mp3")]
mod mp3;
mod pull;
pub mod tags;
#[cfg(feature = "vorbis")]
mod vorbis;
mod wav;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;

use crate::audio::file::tags::Tags;
use crate::audio::source::{Render, Sample, Source, SourceError};
use crate::schedule::{Frame, SampleRate};

/// The rates that MP3 has.
const MP3_RATES_HZ: [u32; 9] = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
];

/// The encoding of a sound file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Uncompressed.
    Wav,
    /// Lossless and compressed.
    Flac,
    /// Lossy, for every player (feature `mp3`).
    Mp3,
    /// Lossy, in the least space: Ogg Vorbis (feature `vorbis`).
    Ogg,
}

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 4] = [Self::Wav, Self::Flac, Self::Mp3, Self::Ogg];

    /// Its name, which is also the file extension.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
        }
    }

    /// The encoding for a file's extension; WAV if there is none.
    ///
    /// # Errors
    /// [`EncodingError::Extension`] for any other extension.
    pub fn of(path: &Path) -> Result<Self, EncodingError> {
        let Some(extension) = path.extension() else {
            return Ok(Self::Wav);
        };
        let found = Self::ALL
            .into_iter()
            .find(|encoding| extension.eq_ignore_ascii_case(encoding.name()));
        found.ok_or_else(|| EncodingError::Extension(extension.to_string_lossy().into_owned()))
    }

    /// Whether this build has the encoder.
    #[must_use]
    pub fn is_built(self) -> bool {
        match self {
            Self::Wav | Self::Flac => true,
            Self::Mp3 => cfg!(feature = "mp3"),
            Self::Ogg => cfg!(feature = "vorbis"),
        }
    }

    /// Checks that this build has the encoder, and that it supports a rate.
    ///
    /// # Errors
    /// [`EncodingError::NotBuilt`], or [`EncodingError::Rate`] with the supported rates.
    pub fn check(self, rate: SampleRate) -> Result<(), EncodingError> {
        if !self.is_built() {
            return Err(EncodingError::NotBuilt(self.name()));
        }
        let rates = match self {
            Self::Wav | Self::Ogg => None,
            Self::Flac => (rate.hz() > flac::MAX_HZ).then(|| format!("up to {}", flac::MAX_HZ)),
            Self::Mp3 => (!MP3_RATES_HZ.contains(&rate.hz()))
                .then(|| MP3_RATES_HZ.map(|hz| hz.to_string()).join(", ")),
        };
        rates.map_or(Ok(()), |rates| {
            Err(EncodingError::Rate {
                encoding: self.name(),
                rate,
                rates,
            })
        })
    }

    /// Writes a sound from beginning to end in one pass. `on_block` receives the position after
    /// each block and may end the writing, which leaves the file incomplete.
    ///
    /// # Errors
    /// [`EncodeError`], with `Rate` and `NotBuilt` where [`check`](Self::check) refuses.
    pub fn write(
        self,
        out: &mut impl Write,
        sound: &impl Render,
        tags: &Tags,
        on_block: &mut dyn FnMut(Frame) -> ControlFlow<()>,
    ) -> Result<(), EncodeError> {
        match self {
            Self::Wav => wav::write(out, &mut *source(sound)?, on_block),
            Self::Flac => flac::write(out, &mut *source(sound)?, tags, on_block),
            #[cfg(feature = "mp3")]
            Self::Mp3 => mp3::write(out, &mut *source(sound)?, tags, on_block),
            #[cfg(feature = "vorbis")]
            Self::Ogg => vorbis::write(out, &mut *source(sound)?, tags, on_block),
            #[cfg(not(all(feature = "mp3", feature = "vorbis")))]
            _ => Err(EncodeError::NotBuilt(self.name())),
        }
    }
}

fn source<S: Sample>(sound: &impl Render) -> Result<Box<dyn Source<S> + '_>, EncodeError> {
    sound.source().map_err(EncodeError::Source)
}

/// Why a file was not written completely.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The sound never ends.
    #[error("a sound without an end makes no file: give it a length")]
    Endless,
    /// The encoding does not support the rate.
    #[error("the encoding has no rate of {0}")]
    Rate(SampleRate),
    /// This build does not have the encoder.
    #[error("built without {0}")]
    NotBuilt(&'static str),
    /// The caller's `on_block` stopped the writing.
    #[error("the writing was stopped")]
    Stopped,
    /// The file cannot be written.
    #[error("cannot write the file")]
    Io(#[from] io::Error),
    /// The sound cannot be created.
    #[error("cannot make the sound")]
    Source(#[source] SourceError),
    /// The encoder refused its input.
    #[error("cannot encode the sound: {0}")]
    Encoder(String),
}

/// Why a file cannot be encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// An unknown extension.
    #[error("'.{0}' names no encoding: .wav, .flac, .mp3 or .ogg")]
    Extension(String),
    /// An encoding whose encoder this build does not have.
    #[error("built without {0}: build it with its default features, or write .wav or .flac")]
    NotBuilt(&'static str),
    /// A rate that the encoding does not support.
    #[error("{encoding} has no rate of {rate}: {rates} Hz")]
    Rate {
        /// The name of the encoding.
        encoding: &'static str,
        /// The requested rate.
        rate: SampleRate,
        /// The supported rates.
        rates: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::metronome::Clicks;
    use crate::audio::source::fake::Slope;
    use crate::audio::voice::Voice;
    use crate::schedule::{Cue, Pace, TempoMap};
    use std::sync::Arc;
    use std::time::Duration;

    /// Every encoding that this build has.
    fn built() -> impl Iterator<Item = Encoding> {
        Encoding::ALL.into_iter().filter(|it| it.is_built())
    }

    fn written(
        encoding: Encoding,
        map: TempoMap,
        mut on_block: impl FnMut(Frame) -> ControlFlow<()>,
    ) -> (Result<(), EncodeError>, Vec<u8>) {
        let clicks = Clicks {
            map: Arc::new(map),
            voice: &Voice::new(Sound::Timbre(Timbre::Wood)),
        };
        let tags = Tags::new("run".to_owned(), None);
        let mut file = Vec::new();
        let result = encoding.write(&mut file, &clicks, &tags, &mut on_block);
        (result, file)
    }

    fn map(rate: u32) -> TempoMap {
        TempoMap::new(SampleRate::from_hz(rate).unwrap())
    }

    fn minute(rate: u32) -> TempoMap {
        let mut map = map(rate);
        let pace = Pace::Steady("170".parse().unwrap());
        map.push(Duration::from_secs(60), pace, Cue::On).unwrap();
        map
    }

    #[test]
    fn each_encoding_tells_how_far_it_is_up_to_the_end() {
        for encoding in built() {
            let mut positions = vec![Frame::START];
            let (result, _) = written(encoding, minute(48_000), |position| {
                positions.push(position);
                ControlFlow::Continue(())
            });
            result.unwrap();
            assert!(positions.is_sorted(), "{encoding:?}");
            assert_eq!(positions.last().unwrap().index(), 60 * 48_000);
            assert!(positions.len() > 5, "{encoding:?}: {positions:?}");
        }
    }

    #[test]
    fn each_encoding_ends_where_it_is_told_to() {
        for encoding in built() {
            let mut blocks = 0;
            let (result, _) = written(encoding, minute(48_000), |_| {
                blocks += 1;
                if blocks == 2 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            assert!(matches!(result, Err(EncodeError::Stopped)), "{encoding:?}");
            assert_eq!(blocks, 2, "{encoding:?}");
        }
    }

    #[test]
    fn what_never_ends_is_no_file_nor_is_what_has_no_such_rate() {
        for encoding in built() {
            let mut endless = map(8_000);
            endless
                .push_endless("170".parse().unwrap(), Cue::On)
                .unwrap();
            let (refused, file) = written(encoding, endless, |_| ControlFlow::Continue(()));
            assert!(matches!(refused, Err(EncodeError::Endless)), "{encoding:?}");
            assert_eq!(file.len(), 0, "{encoding:?}");
        }
        for encoding in built().filter(|it| matches!(it, Encoding::Flac | Encoding::Mp3)) {
            assert!(
                encoding
                    .check(SampleRate::from_hz(96_001).unwrap())
                    .is_err()
            );
            let (refused, file) = written(encoding, minute(96_001), |_| ControlFlow::Continue(()));
            assert!(matches!(refused, Err(EncodeError::Rate(_))), "{encoding:?}");
            assert_eq!(file.len(), 0, "{encoding:?}");
        }
    }

    #[test]
    fn an_encoder_that_was_not_built_is_refused() {
        let rate = SampleRate::from_hz(48_000).unwrap();
        for encoding in Encoding::ALL {
            let (result, file) = written(encoding, minute(48_000), |_| ControlFlow::Continue(()));
            let refused = matches!(result, Err(EncodeError::NotBuilt(_)));
            assert_eq!(refused, !encoding.is_built(), "{encoding:?}");
            assert_eq!(file.is_empty(), refused, "{encoding:?}");
            assert_eq!(encoding.check(rate).is_err(), refused, "{encoding:?}");
        }
    }

    #[test]
    fn a_file_is_named_for_its_encoding() {
        let of = |name: &str| Encoding::of(Path::new(name));
        for encoding in Encoding::ALL {
            assert_eq!(of(&format!("a.b.{}", encoding.name())), Ok(encoding));
        }
        assert_eq!(of("RUN.MP3"), Ok(Encoding::Mp3));
        assert_eq!([of("-"), of("run")], [Ok(Encoding::Wav), Ok(Encoding::Wav)]);
        assert_eq!(
            of("run.m4a"),
            Err(EncodingError::Extension("m4a".to_owned()))
        );
    }

    #[test]
    fn each_encoding_has_every_rate_that_it_says() {
        for encoding in built() {
            for hz in [
                8_000, 11_025, 12_345, 22_050, 44_100, 48_000, 96_000, 192_000,
            ] {
                let rate = SampleRate::from_hz(hz).unwrap();
                let mut map = map(hz);
                let pace = Pace::Steady("170".parse().unwrap());
                map.push(Duration::from_millis(100), pace, Cue::On).unwrap();
                let (result, _) = written(encoding, map, |_| ControlFlow::Continue(()));
                assert_eq!(
                    result.is_ok(),
                    encoding.check(rate).is_ok(),
                    "{encoding:?} at {hz}"
                );
            }
        }
    }

    #[test]
    fn each_encoding_takes_any_source() {
        let tags = Tags::new("slope".to_owned(), None);
        for encoding in built() {
            let write = |sound: &Slope| {
                let mut file = Vec::new();
                let on_block = &mut |_| ControlFlow::Continue(());
                encoding
                    .write(&mut file, sound, &tags, on_block)
                    .map(|()| file)
            };
            let whole = write(&Slope::new(48_000, 20_000)).unwrap();
            let in_pieces = Slope {
                most: 333,
                ..Slope::new(48_000, 20_000)
            };
            assert!(write(&in_pieces).unwrap() == whole, "{encoding:?}");
            let endless = Slope {
                end: None,
                ..Slope::new(48_000, 0)
            };
            assert!(matches!(write(&endless), Err(EncodeError::Endless)));
            let failing = Slope {
                fails_at: Some(Frame::START),
                ..Slope::new(48_000, 20_000)
            };
            assert!(matches!(write(&failing), Err(EncodeError::Source(_))));
        }
    }
}
