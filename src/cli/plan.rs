//! `cadence plan`: the runs of weeks, as a table, JSON, CSV or a calendar.

use std::io::Write;
use std::iter::{once, repeat};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};
use jiff::civil::Date;
use jiff::{Span, Zoned};
use serde::Serialize;

use cadence::cadence::Raise;
use cadence::number::one_decimal;
use cadence::plan::{Days, EVIDENCE, Plan, PlannedRun, Preset, Rise, Setup, day_name};
use cadence::tolerance::Tolerance;

use crate::cli::args::{BaseArgs, EncodingArg, SoundArgs, number};
use crate::cli::calc::Hints;
use crate::cli::playlist::{Files, Tracks};
use crate::cli::report::{self, Error};
use crate::cli::table::Table;
use crate::cli::text::clock;
use crate::cli::watch_file::WatchFiles;

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Schedule to follow; see --list
    #[arg(value_parser = preset())]
    pub(crate) preset: Option<&'static Preset>,
    /// List the schedules and their sources
    #[arg(long, conflicts_with = "preset")]
    pub(crate) list: bool,
    /// First day of the plan, such as 2026-12-01, tomorrow or mon [default: today]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) start: Option<Date>,
    /// Days of the week to run on, such as mon,wed,sat
    #[arg(long)]
    pub(crate) days: Option<Days>,
    /// Percent to add to the cadence, instead of the schedule's own
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub(crate) raise: Option<Raise>,
    /// Steps per minute to add each time, in a gradual plan [default: 5]
    #[arg(
        long,
        alias = "rise", value_parser = number,
        value_name = "SPM",
        allow_negative_numbers = true
    )]
    pub(crate) increment: Option<f64>,
    /// Weeks between increments, in a gradual plan [default: 2]
    #[arg(long, value_name = "WEEKS")]
    pub(crate) every: Option<u32>,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// Write an audio file for each run and a playlist to this folder; with --encoding fit,
    /// write a watch workout for each run
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) render: Option<PathBuf>,
    /// Encoding of the files
    #[arg(long, value_enum, default_value_t = RunFile::Mp3, requires = "render")]
    pub(crate) encoding: RunFile,
    /// With --encoding fit, width of the watch's range to either side [default: 3]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub(crate) tolerance: Option<Tolerance>,
    /// Overwrite existing files
    #[arg(long, requires = "render")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) base: BaseArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// The plan's source and a table
    Text,
    /// One JSON object
    Json,
    /// One row per run
    Csv,
    /// A calendar to import on a phone
    Ics,
}

/// What is written for each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFile {
    /// Lossless, a third of a gigabyte per hour
    Wav,
    /// Lossless, 18 MB per hour
    Flac,
    /// Plays everywhere, 22 MB per hour
    Mp3,
    /// Ogg Vorbis, 5 MB per hour
    Ogg,
    /// A Garmin workout with cadence ranges
    Fit,
}

impl RunFile {
    /// The encoding of a sound.
    fn sound(self) -> Option<EncodingArg> {
        match self {
            Self::Wav => Some(EncodingArg::Wav),
            Self::Flac => Some(EncodingArg::Flac),
            Self::Mp3 => Some(EncodingArg::Mp3),
            Self::Ogg => Some(EncodingArg::Ogg),
            Self::Fit => None,
        }
    }
}

/// The files to write in addition to the plan, prepared before anything is printed.
enum Prepared<'a> {
    Sounds(Files<'a>, Tracks),
    ForWatch(WatchFiles),
}

fn preset() -> impl TypedValueParser<Value = &'static Preset> {
    PossibleValuesParser::new(Preset::ALL.iter().map(Preset::name))
        .try_map(|name| Preset::named(&name))
}

/// A date, or one of the words for a day: `today`, `tomorrow`, and the next day of a name, today
/// included.
fn date(text: &str) -> Result<Date, &'static str> {
    let today = Zoned::now().date();
    let ahead = |days: i64| today.checked_add(Span::new().days(days)).ok();
    let word = text.trim().to_lowercase();
    let day = match word.as_str() {
        "today" => Some(today),
        "tomorrow" => ahead(1),
        _ => (0..7)
            .filter_map(ahead)
            .find(|date| word.starts_with(day_name(*date)) && is_day(&word)),
    };
    day.or_else(|| text.trim().parse().ok())
        .ok_or("not a date: write one such as 2026-12-01, tomorrow or mon")
}

/// Whether a word is a day of the week: its first three letters, or all of them.
fn is_day(word: &str) -> bool {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    DAYS.iter().any(|day| *day == word || day[..3] == *word)
}

impl PlanArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence plan --list
  cadence plan faded8 --count 40
  cadence plan huber2024 --cadence 160 --raise 5 --days mon,sat
  cadence plan gradual --cadence 160 --increment 1 --every 1 --format ics
  cadence plan faded8 --cadence 160 --render phone

A schedule from a study is not a treatment; stop if it hurts.";

    /// What `--help` adds.
    pub(crate) const NOTES: &str = "\
More examples:
  cadence plan hafer2015 --cadence 160 --start 2026-12-01
  cadence plan faded8 --cadence 160 --render watch --encoding fit

Each run is a workout for `cadence play`. Completed runs are not recorded.

With --encoding fit each run is a workout for a Garmin watch: copy the files
to GARMIN/NewFiles on the watch. This has not been tested on a watch. Its
ranges are in whole strides, that is, multiples of 2 spm.";
}

impl PlanArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let Some(preset) = self.preset else {
            let is_bare = self.base.cadence.is_none() && self.base.count.is_empty();
            if self.list || is_bare {
                return self.list(out);
            }
            let names: Vec<_> = Preset::ALL.iter().map(Preset::name).collect();
            let names = names.join(", ");
            return Err(Error::Usage(format!("choose a schedule: {names}")));
        };
        let plan = self.plan(preset)?;
        let prepared = self.prepare(&plan)?;
        match self.format {
            PlanFormat::Text => write!(out, "{}", text(&plan))?,
            PlanFormat::Json => report::json(out, &json(&plan))?,
            PlanFormat::Csv => out.write_all(&csv(&plan)?)?,
            PlanFormat::Ics => write!(out, "{}", plan.to_icalendar())?,
        }
        out.flush()?;
        match prepared {
            None => Ok(()),
            Some(Prepared::Sounds(files, tracks)) => files.write(&plan, tracks),
            Some(Prepared::ForWatch(files)) => files.write(),
        }
    }

    fn prepare(&self, plan: &Plan) -> Result<Option<Prepared<'_>>, Error> {
        if self.tolerance.is_some() && (self.render.is_none() || self.encoding != RunFile::Fit) {
            let text = "--tolerance needs --render FOLDER --encoding fit";
            return Err(Error::Usage(text.into()));
        }
        let Some(folder) = self.render.as_deref() else {
            return Ok(None);
        };
        Ok(Some(match self.encoding.sound() {
            Some(encoding) => {
                let files = Files {
                    folder,
                    encoding,
                    overwrite: self.force,
                    sound: &self.sound,
                };
                let tracks = files.prepare(plan)?;
                Prepared::Sounds(files, tracks)
            }
            None => Prepared::ForWatch(WatchFiles::prepare(
                plan,
                folder,
                self.force,
                self.tolerance.unwrap_or_default(),
            )?),
        }))
    }

    fn plan(&self, preset: &'static Preset) -> Result<Plan, Error> {
        let Some(cadence) = self.base.told_or_counted(Hints::Told)? else {
            let text =
                "a plan starts from your cadence: add it, such as --cadence 160 or --count 40";
            return Err(Error::Usage(text.into()));
        };
        let start = self.start.unwrap_or_else(|| Zoned::now().date());
        let mut setup = Setup::new(cadence, start);
        if let Some(raise) = self.raise {
            Hints::Told.of_raise(raise);
            setup = setup.with_raise(raise);
        }
        if let Some(days) = self.days {
            setup = setup.on_days(days);
        }
        if self.increment.is_some() || self.every.is_some() {
            if !preset.is_gradual() {
                let text = format!(
                    "--increment and --every are for gradual: {} has a fixed course",
                    preset.name()
                );
                return Err(Error::Usage(text));
            }
            let spm = self.increment.unwrap_or(Rise::DEFAULT.spm());
            let weeks = self.every.unwrap_or(Rise::DEFAULT.weeks());
            setup = setup.with_rise(Rise::new(spm, weeks).map_err(Error::usage)?);
        }
        Plan::new(preset, &setup).map_err(Error::usage)
    }

    fn list(&self, out: &mut impl Write) -> Result<(), Error> {
        match self.format {
            PlanFormat::Text => {
                for preset in Preset::ALL {
                    let [caveat, ..] = preset.caveats();
                    let summary = preset.summary();
                    let lines = [summary.as_str(), preset.source(), caveat];
                    write!(out, "{}", paragraph(preset.name(), lines))?;
                }
                write!(out, "\n{}", paragraph("evidence", EVIDENCE))?;
                Ok(())
            }
            PlanFormat::Json => {
                let list: Vec<JsonPreset> = Preset::ALL.iter().map(json_preset).collect();
                report::json(out, &list)
            }
            PlanFormat::Csv | PlanFormat::Ics => Err(Error::Usage(
                "--list cannot be csv or ics: use --format text or json".into(),
            )),
        }
    }
}

/// What to know of the plan, and one row a run.
fn text(plan: &Plan) -> String {
    let preset = plan.preset();
    let cadence = format!(
        "{} spm, +{}%",
        one_decimal(plan.base().bpm()),
        one_decimal(plan.raise_percent())
    );
    let mut table = Table::new(["run", "day", "date", "BPM", "length", "workout"]);
    for run in plan.runs() {
        table.push([
            run.number.to_string(),
            day_name(run.date).to_owned(),
            run.date.to_string(),
            one_decimal(run.target.bpm()),
            clock(run.workout.length().unwrap_or_default()),
            run.workout.to_string(),
        ]);
    }
    let mut text = [
        paragraph(preset.name(), [plan.summary()]),
        paragraph("cadence", [cadence]),
        paragraph("source", [preset.source()]),
        paragraph("assumed", plan.own_choices()),
        paragraph("differs", plan.departures()),
        paragraph("caveat", preset.caveats()),
        "\n".to_owned(),
    ]
    .concat();
    // A workout is there to be copied, so it is never cut.
    table.with_texts(&[1, 2, 3]).write_whole(&mut text);
    text
}

/// Lines with one label in front.
fn paragraph(label: &str, lines: impl IntoIterator<Item: AsRef<str>>) -> String {
    let labels = once(label).chain(repeat(""));
    let lines = labels.zip(lines);
    let lines: Vec<String> = lines
        .map(|(label, line)| format!("{label:12}{}\n", line.as_ref()))
        .collect();
    lines.concat()
}

/// The JSON object; its keys are documented in the README and stay.
#[derive(Debug, Serialize)]
struct Json {
    plan: JsonPreset,
    departures: Vec<String>,
    cadence_spm: f64,
    raise_percent: f64,
    days: String,
    runs: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct JsonPreset {
    name: &'static str,
    summary: String,
    source: &'static str,
    caveats: [&'static str; 3],
    assumed: Vec<&'static str>,
}

/// A run, in JSON and as a row of CSV.
#[derive(Debug, Serialize)]
struct Row {
    run: usize,
    date: String,
    target_bpm: f64,
    length_s: Option<f64>,
    workout: String,
}

fn json(plan: &Plan) -> Json {
    Json {
        plan: JsonPreset {
            summary: plan.summary(),
            assumed: plan.own_choices(),
            ..json_preset(plan.preset())
        },
        departures: plan.departures(),
        cadence_spm: plan.base().bpm(),
        raise_percent: plan.raise_percent(),
        days: plan.days().to_string(),
        runs: plan.runs().iter().map(row).collect(),
    }
}

fn json_preset(preset: &'static Preset) -> JsonPreset {
    JsonPreset {
        name: preset.name(),
        summary: preset.summary(),
        source: preset.source(),
        caveats: preset.caveats(),
        assumed: preset.own_choices(),
    }
}

fn row(run: &PlannedRun) -> Row {
    Row {
        run: run.number,
        date: run.date.to_string(),
        target_bpm: run.target.bpm(),
        length_s: run.workout.length().map(|length| length.as_secs_f64()),
        workout: run.workout.to_string(),
    }
}

fn csv(plan: &Plan) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::failed("cannot write the plan as csv", error);
    let mut rows = csv::Writer::from_writer(Vec::new());
    for run in plan.runs() {
        rows.serialize(row(run)).map_err(failed)?;
    }
    rows.into_inner()
        .map_err(|error| Error::failed("cannot write the plan as csv", error.into_error()))
}
