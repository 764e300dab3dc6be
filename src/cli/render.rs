//! `cadence render`: the click as a file.

use std::ops::ControlFlow;
use std::sync::Arc;

use cadence::audio::encoding::Encoding;
use cadence::audio::metronome::Voice;
use cadence::audio::tags::Tags;
use cadence::schedule::{Frames, SampleRate, TempoMap};

use crate::cli::RenderArgs;
use crate::cli::calc::Hints;
use crate::cli::destination::Destination;
use crate::cli::interrupt::Interrupts;
use crate::cli::progress::Progress;
use crate::cli::report::{self, Error};
use crate::cli::score::Score;

impl RenderArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let (score, told) = Score::new(
            &self.what,
            self.length.map(Into::into),
            &self.sound,
            Hints::unless(self.quiet),
        )?;
        if score.timeline.length().is_none() {
            return Err(Error::Usage(
                "this never ends: say for how long, such as --for 30m".into(),
            ));
        }
        let rate = self.rate;
        let encoding = self.encoding(rate)?;
        let destination = Destination::open(&self.output, self.force)?;
        if let Some(told) = told.filter(|_| !self.quiet) {
            report::note(&told);
        }
        let map = score.map(rate);
        let progress = (!self.quiet).then(|| Progress::of(map.length().map_or(0, Frames::count)));
        write(
            destination,
            encoding,
            map,
            &score.voice,
            &score.tags(),
            |frames| {
                if let Some(progress) = &progress {
                    progress.show(frames);
                }
            },
        )
    }

    /// As `--encoding` says, or the name of the file; stdout is WAV.
    fn encoding(&self, rate: SampleRate) -> Result<Encoding, Error> {
        let chosen = self.encoding.map(Encoding::from);
        chosen
            .map_or_else(|| Encoding::of(&self.output), Ok)
            .and_then(|encoding| encoding.check(rate).map(|()| encoding))
            .map_err(|error| Error::Usage(error.to_string()))
    }
}

/// Writes a whole file. `on_block` is told how many frames are written after each block.
pub(crate) fn write(
    mut destination: Destination,
    encoding: Encoding,
    map: TempoMap,
    voice: &Voice,
    tags: &Tags,
    mut on_block: impl FnMut(u64),
) -> Result<(), Error> {
    let interrupts = destination.interrupts();
    let mut stopped = None;
    let written = encoding.write(&mut destination, Arc::new(map), voice, tags, |position| {
        on_block(position.index());
        stopped = interrupts.as_ref().and_then(Interrupts::caught);
        if stopped.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    if let Some(interrupt) = stopped {
        return Err(Error::Stopped(interrupt));
    }
    written.map_err(|error| destination.failed(error))?;
    destination.finish()
}
