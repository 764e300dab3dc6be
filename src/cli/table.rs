//! Columns that fit the terminal.

use std::fmt::Write as _;
use std::iter;

use cadence::printable::Printable;

use crate::cli::text::{self, Style};

/// What is between two columns.
const GAP: usize = 2;

/// The narrowest that the text at the end is worth showing.
const MIN_TEXT: usize = 8;

/// Rows under headings. The columns are in the order of what matters: those that no longer fit are
/// left out, from the right.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    /// All cells, row by row, in one text: a folder of recordings has thousands of rows.
    cells: String,
    /// Where each cell ends in it.
    ends: Vec<u32>,
    /// The columns that are aligned on the left; the last one always is.
    texts: &'static [usize],
    /// Whether the first row has the headings.
    has_headings: bool,
}

impl<const N: usize> Table<N> {
    /// A table with its headings. The last column is text, cut off where there is no room for it;
    /// the others are numbers.
    pub(crate) fn new(headings: [&str; N]) -> Self {
        let mut table = Self {
            has_headings: true,
            ..Self::empty()
        };
        table.push(headings.map(str::to_owned));
        table
    }

    /// A table without headings.
    #[cfg(feature = "playback")] // for the devices
    pub(crate) fn without_headings() -> Self {
        Self::empty()
    }

    fn empty() -> Self {
        Self {
            cells: String::new(),
            ends: Vec::new(),
            texts: &[],
            has_headings: false,
        }
    }

    /// These columns are text too, which begins on the left.
    pub(crate) fn with_texts(self, texts: &'static [usize]) -> Self {
        Self { texts, ..self }
    }

    /// One more row, with as many cells as there are headings. Cells may come from outside: a
    /// control character is shown as an escape.
    pub(crate) fn push(&mut self, cells: [String; N]) {
        for cell in cells {
            // Writing to a string cannot fail.
            let _ = write!(self.cells, "{}", Printable(&cell));
            self.ends
                .push(u32::try_from(self.cells.len()).unwrap_or(u32::MAX));
        }
    }

    /// The number of rows, with that of the headings.
    fn rows(&self) -> usize {
        self.ends.len() / N
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        let index = row * N + column;
        let end = |index: usize| self.ends[index] as usize;
        let start = index.checked_sub(1).map_or(0, end);
        self.cells.get(start..end(index)).unwrap_or_default()
    }

    /// Its lines, with as much of it as there is room for. A column without a heading is left out.
    pub(crate) fn lines(&self, style: Style) -> impl Iterator<Item = String> + '_ {
        let columns = self.columns(style.width);
        (0..self.rows()).map(move |row| {
            let mut line = String::new();
            for (index, column) in columns.iter().enumerate() {
                let cell = text::cut(self.cell(row, column.index), column.width);
                let pad = column.width - text::width(&cell);
                let gap = if index == 0 { 0 } else { GAP };
                let (before, after) = if column.is_text {
                    (gap, pad)
                } else {
                    (gap + pad, 0)
                };
                line.extend(iter::repeat_n(' ', before));
                line.push_str(&cell);
                line.extend(iter::repeat_n(' ', after));
            }
            style.plain(line.trim_end())
        })
    }

    /// Adds its lines to a text.
    pub(crate) fn write(&self, text: &mut String, style: Style) {
        for line in self.lines(style) {
            text.push_str(&line);
            text.push('\n');
        }
    }

    /// Adds all of it to a text, however wide.
    pub(crate) fn write_whole(&self, text: &mut String) {
        let style = Style {
            width: usize::MAX,
            ascii: false,
        };
        self.write(text, style);
    }

    /// The columns that are shown in a width.
    fn columns(&self, width: usize) -> Vec<Column> {
        let mut used = 0;
        let mut columns = Vec::new();
        for index in 0..N {
            if self.has_headings && self.cell(0, index).is_empty() {
                continue;
            }
            let cells = (0..self.rows()).map(|row| text::width(self.cell(row, index)));
            let wide = cells.max().unwrap_or(0);
            let is_last = index + 1 == N;
            let gap = if columns.is_empty() { 0 } else { GAP };
            let left = width.saturating_sub(used + gap);
            let shown = if is_last && left >= MIN_TEXT {
                wide.min(left)
            } else {
                wide
            };
            if shown > left {
                break;
            }
            used += gap + shown;
            columns.push(Column {
                index,
                width: shown,
                is_text: is_last || self.texts.contains(&index),
            });
        }
        columns
    }
}

/// A column that is shown.
#[derive(Debug)]
struct Column {
    index: usize,
    width: usize,
    is_text: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<4> {
        let mut table = Table::new(["spm", "day", "", "file"]).with_texts(&[1]);
        let rows = [
            ["160", "Mon", "", "long run.fit"],
            ["90.5", "Thu", "", "\u{1b}[31mx"],
        ];
        for row in rows {
            table.push(row.map(str::to_owned));
        }
        table
    }

    #[track_caller]
    fn check(width: usize, lines: [&str; 3]) {
        let mut text = String::new();
        let style = Style {
            width,
            ascii: false,
        };
        table().write(&mut text, style);
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn numbers_end_in_their_column_and_texts_begin_in_it() {
        check(
            80,
            [
                " spm  day  file",
                " 160  Mon  long run.fit",
                "90.5  Thu  \\u{1b}[31mx",
            ],
        );
    }

    #[test]
    fn what_does_not_fit_is_cut_and_then_left_out() {
        check(
            20,
            [
                " spm  day  file",
                " 160  Mon  long run…",
                "90.5  Thu  \\u{1b}[3…",
            ],
        );
        check(18, [" spm  day", " 160  Mon", "90.5  Thu"]);
        check(8, [" spm", " 160", "90.5"]);
    }
}
