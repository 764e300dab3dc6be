//! How a workout was followed, segment by segment, with the cue and without it.

use std::path::Path;

use serde::Serialize;

use cadence::cadence::{Cadence, one_decimal};
use cadence::schedule::{Cue, Pace};
use cadence::watch::{Asked, Followed, Moment, Run, Summary};
use cadence::workout::{Part, Timeline, WorkoutError};

use super::table::Table;
use super::{Style, clock, or_dash, percent, usage};
use crate::cli::input;
use crate::cli::report::Error;

/// A workout, and where in it a recording begins.
pub(super) struct Plan {
    timeline: Timeline,
    offset_s: f64,
    tolerance_percent: f64,
}

impl Plan {
    /// Reads a workout from a file; its relative tempi are taken of `base`.
    pub(super) fn read(
        path: &Path,
        base: Option<Cadence>,
        offset_s: f64,
        tolerance_percent: f64,
    ) -> Result<Self, Error> {
        let timeline = input::workout(path)?
            .resolve(base)
            .map_err(|error| match error {
                WorkoutError::NoBase(speed) => Error::Usage(format!(
                    "'{speed}' is relative to the runner's own cadence: say it with --cadence 160"
                )),
                error => usage(&error),
            })?;
        Ok(Self {
            timeline,
            offset_s,
            tolerance_percent,
        })
    }

    /// How a run followed it.
    pub(super) fn judge(&self, run: &Run) -> Report {
        let begin = run.start().plus_seconds(-self.offset_s);
        let mut report = Report {
            offset_s: self.offset_s,
            tolerance_percent: self.tolerance_percent,
            segments: Vec::new(),
            with_cue: None,
            without_cue: None,
            rest_spm: None,
        };
        let (mut heard, mut unheard, mut resting) = (Vec::new(), Vec::new(), Vec::new());
        for part in self.timeline.parts() {
            let start = begin.plus_seconds(part.start().as_secs_f64());
            let end = match part.length() {
                Some(length) => start.plus_seconds(length.as_secs_f64()),
                None => run.end(),
            };
            let stretches = run.between(start, end);
            let asked = asked(part, start, end);
            let whole: Vec<Asked> = asked.into_iter().collect();
            if asked.is_none() {
                resting.extend_from_slice(stretches);
            }
            for (piece, is_heard) in asked.into_iter().flat_map(|_| pieces(part, start, end)) {
                if is_heard {
                    heard.push(piece);
                } else {
                    unheard.push(piece);
                }
            }
            let followed = Followed::of(stretches, &whole, self.tolerance_percent, run.split());
            let summary = Summary::of(stretches, run.split());
            report.segments.push(Segment {
                text: part.to_string(),
                start_s: start.seconds_since(run.start()),
                length_s: part.length().map(|length| length.as_secs_f64()),
                asked: ends(part),
                running_s: summary.running_s(),
                cadence_spm: summary.median_spm(),
                deviation_percent: followed.deviation_percent(),
                within_percent: followed.share_within().map(|share| share * 100.0),
            });
        }
        let judge = |asked: &[Asked]| {
            let followed =
                Followed::of(run.stretches(), asked, self.tolerance_percent, run.split());
            (followed.running_s() > 0.0).then(|| followed.into())
        };
        report.with_cue = judge(&heard);
        report.without_cue = judge(&unheard);
        report.rest_spm = Summary::of(&resting, run.split()).median_spm();
        report
    }
}

/// What a part asks for at its start and at its end.
fn ends(part: &Part) -> Option<(f64, f64)> {
    match part.pace() {
        Pace::Rest => None,
        Pace::Steady(tempo) => Some((tempo.bpm(), tempo.bpm())),
        Pace::Ramp(from, to) => Some((from.bpm(), to.bpm())),
    }
}

/// A part as a whole; `None` where it asks for nothing, or for what no runner has.
fn asked(part: &Part, start: Moment, end: Moment) -> Option<Asked> {
    let (from, to) = ends(part)?;
    let cadence = |bpm: f64| Cadence::from_spm(bpm).ok();
    Some(Asked::new(
        start,
        end.seconds_since(start),
        cadence(from)?,
        cadence(to)?,
    ))
}

/// The pieces of a part in which clicks are heard, and in which they are not.
fn pieces(part: &Part, start: Moment, end: Moment) -> Vec<(Asked, bool)> {
    let Some((from, to)) = ends(part) else {
        return Vec::new();
    };
    let seconds = end.seconds_since(start);
    let spm = |at: f64| from + (to - from) * at / seconds.max(f64::MIN_POSITIVE);
    let piece = |at: f64, length: f64| {
        let cadence = |spm: f64| Cadence::from_spm(spm).ok();
        let (from, to) = (cadence(spm(at))?, cadence(spm(at + length))?);
        Some(Asked::new(start.plus_seconds(at), length, from, to))
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

/// How a workout was followed; as JSON has it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    offset_s: f64,
    tolerance_percent: f64,
    segments: Vec<Segment>,
    with_cue: Option<Total>,
    without_cue: Option<Total>,
    rest_spm: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Segment {
    text: String,
    start_s: f64,
    length_s: Option<f64>,
    #[serde(rename = "asked_spm")]
    asked: Option<(f64, f64)>,
    running_s: f64,
    cadence_spm: Option<f64>,
    deviation_percent: Option<f64>,
    within_percent: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Total {
    running_s: f64,
    mean_spm: Option<f64>,
    deviation_percent: Option<f64>,
    within_percent: Option<f64>,
}

impl From<Followed> for Total {
    fn from(followed: Followed) -> Self {
        Self {
            running_s: followed.running_s(),
            mean_spm: followed.mean_spm(),
            deviation_percent: followed.deviation_percent(),
            within_percent: followed.share_within().map(|share| share * 100.0),
        }
    }
}

/// A deviation with its sign: `+0.8 %`.
fn signed(percent: Option<f64>) -> String {
    let Some(percent) = percent else {
        return "-".into();
    };
    let shown = one_decimal(percent);
    let sign = if shown.starts_with('-') { "" } else { "+" };
    format!("{sign}{shown} %")
}

impl Report {
    /// A table of the segments, and what was kept with the cue and without it.
    pub(super) fn text(&self, text: &mut String, style: Style) {
        let mut table = Table::new(["start", "spm", "off", "within", "running", "segment"]);
        for segment in &self.segments {
            let within = segment.within_percent;
            table.push([
                signed_clock(segment.start_s),
                or_dash(segment.cadence_spm),
                signed(segment.deviation_percent),
                within.map_or("-".into(), |within| percent(within, 100.0)),
                clock(segment.running_s),
                segment.text.clone(),
            ]);
        }
        text.push('\n');
        table.write(text, style);
        text.push('\n');
        let mut total = |name: &str, total: &Option<Total>| {
            if let Some(total) = total {
                let entry = format!(
                    "{} spm on average, {} off, within \u{b1}{} % for {} of {}",
                    or_dash(total.mean_spm),
                    signed(total.deviation_percent),
                    one_decimal(self.tolerance_percent),
                    total
                        .within_percent
                        .map_or("-".into(), |within| percent(within, 100.0)),
                    clock(total.running_s)
                );
                style.entry(text, name, &entry);
            }
        };
        total("cue", &self.with_cue);
        total("no cue", &self.without_cue);
        if let Some(spm) = self.rest_spm {
            let entry = format!(
                "{} spm, the running median where nothing was asked",
                one_decimal(spm)
            );
            style.entry(text, "rest", &entry);
        }
        let without = self.without_cue.as_ref();
        if let Some(off) = without.and_then(|total| total.deviation_percent) {
            let held = if off.abs() <= self.tolerance_percent {
                "the cadence held"
            } else if off < 0.0 {
                "the cadence fell short"
            } else {
                "the cadence ran ahead"
            };
            let entry = format!("without the cue {held}: {} off", signed(Some(off)));
            style.entry(text, "learned", &entry);
        }
    }
}

/// A time that may lie before the recording.
fn signed_clock(seconds: f64) -> String {
    if seconds < -0.5 {
        format!("-{}", clock(-seconds))
    } else {
        clock(seconds)
    }
}
