//! The schedules, as data: where each comes from, and which parts of it are the project's own.

use crate::cadence::one_decimal;

use super::{Days, PlanError};

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
        own_raise: None,
        own_days: "three runs a week, and on which days",
        own: &[
            "30 minutes a run",
            "20 of the 30 minutes at the target, between two parts without a click",
        ],
        raise_percent: 10.0,
        days: Days(MON | WED | FRI),
        course: Course::Weeks {
            weeks: 6,
            first: "5m rest, 20m target, 5m rest",
            each: "5m rest, 20m target, 5m rest",
        },
    },
    Preset {
        name: "bramah2019",
        summary: "one run at {raise} with the metronome, then by one's own sense",
        source: "Bramah 2019, AJSM 47:3406",
        caveat: "12 runners, and no group to compare them with",
        is_from_study: true,
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
        own_raise: Some("+5%, the low end of the +5 to +10% that studies tried"),
        own_days: "three runs a week, and on which days",
        own: &[
            "30 minutes a run",
            "the parts without a click, and the minute on and minute off between them",
        ],
        raise_percent: 5.0,
        days: Days(MON | WED | FRI),
        course: Course::Gradual {
            each: "5m rest, 20m target cue 1m/1m, 5m rest",
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

    /// A summary in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        self.summary_with(self.raise_percent)
    }

    pub(super) fn summary_with(&self, raise_percent: f64) -> String {
        let shown = |percent: f64| format!("+{}%", one_decimal(percent));
        self.summary
            .replace("{raise}", &shown(raise_percent))
            .replace("{half}", &shown(raise_percent / 2.0))
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Cautions to read before following it.
    #[must_use]
    pub fn caveats(&self) -> [&'static str; 3] {
        let treatment = if self.is_from_study {
            "a schedule from a study is not a treatment"
        } else {
            "a schedule is not a treatment"
        };
        [self.caveat, treatment, STOP]
    }

    /// The project's own choices, which the source does not specify.
    #[must_use]
    pub fn own_choices(&self) -> Vec<&'static str> {
        self.own_choices_with(true, true)
    }

    /// The same, without the reasons for a raise or for days where they were chosen otherwise.
    pub(super) fn own_choices_with(&self, raise: bool, days: bool) -> Vec<&'static str> {
        let raise = self.own_raise.filter(|_| raise);
        let days = days.then_some(self.own_days);
        let own = self.own.iter().copied();
        raise.into_iter().chain(days).chain(own).collect()
    }

    /// Whether it rises by a [`Rise`](super::Rise).
    #[must_use]
    pub fn is_gradual(&self) -> bool {
        matches!(self.course, Course::Gradual { .. })
    }
}
