//! What `play` and `render` have in common: options become a tempo, a voice, and a schedule at a sample rate.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use cadence::audio::click::{ClickError, Recording, Sound};
use cadence::audio::metronome::{self, Layout, Voice};
use cadence::cadence::one_decimal;
use cadence::schedule::{Cue, Pace, SampleRate, ScheduleError, TempoMap};
use cadence::tempo::{Pulse, Tempo};

use crate::cli::report::{self, Error};
use crate::cli::{Accent, Per, SoundArgs, TempoArgs};

/// The longest silence before the first click.
const LONGEST_LEAD_IN: Duration = Duration::from_secs(60);

impl TempoArgs {
    /// The tempo, and where it comes from a count, what the runner should know about that.
    pub(crate) fn resolve(&self) -> Result<(Tempo, Option<String>), Error> {
        if let Some(tempo) = self.tempo {
            return Ok((tempo, None));
        }
        let calculation = self.counting.measure(&self.count)?;
        let low = calculation.target().low();
        let tempo = Tempo::try_from(low).map_err(|error| Error::Usage(error.to_string()))?;
        let origin = format!(
            "{}click    {} BPM, the low end of the target",
            calculation.text(),
            one_decimal(tempo.bpm())
        );
        Ok((tempo, Some(origin)))
    }
}

/// A click from its lead-in to its end, at whatever rate it is played.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) tempo: Tempo,
    pub(crate) length: Option<Duration>,
    pub(crate) lead_in: Duration,
    pub(crate) voice: Voice,
    pulse: Pulse,
}

impl Score {
    pub(crate) fn new(
        tempo: Tempo,
        length: Option<Duration>,
        sound: &SoundArgs,
    ) -> Result<Self, Error> {
        let score = Self {
            tempo,
            length,
            lead_in: *sound.lead_in,
            voice: sound.voice()?,
            pulse: sound.per.into(),
        };
        if length == Some(Duration::ZERO) {
            return Err(Error::Usage(
                "--for 0s has nothing to play: write a time, such as 30m".into(),
            ));
        }
        if score.lead_in > LONGEST_LEAD_IN {
            return Err(Error::Usage(format!(
                "--lead-in {} is too long: 1m at the most",
                report::in_words(score.lead_in)
            )));
        }
        // At any rate it is refused for the same reasons, so they are found here.
        score
            .try_map(SampleRate::from_hz(48_000).map_err(usage)?)
            .map_err(usage)?;
        Ok(score)
    }

    fn try_map(&self, rate: SampleRate) -> Result<TempoMap, ScheduleError> {
        let mut map = TempoMap::new(rate).with_pulse(self.pulse);
        if !self.lead_in.is_zero() {
            map.push(self.lead_in, Pace::Rest, Cue::On)?;
        }
        match self.length {
            Some(length) => map.push(length, Pace::Steady(self.tempo), Cue::On)?,
            None => map.push_endless(self.tempo, Cue::On)?,
        }
        Ok(map)
    }

    /// The schedule at a rate.
    pub(crate) fn map(&self, rate: SampleRate) -> TempoMap {
        // `new` has built it once; a rate changes where frames are, not whether the parts fit.
        self.try_map(rate).unwrap_or_else(|_| TempoMap::new(rate))
    }
}

fn usage(error: ScheduleError) -> Error {
    Error::Usage(error.to_string())
}

impl SoundArgs {
    fn voice(&self) -> Result<Voice, Error> {
        let accent = metronome::Accent::from(self.accent);
        if self.per == Per::Stride && (self.pan || self.accent == Accent::LeftRight) {
            let option = if self.pan {
                "--pan"
            } else {
                "--accent left-right"
            };
            let text = format!(
                "{option} tells the feet apart, and --per stride clicks for one foot alone: leave one of them out"
            );
            return Err(Error::Usage(text));
        }
        Ok(Voice {
            sound: self.sound()?,
            volume: self.volume,
            accent,
            layout: if self.pan {
                Layout::LeftRight
            } else {
                Layout::Mono
            },
        })
    }

    /// A timbre by its name, or a file: a text with a dot or a slash in it is meant as one.
    fn sound(&self) -> Result<Sound, Error> {
        if !self.sound.contains(['.', '/', '\\']) {
            return self
                .sound
                .parse()
                .map(Sound::Timbre)
                .map_err(|error: ClickError| Error::Usage(format!("--sound: {error}")));
        }
        let tried = || {
            format!(
                "cannot use the sound '{}'",
                Path::new(&self.sound).display()
            )
        };
        let file = File::open(&self.sound).map_err(|error| Error::failed(tried(), error))?;
        let recording = Recording::from_wav(BufReader::new(file))
            .map_err(|error| Error::failed(tried(), error))?;
        Ok(Sound::Recording(recording))
    }
}
