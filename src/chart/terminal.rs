//! Charts made of characters, readable without colour.

use std::fmt::Write as _;
use std::iter;

use crate::number::one_decimal;

use super::{Class, Segment, Series, Shade, cell, segment_at, ticks};

/// The characters that a chart is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Unicode block elements: two steps a line, eight a column.
    Blocks,
    /// Plain ASCII.
    Ascii,
}

impl Glyphs {
    /// What fills the area of a shade.
    fn of(self, shade: Shade) -> char {
        match (self, shade) {
            (Self::Blocks, Shade::Click) => '\u{2588}',
            (Self::Blocks, Shade::Fade) => '\u{2593}',
            (Self::Blocks, Shade::OnOff) => '\u{2592}',
            (Self::Blocks, Shade::Silent) => '\u{2591}',
            (Self::Ascii, Shade::Click) => '#',
            (Self::Ascii, Shade::Fade) => '%',
            (Self::Ascii, Shade::OnOff) => '=',
            (Self::Ascii, Shade::Silent) => '.',
        }
    }

    /// What shades an interval around a line.
    #[must_use]
    pub fn interval(self) -> char {
        match self {
            Self::Blocks => '\u{2592}',
            Self::Ascii => ':',
        }
    }

    /// What fills the part of a bar that lies within a band, and what the rest of it.
    fn shares(self) -> (char, char) {
        match self {
            Self::Blocks => ('\u{2588}', '\u{2592}'),
            Self::Ascii => ('#', '='),
        }
    }

    /// A bar of which a part lies within a band, in whole characters.
    fn split_bar(self, length: f64, within: f64) -> String {
        let (dark, light) = self.shares();
        let cells = |length: f64| cell(length.round(), MOST_CELLS);
        let (all, within) = (cells(length), cells(within));
        let parts = iter::repeat_n(dark, within).chain(iter::repeat_n(light, all - within));
        parts.collect()
    }

    /// What a legend says of the shades that are there.
    fn legend(self, segments: &[Segment]) -> Vec<String> {
        let there = Shade::ALL
            .into_iter()
            .filter(|shade| segments.iter().any(|segment| segment.shade == *shade));
        there
            .map(|shade| format!("{} {}", self.of(shade), shade.name()))
            .collect()
    }
}

/// Adds the entries of a legend, as many to a line as there is room for.
fn write_legend(text: &mut String, indent: usize, width: usize, entries: &[String]) {
    const GAP: &str = "  ";
    let room = width.saturating_sub(indent);
    let mut line = String::new();
    for entry in entries {
        let wide = line.chars().count() + GAP.len() + entry.chars().count();
        if !line.is_empty() && wide > room {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(GAP);
        }
        line.push_str(entry);
    }
    let _ = writeln!(text, "{:indent$}{line}", "");
}

/// The width of the labels next to a chart, including the axis.
const MARGIN: usize = 6;

/// From an eighth of a row to a whole one.
const EIGHTHS: [char; 8] = [
    '\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}',
];

/// How many rows an area has where its values differ.
const AREA_ROWS: usize = 4;

/// A line over an axis, `width` columns wide and `height` lines high, without the axis below. The
/// band is shaded, the interval darker; what was prescribed is a thin line, and its cue a strip below. The line is as
/// thick as the middle half of what lies in each column. The last column of the terminal stays
/// free, for some terminals wrap after it.
#[must_use]
pub fn line(
    series: &Series,
    (width, height): (usize, usize),
    glyphs: Glyphs,
    label: impl Fn(f64) -> String,
) -> String {
    let columns = series.columns(width.saturating_sub(MARGIN + 2).max(8));
    let height = height.max(3);
    let (low, high) = series.range();
    // A cell has two halves where the characters have.
    let halves = match glyphs {
        Glyphs::Blocks => 2,
        Glyphs::Ascii => 1,
    };
    let steps = height * halves;
    let step = |value: f64| {
        let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
        cell(part * steps as f64, steps)
    };
    let band = series.band.map(|(from, to)| (step(from), step(to)));
    let prescribed: Vec<Option<(f64, Shade)>> = (0..columns.len())
        .map(|index| segment_at(&series.segments, series.column_at(index, columns.len())))
        .collect();
    let interval: Vec<Option<(usize, usize)>> = (0..columns.len())
        .map(|index| series.interval_at(series.column_at(index, columns.len())))
        .map(|interval| interval.map(|(from, to)| (step(from) / halves, step(to) / halves)))
        .collect();
    let mut labels = vec![String::new(); height];
    let ends = series.band.map_or(Vec::new(), |(from, to)| vec![from, to]);
    for value in ticks(low, high, height / 2).into_iter().chain(ends) {
        labels[step(value) / halves] = one_decimal(value);
    }
    let mut text = String::new();
    for row in (0..height).rev() {
        let axis = match (glyphs, labels[row].is_empty()) {
            (Glyphs::Blocks, true) => '\u{2502}',
            (Glyphs::Blocks, false) => '\u{2524}',
            (Glyphs::Ascii, true) => '|',
            (Glyphs::Ascii, false) => '+',
        };
        let mut cells = String::new();
        let columns = columns.iter().zip(&prescribed).zip(&interval);
        for ((column, prescribed), interval) in columns {
            let is_usual = interval.is_some_and(|(from, to)| (from..=to).contains(&row));
            let filled = |half: usize| {
                column.is_some_and(|(from, to)| {
                    (step(from)..=step(to)).contains(&(row * halves + half))
                })
            };
            let shaded = band.is_some_and(|(from, to)| {
                (row * halves..(row + 1) * halves).any(|step| (from..=to).contains(&step))
            });
            let asked = prescribed.is_some_and(|(value, _)| step(value) / halves == row);
            cells.push(match (glyphs, filled(0), filled(1)) {
                (Glyphs::Blocks, true, true) => '\u{2588}',
                (Glyphs::Blocks, true, false) => '\u{2584}',
                (Glyphs::Blocks, false, true) => '\u{2580}',
                (Glyphs::Blocks, false, false) if asked => '\u{2500}',
                (Glyphs::Ascii, false, _) if asked => '-',
                (_, false, false) if is_usual => glyphs.interval(),
                (Glyphs::Blocks, false, false) if shaded => '\u{2591}',
                (Glyphs::Ascii, true, _) => '#',
                (Glyphs::Ascii, false, _) if shaded => '.',
                _ => ' ',
            });
        }
        let _ = writeln!(
            text,
            "{:>width$} {axis}{}",
            labels[row],
            cells.trim_end(),
            width = MARGIN - 1
        );
    }
    text.push_str(&axis(series, columns.len(), glyphs, label));
    if prescribed.iter().any(Option::is_some) {
        let cue = |at: &Option<(f64, Shade)>| at.map_or(' ', |(_, shade)| glyphs.of(shade));
        let strip: String = prescribed.iter().map(cue).collect();
        let legend = glyphs.legend(&series.segments);
        let _ = writeln!(
            text,
            "{:>width$}  {}",
            "cue",
            strip.trim_end(),
            width = MARGIN - 1
        );
        write_legend(&mut text, MARGIN + 1, width, &legend);
    }
    text
}

/// What is prescribed over time, as an area filled by what is heard: `width` columns with the
/// values at its left, the ends of the axis below, and a legend where there is more than clicks.
/// Nothing prescribed is a gap; `None` where there is nothing to draw, or no room for it.
#[must_use]
pub fn area(
    segments: &[Segment],
    end: f64,
    width: usize,
    glyphs: Glyphs,
    (first, last): (&str, &str),
) -> Option<String> {
    let values = || {
        segments
            .iter()
            .flat_map(|segment| [segment.low, segment.high])
    };
    let low = values().reduce(f64::min)?;
    let high = values().reduce(f64::max)?;
    let labels = [one_decimal(high), one_decimal(low)];
    let margin = labels[0].len().max(labels[1].len());
    let columns = width
        .checked_sub(margin + 3)
        .filter(|columns| *columns >= 10)?;
    let rows = if high - low < 0.05 { 1 } else { AREA_ROWS };
    let most = rows * EIGHTHS.len();
    let height = |value: f64| match rows {
        1 => most,
        _ => {
            1 + cell(
                ((value - low) / (high - low) * (most - 1) as f64).round(),
                most,
            )
        }
    };
    let columns: Vec<Option<(usize, Shade)>> = (0..columns)
        .map(|index| {
            let middle = (index as f64 + 0.5) / columns as f64 * end;
            segment_at(segments, middle).map(|(value, shade)| (height(value), shade))
        })
        .collect();
    let (bar, corner, rule) = match glyphs {
        Glyphs::Blocks => ('\u{2502}', '\u{2514}', "\u{2500}"),
        Glyphs::Ascii => ('|', '+', "-"),
    };
    let mut text = String::new();
    for row in 0..rows {
        let below = (rows - 1 - row) * EIGHTHS.len();
        let label = match row {
            0 => labels[0].as_str(),
            row if row == rows - 1 => labels[1].as_str(),
            _ => "",
        };
        let blocks = columns.iter().map(|column| match column {
            Some((height, shade)) if *height > below => {
                let eighths = (height - below).min(EIGHTHS.len());
                match (glyphs, shade) {
                    (Glyphs::Blocks, Shade::Click) => EIGHTHS[eighths - 1],
                    // Only the full block has parts: other shades are drawn from half a row on.
                    _ if eighths >= 4 || below == 0 => glyphs.of(*shade),
                    _ => ' ',
                }
            }
            _ => ' ',
        });
        let blocks: String = blocks.collect();
        let _ = writeln!(text, "{label:>margin$} {bar}{}", blocks.trim_end());
    }
    let _ = writeln!(
        text,
        "{:margin$} {corner}{}",
        "",
        rule.repeat(columns.len())
    );
    let rest = columns.len().saturating_sub(first.chars().count());
    let _ = writeln!(text, "{:margin$}  {first}{last:>rest$}", "");
    if segments.iter().any(|segment| segment.shade != Shade::Click) {
        write_legend(&mut text, margin + 2, width, &glyphs.legend(segments));
    }
    Some(text)
}

/// The axis below a picture: a rule, and a label at round places.
fn axis(series: &Series, width: usize, glyphs: Glyphs, label: impl Fn(f64) -> String) -> String {
    let (start, end) = series.span();
    let unit = series.unit;
    let (corner, rule, tick) = match glyphs {
        Glyphs::Blocks => ('\u{2514}', '\u{2500}', '\u{252c}'),
        Glyphs::Ascii => ('+', '-', '+'),
    };
    let mut marks: Vec<char> = vec![rule; width];
    let mut labels = String::new();
    for round in ticks(start / unit, end / unit, width / 12) {
        let at = round * unit;
        let place = cell((at - start) / (end - start) * width as f64, width + 1);
        let text = label(at);
        let written = labels.chars().count();
        if place >= width || place + text.len() > width || (written > 0 && place <= written) {
            continue;
        }
        marks[place] = tick;
        let _ = write!(labels, "{:gap$}{text}", "", gap = place - written);
    }
    let rule: String = marks.into_iter().collect();
    let indent = " ".repeat(MARGIN);
    format!("{indent}{corner}{rule}\n{indent} {labels}\n")
}

/// How often each value came: one bar a class, weighted by how long a value holds. Classes are
/// `class` wide. The part of a bar that lies within the band is drawn darker, for a class can lie
/// across an end of the band; `within` is what a legend calls it.
#[must_use]
pub fn histogram(
    series: &Series,
    class: f64,
    width: usize,
    glyphs: Glyphs,
    within: &str,
) -> String {
    let class = super::class_width(series, class);
    let classes = super::classes(series, class);
    let most = classes.iter().map(|class| class.share).fold(0.0, f64::max);
    let used = |class: &Class| class.share > 0.0;
    let (Some(from), Some(to)) = (
        classes.iter().position(used),
        classes.iter().rposition(used),
    ) else {
        return String::new();
    };
    // A bar is followed by its share: ` 100 %`.
    let room = width.saturating_sub(MARGIN + 1 + 6).max(4);
    let length = |share: f64| share / most * room as f64;
    let mut text = String::new();
    for class in classes[from..=to].iter().rev() {
        let bar = match series.band {
            Some(_) => glyphs.split_bar(length(class.share), length(class.within)),
            None => bar(length(class.share), glyphs),
        };
        let _ = writeln!(
            text,
            "{:>width$} {bar} {} %",
            one_decimal(class.from),
            (class.share * 100.0).round(),
            width = MARGIN - 1
        );
    }
    if series.band.is_some() {
        let (dark, light) = glyphs.shares();
        let legend = [
            format!("{dark} within the {within}"),
            format!("{light} outside"),
        ];
        write_legend(&mut text, MARGIN, width, &legend);
    }
    text
}

/// The longest bar: wider than any terminal.
pub(super) const MOST_CELLS: usize = 10_000;

/// A bar of a length in characters, to an eighth of one where there are such.
pub(super) fn bar(length: f64, glyphs: Glyphs) -> String {
    match glyphs {
        Glyphs::Ascii => "#".repeat(cell(length.round(), MOST_CELLS)),
        Glyphs::Blocks => {
            let eighths = cell((length * 8.0).round(), 8 * MOST_CELLS);
            let mut bar = "\u{2588}".repeat(eighths / 8);
            // From one eighth, the last character of the block, back to seven.
            let part = [
                '\u{258f}', '\u{258e}', '\u{258d}', '\u{258c}', '\u{258b}', '\u{258a}', '\u{2589}',
            ];
            bar.extend(part.get((eighths % 8).wrapping_sub(1)));
            bar
        }
    }
}
