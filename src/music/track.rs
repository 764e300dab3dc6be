//! A track and its tempo: a row of a report, of the index, and of what one scan hands to another as
//! JSON lines.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::analysis::{Fold, Taken, measure, settle};
use super::decode::{DecodeError, Decoder};

/// A track and its tempo.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackTempo {
    /// The path of the file.
    pub file: String,
    /// Beats per minute; missing where there is no beat.
    pub bpm: Option<f64>,
    /// Steps a minute of a runner who takes half a step, one or two to a beat.
    pub cadence: Option<f64>,
    /// Whether the tempo can be relied on.
    pub sure: bool,
    /// Why it cannot be relied on.
    pub reason: Option<String>,
    /// Which tempo was taken.
    pub taken: Option<Taken>,
    /// What was measured.
    pub measured_bpm: Option<f64>,
    /// What the file's tag says.
    pub tag_bpm: Option<f64>,
    /// The artist.
    pub artist: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The duration; missing if the file could not be decoded.
    pub seconds: Option<f64>,
    /// Gain in decibels that brings it to -18 LUFS, by its tag.
    pub gain_db: Option<f64>,
    /// Seconds that the file promises and does not hold.
    pub lost_s: Option<f64>,
}

impl TrackTempo {
    /// Decodes and measures a file. `go_on` is called now and then; if it returns `false`, there is
    /// no result.
    #[must_use]
    pub fn measure(path: &Path, go_on: impl FnMut() -> bool) -> Option<Self> {
        let mut track = match Decoder::open(path) {
            Ok(decoder) => Self::measured(decoder, go_on)?,
            Err(error) => Self::unreadable(&error),
        };
        track.file = path.to_string_lossy().into_owned();
        Some(track)
    }

    fn measured(mut decoder: Decoder, go_on: impl FnMut() -> bool) -> Option<Self> {
        let measurement = measure(&mut decoder, go_on)?;
        let tags = decoder.tags();
        let settled = settle(measurement.bpm, measurement.doubt, tags.bpm);
        Some(Self {
            file: String::new(),
            bpm: settled.bpm,
            cadence: settled.bpm.map(|bpm| bpm * Fold::for_running(bpm).factor()),
            sure: settled.bpm.is_some() && settled.reason.is_none(),
            reason: settled.reason,
            taken: settled.taken,
            measured_bpm: measurement.bpm,
            tag_bpm: tags.bpm.map(|tag| tag.bpm),
            artist: tags.artist.clone(),
            title: tags.title.clone(),
            seconds: Some(measurement.length.as_secs_f64()),
            gain_db: tags.gain_db,
            lost_s: measurement.lost.map(|lost| lost.as_secs_f64()),
        })
    }

    fn unreadable(error: &DecodeError) -> Self {
        Self {
            reason: Some(error.to_string()),
            ..Self::default()
        }
    }

    /// Whether the file could be decoded at all.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.seconds.is_some()
    }

    /// `Artist - Title`, or as much of it as is known, or else the name of the file.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.artist, &self.title) {
            (Some(artist), Some(title)) => format!("{artist} - {title}"),
            (None, Some(title)) => title.clone(),
            (_, None) => {
                let stem = Path::new(&self.file).file_stem().unwrap_or_default();
                stem.to_string_lossy().into_owned()
            }
        }
    }

    /// Checks what was read from elsewhere.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let tempo = |bpm: Option<f64>| bpm.is_none_or(|bpm| (20.0..=400.0).contains(&bpm));
        tempo(self.bpm)
            && self
                .seconds
                .is_none_or(|seconds| (0.0..1e7).contains(&seconds))
            && (!self.sure || (self.bpm.is_some() && self.is_readable()))
            && !self.file.is_empty()
    }
}
