//! Charts in a terminal and as SVG: a value over time, and a histogram of values.
//!
//! Only drawing belongs here: charts take series and labels, whatever they mean.

mod bars;
mod svg;
mod terminal;

pub use bars::{Bar, BarLabels, bars, bars_svg};
pub use svg::{Labels, SvgError, svg};
pub use terminal::{Glyphs, area, histogram, line};

use crate::stats::Weighted;

/// A value over a stretch of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    at: f64,
    length: f64,
    value: Option<f64>,
}

impl Point {
    /// A value that holds from `at` for `length`; `None` where there is none. What is not finite is
    /// left out.
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

    fn end(&self) -> f64 {
        self.at + self.length
    }
}

/// The cue that is heard while a tempo is prescribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shade {
    /// Clicks.
    Click,
    /// Clicks that fade.
    Fade,
    /// Clicks by turns with none.
    OnOff,
    /// No clicks, but a tempo to hold.
    Silent,
}

impl Shade {
    const ALL: [Self; 4] = [Self::Click, Self::Fade, Self::OnOff, Self::Silent];

    /// Its name in a legend.
    fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Fade => "fade",
            Self::OnOff => "on/off",
            Self::Silent => "silent",
        }
    }
}

/// A stretch of an axis over which a value is prescribed: from one to another, linearly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
    shade: Shade,
}

impl Segment {
    /// From `start` on for `length`, from one value to another. `None` where a number is not
    /// finite.
    #[must_use]
    pub fn new(start: f64, length: f64, values: (f64, f64), shade: Shade) -> Option<Self> {
        let numbers = [start, length, values.0, values.1];
        (numbers.iter().all(|number| number.is_finite()) && length > 0.0).then_some(Self {
            from: start,
            to: start + length,
            low: values.0,
            high: values.1,
            shade,
        })
    }

    /// The value at a place of the axis.
    fn at(&self, at: f64) -> Option<f64> {
        let share = (at - self.from) / (self.to - self.from);
        (self.from..self.to)
            .contains(&at)
            .then_some(self.low + (self.high - self.low) * share)
    }
}

/// The segment at a place of the axis; segments are in order.
fn segment_at(segments: &[Segment], at: f64) -> Option<(f64, Shade)> {
    let segment = &segments[segments.partition_point(|segment| segment.to <= at)..].first()?;
    Some((segment.at(at)?, segment.shade))
}

/// A line over an axis, with a band that it should keep to, or segments that it should follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<Point>,
    band: Option<(f64, f64)>,
    /// Places, each with the lower and the upper end.
    interval: Vec<(f64, f64, f64)>,
    segments: Vec<Segment>,
    unit: f64,
}

impl Series {
    /// A line through points in any order. `unit` is what the axis is counted in, so that its round
    /// places are multiples of it: 60 for seconds that are read as minutes.
    #[must_use]
    pub fn new(points: Vec<Point>, unit: f64) -> Self {
        Self {
            points,
            band: None,
            interval: Vec::new(),
            segments: Vec::new(),
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

    /// The same with an interval around the line: at places in order, from a value to another.
    /// What is not finite is left out.
    #[must_use]
    pub fn with_interval(mut self, mut interval: Vec<(f64, f64, f64)>) -> Self {
        interval.retain(|(at, low, high)| [at, low, high].iter().all(|it| it.is_finite()));
        self.interval = interval;
        self
    }

    /// The interval at a place: the last one that begins before it, or there.
    fn interval_at(&self, at: f64) -> Option<(f64, f64)> {
        let before = self.interval.partition_point(|(from, ..)| *from <= at);
        let (_, low, high) = self.interval.get(before.checked_sub(1)?)?;
        Some((*low, *high))
    }

    /// The same with what was prescribed.
    #[must_use]
    pub fn with_segments(mut self, mut segments: Vec<Segment>) -> Self {
        segments.sort_by(|a, b| a.from.total_cmp(&b.from));
        self.segments = segments;
        self
    }

    /// The values, each with the length for which it holds.
    fn values(&self) -> impl Iterator<Item = (f64, f64)> {
        let points = self.points.iter();
        points.filter_map(|point| Some((point.value?, point.length)))
    }

    /// The ends of the axis.
    fn span(&self) -> (f64, f64) {
        let starts = self.points.iter().map(|point| point.at);
        let start = starts.fold(f64::INFINITY, f64::min);
        let ends = self.points.iter().map(Point::end);
        let end = ends.fold(f64::NEG_INFINITY, f64::max);
        if start < end {
            (start, end)
        } else {
            (0.0, 1.0)
        }
    }

    /// The values worth showing: all but the outermost fortieth on each side, what was prescribed,
    /// and a little air.
    fn range(&self) -> (f64, f64) {
        let mut values: Vec<f64> = self.values().map(|(value, _)| value).collect();
        values.sort_by(f64::total_cmp);
        let at = |part: f64| values.get(cell(part * values.len() as f64, values.len()));
        let (low, high) = match (at(0.025), at(0.975)) {
            (Some(low), Some(high)) => (*low, *high),
            _ => (0.0, 1.0),
        };
        with_air(self.prescribed_within(low, high))
    }

    /// The range widened to the band and to the segments that the axis shows.
    fn prescribed_within(&self, low: f64, high: f64) -> (f64, f64) {
        let (start, end) = self.span();
        let shown = |segment: &&Segment| segment.from < end && segment.to > start;
        let segments = self.segments.iter().filter(shown);
        let ends = segments.flat_map(|segment| [segment.low, segment.high]);
        let band = self.band.into_iter().flat_map(|(from, to)| [from, to]);
        let interval = self.interval.iter().flat_map(|(_, from, to)| [*from, *to]);
        ends.chain(band)
            .chain(interval)
            .fold((low, high), |(low, high), value| {
                (low.min(value), high.max(value))
            })
    }

    /// The line in `count` columns of equal width: what lies in each, from the first quarter to the
    /// third.
    fn columns(&self, count: usize) -> Vec<Option<(f64, f64)>> {
        let (start, end) = self.span();
        let width = (end - start) / count as f64;
        let mut columns: Vec<Vec<(f64, f64)>> = vec![Vec::new(); count];
        for point in &self.points {
            let Some(value) = point.value else { continue };
            let first = cell((point.at - start) / width, count);
            let last = cell(((point.end() - start) / width).ceil() - 1.0, count).max(first);
            for (index, column) in columns.iter_mut().enumerate().take(last + 1).skip(first) {
                let left = start + index as f64 * width;
                let overlap = point.end().min(left + width) - point.at.max(left);
                column.push((value, overlap.max(1e-9)));
            }
        }
        let quartiles = |column: Vec<(f64, f64)>| {
            let column = Weighted::new(column);
            column.quantile(0.25).zip(column.quantile(0.75))
        };
        columns.into_iter().map(quartiles).collect()
    }

    /// The place of a column's middle on the axis.
    fn column_at(&self, index: usize, count: usize) -> f64 {
        let (start, end) = self.span();
        start + (index as f64 + 0.5) * (end - start) / count as f64
    }
}

/// A range with a twentieth of it left free on each side.
fn with_air((low, high): (f64, f64)) -> (f64, f64) {
    let air = ((high - low) * 0.05).max(1.0);
    (low - air, high + air)
}

/// The number of a cell below `count`; what lies outside is in the first or the last.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float outside of usize saturates in the cast, and what is no number becomes 0"
)]
fn cell(place: f64, count: usize) -> usize {
    (place as usize).min(count.saturating_sub(1))
}

/// As wide a class as was asked for, but at most a thousand of them.
fn class_width(series: &Series, class: f64) -> f64 {
    let (low, high) = series.range();
    // `max` leaves a class that is no number out.
    class.max((high - low) / 1000.0)
}

/// A class of values.
#[derive(Clone, Copy, Debug)]
struct Class {
    /// Where it begins.
    from: f64,
    /// The share of all the weight that lies in it, 0 to 1.
    share: f64,
    /// As much of that as lies in the band too.
    within: f64,
}

/// The classes of values. What lies outside of the range that is shown counts to the outermost
/// class.
fn classes(series: &Series, class: f64) -> Vec<Class> {
    let (low, high) = series.range();
    let first = (low / class).floor();
    let count = cell((high / class).floor() - first, 2_000) + 1;
    let mut weights = vec![(0.0, 0.0); count];
    for (value, weight) in series.values() {
        let (all, within) = &mut weights[cell((value / class).floor() - first, count)];
        *all += weight;
        if series
            .band
            .is_some_and(|(from, to)| (from..=to).contains(&value))
        {
            *within += weight;
        }
    }
    let whole: f64 = weights.iter().map(|(all, _)| all).sum();
    let share = |weight: f64| if whole > 0.0 { weight / whole } else { 0.0 };
    let classes = (0..).map(f64::from).zip(weights);
    let classes = classes.map(|(index, (all, within))| Class {
        from: (first + index) * class,
        share: share(all),
        within: share(within),
    });
    classes.collect()
}

/// Round numbers from `low` to `high`, about `count` of them: multiples of 1, 2 or 5 times a power
/// of ten.
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
    let first = (low / step).ceil();
    let last = (high / step).floor();
    if first > last {
        return Vec::new();
    }
    let steps = cell(last - first, 1_000);
    (0..=steps)
        .map(|index| (first + index as f64) * step)
        .collect()
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
    fn a_histogram_counts_time_and_shades_the_part_within_the_band() {
        let values = series(&[Some(160.0), Some(161.0), Some(165.0), Some(170.0)]);
        let picture = |values: &Series| histogram(values, 4.0, 25, Glyphs::Ascii, "band");
        assert_eq!(
            picture(&values),
            "  168 ###### 25 %
  164 ###### 25 %
  160 ############ 50 %
"
        );
        // One end lies within a class: of its two values one is within.
        assert_eq!(
            picture(&values.with_band(161.0, 167.0)),
            "  168 ====== 25 %
  164 ###### 25 %
  160 ######====== 50 %
      # within the band
      = outside
"
        );
        assert_eq!(picture(&series(&[None])), "");
    }

    #[test]
    fn what_was_prescribed_is_a_line_and_its_cue_a_strip_and_a_gap_stays_open() {
        let run = series(&[
            Some(160.0),
            Some(160.0),
            None,
            None,
            Some(168.0),
            Some(168.0),
            Some(168.0),
            Some(168.0),
        ]);
        let segment =
            |start, length, values, shade| Segment::new(start, length, values, shade).unwrap();
        let picture = line(
            &run.with_segments(vec![
                segment(0.0, 3.0, (160.0, 160.0), Shade::Click),
                segment(3.0, 3.0, (164.0, 164.0), Shade::Silent),
                segment(6.0, 1.0, (164.0, 164.0), Shade::Fade),
            ]),
            (16, 3),
            Glyphs::Ascii,
            |at| format!("{at}"),
        );
        assert_eq!(
            picture,
            "      |    ####
      |   ----
  160 +##-
      ++-------
       0
  cue  ###...%
       # click
       % fade
       . silent
"
        );
    }

    #[test]
    fn a_legend_is_broken_where_the_terminal_is_narrow() {
        let picture =
            |values: &Series, width| histogram(values, 4.0, width, Glyphs::Ascii, "target");
        let values = series(&[Some(160.0)]).with_band(160.0, 164.0);
        let wide = "  160 ####################### 100 %\n      # within the target  = outside\n";
        assert_eq!(picture(&values, 36), wide);
        let narrow = "  160 ################ 100 %\n      # within the target\n      = outside\n";
        assert_eq!(picture(&values, 29), narrow);
    }

    #[test]
    fn an_area_is_shaded_by_what_is_heard() {
        let segment = |start, values, shade| Segment::new(start, 5.0, values, shade).unwrap();
        let segments = [
            segment(0.0, (160.0, 160.0), Shade::Click),
            segment(5.0, (160.0, 168.0), Shade::Click),
            segment(15.0, (168.0, 168.0), Shade::OnOff),
        ];
        assert_eq!(
            area(&segments, 20.0, 20, Glyphs::Blocks, ("0:00", "0:20")).unwrap(),
            "\
168 │      ▄   ▒▒▒▒
    │     ▃█   ▒▒▒▒
    │    ▂██   ▒▒▒▒
160 │▁▁▁▁███   ▒▒▒▒
    └──────────────
     0:00      0:20
     █ click
     ▒ on/off
"
        );
        assert_eq!(area(&[], 20.0, 20, Glyphs::Ascii, ("", "")), None);
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
                let _ = histogram(&series, class, width, glyphs, "target");
            }
        }

        #[test]
        fn lines_of_plausible_values_fit(
            values in prop::collection::vec(prop::option::of(0.0..300.0), 1..200), width in 30_usize..200,
        ) {
            let series = series(&values);
            let picture = line(&series, (width, 12), Glyphs::Blocks, |at| format!("{at:.0}"));
            let bars = histogram(&series, 4.0, width, Glyphs::Blocks, "target");
            for text in picture.lines().chain(bars.lines()) {
                prop_assert!(text.chars().count() <= width, "{text}");
            }
        }
    }
}
