//! Errors in the text of a workout, with the place marked.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use crate::tempo::TempoError;

use super::Workout;

/// An error in the text of a workout: displayed as a sentence, followed by the line with the place
/// marked.
#[derive(Clone, Debug, PartialEq)]
pub struct TextError {
    fault: Fault,
    line_number: usize,
    /// Whether the text has but one line, so that its number says nothing.
    only_line: bool,
    /// In characters of `line`.
    columns: Range<usize>,
    line: String,
}

impl TextError {
    /// The most characters of a line that are shown.
    const SHOWN: usize = 100;
    /// The least number of characters shown before the fault, if the line has as many.
    const BEFORE: usize = 40;

    pub(super) fn new(text: &str, span: Range<usize>, fault: Fault) -> Self {
        let start = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let column = text[start..span.start].chars().count();
        // A fault that spans lines is marked to the end of its first; one at the end of the text
        // still has a mark.
        let width = text[span]
            .lines()
            .next()
            .map_or(0, |part| part.trim_end().chars().count());
        Self {
            fault,
            line_number: text[..start].matches('\n').count() + 1,
            only_line: !text.trim_end().contains('\n'),
            columns: column..column + width.max(1),
            line: line.to_owned(),
        }
    }

    /// What is wrong, and what to write instead.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The number of the line, from one.
    #[must_use]
    pub fn line_number(&self) -> usize {
        self.line_number
    }

    /// The line as it was typed.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Where in the line it lies, in characters from zero.
    #[must_use]
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }
}

impl std::error::Error for TextError {}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.columns;
        let from = if self.line.chars().nth(Self::SHOWN).is_some() {
            start.saturating_sub(Self::BEFORE)
        } else {
            0
        };
        let mut rest = self.line.chars().skip(from).map(printable);
        let part: String = rest.by_ref().take(Self::SHOWN).collect();
        let (head, tail) = (
            if from > 0 { "…" } else { "" },
            rest.next().map_or("", |_| "…"),
        );
        let number = if self.only_line {
            String::new()
        } else {
            format!("{} | ", self.line_number)
        };
        let indent = number.chars().count() + head.chars().count() + start - from;
        let width = (end - start).min(Self::SHOWN + from - start);
        writeln!(f, "{}", self.fault)?;
        writeln!(f, "  {number}{head}{part}{tail}")?;
        write!(f, "  {:indent$}{:^<width$}", "", "")
    }
}

/// What is wrong with the text of a workout.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// No segment at all.
    #[error("there is no segment: write one, such as 10m 170")]
    Empty,
    /// A comma with nothing before it.
    #[error(
        "a segment is missing before this comma: write one, such as 10m 170, or leave the comma out"
    )]
    NoSegment,
    /// A length with nothing after it.
    #[error("a tempo is missing after this length: write one, such as 10m 170, or 10m rest")]
    NoTempo,
    /// A number where a length belongs.
    #[error("'{0}' has no unit: write {0}s for seconds, {0}m for minutes")]
    NoUnit(String),
    /// A word where a tempo belongs.
    #[error("'{0}' is not a tempo: write beats per minute, such as 170, or +5%, base or rest")]
    Word(String),
    /// A number followed by text that is not a unit.
    #[error("'{0}' is neither a length, such as 10m or 90s, nor a tempo, such as 170")]
    Number(String),
    /// A number of beats per minute that is refused.
    #[error(transparent)]
    Tempo(TempoError),
    /// An invalid relative tempo.
    #[error("'{0}' is not a relative tempo: write a sign and at most 50 %, such as +5% or -2.5%")]
    Percent(String),
    /// A dash that may be a minus, and the range with dots.
    #[error("'{0}' could be a range or a difference: a range of relative tempi has two dots, {1}")]
    Dash(String, String),
    /// A decimal comma, and the number with a point.
    #[error("a comma ends a segment here: write {0} for a tempo with a decimal")]
    DecimalComma(String),
    /// A length out of range.
    #[error("a length of {} is out of range: 1s to 7days", humantime::format_duration(*.0))]
    Length(Duration),
    /// What cannot go on for ever, and an example of it with a length.
    #[error("{0} needs a length: write one before it, such as {1}")]
    NeedsLength(&'static str, &'static str),
    /// Text after a segment that never ends.
    #[error(
        "a tempo without a length never ends, so nothing can follow: give it a length, such as 10m 170"
    )]
    NeverEnds,
    /// A cue without its two lengths.
    #[error(
        "a cue has two lengths, how long it is heard and how long not: write them, such as cue 1m/1m"
    )]
    Cue,
    /// A cue for a rest.
    #[error("a rest has no clicks: leave this out")]
    NoClicks,
    /// Unexpected text after a segment.
    #[error(
        "'{0}' is not expected here: only cue 1m/1m, fade or silent may follow a tempo, and a comma before the next segment"
    )]
    Unexpected(String),
    /// An invalid number of times.
    #[error("'{0}' is not a number of times: 1 to {max}", max = Workout::MAX_SEGMENTS)]
    Times(String),
    /// A number of times and no bracket.
    #[error("a repeat needs brackets: write it such as 5x(1m 170, 1m rest)")]
    NoBracket,
    /// A bracket and no number of times.
    #[error("a bracket needs a number of times before it: write it such as 5x(1m 170, 1m rest)")]
    NoTimes,
    /// Brackets with nothing between them.
    #[error(
        "there is nothing to repeat: write segments between the brackets, such as 5x(1m 170, 1m rest)"
    )]
    NothingToRepeat,
    /// A bracket that is opened but not closed.
    #[error("this bracket is never closed: write ) after the last segment to repeat")]
    NotClosed,
    /// A bracket that is closed but not opened.
    #[error(
        "this bracket closes nothing: leave it out, or open one with a number of times, such as 5x("
    )]
    ClosesNothing,
    /// Repeats within repeats, too deep.
    #[error("repeats nest more than {max} deep here: write some of them out", max = Workout::MAX_DEPTH)]
    TooDeep,
    /// More segments than a workout has, with every repeat played out.
    #[error("this makes {0} segments, repeats played out: at most {max}", max = Workout::MAX_SEGMENTS)]
    TooMany(u64),
    /// More than a week, with every repeat played out.
    #[error("with this the workout lasts more than a week: make it shorter")]
    TooLong,
}

/// A word as a message quotes it: not long, and no character that moves the cursor.
pub(super) fn shown(word: &str) -> String {
    let mut shown: String = word.chars().take(QUOTED).map(printable).collect();
    if word.chars().nth(QUOTED).is_some() {
        shown.push('…');
    }
    shown
}

/// The most characters of one word that a message quotes.
const QUOTED: usize = 40;

fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}
