//! Tracks for a soundtrack, one after the other, each measured when it is wanted.
//!
//! A thread looks through folders and measures what the index does not know, no further ahead than
//! by a track or two: however large a folder is, nothing waits for all of it.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::index::Index;
use super::scan;
use super::select::shuffle;
use super::soundtrack::Entry;

/// The order of the tracks of a soundtrack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they are named, and within a folder by name.
    Named,
    /// At random, the same for the same seed.
    Shuffled(u64),
}

/// Where the tracks come from.
#[derive(Clone, Debug)]
pub struct Supply {
    /// Files and folders.
    pub roots: Vec<PathBuf>,
    /// The folder of the index; `None` measures every track.
    pub index: Option<PathBuf>,
    /// The order of the tracks.
    pub order: Order,
}

/// What stands in the way of some of the tracks, or of the index.
pub type SupplyFault = Box<dyn Error + Send + Sync>;

impl Supply {
    /// Begins to measure tracks. It ends when all were taken, or when the receiver is dropped.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn begin(
        self,
        mut on_fault: impl FnMut(SupplyFault) + Send + 'static,
    ) -> io::Result<Receiver<Entry>> {
        let (sender, entries) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("tracks".to_owned())
            .spawn(move || {
                let (mut files, faults) = scan::find(&self.roots);
                for fault in faults {
                    on_fault(fault.into());
                }
                if let Order::Shuffled(seed) = self.order {
                    shuffle(&mut files, seed);
                }
                let mut index = Index::none();
                if let Some(folder) = &self.index {
                    let paths = files.iter().map(|file| file.path.as_path());
                    let (opened, fault) = Index::open(folder, paths);
                    index = opened;
                    if let Some(fault) = fault {
                        on_fault(fault.into());
                    }
                }
                for file in &files {
                    let Some(track) = scan::track(file, &mut index) else {
                        continue;
                    };
                    // The next one may be wanted in minutes, and by then the program is gone.
                    index.save_if_free();
                    let is_named = !file.is_found;
                    if sender.send(Entry { track, is_named }).is_err() {
                        break;
                    }
                }
                if let Some(fault) = index.finish() {
                    on_fault(fault.into());
                }
            })?;
        Ok(entries)
    }
}
