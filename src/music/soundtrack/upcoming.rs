//! The next track, of which the beginning is made on a thread of its own while another plays.

use std::io;
use std::thread::{self, JoinHandle};

use super::prepare::Playable;
use super::voice::Voice;
use crate::audio::source::SourceError;
use crate::music::number::nearest;
use crate::music::stretch::StretchError;
use crate::schedule::{SampleRate, TempoMap};

/// The share of a track that is made, so that two cores have as much to do: one makes the end of a
/// track while the other makes the beginning of the next.
const SHARE: f64 = 0.5;
/// Seconds that are made, at most: 35 MB at 48 kHz.
const MOST_S: f64 = 90.0;

/// A track that is being made from its first frame on.
pub(super) struct Upcoming {
    /// The frame of the mix at which it begins.
    pub(super) at: u64,
    thread: JoinHandle<Result<Voice, StretchError>>,
}

impl Upcoming {
    /// Begins to make a track that will begin at a frame of the mix.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub(super) fn begin(
        track: Playable,
        at: u64,
        map: Option<TempoMap>,
        rate: SampleRate,
    ) -> io::Result<Self> {
        let thread = thread::Builder::new()
            .name("upcoming".into())
            .spawn(move || {
                let mut voice = Voice::begin(track, at, map.as_ref(), rate, None)?;
                let part = SHARE * (voice.end() - at as f64);
                voice.make_ahead(nearest(part.min(MOST_S * f64::from(rate.hz()))))?;
                Ok(voice)
            })?;
        Ok(Self { at, thread })
    }

    /// Waits until it is made.
    pub(super) fn join(self) -> Result<Voice, SourceError> {
        let voice = self.thread.join();
        Ok(voice.map_err(|_| "the music has failed")??)
    }
}
