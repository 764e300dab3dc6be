//! Strides or steps: what a recording's cadence counts, decided once a session.
//!
//! A rule for each sample fails: half of a real run-walk's samples lie below 120, where they look
//! like strides.

use std::fmt;

use crate::number::one_decimal;

use super::run::{Basis, NoRun, Rules};
use super::stretch::RUNNING_FROM_MPS;
use crate::stats;
use crate::watch::{Counts, Record, Session, Speed, Sport};

/// From this 95th percentile on values can only be steps: as strides they would be 260 spm.
pub(crate) const STEPS_FROM: f64 = 130.0;

/// Below this 95th percentile they can only be strides: as steps they would be slower than any
/// walk's.
pub(crate) const STRIDES_BELOW: f64 = 110.0;

/// What is done at this median speed (m/s) is done on foot, where the recording does not say;
/// faster may be a ride. The project's own bound: 3:20 min/km.
const MAX_FOOT_MPS: f64 = 5.0;

/// What is done at this median speed (m/s) is a walk or a hike, where the recording does not say
/// and hardly any of it is faster than a walk. The project's own bound: 10:25 min/km.
const MIN_RUN_MPS: f64 = 1.6;

/// The share of the records that must be faster than a walk, for a slow recording to be a run.
const MIN_FAST_SHARE: f64 = 0.1;

/// Fewer than this cannot be strides of a walk or run: rowers and swimmers have 20 to 40. The
/// project's own bound.
const MIN_STRIDES: f64 = 45.0;

/// The factor that converts recorded values to steps, and its reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// What the values count: steps or strides.
    pub counts: Counts,
    /// Why.
    pub reason: FactorReason,
    /// The value that 95 % of those above zero do not exceed.
    pub percentile_95: f64,
}

/// The reason why values were taken for steps or for strides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FactorReason {
    /// The runner said so.
    Given,
    /// The field's unit says so.
    Unit,
    /// The values can be nothing else.
    Values,
    /// The values could be either; the sport or the speed decided.
    Pace,
}

impl FactorReason {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "told",
            Self::Unit => "unit",
            Self::Values => "values",
            Self::Pace => "pace",
        }
    }
}

impl Factor {
    /// Whether the factor is uncertain.
    #[must_use]
    pub fn is_doubtful(self) -> bool {
        self.reason == FactorReason::Pace
    }

    /// Applies the rules in order.
    pub(super) fn find(
        session: &Session,
        basis: Basis,
        raw: &[f64],
        rules: &Rules,
    ) -> Result<Self, NoRun> {
        let moving = raw.iter().copied().filter(|value| *value > 0.0);
        let percentile_95 = stats::percentile(moving.collect(), 95).unwrap_or(0.0);
        let decided = |counts, reason| {
            Ok(Self {
                counts,
                reason,
                percentile_95,
            })
        };
        if let Some(counts) = rules.counts {
            return decided(counts, FactorReason::Given);
        }
        let sport = rules.sport.unwrap_or(session.sport);
        let speed = median_speed(&session.records);
        match sport {
            Sport::Cycling | Sport::Hiking | Sport::Other => return Err(NoRun::NotOnFoot(sport)),
            Sport::Unknown => {
                if percentile_95 < MIN_STRIDES {
                    return Err(NoRun::NotSteps(percentile_95));
                }
                match speed {
                    Some(speed) if speed < MIN_RUN_MPS && !is_often_fast(&session.records) => {
                        return Err(NoRun::TooSlow(speed));
                    }
                    // No crank turns as fast as feet step.
                    Some(speed) if speed > MAX_FOOT_MPS && percentile_95 < STEPS_FROM => {
                        return Err(NoRun::TooFast(speed));
                    }
                    None if percentile_95 < STEPS_FROM => return Err(NoRun::UnknownSport),
                    _ => {}
                }
            }
            Sport::Running | Sport::Walking => {}
        }
        if basis == Basis::DeveloperField && session.developer_counts == Some(Counts::Steps) {
            return decided(Counts::Steps, FactorReason::Unit);
        }
        if percentile_95 >= STEPS_FROM {
            return decided(Counts::Steps, FactorReason::Values);
        }
        if percentile_95 < STRIDES_BELOW {
            return decided(Counts::Strides, FactorReason::Values);
        }
        let walking =
            sport == Sport::Walking || speed.is_some_and(|speed| speed < RUNNING_FROM_MPS);
        let counts = if walking {
            Counts::Steps
        } else {
            Counts::Strides
        };
        decided(counts, FactorReason::Pace)
    }
}

/// Displays the factor and the reason: `strides ×2: 95 % of the values are at most 85, too slow for
/// steps`.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, times) = (self.counts.name(), self.counts.steps_per_count());
        write!(f, "{name} \u{d7}{times}: ")?;
        let most = one_decimal(self.percentile_95);
        match (self.reason, self.counts) {
            (FactorReason::Given, _) => write!(f, "as given"),
            (FactorReason::Unit, _) => write!(f, "the field's unit says so"),
            (FactorReason::Values, Counts::Steps) => {
                write!(f, "5 % of the values reach {most}, too fast for strides")
            }
            (FactorReason::Values, Counts::Strides) => {
                write!(
                    f,
                    "95 % of the values are at most {most}, too slow for steps"
                )
            }
            (FactorReason::Pace, Counts::Steps) => {
                write!(
                    f,
                    "the values reach {most}, which at walking pace are steps"
                )
            }
            (FactorReason::Pace, Counts::Strides) => {
                write!(
                    f,
                    "the values reach {most}, which at running pace are strides"
                )
            }
        }
    }
}

/// Whether more than a few of the records are faster than a walk.
fn is_often_fast(records: &[Record]) -> bool {
    let speeds = || records.iter().filter_map(|record| record.speed);
    let fast = speeds().filter(|speed| speed.mps() > RUNNING_FROM_MPS);
    fast.count() as f64 >= MIN_FAST_SHARE * speeds().count() as f64
}

/// The median of the speeds at which anything moved.
fn median_speed(records: &[Record]) -> Option<f64> {
    let speeds = records.iter().filter_map(|record| record.speed);
    let speeds = speeds.map(Speed::mps).filter(|speed| *speed > 0.0);
    stats::median(speeds.collect())
}
