//! One recording, in full.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use cadence::cadence::{TargetRange, one_decimal};
use cadence::chart::{self, Labels, Point, Series};
use cadence::watch::{
    Counts, DevicePools, FactorReason, Gait, Kept, PaceClass, Recording, Run, RunLap, Stretch,
    Summary, Target, WatchError,
};

use super::args::{ReviewArgs, ReviewFormat, ReviewNumber, Rows};
use super::followed::{Plan, Report};
use super::table::Table;
use super::{
    Judge, KeptJson, Style, SummaryJson, clock, date, or_dash, pace, percent, rfc3339, shown,
};
use crate::cli::destination::Destination;
use crate::cli::report::{self, Error};

pub(super) fn run(
    args: &ReviewArgs,
    file: &Path,
    judge: &Judge,
    plan: Option<&Plan>,
    svg: Option<Destination>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let cannot = |error: WatchError| Error::failed(format!("cannot read '{}'", shown(file)), error);
    let recording = super::read(file).map_err(cannot)?;
    let told = tell(args, file, &recording, judge, plan, svg, out);
    super::outcome(told, file, recording.faults())
}

/// Tells of a recording, whole or not.
fn tell(
    args: &ReviewArgs,
    file: &Path,
    recording: &Recording,
    judge: &Judge,
    plan: Option<&Plan>,
    svg: Option<Destination>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let (index, run) = choose(args, file, judge, recording)?;
    let review = Review {
        file: shown(file),
        index,
        target_range: run
            .cadence()
            .and_then(|cadence| cadence.raised_by(args.raise).ok()),
        kept: judge.kept(run.stretches()),
        target: judge.target,
        followed: plan.map(|plan| plan.judge(&run)),
        recording,
        run: &run,
        args,
    };
    review.warn();
    match (args.print, args.format) {
        (Some(number), _) => writeln!(out, "{}", one_decimal(review.number(number)?))?,
        (None, ReviewFormat::Text) => write!(out, "{}", review.text(args.style()))?,
        (None, ReviewFormat::Json) => report::json(out, &review.json())?,
        (None, ReviewFormat::Csv) => review.csv(out)?,
    }
    let name = file.file_name().map_or(review.file.clone(), |name| {
        name.to_string_lossy().into_owned()
    });
    let title = format!("{name}, {}", review.occasion());
    let labels = Labels {
        title: &title,
        axis: "time",
        value: "steps a minute",
        share: "of the running",
    };
    super::write_svg(svg, &review.series(), &labels, clock)
}

/// The session that was asked for, or the one with the most running.
fn choose(
    args: &ReviewArgs,
    file: &Path,
    judge: &Judge,
    recording: &Recording,
) -> Result<(usize, Run), Error> {
    let refused = |why: String| Error::Failed {
        tried: format!("'{}': {why}", shown(file)),
        cause: None,
    };
    if let Some(number) = args.session {
        let sessions = recording.sessions();
        let session = number.checked_sub(1).and_then(|index| sessions.get(index));
        let session = session.ok_or_else(|| {
            Error::Usage(format!(
                "there is no activity {number}: the recording has {}",
                sessions.len()
            ))
        })?;
        let run = Run::from_session(session, &judge.rules);
        return Ok((number - 1, run.map_err(|why| refused(why.to_string()))?));
    }
    let (runs, others) = judge.runs(recording);
    let number = runs.len();
    let most = runs.into_iter().max_by(|(_, a), (_, b)| {
        let running = |run: &Run| (run.summary().running_s(), run.summary().walking_s());
        running(a)
            .partial_cmp(&running(b))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let Some((index, run)) = most else {
        let damage = recording.faults().first().map(ToString::to_string);
        let why = others.first().map(ToString::to_string).or(damage);
        return Err(refused(
            why.unwrap_or_else(|| "it holds no activity".into()),
        ));
    };
    if number > 1 {
        report::warn(&format!(
            "the recording has {number} activities on foot: this is number {}, the others by --session",
            index + 1
        ));
    }
    Ok((index, run))
}

/// What is told of one run.
struct Review<'a> {
    file: String,
    index: usize,
    recording: &'a Recording,
    run: &'a Run,
    target_range: Option<TargetRange>,
    target: Option<Target>,
    kept: Option<Kept>,
    followed: Option<Report>,
    args: &'a ReviewArgs,
}

impl Review<'_> {
    fn warn(&self) {
        let factor = self.run.factor();
        if factor.is_doubtful() {
            let other = match factor.counts() {
                Counts::Steps => "strides",
                Counts::Strides => "steps",
            };
            report::warn(&format!(
                "the recorded cadence could count steps or strides, and was taken for {factor}; --counts {other} takes it for the other"
            ));
        }
        if self.run.summary().running_s() <= 0.0 {
            report::warn(&format!(
                "nothing was run at {} or faster: walking has no running cadence (--split moves the limit)",
                self.run.split()
            ));
        }
    }

    fn number(&self, number: ReviewNumber) -> Result<f64, Error> {
        let range = self.target_range;
        let found = match number {
            ReviewNumber::Cadence => self.run.summary().median_spm(),
            ReviewNumber::Mean => self.run.summary().mean_spm(),
            ReviewNumber::TargetLow => range.map(|range| range.low().spm()),
            ReviewNumber::TargetMid => range.map(|range| range.mid().spm()),
            ReviewNumber::TargetHigh => range.map(|range| range.high().spm()),
            ReviewNumber::Within => {
                let kept = self.kept.ok_or_else(|| {
                    Error::Usage("--print within needs a target: --target, or --cadence".into())
                })?;
                kept.share_within().map(|share| share * 100.0)
            }
        };
        found.ok_or_else(|| Error::Failed {
            tried: format!(
                "'{}': there is no running in it to tell this number of",
                self.file
            ),
            cause: None,
        })
    }

    /// Cadence over the time since the start, walking and standing left out.
    fn series(&self) -> Series {
        let start = self.run.start();
        let point = |stretch: &Stretch| {
            let running = |spm: &f64| Gait::of(*spm, self.run.split()) == Gait::Running;
            Point::new(
                stretch.start().seconds_since(start),
                stretch.seconds(),
                stretch.spm().filter(running),
            )
        };
        let series = Series::new(self.run.stretches().iter().map(point).collect(), 60.0);
        match self.target {
            Some(target) => series.with_band(target.low_spm(), target.high_spm()),
            None => series,
        }
    }

    /// When it was, what, and for how long.
    fn occasion(&self) -> String {
        let offset = self.recording.utc_offset_s();
        let zone = if offset.is_some() { "" } else { " UTC" };
        let date = date(self.run.start(), offset, "%a %-d %B %Y %H:%M");
        let date = date.map_or("no date".into(), |date| format!("{date}{zone}"));
        let length = clock(self.run.end().seconds_since(self.run.start()));
        format!("{date}, {}, {length}", self.run.sport().name())
    }

    fn text(&self, style: Style) -> String {
        let mut text = String::new();
        style.entry(&mut text, "file", &self.file);
        style.entry(&mut text, "recorded", &self.occasion());
        let summary = self.run.summary();
        if let Some(spm) = summary.median_spm() {
            let (low, high) = summary.middle_80_spm().unwrap_or((spm, spm));
            let entry = format!(
                "{} spm, the running median; mean {} \u{b1}{}, four fifths within {} to {}",
                one_decimal(spm),
                or_dash(summary.mean_spm()),
                or_dash(summary.deviation_spm()),
                one_decimal(low),
                one_decimal(high)
            );
            style.entry(&mut text, "cadence", &entry);
        }
        if let (None, Some(spm)) = (summary.median_spm(), summary.mean_moving_spm()) {
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
        style.entry(&mut text, "counted", &self.run.factor().to_string());
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
            followed.text(&mut text, style);
        }
        paces_text(&mut text, &self.run.paces(), style);
        if summary.running_s() > 0.0 {
            let series = self.series();
            let size = (style.width, super::PICTURE_HEIGHT);
            let _ = write!(
                text,
                "\n{}",
                chart::line(&series, size, style.glyphs(), clock)
            );
            let bars = chart::histogram(
                &series,
                super::CLASS_SPM,
                style.width.min(60),
                style.glyphs(),
            );
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
            share(kept.within_s()),
            share(kept.below_s()),
            share(kept.above_s())
        );
        if let Some((at, seconds)) = kept.longest() {
            let from = clock(at.seconds_since(self.run.start()));
            let _ = write!(entry, "; longest within {}, from {from}", clock(seconds));
        }
        style.entry(text, "kept", &entry);
    }

    /// The device's own average beside ours, and why they differ.
    fn device(&self) -> Option<String> {
        let average = one_decimal(self.run.device_average_spm()?);
        let summary = self.run.summary();
        let ours = |mean: Option<f64>| or_dash(mean);
        Some(match self.run.device_pools()? {
            DevicePools::Running => format!("{average} spm, its own average, which agrees"),
            DevicePools::Moving => format!(
                "{average} spm, its own average: walking is in it ({} with it here)",
                ours(summary.mean_moving_spm())
            ),
            DevicePools::Everything => format!(
                "{average} spm, its own average: standing counts as zero in it, and walking ({} with both here)",
                ours(summary.mean_with_zeros_spm())
            ),
            DevicePools::Unexplained => format!(
                "{average} spm, its own average, not from these records ({} with walking, {} with standing too)",
                ours(summary.mean_moving_spm()),
                ours(summary.mean_with_zeros_spm())
            ),
        })
    }

    fn laps_text(&self, text: &mut String, style: Style) {
        let laps = self.run.laps();
        if laps.len() < 2 {
            return;
        }
        let judged = if self.kept.is_some() { "within" } else { "" };
        let mut table = Table::new([
            "lap", "spm", judged, "running", "pace", "start", "\u{b1}", "",
        ]);
        for (index, lap) in laps.iter().enumerate() {
            let summary = lap.summary();
            let within = self.lap_kept(index).and_then(|kept| kept.share_within());
            table.push([
                (index + 1).to_string(),
                or_dash(summary.median_spm()),
                within.map_or("-".into(), |share| percent(share, 1.0)),
                clock(summary.running_s()),
                summary.running_speed_mps().map_or("-".into(), pace),
                clock(lap.start().seconds_since(self.run.start())),
                or_dash(summary.deviation_spm()),
                String::new(),
            ]);
        }
        text.push('\n');
        table.write(text, style);
    }

    /// How well the target was kept in a lap.
    fn lap_kept(&self, index: usize) -> Option<Kept> {
        let laps = self.run.laps();
        let to = laps.get(index + 1).map(RunLap::start);
        let end = to.unwrap_or_else(|| self.run.end().plus_seconds(1.0));
        let stretches = self.run.between(laps.get(index)?.start(), end);
        Some(Kept::of(stretches, self.target?, self.run.split()))
    }

    fn json(&self) -> Json<'_> {
        let run = self.run;
        let records = run.records();
        let factor = run.factor();
        let start = run.start();
        Json {
            file: &self.file,
            format: self.recording.format().name(),
            session: self.index + 1,
            sessions: self.recording.sessions().len(),
            sport: run.sport().name(),
            start: rfc3339(start),
            utc_offset_s: self.recording.utc_offset_s(),
            duration_s: run.end().seconds_since(start),
            summary: run.summary().into(),
            split_spm: run.split().spm(),
            records: records.total(),
            records_with_cadence: records.with_cadence(),
            records_zero: records.zero(),
            records_invalid: records.invalid(),
            records_mean_spm: records.mean_spm(),
            basis: run.basis().name(),
            factor: factor.steps_per_count(),
            factor_counts: match factor.counts() {
                Counts::Steps => "steps",
                Counts::Strides => "strides",
            },
            factor_reason: match factor.reason() {
                FactorReason::Told => "told",
                FactorReason::Unit => "unit",
                FactorReason::Values => "values",
                FactorReason::Pace => "pace",
            },
            factor_doubtful: factor.is_doubtful(),
            device_average_spm: run.device_average_spm(),
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
            kept: self.kept.map(|kept| KeptJson::new(&kept, start)),
            workout: self.followed.as_ref(),
            laps: run
                .laps()
                .iter()
                .enumerate()
                .map(|(index, lap)| LapJson {
                    lap: index + 1,
                    start_s: lap.start().seconds_since(start),
                    summary: lap.summary().into(),
                    kept: self.lap_kept(index).map(|kept| KeptJson::new(&kept, start)),
                })
                .collect(),
            paces: run
                .paces()
                .iter()
                .map(|class| PaceJson {
                    pace_s_per_km: class.pace_s_per_km(),
                    running_s: class.seconds(),
                    mean_spm: class.mean_spm(),
                })
                .collect(),
            faults: self
                .recording
                .faults()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }

    fn csv(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut rows = csv::Writer::from_writer(out);
        match self.args.rows {
            Rows::Second => self.seconds(&mut rows),
            Rows::Lap => self.laps(&mut rows),
        }
        .map_err(super::of_csv)?;
        Ok(rows.flush()?)
    }

    fn seconds<W: Write>(&self, rows: &mut csv::Writer<W>) -> csv::Result<()> {
        for stretch in self.run.stretches() {
            let spm = stretch.spm();
            let gait = spm.map(|spm| Gait::of(spm, self.run.split()));
            let begin = stretch.start().seconds_since(self.run.start());
            // A value holds for the whole seconds that begin in it.
            let (first, end) = (begin.ceil(), (begin + stretch.seconds()).ceil());
            for second in first as i64..end as i64 {
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
        for (index, lap) in self.run.laps().iter().enumerate() {
            let summary = lap.summary();
            let within = self.lap_kept(index).and_then(|kept| kept.share_within());
            rows.serialize(LapRow {
                lap: index + 1,
                start_s: lap.start().seconds_since(self.run.start()),
                running_s: summary.running_s(),
                walking_s: summary.walking_s(),
                standing_s: summary.standing_s(),
                cadence_spm: summary.median_spm(),
                mean_spm: summary.mean_spm(),
                deviation_spm: summary.deviation_spm(),
                running_speed_mps: summary.running_speed_mps(),
                within_percent: within.map(|share| share * 100.0),
            })?;
        }
        Ok(())
    }
}

/// `running 44:09 (93 %), walking 2:50 (6 %), standing 0:15 (1 %)`.
fn times(summary: &Summary) -> String {
    let parts = [
        ("running", summary.running_s()),
        ("walking", summary.walking_s()),
        ("standing", summary.standing_s()),
        ("without a value", summary.unknown_s()),
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
        let seconds: f64 = group.iter().map(PaceClass::seconds).sum();
        let steps = group.iter().map(|class| class.mean_spm() * class.seconds());
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

/// The JSON object; its keys are documented in the README and stay.
#[derive(Debug, Serialize)]
struct Json<'a> {
    file: &'a str,
    format: &'static str,
    session: usize,
    sessions: usize,
    sport: &'static str,
    start: Option<String>,
    utc_offset_s: Option<i32>,
    duration_s: f64,
    #[serde(flatten)]
    summary: SummaryJson,
    split_spm: f64,
    records: usize,
    records_with_cadence: usize,
    records_zero: usize,
    records_invalid: usize,
    records_mean_spm: Option<f64>,
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
    kept: Option<KeptJson>,
    workout: Option<&'a Report>,
    laps: Vec<LapJson>,
    paces: Vec<PaceJson>,
    faults: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LapJson {
    lap: usize,
    start_s: f64,
    #[serde(flatten)]
    summary: SummaryJson,
    kept: Option<KeptJson>,
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
