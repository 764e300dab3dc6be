//! Doubts about a headline, as data; the command line words them.

use std::fmt;

use super::factor::Factor;
use super::run::Run;
use super::stretch::{RUNNING_FROM_MPS, Split, Stretch};
use crate::cadence::{Cadence, UNUSUAL_ABOVE_SPM, one_decimal};
use crate::watch::Sport;

/// The running below which a median says little, in seconds: of 485 recordings 16 had a headline
/// from 0 to 114 s. The project's own bound.
const ENOUGH_S: f64 = 120.0;

/// The share of the moving time that the split may take from running before it is in doubt. The
/// project's own bound.
const CUT_SHARE: f64 = 0.1;

/// A doubt about a headline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// The values could count steps or strides.
    Factor(Factor),
    /// The recording does not say that it was a run.
    Sport,
    /// Nothing was run.
    NoRunning(Split),
    /// The headline is of less than two minutes: this many seconds.
    Short(f64),
    /// The headline is above what runners have.
    Unusual(Cadence),
    /// Much of what was taken for walking, this share of the moving time, was as fast as running.
    SplitCutsRunning(Split, f64),
}

impl Doubt {
    pub(super) fn of(run: &Run) -> Vec<Self> {
        let running_s = run.summary.running_s;
        let headline = run.cadence();
        let cut = cut_share(run);
        let doubts = [
            run.factor.is_doubtful().then_some(Self::Factor(run.factor)),
            (run.sport == Sport::Unknown).then_some(Self::Sport),
            (running_s <= 0.0).then_some(Self::NoRunning(run.split)),
            (running_s > 0.0 && running_s < ENOUGH_S).then_some(Self::Short(running_s)),
            headline
                .filter(|cadence| cadence.spm() > UNUSUAL_ABOVE_SPM)
                .map(Self::Unusual),
            (cut > CUT_SHARE).then_some(Self::SplitCutsRunning(run.split, cut)),
        ];
        doubts.into_iter().flatten().collect()
    }
}

/// The share of the moving time below the split at the speed of running.
fn cut_share(run: &Run) -> f64 {
    let moving_s = run.summary.running_s + run.summary.walking_s;
    let is_cut = |spm: f64, mps: f64| {
        spm > 0.0 && spm < run.split.cadence.spm() && mps > RUNNING_FROM_MPS && !run.split.by_speed
    };
    let cut = run.stretches.iter().filter(|stretch| {
        let known = stretch.spm().zip(stretch.speed_mps());
        known.is_some_and(|(spm, mps)| is_cut(spm, mps))
    });
    cut.map(Stretch::seconds).sum::<f64>() / moving_s.max(1.0)
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Factor(factor) => write!(
                f,
                "the recorded cadence could count steps or strides, and was taken for {factor}"
            ),
            Self::Sport => write!(
                f,
                "the recording does not say what was done: by speed and cadence it was taken for a run"
            ),
            Self::NoRunning(split) => write!(
                f,
                "nothing was run at {} or faster: walking has no running cadence",
                split.cadence
            ),
            Self::Short(seconds) => write!(
                f,
                "only {} s of running were found: that is too short for a usual cadence",
                one_decimal(seconds.round())
            ),
            Self::Unusual(cadence) => write!(
                f,
                "{cadence} is above what runners have: some of the values may be doubled"
            ),
            Self::SplitCutsRunning(split, share) => write!(
                f,
                "{} % of the time is below {} at the speed of running: the split cuts through it",
                one_decimal((share * 100.0).round()),
                split.cadence
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::run::tests::{in_tens, run_of};
    use crate::watch::Counts;

    fn at(spm: f64) -> Split {
        Split::at(Cadence::from_spm(spm).unwrap())
    }

    /// Ten seconds of each cadence at 3 m/s, with a split by cadence alone.
    fn split_at(split: Split, spm: &[f64]) -> Run {
        let held: Vec<_> = spm.iter().map(|spm| (*spm, 3.0)).collect();
        run_of(&in_tens(&held), split)
    }

    #[test]
    fn two_minutes_of_running_are_enough() {
        let doubts = |tens: usize| split_at(at(150.0), &vec![160.0; tens]).doubts();
        assert_eq!(doubts(12), []);
        assert_eq!(doubts(11), [Doubt::Short(110.0)]);
        let walk = split_at(at(150.0), &[100.0; 30]);
        let all_of_it = Doubt::SplitCutsRunning(at(150.0), 1.0);
        assert_eq!(walk.doubts(), [Doubt::NoRunning(at(150.0)), all_of_it]);
    }

    #[test]
    fn what_the_factor_and_the_sport_leave_open_is_a_doubt() {
        let run = split_at(at(150.0), &[160.0; 12]);
        let factor = Factor {
            counts: Counts::Strides,
            reason: crate::review::FactorReason::Pace,
            percentile_95: 120.0,
        };
        let doubtful = Run {
            factor,
            sport: Sport::Unknown,
            ..run
        };
        assert_eq!(doubtful.doubts(), [Doubt::Factor(factor), Doubt::Sport]);
    }

    #[test]
    fn a_headline_above_what_runners_have_is_a_doubt() {
        let doubts = |spm: f64| split_at(at(150.0), &[spm; 12]).doubts();
        assert_eq!(doubts(UNUSUAL_ABOVE_SPM), []);
        let above = Cadence::from_spm(UNUSUAL_ABOVE_SPM + 2.0).unwrap();
        assert_eq!(doubts(above.spm()), [Doubt::Unusual(above)]);
    }

    #[test]
    fn a_split_that_takes_a_tenth_of_the_running_is_a_doubt() {
        let mut spm = vec![160.0; 18];
        spm.extend([140.0; 2]);
        assert_eq!(split_at(at(150.0), &spm).doubts(), []);
        spm[0] = 140.0;
        let cut = Doubt::SplitCutsRunning(at(150.0), 0.15);
        assert_eq!(split_at(at(150.0), &spm).doubts(), [cut]);
        // What stands, or is at the split, is not below it.
        spm[..3].fill(0.0);
        assert_eq!(split_at(at(140.0), &spm).doubts(), []);
        // Where speed decides, none of it is walking.
        let by_speed = Split {
            by_speed: true,
            ..at(150.0)
        };
        assert_eq!(split_at(by_speed, &[140.0; 20]).doubts(), []);
        // Walking is walking.
        let slow = in_tens(&[&[(160.0, 3.0); 16][..], &[(140.0, 2.0); 4][..]].concat());
        assert_eq!(run_of(&slow, at(150.0)).doubts(), []);
    }

    #[test]
    fn each_doubt_is_one_line() {
        let texts = [
            Doubt::Sport,
            Doubt::NoRunning(at(150.0)),
            Doubt::Short(99.6),
            Doubt::Unusual(Cadence::from_spm(230.0).unwrap()),
            Doubt::SplitCutsRunning(at(150.0), 0.148),
        ];
        let texts = texts.map(|doubt| doubt.to_string());
        assert!(
            texts[0].starts_with("the recording does not say what was done"),
            "{texts:?}"
        );
        assert_eq!(
            texts[1],
            "nothing was run at 150 spm or faster: walking has no running cadence"
        );
        assert_eq!(
            texts[2],
            "only 100 s of running were found: that is too short for a usual cadence"
        );
        assert_eq!(
            texts[3],
            "230 spm is above what runners have: some of the values may be doubled"
        );
        assert_eq!(
            texts[4],
            "15 % of the time is below 150 spm at the speed of running: the split cuts through it"
        );
    }
}
