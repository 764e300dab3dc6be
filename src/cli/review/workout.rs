//! How a workout was followed, segment by segment, with the cue and without it.

use std::path::Path;

use cadence::cadence::{Cadence, one_decimal};
use cadence::review::{Adherence, Run, SoundInPauses, WorkoutAdherence, WorkoutRules};
use cadence::workout::{Timeline, WorkoutError};

use super::table::Table;
use super::{Style, clock, or_dash, percent, usage};
use crate::cli::input;
use crate::cli::report::Error;

/// A workout, and where in it a recording begins.
pub(super) struct Plan {
    timeline: Timeline,
    rules: WorkoutRules,
}

impl Plan {
    /// Reads a workout from a file; its relative tempi are taken of `base`.
    pub(super) fn read(
        path: &Path,
        base: Option<Cadence>,
        offset_s: f64,
        tolerance_percent: f64,
    ) -> Result<Self, Error> {
        let timeline = input::workout(path)?
            .resolve(base)
            .map_err(|error| match error {
                WorkoutError::NoBase(speed) => Error::Usage(format!(
                    "'{speed}' is relative to the runner's own cadence: say it with --cadence 160"
                )),
                error => usage(&error),
            })?;
        Ok(Self {
            timeline,
            rules: WorkoutRules {
                offset_s,
                tolerance_percent,
                base,
                pauses: SoundInPauses::default(),
            },
        })
    }

    /// How a run followed it.
    pub(super) fn judge(&self, run: &Run) -> WorkoutAdherence {
        WorkoutAdherence::of(run, &self.timeline, &self.rules)
    }
}

/// A deviation with its sign: `+0.8 %`.
fn signed(percent: Option<f64>) -> String {
    let Some(percent) = percent else {
        return "-".into();
    };
    let shown = one_decimal(percent);
    let sign = if shown.starts_with('-') { "" } else { "+" };
    format!("{sign}{shown} %")
}

/// A table of the segments, and what was kept with the cue and without it.
pub(super) fn text(report: &WorkoutAdherence, text: &mut String, style: Style) {
    let mut table = Table::new(["start", "spm", "off", "within", "running", "segment"]);
    for segment in &report.segments {
        let within = segment.within_percent;
        table.push([
            signed_clock(segment.start_s),
            or_dash(segment.cadence_spm),
            signed(segment.deviation_percent),
            within.map_or("-".into(), |within| percent(within, 100.0)),
            clock(segment.running_s),
            segment.text.clone(),
        ]);
    }
    text.push('\n');
    table.write(text, style);
    text.push('\n');
    let mut total = |name: &str, total: &Option<Adherence>| {
        if let Some(total) = total {
            let entry = format!(
                "{} spm on average, {} off, within \u{b1}{} % for {} of {}",
                or_dash(total.mean_spm),
                signed(total.deviation_percent),
                one_decimal(report.tolerance_percent),
                total
                    .within_percent
                    .map_or("-".into(), |within| percent(within, 100.0)),
                clock(total.running_s)
            );
            style.entry(text, name, &entry);
        }
    };
    total("cue", &report.with_cue);
    total("no cue", &report.without_cue);
    if let Some(spm) = report.rest_spm {
        let entry = format!(
            "{} spm, the running median where nothing was asked",
            one_decimal(spm)
        );
        style.entry(text, "rest", &entry);
    }
    let without = report.without_cue.as_ref();
    if let Some(off) = without.and_then(|total| total.deviation_percent) {
        let held = if off.abs() <= report.tolerance_percent {
            "the cadence held"
        } else if off < 0.0 {
            "the cadence fell short"
        } else {
            "the cadence ran ahead"
        };
        let entry = format!("without the cue {held}: {} off", signed(Some(off)));
        style.entry(text, "learned", &entry);
    }
}

/// A time that may lie before the recording.
fn signed_clock(seconds: f64) -> String {
    if seconds < -0.5 {
        format!("-{}", clock(-seconds))
    } else {
        clock(seconds)
    }
}
