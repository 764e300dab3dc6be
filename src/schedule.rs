//! Where each beat stands: a [`TempoMap`] maps beat k to its [`Frame`], in exact integer arithmetic.
//!
//! Here belongs time on the grid: sample rates, frames, tempo over time, and how loud the cue is. What a beat sounds like is
//! the audio module's; what a run is made of is the workout's.
//!
//! # The rule
//!
//! Tempo over time is a function b(t); beat k stands where ∫b dt = k, rounded to the nearest frame, half up. A beat is
//! computed from its index, never from the beat before it, so that an error cannot add up. Sections begin and end on whole
//! frames: the frame nearest to the sum of the durations before it. The grid runs on from section to section; after a rest
//! it begins anew, with a beat of the first foot on the first frame.

mod edit;

use std::fmt;
use std::time::Duration;

use crate::tempo::{Pulse, Tempo};

pub use edit::{Edit, TempoFactor, TempoStep};

/// Frames per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The highest rate, in Hz.
    pub const MAX_HZ: u32 = 768_000;

    /// Checks a rate in Hz.
    ///
    /// # Errors
    /// [`ScheduleError::Rate`] for zero and above [`MAX_HZ`](Self::MAX_HZ).
    pub fn from_hz(hz: u32) -> Result<Self, ScheduleError> {
        if (1..=Self::MAX_HZ).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(ScheduleError::Rate(hz))
        }
    }

    /// Frames per second.
    #[must_use]
    pub fn hz(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A position: the number of frames before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame(u64);

impl Frame {
    /// Position zero.
    pub const START: Self = Self(0);

    /// The frame that `frames` frames stand before.
    #[must_use]
    pub fn after(frames: Frames) -> Self {
        Self(frames.0)
    }

    /// The number of frames before this one.
    #[must_use]
    pub fn index(self) -> u64 {
        self.0
    }

    /// The frame nearest to a time since frame zero, half up.
    #[must_use]
    pub fn nearest(time: Duration, rate: SampleRate) -> Self {
        Self(Frames::nearest(time, rate).0)
    }

    /// From an earlier frame to this one; none where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Frames {
        Frames(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Frames> for Frame {
    type Output = Self;

    fn add(self, length: Frames) -> Self {
        Self(self.0 + length.0)
    }
}

/// A length: a number of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frames(u64);

impl Frames {
    /// A number of frames.
    #[must_use]
    pub fn from_count(frames: u64) -> Self {
        Self(frames)
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> u64 {
        self.0
    }

    /// The whole number of frames nearest to a time, half up.
    #[must_use]
    pub fn nearest(time: Duration, rate: SampleRate) -> Self {
        nearest(time.as_nanos(), rate)
    }

    /// How long they last, to the nanosecond below.
    #[must_use]
    pub fn duration(self, rate: SampleRate) -> Duration {
        let hz = u64::from(rate.0);
        Duration::new(self.0 / hz, ((self.0 % hz) * 1_000_000_000 / hz) as u32)
    }
}

impl std::ops::Add for Frames {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self(self.0 + more.0)
    }
}

const NANOS: u128 = 1_000_000_000;

/// The whole number of frames nearest to a time in nanoseconds, half up.
fn nearest(nanos: u128, rate: SampleRate) -> Frames {
    let frames = (2 * nanos * u128::from(rate.0) + NANOS) / (2 * NANOS);
    Frames(u64::try_from(frames).unwrap_or(u64::MAX))
}

/// How fast the grid goes in a section; `T` is a tempo, or what stands for one where it is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace<T = Tempo> {
    /// No grid, so no beats.
    Rest,
    /// One tempo throughout.
    Steady(T),
    /// From one tempo to another, linearly in time.
    Ramp(T, T),
}

impl<T> Pace<T> {
    /// The same pace, each of its tempi made into another by `f`.
    ///
    /// # Errors
    /// The first one of `f`.
    pub fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<Pace<U>, E> {
        Ok(match self {
            Self::Rest => Pace::Rest,
            Self::Steady(tempo) => Pace::Steady(f(tempo)?),
            Self::Ramp(from, to) => Pace::Ramp(f(from)?, f(to)?),
        })
    }
}

impl Pace {
    /// The tempo at its start and at its end, in billionths of a beat per minute; `None` for a rest.
    fn ends(self) -> Option<(u64, u64)> {
        match self {
            Self::Rest => None,
            Self::Steady(tempo) => Some((tempo.nano_bpm(), tempo.nano_bpm())),
            Self::Ramp(from, to) => Some((from.nano_bpm(), to.nano_bpm())),
        }
    }
}

/// How loud the beats of a section are. The grid goes on under silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    /// Every beat is heard.
    On,
    /// No beat is heard.
    Off,
    /// Heard for a while, silent for a while, over and over, from the section's first frame.
    OnOff {
        /// How long it is heard; not zero.
        on: Duration,
        /// How long it is silent.
        off: Duration,
    },
    /// Sinks evenly in decibels, from full level at the section's start to −40 dB at its end.
    Fade,
}

/// The level at the end of a [`Cue::Fade`], in decibels: 1 % of the amplitude, lost under footsteps. The project's own choice.
const FADE_END_DB: f64 = -40.0;

/// One stretch of a [`TempoMap`], on whole frames.
#[derive(Clone, Copy, Debug)]
struct Section {
    start: Frame,
    /// None for an endless section, which is the last one.
    length: Option<Frames>,
    /// Over how long a ramp spreads: the length, unless the map was cut short within this section.
    spread: Option<Frames>,
    pace: Pace,
    cue: Cue,
    /// Where in its cue it begins: not at its start where an edit has split it.
    cue_begun: Frames,
    /// Over how long a fade spreads.
    cue_spread: Option<Frames>,
    /// Which of the sections that were added it is, or is a piece of.
    part: usize,
    /// What the grid has counted at `start`, in [`TempoMap::beat_phase`] units.
    phase: u128,
    /// The first beat that no longer belongs to it; `None` for an endless section.
    end_beat: Option<u64>,
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
    rate: SampleRate,
    pulse: Pulse,
    sections: Vec<Section>,
    /// The section behind which the start of each one, and the end, is signalled.
    signals_after: Option<usize>,
    /// The exact end of the last section, from which the next one's start is rounded.
    end_nanos: u128,
}

impl TempoMap {
    /// The longest that finite sections may last together: a week.
    pub const MAX_LENGTH: Duration = Duration::from_secs(7 * 24 * 3600);

    /// A map without a section, which has no beats.
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

    /// The same map, with this pulse.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        Self { pulse, ..self }
    }

    /// The same map, with a signal where each section begins that was added after the one at `part`, counted from zero, and
    /// one at the end.
    #[must_use]
    pub fn with_signals_after(self, part: usize) -> Self {
        Self {
            signals_after: Some(part),
            ..self
        }
    }

    /// Adds a section of a length.
    ///
    /// # Errors
    /// [`ScheduleError::AfterTheEnd`] behind an endless section, [`ScheduleError::TooLong`] past
    /// [`MAX_LENGTH`](Self::MAX_LENGTH), [`ScheduleError::NoCue`] for a [`Cue::OnOff`] that is never on.
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

    /// Adds a last section that never ends; its pace is one tempo.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_endless(&mut self, tempo: Tempo, cue: Cue) -> Result<(), ScheduleError> {
        self.add(None, Pace::Steady(tempo), cue)
    }

    fn add(&mut self, length: Option<Frames>, pace: Pace, cue: Cue) -> Result<(), ScheduleError> {
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

    /// Puts a section behind the last one: its start and its beats follow from there.
    fn append(&mut self, mut section: Section) -> Result<(), ScheduleError> {
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
    fn end(&self) -> Option<Frame> {
        self.sections
            .last()
            .map_or(Some(Frame::START), |last| Some(last.start + last.length?))
    }

    /// The same map, ended at a time: what would have been played until then, and no more. A map that ends before is left
    /// as it is.
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

    /// The grid's phase is counted in units of which one beat has this many: small enough that every pace gains a whole
    /// number of them in each frame, so that nothing is ever rounded before the frame itself.
    fn beat_phase(&self) -> u128 {
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

    /// From frame zero to the end of the last section; `None` where that is endless.
    #[must_use]
    pub fn length(&self) -> Option<Frames> {
        self.end().map(|end| end.since(Frame::START))
    }

    /// The beats from the first one on.
    #[must_use]
    pub fn beats(&self) -> Beats<&Self> {
        self.beats_from(Frame::START)
    }

    /// The beats that stand at `frame` or later.
    #[must_use]
    pub fn beats_from(&self, frame: Frame) -> Beats<&Self> {
        Beats::from_frame(self, frame)
    }

    /// The signals that stand at `frame` or later, in order.
    pub fn signals_from(&self, frame: Frame) -> impl Iterator<Item = (Frame, Signal)> {
        let after = self.signals_after;
        let begins = self.sections.windows(2).filter(move |pair| {
            pair[0].part != pair[1].part && after.is_some_and(|after| pair[1].part > after)
        });
        let changes = begins.map(|pair| (pair[1].start, Signal::Change));
        let end = after.and_then(|_| self.end()).map(|end| (end, Signal::End));
        changes.chain(end).filter(move |(at, _)| *at >= frame)
    }

    /// Which of the sections that were added is played at a frame, counted from zero; `None` past the end.
    #[must_use]
    pub fn part_at(&self, frame: Frame) -> Option<usize> {
        self.section_at(frame)
            .map(|index| self.sections[index].part)
    }

    /// Where the part ends that is played at a frame; `None` past the end, and where it never ends.
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

    /// Where each section starts, in the order in which they were added.
    #[must_use]
    pub fn section_starts(&self) -> impl ExactSizeIterator<Item = Frame> {
        self.sections.iter().map(|section| section.start)
    }

    /// How many beats are heard in each section, in the order in which they were added; `None` for an endless one.
    ///
    /// It is computed, not counted, and agrees with [`beats`](Self::beats), where a beat that is rounded up onto the first
    /// frame of a section belongs to the section before.
    #[must_use]
    pub fn section_clicks(&self) -> impl ExactSizeIterator<Item = Option<u64>> {
        self.sections.iter().map(|section| self.clicks_in(section))
    }

    fn clicks_in(&self, section: &Section) -> Option<u64> {
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
        // The frames of each stretch that is heard, by the rule of `Section::level`; a beat is rounded into them from half a frame
        // before to half a frame before the end.
        let cycle = (on.as_nanos() + off.as_nanos()) * u128::from(self.rate.0);
        let heard = on.as_nanos() * u128::from(self.rate.0);
        let begun = u128::from(section.cue_begun.0) * NANOS;
        let beat_at = |nanos: u128| {
            let frame = nanos.saturating_sub(begun).div_ceil(NANOS);
            if frame > u128::from(length.0) {
                return end; // past the end a ramp that sinks would turn back
            }
            self.beat_from(section, 2 * frame as i128 - 1)
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
    fn section_at(&self, frame: Frame) -> Option<usize> {
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
    fn first_beat(&self, section: &Section) -> u64 {
        section.phase.div_ceil(self.beat_phase()) as u64
    }

    /// The first beat that no longer belongs to a section: the first whose exact place is not before the end.
    fn end_beat(&self, section: &Section) -> Option<u64> {
        let length = i128::from(section.length?.0);
        Some(self.beat_from(section, 2 * length))
    }

    /// The first beat whose exact place is not before a number of half frames after the start of its section.
    fn beat_from(&self, section: &Section, half_frames: i128) -> u64 {
        let beat = self.beat_phase() as i128;
        let phase = section.phase as i128; // at most 2^79, as in `frames_to_phase`
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
        let reached = (phase * scale + gained).max(0) as u128;
        reached.div_ceil((beat * scale) as u128) as u64
    }
}

/// What the grid gains in the first `frames` frames of a section.
fn section_phase_at(pace: Pace, spread: Option<Frames>, frames: Frames) -> u128 {
    let Some((from, to)) = pace.ends() else {
        return 0;
    };
    let (from, slope) = (i128::from(from), i128::from(to) - i128::from(from));
    let done = i128::from(frames.0);
    let bend = match spread {
        // Rounded up, as the first beat behind it is.
        Some(Frames(spread)) if spread > 0 => {
            -(-slope * done * done).div_euclid(i128::from(spread))
        }
        _ => 0,
    };
    (2 * from * done + bend).max(0) as u128
}

/// How many whole frames after a section's start its grid has gained `phase`, to the nearest frame, half up.
///
/// At f frames a steady pace b has gained 2bf, a ramp from b to c spread over F frames 2bf + (c − b)f²/F. The nearest frame is the
/// largest f at whose early edge, f − ½, the gain is not above `phase`.
fn frames_to_phase(pace: Pace, length: Option<Frames>, phase: u128) -> u64 {
    let Some((from, to)) = pace.ends() else {
        return 0;
    };
    let Some(length) = length.filter(|_| from != to) else {
        return ((phase + u128::from(from)) / (2 * u128::from(from))) as u64;
    };
    let (from, to, length) = (i128::from(from), i128::from(to), i128::from(length.0));
    let target = phase as i128; // at most 2^79: a week at 400 BPM and 768 kHz
    let slope = to - from;
    // In half frames h = 2f − 1, and times 4F, all is whole: 4Fbh + (c − b)h² ≤ 4F · phase, below 2^120.
    let reached = |frames: i128| {
        let half = 2 * frames - 1;
        4 * length * from * half + slope * half * half <= 4 * length * target
    };
    // The positive root in the form that does not cancel; floating point lands within a frame or two, and whole numbers settle it.
    let (b, c, p) = (from as f64, slope as f64 / length as f64, target as f64);
    let mut frames = (p / (b + (b * b + c * p).max(0.0).sqrt())).round() as i128;
    while frames > 0 && !reached(frames) {
        frames -= 1;
    }
    while frames < length && reached(frames + 1) {
        frames += 1;
    }
    frames as u64
}

/// A point of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    index: u64,
    frame: Frame,
    level: f32,
}

impl Beat {
    /// Its number on the grid, from zero. Even beats are the first foot's. After a rest the count may skip one, so that the
    /// first foot begins again.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// Where it stands.
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
    section: usize,
    index: u64,
}

impl<M: std::borrow::Borrow<TempoMap>> Beats<M> {
    /// The beats of `map` that stand at `frame` or later.
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
                // From two beats before, so that rounding cannot hide one; those before `frame` are dropped below.
                let near = ((found.phase + gained) / tempo_map.beat_phase()) as u64;
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
    /// The level of a beat that stands `offset` frames into it.
    fn level(&self, offset: Frames, rate: SampleRate) -> f32 {
        let into_cue = self.cue_begun + offset;
        match (self.cue, self.cue_spread) {
            (Cue::Off, _) => 0.0,
            (Cue::OnOff { on, off }, _) => {
                // In nanoseconds times the rate, so that the edge is exact.
                let cycle = (on.as_nanos() + off.as_nanos()) * u128::from(rate.0);
                let into = u128::from(into_cue.0) * NANOS % cycle;
                f32::from(into < on.as_nanos() * u128::from(rate.0))
            }
            (Cue::Fade, Some(Frames(spread))) if spread > 0 => {
                10_f64.powf(FADE_END_DB / 20.0 * into_cue.0 as f64 / spread as f64) as f32
            }
            (Cue::On | Cue::Fade, _) => 1.0,
        }
    }
}

/// A sound that is no beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Another section begins.
    Change,
    /// The end.
    End,
}

/// Why a rate or a section was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A sample rate that is none.
    #[error("a sample rate of {0} Hz is out of range: 1 to 768000 Hz")]
    Rate(u32),
    /// A section behind an endless one.
    #[error("nothing can follow a part that never ends: give it a length")]
    AfterTheEnd,
    /// More than a week.
    #[error("it lasts more than a week: make it shorter")]
    TooLong,
    /// A cue that is never heard.
    #[error("a cue that is on for no time is never heard: give it a length, such as 1m")]
    NoCue,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(super) fn hz(hz: u32) -> SampleRate {
        SampleRate::from_hz(hz).unwrap()
    }

    pub(super) fn tempo(text: &str) -> Tempo {
        text.parse().unwrap()
    }

    fn endless(text: &str, rate: u32) -> TempoMap {
        let mut map = TempoMap::new(hz(rate));
        map.push_endless(tempo(text), Cue::On).unwrap();
        map
    }

    pub(super) fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    pub(super) fn frames(map: &TempoMap) -> Vec<u64> {
        map.beats().map(|beat| beat.frame.0).collect()
    }

    #[test]
    fn beats_stand_on_the_nearest_frame() {
        // 60 · 8 / 90 = 5⅓ frames a beat: 0, 5⅓, 10⅔, 16.
        let map = endless("90", 8);
        let first: Vec<u64> = map.beats().take(4).map(|beat| beat.frame.0).collect();
        assert_eq!(first, [0, 5, 11, 16]);
    }

    #[test]
    fn half_a_frame_is_rounded_up() {
        // 60 · 3 / 120 = 1½ frames a beat.
        let map = endless("120", 3);
        let first: Vec<u64> = map.beats().take(4).map(|beat| beat.frame.0).collect();
        assert_eq!(first, [0, 2, 3, 5]);
    }

    #[test]
    fn beats_keep_to_the_grid_for_an_hour() {
        let map = endless("170", 44_100); // 15 564.705… frames a beat: no whole number fits
        let beat = map.beats().nth(170 * 60).unwrap();
        assert_eq!(beat.frame.0, 44_100 * 3_600);
    }

    #[test]
    fn a_day_of_beats_stands_within_half_a_frame_of_the_exact_position() {
        for (text, rate, nano_bpm) in [
            ("170", 44_100_u32, 170_000_000_000_u128),
            ("173.3", 22_050, 173_300_000_000),
            ("59.94", 48_000, 59_940_000_000),
        ] {
            let day = u64::from(rate) * 86_400;
            let map = endless(text, rate);
            let mut beats = 0_u128;
            for (k, beat) in map
                .beats()
                .take_while(|beat| beat.frame.0 < day)
                .enumerate()
            {
                assert_eq!(beat.index, k as u64);
                // Exact: k · 60 · rate · 10⁹ / nano_bpm. Both sides times 2 · nano_bpm, in whole numbers.
                let exact = 2 * k as u128 * 60 * u128::from(rate) * NANOS;
                let placed = 2 * u128::from(beat.frame.0) * nano_bpm;
                assert!(
                    placed.abs_diff(exact) <= nano_bpm,
                    "{text} at {rate}: beat {k} at {}",
                    beat.frame.0
                );
                beats += 1;
            }
            assert_eq!(
                beats,
                (nano_bpm * 1_440).div_ceil(NANOS),
                "{text} at {rate}"
            );
        }
    }

    #[test]
    fn per_stride_sounds_every_second_step() {
        let map = endless("120", 10).with_pulse(Pulse::PerStride);
        let first: Vec<_> = map
            .beats()
            .take(3)
            .map(|beat| (beat.index, beat.frame.0))
            .collect();
        assert_eq!(first, [(0, 0), (2, 10), (4, 20)]);
    }

    #[test]
    fn a_beat_on_the_end_belongs_to_what_follows() {
        let mut map = TempoMap::new(hz(10));
        map.push(seconds(2), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        assert_eq!(frames(&map), [0, 10]);
        assert_eq!(map.length(), Some(Frames(20)));
    }

    #[test]
    fn a_ramp_places_each_beat_by_the_integral() {
        // From 60 to 120 BPM in 4 s: ∫(1 + t/4)dt = t + t²/8 = k, so t = −4 + √(16 + 8k): 0, 0.899, 1.657, 2.325, 2.928,
        // 3.483; beat 6 falls on the end. At 100 Hz:
        let mut map = TempoMap::new(hz(100));
        map.push(seconds(4), Pace::Ramp(tempo("60"), tempo("120")), Cue::On)
            .unwrap();
        assert_eq!(frames(&map), [0, 90, 166, 232, 293, 348]);
    }

    #[test]
    fn the_grid_runs_on_over_a_change_of_tempo() {
        // 1.5 beats in the first section, so the next beat is half a beat of the second one away: 0.25 s.
        let mut map = TempoMap::new(hz(100));
        map.push(
            Duration::from_millis(1500),
            Pace::Steady(tempo("60")),
            Cue::On,
        )
        .unwrap();
        map.push(seconds(1), Pace::Steady(tempo("120")), Cue::On)
            .unwrap();
        assert_eq!(frames(&map), [0, 100, 175, 225]);
    }

    #[test]
    fn a_rest_is_silent_and_the_first_foot_begins_after_it() {
        let mut map = TempoMap::new(hz(10));
        map.push(
            Duration::from_millis(2_500),
            Pace::Steady(tempo("60")),
            Cue::On,
        )
        .unwrap(); // beats 0, 1, 2
        map.push(seconds(3), Pace::Rest, Cue::On).unwrap();
        map.push(seconds(2), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        let beats: Vec<_> = map.beats().map(|beat| (beat.index, beat.frame.0)).collect();
        assert_eq!(beats, [(0, 0), (1, 10), (2, 20), (4, 55), (5, 65)]);
    }

    #[test]
    fn a_rest_first_is_a_lead_in() {
        let mut map = TempoMap::new(hz(10));
        map.push(seconds(1), Pace::Rest, Cue::On).unwrap();
        map.push(seconds(2), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        assert_eq!(frames(&map), [10, 20]);
    }

    #[test]
    fn the_grid_goes_on_under_a_silent_cue() {
        let mut map = TempoMap::new(hz(10));
        let cue = Cue::OnOff {
            on: seconds(2),
            off: seconds(1),
        };
        map.push(seconds(7), Pace::Steady(tempo("60")), cue)
            .unwrap();
        let heard: Vec<bool> = map.beats().map(Beat::is_heard).collect();
        assert_eq!(heard, [true, true, false, true, true, false, true]);
    }

    #[test]
    fn a_fade_sinks_evenly_in_decibels() {
        let mut map = TempoMap::new(hz(10));
        map.push(seconds(4), Pace::Steady(tempo("60")), Cue::Fade)
            .unwrap();
        let levels: Vec<f32> = map.beats().map(Beat::level).collect();
        for (level, expected) in levels.iter().zip([1.0, 0.316_228, 0.1, 0.031_623]) {
            assert!((level - expected).abs() < 1e-5, "{level} is not {expected}");
        }
    }

    #[test]
    fn what_cannot_be_scheduled_is_refused() {
        let mut map = endless("170", 10);
        assert_eq!(
            map.push(seconds(1), Pace::Rest, Cue::On),
            Err(ScheduleError::AfterTheEnd)
        );
        let mut map = TempoMap::new(hz(10));
        assert_eq!(
            map.push(seconds(605_000), Pace::Rest, Cue::On),
            Err(ScheduleError::TooLong)
        );
        let never = Cue::OnOff {
            on: Duration::ZERO,
            off: seconds(1),
        };
        assert_eq!(
            map.push(seconds(1), Pace::Rest, never),
            Err(ScheduleError::NoCue)
        );
        assert!(SampleRate::from_hz(0).is_err());
    }

    pub(super) fn paces() -> impl Strategy<Value = Pace> {
        let bpm = || {
            (20_000_000_000_u64..=400_000_000_000)
                .prop_map(|nano| Tempo::from_nano_bpm(nano).unwrap())
        };
        prop_oneof![
            1 => Just(Pace::Rest),
            3 => bpm().prop_map(Pace::Steady),
            3 => (bpm(), bpm()).prop_map(|(from, to)| Pace::Ramp(from, to)),
        ]
    }

    pub(super) fn cues() -> impl Strategy<Value = Cue> {
        prop_oneof![
            Just(Cue::On),
            Just(Cue::Off),
            Just(Cue::Fade),
            (1_u64..9_000, 0_u64..9_000).prop_map(|(on, off)| Cue::OnOff {
                on: Duration::from_millis(on),
                off: Duration::from_millis(off),
            }),
        ]
    }

    pub(super) fn map_of(rate: u32, stride: bool, parts: &[(u64, Pace, Cue)]) -> TempoMap {
        let pulse = if stride {
            Pulse::PerStride
        } else {
            Pulse::PerStep
        };
        let mut map = TempoMap::new(hz(rate)).with_pulse(pulse);
        for (millis, pace, cue) in parts {
            map.push(Duration::from_millis(*millis), *pace, *cue)
                .unwrap();
        }
        map
    }

    #[test]
    fn clicks_are_the_beats_that_are_heard() {
        let mut map = TempoMap::new(hz(10));
        let cue = Cue::OnOff {
            on: seconds(2),
            off: seconds(1),
        };
        let minute = Pace::Steady(tempo("60"));
        map.push(seconds(7), minute, cue).unwrap(); // 0, 1, 3, 4, 6
        map.push(seconds(3), Pace::Rest, Cue::On).unwrap();
        map.push(seconds(4), minute, Cue::Off).unwrap();
        map.push(seconds(4), minute, Cue::Fade).unwrap();
        map.push_endless(tempo("60"), Cue::On).unwrap();
        let clicks: Vec<_> = map.section_clicks().collect();
        assert_eq!(clicks, [Some(5), Some(0), Some(0), Some(4), None]);
        let starts: Vec<u64> = map.section_starts().map(Frame::index).collect();
        assert_eq!(starts, [0, 70, 100, 140, 180]);
    }

    #[test]
    fn a_ramp_that_is_cut_keeps_its_slope_and_a_fade_its_own() {
        // The ramp of `a_ramp_places_each_beat_by_the_integral`, in the first half of a fade by 40 dB: 20 dB.
        let mut map = TempoMap::new(hz(100));
        map.push(seconds(4), Pace::Ramp(tempo("60"), tempo("120")), Cue::Fade)
            .unwrap();
        map.push(seconds(4), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        let map = map.cut(seconds(2));
        assert_eq!(frames(&map), [0, 90, 166]);
        assert_eq!(map.length(), Some(Frames(200)));
        assert_eq!(map.bpm_at(Frame(200)), None);
        assert_eq!(map.bpm_at(Frame(100)), Some(75.0));
        let last = map.beats().last().unwrap().level();
        assert!((last - 10_f32.powf(-40.0 / 20.0 * 1.66 / 4.0)).abs() < 1e-6);
    }

    #[test]
    fn an_endless_map_that_is_cut_is_one_of_that_length() {
        let mut finite = TempoMap::new(hz(44_100));
        finite
            .push(seconds(61), Pace::Steady(tempo("173.3")), Cue::On)
            .unwrap();
        let cut = endless("173.3", 44_100).cut(seconds(61));
        assert_eq!(cut.length(), finite.length());
        assert_eq!(
            cut.beats().collect::<Vec<_>>(),
            finite.beats().collect::<Vec<_>>()
        );
    }

    proptest! {
        #[test]
        fn clicks_in_each_section_are_those_of_the_beats(
            rate in 100_u32..50_000,
            parts in prop::collection::vec((0_u64..60_000, paces(), cues()), 0..6),
            share in 0.0..1.5,
            stride: bool,
        ) {
            let map = map_of(rate, stride, &parts);
            let map = map.clone().cut(map.length().unwrap().duration(map.rate).mul_f64(share));
            let mut heard = vec![0; map.sections.len()];
            let mut beats = map.beats();
            while let Some(beat) = beats.next() {
                heard[beats.section] += u64::from(beat.is_heard());
            }
            let clicks: Vec<u64> = map.section_clicks().map(Option::unwrap).collect();
            prop_assert_eq!(clicks, heard);
        }

        #[test]
        fn a_cut_map_plays_what_the_whole_one_plays_until_then(
            rate in 1_000_u32..50_000,
            parts in prop::collection::vec((1_000_u64..20_000, paces(), cues()), 0..6),
            at in 0_u64..120_000,
            stride: bool,
        ) {
            let map = map_of(rate, stride, &parts);
            let at = Duration::from_millis(at);
            let end = Frame::nearest(at, map.rate);
            let cut: Vec<Beat> = map.clone().cut(at).beats().collect();
            let all: Vec<Beat> = map.beats().collect();
            prop_assert_eq!(&cut, &all[..cut.len()]);
            // A beat less than half a frame before the end is rounded up onto it, and still belongs to what was before.
            prop_assert!(cut.iter().all(|beat| beat.frame <= end));
            prop_assert!(all[cut.len()..].iter().all(|beat| beat.frame >= end));
        }

        #[test]
        fn beats_rise_and_stand_within_half_a_frame_of_the_integral(
            rate in 1_000_u32..=192_000,
            parts in prop::collection::vec((1_u64..200_000, paces()), 1..8),
        ) {
            let mut map = TempoMap::new(hz(rate));
            for (millis, pace) in &parts {
                map.push(Duration::from_millis(*millis), *pace, Cue::On).unwrap();
            }
            let beats: Vec<Beat> = map.beats().collect();
            prop_assert!(beats.is_sorted_by(|a, b| a.frame < b.frame && a.index < b.index));
            // The integral again, by hand and in beats: the phase at half a frame before and after each beat.
            for section in &map.sections {
                let Some((from, to)) = section.pace.ends() else { continue };
                let length = section.length.unwrap().0 as f64;
                let begun = section.phase as f64 / map.beat_phase() as f64;
                let per_frame = |nano: u64| nano as f64 / 1e9 / 60.0 / f64::from(rate);
                let at = |f: f64| begun + per_frame(from) * f + (per_frame(to) - per_frame(from)) * f * f / (2.0 * length);
                let end = section.start.0 + section.length.unwrap().0;
                for beat in beats.iter().filter(|beat| (section.start.0 + 1..end).contains(&beat.frame.0)) {
                    let offset = (beat.frame.0 - section.start.0) as f64;
                    let k = beat.index as f64;
                    prop_assert!(at(offset - 0.5) <= k + 1e-6 && k - 1e-6 <= at(offset + 0.5));
                }
            }
        }

        #[test]
        fn beats_from_a_frame_are_the_tail_of_all_beats(
            rate in 100_u32..50_000,
            parts in prop::collection::vec((0_u64..20_000, paces()), 0..6),
            share in 0.0..1.2,
            stride: bool,
        ) {
            let mut map = TempoMap::new(hz(rate)).with_pulse(if stride { Pulse::PerStride } else { Pulse::PerStep });
            for (millis, pace) in &parts {
                map.push(Duration::from_millis(*millis), *pace, Cue::On).unwrap();
            }
            let from = Frame((map.length().unwrap().0 as f64 * share) as u64);
            let tail: Vec<Beat> = map.beats().filter(|beat| beat.frame >= from).collect();
            prop_assert_eq!(map.beats_from(from).collect::<Vec<_>>(), tail);
        }
    }
}
