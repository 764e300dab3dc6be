//! How well a workout was followed: the prescribed tempi over time and the cadence that was run,
//! with the cue and without it.

use serde::Serialize;

use super::run::Run;
use super::stretch::{Pause, Split, Stretch, between};
use super::summary::Summary;
use crate::cadence::Cadence;
use crate::schedule::{Cue, Pace};
use crate::stats;
use crate::watch::Moment;
use crate::workout::{Part, Timeline};

/// The length over which cadence is averaged before its spread is taken for uncertainty, in
/// seconds: from one second to the next a runner's cadence hardly changes, so seconds would count
/// the same step over and over. The project's own choice.
const BLOCK_S: f64 = 30.0;

/// The smallest difference from the base that is a raise, as a share of it. The project's own
/// bound.
const LEAST_RAISE: f64 = 0.005;

/// A prescribed tempo over a stretch of time: from one cadence to another, linearly in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prescription {
    /// The start.
    pub start: Moment,
    /// The duration.
    pub seconds: f64,
    /// The cadence at its start.
    pub from: Cadence,
    /// The cadence at its end.
    pub to: Cadence,
}

impl Prescription {
    /// The cadence that was prescribed at a moment, in steps a minute; `None` before and after.
    fn at(&self, moment: Moment) -> Option<f64> {
        let passed = moment.seconds_since(self.start);
        let share = passed / self.seconds;
        (passed >= 0.0 && passed < self.seconds)
            .then(|| self.from.spm() + (self.to.spm() - self.from.spm()) * share)
    }
}

/// How well prescriptions were followed; running alone is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Adherence {
    /// Seconds that were judged.
    pub running_s: f64,
    /// The mean cadence, in steps a minute.
    pub mean_spm: Option<f64>,
    /// How far the cadence was from what was prescribed, in percent: the mean, positive above it.
    pub deviation_percent: Option<f64>,
    /// The share of the time within the tolerance, 0 to 100.
    pub within_percent: Option<f64>,
    /// The mean of what was prescribed, in steps a minute.
    pub asked_mean_spm: Option<f64>,
    /// The share of the raise that was kept: 0 at the runner's own cadence, 100 at what was
    /// prescribed. `None` where that cadence is not known, or where there was no raise.
    pub raise_kept_percent: Option<f64>,
    /// Half of its 95 % interval; `None` below four blocks of half a minute.
    pub raise_kept_uncertainty_percent: Option<f64>,
}

impl Adherence {
    /// Judges stretches against what was prescribed at their middle; both are in order of time.
    /// `base` is the runner's own cadence, which a raise starts from.
    #[must_use]
    pub fn of(
        stretches: &[Stretch],
        prescribed: &[Prescription],
        tolerance_percent: f64,
        split: Split,
        base: Option<Cadence>,
    ) -> Self {
        let (mut running_s, mut within_s) = (0.0, 0.0);
        let (mut steps, mut deviations, mut asked_steps) = (0.0, 0.0, 0.0);
        let mut raise = RaiseKept::default();
        let mut prescribed = prescribed.iter().peekable();
        for stretch in stretches {
            let seconds = stretch.seconds();
            let middle = stretch.start().plus_seconds(seconds / 2.0);
            while prescribed
                .next_if(|it| middle.seconds_since(it.start) >= it.seconds)
                .is_some()
            {}
            let asked = prescribed.peek().and_then(|it| it.at(middle));
            let Some((asked, spm)) = asked.zip(stretch.running_spm(split)) else {
                continue;
            };
            let deviation = (spm / asked - 1.0) * 100.0;
            running_s += seconds;
            steps += spm * seconds;
            asked_steps += asked * seconds;
            deviations += deviation * seconds;
            if deviation.abs() <= tolerance_percent {
                within_s += seconds;
            }
            if let Some(base) = base {
                raise.add(seconds, spm, asked, base.spm());
            }
        }
        let per_second = |sum: f64| (running_s > 0.0).then(|| sum / running_s);
        Self {
            running_s,
            mean_spm: per_second(steps),
            deviation_percent: per_second(deviations),
            within_percent: per_second(within_s).map(|share| share * 100.0),
            asked_mean_spm: per_second(asked_steps),
            raise_kept_percent: raise.percent(),
            raise_kept_uncertainty_percent: raise.uncertainty_percent(),
        }
    }
}

/// Sums up how much of a raise was kept.
#[derive(Default)]
struct RaiseKept {
    seconds: f64,
    /// What was prescribed above the base, times seconds.
    raise: f64,
    /// What was run above what was prescribed, times seconds.
    off: f64,
    /// The same in each whole block, each divided by its seconds.
    blocks: Vec<f64>,
    block_s: f64,
    block_off: f64,
}

impl RaiseKept {
    fn add(&mut self, seconds: f64, spm: f64, asked: f64, base: f64) {
        if (asked - base).abs() < base * LEAST_RAISE {
            return;
        }
        self.seconds += seconds;
        self.raise += (asked - base) * seconds;
        self.off += (spm - asked) * seconds;
        self.block_s += seconds;
        self.block_off += (spm - asked) * seconds;
        if self.block_s >= BLOCK_S {
            self.blocks.push(self.block_off / self.block_s);
            (self.block_s, self.block_off) = (0.0, 0.0);
        }
    }

    fn percent(&self) -> Option<f64> {
        (self.raise != 0.0).then(|| (1.0 + self.off / self.raise) * 100.0)
    }

    fn uncertainty_percent(&self) -> Option<f64> {
        let raise = self.percent().map(|_| self.raise.abs() / self.seconds)?;
        let half = stats::mean_interval(&self.blocks)?;
        Some(half / raise * 100.0)
    }
}

/// What the sound did while the watch was paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SoundInPauses {
    /// It was paused with the watch.
    With,
    /// It went on without the watch.
    #[default]
    Without,
}

impl SoundInPauses {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::With => "with",
            Self::Without => "without",
        }
    }
}

/// How a workout is compared with a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkoutRules {
    /// Where in the workout the recording begins, in seconds; negative where it began before it.
    pub offset_s: f64,
    /// How far from the prescription still counts as within, in percent.
    pub tolerance_percent: f64,
    /// The runner's own cadence, which a raise starts from.
    pub base: Option<Cadence>,
    /// What the sound did while the watch was paused.
    pub pauses: SoundInPauses,
}

/// How well a segment of a workout was followed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentAdherence {
    /// The segment in its own words.
    pub text: String,
    /// When it began, in seconds since the start of the recording; negative before it.
    pub start_s: f64,
    /// How long it lasts; `None` where it never ends.
    pub length_s: Option<f64>,
    /// What is heard: `on`, `silent`, `fade` or `on_off`; `none` in a rest.
    pub cue: &'static str,
    /// What it prescribes at its start and at its end, in steps a minute.
    pub asked_spm: Option<(f64, f64)>,
    /// Seconds of running in it.
    pub running_s: f64,
    /// The running median.
    pub cadence_spm: Option<f64>,
    /// How far the cadence was from what was prescribed, in percent.
    pub deviation_percent: Option<f64>,
    /// The share of the time within the tolerance, 0 to 100.
    pub within_percent: Option<f64>,
}

/// How well a workout was followed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkoutAdherence {
    /// Where in the workout the recording begins, in seconds.
    pub offset_s: f64,
    /// How far from the prescription still counts as within, in percent.
    pub tolerance_percent: f64,
    /// Segment by segment.
    pub segments: Vec<SegmentAdherence>,
    /// While clicks were heard.
    pub with_cue: Option<Adherence>,
    /// While a tempo was to be held without clicks.
    pub without_cue: Option<Adherence>,
    /// The running median where nothing was prescribed.
    pub rest_spm: Option<f64>,
    /// The runner's own cadence, as given.
    pub base_spm: Option<f64>,
    /// How often the watch was paused.
    pub pauses: usize,
    /// The total length of the pauses, in seconds.
    pub paused_s: f64,
    /// What was assumed of the sound in these pauses: `with` or `without` the watch.
    pub pauses_assumed: &'static str,
}

impl WorkoutAdherence {
    /// Compares a run with a workout.
    #[must_use]
    pub fn of(run: &Run, timeline: &Timeline, rules: &WorkoutRules) -> Self {
        let shifted;
        let stretches = match rules.pauses {
            SoundInPauses::With => {
                shifted = without_pauses(&run.stretches, &run.pauses);
                shifted.as_slice()
            }
            SoundInPauses::Without => run.stretches.as_slice(),
        };
        let end = stretches.last().map_or(run.start(), Stretch::end);
        let begin = run.start().plus_seconds(-rules.offset_s);
        let (mut heard, mut unheard, mut resting) = (Vec::new(), Vec::new(), Vec::new());
        let judge = |stretches: &[Stretch], prescribed: &[Prescription]| {
            let tolerance = rules.tolerance_percent;
            Adherence::of(stretches, prescribed, tolerance, run.split, rules.base)
        };
        let mut segments = Vec::new();
        for part in timeline.parts() {
            let start = begin.plus_seconds(part.start().as_secs_f64());
            let length_s = part.length().map(|length| length.as_secs_f64());
            let end = length_s.map_or(end, |length| start.plus_seconds(length));
            let within = between(stretches, start, end);
            let whole = prescription(part, start, end);
            if whole.is_none() {
                resting.extend_from_slice(within);
            }
            for (piece, is_heard) in whole.iter().flat_map(|_| pieces(part, start, end)) {
                if is_heard {
                    heard.push(piece);
                } else {
                    unheard.push(piece);
                }
            }
            let adherence = judge(within, whole.as_slice());
            let summary = Summary::of(within, run.split);
            segments.push(SegmentAdherence {
                text: part.to_string(),
                start_s: start.seconds_since(run.start()),
                length_s,
                cue: match (ends(part), part.cue()) {
                    (None, _) => "none",
                    (_, Cue::On) => "on",
                    (_, Cue::Off) => "silent",
                    (_, Cue::Fade) => "fade",
                    (_, Cue::OnOff { .. }) => "on_off",
                },
                asked_spm: ends(part),
                running_s: summary.running_s,
                cadence_spm: summary.median_spm,
                deviation_percent: adherence.deviation_percent,
                within_percent: adherence.within_percent,
            });
        }
        let total = |prescribed: &[Prescription]| {
            Some(judge(stretches, prescribed)).filter(|total| total.running_s > 0.0)
        };
        let paused = run.pauses.iter();
        Self {
            offset_s: rules.offset_s,
            tolerance_percent: rules.tolerance_percent,
            segments,
            with_cue: total(&heard),
            without_cue: total(&unheard),
            rest_spm: Summary::of(&resting, run.split).median_spm,
            base_spm: rules.base.map(Cadence::spm),
            pauses: run.pauses.len(),
            paused_s: paused
                .map(|pause| pause.end.seconds_since(pause.start))
                .sum(),
            pauses_assumed: rules.pauses.name(),
        }
    }
}

/// The same stretches as if the clock had stopped in each pause.
fn without_pauses(stretches: &[Stretch], pauses: &[Pause]) -> Vec<Stretch> {
    let mut pauses = pauses.iter().peekable();
    let mut paused_s = 0.0;
    let shift = |stretch: &Stretch| {
        while let Some(pause) = pauses.next_if(|pause| pause.end <= stretch.start()) {
            paused_s += pause.end.seconds_since(pause.start);
        }
        let start = stretch.start().plus_seconds(-paused_s);
        Stretch::new(start, stretch.seconds(), stretch.spm(), stretch.speed_mps())
    };
    stretches.iter().map(shift).collect()
}

/// What a part prescribes at its start and at its end, in beats a minute.
fn ends(part: &Part) -> Option<(f64, f64)> {
    match part.pace() {
        Pace::Rest => None,
        Pace::Steady(tempo) => Some((tempo.bpm(), tempo.bpm())),
        Pace::Ramp(from, to) => Some((from.bpm(), to.bpm())),
    }
}

/// A part as a whole; `None` where it prescribes nothing, or what no runner has.
fn prescription(part: &Part, start: Moment, end: Moment) -> Option<Prescription> {
    let (from, to) = ends(part)?;
    Some(Prescription {
        start,
        seconds: end.seconds_since(start),
        from: Cadence::from_spm(from).ok()?,
        to: Cadence::from_spm(to).ok()?,
    })
}

/// The pieces of a part in which clicks are heard, and in which they are not.
fn pieces(part: &Part, start: Moment, end: Moment) -> Vec<(Prescription, bool)> {
    let Some((from, to)) = ends(part) else {
        return Vec::new();
    };
    let seconds = end.seconds_since(start);
    let spm = |at: f64| from + (to - from) * at / seconds.max(f64::MIN_POSITIVE);
    let piece = |at: f64, length: f64| {
        Some(Prescription {
            start: start.plus_seconds(at),
            seconds: length,
            from: Cadence::from_spm(spm(at)).ok()?,
            to: Cadence::from_spm(spm(at + length)).ok()?,
        })
    };
    let mut pieces = Vec::new();
    let mut push = |at: f64, length: f64, heard: bool| {
        pieces.extend(piece(at, length).map(|piece| (piece, heard)));
    };
    match part.cue() {
        Cue::On | Cue::Fade => push(0.0, seconds, true),
        Cue::Off => push(0.0, seconds, false),
        Cue::OnOff { on, off } => {
            let (mut at, mut heard) = (0.0, true);
            while at < seconds {
                let length = if heard { on } else { off }.as_secs_f64().min(seconds - at);
                push(at, length, heard);
                at += length.max(0.001);
                heard = !heard;
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
