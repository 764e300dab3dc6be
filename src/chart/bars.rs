//! Bars side by side, each with a mark that says where it might have ended.

use std::fmt::Write as _;

use plotters::prelude::*;

use super::svg::{Drawn, LINE, PRESCRIBED, SIZE, SvgError, block, legend, plane, stroke, style};
use super::terminal::{MOST_CELLS, bar};
use super::{Glyphs, cell, ticks};

/// How much of the room of a bar it takes.
const BAR_WIDTH: f64 = 0.8;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    label: String,
    value: f64,
    mark: Option<f64>,
    is_open: bool,
}

impl Bar {
    /// A bar with its name. A value that is not finite or is below zero has no length.
    #[must_use]
    pub fn new(label: String, value: f64) -> Self {
        let value = if value.is_finite() {
            value.max(0.0)
        } else {
            0.0
        };
        Self {
            label,
            value,
            mark: None,
            is_open: false,
        }
    }

    /// The same with a mark at a value.
    #[must_use]
    pub fn with_mark(self, mark: Option<f64>) -> Self {
        let mark = mark.filter(|mark| mark.is_finite() && *mark >= 0.0);
        Self { mark, ..self }
    }

    /// The same as one that may still grow: it is drawn lighter.
    #[must_use]
    pub fn open(self, is_open: bool) -> Self {
        Self { is_open, ..self }
    }
}

/// The texts of a picture of bars.
#[derive(Clone, Copy, Debug)]
pub struct BarLabels<'a> {
    /// The title, above.
    pub title: &'a str,
    /// What the values are.
    pub value: &'a str,
    /// What the marks are; empty where there are none.
    pub mark: &'a str,
    /// What an open bar is.
    pub open: &'a str,
}

/// The longest bar or the furthest mark.
fn most(bars: &[Bar]) -> f64 {
    let ends = bars.iter().flat_map(|bar| [Some(bar.value), bar.mark]);
    ends.flatten().fold(0.0, f64::max)
}

/// One line a bar, `width` columns wide at the most: its name, the bar with its mark, and the value
/// as `number` writes it. A legend says what the values and the marks are. Empty where no bar has a
/// length.
#[must_use]
pub fn bars(
    bars: &[Bar],
    width: usize,
    glyphs: Glyphs,
    labels: &BarLabels<'_>,
    number: impl Fn(f64) -> String,
) -> String {
    let most = most(bars);
    if most <= 0.0 {
        return String::new();
    }
    let numbers: Vec<String> = bars.iter().map(|bar| number(bar.value)).collect();
    let widest = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let names = widest(&mut bars.iter().map(|bar| &bar.label));
    // A blank on both sides of the bar; the last column stays free.
    let taken = names + widest(&mut numbers.iter()) + 3;
    let room = width.saturating_sub(taken).clamp(4, MOST_CELLS);
    let cells = |value: f64| value / most * room as f64;
    let mark = match glyphs {
        Glyphs::Blocks => '\u{2502}',
        Glyphs::Ascii => '|',
    };
    let open = match glyphs {
        Glyphs::Blocks => '\u{2591}',
        Glyphs::Ascii => '.',
    };
    let mut text = String::new();
    for (each, number) in bars.iter().zip(&numbers) {
        let mut line: Vec<char> = if each.is_open {
            vec![open; cell(cells(each.value).round(), MOST_CELLS)]
        } else {
            bar(cells(each.value), glyphs).chars().collect()
        };
        if let Some(at) = each.mark {
            let at = cell(cells(at), room);
            line.resize(line.len().max(at + 1), ' ');
            line[at] = mark;
        }
        let line: String = line.into_iter().collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:>names$} {line} {number}", each.label);
    }
    let indent = " ".repeat(names);
    let _ = writeln!(text, "{indent} {} {}", bar(1.0, glyphs), labels.value);
    if bars.iter().any(|bar| bar.mark.is_some()) {
        let _ = writeln!(text, "{indent} {mark} {}", labels.mark);
    }
    if bars.iter().any(|bar| bar.is_open && bar.value > 0.0) {
        let _ = writeln!(text, "{indent} {open} {}", labels.open);
    }
    text
}

/// The bars as SVG, upright, on a sheet of A4 in landscape.
///
/// # Errors
/// [`SvgError`] if the drawing library fails.
pub fn bars_svg(bars: &[Bar], labels: &BarLabels<'_>) -> Result<String, SvgError> {
    let mut picture = String::new();
    draw(&mut picture, bars, labels).map_err(|error| SvgError(error.to_string()))?;
    Ok(picture)
}

fn draw(picture: &mut String, bars: &[Bar], labels: &BarLabels<'_>) -> Drawn {
    let root = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let root = root
        .margin(12, 0, 0, 0)
        .titled(labels.title, ("sans-serif", 26))?;
    let (end, most) = (bars.len().max(1) as f64, most(bars).max(f64::MIN_POSITIVE));
    let mut chart = plane(&root, -0.5..end - 0.5, 0.0..most * 1.1)?;
    // Each name is below the middle of its bar, which is a whole number.
    let name = |at: &f64| {
        let is_middle = (at - at.round()).abs() < 1e-6;
        let bar = bars.get(cell(at.round(), bars.len()));
        let bar = bar.filter(|_| is_middle);
        bar.map_or_else(String::new, |bar| bar.label.clone())
    };
    let wanted = ticks(0.0, end, 10).len().clamp(1, 10);
    let number = |value: &f64| crate::number::one_decimal(*value);
    let mut mesh = chart.configure_mesh();
    style(&mut mesh);
    mesh.disable_x_mesh()
        .x_labels(wanted)
        .x_label_formatter(&name)
        .y_desc(labels.value)
        .y_label_formatter(&number)
        .draw()?;
    let half = BAR_WIDTH / 2.0;
    let places = || (0..).map(f64::from).zip(bars);
    let drawn = |is_open: bool| {
        let of_kind = places().filter(move |(_, bar)| bar.is_open == is_open);
        let style = if is_open {
            LINE.mix(0.4)
        } else {
            LINE.mix(1.0)
        };
        of_kind.map(move |(at, bar)| {
            let corners = [(at - half, 0.0), (at + half, bar.value)];
            Rectangle::new(corners, style.filled())
        })
    };
    chart.draw_series(drawn(false))?;
    let open = chart.draw_series(drawn(true))?;
    if bars.iter().any(|bar| bar.is_open && bar.value > 0.0) {
        open.label(labels.open)
            .legend(|at| block(at, LINE.mix(0.4).filled()));
    }
    let marks = places().filter_map(|(at, bar)| Some((at, bar.mark?)));
    let marks = marks.map(|(at, mark)| {
        PathElement::new(
            [(at - 0.5, mark), (at + 0.5, mark)],
            PRESCRIBED.stroke_width(3),
        )
    });
    let marks = chart.draw_series(marks)?;
    if bars.iter().any(|bar| bar.mark.is_some()) {
        marks
            .label(labels.mark)
            .legend(|at| stroke(at, PRESCRIBED.stroke_width(3)));
        legend(&mut chart, SeriesLabelPosition::UpperLeft)?;
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LABELS: BarLabels<'_> = BarLabels {
        title: "weeks",
        value: "km",
        mark: "the week before + 10 %",
        open: "not over yet",
    };

    fn weeks() -> Vec<Bar> {
        vec![
            Bar::new("a".into(), 10.0),
            Bar::new("bb".into(), 5.0).with_mark(Some(11.0)),
            Bar::new("c".into(), 20.0).with_mark(Some(5.5)),
            Bar::new("d".into(), 2.0).open(true),
        ]
    }

    #[test]
    fn each_bar_is_as_long_as_its_value_and_the_mark_stands_in_its_place() {
        let picture = bars(&weeks(), 27, Glyphs::Ascii, &LABELS, |it| format!("{it}"));
        assert_eq!(
            picture,
            " a ########## 10
bb #####      | 5
 c #####|############## 20
 d .. 2
   # km
   | the week before + 10 %
   . not over yet
"
        );
    }

    #[test]
    fn no_bar_has_a_length_without_values() {
        let none = [Bar::new("a".into(), 0.0), Bar::new("b".into(), f64::NAN)];
        let picture = bars(&none, 80, Glyphs::Blocks, &LABELS, |it| format!("{it}"));
        assert_eq!(picture, "");
        assert!(bars_svg(&none, &LABELS).is_ok());
        assert!(bars_svg(&[], &LABELS).is_ok());
    }

    proptest! {
        #[test]
        fn no_bar_is_wider_than_the_terminal(
            values in prop::collection::vec((any::<f64>(), any::<Option<f64>>()), 0..20),
            width in 20_usize..200,
        ) {
            let all: Vec<Bar> = values
                .into_iter()
                .map(|(value, mark)| Bar::new("2024-12-02".into(), value).with_mark(mark))
                .collect();
            let number = |_| "9.9".to_owned();
            for glyphs in [Glyphs::Blocks, Glyphs::Ascii] {
                let short = BarLabels { mark: "+", ..LABELS };
                let picture = bars(&all, width, glyphs, &short, number);
                for line in picture.lines() {
                    prop_assert!(line.chars().count() < width, "{line}");
                }
            }
        }
    }
}
