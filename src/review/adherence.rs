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
        let raise = self.percent().map(|_| self.raise / self.seconds)?;
        let half = stats::mean_interval(&self.blocks)?;
        Some((half / raise).abs() * 100.0)
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
mod tests {
    use super::*;
    use crate::review::Rules;
    use crate::watch::{Reading, Record, Session, Speed, Sport, Timer};
    use crate::workout::Workout;

    const START: Moment = Moment::from_unix_ms(0);

    fn cadence(spm: f64) -> Cadence {
        Cadence::from_spm(spm).unwrap()
    }

    #[test]
    fn what_was_kept_of_a_raise_is_summed_where_there_was_one() {
        let mut kept = RaiseKept::default();
        // Half a percent above 160 is a raise, and less is none.
        kept.add(60.0, 150.0, 160.7, 160.0);
        assert_eq!(kept.percent(), None);
        kept.add(20.0, 165.0, 168.0, 160.0);
        kept.add(20.0, 168.0, 174.0, 160.0);
        kept.add(10.0, 160.8, 160.8, 160.0);
        // 60 and 120 of off, over 160, 280 and 8 of raise.
        assert!((kept.percent().unwrap() - (1.0 - 180.0 / 448.0) * 100.0).abs() < 1e-9);
        assert_eq!(kept.blocks, [-4.5]);
        // As much above the base as below it is no raise to keep a share of.
        let mut kept = RaiseKept::default();
        kept.add(20.0, 205.0, 208.0, 200.0);
        kept.add(20.0, 195.0, 192.0, 200.0);
        assert_eq!(kept.percent(), None);
        // Exactly half a percent is one.
        kept.add(20.0, 201.0, 201.0, 200.0);
        assert_eq!(kept.percent(), Some(100.0));
    }

    fn prescribed(at: f64, seconds: f64, from: f64, to: f64) -> Prescription {
        Prescription {
            start: START.plus_seconds(at),
            seconds,
            from: cadence(from),
            to: cadence(to),
        }
    }

    fn stretch(at: f64, spm: f64) -> Stretch {
        Stretch::new(START.plus_seconds(at), 10.0, Some(spm), None)
    }

    /// Ten seconds each, one after the other, judged against one tempo throughout.
    fn held(spm: impl IntoIterator<Item = f64>, asked: f64, base: Option<f64>) -> Adherence {
        let starts = (0..).map(|index| f64::from(index) * 10.0);
        let run: Vec<Stretch> = starts.zip(spm).map(|(at, spm)| stretch(at, spm)).collect();
        let asked = [prescribed(0.0, 36_000.0, asked, asked)];
        Adherence::of(&run, &asked, 3.0, Split::default(), base.map(cadence))
    }

    #[test]
    fn a_ramp_prescribes_a_cadence_for_each_moment() {
        let ramp = prescribed(0.0, 100.0, 160.0, 170.0);
        let at = |seconds: f64| ramp.at(START.plus_seconds(seconds));
        assert_eq!(
            [at(0.0), at(50.0), at(90.0)],
            [Some(160.0), Some(165.0), Some(169.0)]
        );
        assert_eq!([at(-0.001), at(100.0)], [None, None]);
    }

    #[test]
    fn what_is_prescribed_is_compared_with_what_is_run_at_that_time() {
        // 160 for 20 s, nothing for 10 s, 170 for 10 s; the walking in the second stretch is not
        // judged.
        let asked = [
            prescribed(0.0, 20.0, 160.0, 160.0),
            prescribed(30.0, 10.0, 170.0, 170.0),
        ];
        let run = [
            stretch(0.0, 164.0),
            stretch(10.0, 110.0),
            stretch(20.0, 150.0),
            stretch(30.0, 178.5),
        ];
        let adherence = Adherence::of(&run, &asked, 3.0, Split::default(), None);
        assert_eq!(
            (adherence.running_s, adherence.within_percent),
            (20.0, Some(50.0))
        );
        // 164 is 2.5 % above 160, 178.5 is 5 % above 170.
        assert!((adherence.deviation_percent.unwrap() - 3.75).abs() < 1e-9);
        assert_eq!(
            (adherence.mean_spm, adherence.asked_mean_spm),
            (Some(171.25), Some(165.0))
        );
        assert_eq!(adherence.raise_kept_percent, None);
        let nothing = Adherence::of(&[], &asked, 3.0, Split::default(), None);
        assert_eq!(nothing, Adherence::default());
    }

    #[test]
    fn back_at_the_base_nothing_of_the_raise_is_kept_however_small_it_was() {
        // +3 % of 160 is 164.8, and 160 lies within 3 % of it.
        let adherence = held([160.0; 30], 164.8, Some(160.0));
        assert!(adherence.raise_kept_percent.unwrap().abs() < 1e-9);
        assert_eq!(adherence.within_percent, Some(100.0));
    }

    #[test]
    fn the_share_that_is_kept_is_of_the_raise_and_not_of_the_cadence() {
        // 163.2 is 2.9 % below 168, and 40 % of the way from 160 to it.
        let adherence = held([163.2; 30], 168.0, Some(160.0));
        assert!((adherence.raise_kept_percent.unwrap() - 40.0).abs() < 1e-3);
        assert!(adherence.raise_kept_uncertainty_percent.unwrap() < 1e-3);
    }

    #[test]
    fn swings_around_the_target_have_a_wide_interval_and_little_time_within() {
        // Each minute 9 % above or below 168, by turns.
        let swings = (0..60).map(|index| if index / 6 % 2 == 0 { 183.12 } else { 152.88 });
        let adherence = held(swings, 168.0, Some(160.0));
        assert!((adherence.raise_kept_percent.unwrap() - 100.0).abs() < 1e-3);
        assert_eq!(adherence.within_percent, Some(0.0));
        // Twenty blocks with a standard deviation of 15.5 spm: 2.093 · 15.5 / √20 = 7.3 spm of a
        // raise of 8.
        let uncertainty = adherence.raise_kept_uncertainty_percent.unwrap();
        assert!((uncertainty - 90.7).abs() < 0.1, "{uncertainty}");
    }

    #[test]
    fn without_a_base_or_a_raise_no_share_is_kept() {
        assert_eq!(held([160.0; 30], 168.0, None).raise_kept_percent, None);
        assert_eq!(
            held([160.0; 30], 160.0, Some(160.0)).raise_kept_percent,
            None
        );
        // A minute and a half is too short to say how sure that is.
        let short = held([164.0; 9], 168.0, Some(160.0));
        assert_eq!(short.raise_kept_percent.map(f64::round), Some(50.0));
        assert_eq!(short.raise_kept_uncertainty_percent, None);
    }

    #[test]
    fn time_without_pauses_closes_up() {
        let pause = Pause {
            start: START.plus_seconds(10.0),
            end: START.plus_seconds(70.0),
        };
        let moved = without_pauses(&[stretch(0.0, 160.0), stretch(70.0, 170.0)], &[pause]);
        assert_eq!(moved, [stretch(0.0, 160.0), stretch(10.0, 170.0)]);
    }

    /// A run with a record of the cadence at these seconds, each holding until the next.
    fn recorded(records: impl IntoIterator<Item = (f64, f64)>, timer: &[(f64, Timer)]) -> Run {
        let at = |second| START.plus_seconds(second);
        let record = |(second, spm): (f64, f64)| Record {
            at: at(second),
            cadence: Reading::from_number(spm / 2.0).unwrap(),
            developer_cadence: Reading::Missing,
            speed: Speed::from_mps(3.0).ok(),
        };
        let session = Session {
            sport: Sport::Running,
            records: records.into_iter().map(record).collect(),
            timer: timer.iter().map(|(it, event)| (at(*it), *event)).collect(),
            ..Session::default()
        };
        Run::from_session(&session, &Rules::default()).unwrap()
    }

    fn compared(
        run: &Run,
        workout: &str,
        offset_s: f64,
        pauses: SoundInPauses,
    ) -> WorkoutAdherence {
        let workout: Workout = workout.parse().unwrap();
        let rules = WorkoutRules {
            offset_s,
            tolerance_percent: 3.0,
            base: Some(cadence(160.0)),
            pauses,
        };
        WorkoutAdherence::of(run, &workout.resolve(None).unwrap(), &rules)
    }

    #[test]
    fn a_workout_is_compared_segment_by_segment_and_by_what_was_heard() {
        // The recording begins ten seconds into it.
        let workout = "20s 160, 20s rest, 20s 160..180, 40s 170 cue 10s/10s, 20s 164 silent, \
            20s 150 fade, 175";
        let spm = [
            164.0, 150.0, 150.0, 165.0, 175.0, 170.0, 161.5, 170.0, 161.5, 164.0, 164.0, 150.0,
            150.0, 175.0, 175.0, 175.0,
        ];
        let run = recorded((0..).map(|index| f64::from(index) * 10.0).zip(spm), &[]);
        let kept = compared(&run, workout, 10.0, SoundInPauses::Without);
        let of = |what: fn(&SegmentAdherence) -> Option<f64>| -> Vec<_> {
            kept.segments.iter().map(what).collect()
        };
        let starts = [-10.0, 10.0, 30.0, 50.0, 90.0, 110.0, 130.0].map(Some);
        assert_eq!(of(|it| Some(it.start_s)), starts);
        let lengths = [20.0, 20.0, 20.0, 40.0, 20.0, 20.0].map(Some);
        assert_eq!(of(|it| it.length_s), [&lengths[..], &[None]].concat());
        let ran = [10.0, 20.0, 20.0, 40.0, 20.0, 20.0, 20.0].map(Some);
        assert_eq!(of(|it| Some(it.running_s)), ran);
        let medians = [164.0, 150.0, 165.0, 161.5, 164.0, 150.0, 175.0].map(Some);
        assert_eq!(of(|it| it.cadence_spm), medians);
        let deviations = [2.5, 0.0, -2.5, 0.0, 0.0, 0.0].map(Some);
        let tenth = |percent: f64| (percent * 10.0).round() / 10.0;
        let mut deviating = of(|it| it.deviation_percent);
        assert_eq!(deviating.remove(1), None);
        let deviating: Vec<_> = deviating.iter().map(|it| it.map(tenth)).collect();
        assert_eq!(deviating, deviations);
        let mut within = of(|it| it.within_percent);
        assert_eq!(within.remove(1), None);
        assert_eq!(within, [100.0, 100.0, 50.0, 100.0, 100.0, 100.0].map(Some));
        let cues: Vec<_> = kept.segments.iter().map(|it| it.cue).collect();
        assert_eq!(cues, ["on", "none", "on", "on_off", "silent", "fade", "on"]);
        let asked: Vec<_> = kept.segments.iter().map(|it| it.asked_spm).collect();
        assert_eq!(
            asked[..3],
            [Some((160.0, 160.0)), None, Some((160.0, 180.0))]
        );
        // 164 for 160 is the one that is off while clicks are heard; 161.5 for 170 is half of what
        // is not.
        let heard = kept.with_cue.unwrap();
        assert_eq!(heard.running_s, 90.0);
        assert!((heard.deviation_percent.unwrap() - 2.5 / 9.0).abs() < 1e-9);
        let unheard = kept.without_cue.unwrap();
        assert_eq!(
            (unheard.running_s, unheard.deviation_percent.map(tenth)),
            (40.0, Some(-2.5))
        );
        assert_eq!((kept.rest_spm, kept.base_spm), (Some(150.0), Some(160.0)));
        // The ramp's asked cadence is that of each moment, heard or not.
        assert_eq!(
            heard.asked_mean_spm,
            Some((1_600.0 + 3_400.0 + 3_400.0 + 3_000.0 + 3_500.0) / 90.0)
        );
    }

    #[test]
    fn a_cue_cuts_a_ramp_into_pieces_up_to_its_end() {
        let pieces_of = |text: &str| {
            let workout: Workout = text.parse().unwrap();
            let timeline = workout.resolve(None).unwrap();
            let part = &timeline.parts()[0];
            let end = START.plus_seconds(part.length().unwrap().as_secs_f64());
            pieces(part, START, end)
        };
        let ramp = [
            (prescribed(0.0, 10.0, 160.0, 168.0), true),
            (prescribed(10.0, 5.0, 168.0, 172.0), false),
            (prescribed(15.0, 10.0, 172.0, 180.0), true),
        ];
        assert_eq!(pieces_of("25s 160..180 cue 10s/5s"), ramp);
        let cut = (prescribed(15.0, 5.0, 170.0, 170.0), true);
        assert_eq!(pieces_of("20s 170 cue 10s/5s")[2..], [cut]);
        assert_eq!(pieces_of("20s rest"), []);
    }

    #[test]
    fn what_was_never_heard_or_never_run_is_none() {
        let run = recorded([(0.0, 160.0), (10.0, 160.0)], &[]);
        let kept = compared(&run, "20s 160 silent", 0.0, SoundInPauses::Without);
        assert_eq!(kept.with_cue, None);
        assert_eq!(kept.without_cue.map(|it| it.running_s), Some(10.0));
        assert_eq!((kept.rest_spm, kept.pauses, kept.paused_s), (None, 0, 0.0));
    }

    #[test]
    fn in_a_pause_the_sound_waits_or_goes_on() {
        let records = [
            (0.0, 160.0),
            (10.0, 160.0),
            (80.0, 170.0),
            (90.0, 170.0),
            (100.0, 170.0),
        ];
        let timer = [
            (0.0, Timer::Start),
            (20.0, Timer::Stop),
            (80.0, Timer::Start),
        ];
        let run = recorded(records, &timer);
        let kept = |pauses: SoundInPauses| {
            let kept = compared(&run, "20s 160, 20s 170", 0.0, pauses);
            assert_eq!((kept.pauses, kept.paused_s), (1, 60.0));
            let spm: Vec<_> = kept.segments.iter().map(|it| it.cadence_spm).collect();
            (spm, kept.with_cue.unwrap().running_s, kept.pauses_assumed)
        };
        assert_eq!(
            kept(SoundInPauses::With),
            (vec![Some(160.0), Some(170.0)], 40.0, "with")
        );
        assert_eq!(
            kept(SoundInPauses::Without),
            (vec![Some(160.0), None], 20.0, "without")
        );
    }
}
