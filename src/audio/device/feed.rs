//! What the device's callback pulls from: a source, kept on its grid.
//!
//! It runs on the device's own thread and waits for no lock: it shares only single numbers with the
//! player.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::audio::device::clock::Clock;
use crate::audio::device::grid::{Lateness, Trust, Verdict};
use crate::audio::source::{Layout, Source};
use crate::schedule::{Frame, Frames, SampleRate};

/// Frames per block: at 48 kHz about 5 ms.
const BLOCK_FRAMES: usize = 256;

/// Requests that follow each other faster are one: a device that fills its ring, or a file.
const BETWEEN_REQUESTS: Duration = Duration::from_millis(5);

/// A pause between two requests in which the ring has run empty.
const DRY: Duration = Duration::from_millis(700);

/// A device that is ahead of the wall clock by this much does not play in real time.
const NOT_REAL_TIME_S: f64 = -1.5;

/// A correction larger than this could bring two beats close together; then the next beat is left
/// out if it would follow the last sound by less than [`APART`]. The project's own choices.
const BUNCHING: Duration = Duration::from_millis(50);
const APART: Duration = Duration::from_millis(200);

/// How long a correction waits for a silent moment.
const PATIENCE: Duration = Duration::from_millis(500);

/// The state of a stream, as the feed and its output report it.
#[derive(Debug, Default)]
pub(super) struct StreamState {
    /// The position up to which frames were taken, and one; zero before the first one.
    pub(super) taken: AtomicU64,
    /// The frame after the last sound; the largest number where there is none.
    pub(super) end: AtomicU64,
    /// Number of times that its output reported that frames were lost or inserted.
    faults: AtomicU64,
    /// How far its output is to be believed, where it said so.
    trust: OnceLock<Trust>,
    /// Whether its output has ended it.
    is_lost: AtomicBool,
}

impl StreamState {
    /// Notes how far the output is to be believed, before it takes the first frame.
    #[cfg(target_os = "linux")]
    pub(super) fn set_trust(&self, trust: Trust) {
        // A stream has one output, which says it once.
        let _ = self.trust.set(trust);
    }

    /// Notes that the output plays no more.
    #[cfg(target_os = "linux")]
    pub(super) fn report_lost(&self) {
        self.is_lost.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Notes that the output has lost or inserted frames.
    pub(super) fn report_fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }
}

/// State that all streams of a player share.
#[derive(Debug)]
pub(super) struct Timeline {
    clock: Arc<dyn Clock>,
    /// When the first frame was taken, in nanoseconds of the clock and one; zero before.
    origin: AtomicU64,
    /// The usual lateness at the beginning and now, in seconds as bits; NaN before it is known.
    first_lateness: AtomicU64,
    usual_lateness: AtomicU64,
    underruns: AtomicU64,
    /// What the sound library said first.
    complaint: OnceLock<String>,
    /// How often a time was left out on purpose.
    skips: AtomicU64,
    /// The stream that counts: the last one that was opened. One that was given up may wake again.
    newest: AtomicU64,
}

impl Timeline {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            origin: AtomicU64::new(0),
            first_lateness: AtomicU64::new(f64::NAN.to_bits()),
            usual_lateness: AtomicU64::new(f64::NAN.to_bits()),
            underruns: AtomicU64::new(0),
            complaint: OnceLock::new(),
            skips: AtomicU64::new(0),
            newest: AtomicU64::new(0),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// How far the sound has come from the first frame on, by the device's clock.
    pub(super) fn position(&self) -> Duration {
        let Some(elapsed) = self.elapsed() else {
            return Duration::ZERO;
        };
        let drift_s = self
            .usual()
            .zip(self.first())
            .map_or(0.0, |(now, first)| now - first);
        let drift = Duration::try_from_secs_f64(drift_s.abs()).unwrap_or_default();
        if drift_s > 0.0 {
            elapsed.saturating_sub(drift)
        } else {
            elapsed + drift
        }
    }

    pub(super) fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }

    pub(super) fn complaint(&self) -> Option<&str> {
        self.complaint.get().map(String::as_str)
    }

    /// The sound library said something.
    pub(super) fn complain(&self, said: String) {
        // What came first is the cause of the rest.
        let _ = self.complaint.set(said);
    }

    /// Frames were inserted that the source did not make.
    pub(super) fn count_underrun(&self) {
        self.underruns.fetch_add(1, Ordering::Relaxed);
    }

    /// Leaves out a time in which nothing was played.
    pub(super) fn skip(&self, away: Duration) {
        if self.elapsed().is_some() {
            let away = u64::try_from(away.as_nanos()).unwrap_or(u64::MAX);
            self.origin.fetch_add(away, Ordering::Relaxed);
            self.skips.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn elapsed(&self) -> Option<Duration> {
        let origin = self.origin.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.now().saturating_sub(Duration::from_nanos(origin)))
    }

    /// Sets time zero to now, unless it is set.
    fn begin(&self) -> bool {
        let now = u64::try_from(self.now().as_nanos()).unwrap_or(u64::MAX);
        let set = self.origin.compare_exchange(
            0,
            now.saturating_add(1),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        set.is_ok()
    }

    fn usual(&self) -> Option<f64> {
        known(&self.usual_lateness)
    }

    fn first(&self) -> Option<f64> {
        known(&self.first_lateness)
    }

    /// The device counts otherwise from here on; the sound has not moved.
    fn shift_first(&self, by_s: f64) {
        if let Some(first_s) = self.first() {
            let shifted = first_s + by_s;
            self.first_lateness
                .store(shifted.to_bits(), Ordering::Relaxed);
        }
    }

    fn set_usual(&self, usual_s: f64) {
        if self.first().is_none() {
            self.first_lateness
                .store(usual_s.to_bits(), Ordering::Relaxed);
        }
        self.usual_lateness
            .store(usual_s.to_bits(), Ordering::Relaxed);
    }
}

fn known(value: &AtomicU64) -> Option<f64> {
    Some(f64::from_bits(value.load(Ordering::Relaxed))).filter(|value| !value.is_nan())
}

/// The correction that brings the sound back to the grid.
#[derive(Clone, Copy, Debug)]
enum Correction {
    /// Leave out frames.
    Skip(Frames),
    /// Wait for frames.
    Wait(Frames),
}

/// A source as one stream plays it.
pub(super) struct Feed {
    source: Box<dyn Source<f32> + Send>,
    timeline: Arc<Timeline>,
    state: Arc<StreamState>,
    /// Its number among the streams that were opened.
    number: u64,
    /// The next frame of the grid.
    next: Frame,
    has_begun: bool,
    lateness: Lateness,
    last_request: Duration,
    faults_seen: u64,
    skips_seen: u64,
    /// How many underruns there were when all was well.
    underruns_seen: u64,
    is_real_time: bool,
    correction: Option<(Correction, Duration)>,
    /// Frames of silence that come next, whatever the source has for them.
    silence: Frames,
    /// Frames of silence that come next and do not belong to the grid.
    waiting: Frames,
    /// Frames since the last sound.
    silent_for: Frames,
    has_failed: bool,
}

impl Feed {
    pub(super) fn new(
        source: Box<dyn Source<f32> + Send>,
        timeline: Arc<Timeline>,
        state: Arc<StreamState>,
    ) -> Self {
        let number = timeline.newest.fetch_add(1, Ordering::Relaxed) + 1;
        let now = timeline.now();
        let feed = Self {
            next: source.position(),
            source,
            number,
            has_begun: false,
            lateness: Lateness::new(timeline.usual(), Trust::Rough, now.as_secs_f64()),
            last_request: now,
            faults_seen: 0,
            underruns_seen: timeline.underruns(),
            skips_seen: timeline.skips.load(Ordering::Relaxed),
            is_real_time: true,
            correction: None,
            silence: Frames::default(),
            waiting: Frames::default(),
            silent_for: Frames::from_count(u64::from(u32::MAX)),
            has_failed: false,
            timeline,
            state,
        };
        feed.report();
        feed
    }

    pub(super) fn rate(&self) -> SampleRate {
        self.source.rate()
    }

    pub(super) fn layout(&self) -> Layout {
        self.source.layout()
    }

    pub(super) fn state(&self) -> &Arc<StreamState> {
        &self.state
    }

    pub(super) fn timeline(&self) -> &Arc<Timeline> {
        &self.timeline
    }

    /// Fills a request of whole frames. `delay_s` is how long it takes until the first of them is
    /// heard, in seconds, where the device says so.
    pub(super) fn fill(&mut self, out: &mut [f32], delay_s: Option<f64>) {
        if self.timeline.newest.load(Ordering::Relaxed) != self.number {
            out.fill(0.0);
            return;
        }
        if !self.has_begun {
            self.begin();
        }
        self.watch(delay_s.unwrap_or_default());
        for block in out.chunks_mut(self.layout().samples(BLOCK_FRAMES)) {
            block.fill(0.0);
            self.fill_block(block);
        }
        self.report();
    }

    /// Before the first frame: time zero is now, or was when an earlier stream took its first one.
    fn begin(&mut self) {
        self.has_begun = true;
        if !self.timeline.begin() {
            self.next = Frame::nearest(self.timeline.position(), self.rate());
        }
        let now = self.timeline.now();
        self.lateness = Lateness::new(
            self.timeline.usual(),
            self.state.trust.get().copied().unwrap_or(Trust::Rough),
            now.as_secs_f64(),
        );
        self.last_request = now;
    }

    fn report(&self) {
        let end = self.source.end().map_or(u64::MAX, Frame::index);
        self.state.end.store(end, Ordering::Relaxed);
        if self.has_begun {
            self.state
                .taken
                .store(self.next.index() + 1, Ordering::Relaxed);
        }
    }

    /// Looks whether the sound is where it belongs.
    fn watch(&mut self, delay_s: f64) {
        let now = self.timeline.now();
        let now_s = now.as_secs_f64();
        let pause = now.saturating_sub(self.last_request);
        self.last_request = now;
        let skips = self.timeline.skips.load(Ordering::Relaxed);
        let faults = self.state.faults.load(Ordering::Relaxed);
        if skips != self.skips_seen {
            self.lateness.begin_anew(now_s);
        }
        if faults != self.faults_seen || pause > DRY {
            self.lateness.fault(now_s);
        }
        (self.skips_seen, self.faults_seen) = (skips, faults);

        let made = self.next.since(Frame::START).duration(self.rate());
        let elapsed = self.timeline.elapsed().unwrap_or_default();
        let late_s = elapsed.as_secs_f64() + delay_s - made.as_secs_f64();
        self.is_real_time &= late_s > NOT_REAL_TIME_S;
        if pause < BETWEEN_REQUESTS || self.correction.is_some() || !self.is_real_time {
            return;
        }
        let verdict = self.lateness.measure(now_s, late_s);
        if let Verdict::Shifted { by_s } = verdict {
            self.timeline.shift_first(by_s);
        }
        if let Some(usual_s) = self.lateness.usual_s() {
            self.timeline.set_usual(usual_s);
        }
        if let Verdict::Off { late_s, inserted } = verdict {
            // One that the output reported is counted.
            if inserted && self.timeline.underruns() == self.underruns_seen {
                self.timeline.count_underrun();
            }
            let off = Duration::try_from_secs_f64(late_s.abs()).unwrap_or_default();
            let frames = Frames::nearest(off, self.rate());
            let correction = if late_s > 0.0 {
                Correction::Skip(frames)
            } else {
                Correction::Wait(frames)
            };
            self.correction = Some((correction, now));
        }
        if self.lateness.has_settled() {
            self.underruns_seen = self.timeline.underruns();
        }
    }

    /// Puts the sound back on the grid, as soon as nothing sounds.
    fn correct(&mut self) {
        let Some((correction, since)) = self.correction else {
            return;
        };
        let has_waited = self.timeline.now().saturating_sub(since) > PATIENCE;
        if self.silent_for == Frames::default() && !has_waited {
            return;
        }
        self.correction = None;
        match correction {
            Correction::Skip(frames) => {
                self.next = self.next + frames;
                if frames > Frames::nearest(BUNCHING, self.rate()) {
                    let apart = Frames::nearest(APART, self.rate());
                    let left = apart.count().saturating_sub(self.silent_for.count());
                    self.silence = Frames::from_count(left);
                }
            }
            Correction::Wait(frames) => self.waiting = frames,
        }
    }

    /// Fills a silent block.
    fn fill_block(&mut self, block: &mut [f32]) {
        self.correct();
        let channels = u64::from(self.layout().channels().get());
        let mut left = block;
        for is_grid in [false, true] {
            let waiting = if is_grid { self.silence } else { self.waiting };
            let here = Frames::from_count((left.len() as u64 / channels).min(waiting.count()));
            if here == Frames::default() {
                continue;
            }
            let rest = Frames::from_count(waiting.count() - here.count());
            if is_grid {
                self.silence = rest;
                self.next = self.next + here;
            } else {
                self.waiting = rest;
            }
            self.silent_for = self.silent_for + here;
            let samples = usize::try_from(here.count() * channels).unwrap_or(left.len());
            left = &mut left[samples..];
        }
        if left.is_empty() {
            return;
        }
        self.fill_from_source(left);
    }

    fn fill_from_source(&mut self, block: &mut [f32]) {
        let channels = self.layout().samples(1);
        let frames = Frames::from_count((block.len() / channels) as u64);
        let has_ended = self.source.end().is_some_and(|end| end <= self.next);
        let mut sounded_to = None;
        if !has_ended && !self.has_failed {
            // What was late, or left out, is not made up for.
            if self.source.position() != self.next {
                self.source.skip_to(self.next);
            }
            let filled = self.source.fill_silence(block, &mut |sound| {
                sounded_to = Some(sound.end);
            });
            self.has_failed = matches!(filled.short, Some(crate::audio::source::Short::Failed(_)));
        }
        self.next = self.next + frames;
        self.silent_for = match sounded_to {
            Some(end) => Frames::from_count(((block.len() - end) / channels) as u64),
            None => self.silent_for + frames,
        };
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("number", &self.number)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
