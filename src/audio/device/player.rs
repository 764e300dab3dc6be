//! A source on a device: played, watched, and taken up again after a fault.
//!
//! # How a fault shows
//!
//! A sound server that is killed reports nothing of use: no more samples are asked for, or the
//! error callback is called without end. So the player watches the number of frames taken. Where it
//! does not change, the player gives the stream up and opens another until one works; the source
//! then continues where it would be by now, so that the beats keep to the old grid. Opening and
//! dropping can block for ever on a server that hangs, so neither happens on the caller's thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

use crate::audio::device::clock::{Clock, SystemClock};
use crate::audio::device::feed::{Feed, StreamState, Timeline};
use crate::audio::device::output::{Opened, Output};
use crate::audio::device::{Ahead, DeviceError, MakeSource, OPEN_LIMIT, ServerAddress};
use crate::schedule::{Frame, Frames, SampleRate};

/// A stream that takes no frames for this long is given up: several times the longest wait of a
/// healthy one.
pub(super) const STALL: Duration = Duration::from_millis(1_500);

/// The same for a stream that took frames only when it was opened. A null sink of `PulseAudio` that
/// nobody played to has up to 2 s of silence mixed ahead, and takes none of it back.
pub(super) const FIRST_STALL: Duration = Duration::from_millis(2_500);

/// A stream fills its ring within this time of being opened.
const FILLING: Duration = Duration::from_millis(500);

/// How long to wait before a stream is opened again.
const RETRY: Duration = Duration::from_millis(500);

/// A source on a device.
///
/// It plays by itself; [`poll`](Self::poll) is to be called several times a second to notice a
/// fault and the end.
pub struct Player {
    opener: Opener,
    link: Link,
    /// Whether anything was heard yet: until then a fault is the end, and later it is waited out.
    was_heard: bool,
    began: Duration,
    polled: Duration,
    /// When frames were last seen to be taken.
    last_taken: Duration,
}

/// What it takes to open the stream, and to open it again.
#[derive(Clone)]
struct Opener {
    output: Arc<dyn Output>,
    make_source: MakeSource,
    timeline: Arc<Timeline>,
}

/// The way to the device.
enum Link {
    Up {
        stream: Stream,
        taken: u64,
        since: Duration,
        opened_at: Duration,
    },
    Opening(Receiver<Result<Stream, DeviceError>>),
    Down {
        retry_at: Duration,
    },
}

/// An open stream, which takes frames from the source.
struct Stream {
    opened: Opened,
    state: Arc<StreamState>,
    rate: SampleRate,
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
    /// Begins to open a device, the default one or one by name, and to play what `make_source`
    /// makes. The server's devices come first, if there is a server.
    #[must_use]
    pub fn begin(
        server: Option<&ServerAddress>,
        device: Option<&str>,
        ahead: Ahead,
        make_source: MakeSource,
    ) -> Self {
        let output = super::output_for(server, device, ahead);
        Self::on(output, make_source, Arc::new(SystemClock::start()))
    }

    /// The same on any output, by any clock.
    pub(super) fn on(
        output: Arc<dyn Output>,
        make_source: MakeSource,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let opener = Opener {
            output,
            make_source,
            timeline: Arc::new(Timeline::new(clock)),
        };
        let now = opener.timeline.now();
        Self {
            link: Link::Opening(opener.open()),
            opener,
            was_heard: false,
            began: now,
            polled: now,
            last_taken: now,
        }
    }

    /// Notices the end and a fault, and takes the next step out of it. Returns at once.
    ///
    /// # Errors
    /// [`DeviceError`] before anything was heard: there is no such device, it cannot be opened, or
    /// the server does not answer within 2.5 s. A device that is lost later is tried again for as
    /// long as it takes.
    pub fn poll(&mut self) -> Result<Playing, DeviceError> {
        let now = self.opener.timeline.now();
        let away = now.saturating_sub(self.polled);
        self.polled = now;
        // A process that was stopped itself has seen nothing of the time in between.
        let was_away = away > STALL / 2;
        match &mut self.link {
            Link::Up {
                stream,
                taken,
                since,
                opened_at,
            } => {
                let taken_now = stream.state.taken.load(Ordering::Relaxed);
                let end = stream.state.end.load(Ordering::Relaxed);
                if taken_now > end.saturating_add(stream.opened.on_the_way.count()) {
                    return Ok(Playing::Ended);
                }
                if was_away {
                    // Only this thread may have been held up, while the device played on.
                    let played = Frame::after(Frames::from_count(taken_now))
                        .since(Frame::after(Frames::from_count(*taken)))
                        .duration(stream.rate);
                    self.opener.timeline.skip(away.saturating_sub(played));
                }
                let has_gone_on = since.saturating_sub(*opened_at) > FILLING;
                let stall = if has_gone_on { STALL } else { FIRST_STALL };
                if taken_now != *taken || was_away {
                    (*taken, *since) = (taken_now, now);
                    self.last_taken = now;
                } else if now.saturating_sub(*since) > stall || stream.state.is_lost() {
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
                    opened_at: now,
                }),
                Ok(Err(error)) if !self.was_heard => return Err(error),
                // A server that hangs keeps one thread waiting, not one more at each turn.
                Err(TryRecvError::Empty)
                    if self.was_heard || now.saturating_sub(self.began) < OPEN_LIMIT => {}
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
        self.opener.timeline.position()
    }

    /// How long it is since frames were last taken: a device is given up only after a while.
    #[must_use]
    pub fn silent_for(&self) -> Duration {
        self.opener.timeline.now().saturating_sub(self.last_taken)
    }

    /// How often the device ran out of samples, so that frames were inserted.
    #[must_use]
    pub fn underruns(&self) -> u64 {
        self.opener.timeline.underruns()
    }

    /// What the sound library said while it played, such as that what was played could not be
    /// written to a file; its first words.
    #[must_use]
    pub fn complaint(&self) -> Option<&str> {
        self.opener.timeline.complaint()
    }

    fn set_link(&mut self, link: Link) {
        drop_aside(std::mem::replace(&mut self.link, link));
    }
}

/// Leaves at once; what is still in the device's ring may be lost.
impl Drop for Player {
    fn drop(&mut self) {
        self.set_link(Link::Down {
            retry_at: self.polled,
        });
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("output", &self.opener.output)
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

/// Runs `work` on another thread; its result may be waited for, with a limit, or left.
pub(super) fn on_helper_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Receiver<T> {
    let (done, result) = mpsc::sync_channel(1);
    // Where no thread can be had, `done` is dropped, and the receiver learns it at once. Where the
    // receiver has left, a result that comes too late is dropped here.
    let _ = thread::Builder::new().spawn(move || done.send(work()));
    result
}

impl Opener {
    fn open(&self) -> Receiver<Result<Stream, DeviceError>> {
        let opener = self.clone();
        on_helper_thread(move || opener.open_here())
    }

    /// Opens the stream on this thread, which may block for ever.
    fn open_here(&self) -> Result<Stream, DeviceError> {
        let mut made = None;
        let opened = self.output.open(&mut |rate| {
            let source = (self.make_source)(rate).map_err(DeviceError::Source)?;
            let feed = Feed::new(source, Arc::clone(&self.timeline), Arc::default());
            made = Some((rate, Arc::clone(feed.state())));
            Ok(feed)
        })?;
        let (rate, state) = made.ok_or(DeviceError::Lost)?;
        Ok(Stream {
            opened,
            state,
            rate,
        })
    }
}
