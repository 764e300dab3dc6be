//! One recording, in full.

mod rows;
mod text;

use std::io::Write;
use std::path::Path;

use cadence::cadence::TargetRange;
use cadence::chart::{Labels, Point, Series};
use cadence::number::one_decimal;
use cadence::review::{
    Doubt, LiveAdherence, NoRun, Run, Stretch, Target, TimeInTarget, Verdict, WorkoutAdherence,
    between,
};
use cadence::watch::{Counts, Format, Recording, WatchError};

use super::args::{ReviewArgs, ReviewFormat, ReviewNumber};
use super::workout::{self, Plan};
use super::{Judge, band, clock, date, failed, percent, shown};
use crate::cli::destination::Destination;
use crate::cli::input;
use crate::cli::report::{self, Error};

pub(super) fn run(
    args: &ReviewArgs,
    file: &Path,
    judge: &Judge,
    plan: Option<&Plan>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let svg = args.open_svg([file])?;
    let cannot =
        |error: WatchError| Error::failed(format!("cannot read {}", input::named(file)), error);
    let recording = super::read(file).map_err(cannot)?;
    let reviewed = review(args, file, &recording, judge, plan, svg, out);
    super::outcome(reviewed, file, &recording.faults)
}

/// Reports on a recording, whole or not.
fn review(
    args: &ReviewArgs,
    file: &Path,
    recording: &Recording,
    judge: &Judge,
    plan: Option<&Plan>,
    svg: Option<Destination>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let (index, run) = choose(args, file, judge, recording)?;
    let own_range = run
        .cadence()
        .and_then(|cadence| cadence.raised_by(args.raise).ok());
    let live = recording
        .sessions
        .get(index)
        .and_then(|it| it.live.as_ref());
    let live = live.and_then(|live| LiveAdherence::of(&run, live, args.cadence, args.tolerance));
    let review = Review {
        file: shown(file),
        index,
        target_range: own_range.filter(|_| !args.has_target() && live.is_none()),
        kept: judge.kept(&run.stretches, run.start()),
        target: judge.target,
        workout: plan.map(|plan| plan.judge(&run)),
        live,
        doubts: run.doubts(),
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
    review.draw(file, svg)
}

/// The session that was asked for, or the one with the most running.
fn choose(
    args: &ReviewArgs,
    file: &Path,
    judge: &Judge,
    recording: &Recording,
) -> Result<(usize, Run), Error> {
    let refused = |why: &str| failed(format!("{}: {why}", input::named(file)));
    let no_run = |why: &NoRun| match why {
        NoRun::Empty if recording.format == Format::Gpx => {
            refused("no track points, as in any GPX from indoors: export the run as FIT or TCX")
        }
        why if why.is_sport_in_doubt() => refused(&format!("{why}: --sport run reads it as a run")),
        why => refused(&why.to_string()),
    };
    if let Some(number) = args.session {
        let sessions = &recording.sessions;
        let session = number.checked_sub(1).and_then(|index| sessions.get(index));
        let session = session.ok_or_else(|| {
            Error::Usage(format!(
                "no activity {number}: the recording has {}",
                sessions.len()
            ))
        })?;
        let run = Run::from_session(session, &judge.rules);
        return Ok((number - 1, run.map_err(|why| no_run(&why))?));
    }
    let (runs, others) = Run::all(recording, &judge.rules);
    let number = runs.len();
    let Some((index, run)) = Run::main(runs) else {
        return Err(match others.first() {
            Some(why) => no_run(why),
            None if recording.format == Format::Gpx => no_run(&NoRun::Empty),
            None => refused("no activity in it"),
        });
    };
    if number > 1 {
        report::warn(&format!(
            "the recording has {number} activities on foot: reviewing number {}; use --session for another",
            index + 1
        ));
    }
    Ok((index, run))
}

/// What is reported of one run.
struct Review<'a> {
    file: String,
    index: usize,
    recording: &'a Recording,
    run: &'a Run,
    /// What a raise of the run's own cadence leads to; `None` where a target was given.
    target_range: Option<TargetRange>,
    target: Option<Target>,
    kept: Option<TimeInTarget>,
    workout: Option<WorkoutAdherence>,
    /// Of a log: what was kept of the target that it names.
    live: Option<LiveAdherence>,
    doubts: Vec<Doubt>,
    args: &'a ReviewArgs,
}

impl Review<'_> {
    fn warn(&self) {
        for doubt in &self.doubts {
            let help = match doubt {
                Doubt::Factor(factor) => match factor.counts {
                    Counts::Steps => "; use --recorded-as strides if it is wrong",
                    Counts::Strides => "; use --recorded-as steps if it is wrong",
                },
                Doubt::Sport => "; use --sport run if it was a run",
                Doubt::NoRunning(_) => " (--split moves the limit)",
                Doubt::SplitCutsRunning(..) => "; without --split, speed decides",
                Doubt::Short(_) | Doubt::Unusual(_) => "",
            };
            report::warn(&format!("{doubt}{help}"));
        }
    }

    fn number(&self, number: ReviewNumber) -> Result<f64, Error> {
        let range = self.target_range;
        let has_target = self.args.has_target();
        if (has_target || self.live.is_some())
            && let ReviewNumber::TargetLow | ReviewNumber::TargetMid | ReviewNumber::TargetHigh =
                number
        {
            let text = if has_target {
                "--print of a target needs a recording without --target, --cadence or --workout"
            } else {
                "--print of a target needs a recording without one, and this log has its own"
            };
            return Err(Error::Usage(text.into()));
        }
        let found = match number {
            ReviewNumber::Cadence => self.run.summary.median_spm,
            ReviewNumber::Mean => self.run.summary.mean_spm,
            ReviewNumber::TargetLow => range.map(|range| range.low().spm()),
            ReviewNumber::TargetMid => range.map(|range| range.mid().spm()),
            ReviewNumber::TargetHigh => range.map(|range| range.high().spm()),
            ReviewNumber::Within => {
                let live = || self.live.as_ref()?.all?.within_percent;
                let Some(kept) = self.kept else {
                    let text = "--print within needs a target: add --target or --cadence";
                    return live().ok_or_else(|| Error::Usage(text.into()));
                };
                kept.within_percent
            }
        };
        let none = || failed(format!("'{}': no running in it", self.file));
        found.ok_or_else(none)
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
        let series = match self.target {
            Some(target) => series.with_band(target.low_spm(), target.high_spm()),
            None => series,
        };
        match &self.workout {
            Some(workout) => {
                let end = self.run.end().seconds_since(start);
                series.with_segments(workout::segments(workout, end))
            }
            None => series,
        }
    }

    /// Writes the picture, where one was asked for.
    fn draw(&self, file: &Path, svg: Option<Destination>) -> Result<(), Error> {
        let name = file.file_name().map_or(self.file.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
        let title = format!("{name}, {}", self.occasion());
        let labels = Labels {
            title: &title,
            verdict: &self.headline(),
            line: "cadence",
            band: &self.target.map(band).unwrap_or_default(),
            axis: "time",
            value: "steps a minute",
            share: "of the running",
            interval: "",
        };
        super::write_svg(svg, &self.series(), &labels, clock)
    }

    /// The median and the verdict in a line, for the picture.
    fn headline(&self) -> String {
        let Some(spm) = self.run.summary.median_spm else {
            return "no running".into();
        };
        let mut line = format!("{} spm, the running median", one_decimal(spm));
        if let Some(kept) = &self.kept
            && let Some(verdict) = kept.verdict()
        {
            let within = percent(kept.within_s, kept.running_s());
            line = format!("{line}; target {verdict}, within it for {within} of the running");
        } else if let Some(within) = self.live.as_ref().and_then(|live| live.all?.within_percent) {
            let within = percent(within, 100.0);
            line = format!("{line}; within the target for {within} of the running");
        }
        line
    }

    /// Whether the target was kept.
    fn verdict(&self) -> Option<Verdict> {
        self.kept?.verdict()
    }

    /// When it was, what, for how long and how far.
    fn occasion(&self) -> String {
        let offset = self.recording.utc_offset_s;
        let zone = if offset.is_some() { "" } else { " UTC" };
        let date = date(self.run.start(), offset, "%a %-d %B %Y %H:%M");
        let date = date.map_or("no date".into(), |date| format!("{date}{zone}"));
        let length = clock(self.run.end().seconds_since(self.run.start()));
        let distance = self.run.summary.distance_m.filter(|metres| *metres > 0.0);
        let distance = distance.map_or_else(String::new, |metres| {
            format!(", {}", self.args.units.distance(metres))
        });
        format!("{date}, {}, {length}{distance}", self.run.sport.name())
    }

    /// How well the target was kept in a lap.
    fn lap_kept(&self, index: usize) -> Option<TimeInTarget> {
        let lap = self.run.laps.get(index)?;
        let stretches = between(&self.run.stretches, lap.start, lap.end);
        let (target, start) = (self.target?, self.run.start());
        Some(TimeInTarget::of(stretches, target, self.run.split, start))
    }
}
