//! An index of earlier measurements in one file of JSON lines, so that a second scan of a large
//! folder takes seconds.
//!
//! A track is known by its path, size and time. The file is replaced as a whole, under a lock on a
//! file next to it, and what another process has added meanwhile is kept. It can be deleted at any
//! time.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::track::TrackTempo;

const NAME: &str = "tempo.jsonl";
/// The first line: another version is measured anew.
const HEADER: &str = "{\"cadence_tempo_index\":1}";
/// No line is longer; what is has been damaged.
const MAX_LINE: u64 = 64 * 1_024;

/// The tempi that are known.
#[derive(Debug, Default)]
pub struct Index {
    /// `None` keeps nothing.
    folder: Option<PathBuf>,
    known: HashMap<String, Entry>,
    added: HashMap<String, Entry>,
    /// The last attempt to save failed.
    fault: Option<IndexError>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    size: u64,
    modified_ns: u64,
    track: TrackTempo,
}

/// The key of a line, without the rest of it.
#[derive(Deserialize)]
struct Key<'a> {
    #[serde(borrow)]
    track: FileOnly<'a>,
}

#[derive(Deserialize)]
struct FileOnly<'a> {
    #[serde(borrow)]
    file: std::borrow::Cow<'a, str>,
}

/// A problem with the index; tracks are measured all the same.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It cannot be read.
    #[error("cannot read the index '{}', so every track is measured", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It cannot be written.
    #[error("cannot keep the index '{}', so the next scan measures again", .0.display())]
    Unwritable(PathBuf, #[source] io::Error),
    /// Not all of it makes sense.
    #[error("the index '{}' was damaged: {entries} of its entries are measured anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How many entries made no sense.
        entries: usize,
    },
    /// It begins otherwise.
    #[error("the index '{}' is of another version or damaged: it is built anew", .0.display())]
    Foreign(PathBuf),
}

impl Index {
    /// Creates an index that is empty and saves nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the entries for some files from the index in a folder, which need not exist yet.
    #[must_use]
    pub fn open<'a>(
        folder: &Path,
        files: impl Iterator<Item = &'a Path>,
    ) -> (Self, Option<IndexError>) {
        let mut index = Self {
            folder: Some(folder.to_owned()),
            ..Self::default()
        };
        let wanted: HashSet<String> = files.filter_map(key).collect();
        let mut damaged = 0;
        let read = read_lines(&index.file(), |line| {
            match serde_json::from_str::<Entry>(line) {
                Ok(entry) if entry.track.is_plausible() => {
                    if wanted.contains(&entry.track.file) {
                        index.known.insert(entry.track.file.clone(), entry);
                    }
                    Ok(())
                }
                _ => {
                    damaged += 1;
                    Ok(())
                }
            }
        });
        let fault = match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Some(IndexError::Foreign(index.file()))
            }
            Err(error) => Some(IndexError::Unreadable(index.file(), error)),
            Ok(()) if damaged > 0 => Some(IndexError::Damaged {
                path: index.file(),
                entries: damaged,
            }),
            Ok(()) => None,
        };
        (index, fault)
    }

    /// The entry of a file, if the file has not changed since.
    #[must_use]
    pub fn get(&self, path: &Path, found: &Metadata) -> Option<TrackTempo> {
        let entry = self.known.get(&key(path)?)?;
        if entry.size != found.len() || Some(entry.modified_ns) != modified_ns(found) {
            return None;
        }
        let mut track = entry.track.clone();
        track.file = path.to_string_lossy().into_owned();
        Some(track)
    }

    /// Adds a file that was measured. What cannot be read may be so only for a moment, and is not
    /// kept.
    pub fn insert(&mut self, path: &Path, found: &Metadata, track: &TrackTempo) {
        if let (Some(_), Some(file), Some(modified_ns), true) = (
            &self.folder,
            key(path),
            modified_ns(found),
            track.is_readable(),
        ) {
            let track = TrackTempo {
                file: file.clone(),
                ..track.clone()
            };
            let size = found.len();
            self.added.insert(
                file,
                Entry {
                    size,
                    modified_ns,
                    track,
                },
            );
        }
    }

    /// The number of tracks added since the index was saved.
    #[must_use]
    pub fn unsaved(&self) -> usize {
        self.added.len()
    }

    /// Saves the added tracks, unless another process is saving.
    pub fn save_if_free(&mut self) {
        self.save_under(false);
    }

    #[must_use]
    /// Saves the added tracks and returns the problem if saving ever failed.
    pub fn finish(mut self) -> Option<IndexError> {
        self.save_under(true);
        self.fault
    }

    fn save_under(&mut self, waits: bool) {
        let Some(folder) = &self.folder else { return };
        if self.added.is_empty() {
            return;
        }
        match self.try_save(folder, waits) {
            Ok(true) => {
                self.added.clear();
                self.fault = None;
            }
            Ok(false) => {}
            Err(error) => self.fault = Some(IndexError::Unwritable(self.file(), error)),
        }
    }

    /// False where another process holds the lock.
    fn try_save(&self, folder: &Path, waits: bool) -> io::Result<bool> {
        fs::create_dir_all(folder)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("tempo.lock"))?;
        if waits {
            fs4::FileExt::lock(&lock)?;
        } else if fs4::FileExt::try_lock(&lock).is_err() {
            return Ok(false);
        }
        let new = folder.join("tempo.new");
        let written = self
            .write(&new)
            .and_then(|()| fs::rename(&new, self.file()));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        // The lock goes with the file that is closed.
        written.map(|()| true)
    }

    /// Writes what others have and what was added; under the lock.
    fn write(&self, new: &Path) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(new)?);
        writeln!(out, "{HEADER}")?;
        let copied = read_lines(&self.file(), |line| {
            match serde_json::from_str::<Key<'_>>(line) {
                Ok(key) if !self.added.contains_key(key.track.file.as_ref()) => {
                    writeln!(out, "{line}")
                }
                _ => Ok(()),
            }
        });
        match copied {
            // None yet, or none that makes sense.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::InvalidData
                ) => {}
            copied => copied?,
        }
        for entry in self.added.values() {
            serde_json::to_writer(&mut out, entry).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()
    }

    fn file(&self) -> PathBuf {
        self.folder.as_deref().unwrap_or(Path::new("")).join(NAME)
    }
}

/// Each line but the first; `InvalidData` where that is not the header.
fn read_lines(path: &Path, mut on_line: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    let mut is_first = true;
    loop {
        line.clear();
        if (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return if is_first {
                Err(io::ErrorKind::InvalidData.into())
            } else {
                Ok(())
            };
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !is_first {
            on_line(text)?;
        } else if text != HEADER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        is_first = false;
    }
}

/// A path as the index has it: absolute. What is no Unicode is not kept.
fn key(path: &Path) -> Option<String> {
    std::path::absolute(path)
        .ok()?
        .into_os_string()
        .into_string()
        .ok()
}

fn modified_ns(found: &Metadata) -> Option<u64> {
    let since = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(bpm: f64) -> TrackTempo {
        TrackTempo {
            file: "?".into(),
            bpm: Some(bpm),
            sure: true,
            seconds: Some(60.0),
            ..TrackTempo::default()
        }
    }

    /// A folder with files to know, and the folder of the index in it.
    fn setting() -> (tempfile::TempDir, PathBuf, [PathBuf; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let files = ["a", "b"].map(|name| folder.path().join(name));
        for file in &files {
            fs::write(file, "sound").unwrap();
        }
        let index = folder.path().join("cache").join("cadence");
        (folder, index, files)
    }

    fn open(folder: &Path, files: &[PathBuf]) -> (Index, Option<String>) {
        let (index, fault) = Index::open(folder, files.iter().map(PathBuf::as_path));
        (index, fault.map(|fault| fault.to_string()))
    }

    fn bpm(index: &Index, file: &Path) -> Option<f64> {
        index.get(file, &fs::metadata(file).unwrap())?.bpm
    }

    fn insert(index: &mut Index, file: &Path, bpm: f64) {
        index.insert(file, &fs::metadata(file).unwrap(), &track(bpm));
    }

    #[test]
    fn a_track_is_known_until_its_file_changes() {
        let (_folder, cache, files) = setting();
        let (mut index, fault) = open(&cache, &files);
        assert_eq!((bpm(&index, &files[0]), fault), (None, None));
        insert(&mut index, &files[0], 120.5);
        assert!(index.finish().is_none());
        let (index, _) = open(&cache, &files);
        assert_eq!(
            (bpm(&index, &files[0]), bpm(&index, &files[1])),
            (Some(120.5), None)
        );
        fs::write(&files[0], "longer than before").unwrap();
        assert_eq!(bpm(&index, &files[0]), None);
    }

    #[test]
    fn what_two_processes_add_is_kept_of_both() {
        let (_folder, cache, files) = setting();
        let (mut one, _) = open(&cache, &files);
        let (mut other, _) = open(&cache, &files);
        insert(&mut one, &files[0], 100.0);
        insert(&mut other, &files[1], 140.0);
        assert!(one.finish().is_none() && other.finish().is_none());
        let (index, _) = open(&cache, &files);
        assert_eq!(
            (bpm(&index, &files[0]), bpm(&index, &files[1])),
            (Some(100.0), Some(140.0))
        );
    }

    #[test]
    fn a_damaged_index_is_said_and_rebuilt() {
        let (_folder, cache, files) = setting();
        let (mut index, _) = open(&cache, &files);
        insert(&mut index, &files[0], 100.0);
        insert(&mut index, &files[1], 140.0);
        assert!(index.finish().is_none());
        let path = cache.join(NAME);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        // A line that was cut, as by a disk that lost power.
        fs::write(
            &path,
            format!("{}\n{}\n{}", lines[0], lines[1], &lines[2][..20]),
        )
        .unwrap();
        let (mut index, fault) = open(&cache, &files);
        assert!(
            fault
                .unwrap()
                .ends_with("was damaged: 1 of its entries are measured anew")
        );
        insert(&mut index, &files[0], 100.0);
        insert(&mut index, &files[1], 140.0);
        assert!(index.finish().is_none());
        assert_eq!(open(&cache, &files).1, None);
        for nonsense in ["", "\0\0\0\0", "{\"cadence_tempo_index\":99}\n"] {
            fs::write(&path, nonsense).unwrap();
            let (mut index, fault) = open(&cache, &files);
            assert!(
                fault
                    .unwrap()
                    .ends_with("is of another version or damaged: it is built anew")
            );
            insert(&mut index, &files[0], 100.0);
            assert!(index.finish().is_none());
            let (index, fault) = open(&cache, &files);
            assert_eq!((bpm(&index, &files[0]), fault), (Some(100.0), None));
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_once_at_the_end() {
        let (folder, _, files) = setting();
        // A file where the folder would be.
        let (mut index, fault) = open(&folder.path().join("a").join("cadence"), &files);
        assert!(fault.is_some_and(|fault| fault.starts_with("cannot read the index")));
        insert(&mut index, &files[1], 100.0);
        index.save_if_free();
        assert!(
            index
                .finish()
                .unwrap()
                .to_string()
                .starts_with("cannot keep the index")
        );
    }
}
