//! What a person or a script is told: results as JSON, errors and their exit status, warnings and notes.

use std::error::Error as StdError;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::cli::terminal::{self, Interrupt};

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Error {
    /// Something typed that does not hold together.
    Usage(String),
    /// Something that did not work: what was tried, and why it failed.
    Failed {
        tried: String,
        cause: Option<Box<dyn StdError>>,
    },
    /// No sound can be played.
    NoDevice(Box<dyn StdError>),
    /// A signal came.
    Stopped(Interrupt),
    /// The reader of stdout has left, which is its right.
    ReaderLeft,
}

impl Error {
    /// What the library says of something typed.
    pub(crate) fn usage(cause: impl std::fmt::Display) -> Self {
        Self::Usage(cause.to_string())
    }

    /// What was tried, and why it failed.
    pub(crate) fn failed(tried: impl Into<String>, cause: impl StdError + 'static) -> Self {
        Self::Failed {
            tried: tried.into(),
            cause: Some(Box::new(cause)),
        }
    }

    /// A file that cannot be written, for a reason of the system's.
    pub(crate) fn cannot_write(path: &Path, cause: io::Error) -> Self {
        Self::failed(format!("cannot write '{}'", path.display()), cause)
    }

    /// The exit status; the four that scripts may rely on and a shell's own for signals.
    fn status(&self) -> u8 {
        match self {
            Self::ReaderLeft => 0,
            Self::Failed { .. } => 1,
            Self::Usage(_) => 2,
            Self::NoDevice(_) => 3,
            Self::Stopped(interrupt) => interrupt.status(),
        }
    }
}

/// Writing results to stdout failed.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ReaderLeft
        } else {
            Self::failed("cannot write to stdout", error)
        }
    }
}

/// Tells a command's outcome: an error on stderr, and the exit status.
pub(crate) fn finish(outcome: Result<(), Error>) -> ExitCode {
    // What is still buffered may be what fails.
    let outcome = outcome.and_then(|()| Ok(io::stdout().flush()?));
    let Err(failure) = outcome else {
        return ExitCode::SUCCESS;
    };
    match &failure {
        Error::Usage(text) => error(text),
        Error::Failed {
            tried,
            cause: Some(cause),
        } => error(&format!("{tried}: {}", chain(&**cause))),
        Error::Failed { tried, cause: None } => error(tried),
        Error::NoDevice(cause) => {
            error(&format!(
                "{}; `cadence render` writes the click to a file instead",
                chain(&**cause)
            ));
        }
        Error::Stopped(_) | Error::ReaderLeft => {}
    }
    ExitCode::from(failure.status())
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    // One line; some causes end with a full stop, where more may follow.
    text.replace('\n', " ").trim_end_matches('.').to_owned()
}

/// A value as one line of JSON.
pub(crate) fn json(out: &mut impl Write, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

/// An error on stderr that does not end the program.
pub(crate) fn error(text: &str) {
    say("error", AnsiColor::Red, text);
}

/// A hint on stderr, which ends nothing.
pub(crate) fn warn(text: &str) {
    say("warning", AnsiColor::Yellow, text);
}

fn say(kind: &str, colour: AnsiColor, text: &str) {
    let style = Style::new().bold().fg_color(Some(colour.into()));
    let choice = AutoStream::choice(&io::stderr());
    let mut line = AutoStream::new(Vec::new(), choice);
    let _ = writeln!(line, "{style}{kind}:{style:#} {text}");
    terminal::print(&String::from_utf8_lossy(&line.into_inner()));
}

/// A line of status on stderr.
pub(crate) fn note(text: &str) {
    terminal::print(&format!("{text}\n"));
}

/// A time as a clock shows it: `0:07`, `12:34`, `1:02:03`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A time in words, to the tenth of a second: `30s`, `37.4s`, `1h 30m`.
pub(crate) fn in_words(time: Duration) -> String {
    let tenths = Duration::from_millis(((time.as_millis() + 50) / 100 * 100) as u64);
    if tenths.subsec_millis() == 0 {
        return humantime::format_duration(tenths).to_string();
    }
    let whole = Duration::from_secs(tenths.as_secs() / 60 * 60);
    let seconds = tenths.saturating_sub(whole).as_secs_f64();
    if whole.is_zero() {
        format!("{seconds:.1}s")
    } else {
        format!("{} {seconds:.1}s", humantime::format_duration(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_hours_only_where_there_are_any() {
        for (seconds, shown) in [(0, "0:00"), (7, "0:07"), (754, "12:34"), (3_723, "1:02:03")] {
            assert_eq!(clock(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn times_read_as_people_write_them() {
        for (millis, words) in [
            (0, "0s"),
            (30_000, "30s"),
            (37_400, "37.4s"),
            (59_960, "1m"),
            (90_500, "1m 30.5s"),
            (3_723_000, "1h 2m 3s"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }
}
