//! Taps: the times at which a foot landed become a cadence.
//!
//! Here belongs what can be told from times alone; who taps, and on what, is the command line's.

use std::time::Duration;

use crate::cadence::{Cadence, CadenceError, Estimate, Feet};

/// The fewest taps that tell a cadence: with fewer, one slip of the thumb is most of what there is.
pub const FEWEST: usize = 5;

/// A gap of more beats than this is a pause, not taps that were missed.
const LONGEST_GAP: f64 = 4.5;

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
    /// The median interval tells which landing a tap belongs to: a tap that comes less than half an interval after the one
    /// before is its double and left out; one that comes later than one and a half has missed some between. The cadence is
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
            let (landing, before) = landings[landings.len() - 1];
            let gap = (tapped - before) / interval;
            if gap > LONGEST_GAP {
                return Err(TapError::Pause(tapped - before));
            }
            match gap.round() as usize {
                0 => doubled += 1,
                beats => {
                    missed += beats - 1;
                    landings.push((landing + beats as f64, tapped));
                }
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
    #[error("{0} taps tell no cadence: tap at least {FEWEST} times, better 32")]
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
        case(
            &[],
            "0 taps tell no cadence: tap at least 5 times, better 32",
        );
        case(
            &at_160(4),
            "4 taps tell no cadence: tap at least 5 times, better 32",
        );
        case(
            &[1.0; 9],
            "9 taps tell no cadence: tap at least 5 times, better 32",
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

    proptest! {
        #[test]
        fn the_cadence_is_found_within_the_uncertainty_nearly_always(
            spm in 140.0..210.0, slips in prop::collection::vec(-0.04..0.04, 32),
        ) {
            let taps: Vec<f64> =
                slips.iter().enumerate().map(|(tap, slip)| 1.0 + 120.0 / spm * tap as f64 + slip).collect();
            let tapped = Tapped::measure(&times(&taps), Feet::One).unwrap();
            let off = f64::abs(tapped.estimate().cadence().spm() - spm);
            // The line's own standard deviation is a seventh of the uncertainty; four of them are a bound.
            prop_assert!(off <= tapped.estimate().uncertainty_spm());
        }

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
