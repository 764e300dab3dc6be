//! An ALSA device played by the clock: its descriptor is never polled, so it cannot spin.
//!
//! rodio's cpal polls, which is right wherever a descriptor is ready only when there is something
//! to do. `PipeWire`'s ALSA plugin (0.3.65) is not so, and is the only one played here.
//!
//! For cpal's issue tracker (0.18.2): `poll_for_period` returns `Poll::Pending` where `revents` is
//! empty or `avail` is below a period, and the worker polls again at once. An `ioplug` whose
//! descriptor is an eventfd stays readable after a write until the graph's next cycle, up to a
//! block of 2,048 frames, so that a stream of two requests of 200 ms polls thousands of times a
//! second: 3.3 CPU-seconds a minute, where `PulseAudio`'s plugin takes 0.18. A pause of a
//! millisecond after a spurious wakeup would bound it; a caller has no hook there.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use alsa::pcm::{Access, Format, HwParams, PCM, State};
use alsa::{Direction, ValueOr};

use crate::audio::device::complaint;
use crate::audio::device::feed::Feed;
use crate::audio::device::grid::Trust;
use crate::audio::device::{DeviceError, OPEN_LIMIT};
use crate::audio::source::SourceError;
use crate::schedule::Frames;

/// Part of what the plugin calls itself, "ALSA <-> `PipeWire` PCM I/O Plugin".
const PLUGIN: &str = "PipeWire";

/// The shortest pause, while less than a request is free: the plugin frees a block of the graph at
/// a time, usually 21 ms.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// A device that is to be played by the clock.
pub(super) struct Device(PCM);

impl Device {
    /// Opens a device if its descriptor may stay ready; `None` for every other one, and for one
    /// that cannot be opened, on which cpal says why.
    pub(super) fn open(name: &str) -> Option<Self> {
        let pcm = PCM::new(name, Direction::Playback, false).ok()?;
        // The plugin behind a device has a name only there.
        let mut dump = alsa::Output::buffer_open().ok()?;
        pcm.dump(&mut dump).ok()?;
        let is_plugin = dump.buffer_string(|text| String::from_utf8_lossy(text).contains(PLUGIN));
        is_plugin.then_some(Self(pcm))
    }

    /// Plays a feed until what is returned is dropped. The ring holds two requests of `period`
    /// frames.
    pub(super) fn play(self, feed: Feed, period: Frames) -> Result<impl Send, DeviceError> {
        let Self(pcm) = self;
        let (held, dropped) = mpsc::channel();
        let samples = usize::try_from(period.count()).unwrap_or(0);
        let period = alsa::pcm::Frames::try_from(period.count()).unwrap_or(0);
        configure(&pcm, &feed, period).map_err(refused)?;
        // Its delay is that of the graph's cycle, less the time since. After a suspend and on another
        // sink it agreed with what was heard as before, to 0.5 ms.
        feed.state().set_trust(Trust::Exact);
        let mut stream = Stream {
            pcm,
            levels: vec![0.0; feed.layout().samples(samples)],
            feed,
            period,
            dropped,
        };
        stream.begin()?;
        thread::Builder::new()
            .spawn(move || stream.run())
            .map_err(refused)?;
        Ok(Hold { _held: held })
    }
}

fn configure(pcm: &PCM, feed: &Feed, period: alsa::pcm::Frames) -> alsa::Result<()> {
    let hardware = HwParams::any(pcm)?;
    hardware.set_access(Access::RWInterleaved)?;
    hardware.set_format(Format::float())?;
    hardware.set_channels(feed.layout().channels().get().into())?;
    hardware.set_rate(feed.rate().hz(), ValueOr::Nearest)?;
    hardware.set_buffer_size(2 * period)?;
    hardware.set_period_size(period, ValueOr::Nearest)?;
    pcm.hw_params(&hardware)?;
    let software = pcm.sw_params_current()?;
    software.set_start_threshold(2 * period)?;
    software.set_avail_min(period)?;
    pcm.sw_params(&software)?;
    pcm.prepare()
}

fn refused(error: impl Into<SourceError>) -> DeviceError {
    DeviceError::Open(error.into())
}

/// Ends the stream's thread when it is dropped.
struct Hold {
    _held: Sender<()>,
}

/// A stream that plays, on its thread.
struct Stream {
    pcm: PCM,
    feed: Feed,
    /// A request.
    levels: Vec<f32>,
    /// Its frames.
    period: alsa::pcm::Frames,
    dropped: Receiver<()>,
}

impl Stream {
    /// Fills the ring, and waits until the first frames leave it: a server that hangs takes none.
    fn begin(&mut self) -> Result<(), DeviceError> {
        let deadline = Instant::now() + OPEN_LIMIT;
        for _ in 0..2 {
            self.write().map_err(refused)?;
        }
        while self.pcm.avail().map_err(refused)? == 0 {
            if Instant::now() > deadline {
                return Err(DeviceError::Hung);
            }
            thread::sleep(SHORTEST_PAUSE);
        }
        Ok(())
    }

    fn run(mut self) {
        let state = Arc::clone(self.feed.state());
        // However it ends, the player opens another one.
        let _ = self.play();
        state.report_lost();
    }

    fn play(&mut self) -> alsa::Result<()> {
        loop {
            if let Some(said) = complaint::take() {
                self.feed.timeline().complain(said);
            }
            let pause = match self.write() {
                Ok(pause) => pause,
                Err(_) if self.pcm.state() == State::XRun => {
                    self.feed.timeline().count_underrun();
                    self.feed.state().report_fault();
                    self.pcm.prepare()?;
                    Duration::ZERO
                }
                Err(error) => return Err(error),
            };
            if self.dropped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return Ok(());
            }
        }
    }

    /// Writes a request if there is room for it, and returns how long to wait for the next.
    fn write(&mut self) -> alsa::Result<Duration> {
        let (free, delay) = self.pcm.avail_delay()?;
        let rate = self.feed.rate();
        let missing = u64::try_from(self.period - free).unwrap_or(0);
        if missing > 0 {
            let pause = Frames::from_count(missing).duration(rate);
            return Ok(pause.max(SHORTEST_PAUSE));
        }
        let delay_s = delay.max(0) as f64 / f64::from(rate.hz());
        self.feed.fill(&mut self.levels, Some(delay_s));
        let io = self.pcm.io_f32()?;
        let mut rest = &self.levels[..];
        while !rest.is_empty() {
            let written = io.writei(rest)?;
            rest = &rest[self.feed.layout().samples(written)..];
        }
        Ok(Duration::ZERO)
    }
}
