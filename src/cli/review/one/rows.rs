//! One recording for scripts and spreadsheets: JSON, and CSV by the second or by the lap.

use std::io::Write;

use serde::Serialize;

use cadence::review::{
    DevicePools, Gait, LiveAdherence, RecordCounts, Summary, Target, TimeInTarget, Verdict,
    WorkoutAdherence,
};

use super::Review;
use crate::cli::report::Error;
use crate::cli::review::args::Rows;
use crate::cli::review::{of_csv, rfc3339};

impl Review<'_> {
    pub(super) fn json(&self) -> Json<'_> {
        let run = self.run;
        let factor = run.factor;
        let start = run.start();
        Json {
            file: &self.file,
            format: self.recording.format.name(),
            session: self.index + 1,
            sessions: self.recording.sessions.len(),
            sport: run.sport.name(),
            start: rfc3339(start),
            utc_offset_s: self.recording.utc_offset_s,
            duration_s: run.end().seconds_since(start),
            summary: run.summary,
            split_spm: run.split.cadence.spm(),
            records: run.records,
            basis: run.basis.name(),
            factor: factor.counts.steps_per_count(),
            factor_counts: factor.counts.name(),
            factor_reason: factor.reason.name(),
            factor_doubtful: factor.is_doubtful(),
            device_average_spm: run.device_average_spm,
            device_pools: run.device_pools().map(DevicePools::name),
            target_low_spm: self.target_range.map(|range| range.low().spm()),
            target_mid_spm: self.target_range.map(|range| range.mid().spm()),
            target_high_spm: self.target_range.map(|range| range.high().spm()),
            raise_low_percent: self.args.raise.low_percent(),
            raise_high_percent: self.args.raise.high_percent(),
            drift_first_spm: run.drift().map(|(first, _)| first),
            drift_last_spm: run.drift().map(|(_, last)| last),
            judged_low_spm: self.target.map(Target::low_spm),
            judged_high_spm: self.target.map(Target::high_spm),
            kept: self.kept,
            workout: self.workout.as_ref(),
            laps: run
                .laps
                .iter()
                .enumerate()
                .map(|(index, lap)| LapJson {
                    lap: index + 1,
                    start_s: lap.start.seconds_since(start),
                    summary: lap.summary,
                    kept: self.lap_kept(index),
                })
                .collect(),
            paces: run
                .paces()
                .iter()
                .map(|class| PaceJson {
                    pace_s_per_km: class.pace_s_per_km(),
                    running_s: class.seconds,
                    mean_spm: class.mean_spm(),
                })
                .collect(),
            faults: texts(&self.recording.faults),
            gap_s: run.gap_s,
            target_kept: self.verdict().map(|verdict| verdict == Verdict::Kept),
            doubts: texts(&self.doubts),
            live: self.live.as_ref(),
        }
    }

    pub(super) fn csv(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut rows = csv::Writer::from_writer(out);
        match self.args.rows {
            Some(Rows::Lap) => self.laps(&mut rows),
            // Weeks are of several, even where they are one.
            None | Some(Rows::Second | Rows::Week) => self.seconds(&mut rows),
        }
        .map_err(of_csv)?;
        Ok(rows.flush()?)
    }

    fn seconds<W: Write>(&self, rows: &mut csv::Writer<W>) -> csv::Result<()> {
        for stretch in &self.run.stretches {
            let spm = stretch.spm();
            let gait = stretch.gait(self.run.split);
            let begin = stretch.start().seconds_since(self.run.start());
            // A value holds for the whole seconds that begin in it.
            for second in seconds(begin, begin + stretch.seconds()) {
                rows.serialize(SecondRow {
                    time_s: second,
                    cadence_spm: spm,
                    gait: gait.map(Gait::name),
                    speed_mps: stretch.speed_mps(),
                    within: self
                        .target
                        .zip(spm)
                        .map(|(target, spm)| (target.low_spm()..=target.high_spm()).contains(&spm)),
                })?;
            }
        }
        Ok(())
    }

    fn laps<W: Write>(&self, rows: &mut csv::Writer<W>) -> csv::Result<()> {
        for (index, lap) in self.run.laps.iter().enumerate() {
            let summary = &lap.summary;
            let kept = self.lap_kept(index);
            rows.serialize(LapRow {
                lap: index + 1,
                start_s: lap.start.seconds_since(self.run.start()),
                running_s: summary.running_s,
                walking_s: summary.walking_s,
                standing_s: summary.standing_s,
                cadence_spm: summary.median_spm,
                mean_spm: summary.mean_spm,
                deviation_spm: summary.deviation_spm,
                running_speed_mps: summary.running_speed_mps,
                within_percent: kept.and_then(|kept| kept.within_percent),
            })?;
        }
        Ok(())
    }
}

/// Each as its text.
fn texts(list: &[impl ToString]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// The whole seconds from one time to before another.
fn seconds(from: f64, to: f64) -> std::ops::Range<i64> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a run lasts four days at most, which is 345,600"
    )]
    let whole = |seconds: f64| seconds.ceil() as i64;
    whole(from)..whole(to)
}

/// The JSON object; its keys are documented in the README and stay.
#[derive(Debug, Serialize)]
pub(super) struct Json<'a> {
    file: &'a str,
    format: &'static str,
    session: usize,
    sessions: usize,
    sport: &'static str,
    start: Option<String>,
    utc_offset_s: Option<i32>,
    duration_s: f64,
    #[serde(flatten)]
    summary: Summary,
    split_spm: f64,
    #[serde(flatten)]
    records: RecordCounts,
    basis: &'static str,
    factor: u32,
    factor_counts: &'static str,
    factor_reason: &'static str,
    factor_doubtful: bool,
    device_average_spm: Option<f64>,
    device_pools: Option<&'static str>,
    target_low_spm: Option<f64>,
    target_mid_spm: Option<f64>,
    target_high_spm: Option<f64>,
    raise_low_percent: f64,
    raise_high_percent: f64,
    drift_first_spm: Option<f64>,
    drift_last_spm: Option<f64>,
    judged_low_spm: Option<f64>,
    judged_high_spm: Option<f64>,
    kept: Option<TimeInTarget>,
    workout: Option<&'a WorkoutAdherence>,
    laps: Vec<LapJson>,
    paces: Vec<PaceJson>,
    faults: Vec<String>,
    gap_s: f64,
    target_kept: Option<bool>,
    doubts: Vec<String>,
    live: Option<&'a LiveAdherence>,
}

#[derive(Debug, Serialize)]
struct LapJson {
    lap: usize,
    start_s: f64,
    #[serde(flatten)]
    summary: Summary,
    kept: Option<TimeInTarget>,
}

#[derive(Debug, Serialize)]
struct PaceJson {
    pace_s_per_km: f64,
    running_s: f64,
    mean_spm: f64,
}

#[derive(Debug, Serialize)]
struct SecondRow {
    time_s: i64,
    cadence_spm: Option<f64>,
    gait: Option<&'static str>,
    speed_mps: Option<f64>,
    within: Option<bool>,
}

#[derive(Debug, Serialize)]
struct LapRow {
    lap: usize,
    start_s: f64,
    running_s: f64,
    walking_s: f64,
    standing_s: f64,
    cadence_spm: Option<f64>,
    mean_spm: Option<f64>,
    deviation_spm: Option<f64>,
    running_speed_mps: Option<f64>,
    within_percent: Option<f64>,
}
