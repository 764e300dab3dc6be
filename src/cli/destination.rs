//! Where a result file goes: written to a temporary file and named once it is complete.
//!
//! On Linux the file has no name at all until then (`O_TMPFILE`), so that not even a kill leaves
//! litter. Elsewhere, and on file systems without it, it is a temporary file that is removed when
//! writing fails or a signal comes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::input::{is_stdin, named};
use crate::cli::report::{Error, is_reader_gone};
use crate::cli::terminal::Interrupts;

/// What `-` is called.
const STDOUT: &str = "stdout";

/// An open destination. Dropped without [`finish`](Self::finish) it leaves what was there before.
#[derive(Debug)]
pub(crate) struct Destination(Kind);

#[derive(Debug)]
enum Kind {
    /// Stdout, a device, or a pipe with a name: there is nothing to keep, and nothing to rename.
    Direct { file: File, path: PathBuf },
    File {
        file: Pending,
        /// As it was typed.
        path: PathBuf,
        /// Where that leads.
        place: PathBuf,
        overwrite: bool,
        interrupts: Interrupts,
    },
}

#[derive(Debug)]
enum Pending {
    #[cfg(target_os = "linux")]
    Unnamed(File),
    Named(NamedTempFile),
}

impl Destination {
    /// Opens it before the work begins, so that a bad destination is reported at once.
    pub(crate) fn open(path: &Path, overwrite: bool) -> Result<Self, Error> {
        let path = path.to_owned();
        let Some(place) = followed(&path) else {
            return Self::stdout();
        };
        match fs::metadata(&place) {
            Ok(found) if found.is_dir() => Err(refused(&path, "it is a folder; name a file in it")),
            Ok(found) if found.is_file() => {
                if !overwrite {
                    return Err(exists(&path));
                }
                // A file that may not be written is not to be replaced either.
                open_in_place(&place).map_err(|error| Error::cannot_write(&path, error))?;
                if is_append_only(folder(&place)) {
                    return Err(refused(&path, "no file in its folder may be replaced"));
                }
                Self::pending(path, place, overwrite)
            }
            Ok(_) => {
                let file =
                    open_in_place(&place).map_err(|error| Error::cannot_write(&path, error))?;
                Ok(Self(Kind::Direct { file, path }))
            }
            // Links that lead in a circle.
            Err(error) if place.is_symlink() => Err(Error::cannot_write(&path, error)),
            // A link that points to nothing yet.
            Err(_) if place != path && !overwrite => Err(exists(&path)),
            Err(_) if !folder(&place).is_dir() => {
                let why = format!("no folder {}", named(folder(&place)));
                Err(refused(&path, &why))
            }
            Err(_) => Self::pending(path, place, overwrite),
        }
    }

    fn stdout() -> Result<Self, Error> {
        if io::stdout().is_terminal() {
            let text = "stdout is a terminal: pipe the sound, as in `| aplay`, or name a file";
            return Err(Error::Usage(text.into()));
        }
        let path = PathBuf::from(STDOUT);
        Ok(Self(Kind::Direct {
            file: stdout().map_err(|error| Error::cannot_write(&path, error))?,
            path,
        }))
    }

    fn pending(path: PathBuf, place: PathBuf, overwrite: bool) -> Result<Self, Error> {
        let interrupts =
            Interrupts::catch().map_err(|error| Error::failed("cannot catch interrupts", error))?;
        let file =
            Pending::create(folder(&place)).map_err(|error| Error::cannot_write(&path, error))?;
        Ok(Self(Kind::File {
            file,
            path,
            place,
            overwrite,
            interrupts,
        }))
    }

    /// The interrupts to watch while writing, where there is something to clean up.
    pub(crate) fn interrupts(&self) -> Option<Interrupts> {
        match &self.0 {
            Kind::File { interrupts, .. } => Some(interrupts.clone()),
            // A half-written pipe is the reader's to judge: there interrupts end the program as
            // they always do.
            Kind::Direct { .. } => None,
        }
    }

    /// An error of writing, with the name of what was written.
    pub(crate) fn failed(&self, error: io::Error) -> Error {
        match &self.0 {
            _ if is_reader_gone(&error) => Error::ReaderLeft,
            Kind::Direct { path, .. } if path == Path::new(STDOUT) => error.into(),
            Kind::Direct { path, .. } | Kind::File { path, .. } => Error::cannot_write(path, error),
        }
    }

    /// Gives the whole file its name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let Kind::File {
            file,
            path,
            place,
            overwrite,
            ..
        } = self.0
        else {
            return Ok(());
        };
        file.publish(&place, overwrite)
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists if !overwrite => exists(&path),
                _ => Error::cannot_write(&path, error),
            })
    }
}

/// Writes a whole file.
pub(crate) fn write_whole(path: &Path, overwrite: bool, bytes: &[u8]) -> Result<(), Error> {
    let mut destination = Destination::open(path, overwrite)?;
    destination
        .write_all(bytes)
        .map_err(|error| destination.failed(error))?;
    destination.finish()
}

/// Stdout without the standard library's line buffer, which would look for line ends in sound.
fn stdout() -> io::Result<File> {
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let stdout = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    stdout.map(File::from)
}

/// Where a path leads, links followed, also to what is not there yet; `None` where that is stdout,
/// by whatever name: opened anew it would lose what `>> log` has in it.
fn followed(path: &Path) -> Option<PathBuf> {
    let mut path = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        if is_stdin(&path) || is_stdout(&path) {
            return None;
        }
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path.with_file_name(target);
    }
    Some(path)
}

/// Whether a path is one of the system's names for stdout.
fn is_stdout(path: &Path) -> bool {
    if !cfg!(unix) {
        return false;
    }
    let names = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    let is_of_process = || {
        let streams = fs::canonicalize("/proc/self/fd").ok();
        streams.is_some() && streams == fs::canonicalize(folder(path)).ok()
    };
    names.iter().any(|name| path == Path::new(name))
        || path.file_name().is_some_and(|name| name == "1") && is_of_process()
}

fn open_in_place(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

/// Whether files may be added to a folder, but not replaced or removed: a temporary name would stay
/// for ever.
fn is_append_only(folder: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
        let found = statx(CWD, folder, AtFlags::empty(), StatxFlags::empty());
        found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::APPEND))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        false
    }
}

fn exists(path: &Path) -> Error {
    Error::Failed {
        tried: format!("{} exists: --force overwrites it", named(path)),
        cause: None,
    }
}

fn refused(path: &Path, why: &str) -> Error {
    Error::Failed {
        tried: format!("cannot write {}: {why}", named(path)),
        cause: None,
    }
}

/// The folder that a file lies in.
fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes files with a temporary name.
fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cadence-");
    // As any new file, and not for its owner alone as other temporary files.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

impl Pending {
    fn create(folder: &Path) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed::create(folder) {
            return Ok(Self::Unnamed(file));
        }
        if is_append_only(folder) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        // Its error names the temporary file, which means nothing to the user.
        temporary()
            .tempfile_in(folder)
            .map(Self::Named)
            .map_err(|error| error.kind().into())
    }

    fn publish(self, path: &Path, overwrite: bool) -> io::Result<()> {
        if let Some(old) = fs::metadata(path).ok().filter(|_| overwrite) {
            self.file().set_permissions(permissions_of(&old))?;
            // Here there is something to lose: the old file's name must not move to bytes that are
            // not on the disk yet.
            self.file().sync_all()?;
        }
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => unnamed::publish(&file, path, overwrite),
            Self::Named(file) if overwrite => {
                file.persist(path).map(drop).map_err(|error| error.error)
            }
            Self::Named(file) => file
                .persist_noclobber(path)
                .map(drop)
                .map_err(|error| error.error),
        }
    }

    fn file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
            Self::Named(file) => file.as_file(),
        }
    }
}

/// Who may do what with a file; never a right to run it as somebody else, which belonged to what
/// was in it.
fn permissions_of(old: &fs::Metadata) -> fs::Permissions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::Permissions::from_mode(old.permissions().mode() & 0o777)
    }
    #[cfg(not(unix))]
    old.permissions()
}

#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    /// A file without a name, where the file system has such and `/proc` is there to name it later.
    pub(super) fn create(folder: &Path) -> Option<File> {
        let mode = Mode::from_raw_mode(0o666);
        let file = File::from(
            open(
                folder,
                OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC,
                mode,
            )
            .ok()?,
        );
        handle(&file).exists().then_some(file)
    }

    pub(super) fn publish(file: &File, path: &Path, overwrite: bool) -> io::Result<()> {
        let named = |path: &Path| linkat(CWD, handle(file), CWD, path, AtFlags::SYMLINK_FOLLOW);
        match named(path) {
            Err(error) if overwrite && error.kind() == io::ErrorKind::AlreadyExists => {
                // Only a rename can replace a name: the file first gets a temporary one.
                let file =
                    super::temporary().make_in(super::folder(path), |name| Ok(named(name)?))?;
                file.persist(path).map(drop).map_err(|error| error.error)
            }
            result => Ok(result?),
        }
    }

    fn handle(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Direct { file, .. } => file.write(bytes),
            Kind::File { file, .. } => file.file().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
