//! The way to a device: what the player needs of it, and the system's own, through rodio's cpal.
//! The one file that names rodio.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rodio::conversions::ChannelCountConverter;
use rodio::cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use rodio::cpal::{self, BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample};

use crate::audio::device::complaint;
use crate::audio::device::feed::{Feed, StreamState, Timeline};
use crate::audio::device::names;
#[cfg(target_os = "linux")]
use crate::audio::device::timed;
use crate::audio::device::{Ahead, DeviceError, DeviceInfo};
use crate::schedule::{Frames, SampleRate};

/// Makes the feed of a stream, once the device's rate is known.
pub(super) type MakeFeed<'a> = dyn FnMut(SampleRate) -> Result<Feed, DeviceError> + 'a;

/// What plays sound.
pub(super) trait Output: fmt::Debug + Send + Sync {
    /// Opens a stream that pulls from the feed; it plays until it is dropped. Both may block for
    /// ever.
    fn open(&self, make_feed: &mut MakeFeed<'_>) -> Result<Opened, DeviceError>;
}

/// A stream that plays.
pub(super) struct Opened {
    /// Dropping it ends the stream.
    pub(super) _stream: Box<dyn Send>,
    /// Frames that have to be taken after the last sound until it has left the device's ring and is
    /// heard.
    pub(super) on_the_way: Frames,
}

/// What is still on its way to the ear after the device's ring is empty; the last click was lost
/// without it (measured through `PulseAudio`).
const SERVER_LATENCY: Duration = Duration::from_millis(150);

/// An error callback may be called millions of times in a row; this pause in it keeps such a stream
/// from spinning a core.
const ERROR_PAUSE: Duration = Duration::from_millis(5);

/// The system's sound devices: ALSA on Linux.
#[derive(Clone, Debug)]
pub(super) struct System {
    pub(super) device: Option<String>,
    pub(super) ahead: Ahead,
}

impl Output for System {
    fn open(&self, make_feed: &mut MakeFeed<'_>) -> Result<Opened, DeviceError> {
        let _quiet = quiet();
        check_open_files().map_err(DeviceError::OpenFiles)?;
        let device = find(self.device.as_deref())?;
        let config = device
            .default_output_config()
            .map_err(|error| DeviceError::Open(error.into()))?;
        let rate = SampleRate::from_hz(config.sample_rate())?;
        let period = config.sample_rate() / self.ahead.requests_per_second();
        let opened = |stream, ring| Opened {
            _stream: stream,
            on_the_way: ring + Frames::nearest(SERVER_LATENCY, rate),
        };
        let two_requests = Frames::from_count(2 * u64::from(period));
        #[cfg(target_os = "linux")]
        if let Some(device) = name(&device).and_then(|name| timed::Device::open(&name)) {
            let stream = device.play(make_feed(rate)?, Frames::from_count(period.into()))?;
            return Ok(opened(Box::new(stream), two_requests));
        }
        let mut play_with = |buffer_size| {
            let feed = make_feed(rate)?;
            play(&device, config, buffer_size, feed)
                .map_err(|error| DeviceError::Open(error.into()))
        };
        let (stream, ring) = match play_with(BufferSize::Fixed(period)) {
            Ok(stream) => (stream, two_requests),
            // A device whose ring is smaller refuses it, and gets its usual size, which is not
            // known here: at most a second. Any other fault shows again.
            Err(_) => (
                play_with(BufferSize::Default)?,
                Frames::nearest(Duration::from_secs(1), rate),
            ),
        };
        Ok(opened(Box::new(stream), ring))
    }
}

/// The system's way to its devices. Not `cpal::default_host`, which panics where ALSA's
/// configuration is broken.
fn host() -> Result<cpal::Host, DeviceError> {
    let id = cpal::ALL_HOSTS.first().ok_or(DeviceError::None)?;
    cpal::host_from_id(*id).map_err(|error| DeviceError::System(error.into()))
}

/// The devices that the system lists.
pub(super) fn list() -> Result<Vec<DeviceInfo>, DeviceError> {
    let _quiet = quiet();
    let host = host()?;
    let default = host
        .default_output_device()
        .and_then(|device| info(&device));
    let listed = host
        .output_devices()
        .map_err(|error| DeviceError::List(error.into()))?;
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
}

fn name(device: &cpal::Device) -> Option<String> {
    Some(device.id().ok()?.id().to_owned())
}

fn info(device: &cpal::Device) -> Option<DeviceInfo> {
    let name = name(device)?;
    let description = device
        .description()
        .map_or_else(|_| name.clone(), |found| found.name().to_owned());
    Some(DeviceInfo {
        name,
        description,
        is_default: false,
    })
}

fn find(name: Option<&str>) -> Result<cpal::Device, DeviceError> {
    let host = host()?;
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
        .ok_or_else(|| match list() {
            Ok(devices) => names::no_such(name.to_owned(), &devices),
            Err(error) => error,
        })
}

/// Plays a feed in the format that the device takes.
fn play(
    device: &cpal::Device,
    config: cpal::SupportedStreamConfig,
    buffer_size: BufferSize,
    feed: Feed,
) -> Result<cpal::Stream, cpal::Error> {
    let format = config.sample_format();
    let config = cpal::StreamConfig {
        buffer_size,
        ..config.config()
    };
    let stream = match format {
        SampleFormat::F32 => build::<f32>(device, config, feed),
        SampleFormat::F64 => build::<f64>(device, config, feed),
        SampleFormat::I16 => build::<i16>(device, config, feed),
        SampleFormat::I24 => build::<cpal::I24>(device, config, feed),
        SampleFormat::I32 => build::<i32>(device, config, feed),
        SampleFormat::U8 => build::<u8>(device, config, feed),
        SampleFormat::U16 => build::<u16>(device, config, feed),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }?;
    stream.play()?;
    Ok(stream)
}

fn build<S: SizedSample + FromSample<f32> + Send + 'static>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
    mut feed: Feed,
) -> Result<cpal::Stream, cpal::Error> {
    let on_error = on_error(Arc::clone(feed.timeline()), Arc::clone(feed.state()));
    let ours = feed.layout().channels();
    let theirs = NonZero::new(config.channels).ok_or(ErrorKind::UnsupportedConfig)?;
    let mut made = Vec::new();
    let timeline = Arc::clone(feed.timeline());
    let fill = move |out: &mut [S], info: &cpal::OutputCallbackInfo| {
        if let Some(said) = complaint::take() {
            timeline.complain(said);
        }
        let time = info.timestamp();
        let delay = time.playback.duration_since(time.callback);
        let frames = out.len() / usize::from(theirs.get());
        made.resize(feed.layout().samples(frames), 0.0);
        feed.fill(&mut made, Some(delay.as_secs_f64()));
        let converted = ChannelCountConverter::new(made.iter().copied(), ours, theirs);
        for (sample, level) in out.iter_mut().zip(converted) {
            *sample = S::from_sample_(level);
        }
    };
    device.build_output_stream(config, fill, on_error, None)
}

/// Fails where a process may not open as many files as a device needs; cpal panics there.
#[cfg(unix)]
fn check_open_files() -> std::io::Result<()> {
    // With `PulseAudio` there were 9.
    let spare: Result<Vec<_>, _> = (0..16).map(|_| std::fs::File::open("/dev/null")).collect();
    spare.map(drop)
}

#[cfg(not(unix))]
fn check_open_files() -> std::io::Result<()> {
    Ok(())
}

/// Counts underruns, from which a stream recovers, and slows everything else, of which the frame
/// counter knows more.
fn on_error(
    timeline: Arc<Timeline>,
    state: Arc<StreamState>,
) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| {
        if error.kind() == ErrorKind::Xrun {
            timeline.count_underrun();
            state.report_fault();
        } else {
            thread::sleep(ERROR_PAUSE);
        }
    }
}

/// Keeps alsa-lib from writing to stderr by itself, on this thread, until it is dropped.
#[cfg(target_os = "linux")]
pub(super) fn quiet() -> impl Sized {
    alsa::Output::local_error_handler()
}

/// Other systems' sound libraries do not write to stderr.
#[cfg(not(target_os = "linux"))]
pub(super) fn quiet() {}
