//! Prepares the next track on another thread: chooses it, finds its beats and opens it.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread;
use std::time::Duration;

use super::Options;
use super::course::{BeatLine, FASTEST, SLOWEST};
use super::handle::{News, Shared};
use crate::music::analysis::Fold;
use crate::music::beats::{self, Half};
use crate::music::sound::Sound;
use crate::music::track::TrackTempo;

/// Tracks kept for a faster or slower part of the run, at most: about 100 KB.
const MOST_ASIDE: usize = 256;
/// Tracks passed over in a row after which that is reported: a long search is not to look like a
/// fault.
const MANY: usize = 12;
/// Tracks remembered, to be played again when there are no others.
const MOST_PLAYED: usize = 1_000;

/// A track that may be played.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The track.
    pub track: TrackTempo,
    /// Whether it was named, by itself or in a list: then it plays even if it cannot be brought to
    /// the tempo. A track found in a folder is skipped.
    pub is_named: bool,
}

impl Entry {
    /// Whether it can play at a tempo of the grid. A track of unsure tempo always can, at its own
    /// speed.
    fn fits(&self, bpm: Option<f64>) -> bool {
        self.is_named || !self.track.sure || speed_for(&self.track, bpm).is_ok()
    }
}

/// A track that is ready to play.
pub(super) struct Playable {
    pub(super) entry: Entry,
    pub(super) sound: Sound,
    /// Its beats; `None` if the tempo is not sure.
    pub(super) line: Option<BeatLine>,
    pub(super) fold: Option<Fold>,
    pub(super) seconds: Option<f64>,
    /// Reported when it begins to play.
    pub(super) news: Vec<News>,
}

impl Playable {
    /// As [`Entry::fits`]; without beats it plays at its own speed.
    pub(super) fn suits(&self, bpm: Option<f64>) -> bool {
        self.line.is_none() || self.entry.fits(bpm)
    }
}

/// The answer to a request.
pub(super) enum Reply {
    Ready(Box<Playable>),
    /// No track fits this tempo, but one may fit another.
    NoneFits,
    /// There are no tracks, and none will come.
    Over,
}

enum Request {
    /// The next track, for a tempo of the grid.
    Next(Option<f64>),
    /// Returns a track that no longer fits.
    Back(Box<Entry>),
}

/// A handle to the thread.
pub(super) struct Preparer {
    requests: Sender<Request>,
    replies: Receiver<Reply>,
    is_asked: bool,
    reply: Option<Reply>,
}

impl Preparer {
    pub(super) fn begin(
        options: Options,
        entries: Receiver<Entry>,
        shared: Arc<Shared>,
    ) -> io::Result<Self> {
        let (requests, asked) = mpsc::channel();
        let (answer, replies) = mpsc::channel();
        let mut chooser = Chooser {
            options,
            entries,
            aside: VecDeque::new(),
            played: VecDeque::new(),
            shared,
        };
        thread::Builder::new()
            .name("next track".into())
            .spawn(move || {
                while let Ok(request) = asked.recv() {
                    match request {
                        Request::Next(bpm) => {
                            if answer.send(chooser.next(bpm)).is_err() {
                                return;
                            }
                        }
                        Request::Back(entry) => {
                            let _ = chooser.played.pop_back();
                            chooser.aside.push_front(*entry);
                        }
                    }
                }
            })?;
        Ok(Self {
            requests,
            replies,
            is_asked: false,
            reply: None,
        })
    }

    /// Asks for the next track, unless it was already asked for.
    pub(super) fn ask(&mut self, bpm: Option<f64>) {
        if !self.is_asked {
            // The thread lives as long as this does.
            let _ = self.requests.send(Request::Next(bpm));
            self.is_asked = true;
        }
    }

    /// The answer, if it is there; `waits` waits for it.
    pub(super) fn poll(&mut self, waits: bool) -> Option<&Reply> {
        if self.is_asked && self.reply.is_none() {
            self.reply = if waits {
                Some(self.replies.recv().unwrap_or(Reply::Over))
            } else {
                match self.replies.try_recv() {
                    Ok(reply) => Some(reply),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => Some(Reply::Over),
                }
            };
        }
        self.reply.as_ref()
    }

    /// Takes the answer.
    pub(super) fn take(&mut self) -> Option<Reply> {
        let reply = self.reply.take()?;
        self.is_asked = false;
        Some(reply)
    }

    /// Undoes [`take`](Self::take).
    pub(super) fn put_back(&mut self, track: Playable) {
        self.reply = Some(Reply::Ready(Box::new(track)));
        self.is_asked = true;
    }

    /// Returns a track that no longer fits.
    pub(super) fn give_back(&mut self, entry: Entry) {
        let _ = self.requests.send(Request::Back(Box::new(entry)));
    }
}

struct Chooser {
    options: Options,
    entries: Receiver<Entry>,
    /// Tracks that did not fit when they came.
    aside: VecDeque<Entry>,
    /// Tracks that were played, in that order.
    played: VecDeque<Entry>,
    shared: Arc<Shared>,
}

impl Chooser {
    /// The next track for a tempo: one put aside that fits now, else the next one to come that
    /// fits, else one that was played before.
    fn next(&mut self, bpm: Option<f64>) -> Reply {
        let playable = self
            .next_aside(bpm)
            .or_else(|| self.next_that_comes(bpm))
            .or_else(|| self.next_played(bpm));
        if let Some(playable) = playable {
            if self.played.len() == MOST_PLAYED {
                self.played.pop_front();
            }
            self.played.push_back(playable.entry.clone());
            Reply::Ready(Box::new(playable))
        } else if self.aside.is_empty() && self.played.is_empty() {
            Reply::Over
        } else {
            Reply::NoneFits
        }
    }

    fn next_aside(&mut self, bpm: Option<f64>) -> Option<Playable> {
        for _ in 0..self.aside.len() {
            let entry = self.aside.pop_front()?;
            if !entry.fits(bpm) {
                self.aside.push_back(entry);
            } else if let Some(playable) = self.prepare(entry, bpm) {
                return Some(playable);
            }
        }
        None
    }

    fn next_that_comes(&mut self, bpm: Option<f64>) -> Option<Playable> {
        let mut passed = 0;
        while let Ok(entry) = self.entries.recv() {
            if !entry.fits(bpm) {
                self.shared.report(News::PassedOver {
                    name: entry.track.name(),
                    bpm: entry.track.bpm.unwrap_or_default(),
                });
                self.put_aside(entry);
                passed += 1;
                if passed == MANY {
                    self.shared.report(News::NoneFitsYet { passed });
                }
            } else if let Some(playable) = self.prepare(entry, bpm) {
                return Some(playable);
            }
        }
        None
    }

    fn next_played(&mut self, bpm: Option<f64>) -> Option<Playable> {
        for _ in 0..self.played.len() {
            let entry = self.played.pop_front()?;
            if !entry.fits(bpm) {
                self.played.push_back(entry);
            } else if let Some(playable) = self.prepare(entry, bpm) {
                return Some(playable);
            }
        }
        None
    }

    fn put_aside(&mut self, entry: Entry) {
        if self.aside.len() == MOST_ASIDE {
            self.aside.pop_front();
        }
        self.aside.push_back(entry);
    }

    /// Finds the beats of a track and opens it; `None`, which is reported, if that is impossible.
    fn prepare(&mut self, entry: Entry, bpm: Option<f64>) -> Option<Playable> {
        let track = &entry.track;
        let name = track.name();
        let fault = |reason: String| News::Fault {
            file: track.file.clone(),
            reason,
        };
        if !track.is_readable() {
            let reason = track.reason.clone().unwrap_or_default();
            self.shared.report(fault(reason));
            return None;
        }
        let path = Path::new(&track.file);
        let mut seconds = track.seconds;
        let mut lost = track
            .lost_s
            .and_then(|lost| Duration::try_from_secs_f64(lost).ok());
        let mut news = Vec::new();
        let mut line = None;
        let fold = track.bpm.map(|bpm_of| match bpm {
            Some(bpm) => Fold::nearest(bpm_of, bpm),
            None => Fold::for_running(bpm_of),
        });
        if let (true, Some(bpm_of), Some(fold)) = (track.sure, track.bpm, fold) {
            let heard = match beats::listen(path, bpm_of * fold.factor()) {
                Ok(heard) => heard,
                Err(error) => {
                    self.shared.report(fault(error.to_string()));
                    return None;
                }
            };
            (seconds, lost) = (Some(heard.length.as_secs_f64()), heard.lost);
            if let Some(beats) = heard.beats {
                if beats.half() == Half::Unsure {
                    news.push(News::HalfUnsure { name: name.clone() });
                }
                line = Some(BeatLine::new(beats, f64::from(self.options.rate.hz())));
            }
            if line.is_some() && speed_for(track, bpm).is_err() {
                news.push(News::TooFar {
                    name: name.clone(),
                    bpm: bpm_of,
                });
            }
        }
        if line.is_none() {
            let reason = track.reason.clone();
            let reason = reason.unwrap_or_else(|| "no steady beat".into());
            if self.options.is_strict {
                self.shared.report(News::Refused { name, reason });
                return None;
            }
            news.push(News::TempoUnsure {
                name: name.clone(),
                reason,
            });
        }
        if let Some(lost) = lost {
            news.push(News::CutOff { name, lost });
        }
        let sound = match Sound::open(path, self.options.rate) {
            Ok(sound) => sound,
            Err(error) => {
                self.shared.report(fault(error.to_string()));
                return None;
            }
        };
        Some(Playable {
            fold: fold.filter(|_| line.is_some()),
            entry,
            sound,
            line,
            seconds,
            news,
        })
    }
}

/// The speed that brings a track to a tempo, with half a step, one step or two steps to a beat; as
/// an error if it is too slow or too fast. Without a tempo, as in a rest, it is 1.
fn speed_for(track: &TrackTempo, bpm: Option<f64>) -> Result<f64, f64> {
    let (Some(own), Some(bpm)) = (track.bpm, bpm) else {
        return Ok(1.0);
    };
    let speed = bpm / (own * Fold::nearest(own, bpm).factor());
    if (SLOWEST..=FASTEST).contains(&speed) {
        Ok(speed)
    } else {
        Err(speed)
    }
}
