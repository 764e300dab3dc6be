//! Music under the click, for `play`, `render` and `plan --render`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::{Args, ValueHint};

#[cfg(feature = "playback")]
use cadence::audio::ahead::RunAhead;
use cadence::audio::ahead::{Awaited, Remade};
#[cfg(feature = "playback")]
use cadence::audio::control::Control;
#[cfg(feature = "playback")]
use cadence::audio::device::MakeSource;
use cadence::audio::file::m3u;
use cadence::audio::file::tags::Tags;
use cadence::audio::metronome::Metronome;
use cadence::audio::mix::{Balance, ClickLevel, Ends, Mix, Waits};
use cadence::audio::source::{Converted, Render, Sample, Source, SourceError};
use cadence::audio::voice::{Voice, Volume};
use cadence::music::decode::Decoder;
use cadence::music::over::{self, Lost, Over};
use cadence::music::scan;
use cadence::music::soundtrack::{Handle, News, Options, Soundtrack};
use cadence::music::supply::{Order, Supply};
use cadence::schedule::{Frame, SampleRate, TempoMap};

use super::IndexArgs;
use crate::cli::input::named;
use crate::cli::report::{self, Error};
use crate::cli::score::Score;
use crate::cli::text::in_words;

/// What plays under the click.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Music")]
pub(crate) struct MusicArgs {
    /// Play music with its beats on your steps: a file, a playlist, or a folder
    ///
    /// Each track is stretched by at most 8 %, at the same pitch. In a folder, tracks that are
    /// farther off are passed over; a file or a playlist's entry plays at its own speed. Repeat the
    /// option for more.
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with = "over",
        value_hint = ValueHint::AnyPath
    )]
    pub(crate) music: Vec<PathBuf>,
    /// Play a podcast, or any file, at its own speed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) over: Option<PathBuf>,
    /// Click's decibels over the music, or `off` [default: 3]
    #[arg(long, value_name = "LEVEL", allow_hyphen_values = true)]
    pub(crate) click: Option<ClickLevel>,
    /// Leave out tracks whose tempo is not sure
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) index: IndexArgs,
}

impl MusicArgs {
    /// Whether there is any of its options.
    pub(crate) fn is_asked_for(&self) -> bool {
        let has_option = self.click.is_some() || self.strict || self.index.no_index;
        !self.music.is_empty() || self.over.is_some() || has_option
    }

    /// Checks the options, and opens what they name.
    pub(crate) fn open(&self, volume: Option<Volume>) -> Result<Option<Music>, Error> {
        let usage = |text: &str| Err(Error::Usage(text.into()));
        let kind = match &self.over {
            None if self.music.is_empty() => {
                if self.click.is_some() {
                    return usage("--click is the level over music: add --music or --over");
                }
                if self.strict || self.index.no_index {
                    return usage("--strict and --no-index are for --music: add it");
                }
                return Ok(None);
            }
            None => Kind::Tracks(self.tracks()?),
            Some(_) if self.strict || self.index.no_index => {
                return usage("--strict and --no-index are for --music, not for --over");
            }
            Some(path) => {
                check(path)?;
                Kind::Over {
                    path: path.clone(),
                    lost: Lost::default(),
                    is_loss_known: false,
                }
            }
        };
        Ok(Some(Music {
            kind,
            balance: Balance {
                click: self.click.unwrap_or_default(),
                volume: volume.unwrap_or(Volume::FULL),
            },
            #[cfg(feature = "playback")]
            ahead: Arc::default(),
        }))
    }

    fn tracks(&self) -> Result<Tracks, Error> {
        let mut roots = Vec::new();
        for path in &self.music {
            let found = fs::metadata(path)
                .map_err(|error| Error::failed(format!("cannot read {}", named(path)), error))?;
            if found.is_dir() {
                if !scan::has_music(path) {
                    return Err(Error::Failed {
                        tried: format!("there is no music in {}", named(path)),
                        cause: None,
                    });
                }
                roots.push(path.clone());
            } else if is_list(path) {
                roots.extend(listed(path)?);
            } else {
                check(path)?;
                roots.push(path.clone());
            }
        }
        Ok(Tracks {
            supply: Supply {
                roots,
                index: self.index.folder(),
                order: Order::Named,
            },
            is_strict: self.strict,
            faults: Arc::default(),
            handle: Arc::default(),
        })
    }
}

/// Fails where a file cannot be played.
fn check(path: &Path) -> Result<(), Error> {
    let opened = Decoder::open(path);
    let failed = |error| Error::failed(format!("cannot play {}", named(path)), error);
    opened.map(drop).map_err(failed)
}

fn is_list(path: &Path) -> bool {
    let extension = path.extension().unwrap_or(OsStr::new(""));
    ["m3u", "m3u8"]
        .iter()
        .any(|list| extension.eq_ignore_ascii_case(list))
}

/// The tracks of a playlist.
fn listed(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = fs::read(path)
        .map_err(|error| Error::failed(format!("cannot read {}", named(path)), error))?;
    let files = m3u::files(&list, path.parent().unwrap_or(Path::new("")));
    if files.is_empty() {
        return Err(Error::Failed {
            tried: format!("{} lists no tracks", named(path)),
            cause: None,
        });
    }
    // A track that cannot be played is passed over, but not all of them.
    if !files.iter().any(|file| check(file).is_ok()) {
        return Err(Error::Failed {
            tried: format!("{} lists no track that can be played", named(path)),
            cause: None,
        });
    }
    Ok(files)
}

/// Music that plays under the click.
#[derive(Clone, Debug)]
pub(crate) struct Music {
    kind: Kind,
    balance: Balance,
    /// What makes it ahead for a device; the next stream of the same rate goes on with it.
    #[cfg(feature = "playback")]
    ahead: Arc<Mutex<Option<(SampleRate, RunAhead)>>>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A file at its own speed.
    Over {
        path: PathBuf,
        lost: Lost,
        is_loss_known: bool,
    },
    /// Tracks on the grid.
    Tracks(Tracks),
}

#[derive(Clone, Debug)]
struct Tracks {
    supply: Supply,
    is_strict: bool,
    faults: Arc<Mutex<Vec<String>>>,
    /// That of the soundtrack which plays.
    handle: Arc<Mutex<Option<Handle>>>,
}

impl Tracks {
    fn soundtrack(
        &self,
        rate: SampleRate,
        waits: bool,
        map: impl FnMut() -> Option<Arc<TempoMap>> + Send + 'static,
    ) -> Result<Soundtrack, SourceError> {
        let faults = Arc::clone(&self.faults);
        let entries = self
            .supply
            .clone()
            .begin(move |fault| unpoisoned(&faults).push(report::chain(&*fault)))?;
        let options = Options {
            rate,
            is_strict: self.is_strict,
            waits,
        };
        let (soundtrack, handle) = Soundtrack::new(options, map, entries)?;
        *unpoisoned(&self.handle) = Some(handle);
        Ok(soundtrack)
    }

    fn handle(&self) -> Option<Handle> {
        unpoisoned(&self.handle).clone()
    }
}

/// Something to know about the music.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Worth a line on a terminal.
    Note(String),
    /// Something is missing.
    Warning(String),
}

impl Music {
    /// How long it plays, where a file has to know that; `None` for tracks.
    pub(crate) fn length(&self) -> Result<Option<Duration>, Error> {
        let Kind::Over { path, lost, .. } = &self.kind else {
            return Ok(None);
        };
        let (length, missing) = over::duration(path)
            .map_err(|error| Error::failed(format!("cannot play {}", named(path)), error))?;
        if let Some(missing) = missing {
            lost.set(missing);
        }
        Ok(Some(length))
    }

    /// The same for the run of a number: other tracks come first, and what happens to them is its
    /// own.
    pub(crate) fn for_run(&self, number: usize) -> Self {
        let mut music = self.clone();
        if let Kind::Tracks(tracks) = &mut music.kind {
            tracks.supply.order = Order::Shuffled(number as u64);
            tracks.faults = Arc::default();
            tracks.handle = Arc::default();
        }
        music
    }

    /// Shifts it by half a beat.
    #[cfg(feature = "playback")]
    pub(crate) fn shift_half_beat(&self) {
        if let Some(handle) = self.handle() {
            handle.shift_half_beat();
        }
    }

    /// Goes on to the next track.
    #[cfg(feature = "playback")]
    pub(crate) fn next_track(&self) {
        if let Some(handle) = self.handle() {
            handle.next_track();
        }
    }

    /// Whether there are tracks, on the grid.
    #[cfg(feature = "playback")]
    pub(crate) fn has_tracks(&self) -> bool {
        matches!(self.kind, Kind::Tracks(_))
    }

    /// The name of the track that plays.
    #[cfg(feature = "playback")]
    pub(crate) fn track(&self) -> Option<String> {
        Some(self.handle()?.now_playing()?.name)
    }

    #[cfg(feature = "playback")]
    fn handle(&self) -> Option<Handle> {
        match &self.kind {
            Kind::Over { .. } => None,
            Kind::Tracks(tracks) => tracks.handle(),
        }
    }

    /// What there is to know since the last call.
    pub(crate) fn notices(&mut self) -> Vec<Notice> {
        match &mut self.kind {
            Kind::Over {
                path,
                lost,
                is_loss_known,
            } => {
                let lost = lost.get().filter(|_| !*is_loss_known);
                *is_loss_known |= lost.is_some();
                let text = lost.map(|lost| {
                    let lost = in_words(lost);
                    format!("{} is damaged or cut off: {lost} missing", named(path))
                });
                text.map(Notice::Warning).into_iter().collect()
            }
            Kind::Tracks(tracks) => {
                let faults = std::mem::take(&mut *unpoisoned(&tracks.faults));
                let news = tracks.handle().map(|it| it.news()).unwrap_or_default();
                let faults = faults.into_iter().map(Notice::Warning);
                faults.chain(news.iter().filter_map(notice)).collect()
            }
        }
    }

    /// Prints what there is to know, in lines that stay.
    pub(crate) fn report(&mut self, shows_notes: bool) {
        for notice in self.notices() {
            match notice {
                Notice::Warning(text) => report::warn(&text),
                Notice::Note(text) if shows_notes => report::note(&text),
                Notice::Note(_) => {}
            }
        }
    }

    /// The click over the music, for a device.
    #[cfg(feature = "playback")]
    pub(crate) fn source(&self, score: &Score, control: &Control) -> MakeSource {
        let (music, score, control) = (self.clone(), score.clone(), control.clone());
        Arc::new(move |rate| music.played(rate, &control, &score))
    }

    #[cfg(feature = "playback")]
    fn played(
        &self,
        rate: SampleRate,
        control: &Control,
        score: &Score,
    ) -> Result<Box<dyn Source<f32> + Send>, SourceError> {
        let voice = Balance::voice(&score.voice);
        let metronome = control.metronome(rate, &voice, || score.map(rate))?;
        let mut ahead = unpoisoned(&self.ahead);
        if ahead.as_ref().is_none_or(|(at, _)| *at != rate) {
            let control = control.clone();
            let begun = match &self.kind {
                Kind::Over { path, lost, .. } => {
                    begin(Over::open(path, rate, score.lead_in(), lost.clone())?)
                }
                Kind::Tracks(tracks) => {
                    begin(tracks.soundtrack(rate, false, move || control.map())?)
                }
            }?;
            *ahead = Some((rate, begun));
        }
        let music = ahead.as_ref().map(|(_, ahead)| ahead.reader());
        let music = music.ok_or("there is no music")?;
        let ends_first = !self.has_tracks() && score.timeline.length().is_none();
        let ends = if ends_first {
            Ends::WithFirst
        } else {
            Ends::WithClick
        };
        let mix = Mix::new(metronome, &voice, music, &self.balance, (Waits::No, ends))?;
        Ok(Box::new(mix))
    }

    /// What a player shows of the mix.
    pub(crate) fn tags(&self, tags: Tags) -> Tags {
        let Kind::Over { path, .. } = &self.kind else {
            return tags;
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        tags.titled(|title| format!("{name}, {title}"))
    }

    /// The click over the music in a file.
    pub(crate) fn rendered<'a>(&'a self, map: TempoMap, score: &'a Score) -> Rendered<'a> {
        Rendered {
            music: self,
            map: Arc::new(map),
            lead_in: score.lead_in(),
            voice: Balance::voice(&score.voice),
        }
    }
}

#[cfg(feature = "playback")]
fn begin(source: impl Remade + 'static) -> Result<RunAhead, SourceError> {
    Ok(RunAhead::begin(source)?)
}

/// What is worth saying of what happened to a track. One of a folder that does not fit is not.
fn notice(news: &News) -> Option<Notice> {
    match news {
        News::PassedOver { .. } => None,
        News::Began { .. }
        | News::TempoUnsure { .. }
        | News::TooFar { .. }
        | News::NoneFitsYet { .. } => Some(Notice::Note(news.to_string())),
        News::HalfUnsure { .. } => Some(Notice::Note(format!("{news}: h shifts it"))),
        News::Refused { .. } | News::Fault { .. } | News::CutOff { .. } | News::OutOfTracks => {
            Some(Notice::Warning(news.to_string()))
        }
    }
}

/// The click over the music, from beginning to end.
pub(crate) struct Rendered<'a> {
    music: &'a Music,
    map: Arc<TempoMap>,
    lead_in: Duration,
    voice: Voice,
}

impl Rendered<'_> {
    /// The music is made on one core while the encoder works on another.
    fn mix<S: Sample>(
        &self,
        music: impl Remade + 'static,
    ) -> Result<Box<dyn Source<S>>, SourceError> {
        let music = Awaited::begin(music, self.map.length().map(Frame::after))?;
        let metronome = Metronome::new(Arc::clone(&self.map), &self.voice)?;
        let when = (Waits::Yes, Ends::WithClick);
        let mix = Mix::new(metronome, &self.voice, music, &self.music.balance, when)?;
        Ok(Box::new(Converted::new(mix)))
    }
}

impl Render for Rendered<'_> {
    fn source<S: Sample>(&self) -> Result<Box<dyn Source<S> + '_>, SourceError> {
        let rate = self.map.rate();
        match &self.music.kind {
            Kind::Over { path, lost, .. } => {
                self.mix(Over::open(path, rate, self.lead_in, lost.clone())?)
            }
            Kind::Tracks(tracks) => {
                let map = Arc::clone(&self.map);
                self.mix(tracks.soundtrack(rate, true, move || Some(Arc::clone(&map)))?)
            }
        }
    }
}

/// A lock whose value is whole even where a thread that held it has panicked.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_of_a_plan_has_its_own_order_of_tracks() {
        let tracks = Tracks {
            supply: Supply {
                roots: Vec::new(),
                index: None,
                order: Order::Named,
            },
            is_strict: false,
            faults: Arc::default(),
            handle: Arc::default(),
        };
        let music = Music {
            kind: Kind::Tracks(tracks),
            balance: Balance {
                click: ClickLevel::Off,
                volume: Volume::FULL,
            },
            #[cfg(feature = "playback")]
            ahead: Arc::default(),
        };
        let tracks = |music: &Music| match &music.kind {
            Kind::Tracks(tracks) => tracks.clone(),
            Kind::Over { .. } => panic!("there are tracks"),
        };
        for number in [1, 2, 8] {
            let run = tracks(&music.for_run(number));
            assert_eq!(run.supply.order, Order::Shuffled(number as u64));
            // They are made at the same time.
            assert!(!Arc::ptr_eq(&run.handle, &tracks(&music).handle));
            assert!(!Arc::ptr_eq(&run.faults, &tracks(&music).faults));
        }
    }
}
