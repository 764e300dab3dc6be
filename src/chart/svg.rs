//! A picture as SVG: one file that needs nothing else, black on white, so that it prints well.

use plotters::prelude::*;

use super::Series;

/// The size in pixels: the proportions of a sheet of A4, lying.
const SIZE: (u32, u32) = (1188, 840);

/// How much of it the histogram takes, below.
const HISTOGRAM_HEIGHT: u32 = 260;

/// How finely the line is drawn, and up to how many points each gets a dot of its own.
const COLUMNS: usize = 800;
const MOST_DOTS: usize = 150;

/// Dark enough for a printer without colour, and told apart from the band by that alone.
const LINE: RGBColor = RGBColor(20, 60, 120);
const BAND: RGBColor = RGBColor(205, 228, 205);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// What stands beside the numbers.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The title, above.
    pub title: &'a str,
    /// What the axis is.
    pub axis: &'a str,
    /// What the values are.
    pub value: &'a str,
    /// What the shares of the histogram are of.
    pub share: &'a str,
}

/// The picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be drawn: {0}")]
pub struct SvgError(String);

/// A line over an axis above a histogram of its values in classes that are `class` wide. `label` writes a place on the axis.
///
/// # Errors
/// [`SvgError`], where the drawing library fails.
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

type Drawn = Result<(), Box<dyn std::error::Error>>;

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
    let title: String = labels.title.chars().filter(|c| !c.is_control()).collect();
    let root = root
        .margin(12, 0, 0, 0)
        .titled(&title, ("sans-serif", 26))?;
    let class = super::class_width(series, class);
    let bars = super::classes(series, class);
    if bars.iter().all(|(_, share)| *share <= 0.0) {
        line(&root, series, labels, label)?;
    } else {
        let (_, height) = root.dim_in_pixel();
        let (above, below) = root.split_vertically(height.saturating_sub(HISTOGRAM_HEIGHT));
        line(&above, series, labels, label)?;
        histogram(&below, series, class, &bars, labels)?;
    }
    root.present()?;
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn line(
    area: &Area<'_>,
    series: &Series,
    labels: &Labels<'_>,
    label: &dyn Fn(f64) -> String,
) -> Drawn {
    // Drawn in the axis' own unit, for the library's round places are round numbers.
    let unit = series.unit;
    let (start, end) = series.span();
    let (start, end) = (start / unit, end / unit);
    let pieces = pieces(series);
    let (low, high) = range(&pieces, series);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(start..end, low..high)?;
    if let Some((from, to)) = series.band {
        // A single value still shows.
        let half = ((high - low) / 400.0).max((to - from) / 2.0);
        let middle = f64::midpoint(from, to);
        chart.draw_series([Rectangle::new(
            [(start, middle - half), (end, middle + half)],
            BAND.filled(),
        )])?;
    }
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(BLACK)
        .label_style(("sans-serif", 16))
        .axis_desc_style(("sans-serif", 18))
        .x_desc(labels.axis)
        .y_desc(labels.value)
        .x_label_formatter(&|at| label(*at * unit))
        .y_label_formatter(&|value| crate::number::one_decimal(*value))
        .draw()?;
    if series.points.len() <= MOST_DOTS {
        let dots = pieces.iter().flatten();
        chart.draw_series(dots.map(|at| Circle::new(*at, 4, LINE.filled())))?;
    }
    for piece in pieces {
        chart.draw_series(LineSeries::new(piece, LINE.stroke_width(2)))?;
    }
    Ok(())
}

/// The line, broken where there is no value: through the points if they are few, else through so many columns.
fn pieces(series: &Series) -> Vec<Vec<(f64, f64)>> {
    let places: Vec<Option<(f64, f64)>> = if series.points.len() <= MOST_DOTS {
        let points = series.points.iter();
        points
            .map(|point| point.value.map(|value| (point.at / series.unit, value)))
            .collect()
    } else {
        let (start, end) = series.span();
        let width = (end - start) / COLUMNS as f64;
        let at = |index: usize| (start + (index as f64 + 0.5) * width) / series.unit;
        let columns = series.columns(COLUMNS).into_iter().enumerate();
        columns
            .map(|(index, column)| column.map(|(from, to)| (at(index), f64::midpoint(from, to))))
            .collect()
    };
    places
        .split(Option::is_none)
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.iter().copied().flatten().collect())
        .collect()
}

/// All that is drawn, with a little air.
fn range(pieces: &[Vec<(f64, f64)>], series: &Series) -> (f64, f64) {
    let values = pieces.iter().flatten().map(|(_, value)| *value);
    let ends = series.band.into_iter().flat_map(|(from, to)| [from, to]);
    let (low, high) = values
        .chain(ends)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low > high {
        return (0.0, 1.0);
    }
    let air = ((high - low) * 0.05).max(1.0);
    (low - air, high + air)
}

fn histogram(
    area: &Area<'_>,
    series: &Series,
    class: f64,
    bars: &[(f64, f64)],
    labels: &Labels<'_>,
) -> Drawn {
    let (low, high) = series.range();
    let (low, high) = ((low / class).floor() * class, (high / class).ceil() * class);
    let most = bars
        .iter()
        .map(|(_, share)| share * 100.0)
        .fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(low..high, 0.0..most * 1.1)?;
    if let Some((from, to)) = series.band {
        chart.draw_series([Rectangle::new(
            [(from, 0.0), (to, most * 1.1)],
            BAND.filled(),
        )])?;
    }
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(BLACK)
        .label_style(("sans-serif", 16))
        .axis_desc_style(("sans-serif", 18))
        .x_desc(labels.value)
        .y_desc(labels.share)
        .y_labels(5)
        .x_label_formatter(&|value| crate::number::one_decimal(*value))
        .y_label_formatter(&|share| format!("{share:.0} %"))
        .draw()?;
    chart.draw_series(bars.iter().map(|(from, share)| {
        Rectangle::new(
            [
                (from + class * 0.06, 0.0),
                (from + class * 0.94, share * 100.0),
            ],
            LINE.filled(),
        )
    }))?;
    Ok(())
}
