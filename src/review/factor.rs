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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Moment, Reading};

    /// Records of these speeds and no cadence: what is counted is given apart.
    fn session(sport: Sport, speeds: &[f64]) -> Session {
        let record = |mps: &f64| Record {
            at: Moment::from_unix_ms(0),
            cadence: Reading::Missing,
            developer_cadence: Reading::Missing,
            speed: Speed::from_mps(*mps).ok(),
        };
        Session {
            sport,
            records: speeds.iter().map(record).collect(),
            ..Session::default()
        }
    }

    /// What values of which none is above `most` are taken for.
    fn found(sport: Sport, most: f64, speeds: &[f64]) -> Result<(Counts, FactorReason), NoRun> {
        // Standing is not a value that counts.
        let mut raw = [0.0; 40];
        raw[20] = most;
        let session = session(sport, speeds);
        let factor = Factor::find(&session, Basis::Records, &raw, &Rules::default())?;
        assert_eq!(factor.percentile_95, most);
        Ok((factor.counts, factor.reason))
    }

    #[test]
    fn values_that_can_be_nothing_else_decide() {
        let running = |most| found(Sport::Running, most, &[3.0]);
        assert_eq!(running(130.0), Ok((Counts::Steps, FactorReason::Values)));
        assert_eq!(running(109.5), Ok((Counts::Strides, FactorReason::Values)));
        // A runner who hardly moves is one all the same.
        assert_eq!(
            found(Sport::Running, 20.0, &[0.3]),
            Ok((Counts::Strides, FactorReason::Values))
        );
    }

    #[test]
    fn between_them_the_sport_or_the_speed_decides() {
        let strides = Ok((Counts::Strides, FactorReason::Pace));
        let steps = Ok((Counts::Steps, FactorReason::Pace));
        assert_eq!(found(Sport::Running, 129.5, &[3.0]), strides);
        assert_eq!(found(Sport::Running, 110.0, &[3.0]), strides);
        assert_eq!(found(Sport::Running, 120.0, &[]), strides);
        assert_eq!(found(Sport::Running, 120.0, &[2.1]), steps);
        assert_eq!(found(Sport::Walking, 120.0, &[3.0]), steps);
        // Standing has no pace.
        assert_eq!(
            found(Sport::Running, 120.0, &[0.0, 0.0, 0.0, 3.0, 3.0]),
            strides
        );
    }

    #[test]
    fn a_recording_that_does_not_say_is_a_run_by_its_speed_and_its_values() {
        let unknown = |most, speeds: &[f64]| found(Sport::Unknown, most, speeds);
        assert_eq!(unknown(44.5, &[3.0]), Err(NoRun::NotSteps(44.5)));
        assert!(unknown(45.0, &[3.0]).is_ok());
        assert_eq!(unknown(85.0, &[1.5]), Err(NoRun::TooSlow(1.5)));
        assert!(unknown(85.0, &[1.625]).is_ok());
        // One of ten records at a run's speed is enough, and one of eleven is not.
        let mut slow = vec![1.5; 9];
        slow.push(3.0);
        assert!(unknown(85.0, &slow).is_ok());
        slow.push(1.5);
        assert_eq!(unknown(85.0, &slow), Err(NoRun::TooSlow(1.5)));
        assert!(unknown(85.0, &[5.0]).is_ok());
        assert_eq!(unknown(85.0, &[5.5]), Err(NoRun::TooFast(5.5)));
        assert!(unknown(130.0, &[5.5]).is_ok());
        assert_eq!(unknown(129.5, &[]), Err(NoRun::UnknownSport));
        assert!(unknown(130.0, &[]).is_ok());
    }

    #[test]
    fn other_sports_have_no_running_cadence_unless_the_runner_says_so() {
        for sport in [Sport::Cycling, Sport::Hiking, Sport::Other] {
            assert_eq!(found(sport, 85.0, &[3.0]), Err(NoRun::NotOnFoot(sport)));
        }
        let session = session(Sport::Cycling, &[3.0]);
        let find = |rules: &Rules| Factor::find(&session, Basis::Records, &[85.0], rules);
        let it_was_a_run = Rules {
            sport: Some(Sport::Running),
            ..Rules::default()
        };
        assert_eq!(find(&it_was_a_run).map(|it| it.counts), Ok(Counts::Strides));
        let they_are_steps = Rules {
            counts: Some(Counts::Steps),
            ..Rules::default()
        };
        let given = find(&they_are_steps).map(|it| (it.counts, it.reason));
        assert_eq!(given, Ok((Counts::Steps, FactorReason::Given)));
    }

    #[test]
    fn the_unit_of_a_developers_field_decides_for_that_field() {
        let session = Session {
            developer_counts: Some(Counts::Steps),
            ..session(Sport::Running, &[3.0])
        };
        let find = |session: &Session, basis| {
            let factor = Factor::find(session, basis, &[85.0], &Rules::default()).unwrap();
            (factor.counts, factor.reason)
        };
        let by_values = (Counts::Strides, FactorReason::Values);
        let by_unit = (Counts::Steps, FactorReason::Unit);
        assert_eq!(find(&session, Basis::DeveloperField), by_unit);
        assert_eq!(find(&session, Basis::Records), by_values);
        let strides = Session {
            developer_counts: Some(Counts::Strides),
            ..session
        };
        assert_eq!(find(&strides, Basis::DeveloperField), by_values);
    }

    #[test]
    fn a_factor_is_shown_with_its_reason() {
        use Counts::{Steps, Strides};
        use FactorReason::{Given, Pace, Unit, Values};
        let shown = |counts, reason| {
            let percentile_95 = 120.25;
            let factor = Factor {
                counts,
                reason,
                percentile_95,
            };
            (factor.to_string(), reason.name(), factor.is_doubtful())
        };
        let of = |text: &str, name, doubtful| (text.to_owned(), name, doubtful);
        assert_eq!(shown(Steps, Given), of("steps ×1: as given", "told", false));
        assert_eq!(
            shown(Steps, Unit),
            of("steps ×1: the field's unit says so", "unit", false)
        );
        assert_eq!(
            shown(Steps, Values),
            of(
                "steps ×1: 5 % of the values reach 120.3, too fast for strides",
                "values",
                false
            )
        );
        assert_eq!(
            shown(Strides, Values),
            of(
                "strides ×2: 95 % of the values are at most 120.3, too slow for steps",
                "values",
                false
            )
        );
        assert_eq!(
            shown(Steps, Pace),
            of(
                "steps ×1: the values reach 120.3, which at walking pace are steps",
                "pace",
                true
            )
        );
        assert_eq!(
            shown(Strides, Pace),
            of(
                "strides ×2: the values reach 120.3, which at running pace are strides",
                "pace",
                true
            )
        );
    }
}
