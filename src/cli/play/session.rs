//! A run in progress: the player's state, the keys, and the time of the next look at both.

use std::time::{Duration, Instant};

use cadence::audio::control::Control;
use cadence::audio::device::{DeviceError, Player, Playing};
use cadence::schedule::{Edit, Frame, TempoFactor, TempoStep};

use super::follow::Follow;
use super::summary::Spans;
#[cfg(feature = "music")]
use crate::cli::music::under::Music;
use crate::cli::report;
use crate::cli::score::Score;
use crate::cli::terminal::{
    Input, Interrupt, Interrupts, Key, StatusLine, Waited, is_hang_up_ignored,
};

/// Time between two looks at the player if nothing is drawn.
const LOOK_UNSEEN: Duration = Duration::from_millis(200);

/// Time between two looks at a player that has no device yet, or has lost it.
const LOOK_SILENT: Duration = Duration::from_millis(100);

/// The longest time between two looks at the player on a terminal.
const LONGEST_LOOK: Duration = Duration::from_millis(250);

/// The shortest time between two drawings: at most 12 a second, which shows the pulse in time at
/// all but the highest tempi.
const SHORTEST_LOOK: Duration = Duration::from_millis(85);

/// Percent by which the right key raises the tempo; the left one undoes it.
const PERCENT: u32 = 5;

/// How a run ended.
pub(super) enum End {
    Played,
    /// By its key.
    Key,
    Interrupt(Interrupt),
    /// There is no device, or the run's time was over while it was lost.
    NoDevice(DeviceError),
    /// Something cannot be done any more, such as writing the log.
    Failed(report::Error),
}

/// A run in progress.
pub(super) struct Session {
    pub(super) score: Score,
    pub(super) player: Player,
    /// Changes what is played.
    pub(super) control: Control,
    interrupts: Interrupts,
    status: Option<StatusLine>,
    input: Input,
    /// Whether the sound library has reported a fault.
    pub(super) has_failed: bool,
    /// When clicks were left out by key.
    pub(super) muted: Spans,
    /// When the device was lost, so that nothing was heard.
    pub(super) lost: Spans,
    /// The runner's cadence, where it is followed.
    pub(super) follow: Option<Follow>,
    /// When the click was not needed.
    pub(super) withheld: Spans,
    /// What plays under the click.
    #[cfg(feature = "music")]
    pub(super) music: Option<Music>,
}

impl Session {
    pub(super) fn new(
        score: Score,
        player: Player,
        control: Control,
        interrupts: Interrupts,
        status: Option<StatusLine>,
        input: Input,
        follow: Option<Follow>,
    ) -> Self {
        Self {
            score,
            player,
            control,
            interrupts,
            status,
            input,
            has_failed: false,
            muted: Spans::default(),
            lost: Spans::default(),
            follow,
            withheld: Spans::default(),
            #[cfg(feature = "music")]
            music: None,
        }
    }

    #[cfg(feature = "music")]
    pub(super) fn set_music(&mut self, music: Option<Music>) {
        self.music = music;
    }

    pub(super) fn until_end(&mut self, is_quiet: bool) -> End {
        loop {
            let playing = match self.player.poll() {
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
            self.report_complaint();
            if let Err(error) = self.follow(playing, is_quiet) {
                return End::Failed(error);
            }
            #[cfg(feature = "music")]
            self.report_music(is_quiet);
            self.show(playing, is_quiet);
            self.note_loss(is_lost);
            match self.input.wait(Instant::now() + self.look(playing)) {
                Waited::Woken => {}
                Waited::Gone if is_hang_up_ignored() => {}
                Waited::Gone => return End::Interrupt(Interrupt::HANG_UP),
                Waited::Key(Key::Char('q'), _) => return End::Key,
                Waited::Key(key, pressed) => self.press(key, pressed),
            }
        }
    }

    /// Restores the terminal; returns the summary of a run that was seen, stopped or disturbed.
    pub(super) fn close(&mut self, end: &End, is_quiet: bool) -> Option<String> {
        self.input = Input::without_keys();
        self.report_complaint();
        #[cfg(feature = "music")]
        self.report_music(is_quiet);
        let is_on_terminal = self.status.is_some();
        let was_seen = self.status.take().is_some_and(|status| status.is_seen());
        let was_stopped = matches!(end, End::Interrupt(_)) && !is_on_terminal;
        // A run with missing sound is reported even without a terminal.
        let has_faults = self.player.underruns() > 0 && !is_on_terminal;
        let is_told = was_seen || was_stopped || has_faults;
        (is_told && !is_quiet && !matches!(end, End::NoDevice(_))).then(|| self.summary(end))
    }

    /// Prints what was kept of the tempo, and finishes the log.
    pub(super) fn close_follow(&mut self, is_quiet: bool) -> Result<(), report::Error> {
        let Some(follow) = &mut self.follow else {
            return Ok(());
        };
        let (kept, logged) = follow.close();
        if let Some(kept) = kept.filter(|_| !is_quiet) {
            report::note(&kept);
        }
        logged
    }

    /// Reports a fault of the sound library, once.
    fn report_complaint(&mut self) {
        if self.has_failed {
            return;
        }
        if let Some(said) = self.player.complaint() {
            report::error(&format!("sound device: {said}"));
            self.has_failed = true;
        }
    }

    /// Says what happened to the music.
    #[cfg(feature = "music")]
    fn report_music(&mut self, is_quiet: bool) {
        let is_seen = self.status.as_ref().is_some_and(StatusLine::is_seen);
        if let Some(music) = self.music.as_mut().filter(|_| !is_quiet) {
            music.report(is_seen);
        }
    }

    fn show(&mut self, playing: Playing, is_quiet: bool) {
        if self.status.is_some() {
            let line = self.line(playing, StatusLine::columns());
            if let Some(status) = &mut self.status {
                status.show(&line);
            }
        } else if playing == Playing::Lost && !self.lost.is_open() && !is_quiet {
            report::error("lost the sound device: trying again until it is back");
        }
    }

    /// Silences the click while a runner who is followed keeps the current tempo.
    fn follow(&mut self, playing: Playing, is_quiet: bool) -> Result<(), report::Error> {
        let target = self.target();
        let Some(follow) = self.follow.as_mut().filter(|_| playing == Playing::Yes) else {
            return Ok(());
        };
        let is_silent = follow.poll(target, is_quiet)?;
        if is_silent != self.withheld.is_open() {
            self.withheld.set_open(is_silent, self.player.position());
            self.control.withhold(is_silent);
        }
        Ok(())
    }

    /// The current tempo; `None` in a rest and before the workout begins.
    fn target(&self) -> Option<f64> {
        let (map, position) = (self.control.map()?, self.player.position());
        if position < self.start() {
            return None;
        }
        map.bpm_at(Frame::nearest(position, map.rate()))
    }

    fn note_loss(&mut self, is_lost: bool) {
        if is_lost != self.lost.is_open() {
            // It was silent before it was given up.
            let silent_for = if is_lost {
                self.player.silent_for()
            } else {
                Duration::ZERO
            };
            let at = self.player.position().saturating_sub(silent_for);
            self.lost.set_open(is_lost, at);
        }
    }

    /// Time until something may change: the pulse, the clock, or the state of the device.
    fn look(&self, playing: Playing) -> Duration {
        let is_seen = self.status.as_ref().is_some_and(StatusLine::is_seen);
        match playing {
            Playing::Yes if is_seen => self.next_change().clamp(SHORTEST_LOOK, LONGEST_LOOK),
            Playing::Yes => LOOK_UNSEEN,
            _ => LOOK_SILENT,
        }
    }

    fn press(&mut self, key: Key, pressed: Instant) {
        match key {
            Key::Char('?') => report::note(&self.keys()),
            Key::Char(' ') => self.mute(),
            // A lone tempo has no next segment, and its end has a key already.
            Key::Char('n') if self.has_segments() => self.control.edit(Edit::Skip),
            #[cfg(feature = "music")]
            Key::Char('n') => {
                if let Some(music) = &self.music {
                    music.next_track();
                }
            }
            #[cfg(feature = "music")]
            Key::Char('h') => {
                if let Some(music) = &self.music {
                    music.shift_half_beat();
                }
            }
            Key::Char('r') => self.rephase(pressed),
            Key::Up => self.control.edit(Edit::Add(TempoStep::from_bpm(1))),
            Key::Down => self.control.edit(Edit::Add(TempoStep::from_bpm(-1))),
            Key::Right => self
                .control
                .edit(Edit::Multiply(TempoFactor::from_percent(PERCENT))),
            Key::Left => {
                let factor = TempoFactor::from_percent(PERCENT).inverse();
                self.control.edit(Edit::Multiply(factor));
            }
            _ => {}
        }
    }

    /// The list of keys, in lines that fit a narrow terminal.
    fn keys(&self) -> String {
        #[cfg(feature = "music")]
        let has_tracks = self.music.as_ref().is_some_and(Music::has_tracks);
        #[cfg(not(feature = "music"))]
        let has_tracks = false;
        let half = if has_tracks {
            "\nh            shift the music by half a beat"
        } else {
            ""
        };
        let next = match (self.has_segments(), has_tracks) {
            (true, _) => "\nn            next segment",
            (false, true) => "\nn            next track",
            (false, false) => "",
        };
        format!(
            "\
up, down     1 BPM faster, slower
right, left  5 % faster, slower
space        mute
r            beat on your footfall{half}{next}
q            quit"
        )
    }

    fn mute(&mut self) {
        let is_muted = !self.muted.is_open();
        self.muted.set_open(is_muted, self.player.position());
        self.control.mute(is_muted);
    }

    /// A foot landed when the key was pressed.
    fn rephase(&self, pressed: Instant) {
        if let Some(map) = self.control.map() {
            let position = self.player.position().saturating_sub(pressed.elapsed());
            let landed = Frame::nearest(position, map.rate());
            self.control.edit(Edit::Rephase(landed));
        }
    }

    /// Whether the time of the run has come to its end.
    fn is_over(&self) -> bool {
        let length = self
            .control
            .map()
            .and_then(|map| Some(map.length()?.duration(map.rate())));
        length.is_some_and(|length| self.player.position() >= length)
    }
}
