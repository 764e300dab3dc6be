//! What a device reads of a source that is made ahead.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rtrb::{Consumer, Producer};

use super::maker::{CHUNK, Chunk, Ring, Shared};
use crate::audio::source::{Filled, Layout, Short, Source};
use crate::schedule::{Frame, Frames, SampleRate};

/// A fade between two sounds, or between sound and silence.
const FADE: Duration = Duration::from_millis(10);

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
    pub(super) fn new(
        shared: Arc<Shared>,
        rate: SampleRate,
        new_rings: Consumer<Ring>,
        spent_rings: Producer<Ring>,
    ) -> Self {
        let fade = Frames::nearest(FADE, rate).count();
        Self {
            now: shared.heard.load(Ordering::Relaxed),
            shared,
            rate,
            new_rings,
            spent_rings,
            current: None,
            leaving: None,
            next: None,
            fade,
            step: 1.0 / fade.max(1) as f32,
        }
    }

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
    use crate::audio::ahead::{Remade, RunAhead};
    use crate::audio::source::fake::Slope;
    use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
    use std::thread;
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
        // All of it: a reader that overtook would go on in silence, as on a device.
        wait(&mut reader, 12_000);
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
