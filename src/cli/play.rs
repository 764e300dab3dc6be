//! `cadence play`: on the sound device, until it ends or is stopped, with keys where there is a terminal.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::KeyCode;

use cadence::audio::device::{Ahead, DeviceError, Player, Playing, STALL};
use cadence::audio::metronome::Metronome;
use cadence::cadence::one_decimal;
use cadence::schedule::{Beat, Cue, Edit, Frame, Pace, SampleRate, TempoMap};
use cadence::workout::Part;

use crate::cli::args::PlayArgs;
use crate::cli::calc::Hints;
use crate::cli::interrupt::{Interrupt, Interrupts};
use crate::cli::keys::{Keys, is_combined, is_control};
use crate::cli::report::{self, Error, clock, in_words};
use crate::cli::score::Score;
use crate::cli::status::{StatusLine, counted};

/// Between two looks at the player, on a terminal: the pulse must not limp.
const LOOK: Duration = Duration::from_millis(20);

/// Between two looks where nobody watches.
const LOOK_UNSEEN: Duration = Duration::from_millis(50);

/// How long the pulse is shown at each click: shorter than the shortest beat. The project's own choice.
const PULSE: Duration = Duration::from_millis(120);

/// What the up and down keys add, in billionths of a beat per minute.
const ONE_BPM: i64 = 1_000_000_000;

/// What the right key multiplies by, and the left one divides by, so that one undoes the other: 5 %.
const FIVE_PERCENT: f64 = 1.05;

impl PlayArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let status = if self.quiet {
            None
        } else {
            StatusLine::on_terminal()
        };
        // Off a terminal there is nothing but errors.
        let hints = Hints::unless(status.is_none());
        let (score, told) =
            Score::new(&self.what, self.length.map(Into::into), &self.sound, hints)?;
        if let Some(told) = told.filter(|_| status.is_some()) {
            report::note(&told);
        }
        let interrupts = Interrupts::catch_with_pause()
            .map_err(|error| Error::failed("cannot catch interrupts", error))?;
        let with_keys = status.is_some() && io::stdin().is_terminal();
        let ahead = if with_keys {
            Ahead::Responsive
        } else {
            Ahead::Safe
        };
        let at_rate = {
            let score = score.clone();
            move |rate: SampleRate| Metronome::new(Arc::new(score.map(rate)), &score.voice)
        };
        let player = Player::begin(self.device.as_deref(), ahead, Arc::new(at_rate));

        let mut run = Run {
            score,
            player,
            interrupts,
            status,
            with_keys,
            keys: None,
            muted: Spans::default(),
            lost: Spans::default(),
        };
        let end = run.until_end(self.quiet);
        run.keys = None;
        if let Some(status) = &mut run.status {
            status.clear();
        }
        let was_stopped = matches!(end, End::Interrupt(_));
        let has_summary = !matches!(end, End::NoDevice(_));
        if has_summary && (run.status.is_some() || was_stopped && !self.quiet) {
            report::note(&run.summary(&end));
        }
        // Closing a device can wait for ever on a server that hangs, so it is left to the end of the process.
        std::mem::forget(run.player);
        match end {
            End::Interrupt(interrupt) => Err(Error::Stopped(interrupt)),
            End::NoDevice(error) => Err(Error::NoDevice(Box::new(error))),
            End::Played | End::Key => Ok(()),
        }
    }
}

/// How a run ended.
enum End {
    Played,
    /// By the key for it.
    Key,
    Interrupt(Interrupt),
    /// There is none, or its time was over while it was lost.
    NoDevice(DeviceError),
}

/// Spans of time in a run; the last one may be open.
#[derive(Debug, Default)]
struct Spans(Vec<(Duration, Option<Duration>)>);

impl Spans {
    fn is_open(&self) -> bool {
        matches!(self.0.last(), Some((_, None)))
    }

    /// Opens a span, or closes the open one.
    fn set_open(&mut self, open: bool, at: Duration) {
        match self.0.last_mut() {
            Some((_, end @ None)) if !open => *end = Some(at),
            _ if open => self.0.push((at, None)),
            _ => {}
        }
    }

    fn contain(&self, at: Duration) -> bool {
        self.0
            .iter()
            .any(|(from, end)| *from <= at && end.is_none_or(|end| at < end))
    }
}

/// A run under way.
struct Run {
    score: Score,
    player: Player,
    interrupts: Interrupts,
    status: Option<StatusLine>,
    with_keys: bool,
    keys: Option<Keys>,
    /// When clicks were left out by key.
    muted: Spans,
    /// When the device was lost, so that nothing was heard.
    lost: Spans,
}

impl Run {
    fn until_end(&mut self, is_quiet: bool) -> End {
        loop {
            let playing = match self.player.tend() {
                Ok(Playing::Ended) => return End::Played,
                Ok(playing) => playing,
                Err(error) => return End::NoDevice(error),
            };
            let is_lost = playing == Playing::Lost;
            if is_lost && self.is_over() {
                return End::NoDevice(DeviceError::Lost);
            }
            if let Some(interrupt) = self.interrupts.caught() {
                return End::Interrupt(interrupt);
            }
            if self.interrupts.must_pause() {
                self.pause();
            }
            if self.with_keys && self.keys.is_none() {
                self.keys = Keys::take();
            }
            if self.status.is_some() {
                let line = self.line(playing);
                if let Some(status) = &mut self.status {
                    status.show(&line);
                }
            } else if is_lost && !self.lost.is_open() && !is_quiet {
                report::error("the sound device is lost: trying again until it is back");
            }
            if is_lost != self.lost.is_open() {
                // It was silent before it was given up.
                let noticed_after = if is_lost { STALL } else { Duration::ZERO };
                self.lost.set_open(
                    is_lost,
                    self.player.position().saturating_sub(noticed_after),
                );
            }
            if let Some(end) = self.wait() {
                return end;
            }
        }
    }

    /// Waits for a key or the next look.
    fn wait(&mut self) -> Option<End> {
        let Some(keys) = &self.keys else {
            thread::sleep(if self.status.is_some() {
                LOOK
            } else {
                LOOK_UNSEEN
            });
            return None;
        };
        let Ok(waited) = keys.wait(LOOK) else {
            return Some(End::Interrupt(Interrupt::HANG_UP));
        };
        let (key, pressed) = waited?;
        if is_control(key, 'c') {
            return Some(End::Interrupt(Interrupt::CTRL_C));
        }
        if is_control(key, 'z') {
            self.interrupts.ask_to_pause();
        }
        if is_combined(key) {
            return None;
        }
        match key.code {
            KeyCode::Char('q') => return Some(End::Key),
            KeyCode::Char(' ') => self.mute(),
            KeyCode::Char('n') => self.player.edit(Edit::Skip),
            KeyCode::Char('r') => self.land(pressed),
            KeyCode::Up => self.player.edit(Edit::Add(ONE_BPM)),
            KeyCode::Down => self.player.edit(Edit::Add(-ONE_BPM)),
            KeyCode::Right => self.player.edit(Edit::Multiply(FIVE_PERCENT)),
            KeyCode::Left => self.player.edit(Edit::Multiply(1.0 / FIVE_PERCENT)),
            _ => {}
        }
        None
    }

    /// Gives the terminal back and stops, until the shell lets it go on.
    fn pause(&mut self) {
        self.keys = None;
        if let Some(status) = &mut self.status {
            status.clear();
        }
        self.interrupts.pause();
    }

    fn mute(&mut self) {
        let is_muted = !self.muted.is_open();
        self.muted.set_open(is_muted, self.player.position());
        self.player.mute(is_muted);
    }

    /// A foot landed when the key was pressed.
    fn land(&self, pressed: Instant) {
        if let Some(map) = self.player.map() {
            let position = self.player.position().saturating_sub(pressed.elapsed());
            self.player
                .edit(Edit::Land(Frame::nearest(position, map.rate())));
        }
    }

    /// Whether the time of the run has come to its end.
    fn is_over(&self) -> bool {
        let length = self
            .player
            .map()
            .and_then(|map| Some(map.length()?.duration(map.rate())));
        length.is_some_and(|length| self.player.position() >= length)
    }

    /// `● 168 BPM  12:34 of 30:00  17:26 left`, and in a workout what is played now and next.
    fn line(&self, playing: Playing) -> String {
        if playing == Playing::Lost {
            return "○ sound device lost, trying again".to_owned();
        }
        let (Some(map), position) = (self.player.map(), self.player.position()) else {
            return String::new();
        };
        let now = Frame::nearest(position, map.rate());
        let part = map
            .part_at(now)
            .and_then(|index| Some((index, self.score.timeline.parts().get(index)?)));
        let pulse = if is_sounding(&map, position) && !self.muted.is_open() {
            '●'
        } else {
            '○'
        };
        // Where the beat waits for a foot that has landed, the tempo is that of the next one.
        let waits = || {
            map.beats_from(now)
                .next()
                .and_then(|beat| map.bpm_at(beat.frame()))
        };
        let is_rest = part.is_some_and(|(_, part)| part.pace() == Pace::Rest);
        let tempo = match map
            .bpm_at(now)
            .or_else(|| if is_rest { None } else { waits() })
        {
            Some(bpm) => format!("{} BPM", one_decimal(bpm)),
            None => "rest".to_owned(),
        };
        let mut words = vec![format!("{pulse} {tempo}"), self.times(&map, position)];
        words.extend(
            self.cue(&map, now, part.map(|(_, part)| part))
                .map(str::to_owned),
        );
        if self.score.timeline.parts().len() > self.score.first_segment() + 1
            && let Some((index, _)) = part
        {
            words.extend(self.next(&map, now, index));
        }
        words.join("  ")
    }

    /// When the workout itself begins, behind lead-in and count-in.
    fn start(&self) -> Duration {
        let first = self.score.timeline.parts().get(self.score.first_segment());
        first.map_or(Duration::ZERO, Part::start)
    }

    /// How far it has come, of what.
    fn times(&self, map: &TempoMap, position: Duration) -> String {
        let start = self.start();
        let Some(elapsed) = position.checked_sub(start) else {
            return format!("begins in {}", clock(start.saturating_sub(position)));
        };
        match map.length() {
            None => clock(elapsed),
            Some(length) => {
                let length = length.duration(map.rate()).saturating_sub(start);
                let left = length.saturating_sub(elapsed);
                format!(
                    "{} of {}  {} left",
                    clock(elapsed),
                    clock(length),
                    clock(left)
                )
            }
        }
    }

    /// What the cue does, where it is not simply heard.
    fn cue(&self, map: &TempoMap, now: Frame, part: Option<&Part>) -> Option<&'static str> {
        let cue = part?.cue();
        if self.muted.is_open() {
            return Some("muted");
        }
        let is_heard = map.beats_from(now).next().is_none_or(Beat::is_heard);
        match cue {
            Cue::OnOff { .. } => Some(if is_heard { "cue on" } else { "cue off" }),
            Cue::Fade => Some("cue fades"),
            Cue::Off => Some("no cue"),
            Cue::On => None,
        }
    }

    /// Which segment it is, what comes next, and when.
    fn next(&self, map: &TempoMap, now: Frame, part: usize) -> Option<String> {
        let (parts, first) = (self.score.timeline.parts(), self.score.first_segment());
        let wait = clock(map.part_end(now)?.since(now).duration(map.rate()));
        let next = parts
            .get(part + 1)
            .map_or_else(|| "the end".to_owned(), ToString::to_string);
        Some(match (part + 1).checked_sub(first) {
            Some(number @ 1..) => format!(
                "segment {number} of {}, then {next} in {wait}",
                parts.len() - first
            ),
            _ => format!("then {next} in {wait}"),
        })
    }

    /// `stopped after 5040 clicks in 30m, 0 underruns`
    fn summary(&self, end: &End) -> String {
        let start = self.start();
        let map = self.player.map();
        let length = map
            .as_ref()
            .and_then(|map| Some(map.length()?.duration(map.rate())));
        let position = match end {
            End::Played => length.unwrap_or(self.player.position()),
            _ => length.map_or(self.player.position(), |length| {
                length.min(self.player.position())
            }),
        };
        let clicks = map.map_or(0, |map| self.clicks(&map, position));
        let how = if matches!(end, End::Played) {
            ""
        } else {
            "stopped after "
        };
        format!(
            "{how}{} in {}, {}",
            counted(clicks, "click"),
            in_words(position.saturating_sub(start)),
            counted(self.player.underruns(), "underrun")
        )
    }

    /// How many clicks were heard until a position.
    fn clicks(&self, map: &TempoMap, position: Duration) -> u64 {
        let end = Frame::nearest(position, map.rate());
        let was_silent = |beat: &Beat| {
            let at = beat.frame().since(Frame::START).duration(map.rate());
            self.muted.contain(at) || self.lost.contain(at)
        };
        let beats = map.beats().take_while(|beat| beat.frame() < end);
        beats
            .filter(|beat| beat.is_heard() && !was_silent(beat))
            .count() as u64
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
