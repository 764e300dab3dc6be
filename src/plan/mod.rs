//! Weeks of runs: a [`Preset`] is a schedule, a [`Plan`] sets its dates and tempi.
//!
//! The days of the runs and the sources of the schedules belong here; the content of a run belongs
//! to [`workout`](crate::workout). This module does not read the clock or record which runs were
//! done: the first day is an argument.
//!
//! ```
//! use cadence::cadence::Cadence;
//! use cadence::plan::{Plan, Preset, Setup};
//!
//! let setup = Setup::new(Cadence::from_spm(160.0)?, "2026-12-01".parse()?);
//! let plan = Plan::new(Preset::named("huber2024")?, &setup)?;
//! let run = &plan.runs()[0];
//! // A Wednesday: the runs fall on Monday, Wednesday and Friday.
//! assert_eq!(run.date.to_string(), "2026-12-02");
//! assert_eq!(run.workout.to_string(), "5m 160..168, 25m 168");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calendar;
mod preset;

use std::fmt;
use std::iter::{once, repeat, repeat_n, successors};
use std::str::FromStr;

use jiff::Span;
use jiff::civil::{Date, Weekday};

use crate::cadence::{Cadence, Raise};
use crate::number::{self, one_decimal};
use crate::tempo::{Tempo, TempoError};
use crate::workout::{TextError, Workout};

use preset::Course;
pub use preset::Preset;

/// The evidence for raising a cadence, whatever the schedule: two reviews and a trial.
pub const EVIDENCE: [&str; 2] = [
    "too little evidence that it prevents injury or improves performance (Anderson 2022)",
    "no better than education alone (Esculier 2018)",
];

/// The settings of a plan: the runner's cadence, the first day and the choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    base: Cadence,
    start: Date,
    raise: Option<Raise>,
    days: Option<Days>,
    rise: Rise,
}

impl Setup {
    /// Settings for a runner with this cadence, from this day on, with the preset's defaults.
    #[must_use]
    pub fn new(base: Cadence, start: Date) -> Self {
        Self {
            base,
            start,
            raise: None,
            days: None,
            rise: Rise::DEFAULT,
        }
    }

    /// Raises the cadence by the low end of `raise` instead of the preset's raise.
    #[must_use]
    pub fn with_raise(self, raise: Raise) -> Self {
        Self {
            raise: Some(raise),
            ..self
        }
    }

    /// Runs on these days instead of the preset's days.
    #[must_use]
    pub fn on_days(self, days: Days) -> Self {
        Self {
            days: Some(days),
            ..self
        }
    }

    /// Sets the rise, if the preset is [gradual](Preset::is_gradual).
    #[must_use]
    pub fn with_rise(self, rise: Rise) -> Self {
        Self { rise, ..self }
    }
}

/// How fast a gradual plan rises, in steps per minute every few weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rise {
    spm: f64,
    weeks: u32,
}

impl Rise {
    /// Coaches' +5 spm every 2 to 3 weeks (`RunTempo`).
    pub const DEFAULT: Self = Self { spm: 5.0, weeks: 2 };

    /// Checks a rise: 0.5 to 20 spm, every 1 to 8 weeks. The project's own bounds.
    ///
    /// # Errors
    /// [`PlanError::Rise`] outside of them.
    pub fn new(spm: f64, weeks: u32) -> Result<Self, PlanError> {
        if (0.5..=20.0).contains(&spm) && (1..=8).contains(&weeks) {
            Ok(Self { spm, weeks })
        } else {
            Err(PlanError::Rise(spm, weeks))
        }
    }

    /// The rise in steps per minute.
    #[must_use]
    pub fn spm(self) -> f64 {
        self.spm
    }

    /// The number of weeks between rises.
    #[must_use]
    pub fn weeks(self) -> u32 {
        self.weeks
    }
}

/// The days of the week for runs, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(u8);

/// Monday first, as [`Days`] has them from its lowest bit on.
const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Days {
    /// The number of runs in a week.
    #[must_use]
    pub fn a_week(self) -> u32 {
        self.0.count_ones()
    }

    fn contain(self, day: Weekday) -> bool {
        self.0 >> day.to_monday_zero_offset() & 1 == 1
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = WEEK.iter().filter(|(_, day)| self.contain(*day));
        f.write_str(&names.map(|(name, _)| *name).collect::<Vec<_>>().join(","))
    }
}

/// Parses days such as `mon,wed,sat`, in any order.
impl FromStr for Days {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut days = 0;
        for name in text.split(',') {
            let name = name.trim().to_ascii_lowercase();
            let (_, day) = WEEK
                .iter()
                .find(|(short, _)| name == *short)
                .ok_or_else(|| PlanError::Days(text.to_owned()))?;
            days |= 1 << day.to_monday_zero_offset();
        }
        Ok(Self(days))
    }
}

/// The short name of a day: `mon`.
#[must_use]
pub fn day_name(date: Date) -> &'static str {
    WEEK[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())].0
}

/// The runs of a schedule for one runner.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    preset: &'static Preset,
    base: Tempo,
    raise_percent: f64,
    days: Days,
    runs: Vec<PlannedRun>,
}

impl Plan {
    /// Lays the runs of a preset on days.
    ///
    /// The base and what it is raised to are rounded to a tenth of a step a minute, which is finer
    /// than anyone counts.
    ///
    /// # Errors
    /// [`PlanError::Tempo`] if a target is faster than any tempo, [`PlanError::Start`] for a year
    /// beyond 9900.
    pub fn new(preset: &'static Preset, setup: &Setup) -> Result<Self, PlanError> {
        if !(1..=9_900).contains(&setup.start.year()) {
            return Err(PlanError::Start(setup.start));
        }
        let raise_percent = setup.raise.map_or(preset.raise_percent, Raise::low_percent);
        let days = setup.days.unwrap_or(preset.days);
        let spm = setup.base.spm();
        let at = |percent: f64| tenth(spm + spm * percent / 100.0);
        let (base, half, target) = (at(0.0)?, at(raise_percent / 2.0)?, at(raise_percent)?);

        let a_week = |weeks: u32| (weeks * days.a_week()) as usize;
        let sessions: Vec<(&str, Tempo)> = match preset.course {
            Course::Runs(texts) => texts.iter().map(|text| (*text, target)).collect(),
            Course::Weeks { weeks, first, each } => once(first)
                .chain(repeat(each))
                .map(|text| (text, target))
                .take(a_week(weeks))
                .collect(),
            Course::Gradual { each } => stairs(base, target, setup.rise)
                .flat_map(|tempo| repeat_n((each, tempo), a_week(setup.rise.weeks)))
                .collect(),
        };
        let run_days = setup
            .start
            .series(Span::new().days(1))
            .filter(|date| days.contain(date.weekday()));
        let runs = run_days
            .zip(sessions)
            .enumerate()
            .map(|(index, (date, (text, target)))| {
                let text = text
                    .replace("base", &base.to_decimal())
                    .replace("half", &half.to_decimal())
                    .replace("target", &target.to_decimal());
                Ok(PlannedRun {
                    number: index + 1,
                    date,
                    target,
                    workout: text.parse().map_err(PlanError::Workout)?,
                })
            });
        Ok(Self {
            preset,
            base,
            raise_percent,
            days,
            runs: runs.collect::<Result<_, _>>()?,
        })
    }

    /// The preset that it follows.
    #[must_use]
    pub fn preset(&self) -> &'static Preset {
        self.preset
    }

    /// The cadence that is raised, as a tempo.
    #[must_use]
    pub fn base(&self) -> Tempo {
        self.base
    }

    /// The raise in percent.
    #[must_use]
    pub fn raise_percent(&self) -> f64 {
        self.raise_percent
    }

    /// The days of the week.
    #[must_use]
    pub fn days(&self) -> Days {
        self.days
    }

    /// Its runs, by date.
    #[must_use]
    pub fn runs(&self) -> &[PlannedRun] {
        &self.runs
    }

    /// A summary in one line: the preset's, with this plan's raise.
    #[must_use]
    pub fn summary(&self) -> String {
        self.preset.summary_with(self.raise_percent)
    }

    /// The project's own choices in this plan, which the preset's source does not specify.
    #[must_use]
    pub fn own_choices(&self) -> Vec<&'static str> {
        self.preset
            .own_choices_with(!self.has_own_raise(), self.days == self.preset.days)
    }

    /// Whether the raise differs from the preset's.
    fn has_own_raise(&self) -> bool {
        self.raise_percent.to_bits() != self.preset.raise_percent.to_bits()
    }

    /// The differences from the preset, as sentences without a full stop.
    #[must_use]
    pub fn departures(&self) -> Vec<String> {
        let mut departures = Vec::new();
        let Preset {
            name,
            raise_percent,
            days,
            ..
        } = self.preset;
        if self.has_own_raise() {
            departures.push(format!(
                "{name} has +{}%, this plan +{}%",
                one_decimal(*raise_percent),
                one_decimal(self.raise_percent)
            ));
        }
        if self.days.a_week() != days.a_week() {
            departures.push(format!(
                "{name} has {} runs a week, this plan {}",
                days.a_week(),
                self.days.a_week()
            ));
        }
        departures
    }

    /// The plan as an iCalendar file: each run is an event of a whole day, with its workout in the
    /// description.
    ///
    /// The same plan gives the same bytes, so importing the file again adds nothing to a calendar.
    #[must_use]
    pub fn to_icalendar(&self) -> String {
        calendar::write(self)
    }
}

/// The tempi from the base to the target, rise by rise; the last one may be smaller.
fn stairs(base: Tempo, target: Tempo, rise: Rise) -> impl Iterator<Item = Tempo> {
    successors(Some(base), move |tempo| {
        let next = tenth(tempo.bpm() + rise.spm).unwrap_or(target);
        (*tempo < target).then_some(next.min(target))
    })
}

/// A tempo from steps per minute, rounded to a tenth.
fn tenth(spm: f64) -> Result<Tempo, PlanError> {
    Tempo::from_bpm(number::tenths(spm)).map_err(PlanError::Tempo)
}

/// One run of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// Its place in the plan, from one.
    pub number: usize,
    /// Its day.
    pub date: Date,
    /// The target tempo.
    pub target: Tempo,
    /// The workout, without relative tempi.
    pub workout: Workout,
}

/// Why a plan cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// An unknown preset name.
    #[error("'{0}' is not a plan: {names}", names = Preset::names())]
    Name(String),
    /// Text that is not a list of days.
    #[error("'{0}' is not a list of days: write them short, such as mon,wed,sat")]
    Days(String),
    /// A rise out of range.
    #[error("a rise of {0} spm every {1} weeks is out of range: 0.5 to 20 spm, every 1 to 8 weeks")]
    Rise(f64, u32),
    /// A first day too late for the rest of the plan.
    #[error("{0} is out of range: a plan starts in a year from 1 to 9900")]
    Start(Date),
    /// A tempo out of range.
    #[error(transparent)]
    Tempo(TempoError),
    /// A workout that cannot be read.
    #[error(transparent)]
    Workout(TextError),
}

#[cfg(test)]
mod tests;
