//! A plan as an iCalendar file (RFC 5545).
//!
//! The library folds a long line so that what is carried over has 76 octets with its blank, one
//! above what the RFC advises. The three readers that were tried (icalendar, vobject and ics, all
//! for Python) take it whole.

use ics::properties::{Description, DtEnd, DtStart, Name, Summary, Transp};
use ics::{Event, ICalendar, escape_text};
use jiff::Span;

use super::{Medium, Plan};

pub(super) fn write(plan: &Plan, medium: Medium) -> String {
    let schedule = &plan.schedule;
    let mut calendar = ICalendar::new("2.0", "-//cadence//cadence-cli//EN");
    calendar.push(Name::new(format!("cadence {}", schedule.name)));
    // The first is of the source, not of running.
    let caveats: Vec<&str> = schedule
        .caveats
        .iter()
        .skip(1)
        .map(String::as_str)
        .collect();
    let total = plan.total_runs;
    for run in &plan.runs {
        let day = run.date.strftime("%Y%m%d").to_string();
        // The stamp is the time of creation, but the file must be the same every time, so the run's
        // day is used instead.
        let uid = format!("{}-{}-{}@cadence", schedule.name, run.number, run.date);
        let mut event = Event::new(uid, format!("{day}T000000Z"));
        let mut start = DtStart::new(day);
        start.add(ics::parameters::Value::DATE);
        event.push(start);
        if let Ok(next) = run.date.checked_add(Span::new().days(1)) {
            let mut end = DtEnd::new(next.strftime("%Y%m%d").to_string());
            end.add(ics::parameters::Value::DATE);
            event.push(end);
        }
        let summary = format!("Run {} of {total}: {}", run.number, run.target);
        event.push(Summary::new(escape_text(summary)));
        let description = format!(
            "{}: {}\n{}\n{} ({}); {}",
            plan.start_in_words(run, medium),
            run.in_words(),
            plan.rules.join(" "),
            schedule.name,
            schedule.source,
            caveats.join("; ")
        );
        event.push(Description::new(escape_text(description)));
        // A run does not make its whole day busy.
        event.push(Transp::transparent());
        calendar.add_event(event);
    }
    calendar.to_string()
}
