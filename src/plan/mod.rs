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
//! let run = &plan.runs[0];
//! // A Wednesday: the runs fall on Monday, Wednesday and Friday.
//! assert_eq!(run.date.to_string(), "2026-12-02");
//! // The schedule's half hour, and five easy minutes before and after it.
//! assert_eq!(run.workout.to_string(), "5m rest, 5m 160..168, 25m 168, 5m rest");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calendar;
mod days;
mod file;
mod handout;
mod preset;
mod run;
mod setup;
mod week;
mod words;

use std::iter::successors;

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

use crate::cadence::{CadenceError, Raise};
use crate::number::{self, one_decimal};
use crate::tempo::{Tempo, TempoError};
use crate::tolerance::{Tolerance, ToleranceError};
use crate::workout::TextError;

pub use days::{Days, day_name};
pub use file::PlanFileError;
pub use preset::{Preset, Schedule};
pub use run::PlannedRun;
pub use setup::{EasyTime, EasyTimeError, Rise, Setup};
pub use week::{GROWTH_EVIDENCE, MARKED_GROWTH_PERCENT, REPLACES, Week};
pub use words::Medium;

/// The evidence for raising a cadence, whatever the schedule: two reviews and a trial.
pub const EVIDENCE: [&str; 2] = [
    "too little evidence that it prevents injury or improves performance (Anderson 2022)",
    "no better than education alone (Esculier 2018)",
];

/// What to know before the first run, of every schedule. The project's own words, after the source
/// article: stop when it hurts, and do not do too much too soon.
pub const START_RULES: [&str; 2] = [
    "Start only once easy running is free of pain.",
    "If it hurts, stop, and repeat the last painless run; never make up for a missed one.",
];

/// The raise from which a plan is for runners without pain only, in percent.
const PAINLESS_FROM_PERCENT: f64 = 10.0;

/// Whom a plan with a high raise is for.
const PAINLESS: &str = "for people who already run without pain";

/// The runs of a schedule for one runner, as `plan --format json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The schedule that it follows.
    #[serde(rename = "plan")]
    pub schedule: Schedule,
    /// What to know before the first run.
    pub rules: Vec<String>,
    /// The differences from the schedule, as sentences without a full stop.
    pub departures: Vec<String>,
    /// The cadence that is raised, as a tempo.
    #[serde(rename = "cadence_spm", serialize_with = "file::bpm")]
    pub base: Tempo,
    /// The raise in percent.
    pub raise_percent: f64,
    /// The days of the week.
    #[serde(serialize_with = "file::text")]
    pub days: Days,
    /// The tolerance with which the runs are to be judged, if one was chosen.
    #[serde(rename = "tolerance_percent", serialize_with = "file::percent")]
    pub tolerance: Option<Tolerance>,
    /// The number of runs of the whole schedule, those before a plan that was taken up again
    /// included.
    pub total_runs: usize,
    /// Its runs, by date.
    pub runs: Vec<PlannedRun>,
    /// Its weeks, counted from the first run.
    pub weeks: Vec<Week>,
}

impl Plan {
    /// Lays the runs of a preset on days.
    ///
    /// The base and what it is raised to are rounded to a tenth of a step a minute, which is finer
    /// than anyone counts.
    ///
    /// # Errors
    /// [`PlanError::Tempo`] if a target is faster than any tempo, [`PlanError::Start`] for a year
    /// beyond 9900, [`PlanError::From`] for a run that the schedule does not have.
    pub fn new(preset: &'static Preset, setup: &Setup) -> Result<Self, PlanError> {
        if !(1..=9_900).contains(&setup.start.year()) {
            return Err(PlanError::Start(setup.start));
        }
        let raise_percent = setup.raise.map_or(preset.raise_percent, Raise::low_percent);
        let days = setup.days.unwrap_or(preset.days);
        let spm = setup.base.spm();
        let at = |percent: f64| tenth(spm + spm * percent / 100.0);
        let (base, half, target) = (at(0.0)?, at(raise_percent / 2.0)?, at(raise_percent)?);

        let sessions = preset.sessions(base, target, days, setup.rise);
        let (from, total_runs) = (setup.from, sessions.len());
        if !(1..=total_runs).contains(&from) {
            return Err(PlanError::From {
                run: from,
                name: preset.name,
                total: total_runs,
            });
        }
        let run_days = setup
            .start
            .series(Span::new().days(1))
            .filter(|date| days.contain(date.weekday()));
        let runs = (1..)
            .zip(sessions)
            .skip(from - 1)
            .zip(run_days)
            .map(|((number, (text, target)), date)| {
                let text = text
                    .replace("base", &base.to_decimal())
                    .replace("half", &half.to_decimal())
                    .replace("target", &target.to_decimal());
                let workout = PlannedRun::around(&text, setup.warm_up, setup.cool_down)
                    .parse()
                    .map_err(PlanError::Workout)?;
                let easy = (setup.warm_up, setup.cool_down);
                PlannedRun::new(number, date, target, workout, easy)
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            schedule: preset.schedule_for(raise_percent, days, setup),
            rules: rules(raise_percent),
            departures: preset.departures(raise_percent, days, &runs),
            base,
            raise_percent,
            days,
            tolerance: setup.tolerance,
            total_runs,
            weeks: Week::of(&runs),
            runs,
        })
    }

    /// The run with this number, counted from one.
    ///
    /// # Errors
    /// [`PlanError::Run`] if it is not in the plan.
    pub fn run(&self, number: usize) -> Result<&PlannedRun, PlanError> {
        let found = self.runs.iter().find(|run| run.number == number);
        found.ok_or_else(|| PlanError::Run {
            run: number,
            from: self.runs.first().map_or(0, |run| run.number),
            to: self.runs.last().map_or(0, |run| run.number),
        })
    }

    /// The plan as an iCalendar file: each run is an event of a whole day, with what to do in the
    /// description.
    ///
    /// The same plan gives the same bytes, so importing the file again adds nothing to a calendar.
    #[must_use]
    pub fn to_icalendar(&self, medium: Medium) -> String {
        calendar::write(self, medium)
    }

    /// The plan as a page of HTML to print on A4: a row a run, with room for what was done. Nothing
    /// is loaded, no script is run.
    #[must_use]
    pub fn to_html(&self, medium: Medium) -> String {
        handout::write(self, medium)
    }
}

/// What to know before a plan with this raise.
fn rules(raise_percent: f64) -> Vec<String> {
    let painless = (raise_percent >= PAINLESS_FROM_PERCENT)
        .then(|| format!("+{}% is {PAINLESS}.", one_decimal(raise_percent)));
    let rules = START_RULES.map(str::to_owned).into_iter();
    rules.chain(painless).collect()
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
    /// A run to begin with that the schedule does not have.
    #[error("there is no run {run}: {name} has runs 1 to {total}")]
    From {
        /// The number that was given.
        run: usize,
        /// The schedule.
        name: &'static str,
        /// The number of its runs.
        total: usize,
    },
    /// A run that the plan does not have.
    #[error("there is no run {run}: this plan has runs {from} to {to}")]
    Run {
        /// The number that was given.
        run: usize,
        /// The first run.
        from: usize,
        /// The last run.
        to: usize,
    },
    /// A run with a tempo that is relative to a cadence.
    #[error("run {0}: its workout has a relative tempo; write it in BPM")]
    Relative(usize),
    /// A run that never ends.
    #[error("run {0}: its workout never ends")]
    Endless(usize),
    /// An easy time that is out of range.
    #[error("run {0}: warm_up_s and cool_down_s are 0, or 1 to 3600")]
    EasyTime(usize),
    /// Easy times that are as long as the workout, or longer.
    #[error("run {0}: the warm-up and the cool-down leave nothing of the workout")]
    NothingAsked(usize),
    /// A plan without a run.
    #[error("it has no runs")]
    NoRuns,
    /// A run that is not in order.
    #[error("run {0} is not in order of number and date")]
    Order(usize),
    /// A raise out of range.
    #[error(transparent)]
    Raise(CadenceError),
    /// A tolerance out of range.
    #[error(transparent)]
    Tolerance(ToleranceError),
}

#[cfg(test)]
mod tests;
