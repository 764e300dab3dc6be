//! Tempo over time: the sections of a [`TempoMap`] on whole frames.

use std::time::Duration;

use super::ScheduleError;
use super::beats::{Beats, Signal};
use super::pace::{Cue, Pace};
use super::phase::section_phase_at;
use super::time::{Frame, Frames, NANOS, SampleRate, narrowed, nearest, signed};
use crate::tempo::{Pulse, Tempo};

/// One stretch of a [`TempoMap`], on whole frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) start: Frame,
    /// None for an endless section, which is the last one.
    pub(super) length: Option<Frames>,
    /// Over how long a ramp spreads: the length, unless the map was cut short within this section.
    pub(super) spread: Option<Frames>,
    pub(super) pace: Pace,
    pub(super) cue: Cue,
    /// Where in its cue it begins: not at its start where an edit has split it.
    pub(super) cue_begun: Frames,
    /// Over how long a fade spreads.
    pub(super) cue_spread: Option<Frames>,
    /// Which of the sections that were added it is, or is a piece of.
    pub(super) part: usize,
    /// What the grid has counted at `start`, in [`TempoMap::beat_phase`] units.
    pub(super) phase: u128,
    /// The first beat that no longer belongs to it; `None` for an endless section.
    pub(super) end_beat: Option<u64>,
}

/// Tempo over time, as sections at a sample rate.
///
/// ```
/// use std::time::Duration;
/// use cadence::schedule::{Cue, Pace, SampleRate, TempoMap};
///
/// let rate = SampleRate::from_hz(44_100)?;
/// let mut map = TempoMap::new(rate);
/// map.push(Duration::from_secs(60), Pace::Steady("170".parse()?), Cue::On)?;
/// let frames: Vec<u64> = map.beats().take(3).map(|beat| beat.frame().index()).collect();
/// assert_eq!(frames, [0, 15_565, 31_129]); // 60 · 44,100 / 170 = 15,564.706 frames a beat
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TempoMap {
    pub(super) rate: SampleRate,
    pub(super) pulse: Pulse,
    pub(super) sections: Vec<Section>,
    /// The section after which the start of each section, and the end, is signalled.
    pub(super) signals_after: Option<usize>,
    /// The exact end of the last section, from which the next one's start is rounded.
    pub(super) end_nanos: u128,
}

impl TempoMap {
    /// The longest that finite sections may last together: a week.
    pub const MAX_LENGTH: Duration = Duration::from_secs(7 * 24 * 3600);

    /// Creates a map without sections, which has no beats.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            rate,
            pulse: Pulse::PerStep,
            sections: Vec::new(),
            signals_after: None,
            end_nanos: 0,
        }
    }

    /// Makes room for so many more sections.
    pub(crate) fn with_room(mut self, sections: usize) -> Self {
        self.sections.reserve(sections);
        self
    }

    /// Sets which beats sound.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        Self { pulse, ..self }
    }

    /// Adds a signal at the start of each section after the one at `part`, counted from zero, and
    /// one at the end.
    #[must_use]
    pub fn with_signals_after(self, part: usize) -> Self {
        Self {
            signals_after: Some(part),
            ..self
        }
    }

    /// Appends a section of the given length.
    ///
    /// # Errors
    /// [`ScheduleError::AfterTheEnd`] after an endless section, [`ScheduleError::TooLong`] past
    /// [`MAX_LENGTH`](Self::MAX_LENGTH), [`ScheduleError::NoCue`] for a [`Cue::OnOff`] that is
    /// never on.
    pub fn push(&mut self, length: Duration, pace: Pace, cue: Cue) -> Result<(), ScheduleError> {
        let end_nanos = self.end_nanos + length.as_nanos();
        if end_nanos > Self::MAX_LENGTH.as_nanos() {
            return Err(ScheduleError::TooLong);
        }
        let end = nearest(end_nanos, self.rate);
        let start = self.end().ok_or(ScheduleError::AfterTheEnd)?;
        self.add(Some(Frame::after(end).since(start)), pace, cue)?;
        self.end_nanos = end_nanos;
        Ok(())
    }

    /// Appends a last section that never ends, at one tempo.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_endless(&mut self, tempo: Tempo, cue: Cue) -> Result<(), ScheduleError> {
        self.add(None, Pace::Steady(tempo), cue)
    }

    pub(super) fn add(
        &mut self,
        length: Option<Frames>,
        pace: Pace,
        cue: Cue,
    ) -> Result<(), ScheduleError> {
        if matches!(
            cue,
            Cue::OnOff {
                on: Duration::ZERO,
                ..
            }
        ) {
            return Err(ScheduleError::NoCue);
        }
        let part = self.sections.last().map_or(0, |last| last.part + 1);
        self.append(Section {
            start: Frame::START,
            length,
            spread: length,
            pace,
            cue,
            cue_begun: Frames(0),
            cue_spread: length,
            part,
            phase: 0,
            end_beat: None,
        })
    }

    /// Appends a section, whose start and beats follow from the last one.
    pub(super) fn append(&mut self, mut section: Section) -> Result<(), ScheduleError> {
        section.start = self.end().ok_or(ScheduleError::AfterTheEnd)?;
        section.phase = self.sections.last().map_or(0, |last| {
            if last.pace == Pace::Rest {
                // The grid begins anew, with the first foot: an even beat.
                last.phase.next_multiple_of(2 * self.beat_phase())
            } else {
                last.phase
                    + section_phase_at(last.pace, last.spread, last.length.unwrap_or_default())
            }
        });
        section.end_beat = self.end_beat(&section);
        self.sections.push(section);
        Ok(())
    }

    /// Where the last section ends; `None` where it never does.
    pub(super) fn end(&self) -> Option<Frame> {
        self.sections
            .last()
            .map_or(Some(Frame::START), |last| Some(last.start + last.length?))
    }

    /// Cuts the map off at a time. A map that ends earlier is unchanged.
    #[must_use]
    pub fn cut(mut self, at: Duration) -> Self {
        let end = Frame::nearest(at, self.rate);
        self.sections
            .truncate(self.sections.partition_point(|section| section.start < end));
        if let Some(mut last) = self.sections.pop() {
            let left = end.since(last.start);
            if last.length.is_none_or(|length| left < length) {
                last.length = Some(left);
                last.end_beat = self.end_beat(&last);
                self.end_nanos = at.as_nanos();
            }
            self.sections.push(last);
        } else {
            self.end_nanos = 0;
        }
        self
    }

    /// The grid's phase is counted in units of which one beat has this many: small enough that
    /// every pace gains a whole number of them in each frame, so that nothing is ever rounded
    /// before the frame itself.
    pub(super) fn beat_phase(&self) -> u128 {
        120 * u128::from(self.rate.0) * NANOS
    }

    /// Frames per second.
    #[must_use]
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Which beats sound.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse
    }

    /// The length from frame zero to the end of the last section; `None` if that is endless.
    #[must_use]
    pub fn length(&self) -> Option<Frames> {
        self.end().map(|end| end.since(Frame::START))
    }

    /// An iterator over the beats from the first one on.
    #[must_use]
    pub fn beats(&self) -> Beats<&Self> {
        self.beats_from(Frame::START)
    }

    /// An iterator over the beats at `frame` or later.
    #[must_use]
    pub fn beats_from(&self, frame: Frame) -> Beats<&Self> {
        Beats::from_frame(self, frame)
    }

    /// An iterator over the signals at `frame` or later, in order.
    pub fn signals_from(&self, frame: Frame) -> impl Iterator<Item = (Frame, Signal)> {
        let after = self.signals_after;
        let begins = self.sections.windows(2).filter(move |pair| {
            pair[0].part != pair[1].part && after.is_some_and(|after| pair[1].part > after)
        });
        let changes = begins.map(|pair| (pair[1].start, Signal::Change));
        let end = after.and_then(|_| self.end()).map(|end| (end, Signal::End));
        changes.chain(end).filter(move |(at, _)| *at >= frame)
    }

    /// The index of the added section that plays at a frame; `None` past the end.
    #[must_use]
    pub fn part_at(&self, frame: Frame) -> Option<usize> {
        self.section_at(frame)
            .map(|index| self.sections[index].part)
    }

    /// The end of the part that plays at a frame; `None` past the end, or if the part never ends.
    #[must_use]
    pub fn part_end(&self, frame: Frame) -> Option<Frame> {
        let here = &self.sections[self.section_at(frame)?..];
        let last = here
            .iter()
            .take_while(|section| section.part == here[0].part)
            .last()?;
        Some(last.start + last.length?)
    }

    /// The tempo at a frame, in beats per minute; `None` in a rest and past the end.
    #[must_use]
    pub fn bpm_at(&self, frame: Frame) -> Option<f64> {
        let section = &self.sections[self.section_at(frame)?];
        let (from, to) = section.pace.ends()?;
        let spread = section
            .spread
            .map_or(f64::INFINITY, |spread| spread.0 as f64);
        let share = frame.since(section.start).0 as f64 / spread;
        Some((from as f64 + (to as f64 - from as f64) * share) / 1e9)
    }

    /// The start of each section, in the order in which the sections were added.
    #[must_use]
    pub fn section_starts(&self) -> impl ExactSizeIterator<Item = Frame> {
        self.sections.iter().map(|section| section.start)
    }

    /// The number of beats heard in each section, in the order in which the sections were added;
    /// `None` for an endless one.
    ///
    /// The number is computed without iterating over the beats and agrees with
    /// [`beats`](Self::beats): a beat that is rounded up onto the first frame of a section belongs
    /// to the section before.
    #[must_use]
    pub fn section_clicks(&self) -> impl ExactSizeIterator<Item = Option<u64>> {
        self.sections.iter().map(|section| self.clicks_in(section))
    }

    pub(super) fn clicks_in(&self, section: &Section) -> Option<u64> {
        let (length, end) = (section.length?, section.end_beat?);
        if section.pace == Pace::Rest {
            return Some(0);
        }
        let first = self.first_beat(section);
        let sounding = |beats: std::ops::Range<u64>| match self.pulse {
            Pulse::PerStep => beats.end.saturating_sub(beats.start),
            Pulse::PerStride => (beats.end.div_ceil(2)).saturating_sub(beats.start.div_ceil(2)),
        };
        let Cue::OnOff { on, off } = section.cue else {
            let heard = section.cue != Cue::Off;
            return Some(if heard { sounding(first..end) } else { 0 });
        };
        // The frames of each stretch that is heard, by the rule of `Section::level`; a beat is
        // rounded into them from half a frame before to half a frame before the end.
        let cycle = (on.as_nanos() + off.as_nanos()) * u128::from(self.rate.0);
        let heard = on.as_nanos() * u128::from(self.rate.0);
        let begun = u128::from(section.cue_begun.0) * NANOS;
        let beat_at = |nanos: u128| {
            let frame = nanos.saturating_sub(begun).div_ceil(NANOS);
            if frame > u128::from(length.0) {
                return end; // past the end a ramp that sinks would turn back
            }
            self.beat_from(section, 2 * signed(frame) - 1)
                .max(first)
                .min(end)
        };
        let stretches = (0..)
            .map(|index| index * cycle)
            .skip_while(|start| start + cycle <= begun)
            .take_while(|start| *start <= u128::from(length.0) * NANOS + begun);
        Some(
            stretches
                .map(|start| sounding(beat_at(start)..beat_at(start + heard)))
                .sum(),
        )
    }

    /// The section that a frame lies in, by its place in the order; `None` past the end.
    pub(super) fn section_at(&self, frame: Frame) -> Option<usize> {
        let index = self
            .sections
            .partition_point(|section| section.start <= frame)
            .checked_sub(1)?;
        let section = &self.sections[index];
        section
            .length
            .is_none_or(|length| frame < section.start + length)
            .then_some(index)
    }

    /// The first beat of a section: the first whose phase is not below the section's.
    pub(super) fn first_beat(&self, section: &Section) -> u64 {
        narrowed(section.phase.div_ceil(self.beat_phase()))
    }

    /// The first beat that no longer belongs to a section: the first whose exact place is not
    /// before the end.
    pub(super) fn end_beat(&self, section: &Section) -> Option<u64> {
        let length = i128::from(section.length?.0);
        Some(self.beat_from(section, 2 * length))
    }

    /// The first beat whose exact place is not before a number of half frames after the start of
    /// its section.
    pub(super) fn beat_from(&self, section: &Section, half_frames: i128) -> u64 {
        let beat = signed(self.beat_phase());
        let phase = signed(section.phase); // at most 2^79, as in `frames_to_phase`
        let Some((from, to)) = section.pace.ends() else {
            return self.first_beat(section);
        };
        let (from, slope) = (i128::from(from), i128::from(to) - i128::from(from));
        let (gained, scale) = match section.spread {
            // The gain of `frames_to_phase`, times 4F so that it is whole: below 2^120.
            Some(Frames(spread)) if spread > 0 && slope != 0 => {
                let scale = 4 * i128::from(spread);
                (
                    scale * from * half_frames + slope * half_frames * half_frames,
                    scale,
                )
            }
            _ => (from * half_frames, 1),
        };
        let reached = (phase * scale + gained).max(0).unsigned_abs();
        narrowed(reached.div_ceil((beat * scale).unsigned_abs()))
    }
}
