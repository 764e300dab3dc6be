//! What is read from a file or from stdin: bounded, and named in every error.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

use cadence::printable::Printable;
use cadence::workout::Workout;

use crate::cli::report::Error;

/// The largest text that is read as a workout: some hundred times the longest that makes sense. The
/// project's own bound.
const LARGEST_WORKOUT: u64 = 16 << 20;

/// The longest line that is read where a line holds one number, in bytes. The project's own bound.
const LONGEST_LINE: u64 = 1_024;

/// The most lines that are read where each holds one number. The project's own bound.
const MOST_LINES: usize = 10_000;

/// Whether a path means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A file as it was typed, in a message: `stdin`, or its quoted name.
pub(crate) fn named(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".into()
    } else {
        format!("'{}'", Printable(&path.to_string_lossy()))
    }
}

/// Reads a workout from a file, or from stdin for `-`.
pub(crate) fn workout(path: &Path) -> Result<Workout, Error> {
    let tried = || format!("cannot read {}", named(path));
    let source: Box<dyn Read> = if is_stdin(path) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| Error::failed(tried(), error))?)
    };
    let mut text = String::new();
    let read = source
        .take(LARGEST_WORKOUT + 1)
        .read_to_string(&mut text)
        .map_err(|error| Error::failed(tried(), error))?;
    if read as u64 > LARGEST_WORKOUT {
        return Err(Error::Failed {
            tried: format!("{}: too large for a workout", tried()),
            cause: None,
        });
    }
    text.parse()
        .map_err(|error| Error::Usage(format!("{}: {error}", named(path))))
}

/// The lines of stdin, where each holds one number, with their places; empty ones are left out.
pub(crate) fn numbers(
    mut stdin: impl BufRead,
) -> impl Iterator<Item = Result<(usize, String), Error>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            number += 1;
            match line(&mut stdin, number).transpose()? {
                Ok(line) if line.is_empty() => {}
                line => return Some(line.map(|line| (number, line))),
            }
        }
    })
}

/// The next line without what is around its text; `None` at the end.
fn line(stdin: &mut impl BufRead, number: usize) -> Result<Option<String>, Error> {
    let refused = |why: &str| Err(Error::Usage(format!("line {number} of stdin: {why}")));
    let mut bytes = Vec::new();
    stdin
        .take(LONGEST_LINE + 1)
        .read_until(b'\n', &mut bytes)
        .map_err(|error| Error::failed("cannot read stdin", error))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if number > MOST_LINES {
        return refused(&format!("at most {MOST_LINES} lines are read"));
    }
    if bytes.len() as u64 > LONGEST_LINE {
        return refused("too long for a number");
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return refused("not UTF-8 text");
    };
    // Some editors put the mark first.
    Ok(Some(text.trim_start_matches('\u{feff}').trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Result<(usize, String), String>> {
        let text_of = |error| match error {
            Error::Usage(text) => text,
            error => panic!("{error:?}"),
        };
        numbers(text)
            .map(|line| line.map_err(text_of))
            .take(4)
            .collect()
    }

    #[test]
    fn lines_keep_their_numbers_and_empty_ones_are_left_out() {
        assert_eq!(
            read(b"\xef\xbb\xbf40\r\n\n  41 \n42"),
            [
                Ok((1, "40".into())),
                Ok((3, "41".into())),
                Ok((4, "42".into()))
            ]
        );
    }

    #[test]
    fn a_line_without_an_end_is_not_read_to_its_end() {
        // An endless reader: reading it to the end would not return.
        let mut endless = numbers(io::BufReader::new(io::repeat(b'1')));
        let Some(Err(Error::Usage(text))) = endless.next() else {
            panic!("it was read");
        };
        assert_eq!(text, "line 1 of stdin: too long for a number");
        assert_eq!(
            read(b"4\xff\n"),
            [Err("line 1 of stdin: not UTF-8 text".into())]
        );
    }
}
