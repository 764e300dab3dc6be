//! `cadence plan --render`: one audio file a run and a playlist, for a phone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::iter::{ParallelBridge as _, ParallelIterator as _};

use cadence::audio::file::Encoding;
use cadence::audio::file::m3u::{self, Entry};
use cadence::audio::file::tags::{self, Tags};
use cadence::audio::metronome::Clicks;
use cadence::plan::{Plan, PlannedRun};
use cadence::schedule::{Frames, SampleRate, TempoMap};

use crate::cli::args::{EncodingArg, SoundArgs};
use crate::cli::destination::{Destination, write_whole};
use crate::cli::input::named;
#[cfg(feature = "music")]
use crate::cli::music::under::Music;
use crate::cli::render;
use crate::cli::report::Error;
use crate::cli::score::Score;
use crate::cli::terminal::{Interrupts, Progress};

/// Frames per second: what every player has, in every encoding.
const RATE_HZ: u32 = 44_100;

/// Where the files of a plan go, and how they are written.
pub(crate) struct Files<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) encoding: EncodingArg,
    pub(crate) overwrite: bool,
    pub(crate) sound: &'a SoundArgs,
    #[cfg(feature = "music")]
    pub(crate) music: Option<Music>,
}

/// All files of a plan, with the folder that was made for them.
pub(crate) struct Tracks {
    tracks: Vec<Track>,
    folder: NewFolder,
}

/// A run and its file.
struct Track {
    path: PathBuf,
    score: Score,
    map: TempoMap,
    tags: Tags,
    #[cfg(feature = "music")]
    music: Option<Music>,
}

impl Files<'_> {
    /// What is to be written. What prevents it is found here, before anything is printed or made.
    pub(crate) fn prepare(&self, plan: &Plan) -> Result<Tracks, Error> {
        let tracks = plan
            .runs
            .iter()
            .map(|run| self.track(plan, run))
            .collect::<Result<Vec<_>, _>>()?;
        let folder = NewFolder::create(self.folder)?;
        let list = self.list(plan);
        for path in tracks.iter().map(|track| &track.path).chain([&list]) {
            drop(Destination::open(path, self.overwrite)?);
            folder.check()?;
        }
        Ok(Tracks { tracks, folder })
    }

    /// Where the playlist goes.
    fn list(&self, plan: &Plan) -> PathBuf {
        self.folder.join(format!("{}.m3u8", plan.schedule.name))
    }

    /// Writes a file a run, as many at a time as there are cores, and then the playlist that names
    /// them.
    pub(crate) fn write(&self, plan: &Plan, tracks: Tracks) -> Result<(), Error> {
        let Tracks { tracks, folder } = tracks;
        folder.check()?;
        let text = playlist(&tracks);
        let frames = |track: &Track| track.map.length().map_or(0, Frames::count);
        let progress = Progress::of(tracks.iter().map(frames).sum());
        let done = Mutex::new(0);
        // A queue: the files are begun in the order of the runs, and no core waits while there are
        // any left.
        tracks.into_iter().par_bridge().try_for_each(|track| {
            self.encode(track, |frames| {
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                *done += frames;
                progress.show(*done);
            })?;
            folder.check()
        })?;
        write_whole(&self.list(plan), self.overwrite, text.as_bytes())
    }

    /// Writes one file. Calls `on_block` with the number of frames of each block.
    fn encode(&self, track: Track, on_block: impl Fn(u64)) -> Result<(), Error> {
        let destination = Destination::open(&track.path, self.overwrite)?;
        let mut written = 0;
        let encoding = self.encoding.into();
        let on_block = |frames: u64| {
            on_block(frames.saturating_sub(written));
            written = frames;
        };
        #[cfg(feature = "music")]
        if let Some(mut music) = track.music {
            let mix = music.rendered(track.map, &track.score);
            render::write(destination, encoding, &mix, &track.tags, on_block)?;
            music.report(false);
            return Ok(());
        }
        let clicks = Clicks {
            map: Arc::new(track.map),
            voice: &track.score.voice,
        };
        render::write(destination, encoding, &clicks, &track.tags, on_block)
    }

    fn track(&self, plan: &Plan, run: &PlannedRun) -> Result<Track, Error> {
        let encoding = Encoding::from(self.encoding);
        let name = plan.sound_file(run, encoding.name());
        let timeline = run.workout.resolve(None).map_err(Error::usage)?;
        let score = Score::of(timeline, self.sound)?;
        let rate = SampleRate::from_hz(RATE_HZ).map_err(Error::usage)?;
        encoding.check(rate).map_err(Error::usage)?;
        let tags = score
            .tags()
            .titled(|title| format!("{}: {title}", plan.title(run)));
        let tags = tags.on_album(album(plan), number(plan, run));
        Ok(Track {
            path: self.folder.join(name),
            map: score.map(rate).map_err(Error::usage)?,
            score,
            tags,
            #[cfg(feature = "music")]
            music: self.music.as_ref().map(|it| it.for_run(run.number)),
        })
    }
}

/// A plan by its name and its first day, so that two of them are two albums.
fn album(plan: &Plan) -> String {
    let name = &plan.schedule.name;
    match plan.runs.as_slice() {
        [first, ..] => format!("{name} from {}", first.date),
        [] => name.clone(),
    }
}

fn number(plan: &Plan, run: &PlannedRun) -> tags::Track {
    tags::Track {
        number: run.number,
        of: plan.total_runs,
    }
}

/// A folder with those above it that were missing. Dropped, it takes those away again that are
/// still empty.
pub(crate) struct NewFolder {
    /// The innermost first.
    made: Vec<PathBuf>,
    /// From before it is made, so that a signal finds it in order.
    interrupts: Interrupts,
}

impl NewFolder {
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        if path.exists() && !path.is_dir() {
            return Err(Error::Failed {
                tried: format!("{} is a file: name a folder for the runs", named(path)),
                cause: None,
            });
        }
        let interrupts =
            Interrupts::catch().map_err(|error| Error::failed("cannot catch interrupts", error))?;
        let missing = path
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let folder = Self {
            made: missing.map(Path::to_owned).collect(),
            interrupts,
        };
        fs::create_dir_all(path).map_err(|error| Error::cannot_write(path, error))?;
        Ok(folder)
    }

    /// Whether to go on: no signal came.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let caught = self.interrupts.caught();
        caught.map_or(Ok(()), |interrupt| Err(Error::Stopped(interrupt)))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        for folder in &self.made {
            // It refuses where there is a file in it.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The tracks as a playlist, next to the files that it names.
fn playlist(tracks: &[Track]) -> String {
    let entry = |track: &Track| {
        let name = track.path.file_name().unwrap_or_default();
        let length = track.map.length().unwrap_or_default();
        Entry {
            file: name.to_string_lossy().into_owned(),
            title: track.tags.title().to_owned(),
            length: length.duration(track.map.rate()),
        }
    };
    let entries: Vec<Entry> = tracks.iter().map(entry).collect();
    m3u::playlist(&entries)
}
