//! The sound device: a metronome is played, watched, and taken up again after a fault. The one file that names rodio.
//!
//! # How a fault shows
//!
//! A sound server that is killed reports nothing of use: no more samples are asked for, or the error callback is called
//! without end. So the number of frames taken is what is watched. Where it stands still the stream is given up, and opened
//! again until it works; the metronome then goes on where it would be by now, so that the beats keep to the old grid.
//! Opening and dropping can block for ever on a server that hangs, so neither happens on the caller's thread.

use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rodio::cpal::traits::{DeviceTrait, HostTrait};
use rodio::cpal::{self, BufferSize, ErrorKind};
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, Source};

use crate::audio::metronome::{Metronome, Samples};
use crate::schedule::{Frame, Frames, SampleRate, ScheduleError};

/// How long a sound server may take to open a device. The project's own bound, below the 3 s after which a person gives up.
const OPEN_LIMIT: Duration = Duration::from_millis(2_500);

/// A stream that takes no frames for this long is given up: several times the longest wait of a healthy one.
const STALL: Duration = Duration::from_millis(1_500);

/// How long to wait before a stream is opened again.
const RETRY: Duration = Duration::from_millis(500);

/// What is still on its way to the ear after the device's ring is empty.
const SERVER_LATENCY: Duration = Duration::from_millis(150);

/// An error callback may be called millions of times in a row; this pause in it keeps such a stream from spinning a core.
const ERROR_PAUSE: Duration = Duration::from_millis(5);

/// The device's ring holds two periods of this share of a second, 400 ms: no underrun under six busy loops on two cores,
/// where 43 ms had up to 18 in 5 minutes.
const PERIODS_PER_SECOND: u32 = 5;

/// A device that plays sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What [`Player::open`] knows it by.
    pub name: String,
    /// What the system says of it.
    pub description: String,
    /// Whether it is the one that plays when none is named.
    pub is_default: bool,
}

/// The devices that play sound, as far as the system lists them.
///
/// # Errors
/// [`DeviceError::List`] where the system cannot list any.
pub fn devices() -> Result<Vec<DeviceInfo>, DeviceError> {
    on_helper_thread(|| {
        let _quiet = quiet();
        let host = cpal::default_host();
        let default = host
            .default_output_device()
            .and_then(|device| info(&device));
        let listed = host.output_devices().map_err(DeviceError::List)?;
        let mut devices: Vec<DeviceInfo> = listed.filter_map(|device| info(&device)).collect();
        if let Some(default) = default {
            // Not every system lists its default by name.
            match devices
                .iter_mut()
                .find(|device| device.name == default.name)
            {
                Some(device) => device.is_default = true,
                None => devices.insert(
                    0,
                    DeviceInfo {
                        is_default: true,
                        ..default
                    },
                ),
            }
        }
        Ok(devices)
    })
    .recv_timeout(OPEN_LIMIT)
    .unwrap_or(Err(DeviceError::Hung))
}

fn info(device: &cpal::Device) -> Option<DeviceInfo> {
    let name = device.id().ok()?.id().to_owned();
    let description = device
        .description()
        .map_or_else(|_| name.clone(), |found| found.name().to_owned());
    Some(DeviceInfo {
        name,
        description,
        is_default: false,
    })
}

/// Makes the metronome for a device, once its sample rate is known.
pub type Score = Arc<dyn Fn(SampleRate) -> Metronome<f32> + Send + Sync>;

/// A metronome on a device.
///
/// It plays by itself; [`tend`](Self::tend) is to be called several times a second to notice a fault and the end.
pub struct Player {
    device: Option<String>,
    score: Score,
    shared: Arc<Shared>,
    link: Link,
    tended: Instant,
}

/// What the device's own thread tells.
#[derive(Debug, Default)]
struct Shared {
    /// When the first sample was taken: beat time zero.
    origin: Mutex<Option<Instant>>,
    underruns: AtomicU64,
}

impl Shared {
    fn origin(&self) -> MutexGuard<'_, Option<Instant>> {
        // A panic elsewhere leaves the instant whole.
        self.origin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets beat time zero, or tells how long ago it was.
    fn begin(&self) -> Option<Duration> {
        let mut origin = self.origin();
        let late = origin.map(|origin| origin.elapsed());
        origin.get_or_insert_with(Instant::now);
        late
    }

    /// Leaves out a time in which nothing was played.
    fn skip(&self, away: Duration) {
        if let Some(origin) = self.origin().as_mut() {
            *origin += away;
        }
    }
}

/// The way to the device.
enum Link {
    Up {
        stream: Stream,
        taken: u64,
        since: Instant,
    },
    Opening(Receiver<Result<Stream, DeviceError>>),
    Down {
        retry_at: Instant,
    },
}

/// An open stream, which takes frames from a metronome.
struct Stream {
    _sink: MixerDeviceSink,
    /// The position up to which frames were taken, and one; zero before the first one.
    taken: Arc<AtomicU64>,
    /// The position that has to be taken for the last click to be out of the device's ring and at the ear.
    played_out: Option<Frame>,
}

/// What a [`Player`] is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playing {
    /// Frames are taken.
    Yes,
    /// The device is lost, and tried again.
    Lost,
    /// The last click has been heard whole.
    Ended,
}

impl Player {
    /// Opens a device, the default one or one by name, and begins to play.
    ///
    /// # Errors
    /// [`DeviceError`]: there is no such device, it cannot be opened, or it does not answer within 2.5 s.
    pub fn open(device: Option<&str>, score: Score) -> Result<Self, DeviceError> {
        let shared = Arc::new(Shared::default());
        let opening = open(
            device.map(str::to_owned),
            Arc::clone(&score),
            Arc::clone(&shared),
        );
        let stream = opening
            .recv_timeout(OPEN_LIMIT)
            .unwrap_or(Err(DeviceError::Hung))?;
        let now = Instant::now();
        let link = Link::Up {
            stream,
            taken: 0,
            since: now,
        };
        Ok(Self {
            device: device.map(str::to_owned),
            score,
            shared,
            link,
            tended: now,
        })
    }

    /// Notices the end and a fault, and takes the next step out of it. Returns at once.
    pub fn tend(&mut self) -> Playing {
        let now = Instant::now();
        // A process that was stopped itself has seen nothing of the time in between.
        let away = now.duration_since(self.tended);
        let was_away = away > STALL / 2;
        if was_away {
            self.shared.skip(away);
        }
        self.tended = now;
        match &mut self.link {
            Link::Up {
                stream,
                taken,
                since,
            } => {
                let taken_now = stream.taken.load(Ordering::Relaxed);
                if stream.played_out.is_some_and(|end| taken_now > end.index()) {
                    return Playing::Ended;
                }
                if taken_now != *taken || was_away {
                    (*taken, *since) = (taken_now, now);
                } else if now.duration_since(*since) > STALL {
                    self.set_link(Link::Down { retry_at: now });
                }
            }
            Link::Down { retry_at } if now >= *retry_at => {
                let opening = open(
                    self.device.clone(),
                    Arc::clone(&self.score),
                    Arc::clone(&self.shared),
                );
                self.set_link(Link::Opening(opening));
            }
            Link::Down { .. } => {}
            // A server that hangs keeps one thread waiting, not one more at each turn.
            Link::Opening(opening) => match opening.try_recv() {
                Ok(Ok(stream)) => self.set_link(Link::Up {
                    stream,
                    taken: 0,
                    since: now,
                }),
                Ok(Err(_)) | Err(TryRecvError::Disconnected) => self.set_link(Link::Down {
                    retry_at: now + RETRY,
                }),
                Err(TryRecvError::Empty) => {}
            },
        }
        if matches!(self.link, Link::Up { .. }) {
            Playing::Yes
        } else {
            Playing::Lost
        }
    }

    /// How far the sound has come, by the clock, from the first frame on.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.shared
            .origin()
            .map_or(Duration::ZERO, |origin| origin.elapsed())
    }

    /// How often the device ran out of samples.
    #[must_use]
    pub fn underruns(&self) -> u64 {
        self.shared.underruns.load(Ordering::Relaxed)
    }

    fn set_link(&mut self, link: Link) {
        drop_aside(std::mem::replace(&mut self.link, link));
    }
}

/// Leaves at once; what is still in the device's ring may be lost.
impl Drop for Player {
    fn drop(&mut self) {
        self.set_link(Link::Down {
            retry_at: self.tended,
        });
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("device", &self.device)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

/// Drops a link where it may block for ever without harm.
fn drop_aside(link: Link) {
    if !matches!(link, Link::Down { .. }) {
        on_helper_thread(move || drop(link));
    }
}

/// Runs `work` on a thread of its own; its result may be waited for, with a limit, or left.
fn on_helper_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (done, result) = mpsc::sync_channel(1);
    // Where no thread can be had, `done` is dropped, and the receiver learns it at once. Where the receiver has left, a result
    // that comes too late is dropped here.
    let _ = thread::Builder::new().spawn(move || done.send(work()));
    result
}

fn open(
    device: Option<String>,
    score: Score,
    shared: Arc<Shared>,
) -> Receiver<Result<Stream, DeviceError>> {
    on_helper_thread(move || {
        let _quiet = quiet();
        Stream::open(device.as_deref(), &score, &shared)
    })
}

impl Stream {
    fn open(name: Option<&str>, score: &Score, shared: &Arc<Shared>) -> Result<Self, DeviceError> {
        let device = find(name)?;
        // Not `open_default_sink`: where that fails it tries every other device and sound system, some of which write to
        // stderr by themselves.
        let config = device
            .default_output_config()
            .map_err(DeviceError::Config)?;
        let sink_with = |buffer_size: BufferSize| {
            DeviceSinkBuilder::default()
                .with_device(device.clone())
                .with_supported_config(&config)
                .with_buffer_size(buffer_size)
                .with_error_callback(on_error(Arc::clone(shared)))
                .open_stream()
        };
        let period = config.sample_rate() / PERIODS_PER_SECOND;
        // A device whose ring is smaller says so, and gets its own size.
        let mut sink =
            sink_with(BufferSize::Fixed(period)).or_else(|_| sink_with(BufferSize::Default))?;
        sink.log_on_drop(false);

        let rate = SampleRate::from_hz(sink.config().sample_rate().get())?;
        let metronome = score(rate);
        let on_the_way =
            Frames::from_count(2 * u64::from(period)) + Frames::nearest(SERVER_LATENCY, rate);
        let played_out = metronome.end().map(|end| end + on_the_way);
        let taken = Arc::new(AtomicU64::new(0));
        sink.mixer().add(Feed::new(
            metronome,
            rate,
            Arc::clone(shared),
            Arc::clone(&taken),
        ));
        Ok(Self {
            _sink: sink,
            taken,
            played_out,
        })
    }
}

fn find(name: Option<&str>) -> Result<cpal::Device, DeviceError> {
    let host = cpal::default_host();
    let Some(name) = name else {
        return host.default_output_device().ok_or(DeviceError::None);
    };
    // The default has a name that is not always listed.
    if let Some(default) = host
        .default_output_device()
        .filter(|default| info(default).is_some_and(|it| it.name == name))
    {
        return Ok(default);
    }
    host.device_by_id(&cpal::DeviceId::new(host.id(), name))
        .ok_or_else(|| DeviceError::NoSuch(name.to_owned()))
}

/// Counts underruns, from which a stream recovers, and slows everything else, of which the frame counter knows more.
fn on_error(shared: Arc<Shared>) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| {
        if error.kind() == ErrorKind::Xrun {
            shared.underruns.fetch_add(1, Ordering::Relaxed);
        } else {
            thread::sleep(ERROR_PAUSE);
        }
    }
}

/// Keeps alsa-lib from writing to stderr by itself, on this thread, until it is dropped.
#[cfg(target_os = "linux")]
fn quiet() -> impl Sized {
    alsa::Output::local_error_handler()
}

/// Other systems' sound libraries do not write to stderr.
#[cfg(not(target_os = "linux"))]
fn quiet() {}

/// A metronome as rodio takes it.
struct Feed {
    samples: Samples,
    rate: SampleRate,
    shared: Arc<Shared>,
    taken: Arc<AtomicU64>,
    until_told: u32,
}

/// Samples between two looks at the clock and two words about how many were taken.
const TELL_EVERY: u32 = 512;

impl Feed {
    fn new(
        metronome: Metronome<f32>,
        rate: SampleRate,
        shared: Arc<Shared>,
        taken: Arc<AtomicU64>,
    ) -> Self {
        Self {
            samples: Samples::new(metronome),
            rate,
            shared,
            taken,
            until_told: 0,
        }
    }

    /// Before the very first sample: beat time begins now, or began when an earlier stream took its first one.
    fn begin(&mut self) {
        if let Some(late) = self.shared.begin() {
            self.samples.seek(Frame::nearest(late, self.rate));
        }
    }
}

impl Iterator for Feed {
    type Item = f32;

    #[inline]
    fn next(&mut self) -> Option<f32> {
        if self.until_told == 0 {
            if self.taken.load(Ordering::Relaxed) == 0 {
                self.begin();
            }
            self.until_told = TELL_EVERY;
            self.taken
                .store(self.samples.position().index() + 1, Ordering::Relaxed);
        }
        self.until_told -= 1;
        self.samples.next()
    }
}

impl Source for Feed {
    /// One span without end: with spans, the conversion to the device's rate starts anew at each and loses time.
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> rodio::ChannelCount {
        NonZero::new(self.samples.metronome().channels()).unwrap_or(NonZero::<u16>::MIN)
    }

    fn sample_rate(&self) -> rodio::SampleRate {
        NonZero::new(self.rate.hz()).unwrap_or(NonZero::<u32>::MIN)
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

/// Why no sound can be played.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no default device.
    #[error("this system has no sound device")]
    None,
    /// No device has this name.
    #[error("no sound device is named '{0}'")]
    NoSuch(String),
    /// The devices cannot be listed.
    #[error("the sound devices cannot be listed")]
    List(#[source] cpal::Error),
    /// The device does not say what it can play.
    #[error("the sound device cannot be opened")]
    Config(#[source] cpal::Error),
    /// The device refuses to play.
    #[error("the sound device cannot be opened")]
    Open(#[from] DeviceSinkError),
    /// The device has a rate that none has.
    #[error("the sound device cannot be used")]
    Rate(#[from] ScheduleError),
    /// Nobody answers.
    #[error("the sound server does not answer")]
    Hung,
}
