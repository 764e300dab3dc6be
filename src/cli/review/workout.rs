//! A workout compared with a recording: segment by segment, with and without the cue.

use std::path::Path;

use cadence::chart::{Segment, Shade};
use cadence::number::{self, one_decimal};
use cadence::review::{Adherence, LiveAdherence, Run, WorkoutAdherence, WorkoutRules};
use cadence::workout::{Timeline, WorkoutError};

use super::{clock, or_dash, percent_or_dash};
use crate::cli::input;
use crate::cli::report::Error;
use crate::cli::table::Table;
use crate::cli::text::{Style, counted};

/// A workout, and how it is compared with a run.
pub(super) struct Plan {
    timeline: Timeline,
    rules: WorkoutRules,
}

impl Plan {
    /// Reads a workout from a file; its relative tempi are taken of the base.
    pub(super) fn read(path: &Path, rules: WorkoutRules) -> Result<Self, Error> {
        let timeline = input::workout(path)?.resolve(rules.base);
        let timeline = timeline.map_err(|error| match error {
            WorkoutError::NoBase(speed) => Error::Usage(format!(
                "'{speed}' is relative to the runner's cadence: add it, such as --cadence 160"
            )),
            error => Error::usage(error),
        })?;
        Ok(Self { timeline, rules })
    }

    /// How a run followed it.
    pub(super) fn judge(&self, run: &Run) -> WorkoutAdherence {
        WorkoutAdherence::of(run, &self.timeline, &self.rules)
    }
}

/// What a picture shows of it, in seconds since the start of the recording; an endless segment
/// lasts as long as that.
pub(super) fn segments(workout: &WorkoutAdherence, end_s: f64) -> Vec<Segment> {
    let segments = workout.segments.iter().filter_map(|segment| {
        let shade = match segment.cue {
            "on" => Shade::Click,
            "fade" => Shade::Fade,
            "on_off" => Shade::OnOff,
            "silent" => Shade::Silent,
            _ => return None,
        };
        let length = segment.length_s.unwrap_or(end_s - segment.start_s);
        Segment::new(segment.start_s, length, segment.asked_spm?, shade)
    });
    segments.collect()
}

/// A table of the segments.
pub(super) fn table(workout: &WorkoutAdherence, text: &mut String, style: Style) {
    let mut table = Table::new(["start", "spm", "off", "within", "running", "segment"]);
    for segment in &workout.segments {
        table.push([
            clock(segment.start_s),
            or_dash(segment.cadence_spm),
            signed(segment.deviation_percent),
            percent_or_dash(segment.within_percent),
            clock(segment.running_s),
            segment.text.clone(),
        ]);
    }
    text.push('\n');
    table.write(text, style);
}

/// What was kept with the cue and without it, and what was assumed.
pub(super) fn verdict(workout: &WorkoutAdherence, text: &mut String, style: Style) {
    let mut entry = |name: &str, total: Option<Adherence>, click: &str| {
        if let Some(total) = total {
            let entry = adherence(&total, workout.tolerance_percent, click);
            style.entry(text, name, &entry);
        }
    };
    entry("cue", workout.with_cue, " with the click");
    entry("no cue", workout.without_cue, " without the click");
    if let Some(spm) = workout.rest_spm {
        let entry = format!("{} spm, the running median of the rests", one_decimal(spm));
        style.entry(text, "rest", &entry);
    }
    if workout.pauses > 0 {
        let pauses = counted(workout.pauses as u64, "pause");
        let assumed = match workout.pauses_assumed {
            "with" => "assuming that the sound paused too (if not, add --pauses without)",
            _ => "assuming that the sound played on (if not, add --pauses with)",
        };
        let entry = format!(
            "{pauses} of the watch, {} in all: {assumed}",
            clock(workout.paused_s)
        );
        style.entry(text, "paused", &entry);
    }
}

/// What the log of a live run says was kept, with the click and without it.
pub(super) fn live_verdict(live: &LiveAdherence, text: &mut String, style: Style) {
    for (name, total, click) in [
        ("target", live.all, ""),
        ("click", live.with_click, " with the click"),
        ("no click", live.without_click, " without the click"),
    ] {
        if let Some(total) = total {
            let entry = adherence(&total, live.tolerance_percent, click);
            style.entry(text, name, &entry);
        }
    }
}

/// What was kept in a part of the run; `click` says in which.
fn adherence(total: &Adherence, tolerance_percent: f64, click: &str) -> String {
    let (mean, asked) = (or_dash(total.mean_spm), or_dash(total.asked_mean_spm));
    let kept = match total.raise_kept_percent {
        Some(kept) => {
            let uncertainty = total
                .raise_kept_uncertainty_percent
                .map_or_else(String::new, |percent| {
                    format!(" \u{b1}{} %", number::whole(percent))
                });
            let kept = number::whole(kept);
            format!("kept {kept} %{uncertainty} of the raise{click} ({mean} of {asked} spm)")
        }
        None => format!(
            "{mean} of {asked} spm on average, {} off",
            signed(total.deviation_percent)
        ),
    };
    format!(
        "{kept}, within \u{b1}{} % for {} of {}",
        one_decimal(tolerance_percent),
        percent_or_dash(total.within_percent),
        clock(total.running_s)
    )
}

/// A deviation with its sign: `+0.8 %`.
fn signed(percent: Option<f64>) -> String {
    percent.map_or_else(
        || "-".into(),
        |percent| format!("{} %", number::signed(percent)),
    )
}
