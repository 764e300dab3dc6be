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
