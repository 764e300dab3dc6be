//! `cadence show`: the timeline of a workout as a table and a picture, as JSON, or as a file for a
//! watch.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use serde::Serialize;

use cadence::chart::{self, Segment, Shade};
use cadence::duration;
use cadence::number::one_decimal;
use cadence::schedule::{Cue, Pace, SampleRate, TempoMap};
use cadence::tempo::Tempo;
use cadence::tolerance::Tolerance;
use cadence::watch::{WorkoutDate, WorkoutName};
use cadence::workout::{Part, PartKind, Timeline};

use crate::cli::args::{Per, WorkoutArgs};
use crate::cli::calc::Hints;
use crate::cli::report::{self, Error};
use crate::cli::table::Table;
use crate::cli::text::{Style, clock_with_tenths as clock};
use crate::cli::watch_file;

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) length: Option<Duration>,
    /// Click on every step or on every second step
    #[arg(long, value_enum, default_value_t = Per::Step)]
    pub(crate) per: Per,
    /// Output format [default: by the output's ending, .json or .fit, else text]
    #[arg(long, value_enum)]
    pub(crate) format: Option<ShowFormat>,
    /// Use plain ASCII
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Write to this file; `-` is stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, short, requires = "output")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) watch: WatchArgs,
    #[command(flatten)]
    pub(crate) what: WorkoutArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// A picture and a table
    Text,
    /// One JSON object
    Json,
    /// A Garmin workout with cadence ranges
    Fit,
}

/// How a workout becomes a file for a watch.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Width of the watch's range to either side of the tempo [default: 3]
    #[arg(
        long,
        value_name = "PERCENT",
        allow_hyphen_values = true,
        help_heading = "For a watch, with --format fit"
    )]
    tolerance: Option<Tolerance>,
    /// Name of the workout on the watch [default: its text]
    #[arg(
        long,
        value_name = "TEXT",
        help_heading = "For a watch, with --format fit"
    )]
    name: Option<WorkoutName>,
    /// Creation date in the file; fixed by default, so that equal workouts make equal files
    #[arg(long, value_name = "DATE", value_parser = watch_file::date, help_heading = "For a watch, with --format fit")]
    date: Option<WorkoutDate>,
}

impl ShowArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence show \"5m rest, 8m 160..168, 20m 168 cue 1m/1m, 5m rest\"
  cadence show \"10m base, 5x(1m +5%, 1m base)\" --cadence 160
  cadence show --file run.txt --count 40
  cadence show \"5m rest, 5x(2m 170, 1m rest)\" --format fit -o run.fit";

    /// What `--help` adds.
    pub(crate) const NOTES: &str = "\
A workout is a list of segments, separated by commas or line breaks:
  5m rest              no click
  10m 170              one tempo
  8m 160..168          a ramp from one tempo to another
  5x(1m 170, 1m rest)  a repeat
  20m 170 cue 1m/1m    alternate a minute with clicks and a minute without
  20m 170 fade         click, fading to silence
  20m 170 silent       hold a tempo without a click
  10m base, 5m +5%     relative to the runner's own cadence
  172                  one tempo that never ends
  # in a file          a comment

Only the click follows a workout: music plays on through its silences.

A .fit file is a workout for a Garmin watch, which alerts you when your cadence
leaves the range. Copy the file to GARMIN/NewFiles on the watch. This has not
been tested on a watch. A watch counts whole strides, so ranges are rounded
outward to multiples of 2 spm. A ramp becomes steps of at most 2 spm, silence
has no target, and a rest is a recovery step.";
}

/// The sample rate for counting clicks: that of `render`.
const RATE_HZ: u32 = 48_000;

impl ShowArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        if self.format() == ShowFormat::Fit {
            return self.write_for_watch();
        }
        self.watch.refuse()?;
        let shown = self.shown()?;
        match &self.output {
            Some(path) if path != Path::new("-") => watch_file::write(path, self.force, &shown),
            _ => Ok(out.write_all(&shown)?),
        }
    }

    /// As `--format` says, or the name of the file.
    fn format(&self) -> ShowFormat {
        let ending = self.output.as_deref().and_then(Path::extension);
        self.format.unwrap_or(match ending.and_then(OsStr::to_str) {
            Some("fit") => ShowFormat::Fit,
            Some("json") => ShowFormat::Json,
            _ => ShowFormat::Text,
        })
    }

    /// The timeline as text or JSON, as a whole: stdout writes line by line, which for 10,000
    /// segments takes longer than all the rest.
    fn shown(&self) -> Result<Vec<u8>, Error> {
        let (timeline, origin) = self.what.timeline(Hints::Printed)?;
        let timeline = self.what.shaped(timeline, self.length, self.per.into())?;
        let rate = SampleRate::from_hz(RATE_HZ).map_err(Error::usage)?;
        let map = timeline
            .to_tempo_map(rate, self.per.into())
            .map_err(Error::usage)?;
        if self.format() == ShowFormat::Json {
            let mut shown = Vec::new();
            report::json(&mut shown, &json(&timeline, &map))?;
            return Ok(shown);
        }
        let style = Style::of_stdout(self.ascii);
        let mut text = String::new();
        if let Some(origin) = origin {
            text = format!("{}\n\n", style.plain(&origin));
        }
        // A character in the last column makes some terminals wrap.
        let free = usize::from(io::stdout().is_terminal());
        if let Some(picture) = picture(&timeline, style.width - free, style) {
            text.push_str(&picture);
            text.push('\n');
        }
        table(&timeline, &map).write(&mut text, style);
        Ok(text.into_bytes())
    }

    fn write_for_watch(&self) -> Result<(), Error> {
        if self.what.count_in.is_some() || self.per == Per::Stride {
            let text = "--count-in and --per are for clicks, and a watch workout has none";
            return Err(Error::Usage(text.into()));
        }
        let asked = self.what.read(Hints::Printed)?;
        let name = match &self.watch.name {
            Some(name) => name.clone(),
            None => WorkoutName::abridged(&asked.workout.to_string()),
        };
        let bytes = watch_file::encode(
            &asked,
            self.watch.tolerance.unwrap_or_default(),
            self.length,
            name,
            self.watch.date.unwrap_or(WorkoutDate::FIXED),
        )?;
        let path = self.output.as_deref().unwrap_or(Path::new("-"));
        watch_file::write(path, self.force, &bytes)
    }
}

impl WatchArgs {
    /// Refuses what has no effect without `--format fit`.
    fn refuse(&self) -> Result<(), Error> {
        if self.tolerance.is_some() || self.name.is_some() || self.date.is_some() {
            let text = "--tolerance, --name and --date need --format fit";
            return Err(Error::Usage(text.into()));
        }
        Ok(())
    }
}

/// One row a part under a heading, and the totals.
fn table(timeline: &Timeline, map: &TempoMap) -> Table<5> {
    let mut table = Table::new(["start", "length", "BPM", "clicks", "cue"]).with_texts(&[2]);
    for (part, clicks) in timeline.parts().iter().zip(map.section_clicks()) {
        table.push([
            clock(part.start()),
            part.length().map_or("endless".to_owned(), clock),
            tempo(part),
            clicks.map_or("endless".to_owned(), |clicks| clicks.to_string()),
            cue(part),
        ]);
    }
    let clicks: Option<u64> = map.section_clicks().sum();
    if let (Some(length), Some(clicks)) = (timeline.length(), clicks) {
        table.push([
            "total".to_owned(),
            clock(length),
            String::new(),
            clicks.to_string(),
            String::new(),
        ]);
    }
    table
}

/// `168`, `160 to 168`, or what there is instead of a tempo.
fn tempo(part: &Part) -> String {
    match part.pace() {
        Pace::Rest => "rest".to_owned(),
        Pace::Steady(tempo) => one_decimal(tempo.bpm()),
        Pace::Ramp(from, to) => format!("{} to {}", one_decimal(from.bpm()), one_decimal(to.bpm())),
    }
}

fn cue(part: &Part) -> String {
    let words = |time| humantime::format_duration(time);
    match (part.kind(), part.pace(), part.cue()) {
        (PartKind::CountIn { .. }, ..) => "count-in".to_owned(),
        (PartKind::LeadIn, ..) | (_, Pace::Rest, _) => String::new(),
        (_, _, Cue::On) => "on".to_owned(),
        (_, _, Cue::Off) => "silent".to_owned(),
        (_, _, Cue::Fade) => "fade".to_owned(),
        (_, _, Cue::OnOff { on, off }) => format!("{} on, {} off", words(on), words(off)),
    }
}

/// Tempo over time. A rest is a gap; what never ends has as much room as all before it.
fn picture(timeline: &Timeline, width: usize, style: Style) -> Option<String> {
    let begun = timeline.parts().last().map_or(Duration::ZERO, Part::start);
    let shown = timeline
        .length()
        .unwrap_or(begun * 2)
        .max(Duration::from_secs(1));
    let segments = timeline.parts().iter().filter_map(|part| {
        let values = match part.pace() {
            Pace::Rest => return None,
            Pace::Steady(tempo) => (tempo.bpm(), tempo.bpm()),
            Pace::Ramp(from, to) => (from.bpm(), to.bpm()),
        };
        let length = part
            .length()
            .unwrap_or_else(|| shown.saturating_sub(part.start()));
        let shade = match part.cue() {
            Cue::On => Shade::Click,
            Cue::Off => Shade::Silent,
            Cue::Fade => Shade::Fade,
            Cue::OnOff { .. } => Shade::OnOff,
        };
        let start = part.start().as_secs_f64();
        Segment::new(start, length.as_secs_f64(), values, shade)
    });
    let segments: Vec<Segment> = segments.collect();
    let end = timeline.length().map_or("endless".to_owned(), clock);
    let ends = ("0:00", end.as_str());
    chart::area(&segments, shown.as_secs_f64(), width, style.glyphs(), ends)
}

/// The JSON object; its keys are documented in the README and stay.
#[derive(Debug, Serialize)]
struct Json {
    length_s: Option<f64>,
    clicks: Option<u64>,
    parts: Vec<JsonPart>,
}

#[derive(Debug, Serialize)]
struct JsonPart {
    kind: &'static str,
    text: String,
    start_s: f64,
    length_s: Option<f64>,
    from_bpm: Option<f64>,
    to_bpm: Option<f64>,
    clicks: Option<u64>,
    cue: &'static str,
    cue_on_s: Option<f64>,
    cue_off_s: Option<f64>,
}

fn json(timeline: &Timeline, map: &TempoMap) -> Json {
    let parts = timeline.parts().iter().zip(map.section_clicks());
    Json {
        length_s: timeline.length().map(|length| length.as_secs_f64()),
        clicks: map.section_clicks().sum(),
        parts: parts
            .map(|(part, clicks)| json_part(part, clicks))
            .collect(),
    }
}

fn json_part(part: &Part, clicks: Option<u64>) -> JsonPart {
    let (from, to) = match part.pace() {
        Pace::Rest => (None, None),
        Pace::Steady(tempo) => (Some(tempo), Some(tempo)),
        Pace::Ramp(from, to) => (Some(from), Some(to)),
    };
    let (cue, on_off) = match part.cue() {
        Cue::On => ("on", None),
        Cue::Off => ("silent", None),
        Cue::Fade => ("fade", None),
        Cue::OnOff { on, off } => ("on_off", Some((on, off))),
    };
    JsonPart {
        kind: match part.kind() {
            PartKind::LeadIn => "lead_in",
            PartKind::CountIn { .. } => "count_in",
            PartKind::Segment => "segment",
        },
        text: part.to_string(),
        start_s: part.start().as_secs_f64(),
        length_s: part.length().map(|length| length.as_secs_f64()),
        from_bpm: from.map(Tempo::bpm),
        to_bpm: to.map(Tempo::bpm),
        clicks,
        cue: if from.is_none() { "none" } else { cue },
        cue_on_s: on_off.map(|(on, _)| on.as_secs_f64()),
        cue_off_s: on_off.map(|(_, off)| off.as_secs_f64()),
    }
}
