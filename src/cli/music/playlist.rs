//! `cadence playlist`: the tracks that fit a cadence or a workout, as a playlist.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use serde::Serialize;

use cadence::audio::file::m3u::{self, Entry};
use cadence::chart::{self, Glyphs, Point, Series};
use cadence::duration;
use cadence::music::analysis::Fold;
use cadence::music::select::{Band, Choice, Order, Section, Selection, select};
use cadence::music::track::TrackTempo;
use cadence::printable::Printable;
use cadence::review::Target;
use cadence::schedule::Pace;
use cadence::tolerance::Tolerance;

use super::tempo::met;
use super::{IndexArgs, scan};
use crate::cli::args::{BaseArgs, RaiseArgs};
use crate::cli::calc::Hints;
use crate::cli::destination::Destination;
use crate::cli::input::{self, named};
use crate::cli::report::{self, Error};
use crate::cli::text::{Style, clock_of_seconds, counted};

/// The longest line of `--tempos`.
const MAX_LINE: u64 = 64 * 1_024;
/// The widest a picture is, and how wide a class of it, in steps a minute.
const PICTURE_WIDTH: usize = 80;
const CLASS_SPM: f64 = 4.0;

#[derive(Debug, Args)]
pub(crate) struct PlaylistArgs {
    /// Music files, and folders of them
    #[arg(value_name = "FOLDER|FILE", required_unless_present = "tempos", value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
    /// Also read JSON output of `cadence tempo`; `-` is stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    tempos: Option<PathBuf>,
    #[command(flatten)]
    index: IndexArgs,
    /// Steps per minute: 168..176, or one number ±3 %
    #[arg(long, value_name = "SPM", help_heading = "Target", conflicts_with_all = ["cadence", "count", "workout"])]
    target: Option<Target>,
    /// Choose tracks for each segment of this workout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Target")]
    workout: Option<PathBuf>,
    #[command(flatten)]
    base: BaseArgs,
    #[command(flatten, next_help_heading = "Your cadence")]
    raise: RaiseArgs,
    /// Fill this time [default: all tracks that fit]
    #[arg(
        long = "for",
        value_name = "TIME",
        value_parser = duration::parse,
        allow_hyphen_values = true,
        help_heading = "List",
        conflicts_with = "workout"
    )]
    length: Option<Duration>,
    /// Order of the tracks
    #[arg(long, value_enum, default_value_t = OrderArg::Closest, help_heading = "List")]
    order: OrderArg,
    /// Seed of `--order shuffled`
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1,
        help_heading = "List"
    )]
    seed: u64,
    /// Do not list tracks with an uncertain tempo
    #[arg(long, help_heading = "List")]
    strict: bool,
    /// Write the playlist to this file [default: stdout]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    output: Option<PathBuf>,
    /// Overwrite an existing playlist
    #[arg(long, short, requires = "output", help_heading = "Output")]
    force: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = PlaylistFormat::Text, help_heading = "Output")]
    format: PlaylistFormat,
    /// Use plain ASCII
    #[arg(long, help_heading = "Output")]
    ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OrderArg {
    /// Nearest to the middle of the target first
    Closest,
    /// Slowest first
    Rising,
    /// At random; see --seed
    Shuffled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlaylistFormat {
    /// A table and a chart, on stderr if the playlist is on stdout
    Text,
    /// One JSON object, instead of a playlist on stdout
    Json,
}

impl PlaylistArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence playlist ~/Music --target 168..176 -o run.m3u8
  cadence playlist ~/Music --count 40 --for 45m -o run.m3u8
  cadence playlist ~/Music --cadence 160 --raise 5 --order rising > run.m3u8
  cadence playlist ~/Music --workout run.txt -o run.m3u8
  cat tempi/*.jsonl | cadence playlist --tempos - --target 172 -o run.m3u8

Files in a folder that are not music are skipped. A track fits at its tempo, at
half of it or at twice. Tracks with an uncertain tempo are left out of the
playlist and listed with the reason. Paths are relative to the playlist's
folder for tracks inside it. A workout's rests get tracks that fit no segment.";

    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let (sections, goal) = self.sections()?;
        let file = self.output.as_deref().filter(|path| !input::is_stdin(path));
        // What cannot be written is said before the work begins.
        let destination = file
            .map(|path| Destination::open(path, self.force))
            .transpose()?;
        let mut selection = select(self.tracks()?, &sections, self.order());
        if self.strict {
            selection.unsure.clear();
        }
        let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
        let text = playlist(&selection.chosen, folder)?;
        let report = Report {
            goal: &goal,
            sections: &sections,
            selection: &selection,
        };
        match (destination, self.format) {
            (Some(mut destination), format) => {
                destination
                    .write_all(text.as_bytes())
                    .map_err(|error| destination.failed(error))?;
                destination.finish()?;
                match format {
                    PlaylistFormat::Json => report::json(out, &report.json())?,
                    PlaylistFormat::Text => out.write_all(report.text(self.style()).as_bytes())?,
                }
            }
            (None, PlaylistFormat::Json) => report::json(out, &report.json())?,
            (None, PlaylistFormat::Text) => {
                out.write_all(text.as_bytes())?;
                out.flush()?;
                report::note(report.text(self.style()).trim_end());
            }
        }
        Ok(())
    }

    fn order(&self) -> Order {
        match self.order {
            OrderArg::Closest => Order::Closest,
            OrderArg::Rising => Order::Rising,
            OrderArg::Shuffled => Order::Shuffled(self.seed),
        }
    }

    fn style(&self) -> Style {
        Style::of_stdout(self.ascii)
    }

    /// What is run, and how it is called.
    fn sections(&self) -> Result<(Vec<Section>, String), Error> {
        if let Some(path) = &self.workout {
            return Ok((self.workout_sections(path)?, named(path)));
        }
        let target = match (self.target, self.base.told_or_counted(Hints::Printed)?) {
            (Some(target), _) => target,
            (None, Some(base)) => {
                let range = base.raised_by(self.raise.raise()).map_err(Error::usage)?;
                Target::from_raise(base, range, Tolerance::DEFAULT)
            }
            (None, None) => {
                let text = "a target is missing: add --target 168..176, --cadence 160, --count 40 or --workout FILE";
                return Err(Error::Usage(text.into()));
            }
        };
        let section = Section {
            band: Some(band(target)),
            length: self.length,
        };
        Ok((vec![section], target.to_string()))
    }

    fn workout_sections(&self, path: &Path) -> Result<Vec<Section>, Error> {
        let workout = input::workout(path)?;
        let base = self.base.told_or_counted(Hints::Printed)?;
        let timeline = workout.resolve(base);
        let timeline =
            timeline.map_err(|error| Error::Usage(format!("{}: {error}", named(path))))?;
        let sections = timeline.parts().iter().map(|part| {
            let around = |bpm: f64| {
                let tolerance = bpm * Tolerance::DEFAULT.percent() / 100.0;
                (bpm - tolerance, bpm + tolerance)
            };
            let band = match part.pace() {
                Pace::Rest => None,
                Pace::Steady(tempo) => Some(around(tempo.bpm())),
                Pace::Ramp(from, to) => {
                    let (low, high) = (from.bpm().min(to.bpm()), from.bpm().max(to.bpm()));
                    Some((around(low).0.max(low - 2.0), around(high).1.min(high + 2.0)))
                }
            };
            Section {
                band: band.map(|(low, high)| Band { low, high }),
                length: part.length(),
            }
        });
        Ok(sections.collect())
    }

    /// From the folders, and from what was measured elsewhere.
    fn tracks(&self) -> Result<Vec<TrackTempo>, Error> {
        let mut tracks = Vec::new();
        if let Some(path) = &self.tempos {
            let named = named(path);
            let tried = || format!("cannot read {named}");
            if input::is_stdin(path) {
                read_tempos(io::stdin().lock(), &named, &mut tracks)?;
            } else {
                let file = File::open(path).map_err(|error| Error::failed(tried(), error))?;
                read_tempos(BufReader::new(file), &named, &mut tracks)?;
            }
        }
        if !self.files.is_empty() {
            scan(&self.files, &self.index, |track| {
                tracks.push(track);
                Ok(())
            })?;
        }
        Ok(tracks)
    }
}

fn band(target: Target) -> Band {
    Band {
        low: target.low_spm(),
        high: target.high_spm(),
    }
}

/// Reads JSON lines, one track each.
fn read_tempos(
    mut reader: impl BufRead,
    named: &str,
    tracks: &mut Vec<TrackTempo>,
) -> Result<(), Error> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let mut limited = reader.by_ref().take(MAX_LINE);
        let read = limited.read_until(b'\n', &mut line);
        if read.map_err(|error| Error::failed(format!("cannot read {named}"), error))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let track = serde_json::from_slice::<TrackTempo>(&line)
            .ok()
            .filter(TrackTempo::is_plausible);
        tracks.push(track.ok_or_else(|| {
            Error::Usage(format!(
                "{named}, line {number}: not a line of `cadence tempo --format json`"
            ))
        })?);
    }
    Ok(())
}

/// The tracks as M3U, as seen from a folder. One whose name cannot be written in it is said and
/// left out.
fn playlist(chosen: &[Choice], folder: &Path) -> Result<String, Error> {
    let folder = absolute(folder)?;
    let mut entries = Vec::new();
    for Choice { track, .. } in chosen {
        if track
            .file
            .contains(['\n', '\r', char::REPLACEMENT_CHARACTER])
        {
            report::warn(&format!(
                "'{}': cannot be named in a playlist",
                Printable(&track.file)
            ));
            continue;
        }
        let path = absolute(Path::new(&track.file))?;
        let path = path
            .strip_prefix(&folder)
            .ok()
            .filter(|path| !starts_a_comment(path))
            .unwrap_or(&path);
        let file = path.to_string_lossy();
        entries.push(Entry {
            file: if cfg!(windows) {
                plain(&file).replace('\\', "/")
            } else {
                file.into_owned()
            },
            title: track.name(),
            length: Duration::from_secs_f64(track.seconds.unwrap_or(0.0).round()),
        });
    }
    Ok(m3u::playlist(&entries))
}

/// A path of Windows as players take it: without the prefix that lifts the limit on its length.
fn plain(path: &str) -> String {
    match path.strip_prefix(r"\\?\") {
        Some(rest) if rest.get(1..3) == Some(r":\") => rest.to_owned(),
        Some(rest) => match rest.strip_prefix(r"UNC\") {
            Some(share) => format!(r"\\{share}"),
            None => path.to_owned(),
        },
        None => path.to_owned(),
    }
}

fn starts_a_comment(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(b"#")
}

/// A path from the root on, without `.` and `..`.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let whole = std::path::absolute(path)
        .map_err(|error| Error::failed("cannot find the current folder", error))?;
    // A link may lead elsewhere than its name: then only the system knows what `..` is.
    if whole.components().any(|part| part == Component::ParentDir) {
        return Ok(fs::canonicalize(&whole).unwrap_or(whole));
    }
    Ok(whole)
}

/// What was chosen, to be printed.
struct Report<'a> {
    goal: &'a str,
    sections: &'a [Section],
    selection: &'a Selection,
}

#[derive(Serialize)]
struct Json<'a> {
    sections: Vec<JsonSection>,
    seconds: f64,
    missing_s: f64,
    tracks: Vec<JsonChoice<'a>>,
    unsure: &'a [TrackTempo],
    outside: usize,
}

#[derive(Serialize)]
struct JsonSection {
    low_spm: Option<f64>,
    high_spm: Option<f64>,
    seconds: Option<f64>,
}

#[derive(Serialize)]
struct JsonChoice<'a> {
    section: usize,
    steps_per_beat: Option<f64>,
    spm: Option<f64>,
    #[serde(flatten)]
    track: &'a TrackTempo,
}

impl Report<'_> {
    fn json(&self) -> Json<'_> {
        let sections = self.sections.iter().map(|section| JsonSection {
            low_spm: section.band.map(|band| band.low),
            high_spm: section.band.map(|band| band.high),
            seconds: section.length.map(|length| length.as_secs_f64()),
        });
        let tracks = self.selection.chosen.iter().map(|choice| JsonChoice {
            section: choice.section,
            steps_per_beat: choice.fold.map(Fold::factor),
            spm: choice
                .fold
                .and_then(|fold| Some(choice.track.bpm? * fold.factor())),
            track: &choice.track,
        });
        Json {
            sections: sections.collect(),
            seconds: self.selection.length().as_secs_f64(),
            missing_s: self.selection.missing.as_secs_f64(),
            tracks: tracks.collect(),
            unsure: &self.selection.unsure,
            outside: self.selection.left.len(),
        }
    }

    fn text(&self, style: Style) -> String {
        let selection = self.selection;
        let tracks = |count: usize| counted(count as u64, "track");
        let clock = |length: Duration| clock_of_seconds(length.as_secs_f64());
        let mut lines = vec![format!(
            "{}: {}, {}",
            self.goal,
            tracks(selection.chosen.len()),
            clock(selection.length())
        )];
        for (index, section) in self.sections.iter().enumerate() {
            if self.sections.len() > 1 {
                let band = section.band.map_or_else(
                    || "rest".to_owned(),
                    |band| format!("{:.0} to {:.0} spm", band.low, band.high),
                );
                let length = section.length.map_or_else(|| "endless".to_owned(), clock);
                lines.push(format!("{length:>7}  {band}"));
            }
            for choice in selection
                .chosen
                .iter()
                .filter(|choice| choice.section == index)
            {
                let track = &choice.track;
                let bpm = track.bpm.unwrap_or(0.0);
                let tempo = met(bpm, choice.fold.unwrap_or(Fold::One));
                let length = clock_of_seconds(track.seconds.unwrap_or(0.0));
                lines.push(format!(
                    "  {tempo:<16} {length:>7}  {}",
                    Printable(&track.name())
                ));
            }
        }
        if !selection.missing.is_zero() {
            lines.push(format!(
                "{} short: no more tracks fit",
                clock(selection.missing)
            ));
        }
        if !selection.unsure.is_empty() {
            lines.push(format!(
                "uncertain, left out: {}",
                tracks(selection.unsure.len())
            ));
            for track in &selection.unsure {
                let reason = track.reason.as_deref().unwrap_or_default();
                lines.push(format!("  {}  ({reason})", Printable(&track.file)));
            }
        }
        let mut text = lines.join("\n") + "\n";
        text += &self.picture(style.glyphs());
        style.plain(&text)
    }

    /// How many tracks have which cadence, the part within the band shaded; for one band.
    fn picture(&self, glyphs: Glyphs) -> String {
        let [
            Section {
                band: Some(band), ..
            },
        ] = self.sections
        else {
            return String::new();
        };
        let chosen = self.selection.chosen.iter().map(|choice| &choice.track);
        let tempi = chosen
            .chain(&self.selection.left)
            .filter_map(|track| track.bpm);
        let points = tempi.map(|bpm| {
            Point::new(
                0.0,
                1.0,
                Some(bpm * Fold::nearest(bpm, band.mid()).factor()),
            )
        });
        let series = Series::new(points.collect(), 1.0).with_band(band.low, band.high);
        let picture = chart::histogram(&series, CLASS_SPM, PICTURE_WIDTH, glyphs, "target");
        if picture.is_empty() {
            picture
        } else {
            format!("\nTracks by cadence:\n{picture}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verbatim_path_of_windows_is_written_as_players_read_it() {
        for (path, written) in [
            (r"\\?\C:\Musik\läuft.mp3", r"C:\Musik\läuft.mp3"),
            (r"\\?\UNC\nas\music\1.mp3", r"\\nas\music\1.mp3"),
            (r"\\nas\music\1.mp3", r"\\nas\music\1.mp3"),
            (r"C:\Musik\1.mp3", r"C:\Musik\1.mp3"),
            // It has no other name.
            (r"\\?\Volume{1}\1.mp3", r"\\?\Volume{1}\1.mp3"),
        ] {
            assert_eq!(plain(path), written);
        }
    }
}
