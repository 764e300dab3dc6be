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

/// How much a value changes in 30 days. `None` below three points, or where they all lie on one day.
#[must_use]
pub fn change_per_month(points: &[(Moment, f64)]) -> Option<f64> {
    const DAY_S: f64 = 24.0 * 3600.0;
    let (first, _) = points.first()?;
    let days: Vec<(f64, f64)> = points
        .iter()
        .map(|(at, value)| (at.seconds_since(*first) / DAY_S, *value))
        .collect();
    let last = days.iter().map(|(day, _)| *day).fold(0.0, f64::max);
    if points.len() < 3 || last < 1.0 {
        return None;
    }
    stats::slope(&days).map(|a_day| 30.0 * a_day)
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

    #[test]
    fn a_change_is_the_slope_over_thirty_days() {
        let points = [
            (day(0.0), 160.0),
            (day(15.0), 161.0),
            (day(30.0), 162.0),
            (day(60.0), 164.0),
        ];
        assert!((change_per_month(&points).unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(change_per_month(&points[..2]), None);
        let one_day = [(day(0.0), 160.0), (day(0.1), 170.0), (day(0.2), 165.0)];
        assert_eq!(change_per_month(&one_day), None);
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
