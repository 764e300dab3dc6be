//! The schedules, as data: where each comes from, and which parts of it are the project's own.

use std::iter::{once, repeat, repeat_n};
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::cadence::Raise;
use crate::number::one_decimal;
use crate::tempo::Tempo;

use super::{Days, EasyTime, PlanError, PlannedRun, Rise, Setup, stairs};

/// The advice given with every schedule.
const STOP: &str = "stop if it hurts, and see a professional if pain persists";

const MON: u8 = 1;
const TUE: u8 = 1 << 1;
const WED: u8 = 1 << 2;
const THU: u8 = 1 << 3;
const FRI: u8 = 1 << 4;
const SAT: u8 = 1 << 5;

/// A schedule, without a runner and without dates.
#[derive(Debug, PartialEq)]
pub struct Preset {
    pub(super) name: &'static str,
    /// With `{raise}` and `{half}` in it where a raise shows.
    summary: &'static str,
    source: &'static str,
    caveat: &'static str,
    is_from_study: bool,
    /// Whether the source asks for at least half of the distance at the target.
    is_for_half: bool,
    /// The raise of the source in percent, where it gives a range.
    study_raise: Option<RangeInclusive<f64>>,
    /// Why this raise, where the source does not say it.
    own_raise: Option<&'static str>,
    /// How many runs a week the source has, where it gives a range.
    study_runs: Option<RangeInclusive<u32>>,
    /// Why these days, where the source does not say them.
    own_days: &'static str,
    own: &'static [&'static str],
    pub(super) raise_percent: f64,
    pub(super) days: Days,
    pub(super) course: Course,
}

/// Which runs there are, as the text of workouts with three names in it: `base` is the runner's own
/// cadence, `target` what it is raised to, `half` the middle between them.
#[derive(Debug, PartialEq)]
pub(super) enum Course {
    /// These runs, however many fall in a week.
    Runs(&'static [&'static str]),
    /// As many runs as fall in a number of weeks.
    Weeks {
        weeks: u32,
        first: &'static str,
        each: &'static str,
    },
    /// From the base to the target rise by rise, each for its weeks.
    Gradual { each: &'static str },
}

/// 15 minutes rising to 30 over eight runs, the cue throughout in four of them and then less and
/// less.
const FADED: &[&str] = &[
    "15m target",
    "17m target",
    "19m target",
    "21m target",
    "24m target cue 3m/1m",
    "26m target cue 2m/2m",
    "28m target cue 1m/3m",
    "30m target cue 1m/5m",
];

const PRESETS: &[Preset] = &[
    Preset {
        name: "huber2024",
        summary: "two weeks with the metronome throughout",
        source: "Huber & Verhoff 2024, IJSPT, doi 10.26603/001c.90909",
        caveat: "its cue never fades; a review found that faded cues serve better (PMC7083994)",
        is_from_study: true,
        is_for_half: false,
        study_raise: Some(5.0..=10.0),
        own_raise: Some("+5%, the low end of the study's +5 to +10%"),
        study_runs: Some(2..=3),
        own_days: "three runs a week, where the study had two or three",
        own: &[
            "30 minutes each time, which was the most in the study",
            "the 5 minutes of introduction as a ramp within the first run",
        ],
        raise_percent: 5.0,
        days: Days(MON | WED | FRI),
        course: Course::Weeks {
            weeks: 2,
            first: "5m base..target, 25m target",
            each: "30m target",
        },
    },
    Preset {
        name: "faded8",
        summary: "eight runs in two weeks, 15 to 30 minutes, the cue fading from the fifth on",
        source: "Noehren 2011, Cheung & Davis 2011 and Dos Santos 2019, by the table in PMC7083994",
        caveat: "known from a review's table, not from the studies themselves",
        is_from_study: true,
        is_for_half: false,
        study_raise: None,
        own_raise: Some("+5%, the low end of what studies tried; the table gives no raise"),
        study_runs: None,
        own_days: "the days of the week",
        own: &[
            "the minutes between 15 and 30",
            "the minutes on and off in runs 5 to 8: no source gave any",
        ],
        raise_percent: 5.0,
        days: Days(MON | TUE | THU | SAT),
        course: Course::Runs(FADED),
    },
    Preset {
        name: "willy2016",
        summary: "eight runs outdoors at {raise}",
        source: "Willy 2016",
        caveat: "known from its abstract: its runners reached +8.6%, and still had it at 30 days",
        is_from_study: true,
        is_for_half: false,
        study_raise: None,
        own_raise: None,
        study_runs: None,
        own_days: "four runs a week, and on which days",
        own: &["the minutes, and the minutes on and off: as in faded8"],
        raise_percent: 7.5,
        days: Days(MON | TUE | THU | SAT),
        course: Course::Runs(FADED),
    },
    Preset {
        name: "hafer2015",
        summary: "six weeks at {raise} for at least half of the distance",
        source: "Hafer 2015",
        caveat: "known at second hand",
        is_from_study: true,
        is_for_half: true,
        study_raise: None,
        own_raise: None,
        study_runs: None,
        own_days: "three runs a week, and on which days",
        own: &["20 minutes a run at the target"],
        raise_percent: 10.0,
        days: Days(MON | WED | FRI),
        course: Course::Weeks {
            weeks: 6,
            first: "20m target",
            each: "20m target",
        },
    },
    Preset {
        name: "bramah2019",
        summary: "one run at {raise} with the metronome, then by one's own sense",
        source: "Bramah 2019, AJSM 47:3406",
        caveat: "12 runners, and no group to compare them with",
        is_from_study: true,
        is_for_half: false,
        study_raise: None,
        own_raise: None,
        study_runs: None,
        own_days: "three runs a week, and on which days",
        own: &[
            "30 minutes a run, for two weeks",
            "the click in the first and the last minute of the runs after the first",
        ],
        raise_percent: 10.0,
        days: Days(MON | WED | FRI),
        course: Course::Weeks {
            weeks: 2,
            first: "30m target",
            each: "1m target, 28m target silent, 1m target",
        },
    },
    Preset {
        name: "steptest",
        summary: "one run of three tempi: one's own cadence, {half} and {raise}",
        source: "Morgan & Vincent 2017",
        caveat: "a trial of what a change feels like, not a training schedule",
        is_from_study: true,
        is_for_half: false,
        study_raise: None,
        own_raise: None,
        study_runs: None,
        own_days: "the day of the week",
        own: &[
            "2 minutes each, where the source has 1 to 2",
            "both raised tempi of the cadence that one starts from",
        ],
        raise_percent: 10.0,
        days: Days(MON | WED | FRI),
        course: Course::Runs(&["2m base, 2m half, 2m target"]),
    },
    Preset {
        name: "gradual",
        summary: "a few steps a minute more every few weeks",
        source: "coaches: +5 spm every 2 to 3 weeks (RunTempo), or +1 spm a week (ChiRunning)",
        caveat: "coaches' advice, not a schedule that a study tried",
        is_from_study: false,
        is_for_half: false,
        study_raise: None,
        own_raise: Some("+5%, the low end of the +5 to +10% that studies tried"),
        study_runs: None,
        own_days: "three runs a week, and on which days",
        own: &["20 minutes a run, a minute with the click and a minute without it by turns"],
        raise_percent: 5.0,
        days: Days(MON | WED | FRI),
        course: Course::Gradual {
            each: "20m target cue 1m/1m",
        },
    },
];

impl Preset {
    /// Every preset.
    pub const ALL: &'static [Self] = PRESETS;

    /// The preset with this name.
    ///
    /// # Errors
    /// [`PlanError::Name`] with the known names.
    pub fn named(name: &str) -> Result<&'static Self, PlanError> {
        let found = Self::ALL.iter().find(|preset| preset.name == name);
        found.ok_or_else(|| PlanError::Name(name.to_owned()))
    }

    pub(super) fn names() -> String {
        let names: Vec<_> = Self::ALL.iter().map(|preset| preset.name).collect();
        names.join(", ")
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    fn summary_with(&self, raise_percent: f64) -> String {
        let shown = |percent: f64| format!("+{}%", one_decimal(percent));
        self.summary
            .replace("{raise}", &shown(raise_percent))
            .replace("{half}", &shown(raise_percent / 2.0))
    }

    fn caveats(&self) -> [&'static str; 3] {
        let treatment = if self.is_from_study {
            "a schedule from a study is not a treatment"
        } else {
            "a schedule is not a treatment"
        };
        [self.caveat, treatment, STOP]
    }

    /// The schedule in words, as it is before anything is chosen.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        let why = self.own_raise.map(str::to_owned);
        self.with_choices(
            self.raise_percent,
            why,
            self.why_days(self.days),
            EASY_DEFAULTS,
        )
    }

    /// The same for a plan: with its raise, and without the reasons for what was chosen otherwise.
    pub(super) fn schedule_for(&self, raise_percent: f64, days: Days, setup: &Setup) -> Schedule {
        let easy = (setup.warm_up, setup.cool_down);
        let why = self.why_raise(raise_percent, setup.raise);
        self.with_choices(raise_percent, why, self.why_days(days), easy)
    }

    /// Why a plan has its days, where neither its source nor the runner says those alone.
    fn why_days(&self, days: Days) -> Option<String> {
        match &self.study_runs {
            _ if days == self.days => Some(self.own_days.to_owned()),
            Some(study) if study.contains(&days.a_week()) => Some(format!(
                "{} runs a week, where the study had {} to {}",
                days.a_week(),
                study.start(),
                study.end()
            )),
            _ => None,
        }
    }

    /// Why a plan has its raise, where neither its source nor the runner says that one alone.
    fn why_raise(&self, raise_percent: f64, given: Option<Raise>) -> Option<String> {
        let shown = one_decimal(raise_percent);
        match (given, &self.study_raise) {
            (Some(raise), _) if raise.low_percent() < raise.high_percent() => Some(format!(
                "+{shown}%, the low end of the range that was given, {raise}"
            )),
            _ if self.has_raise(raise_percent) => self.own_raise.map(str::to_owned),
            (_, Some(study)) if self.is_of_study(raise_percent) => {
                Some(format!("+{shown}%, within the study's {}", range(study)))
            }
            _ => None,
        }
    }

    /// Whether a raise lies within the range that the source gives.
    fn is_of_study(&self, raise_percent: f64) -> bool {
        let study = self.study_raise.as_ref();
        study.is_some_and(|study| study.contains(&raise_percent))
    }

    fn with_choices(
        &self,
        raise_percent: f64,
        why_raise: Option<String>,
        why_days: Option<String>,
        easy: (EasyTime, EasyTime),
    ) -> Schedule {
        let chosen = why_raise.into_iter().chain(why_days);
        let own = self.own.iter().copied().chain(easy_choice(easy));
        Schedule {
            name: self.name.to_owned(),
            summary: self.summary_with(raise_percent),
            source: self.source.to_owned(),
            caveats: self.caveats().map(str::to_owned).to_vec(),
            assumed: chosen.chain(own.map(str::to_owned)).collect(),
        }
    }

    /// Whether a raise is the preset's own.
    fn has_raise(&self, raise_percent: f64) -> bool {
        self.raise_percent.to_bits() == raise_percent.to_bits()
    }

    /// In what the runs of a plan differ from the preset.
    pub(super) fn departures(
        &self,
        raise_percent: f64,
        days: Days,
        runs: &[PlannedRun],
    ) -> Vec<String> {
        let name = self.name;
        let is_own = self.has_raise(raise_percent) || self.is_of_study(raise_percent);
        let raise = (!is_own).then(|| {
            let own = self.study_raise.as_ref().map(range);
            format!(
                "{name} has {}, this plan +{}%",
                own.unwrap_or_else(|| format!("+{}%", one_decimal(self.raise_percent))),
                one_decimal(raise_percent)
            )
        });
        let own = self.days.a_week();
        let study = self.study_runs.clone().unwrap_or(own..=own);
        let runs_a_week = (!study.contains(&days.a_week())).then(|| {
            let to = (study.start() < study.end()).then(|| format!(" to {}", study.end()));
            format!(
                "{name} has {}{} runs a week, this plan {}",
                study.start(),
                to.unwrap_or_default(),
                days.a_week()
            )
        });
        let short = runs.iter().find(|run| run.asked * 2 < run.length);
        let half = short.filter(|_| self.is_for_half).map(|run| {
            let minutes = |time: std::time::Duration| one_decimal(time.as_secs_f64() / 60.0);
            format!(
                "{name} has the target for at least half of the distance, this plan for {} of {} \
                 minutes",
                minutes(run.asked),
                minutes(run.length)
            )
        });
        raise.into_iter().chain(runs_a_week).chain(half).collect()
    }

    /// The workouts of all runs, each with its target.
    pub(super) fn sessions(
        &self,
        base: Tempo,
        target: Tempo,
        days: Days,
        rise: Rise,
    ) -> Vec<(&'static str, Tempo)> {
        let a_week = |weeks: u32| (weeks * days.a_week()) as usize;
        match self.course {
            Course::Runs(texts) => texts.iter().map(|text| (*text, target)).collect(),
            Course::Weeks { weeks, first, each } => once(first)
                .chain(repeat(each))
                .map(|text| (text, target))
                .take(a_week(weeks))
                .collect(),
            Course::Gradual { each } => stairs(base, target, rise)
                .flat_map(|tempo| repeat_n((each, tempo), a_week(rise.weeks)))
                .collect(),
        }
    }

    /// Whether it rises by a [`Rise`].
    #[must_use]
    pub fn is_gradual(&self) -> bool {
        matches!(self.course, Course::Gradual { .. })
    }
}

/// A range of raises as the schedules write it: `+5 to +10%`.
fn range(raise: &RangeInclusive<f64>) -> String {
    format!(
        "+{} to +{}%",
        one_decimal(*raise.start()),
        one_decimal(*raise.end())
    )
}

/// The easy times around a run that no source gives.
const EASY_DEFAULTS: (EasyTime, EasyTime) = (EasyTime::DEFAULT, EasyTime::DEFAULT);

/// What is assumed of the easy times: only the default is, and what was chosen otherwise is not.
fn easy_choice((warm_up, cool_down): (EasyTime, EasyTime)) -> Option<&'static str> {
    match (warm_up == EasyTime::DEFAULT, cool_down == EasyTime::DEFAULT) {
        (true, true) => Some("5 easy minutes without clicks before each run and after it"),
        (true, false) => Some("5 easy minutes without clicks before each run"),
        (false, true) => Some("5 easy minutes without clicks after each run"),
        (false, false) => None,
    }
}

/// A schedule in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// A summary in one line.
    pub summary: String,
    /// The source.
    pub source: String,
    /// Cautions to read before following it.
    pub caveats: Vec<String>,
    /// The project's own choices, where the source is silent.
    pub assumed: Vec<String>,
}
