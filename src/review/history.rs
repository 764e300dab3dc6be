//! Several runs: the same run found twice, and cadence at a pace that all of them have.

use super::pace::PaceClass;
use crate::stats::{self, Weighted};
use crate::watch::Moment;

/// How far from the common pace still counts as comparable, in seconds a kilometre. Cadence rises by about 3 spm where
/// pace rises by 15 % (`PubMed` 31284825, 2020): within 20 s of 6 min/km, by 1.
const COMPARABLE_S: f64 = 20.0;

/// The least running at a pace that says something of the cadence at it, in seconds. The project's own bound.
const ENOUGH_S: f64 = 120.0;

/// The pace that half of all the running was faster than, in seconds a kilometre: the middle of its class.
#[must_use]
pub fn common_pace<'a>(runs: impl IntoIterator<Item = &'a [PaceClass]>) -> Option<f64> {
    let classes = runs.into_iter().flatten();
    let paces = classes.map(|class| (class.middle_s_per_km(), class.seconds));
    Weighted::new(paces.collect()).quantile(0.5)
}

/// The mean cadence of a run near a pace, where it has enough of it.
#[must_use]
pub fn cadence_at(paces: &[PaceClass], pace_s_per_km: f64) -> Option<f64> {
    let near = paces
        .iter()
        .filter(|class| (class.middle_s_per_km() - pace_s_per_km).abs() <= COMPARABLE_S);
    let (seconds, steps) = near.fold((0.0, 0.0), |(seconds, steps), class| {
        (
            seconds + class.seconds,
            steps + class.mean_spm() * class.seconds,
        )
    });
    (seconds >= ENOUGH_S).then(|| steps / seconds)
}

/// The fewest runs, and the fewest days from the first to the last, that make a trend. The project's own bounds: three runs
/// on three days once made "+31.4 spm a month".
pub const TREND_MIN_RUNS: usize = 5;
/// See [`TREND_MIN_RUNS`].
pub const TREND_MIN_DAYS: f64 = 21.0;

/// A run as a trend sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendRun {
    /// When it began.
    pub start: Moment,
    /// The mean cadence of running.
    pub mean_spm: f64,
    /// The mean speed of running, in metres a second, where it is known.
    pub speed_mps: Option<f64>,
}

/// How cadence changes over time, at the same speed.
///
/// Runs are compared by their means, and not by what was run at each pace within them: the speed of a second is noisy, which
/// would hide a part of what speed explains, and that part would look like time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Runs that it is of.
    pub runs: usize,
    /// Days from the first to the last of them.
    pub days: f64,
    /// Steps a minute in 30 days; `None` where it is too short, or where speed and time change together.
    pub per_month: Option<f64>,
    /// Half of its 95 % interval.
    pub interval: Option<f64>,
    /// Whether speed was known, and taken account of.
    pub at_one_speed: bool,
}

impl Trend {
    /// Regresses cadence on time and speed together. Where most runs have a speed, those without are left out.
    #[must_use]
    pub fn of(runs: &[TrendRun]) -> Self {
        const DAY_S: f64 = 24.0 * 3600.0;
        let with_speed = runs.iter().filter(|run| run.speed_mps.is_some()).count();
        let at_one_speed = 2 * with_speed > runs.len();
        let used = runs
            .iter()
            .filter(|run| run.start.is_dated() && (run.speed_mps.is_some() || !at_one_speed));
        let used: Vec<&TrendRun> = used.collect();
        let first = used.iter().map(|run| run.start).min();
        let points: Vec<(f64, f64, f64)> = used
            .iter()
            .map(|run| {
                let days = first.map_or(0.0, |first| run.start.seconds_since(first) / DAY_S);
                let speed = run.speed_mps.filter(|_| at_one_speed);
                (days, run.mean_spm, speed.unwrap_or(0.0))
            })
            .collect();
        let days = points.iter().map(|(days, ..)| *days).fold(0.0, f64::max);
        let is_long = points.len() >= TREND_MIN_RUNS && days >= TREND_MIN_DAYS;
        let slope = is_long.then(|| stats::slope_beside(&points)).flatten();
        Self {
            runs: points.len(),
            days,
            per_month: slope.map(|slope| 30.0 * slope.value),
            interval: slope.map(|slope| 30.0 * slope.interval),
            at_one_speed,
        }
    }

    /// Whether it is long enough to be one.
    #[must_use]
    pub fn is_long_enough(&self) -> bool {
        self.runs >= TREND_MIN_RUNS && self.days >= TREND_MIN_DAYS
    }
}

/// Whether two times of running are one run, recorded or exported twice: nobody runs two at once. More than half of the
/// shorter must lie within the longer.
#[must_use]
pub fn is_same_run(a: (Moment, Moment), b: (Moment, Moment)) -> bool {
    let common = a.1.min(b.1).seconds_since(a.0.max(b.0));
    let shorter = a.1.seconds_since(a.0).min(b.1.seconds_since(b.0));
    common > shorter / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: f64 = 24.0 * 3600.0;

    fn day(day: f64) -> Moment {
        Moment::from_unix_ms(0).plus_seconds(day * DAY_S)
    }

    #[test]
    fn the_common_pace_is_the_middle_of_all_running() {
        // 100 s at 5:00, 300 s at 5:30, 100 s at 6:00: the middle of the class from 5:30 to 5:40.
        let fast = [
            PaceClass::new(30, 100.0, 170.0),
            PaceClass::new(33, 100.0, 168.0),
        ];
        let slow = [
            PaceClass::new(33, 200.0, 166.0),
            PaceClass::new(36, 100.0, 160.0),
        ];
        assert_eq!(common_pace([fast.as_slice(), slow.as_slice()]), Some(335.0));
        assert_eq!(common_pace([]), None);
    }

    #[test]
    fn the_cadence_at_a_pace_needs_two_minutes_near_it() {
        let paces = [
            PaceClass::new(30, 1000.0, 175.0),
            PaceClass::new(33, 90.0, 168.0),
            PaceClass::new(34, 30.0, 164.0),
        ];
        // (90 · 168 + 30 · 164) / 120
        assert_eq!(cadence_at(&paces, 335.0), Some(167.0));
        assert_eq!(cadence_at(&paces[..2], 335.0), None);
    }

    fn run(at: f64, mean_spm: f64, speed_mps: f64) -> TrendRun {
        let start = Moment::from_unix_ms(1_730_534_400_000).plus_seconds(at * DAY_S);
        TrendRun {
            start,
            mean_spm,
            speed_mps: Some(speed_mps),
        }
    }

    #[test]
    fn a_runner_who_gets_faster_at_the_same_cadence_for_his_pace_has_no_trend() {
        // 8 spm for each m/s, and faster from week to week.
        let speeds = [2.5, 2.6, 2.55, 2.8, 2.9, 3.05, 3.0, 3.2];
        let weeks = (0..).zip(speeds);
        let runs: Vec<_> = weeks
            .map(|(week, speed)| run(7.0 * f64::from(week), 140.0 + 8.0 * speed, speed))
            .collect();
        let trend = Trend::of(&runs);
        assert!(
            trend.at_one_speed && trend.per_month.unwrap().abs() < 1e-6,
            "{trend:?}"
        );
    }

    #[test]
    fn a_trend_has_an_interval() {
        // One step a minute more each ten days at one speed, and half a step of scatter.
        let scatter = [0.5, -0.5, 0.5, -0.5, 0.5, -0.5];
        let runs: Vec<_> = (0..)
            .zip(scatter)
            .map(|(index, off)| run(10.0 * f64::from(index), 160.0 + f64::from(index) + off, 3.0))
            .collect();
        let trend = Trend::of(&runs);
        let (change, interval) = (trend.per_month.unwrap(), trend.interval.unwrap());
        assert!(
            (change - 3.0).abs() < interval && interval < 1.5,
            "{trend:?}"
        );
    }

    #[test]
    fn three_runs_or_three_days_are_no_trend() {
        let days = |days: &[f64]| {
            let runs: Vec<_> = days.iter().map(|day| run(*day, 160.0 + day, 3.0)).collect();
            let trend = Trend::of(&runs);
            assert_eq!(trend.is_long_enough(), trend.per_month.is_some());
            trend.per_month.map(f64::round)
        };
        assert_eq!(days(&[0.0, 1.0, 2.0]), None);
        assert_eq!(days(&[0.0, 10.0, 20.0, 40.0]), None);
        assert_eq!(days(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), None);
        assert_eq!(days(&[0.0, 5.0, 10.0, 15.0, 21.0]), Some(30.0));
    }

    #[test]
    fn runs_at_the_same_time_are_one() {
        let run = |from: f64, to: f64| (day(from), day(to));
        assert!(is_same_run(run(0.0, 1.0), run(0.01, 1.0)));
        assert!(is_same_run(run(0.0, 1.0), run(0.3, 0.5)));
        assert!(!is_same_run(run(0.0, 1.0), run(0.9, 2.0)));
        assert!(!is_same_run(run(0.0, 1.0), run(1.0, 2.0)));
    }
}
