//! ZIP archives, as web sites export whole accounts: read where they lie, member by member.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive};

use cadence::watch::{self, Recording, WatchError};

/// How many times its size an archive may unpack to. Recordings shrink to a half (FIT) or a
/// fifteenth (GPX), an archive made to do harm to a thousandth or, where its members overlap, a
/// millionth. The project's own bound.
const MOST_UNPACKED: u64 = 100;

/// What a small archive may unpack to in any case: one recording of the longest. The project's own
/// bound.
const LEAST_UNPACKED: u64 = 256 << 20;

/// The most members that are looked at; 27 runs a day for ten years. The project's own bound.
const MOST_MEMBERS: usize = 100_000;

/// The longest name of a member that is kept, in bytes.
const LONGEST_NAME: usize = 1_024;

/// An archive that is open.
pub(super) struct Archive {
    zip: ZipArchive<FileReader>,
    /// Bytes that may still be unpacked.
    left: AtomicU64,
}

/// A member of an archive. Small, for there are thousands.
#[derive(Clone, Copy)]
pub(super) struct Member {
    place: rawzip::ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    is_encrypted: bool,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        Self::of(File::open(path).map_err(|error| error.to_string())?)
    }

    fn of(file: File) -> Result<Self, String> {
        let size = file.metadata().map_err(|error| error.to_string())?.len();
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let zip = ZipArchive::from_file(file, &mut buffer).map_err(|error| damaged(&error))?;
        let most = size.saturating_mul(MOST_UNPACKED).max(LEAST_UNPACKED);
        Ok(Self {
            zip,
            left: AtomicU64::new(most),
        })
    }

    /// Its files with their names, in the order of the names. Hidden ones are left out, and what
    /// macOS adds. With them, why there are no more, if there could be.
    pub(super) fn members(&self) -> (Vec<(String, Member)>, Option<String>) {
        let mut members = Vec::new();
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let mut entries = self.zip.entries(&mut buffer);
        let fault = loop {
            let entry = match entries.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => break None,
                Err(error) => break Some(damaged(&error)),
            };
            let name = entry.file_path().as_bytes();
            if entry.is_dir() || name.len() > LONGEST_NAME {
                continue;
            }
            let name = String::from_utf8_lossy(name).replace('\\', "/");
            let is_hidden = |part: &str| part.starts_with('.') || part == "__MACOSX";
            if name.split('/').any(is_hidden) {
                continue;
            }
            if members.len() == MOST_MEMBERS {
                break Some(format!(
                    "the archive has more than {MOST_MEMBERS} files: the rest was left out"
                ));
            }
            let member = Member {
                place: entry.wayfinder(),
                method: entry.compression_method(),
                is_encrypted: entry.flags().is_encrypted(),
            };
            members.push((name, member));
        };
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        (members, fault)
    }

    /// Reads a member as a recording, which may be compressed by gzip too.
    pub(super) fn read(&self, member: Member) -> Result<Recording, WatchError> {
        self.unpack(member, |source| watch::read(source))?
    }

    /// Unpacks a member that is an archive: exports of whole accounts hold such. It goes to a file
    /// that has no name and is gone with the program.
    pub(super) fn open_member(&self, member: Member) -> Result<Self, String> {
        let copied = self.unpack(member, |mut source| {
            let mut file = tempfile::tempfile()?;
            io::copy(&mut source, &mut file)?;
            file.rewind()?;
            Ok::<_, io::Error>(file)
        });
        let file = copied.and_then(|copied| copied);
        Self::of(file.map_err(|error| error.to_string())?)
    }

    fn unpack<T>(&self, member: Member, read: impl FnOnce(&mut dyn Read) -> T) -> io::Result<T> {
        let refused = |why: &str| Err(io::Error::other(why));
        if member.is_encrypted {
            return refused("it is locked with a password in its archive: unpack it first");
        }
        let entry = self.zip.get_entry(member.place);
        let entry = entry.map_err(|error| io::Error::other(error.to_string()))?;
        let packed = BufReader::new(entry.reader());
        let mut source: Box<dyn Read> = match member.method {
            CompressionMethod::STORE => Box::new(entry.verifying_reader(packed)),
            CompressionMethod::DEFLATE => {
                Box::new(entry.verifying_reader(DeflateDecoder::new(packed)))
            }
            _ => {
                return refused("its archive compresses it in a rare way: unpack it first");
            }
        };
        Ok(read(&mut Bounded {
            source: &mut source,
            left: &self.left,
        }))
    }
}

/// What is said of an archive that cannot be read to its end, where its list of files is.
fn damaged(error: &rawzip::Error) -> String {
    format!(
        "the ZIP archive is damaged: {error}; fetch it again, or unpack what can be and review the \
         folder"
    )
}

/// Whether a file is an archive.
pub(in crate::cli::review) fn is_archive(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read = || File::open(path)?.read_exact(&mut magic);
    path.is_file() && { read }().is_ok() && magic == *b"PK\x03\x04"
}

/// Whether a name is an archive's.
pub(super) fn is_named_as_archive(name: &str) -> bool {
    let end = name.len().saturating_sub(4);
    name.get(end..)
        .is_some_and(|end| end.eq_ignore_ascii_case(".zip"))
}

/// The path by which a member is named; a name that begins with a slash stays within its archive.
pub(super) fn path_of(archive: &Path, name: &str) -> PathBuf {
    let mut path = archive.as_os_str().to_owned();
    path.push("/");
    path.push(name.trim_start_matches('/'));
    path.into()
}

/// A reader that fails once an archive has unpacked to more than it may.
struct Bounded<'a> {
    source: &'a mut dyn Read,
    left: &'a AtomicU64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        let take = |left: u64| left.checked_sub(read as u64);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if taken.is_err() {
            self.left.store(0, Ordering::Relaxed);
            return Err(io::Error::other(
                "its archive unpacks to more than 100 times its size: the rest was left out",
            ));
        }
        Ok(read)
    }
}
