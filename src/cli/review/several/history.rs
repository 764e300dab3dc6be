//! Cadence over months: at a pace that the runs have in common, its trend, and what to start from.

use cadence::chart::{Point, Series};
use cadence::number::{one_decimal, signed};
use cadence::review::history::{self, TREND_MIN_DAYS, TREND_MIN_RUNS, Trend, TrendRun};
use cadence::review::{Baseline, BaselineRun, LeftOut, Target};
use cadence::watch::Moment;

use super::row::Row;
use crate::cli::review::args::Units;
use crate::cli::review::date;
use crate::cli::text::counted;

/// The places along the axis at which the baseline is drawn.
const PLACES: u32 = 200;

/// Cadence over months.
pub(super) struct History {
    pub(super) pace: Option<f64>,
    pub(super) points: Vec<(Moment, f64)>,
    pub(super) trend: Trend,
    pub(super) units: Units,
    pub(super) baseline: Option<Baseline>,
    pub(super) left_out: LeftOut,
    runs: Vec<BaselineRun>,
}

impl History {
    pub(super) fn new(rows: &[Row], units: Units) -> Self {
        let pace = history::common_pace(rows.iter().map(|row| &*row.paces));
        // A run whose factor is in doubt may count twice what it should.
        let trusted = rows.iter().filter(|row| !row.is_factor_doubtful());
        let runs = trusted.filter_map(|row| {
            Some(TrendRun {
                start: row.start,
                mean_spm: row.summary.mean_spm?,
                speed_mps: row.summary.running_speed_mps.filter(|mps| *mps > 0.0),
            })
        });
        let mut history = Self {
            pace,
            points: Vec::new(),
            trend: Trend::of(&runs.collect::<Vec<_>>()),
            units,
            baseline: None,
            left_out: LeftOut::default(),
            runs: Vec::new(),
        };
        let dated = rows.iter().filter(|row| row.start.is_dated());
        history.points = dated
            .filter_map(|row| Some((row.start, history.cadence_of(row)?)))
            .collect();
        let runs = rows.iter().map(|row| row.baseline(history.cadence_of(row)));
        history.runs = runs.collect();
        (history.baseline, history.left_out) = Baseline::of(&history.runs);
        history
    }

    /// A run's cadence at the common pace; where no run has a pace, its running median.
    pub(super) fn cadence_of(&self, row: &Row) -> Option<f64> {
        match self.pace {
            Some(pace) => history::cadence_at(&row.paces, pace),
            None => row.summary.median_spm,
        }
    }

    /// A pace in seconds a kilometre, in the unit that is shown.
    pub(super) fn shown_pace(&self, s_per_km: f64) -> String {
        self.units.pace(1000.0 / s_per_km)
    }

    pub(super) fn title(&self) -> String {
        match self.pace {
            Some(pace) => format!(
                "Cadence at {} min/{}",
                self.shown_pace(pace),
                self.units.name()
            ),
            None => "Cadence".into(),
        }
    }

    /// `+0.8 spm a month at the same speed (95 %: -0.3 to +1.9), over 12 runs in 84 days`.
    pub(super) fn line(&self) -> Option<String> {
        let trend = &self.trend;
        if trend.runs < 2 {
            return None;
        }
        let runs = counted(trend.runs as u64, "run");
        let over = format!("over {runs} in {} days", one_decimal(trend.days.round()));
        if !trend.is_long_enough() {
            return Some(format!(
                "too short for a trend, {over}: it takes {TREND_MIN_RUNS} runs over {TREND_MIN_DAYS} days"
            ));
        }
        let Some((change, interval)) = trend.per_month.zip(trend.interval) else {
            return Some(format!("unknown, {over}: speed changed with time"));
        };
        let speed = if trend.at_one_speed {
            " at the same speed"
        } else {
            ""
        };
        let (low, high) = (signed(change - interval), signed(change + interval));
        let change = signed(change);
        Some(format!(
            "{change} spm a month{speed} (95 %: {low} to {high}), {over}"
        ))
    }

    /// `163 spm at 5:35 min/km, the median over 14 runs (9 of the last four weeks, which weigh
    /// most); half of them from 161 to 165; left out: 2 doubtful, 3 under 10 minutes`.
    pub(super) fn baseline_line(&self) -> String {
        let left_out = self.left_out_in_words();
        let Some(baseline) = &self.baseline else {
            return format!("no run of ten minutes without a doubt{left_out}");
        };
        let at = self.pace.map_or(String::new(), |pace| {
            format!(" at {} min/{}", self.shown_pace(pace), self.units.name())
        });
        let runs = counted(baseline.runs as u64, "run");
        let recent = if baseline.recent_runs < baseline.runs {
            format!(
                " ({} of the last four weeks, which weigh most)",
                baseline.recent_runs
            )
        } else {
            String::new()
        };
        format!(
            "{} spm{at}, the median over {runs}{recent}; the middle half from {} to {}{left_out}",
            one_decimal(baseline.spm),
            one_decimal(baseline.low_spm),
            one_decimal(baseline.high_spm),
        )
    }

    fn left_out_in_words(&self) -> String {
        let LeftOut {
            doubtful,
            short,
            other_pace,
            without_date,
        } = self.left_out;
        let reasons = [
            (doubtful, "doubtful"),
            (short, "under 10 minutes"),
            (other_pace, "at another pace"),
            (without_date, "without a date"),
        ];
        let reasons: Vec<String> = reasons
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, why)| format!("{number} {why}"))
            .collect();
        if reasons.is_empty() {
            String::new()
        } else {
            format!("; left out: {}", reasons.join(", "))
        }
    }

    /// The cadence of the runs over time, with the middle half of the baseline as it was then.
    pub(super) fn series(&self, target: Option<Target>) -> Series {
        let seconds = |at: Moment| at.unix_ms() as f64 / 1000.0;
        let points = self.points.iter();
        let points = points.map(|(at, spm)| Point::new(seconds(*at), 0.0, Some(*spm)));
        let interval = Baseline::over_time(&self.runs, PLACES);
        let interval = interval
            .iter()
            .map(|(at, baseline)| (seconds(*at), baseline.low_spm, baseline.high_spm));
        let series = Series::new(points.collect(), 24.0 * 3600.0).with_interval(interval.collect());
        match target {
            Some(target) => series.with_band(target.low_spm(), target.high_spm()),
            None => series,
        }
    }
}

/// A place on the axis of the trend.
pub(super) fn day(unix_seconds: f64) -> String {
    let at = Moment::from_unix_ms(0).plus_seconds(unix_seconds);
    date(at, None, "%Y-%m-%d").unwrap_or_default()
}
