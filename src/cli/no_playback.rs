//! `cadence play` and `cadence devices` in a build without playback: they say how to get it.

use std::io::Write;

use crate::cli::args::PlayArgs;
use crate::cli::calc::Hints;
use crate::cli::devices::DevicesArgs;
use crate::cli::report::Error;
use crate::cli::score::Score;

/// Why no sound can be played.
#[derive(Debug, thiserror::Error)]
#[error("built without playback: build it with its default features")]
struct NoPlayback;

impl PlayArgs {
    pub(crate) fn run(&self) -> Result<(), Error> {
        // Report a mistake in the options first: another build would not fix it.
        Score::new(&self.what, self.length, &self.sound, Hints::Silent)?;
        Err(Error::NoDevice(Box::new(NoPlayback)))
    }
}

impl DevicesArgs {
    pub(crate) fn run(&self, _: &mut impl Write) -> Result<(), Error> {
        let Self { format: _ } = self;
        Err(Error::NoDevice(Box::new(NoPlayback)))
    }
}
