//! Music for a run, as one sound: track after track, each with its beats on the click grid.
//!
//! The music and its alignment belong here: a `course` plans which part of a track is heard when,
//! and the sound follows it. Devices do not: how far ahead the soundtrack is made, and what is
//! thrown away when the grid changes, is up to [`ahead`](crate::audio::ahead).

mod course;
mod fade;
mod handle;
mod prepare;
mod upcoming;
mod voice;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

use self::fade::Fade;
use self::handle::Shared;
use self::prepare::{Preparer, Reply};
use self::upcoming::Upcoming;
use self::voice::Voice;
use crate::audio::ahead::Remade;
use crate::audio::source::{Filled, Layout, Short, Source, SourceError};
use crate::music::number::nearest;
use crate::music::sound::Stereo;
use crate::music::stretch::Stretcher;
use crate::schedule::{Frame, Frames, SampleRate, TempoMap};
use crate::tempo::Pulse;

pub use self::handle::{Handle, News, NowPlaying};
pub use self::prepare::Entry;

/// One track fades into the next over this long, in seconds. The project's own choice.
const CROSS_FADE_S: f64 = 1.5;
/// The same if the runner asked for the next track and waits for it.
const ASKED_FADE_S: f64 = 0.4;
/// Seconds of sound kept after it was given: the farthest that a reader may go back.
const PAST_S: f64 = 1.5;
/// A track is chosen for the tempo of the grid this many seconds after its start, since it may
/// begin on the last beat of a segment.
const CHOSEN_FOR_S: f64 = 1.0;
/// Seconds before a track that fits is asked for again.
const ASK_AGAIN_S: f64 = 5.0;

/// How a soundtrack is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Frames a second.
    pub rate: SampleRate,
    /// Whether tracks of unsure tempo are left out.
    pub is_strict: bool,
    /// Whether a block waits until the next track is ready, so that the sound is the same every
    /// time; if not, the sound is late meanwhile.
    pub waits: bool,
}

/// Why there is no soundtrack.
#[derive(Debug, thiserror::Error)]
pub enum SoundtrackError {
    /// The thread cannot be started.
    #[error("cannot prepare music")]
    Thread(#[from] io::Error),
}

type FollowedMap = Box<dyn FnMut() -> Option<Arc<TempoMap>> + Send>;

/// Track after track as one source, the beats of each on the grid of a [`TempoMap`].
///
/// Its frames are those of the map. It never ends: without tracks it is silent.
pub struct Soundtrack {
    options: Options,
    rate: f64,
    now: u64,
    followed: FollowedMap,
    /// The map as it was last seen, and with a beat for each step.
    seen: Option<Arc<TempoMap>>,
    map: Option<TempoMap>,
    is_stale: bool,
    preparer: Preparer,
    shared: Arc<Shared>,
    playing: Option<Voice>,
    /// What plays next, where it is made already.
    upcoming: Option<Upcoming>,
    /// The frame at which the next track begins.
    switch_at: f64,
    wants_next: bool,
    /// From the track before.
    fade: Fade,
    /// What was given last, and what is given again.
    past: VecDeque<Stereo>,
    again: VecDeque<Stereo>,
    /// No track is asked for before this frame, since none would come.
    ask_at: u64,
    is_over: bool,
}

impl std::fmt::Debug for Soundtrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Soundtrack")
            .field("now", &self.now)
            .field("switch_at", &self.switch_at)
            .finish_non_exhaustive()
    }
}

impl Soundtrack {
    /// Begins at the first frame of the map. `map` is called before each block; there is no sound
    /// before it returns a map. Entries are taken one at a time and played in their order.
    ///
    /// # Errors
    /// [`SoundtrackError`] if a thread cannot be started.
    pub fn new(
        options: Options,
        map: impl FnMut() -> Option<Arc<TempoMap>> + Send + 'static,
        entries: Receiver<Entry>,
    ) -> Result<(Self, Handle), SoundtrackError> {
        let shared = Arc::new(Shared::default());
        let rate = f64::from(options.rate.hz());
        let soundtrack = Self {
            options,
            rate,
            now: 0,
            followed: Box::new(map),
            seen: None,
            map: None,
            is_stale: false,
            preparer: Preparer::begin(options, entries, Arc::clone(&shared))?,
            shared: Arc::clone(&shared),
            playing: None,
            upcoming: None,
            switch_at: 0.0,
            wants_next: false,
            fade: Fade::none(),
            // With room for a block, which comes before the oldest are dropped.
            past: VecDeque::with_capacity(nearest((PAST_S + 0.1) * rate)),
            again: VecDeque::new(),
            ask_at: 0,
            is_over: false,
        };
        Ok((soundtrack, Handle { shared }))
    }

    /// The next frame to be made, after those that are given again.
    fn made(&self) -> u64 {
        self.now + self.again.len() as u64
    }

    /// Takes the map as it is now.
    fn look_at_map(&mut self) {
        let map = (self.followed)();
        let is_same = match (&map, &self.seen) {
            (Some(map), Some(seen)) => Arc::ptr_eq(map, seen),
            (None, _) => true,
            (Some(_), None) => false,
        };
        if !is_same {
            self.is_stale = true;
            // Music has a beat for each step, even if only every second one clicks.
            self.map = map
                .as_deref()
                .map(|map| map.clone().with_pulse(Pulse::PerStep));
            self.seen = map;
        }
    }

    /// The tempo of the grid for a track that begins at a frame; in a rest, that after the rest.
    fn tempo_from(&self, frame: f64) -> Option<f64> {
        let map = self.map.as_ref()?;
        let frame = nearest(frame + CHOSEN_FOR_S * self.rate);
        let frame = Frame::after(Frames::from_count(frame as u64));
        map.bpm_at(frame).or_else(|| {
            let beat = map.beats_from(frame).next()?;
            map.bpm_at(beat.frame())
        })
    }

    /// Follows the map and the keys from the next frame to be made.
    fn catch_up(&mut self) -> Result<(), SourceError> {
        self.put_back_upcoming()?;
        let shift = self.shared.shift.swap(false, Ordering::AcqRel);
        self.wants_next |= self.shared.next.swap(false, Ordering::AcqRel);
        self.is_stale = false;
        self.ask_at = 0;
        let made = self.made();
        if let Some(voice) = &mut self.playing {
            if shift && let Some(line) = voice.line_mut() {
                line.shift_half_beat();
            }
            voice.retime(made, self.map.as_ref())?;
        }
        self.plan_switch();
        Ok(())
    }

    /// Decides where the next track begins, and has one prepared.
    fn plan_switch(&mut self) {
        let Some(voice) = &mut self.playing else {
            return;
        };
        let end = voice.end();
        let fade = (CROSS_FADE_S * self.rate).min((end - voice.start as f64) / 4.0);
        self.switch_at = end - fade;
        if let Some(misfit) = voice.course.misfit() {
            if voice.track.entry.is_named {
                let track = &voice.track.entry.track;
                let news = News::TooFar {
                    name: track.name(),
                    bpm: track.bpm.unwrap_or_default(),
                };
                // Once a track.
                if !voice.track.news.contains(&news) {
                    voice.track.news.push(news.clone());
                    self.shared.report(news);
                }
            } else {
                self.switch_at = self.switch_at.min(misfit);
            }
        }
        if self.switch_at.is_finite() {
            self.preparer.ask(self.tempo_from(self.switch_at));
        }
    }

    /// Begins the next track now if one is ready; returns whether it did.
    fn begin_next(&mut self) -> Result<bool, SourceError> {
        let made = self.made();
        if let Some(upcoming) = self.upcoming.take_if(|it| it.at == made) {
            let voice = upcoming.join()?;
            self.end_playing(made)?;
            self.begin(voice);
            return Ok(true);
        }
        self.put_back_upcoming()?;
        let bpm = self.tempo_from(made as f64);
        loop {
            if made < self.ask_at {
                return Ok(false);
            }
            self.preparer.ask(bpm);
            if self.preparer.poll(self.options.waits).is_none() {
                return Ok(false);
            }
            match self.preparer.take() {
                Some(Reply::Ready(track)) if track.suits(bpm) => {
                    let stretcher = self.end_playing(made)?;
                    let (map, rate) = (self.map.as_ref(), self.options.rate);
                    self.begin(Voice::begin(*track, made, map, rate, stretcher)?);
                    return Ok(true);
                }
                // The tempo has changed since it was chosen.
                Some(Reply::Ready(track)) => self.preparer.give_back(track.entry),
                Some(Reply::NoneFits) => {
                    self.ask_at = made + nearest(ASK_AGAIN_S * self.rate) as u64;
                    self.run_out();
                }
                Some(Reply::Over) | None => {
                    self.ask_at = u64::MAX;
                    self.run_out();
                }
            }
        }
    }

    /// Has the next track made on another core, once it is ready and known where it begins. For a
    /// file alone: on a device the grid may change, and what is made ahead with it.
    fn make_upcoming(&mut self) -> Result<(), SourceError> {
        let at = self.switch_at.ceil();
        let is_known = self.playing.is_some() && at.is_finite() && at >= self.made() as f64;
        if !self.options.waits || self.upcoming.is_some() || self.wants_next || !is_known {
            return Ok(());
        }
        let bpm = self.tempo_from(at);
        let is_ready = |reply: &Reply| matches!(reply, Reply::Ready(track) if track.suits(bpm));
        if self.preparer.poll(false).is_some_and(is_ready)
            && let Some(Reply::Ready(track)) = self.preparer.take()
        {
            let map = self.map.clone();
            self.upcoming = Some(Upcoming::begin(
                *track,
                nearest(at) as u64,
                map,
                self.options.rate,
            )?);
        }
        Ok(())
    }

    /// The next track is only ready again, and not made.
    fn put_back_upcoming(&mut self) -> Result<(), SourceError> {
        if let Some(upcoming) = self.upcoming.take() {
            self.preparer.put_back(upcoming.join()?.track);
        }
        Ok(())
    }

    fn run_out(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            self.shared.report(News::OutOfTracks);
        }
    }

    /// Has what plays fade out from a frame on; returns its stretcher.
    fn end_playing(&mut self, at: u64) -> Result<Option<Stretcher>, SourceError> {
        let (mut tail, mut stretcher) = (Vec::new(), None);
        if let Some(mut before) = self.playing.take() {
            let fade = if self.wants_next {
                ASKED_FADE_S
            } else {
                CROSS_FADE_S
            };
            let left = (before.end() - at as f64).clamp(0.0, fade * self.rate);
            tail.resize(nearest(left), [0.0; 2]);
            before.fill(at, &mut tail)?;
            // It may itself still be fading in.
            self.fade.mix_into(&mut tail);
            stretcher = before.into_stretcher();
        }
        self.fade = Fade::between_tracks(tail);
        Ok(stretcher)
    }

    fn begin(&mut self, voice: Voice) {
        self.shared.report(News::Began {
            name: voice.track.entry.track.name(),
        });
        for news in &voice.track.news {
            self.shared.report(news.clone());
        }
        self.playing = Some(voice);
        self.wants_next = false;
        self.is_over = false;
        self.plan_switch();
    }

    /// Makes as many frames as fit, or fewer if there is no track yet.
    fn make(&mut self, out: &mut [Stereo]) -> Result<usize, SourceError> {
        self.make_upcoming()?;
        let mut done = 0;
        while done < out.len() {
            let at = self.made();
            if self.map.is_none() {
                break;
            }
            let is_due = self.wants_next || at as f64 >= self.switch_at;
            if (is_due || self.playing.is_none()) && self.begin_next()? {
                continue;
            }
            let Some(voice) = &mut self.playing else {
                if self.is_over {
                    out[done..].fill([0.0; 2]);
                    self.give(&out[done..]);
                    return Ok(out.len());
                }
                break;
            };
            if at as f64 >= voice.end() {
                self.playing = None;
                continue;
            }
            let until = if at as f64 >= self.switch_at {
                voice.end()
            } else {
                self.switch_at.min(voice.end())
            };
            let count = nearest((until - at as f64).ceil().min(1e9)).clamp(1, out.len() - done);
            let block = &mut out[done..done + count];
            voice.fill(at, block)?;
            self.fade.mix_into(block);
            self.give(&out[done..done + count]);
            done += count;
        }
        Ok(done)
    }

    /// Counts frames as given.
    fn give(&mut self, frames: &[Stereo]) {
        self.past.extend(frames);
        self.now += frames.len() as u64;
    }

    fn forget(&mut self) {
        let kept = nearest(PAST_S * self.rate);
        let old = self.past.len().saturating_sub(kept);
        self.past.drain(..old);
    }

    fn show(&self) {
        let playing = self.playing.as_ref().map(|voice| {
            let (speed, is_aligned) = voice.speed_at(self.now);
            NowPlaying {
                name: voice.track.entry.track.name(),
                bpm: voice.track.entry.track.bpm,
                fold: voice.track.fold,
                speed,
                is_aligned,
            }
        });
        self.shared.show(playing);
    }

    fn try_fill(&mut self, out: &mut [Stereo]) -> Result<usize, SourceError> {
        if self.is_outdated() {
            self.catch_up()?;
        }
        let again = self.again.len().min(out.len());
        for (out, frame) in out.iter_mut().zip(self.again.drain(..again)) {
            *out = frame;
        }
        self.give(&out[..again]);
        let made = self.make(&mut out[again..])?;
        self.forget();
        self.show();
        Ok(again + made)
    }

    fn try_skip_to(&mut self, frame: u64) -> Result<(), SourceError> {
        self.look_at_map();
        if frame < self.now {
            let back = nearest((self.now - frame) as f64);
            // A fade is given once more as it was, and so is what was before this track.
            let settled = match &self.playing {
                Some(voice) if self.fade.is_over() => voice.start + self.fade.done() as u64,
                _ => self.made(),
            };
            let kept = nearest(settled.clamp(frame, self.now).saturating_sub(frame) as f64);
            if let Some(first) = self.past.len().checked_sub(back) {
                let mut given = self.past.split_off(first);
                given.truncate(kept);
                if kept == back {
                    given.append(&mut self.again);
                }
                self.again = given;
            } else {
                self.past.clear();
                self.again.clear();
            }
        } else {
            let passed = nearest((frame - self.now) as f64);
            self.again.drain(..passed.min(self.again.len()));
            self.past.clear();
            self.fade.skip(passed);
        }
        self.now = frame;
        self.catch_up()
    }
}

impl Source<f32> for Soundtrack {
    fn rate(&self) -> SampleRate {
        self.options.rate
    }

    fn layout(&self) -> Layout {
        Layout::Stereo
    }

    fn position(&self) -> Frame {
        Frame::after(Frames::from_count(self.now))
    }

    fn end(&self) -> Option<Frame> {
        None
    }

    fn skip_to(&mut self, frame: Frame) {
        if self.try_skip_to(frame.index()).is_err() {
            self.playing = None;
        }
    }

    fn fill(&mut self, out: &mut [f32]) -> Filled {
        let wanted = out.len() / 2;
        let (frames, _) = out.as_chunks_mut::<2>();
        let (made, short) = match self.try_fill(frames) {
            Ok(made) => (made, (made < wanted).then_some(Short::Late)),
            Err(error) => (0, Some(Short::Failed(error))),
        };
        Filled {
            frames: Frames::from_count(made as u64),
            short,
        }
    }
}

impl Remade for Soundtrack {
    fn is_outdated(&mut self) -> bool {
        self.look_at_map();
        self.is_stale
            || self.shared.next.load(Ordering::Acquire)
            || self.shared.shift.load(Ordering::Acquire)
    }
}
