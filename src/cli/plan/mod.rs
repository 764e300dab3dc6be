//! `cadence plan`: the runs of weeks. What is printed of them is in [`output`].

mod day;
mod output;

use std::ffi::OsStr;
use std::io::Write;
use std::num::ParseIntError;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, ValueEnum, ValueHint};
use jiff::Zoned;
use jiff::civil::Date;

use cadence::audio::file::Encoding;
use cadence::cadence::Raise;
use cadence::plan::{Days, EasyTime, Medium, Plan, Preset, Rise, Setup};
use cadence::tolerance::Tolerance;

use crate::cli::args::{BaseArgs, EncodingArg, SoundArgs, number};
use crate::cli::calc::Hints;
use crate::cli::destination;
use crate::cli::input::{self, is_stdin};
#[cfg(feature = "music")]
use crate::cli::music::under::MusicArgs;
use crate::cli::playlist::{Files, Tracks};
use crate::cli::report::Error;
use crate::cli::text::Style;
use crate::cli::watch_file::WatchFiles;
use crate::cli::with_music;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("written").multiple(true))]
pub(crate) struct PlanArgs {
    /// Schedule to follow; see --list
    #[arg(value_parser = preset())]
    pub(crate) preset: Option<&'static Preset>,
    /// List the schedules and their sources
    #[arg(long, conflicts_with = "preset")]
    pub(crate) list: bool,
    /// First day of the plan, such as 2026-12-01, tomorrow or mon [default: today]
    #[arg(long, value_name = "DATE", value_parser = day::date)]
    pub(crate) start: Option<Date>,
    /// Days of the week to run on, such as mon,wed,sat
    #[arg(long)]
    pub(crate) days: Option<Days>,
    /// Begin with this run, to take a plan up again on --start
    #[arg(long, value_name = "RUN", value_parser = run_number, allow_hyphen_values = true)]
    pub(crate) from: Option<usize>,
    /// Easy time without clicks before each run; 0 leaves it out
    #[arg(
        long,
        value_name = "TIME",
        default_value = "5m",
        allow_hyphen_values = true
    )]
    pub(crate) warm_up: EasyTime,
    /// Easy time without clicks after each run; 0 leaves it out
    #[arg(
        long,
        value_name = "TIME",
        default_value = "5m",
        allow_hyphen_values = true
    )]
    pub(crate) cool_down: EasyTime,
    /// Percent to add to the cadence, instead of the schedule's own; of a range, the low end
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub(crate) raise: Option<Raise>,
    /// Steps per minute to add each time, in a gradual plan [default: 5]
    #[arg(
        long,
        alias = "rise", value_parser = increment,
        value_name = "SPM",
        allow_negative_numbers = true
    )]
    pub(crate) increment: Option<f64>,
    /// Weeks between increments, in a gradual plan [default: 2]
    #[arg(long, value_name = "WEEKS", value_parser = every)]
    pub(crate) every: Option<u32>,
    /// Print the workout of this run alone
    #[arg(
        long,
        value_name = "RUN",
        value_parser = run_number,
        allow_hyphen_values = true,
        conflicts_with_all = ["list", "format", "render"]
    )]
    pub(crate) run: Option<usize>,
    /// Output format [default: by the output's ending, else text]
    #[arg(long, value_enum)]
    pub(crate) format: Option<PlanFormat>,
    /// Write to this file; `-` is stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, group = "written")]
    pub(crate) output: Option<PathBuf>,
    /// Write an audio file for each run and a playlist to this folder; with --encoding fit,
    /// write a watch workout for each run
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, group = "written")]
    pub(crate) render: Option<PathBuf>,
    /// Encoding of the files
    #[arg(long, value_enum, default_value_t = RunFile::Mp3, requires = "render")]
    pub(crate) encoding: RunFile,
    /// Width of the range to either side of the target, in JSON and on a watch [default: 3]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub(crate) tolerance: Option<Tolerance>,
    /// Overwrite existing files
    #[arg(long, short, requires = "written")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) base: BaseArgs,
    #[command(flatten)]
    pub(crate) sound: SoundArgs,
    #[cfg(feature = "music")]
    #[command(flatten)]
    pub(crate) music: MusicArgs,
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
    /// A page to print, with boxes to tick
    Html,
}

impl PlanFormat {
    /// The endings of names that say a format.
    const ENDINGS: &str = ".txt, .json, .csv, .ics or .html";

    /// The format that the ending of a name says.
    fn of(ending: &OsStr) -> Option<Self> {
        match ending.to_str()?.to_ascii_lowercase().as_str() {
            "txt" => Some(Self::Text),
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "ics" => Some(Self::Ics),
            "html" | "htm" => Some(Self::Html),
            _ => None,
        }
    }
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

fn increment(text: &str) -> Result<f64, String> {
    let rise = Rise::new(number(text)?, Rise::DEFAULT.weeks());
    rise.map(Rise::spm).map_err(|error| error.to_string())
}

fn every(text: &str) -> Result<u32, String> {
    let weeks = text
        .parse()
        .map_err(|error: ParseIntError| error.to_string())?;
    let rise = Rise::new(Rise::DEFAULT.spm(), weeks);
    rise.map(Rise::weeks).map_err(|error| error.to_string())
}

fn run_number(text: &str) -> Result<usize, &'static str> {
    let number = text.trim().parse().ok();
    number.ok_or("write the number of a run, such as 3")
}

fn preset() -> impl TypedValueParser<Value = &'static Preset> {
    PossibleValuesParser::new(Preset::ALL.iter().map(Preset::name))
        .try_map(|name| Preset::named(&name))
}

impl PlanArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence plan --list
  cadence plan faded8 --count 40
  cadence plan huber2024 --cadence 160 --raise 5 --days mon,sat
  cadence plan gradual --cadence 160 -o plan.ics       a calendar
  cadence plan faded8 --cadence 160 -o plan.html       a page to print
  cadence plan faded8 --cadence 160 --render phone
  cadence plan faded8 --cadence 160 --run 5 | cadence play --file -

A schedule from a study is not a treatment; stop if it hurts.";

    /// What `--help` adds.
    pub(crate) const NOTES: &str = concat!(
        "\
More examples:
  cadence plan hafer2015 --cadence 160 --start 2026-12-01
  cadence plan gradual --cadence 160 --increment 1 --every 1
  cadence plan faded8 --cadence 160 --from 3 --start mon   after a break
  cadence plan faded8 --cadence 160 --render watch --encoding fit
",
        with_music!("  cadence plan faded8 --cadence 160 --render phone --music ~/Music\n"),
        "
Each run is a workout for `cadence play`, with a warm-up and a cool-down that
the schedule's minutes do not count. Completed runs are not recorded: keep the
plan with --format json > plan.json. The HTML page fits one sheet of A4 up to
56 runs. Calendar and page name the files that --render writes.

With --encoding fit each run is a workout for a Garmin watch: copy the files
to GARMIN/NewFiles on the watch. This has not been tested on a watch. Its
ranges are in whole strides, that is, multiples of 2 spm."
    );
}

impl PlanArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let Some(preset) = self.preset else {
            let is_bare = self.base.cadence.is_none() && self.base.count.is_empty();
            if self.list || is_bare {
                return self.put(out, &output::list(self.format()?)?);
            }
            let names: Vec<_> = Preset::ALL.iter().map(Preset::name).collect();
            let names = names.join(", ");
            return Err(Error::Usage(format!("choose a schedule: {names}")));
        };
        let plan = self.plan(preset)?;
        let printed = self.printed(&plan)?;
        let prepared = self.prepare(&plan)?;
        self.put(out, &printed)?;
        match prepared {
            None => Ok(()),
            Some(Prepared::Sounds(files, tracks)) => files.write(&plan, tracks),
            Some(Prepared::ForWatch(files)) => files.write(),
        }
    }

    /// As `--format` says, or the ending of the output's name; text where it has none.
    fn format(&self) -> Result<PlanFormat, Error> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let path = self.output.as_deref();
        let Some((path, ending)) = path.and_then(|path| Some((path, path.extension()?))) else {
            return Ok(PlanFormat::Text);
        };
        PlanFormat::of(ending).ok_or_else(|| {
            Error::Usage(format!(
                "no format has the ending of {}: name it {}, or add --format",
                input::named(path),
                PlanFormat::ENDINGS
            ))
        })
    }

    /// What is printed, or written to the output.
    fn printed(&self, plan: &Plan) -> Result<Vec<u8>, Error> {
        if let Some(number) = self.run {
            if !matches!(self.format(), Ok(PlanFormat::Text)) {
                let text = "--run writes a workout as text: give the output no ending, or .txt";
                return Err(Error::Usage(text.into()));
            }
            let run = plan.run(number).map_err(Error::usage)?;
            return Ok(format!("{}\n", run.workout).into_bytes());
        }
        let medium = match self.encoding.sound() {
            Some(encoding) => Medium::Sound(Encoding::from(encoding).name()),
            None => Medium::Watch,
        };
        Ok(match self.format()? {
            PlanFormat::Text => output::text(plan, Style::of_stdout(false)).into_bytes(),
            PlanFormat::Json => output::json(plan)?,
            PlanFormat::Csv => output::csv(plan)?,
            PlanFormat::Ics => plan.to_icalendar(medium).into_bytes(),
            PlanFormat::Html => plan.to_html(medium).into_bytes(),
        })
    }

    fn put(&self, out: &mut impl Write, printed: &[u8]) -> Result<(), Error> {
        match &self.output {
            Some(path) if !is_stdin(path) => destination::write_whole(path, self.force, printed),
            _ => {
                out.write_all(printed)?;
                Ok(out.flush()?)
            }
        }
    }

    fn prepare(&self, plan: &Plan) -> Result<Option<Prepared<'_>>, Error> {
        let for_watch = self.render.is_some() && self.encoding == RunFile::Fit;
        if self.tolerance.is_some() && !for_watch && self.format()? != PlanFormat::Json {
            let text = "--tolerance needs --format json, or --render FOLDER --encoding fit";
            return Err(Error::Usage(text.into()));
        }
        #[cfg(feature = "music")]
        if (self.render.is_none() || self.encoding == RunFile::Fit) && self.music.is_asked_for() {
            let text =
                "music is for the sound of a run: add --render FOLDER, without --encoding fit";
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
                    #[cfg(feature = "music")]
                    music: self.music.open(self.sound.volume)?,
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
        let Some(cadence) = self.base.told_or_counted(Hints::Printed)? else {
            let text =
                "a plan starts from your cadence: add it, such as --cadence 160 or --count 40";
            return Err(Error::Usage(text.into()));
        };
        let start = self.start.unwrap_or_else(|| Zoned::now().date());
        let mut setup = Setup::new(cadence, start)
            .with_warm_up(self.warm_up)
            .with_cool_down(self.cool_down)
            .from_run(self.from.unwrap_or(1));
        if let Some(tolerance) = self.tolerance {
            setup = setup.with_tolerance(tolerance);
        }
        if let Some(raise) = self.raise {
            Hints::Printed.of_raise(raise);
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
}
