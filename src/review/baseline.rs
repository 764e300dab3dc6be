//! The cadence to start from, of many runs: the median at a pace that they have in common.

use serde::Serialize;

use crate::stats::Weighted;
use crate::watch::Moment;

/// The running below which a run says too little, in seconds. The project's own bound.
const ENOUGH_S: f64 = 600.0;

/// After how many days a run counts half: of runs at even intervals three quarters of the weight is
/// on the last four weeks. The project's own choice.
const HALF_LIFE_DAYS: f64 = 14.0;

/// The days that count as recent.
const RECENT_DAYS: f64 = 28.0;

/// In seconds.
const DAY_S: f64 = 24.0 * 3600.0;

/// What a baseline takes of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineRun {
    /// When it began.
    pub start: Moment,
    /// Seconds of running.
    pub running_s: f64,
    /// Its cadence at the common pace; `None` where it has too little at it.
    pub spm: Option<f64>,
    /// Whether its cadence is in doubt.
    pub is_doubtful: bool,
}

/// The cadence to start from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// The median, in steps a minute.
    pub spm: f64,
    /// The middle half of the runs lies from here
    pub low_spm: f64,
    /// to here.
    pub high_spm: f64,
    /// The number of runs.
    pub runs: usize,
    /// The number of those in the four weeks up to the newest.
    pub recent_runs: usize,
}

/// The number of runs that a baseline leaves out, by reason; each is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Their cadence is in doubt.
    pub doubtful: usize,
    /// They have less than ten minutes of running.
    pub short: usize,
    /// They have less than two minutes at the common pace.
    pub other_pace: usize,
    /// Their watch had lost the date, where others have one: their weight is not known.
    pub without_date: usize,
}

impl Baseline {
    /// The baseline of runs, with how many it leaves out; `None` where none is left.
    #[must_use]
    pub fn of(runs: &[BaselineRun]) -> (Option<Self>, LeftOut) {
        let mut left_out = LeftOut::default();
        let any_dated = runs.iter().any(|run| run.start.is_dated());
        let mut used = Vec::new();
        for run in runs {
            match run.spm {
                _ if run.running_s < ENOUGH_S => left_out.short += 1,
                _ if run.is_doubtful => left_out.doubtful += 1,
                None => left_out.other_pace += 1,
                Some(_) if any_dated && !run.start.is_dated() => left_out.without_date += 1,
                Some(spm) => used.push((run.start, spm)),
            }
        }
        let newest = used.iter().map(|(start, _)| *start).max();
        (newest.and_then(|newest| Self::at(&used, newest)), left_out)
    }

    /// The baseline at each of some places from the first run to the last, as it was then.
    #[must_use]
    pub fn over_time(runs: &[BaselineRun], places: u32) -> Vec<(Moment, Self)> {
        let used: Vec<(Moment, f64)> = runs
            .iter()
            .filter(|run| !run.is_doubtful && run.running_s >= ENOUGH_S)
            .filter_map(|run| Some((run.start, run.spm.filter(|_| run.start.is_dated())?)))
            .collect();
        let starts = || used.iter().map(|(start, _)| *start);
        let Some((first, last)) = starts().min().zip(starts().max()) else {
            return Vec::new();
        };
        let length = last.seconds_since(first);
        let at = |place: u32| {
            let share = f64::from(place) / f64::from(places.max(2) - 1);
            first.plus_seconds(length * share)
        };
        (0..places)
            .filter_map(|place| Some((at(place), Self::at(&used, at(place))?)))
            .collect()
    }

    /// The baseline of the runs up to a moment.
    fn at(runs: &[(Moment, f64)], now: Moment) -> Option<Self> {
        let days = |start: &Moment| now.seconds_since(*start) / DAY_S;
        let known = || runs.iter().filter(|(start, _)| *start <= now);
        let weights =
            known().map(|(start, spm)| (*spm, 0.5_f64.powf(days(start) / HALF_LIFE_DAYS)));
        let weighted = Weighted::new(weights.collect());
        Some(Self {
            spm: weighted.quantile(0.5)?,
            low_spm: weighted.quantile(0.25)?,
            high_spm: weighted.quantile(0.75)?,
            runs: known().count(),
            recent_runs: known()
                .filter(|(start, _)| days(start) <= RECENT_DAYS)
                .count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(day: f64, spm: f64) -> BaselineRun {
        BaselineRun {
            start: Moment::from_unix_ms(1_730_534_400_000).plus_seconds(day * 86_400.0),
            running_s: 1_800.0,
            spm: Some(spm),
            is_doubtful: false,
        }
    }

    #[test]
    fn the_last_four_weeks_have_most_of_the_weight() {
        // Twenty weeks at 160 spm, then four at 168, a run every other day: the old runs are many
        // more, and the median is that of the new ones.
        let old = (0..70).map(|index| run(2.0 * f64::from(index), 160.0));
        let new = (70..84).map(|index| run(2.0 * f64::from(index), 168.0));
        let runs: Vec<_> = old.chain(new).collect();
        let (baseline, left_out) = Baseline::of(&runs);
        let baseline = baseline.unwrap();
        assert_eq!((baseline.spm, baseline.low_spm), (168.0, 168.0));
        // Fifteen of them began 28 days before the last or later.
        assert_eq!((baseline.runs, baseline.recent_runs), (84, 15));
        assert_eq!(left_out, LeftOut::default());
    }

    #[test]
    fn after_two_weeks_a_run_counts_half() {
        // Two of half a weight are as much as the new one, and one is less.
        let runs = [run(0.0, 160.0), run(0.0, 160.0), run(14.0, 170.0)];
        assert_eq!(Baseline::of(&runs).0.map(|it| it.spm), Some(160.0));
        assert_eq!(Baseline::of(&runs[1..]).0.map(|it| it.spm), Some(170.0));
    }

    #[test]
    fn the_spread_is_the_middle_half_of_the_runs() {
        // All on one day, so that each weighs the same.
        let runs: Vec<_> = (0..8)
            .map(|index| run(0.0, 160.0 + f64::from(index)))
            .collect();
        let baseline = Baseline::of(&runs).0.unwrap();
        assert_eq!(
            [baseline.low_spm, baseline.spm, baseline.high_spm],
            [161.0, 163.0, 165.0]
        );
    }

    #[test]
    fn what_is_doubtful_short_or_at_another_pace_is_left_out_and_counted() {
        let good = run(0.0, 164.0);
        let lost = BaselineRun {
            start: Moment::from_unix_ms(0),
            ..good
        };
        let runs = [
            good,
            BaselineRun {
                is_doubtful: true,
                ..good
            },
            // A short one is doubtful too, and counted once.
            BaselineRun {
                running_s: 599.0,
                is_doubtful: true,
                ..good
            },
            BaselineRun { spm: None, ..good },
            lost,
        ];
        let (baseline, left_out) = Baseline::of(&runs);
        assert_eq!(baseline.map(|it| (it.spm, it.runs)), Some((164.0, 1)));
        let counted = [
            left_out.doubtful,
            left_out.short,
            left_out.other_pace,
            left_out.without_date,
        ];
        assert_eq!(counted, [1, 1, 1, 1]);
        // Ten minutes are enough.
        let enough = BaselineRun {
            running_s: 600.0,
            ..good
        };
        assert_eq!(Baseline::of(&[enough]).1, LeftOut::default());
        assert_eq!(Baseline::over_time(&[enough], 2).len(), 2);
        // Where no run has a date, each weighs the same.
        assert_eq!(Baseline::of(&[lost]).0.map(|it| it.spm), Some(164.0));
        assert_eq!(Baseline::of(&runs[1..3]).0, None);
    }

    #[test]
    fn over_time_it_is_what_was_known_then() {
        let runs = [run(0.0, 160.0), run(100.0, 170.0)];
        let at: Vec<_> = Baseline::over_time(&runs, 3)
            .iter()
            .map(|(_, it)| (it.spm, it.runs))
            .collect();
        assert_eq!(at, [(160.0, 1), (160.0, 1), (170.0, 2)]);
        let doubtful = BaselineRun {
            is_doubtful: true,
            ..runs[0]
        };
        let short = BaselineRun {
            running_s: 599.0,
            ..runs[0]
        };
        assert_eq!(Baseline::over_time(&[doubtful, short], 3), []);
    }
}
