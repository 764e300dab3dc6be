//! The thread that makes a source, and what it has in common with the reader.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use super::Remade;
use super::reader::AheadReader;
use crate::audio::source::Short;
use crate::schedule::{Frame, Frames, SampleRate};

/// Frames that are made at a time.
pub(super) const CHUNK: usize = 512;

/// How far ahead of the reader the source is made.
const AHEAD: Duration = Duration::from_millis(500);

/// How much later than the frame that is read next the sound begins that is made anew. Decoding and
/// stretching take about 2 ms until the first chunk is there.
const MARGIN: Duration = Duration::from_millis(60);

/// How long the thread sleeps where there is nothing to make: a change by key is noticed within
/// this time.
const PAUSE: Duration = Duration::from_millis(20);

/// The thread that makes a source ahead. It ends once this is dropped.
#[derive(Debug)]
pub struct RunAhead {
    shared: Arc<Shared>,
    rate: SampleRate,
    thread: Option<JoinHandle<()>>,
}

/// What both ends know.
#[derive(Debug)]
pub(super) struct Shared {
    /// The frame that is read next.
    pub(super) heard: AtomicU64,
    /// The frame that the reader went back to, and one; zero where it did not.
    pub(super) sought: AtomicU64,
    /// Where the source has ended.
    pub(super) end: AtomicU64,
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
pub(super) struct Ring {
    pub(super) start: u64,
    pub(super) chunks: Consumer<Chunk>,
}

/// Frames from one on, interleaved; not all of the samples need be used.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) first: u64,
    pub(super) frames: usize,
    pub(super) samples: [f32; 2 * CHUNK],
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
        AheadReader::new(Arc::clone(&self.shared), self.rate, new_rings, spent_rings)
    }

    pub(super) fn wake(&self) {
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
