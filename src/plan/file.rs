//! A plan as a JSON file: how its values are written, and how they are checked when it is read.
//!
//! Keys that are computed from others (`length_s`, `asked_s`, `weeks`) are not read, so that a plan
//! can be edited by hand: a date moved, a workout changed.

use std::fmt::Display;
use std::io::{self, Read};
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serializer, de};

use crate::cadence::Raise;
use crate::tempo::Tempo;
use crate::tolerance::Tolerance;
use crate::workout::Workout;

use super::{Days, EasyTime, Plan, PlanError, PlannedRun, Schedule, Week};

/// The largest file that is read: several times the longest plan. The project's own bound.
const LARGEST: u64 = 16 << 20;

impl Plan {
    /// Reads a plan as `cadence plan --format json` prints it. Every value is checked; the runs are
    /// in order of number and date.
    ///
    /// ```
    /// use cadence::Plan;
    ///
    /// let text = r#"{
    ///     "plan": {"name": "club"}, "cadence_spm": 160, "raise_percent": 5, "days": "tue,sat",
    ///     "runs": [{"run": 1, "date": "2026-12-01", "target_bpm": 168,
    ///               "workout": "5m rest, 20m 168, 5m rest", "warm_up_s": 300, "cool_down_s": 300}]
    /// }"#;
    /// let plan = Plan::from_json(text.as_bytes())?;
    /// assert_eq!(plan.runs[0].asked.as_secs(), 20 * 60);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PlanFileError`]; no more than 16 MiB are read.
    pub fn from_json(file: impl Read) -> Result<Self, PlanFileError> {
        let mut text = String::new();
        let read = file.take(LARGEST + 1).read_to_string(&mut text)?;
        if read as u64 > LARGEST {
            return Err(PlanFileError::TooLarge);
        }
        // Some editors put the mark first.
        Ok(serde_json::from_str(text.trim_start_matches('\u{feff}'))?)
    }
}

/// Why a plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file cannot be read.
    #[error("reading it failed")]
    Io(#[from] io::Error),
    /// A file of more than 16 MiB.
    #[error("too large for a plan: at most 16 MiB")]
    TooLarge,
    /// Text that is not a plan, or a value that is out of range, with its place.
    #[error("not a plan as `cadence plan --format json` prints it")]
    Json(#[from] serde_json::Error),
}

/// What is read of a plan.
#[derive(Deserialize)]
pub(super) struct PlanFields {
    plan: Schedule,
    #[serde(default)]
    departures: Vec<String>,
    #[serde(deserialize_with = "from_bpm")]
    cadence_spm: Tempo,
    raise_percent: f64,
    #[serde(deserialize_with = "from_text")]
    days: Days,
    #[serde(default)]
    tolerance_percent: Option<f64>,
    #[serde(default)]
    total_runs: usize,
    runs: Vec<PlannedRun>,
}

impl TryFrom<PlanFields> for Plan {
    type Error = PlanError;

    fn try_from(fields: PlanFields) -> Result<Self, Self::Error> {
        let raise = fields.raise_percent;
        let raise = Raise::from_percent(raise, raise).map_err(PlanError::Raise)?;
        let tolerance = fields.tolerance_percent.map(Tolerance::from_percent);
        let last = fields.runs.last().ok_or(PlanError::NoRuns)?.number;
        let out_of_order = fields
            .runs
            .windows(2)
            .find(|pair| pair[0].number >= pair[1].number || pair[0].date > pair[1].date);
        if let Some([_, run]) = out_of_order {
            return Err(PlanError::Order(run.number));
        }
        Ok(Self {
            schedule: fields.plan,
            rules: super::rules(raise.low_percent()),
            departures: fields.departures,
            base: fields.cadence_spm,
            raise_percent: raise.low_percent(),
            days: fields.days,
            tolerance: tolerance.transpose().map_err(PlanError::Tolerance)?,
            total_runs: fields.total_runs.max(last),
            weeks: Week::of(&fields.runs),
            runs: fields.runs,
        })
    }
}

/// What is read of a run.
#[derive(Deserialize)]
pub(super) struct RunFields {
    run: usize,
    #[serde(deserialize_with = "from_text")]
    date: Date,
    #[serde(deserialize_with = "from_bpm")]
    target_bpm: Tempo,
    #[serde(deserialize_with = "from_text")]
    workout: Workout,
    #[serde(default)]
    warm_up_s: f64,
    #[serde(default)]
    cool_down_s: f64,
}

impl TryFrom<RunFields> for PlannedRun {
    type Error = PlanError;

    fn try_from(fields: RunFields) -> Result<Self, Self::Error> {
        let easy = |seconds| {
            let time = Duration::try_from_secs_f64(seconds).ok();
            let time = time.and_then(|time| EasyTime::new(time).ok());
            time.ok_or(PlanError::EasyTime(fields.run))
        };
        let easy = (easy(fields.warm_up_s)?, easy(fields.cool_down_s)?);
        Self::new(
            fields.run,
            fields.date,
            fields.target_bpm,
            fields.workout,
            easy,
        )
    }
}

fn from_text<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(de::Error::custom)
}

fn from_bpm<'de, D: Deserializer<'de>>(from: D) -> Result<Tempo, D::Error> {
    let bpm = f64::deserialize(from)?;
    Tempo::from_bpm(bpm).map_err(de::Error::custom)
}

/// Writes a value as its text.
pub(super) fn text<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Writes a tempo as a number.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
pub(super) fn bpm<S: Serializer>(tempo: &Tempo, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(tempo.bpm())
}

/// Writes a tolerance as a number of percent.
#[allow(clippy::ref_option, reason = "serde passes fields by reference")]
pub(super) fn percent<S: Serializer>(
    tolerance: &Option<Tolerance>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match tolerance {
        Some(tolerance) => to.serialize_f64(tolerance.percent()),
        None => to.serialize_none(),
    }
}

/// Writes a duration as a number of seconds.
pub(super) fn seconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::plan::tests::{plan, setup};

    fn gradual() -> Plan {
        let tolerance = Tolerance::from_percent(2.5).unwrap();
        let setup = setup(160.4).with_tolerance(tolerance).from_run(3);
        plan("gradual", &setup)
    }

    #[test]
    fn a_plan_is_read_as_it_is_written() {
        let plan = gradual();
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(Plan::from_json(json.as_bytes()).unwrap(), plan);
        let marked = format!("\u{feff}{json}");
        assert_eq!(Plan::from_json(marked.as_bytes()).unwrap(), plan);
    }

    #[test]
    fn what_was_edited_is_checked() {
        let json = serde_json::to_string(&gradual()).unwrap();
        let refused = |from: &str, to: &str| {
            let edited = json.replacen(from, to, 1);
            assert_ne!(edited, json, "{from} is not in it");
            match Plan::from_json(edited.as_bytes()).unwrap_err() {
                PlanFileError::Json(error) => {
                    let text = error.to_string();
                    text.split(" at line ").next().unwrap().to_owned()
                }
                error => panic!("{error}"),
            }
        };
        for (from, to, why) in [
            ("2026-12-02", "2026-13-02", "failed to parse"),
            (
                "2026-12-02",
                "2026-12-30",
                "run 4 is not in order of number and date",
            ),
            (
                "\"run\":4",
                "\"run\":3",
                "run 3 is not in order of number and date",
            ),
            (
                "20m 160.4",
                "20m 1604",
                "a tempo of 1604 BPM is out of range",
            ),
            (
                "20m 160.4 cue 1m/1m",
                "20m +5%",
                "run 3: its workout has a relative tempo",
            ),
            (
                "20m 160.4 cue 1m/1m",
                "160.4",
                "run 3: its workout never ends",
            ),
            (
                "\"target_bpm\":160.4",
                "\"target_bpm\":1e9",
                "a tempo of 1000000000 BPM is out of range",
            ),
            (
                "\"warm_up_s\":0.0",
                "\"warm_up_s\":1200",
                "run 3: the warm-up and the cool-down leave nothing",
            ),
            (
                "\"warm_up_s\":0.0",
                "\"warm_up_s\":-1",
                "run 3: warm_up_s and cool_down_s are 0, or 1 to 3600",
            ),
            (
                "\"cool_down_s\":0.0",
                "\"cool_down_s\":1e300",
                "run 3: warm_up_s and cool_down_s",
            ),
            (
                "\"cadence_spm\":160.4",
                "\"cadence_spm\":\"fast\"",
                "invalid type: string",
            ),
            (
                "\"raise_percent\":5.0",
                "\"raise_percent\":-5",
                "'-5' is not a raise",
            ),
            (
                "\"tolerance_percent\":2.5",
                "\"tolerance_percent\":21",
                "a tolerance of 21 % is out of range",
            ),
            ("mon,wed,fri", "monday", "'monday' is not a list of days"),
        ] {
            let seen = refused(from, to);
            assert!(seen.starts_with(why), "{to}: {seen}");
        }
    }

    #[test]
    fn a_file_that_is_no_plan_is_refused() {
        let json = serde_json::to_string(&gradual()).unwrap();
        let runs = json.find("\"runs\":[").unwrap();
        let none = format!("{}\"runs\":[]}}", &json[..runs]);
        let error = Plan::from_json(none.as_bytes()).unwrap_err();
        assert!(
            error
                .source()
                .unwrap()
                .to_string()
                .starts_with("it has no runs")
        );
        // An endless file is not read to its end.
        let error = Plan::from_json(std::io::repeat(b' ')).unwrap_err();
        assert_eq!(error.to_string(), "too large for a plan: at most 16 MiB");
    }
}
