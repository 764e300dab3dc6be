//! The files of a review: found in folders, and read side by side.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use walkdir::{DirEntry, WalkDir};

use cadence::review::history::Fingerprint;
use cadence::review::{NoRun, Run};
use cadence::watch::WatchError;

use super::Row;
use crate::cli::review::Judge;
use crate::cli::terminal::Progress;

/// A file that may hold a recording.
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// Whether its name says so, or the runner does: then it is an error where it does not.
    pub(super) named: bool,
}

/// The files, those in folders among them, in the order of their names. Hidden ones are left out,
/// and links to folders.
pub(super) fn find(files: &[PathBuf], bad: &mut Vec<(PathBuf, String)>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for path in files {
        if !path.is_dir() {
            found.push(Candidate {
                path: path.clone(),
                named: true,
            });
            continue;
        }
        let is_shown = |entry: &DirEntry| {
            entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
        };
        let entries = WalkDir::new(path).sort_by_file_name();
        for entry in entries.into_iter().filter_entry(is_shown) {
            match entry {
                // A link to a file is one; what is neither file nor folder could be read without
                // end.
                Ok(entry) if !entry.file_type().is_dir() && entry.path().is_file() => {
                    found.push(Candidate {
                        named: is_named_as_recording(entry.path()),
                        path: entry.into_path(),
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    let folder = error.path().unwrap_or(path).to_owned();
                    let why = error
                        .io_error()
                        .map_or_else(|| error.to_string(), ToString::to_string);
                    bad.push((folder, why));
                }
            }
        }
    }
    found
}

fn is_named_as_recording(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".fit", ".tcx", ".gpx"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// What a file turned out to be. Small, whatever the file's size: it is all that is kept of it.
pub(super) enum Outcome {
    Read {
        rows: Vec<Row>,
        others: Vec<NoRun>,
        faults: Vec<String>,
    },
    Failed(WatchError),
}

/// Reads the files side by side, one a core; the outcomes are in their order.
pub(super) fn read_all(paths: &[Candidate], judge: &Judge) -> Vec<Outcome> {
    let progress = Progress::of(paths.len() as u64);
    let done = AtomicU64::new(0);
    let outcomes = paths.par_iter().map(|candidate| {
        let outcome = outcome(&candidate.path, judge);
        progress.show(done.fetch_add(1, Ordering::Relaxed) + 1);
        outcome
    });
    outcomes.collect()
}

fn outcome(path: &Path, judge: &Judge) -> Outcome {
    let recording = match crate::cli::review::read(path) {
        Ok(recording) => recording,
        Err(error) => return Outcome::Failed(error),
    };
    let (runs, others) = Run::all(&recording, &judge.rules);
    let rows = runs.into_iter().map(|(index, run)| Row {
        path: path.to_owned(),
        format: recording.format,
        session: index + 1,
        utc_offset_s: recording.utc_offset_s,
        start: run.start(),
        end: run.end(),
        summary: run.summary,
        paces: run.paces(),
        fingerprint: Fingerprint::of(&run),
        kept: judge.kept(&run.stretches, run.start()),
        doubtful: run.factor.is_doubtful(),
        whole: recording.faults.is_empty(),
    });
    Outcome::Read {
        rows: rows.collect(),
        others,
        faults: recording.faults.iter().map(ToString::to_string).collect(),
    }
}
