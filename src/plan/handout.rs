//! A plan as a page of paper: HTML without scripts and without anything to load, laid out for A4.
//!
//! Long plans have smaller rows, so that up to 56 runs are one page; longer ones go on to another,
//! under the same headings.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::number::{one_decimal, whole};

use super::{EVIDENCE, GROWTH_EVIDENCE, Medium, Plan, PlannedRun, REPLACES, Week};

/// Up to how many runs the rows have a size. The sizes were tried in Chromium.
const SIZES: [(usize, &str); 3] = [(12, "large"), (24, "middle"), (40, "small")];

/// The style of the page.
const STYLE: &str = "
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { padding: 0 0.3mm; font: 10pt/1.3 \"Liberation Sans\", Arial, Helvetica, sans-serif; color: #000; background: #fff;
  max-width: 186mm; margin: 0 auto }
@media screen { body { padding: 6mm 3mm; min-width: 186mm } }
h1 { font-size: 16pt; margin: 0 }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 8mm }
header span { flex: none; border-bottom: 0.3mm solid; width: 60mm }
p { margin: 1mm 0 }
.rules { border: 0.5mm solid; padding: 1mm 3mm; margin: 2mm 0; font-weight: bold }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 0.2mm solid #555; padding: 0.9mm 1.2mm; text-align: left; vertical-align: middle }
th { background: #eee }
.n { text-align: right }
.day, .pain { white-space: nowrap }
.pain span { display: inline-block; width: 3.4mm; text-align: center; font-size: 7pt }
.pain span:last-child { width: 4mm }
.done { text-align: center }
.done i { display: inline-block; width: 3.6mm; height: 3.6mm; border: 0.3mm solid; vertical-align: middle }
.middle table { font-size: 9pt }
.middle td { padding: 0.5mm 1mm }
.small table { font-size: 7.5pt }
.small td { padding: 0.25mm 1mm }
.tiny table { font-size: 6.6pt; line-height: 1.15 }
.tiny td { padding: 0.1mm 0.8mm }
.small .done i, .tiny .done i { width: 2.6mm; height: 2.6mm }
.tiny .pain span { width: 3mm; font-size: 6pt }
footer { font-size: 8pt; line-height: 1.25 }
.small footer, .tiny footer { font-size: 7pt }
footer p { margin: 0.7mm 0 }
";

/// The page of a plan.
pub(super) fn write(plan: &Plan, medium: Medium) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = page_of(plan, medium, &mut page);
    page
}

fn page_of(plan: &Plan, medium: Medium, page: &mut String) -> fmt::Result {
    let name = Text(&plan.schedule.name);
    let runs = plan.runs.len();
    let size = SIZES.iter().find(|(most, _)| runs <= *most);
    let size = size.map_or("tiny", |(_, size)| size);
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=760\">\n\
         <title>Running cadence plan: {name}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body class=\"{size}\">\n\
         <header><h1>Running cadence plan: {name}</h1><span>Name</span></header>\n"
    )?;
    let summary = sentence(&plan.schedule.summary);
    let (base, raise) = (
        one_decimal(plan.base.bpm()),
        one_decimal(plan.raise_percent),
    );
    writeln!(
        page,
        "<p>{} From {base} steps a minute, +{raise}%.</p>",
        Text(&summary)
    )?;
    writeln!(page, "<div class=\"rules\">")?;
    for rule in &plan.rules {
        writeln!(page, "<p>{}</p>", Text(rule))?;
    }
    writeln!(page, "</div>")?;
    rows(plan, page)?;
    footer(plan, medium, page)?;
    writeln!(page, "</body>\n</html>")
}

fn rows(plan: &Plan, page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "<table>\n<thead><tr><th class=\"n\">Run</th><th>Day</th><th>What to do</th>\
         <th class=\"n\">Minutes</th><th class=\"n\">Steps a minute</th><th>Done</th>\
         <th>Pain, 0 none to 10 worst</th></tr></thead>\n<tbody>"
    )?;
    let scale = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(|pain| format!("<span>{pain}</span>"));
    let scale = scale.concat();
    for run in &plan.runs {
        let PlannedRun {
            number,
            date,
            target,
            length,
            ..
        } = run;
        writeln!(
            page,
            "<tr><td class=\"n\">{number}</td><td class=\"day\">{}</td><td>{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"done\"><i></i></td>\
             <td class=\"pain\">{scale}</td></tr>",
            date.strftime("%a %-d %b %Y"),
            Text(&unbroken(&run.in_words())),
            minutes(*length),
            one_decimal(target.bpm())
        )?;
    }
    writeln!(page, "</tbody>\n</table>")
}

/// What is known of the plan, and what is not.
fn footer(plan: &Plan, medium: Medium, page: &mut String) -> fmt::Result {
    let schedule = &plan.schedule;
    writeln!(page, "<footer>")?;
    if let Some(first) = plan.runs.first() {
        let start = plan.start_in_words(first, medium);
        let number = first.number;
        let paragraph = format!("{start} for run {number}; the other runs are named alike.");
        writeln!(page, "<p>{}</p>", Text(&paragraph))?;
    }
    writeln!(page, "<p>{}</p>", Text(&weeks(&plan.weeks)))?;
    for (label, lines) in [
        ("Source", std::slice::from_ref(&schedule.source)),
        ("This plan differs", &plan.departures),
        ("Assumed, where the source is silent", &schedule.assumed),
        ("Caution", &schedule.caveats),
        ("Raising a cadence", &EVIDENCE.map(str::to_owned)),
    ] {
        if !lines.is_empty() {
            let lines = sentence(&lines.join("; "));
            writeln!(page, "<p><b>{label}:</b> {}</p>", Text(&lines))?;
        }
    }
    writeln!(
        page,
        "<p>A training aid, not medical advice.</p>\n</footer>"
    )
}

/// Words with a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase);
    let first = first.into_iter().flatten();
    first.chain(chars).chain(['.']).collect()
}

/// Words in which no number is broken from its unit.
fn unbroken(words: &str) -> String {
    words
        .replace(" min", "\u{a0}min")
        .replace(" s ", "\u{a0}s ")
}

/// `Minutes a week: 112, 148 (+32%).`, and what that means.
fn weeks(weeks: &[Week]) -> String {
    let shown = weeks.iter().map(|week| {
        let grown = week.growth_percent.filter(|percent| whole(*percent) != 0.0);
        let grown = grown.map_or_else(String::new, |percent| format!(" ({:+}%)", whole(percent)));
        minutes(week.length) + &grown
    });
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    if let [first, .., last] = weeks
        && weeks.iter().all(|week| week.length == first.length)
    {
        shown = format!("{} in each of {}", minutes(last.length), weeks.len());
    }
    let mut text = format!("Minutes a week: {shown}; {REPLACES}.");
    if weeks.iter().any(Week::is_marked) {
        text.push_str(" Of growth: ");
        text.push_str(&GROWTH_EVIDENCE.join("; "));
        text.push('.');
    }
    text
}

fn minutes(time: Duration) -> String {
    whole(time.as_secs_f64() / 60.0).to_string()
}

/// Text as HTML has it, in an element and in a quoted attribute.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // No control character belongs on a page.
                c if c.is_control() => f.write_str("\u{fffd}")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::{plan, setup};

    #[test]
    fn a_page_has_a_row_a_run_and_nothing_to_load_or_to_run() {
        let plan = plan("faded8", &setup(160.0));
        let page = write(&plan, Medium::Sound("mp3"));
        assert_eq!(page.matches("<tr><td").count(), 8);
        assert!(page.contains(
            "<tr><td class=\"n\">5</td><td class=\"day\">Tue 8 Dec 2026</td>\
             <td>24\u{a0}min at 168 (click 3\u{a0}min on, 1\u{a0}min off)</td>\
             <td class=\"n\">24</td><td class=\"n\">168</td><td class=\"done\"><i></i></td>"
        ));
        for text in [
            "<p>Eight runs in two weeks, 15 to 30 minutes, the cue fading from the fifth on. From 160",
            "<p>Start only once easy running is free of pain.</p>",
            "Minutes a week: 72, 108 (+50%); these minutes replace usual running",
            "Buist 2008",
            "Noehren 2011, Cheung &amp; Davis 2011",
            "Play faded8-01.mp3 for run 1",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        for loads in ["<script", "<link", "<img", "http", "url(", " on"] {
            let markup = page
                .split('>')
                .map(|part| part.rsplit('<').next().unwrap_or(""));
            assert!(!markup.clone().any(|tag| tag.contains(loads)), "{loads}");
        }
    }

    #[test]
    fn weeks_that_are_all_alike_are_said_once() {
        let page = write(&plan("hafer2015", &setup(160.0)), Medium::Sound("mp3"));
        assert!(
            page.contains("Minutes a week: 60 in each of 6; these"),
            "{page}"
        );
    }

    #[test]
    fn text_is_escaped() {
        let mut plan = plan("steptest", &setup(160.0));
        plan.schedule.name = "</title><script>alert('1' & \"2\")</script>\u{7}".into();
        let page = write(&plan, Medium::Watch);
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains(
            "<h1>Running cadence plan: &lt;/title&gt;&lt;script&gt;alert(&#39;1&#39; &amp; \
             &quot;2&quot;)&lt;/script&gt;\u{fffd}</h1>"
        ));
    }
}
