//! The schedules, as data: where each comes from, and which parts of it are the project's own.

use std::iter::{once, repeat, repeat_n};

use serde::{Deserialize, Serialize};

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
    /// Why this raise, where the source does not say it.
    own_raise: Option<&'static str>,
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
        own_raise: Some("+5%, the low end of the study's +5 to +10%"),
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
        own_raise: Some("+5%, the low end of what studies tried; the table gives no raise"),
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
        own_raise: None,
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
        own_raise: None,
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
        own_raise: None,
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
        own_raise: None,
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
        own_raise: Some("+5%, the low end of the +5 to +10% that studies tried"),
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
        self.with_choices(self.raise_percent, self.own_raise, true, EASY_DEFAULTS)
    }

    /// The same for a plan: with its raise, and without the reasons for what was chosen otherwise.
    pub(super) fn schedule_for(&self, raise_percent: f64, days: Days, setup: &Setup) -> Schedule {
        let own_raise = self.own_raise.filter(|_| self.has_raise(raise_percent));
        let easy = (setup.warm_up, setup.cool_down);
        self.with_choices(raise_percent, own_raise, days == self.days, easy)
    }

    fn with_choices(
        &self,
        raise_percent: f64,
        own_raise: Option<&str>,
        has_own_days: bool,
        easy: (EasyTime, EasyTime),
    ) -> Schedule {
        let own_days = has_own_days.then_some(self.own_days);
        let reasons = own_raise.into_iter().chain(own_days);
        let reasons = reasons
            .chain(self.own.iter().copied())
            .chain(easy_choice(easy));
        Schedule {
            name: self.name.to_owned(),
            summary: self.summary_with(raise_percent),
            source: self.source.to_owned(),
            caveats: self.caveats().map(str::to_owned).to_vec(),
            assumed: reasons.map(str::to_owned).collect(),
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
        let raise = (!self.has_raise(raise_percent)).then(|| {
            format!(
                "{name} has +{}%, this plan +{}%",
                one_decimal(self.raise_percent),
                one_decimal(raise_percent)
            )
        });
        let runs_a_week = (days.a_week() != self.days.a_week()).then(|| {
            format!(
                "{name} has {} runs a week, this plan {}",
                self.days.a_week(),
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// A summary in one line.
    #[serde(default)]
    pub summary: String,
    /// The source.
    #[serde(default)]
    pub source: String,
    /// Cautions to read before following it.
    #[serde(default)]
    pub caveats: Vec<String>,
    /// The project's own choices, where the source is silent.
    #[serde(default)]
    pub assumed: Vec<String>,
}
