//! The files of a review: found in folders and archives, and read side by side.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use walkdir::{DirEntry, WalkDir};

use cadence::review::NoRun;
use cadence::watch::{Recording, WatchError};

use super::archive::{self, Archive, Member};
use super::row::Row;
use crate::cli::review::Judge;
use crate::cli::terminal::Progress;

/// How many files are read before their rows are taken: enough to keep all cores busy, and few
/// enough that what was read streams.
const AT_ONCE: usize = 128;

/// A file that may hold a recording. Small, for there are thousands.
pub(super) struct Candidate {
    pub(super) path: Arc<Path>,
    /// Whether its name says so, or the runner does: then it is an error where it does not.
    pub(super) named: bool,
    /// The number of its folder in [`Files::folders`].
    pub(super) folder: usize,
    /// Its archive's number in [`Files::archives`] and its place there.
    member: Option<Box<(usize, Member)>>,
}

/// What was found.
#[derive(Default)]
pub(super) struct Files {
    pub(super) candidates: Vec<Candidate>,
    archives: Vec<Archive>,
    /// The folders right below those that were named: one for each athlete, where a coach keeps
    /// them so.
    pub(super) folders: Vec<String>,
    /// What could not be opened, each with its folder's number and why.
    pub(super) bad: Vec<(usize, PathBuf, String)>,
}

impl Files {
    /// The files, those in folders and archives among them, in the order of their names. Hidden
    /// ones are left out, and links to folders.
    pub(super) fn find(paths: &[PathBuf]) -> Self {
        let mut files = Self::default();
        for path in paths {
            if !path.is_dir() {
                if archive::is_archive(path) {
                    files.open_archive(path, path, paths.len() > 1);
                } else {
                    let folder = files.folder(".".into());
                    files.add(path.clone(), true, folder, None);
                }
                continue;
            }
            let is_shown = |entry: &DirEntry| {
                entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
            };
            let entries = WalkDir::new(path).sort_by_file_name();
            for entry in entries.into_iter().filter_entry(is_shown) {
                match entry {
                    // A link to a file is one; what is neither file nor folder could be read
                    // without end.
                    Ok(entry) if !entry.file_type().is_dir() && entry.path().is_file() => {
                        files.add_found(entry.into_path(), path, paths.len() > 1);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let place = error.path().unwrap_or(path).to_owned();
                        let why = error
                            .io_error()
                            .map_or_else(|| error.to_string(), ToString::to_string);
                        let folder = files.folder_of(&place, path, paths.len() > 1);
                        files.bad.push((folder, place, why));
                    }
                }
            }
        }
        files
    }

    fn add_found(&mut self, path: PathBuf, root: &Path, is_one_of_several: bool) {
        let name = path.to_string_lossy();
        if archive::is_named_as_archive(&name) && archive::is_archive(&path) {
            self.open_archive(&path, root, is_one_of_several);
        } else {
            let named = is_named_as_recording(&name);
            let folder = self.folder_of(&path, root, is_one_of_several);
            self.add(path, named, folder, None);
        }
    }

    fn add(&mut self, path: PathBuf, named: bool, folder: usize, member: Option<(usize, Member)>) {
        self.candidates.push(Candidate {
            path: path.into(),
            named,
            folder,
            member: member.map(Box::new),
        });
    }

    fn open_archive(&mut self, path: &Path, root: &Path, is_one_of_several: bool) {
        match Archive::open(path) {
            Ok(archive) => self.add_members(archive, path, true, root, is_one_of_several),
            Err(why) => {
                let folder = self.folder_of(path, root, is_one_of_several);
                self.bad.push((folder, path.to_owned(), why));
            }
        }
    }

    /// The members of an archive, and those of the archives in it.
    fn add_members(
        &mut self,
        archive: Archive,
        path: &Path,
        is_outer: bool,
        root: &Path,
        is_one_of_several: bool,
    ) {
        let number = self.archives.len();
        let (members, fault) = archive.members();
        self.archives.push(archive);
        if let Some(why) = fault {
            let folder = self.folder_of(path, root, is_one_of_several);
            self.bad.push((folder, path.to_owned(), why));
        }
        for (name, member) in members {
            let path = archive::path_of(path, &name);
            let folder = self.folder_of(&path, root, is_one_of_several);
            if !archive::is_named_as_archive(&name) {
                let named = is_named_as_recording(&name);
                self.add(path, named, folder, Some((number, member)));
            } else if is_outer {
                match self.archives[number].open_member(member) {
                    Ok(inner) => self.add_members(inner, &path, false, root, is_one_of_several),
                    Err(why) => self.bad.push((folder, path, why)),
                }
            } else {
                let why = "an archive in an archive in an archive: unpack it first";
                self.bad.push((folder, path, why.into()));
            }
        }
    }

    /// The number of the folder right below `root` that a file lies in.
    fn folder_of(&mut self, path: &Path, root: &Path, is_one_of_several: bool) -> usize {
        let below = path.strip_prefix(root).unwrap_or(path);
        let mut parts = below.components();
        let first = parts.next().filter(|_| parts.next().is_some());
        let first = first.map(|part| part.as_os_str().to_string_lossy());
        let folder = match (first, is_one_of_several) {
            (Some(first), false) => first.into_owned(),
            (Some(first), true) => format!("{}/{first}", shown(root)),
            (None, false) => ".".into(),
            (None, true) => shown(root),
        };
        self.folder(folder)
    }

    fn folder(&mut self, name: String) -> usize {
        // Files come folder by folder, so it is nearly always the last one.
        let known = self.folders.iter().rposition(|folder| *folder == name);
        known.unwrap_or_else(|| {
            self.folders.push(name);
            self.folders.len() - 1
        })
    }

    /// The files that are read: what a picture must not overwrite.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Path> {
        // A member of an archive is no file, but its archive is one of its ancestors.
        let candidates = self.candidates.iter();
        candidates.map(|candidate| {
            let mut above = candidate.path.ancestors();
            let archive = above.find(|path| candidate.member.is_some() && path.is_file());
            archive.unwrap_or(&candidate.path)
        })
    }

    /// Reads the files side by side, one a core, and hands on the outcomes in their order.
    pub(super) fn read<E>(
        &self,
        judge: &Judge,
        mut take: impl FnMut(&Candidate, Outcome) -> Result<(), E>,
    ) -> Result<(), E> {
        let progress = Progress::of(self.candidates.len() as u64);
        let done = AtomicU64::new(0);
        for candidates in self.candidates.chunks(AT_ONCE) {
            let outcomes = candidates.par_iter().map(|candidate| {
                let outcome = self.outcome(candidate, judge);
                progress.show(done.fetch_add(1, Ordering::Relaxed) + 1);
                outcome
            });
            let outcomes: Vec<Outcome> = outcomes.collect();
            for (candidate, outcome) in candidates.iter().zip(outcomes) {
                take(candidate, outcome)?;
            }
        }
        Ok(())
    }

    fn outcome(&self, candidate: &Candidate, judge: &Judge) -> Outcome {
        let read = match candidate.member.as_deref() {
            None => crate::cli::review::read(&candidate.path),
            Some((archive, member)) => self.archives[*archive].read(*member),
        };
        match read {
            Ok(recording) => Outcome::of(&candidate.path, &recording, judge),
            Err(error) => Outcome::Failed(error),
        }
    }
}

/// A path in the name of a folder of results.
fn shown(path: &Path) -> String {
    path.to_string_lossy().trim_end_matches('/').to_owned()
}

fn is_named_as_recording(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
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

impl Outcome {
    fn of(path: &Arc<Path>, recording: &Recording, judge: &Judge) -> Self {
        let mut rows = Vec::new();
        let mut others = Vec::new();
        for (index, session) in recording.sessions.iter().enumerate() {
            match Row::of(path, recording, index, session, judge) {
                Ok(row) => rows.push(row),
                Err(why) => {
                    rows.extend(Row::without_cadence(path, recording, index, session, judge));
                    others.push(why);
                }
            }
        }
        Self::Read {
            rows,
            others,
            faults: recording.faults.iter().map(ToString::to_string).collect(),
        }
    }
}
