//! Taps: the times at which a foot landed become a cadence.
//!
//! Here belongs what can be told from times alone; who taps, and on what, is the command line's.

use std::time::Duration;

use crate::cadence::{Cadence, CadenceError, Estimate, Feet};

/// The fewest taps that tell a cadence: with fewer, one slip of the thumb is most of what there is.
pub const FEWEST: usize = 5;

/// A gap of more intervals than this is a pause, not taps that were missed. The project's own bound.
const LONGEST_GAP: f64 = 4.5;

/// How many taps back the landing of a tap is reckoned from: enough that one slip is small among them, few enough that a
/// change of cadence is followed. The project's own choice.
const REMEMBERED: usize = 4;

/// A cadence that was tapped, with how far it may be off.
#[derive(Clone, Debug, PartialEq)]
pub struct Tapped {
    estimate: Estimate,
    feet: Feet,
    taps: usize,
    missed: usize,
    doubled: usize,
    time: Duration,
}

impl Tapped {
    /// The cadence that taps show, each of them at a landing of one foot or of both, given as times since any moment.
    ///
    /// The median interval and the last few taps tell which landing a tap belongs to: the one that is nearest. A second tap at a
    /// landing is a double and left out; a landing without one was missed. The cadence is
    /// the slope of the line through what is left (least squares), so a single slip hardly moves it. The uncertainty is
    /// that of the first and the last tap alone, each off by the standard deviation s of the taps from that line, to two
    /// standard deviations: 2 · √2 · s / T of the cadence. That is more than the line's own, since the steps of a runner
    /// wander together: ±1.6 spm for 32 taps in 12 s and a thumb that is off by 40 ms, the figure of the project's evidence
    /// table.
    ///
    /// # Errors
    /// [`TapError`]: too few taps, times that go back, a pause; or a cadence that is out of range.
    pub fn measure(times: &[Duration], feet: Feet) -> Result<Self, TapError> {
        if let Some(index) = times.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(TapError::Backwards(index + 2));
        }
        let start = times.first().copied().unwrap_or_default();
        let seconds: Vec<f64> = times
            .iter()
            .map(|time| time.saturating_sub(start).as_secs_f64())
            .collect();
        let interval = median(seconds.windows(2).map(|pair| pair[1] - pair[0]).collect());
        let Some(interval) = interval.filter(|interval| times.len() >= FEWEST && *interval > 0.0)
        else {
            return Err(TapError::TooFew(times.len()));
        };

        let mut landings = vec![(0.0, 0.0)];
        let (mut missed, mut doubled) = (0, 0);
        for &tapped in &seconds[1..] {
            let (last, before) = landings[landings.len() - 1];
            if (tapped - before) / interval > LONGEST_GAP {
                return Err(TapError::Pause(tapped - before));
            }
            // From the middle of the last few, so that a slip of one does not shift those behind it.
            let few = &landings[landings.len().saturating_sub(REMEMBERED)..];
            let (landing, time) = few
                .iter()
                .fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
            let number = few.len() as f64;
            let landing = (landing / number + (tapped - time / number) / interval).round();
            if landing <= last {
                doubled += 1;
            } else {
                missed += (landing - last) as usize - 1;
                landings.push((landing, tapped));
            }
        }
        if landings.len() < FEWEST {
            return Err(TapError::TooFew(landings.len()));
        }
        let (slope, deviation) = line(&landings);
        let time = landings[landings.len() - 1].1;
        let spm = 60.0 * f64::from(feet.steps_per_count()) / slope;
        let uncertainty = spm * 2.0 * std::f64::consts::SQRT_2 * deviation / time;
        Ok(Self {
            estimate: Estimate::new(Cadence::from_spm(spm)?, uncertainty),
            feet,
            taps: landings.len(),
            missed,
            doubled,
            time: Duration::from_secs_f64(time),
        })
    }

    /// The cadence and how far it may be off.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        self.estimate
    }

    /// Whose landings were tapped.
    #[must_use]
    pub fn feet(&self) -> Feet {
        self.feet
    }

    /// How many taps count.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// How many landings have no tap.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.missed
    }

    /// How many taps were left out as doubles.
    #[must_use]
    pub fn doubled(&self) -> usize {
        self.doubled
    }

    /// From the first tap to the last one.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.time
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The slope of the line through points by least squares, and the standard deviation of the points from it.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let number = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / number;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in points {
        xx += (x - x_mean).powi(2);
        xy += (x - x_mean) * (y - y_mean);
    }
    let slope = xy / xx;
    let squares = points
        .iter()
        .map(|(x, y)| (y - y_mean - slope * (x - x_mean)).powi(2));
    (slope, (squares.sum::<f64>() / (number - 2.0)).sqrt())
}

/// Why taps tell no cadence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TapError {
    /// Not enough of them.
    #[error("too few taps ({0}): tap at least {FEWEST} times, better 32")]
    TooFew(usize),
    /// A tap that comes before the one before it, counted from one.
    #[error("tap {0} is earlier than the one before: times must rise")]
    Backwards(usize),
    /// A pause, in seconds.
    #[error("there is a pause of {} s: tap without a break", crate::cadence::one_decimal(*.0))]
    Pause(f64),
    /// A cadence that none has.
    #[error(transparent)]
    Cadence(#[from] CadenceError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(seconds: &[f64]) -> Vec<Duration> {
        seconds
            .iter()
            .map(|&time| Duration::from_secs_f64(time))
            .collect()
    }

    /// Taps at every 0.75 s, one foot: 160 spm.
    fn at_160(taps: usize) -> Vec<f64> {
        (0..taps).map(|tap| 10.0 + 0.75 * tap as f64).collect()
    }

    #[test]
    fn even_taps_tell_the_cadence_of_their_interval() {
        let tapped = Tapped::measure(&times(&at_160(32)), Feet::One).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 1e-6);
        assert!(tapped.estimate().uncertainty_spm() < 1e-6);
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (32, 0, 0)
        );
        assert_eq!(tapped.time(), Duration::from_millis(23_250));
    }

    #[test]
    fn the_uncertainty_comes_from_the_taps_own_spread() {
        // Every second tap 40 ms late, at each step: the line runs through the middle, each tap 20 ms off.
        let taps: Vec<f64> = (0..32)
            .map(|tap| 0.375 * f64::from(tap) + 0.04 * f64::from(tap % 2))
            .collect();
        let tapped = Tapped::measure(&times(&taps), Feet::Both).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 0.1);
        // 160 · 2 · √2 · 0.0206 / 11.665 = 0.80
        assert_eq!(
            crate::cadence::one_decimal(tapped.estimate().uncertainty_spm()),
            "0.8"
        );
    }

    #[test]
    fn a_missed_and_a_doubled_tap_are_found() {
        let mut missed = at_160(32);
        missed.remove(9);
        let tapped = Tapped::measure(&times(&missed), Feet::One).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 1e-6);
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (31, 1, 0)
        );

        let mut doubled = at_160(32);
        doubled.insert(9, doubled[8] + 0.1);
        let tapped = Tapped::measure(&times(&doubled), Feet::One).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 1e-6);
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (32, 0, 1)
        );
    }

    #[test]
    fn what_tells_no_cadence_is_refused() {
        #[track_caller]
        fn case(seconds: &[f64], message: &str) {
            let error = Tapped::measure(&times(seconds), Feet::One).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        case(&[], "too few taps (0): tap at least 5 times, better 32");
        case(
            &at_160(4),
            "too few taps (4): tap at least 5 times, better 32",
        );
        case(
            &[1.0; 9],
            "too few taps (9): tap at least 5 times, better 32",
        );
        case(
            &[1.0, 1.7, 1.5, 2.0, 3.0],
            "tap 3 is earlier than the one before: times must rise",
        );
        case(
            &[0.0, 0.75, 1.5, 2.25, 3.0, 9.0],
            "there is a pause of 6 s: tap without a break",
        );
        case(
            &[0.0, 0.1, 0.2, 0.3, 0.4],
            "a cadence of 1200 spm is out of range: 30 to 300 spm",
        );
    }

    #[test]
    fn a_thumb_that_is_off_by_40_ms_tells_160_within_1_6() {
        // 1,000 trials of 32 steps; a slip is the sum of twelve even chances, so near enough to a normal one.
        let mut state = 1_u64;
        let mut even = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let trials: Vec<Estimate> = (0..1_000)
            .map(|_| {
                let mut slip = || 0.04 * ((0..12).map(|_| even()).sum::<f64>() - 6.0);
                let taps: Vec<f64> = (0..32)
                    .map(|tap| 1.0 + 0.375 * f64::from(tap) + slip())
                    .collect();
                Tapped::measure(&times(&taps), Feet::Both)
                    .unwrap()
                    .estimate()
            })
            .collect();
        let mean = trials
            .iter()
            .map(|trial| trial.uncertainty_spm())
            .sum::<f64>()
            / 1_000.0;
        assert!((mean - 1.56).abs() < 0.05, "{mean}");
        let within = trials
            .iter()
            .filter(|trial| (trial.cadence().spm() - 160.0).abs() <= trial.uncertainty_spm());
        let within = within.count();
        assert!(within >= 999, "{within}");
    }

    proptest! {
        #[test]
        fn no_times_panic(mut millis in prop::collection::vec(0_u64..100_000, 0..40), sorted: bool) {
            if sorted {
                millis.sort_unstable();
            }
            let taps: Vec<Duration> = millis.into_iter().map(Duration::from_millis).collect();
            let _ = Tapped::measure(&taps, Feet::Both);
        }
    }
}
