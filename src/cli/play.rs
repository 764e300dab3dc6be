//! `cadence play`: the click on the sound device, until it ends or is stopped.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cadence::audio::device::{Player, Playing};
use cadence::audio::metronome::Metronome;
use cadence::schedule::{Beat, Frame, SampleRate, TempoMap};

use crate::cli::PlayArgs;
use crate::cli::report::{self, Error};
use crate::cli::score::Score;
use crate::cli::signals::{Signal, Signals};
use crate::cli::status::{StatusLine, clock, counted};

/// Between two looks at the player, on a terminal: the pulse must not limp.
const LOOK: Duration = Duration::from_millis(20);

/// Between two looks where nobody watches.
const LOOK_UNSEEN: Duration = Duration::from_millis(50);

/// How long the pulse is shown at each click.
const PULSE: Duration = Duration::from_millis(120);

/// The rate at which what is shown is reckoned: a millisecond is finer than the eye.
const SHOWN_HZ: u32 = 1_000;

impl PlayArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (tempo, origin) = self.tempo.resolve()?;
        let score = Score::new(tempo, self.length.map(Into::into), &self.sound)?;
        let mut status = if self.quiet {
            None
        } else {
            StatusLine::on_terminal()
        };
        if let Some(origin) = origin.filter(|_| status.is_some()) {
            report::note(&origin);
        }
        let shown_rate =
            SampleRate::from_hz(SHOWN_HZ).map_err(|error| Error::Usage(error.to_string()))?;
        let map = score.map(shown_rate);
        let signals =
            Signals::catch().map_err(|error| Error::failed("cannot catch signals", error))?;
        let mut player = open(self.device.as_deref(), &score)?;

        let look = if status.is_some() { LOOK } else { LOOK_UNSEEN };
        let stopped = loop {
            let playing = player.tend();
            if playing == Playing::Ended {
                break None;
            }
            if let Some(signal) = signals.caught() {
                break Some(signal);
            }
            if let Some(status) = &mut status {
                status.show(&line(&score, &map, player.position(), playing));
            }
            thread::sleep(look);
        };

        let seen = status.is_some();
        if let Some(status) = &mut status {
            status.clear();
        }
        if seen || stopped.is_some() && !self.quiet {
            report::note(&summary(&score, &map, &player, stopped));
        }
        // Closing a device can wait for ever on a server that hangs, so it is left to the end of the process.
        std::mem::forget(player);
        stopped.map_or(Ok(()), |signal| Err(Error::Stopped(signal)))
    }
}

fn open(device: Option<&str>, score: &Score) -> Result<Player, Error> {
    let score = score.clone();
    let at_rate = move |rate: SampleRate| Metronome::new(Arc::new(score.map(rate)), &score.voice);
    Player::open(device, Arc::new(at_rate)).map_err(|error| Error::NoDevice(Box::new(error)))
}

/// `● 168 BPM  12:34 of 30:00  17:26 left`
fn line(score: &Score, map: &TempoMap, position: Duration, playing: Playing) -> String {
    let bpm = score.tempo.to_string();
    if playing == Playing::Lost {
        return format!("○ {bpm}  the sound device is lost, trying again");
    }
    let Some(elapsed) = position.checked_sub(score.lead_in) else {
        return format!(
            "○ {bpm}  first click in {}",
            clock(score.lead_in.saturating_sub(position))
        );
    };
    let pulse = if is_sounding(map, position) {
        '●'
    } else {
        '○'
    };
    let time = clock(elapsed);
    match score.length {
        None => format!("{pulse} {bpm}  {time}  Ctrl-C stops"),
        Some(length) => {
            let left = clock(length.saturating_sub(elapsed));
            format!("{pulse} {bpm}  {time} of {}  {left} left", clock(length))
        }
    }
}

/// Whether a click began within the time that the pulse is shown.
fn is_sounding(map: &TempoMap, position: Duration) -> bool {
    let since = Frame::nearest(position.saturating_sub(PULSE), map.rate());
    let now = Frame::nearest(position, map.rate());
    map.beats_from(since)
        .take_while(|beat| beat.frame() <= now)
        .any(Beat::is_heard)
}

/// `5040 clicks in 30m, 0 underruns`
fn summary(score: &Score, map: &TempoMap, player: &Player, stopped: Option<Signal>) -> String {
    let position = match stopped {
        None => score
            .length
            .map_or(player.position(), |length| score.lead_in + length),
        Some(_) => player.position(),
    };
    let end = Frame::nearest(position, map.rate());
    let clicks = map
        .beats()
        .take_while(|beat| beat.frame() < end)
        .filter(|beat| beat.is_heard())
        .count();
    let time = report::in_words(position.saturating_sub(score.lead_in));
    let how = if stopped.is_some() {
        "stopped after "
    } else {
        ""
    };
    format!(
        "{how}{} in {time}, {}",
        counted(clicks as u64, "click"),
        counted(player.underruns(), "underrun")
    )
}
