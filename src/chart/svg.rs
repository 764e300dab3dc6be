//! Charts as SVG: a self-contained file, black on white, so that it prints well.

use std::error::Error;
use std::ops::Range;

use plotters::chart::MeshStyle;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::{Class, Segment, Series, Shade, with_air};
use crate::stats::Weighted;

/// The size in pixels: the proportions of a sheet of A4 in landscape.
pub(super) const SIZE: (u32, u32) = (1188, 840);

/// How much of it the histogram takes, below.
const HISTOGRAM_HEIGHT: u32 = 260;

/// How finely the line is drawn, and up to how many points each gets its own dot.
const COLUMNS: usize = 800;
const MOST_DOTS: usize = 150;

/// Dark enough for a printer without colour, and by that alone different from the band.
pub(super) const LINE: RGBColor = RGBColor(20, 60, 120);
const BAND: RGBColor = RGBColor(205, 228, 205);
const INTERVAL: RGBColor = RGBColor(178, 194, 222);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// What was prescribed, drawn above the line.
pub(super) const PRESCRIBED: RGBColor = RGBColor(170, 40, 30);

/// How much of the range of values the strip takes that shows the cue.
const STRIP: f64 = 0.03;

/// How many times the middle half is wide a value may lie outside of it before it is a spike
/// (Tukey's outer fences).
const FENCE: f64 = 3.0;

/// The least distance from the middle half that makes a spike, so that a steady run's small steps
/// are none.
const LEAST_FENCE: f64 = 10.0;

/// The texts of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The title, above.
    pub title: &'a str,
    /// A line below the title; may be empty.
    pub verdict: &'a str,
    /// The line's name in the legend.
    pub line: &'a str,
    /// The band's name in the legend.
    pub band: &'a str,
    /// The label of the axis.
    pub axis: &'a str,
    /// The label of the values.
    pub value: &'a str,
    /// The label of the histogram's shares.
    pub share: &'a str,
    /// The interval's name in the legend.
    pub interval: &'a str,
}

/// The picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be drawn: {0}")]
pub struct SvgError(pub(super) String);

/// A line over an axis above a histogram of its values in classes that are `class` wide. `label`
/// writes a place on the axis.
///
/// # Errors
/// [`SvgError`] if the drawing library fails.
pub fn svg(
    series: &Series,
    class: f64,
    labels: &Labels<'_>,
    label: impl Fn(f64) -> String,
) -> Result<String, SvgError> {
    let mut picture = String::new();
    draw(&mut picture, series, class, labels, &label)
        .map_err(|error| SvgError(error.to_string()))?;
    Ok(picture)
}

pub(super) type Drawn = Result<(), Box<dyn Error>>;

fn draw(
    picture: &mut String,
    series: &Series,
    class: f64,
    labels: &Labels<'_>,
    label: &dyn Fn(f64) -> String,
) -> Drawn {
    let root = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    // A file name can hold what no XML may.
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
    let limits = limits(series);
    let mut verdict = plain(labels.verdict);
    if let Some(spikes) = spikes(series, limits) {
        let semicolon = if verdict.is_empty() { "" } else { "; " };
        verdict = format!("{verdict}{semicolon}{spikes}");
    }
    let mut root = root
        .margin(12, 0, 0, 0)
        .titled(&plain(labels.title), ("sans-serif", 26))?;
    if !verdict.is_empty() {
        root = root.titled(&verdict, ("sans-serif", 18))?;
    }
    let class = super::class_width(series, class);
    let bars = super::classes(series, class);
    if bars.iter().all(|class| class.share <= 0.0) {
        line(&root, series, limits, labels, label)?;
    } else {
        let (_, height) = root.dim_in_pixel();
        let (above, below) = root.split_vertically(height.saturating_sub(HISTOGRAM_HEIGHT));
        line(&above, series, limits, labels, label)?;
        histogram(&below, series, class, &bars, labels)?;
    }
    root.present()?;
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Plane>;
type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;
type Mesh<'a, 'b, 'c> = MeshStyle<'a, 'b, RangedCoordf64, RangedCoordf64, SVGBackend<'c>>;

/// A picture with room for its axes.
pub(super) fn plane<'a, 'b>(
    area: &'a Area<'b>,
    x: Range<f64>,
    y: Range<f64>,
) -> Result<Chart<'a, 'b>, Box<dyn Error>> {
    let mut builder = ChartBuilder::on(area);
    builder
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(64);
    Ok(builder.build_cartesian_2d(x, y)?)
}

/// The lines of the grid and the texts of the axes.
pub(super) fn style(mesh: &mut Mesh<'_, '_, '_>) {
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(BLACK)
        .label_style(("sans-serif", 16))
        .axis_desc_style(("sans-serif", 18));
}

/// The legend, of what was drawn so far.
pub(super) fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>, corner: SeriesLabelPosition) -> Drawn {
    chart
        .configure_series_labels()
        .position(corner)
        .background_style(WHITE.mix(0.8))
        .border_style(GRID)
        .label_font(("sans-serif", 16))
        .draw()?;
    Ok(())
}

fn line(
    area: &Area<'_>,
    series: &Series,
    (low, high): (f64, f64),
    labels: &Labels<'_>,
    label: &dyn Fn(f64) -> String,
) -> Drawn {
    // Drawn in the axis' own unit, for the library's round places are round numbers.
    let unit = series.unit;
    let (start, end) = series.span();
    let (start, end) = (start / unit, end / unit);
    let mut chart = plane(area, start..end, low..high)?;
    if let Some((from, to)) = series.band {
        // A single value still shows.
        let half = ((high - low) / 400.0).max((to - from) / 2.0);
        let middle = f64::midpoint(from, to);
        let band = Rectangle::new(
            [(start, middle - half), (end, middle + half)],
            BAND.filled(),
        );
        chart
            .draw_series([band])?
            .label(labels.band)
            .legend(move |at| block(at, BAND.filled()));
    }
    let x_label = |at: &f64| label(*at * unit);
    let y_label = |value: &f64| crate::number::one_decimal(*value);
    let mut mesh = chart.configure_mesh();
    style(&mut mesh);
    mesh.x_desc(labels.axis)
        .y_desc(labels.value)
        .x_label_formatter(&x_label)
        .y_label_formatter(&y_label)
        .draw()?;
    let within = |value: f64| value.clamp(low, high);
    if series.interval.len() > 1 {
        let point = |at: f64, value: f64| (at / unit, within(value));
        let above = series.interval.iter();
        let above = above.map(|(at, _, high)| point(*at, *high));
        let below = series.interval.iter().rev();
        let around = above.chain(below.map(|(at, low, _)| point(*at, *low)));
        let area = Polygon::new(around.collect::<Vec<_>>(), INTERVAL.mix(0.6).filled());
        chart
            .draw_series([area])?
            .label(labels.interval)
            .legend(move |at| block(at, INTERVAL.filled()));
    }
    let pieces = pieces(series);
    if series.points.len() <= MOST_DOTS {
        let dots = pieces.iter().flatten();
        let dot = |(at, value): &(f64, f64)| Circle::new((*at, within(*value)), 4, LINE.filled());
        chart.draw_series(dots.map(dot))?;
    }
    for (index, piece) in pieces.into_iter().enumerate() {
        let piece = piece.into_iter().map(|(at, value)| (at, within(value)));
        let drawn = chart.draw_series(LineSeries::new(piece, LINE.stroke_width(2)))?;
        if index == 0 {
            drawn
                .label(labels.line)
                .legend(move |at| stroke(at, LINE.stroke_width(2)));
        }
    }
    prescribed(&mut chart, series, (low, high))?;
    legend(&mut chart, SeriesLabelPosition::UpperRight)
}

/// What was prescribed, as a line, and its cue as a strip at the foot of the picture.
fn prescribed(chart: &mut Chart<'_, '_>, series: &Series, (low, high): (f64, f64)) -> Drawn {
    let unit = series.unit;
    let (start, end) = series.span();
    let (start, end) = (start / unit, end / unit);
    let within = |value: f64| value.clamp(low, high);
    let shown = |segment: &&Segment| segment.from / unit < end && segment.to / unit > start;
    for (index, segment) in series.segments.iter().filter(shown).enumerate() {
        // What began before the recording, or goes on after it, is cut at its ends.
        let (from, to) = (
            (segment.from / unit).max(start),
            (segment.to / unit).min(end),
        );
        let value = |at: f64| within(segment.at(at * unit).unwrap_or(segment.high));
        let path = PathElement::new(
            [(from, value(from)), (to, value(to))],
            PRESCRIBED.stroke_width(2),
        );
        let drawn = chart.draw_series([path])?;
        if index == 0 {
            drawn
                .label("workout")
                .legend(move |at| stroke(at, PRESCRIBED.stroke_width(2)));
        }
    }
    for shade in Shade::ALL {
        let of_shade = |segment: &&Segment| segment.shade == shade;
        let mut strips = series
            .segments
            .iter()
            .filter(shown)
            .filter(of_shade)
            .peekable();
        if strips.peek().is_none() {
            continue;
        }
        let top = low + (high - low) * STRIP;
        let strips = strips.map(|segment| {
            let (from, to) = (
                (segment.from / unit).max(start),
                (segment.to / unit).min(end),
            );
            Rectangle::new([(from, low), (to, top)], colour(shade).filled())
        });
        chart
            .draw_series(strips)?
            .label(shade.name())
            .legend(move |at| block(at, colour(shade).filled()));
    }
    Ok(())
}

/// A coloured block of a legend.
pub(super) fn block((x, y): (i32, i32), style: ShapeStyle) -> Rectangle<(i32, i32)> {
    Rectangle::new([(x, y - 6), (x + 18, y + 6)], style)
}

/// A line of a legend.
pub(super) fn stroke((x, y): (i32, i32), style: ShapeStyle) -> PathElement<(i32, i32)> {
    PathElement::new([(x, y), (x + 18, y)], style)
}

/// The grey of a cue: the more is heard, the darker.
fn colour(shade: Shade) -> RGBColor {
    let grey = match shade {
        Shade::Click => 60,
        Shade::Fade => 115,
        Shade::OnOff => 160,
        Shade::Silent => 215,
    };
    RGBColor(grey, grey, grey)
}

/// The values that are drawn: all but spikes, what was prescribed, and a little air.
fn limits(series: &Series) -> (f64, f64) {
    let weighted = series
        .values()
        .map(|(value, weight)| (value, weight.max(1e-9)));
    let values = Weighted::new(weighted.collect());
    let Some((from, to)) = values.quantile(0.25).zip(values.quantile(0.75)) else {
        return with_air(series.prescribed_within(0.0, 1.0));
    };
    let fence = (FENCE * (to - from)).max(LEAST_FENCE);
    let kept = series.values().map(|(value, _)| value);
    let kept = kept.filter(|value| (from - fence..=to + fence).contains(value));
    let (low, high) = kept.fold((from, to), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    with_air(series.prescribed_within(low, high))
}

/// What a reader should know of the values beyond the limits.
fn spikes(series: &Series, (low, high): (f64, f64)) -> Option<String> {
    let outside = series
        .values()
        .filter(|(value, _)| !(low..=high).contains(value));
    match outside.count() {
        0 => None,
        1 => Some("1 value lies outside the picture".to_owned()),
        count => Some(format!("{count} values lie outside the picture")),
    }
}

/// The line, broken where there is no value or a gap: through the points if they are few, else
/// through columns.
fn pieces(series: &Series) -> Vec<Vec<(f64, f64)>> {
    let mut places: Vec<Option<(f64, f64)>> = Vec::new();
    if series.points.len() <= MOST_DOTS {
        let mut points = series.points.iter().peekable();
        while let Some(point) = points.next() {
            places.push(point.value.map(|value| (point.at / series.unit, value)));
            // Points that hold for no time are joined; those that do leave a gap open.
            let next = points.peek().filter(|_| point.length > 0.0);
            if next.is_some_and(|next| next.at > point.end() + 1e-6) {
                places.push(None);
            }
        }
    } else {
        let columns = series.columns(COLUMNS).into_iter().enumerate();
        let at = |index| series.column_at(index, COLUMNS) / series.unit;
        places.extend(
            columns.map(|(index, column)| {
                column.map(|(from, to)| (at(index), f64::midpoint(from, to)))
            }),
        );
    }
    places
        .split(Option::is_none)
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.iter().copied().flatten().collect())
        .collect()
}

fn histogram(
    area: &Area<'_>,
    series: &Series,
    class: f64,
    bars: &[Class],
    labels: &Labels<'_>,
) -> Drawn {
    let (low, high) = series.range();
    let (low, high) = ((low / class).floor() * class, (high / class).ceil() * class);
    let most = bars
        .iter()
        .map(|class| class.share * 100.0)
        .fold(1.0, f64::max);
    let mut chart = plane(area, low..high, 0.0..most * 1.1)?;
    if let Some((from, to)) = series.band {
        let band = Rectangle::new([(from, 0.0), (to, most * 1.1)], BAND.filled());
        chart
            .draw_series([band])?
            .label(labels.band)
            .legend(move |at| block(at, BAND.filled()));
    }
    let x_label = |value: &f64| crate::number::one_decimal(*value);
    let y_label = |share: &f64| format!("{share:.0} %");
    let mut mesh = chart.configure_mesh();
    style(&mut mesh);
    mesh.disable_x_mesh()
        .x_desc(labels.value)
        .y_desc(labels.share)
        .y_labels(5)
        .x_label_formatter(&x_label)
        .y_label_formatter(&y_label)
        .draw()?;
    let bar = |it: &Class| {
        let (left, right) = (it.from + class * 0.06, it.from + class * 0.94);
        Rectangle::new([(left, 0.0), (right, it.share * 100.0)], LINE.filled())
    };
    chart
        .draw_series(bars.iter().map(bar))?
        .label(format!("bins of {}", crate::cadence::one_decimal(class)))
        .legend(move |at| block(at, LINE.filled()));
    legend(&mut chart, SeriesLabelPosition::UpperRight)
}
