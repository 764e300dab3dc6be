//! What `play`, `render`, `show` and `plan` have in common: options become a cadence, a timeline, a
//! voice, and a schedule at a sample rate.

use std::fs::File;
use std::io::BufReader;
use std::time::Duration;

use cadence::audio::click::{ClickFile, Sound};
use cadence::audio::file::tags::Tags;
use cadence::audio::source::Layout;
use cadence::audio::voice::{Voice, Volume};
use cadence::cadence::{Cadence, Raise};
use cadence::number::one_decimal;
use cadence::schedule::{Pace, SampleRate, ScheduleError, TempoMap};
use cadence::tempo::Pulse;
use cadence::workout::{Part, PartKind, Timeline, Workout, WorkoutError};

use crate::cli::args::{Accent, BaseArgs, Per, SoundArgs, SoundChoice, WorkoutArgs};
use crate::cli::calc::{Calculation, Hints};
use crate::cli::input;
use crate::cli::report::Error;

/// Bytes of a title, at the most: more than any player shows.
const LONGEST_TITLE: usize = 100;

/// What is heard from the lead-in to the end, at whatever rate it is played.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) timeline: Timeline,
    pub(crate) voice: Voice,
    pulse: Pulse,
    has_signals: bool,
}

impl Score {
    /// The score; where it was made from a count, also the lines that explain that.
    pub(crate) fn new(
        what: &WorkoutArgs,
        length: Option<Duration>,
        sound: &SoundArgs,
        hints: Hints,
    ) -> Result<(Self, Option<String>), Error> {
        let (timeline, explanation) = what.timeline(hints)?;
        // One tempo alone is a metronome: that it falls silent is signal enough.
        let is_metronome = timeline.parts().len() == 1 && timeline.length().is_none();
        let timeline = what.shaped(timeline, length, sound.per.into())?;
        let score = Self::of(timeline, sound)?;
        Ok((
            Self {
                has_signals: score.has_signals && !is_metronome,
                ..score
            },
            explanation,
        ))
    }

    /// The score of a timeline.
    pub(crate) fn of(timeline: Timeline, sound: &SoundArgs) -> Result<Self, Error> {
        let score = Self {
            timeline: timeline.with_lead_in(sound.lead_in),
            voice: sound.voice()?,
            pulse: sound.per.into(),
            has_signals: !sound.no_signals,
        };
        // At any rate it is refused for the same reasons, so they are found here.
        let any_rate = SampleRate::from_hz(SampleRate::MAX_HZ).map_err(Error::usage)?;
        score.map(any_rate).map_err(Error::usage)?;
        Ok(score)
    }

    /// The part of the timeline with which the workout itself begins.
    pub(crate) fn first_segment(&self) -> usize {
        self.timeline
            .parts()
            .iter()
            .take_while(|part| part.kind() != PartKind::Segment)
            .count()
    }

    /// The silence before everything else.
    #[cfg(feature = "music")]
    pub(crate) fn lead_in(&self) -> Duration {
        let first = self.timeline.parts().first();
        let lead_in = first.filter(|part| part.kind() == PartKind::LeadIn);
        lead_in.and_then(Part::length).unwrap_or_default()
    }

    /// The same, ended after a length where it has no end.
    #[cfg(feature = "music")]
    pub(crate) fn ended_after(
        self,
        length: impl FnOnce() -> Result<Option<Duration>, Error>,
    ) -> Result<Self, Error> {
        if self.timeline.length().is_some() {
            return Ok(self);
        }
        let Some(length) = length()? else {
            return Ok(self);
        };
        let length = self.lead_in() + length;
        Ok(Self {
            timeline: self.timeline.lasting(length).map_err(Error::usage)?,
            ..self
        })
    }

    /// What a player shows of it: the workout in its own words, and its tempo where it has but one.
    pub(crate) fn tags(&self) -> Tags {
        let segments = &self.timeline.parts()[self.first_segment()..];
        let mut title = String::new();
        for segment in segments {
            let comma = if title.is_empty() { "" } else { ", " };
            let text = format!("{comma}{segment}");
            if title.len() + text.len() > LONGEST_TITLE {
                title.push_str(", …");
                break;
            }
            title.push_str(&text);
        }
        let mut paces = segments
            .iter()
            .map(Part::pace)
            .filter(|pace| *pace != Pace::Rest);
        let tempo = match paces.next() {
            Some(Pace::Steady(tempo)) => paces
                .all(|pace| pace == Pace::Steady(tempo))
                .then_some(tempo),
            _ => None,
        };
        Tags::new(title, tempo)
    }

    /// The schedule at a rate.
    pub(crate) fn map(&self, rate: SampleRate) -> Result<TempoMap, ScheduleError> {
        let map = self.timeline.to_tempo_map(rate, self.pulse)?;
        Ok(if self.has_signals {
            map.with_signals_after(self.first_segment())
        } else {
            map
        })
    }
}

/// A workout as it was asked for.
#[derive(Debug)]
pub(crate) struct WorkoutAndBase {
    pub(crate) workout: Workout,
    /// What its relative tempi are taken of.
    pub(crate) base: Option<Cadence>,
    /// Where it was made from a count, what the runner should know of that.
    pub(crate) note: Option<String>,
}

impl WorkoutAndBase {
    fn timeline(&self) -> Result<Timeline, Error> {
        self.workout
            .resolve(self.base)
            .map_err(|error| refused(&error))
    }
}

impl WorkoutArgs {
    /// A timeline, ended after a length, with its count-in.
    pub(crate) fn shaped(
        &self,
        mut timeline: Timeline,
        length: Option<Duration>,
        pulse: Pulse,
    ) -> Result<Timeline, Error> {
        if let Some(length) = length {
            timeline = timeline.lasting(length).map_err(Error::usage)?;
        }
        if let Some(beats) = self.count_in {
            timeline = timeline.with_count_in(beats, pulse).map_err(Error::usage)?;
        }
        Ok(timeline)
    }

    /// What is run when, and where it was made from a count, what the runner should know of that.
    pub(crate) fn timeline(&self, hints: Hints) -> Result<(Timeline, Option<String>), Error> {
        let asked = self.read(hints)?;
        Ok((asked.timeline()?, asked.note))
    }

    /// The workout as it is written, or a tempo from a count.
    pub(crate) fn read(&self, hints: Hints) -> Result<WorkoutAndBase, Error> {
        let Some(workout) = self.workout()? else {
            return self.low_end(hints);
        };
        if let Some(raise) = self.raise.raise {
            let text = format!(
                "--raise only applies without a tempo or workout: write {raise} as the tempo"
            );
            return Err(Error::Usage(text));
        }
        let counted = self.base.counted(Raise::DEFAULT, hints)?;
        let base = self
            .base
            .given(hints)
            .or(counted.as_ref().map(Calculation::cadence));
        let is_relative = workout.is_relative();
        if base.is_some() && !is_relative {
            hints.of_ignored(self.base.option());
        }
        let note = counted.filter(|_| is_relative).map(|it| it.cadence_line());
        Ok(WorkoutAndBase {
            workout,
            base,
            note,
        })
    }

    /// Without a workout: a click at the low end of the target.
    fn low_end(&self, hints: Hints) -> Result<WorkoutAndBase, Error> {
        let raise = self.raise.raise();
        let counted = self.base.counted(raise, hints)?;
        let base = self
            .base
            .given(hints)
            .or(counted.as_ref().map(Calculation::cadence));
        let base = base.ok_or_else(|| {
            let text = "there is nothing to play: write a tempo such as 168, a workout, --file FILE, or --count 40";
            Error::Usage(text.into())
        })?;
        let target = base.raised_by(raise).map_err(Error::usage)?;
        let low = one_decimal(target.low().spm());
        let workout: Workout = low.parse().map_err(Error::usage)?;
        let lines = counted.map_or_else(|| format!("target   {target}  {raise}\n"), |it| it.text());
        Ok(WorkoutAndBase {
            workout,
            base: None,
            note: Some(format!(
                "{lines}click    {low} BPM, the low end of the target"
            )),
        })
    }

    /// The workout, from where it was given.
    fn workout(&self) -> Result<Option<Workout>, Error> {
        match &self.file {
            Some(path) => input::workout(path).map(Some),
            None if self.workout.is_empty() => Ok(None),
            None => {
                let workout = self.workout.join(" ").parse();
                workout.map(Some).map_err(Error::usage)
            }
        }
    }
}

impl BaseArgs {
    /// The runner's cadence, if it was given or counted.
    pub(crate) fn told_or_counted(&self, hints: Hints) -> Result<Option<Cadence>, Error> {
        let counted = self.counted(Raise::DEFAULT, hints)?;
        let given = self.given(hints);
        Ok(given.or(counted.as_ref().map(Calculation::cadence)))
    }

    /// The option that it comes from, where there is one.
    fn option(&self) -> &'static str {
        if self.cadence.is_some() {
            "--cadence"
        } else {
            "--count"
        }
    }

    /// The cadence that was given as such.
    fn given(&self, hints: Hints) -> Option<Cadence> {
        self.cadence.inspect(|cadence| hints.of_cadence(*cadence))
    }

    /// What the counts show, where there are any.
    fn counted(&self, raise: Raise, hints: Hints) -> Result<Option<Calculation>, Error> {
        if !self.count.is_empty() {
            return self.counting.calculate(&self.count, raise, hints).map(Some);
        }
        if !self.counting.is_default() {
            return Err(Error::Usage(
                "--time, --feet and --stopwatch describe a count: add --count".into(),
            ));
        }
        Ok(None)
    }
}

/// Why a workout cannot be played, with the option that would help.
pub(crate) fn refused(error: &WorkoutError) -> Error {
    Error::Usage(match error {
        WorkoutError::NoBase(speed) => {
            format!(
                "'{speed}' is relative to your cadence: add it, such as --cadence 160 or --count 40"
            )
        }
        _ => error.to_string(),
    })
}

impl SoundArgs {
    fn voice(&self) -> Result<Voice, Error> {
        if self.per == Per::Stride && (self.pan || self.accent == Accent::LeftRight) {
            let option = if self.pan {
                "--pan"
            } else {
                "--accent left-right"
            };
            let text = format!(
                "{option} distinguishes the feet, but --per stride clicks for one foot only: use one or the other"
            );
            return Err(Error::Usage(text));
        }
        Ok(Voice::new(self.sound()?)
            .with_volume(self.volume.unwrap_or(Volume::DEFAULT))
            .with_accent(self.accent.into())
            .with_layout(if self.pan {
                Layout::LeftRight
            } else {
                Layout::Mono
            }))
    }

    fn sound(&self) -> Result<Sound, Error> {
        let path = match &self.sound {
            SoundChoice::Timbre(timbre) => return Ok(Sound::Timbre(*timbre)),
            SoundChoice::File(path) => path,
        };
        let tried = || format!("cannot use the sound {}", input::named(path));
        let file = File::open(path).map_err(|error| Error::failed(tried(), error))?;
        let file = ClickFile::from_wav(BufReader::new(file))
            .map_err(|error| Error::failed(tried(), error))?;
        Ok(Sound::File(file))
    }
}
