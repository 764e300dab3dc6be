//! Turns a count into a cadence, with its uncertainty and any doubts about it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Cadence, CadenceError, UNUSUAL_ABOVE_SPM, WALKING_BELOW_SPM};

/// The range in which a runner's cadence appears when one foot is counted as both: half of 130 to
/// 210 spm. The project's own threshold.
const HALF_A_RUNNER_SPM: std::ops::RangeInclusive<f64> = 65.0..=105.0;

/// The error of a stopwatch time, in seconds: 98 % of pairs of presses, each with a standard
/// deviation of 0.1 s (the press error of the project's evidence table): 2.326 · √2 · 0.1 s.
const STOPWATCH_ERROR_S: f64 = 2.326 * std::f64::consts::SQRT_2 * 0.1;

/// A number of counted steps, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u32);

impl Count {
    /// Checks a number of steps.
    ///
    /// # Errors
    /// [`CadenceError::NotACount`] for zero.
    pub fn from_steps(steps: u32) -> Result<Self, CadenceError> {
        if steps == 0 {
            Err(CadenceError::NotACount("0".into()))
        } else {
            Ok(Self(steps))
        }
    }

    /// The number of steps.
    #[must_use]
    pub fn steps(self) -> u32 {
        self.0
    }
}

impl FromStr for Count {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps = text
            .trim()
            .parse()
            .map_err(|_| CadenceError::NotACount(text.to_owned()))?;
        Self::from_steps(steps)
    }
}

/// Whose landings were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feet {
    /// One foot: a count is a stride, two steps.
    One,
    /// Both feet: a count is a step.
    Both,
}

impl fmt::Display for Feet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "one foot",
            Self::Both => "both feet",
        })
    }
}

impl Feet {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Both => "both",
        }
    }

    /// The number of steps in one count: 2 for one foot, 1 for both.
    #[must_use]
    pub fn steps_per_count(self) -> u32 {
        match self {
            Self::One => 2,
            Self::Both => 1,
        }
    }
}

/// Which of time and count was fixed beforehand, which determines the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// The time was fixed and the steps were counted.
    ///
    /// A window that opens at a random moment is off by less than one count. So the cadence of one
    /// count is off by less than 120/T spm (one foot) or 60/T (both), T in seconds: a bound, not a
    /// likelihood.
    FixedTime,
    /// The count was fixed and the time was measured with a stopwatch.
    ///
    /// The error comes from the thumb: 0.33 s covers 98 % if each press has a standard deviation of
    /// 0.1 s.
    Stopwatch,
}

/// How steps were counted: whose, for how long, and which of count and time was fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    feet: Feet,
    timing: Timing,
    time: Duration,
}

impl Method {
    /// The shortest accepted time of a count: below it, one count is worth 24 spm or more. The
    /// project's own bound.
    pub const MIN_TIME: Duration = Duration::from_secs(5);
    /// The longest accepted time of a count. The project's own bound.
    pub const MAX_TIME: Duration = Duration::from_secs(3600);

    /// Creates a method after checking the time of a count.
    ///
    /// # Errors
    /// [`CadenceError::Time`] outside [`MIN_TIME`](Self::MIN_TIME) to [`MAX_TIME`](Self::MAX_TIME).
    pub fn new(feet: Feet, timing: Timing, time: Duration) -> Result<Self, CadenceError> {
        if (Self::MIN_TIME..=Self::MAX_TIME).contains(&time) {
            Ok(Self { feet, timing, time })
        } else {
            Err(CadenceError::Time(time))
        }
    }

    /// Whose landings were counted.
    #[must_use]
    pub fn feet(self) -> Feet {
        self.feet
    }

    /// Which of count and time was fixed.
    #[must_use]
    pub fn timing(self) -> Timing {
        self.timing
    }

    /// How long steps were counted.
    #[must_use]
    pub fn time(self) -> Duration {
        self.time
    }

    /// Computes the cadence from the counts, with its uncertainty.
    ///
    /// The mean of m counts of n steps in T seconds is 60 · (steps a count) · n / T spm. Its
    /// uncertainty:
    ///
    /// - one count in a fixed time: one count, 120/T or 60/T spm, a strict bound on the error;
    /// - m counts: that divided by √m, since each started at an independent moment. It covers at
    ///   least 91 % of means at any cadence, and 98 % over all cadences (computed in this module's
    ///   tests);
    /// - counts that lie more than two apart contradict one steady cadence (each is off by less
    ///   than one): then twice the standard error of the mean, if that is larger;
    /// - a stopwatch: cadence · 0.33 s / T (see [`Timing::Stopwatch`]).
    ///
    /// # Errors
    /// [`CadenceError::NoCount`] if `counts` is empty, [`CadenceError::StopwatchCounts`] for a
    /// stopwatch with more than one count, and [`CadenceError::Counted`] if the cadence is out of
    /// range, with the cadence for the other choice of feet.
    pub fn measure(self, counts: &[Count]) -> Result<Measurement, CadenceError> {
        if counts.is_empty() {
            return Err(CadenceError::NoCount);
        }
        if self.timing == Timing::Stopwatch && counts.len() > 1 {
            return Err(CadenceError::StopwatchCounts(counts.len()));
        }
        let number = counts.len() as f64;
        let mean = counts.iter().map(|count| f64::from(count.0)).sum::<f64>() / number;
        let spm_per_count = 60.0 * f64::from(self.feet.steps_per_count()) / self.time.as_secs_f64();
        let spm = mean * spm_per_count;
        let cadence = Cadence::from_spm(spm).map_err(|_| CadenceError::Counted {
            method: self,
            steps: mean,
            spm,
            other_feet: Cadence::from_spm(match self.feet {
                Feet::One => spm / 2.0,
                Feet::Both => spm * 2.0,
            })
            .ok(),
        })?;
        let uncertainty = match self.timing {
            Timing::Stopwatch => spm * STOPWATCH_ERROR_S / self.time.as_secs_f64(),
            Timing::FixedTime => {
                let counting = 1.0 / number.sqrt();
                let counts_off = if disagree(counts) {
                    let squares = counts
                        .iter()
                        .map(|count| (f64::from(count.0) - mean).powi(2));
                    let standard_error = (squares.sum::<f64>() / (number - 1.0) / number).sqrt();
                    counting.max(2.0 * standard_error)
                } else {
                    counting
                };
                counts_off * spm_per_count
            }
        };
        Ok(Measurement {
            method: self,
            counts: counts.to_vec(),
            estimate: Estimate {
                cadence,
                uncertainty,
            },
        })
    }
}

/// Whether counts differ by more than counting errors explain: each is off by less than one, so two
/// of one cadence differ by less than two.
fn disagree(counts: &[Count]) -> bool {
    let low = counts.iter().min();
    let high = counts.iter().max();
    low.zip(high).is_some_and(|(low, high)| high.0 - low.0 > 2)
}

/// A cadence and its uncertainty to either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    cadence: Cadence,
    uncertainty: f64,
}

impl Estimate {
    /// A cadence with its uncertainty in steps per minute, computed by the method that measured it.
    pub(crate) fn new(cadence: Cadence, uncertainty: f64) -> Self {
        Self {
            cadence,
            uncertainty,
        }
    }

    /// The cadence.
    #[must_use]
    pub fn cadence(self) -> Cadence {
        self.cadence
    }

    /// The uncertainty to either side, in steps per minute.
    #[must_use]
    pub fn uncertainty_spm(self) -> f64 {
        self.uncertainty
    }

    /// The raise that a tempo asks of the runner, in percent, from the least to the most that the
    /// uncertainty allows: 168 over 160 ±4 spm is +2.4 to +7.7 %. `None` if the uncertainty is as
    /// large as the cadence.
    #[must_use]
    pub fn true_raise_percent(self, target: Cadence) -> Option<(f64, f64)> {
        let over = |spm: f64| (target.0 / spm - 1.0) * 100.0;
        let slowest = self.cadence.0 - self.uncertainty;
        (slowest > 0.0).then(|| (over(self.cadence.0 + self.uncertainty), over(slowest)))
    }

    /// The doubt about this estimate, if landings of these feet were counted.
    #[must_use]
    pub fn doubts(self, feet: Feet) -> Vec<Doubt> {
        let doubt = self.doubt(feet);
        let is_half = matches!(doubt, Some(Doubt::BothFeetCounted { .. }));
        let high = self.cadence.doubt().filter(|_| !is_half);
        doubt.into_iter().chain(high).collect()
    }

    fn doubt(self, feet: Feet) -> Option<Doubt> {
        let spm = self.cadence.0;
        if feet == Feet::Both && HALF_A_RUNNER_SPM.contains(&spm) {
            // Half a runner's cadence, doubled, is always in range.
            Some(Doubt::OneFootCounted {
                both: Cadence(spm * 2.0),
            })
        } else if spm < WALKING_BELOW_SPM {
            Some(Doubt::Walking)
        } else if feet == Feet::One && spm / 2.0 >= WALKING_BELOW_SPM {
            Some(Doubt::BothFeetCounted {
                half: Cadence(spm / 2.0),
            })
        } else if spm > UNUSUAL_ABOVE_SPM {
            Some(Doubt::Unusual)
        } else {
            None
        }
    }
}

/// A counted cadence, the result of [`Method::measure`].
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// How it was counted.
    pub method: Method,
    /// The counts.
    pub counts: Vec<Count>,
    /// The cadence and its uncertainty.
    pub estimate: Estimate,
}

impl Measurement {
    /// The doubt about this measurement, if any.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let apart = self.method.timing == Timing::FixedTime && disagree(&self.counts);
        let mut doubts = self.estimate.doubts(self.method.feet);
        doubts.extend(apart.then_some(Doubt::CountsDisagree));
        doubts
    }
}

/// A doubt about a measured cadence: a hint for the runner, not an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// Below [`WALKING_BELOW_SPM`].
    Walking,
    /// Above [`UNUSUAL_ABOVE_SPM`].
    Unusual,
    /// [`HIGH_FROM_SPM`](super::HIGH_FROM_SPM) or above: raising it further may not help.
    High,
    /// Counted as both feet, but only plausible as one.
    OneFootCounted {
        /// The cadence if one foot was counted.
        both: Cadence,
    },
    /// Counted as one foot, but only plausible as both.
    BothFeetCounted {
        /// The cadence if both feet were counted.
        half: Cadence,
    },
    /// The counts differ by more than counting errors explain.
    CountsDisagree,
}

impl Doubt {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Walking => "walking",
            Self::Unusual => "unusual",
            Self::High => "high",
            Self::OneFootCounted { .. } => "one_foot_counted",
            Self::BothFeetCounted { .. } => "both_feet_counted",
            Self::CountsDisagree => "counts_disagree",
        }
    }
}
