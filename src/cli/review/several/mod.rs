//! Several recordings: one row a run, oldest first, and the trend; or one row a week, or one a
//! planned run.

mod archive;
mod find;
mod found;
mod history;
mod plan;
mod row;
mod rows;
mod weeks;

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use cadence::chart::{self, Labels};
use cadence::number::one_decimal;
use serde::Serialize;

use super::args::{ReviewArgs, ReviewFormat, ReviewNumber};
use super::{Judge, band, clock, date, failed, or_dash, percent_or_dash};
use crate::cli::input;
use crate::cli::report::{self, Error};
use crate::cli::table::Table;
use crate::cli::text::{Style, counted};
use find::Files;
use found::Found;
use history::{History, day};
use plan::Followed;
use weeks::Weeks;

pub(in crate::cli::review) use archive::is_archive;
pub(in crate::cli::review) use plan::PlanToFollow;

pub(super) fn run(
    args: &ReviewArgs,
    paths: &[PathBuf],
    judge: &Judge,
    out: &mut impl Write,
) -> Result<(), Error> {
    let files = Files::find(paths);
    let svg = args.open_svg(files.inputs())?;
    if args.jsonl {
        return stream(args, &files, judge, out);
    }
    let mut folders = Folders::read(args, &files, judge)?;
    // Of thousands of files it is a part of the peak.
    drop(files);
    folders.warn();
    if folders.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| input::named(path)).collect();
        return Err(failed(format!("no recording in {}", names.join(", "))));
    }
    if args.by_folder {
        folders.write(args, judge, out)?;
    } else {
        let found = folders.only();
        let view = View::new(args, found, judge);
        match (args.print, args.format) {
            (Some(number), _) => print(args, &view, number, out)?,
            (None, ReviewFormat::Text) => view.write_text(args, found, judge, out)?,
            (None, ReviewFormat::Json) => report::json(out, &view.json(found, judge))?,
            (None, ReviewFormat::Csv) => view.csv(found, out)?,
        }
        view.draw(svg, judge)?;
    }
    outcome(args, folders.bad_files(), folders.runs())
}

/// The error if files could not be read, unless it is to go on and a run was read.
fn outcome(args: &ReviewArgs, bad_files: u64, runs: usize) -> Result<(), Error> {
    if bad_files == 0 || args.keep_going && runs > 0 {
        return Ok(());
    }
    let number = counted(bad_files, "file");
    Err(failed(format!("{number} could not be read completely")))
}

/// Writes each run as one line of JSON as soon as it is read, and keeps none.
fn stream(
    args: &ReviewArgs,
    files: &Files,
    judge: &Judge,
    out: &mut impl Write,
) -> Result<(), Error> {
    let (mut runs, mut bad_files) = (0, files.bad.len() as u64);
    for (_, path, why) in &files.bad {
        report::warn(&format!("{}: {why}", input::named(path)));
    }
    files.read(judge, |candidate, outcome| {
        let mut found = Found::default();
        found.take(candidate, outcome);
        for row in found.rows.iter().filter(|row| row.has_cadence) {
            report::json(out, &rows::run_json(row, None))?;
            runs += 1;
        }
        out.flush()?;
        bad_files += u64::from(!found.bad.is_empty());
        warn(&found);
        Ok::<(), Error>(())
    })?;
    outcome(args, bad_files, runs)
}

/// What was found, folder by folder; all in one unless they are to be kept apart.
struct Folders(Vec<(String, Found)>);

impl Folders {
    fn read(args: &ReviewArgs, files: &Files, judge: &Judge) -> Result<Self, Error> {
        let mut folders: Vec<(String, Found)> = if args.by_folder {
            let names = files.folders.iter();
            names.map(|name| (name.clone(), Found::default())).collect()
        } else {
            vec![(String::new(), Found::default())]
        };
        let number = |folder: usize| if args.by_folder { folder } else { 0 };
        for (folder, path, why) in &files.bad {
            let (_, found) = &mut folders[number(*folder)];
            found.bad.push((path.as_path().into(), why.clone()));
        }
        files.read(judge, |candidate, outcome| {
            let (_, found) = &mut folders[number(candidate.folder)];
            found.take(candidate, outcome);
            Ok::<(), Error>(())
        })?;
        for (_, found) in &mut folders {
            found.sort();
        }
        if args.by_folder {
            folders.retain(|(_, found)| !found.is_empty() || !found.bad.is_empty());
            folders.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        Ok(Self(folders))
    }

    fn all(&self) -> impl Iterator<Item = &Found> {
        self.0.iter().map(|(_, found)| found)
    }

    fn is_empty(&self) -> bool {
        self.all()
            .all(|found| found.is_empty() && found.bad.is_empty())
    }

    fn only(&mut self) -> &Found {
        &self.0[0].1
    }

    fn warn(&self) {
        self.all().for_each(warn);
    }

    fn runs(&self) -> usize {
        self.all().map(|found| found.all_runs().count()).sum()
    }

    fn bad_files(&self) -> u64 {
        self.all()
            .map(|found| {
                let mut paths: Vec<&Path> = found.bad.iter().map(|(path, _)| &**path).collect();
                // One file may have several faults.
                paths.sort_unstable();
                paths.dedup();
                paths.len() as u64
            })
            .sum()
    }

    /// A block for each folder, or an object, or rows with the folder in front.
    fn write(&self, args: &ReviewArgs, judge: &Judge, out: &mut impl Write) -> Result<(), Error> {
        let folders = || {
            self.0
                .iter()
                .map(|(name, it)| (name, it, View::new(args, it, judge)))
        };
        match args.format {
            ReviewFormat::Text => {
                for (index, (name, found, view)) in folders().enumerate() {
                    let gap = if index == 0 { "" } else { "\n" };
                    let mut text = gap.to_owned();
                    args.style().entry(&mut text, "folder", name);
                    writeln!(out, "{text}")?;
                    view.write_text(args, found, judge, out)?;
                }
                Ok(())
            }
            ReviewFormat::Json => {
                let views: Vec<_> = folders().collect();
                let folders = views.iter().map(|(name, found, view)| FolderJson {
                    folder: (*name).clone(),
                    found: view.json(found, judge),
                });
                let folders = folders.collect();
                report::json(out, &FoldersJson { folders })
            }
            ReviewFormat::Csv => {
                let mut is_first = true;
                for (name, found, view) in folders() {
                    let mut text = Vec::new();
                    view.csv(found, &mut text)?;
                    rows::with_folder(name, &text, is_first, out)?;
                    is_first = false;
                }
                Ok(())
            }
        }
    }
}

/// The JSON object of several folders.
#[derive(Serialize)]
struct FoldersJson<T> {
    folders: Vec<FolderJson<T>>,
}

#[derive(Serialize)]
struct FolderJson<T> {
    folder: String,
    #[serde(flatten)]
    found: T,
}

/// Says what could not be read, and what may have been one run or two.
fn warn(found: &Found) {
    for (path, why) in &found.bad {
        report::warn(&format!("{}: {why}", input::named(path)));
    }
    for (a, b) in &found.overlapping {
        report::warn(&format!(
            "{} and {} overlap in time, but not in cadence or distance: both are counted, as if two people ran",
            input::named(a),
            input::named(b)
        ));
    }
}

/// What is shown of the runs.
enum View<'a> {
    Runs(History),
    Weeks(Weeks),
    Plan(Followed<'a>),
}

/// Its JSON object.
#[derive(Serialize)]
#[serde(untagged)]
enum Json<'a> {
    Runs(rows::Json<'a>),
    Weeks(weeks::Json),
    Plan(plan::Json),
}

impl<'a> View<'a> {
    fn new(args: &ReviewArgs, found: &'a Found, judge: &'a Judge) -> Self {
        match (args.is_by_week(), &judge.plan) {
            (true, plan) => Self::Weeks(Weeks::new(args, found, plan.as_ref())),
            (_, Some(plan)) => Self::Plan(Followed::new(plan, found)),
            (_, None) => Self::Runs(History::new(&found.rows, args.units)),
        }
    }

    fn write_text(
        &self,
        args: &ReviewArgs,
        found: &Found,
        judge: &Judge,
        out: &mut impl Write,
    ) -> Result<(), Error> {
        let text = match self {
            Self::Runs(history) => return write_runs(found, history, judge, args.style(), out),
            Self::Weeks(weeks) => weeks.text(found, args.style()),
            Self::Plan(plan) => plan.text(found, args.style()),
        };
        Ok(out.write_all(text.as_bytes())?)
    }

    fn json<'b>(&'b self, found: &'b Found, judge: &Judge) -> Json<'b> {
        match self {
            Self::Runs(history) => Json::Runs(found.json(history, judge)),
            Self::Weeks(weeks) => Json::Weeks(weeks.json(found)),
            Self::Plan(plan) => Json::Plan(plan.json(found)),
        }
    }

    fn csv(&self, found: &Found, out: &mut impl Write) -> Result<(), Error> {
        match self {
            Self::Runs(history) => found.csv(history, out),
            Self::Weeks(weeks) => weeks.csv(out),
            Self::Plan(plan) => plan.csv(out),
        }
    }

    fn draw(
        &self,
        svg: Option<crate::cli::destination::Destination>,
        judge: &Judge,
    ) -> Result<(), Error> {
        match self {
            Self::Runs(history) => {
                let labels = Labels {
                    title: &history.title(),
                    verdict: &history.line().unwrap_or_default(),
                    line: "a run",
                    band: &judge.target.map(band).unwrap_or_default(),
                    axis: "date",
                    value: "steps a minute",
                    share: "of the runs",
                    interval: "the middle half, recent runs weighing most",
                };
                super::write_svg(svg, &history.series(judge.target), &labels, day)
            }
            Self::Weeks(weeks) => super::write_picture(svg, || weeks.svg()),
            Self::Plan(plan) => super::write_picture(svg, || plan.svg()),
        }
    }
}

/// Prints the baseline, or a target from it; a line on stderr says of how many runs it is.
fn print(
    args: &ReviewArgs,
    view: &View<'_>,
    number: ReviewNumber,
    out: &mut impl Write,
) -> Result<(), Error> {
    let View::Runs(history) = view else {
        return Err(Error::Usage(
            "--print and --rows week exclude each other".into(),
        ));
    };
    if matches!(number, ReviewNumber::Mean | ReviewNumber::Within) {
        let text =
            "of several recordings --print has cadence, target-low, target-mid and target-high";
        return Err(Error::Usage(text.into()));
    }
    let line = history.baseline_line();
    let Some(baseline) = history.baseline else {
        return Err(failed(format!("no cadence to start from: {line}")));
    };
    let raised = || {
        let cadence = cadence::cadence::Cadence::from_spm(baseline.spm).map_err(Error::usage)?;
        cadence.raised_by(args.raise).map_err(Error::usage)
    };
    let value = match number {
        ReviewNumber::TargetLow => raised()?.low().spm(),
        ReviewNumber::TargetMid => raised()?.mid().spm(),
        ReviewNumber::TargetHigh => raised()?.high().spm(),
        _ => baseline.spm,
    };
    report::note(&format!("baseline: {line}"));
    Ok(writeln!(out, "{}", one_decimal(value))?)
}

fn write_runs(
    found: &Found,
    history: &History,
    judge: &Judge,
    style: Style,
    out: &mut impl Write,
) -> Result<(), Error> {
    if !found.rows.is_empty() {
        // Line by line, for there are thousands.
        for line in table(found, history, judge).lines(style) {
            writeln!(out, "{line}")?;
        }
    }
    let mut text = String::new();
    if history.points.len() > 1 {
        let size = (style.width, super::PICTURE_HEIGHT);
        let series = history.series(judge.target);
        let picture = chart::line(&series, size, style.glyphs(), day);
        let _ = write!(text, "\n{picture}");
        if history.baseline.is_some() {
            let shade = format!("{:7}{}", "", style.glyphs().interval());
            style.entry_under(
                &mut text,
                9,
                &shade,
                "the middle half of the runs up to then",
            );
        }
    }
    if !found.rows.is_empty() {
        text.push('\n');
    }
    style.entry(&mut text, "found", &found.in_words());
    if let Some(line) = history.line() {
        style.entry(&mut text, "trend", &line);
    }
    if !found.rows.is_empty() {
        style.entry(&mut text, "baseline", &history.baseline_line());
    }
    Ok(out.write_all(text.as_bytes())?)
}

fn table(found: &Found, history: &History, judge: &Judge) -> Table<8> {
    let units = history.units;
    let at_pace = history
        .pace
        .map(|pace| format!("at {}", history.shown_pace(pace)));
    let at_pace = at_pace.unwrap_or_else(|| "at pace".into());
    let within = if judge.target.is_some() { "within" } else { "" };
    let headings = [
        "date",
        "spm",
        &at_pace,
        within,
        "pace",
        "moving",
        units.name(),
        "file",
    ];
    let mut table = Table::new(headings);
    for row in &found.rows {
        let when = date(row.start, row.utc_offset_s, "%Y-%m-%d %H:%M");
        let speed = row.summary.running_speed_mps;
        table.push([
            when.unwrap_or_else(|| "no date".into()),
            or_dash(row.summary.median_spm),
            or_dash(history.cadence_of(row)),
            percent_or_dash(row.within()),
            speed.map_or("-".into(), |mps| units.pace(mps)),
            clock(row.summary.moving_s),
            or_dash(row.distance_m().map(|metres| metres / units.metres())),
            row.name(),
        ]);
    }
    table
}
