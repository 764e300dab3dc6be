//! `cadence tempo`: the tempo of tracks.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use cadence::music::analysis::{Fold, Taken};
use cadence::music::track::TrackTempo;
use cadence::printable::Printable;

use super::{IndexArgs, scan, unreadable};
use crate::cli::report::{self, Error};
use crate::cli::text::{clock, csv_cell, in_words};

#[derive(Debug, Args)]
pub(crate) struct TempoArgs {
    /// Music files, and folders of them: MP3, M4A, FLAC, Ogg Vorbis, Opus and WAV
    #[arg(required = true, value_name = "FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    index: IndexArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TempoFormat::Text)]
    format: TempoFormat,
    /// Print only this number for each track; an empty line if it is uncertain
    #[arg(long, value_enum, value_name = "NUMBER", conflicts_with = "format")]
    print: Option<TempoNumber>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TempoFormat {
    /// One line per track
    Text,
    /// One JSON object per line
    Json,
    /// One row per track
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TempoNumber {
    /// Beats per minute
    Bpm,
}

impl TempoArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence tempo song.mp3
  cadence tempo ~/Music
  cadence tempo song.mp3 --print bpm
  cadence tempo ~/Music --format json > tempi.jsonl
  find . -name '*.mp3' -print0 | xargs -0 -n9 -P2 cadence tempo --format json

86.0 x2 = 172 is a tempo of 86 BPM: two steps per beat make 172 spm. A tempo is
certain if two estimators agree and the beat is steady; otherwise both tempi
are printed, or the reason why there is none. A file's tag decides between two
tempi, but does not override a certain measurement.

Files in a folder that are not music are skipped. Tracks are measured over
their first ten minutes and cached by path, size and time of change. The exit
status is 1 if a file could not be read.";

    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut failed = 0;
        let mut csv =
            (self.format == TempoFormat::Csv).then(|| csv::Writer::from_writer(Vec::new()));
        let (mut all, mut sure) = (0_usize, 0_usize);
        scan(&self.files, &self.index, |track| {
            failed += usize::from(!track.is_readable());
            all += 1;
            sure += usize::from(track.sure);
            match (&mut csv, self.print, self.format) {
                (Some(csv), _, _) => {
                    csv.serialize(of_cells(&track))
                        .map_err(|error| Error::failed("cannot write CSV", error))?;
                    // Row by row, so that a reader sees how far it is.
                    csv.flush()?;
                    out.write_all(csv.get_ref())?;
                    *csv = csv::WriterBuilder::new()
                        .has_headers(false)
                        .from_writer(Vec::new());
                }
                (_, Some(TempoNumber::Bpm), _) => print_bpm(&track, out)?,
                (_, None, TempoFormat::Json) => {
                    // In one piece: several of these may write into one pipe.
                    let mut line = Vec::new();
                    report::json(&mut line, &track)?;
                    out.write_all(&line)?;
                }
                (_, None, TempoFormat::Text | TempoFormat::Csv) => {
                    writeln!(out, "{}", line(&track))?;
                }
            }
            Ok(())
        })?;
        if all > 1 && self.print.is_none() && self.format == TempoFormat::Text {
            writeln!(out, "{all} tracks, {sure} of them sure")?;
        }
        unreadable(failed)
    }
}

/// A track for a spreadsheet: its name and its tags are from outside.
fn of_cells(track: &TrackTempo) -> TrackTempo {
    let cell = |text: &String| csv_cell(text).into_owned();
    TrackTempo {
        file: cell(&track.file),
        artist: track.artist.as_ref().map(cell),
        title: track.title.as_ref().map(cell),
        ..track.clone()
    }
}

fn print_bpm(track: &TrackTempo, out: &mut impl Write) -> Result<(), Error> {
    if let Some(bpm) = track.bpm.filter(|_| track.sure) {
        return Ok(writeln!(out, "{bpm:.2}")?);
    }
    writeln!(out)?;
    let reason = track.reason.as_deref().unwrap_or_default();
    report::warn(&format!("'{}': {reason}", track.file));
    Ok(())
}

/// A tempo as a runner meets it: `86.0 ×2 = 172`.
pub(super) fn met(bpm: f64, fold: Fold) -> String {
    match fold {
        Fold::One => format!("{bpm:.1}"),
        Fold::Half | Fold::Double => {
            format!("{bpm:.1} {} = {:.0}", fold.sign(), bpm * fold.factor())
        }
    }
}

fn line(track: &TrackTempo) -> String {
    let tempo = match track.bpm {
        Some(bpm) if track.sure => met(bpm, Fold::for_running(bpm)),
        _ if track.is_readable() => "unsure".to_owned(),
        _ => "unread".to_owned(),
    };
    let length = track.seconds.map_or_else(String::new, |seconds| {
        clock(Duration::from_secs_f64(seconds.round()))
    });
    let mut parts = vec![
        format!("{tempo:<15} {length:>7}"),
        Printable(&track.file).to_string(),
    ];
    if track.title.is_some() {
        parts.push(track.name());
    }
    parts.extend(track.reason.as_ref().map(|reason| format!("({reason})")));
    parts.extend(match (track.tag_bpm, track.taken) {
        (Some(tag), Some(Taken::Measured)) => Some(format!("[tag {tag}; measured taken]")),
        (Some(tag), _) => Some(format!("[tag {tag} taken]")),
        (None, _) => None,
    });
    let lost = track.lost_s.map(Duration::from_secs_f64);
    parts.extend(lost.map(|lost| format!("[{} of it missing]", in_words(lost))));
    parts.join("  ")
}
