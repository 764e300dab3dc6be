//! One recording in words, tables and pictures. The verdict comes last, where it is on the screen
//! when all is printed.

use std::fmt::Write as _;

use cadence::chart;
use cadence::number::one_decimal;
use cadence::review::{DevicePools, PaceClass, Summary, TimeInTarget};

use super::Review;
use crate::cli::review::args::Units;
use crate::cli::review::{
    CLASS_SPM, PICTURE_HEIGHT, clock, or_dash, percent, percent_or_dash, workout,
};
use crate::cli::table::Table;
use crate::cli::text::Style;

impl Review<'_> {
    pub(super) fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let summary = &self.run.summary;
        style.entry(&mut text, "file", &self.file);
        style.entry(&mut text, "recorded", &self.occasion());
        style.entry(&mut text, "time", &times(summary, self.run.gap_s));
        style.entry(&mut text, "counted", &self.run.factor.to_string());
        if let Some(device) = self.device() {
            style.entry(&mut text, "device", &device);
        }
        if let Some((first, last)) = self.run.drift() {
            let entry = format!(
                "{} \u{2192} {} spm, first and last quarter of the running",
                one_decimal(first),
                one_decimal(last)
            );
            style.entry(&mut text, "drift", &entry);
        }
        self.laps_text(&mut text, style);
        paces_text(&mut text, &self.run.paces(), self.args.units, style);
        if let Some(workout) = &self.workout {
            workout::table(workout, &mut text, style);
        }
        if summary.running_s > 0.0 {
            let series = self.series();
            let size = (style.width, PICTURE_HEIGHT);
            let picture = chart::line(&series, size, style.glyphs(), clock);
            let width = style.width.min(60);
            let bars = chart::histogram(&series, CLASS_SPM, width, style.glyphs(), "target");
            let _ = write!(text, "\n{picture}\n{bars}");
        }
        text.push('\n');
        self.verdict_text(&mut text, style);
        text
    }

    /// The headline, and what is to be concluded from it.
    fn verdict_text(&self, text: &mut String, style: Style) {
        let summary = &self.run.summary;
        if let Some(spm) = summary.median_spm {
            let entry = format!(
                "{} spm, the running median; mean {} \u{b1}{}, four fifths within {} to {}",
                one_decimal(spm),
                or_dash(summary.mean_spm),
                or_dash(summary.deviation_spm),
                or_dash(summary.percentile_10_spm),
                or_dash(summary.percentile_90_spm)
            );
            style.entry(text, "cadence", &entry);
        }
        if let (None, Some(spm)) = (summary.median_spm, summary.mean_moving_spm) {
            let entry = format!("{} spm on average, walking", one_decimal(spm));
            style.entry(text, "cadence", &entry);
        }
        if let Some(range) = self.target_range {
            let entry = format!(
                "if this was your usual cadence: {range}, {}",
                self.args.raise
            );
            style.entry(text, "target", &entry);
        }
        if let Some(kept) = &self.kept {
            style.entry(text, "target", &self.kept_text(kept));
        }
        if let Some(workout) = &self.workout {
            workout::verdict(workout, text, style);
        }
        if let Some(live) = &self.live {
            workout::live_verdict(live, text, style);
        }
    }

    /// Whether the target was kept, and for how long.
    fn kept_text(&self, kept: &TimeInTarget) -> String {
        let target = self.target.map_or_else(String::new, |it| it.to_string());
        let Some(verdict) = kept.verdict() else {
            return format!("{target}: no running");
        };
        let share = |seconds: f64| {
            let percent = percent(seconds, kept.running_s());
            format!("{percent} ({})", clock(seconds))
        };
        let mut entry = format!(
            "{target}, {verdict}: within {}, below {}, above {}",
            share(kept.within_s),
            share(kept.below_s),
            share(kept.above_s)
        );
        if let Some((seconds, from)) = kept.longest_within_s.zip(kept.longest_within_from_s) {
            let (length, from) = (clock(seconds), clock(from));
            let _ = write!(entry, "; longest within {length}, from {from}");
        }
        entry
    }

    /// The device's own average next to this one, and why they differ.
    fn device(&self) -> Option<String> {
        let average = one_decimal(self.run.device_average_spm?);
        let summary = &self.run.summary;
        let (moving, all) = (
            or_dash(summary.mean_moving_spm),
            or_dash(summary.mean_with_zeros_spm),
        );
        let why = match self.run.device_pools()? {
            DevicePools::Running => "which agrees".to_owned(),
            DevicePools::Moving => format!("walking included ({moving} here with walking)"),
            DevicePools::Everything => {
                format!("standing as zero and walking included ({all} here with both)")
            }
            DevicePools::Gaps => format!(
                "which may have filled {} of gaps ({moving} with walking, {all} with standing too)",
                clock(self.run.gap_s + summary.unknown_s)
            ),
            DevicePools::Unexplained => {
                format!("not from these records ({moving} with walking, {all} with standing too)")
            }
        };
        Some(format!("{average} spm, its own average, {why}"))
    }

    fn laps_text(&self, text: &mut String, style: Style) {
        let laps = &self.run.laps;
        if laps.len() < 2 {
            return;
        }
        let judged = if self.kept.is_some() { "within" } else { "" };
        let mut table = Table::new([
            "lap", "spm", judged, "running", "pace", "start", "\u{b1}", "",
        ]);
        for (index, lap) in laps.iter().enumerate() {
            let summary = &lap.summary;
            let speed = summary.running_speed_mps;
            table.push([
                (index + 1).to_string(),
                or_dash(summary.median_spm),
                percent_or_dash(self.lap_kept(index).and_then(|kept| kept.within_percent)),
                clock(summary.running_s),
                speed.map_or("-".into(), |mps| self.args.units.pace(mps)),
                clock(lap.start.seconds_since(self.run.start())),
                or_dash(summary.deviation_spm),
                String::new(),
            ]);
        }
        text.push('\n');
        table.write(text, style);
    }
}

/// `running 44:09 (93 %), walking 2:50 (6 %), standing 0:15 (1 %)`, and the time that no record
/// holds for.
fn times(summary: &Summary, gap_s: f64) -> String {
    let parts = [
        ("running", summary.running_s),
        ("walking", summary.walking_s),
        ("standing", summary.standing_s),
        ("without a value", summary.unknown_s),
        ("gaps", gap_s),
    ];
    let whole: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(_, seconds)| *seconds > 0.0)
        .map(|(name, seconds)| format!("{name} {} ({})", clock(seconds), percent(seconds, whole)))
        .collect();
    if shown.is_empty() {
        "none".into()
    } else {
        shown.join(", ")
    }
}

/// Cadence against pace, in classes of half a minute with at least a minute of running.
fn paces_text(text: &mut String, classes: &[PaceClass], units: Units, style: Style) {
    const CLASS_S: f64 = 30.0;
    let metres = units.metres() / 1000.0;
    let wide = |class: &PaceClass| (class.middle_s_per_km() * metres / CLASS_S).floor() * CLASS_S;
    let heading = format!("min/{} pace", units.name());
    let mut table = Table::new([heading.as_str(), "spm", "running", ""]);
    let mut groups = 0;
    for group in classes.chunk_by(|a, b| (wide(a) - wide(b)).abs() < 1.0) {
        let seconds: f64 = group.iter().map(|class| class.seconds).sum();
        let steps = group.iter().map(|class| class.mean_spm() * class.seconds);
        if seconds < 60.0 {
            continue;
        }
        let from = wide(&group[0]);
        table.push([
            format!("{} to {}", clock(from), clock(from + CLASS_S)),
            one_decimal(steps.sum::<f64>() / seconds),
            clock(seconds),
            String::new(),
        ]);
        groups += 1;
    }
    if groups > 1 {
        text.push('\n');
        table.write(text, style);
    }
}
