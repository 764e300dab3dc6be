//! One recording in words, tables and pictures.

use std::fmt::Write as _;

use cadence::cadence::one_decimal;
use cadence::chart;
use cadence::review::{DevicePools, PaceClass, Summary};

use super::Review;
use crate::cli::review::table::Table;
use crate::cli::review::{
    CLASS_SPM, PICTURE_HEIGHT, Style, clock, or_dash, pace, percent, workout,
};

impl Review<'_> {
    pub(super) fn text(&self, style: Style) -> String {
        let mut text = String::new();
        style.entry(&mut text, "file", &self.file);
        style.entry(&mut text, "recorded", &self.occasion());
        let summary = &self.run.summary;
        if let Some(spm) = summary.median_spm {
            let (low, high) = summary
                .percentile_10_spm
                .zip(summary.percentile_90_spm)
                .unwrap_or((spm, spm));
            let entry = format!(
                "{} spm, the running median; mean {} \u{b1}{}, four fifths within {} to {}",
                one_decimal(spm),
                or_dash(summary.mean_spm),
                or_dash(summary.deviation_spm),
                one_decimal(low),
                one_decimal(high)
            );
            style.entry(&mut text, "cadence", &entry);
        }
        if let (None, Some(spm)) = (summary.median_spm, summary.mean_moving_spm) {
            let entry = format!("{} spm on average, walking", one_decimal(spm));
            style.entry(&mut text, "cadence", &entry);
        }
        if let Some(range) = self.target_range {
            style.entry(
                &mut text,
                "target",
                &format!("{range}, {}", self.args.raise),
            );
        }
        style.entry(&mut text, "time", &times(summary));
        if let Some(device) = self.device() {
            style.entry(&mut text, "device", &device);
        }
        style.entry(&mut text, "counted", &self.run.factor.to_string());
        if let Some((first, last)) = self.run.drift() {
            let entry = format!(
                "{} \u{2192} {} spm, first and last quarter of the running",
                one_decimal(first),
                one_decimal(last)
            );
            style.entry(&mut text, "drift", &entry);
        }
        self.kept_text(&mut text, style);
        self.laps_text(&mut text, style);
        if let Some(followed) = &self.followed {
            workout::text(followed, &mut text, style);
        }
        paces_text(&mut text, &self.run.paces(), style);
        if summary.running_s > 0.0 {
            let series = self.series();
            let size = (style.width, PICTURE_HEIGHT);
            let _ = write!(
                text,
                "\n{}",
                chart::line(&series, size, style.glyphs(), clock)
            );
            let bars = chart::histogram(&series, CLASS_SPM, style.width.min(60), style.glyphs());
            let _ = write!(text, "\n{bars}");
        }
        text
    }

    fn kept_text(&self, text: &mut String, style: Style) {
        let (Some(target), Some(kept)) = (self.target, self.kept) else {
            return;
        };
        let share = |seconds: f64| {
            format!(
                "{} ({})",
                percent(seconds, kept.running_s()),
                clock(seconds)
            )
        };
        let mut entry = format!(
            "{target}: within {}, below {}, above {}",
            share(kept.within_s),
            share(kept.below_s),
            share(kept.above_s)
        );
        if let Some((seconds, from)) = kept.longest_within_s.zip(kept.longest_within_from_s) {
            let (length, from) = (clock(seconds), clock(from));
            let _ = write!(entry, "; longest within {length}, from {from}");
        }
        style.entry(text, "kept", &entry);
    }

    /// The device's own average beside ours, and why they differ.
    fn device(&self) -> Option<String> {
        let average = one_decimal(self.run.device_average_spm?);
        let summary = &self.run.summary;
        let ours = |mean: Option<f64>| or_dash(mean);
        Some(match self.run.device_pools()? {
            DevicePools::Running => format!("{average} spm, its own average, which agrees"),
            DevicePools::Moving => format!(
                "{average} spm, its own average: walking is in it ({} with it here)",
                ours(summary.mean_moving_spm)
            ),
            DevicePools::Everything => format!(
                "{average} spm, its own average: standing counts as zero in it, and walking ({} with both here)",
                ours(summary.mean_with_zeros_spm)
            ),
            DevicePools::Unexplained => format!(
                "{average} spm, its own average, not from these records ({} with walking, {} with standing too)",
                ours(summary.mean_moving_spm),
                ours(summary.mean_with_zeros_spm)
            ),
        })
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
            let within = self.lap_kept(index).and_then(|kept| kept.within_percent);
            table.push([
                (index + 1).to_string(),
                or_dash(summary.median_spm),
                within.map_or("-".into(), |within| percent(within, 100.0)),
                clock(summary.running_s),
                summary.running_speed_mps.map_or("-".into(), pace),
                clock(lap.start.seconds_since(self.run.start())),
                or_dash(summary.deviation_spm),
                String::new(),
            ]);
        }
        text.push('\n');
        table.write(text, style);
    }
}

/// `running 44:09 (93 %), walking 2:50 (6 %), standing 0:15 (1 %)`.
fn times(summary: &Summary) -> String {
    let parts = [
        ("running", summary.running_s),
        ("walking", summary.walking_s),
        ("standing", summary.standing_s),
        ("without a value", summary.unknown_s),
    ];
    let whole: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(_, seconds)| *seconds > 0.0)
        .map(|(name, seconds)| format!("{name} {} ({})", clock(seconds), percent(seconds, whole)))
        .collect();
    if told.is_empty() {
        "none".into()
    } else {
        told.join(", ")
    }
}

/// Cadence against pace, in classes of half a minute with at least a minute of running.
fn paces_text(text: &mut String, classes: &[PaceClass], style: Style) {
    const CLASS_S: f64 = 30.0;
    let wide = |class: &PaceClass| (class.pace_s_per_km() / CLASS_S).floor() * CLASS_S;
    let mut table = Table::new(["min/km pace", "spm", "running", ""]);
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
