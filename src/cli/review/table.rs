//! Numbers in columns that fit the terminal.

use std::fmt::Write as _;

use super::Style;

/// Rows under headings. The columns stand in the order of what matters: those that no longer fit are left out, from the right.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

/// What stands between two columns.
const GAP: usize = 2;

/// The narrowest that the text at the end is worth showing.
const MIN_TEXT: usize = 8;

impl Table {
    /// A table with its headings; the last column is text, cut off where there is no room for it, the others are numbers.
    pub(super) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self {
            rows: vec![headings.map(str::to_owned).to_vec()],
        }
    }

    /// One more row, with as many cells as there are headings.
    pub(super) fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Writes as much of it as the terminal has room for. A column without a heading is left out.
    pub(super) fn write(&self, text: &mut String, style: Style) {
        let width = style.width;
        let heading = &self.rows[0];
        let wide = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let mut used = 0;
        let mut columns = Vec::new();
        for (column, name) in heading.iter().enumerate() {
            if name.is_empty() {
                continue;
            }
            let gap = if used == 0 { 0 } else { GAP };
            let left = width.saturating_sub(used + gap);
            let wide = wide(column);
            let is_text = column + 1 == heading.len();
            let shown = if is_text && left >= MIN_TEXT {
                wide.min(left)
            } else {
                wide
            };
            if shown > left {
                break;
            }
            used += gap + shown;
            columns.push((column, shown, is_text));
        }
        for row in &self.rows {
            let mut line = String::new();
            for &(column, wide, is_text) in &columns {
                let gap = if line.is_empty() { 0 } else { GAP };
                let cell: String = row[column].chars().take(wide).collect();
                let _ = if is_text {
                    write!(line, "{:gap$}{cell}", "")
                } else {
                    write!(line, "{:gap$}{cell:>wide$}", "")
                };
            }
            let _ = writeln!(text, "{}", style.plain(line.trim_end()));
        }
    }
}
