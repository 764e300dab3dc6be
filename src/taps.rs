//! Taps: a cadence from the times at which a foot landed.
//!
//! Everything that follows from the times alone belongs here; reading the taps is up to the command
//! line.

use std::f64::consts::TAU;
use std::time::Duration;

use crate::cadence::{Cadence, CadenceError, Estimate, Feet};

/// The fewest taps that give a cadence: with fewer, a single slip of the thumb dominates.
pub const FEWEST: usize = 5;

/// A gap of more intervals than this is a pause, not taps that were missed. The project's own
/// bound.
const LONGEST_GAP: f64 = 4.5;

/// The least uncertainty of a cadence, in steps per minute: half of the tenth that it is printed
/// to.
const LEAST_UNCERTAINTY_SPM: f64 = 0.05;

/// How many taps are fitted together: as many as one `cadence tap` takes, 12 s of both feet. In a
/// longer series the cadence may drift, so its landings are numbered in stretches that share half
/// of their taps.
const STRETCH: usize = 32;

/// How far the fitted interval may lie from the median of the intervals, as a share of it. At 50 ms
/// of jitter, both feet, 20 % finds the landings of 5,000 simulated series but for 5, 30 % but for
/// 6. The project's own bound.
const SEARCHED: f64 = 0.2;

/// The steps of the search for one cycle more over a stretch. The project's own choice: a peak is
/// two cycles wide.
const STEPS_PER_CYCLE: f64 = 8.0;

/// A tapped cadence, with its uncertainty.
#[derive(Clone, Debug, PartialEq)]
pub struct TapMeasurement {
    estimate: Estimate,
    feet: Feet,
    taps: usize,
    missed: usize,
    doubled: usize,
    time: Duration,
}

impl TapMeasurement {
    /// Computes the cadence from taps, each at a landing of one foot or of both, given as times
    /// since any moment.
    ///
    /// Which landing a tap belongs to is decided for all taps at once: of the intervals near the
    /// median one, the one that brings the taps into phase best (the largest sum of unit vectors,
    /// each turned by its tap's phase) numbers the landings, so that no slip shifts the taps after
    /// it. Of two taps at a landing one is a double; a landing without a tap was missed. The
    /// cadence is the slope of the line through what is left (least squares).
    ///
    /// The uncertainty is that of the first and the last tap alone, each off by the standard
    /// deviation s of the taps from that line, to two standard deviations: 2 · √2 · s / T of the
    /// cadence. That is more than the line's own, since the steps of a runner wander together: ±1.6
    /// spm for 32 taps in 12 s and a thumb that is off by 40 ms, the figure of the project's
    /// evidence table. A slip counts in s as a tap that may lie anywhere between two landings, so
    /// slips widen it. It is never below half of the last digit that is printed of a cadence, 0.05
    /// spm: taps that lie on the line, as times that were rounded do, are not known better.
    ///
    /// In 5,000 simulated series of 32 steps, 150 to 200 spm, 3 % missed and 3 % doubled, none is
    /// off by more than 5 spm at 40 ms of jitter, and 0.1 % are at 50 ms; this module's tests
    /// repeat it.
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

        let mut gaps = seconds.windows(2).map(|pair| pair[1] - pair[0]);
        if let Some(pause) = gaps.find(|gap| gap / interval > LONGEST_GAP) {
            return Err(TapError::Pause(pause));
        }
        let (landings, doubled) = landings(&seconds, interval);
        if landings.len() < FEWEST {
            return Err(TapError::TooFew(landings.len()));
        }
        let (first, last) = (landings[0], landings[landings.len() - 1]);
        let missed = landings
            .windows(2)
            .map(|pair| usize::try_from(pair[1].number - pair[0].number - 1).unwrap_or(0))
            .sum::<usize>();
        let points = landings
            .iter()
            .map(|landing| (landing.number as f64, landing.time));
        let line = Line::through(&points.collect::<Vec<_>>());
        let time = last.time - first.time;
        let (slips, taps) = ((missed + doubled) as f64, landings.len() as f64);
        // A tap anywhere between two landings has the variance of an even chance: a twelfth of the
        // squared interval.
        let (own, slipped) = (line.deviation.powi(2), line.slope.powi(2) / 12.0);
        let variance = (taps * own + slips * slipped) / (taps + slips);
        let spm = 60.0 * f64::from(feet.steps_per_count()) / line.slope;
        let uncertainty = spm * 2.0 * std::f64::consts::SQRT_2 * variance.sqrt() / time;
        let uncertainty = uncertainty.max(LEAST_UNCERTAINTY_SPM);
        Ok(Self {
            estimate: Estimate::new(Cadence::from_spm(spm)?, uncertainty),
            feet,
            taps: landings.len(),
            missed,
            doubled,
            time: Duration::from_secs_f64(time),
        })
    }

    /// The cadence and its uncertainty.
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

    /// The time from the first tap to the last.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.time
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// A tap and the number of its landing.
#[derive(Clone, Copy, Debug)]
struct Landing {
    number: i64,
    time: f64,
    /// How far the tap lies from its landing, in intervals.
    off: f64,
}

/// Every tap's landing, doubles left out, and how many doubles there were. Numbers are relative to
/// each other.
fn landings(seconds: &[f64], interval: f64) -> (Vec<Landing>, usize) {
    let mut all: Vec<Landing> = Vec::with_capacity(seconds.len());
    for start in (0..seconds.len()).step_by(STRETCH / 2) {
        let stretch = &seconds[start..seconds.len().min(start + STRETCH)];
        let shared = all.len() - start;
        if shared == stretch.len() {
            break;
        }
        let numbered = numbered(stretch, interval);
        let mut ahead: Vec<i64> = all[start..]
            .iter()
            .zip(&numbered)
            .map(|(known, (number, _))| known.number - number)
            .collect();
        ahead.sort_unstable();
        let ahead = ahead.get(shared / 2).copied().unwrap_or(0);
        for (&time, (number, off)) in stretch.iter().zip(numbered).skip(shared) {
            let least = all.last().map_or(i64::MIN, |last| last.number);
            let number = least.max(number + ahead);
            all.push(Landing { number, time, off });
        }
    }
    let taps = all.len();
    let mut landings: Vec<Landing> = Vec::with_capacity(taps);
    for tap in all {
        match landings.last_mut() {
            Some(last) if last.number == tap.number => {
                if tap.off < last.off {
                    *last = tap;
                }
            }
            _ => landings.push(tap),
        }
    }
    let doubled = taps - landings.len();
    (landings, doubled)
}

/// The numbers of the landings of one stretch, and how far each tap lies from its own, in
/// intervals.
fn numbered(seconds: &[f64], interval: f64) -> Vec<(i64, f64)> {
    let (start, time) = (seconds[0], seconds[seconds.len() - 1] - seconds[0]);
    let step = 1.0 / (STEPS_PER_CYCLE * time.max(interval));
    let steps = whole((SEARCHED / interval / step).ceil());
    let (mut best, mut slope, mut landing) = (0.0, interval, start);
    for index in -steps..=steps {
        let frequency = 1.0 / interval + index as f64 * step;
        let (sine, cosine) = seconds.iter().fold((0.0, 0.0), |sum, tap| {
            let (sine, cosine) = (TAU * frequency * (tap - start)).sin_cos();
            (sum.0 + sine, sum.1 + cosine)
        });
        let length = cosine.hypot(sine);
        if length > best {
            best = length;
            slope = 1.0 / frequency;
            landing = start + sine.atan2(cosine) / TAU * slope;
        }
    }
    // Twice again by the line through them, which is finer than the search.
    for _ in 0..2 {
        let points = seconds.iter().map(|time| {
            let number = ((time - landing) / slope).round();
            (number, *time)
        });
        let line = Line::through(&points.collect::<Vec<_>>());
        if line.slope > 0.0 {
            (slope, landing) = (line.slope, line.at_zero);
        }
    }
    seconds
        .iter()
        .map(|time| {
            let place = (time - landing) / slope;
            (whole(place.round()), (place - place.round()).abs())
        })
        .collect()
}

/// A rounded number of landings or of steps of a search: small, whatever the taps are.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a pause ends a series, so it is a few times the number of taps at most"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

/// The line through points by least squares.
struct Line {
    slope: f64,
    at_zero: f64,
    /// The standard deviation of the points from it.
    deviation: f64,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Self {
        let number = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / number;
        let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
        let (mut xx, mut xy) = (0.0, 0.0);
        for (x, y) in points {
            xx += (x - x_mean).powi(2);
            xy += (x - x_mean) * y;
        }
        let slope = xy / xx;
        let squares = points
            .iter()
            .map(|(x, y)| (y - y_mean - slope * (x - x_mean)).powi(2));
        Self {
            slope,
            at_zero: y_mean - slope * x_mean,
            deviation: (squares.sum::<f64>() / (number - 2.0)).sqrt(),
        }
    }
}

/// Why taps give no cadence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TapError {
    /// Not enough of them.
    #[error("too few taps ({0}): tap at least {FEWEST} times, better 32")]
    TooFew(usize),
    /// A tap that is earlier than the one before it, counted from one.
    #[error("tap {0} is earlier than the one before: times must rise")]
    Backwards(usize),
    /// A pause, in seconds.
    #[error("there is a pause of {} s: tap without a break", crate::number::one_decimal(*.0))]
    Pause(f64),
    /// A cadence out of range.
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
        let tapped = TapMeasurement::measure(&times(&at_160(32)), Feet::One).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 1e-6);
        assert_eq!(tapped.estimate().uncertainty_spm(), 0.05);
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (32, 0, 0)
        );
        assert_eq!(tapped.time(), Duration::from_millis(23_250));
    }

    #[test]
    fn the_uncertainty_comes_from_the_taps_own_spread() {
        // Every second tap 40 ms late, at each step: the line runs through the middle, each tap 20
        // ms off.
        let taps: Vec<f64> = (0..32)
            .map(|tap| 0.375 * f64::from(tap) + 0.04 * f64::from(tap % 2))
            .collect();
        let tapped = TapMeasurement::measure(&times(&taps), Feet::Both).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 0.1);
        // 160 · 2 · √2 · 0.0206 / 11.665 = 0.80
        assert_eq!(
            crate::number::one_decimal(tapped.estimate().uncertainty_spm()),
            "0.8"
        );
    }

    #[test]
    fn a_missed_and_a_doubled_tap_are_found() {
        let mut missed = at_160(32);
        missed.remove(9);
        let tapped = TapMeasurement::measure(&times(&missed), Feet::One).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 1e-6);
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (31, 1, 0)
        );
        // Even taps but for a slip, which has a twelfth of the squared interval: 160 · 2 · √2 ·
        // √(0.75² / 12 / 32) / 23.25 = 10 · √3 / 23.25.
        let uncertainty = tapped.estimate().uncertainty_spm();
        assert!((uncertainty - 10.0 * 3_f64.sqrt() / 23.25).abs() < 1e-6);

        let mut doubled = at_160(32);
        doubled.insert(9, doubled[8] + 0.1);
        let tapped = TapMeasurement::measure(&times(&doubled), Feet::One).unwrap();
        assert!((tapped.estimate().cadence().spm() - 160.0).abs() < 1e-6);
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (32, 0, 1)
        );

        // One before the first does not count in the time.
        let mut early = at_160(32);
        early.insert(0, early[0] - 0.1);
        let tapped = TapMeasurement::measure(&times(&early), Feet::One).unwrap();
        assert_eq!((tapped.missed(), tapped.doubled()), (0, 1));
        assert_eq!(tapped.time(), Duration::from_millis(23_250));
    }

    #[test]
    fn of_two_taps_at_one_landing_the_nearer_counts() {
        // Alternately 2.5 ms early and late, so that the search alone lies 20 ms off at the ends.
        let steps: Vec<f64> = at_160(26);
        let early_and_late = steps.iter().zip([-0.0025, 0.0025].into_iter().cycle());
        let steps: Vec<f64> = early_and_late.map(|(step, off)| step + off).collect();
        for off in [-0.02, 0.02] {
            let mut taps = steps.clone();
            taps.push(steps[25] + off);
            taps.sort_by(f64::total_cmp);
            let tapped = TapMeasurement::measure(&times(&taps), Feet::One).unwrap();
            assert_eq!((tapped.missed(), tapped.doubled()), (0, 1));
            let time = tapped.time().as_secs_f64();
            assert!((time - 18.755).abs() < 1e-6, "{time}");
        }
    }

    #[test]
    fn what_tells_no_cadence_is_refused() {
        #[track_caller]
        fn case(seconds: &[f64], message: &str) {
            let error = TapMeasurement::measure(&times(seconds), Feet::One).unwrap_err();
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
        // Up to four and a half intervals may be taps that were missed.
        let longest = [0.0, 0.75, 1.5, 2.25, 3.0, 6.375];
        assert!(TapMeasurement::measure(&times(&longest), Feet::One).is_ok());
        case(
            &[0.0, 0.1, 0.2, 0.3, 0.4],
            "a cadence of 1200 spm is out of range: 30 to 300 spm",
        );
    }

    /// Even chances from 0 to 1, the same ones every time.
    struct Chance(u64);

    impl Chance {
        fn even(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
        }

        /// A normal deviate (Box and Muller 1958).
        fn normal(&mut self) -> f64 {
            (-2.0 * (1.0 - self.even()).ln()).sqrt() * (TAU * self.even()).cos()
        }

        /// 32 taps of a steady runner; 3 % of the landings have none, 3 % a second one 60 to 120 ms
        /// later.
        fn taps(&mut self, interval: f64, jitter: f64, slips: bool) -> Vec<f64> {
            let share = if slips { 0.03 } else { 0.0 };
            let (mut taps, mut landing) = (Vec::new(), 1.0);
            while taps.len() < 32 {
                landing += interval;
                if self.even() < share {
                    continue;
                }
                let tap = landing + jitter * self.normal();
                taps.push(tap);
                if self.even() < share {
                    taps.push(tap + 0.06 + 0.06 * self.even());
                }
            }
            taps.sort_by(f64::total_cmp);
            taps.truncate(32);
            taps
        }
    }

    /// The results of 5,000 simulated series.
    #[derive(Debug)]
    struct Trials {
        /// Wrong by more than 5 spm.
        wrong: usize,
        /// True within the printed range.
        covered: usize,
        /// The mean uncertainty, in spm, of those without and with slips found.
        width: [f64; 2],
    }

    fn trials(feet: Feet, jitter: f64, slips: bool) -> Trials {
        let mut chance = Chance(1);
        let (mut wrong, mut covered) = (0, 0);
        let mut widths = [Vec::new(), Vec::new()];
        for _ in 0..5_000 {
            let spm = 150.0 + 50.0 * chance.even();
            let interval = 60.0 * f64::from(feet.steps_per_count()) / spm;
            let taps = chance.taps(interval, jitter, slips);
            let tapped = TapMeasurement::measure(&times(&taps), feet).unwrap();
            let estimate = tapped.estimate();
            let off = (estimate.cadence().spm() - spm).abs();
            wrong += usize::from(off > 5.0);
            covered += usize::from(off <= estimate.uncertainty_spm());
            let found = tapped.missed() + tapped.doubled() > 0;
            widths[usize::from(found)].push(estimate.uncertainty_spm());
        }
        Trials {
            wrong,
            covered,
            width: widths.map(|widths| widths.iter().sum::<f64>() / widths.len().max(1) as f64),
        }
    }

    #[test]
    fn at_40_ms_with_slips_no_series_of_both_feet_is_wrong() {
        let trials = trials(Feet::Both, 0.04, true);
        assert_eq!(trials.wrong, 0, "{trials:?}");
        assert!(trials.covered >= 4_995, "{trials:?}");
        assert!(trials.width[1] > 1.05 * trials.width[0], "{trials:?}");
    }

    #[test]
    fn at_50_ms_at_most_one_series_in_200_is_wrong() {
        let trials = trials(Feet::Both, 0.05, true);
        assert!(trials.wrong <= 25, "{trials:?}");
        assert!(trials.covered >= 4_970, "{trials:?}");
    }

    #[test]
    fn at_60_ms_the_search_finds_what_taps_tell() {
        // 144 are wrong; 167 with steps of a cycle, 228 without the phase.
        let trials = trials(Feet::Both, 0.06, true);
        assert!(trials.wrong <= 150, "{trials:?}");
    }

    #[test]
    fn one_foot_is_off_by_at_most_half_as_much() {
        let trials = trials(Feet::One, 0.05, true);
        assert_eq!(trials.wrong, 0, "{trials:?}");
        assert!(trials.covered >= 4_995, "{trials:?}");
        assert!(trials.width[1] > 1.2 * trials.width[0], "{trials:?}");
    }

    #[test]
    fn a_thumb_that_is_off_by_40_ms_gives_1_9_without_slips() {
        let trials = trials(Feet::Both, 0.04, false);
        assert_eq!(trials.wrong, 0, "{trials:?}");
        assert!((trials.width[0] - 1.87).abs() < 0.05, "{trials:?}");
        assert!(trials.covered >= 4_990, "{trials:?}");
    }

    #[test]
    fn a_long_series_follows_a_cadence_that_drifts() {
        // 600 steps from 155 to 175 spm: 19 cycles more than at the mean of the first minute.
        let mut chance = Chance(1);
        let mut landing = 0.0;
        let taps: Vec<f64> = (0..600)
            .map(|step| {
                landing += 60.0 / (155.0 + 20.0 * f64::from(step) / 599.0);
                1.0 + landing + 0.03 * chance.normal()
            })
            .collect();
        let tapped = TapMeasurement::measure(&times(&taps), Feet::Both).unwrap();
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (600, 0, 0)
        );
        assert!((tapped.estimate().cadence().spm() - 165.0).abs() < 1.0);
    }

    #[test]
    fn a_slip_that_two_stretches_number_differently_shifts_nothing_after_it() {
        // Faster from the 26th on, and a tap near the middle between the 24th and the next.
        let mut at = 1.0;
        let mut taps = Vec::new();
        for tap in 0..64 {
            taps.push(at);
            if tap == 24 {
                taps.push(at + 0.315);
            }
            at += if tap < 26 { 0.75 } else { 0.70 };
        }
        let tapped = TapMeasurement::measure(&times(&taps), Feet::One).unwrap();
        assert_eq!(
            (tapped.taps(), tapped.missed(), tapped.doubled()),
            (64, 0, 1)
        );
    }

    proptest! {
        #[test]
        fn no_times_panic(mut millis in prop::collection::vec(0_u64..100_000, 0..40), sorted: bool) {
            if sorted {
                millis.sort_unstable();
            }
            let taps: Vec<Duration> = millis.into_iter().map(Duration::from_millis).collect();
            let _ = TapMeasurement::measure(&taps, Feet::Both);
        }
    }
}
