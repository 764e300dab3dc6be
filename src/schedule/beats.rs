//! Beats in order, each computed from its index.

use super::map::{Section, TempoMap};
use super::pace::{Cue, FADE_END_DB, Pace};
use super::phase::{frames_to_phase, section_phase_at};
use super::time::{Frame, Frames, NANOS, SampleRate, narrowed};
use crate::tempo::Pulse;

/// A point on the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    pub(super) index: u64,
    pub(super) frame: Frame,
    pub(super) level: f32,
}

impl Beat {
    /// Its number on the grid, from zero. Even beats are the first foot's. After a rest the count
    /// may skip one, so that the first foot begins again.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// The frame on which it begins.
    #[must_use]
    pub fn frame(self) -> Frame {
        self.frame
    }

    /// The amplitude at which it sounds: 1 at full level, 0 where the cue is silent.
    #[must_use]
    pub fn level(self) -> f32 {
        self.level
    }

    /// Whether it is heard.
    #[must_use]
    pub fn is_heard(self) -> bool {
        self.level > 0.0
    }
}

/// The beats of a map in order, without those that the pulse leaves out; silent ones included.
///
/// `M` is a reference to the map or owns it.
#[derive(Clone, Debug)]
pub struct Beats<M> {
    map: M,
    pub(super) section: usize,
    pub(super) index: u64,
}

impl<M: std::borrow::Borrow<TempoMap>> Beats<M> {
    /// The beats of `map` at `frame` or later.
    pub fn from_frame(map: M, frame: Frame) -> Self {
        let tempo_map = map.borrow();
        let section = tempo_map
            .section_at(frame)
            .unwrap_or(tempo_map.sections.len());
        // A beat of the section before may be rounded up onto this section's first frame.
        let section = section.saturating_sub(1);
        let index = match tempo_map.sections.get(section) {
            None => 0,
            Some(found) => {
                let since = frame.since(found.start);
                let done = found.length.map_or(since, |length| since.min(length));
                let gained = section_phase_at(found.pace, found.spread, done);
                // From two beats before, so that rounding cannot hide one; those before `frame` are
                // dropped below.
                let near = narrowed((found.phase + gained) / tempo_map.beat_phase());
                near.saturating_sub(2).max(tempo_map.first_beat(found))
            }
        };
        let mut beats = Self {
            map,
            section,
            index,
        };
        loop {
            let before = (beats.section, beats.index);
            match beats.next() {
                Some(beat) if beat.frame < frame => {}
                _ => {
                    (beats.section, beats.index) = before;
                    return beats;
                }
            }
        }
    }
}

impl<M: std::borrow::Borrow<TempoMap>> Iterator for Beats<M> {
    type Item = Beat;

    fn next(&mut self) -> Option<Beat> {
        let map = self.map.borrow();
        loop {
            let section = map.sections.get(self.section)?;
            if map.pulse == Pulse::PerStride {
                self.index = self.index.next_multiple_of(2);
            }
            if section.pace == Pace::Rest || section.end_beat.is_some_and(|end| self.index >= end) {
                self.section += 1;
                if let Some(next) = map.sections.get(self.section) {
                    self.index = self.index.max(map.first_beat(next));
                }
                continue;
            }
            let phase = u128::from(self.index) * map.beat_phase() - section.phase;
            let offset = Frames(frames_to_phase(section.pace, section.spread, phase));
            let beat = Beat {
                index: self.index,
                frame: section.start + offset,
                level: section.level(offset, map.rate),
            };
            self.index += 1;
            return Some(beat);
        }
    }
}

impl Section {
    /// The level of a beat `offset` frames into the section.
    pub(super) fn level(&self, offset: Frames, rate: SampleRate) -> f32 {
        let into_cue = self.cue_begun + offset;
        match (self.cue, self.cue_spread) {
            (Cue::Off, _) => 0.0,
            (Cue::OnOff { on, off }, _) => {
                // In nanoseconds times the rate, so that the edge is exact.
                let cycle = (on.as_nanos() + off.as_nanos()) * u128::from(rate.0);
                let into = u128::from(into_cue.0) * NANOS % cycle;
                f32::from(into < on.as_nanos() * u128::from(rate.0))
            }
            // No beat belongs to a section of no frames.
            (Cue::Fade, Some(Frames(spread))) => {
                level(10_f64.powf(FADE_END_DB / 20.0 * into_cue.0 as f64 / spread as f64))
            }
            (Cue::On, _) | (Cue::Fade, None) => 1.0,
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a level is from 0 to 1, where f32 has seven digits"
)]
fn level(amplitude: f64) -> f32 {
    amplitude as f32
}

/// A sound that is not a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Another section begins.
    Change,
    /// The end.
    End,
}
