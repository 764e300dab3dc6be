//! What was heard: frames, and when each of them was.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{Program, put_first, wait_until};
use crate::server::Sink;

/// A click is a run of sound; this much silence ends it. The shortest beat, at 400 BPM, is 150 ms.
const GAP_S: f64 = 0.05;

/// Samples up to this are silence: 0 without a conversion of rates on the way, which rings.
#[derive(Clone, Copy)]
pub(crate) struct Silence(pub(crate) f32);

/// Silence where nothing on the way computes.
pub(crate) const DIGITAL: Silence = Silence(0.0);

/// A sink that is being recorded.
pub(crate) struct Recording {
    parec: Program,
    /// The thread that notes when what arrived.
    reader: u32,
    sink: Sink,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    samples: Vec<f32>,
    /// When frame 0 was, judging by what arrived when.
    begin: Option<Instant>,
    /// When the first sound arrived.
    first_sound: Option<Instant>,
}

impl Recording {
    /// Starts a recorder that writes 32-bit floats to its stdout, and waits for the first of them.
    pub(crate) fn start(parec: &mut Command, sink: Sink) -> Self {
        parec
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut parec = Program::start(parec);
        let mut stdout = parec.stdout();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let writer = Arc::clone(&heard);
        let (say, reader) = mpsc::channel();
        thread::spawn(move || {
            say.send(thread_id()).unwrap();
            let mut block = vec![0; sink.rate as usize / 100 * sink.channels * 4];
            while stdout.read_exact(&mut block).is_ok() {
                writer.lock().unwrap().take(&block, sink);
            }
        });
        let recording = Self {
            parec,
            reader: reader.recv().unwrap(),
            sink,
            heard,
        };
        wait_until("the recorder records", Duration::from_secs(10), || {
            recording.begin().is_some()
        });
        recording
    }

    /// As [`Program::put_first`]: then a frame's time is true to a tenth of a millisecond.
    pub(crate) fn put_first(&self) -> bool {
        self.parec.put_first() && put_first(self.reader)
    }

    fn begin(&self) -> Option<Instant> {
        self.heard.lock().unwrap().begin
    }

    /// What was heard so far.
    pub(crate) fn so_far(&self) -> Take {
        let heard = self.heard.lock().unwrap();
        Take {
            samples: heard.samples.clone(),
            sink: self.sink,
            begin: heard.begin.unwrap(),
        }
    }

    /// Waits until this number of clicks was heard.
    pub(crate) fn wait_for_clicks(&self, clicks: usize) {
        wait_until("the clicks are heard", Duration::from_secs(10), || {
            self.so_far().onsets(0, DIGITAL).len() >= clicks
        });
    }

    /// When the first sound arrived here.
    pub(crate) fn first_sound(&self) -> Option<Instant> {
        self.heard.lock().unwrap().first_sound
    }

    /// Records on until everything that is on its way now was heard, and ends.
    pub(crate) fn end(self) -> Take {
        let until = Instant::now() + Duration::from_millis(500);
        wait_until("the recorder has it all", Duration::from_secs(10), || {
            self.heard.lock().unwrap().end(self.sink) > until
        });
        self.so_far()
    }
}

/// The number by which the system knows this thread.
fn thread_id() -> u32 {
    let link = fs::read_link("/proc/thread-self").unwrap();
    link.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

impl Heard {
    fn take(&mut self, block: &[u8], sink: Sink) {
        self.samples.extend(floats(block));
        let now = Instant::now();
        if floats(block).any(|sample| sample != 0.0) {
            self.first_sound.get_or_insert(now);
        }
        // The least that a block was held up on its way is much the same in every recording.
        let begin = now.checked_sub(self.length(sink)).unwrap();
        self.begin = Some(self.begin.map_or(begin, |earlier| earlier.min(begin)));
    }

    fn length(&self, sink: Sink) -> Duration {
        seconds(self.samples.len() / sink.channels, sink)
    }

    fn end(&self, sink: Sink) -> Instant {
        self.begin.unwrap() + self.length(sink)
    }
}

/// Little-endian 32-bit floats.
pub(crate) fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes
        .chunks_exact(4)
        .map(|sample| f32::from_le_bytes(sample.try_into().unwrap()))
}

fn seconds(frames: usize, sink: Sink) -> Duration {
    Duration::from_secs_f64(frames as f64 / f64::from(sink.rate))
}

/// A recording that has ended.
pub(crate) struct Take {
    pub(crate) samples: Vec<f32>,
    pub(crate) sink: Sink,
    pub(crate) begin: Instant,
}

impl Take {
    /// When a frame was heard, to some 50 ms: a sink without rewinds plays blocks of that length.
    pub(crate) fn time(&self, frame: u64) -> Instant {
        self.begin + seconds(frame as usize, self.sink)
    }

    /// The samples of a channel.
    pub(crate) fn channel(&self, channel: usize) -> impl Iterator<Item = f32> {
        self.samples
            .iter()
            .skip(channel)
            .step_by(self.sink.channels)
            .copied()
    }

    /// The first frame of each click on a channel.
    pub(crate) fn onsets(&self, channel: usize, silence: Silence) -> Vec<u64> {
        let gap = (GAP_S * f64::from(self.sink.rate)) as u64;
        let mut onsets = Vec::new();
        let mut silent_from = 0;
        for (frame, sample) in (0_u64..).zip(self.channel(channel)) {
            if sample.abs() > silence.0 {
                if onsets.is_empty() || frame - silent_from >= gap {
                    onsets.push(frame);
                }
                silent_from = frame + 1;
            }
        }
        onsets
    }
}
