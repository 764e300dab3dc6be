//! Several recordings for scripts and spreadsheets: JSON, and CSV by the run.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use cadence::review::{Baseline, LeftOut, Summary, Target, TimeInTarget};

use super::found::Found;
use super::history::History;
use super::row::Row;
use crate::cli::report::Error;
use crate::cli::review::{Judge, of_csv, rfc3339, shown};
use crate::cli::text::csv_cell;

impl Found {
    pub(super) fn json<'a>(&'a self, history: &'a History, judge: &Judge) -> Json<'a> {
        Json {
            runs: RunsJson {
                rows: &self.rows,
                history,
            },
            judged_low_spm: judge.target.map(Target::low_spm),
            judged_high_spm: judge.target.map(Target::high_spm),
            comparable_pace_s_per_km: history.pace,
            trend_spm_per_month: history.trend.per_month,
            trend_interval_spm_per_month: history.trend.interval,
            trend_runs: history.trend.runs,
            trend_days: history.trend.days,
            baseline: history.baseline,
            baseline_left_out: history.left_out,
            found: self.found_json(),
        }
    }

    /// What every object of several recordings has.
    pub(super) fn found_json(&self) -> FoundJson {
        let pair = |(copy, of): &(Arc<Path>, Arc<Path>)| DuplicateJson {
            file: shown(copy),
            of: shown(of),
        };
        FoundJson {
            recorded_twice: self.twice,
            rides: self.rides,
            walks: self.walks,
            other_sports: self.others,
            without_cadence: self.without_cadence,
            duplicates: self.duplicates.iter().map(pair).collect(),
            overlapping: self
                .overlapping
                .iter()
                .map(|(a, b)| [shown(a), shown(b)])
                .collect(),
            faults: self
                .bad
                .iter()
                .map(|(path, fault)| FaultJson {
                    file: shown(path),
                    fault: fault.clone(),
                })
                .collect(),
        }
    }

    pub(super) fn csv(&self, history: &History, out: &mut impl Write) -> Result<(), Error> {
        let mut rows = csv::Writer::from_writer(out);
        for row in &self.rows {
            let file = shown(&row.path);
            let written = rows.serialize(CsvRow {
                start: rfc3339(row.start),
                file: csv_cell(&file),
                session: row.session,
                running_s: row.summary.running_s,
                walking_s: row.summary.walking_s,
                standing_s: row.summary.standing_s,
                cadence_spm: row.summary.median_spm,
                mean_spm: row.summary.mean_spm,
                deviation_spm: row.summary.deviation_spm,
                running_speed_mps: row.summary.running_speed_mps,
                cadence_at_pace_spm: history.cadence_of(row),
                within_percent: row.within(),
                moving_s: row.summary.moving_s,
                distance_m: row.distance_m(),
            });
            written.map_err(of_csv)?;
        }
        Ok(rows.flush()?)
    }
}

/// A run as a line of JSON, or as a part of the object.
pub(super) fn run_json(row: &Row, cadence_at_pace_spm: Option<f64>) -> RunJson {
    RunJson {
        file: shown(&row.path),
        format: row.format.name(),
        session: row.session,
        start: rfc3339(row.start),
        utc_offset_s: row.utc_offset_s,
        duration_s: row.end.seconds_since(row.start),
        summary: row.summary,
        cadence_at_pace_spm,
        kept: row.kept.as_deref().copied(),
        factor_doubtful: row.is_factor_doubtful(),
        damaged: !row.whole,
    }
}

/// The rows of a CSV with the folder in front of each, and its headings before the first.
pub(super) fn with_folder(
    folder: &str,
    text: &[u8],
    is_first: bool,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut rows = csv::Writer::from_writer(out);
    let mut lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text);
    let folder = csv_cell(folder);
    for (index, line) in lines.records().enumerate() {
        let line = line.map_err(of_csv)?;
        let first = if index == 0 { "folder" } else { &folder };
        if index > 0 || is_first {
            let cells = [first].into_iter().chain(line.iter());
            rows.write_record(cells).map_err(of_csv)?;
        }
    }
    Ok(rows.flush()?)
}

/// The JSON object; its keys are documented in the README and stay.
#[derive(Serialize)]
pub(super) struct Json<'a> {
    runs: RunsJson<'a>,
    judged_low_spm: Option<f64>,
    judged_high_spm: Option<f64>,
    comparable_pace_s_per_km: Option<f64>,
    trend_spm_per_month: Option<f64>,
    trend_interval_spm_per_month: Option<f64>,
    trend_runs: usize,
    trend_days: f64,
    baseline: Option<Baseline>,
    baseline_left_out: LeftOut,
    #[serde(flatten)]
    found: FoundJson,
}

/// The runs, each made as it is written, for there are thousands.
struct RunsJson<'a> {
    rows: &'a [Row],
    history: &'a History,
}

impl Serialize for RunsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.rows.iter();
        serializer.collect_seq(rows.map(|row| run_json(row, self.history.cadence_of(row))))
    }
}

/// What every object of several recordings has.
#[derive(Debug, Serialize)]
pub(super) struct FoundJson {
    recorded_twice: u64,
    rides: u64,
    walks: u64,
    other_sports: u64,
    without_cadence: u64,
    duplicates: Vec<DuplicateJson>,
    overlapping: Vec<[String; 2]>,
    faults: Vec<FaultJson>,
}

#[derive(Debug, Serialize)]
struct DuplicateJson {
    file: String,
    of: String,
}

#[derive(Debug, Serialize)]
pub(super) struct RunJson {
    file: String,
    format: &'static str,
    session: usize,
    start: Option<String>,
    utc_offset_s: Option<i32>,
    duration_s: f64,
    #[serde(flatten)]
    summary: Summary,
    cadence_at_pace_spm: Option<f64>,
    kept: Option<TimeInTarget>,
    factor_doubtful: bool,
    damaged: bool,
}

#[derive(Debug, Serialize)]
struct FaultJson {
    file: String,
    fault: String,
}

#[derive(Debug, Serialize)]
struct CsvRow<'a> {
    start: Option<String>,
    file: Cow<'a, str>,
    session: usize,
    running_s: f64,
    walking_s: f64,
    standing_s: f64,
    cadence_spm: Option<f64>,
    mean_spm: Option<f64>,
    deviation_spm: Option<f64>,
    running_speed_mps: Option<f64>,
    cadence_at_pace_spm: Option<f64>,
    within_percent: Option<f64>,
    moving_s: f64,
    distance_m: Option<f64>,
}
