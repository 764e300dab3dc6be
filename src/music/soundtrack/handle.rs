//! What the runner's hand has of a soundtrack: what plays, what there is to say, and the keys.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::music::analysis::Fold;

/// News that nobody takes are dropped from this many on, the oldest first.
const MOST_NEWS: usize = 1_000;

/// Controls a [`Soundtrack`](super::Soundtrack) that is played elsewhere. No call waits for sound.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) shift: AtomicBool,
    pub(super) next: AtomicBool,
    playing: Mutex<Option<NowPlaying>>,
    news: Mutex<VecDeque<News>>,
}

/// The track that is played.
#[derive(Clone, Debug, PartialEq)]
pub struct NowPlaying {
    /// Artist and title, or the name of the file.
    pub name: String,
    /// Its own tempo.
    pub bpm: Option<f64>,
    /// Steps to a beat; `None` where it is not brought to the grid.
    pub fold: Option<Fold>,
    /// Its speed; 1 is its own.
    pub speed: f64,
    /// Whether its beats lie on the grid now: not in a rest, nor where it is out of reach.
    pub is_aligned: bool,
}

/// What there is to say about a track.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// It begins.
    Began {
        /// Artist and title, or the name of the file.
        name: String,
    },
    /// It may be half a beat off.
    HalfUnsure {
        /// Artist and title, or the name of the file.
        name: String,
    },
    /// Its tempo is not sure, so that it plays at its own speed.
    TempoUnsure {
        /// Artist and title, or the name of the file.
        name: String,
        /// Why.
        reason: String,
    },
    /// It was named and is too far from the tempo, so that it plays at its own speed until the
    /// tempo is within reach.
    TooFar {
        /// Artist and title, or the name of the file.
        name: String,
        /// Its own tempo.
        bpm: f64,
    },
    /// It was found in a folder and is too far from the tempo.
    PassedOver {
        /// Artist and title, or the name of the file.
        name: String,
        /// Its own tempo.
        bpm: f64,
    },
    /// Many tracks in a row were passed over, and the search goes on.
    NoneFitsYet {
        /// How many.
        passed: usize,
    },
    /// Its tempo is not sure, and only sure ones are played.
    Refused {
        /// Artist and title, or the name of the file.
        name: String,
        /// Why.
        reason: String,
    },
    /// It cannot be read.
    Fault {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// A part of it is missing or damaged.
    CutOff {
        /// Artist and title, or the name of the file.
        name: String,
        /// How much.
        lost: Duration,
    },
    /// There is no further track, or none that fits.
    OutOfTracks,
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Began { name } => write!(f, "playing '{name}'"),
            Self::HalfUnsure { name } => {
                write!(f, "'{name}' may be half a beat off")
            }
            Self::TempoUnsure { name, reason } => {
                write!(f, "'{name}' plays at its own speed: {reason}")
            }
            Self::TooFar { name, bpm } => {
                write!(
                    f,
                    "'{name}' plays at its own speed: {bpm:.1} BPM is more than 8 % off"
                )
            }
            Self::PassedOver { name, bpm } => {
                write!(
                    f,
                    "'{name}' is passed over: {bpm:.1} BPM is more than 8 % off"
                )
            }
            Self::NoneFitsYet { passed } => {
                write!(
                    f,
                    "{passed} tracks are more than 8 % off so far: still searching"
                )
            }
            Self::Refused { name, reason } => write!(f, "'{name}' is left out: {reason}"),
            Self::Fault { file, reason } => write!(f, "cannot play '{file}': {reason}"),
            Self::CutOff { name, lost } => {
                write!(
                    f,
                    "{:.1} s of '{name}' are missing or damaged",
                    lost.as_secs_f64()
                )
            }
            Self::OutOfTracks => f.write_str("no further track fits"),
        }
    }
}

impl Handle {
    /// Shifts the music by half a beat.
    pub fn shift_half_beat(&self) {
        // Twice is none at all.
        self.shared.shift.fetch_xor(true, Ordering::AcqRel);
    }

    /// Goes on to the next track.
    pub fn next_track(&self) {
        self.shared.next.store(true, Ordering::Release);
    }

    /// The track that is made now, some tenths of a second before it is heard.
    #[must_use]
    pub fn now_playing(&self) -> Option<NowPlaying> {
        unpoisoned(&self.shared.playing).clone()
    }

    /// What there is to say since the last call.
    #[must_use]
    pub fn news(&self) -> Vec<News> {
        unpoisoned(&self.shared.news).drain(..).collect()
    }
}

impl Shared {
    pub(super) fn report(&self, news: News) {
        let mut queue = unpoisoned(&self.news);
        if queue.len() == MOST_NEWS {
            queue.pop_front();
        }
        queue.push_back(news);
    }

    pub(super) fn show(&self, playing: Option<NowPlaying>) {
        *unpoisoned(&self.playing) = playing;
    }
}

/// A lock whose value is whole even where a thread that held it has panicked.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
