//! A plan as a JSON file: how its values are written, and how they are checked when it is read.
//!
//! Keys that are computed from others (`length_s`, `asked_s`, `weeks`) are not read, so that a plan
//! can be edited by hand: a date moved, a workout changed.

use std::fmt::Display;
use std::io::{self, Read};
use std::str::FromStr;
use std::time::Duration;

use serde::Serializer;
use serde_json::{Map, Value};

use crate::cadence::Raise;
use crate::tempo::Tempo;
use crate::tolerance::Tolerance;

use super::{EasyTime, Plan, PlanError, PlannedRun, Schedule, Week};

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
        plan(&serde_json::from_str(text.trim_start_matches('\u{feff}'))?)
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
    /// Text that is not JSON, with the place.
    #[error("it is not JSON")]
    Json(#[from] serde_json::Error),
    /// JSON without a list of runs.
    #[error("it is no plan: `cadence plan PRESET --cadence SPM --format json` prints one")]
    NotAPlan,
    /// A field that is missing, or has a value that it cannot have.
    #[error("{field} {why}")]
    Field {
        /// Its key, after the number of its run.
        field: String,
        /// What is wrong, and what would do.
        why: String,
    },
    /// Fields that do not hold together.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// A plan from the fields of its file.
fn plan(json: &Value) -> Result<Plan, PlanFileError> {
    let fields = match json.as_object() {
        Some(fields) if fields.contains_key("runs") => Fields::new(fields, String::new()),
        _ => return Err(PlanFileError::NotAPlan),
    };
    let raise = fields.number("raise_percent", "5")?;
    let raise =
        Raise::from_percent(raise, raise).map_err(|it| fields.refused("raise_percent", it))?;
    let tolerance = fields.optional("tolerance_percent", |key| fields.number(key, "3"))?;
    let tolerance = tolerance.map(Tolerance::from_percent).transpose();
    let runs = runs(&fields)?;
    Ok(Plan {
        schedule: schedule(&fields)?,
        rules: super::rules(raise.low_percent()),
        departures: fields.texts("departures")?,
        base: fields.tempo("cadence_spm", "160")?,
        raise_percent: raise.low_percent(),
        days: fields.parsed("days", "mon,wed,fri")?,
        tolerance: tolerance.map_err(|it| fields.refused("tolerance_percent", it))?,
        total_runs: fields
            .optional("total_runs", |key| fields.whole(key))?
            .unwrap_or(0)
            .max(runs.last().map_or(0, |run| run.number)),
        weeks: Week::of(&runs),
        runs,
    })
}

fn schedule(fields: &Fields<'_>) -> Result<Schedule, PlanFileError> {
    let schedule = fields.object("plan", "{\"name\": \"club\"}")?;
    let text = |key| -> Result<String, PlanFileError> {
        let text = schedule.optional(key, |key| schedule.text(key, "..."))?;
        Ok(text.unwrap_or_default().to_owned())
    };
    Ok(Schedule {
        name: schedule.text("name", "club")?.to_owned(),
        summary: text("summary")?,
        source: text("source")?,
        caveats: schedule.texts("caveats")?,
        assumed: schedule.texts("assumed")?,
    })
}

/// The runs, which are in order of number and date.
fn runs(fields: &Fields<'_>) -> Result<Vec<PlannedRun>, PlanFileError> {
    let entries = (1..).zip(fields.list("runs")?);
    let runs = entries.map(|(place, entry)| run(place, entry));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    if runs.is_empty() {
        return Err(PlanError::NoRuns.into());
    }
    let out_of_order = runs
        .windows(2)
        .find(|pair| pair[0].number >= pair[1].number || pair[0].date > pair[1].date);
    match out_of_order {
        Some([_, run]) => Err(PlanError::Order(run.number).into()),
        _ => Ok(runs),
    }
}

/// A run from its entry in the list, of which `place` says where it is.
fn run(place: usize, entry: &Value) -> Result<PlannedRun, PlanFileError> {
    let keys = entry.as_object().ok_or_else(|| PlanFileError::Field {
        field: format!("runs: entry {place}"),
        why: format!("is {}: write an object", shown(entry)),
    })?;
    let number = Fields::new(keys, format!("runs: entry {place}: ")).whole("run")?;
    let fields = Fields::new(keys, format!("run {number}: "));
    let easy = |key| {
        let seconds = fields.optional(key, |key| fields.number(key, "300"))?;
        let time = Duration::try_from_secs_f64(seconds.unwrap_or(0.0)).ok();
        let time = time.and_then(|time| EasyTime::new(time).ok());
        time.ok_or_else(|| PlanFileError::from(PlanError::EasyTime(number)))
    };
    let date = fields.text("date", "2026-12-01")?;
    let date = date
        .parse()
        .map_err(|_| fields.unlike("date", "\"2026-12-01\""))?;
    Ok(PlannedRun::new(
        number,
        date,
        fields.tempo("target_bpm", "168")?,
        fields.parsed("workout", "5m rest, 20m 168")?,
        (easy("warm_up_s")?, easy("cool_down_s")?),
    )?)
}

/// The fields of an object, and where in the file they are.
struct Fields<'a> {
    keys: &'a Map<String, Value>,
    place: String,
}

impl<'a> Fields<'a> {
    fn new(keys: &'a Map<String, Value>, place: String) -> Self {
        Self { keys, place }
    }

    /// A field that need not be there, or is null.
    fn optional<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'static str) -> Result<T, PlanFileError>,
    ) -> Result<Option<T>, PlanFileError> {
        let is_there = self.keys.get(key).is_some_and(|value| !value.is_null());
        is_there.then(|| read(key)).transpose()
    }

    /// The value of a field, as what it should be: something such as `example`.
    fn value<T>(
        &self,
        key: &str,
        example: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, PlanFileError> {
        let value = self.keys.get(key).and_then(read);
        value.ok_or_else(|| self.unlike(key, example))
    }

    fn number(&self, key: &str, example: &str) -> Result<f64, PlanFileError> {
        self.value(key, example, Value::as_f64)
    }

    fn whole(&self, key: &str) -> Result<usize, PlanFileError> {
        let whole = |value: &Value| usize::try_from(value.as_u64()?).ok();
        self.value(key, "3", whole)
    }

    fn text(&self, key: &str, example: &str) -> Result<&'a str, PlanFileError> {
        self.value(key, &format!("\"{example}\""), Value::as_str)
    }

    fn list(&self, key: &str) -> Result<&'a [Value], PlanFileError> {
        let list = |value: &'a Value| value.as_array().map(Vec::as_slice);
        self.value(key, "[...]", list)
    }

    fn object(&self, key: &str, example: &str) -> Result<Fields<'a>, PlanFileError> {
        let object = self.value(key, example, Value::as_object)?;
        Ok(Fields::new(object, format!("{}{key}: ", self.place)))
    }

    /// A list of texts, which need not be there.
    fn texts(&self, key: &'static str) -> Result<Vec<String>, PlanFileError> {
        let list = self.optional(key, |key| self.list(key))?;
        let texts = list.unwrap_or_default().iter();
        let texts: Option<Vec<String>> = texts.map(|it| it.as_str().map(str::to_owned)).collect();
        texts.ok_or_else(|| self.unlike(key, "[\"...\"]"))
    }

    fn tempo(&self, key: &str, example: &str) -> Result<Tempo, PlanFileError> {
        let bpm = self.number(key, example)?;
        Tempo::from_bpm(bpm).map_err(|error| self.refused(key, error))
    }

    /// A text that means something; of its error the first line, which says what is wrong.
    fn parsed<T: FromStr<Err: Display>>(
        &self,
        key: &str,
        example: &str,
    ) -> Result<T, PlanFileError> {
        let text = self.text(key, example)?;
        text.parse().map_err(|error: T::Err| {
            let error = error.to_string();
            let why = error.lines().next().unwrap_or_default();
            self.refused(key, format!("{why}, in {}", shown(&text.into())))
        })
    }

    /// A value that is missing, or not what it should be.
    fn unlike(&self, key: &str, example: &str) -> PlanFileError {
        PlanFileError::Field {
            field: format!("{}{key}", self.place),
            why: match self.keys.get(key) {
                None => format!("is missing: add it, such as {example}"),
                Some(value) => format!("is {}: write a value such as {example}", shown(value)),
            },
        }
    }

    /// A value that its type refuses.
    fn refused(&self, key: &str, why: impl Display) -> PlanFileError {
        PlanFileError::Field {
            field: format!("{}{key}:", self.place),
            why: why.to_string(),
        }
    }
}

/// A value in an error, on one line and not long.
fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::Array(_) => return "a list".to_owned(),
        Value::Object(_) => return "an object".to_owned(),
        value => value.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text,
    }
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
            Plan::from_json(edited.as_bytes()).unwrap_err().to_string()
        };
        for (from, to, why) in [
            (
                "2026-12-02",
                "2026-13-02",
                "run 3: date is \"2026-13-02\": write a value such as \"2026-12-01\"",
            ),
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
                "\"run\":4",
                "\"run\":-4",
                "runs: entry 2: run is -4: write a value such as 3",
            ),
            (
                "20m 160.4",
                "20m 1604",
                "run 3: workout: a tempo of 1604 BPM is out of range: 20 to 400 BPM, in \
                 \"20m 1604 cue 1m/1m\"",
            ),
            (
                "20m 160.4 cue 1m/1m",
                "20m +5%",
                "run 3: its workout has a relative tempo; write it in BPM",
            ),
            (
                "20m 160.4 cue 1m/1m",
                "160.4",
                "run 3: its workout never ends",
            ),
            (
                "\"workout\":",
                "\"work\":",
                "run 3: workout is missing: add it, such as \"5m rest, 20m 168\"",
            ),
            (
                "\"target_bpm\":160.4",
                "\"target_bpm\":1e9",
                "run 3: target_bpm: a tempo of 1000000000 BPM is out of range: 20 to 400 BPM",
            ),
            (
                "\"warm_up_s\":0.0",
                "\"warm_up_s\":1800",
                "run 3: the warm-up and the cool-down leave nothing of the workout",
            ),
            (
                "\"warm_up_s\":0.0",
                "\"warm_up_s\":-1",
                "run 3: warm_up_s and cool_down_s are 0, or 1 to 3600",
            ),
            (
                "\"cool_down_s\":0.0",
                "\"cool_down_s\":1e300",
                "run 3: warm_up_s and cool_down_s are 0, or 1 to 3600",
            ),
            (
                "\"cadence_spm\":160.4",
                "\"cadence_spm\":\"fast\"",
                "cadence_spm is \"fast\": write a value such as 160",
            ),
            (
                "\"raise_percent\":5.0",
                "\"raise_percent\":-5",
                "raise_percent: '-5' is not a raise: write percent from 0 to 50, one number or a range such as 5..10",
            ),
            (
                "\"tolerance_percent\":2.5",
                "\"tolerance_percent\":21",
                "tolerance_percent: a tolerance of 21 % is out of range: 0 to 20 %",
            ),
            (
                "\"departures\":[]",
                "\"departures\":[1]",
                "departures is a list: write a value such as [\"...\"]",
            ),
            (
                "mon,wed,fri",
                "monday",
                "days: 'monday' is not a list of days: write them short, such as mon,wed,sat, in \
                 \"monday\"",
            ),
        ] {
            assert_eq!(refused(from, to), why);
        }
    }

    #[test]
    fn a_file_that_is_no_plan_is_refused() {
        let json = serde_json::to_string(&gradual()).unwrap();
        let runs = json.find("\"runs\":[").unwrap();
        let none = format!("{}\"runs\":[]}}", &json[..runs]);
        let refused = |text: &str| Plan::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(refused(&none).to_string(), "it has no runs");
        let other = refused("{\"type\": \"FeatureCollection\"}");
        assert!(matches!(other, PlanFileError::NotAPlan), "{other}");
        let none = refused("[plan]");
        assert!(none.source().is_some() && none.to_string() == "it is not JSON");
        // An endless file is not read to its end.
        let error = Plan::from_json(std::io::repeat(b' ')).unwrap_err();
        assert_eq!(error.to_string(), "too large for a plan: at most 16 MiB");
    }
}
