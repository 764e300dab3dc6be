//! The next track, made ready on a thread of its own: chosen, listened to, opened.

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

/// Tracks that do not fit now and are kept for a faster or slower part of the run: some 100 KB.
const MOST_ASIDE: usize = 256;
/// Tracks that are played again once there are no others.
const MOST_PLAYED: usize = 1_000;

/// A track that may be played.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The track.
    pub track: TrackTempo,
    /// It was named, by itself or in a list, and plays even where it cannot be brought to the
    /// tempo; one that was found in a folder is passed over.
    pub is_named: bool,
}

impl Entry {
    /// Whether it is played at a tempo of the grid. What cannot be brought to any is, at its own.
    fn fits(&self, bpm: Option<f64>) -> bool {
        self.is_named || !self.track.sure || speed_for(&self.track, bpm).is_ok()
    }
}

/// A track that is ready to be played.
pub(super) struct Prepared {
    pub(super) entry: Entry,
    pub(super) sound: Sound,
    /// Its beats; `None` where the tempo is not sure.
    pub(super) line: Option<BeatLine>,
    pub(super) fold: Option<Fold>,
    pub(super) seconds: Option<f64>,
    /// What is to be said once it plays.
    pub(super) news: Vec<News>,
}

impl Prepared {
    /// Whether it can be brought to a tempo of the grid.
    pub(super) fn suits(&self, bpm: Option<f64>) -> bool {
        self.line.is_none() || self.entry.fits(bpm)
    }
}

/// What came of a request.
pub(super) enum Reply {
    Ready(Box<Prepared>),
    /// No track fits, and more may come or the tempo may change.
    NoneFits,
    /// All tracks were played.
    Over,
}

enum Request {
    /// The next track, for a tempo of the grid.
    Next(Option<f64>),
    /// A track that no longer fits comes back.
    Back(Box<Entry>),
}

/// The other end of the thread.
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

    /// Asks for the next track, unless that was done.
    pub(super) fn ask(&mut self, bpm: Option<f64>) {
        if !self.is_asked {
            // The thread lives as long as this does.
            let _ = self.requests.send(Request::Next(bpm));
            self.is_asked = true;
        }
    }

    /// Looks whether there is an answer, or waits for it.
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

    /// Gives back a track that does not fit any more.
    pub(super) fn give_back(&mut self, entry: Entry) {
        let _ = self.requests.send(Request::Back(Box::new(entry)));
    }
}

struct Chooser {
    options: Options,
    entries: Receiver<Entry>,
    /// What did not fit when it came.
    aside: VecDeque<Entry>,
    /// What was played, in that order.
    played: VecDeque<Entry>,
    shared: Arc<Shared>,
}

impl Chooser {
    /// The next track for a tempo: one that was put aside and fits now, or the next that comes;
    /// once no more will come, one that was played.
    fn next(&mut self, bpm: Option<f64>) -> Reply {
        let prepared = self
            .next_aside(bpm)
            .or_else(|| self.next_that_comes(bpm))
            .or_else(|| self.next_played(bpm));
        if let Some(prepared) = prepared {
            if self.played.len() == MOST_PLAYED {
                self.played.pop_front();
            }
            self.played.push_back(prepared.entry.clone());
            Reply::Ready(Box::new(prepared))
        } else if self.aside.is_empty() && self.played.is_empty() {
            Reply::Over
        } else {
            Reply::NoneFits
        }
    }

    fn next_aside(&mut self, bpm: Option<f64>) -> Option<Prepared> {
        for _ in 0..self.aside.len() {
            let entry = self.aside.pop_front()?;
            if !entry.fits(bpm) {
                self.aside.push_back(entry);
            } else if let Some(prepared) = self.prepare(entry, bpm) {
                return Some(prepared);
            }
        }
        None
    }

    fn next_that_comes(&mut self, bpm: Option<f64>) -> Option<Prepared> {
        while let Ok(entry) = self.entries.recv() {
            if !entry.fits(bpm) {
                self.shared.tell(News::PassedOver {
                    name: entry.track.name(),
                    bpm: entry.track.bpm.unwrap_or_default(),
                });
                self.put_aside(entry);
            } else if let Some(prepared) = self.prepare(entry, bpm) {
                return Some(prepared);
            }
        }
        None
    }

    fn next_played(&mut self, bpm: Option<f64>) -> Option<Prepared> {
        for _ in 0..self.played.len() {
            let entry = self.played.pop_front()?;
            if !entry.fits(bpm) {
                self.played.push_back(entry);
            } else if let Some(prepared) = self.prepare(entry, bpm) {
                return Some(prepared);
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

    /// Listens to a track and opens it; `None`, and said, where that cannot be.
    fn prepare(&mut self, entry: Entry, bpm: Option<f64>) -> Option<Prepared> {
        let track = &entry.track;
        let name = track.name();
        let fault = |reason: String| News::Fault {
            file: track.file.clone(),
            reason,
        };
        if !track.is_readable() {
            let reason = track.reason.clone().unwrap_or_default();
            self.shared.tell(fault(reason));
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
                    self.shared.tell(fault(error.to_string()));
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
                self.shared.tell(News::Refused { name, reason });
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
                self.shared.tell(fault(error.to_string()));
                return None;
            }
        };
        Some(Prepared {
            fold: fold.filter(|_| line.is_some()),
            entry,
            sound,
            line,
            seconds,
            news,
        })
    }
}

/// The speed at which a track has a tempo, with two steps a beat, one or half a step; the speed as
/// an error where that is too slow or too fast. Without a tempo, in a rest, it has its own.
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
