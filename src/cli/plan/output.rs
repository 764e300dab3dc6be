//! A plan as text and as CSV, and the list of the schedules.

use std::iter::{once, repeat};
use std::slice;
use std::time::Duration;

use serde::Serialize;

use cadence::number::{one_decimal, whole};
use cadence::plan::{EVIDENCE, GROWTH_EVIDENCE, Plan, Preset, REPLACES, Schedule, Week, day_name};

use super::PlanFormat;
use crate::cli::report::{self, Error};
use crate::cli::table::Table;
use crate::cli::text::{Style, clock};

/// What to know of the plan, one row a run, and one row a week.
pub(super) fn text(plan: &Plan, style: Style) -> String {
    let schedule = &plan.schedule;
    let cadence = format!(
        "{} spm, +{}%",
        one_decimal(plan.base.bpm()),
        one_decimal(plan.raise_percent)
    );
    let mut text = String::new();
    let mut add = |name, lines: &[String]| paragraph(&mut text, style, name, lines);
    add("first", &plan.rules);
    add(&schedule.name, slice::from_ref(&schedule.summary));
    add("cadence", &[cadence]);
    add("source", slice::from_ref(&schedule.source));
    add("assumed", &schedule.assumed);
    add("differs", &plan.departures);
    add("caveat", &schedule.caveats);
    runs(plan, &mut text);
    weeks(plan, &mut text, style);
    text
}

fn runs(plan: &Plan, text: &mut String) {
    let mut table = Table::new(["run", "day", "date", "BPM", "length", "workout"]);
    for run in &plan.runs {
        table.push([
            run.number.to_string(),
            day_name(run.date).to_owned(),
            run.date.to_string(),
            one_decimal(run.target.bpm()),
            clock(run.length),
            run.workout.to_string(),
        ]);
    }
    text.push('\n');
    // A workout is there to be copied, so it is never cut.
    table.with_texts(&[1, 2, 3]).write_whole(text);
}

fn weeks(plan: &Plan, text: &mut String, style: Style) {
    let minutes = |time: Duration| whole(time.as_secs_f64() / 60.0).to_string();
    let mut table = Table::new(["week", "from", "runs", "minutes", "growth", "asked"]);
    for week in &plan.weeks {
        let mark = if week.is_marked() { " *" } else { "" };
        table.push([
            week.week.to_string(),
            week.from.to_string(),
            week.runs.to_string(),
            minutes(week.length),
            format!("{}{mark}", growth(week)),
            minutes(week.asked),
        ]);
    }
    text.push('\n');
    table.with_texts(&[1, 4]).write(text, style);
    text.push('\n');
    paragraph(text, style, "minutes", &[REPLACES]);
    if plan.weeks.iter().any(Week::is_marked) {
        paragraph(text, style, "*", &GROWTH_EVIDENCE);
    }
}

/// The growth over the week before, in whole percent: `+32%`.
fn growth(week: &Week) -> String {
    week.growth_percent
        .map_or_else(String::new, |percent| format!("{:+}%", whole(percent)))
}

/// Lines with one label in front, each broken where it is wider than the text may be.
fn paragraph(text: &mut String, style: Style, label: &str, lines: &[impl AsRef<str>]) {
    for (line, label) in lines.iter().zip(once(label).chain(repeat(""))) {
        style.entry_under(text, LABEL, label, line.as_ref());
    }
}

/// The columns of a label: as many as the longest name of a schedule, and a gap.
const LABEL: usize = 12;

pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut line = Vec::new();
    report::json(&mut line, value)?;
    Ok(line)
}

pub(super) fn csv(plan: &Plan) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::failed("cannot write the plan as csv", error);
    let mut rows = csv::Writer::from_writer(Vec::new());
    for run in &plan.runs {
        rows.serialize(run).map_err(failed)?;
    }
    rows.into_inner()
        .map_err(|error| Error::failed("cannot write the plan as csv", error.into_error()))
}

/// The schedules with their sources.
pub(super) fn list(format: PlanFormat) -> Result<Vec<u8>, Error> {
    match format {
        PlanFormat::Text => {
            let style = Style::of_stdout(false);
            let mut text = String::new();
            for preset in Preset::ALL {
                let Schedule {
                    name,
                    summary,
                    source,
                    caveats,
                    ..
                } = preset.schedule();
                let caveat = caveats.into_iter().next();
                let lines: Vec<String> = [summary, source].into_iter().chain(caveat).collect();
                paragraph(&mut text, style, &name, &lines);
            }
            text.push('\n');
            paragraph(&mut text, style, "evidence", &EVIDENCE);
            Ok(text.into_bytes())
        }
        PlanFormat::Json => {
            let list: Vec<Schedule> = Preset::ALL.iter().map(Preset::schedule).collect();
            json(&list)
        }
        PlanFormat::Csv | PlanFormat::Ics | PlanFormat::Html => Err(Error::Usage(
            "--list has no dates: use --format text or json".into(),
        )),
    }
}
