//! Output for people and scripts: results as JSON, errors and their exit status, warnings and
//! notes.

use std::error::Error as StdError;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::error::{ContextKind, ContextValue};
use serde::Serialize;

use cadence::printable::{self, Printable};

use crate::cli::input;
use crate::cli::suggestion;
use crate::cli::terminal::{self, Interrupt};

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Error {
    /// Arguments that were refused, or help that was asked for.
    Arguments(clap::Error),
    /// Something typed that does not hold together.
    Usage(String),
    /// Something that did not work: what was tried, and why it failed.
    Failed {
        tried: String,
        cause: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// Something that did not work, and was reported when it happened.
    #[cfg_attr(
        not(feature = "playback"),
        allow(dead_code, reason = "only a device fails while it plays")
    )]
    Reported,
    /// No sound can be played.
    NoDevice(Box<dyn StdError + Send + Sync>),
    /// A signal came.
    Stopped(Interrupt),
    /// The reader of stdout has left, which is its right.
    ReaderLeft,
}

/// Arguments that clap refused; what was typed is part of its text.
impl From<clap::Error> for Error {
    fn from(mut error: clap::Error) -> Self {
        let mut is_changed = false;
        let mut printable = |text: &String| {
            let shown = Printable(text).to_string();
            is_changed |= shown != *text;
            shown
        };
        let context: Vec<_> = error
            .context()
            .filter_map(|(kind, value)| {
                let value = match value {
                    ContextValue::String(text) => ContextValue::String(printable(text)),
                    ContextValue::Strings(texts) => {
                        ContextValue::Strings(texts.iter().map(&mut printable).collect())
                    }
                    _ => return None,
                };
                Some((kind, value))
            })
            .collect();
        for (kind, value) in context {
            error.insert(kind, value);
        }
        if is_changed {
            // It may repeat what was typed.
            error.remove(ContextKind::Suggested);
            let why = error.source().map(chain).unwrap_or_default();
            if Printable(&why).to_string() != why {
                let argument = error.get(ContextKind::InvalidArg);
                let argument = argument.map_or(String::new(), |name| format!(" for '{name}'"));
                return Self::Usage(format!("invalid value{argument}: {}", Printable(&why)));
            }
        }
        if !is_changed {
            suggestion::add(&mut error);
        }
        Self::Arguments(error)
    }
}

impl Error {
    /// What the library says of something typed.
    pub(crate) fn usage(cause: impl std::fmt::Display) -> Self {
        Self::Usage(cause.to_string())
    }

    /// What was tried, and why it failed.
    pub(crate) fn failed(
        tried: impl Into<String>,
        cause: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self::Failed {
            tried: tried.into(),
            cause: Some(Box::new(cause)),
        }
    }

    /// A file that cannot be written, for a reason of the system's.
    pub(crate) fn cannot_write(path: &Path, cause: io::Error) -> Self {
        Self::failed(format!("cannot write {}", input::named(path)), cause)
    }

    /// The exit status; the four that scripts may rely on and a shell's own for signals.
    fn status(&self) -> u8 {
        match self {
            Self::Arguments(error) => u8::try_from(error.exit_code()).unwrap_or(1),
            Self::ReaderLeft => 0,
            Self::Failed { .. } | Self::Reported => 1,
            Self::Usage(_) => 2,
            Self::NoDevice(_) => 3,
            Self::Stopped(interrupt) => interrupt.status(),
        }
    }
}

/// Whether writing failed because the reader of a pipe has left.
pub(crate) fn is_reader_gone(error: &io::Error) -> bool {
    // Windows: ERROR_PIPE_NOT_CONNECTED, which the standard library does not take for a broken
    // pipe.
    error.kind() == io::ErrorKind::BrokenPipe || cfg!(windows) && error.raw_os_error() == Some(233)
}

/// Writing results to stdout failed.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if is_reader_gone(&error) {
            Self::ReaderLeft
        } else {
            Self::failed("cannot write to stdout", error)
        }
    }
}

/// Reports a command's outcome: an error on stderr, and the exit status.
pub(crate) fn finish(outcome: Result<(), Error>) -> ExitCode {
    // What is still buffered may be what fails.
    let outcome = match outcome {
        Err(Error::Arguments(help)) if !help.use_stderr() => help.print().map_err(Error::from),
        outcome => outcome,
    };
    let outcome = outcome.and_then(|()| Ok(io::stdout().flush()?));
    let Err(failure) = outcome else {
        return ExitCode::SUCCESS;
    };
    match &failure {
        // If stderr is closed, there is no reader.
        Error::Arguments(refused) => drop(refused.print()),
        Error::Usage(text) => error(text),
        Error::Failed {
            tried,
            cause: Some(cause),
        } => error(&format!("{tried}: {}", chain(&**cause))),
        Error::Failed { tried, cause: None } => error(tried),
        Error::NoDevice(cause) => {
            error(&format!("{}; {}", chain(&**cause), way_out(&**cause)));
        }
        Error::Stopped(_) | Error::ReaderLeft | Error::Reported => {}
    }
    ExitCode::from(failure.status())
}

/// What helps where a device does not.
#[cfg_attr(
    not(feature = "playback"),
    allow(
        unused_variables,
        reason = "without playback every cause has the same way out"
    )
)]
fn way_out(cause: &(dyn StdError + 'static)) -> &'static str {
    #[cfg(feature = "playback")]
    if let Some(cadence::audio::device::DeviceError::NoSuch { .. }) = cause.downcast_ref() {
        return "`cadence devices` describes them";
    }
    "`cadence render` writes the click to a file instead"
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
    // A Windows console is switched to escape sequences by that; an old one has none, and would
    // show them as litter.
    let choice = match AutoStream::auto(io::stderr()).current_choice() {
        ColorChoice::AlwaysAnsi => ColorChoice::AlwaysAnsi,
        _ => ColorChoice::Never,
    };
    let mut line = AutoStream::new(Vec::new(), choice);
    // What was typed or read from a file may be part of any text.
    let text = printable::lines(text);
    let _ = writeln!(line, "{style}{kind}:{style:#} {text}");
    terminal::print(&String::from_utf8_lossy(&line.into_inner()));
}

/// A line of status on stderr.
pub(crate) fn note(text: &str) {
    terminal::print(&format!("{}\n", printable::lines(text)));
}
