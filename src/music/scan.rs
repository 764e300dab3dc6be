//! Scans many tracks: finds the files and measures their tempi on all cores.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

use walkdir::WalkDir;

use super::decode::is_music;
use super::index::Index;
use super::track::TrackTempo;

/// Folders within folders that are looked into.
const MAX_DEPTH: usize = 64;
/// Files looked into before music is taken to be there.
const MOST_LOOKED_INTO: u32 = 2_000;
/// Tracks measured anew after which the index is saved, so that little is lost with a kill.
const SAVED_EVERY: usize = 16;

/// A file to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// It was found in a folder, where a file that is no music is passed over.
    pub is_found: bool,
}

/// A folder that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read '{}'", path.display())]
pub struct UnreadableFolder {
    path: PathBuf,
    source: io::Error,
}

impl UnreadableFolder {
    /// `None` for a link that leads nowhere or back, which is passed over.
    fn of(error: walkdir::Error) -> Option<Self> {
        let path = error.path()?.to_owned();
        let source = error.into_io_error()?;
        path.is_dir().then_some(Self { path, source })
    }
}

/// The files that are named, and those in the folders that are named, by name; hidden ones are
/// passed over.
#[must_use]
pub fn find(roots: &[PathBuf]) -> (Vec<Candidate>, Vec<UnreadableFolder>) {
    let mut finder = Finder::default();
    for root in roots {
        if root.is_dir() {
            finder.look_into(root);
        } else {
            finder.files.push(Candidate {
                path: root.clone(),
                is_found: false,
            });
        }
    }
    (finder.files, finder.faults)
}

#[derive(Default)]
struct Finder {
    files: Vec<Candidate>,
    faults: Vec<UnreadableFolder>,
    /// Folders by their true place: a link may lead back.
    seen: HashSet<PathBuf>,
}

impl Finder {
    fn look_into(&mut self, root: &Path) {
        let seen = &mut self.seen;
        let entries = WalkDir::new(root)
            .max_depth(MAX_DEPTH)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| match entry.depth() {
                0 => seen.insert(place(entry.path())),
                _ if entry.file_name().as_encoded_bytes().starts_with(b".") => false,
                _ if entry.file_type().is_dir() => seen.insert(place(entry.path())),
                // A pipe is no file, and would block.
                _ => entry.file_type().is_file(),
            });
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => self.files.push(Candidate {
                    path: entry.into_path(),
                    is_found: true,
                }),
                Err(error) => self.faults.extend(UnreadableFolder::of(error)),
            }
        }
    }
}

/// A folder's true place.
fn place(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

/// Whether a scan continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoOn {
    /// Continue with the next track.
    Yes,
    /// Stop.
    No,
}

/// How far a scan is ahead of what takes its tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// As far as it gets.
    All,
    /// By a track for each core, for a taker that plays each of them. The index is saved with each,
    /// since the next one may be wanted in minutes, and by then the program is gone.
    Few,
}

/// Measures all files that the index does not know. `on_track` receives the tracks in order, with
/// the number of files done, and decides whether to continue.
///
/// A queue, not rayon: its iterators halve the list, so that of 1,000 tracks on two threads 499
/// waited for their turn (measured with tracks of equal length), where a queue keeps a few.
pub fn scan(
    files: &[Candidate],
    index: &mut Index,
    ahead: Ahead,
    mut on_track: impl FnMut(usize, Option<TrackTempo>) -> GoOn,
) {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let taken = Taken::default();
    let shared = Mutex::new(index);
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(files.len());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, stopped, shared, taken) = (&next, &stopped, &shared, &taken);
            scope.spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(at) else { return };
                    if ahead == Ahead::Few {
                        taken.wait_until_near(at, threads);
                    }
                    let track = look_up_or_measure(file, shared, ahead, stopped);
                    if sender.send((at, track)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        // They finish out of order.
        let (mut waiting, mut done) = (BTreeMap::new(), 0);
        for (at, track) in receiver {
            waiting.insert(at, track);
            while let Some(track) = waiting.remove(&done) {
                done += 1;
                let goes_on = on_track(done, track);
                if goes_on == GoOn::No {
                    stopped.store(true, Ordering::Relaxed);
                    taken.set(usize::MAX);
                    return;
                }
                taken.set(done);
            }
        }
    });
}

/// The number of tracks that were taken, for those that measure to wait for.
#[derive(Default)]
struct Taken {
    number: Mutex<usize>,
    changed: Condvar,
}

impl Taken {
    fn set(&self, number: usize) {
        *self.number.lock().unwrap_or_else(PoisonError::into_inner) = number;
        self.changed.notify_all();
    }

    /// Waits until fewer than `ahead` tracks are between a track and those that were taken.
    fn wait_until_near(&self, at: usize, ahead: usize) {
        let number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let is_far = |number: &mut usize| at >= number.saturating_add(ahead);
        // It is not poisoned: nothing panics while it is held.
        drop(self.changed.wait_while(number, is_far));
    }
}

/// Whether there is any music in a folder, as far as a quick look tells.
#[must_use]
pub fn has_music(folder: &Path) -> bool {
    let (mut folders, mut left) = (vec![(folder.to_owned(), 0)], MOST_LOOKED_INTO);
    while let Some((folder, depth)) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (path.path(), path.file_name());
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            match fs::metadata(&path) {
                Ok(found) if found.is_dir() && depth < MAX_DEPTH => {
                    folders.push((path, depth + 1));
                }
                Ok(found) if found.is_file() => {
                    left -= 1;
                    if left == 0 || is_music(&path).unwrap_or(false) {
                        return true;
                    }
                }
                _ => {}
            }
        }
    }
    false
}

/// `None` for a file in a folder that is no music, and where the scan is stopped.
fn look_up_or_measure(
    file: &Candidate,
    index: &Mutex<&mut Index>,
    ahead: Ahead,
    stopped: &AtomicBool,
) -> Option<TrackTempo> {
    let found = fs::metadata(&file.path).ok();
    let known = found.as_ref().and_then(|found| {
        let index = index.lock().unwrap_or_else(PoisonError::into_inner);
        index.get(&file.path, found)
    });
    if known.is_some() {
        return known;
    }
    if file.is_found && !is_music(&file.path).unwrap_or(true) {
        return None;
    }
    let track = TrackTempo::measure(&file.path, || !stopped.load(Ordering::Relaxed))?;
    if let Some(found) = found {
        let mut index = index.lock().unwrap_or_else(PoisonError::into_inner);
        index.insert(&file.path, &found, &track);
        if ahead == Ahead::Few || index.unsaved() >= SAVED_EVERY {
            index.save_if_free();
        }
    }
    Some(track)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_name_and_links_lead_nowhere_twice() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("b")).unwrap();
        for name in ["c.mp3", "b/2.mp3", "b/1.mp3", ".hidden.mp3"] {
            fs::write(at(name), "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), at("b/loop")).unwrap();
        let (found, faults) = find(&[folder.path().to_owned(), at("c.mp3")]);
        let paths: Vec<&Path> = found.iter().map(|file| file.path.as_path()).collect();
        assert_eq!(
            paths,
            [at("b/1.mp3"), at("b/2.mp3"), at("c.mp3"), at("c.mp3")]
        );
        assert_eq!(
            (found[2].is_found, found[3].is_found, faults.len()),
            (true, false, 0)
        );
    }

    #[test]
    fn a_folder_has_music_where_a_file_in_it_is_music() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at("a/notes.mp3"), "no music").unwrap();
        fs::write(at("a/.hidden.mp3"), "ID3\x04").unwrap();
        assert!(!has_music(folder.path()));
        fs::write(at("a/b/song"), "ID3\x04").unwrap();
        assert!(has_music(folder.path()));
    }

    #[test]
    fn those_that_measure_wait_for_those_that_take() {
        let taken = Taken::default();
        taken.wait_until_near(1, 2);
        thread::scope(|scope| {
            let waits = scope.spawn(|| taken.wait_until_near(4, 2));
            taken.set(2);
            thread::sleep(std::time::Duration::from_millis(20));
            assert!(!waits.is_finished());
            taken.set(3);
            waits.join().unwrap();
        });
        taken.set(usize::MAX);
        taken.wait_until_near(usize::MAX - 1, 2);
    }
}
