//! The player without a device: a clock that a test sets, and an output that a test pulls from.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::audio::click::{Sound, Timbre};
use crate::audio::control::Control;
use crate::audio::device::clock::Clock;
use crate::audio::device::feed::Feed;
use crate::audio::device::output::{MakeFeed, Opened, Output};
use crate::audio::device::player::STALL;
use crate::audio::device::{DeviceError, MakeSource, OPEN_LIMIT, Player, Playing};
use crate::audio::source::fake::Slope;
use crate::audio::voice::Voice;
use crate::schedule::{Cue, Edit, Frame, Frames, Pace, SampleRate, TempoFactor, TempoMap};

/// Frames per second of every stream here, so that a frame is a millisecond.
const RATE: u32 = 1_000;

/// What a stream asks for at a time.
const REQUEST_MS: u64 = 100;

#[derive(Debug, Default)]
struct TestClock(AtomicU64);

impl TestClock {
    fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An output whose feeds a test gets and pulls from.
#[derive(Debug)]
struct TestOutput {
    feeds: Mutex<Sender<Feed>>,
    /// Whether opening waits until it is not set.
    hangs: AtomicBool,
    refuses: bool,
}

impl Output for TestOutput {
    fn open(&self, make_feed: &mut MakeFeed<'_>) -> Result<Opened, DeviceError> {
        while self.hangs.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        if self.refuses {
            return Err(DeviceError::None);
        }
        let feed = make_feed(SampleRate::from_hz(RATE).unwrap())?;
        self.feeds.lock().unwrap().send(feed).unwrap();
        Ok(Opened {
            _stream: Box::new(()),
            on_the_way: Frames::from_count(2 * REQUEST_MS),
        })
    }
}

/// How opening the device goes wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Hangs,
    Refuses,
}

/// A player with everything around it.
struct Stage {
    player: Player,
    clock: Arc<TestClock>,
    output: Arc<TestOutput>,
    feeds: Receiver<Feed>,
    /// When each sound began that was heard, in milliseconds of the clock.
    heard: Vec<u64>,
    silent_ms: u64,
}

impl Stage {
    fn new(make_source: MakeSource) -> Self {
        Self::with_fault(make_source, Fault::None)
    }

    fn with_fault(make_source: MakeSource, fault: Fault) -> Self {
        let clock = Arc::new(TestClock::default());
        let (sender, feeds) = mpsc::channel();
        let output = Arc::new(TestOutput {
            feeds: Mutex::new(sender),
            hangs: AtomicBool::new(fault == Fault::Hangs),
            refuses: fault == Fault::Refuses,
        });
        let output_here: Arc<dyn Output> = Arc::clone(&output) as _;
        let clock_here: Arc<dyn Clock> = Arc::clone(&clock) as _;
        Self {
            player: Player::on(output_here, make_source, clock_here),
            clock,
            output,
            feeds,
            heard: Vec::new(),
            silent_ms: u64::MAX / 2,
        }
    }

    /// A click at a tempo, with the control of it.
    fn clicking(bpm: &str, length: Option<Duration>) -> (Self, Control) {
        let control = Control::new();
        let (ours, tempo) = (control.clone(), bpm.parse().unwrap());
        let make_source: MakeSource = Arc::new(move |rate| {
            let voice = Voice::new(Sound::Timbre(Timbre::Tick));
            let metronome = ours.metronome(rate, &voice, || {
                let mut map = TempoMap::new(rate);
                match length {
                    Some(length) => map.push(length, Pace::Steady(tempo), Cue::On)?,
                    None => map.push_endless(tempo, Cue::On)?,
                }
                Ok(map)
            })?;
            Ok(Box::new(metronome))
        });
        (Self::new(make_source), control)
    }

    /// The feed of the stream that is opened next, after the player has taken it up.
    fn next_feed(&mut self) -> Feed {
        loop {
            let _ = self.player.poll();
            if let Ok(feed) = self.feeds.try_recv() {
                // Its thread has yet to hand over the stream.
                thread::sleep(Duration::from_millis(20));
                let _ = self.player.poll();
                return feed;
            }
            thread::yield_now();
        }
    }

    /// A stream that plays for a time, in real time, and is heard after `latency_ms`.
    fn play(&mut self, feed: &mut Feed, ms: u64, latency_ms: u64) -> Playing {
        let mut playing = Playing::Opening;
        for _ in 0..ms / REQUEST_MS {
            self.request(feed, latency_ms);
            self.clock.advance(REQUEST_MS);
            playing = self.player.poll().unwrap();
        }
        playing
    }

    fn request(&mut self, feed: &mut Feed, latency_ms: u64) -> Vec<f32> {
        let mut out = vec![9.0; usize::try_from(REQUEST_MS).unwrap() * feed.layout().samples(1)];
        let delay = Duration::from_millis(latency_ms);
        feed.fill(&mut out, Some(delay.as_secs_f64()));
        let now = self.now_ms() + latency_ms;
        for (at, frame) in (now..).zip(out.chunks(feed.layout().samples(1))) {
            if frame.iter().any(|sample| *sample != 0.0) {
                // Clicks are short; this much silence is between two.
                if self.silent_ms > 30 {
                    self.heard.push(at);
                }
                self.silent_ms = 0;
            } else {
                self.silent_ms += 1;
            }
        }
        out
    }

    fn now_ms(&self) -> u64 {
        self.clock.0.load(Ordering::SeqCst)
    }

    /// How far from the grid of 500 ms the clicks were that were heard from a time on; the first
    /// click ever was on it.
    fn off_grid_since(&self, ms: u64) -> Vec<u64> {
        let since = |at: &&u64| **at >= ms;
        let off = |at: &u64| {
            let into = (at - self.heard[0]) % 500;
            into.min(500 - into)
        };
        self.heard.iter().filter(since).map(off).collect()
    }

    fn closest_ms(&self) -> u64 {
        let gaps = self.heard.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.min().unwrap()
    }
}

#[test]
fn healthy_playback_is_the_source_from_its_first_frame_to_its_last() {
    let (mut stage, _) = Stage::clicking("120", Some(Duration::from_secs(10)));
    let mut feed = stage.next_feed();
    assert_eq!(stage.play(&mut feed, 10_000, 50), Playing::Yes);
    let expected: Vec<u64> = (0..20).map(|beat| 50 + 500 * beat).collect();
    assert_eq!(stage.heard, expected);
    assert_eq!(stage.player.position(), Duration::from_secs(10));
    // What is in the ring and on its way is waited for.
    assert_eq!(stage.play(&mut feed, 100, 50), Playing::Yes);
    assert_eq!(stage.play(&mut feed, 100, 50), Playing::Ended);
    assert_eq!(stage.player.underruns(), 0);
}

#[test]
fn any_source_is_played_and_what_is_late_is_silence() {
    let make_source: MakeSource = Arc::new(|_| Ok(Box::new(Slope::new(RATE, 250))));
    let mut stage = Stage::new(make_source);
    let mut feed = stage.next_feed();
    let out = stage.request(&mut feed, 0);
    assert_eq!(out[..4], [0.0, 0.0, 0.001, -0.001]);
    let _ = stage.request(&mut feed, 0);
    let out = stage.request(&mut feed, 0);
    assert_eq!(out[98..102], [0.249, -0.249, 0.0, 0.0]);

    let make_source: MakeSource = Arc::new(|_| {
        let source = Slope {
            most: 60,
            ..Slope::new(RATE, 250)
        };
        Ok(Box::new(source))
    });
    let mut stage = Stage::new(make_source);
    let mut feed = stage.next_feed();
    let first = stage.request(&mut feed, 0);
    assert_eq!(first[118..122], [0.059, -0.059, 0.0, 0.0]);
    // The next request begins where it belongs.
    assert_eq!(stage.request(&mut feed, 0)[..2], [0.1, -0.1]);
}

#[test]
fn a_refusal_before_anything_was_heard_is_the_end() {
    let make_source: MakeSource = Arc::new(|_| Ok(Box::new(Slope::new(RATE, 250))));
    let mut stage = Stage::with_fault(make_source, Fault::Refuses);
    let error = loop {
        match stage.player.poll() {
            Ok(playing) => assert_eq!(playing, Playing::Opening),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DeviceError::None));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let make_source: MakeSource = Arc::new(|_| Ok(Box::new(Slope::new(RATE, 250))));
    let mut stage = Stage::with_fault(make_source, Fault::Hangs);
    stage.clock.advance(2_400);
    assert_eq!(stage.player.poll().unwrap(), Playing::Opening);
    stage
        .clock
        .advance(u64::try_from(OPEN_LIMIT.as_millis()).unwrap() - 2_400);
    assert!(matches!(stage.player.poll(), Err(DeviceError::Hung)));
    stage.output.hangs.store(false, Ordering::SeqCst);
}

/// A new stream with another latency: at first by that much off, then on the grid.
#[test]
fn a_lost_stream_is_taken_up_on_the_same_grid_whatever_its_latency() {
    for latency_ms in [20, 50, 90, 166] {
        let (mut stage, _) = Stage::clicking("120", None);
        let mut feed = stage.next_feed();
        stage.play(&mut feed, 3_000, 50);
        // The server is gone: nothing is asked for.
        let mut playing = Playing::Yes;
        for _ in 0..(STALL.as_millis() / 100 + 2) {
            stage.clock.advance(100);
            playing = stage.player.poll().unwrap();
        }
        assert_eq!(playing, Playing::Lost);
        // From the last request on.
        let silent_for = stage.player.silent_for();
        assert!(silent_for >= STALL && silent_for <= STALL + Duration::from_millis(300));
        for _ in 0..12 {
            stage.clock.advance(103);
            stage.player.poll().unwrap();
        }
        let mut feed = stage.next_feed();
        let back = stage.now_ms();
        stage.play(&mut feed, 5_000, latency_ms);
        let off = stage.off_grid_since(back + 2_000);
        assert!(off.len() >= 5 && off.iter().all(|off| *off <= 5), "{off:?}");
        assert!(stage.closest_ms() >= 250, "{:?}", stage.heard);
        assert_eq!(stage.player.underruns(), 0);
    }
}

/// A sink that has silence mixed ahead asks for nothing more before that is played.
#[test]
fn a_stream_that_has_just_filled_its_ring_is_waited_for_longer() {
    let (mut stage, _) = Stage::clicking("120", None);
    let mut feed = stage.next_feed();
    stage.request(&mut feed, 50);
    let mut playing = Playing::Yes;
    for _ in 0..24 {
        assert_eq!(playing, Playing::Yes);
        stage.clock.advance(100);
        playing = stage.player.poll().unwrap();
    }
    assert!(stage.player.silent_for() > STALL);
    stage.clock.advance(300);
    assert_eq!(stage.player.poll().unwrap(), Playing::Lost);
}

/// A device that plays frames of silence between ours without a word.
#[test]
fn inserted_frames_are_an_underrun_and_made_good() {
    for inserted_ms in [71, 250] {
        let (mut stage, _) = Stage::clicking("120", None);
        let mut feed = stage.next_feed();
        stage.play(&mut feed, 3_000, 50);
        let then = stage.now_ms();
        stage.play(&mut feed, 5_000, 50 + inserted_ms);
        let off = stage.off_grid_since(then + 2_000);
        assert!(off.len() >= 5 && off.iter().all(|off| *off <= 5), "{off:?}");
        assert!(stage.closest_ms() >= 200, "{:?}", stage.heard);
        assert_eq!(stage.player.underruns(), 1);
    }
}

/// A server that hangs for a second and goes on where it was.
#[test]
fn a_pause_of_the_device_is_skipped() {
    let (mut stage, _) = Stage::clicking("120", None);
    let mut feed = stage.next_feed();
    stage.play(&mut feed, 3_000, 50);
    for _ in 0..10 {
        stage.clock.advance(100);
        stage.player.poll().unwrap();
    }
    let then = stage.now_ms();
    // All that was asked for is played 1 s later than it belongs.
    stage.play(&mut feed, 5_000, 50);
    let off = stage.off_grid_since(then + 2_000);
    assert!(off.len() >= 5 && off.iter().all(|off| *off <= 5), "{off:?}");
    assert!(stage.closest_ms() >= 200, "{:?}", stage.heard);
    assert_eq!(stage.player.underruns(), 1);
}

#[test]
fn drift_is_followed_and_not_corrected() {
    let (mut stage, _) = Stage::clicking("120", None);
    let mut feed = stage.next_feed();
    // Its clock is slow by 0.2 %: after 200 s it is 400 ms late, and nothing was inserted.
    for request in 0..2_000 {
        let _ = stage.request(&mut feed, 50 + request / 5);
        stage.clock.advance(REQUEST_MS);
        stage.player.poll().unwrap();
    }
    assert_eq!(stage.player.underruns(), 0);
    let behind = Duration::from_secs(200).saturating_sub(stage.player.position());
    let expected = Duration::from_millis(390)..Duration::from_millis(410);
    assert!(expected.contains(&behind), "{behind:?}");
}

/// ALSA's file device takes what it gets, as fast as it comes.
#[test]
fn a_device_that_does_not_play_in_real_time_is_never_corrected() {
    let make_source: MakeSource = Arc::new(|_| Ok(Box::new(Slope::new(RATE, 100_000))));
    let mut stage = Stage::new(make_source);
    let mut feed = stage.next_feed();
    let mut all = Vec::new();
    for request in 0..1_000 {
        all.extend(stage.request(&mut feed, request % 400));
        // Now and then the disk takes its time.
        stage
            .clock
            .advance(if request % 100 == 99 { 2_000 } else { 1 });
    }
    let frames = (0..100_000).flat_map(Slope::levels);
    assert!(all.into_iter().eq(frames));
    assert_eq!(stage.player.underruns(), 0);
}

#[test]
fn an_edit_is_kept_over_a_loss() {
    let (mut stage, control) = Stage::clicking("60", None);
    let mut feed = stage.next_feed();
    stage.play(&mut feed, 2_000, 50);
    control.edit(Edit::Multiply(TempoFactor::from_percent(100)));
    stage.play(&mut feed, 1_000, 50);
    for _ in 0..20 {
        stage.clock.advance(100);
        stage.player.poll().unwrap();
    }
    let mut feed = stage.next_feed();
    let back = stage.now_ms();
    stage.play(&mut feed, 4_000, 50);
    let off = stage.off_grid_since(back);
    assert!(off.len() >= 8 && off.iter().all(|off| *off <= 1), "{off:?}");
    // An edit of the lost stream's time is not taken by it, but by the one that plays.
    control.edit(Edit::Skip);
    stage.play(&mut feed, 200, 50);
    assert!(control.map().unwrap().length().is_some());
}

/// Only the process was stopped, by its user: that time is left out, and nothing is made up for.
#[test]
fn a_pause_of_the_process_is_left_out() {
    let (mut stage, _) = Stage::clicking("120", None);
    let mut feed = stage.next_feed();
    stage.play(&mut feed, 3_000, 50);
    let before = stage.player.position();
    stage.clock.advance(10_000);
    stage.player.poll().unwrap();
    assert_eq!(stage.player.position(), before);
    let heard = stage.heard.len();
    stage.play(&mut feed, 3_000, 50);
    assert_eq!(stage.heard.len(), heard + 6);
    assert_eq!(stage.player.underruns(), 0);
}

#[test]
fn a_stream_that_was_given_up_plays_silence_when_it_wakes() {
    let (mut stage, _) = Stage::clicking("120", None);
    let mut lost = stage.next_feed();
    stage.play(&mut lost, 1_000, 50);
    for _ in 0..20 {
        stage.clock.advance(100);
        stage.player.poll().unwrap();
    }
    let _feed = stage.next_feed();
    let position = stage.player.position();
    for _ in 0..10 {
        assert!(
            stage
                .request(&mut lost, 0)
                .iter()
                .all(|level| *level == 0.0)
        );
    }
    assert_eq!(stage.player.position(), position);
}

#[test]
fn a_frame_is_a_millisecond_here() {
    let rate = SampleRate::from_hz(RATE).unwrap();
    assert_eq!(Frame::nearest(Duration::from_millis(7), rate).index(), 7);
}
