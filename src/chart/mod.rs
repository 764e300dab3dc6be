//! Pictures of numbers: a value over time, how often each value came, in a terminal and as SVG.
//!
//! Here belongs drawing. What the numbers mean does not: charts take series and labels.

mod svg;
mod terminal;

pub use svg::{Labels, SvgError, svg};
pub use terminal::{Glyphs, histogram, line};

/// One value over a stretch of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    at: f64,
    length: f64,
    value: Option<f64>,
}

impl Point {
    /// A value that holds from `at` for `length`; `None` where there is none. What is not finite is none either.
    #[must_use]
    pub fn new(at: f64, length: f64, value: Option<f64>) -> Self {
        Self {
            at: if at.is_finite() { at } else { 0.0 },
            length: if length.is_finite() {
                length.max(0.0)
            } else {
                0.0
            },
            value: value.filter(|value| value.is_finite()),
        }
    }
}

/// A line over an axis, with a band that it should keep to.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<Point>,
    band: Option<(f64, f64)>,
    unit: f64,
}

impl Series {
    /// A line through points in any order. `unit` is what the axis is counted in, so that its round places are multiples
    /// of it: 60 for seconds that are read as minutes.
    #[must_use]
    pub fn new(points: Vec<Point>, unit: f64) -> Self {
        Self {
            points,
            band: None,
            unit,
        }
    }

    /// The same with a band from `low` to `high`.
    #[must_use]
    pub fn with_band(self, low: f64, high: f64) -> Self {
        Self {
            band: Some((low, high)),
            ..self
        }
    }

    /// The values, each with how long it holds.
    fn values(&self) -> impl Iterator<Item = (f64, f64)> {
        let points = self.points.iter();
        points.filter_map(|point| Some((point.value?, point.length)))
    }

    /// Where the axis begins and ends.
    fn span(&self) -> (f64, f64) {
        let start = self
            .points
            .iter()
            .map(|point| point.at)
            .fold(f64::INFINITY, f64::min);
        let end = self
            .points
            .iter()
            .map(|point| point.at + point.length)
            .fold(f64::NEG_INFINITY, f64::max);
        if start < end {
            (start, end)
        } else {
            (0.0, 1.0)
        }
    }

    /// The values worth showing: all but the outermost fortieth on each side, the band, and a little air.
    fn range(&self) -> (f64, f64) {
        let mut values: Vec<f64> = self.values().map(|(value, _)| value).collect();
        values.sort_by(f64::total_cmp);
        let at = |part: f64| values.get((part * values.len() as f64) as usize);
        let (mut low, mut high) = match (at(0.025), at(0.975)) {
            (Some(low), Some(high)) => (*low, *high),
            _ => (0.0, 1.0),
        };
        if let Some((from, to)) = self.band {
            (low, high) = (low.min(from), high.max(to));
        }
        let air = ((high - low) * 0.05).max(1.0);
        (low - air, high + air)
    }

    /// The line in `count` columns of equal width: what lies in each, from the first quarter to the third.
    fn columns(&self, count: usize) -> Vec<Option<(f64, f64)>> {
        let (start, end) = self.span();
        let width = (end - start) / count as f64;
        let mut columns: Vec<Vec<(f64, f64)>> = vec![Vec::new(); count];
        for point in &self.points {
            let Some(value) = point.value else { continue };
            let first = (((point.at - start) / width) as usize).min(count - 1);
            let last = (((point.at + point.length - start) / width).ceil() as usize)
                .saturating_sub(1)
                .max(first);
            for (index, column) in columns.iter_mut().enumerate().take(last + 1).skip(first) {
                let left = start + index as f64 * width;
                let overlap = (point.at + point.length).min(left + width) - point.at.max(left);
                column.push((value, overlap.max(1e-9)));
            }
        }
        let quartiles = |mut column: Vec<(f64, f64)>| {
            column.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let whole: f64 = column.iter().map(|(_, weight)| weight).sum();
            let at = |part: f64| {
                let mut before = 0.0;
                let found = column.iter().find(|(_, weight)| {
                    before += weight;
                    before >= part * whole
                });
                found.or(column.last()).map(|(value, _)| *value)
            };
            at(0.25).zip(at(0.75))
        };
        columns.into_iter().map(quartiles).collect()
    }
}

/// As wide a class as was asked for, but no more than a thousand of them.
fn class_width(series: &Series, class: f64) -> f64 {
    let (low, high) = series.range();
    // `max` leaves a class that is no number out.
    class.max((high - low) / 1000.0)
}

/// The share of all the weight that lies in each class of values, 0 to 1: where the class begins, and the share. What lies
/// outside of the range that is shown counts to the outermost class.
fn classes(series: &Series, class: f64) -> Vec<(f64, f64)> {
    let (low, high) = series.range();
    let (first, last) = ((low / class).floor() as i64, (high / class).floor() as i64);
    let mut weights = vec![0.0; usize::try_from(last - first + 1).unwrap_or(1)];
    for (value, weight) in series.values() {
        let index = ((value / class).floor() as i64).clamp(first, last) - first;
        weights[index as usize] += weight;
    }
    let whole: f64 = weights.iter().sum();
    weights
        .into_iter()
        .enumerate()
        .map(|(index, weight)| {
            let share = if whole > 0.0 { weight / whole } else { 0.0 };
            ((first + index as i64) as f64 * class, share)
        })
        .collect()
}

/// Round numbers from `low` to `high`, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let raw = (high - low) / count.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return vec![low];
    }
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw)
        .unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn series(values: &[Option<f64>]) -> Series {
        let points = (0..).zip(values);
        let points = points.map(|(at, value)| Point::new(f64::from(at), 1.0, *value));
        Series::new(points.collect(), 1.0)
    }

    #[test]
    fn a_column_shows_the_middle_half_of_what_lies_in_it() {
        let four = series(&[
            Some(1.0),
            Some(2.0),
            Some(3.0),
            Some(4.0),
            None,
            None,
            Some(9.0),
            Some(9.0),
        ]);
        assert_eq!(four.columns(2), [Some((1.0, 3.0)), Some((9.0, 9.0))]);
        assert_eq!(four.columns(4)[2], None);
    }

    #[test]
    fn a_value_that_holds_for_long_fills_all_its_columns() {
        let steady = Series::new(
            vec![
                Point::new(0.0, 60.0, Some(170.0)),
                Point::new(60.0, 60.0, None),
            ],
            60.0,
        );
        assert_eq!(
            steady.columns(4),
            [Some((170.0, 170.0)), Some((170.0, 170.0)), None, None]
        );
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(158.0, 172.0, 6), [160.0, 165.0, 170.0]);
        assert_eq!(ticks(0.0, 1.0, 2), [0.0, 0.5, 1.0]);
        assert_eq!(ticks(5.0, 5.0, 3), [5.0]);
    }

    #[test]
    fn a_line_is_read_without_colour() {
        let rising = series(&[
            Some(160.0),
            Some(160.0),
            Some(164.0),
            Some(164.0),
            None,
            None,
            Some(168.0),
            Some(168.0),
        ]);
        let picture = line(
            &rising.with_band(163.0, 165.0),
            (16, 4),
            Glyphs::Ascii,
            |at| format!("{at}"),
        );
        assert_eq!(
            picture,
            "      |      ##
  165 +..##....
  163 +........
  160 +##
      ++-------
       0
"
        );
    }

    #[test]
    fn a_histogram_counts_time_and_marks_the_band() {
        let values =
            series(&[Some(160.0), Some(161.0), Some(165.0), Some(170.0)]).with_band(164.0, 167.0);
        assert_eq!(
            histogram(&values, 4.0, 26, Glyphs::Ascii),
            "  168  ###### 25 %
  164 *###### 25 %
  160  ############ 50 %
"
        );
        assert_eq!(histogram(&series(&[None]), 4.0, 26, Glyphs::Ascii), "");
    }

    proptest! {
        #[test]
        fn no_series_panics_and_no_line_is_wider_than_the_terminal(
            points in prop::collection::vec((any::<f64>(), any::<f64>(), any::<Option<f64>>()), 0..40),
            band: Option<(f64, f64)>, width in 0_usize..200, height in 0_usize..30, class: f64,
        ) {
            let points = points.into_iter().map(|(at, length, value)| Point::new(at, length, value));
            let mut series = Series::new(points.collect(), 60.0);
            if let Some((low, high)) = band {
                series = series.with_band(low, high);
            }
            for glyphs in [Glyphs::Blocks, Glyphs::Ascii] {
                let label = |at: f64| format!("{at:.0}");
                let _ = line(&series, (width, height), glyphs, label);
                let _ = histogram(&series, class, width, glyphs);
            }
        }

        #[test]
        fn lines_of_plausible_values_fit(
            values in prop::collection::vec(prop::option::of(0.0..300.0), 1..200), width in 30_usize..200,
        ) {
            let series = series(&values);
            let picture = line(&series, (width, 12), Glyphs::Blocks, |at| format!("{at:.0}"));
            let bars = histogram(&series, 4.0, width, Glyphs::Blocks);
            for text in picture.lines().chain(bars.lines()) {
                prop_assert!(text.chars().count() <= width, "{text}");
            }
        }
    }
}
