//! The log of a live run: what `cadence play --follow - --log FILE` writes, a row a second, as JSON
//! lines or as CSV. The last line of the former is a summary.

use std::io::{self, BufRead, Read};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::WatchError;
use super::points::time;
use super::quantity::{self, Reading, Refused};
use super::recording::{
    Counts, Fault, Format, LiveTarget, LiveTargets, Moment, Record, Recording, Session, Sport,
};
use super::source;

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct LogRow {
    /// When, as RFC 3339 has it.
    pub time: String,
    /// The smoothed cadence in steps per minute, where there was one.
    pub cadence_spm: Option<f64>,
    /// The tempo to keep; none in a rest.
    pub target_spm: Option<f64>,
    /// Whether the click was heard: `on` or `off`.
    pub click: String,
    /// The runner's own cadence in steps per minute, where it is known; the same in every row.
    #[serde(default)]
    pub base_spm: Option<f64>,
    /// Percent to either side of the target that count as within it; the same in every row.
    #[serde(default)]
    pub tolerance_percent: Option<f64>,
}

/// The last of JSON lines. It repeats what the rows say, so that only its form matters here.
#[derive(Debug, Deserialize)]
struct SummaryLine {
    #[serde(rename = "summary")]
    _summary: IgnoredAny,
}

impl LogRow {
    /// The first line of a log as CSV.
    pub const CSV_HEADING: &str = "time,cadence_spm,target_spm,click,base_spm,tolerance_percent";

    /// The columns that a row of CSV has at least.
    const CSV_LEAST: &str = "time,cadence_spm,target_spm,click";
}

/// The longest row that is read, in bytes. The project's own bound.
const LONGEST_ROW: u64 = 1_000;

/// As much of a file as shows whether it is a plan, in bytes: its first key, however it is laid out.
const SHOWS_KIND: usize = 200;

/// Whether a file begins as a log does.
pub(super) fn is_log(head: &[u8]) -> bool {
    head.starts_with(b"{") || head.starts_with(&LogRow::CSV_HEADING.as_bytes()[..8])
}

/// Reads a log; rows that are none are a fault.
pub(super) fn read(mut source: Box<dyn BufRead + '_>) -> Result<Recording, WatchError> {
    let mut session = Session {
        sport: Sport::Running,
        developer_counts: Some(Counts::Steps),
        ..Session::default()
    };
    let mut live = LiveTargets::default();
    let mut refused = Refused::default();
    let (mut count, mut first_at) = (0, 0);
    let mut faults = Vec::new();
    let mut at = 0;
    let mut head = String::new();
    loop {
        let mut row = Vec::new();
        let read = source
            .by_ref()
            .take(LONGEST_ROW)
            .read_until(b'\n', &mut row);
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if source::is_damage(&error) => {
                let reason = error.to_string();
                faults.push(Fault::Damaged { at, reason });
                break;
            }
            Err(error) => return Err(io::Error::into(error)),
        }
        let begin = at;
        at += row.len() as u64;
        let text = String::from_utf8_lossy(&row);
        let text = text.trim_start_matches('\u{feff}').trim();
        if head.len() < SHOWS_KIND {
            head.push_str(text);
        }
        if text.is_empty() || text.starts_with(LogRow::CSV_LEAST) || is_summary(text) {
            continue;
        }
        if session.records.len() == Recording::MAX_RECORDS {
            faults.push(Fault::TooLong);
            break;
        }
        if let Some((at, row)) = parse(text) {
            session.records.push(record(at, &row, begin, &mut refused));
            note(&mut live, at, &row, begin, &mut refused);
        } else if row.last() == Some(&b'\n') {
            first_at = if count == 0 { begin } else { first_at };
            count += 1;
        } else {
            faults.push(Fault::CutOff { at: begin });
            break;
        }
    }
    if count > 0 {
        faults.push(Fault::Records {
            count,
            first_at,
            reason: "not a row of a log".into(),
        });
    }
    if session.records.is_empty() {
        return Err(no_log(&head));
    }
    session.live = Some(live);
    faults.extend(refused.fault());
    Ok(Recording {
        format: Format::Log,
        sessions: vec![session],
        utc_offset_s: None,
        faults,
    })
}

/// What a file without a row is, by how it begins.
fn no_log(head: &str) -> WatchError {
    let head: String = head.split_whitespace().collect();
    if !head.starts_with('{') {
        WatchError::UnknownFormat
    } else if head.contains("\"plan\":{") {
        WatchError::Plan
    } else {
        WatchError::Json
    }
}

/// Whether a line is the summary at the end.
fn is_summary(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<SummaryLine>(text).is_ok()
}

/// A row, with its time.
fn parse(text: &str) -> Option<(Moment, LogRow)> {
    let row = if text.starts_with('{') {
        serde_json::from_str(text).ok()?
    } else {
        csv_row(text)?
    };
    Some((time(&row.time)?, row))
}

fn csv_row(text: &str) -> Option<LogRow> {
    let mut cells = text.split(',');
    let time = cells.next()?.to_owned();
    let number = |cells: &mut std::str::Split<'_, char>| match cells.next() {
        None | Some("") => Some(None),
        Some(number) => number.parse().ok().map(Some),
    };
    Some(LogRow {
        time,
        cadence_spm: number(&mut cells)?,
        target_spm: number(&mut cells)?,
        click: cells.next().unwrap_or("on").to_owned(),
        base_spm: number(&mut cells)?,
        tolerance_percent: number(&mut cells)?,
    })
}

fn record(at: Moment, row: &LogRow, begin: u64, refused: &mut Refused) -> Record {
    Record {
        at,
        cadence: Reading::Missing,
        // In a field whose unit is known: these are steps, however few they are.
        developer_cadence: row
            .cadence_spm
            .map_or(Reading::Missing, |spm| refused.reading(begin, spm)),
        speed: None,
    }
}

/// Notes what the row aimed at.
fn note(live: &mut LiveTargets, at: Moment, row: &LogRow, begin: u64, refused: &mut Refused) {
    let mut spm = |number: Option<f64>| refused.check(begin, number.map(quantity::target)?);
    live.base_spm = live.base_spm.or_else(|| spm(row.base_spm));
    live.rows.push(LiveTarget {
        at,
        target_spm: spm(row.target_spm),
        is_heard: row.click != "off",
    });
    if live.tolerance_percent.is_none()
        && let Some(percent) = row.tolerance_percent
    {
        live.tolerance_percent = refused.check(begin, quantity::tolerance(percent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Recording {
        crate::watch::read(text.as_bytes()).unwrap()
    }

    fn cadences(recording: &Recording) -> Vec<Option<f64>> {
        let records = &recording.sessions[0].records;
        records
            .iter()
            .map(|record| record.developer_cadence.raw())
            .collect()
    }

    const JSON: &str = r#"{"time":"2026-12-01T07:00:00Z","cadence_spm":168.5,"target_spm":168.0,"click":"on"}
{"time":"2026-12-01T07:00:01Z","cadence_spm":null,"target_spm":null,"click":"off"}
"#;
    const CSV: &str = "time,cadence_spm,target_spm,click\n2026-12-01T07:00:00Z,168.5,168,on\n2026-12-01T07:00:01Z,,,off\n";

    #[test]
    fn a_log_is_a_recording_of_steps_in_either_form() {
        for text in [JSON, CSV] {
            let log = read(text);
            assert_eq!(log.format, Format::Log);
            assert_eq!(cadences(&log), [Some(168.5), None]);
            assert_eq!(log.sessions[0].records[1].at.unix_ms(), 1_796_108_401_000);
            assert_eq!(log.faults, []);
        }
    }

    #[test]
    fn what_is_no_row_is_a_fault_and_the_rest_is_kept() {
        let log = read(&CSV.replace("168.5", "fast"));
        assert_eq!(cadences(&log), [None]);
        assert!(matches!(
            log.faults[..],
            [Fault::Records {
                count: 1,
                first_at: 34,
                ..
            }]
        ));
        let cut = read(&JSON[..JSON.len() - 30]);
        assert_eq!(cadences(&cut), [Some(168.5)]);
        assert!(matches!(cut.faults[..], [Fault::CutOff { .. }]));
    }

    #[test]
    fn json_that_is_no_log_is_told_apart() {
        let read = |text: &str| crate::watch::read(text.as_bytes()).unwrap_err();
        for other in ["{\"a\": 1}\n", "{", "{\"summary\": {}}\n"] {
            assert!(matches!(read(other), WatchError::Json), "{other}");
        }
        let plan = "{\n  \"plan\": {\n    \"name\": \"club\"\n  },\n  \"runs\": []\n}\n";
        let long = format!(
            "{{\"plan\":{{\"name\":\"{}\"}},\"runs\":[]}}",
            "x".repeat(2_000)
        );
        for plan in [plan, &long] {
            assert!(matches!(read(plan), WatchError::Plan), "{plan}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = crate::watch::read(format!("{{{text}").as_bytes());
            let _ = crate::watch::read(format!("{CSV}{text}").as_bytes());
        }
    }
}
