//! Tracks for a soundtrack, one after the other, each measured when it is wanted.
//!
//! A thread looks through folders and has measured what the index does not know, no further ahead
//! than by a track for each core: however large a folder is, nothing waits for all of it.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::index::Index;
use super::scan::{self, Ahead, GoOn};
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
                scan::scan(&files, &mut index, Ahead::Few, |done, track| {
                    let Some(track) = track else {
                        return GoOn::Yes;
                    };
                    let is_named = !files[done - 1].is_found;
                    match sender.send(Entry { track, is_named }) {
                        Ok(()) => GoOn::Yes,
                        Err(_) => GoOn::No,
                    }
                });
                if let Some(fault) = index.finish() {
                    on_fault(fault.into());
                }
            })?;
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn tracks_come_by_name_or_shuffled_by_a_seed() {
        let folder = tempfile::tempdir().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let names: Vec<String> = (0..9).map(|it| format!("{it}.wav")).collect();
        for name in &names {
            let mut wav = hound::WavWriter::create(folder.path().join(name), spec).unwrap();
            for _ in 0..800 {
                wav.write_sample(100_i16).unwrap();
            }
            wav.finalize().unwrap();
        }
        let order = |order| -> Vec<String> {
            let supply = Supply {
                roots: vec![folder.path().to_owned()],
                index: None,
                order,
            };
            let entries = supply.begin(|fault| panic!("{fault}")).unwrap();
            let names = entries.iter().map(|entry| {
                assert!(!entry.is_named);
                let name = Path::new(&entry.track.file).file_name().unwrap();
                name.to_str().unwrap().to_owned()
            });
            names.collect()
        };
        assert_eq!(order(Order::Named), names);
        let mut shuffled = order(Order::Shuffled(1));
        assert_eq!(shuffled, order(Order::Shuffled(1)));
        assert_ne!(shuffled, order(Order::Shuffled(2)));
        shuffled.sort_unstable();
        assert_eq!(shuffled, names);
    }
}
