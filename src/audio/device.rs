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
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rodio::Source;
use rodio::cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use rodio::cpal::{self, BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample};
use rodio::mixer::{MixerSource, mixer};

use crate::audio::metronome::{Metronome, Samples};
use crate::schedule::{Edit, Frame, Frames, SampleRate, ScheduleError, TempoMap};

/// How long a sound server may take to open a device. The project's own bound, below the 3 s after which a person gives up.
const OPEN_LIMIT: Duration = Duration::from_millis(2_500);

/// A stream that takes no frames for this long is given up: several times the longest wait of a healthy one.
pub const STALL: Duration = Duration::from_millis(1_500);

/// How long to wait before a stream is opened again.
const RETRY: Duration = Duration::from_millis(500);

/// What is still on its way to the ear after the device's ring is empty; the last click was lost without it (measured through
/// `PulseAudio`).
const SERVER_LATENCY: Duration = Duration::from_millis(150);

/// An error callback may be called millions of times in a row; this pause in it keeps such a stream from spinning a core.
const ERROR_PAUSE: Duration = Duration::from_millis(5);

/// How much sound is made ahead: the less, the sooner a change is heard, and the sooner a busy machine runs out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// 400 ms: no underrun under six busy loops on two cores, where 43 ms had up to 18 in 5 minutes.
    Safe,
    /// 200 ms, for changes by key: heard within half a second with what a sound server adds.
    Responsive,
}

impl Ahead {
    /// The device's ring holds two periods; one lasts this share of a second.
    fn periods_per_second(self) -> u32 {
        match self {
            Self::Safe => 5,
            Self::Responsive => 10,
        }
    }
}

/// Between two samples of one call of the device's callback there is no time; a pause as long as this is between two calls, which
/// are 100 ms apart and more.
const BETWEEN_CALLS: Duration = Duration::from_millis(5);

/// The weight of the newest look at how far the device's clock has drifted; calls come several times a second, and early or
/// late by some milliseconds. The project's own choice.
const DRIFT_WEIGHT: f64 = 0.05;

/// A device that plays sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    name: String,
    description: String,
    is_default: bool,
}

impl DeviceInfo {
    /// What [`Player::begin`] knows it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the system says of it.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Whether it is the one that plays when none is named.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.is_default
    }
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
pub type AtRate = Arc<dyn Fn(SampleRate) -> Metronome<f32> + Send + Sync>;

/// A metronome on a device.
///
/// It plays by itself; [`tend`](Self::tend) is to be called several times a second to notice a fault and the end.
pub struct Player {
    opener: Opener,
    link: Link,
    /// Whether anything was heard yet: until then a fault is the end, and later it is waited out.
    was_heard: bool,
    began: Instant,
    tended: Instant,
}

/// What it takes to open the stream, and to open it again.
#[derive(Clone)]
struct Opener {
    device: Option<String>,
    ahead: Ahead,
    at_rate: AtRate,
    shared: Arc<Shared>,
}

/// What the device's own thread and the player tell each other.
#[derive(Default)]
struct Shared {
    /// When the first sample was taken: beat time zero.
    origin: Mutex<Option<Instant>>,
    /// How far the device's clock is ahead of the system's, in nanoseconds.
    drift: AtomicI64,
    underruns: AtomicU64,
    is_muted: AtomicBool,
    /// What is played, changes by key included.
    map: Mutex<Option<Arc<TempoMap>>>,
    /// Changes that are still to be made.
    edits: Mutex<Vec<Edit>>,
    /// Which stream may take them: the one that was opened last. One that was given up may wake once more.
    stream: AtomicU64,
}

impl Shared {
    /// Sets beat time zero, or tells how long ago it was.
    fn begin(&self) -> Option<Duration> {
        let late = self.position();
        let mut origin = unpoisoned(&self.origin);
        let is_first = origin.is_none();
        origin.get_or_insert_with(Instant::now);
        (!is_first).then_some(late)
    }

    fn position(&self) -> Duration {
        let Some(origin) = *unpoisoned(&self.origin) else {
            return Duration::ZERO;
        };
        let drift = self.drift.load(Ordering::Relaxed);
        let ahead = Duration::from_nanos(drift.unsigned_abs());
        if drift < 0 {
            origin.elapsed().saturating_sub(ahead)
        } else {
            origin.elapsed() + ahead
        }
    }

    /// Leaves out a time in which nothing was played.
    fn skip(&self, away: Duration) {
        if let Some(origin) = unpoisoned(&self.origin).as_mut() {
            *origin += away;
        }
    }
}

/// A lock whose value is whole wherever a thread that held it may have panicked.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    _output: cpal::Stream,
    told: Arc<Told>,
    rate: SampleRate,
    /// What has to be taken beyond the last sound for it to be out of the device's ring and at the ear.
    on_the_way: Frames,
}

/// What a stream tells of itself.
#[derive(Debug)]
struct Told {
    /// The position up to which frames were taken, and one; zero before the first one.
    taken: AtomicU64,
    /// The frame behind the last sound; the largest number where there is none.
    end: AtomicU64,
}

/// What a [`Player`] is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playing {
    /// The device is being opened.
    Opening,
    /// Frames are taken.
    Yes,
    /// The device is lost, and tried again.
    Lost,
    /// The last sound has been heard whole.
    Ended,
}

impl Player {
    /// Begins to open a device, the default one or one by name, and to play what `at_rate` makes.
    #[must_use]
    pub fn begin(device: Option<&str>, ahead: Ahead, at_rate: AtRate) -> Self {
        let opener = Opener {
            device: device.map(str::to_owned),
            ahead,
            at_rate,
            shared: Arc::default(),
        };
        let link = Link::Opening(opener.open());
        let now = Instant::now();
        Self {
            opener,
            link,
            was_heard: false,
            began: now,
            tended: now,
        }
    }

    /// Notices the end and a fault, and takes the next step out of it. Returns at once.
    ///
    /// # Errors
    /// [`DeviceError`] before anything was heard: there is no such device, it cannot be opened, or it does not answer within
    /// 2.5 s. A device that is lost later is tried again for as long as it takes.
    pub fn tend(&mut self) -> Result<Playing, DeviceError> {
        let now = Instant::now();
        let away = now.duration_since(self.tended);
        self.tended = now;
        // A process that was stopped itself has seen nothing of the time in between.
        let was_away = away > STALL / 2;
        match &mut self.link {
            Link::Up {
                stream,
                taken,
                since,
            } => {
                let taken_now = stream.told.taken.load(Ordering::Relaxed);
                let end = stream.told.end.load(Ordering::Relaxed);
                if taken_now > end.saturating_add(stream.on_the_way.count()) {
                    return Ok(Playing::Ended);
                }
                if was_away {
                    // Only this thread may have been held up, while the device played on.
                    let played =
                        Frames::from_count(taken_now.saturating_sub(*taken)).duration(stream.rate);
                    self.opener.shared.skip(away.saturating_sub(played));
                }
                if taken_now != *taken || was_away {
                    (*taken, *since) = (taken_now, now);
                } else if now.duration_since(*since) > STALL {
                    self.set_link(Link::Down { retry_at: now });
                }
            }
            Link::Down { retry_at } if now >= *retry_at => {
                let opening = self.opener.open();
                self.set_link(Link::Opening(opening));
            }
            Link::Down { .. } => {}
            Link::Opening(opening) => match opening.try_recv() {
                Ok(Ok(stream)) => self.set_link(Link::Up {
                    stream,
                    taken: 0,
                    since: now,
                }),
                Ok(Err(error)) if !self.was_heard => return Err(error),
                // A server that hangs keeps one thread waiting, not one more at each turn.
                Err(TryRecvError::Empty)
                    if self.was_heard || now.duration_since(self.began) < OPEN_LIMIT => {}
                _ if !self.was_heard => return Err(DeviceError::Hung),
                _ => self.set_link(Link::Down {
                    retry_at: now + RETRY,
                }),
            },
        }
        let is_heard = matches!(self.link, Link::Up { taken: 1.., .. });
        self.was_heard |= is_heard;
        Ok(match (is_heard, self.was_heard) {
            (true, _) => Playing::Yes,
            (false, true) => Playing::Lost,
            (false, false) => Playing::Opening,
        })
    }

    /// How far the sound has come from the first frame on, by the device's own clock.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.opener.shared.position()
    }

    /// How often the device ran out of samples.
    #[must_use]
    pub fn underruns(&self) -> u64 {
        self.opener.shared.underruns.load(Ordering::Relaxed)
    }

    /// What is played, at the device's rate, changes included; `None` before it is known.
    #[must_use]
    pub fn map(&self) -> Option<Arc<TempoMap>> {
        unpoisoned(&self.opener.shared.map).clone()
    }

    /// Changes what is played, from the next frame on that is made. A device that is lost is told when it is back.
    pub fn edit(&self, edit: Edit) {
        unpoisoned(&self.opener.shared.edits).push(edit);
    }

    /// Leaves clicks out, or lets them be heard again. The grid goes on.
    pub fn mute(&self, is_muted: bool) {
        self.opener
            .shared
            .is_muted
            .store(is_muted, Ordering::Relaxed);
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
        let mut shown = f.debug_struct("Player");
        shown
            .field("device", &self.opener.device)
            .field("position", &self.position())
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

impl Opener {
    fn open(&self) -> Receiver<Result<Stream, DeviceError>> {
        let opener = self.clone();
        on_helper_thread(move || {
            let _quiet = quiet();
            opener.open_here()
        })
    }

    /// Opens the stream on this thread, which may block for ever.
    fn open_here(&self) -> Result<Stream, DeviceError> {
        let device = find(self.device.as_deref())?;
        let config = device
            .default_output_config()
            .map_err(DeviceError::Config)?;
        let rate = SampleRate::from_hz(config.sample_rate())?;
        let told = Arc::new(Told {
            taken: AtomicU64::new(0),
            end: AtomicU64::new(0),
        });
        // Not rodio's own sink: it begins before a source can be added to it, and where the device is first by some
        // microseconds the ring is full of silence, 400 ms of it, in front of the first click. A mixer takes the source first.
        let stream_with = |buffer_size: BufferSize| {
            let (mixer, samples) = mixer(
                NonZero::new(config.channels()).unwrap_or(NonZero::<u16>::MIN),
                nonzero(rate),
            );
            mixer.add(Feed::new(
                self.metronome(rate),
                rate,
                Arc::clone(&self.shared),
                Arc::clone(&told),
            ));
            play(
                &device,
                config,
                buffer_size,
                samples,
                on_error(Arc::clone(&self.shared)),
            )
        };
        let period = config.sample_rate() / self.ahead.periods_per_second();
        let ring = Frames::from_count(2 * u64::from(period));
        // A device whose ring is smaller says so, and gets its own size, which is not known here: at most a second.
        let (output, ring) = if let Ok(output) = stream_with(BufferSize::Fixed(period)) {
            (output, ring)
        } else {
            let output = stream_with(BufferSize::Default).map_err(DeviceError::Open)?;
            (output, Frames::nearest(Duration::from_secs(1), rate))
        };
        let on_the_way = ring + Frames::nearest(SERVER_LATENCY, rate);
        Ok(Stream {
            _output: output,
            told,
            rate,
            on_the_way,
        })
    }

    /// What is played, at the device's rate.
    fn metronome(&self, rate: SampleRate) -> Metronome<f32> {
        let mut metronome = (self.at_rate)(rate);
        if let Some(map) = unpoisoned(&self.shared.map).as_ref() {
            // It was played before, and may have been changed.
            metronome.set_map(if map.rate() == rate {
                Arc::clone(map)
            } else {
                Arc::new(map.at_rate(rate))
            });
        }
        metronome
    }
}

/// Plays samples in the format that the device takes.
fn play(
    device: &cpal::Device,
    config: cpal::SupportedStreamConfig,
    buffer_size: BufferSize,
    samples: MixerSource,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    let format = config.sample_format();
    let config = cpal::StreamConfig {
        buffer_size,
        ..config.config()
    };
    let stream = match format {
        SampleFormat::F32 => build::<f32>(device, config, samples, on_error),
        SampleFormat::F64 => build::<f64>(device, config, samples, on_error),
        SampleFormat::I16 => build::<i16>(device, config, samples, on_error),
        SampleFormat::I24 => build::<cpal::I24>(device, config, samples, on_error),
        SampleFormat::I32 => build::<i32>(device, config, samples, on_error),
        SampleFormat::U8 => build::<u8>(device, config, samples, on_error),
        SampleFormat::U16 => build::<u16>(device, config, samples, on_error),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }?;
    stream.play()?;
    Ok(stream)
}

fn build<S: SizedSample + FromSample<f32> + Send + 'static>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
    mut samples: MixerSource,
    on_error: impl FnMut(cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    let fill = move |out: &mut [S], _: &cpal::OutputCallbackInfo| {
        for sample in out {
            *sample = S::from_sample_(samples.next().unwrap_or(0.0));
        }
    };
    device.build_output_stream(config, fill, on_error, None)
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
    told: Arc<Told>,
    until_told: u32,
    /// Its number among the streams that were opened.
    stream: u64,
    /// When the device's callback last asked for samples.
    asked: Instant,
    /// How far ahead of the clock the samples are that are taken, where the device's clock has not drifted.
    lead_s: Option<f64>,
}

/// Samples between two looks at what there is to tell and to be told.
const TELL_EVERY: u32 = 512;

impl Feed {
    fn new(
        metronome: Metronome<f32>,
        rate: SampleRate,
        shared: Arc<Shared>,
        told: Arc<Told>,
    ) -> Self {
        let samples = Samples::new(metronome);
        let stream = shared.stream.fetch_add(1, Ordering::Relaxed) + 1;
        let feed = Self {
            samples,
            rate,
            shared,
            told,
            until_told: 0,
            asked: Instant::now(),
            lead_s: None,
            stream,
        };
        feed.tell_map();
        feed
    }

    /// Tells how far it is, and makes changes that were asked for.
    fn tell(&mut self) {
        if self.shared.stream.load(Ordering::Relaxed) != self.stream {
            return;
        }
        if self.told.taken.load(Ordering::Relaxed) == 0 {
            self.begin();
        }
        self.watch_drift();
        let edits = std::mem::take(&mut *unpoisoned(&self.shared.edits));
        let metronome = self.samples.metronome_mut();
        metronome.mute(self.shared.is_muted.load(Ordering::Relaxed));
        if !edits.is_empty() {
            let at = metronome.position();
            let map = edits
                .into_iter()
                .fold(TempoMap::clone(metronome.map()), |map, edit| {
                    map.edited(at, edit)
                });
            metronome.set_map(Arc::new(map));
            self.tell_map();
        }
        self.told
            .taken
            .store(self.samples.position().index() + 1, Ordering::Relaxed);
    }

    /// Before the very first sample: beat time begins now, or began when an earlier stream took its first one.
    fn begin(&mut self) {
        if let Some(late) = self.shared.begin() {
            self.samples.seek(Frame::nearest(late, self.rate));
        }
        self.asked = Instant::now();
    }

    /// A device asks for more whenever it has played so much. How far ahead of the clock it then is stays the same, but for
    /// the difference between its clock and the system's: some seconds a day, which a foot that lands would notice.
    fn watch_drift(&mut self) {
        let pause = self.asked.elapsed();
        self.asked = Instant::now();
        let Some(origin) = *unpoisoned(&self.shared.origin) else {
            return;
        };
        if pause < BETWEEN_CALLS {
            return;
        }
        let made = self
            .samples
            .position()
            .since(Frame::START)
            .duration(self.rate);
        let ahead_s = made.as_secs_f64() - origin.elapsed().as_secs_f64();
        let drift_s = self.shared.drift.load(Ordering::Relaxed) as f64 / 1e9;
        let lead_s = *self.lead_s.get_or_insert(ahead_s - drift_s);
        let drift_s = drift_s + (ahead_s - lead_s - drift_s) * DRIFT_WEIGHT;
        self.shared
            .drift
            .store((drift_s * 1e9) as i64, Ordering::Relaxed);
    }

    fn tell_map(&self) {
        let metronome = self.samples.metronome();
        self.told.end.store(
            metronome.end().map_or(u64::MAX, Frame::index),
            Ordering::Relaxed,
        );
        *unpoisoned(&self.shared.map) = Some(Arc::clone(metronome.map()));
    }
}

impl Iterator for Feed {
    type Item = f32;

    #[inline]
    fn next(&mut self) -> Option<f32> {
        if self.until_told == 0 {
            self.tell();
            self.until_told = TELL_EVERY;
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
        nonzero(self.rate)
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

fn nonzero(rate: SampleRate) -> rodio::SampleRate {
    NonZero::new(rate.hz()).unwrap_or(NonZero::<u32>::MIN)
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
    Open(#[source] cpal::Error),
    /// The device has a rate that none has.
    #[error("the sound device cannot be used")]
    Rate(#[from] ScheduleError),
    /// It was there, and is not any more.
    #[error("the sound device was lost")]
    Lost,
    /// Nobody answers.
    #[error("the sound server does not answer")]
    Hung,
}
