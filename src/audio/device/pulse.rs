//! `PulseAudio`'s protocol, spoken directly: to `PulseAudio` itself, and to `PipeWire`, which
//! serves it too.
//!
//! The messages are the `pulseaudio` crate's. Its client is not used, nor cpal's host, which is
//! built on it: for each message it clears 1 MiB, twice, and cpal asks for the latency ten times a
//! second, together 0.28 CPU-seconds a minute; and it drops what the server says of underruns,
//! suspends and moves. Here one thread waits for the server's requests, five a second, and nothing
//! else.
//!
//! The stream has no pre-buffer: where it runs empty, the server plays silence and goes on
//! counting, so that what comes later than its time is left out and the rest is in time.
//!
//! `PipeWire` says nothing to a stream whose sink was suspended, though its blocks begin at other
//! moments then and the sound moves with them, by up to one. Who asks for it is told that the sink
//! has changed; of a new volume the same is told, and nothing of blocks of another length, which
//! move no sound.

use std::ffi::CString;
use std::fs;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, ChannelMap, ChannelPosition, ChannelVolume, Command, CommandReply,
    CommandTag, CorkStreamParams, CreatePlaybackStreamReply, Descriptor, DescriptorFlags,
    GetSinkInfo, LatencyParams, PlaybackLatency, PlaybackStreamParams, Prop, Props, ProtocolError,
    SampleFormat, SampleSpec, ServerInfo, SetClientNameReply, SinkInfo, SinkInfoList,
    SubscriptionMask, TagStructReader, stream,
};

use crate::audio::device::feed::Feed;
use crate::audio::device::grid::Trust;
use crate::audio::device::names::{self, Match};
use crate::audio::device::output::{MakeFeed, Opened};
use crate::audio::device::{Ahead, DeviceError, DeviceInfo, OPEN_LIMIT, ServerAddress};
use crate::audio::source::Layout;
use crate::schedule::{Frames, SampleRate};

/// Bytes of a sample: 32-bit floats, which every server takes and none has to convert.
const SAMPLE_BYTES: usize = 4;

/// Longest sleep of a sink: a little more than the 1,024 frames at 48 kHz that are a usual block
/// of `PipeWire`.
const SINK_BLOCK: Duration = Duration::from_millis(22);

/// A longer message is invalid: the longest seen, a list of sinks, has some kilobytes.
const LONGEST_MESSAGE: u32 = 1 << 20;

/// The cookie of a client that has none: a server that lets in every user of the machine accepts
/// it, but nothing shorter.
const NO_COOKIE: [u8; 256] = [0; 256];

/// What is still on its way to the ear when the server's buffer of the stream is empty: the sink's
/// own buffer, at most, of the streams that ask for as little as these.
const SINK_LATENCY: Duration = Duration::from_millis(150);

/// A sound server that answers.
pub(super) struct Server {
    socket: BufReader<UnixStream>,
    version: u16,
    sequence: u32,
}

impl Server {
    /// Connects to the server; `None` where there is none, and an error where it does not speak.
    pub(super) fn connect(address: &ServerAddress) -> Result<Option<Self>, DeviceError> {
        let Ok(socket) = UnixStream::connect(&address.socket) else {
            return Ok(None);
        };
        let mut server = Self {
            socket: BufReader::new(socket),
            version: protocol::MAX_VERSION,
            sequence: 0,
        };
        server.introduce(&address.cookies).map_err(refused)?;
        Ok(Some(server))
    }

    fn introduce(&mut self, cookies: &[PathBuf]) -> Result<(), ProtocolError> {
        let socket = self.socket.get_ref();
        // Then a server that hangs is given up.
        socket.set_read_timeout(Some(OPEN_LIMIT))?;
        socket.set_write_timeout(Some(OPEN_LIMIT))?;
        let cookie = cookies.iter().find_map(|path| fs::read(path).ok());
        let auth = AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or(NO_COOKIE.to_vec()),
        };
        let reply: AuthReply = self.ask(&Command::Auth(auth))?;
        self.version = protocol::MAX_VERSION.min(reply.version);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"cadence");
        let _: SetClientNameReply = self.ask(&Command::SetClientName(props))?;
        Ok(())
    }

    /// The sinks, with the names that a desktop shows.
    pub(super) fn sinks(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let sinks = (|| {
            let server: ServerInfo = self.ask(&Command::GetServerInfo)?;
            let sinks: SinkInfoList = self.ask(&Command::GetSinkInfoList)?;
            let info = |sink: SinkInfo| DeviceInfo {
                is_default: server.default_sink_name.as_ref() == Some(&sink.name),
                description: text(sink.description.as_ref().unwrap_or(&sink.name)),
                name: text(&sink.name),
            };
            Ok(sinks.into_iter().map(info).collect())
        })();
        sinks.map_err(refused)
    }

    /// The name of the sink that `asked` means, if there is one.
    pub(super) fn find(&mut self, asked: &str) -> Result<Option<String>, DeviceError> {
        let sinks = self.sinks()?;
        match names::find(asked, &sinks) {
            Match::One(sink) => Ok(Some(sink.name.clone())),
            Match::Several(several) => Err(DeviceError::Ambiguous {
                asked: asked.to_owned(),
                devices: several,
            }),
            Match::None => Ok(None),
        }
    }

    /// Opens a stream on a sink, or on the default one.
    pub(super) fn play(
        mut self,
        sink: Option<&str>,
        ahead: Ahead,
        make_feed: &mut MakeFeed<'_>,
    ) -> Result<Opened, DeviceError> {
        let sink = sink
            .map(CString::new)
            .transpose()
            .map_err(|_| DeviceError::Lost)?;
        let name = sink.clone().unwrap_or(protocol::DEFAULT_SINK.to_owned());
        let asked = GetSinkInfo {
            index: None,
            name: Some(name),
        };
        let info: SinkInfo = self.ask(&Command::GetSinkInfo(asked)).map_err(no_sink)?;
        let rate = SampleRate::from_hz(info.sample_spec.sample_rate)?;
        let feed = make_feed(rate)?;
        let period = Frames::from_count(u64::from(rate.hz() / ahead.requests_per_second()));
        feed.state().set_trust(Trust::Reports);
        let layout = feed.layout();
        let params = stream_params(sink, rate, layout, period);
        let reply: CreatePlaybackStreamReply = self
            .ask(&Command::CreatePlaybackStream(params))
            .map_err(refused)?;
        if is_of_pipewire(&info) {
            self.send(&Command::Subscribe(SubscriptionMask::SINK))
                .map_err(refused)?;
        }
        let socket = self.socket.get_ref().try_clone().map_err(io_error)?;
        socket.set_read_timeout(None).map_err(io_error)?;
        let stream = Stream {
            server: self,
            channel: reply.channel,
            sink: info.index,
            setting: Some(Setting::of(&info)),
            feed,
            levels: Vec::new(),
            bytes: Vec::new(),
        };
        // The server may keep a larger buffer than was asked for: PipeWire's is half larger.
        let buffer = reply.buffer_attr.target_length.max(reply.requested_bytes);
        let frame = layout.samples(SAMPLE_BYTES) as u64;
        let on_the_way =
            Frames::from_count(u64::from(buffer) / frame) + Frames::nearest(SINK_LATENCY, rate);
        let first = usize::try_from(reply.requested_bytes).unwrap_or(0);
        thread::Builder::new()
            .spawn(move || stream.run(first))
            .map_err(io_error)?;
        Ok(Opened {
            _stream: Box::new(Hold(socket)),
            on_the_way,
        })
    }

    /// Sends a command and waits for its reply; anything else is ignored meanwhile.
    fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, ProtocolError> {
        let sequence = self.send(command)?;
        loop {
            let message = self.receive()?;
            match message.tag {
                CommandTag::Reply if message.sequence == sequence => return message.read(),
                CommandTag::Error if message.sequence == sequence => {
                    let error = message.reader(&mut message.payload()).read_enum()?;
                    return Err(ProtocolError::ServerError(error));
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, command: &Command) -> Result<u32, ProtocolError> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = Vec::new();
        protocol::encode_command_message(&mut message, self.sequence, command, self.version)?;
        // In one piece, so that the server wakes once.
        self.socket.get_mut().write_all(&message)?;
        Ok(self.sequence)
    }

    /// Waits for the next message.
    fn receive(&mut self) -> Result<Message, ProtocolError> {
        loop {
            let header = protocol::read_descriptor(&mut self.socket)?;
            if header.length > LONGEST_MESSAGE {
                return Err(ProtocolError::Invalid("a message is too long".to_owned()));
            }
            let mut bytes = Vec::new();
            let whole = (&mut self.socket).take(u64::from(header.length));
            let read = whole
                .take(u64::from(header.length))
                .read_to_end(&mut bytes)?;
            if read < usize::try_from(header.length).unwrap_or(usize::MAX) {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            if header.channel != u32::MAX {
                continue; // sound, which nobody asked for
            }
            let mut payload = Cursor::new(&bytes);
            let mut reader = TagStructReader::new(&mut payload, self.version);
            let tag = reader.read_enum()?;
            let sequence = reader.read_u32()?;
            let start = payload.position();
            return Ok(Message {
                tag,
                sequence,
                start,
                bytes,
                version: self.version,
            });
        }
    }
}

/// A message of the server.
struct Message {
    tag: CommandTag,
    sequence: u32,
    bytes: Vec<u8>,
    /// Where the payload begins, after tag and sequence.
    start: u64,
    version: u16,
}

impl Message {
    fn payload(&self) -> Cursor<&[u8]> {
        let mut payload = Cursor::new(&self.bytes[..]);
        payload.set_position(self.start);
        payload
    }

    fn reader<'a>(&self, payload: &'a mut dyn BufRead) -> TagStructReader<'a> {
        TagStructReader::new(payload, self.version)
    }

    fn read<R: CommandReply>(&self) -> Result<R, ProtocolError> {
        self.reader(&mut self.payload()).read()
    }

    /// As a command of the server; `None` for an unknown one.
    fn command(&self) -> Option<Command> {
        Command::read_tag_prefixed(&mut Cursor::new(&self.bytes[..]), self.version)
            .ok()
            .map(|(_, command)| command)
    }
}

fn stream_params(
    sink: Option<CString>,
    rate: SampleRate,
    layout: Layout,
    period: Frames,
) -> PlaybackStreamParams {
    let channels = match layout {
        Layout::Mono => vec![ChannelPosition::Mono],
        Layout::LeftRight | Layout::Stereo => {
            vec![ChannelPosition::FrontLeft, ChannelPosition::FrontRight]
        }
    };
    let frame = layout.samples(SAMPLE_BYTES) as u64;
    let of = |time| {
        let bytes = Frames::nearest(time, rate).count() * frame;
        u32::try_from(bytes).unwrap_or(u32::MAX / 4)
    };
    let bytes = of(period.duration(rate));
    PlaybackStreamParams {
        sample_spec: SampleSpec {
            format: SampleFormat::Float32Le,
            channels: u8::try_from(layout.samples(1)).unwrap_or(1),
            sample_rate: rate.hz(),
        },
        channel_map: ChannelMap::new(channels),
        sink_name: sink,
        buffer_attr: stream::BufferAttr {
            // By the server's own rule, what is beyond two requests is twice the sink's latency.
            // Without it PulseAudio's sink would wake as often as it can; with more PipeWire's
            // blocks would be longer than other clients let them be.
            target_length: 2 * (bytes + of(SINK_BLOCK)),
            pre_buffering: 0,
            minimum_request_length: bytes,
            ..stream::BufferAttr::default()
        },
        flags: stream::StreamFlags {
            // Until the first frames are there.
            start_corked: true,
            // The target is that of the buffer and the sink together.
            adjust_latency: true,
            ..stream::StreamFlags::default()
        },
        ..PlaybackStreamParams::default()
    }
}

/// Ends the stream's thread, which waits for the server, when it is dropped.
struct Hold(UnixStream);

impl Drop for Hold {
    fn drop(&mut self) {
        // One that is closed already needs it no more.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Whether `PipeWire` serves a sink.
fn is_of_pipewire(sink: &SinkInfo) -> bool {
    sink.driver
        .as_ref()
        .is_some_and(|driver| driver.as_bytes() == b"PipeWire")
}

/// What people change of a sink while it plays, without harm to the sound.
#[derive(PartialEq)]
struct Setting {
    volume: ChannelVolume,
    is_muted: bool,
    port: usize,
}

impl Setting {
    fn of(sink: &SinkInfo) -> Self {
        Self {
            volume: sink.cvolume,
            is_muted: sink.muted,
            port: sink.active_port,
        }
    }
}

/// A stream that plays, on its thread.
struct Stream {
    server: Server,
    channel: u32,
    /// The sink's number, and its setting once that is known.
    sink: u32,
    setting: Option<Setting>,
    feed: Feed,
    levels: Vec<f32>,
    bytes: Vec<u8>,
}

impl Stream {
    fn run(mut self, first: usize) {
        let state = Arc::clone(self.feed.state());
        // However it ends, the player opens another one.
        let _ = self.play(first);
        state.report_lost();
    }

    fn play(&mut self, first: usize) -> Result<(), ProtocolError> {
        self.write(first, 0.0)?;
        self.server
            .send(&Command::CorkPlaybackStream(CorkStreamParams {
                channel: self.channel,
                cork: false,
            }))?;
        // The requests that came while the latency was asked for.
        let mut requested = 0;
        let mut asked = None;
        let mut asked_sink = None;
        loop {
            let message = self.server.receive()?;
            match message.tag {
                CommandTag::Reply if Some(message.sequence) == asked => {
                    let latency = message.read()?;
                    let delay_s = self.delay_s(&latency);
                    self.write(std::mem::take(&mut requested), delay_s)?;
                    asked = None;
                }
                CommandTag::Error if Some(message.sequence) == asked => return Ok(()),
                CommandTag::Reply if Some(message.sequence) == asked_sink => {
                    self.look_at_sink(&message.read()?);
                }
                _ => match message.command() {
                    Some(Command::Request(request)) if request.channel == self.channel => {
                        requested += usize::try_from(request.length).unwrap_or(0);
                        if asked.is_none() {
                            let now = SystemTime::now();
                            let channel = self.channel;
                            let params = LatencyParams { channel, now };
                            asked = Some(self.server.send(&Command::GetPlaybackLatency(params))?);
                        }
                    }
                    Some(Command::Underflow(underflow)) if underflow.channel == self.channel => {
                        self.feed.timeline().count_underrun();
                        self.feed.state().report_fault();
                    }
                    Some(Command::PlaybackStreamSuspended(_)) => {
                        self.feed.state().report_fault();
                    }
                    Some(Command::PlaybackStreamMoved(moved)) => {
                        self.feed.state().report_fault();
                        (self.sink, self.setting) = (moved.device_index, None);
                        asked_sink = Some(self.ask_for_sink()?);
                    }
                    Some(Command::SubscribeEvent(event)) if event.index == Some(self.sink) => {
                        asked_sink = Some(self.ask_for_sink()?);
                    }
                    Some(Command::PlaybackStreamKilled(channel)) if channel == self.channel => {
                        return Ok(());
                    }
                    _ => {}
                },
            }
        }
    }

    fn ask_for_sink(&mut self) -> Result<u32, ProtocolError> {
        self.server.send(&Command::GetSinkInfo(GetSinkInfo {
            index: Some(self.sink),
            name: None,
        }))
    }

    /// The sink has changed, or is another one. What no setting explains was a suspend.
    fn look_at_sink(&mut self, sink: &SinkInfo) {
        let setting = Some(Setting::of(sink));
        if setting == self.setting {
            self.feed.state().report_fault();
        }
        self.setting = setting;
    }

    /// How long it takes until what is written next is heard; less than zero where its time has
    /// passed.
    fn delay_s(&self, latency: &PlaybackLatency) -> f64 {
        let bytes_per_s =
            (self.feed.layout().samples(SAMPLE_BYTES) as f64) * f64::from(self.feed.rate().hz());
        let queued = (latency.write_offset - latency.read_offset) as f64;
        queued / bytes_per_s + latency.sink_usec as f64 / 1e6
    }

    /// Writes what was requested, in whole frames.
    fn write(&mut self, bytes: usize, delay_s: f64) -> Result<(), ProtocolError> {
        let frame = self.feed.layout().samples(1);
        let samples = bytes / SAMPLE_BYTES / frame * frame;
        self.levels.resize(samples, 0.0);
        self.feed.fill(&mut self.levels, Some(delay_s));
        self.bytes.clear();
        let length = u32::try_from(samples * SAMPLE_BYTES).unwrap_or(u32::MAX);
        let header = Descriptor {
            length,
            channel: self.channel,
            offset: 0,
            flags: DescriptorFlags::empty(),
        };
        protocol::write_descriptor(&mut self.bytes, &header)?;
        self.bytes
            .extend(self.levels.iter().flat_map(|level| level.to_le_bytes()));
        Ok(self.server.socket.get_mut().write_all(&self.bytes)?)
    }
}

fn text(text: &CString) -> String {
    text.to_string_lossy().into_owned()
}

fn io_error(error: std::io::Error) -> DeviceError {
    refused(error.into())
}

/// The server has no sink by this name, or none at all.
fn no_sink(error: ProtocolError) -> DeviceError {
    match error {
        ProtocolError::ServerError(protocol::PulseError::NoEntity) => DeviceError::None,
        other => refused(other),
    }
}

fn refused(error: ProtocolError) -> DeviceError {
    match &error {
        // A read that timed out.
        ProtocolError::Io(cause)
            if matches!(
                cause.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ) =>
        {
            DeviceError::Hung
        }
        _ => DeviceError::Server(error.into()),
    }
}
