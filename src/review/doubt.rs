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
