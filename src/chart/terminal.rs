//! Pictures of characters: no colour is needed to read them.

use std::fmt::Write as _;

use crate::number::one_decimal;

use super::{Series, ticks};

/// Which characters a picture is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Unicode block elements: two steps a line, eight a column.
    Blocks,
    /// Plain ASCII.
    Ascii,
}

/// How wide the labels beside a picture are, with the axis.
const MARGIN: usize = 6;

/// A line over an axis, `width` columns wide and `height` lines high, without the axis below. The band is shaded, and the line
/// is as thick as the middle half of what lies in each column. The last column of the terminal stays free, for some wrap behind it.
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
        ((part * steps as f64) as usize).min(steps - 1)
    };
    let band = series.band.map(|(from, to)| (step(from), step(to)));
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
        for column in &columns {
            let filled = |half: usize| {
                column.is_some_and(|(from, to)| {
                    (step(from)..=step(to)).contains(&(row * halves + half))
                })
            };
            let shaded = band.is_some_and(|(from, to)| {
                (row * halves..(row + 1) * halves).any(|step| (from..=to).contains(&step))
            });
            cells.push(match (glyphs, filled(0), filled(1)) {
                (Glyphs::Blocks, true, true) => '\u{2588}',
                (Glyphs::Blocks, true, false) => '\u{2584}',
                (Glyphs::Blocks, false, true) => '\u{2580}',
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
    text
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
        let place = (((at - start) / (end - start)) * width as f64) as usize;
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

/// How often each value came: one bar a class, weighted by how long a value holds. Classes are `class` wide; one that
/// overlaps the band is marked with `*`.
#[must_use]
pub fn histogram(series: &Series, class: f64, width: usize, glyphs: Glyphs) -> String {
    let class = super::class_width(series, class);
    let classes = super::classes(series, class);
    let most = classes.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let used = |(_, share): &(f64, f64)| *share > 0.0;
    let (Some(from), Some(to)) = (
        classes.iter().position(used),
        classes.iter().rposition(used),
    ) else {
        return String::new();
    };
    // A bar is followed by its share: ` 100 %`.
    let room = width.saturating_sub(MARGIN + 2 + 6).max(4);
    let mut text = String::new();
    for (value, share) in classes[from..=to].iter().rev() {
        let mark = match series.band {
            Some((low, high)) if *value <= high && value + class > low => '*',
            _ => ' ',
        };
        let _ = writeln!(
            text,
            "{:>width$} {mark}{} {} %",
            one_decimal(*value),
            bar(share / most * room as f64, glyphs),
            (share * 100.0).round(),
            width = MARGIN - 1
        );
    }
    text
}

/// A bar of so many characters, to an eighth of one where there are such.
fn bar(length: f64, glyphs: Glyphs) -> String {
    match glyphs {
        Glyphs::Ascii => "#".repeat(length.round() as usize),
        Glyphs::Blocks => {
            let eighths = (length * 8.0).round() as usize;
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
