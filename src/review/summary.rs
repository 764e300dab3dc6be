//! A summary of time and cadence over stretches.

use serde::Serialize;

use super::stretch::{Gait, Split, Stretch};
use crate::stats::Weighted;

/// The speed from which on time without a cadence is moving, in metres a second: half of a slow
/// walk. The project's own bound.
const MOVING_FROM_MPS: f64 = 0.5;

/// A summary of time and cadence over stretches, weighted by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Seconds of running.
    pub running_s: f64,
    /// Seconds of walking.
    pub walking_s: f64,
    /// Seconds of standing.
    pub standing_s: f64,
    /// Seconds without a value, or with one of zero although the runner was fast.
    pub unknown_s: f64,
    /// Seconds of moving: running, walking, and what has no cadence but a speed.
    pub moving_s: f64,
    /// The cadence that half of the running time was below, in steps a minute.
    #[serde(rename = "cadence_spm")]
    pub median_spm: Option<f64>,
    /// The mean cadence of running.
    pub mean_spm: Option<f64>,
    /// The standard deviation of the running cadence.
    pub deviation_spm: Option<f64>,
    /// The cadence that a tenth of the running time was below.
    pub percentile_10_spm: Option<f64>,
    /// The cadence that a tenth of the running time was above.
    pub percentile_90_spm: Option<f64>,
    /// The mean cadence of walking and running together.
    pub mean_moving_spm: Option<f64>,
    /// The mean over everything, standing and dropouts counted as zero.
    pub mean_with_zeros_spm: Option<f64>,
    /// The mean speed of running, in metres a second.
    pub running_speed_mps: Option<f64>,
    /// The distance of all of it, in metres, from the speeds; `None` where none is known.
    pub distance_m: Option<f64>,
}

impl Summary {
    /// Summarises stretches.
    #[must_use]
    pub fn of(stretches: &[Stretch], split: Split) -> Self {
        let mut summary = Self::default();
        let mut running = Vec::new();
        let (mut walked, mut metres, mut metres_s, mut dropout_s) = (0.0, 0.0, 0.0, 0.0);
        for stretch in stretches {
            let seconds = stretch.seconds();
            if let Some(speed) = stretch.speed_mps() {
                *summary.distance_m.get_or_insert(0.0) += speed * seconds;
            }
            let Some((spm, gait)) = stretch.spm().zip(stretch.gait(split)) else {
                summary.unknown_s += seconds;
                if stretch
                    .speed_mps()
                    .is_some_and(|mps| mps >= MOVING_FROM_MPS)
                {
                    summary.moving_s += seconds;
                }
                // A device that averages zeros takes a dropout for one.
                dropout_s += stretch.spm().map_or(0.0, |_| seconds);
                continue;
            };
            match gait {
                Gait::Standing => summary.standing_s += seconds,
                Gait::Walking => {
                    summary.walking_s += seconds;
                    walked += spm * seconds;
                }
                Gait::Running => {
                    summary.running_s += seconds;
                    running.push((spm, seconds));
                    if let Some(speed) = stretch.speed_mps() {
                        metres += speed * seconds;
                        metres_s += seconds;
                    }
                }
            }
        }
        let ran: f64 = running.iter().map(|(spm, seconds)| spm * seconds).sum();
        let moving_s = summary.running_s + summary.walking_s;
        summary.moving_s += moving_s;
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        summary.mean_spm = ratio(ran, summary.running_s);
        summary.mean_moving_spm = ratio(ran + walked, moving_s);
        summary.mean_with_zeros_spm =
            ratio(ran + walked, moving_s + summary.standing_s + dropout_s);
        summary.running_speed_mps = ratio(metres, metres_s);
        summary.deviation_spm = summary.mean_spm.map(|mean| {
            let squares = running
                .iter()
                .map(|(spm, seconds)| (spm - mean).powi(2) * seconds);
            (squares.sum::<f64>() / summary.running_s).sqrt()
        });
        let running = Weighted::new(running);
        summary.median_spm = running.quantile(0.5);
        summary.percentile_10_spm = running.quantile(0.1);
        summary.percentile_90_spm = running.quantile(0.9);
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Moment;

    fn stretches(values: &[(f64, Option<f64>)]) -> Vec<Stretch> {
        let mut at = Moment::from_unix_ms(0);
        let mut stretches = Vec::new();
        for (seconds, spm) in values {
            stretches.push(Stretch::new(at, *seconds, *spm, None));
            at = at.plus_seconds(*seconds);
        }
        stretches
    }

    #[test]
    fn running_walking_and_standing_are_summed_apart_by_time() {
        let run = [
            (30.0, Some(160.0)),
            (10.0, Some(180.0)),
            (20.0, Some(110.0)),
            (5.0, Some(0.0)),
            (3.0, None),
        ];
        let summary = Summary::of(&stretches(&run), Split::default());
        let times = [
            summary.running_s,
            summary.walking_s,
            summary.standing_s,
            summary.unknown_s,
        ];
        assert_eq!(times, [40.0, 20.0, 5.0, 3.0]);
        assert_eq!(summary.moving_s, 60.0);
        // (30 · 160 + 10 · 180) / 40, then 20 · 110 more over 60 s, then 65 s.
        assert_eq!(summary.mean_spm, Some(165.0));
        assert_eq!(summary.mean_moving_spm, Some(8_800.0 / 60.0));
        assert_eq!(summary.mean_with_zeros_spm, Some(8_800.0 / 65.0));
        assert_eq!(summary.median_spm, Some(160.0));
        // The square root of (30 · 5² + 10 · 15²) / 40.
        assert_eq!(summary.deviation_spm, Some(75.0_f64.sqrt()));
    }

    #[test]
    fn time_without_a_cadence_is_moving_where_there_is_speed() {
        let at = Moment::from_unix_ms(0);
        let stretch = |spm, speed| Stretch::new(at, 10.0, spm, speed);
        let run = [
            stretch(None, Some(3.0)),
            stretch(None, Some(0.2)),
            stretch(None, None),
            stretch(Some(0.0), Some(3.0)),
        ];
        let summary = Summary::of(&run, Split::default());
        assert_eq!((summary.unknown_s, summary.moving_s), (40.0, 20.0));
    }

    #[test]
    fn speed_makes_the_distance_of_all_and_the_mean_of_what_is_run() {
        let at = Moment::from_unix_ms(0);
        let stretch = |seconds, spm, speed| Stretch::new(at, seconds, Some(spm), speed);
        let run = [
            stretch(10.0, 160.0, Some(3.0)),
            stretch(30.0, 160.0, Some(4.0)),
            stretch(20.0, 110.0, Some(1.5)),
            stretch(60.0, 160.0, None),
        ];
        let summary = Summary::of(&run, Split::default());
        assert_eq!(summary.distance_m, Some(180.0));
        assert_eq!(summary.running_speed_mps, Some(3.75));
        let unknown = Summary::of(&run[3..], Split::default());
        assert_eq!(
            (unknown.distance_m, unknown.running_speed_mps),
            (None, None)
        );
    }

    #[test]
    fn a_tenth_of_the_running_is_below_and_a_tenth_above_the_middle_eight() {
        let run: Vec<_> = (0..20)
            .map(|index| (10.0, Some(160.0 + f64::from(index))))
            .collect();
        let summary = Summary::of(&stretches(&run), Split::default());
        assert_eq!(
            (summary.percentile_10_spm, summary.percentile_90_spm),
            (Some(161.0), Some(177.0))
        );
    }

    #[test]
    fn a_dropout_counts_as_zero_for_a_device_that_averages_zeros() {
        let at = Moment::from_unix_ms(0);
        let run = [
            Stretch::new(at, 30.0, Some(160.0), Some(3.0)),
            Stretch::new(at, 10.0, Some(0.0), Some(3.0)),
            Stretch::new(at, 10.0, None, Some(0.5)),
        ];
        let summary = Summary::of(&run, Split::default());
        assert_eq!(summary.mean_with_zeros_spm, Some(120.0));
        assert_eq!((summary.unknown_s, summary.moving_s), (20.0, 50.0));
    }

    #[test]
    fn the_median_of_no_time_is_none() {
        let summary = Summary::of(&stretches(&[(0.0, Some(160.0))]), Split::default());
        assert_eq!((summary.median_spm, summary.mean_spm), (None, None));
    }
}
