//! A source that is made ahead, on a thread of its own, and read without a lock.
//!
//! What takes its time to be made, such as music that is decoded and stretched, cannot be made on
//! the thread of a device's callback. Here a thread makes it about half a second ahead, in chunks
//! that go through a ring. What was made for a tempo that has changed since is made anew from a
//! moment later on, in a ring of its own, and the reader fades from the old to the new. Where
//! nothing is ready the reader has silence, with a short fade on both sides.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use crate::audio::source::{Filled, Layout, Short, Source};
use crate::schedule::{Frame, Frames, SampleRate};

/// Frames that are made at a time.
const CHUNK: usize = 512;

/// How far ahead of the reader the source is made.
const AHEAD: Duration = Duration::from_millis(500);

/// How much later than the frame that is read next the sound begins that is made anew. Decoding and
/// stretching take about 2 ms until the first chunk is there.
const MARGIN: Duration = Duration::from_millis(60);

/// A fade between two sounds, or between sound and silence.
const FADE: Duration = Duration::from_millis(10);

/// How long the thread sleeps where there is nothing to make: a change by key is noticed within
/// this time.
const PAUSE: Duration = Duration::from_millis(20);

/// A source that can be made ahead: what was made and not heard yet may have to be made anew.
pub trait Remade: Source<f32> + Send {
    /// Whether what was made ahead is out of date. It is asked before each chunk; where it is true
    /// [`skip_to`](Source::skip_to) follows, with a frame that may well be before the position.
    fn is_outdated(&mut self) -> bool {
        false
    }
}

/// The thread that makes a source ahead. It ends once this is dropped.
#[derive(Debug)]
pub struct RunAhead {
    shared: Arc<Shared>,
    rate: SampleRate,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// The frame that is read next.
    heard: AtomicU64,
    /// The frame that the reader went back to, and one; zero where it did not.
    sought: AtomicU64,
    /// Where the source has ended.
    end: AtomicU64,
    is_closed: AtomicBool,
    /// The way to a reader that was made since the last look. The reader never takes this lock.
    attached: Mutex<Option<Link>>,
}

/// The maker's end of the way to a reader.
#[derive(Debug)]
struct Link {
    rings: Producer<Ring>,
    spent: Consumer<Ring>,
}

/// Sound from a frame on.
#[derive(Debug)]
struct Ring {
    start: u64,
    chunks: Consumer<Chunk>,
}

#[derive(Debug)]
struct Chunk {
    first: u64,
    frames: usize,
    samples: [f32; 2 * CHUNK],
}

impl RunAhead {
    /// Begins to make a source of two channels, from its position on.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn begin(source: impl Remade + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            heard: AtomicU64::new(source.position().index()),
            sought: AtomicU64::new(0),
            end: AtomicU64::new(source.end().map_or(u64::MAX, Frame::index)),
            is_closed: AtomicBool::new(false),
            attached: Mutex::new(None),
        });
        let rate = source.rate();
        let maker = Maker {
            source,
            shared: Arc::clone(&shared),
            link: None,
            ring: None,
        };
        let thread = thread::Builder::new()
            .name("music".to_owned())
            .spawn(move || maker.run())?;
        Ok(Self {
            shared,
            rate,
            thread: Some(thread),
        })
    }

    /// Creates a reader, which takes the place of an earlier one.
    #[must_use]
    pub fn reader(&self) -> AheadReader {
        // As many as can be made between two blocks of a device.
        let (rings, new_rings) = RingBuffer::new(16);
        let (spent_rings, spent) = RingBuffer::new(16);
        let link = Link { rings, spent };
        *self
            .shared
            .attached
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(link);
        self.wake();
        let fade = Frames::nearest(FADE, self.rate).count();
        AheadReader {
            shared: Arc::clone(&self.shared),
            rate: self.rate,
            now: self.shared.heard.load(Ordering::Relaxed),
            new_rings,
            spent_rings,
            current: None,
            leaving: None,
            next: None,
            fade,
            step: 1.0 / fade.max(1) as f32,
        }
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for RunAhead {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Ordering::Relaxed);
        self.wake();
        // Not joined: it may be waiting for a file on a disk that does not answer.
    }
}

/// What runs on the thread.
struct Maker<S> {
    source: S,
    shared: Arc<Shared>,
    link: Option<Link>,
    ring: Option<Producer<Chunk>>,
}

impl<S: Remade> Maker<S> {
    fn run(mut self) {
        while !self.shared.is_closed.load(Ordering::Relaxed) {
            if !self.make() {
                thread::park_timeout(PAUSE);
            }
        }
    }

    /// Takes the next step; false where there is nothing to do for a while.
    fn make(&mut self) -> bool {
        self.attach();
        let heard = self.shared.heard.load(Ordering::Relaxed);
        let margin = Frames::nearest(MARGIN, self.source.rate()).count();
        let sought = self.shared.sought.swap(0, Ordering::Relaxed);
        if sought > 0 {
            self.begin_ring(sought - 1);
        } else if self.source.is_outdated() || self.source.position().index() < heard {
            self.begin_ring(heard + margin);
        }
        let Some(ring) = self.ring.as_mut().filter(|ring| !ring.is_full()) else {
            return false;
        };
        let mut chunk = Chunk {
            first: self.source.position().index(),
            frames: 0,
            samples: [0.0; 2 * CHUNK],
        };
        let filled = self.source.fill(&mut chunk.samples);
        chunk.frames = usize::try_from(filled.frames.count()).map_or(CHUNK, |it| it.min(CHUNK));
        if matches!(filled.short, Some(Short::Ended | Short::Failed(_))) {
            let end = chunk.first + chunk.frames as u64;
            self.shared.end.store(end, Ordering::Relaxed);
        }
        let has_made = chunk.frames > 0;
        if has_made {
            // There is room for it.
            let _ = ring.push(chunk);
        }
        has_made
    }

    /// Takes up a new reader.
    fn attach(&mut self) {
        let mut attached = self
            .shared
            .attached
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = attached.take() {
            drop(attached);
            let is_first = self.link.replace(link).is_none();
            let at = if is_first {
                self.source.position().index()
            } else {
                self.shared.heard.load(Ordering::Relaxed)
            };
            self.begin_ring(at);
        } else if let Some(link) = &mut self.link {
            // Freed here, since the reader must not free memory.
            while link.spent.pop().is_ok() {}
        }
    }

    /// Begins to make the source from a frame on.
    fn begin_ring(&mut self, start: u64) {
        let Some(link) = &mut self.link else {
            return;
        };
        let ahead = Frames::nearest(AHEAD, self.source.rate()).count();
        // At most some hundred.
        let chunks = usize::try_from(ahead / CHUNK as u64).unwrap_or(0) + 2;
        let (ring, chunks) = RingBuffer::new(chunks);
        // Where the reader sleeps it is tried again with the next change.
        if link.rings.push(Ring { start, chunks }).is_err() {
            return;
        }
        self.ring = Some(ring);
        if self.source.position().index() != start {
            self.source.skip_to(Frame::after(Frames::from_count(start)));
        }
        self.shared.end.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Reads what is made ahead: two channels, never a lock, never a wait.
#[derive(Debug)]
pub struct AheadReader {
    shared: Arc<Shared>,
    rate: SampleRate,
    now: u64,
    new_rings: Consumer<Ring>,
    spent_rings: Producer<Ring>,
    current: Option<Voice>,
    /// What is faded out.
    leaving: Option<Voice>,
    next: Option<Voice>,
    /// Frames of a fade, and by how much the level changes with each.
    fade: u64,
    step: f32,
}

/// A ring that is read.
#[derive(Debug)]
struct Voice {
    ring: Ring,
    chunk: Option<Chunk>,
    level: f32,
}

impl Voice {
    /// Drops what is before a frame, and says whether that frame is there.
    fn has(&mut self, frame: u64) -> bool {
        loop {
            match &self.chunk {
                Some(chunk) if frame < chunk.first => return false,
                Some(chunk) if frame < chunk.first + chunk.frames as u64 => return true,
                _ => self.chunk = self.ring.chunks.pop().ok(),
            }
            if self.chunk.is_none() {
                return false;
            }
        }
    }

    fn frame(&mut self, frame: u64) -> Option<[f32; 2]> {
        if !self.has(frame) {
            return None;
        }
        let chunk = self.chunk.as_ref()?;
        let at = 2 * usize::try_from(frame - chunk.first).ok()?;
        Some([chunk.samples[at], chunk.samples[at + 1]])
    }

    /// The frame up to which sound is there, at the least.
    fn end(&self) -> u64 {
        let waiting = (self.ring.chunks.slots() * CHUNK) as u64;
        self.chunk
            .as_ref()
            .map_or(0, |chunk| chunk.first + chunk.frames as u64 + waiting)
    }

    /// Adds the frame to another, while the level goes to `target`.
    fn add(&mut self, frame: u64, target: f32, step: f32, out: &mut [f32; 2]) {
        match self.frame(frame) {
            Some(samples) => {
                self.level += (target - self.level).clamp(-step, step);
                out[0] += self.level * samples[0];
                out[1] += self.level * samples[1];
            }
            None => self.level = 0.0,
        }
    }
}

impl AheadReader {
    /// Takes what was begun since the last block.
    fn take_rings(&mut self) {
        while let Ok(ring) = self.new_rings.pop() {
            let voice = Voice {
                ring,
                chunk: None,
                level: 0.0,
            };
            let before = self.next.replace(voice);
            self.discard(before);
        }
    }

    fn discard(&mut self, voice: Option<Voice>) {
        if let Some(voice) = voice {
            // Were there no room for it, it would be freed here.
            let _ = self.spent_rings.push(voice.ring);
        }
    }

    /// Goes over to what was made anew, once it is there.
    fn change(&mut self) {
        let now = self.now;
        if self
            .next
            .as_mut()
            .is_some_and(|next| next.ring.start <= now && next.has(now))
        {
            let left = self.leaving.take();
            self.discard(left);
            self.leaving = std::mem::replace(&mut self.current, self.next.take());
        }
        if self.leaving.as_ref().is_some_and(|it| it.level <= 0.0) {
            let left = self.leaving.take();
            self.discard(left);
        }
    }
}

impl Source<f32> for AheadReader {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn layout(&self) -> Layout {
        Layout::Stereo
    }

    fn position(&self) -> Frame {
        Frame::after(Frames::from_count(self.now))
    }

    fn end(&self) -> Option<Frame> {
        let end = self.shared.end.load(Ordering::Relaxed);
        (end < u64::MAX).then(|| Frame::after(Frames::from_count(end)))
    }

    fn skip_to(&mut self, frame: Frame) {
        let frame = frame.index();
        if frame < self.now {
            self.shared.sought.store(frame + 1, Ordering::Relaxed);
        }
        self.now = frame;
        self.shared.heard.store(frame, Ordering::Relaxed);
    }

    /// Silence where nothing is ready: it is never late.
    fn fill(&mut self, out: &mut [f32]) -> Filled {
        self.take_rings();
        let end = self.shared.end.load(Ordering::Relaxed);
        let mut made = 0;
        for out in out.chunks_exact_mut(2) {
            if self.now >= end {
                break;
            }
            self.change();
            let mut frame = [0.0; 2];
            if let Some(current) = &mut self.current {
                // What will not go on is faded out while it is there; at its end it ends itself.
                let is_dry = current.end() < (self.now + self.fade).min(end);
                let target = if is_dry { 0.0 } else { 1.0 };
                current.add(self.now, target, self.step, &mut frame);
            }
            if let Some(leaving) = &mut self.leaving {
                leaving.add(self.now, 0.0, self.step, &mut frame);
            }
            out.copy_from_slice(&frame);
            self.now += 1;
            made += 1;
        }
        self.shared.heard.store(self.now, Ordering::Relaxed);
        Filled {
            frames: Frames::from_count(made),
            short: (self.now >= end).then_some(Short::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::source::fake::Slope;
    use std::sync::atomic::AtomicU32;
    use std::time::Instant;

    const HZ: u32 = 48_000;

    /// A constant level, which another replaces where it is asked for.
    struct Constant {
        now: u64,
        level: f32,
        wanted: Arc<AtomicU32>,
        /// It is late until then.
        begins: Arc<AtomicBool>,
        skips: Arc<AtomicU64>,
    }

    impl Constant {
        fn new(percent: u32) -> Self {
            Self {
                now: 0,
                level: percent as f32 / 100.0,
                wanted: Arc::new(AtomicU32::new(percent)),
                begins: Arc::new(AtomicBool::new(true)),
                skips: Arc::default(),
            }
        }
    }

    impl Source<f32> for Constant {
        fn rate(&self) -> SampleRate {
            SampleRate::from_hz(HZ).unwrap()
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
            self.now = frame.index();
            self.skips.fetch_add(1, Ordering::Relaxed);
        }

        fn fill(&mut self, out: &mut [f32]) -> Filled {
            if !self.begins.load(Ordering::Relaxed) {
                return Filled {
                    frames: Frames::default(),
                    short: Some(Short::Late),
                };
            }
            out.fill(self.level);
            self.now += out.len() as u64 / 2;
            Filled {
                frames: Frames::from_count(out.len() as u64 / 2),
                short: None,
            }
        }
    }

    impl Remade for Constant {
        fn is_outdated(&mut self) -> bool {
            let wanted = self.wanted.load(Ordering::Relaxed) as f32 / 100.0;
            let is_outdated = (wanted - self.level).abs() > 1e-6;
            self.level = wanted;
            is_outdated
        }
    }

    impl Remade for Slope {}

    /// Waits until this much is made.
    fn wait(reader: &mut AheadReader, frames: u64) {
        let since = Instant::now();
        let is_made = |voice: &mut Option<Voice>, now: u64| {
            voice
                .as_mut()
                .is_some_and(|it| it.has(now) && it.end() >= now + frames)
        };
        loop {
            reader.take_rings();
            let now = reader.now;
            if is_made(&mut reader.next, now) || is_made(&mut reader.current, now) {
                return;
            }
            assert!(since.elapsed() < Duration::from_secs(20), "{reader:?}");
            thread::yield_now();
        }
    }

    fn left(reader: &mut AheadReader, frames: usize) -> Vec<f32> {
        let mut out = vec![9.0; 2 * frames];
        let filled = reader.fill(&mut out);
        let made = usize::try_from(filled.frames.count()).unwrap();
        out.truncate(2 * made);
        out.into_iter().step_by(2).collect()
    }

    #[test]
    fn the_samples_come_through_the_ring_up_to_the_end() {
        // 12,000 frames: less than what is made ahead.
        let run = RunAhead::begin(Slope::new(HZ, 12_000)).unwrap();
        let mut reader = run.reader();
        wait(&mut reader, 11_000);
        let mut heard = Vec::new();
        while reader.end().is_none_or(|end| reader.position() < end) {
            heard.extend(left(&mut reader, 256));
        }
        assert_eq!(heard.len(), 12_000);
        // After the fade in.
        for (frame, level) in heard.iter().enumerate().skip(480) {
            assert!(
                (level - Slope::levels(frame as u64)[0]).abs() < 1e-6,
                "{frame}"
            );
        }
        assert!(matches!(
            reader.fill(&mut [0.0; 2]).short,
            Some(Short::Ended)
        ));
    }

    #[test]
    fn what_is_not_ready_is_silence_and_fades_in_once_it_is() {
        let source = Constant::new(50);
        let begins = Arc::clone(&source.begins);
        begins.store(false, Ordering::Relaxed);
        let run = RunAhead::begin(source).unwrap();
        let mut reader = run.reader();
        assert_eq!(left(&mut reader, 1_000), [0.0; 1_000]);
        begins.store(true, Ordering::Relaxed);
        run.wake();
        // The maker goes on at a frame that is not heard yet.
        let at = Instant::now();
        while left(&mut reader, 64).iter().all(|level| *level == 0.0) {
            assert!(at.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(2));
        }
        wait(&mut reader, 2_000);
        let heard = left(&mut reader, 1_000);
        assert!((heard[999] - 0.5).abs() < 1e-6, "{}", heard[999]);
        let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.002);
    }

    #[test]
    fn what_is_out_of_date_is_made_anew_from_a_moment_later_on() {
        let source = Constant::new(50);
        let wanted = Arc::clone(&source.wanted);
        let run = RunAhead::begin(source).unwrap();
        let mut reader = run.reader();
        wait(&mut reader, 20_000);
        let _ = left(&mut reader, 1_000);
        wanted.store(10, Ordering::Relaxed);
        run.wake();
        let mut heard = Vec::new();
        let since = Instant::now();
        while heard.last().is_none_or(|level: &f32| *level > 0.100_1) {
            heard.extend(left(&mut reader, 64));
            assert!(since.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(1));
        }
        // Never silent, never a step, and within a tenth of a second of what was asked at the time.
        let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.002);
        assert!(heard.iter().all(|level| *level > 0.099));
    }

    #[test]
    fn a_reader_that_goes_on_elsewhere_finds_the_sound_there() {
        let source = Slope::new(HZ, 10_000_000);
        let run = RunAhead::begin(source).unwrap();
        let mut reader = run.reader();
        for frame in [0, 5_000, 1_000_000, 30_000] {
            reader.skip_to(Frame::after(Frames::from_count(frame)));
            let since = Instant::now();
            let mut found = Vec::new();
            while found.last().is_none_or(|level: &f32| *level == 0.0) {
                found.extend(left(&mut reader, 64));
                assert!(since.elapsed() < Duration::from_secs(20), "{frame}");
                thread::sleep(Duration::from_millis(1));
            }
            wait(&mut reader, 1_000);
            let now = reader.now;
            let heard = left(&mut reader, 1_000);
            for (level, frame) in heard.iter().zip(now..).skip(600) {
                assert!((level - Slope::levels(frame)[0]).abs() < 1e-6, "{frame}");
            }
        }
    }

    #[test]
    fn another_reader_goes_on_where_the_first_was_lost() {
        let run = RunAhead::begin(Slope::new(HZ, 1_000_000)).unwrap();
        let mut lost = run.reader();
        wait(&mut lost, 10_000);
        let _ = left(&mut lost, 4_800);
        let mut found = run.reader();
        wait(&mut found, 10_000);
        assert_eq!(found.position().index(), 4_800);
        let heard = left(&mut found, 1_000);
        assert!((heard[900] - Slope::levels(5_700)[0]).abs() < 1e-6);
    }

    #[test]
    fn the_thread_ends_with_its_owner() {
        let source = Constant::new(50);
        let alive = Arc::downgrade(&source.skips);
        drop(RunAhead::begin(source).unwrap());
        let since = Instant::now();
        while alive.strong_count() > 0 {
            assert!(since.elapsed() < Duration::from_secs(20));
            thread::yield_now();
        }
    }
}
