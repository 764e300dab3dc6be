//! Parses the text of a workout, with tokens by winnow.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use winnow::LocatingSlice;
use winnow::ascii::{Caseless, digit1};
use winnow::combinator::{alt, eof, not, opt, peek, repeat, terminated};
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::stream::{AsChar, Location, Stream};
use winnow::token::{any, one_of, take_till, take_while};

use crate::duration;
use crate::notation;
use crate::schedule::{Cue, Pace, TempoMap};
use crate::tempo::{Tempo, TempoError};

use super::fault::{Fault, TextError, shown};
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
        workout(&mut LocatingSlice::new(text)).map_err(|refused| {
            let Refused { span, fault } = decimal_comma(text, refused);
            TextError::new(text, span, fault)
        })
    }
}

type Input<'a> = LocatingSlice<&'a str>;

/// The result of a token parser; a token that does not match is not yet a fault.
type Token<T> = winnow::Result<T, EmptyError>;

/// The result of a grammar rule.
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

/// A length as people write it ([`duration::parse`]): `90s`, `1m 30s`, `1.5 h`, `1:30`, `1m30`.
fn length<'a>(in_cue: bool) -> impl Parser<Input<'a>, Duration, EmptyError> {
    let digit = AsChar::is_dec_digit;
    let pair = || (':', take_while(2, digit));
    let ends = || peek(not(one_of(AsChar::is_alphanum)));
    let clock = (digit1, pair(), opt(pair()), ends()).take();
    // `1m30 170` is a length and a tempo, but so are `10m170` and `1m30` alone.
    let speed = alt((
        one_of(digit).void(),
        one_of(['+', '-']).void(),
        "base".void(),
        "rest".void(),
    ));
    let before_speed = peek((one_of(char::is_whitespace), blanks, speed)).void();
    let before_any = ends().verify(move |()| in_cue);
    let short = (
        digit1,
        one_of(['h', 'm']),
        take_while(1..=2, digit),
        alt((before_any, before_speed)),
    )
        .take();
    let number = (digit1, opt(('.', digit1)));
    let part = (number, blanks, take_while(1.., char::is_alphabetic)).take();
    let known = alt((clock, short, part)).verify_map(|text: &str| duration::parse(text).ok());
    repeat(1.., terminated(known, blanks)).fold(|| Duration::ZERO, Duration::saturating_add)
}

/// A unit after a tempo: `168 spm`.
fn unit(input: &mut Input) -> Token<()> {
    let name = alt((Caseless("spm"), Caseless("bpm")));
    (blanks, name, peek(not(one_of(AsChar::is_alphanum))))
        .void()
        .parse_next(input)
}

/// What was meant by `172,5`, where a comma that was read as the end of a segment made a fault.
fn decimal_comma(text: &str, refused: Refused) -> Refused {
    let comma = match refused.fault {
        Fault::NeverEnds => refused.span.end,
        Fault::Tempo(TempoError::OutOfRange(_)) => refused.span.start.saturating_sub(1),
        _ => return refused,
    };
    let is_digit = |c: char| c.is_ascii_digit();
    let Some((before, after)) = text.split_at_checked(comma) else {
        return refused;
    };
    let whole = &before[before.trim_end_matches(is_digit).len()..];
    let Some(after) = after.strip_prefix(',').filter(|_| !whole.is_empty()) else {
        return refused;
    };
    let rest = after.trim_start_matches(is_digit);
    let fraction = &after[..after.len() - rest.len()];
    if !(1..=2).contains(&fraction.len()) || rest.starts_with(char::is_alphabetic) {
        return refused;
    }
    Refused {
        span: comma - whole.len()..comma + 1 + fraction.len(),
        fault: Fault::DecimalComma(format!("{whole}.{fraction}")),
    }
}

/// How often a repeat is played, as digits: `5x`.
fn times<'a>(input: &mut Input<'a>) -> Token<&'a str> {
    terminated(digit1, (blanks, 'x')).parse_next(input)
}

/// Up to a blank, a comma, a bracket, a slash or the two dots of a ramp; empty where one of them
/// comes next.
fn word<'a>(input: &mut Input<'a>) -> Token<&'a str> {
    let end = |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/' | '#' | '\u{feff}');
    let whole = peek(take_till(0.., end)).parse_next(input)?;
    let end = notation::two_dots(whole).unwrap_or(whole.len());
    Ok(input.next_slice(end))
}

fn next_word<'a>(input: &mut Input<'a>) -> (&'a str, Range<usize>) {
    let start = input.current_token_start();
    let word = next(input, word).unwrap_or_default();
    (word, start..start + word.len())
}

/// The unexpected word that comes next, for a message; a punctuation mark if there is no word.
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
    /// The place of the segment that never ends.
    endless: Option<Range<usize>>,
}

impl List {
    /// Adds an item with its number of segments and its duration.
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

/// Parses the brackets after `5x`.
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
    let length = checked_length(input, false)?;
    let behind_length = start..input.previous_token_end();
    let (word, span) = next_word(input);
    if length.is_none() && is_digits(word) && is_before_a_tempo(*input) {
        return refuse(span, Fault::NoUnit(shown(word)));
    }
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
        word => tempo(input, word, &span)?,
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

/// Whether a tempo or a rest comes next: the number before it was meant as a length.
fn is_before_a_tempo(mut input: Input) -> bool {
    next(&mut input, blanks);
    let (word, _) = next_word(&mut input);
    word.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c))
        || ["rest", "base"].contains(&word)
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// A tempo or a ramp, from its first word on.
fn tempo(input: &mut Input, word: &str, span: &Range<usize>) -> Read<Pace<Speed>> {
    if let Some((from, to)) = notation::range(word) {
        let pace = Pace::Ramp(speed(from, span)?, speed(to, span)?);
        next(input, unit);
        return Ok(pace);
    }
    let from = speed(word, span)?;
    next(input, unit);
    next(input, blanks);
    if next(input, "..").is_none() {
        return Ok(Pace::Steady(from));
    }
    next(input, blanks);
    let (word, span) = next_word(input);
    let to = speed(word, &span)?;
    next(input, unit);
    Ok(Pace::Ramp(from, to))
}

/// What is heard, from its word after a tempo on.
fn cue(input: &mut Input, is_rest: bool) -> Read<Cue> {
    next(input, blanks);
    let before = *input;
    let (word, span) = next_word(input);
    let cue = match word {
        "silent" => Cue::Off,
        "fade" => Cue::Fade,
        "cue" => {
            next(input, blanks);
            let on = checked_length(input, true)?;
            let slash = next(input, ('/', blanks));
            let off = checked_length(input, true)?;
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
fn checked_length(input: &mut Input, in_cue: bool) -> Read<Option<Duration>> {
    let start = input.current_token_start();
    let Some(length) = next(input, length(in_cue)) else {
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
        if let Some(percent) = percent(number) {
            return Ok(Speed::Relative { percent });
        }
        match with_dots(word) {
            Some(range) => Fault::Dash(shown(word), range),
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

/// A range of relative tempi with the dots that it needs: `base..+5%` for `base-5%`, where a dash
/// could be a minus.
fn with_dots(word: &str) -> Option<String> {
    let (from, to) = word.char_indices().skip(1).find_map(|(at, c)| {
        let (from, to) = word.split_at(at);
        to.strip_prefix(c)
            .filter(|_| matches!(c, '-' | '–'))
            .map(|to| (from, to))
    })?;
    let number = to.strip_suffix('%')?;
    let sign = if number.starts_with(['+', '-']) {
        ""
    } else {
        "+"
    };
    let is_from = from == "base"
        || from
            .strip_suffix('%')
            .is_some_and(|it| percent(it).is_some());
    (is_from && percent(&format!("{sign}{number}")).is_some())
        .then(|| format!("{from}..{sign}{to}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_units_and_ranges_are_read_as_people_write_them() {
        #[track_caller]
        fn case(text: &str, shown: &str) {
            assert_eq!(text.parse::<Workout>().unwrap().to_string(), shown);
        }
        case("1:30 170, 1:02:03 rest", "1m 30s 170, 1h 2m 3s rest");
        case("1m30 170, 1h30 base", "1m 30s 170, 1h 30m base");
        case("5x(1m30 170spm, 0:30 rest)", "5x(1m 30s 170, 30s rest)");
        case("10m 168 spm, 168bpm", "10m 168, 168");
        case("10m 168 BPM fade", "10m 168 fade");
        case("8m 160-168, 172", "8m 160..168, 172");
        case("8m 160–168spm silent", "8m 160..168 silent");
        case("8m 160 spm..168 spm", "8m 160..168");
        case("20m 168 cue 1m30/1:30", "20m 168 cue 1m 30s/1m 30s");
        case("20m 168 cue 1m30/1m30", "20m 168 cue 1m 30s/1m 30s");
        // A length and a tempo without a blank, as before.
        case("10m170", "10m 170");
        case("1m30", "1m 30");
        case("1m30 fade", "1m 30 fade");
        case("10m 170,172", "10m 170, 172");
        case("10m 170,5m rest", "10m 170, 5m rest");
    }

    #[test]
    fn a_length_without_a_unit_says_what_would_do() {
        for (text, span) in [
            ("30 168", "^^"),
            ("30 rest", "^^"),
            ("30 base", "^^"),
            ("8 160..168", "^"),
            ("120 +5%", "^^^"),
        ] {
            let number = text.split(' ').next().unwrap();
            let shown = format!(
                "'{number}' has no unit: write {number}s for seconds, {number}m for minutes\n  {text}\n  {span}"
            );
            assert_eq!(text.parse::<Workout>().unwrap_err().to_string(), shown);
        }
        // What may follow a tempo.
        for text in ["170 silent", "170 spm", "170 # 5", "170"] {
            assert!(text.parse::<Workout>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_and_a_doubtful_dash_say_what_would_do() {
        #[track_caller]
        fn case(text: &str, shown: &str) {
            assert_eq!(text.parse::<Workout>().unwrap_err().to_string(), shown);
        }
        case(
            "172,5",
            "a comma ends a segment here: write 172.5 for a tempo with a decimal\n  172,5\n  ^^^^^",
        );
        case(
            "10m 172,5, 5m rest",
            "a comma ends a segment here: write 172.5 for a tempo with a decimal\n  \
             10m 172,5, 5m rest\n      ^^^^^",
        );
        case(
            "8m base-5%",
            "'base-5%' could be a range or a difference: a range of relative tempi has two dots, \
             base..+5%\n  8m base-5%\n     ^^^^^^^",
        );
        case(
            "8m +5%-+10%",
            "'+5%-+10%' could be a range or a difference: a range of relative tempi has two dots, \
             +5%..+10%\n  8m +5%-+10%\n     ^^^^^^^^",
        );
        case(
            "1:75 170",
            "'1:75' is neither a length, such as 10m or 90s, nor a tempo, such as 170\n  1:75 170\n  ^^^^",
        );
    }
}
