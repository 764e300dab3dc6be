//! The summary of a run that has ended.

use std::time::Duration;

use cadence::schedule::{Beat, Frame, TempoMap};

use super::session::{End, Session};
use crate::cli::text::{counted, in_words};

/// Spans of time in a run; the last one may be open.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<(Duration, Option<Duration>)>);

impl Spans {
    pub(super) fn is_open(&self) -> bool {
        matches!(self.0.last(), Some((_, None)))
    }

    /// Opens a span, or closes the open one.
    pub(super) fn set_open(&mut self, open: bool, at: Duration) {
        match self.0.last_mut() {
            Some((_, end @ None)) if !open => *end = Some(at),
            _ if open => self.0.push((at, None)),
            _ => {}
        }
    }

    pub(super) fn contain(&self, at: Duration) -> bool {
        self.0
            .iter()
            .any(|(from, end)| *from <= at && end.is_none_or(|end| at < end))
    }
}

impl Session {
    /// `stopped after 5040 clicks in 30m`, and how often the device ran out of sound, where it did.
    pub(super) fn summary(&self, end: &End) -> String {
        let start = self.start();
        let map = self.control.map();
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
        let faults = match self.player.underruns() {
            0 => String::new(),
            faults => format!(", {}", counted(faults, "underrun")),
        };
        format!(
            "{how}{} in {}{faults}",
            counted(clicks, "click"),
            in_words(position.saturating_sub(start)),
        )
    }

    /// Number of clicks heard before a position.
    fn clicks(&self, map: &TempoMap, position: Duration) -> u64 {
        let end = Frame::nearest(position, map.rate());
        let was_silent = |beat: &Beat| {
            let at = beat.frame().since(Frame::START).duration(map.rate());
            self.muted.contain(at) || self.withheld.contain(at) || self.lost.contain(at)
        };
        let beats = map.beats().take_while(|beat| beat.frame() < end);
        beats
            .filter(|beat| beat.is_heard() && !was_silent(beat))
            .count() as u64
    }
}
