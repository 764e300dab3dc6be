//! Music under the click, for `play`, `render` and `plan --render`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{Args, ValueHint};

use cadence::audio::ahead::RunAhead;
#[cfg(feature = "playback")]
use cadence::audio::control::Control;
#[cfg(feature = "playback")]
use cadence::audio::device::MakeSource;
use cadence::audio::file::tags::Tags;
use cadence::audio::metronome::Metronome;
use cadence::audio::mix::{Balance, ClickLevel, Ends, Mix, Waits};
use cadence::audio::source::{Converted, Render, Sample, Source, SourceError};
use cadence::audio::voice::{Voice, Volume};
use cadence::music::decode::Decoder;
use cadence::music::over::{self, Lost, Over};
use cadence::schedule::{SampleRate, TempoMap};

use crate::cli::input::named;
use crate::cli::report::Error;
use crate::cli::score::Score;
use crate::cli::text::in_words;

/// What plays under the click.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Music")]
pub(crate) struct MusicArgs {
    /// Play a podcast, or any file, at its own speed under the click
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) over: Option<PathBuf>,
    /// Loudness of the click in decibels over the music, or `off` [default: 3]
    #[arg(long, value_name = "LEVEL", allow_hyphen_values = true)]
    pub(crate) click: Option<ClickLevel>,
}

impl MusicArgs {
    /// Checks the options, and opens what they name.
    pub(crate) fn open(&self, volume: Option<Volume>) -> Result<Option<Music>, Error> {
        let Some(path) = &self.over else {
            if self.click.is_some() {
                let text = "--click is the level over music: add --over FILE";
                return Err(Error::Usage(text.into()));
            }
            return Ok(None);
        };
        let decoder = Decoder::open(path);
        decoder.map_err(|error| Error::failed(format!("cannot play {}", named(path)), error))?;
        Ok(Some(Music {
            path: path.clone(),
            balance: Balance {
                click: self.click.unwrap_or_default(),
                volume: volume.unwrap_or(Volume::FULL),
            },
            lost: Lost::default(),
            is_loss_known: false,
            ahead: Arc::default(),
        }))
    }
}

/// Music that plays under the click.
#[derive(Clone, Debug)]
pub(crate) struct Music {
    path: PathBuf,
    balance: Balance,
    lost: Lost,
    is_loss_known: bool,
    /// What makes it ahead for a device; the next stream of the same rate goes on with it.
    ahead: Arc<Mutex<Option<(SampleRate, RunAhead)>>>,
}

impl Music {
    /// How long it plays, for a file whose length has to be known.
    pub(crate) fn length(&self) -> Result<Duration, Error> {
        let (length, _) = over::duration(&self.path)
            .map_err(|error| Error::failed(format!("cannot play {}", named(&self.path)), error))?;
        Ok(length)
    }

    /// What a listener should know by now.
    pub(crate) fn news(&mut self) -> Vec<String> {
        let lost = self.lost.get().filter(|_| !self.is_loss_known);
        self.is_loss_known |= lost.is_some();
        let text = lost.map(|lost| {
            let lost = in_words(lost);
            format!(
                "{} is damaged or cut off: {lost} missing",
                named(&self.path)
            )
        });
        text.into_iter().collect()
    }

    /// The click over the music, for a device.
    #[cfg(feature = "playback")]
    pub(crate) fn source(&self, score: &Score, control: &Control) -> MakeSource {
        let (music, score, control) = (self.clone(), score.clone(), control.clone());
        Arc::new(move |rate| music.played(rate, &control, &score))
    }

    #[cfg(feature = "playback")]
    fn played(
        &self,
        rate: SampleRate,
        control: &Control,
        score: &Score,
    ) -> Result<Box<dyn Source<f32> + Send>, SourceError> {
        let voice = Balance::voice(&score.voice);
        let metronome = control.metronome(rate, &voice, || score.map(rate))?;
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        if ahead.as_ref().is_none_or(|(at, _)| *at != rate) {
            let source = Over::open(&self.path, rate, score.lead_in(), self.lost.clone())?;
            *ahead = Some((rate, RunAhead::begin(source)?));
        }
        let music = ahead.as_ref().map(|(_, ahead)| ahead.reader());
        let music = music.ok_or("no music")?;
        let ends = if score.timeline.length().is_none() {
            Ends::WithFirst
        } else {
            Ends::WithClick
        };
        let mix = Mix::new(metronome, &voice, music, &self.balance, (Waits::No, ends))?;
        Ok(Box::new(mix))
    }

    /// What a player shows of the mix.
    pub(crate) fn tags(&self, tags: Tags) -> Tags {
        let name = self.path.file_stem().unwrap_or_default().to_string_lossy();
        tags.titled(|title| format!("{name}, {title}"))
    }

    /// The click over the music in a file.
    pub(crate) fn rendered<'a>(&'a self, map: TempoMap, score: &'a Score) -> Rendered<'a> {
        Rendered {
            music: self,
            map: Arc::new(map),
            lead_in: score.lead_in(),
            voice: Balance::voice(&score.voice),
        }
    }
}

/// The click over the music, from beginning to end.
pub(crate) struct Rendered<'a> {
    music: &'a Music,
    map: Arc<TempoMap>,
    lead_in: Duration,
    voice: Voice,
}

impl Render for Rendered<'_> {
    fn source<S: Sample>(&self) -> Result<Box<dyn Source<S> + '_>, SourceError> {
        let (map, music) = (Arc::clone(&self.map), self.music);
        let over = Over::open(&music.path, map.rate(), self.lead_in, music.lost.clone())?;
        let metronome = Metronome::new(map, &self.voice)?;
        let when = (Waits::Yes, Ends::WithClick);
        let mix = Mix::new(metronome, &self.voice, over, &music.balance, when)?;
        Ok(Box::new(Converted::new(mix)))
    }
}
