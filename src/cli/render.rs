//! `cadence render`: the click as a WAV file.

use std::ops::ControlFlow;
use std::sync::Arc;

use cadence::audio::metronome::Metronome;
use cadence::audio::wav;
use cadence::schedule::SampleRate;

use crate::cli::RenderArgs;
use crate::cli::destination::Destination;
use crate::cli::report::{self, Error};
use crate::cli::score::Score;
use crate::cli::signals::Signals;

impl RenderArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (score, told) = Score::new(&self.what, self.length.map(Into::into), &self.sound)?;
        if score.timeline.length().is_none() {
            return Err(Error::Usage(
                "this never ends: say for how long, such as --for 30m".into(),
            ));
        }
        let rate =
            SampleRate::from_hz(self.rate).map_err(|error| Error::Usage(error.to_string()))?;
        let metronome = Metronome::new(Arc::new(score.map(rate)), &score.voice);

        let mut destination = Destination::open(&self.output, self.force)?;
        if let Some(told) = told.filter(|_| !self.quiet) {
            report::note(&told);
        }
        let signals = destination.signals();
        let mut stopped = None;
        let written = wav::write(&mut destination, rate, metronome, |_| {
            stopped = signals.as_ref().and_then(Signals::caught);
            if stopped.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Some(signal) = stopped {
            return Err(Error::Stopped(signal));
        }
        written.map_err(|error| destination.failed(error))?;
        destination.finish()
    }
}
