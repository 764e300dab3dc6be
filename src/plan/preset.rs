//! The schedules, as data: where each comes from, and which parts of it are the project's own.

use super::{Days, PlanError};

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
    summary: &'static str,
    source: &'static str,
    caveat: &'static str,
    own: &'static [&'static str],
    pub(super) raise_percent: f64,
    pub(super) days: Days,
    pub(super) course: Course,
}

/// Which runs there are, as the text of workouts with three names in it: `base` is the runner's own cadence, `target` what it
/// is raised to, `half` the middle between them.
#[derive(Debug, PartialEq)]
pub(super) enum Course {
    /// These runs, however many fall in a week.
    Runs(&'static [&'static str]),
    /// As many as fall in so many weeks.
    Weeks {
        weeks: u32,
        first: &'static str,
        each: &'static str,
    },
    /// From the base to the target rise by rise, each for its weeks.
    Gradual { each: &'static str },
}

/// 15 minutes rising to 30 over eight runs, the cue throughout in four of them and then less and less.
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
        own: &[
            "+7.5%, the middle of the study's +5 to +10%",
            "three runs a week, where the study had two or three",
            "30 minutes each time, which was the most in the study",
            "the 5 minutes of introduction as a ramp within the first run",
        ],
        raise_percent: 7.5,
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
        own: &[
            "the raise of +7.5%",
            "the minutes between 15 and 30",
            "the minutes on and off in runs 5 to 8: no source gave any",
            "the days of the week",
        ],
        raise_percent: 7.5,
        days: Days(MON | TUE | THU | SAT),
        course: Course::Runs(FADED),
    },
    Preset {
        name: "willy2016",
        summary: "eight runs outdoors at +7.5%",
        source: "Willy 2016",
        caveat: "known from its abstract: its runners reached +8.6%, and still had it at 30 days",
        own: &[
            "the minutes, and the minutes on and off: as in faded8",
            "four runs a week, and on which days",
        ],
        raise_percent: 7.5,
        days: Days(MON | TUE | THU | SAT),
        course: Course::Runs(FADED),
    },
    Preset {
        name: "hafer2015",
        summary: "six weeks at +10% for at least half of the distance",
        source: "Hafer 2015",
        caveat: "known at second hand",
        own: &[
            "three runs a week of 30 minutes, and on which days",
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
        summary: "one run at +10% with the metronome, then by one's own sense",
        source: "Bramah 2019, AJSM 47:3406",
        caveat: "12 runners, and no group to compare them with",
        own: &[
            "30 minutes a run, three runs a week for two weeks, and on which days",
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
        summary: "one run of three tempi: one's own cadence, +5% and +10%",
        source: "Morgan & Vincent 2017",
        caveat: "a trial of what a change feels like, not a training schedule",
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
        caveat: "coaches' advice, without a study behind it",
        own: &[
            "+7.5%, the middle of the +5 to +10% that studies tried",
            "three runs a week of 30 minutes, and on which days",
            "the parts without a click, and the minute on and minute off between them",
        ],
        raise_percent: 7.5,
        days: Days(MON | WED | FRI),
        course: Course::Gradual {
            each: "5m rest, 20m target cue 1m/1m, 5m rest",
        },
    },
];

impl Preset {
    /// All of them.
    pub const ALL: &'static [Self] = PRESETS;

    /// The preset of a name.
    ///
    /// # Errors
    /// [`PlanError::Name`] with the names that there are.
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

    /// What it is, in one line.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// What to know before it is followed, besides [`CAVEATS`](super::CAVEATS).
    #[must_use]
    pub fn caveat(&self) -> &'static str {
        self.caveat
    }

    /// What of it the source does not say: the project's own choices.
    #[must_use]
    pub fn own_choices(&self) -> &'static [&'static str] {
        self.own
    }

    /// Whether it rises by a [`Rise`](super::Rise).
    #[must_use]
    pub fn is_gradual(&self) -> bool {
        matches!(self.course, Course::Gradual { .. })
    }
}
