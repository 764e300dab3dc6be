//! A source that a file waits for.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use super::Remade;
use crate::audio::source::{Filled, Layout, Short, Source};
use crate::schedule::{Frame, Frames, SampleRate};

/// Frames that are made at a time.
const FRAMES: usize = 4_096;

/// Blocks that wait to be read: 0.7 s at 48 kHz, which evens out the moments in which a track is
/// opened or an encoder is busy.
const BLOCKS: usize = 8;

/// How long the thread sleeps where the source is late.
const PAUSE: Duration = Duration::from_millis(5);

/// A source of two channels that is made on a thread of its own: every frame of it, exactly as it
/// would be without the thread. Where nothing is ready, reading waits. Once this is dropped the
/// thread ends with the block that it makes.
#[derive(Debug)]
pub struct Awaited {
    rate: SampleRate,
    now: Frame,
    end: Option<Frame>,
    blocks: Receiver<Block>,
    block: Option<Block>,
    /// Frames of the block that were read.
    read: usize,
    seeks: Sender<Frame>,
    /// Seeks so far: blocks that were made before the last of them are dropped.
    sought: u32,
    has_failed: bool,
}

/// What was made at a time.
#[derive(Debug)]
struct Block {
    samples: Vec<f32>,
    /// Why there is no more; never `Late`.
    short: Option<Short>,
    end: Option<Frame>,
    sought: u32,
}

impl Awaited {
    /// Begins to make a source, from its position on. Nothing is made past `until`, so that what a
    /// source says on its way does not depend on how far ahead it is.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn begin(source: impl Remade + 'static, until: Option<Frame>) -> io::Result<Self> {
        let (sender, blocks) = mpsc::sync_channel(BLOCKS);
        let (seeks, sought) = mpsc::channel();
        let (rate, now, end) = (source.rate(), source.position(), source.end());
        let maker = Maker {
            source,
            until,
            blocks: sender,
            seeks: sought,
            sought: 0,
        };
        thread::Builder::new()
            .name("music".to_owned())
            .spawn(move || maker.run())?;
        Ok(Self {
            rate,
            now,
            end,
            blocks,
            block: None,
            read: 0,
            seeks,
            sought: 0,
            has_failed: false,
        })
    }

    /// Waits for the next block; false where the thread is gone.
    fn wait(&mut self) -> bool {
        self.read = 0;
        self.block = self.blocks.iter().find(|it| it.sought == self.sought);
        if let Some(block) = &self.block {
            self.end = block.end;
        }
        self.block.is_some()
    }
}

impl Source<f32> for Awaited {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn layout(&self) -> Layout {
        Layout::Stereo
    }

    fn position(&self) -> Frame {
        self.now
    }

    fn end(&self) -> Option<Frame> {
        self.end
    }

    fn skip_to(&mut self, frame: Frame) {
        self.now = frame;
        self.block = None;
        self.sought += 1;
        self.has_failed = false;
        // Where the thread is gone, reading fails.
        let _ = self.seeks.send(frame);
    }

    fn fill(&mut self, out: &mut [f32]) -> Filled {
        let mut done = 0;
        let short = loop {
            let Some(block) = &mut self.block else {
                if !self.has_failed && self.wait() {
                    continue;
                }
                self.has_failed = true;
                break Some(Short::Failed("the music has failed".into()));
            };
            let made = &block.samples[2 * self.read..];
            let count = made.len().min(out.len() - done);
            out[done..done + count].copy_from_slice(&made[..count]);
            done += count;
            self.read += count / 2;
            if done == out.len() {
                break None;
            }
            match &block.short {
                None => self.block = None,
                Some(Short::Failed(_)) => {
                    self.has_failed = true;
                    break self.block.take().and_then(|block| block.short);
                }
                // It stays, so that there is an end as often as is asked.
                Some(_) => break Some(Short::Ended),
            }
        };
        let frames = Frames::from_count(done as u64 / 2);
        self.now = self.now + frames;
        Filled { frames, short }
    }
}

/// What runs on the thread.
struct Maker<S> {
    source: S,
    until: Option<Frame>,
    blocks: SyncSender<Block>,
    seeks: Receiver<Frame>,
    sought: u32,
}

impl<S: Remade> Maker<S> {
    fn run(mut self) {
        loop {
            while let Ok(frame) = self.seeks.try_recv() {
                self.seek(frame);
            }
            let block = self.make();
            let is_last = block.short.is_some();
            if self.blocks.send(block).is_err() {
                return;
            }
            if is_last {
                // The reader may still go back.
                let Ok(frame) = self.seeks.recv() else { return };
                self.seek(frame);
            }
        }
    }

    fn seek(&mut self, frame: Frame) {
        self.source.skip_to(frame);
        self.sought += 1;
    }

    fn make(&mut self) -> Block {
        let left = self.until.map(|end| end.since(self.source.position()));
        let left = left.and_then(|frames| usize::try_from(frames.count()).ok());
        let wanted = left.map_or(FRAMES, |left| left.min(FRAMES));
        let mut samples = vec![0.0; 2 * wanted];
        let mut done = 0;
        let mut short = (wanted == 0).then_some(Short::Ended);
        while done < samples.len() && short.is_none() {
            let filled = self.source.fill(&mut samples[done..]);
            done += usize::try_from(2 * filled.frames.count()).unwrap_or(0);
            match filled.short {
                Some(Short::Late) => thread::sleep(PAUSE),
                other => short = other,
            }
        }
        samples.truncate(done);
        Block {
            samples,
            short,
            end: self.source.end(),
            sought: self.sought,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::source::fake::Slope;

    /// All that is left, in blocks of an odd length.
    fn all(source: &mut Awaited) -> (Vec<f32>, Short) {
        let mut all = Vec::new();
        loop {
            let mut block = [9.0; 2 * 77];
            let filled = source.fill(&mut block);
            let frames = usize::try_from(filled.frames.count()).unwrap();
            all.extend(block[..2 * frames].iter().step_by(2));
            match filled.short {
                Some(Short::Late) => panic!("a file waits"),
                Some(short) => return (all, short),
                None => {}
            }
        }
    }

    fn slope(frames: std::ops::Range<u64>) -> Vec<f32> {
        frames.map(|frame| Slope::levels(frame)[0]).collect()
    }

    fn frame(index: u64) -> Frame {
        Frame::after(Frames::from_count(index))
    }

    #[test]
    fn every_frame_comes_through_however_late_and_the_end_stays_the_end() {
        let late = Slope {
            most: 50,
            ..Slope::new(8_000, 100_000)
        };
        let mut source = Awaited::begin(late, None).unwrap();
        let (heard, short) = all(&mut source);
        assert!(heard == slope(0..100_000) && matches!(short, Short::Ended));
        assert_eq!(
            (source.position(), source.end()),
            (frame(100_000), Some(frame(100_000)))
        );
        let (heard, short) = all(&mut source);
        assert!(heard.is_empty() && matches!(short, Short::Ended));
    }

    #[test]
    fn nothing_is_made_past_what_is_wanted() {
        let failing = Slope {
            fails_at: Some(frame(9_000)),
            ..Slope::new(8_000, 100_000)
        };
        let mut source = Awaited::begin(failing.clone(), Some(frame(9_000))).unwrap();
        let (heard, short) = all(&mut source);
        assert!(heard == slope(0..9_000) && matches!(short, Short::Ended));
        // What is wanted fails by its own error, and does not go on.
        let mut source = Awaited::begin(failing, None).unwrap();
        let (heard, short) = all(&mut source);
        assert!(heard == slope(0..9_000));
        assert!(
            matches!(short, Short::Failed(error) if error.to_string() == "the file is cut off")
        );
        assert!(matches!(
            source.fill(&mut [0.0; 2]).short,
            Some(Short::Failed(_))
        ));
    }

    #[test]
    fn it_goes_on_elsewhere_even_from_its_end() {
        let mut source = Awaited::begin(Slope::new(8_000, 100_000), None).unwrap();
        for start in [70_000, 0, 99_999, 100_000, 12_345] {
            source.skip_to(frame(start));
            assert_eq!(source.position(), frame(start));
            assert!(all(&mut source).0 == slope(start..100_000), "{start}");
        }
    }

    #[test]
    fn a_source_that_panics_is_a_failure() {
        #[derive(Debug)]
        struct Panics(Slope);
        impl Source<f32> for Panics {
            fn rate(&self) -> SampleRate {
                Source::<f32>::rate(&self.0)
            }
            fn layout(&self) -> Layout {
                Layout::Stereo
            }
            fn position(&self) -> Frame {
                self.0.now
            }
            fn end(&self) -> Option<Frame> {
                None
            }
            fn skip_to(&mut self, _: Frame) {}
            fn fill(&mut self, _: &mut [f32]) -> Filled {
                panic!("on purpose")
            }
        }
        impl Remade for Panics {}
        let mut source = Awaited::begin(Panics(Slope::new(8_000, 1)), None).unwrap();
        assert!(matches!(all(&mut source).1, Short::Failed(_)));
    }
}
