//! The text form of a workout, read: tokens by winnow, and where a fault lies.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use winnow::LocatingSlice;
use winnow::ascii::digit1;
use winnow::combinator::{alt, eof, opt, peek, repeat, terminated};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::stream::{Location, Stream};
use winnow::token::{any, take_till, take_while};

use crate::schedule::{Cue, Pace, TempoMap};
use crate::tempo::{Tempo, TempoError};

use super::{Item, Segment, Speed, Workout};

/// ```
/// use cadence::workout::Workout;
///
/// let error = "5m rest, 10m 1700".parse::<Workout>().unwrap_err();
/// assert_eq!(error.to_string(), "\
/// a tempo of 1700 BPM is out of range: 20 to 400 BPM
///   5m rest, 10m 1700
///                ^^^^");
/// ```
impl FromStr for Workout {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        workout(&mut LocatingSlice::new(text)).map_err(|refused| TextError::new(text, refused))
    }
}

type Input<'a> = LocatingSlice<&'a str>;

/// What a token parser gives; that one does not match is no fault yet.
type Token<T> = winnow::Result<T, EmptyError>;

/// What a part of the grammar gives.
type Read<T> = Result<T, Refused>;

/// A fault, and the bytes of the text that it lies in.
struct Refused {
    span: Range<usize>,
    fault: Fault,
}

fn refuse<T>(span: Range<usize>, fault: Fault) -> Read<T> {
    Err(Refused { span, fault })
}

/// The token, if it comes next; else nothing is taken.
fn next<'a, T>(input: &mut Input<'a>, token: impl Parser<Input<'a>, T, EmptyError>) -> Option<T> {
    opt(token).parse_next(input).ok().flatten()
}

/// Blanks within a line. A byte order mark, which some editors put first, is one.
fn blanks(input: &mut Input) -> Token<()> {
    take_while(0.., |c: char| {
        c != '\n' && (c.is_whitespace() || c == '\u{feff}')
    })
    .void()
    .parse_next(input)
}

/// Blanks, line ends and comments.
fn gap(input: &mut Input) -> Token<()> {
    let comment = ('#', take_till(0.., '\n')).void();
    let line_end = '\n'.void();
    (
        blanks,
        repeat::<_, _, (), _, _>(0.., (alt((comment, line_end)), blanks)),
    )
        .void()
        .parse_next(input)
}

/// A length in parts, as humantime reads and writes it: `90s`, `1m 30s`, `1.5 h`.
fn length(input: &mut Input) -> Token<Duration> {
    let number = (digit1, opt(('.', digit1)));
    let part = (number, blanks, take_while(1.., char::is_alphabetic))
        .take()
        .verify_map(|text| humantime::parse_duration(text).ok());
    repeat(1.., terminated(part, blanks))
        .fold(|| Duration::ZERO, Duration::saturating_add)
        .parse_next(input)
}

/// How often a repeat is played, as digits: `5x`.
fn times<'a>(input: &mut Input<'a>) -> Token<&'a str> {
    terminated(digit1, (blanks, 'x')).parse_next(input)
}

/// Up to a blank, a comma, a bracket, a slash or the two dots of a ramp; empty where one of them comes next.
fn word<'a>(input: &mut Input<'a>) -> Token<&'a str> {
    let end = |c: char| c.is_whitespace() || ",()/#\u{feff}".contains(c);
    let whole = peek(take_till(0.., end)).parse_next(input)?;
    Ok(input.next_slice(whole.find("..").unwrap_or(whole.len())))
}

fn next_word<'a>(input: &mut Input<'a>) -> (&'a str, Range<usize>) {
    let start = input.current_token_start();
    let word = next(input, word).unwrap_or_default();
    (word, start..start + word.len())
}

/// What stands next where it does not belong, for a message; a mark where there is no word.
fn next_as_typed(input: &mut Input) -> (String, Range<usize>) {
    let start = input.current_token_start();
    let typed = match next_word(input).0 {
        "" => next(input, alt(("..", any.take()))).unwrap_or_default(),
        word => word,
    };
    (typed.to_owned(), start..start + typed.len())
}

fn workout(input: &mut Input) -> Read<Workout> {
    let list = list(input, 0)?;
    let here = input.current_token_start();
    if next(input, ')').is_some() {
        return refuse(here..here + 1, Fault::ClosesNothing);
    }
    if list.items.is_empty() {
        return refuse(here..here, Fault::Empty);
    }
    Ok(Workout {
        length: list.endless.is_none().then_some(list.length),
        items: list.items,
    })
}

/// Items up to a closing bracket or the end, with what they come to.
#[derive(Default)]
struct List {
    items: Vec<Item>,
    segments: u64,
    length: Duration,
    /// Where the segment stands that never ends.
    endless: Option<Range<usize>>,
}

impl List {
    /// Adds an item that comes to so many segments and lasts so long.
    fn push(&mut self, item: Item, segments: u64, length: Duration, at: &Range<usize>) -> Read<()> {
        self.items.push(item);
        self.segments = self.segments.saturating_add(segments);
        self.length = self.length.saturating_add(length);
        if self.segments > u64::from(Workout::MAX_SEGMENTS) {
            return refuse(at.clone(), Fault::TooMany(self.segments));
        }
        if self.length > TempoMap::MAX_LENGTH {
            return refuse(at.clone(), Fault::TooLong);
        }
        Ok(())
    }

    /// Nothing follows what never ends.
    fn must_end(&self) -> Read<()> {
        match &self.endless {
            Some(span) => refuse(span.clone(), Fault::NeverEnds),
            None => Ok(()),
        }
    }
}

fn list(input: &mut Input, depth: usize) -> Read<List> {
    let mut list = List::default();
    loop {
        next(input, gap);
        if next(input, peek(alt((eof, ")")))).is_some() {
            return Ok(list);
        }
        list.must_end()?;
        let start = input.current_token_start();
        if let Some(times) = next(input, times) {
            let at = start..start + times.len();
            let (times, inner) = repeated(input, times, &at, depth)?;
            let segments = inner.segments.saturating_mul(u64::from(times));
            let length = inner.length.saturating_mul(times);
            let items = inner.items;
            list.push(Item::Repeat { times, items }, segments, length, &at)?;
        } else {
            let segment = segment(input)?;
            let at = start..input.previous_token_end();
            let length = segment.length.unwrap_or_default();
            if segment.length.is_none() {
                list.endless = Some(at.clone());
            }
            list.push(Item::Segment(segment), 1, length, &at)?;
        }
        end_of_item(input)?;
    }
}

/// A line end, a comma, a closing bracket or the end; the first two are taken.
fn end_of_item(input: &mut Input) -> Read<()> {
    next(input, blanks);
    if next(input, peek(alt((eof, ",", "\n", "#", ")")))).is_none() {
        let (typed, span) = next_as_typed(input);
        return refuse(span, Fault::Unexpected(shown(&typed)));
    }
    next(input, (gap, opt(',')));
    Ok(())
}

/// What stands behind `5x`.
fn repeated(input: &mut Input, times: &str, at: &Range<usize>, depth: usize) -> Read<(u32, List)> {
    let Ok(count @ 1..=Workout::MAX_SEGMENTS) = times.parse() else {
        return refuse(at.clone(), Fault::Times(shown(times)));
    };
    next(input, blanks);
    let here = input.current_token_start();
    let bracket = here..here + 1;
    if next(input, '(').is_none() {
        return refuse(at.start..here, Fault::NoBracket);
    }
    if depth == Workout::MAX_DEPTH {
        return refuse(bracket, Fault::TooDeep);
    }
    let list = list(input, depth + 1)?;
    if next(input, ')').is_none() {
        return refuse(bracket, Fault::NotClosed);
    }
    if list.items.is_empty() {
        return refuse(bracket, Fault::NothingToRepeat);
    }
    list.must_end()?;
    Ok((count, list))
}

fn segment(input: &mut Input) -> Read<Segment> {
    let start = input.current_token_start();
    let length = checked_length(input)?;
    let behind_length = start..input.previous_token_end();
    let (word, span) = next_word(input);
    let pace = match word {
        "" if length.is_some() => return refuse(behind_length, Fault::NoTempo),
        "" => {
            let (typed, span) = next_as_typed(input);
            return refuse(
                span,
                match typed.as_str() {
                    "," => Fault::NoSegment,
                    "(" => Fault::NoTimes,
                    _ => Fault::Unexpected(shown(&typed)),
                },
            );
        }
        "rest" => Pace::Rest,
        word => {
            let from = speed(word, &span)?;
            next(input, blanks);
            if next(input, "..").is_some() {
                next(input, blanks);
                let (word, span) = next_word(input);
                Pace::Ramp(from, speed(word, &span)?)
            } else {
                Pace::Steady(from)
            }
        }
    };
    let at = span.start..input.previous_token_end();
    let cue = cue(input, pace == Pace::Rest)?;
    let needs_length = match (pace, cue) {
        _ if length.is_some() => None,
        (Pace::Rest, _) => Some(Fault::NeedsLength("a rest", "5m rest")),
        (Pace::Ramp(..), _) => Some(Fault::NeedsLength("a ramp", "8m 160..168")),
        (_, Cue::Fade) => Some(Fault::NeedsLength("a fade", "20m 170 fade")),
        _ => None,
    };
    match needs_length {
        Some(fault) => refuse(at, fault),
        None => Ok(Segment { length, pace, cue }),
    }
}

/// What is heard, from its word behind a tempo on.
fn cue(input: &mut Input, is_rest: bool) -> Read<Cue> {
    next(input, blanks);
    let before = *input;
    let (word, span) = next_word(input);
    let cue = match word {
        "silent" => Cue::Off,
        "fade" => Cue::Fade,
        "cue" => {
            next(input, blanks);
            let on = checked_length(input)?;
            let slash = next(input, ('/', blanks));
            let off = checked_length(input)?;
            match (on, slash, off) {
                (Some(on), Some(_), Some(off)) => Cue::OnOff { on, off },
                _ => return refuse(span, Fault::Cue),
            }
        }
        _ => {
            *input = before;
            return Ok(Cue::On);
        }
    };
    if is_rest {
        return refuse(span, Fault::NoClicks);
    }
    Ok(cue)
}

/// A length, if one comes next.
fn checked_length(input: &mut Input) -> Read<Option<Duration>> {
    let start = input.current_token_start();
    let Some(length) = next(input, length) else {
        return Ok(None);
    };
    if (Segment::MIN_LENGTH..=TempoMap::MAX_LENGTH).contains(&length) {
        Ok(Some(length))
    } else {
        refuse(start..input.previous_token_end(), Fault::Length(length))
    }
}

fn speed(word: &str, span: &Range<usize>) -> Read<Speed> {
    let fault = if word == "base" {
        return Ok(Speed::Relative { percent: 0.0 });
    } else if let Some(number) = word.strip_suffix('%') {
        match percent(number) {
            Some(percent) => return Ok(Speed::Relative { percent }),
            None => Fault::Percent(shown(word)),
        }
    } else {
        match word.parse::<Tempo>() {
            Ok(tempo) => return Ok(Speed::Tempo(tempo)),
            Err(TempoError::NotATempo(_)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                Fault::Number(shown(word))
            }
            Err(TempoError::NotATempo(_)) => Fault::Word(shown(word)),
            Err(TempoError::OutOfRange(_)) => Fault::Tempo(TempoError::OutOfRange(shown(word))),
            Err(TempoError::TooFine(_)) => Fault::Tempo(TempoError::TooFine(shown(word))),
        }
    };
    refuse(span.clone(), fault)
}

/// A number with a sign, within the bounds.
fn percent(number: &str) -> Option<f64> {
    let digits = number.strip_prefix(['+', '-'])?;
    let plain = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let percent: f64 = number.parse().ok().filter(|_| plain)?;
    // `+ 0.0` turns -0 into 0.
    (percent.abs() <= Speed::MAX_PERCENT).then_some(percent + 0.0)
}

/// A word as a message quotes it: not long, and no character that moves the cursor.
fn shown(word: &str) -> String {
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

/// Why a text is not a workout, and where: shown as a sentence, and under it the line with the place marked.
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
    /// How many of them stand before the fault, at least, where there are as many.
    const BEFORE: usize = 40;

    fn new(text: &str, Refused { span, fault }: Refused) -> Self {
        let start = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let column = text[start..span.start].chars().count();
        // A fault that spans lines is marked to the end of its first; one at the end of the text still has a mark.
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

    /// What is wrong, and what would do.
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
    /// A length and nothing behind it.
    #[error("a tempo is missing behind this length: write one, such as 10m 170, or 10m rest")]
    NoTempo,
    /// A word where a tempo belongs.
    #[error("'{0}' is not a tempo: write beats per minute, such as 170, or +5%, base or rest")]
    Word(String),
    /// A number with something behind it that is no unit.
    #[error("'{0}' is neither a length, such as 10m or 90s, nor a tempo, such as 170")]
    Number(String),
    /// A number of beats per minute that is refused.
    #[error(transparent)]
    Tempo(TempoError),
    /// A relative tempo that is none.
    #[error("'{0}' is not a relative tempo: write a sign and at most 50 %, such as +5% or -2.5%")]
    Percent(String),
    /// A length out of range.
    #[error("a length of {} is out of range: 1s to 7days", humantime::format_duration(*.0))]
    Length(Duration),
    /// What cannot go on for ever, and an example of it with a length.
    #[error("{0} needs a length: write one before it, such as {1}")]
    NeedsLength(&'static str, &'static str),
    /// Something behind a segment that never ends.
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
    /// Text behind a segment.
    #[error(
        "'{0}' is not expected here: only cue 1m/1m, fade or silent stands behind a tempo, and a comma before the next segment"
    )]
    Unexpected(String),
    /// A number of times that is none.
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
    /// A bracket that is opened only.
    #[error("this bracket is never closed: write ) behind the last segment to repeat")]
    NotClosed,
    /// A bracket that is closed only.
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
