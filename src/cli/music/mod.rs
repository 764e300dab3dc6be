//! What the commands for music share: which tracks there are, with a bar while they are measured,
//! and the index.

pub(crate) mod playlist;
pub(crate) mod tempo;
pub(crate) mod under;

use std::env;
use std::path::PathBuf;

use clap::Args;

use cadence::music::index::Index;
use cadence::music::scan::{self, Ahead, Candidate, GoOn};
use cadence::music::track::TrackTempo;

use crate::cli::input::named;
use crate::cli::report::{self, Error};
use crate::cli::terminal::Progress;

/// How tracks are measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct IndexArgs {
    /// Measure every track, and do not use the cache
    #[arg(long)]
    pub(crate) no_index: bool,
}

/// Measures files and what is in folders; `on_track` gets them in order.
fn scan(
    roots: &[PathBuf],
    index: &IndexArgs,
    mut on_track: impl FnMut(TrackTempo) -> Result<(), Error>,
) -> Result<(), Error> {
    let (files, faults) = scan::find(roots);
    for fault in faults {
        report::warn(&report::chain(&fault));
    }
    for file in files.iter().filter(|file| !file.is_found) {
        // What is misspelled is said at once, not after an hour.
        let exists = file.path.metadata().map(drop);
        exists
            .map_err(|error| Error::failed(format!("cannot read {}", named(&file.path)), error))?;
    }
    let mut index = index.open(&files);
    let progress = Progress::of(files.len() as u64);
    let mut outcome = Ok(());
    let mut found = 0_usize;
    scan::scan(&files, &mut index, Ahead::All, |done, track| {
        if let Some(track) = track {
            found += 1;
            outcome = progress.suspend(|| on_track(track));
        }
        progress.show(done as u64);
        if outcome.is_ok() { GoOn::Yes } else { GoOn::No }
    });
    drop(progress);
    if let Some(fault) = index.finish() {
        report::warn(&report::chain(&fault));
    }
    if outcome.is_ok() && found == 0 {
        let names: Vec<String> = roots.iter().map(|root| named(root)).collect();
        let tried = format!("no music in {}", names.join(", "));
        return Err(Error::Failed { tried, cause: None });
    }
    outcome
}

impl IndexArgs {
    /// Where the index is; `None` where none is used.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        cache_folder().filter(|_| !self.no_index)
    }

    fn open(&self, files: &[Candidate]) -> Index {
        let Some(folder) = self.folder() else {
            return Index::none();
        };
        let (index, fault) = Index::open(&folder, files.iter().map(|file| file.path.as_path()));
        if let Some(fault) = fault {
            report::warn(&report::chain(&fault));
        }
        index
    }
}

/// Where programs keep what can be made anew; `None` where nothing says.
fn cache_folder() -> Option<PathBuf> {
    let folder = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let caches = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    caches.map(|caches| caches.join("cadence"))
}

/// Says which tracks could not be read; that makes the exit status 1.
fn unreadable(count: usize) -> Result<(), Error> {
    match count {
        0 => Ok(()),
        1 => Err(Error::Failed {
            tried: "1 file could not be read".into(),
            cause: None,
        }),
        _ => Err(Error::Failed {
            tried: format!("{count} files could not be read"),
            cause: None,
        }),
    }
}
