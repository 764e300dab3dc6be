//! `play --follow -`: values come from stdin on a thread; the session asks whether the click is
//! needed.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use cadence::cadence::Cadence;
use cadence::live::{Click, Follower, KeptShare, LiveSummary, Value};
use cadence::number::one_decimal;
use cadence::tolerance::Tolerance;
use cadence::watch::LogRow;

use crate::cli::destination::Destination;
use crate::cli::follow_args::{ClickWhen, FollowArgs};
use crate::cli::report::{self, Error};
use crate::cli::text::percent;

/// A runner who is followed.
pub(super) struct Follow {
    feed: Arc<Mutex<Feed>>,
    begin: Instant,
    is_click_guarded: bool,
    tolerance: Tolerance,
    base: Option<Cadence>,
    log: Option<Log>,
    said: Said,
    /// What was decided last.
    pub(super) click: Click,
    target: Option<f64>,
}

/// State that the reading thread shares with the session.
struct Feed {
    follower: Follower,
    /// Number of invalid lines, and why the first is invalid.
    refused: u64,
    why: Option<String>,
    /// Why reading ended, once it has.
    end: Option<String>,
}

/// A note that is printed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Unit,
    Refusal,
    End,
    /// No values arrive; forgotten when they do.
    NoValues,
}

#[derive(Default)]
struct Said(Vec<News>);

impl FollowArgs {
    /// Begins to follow, where it is asked for.
    pub(super) fn begin(&self, base: Option<Cadence>) -> Result<Option<Follow>, Error> {
        if self.follow.is_none() {
            return Ok(None);
        }
        let tolerance = self.tolerance.unwrap_or_default();
        let log = self
            .log
            .as_deref()
            .map(|path| Log::open(path, self.force, tolerance, base))
            .transpose()?;
        let feed = Arc::new(Mutex::new(Feed {
            follower: Follower::new(tolerance, self.sensor_counts.map(Into::into)),
            refused: 0,
            why: None,
            end: None,
        }));
        let begin = Instant::now();
        let for_thread = Arc::clone(&feed);
        thread::Builder::new()
            .name("follow".into())
            .spawn(move || read(&for_thread, begin))
            .map_err(|error| Error::failed("cannot start a thread", error))?;
        Ok(Some(Follow {
            feed,
            begin,
            is_click_guarded: self.click_when != Some(ClickWhen::Always),
            tolerance,
            base,
            log,
            said: Said::default(),
            click: Click::Waiting,
            target: None,
        }))
    }
}

fn lock(feed: &Mutex<Feed>) -> MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads lines until stdin ends. A value is taken the moment it comes, so that a flood of them
/// leaves nothing waiting.
fn read(feed: &Mutex<Feed>, begin: Instant) {
    let mut stdin = BufReader::new(io::stdin());
    let end = loop {
        let line = match next_line(&mut stdin) {
            Ok(Some(line)) => line,
            Ok(None) => break "stdin has ended".to_owned(),
            Err(error) => break format!("cannot read stdin: {error}"),
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let value = String::from_utf8_lossy(&line).parse::<Value>();
        let mut feed = lock(feed);
        match value {
            Ok(value) => _ = feed.follower.take(value, begin.elapsed()),
            Err(error) => {
                feed.refused += 1;
                feed.why.get_or_insert_with(|| error.to_string());
            }
        }
    };
    lock(feed).end = Some(end);
}

/// The next line; of one that is too long, only the beginning.
fn next_line(source: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let limit = Value::MAX_LINE as u64;
    let mut line = Vec::new();
    source.by_ref().take(limit).read_until(b'\n', &mut line)?;
    let mut end = line.last().copied();
    while end.is_some_and(|byte| byte != b'\n') {
        let mut rest = Vec::new();
        source.by_ref().take(limit).read_until(b'\n', &mut rest)?;
        end = rest.last().copied();
    }
    Ok((!line.is_empty()).then_some(line))
}

impl Follow {
    /// Looks at the values. `target` is the current tempo, none in a rest. Prints what is new, and
    /// returns whether the click is to be silent.
    pub(super) fn poll(&mut self, target: Option<f64>, is_quiet: bool) -> Result<bool, Error> {
        let mut feed = lock(&self.feed);
        let at = self.begin.elapsed();
        self.click = feed.follower.poll(target, at);
        self.target = target;
        let cadence = feed.follower.cadence(at);
        let news = self.said.news(&feed, self.click);
        drop(feed);
        for text in news.iter().filter(|_| !is_quiet) {
            report::note(text);
        }
        let is_silent = self.is_click_guarded && self.click.is_silent();
        if let Some(log) = &mut self.log {
            log.row(at, cadence, target, !is_silent)?;
        }
        Ok(is_silent)
    }

    /// For the line of status: `166 spm, 92 % within`.
    pub(super) fn shown(&self) -> String {
        let feed = lock(&self.feed);
        let cadence = feed.follower.cadence(self.begin.elapsed());
        let cadence = cadence.map_or("no cadence".to_owned(), |spm| {
            format!("you {} spm", one_decimal(spm))
        });
        let share = feed.follower.tally().all.share();
        let within = share.map_or(String::new(), |share| {
            format!(", {} within", percent(share))
        });
        format!("{cadence}{within}")
    }

    /// What was kept, in a line for the end; the log gets its summary and its name.
    pub(super) fn close(&mut self) -> (Option<String>, Result<(), Error>) {
        let summary = lock(&self.feed).follower.summary(self.base);
        let finish = |log: Log| log.finish(&summary);
        let logged = self.log.take().map_or(Ok(()), finish);
        let parts = [
            ("kept", summary.all),
            ("with the click", summary.with_click),
            ("without it", summary.without_click),
        ];
        let shares = parts
            .into_iter()
            .filter_map(|(name, part)| Some(format!("{name}: {}", kept(part?))));
        let shares: Vec<String> = shares.collect();
        let tolerance = self.tolerance;
        let line = format!("{} (±{tolerance} %)", shares.join("; "));
        (summary.all.map(|_| line), logged)
    }
}

/// `92 % within, 80 % of the raise`
fn kept(part: KeptShare) -> String {
    let within = percent(part.within_percent / 100.0);
    let raise = part.raise_kept_percent.map_or(String::new(), |kept| {
        format!(", {} of the raise", percent(kept / 100.0))
    });
    format!("{within} within{raise}")
}

impl Said {
    /// Whether it is new.
    fn first(&mut self, news: News) -> bool {
        let is_first = !self.0.contains(&news);
        if is_first {
            self.0.push(news);
        }
        is_first
    }

    /// The notes to print now: each once, but the lack of values each time that it begins.
    fn news(&mut self, feed: &Feed, click: Click) -> Vec<String> {
        let mut news = Vec::new();
        let unit = feed.follower.unit();
        if let Some((unit, most)) = unit.and_then(|unit| Some((unit, unit.percentile_95?)))
            && self.first(News::Unit)
        {
            let (name, times) = (unit.counts.name(), unit.counts.steps_per_count());
            let doubt = if unit.is_doubtful {
                "; they could be either: --sensor-counts steps|strides overrules it"
            } else {
                ""
            };
            news.push(format!(
                "following {name} \u{d7}{times}: 95 % of the numbers are at most {most}{doubt}"
            ));
        }
        if let Some(why) = &feed.why
            && self.first(News::Refusal)
        {
            news.push(format!("a line was left out: {why}"));
        }
        if let Some(end) = &feed.end
            && self.first(News::End)
        {
            news.push(format!("{end}: nothing more to follow, the click goes on"));
        }
        if click != Click::NoValues {
            self.0.retain(|said| *said != News::NoValues);
        } else if self.first(News::NoValues) && feed.end.is_none() {
            news.push("no cadence for 10s: clicking".to_owned());
        }
        news
    }
}

/// The log: a row a second.
struct Log {
    destination: Destination,
    is_csv: bool,
    rows: u64,
    tolerance: Tolerance,
    base: Option<Cadence>,
}

/// The last of JSON lines.
#[derive(Serialize)]
struct SummaryLine<'a> {
    summary: &'a LiveSummary,
}

impl Log {
    fn open(
        path: &Path,
        overwrite: bool,
        tolerance: Tolerance,
        base: Option<Cadence>,
    ) -> Result<Self, Error> {
        let is_csv = path.extension().is_some_and(|ending| ending == "csv");
        let mut log = Self {
            destination: Destination::open(path, overwrite)?,
            is_csv,
            rows: 0,
            tolerance,
            base,
        };
        if is_csv {
            log.write(LogRow::CSV_HEADING)?;
        }
        Ok(log)
    }

    fn row(
        &mut self,
        at: Duration,
        cadence: Option<f64>,
        target: Option<f64>,
        is_heard: bool,
    ) -> Result<(), Error> {
        if at < Duration::from_secs(self.rows) {
            return Ok(());
        }
        self.rows = at.as_secs() + 1;
        let thousandth = |value: f64| (value * 1000.0).round() / 1000.0;
        let row = LogRow {
            time: format!("{:.0}", Timestamp::now()),
            cadence_spm: cadence.map(thousandth),
            target_spm: target.map(thousandth),
            click: if is_heard { "on" } else { "off" }.to_owned(),
            base_spm: self.base.map(Cadence::spm),
            tolerance_percent: Some(self.tolerance.percent()),
        };
        let line = if self.is_csv {
            let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
            let (cadence, target) = (cell(row.cadence_spm), cell(row.target_spm));
            let (base, tolerance) = (cell(row.base_spm), cell(row.tolerance_percent));
            let (time, click) = (&row.time, &row.click);
            format!("{time},{cadence},{target},{click},{base},{tolerance}")
        } else {
            json(&row)?
        };
        self.write(&line)
    }

    fn write(&mut self, line: &str) -> Result<(), Error> {
        let written = self.destination.write_all(format!("{line}\n").as_bytes());
        written.map_err(|error| self.destination.failed(error))
    }

    fn finish(mut self, summary: &LiveSummary) -> Result<(), Error> {
        // A table has no room for it, and `review` counts the rows.
        if !self.is_csv {
            self.write(&json(&SummaryLine { summary })?)?;
        }
        self.destination.finish()
    }
}

fn json(line: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(line).map_err(|error| Error::failed("cannot write the log", error))
}
