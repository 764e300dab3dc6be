//! `cadence play`: on the sound device, until it ends or is stopped, with keys where there is a
//! terminal.

mod follow;
mod line;
mod session;
mod summary;

use std::path::Path;
use std::sync::Arc;

use cadence::audio::control::Control;
use cadence::audio::device::{Ahead, MakeSource, Player};

use crate::cli::args::PlayArgs;
use crate::cli::calc::Hints;
use crate::cli::devices;
use crate::cli::report::{self, Error};
use crate::cli::score::Score;
use crate::cli::terminal::{Input, Interrupts, StatusLine};
use session::{End, Session};

impl PlayArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        self.check_stdin()?;
        let status = StatusLine::on_terminal().filter(|_| !self.quiet);
        let is_seen = status.as_ref().is_some_and(StatusLine::is_seen);
        // Off a terminal there is nothing but errors.
        let hints = Hints::unless(!is_seen);
        let (score, count) = Score::new(&self.what, self.length, &self.sound, hints)?;
        #[cfg(feature = "music")]
        let music = self.music.open(self.sound.volume)?;
        if let Some(count) = count.filter(|_| is_seen) {
            report::note(&count);
        }
        let base = self.what.base.told_or_counted(Hints::Silent)?;
        let follow = self.follow.begin(base)?;
        let interrupts =
            Interrupts::catch().map_err(|error| Error::failed("cannot catch interrupts", error))?;
        let input = self.input(status.is_some());
        if input.listens() {
            report::note("? shows the keys");
        }
        let control = Control::new();
        let make_source = source(&score, &control);
        #[cfg(feature = "music")]
        let make_source = match &music {
            Some(music) => music.source(&score, &control),
            None => make_source,
        };
        let player = self.player(make_source, &input);
        let mut session = Session::new(score, player, control, interrupts, status, input, follow);
        #[cfg(feature = "music")]
        session.set_music(music);
        let end = session.until_end(self.quiet);
        if let Some(summary) = session.close(&end, self.quiet) {
            report::note(&summary);
        }
        let logged = session.close_follow(self.quiet);
        match end {
            End::Interrupt(interrupt) => logged.and(Err(Error::Stopped(interrupt))),
            End::NoDevice(error) => Err(Error::NoDevice(Box::new(error))),
            End::Played | End::Key if session.has_failed => Err(Error::Reported),
            End::Failed(error) => Err(error),
            End::Played | End::Key => logged,
        }
    }

    /// Stdin can be read for one thing.
    fn check_stdin(&self) -> Result<(), Error> {
        let is_workout = self.what.file.as_deref() == Some(Path::new("-"));
        if self.follow.follow.is_some() && is_workout {
            let text =
                "--follow - and --file - cannot both read stdin: name the file of the workout";
            return Err(Error::Usage(text.into()));
        }
        Ok(())
    }

    /// The keys of the terminal, also where stdin is the workout.
    fn input(&self, is_on_terminal: bool) -> Input {
        match &self.what.file {
            _ if !is_on_terminal => Input::without_keys(),
            _ if self.follow.follow.is_some() => Input::of_controlling_terminal(),
            Some(path) if path == Path::new("-") => Input::of_controlling_terminal(),
            _ => Input::of_stdin(),
        }
    }

    /// Begins to play on the device.
    fn player(&self, make_source: MakeSource, input: &Input) -> Player {
        let ahead = if input.has_keys() {
            Ahead::Responsive
        } else {
            Ahead::Safe
        };
        let server = devices::server();
        Player::begin(server.as_ref(), self.device.as_deref(), ahead, make_source)
    }
}

/// The click alone.
fn source(score: &Score, control: &Control) -> MakeSource {
    let (score, control) = (score.clone(), control.clone());
    Arc::new(move |rate| {
        let first = || score.map(rate);
        Ok(Box::new(control.metronome(rate, &score.voice, first)?))
    })
}
