//! Strides or steps: what a recording's cadence counts, decided once a session.
//!
//! A rule for each sample fails: half of a real run-walk's samples lie below 120, where they look like strides.

use std::fmt;

use crate::number::one_decimal;

use super::recording::{Counts, Sample, Session, Sport};
use super::run::{Basis, NoRun, Rules};

/// From this 95th percentile on values can only be steps: as strides they would be 260 spm.
const STEPS_FROM: f64 = 130.0;

/// Below this 95th percentile they can only be strides: as steps they would be slower than any walk's.
const STRIDES_BELOW: f64 = 110.0;

/// Between the two, speed decides: below it (m/s) the steps are a walker's.
const WALKING_PACE_MPS: f64 = 2.2;

/// What is done at this median speed (m/s) is done on foot, where the recording does not say; faster may be a ride.
/// The project's own bound: 3:20 min/km.
const MAX_FOOT_MPS: f64 = 5.0;

/// What makes steps of the recorded values, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    counts: Counts,
    reason: FactorReason,
    percentile_95: f64,
}

/// Why values were taken for steps or for strides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FactorReason {
    /// The runner said so.
    Told,
    /// The field's unit says so.
    Unit,
    /// The values can be nothing else.
    Values,
    /// The values could be either; the sport or the speed decided.
    Pace,
}

impl Factor {
    /// Steps that one recorded count stands for: 1 or 2.
    #[must_use]
    pub fn steps_per_count(self) -> u32 {
        match self.counts {
            Counts::Steps => 1,
            Counts::Strides => 2,
        }
    }

    /// What the values count.
    #[must_use]
    pub fn counts(self) -> Counts {
        self.counts
    }

    /// Why.
    #[must_use]
    pub fn reason(self) -> FactorReason {
        self.reason
    }

    /// Whether it may well be wrong.
    #[must_use]
    pub fn is_doubtful(self) -> bool {
        self.reason == FactorReason::Pace
    }

    /// Decides by the rules, in their order.
    pub(super) fn find(
        session: &Session,
        basis: Basis,
        raw: &[f64],
        rules: &Rules,
    ) -> Result<Self, NoRun> {
        let percentile_95 = percentile_95(raw);
        let decided = |counts, reason| {
            Ok(Self {
                counts,
                reason,
                percentile_95,
            })
        };
        if let Some(counts) = rules.counts {
            return decided(counts, FactorReason::Told);
        }
        let speed = median_speed(&session.samples);
        match session.sport {
            Sport::Cycling | Sport::Other => return Err(NoRun::NotOnFoot(session.sport)),
            // No crank turns as fast as feet step.
            Sport::Unknown if percentile_95 < STEPS_FROM => match speed {
                Some(speed) if speed <= MAX_FOOT_MPS => {}
                Some(speed) => return Err(NoRun::TooFast(speed)),
                None => return Err(NoRun::UnknownSport),
            },
            _ => {}
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
            session.sport == Sport::Walking || speed.is_some_and(|speed| speed < WALKING_PACE_MPS);
        let counts = if walking {
            Counts::Steps
        } else {
            Counts::Strides
        };
        decided(counts, FactorReason::Pace)
    }
}

/// What was decided and why: `strides ×2: 95 % of the values are at most 85, too slow for steps`.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, times) = match self.counts {
            Counts::Steps => ("steps", 1),
            Counts::Strides => ("strides", 2),
        };
        write!(f, "{name} \u{d7}{times}: ")?;
        let most = one_decimal(self.percentile_95);
        match (self.reason, self.counts) {
            (FactorReason::Told, _) => write!(f, "as told"),
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

/// The value that 95 % of the non-zero values do not exceed (nearest rank).
fn percentile_95(raw: &[f64]) -> f64 {
    let mut values: Vec<f64> = raw.iter().copied().filter(|value| *value > 0.0).collect();
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * 95).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The median of the speeds at which anything moved.
fn median_speed(samples: &[Sample]) -> Option<f64> {
    let mut speeds: Vec<f64> = samples
        .iter()
        .filter_map(Sample::speed_mps)
        .filter(|speed| *speed > 0.0)
        .collect();
    speeds.sort_by(f64::total_cmp);
    speeds.get(speeds.len() / 2).copied()
}
