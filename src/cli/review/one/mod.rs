//! One recording, in full.

mod rows;
mod text;

use std::io::Write;
use std::path::Path;

use cadence::cadence::{TargetRange, one_decimal};
use cadence::chart::{Labels, Point, Series};
use cadence::review::{Run, Stretch, Target, TimeInTarget, WorkoutAdherence, between};
use cadence::watch::{Counts, Recording, WatchError};

use super::args::{ReviewArgs, ReviewFormat, ReviewNumber};
use super::workout::Plan;
use super::{Judge, clock, date, shown};
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
    super::outcome(told, file, &recording.faults)
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
        kept: judge.kept(&run.stretches, run.start()),
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
        let sessions = &recording.sessions;
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
    let Some((index, run)) = Run::main(runs) else {
        let damage = recording.faults.first().map(ToString::to_string);
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
    kept: Option<TimeInTarget>,
    followed: Option<WorkoutAdherence>,
    args: &'a ReviewArgs,
}

impl Review<'_> {
    fn warn(&self) {
        let factor = self.run.factor;
        if factor.is_doubtful() {
            let other = match factor.counts {
                Counts::Steps => "strides",
                Counts::Strides => "steps",
            };
            report::warn(&format!(
                "the recorded cadence could count steps or strides, and was taken for {factor}; --counts {other} takes it for the other"
            ));
        }
        if self.run.summary.running_s <= 0.0 {
            report::warn(&format!(
                "nothing was run at {} or faster: walking has no running cadence (--split moves the limit)",
                self.run.split
            ));
        }
    }

    fn number(&self, number: ReviewNumber) -> Result<f64, Error> {
        let range = self.target_range;
        let found = match number {
            ReviewNumber::Cadence => self.run.summary.median_spm,
            ReviewNumber::Mean => self.run.summary.mean_spm,
            ReviewNumber::TargetLow => range.map(|range| range.low().spm()),
            ReviewNumber::TargetMid => range.map(|range| range.mid().spm()),
            ReviewNumber::TargetHigh => range.map(|range| range.high().spm()),
            ReviewNumber::Within => {
                let kept = self.kept.ok_or_else(|| {
                    Error::Usage("--print within needs a target: --target, or --cadence".into())
                })?;
                kept.within_percent
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
            Point::new(
                stretch.start().seconds_since(start),
                stretch.seconds(),
                stretch.running_spm(self.run.split),
            )
        };
        let series = Series::new(self.run.stretches.iter().map(point).collect(), 60.0);
        match self.target {
            Some(target) => series.with_band(target.low_spm(), target.high_spm()),
            None => series,
        }
    }

    /// When it was, what, and for how long.
    fn occasion(&self) -> String {
        let offset = self.recording.utc_offset_s;
        let zone = if offset.is_some() { "" } else { " UTC" };
        let date = date(self.run.start(), offset, "%a %-d %B %Y %H:%M");
        let date = date.map_or("no date".into(), |date| format!("{date}{zone}"));
        let length = clock(self.run.end().seconds_since(self.run.start()));
        format!("{date}, {}, {length}", self.run.sport.name())
    }

    /// How well the target was kept in a lap.
    fn lap_kept(&self, index: usize) -> Option<TimeInTarget> {
        let lap = self.run.laps.get(index)?;
        let stretches = between(&self.run.stretches, lap.start, lap.end);
        let (target, start) = (self.target?, self.run.start());
        Some(TimeInTarget::of(stretches, target, self.run.split, start))
    }
}
