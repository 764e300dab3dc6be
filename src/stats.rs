//! Statistics: means, quantiles and fitted lines. The meaning of the numbers belongs elsewhere.

/// The mean; `None` if there are no values.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values
        .into_iter()
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The value that `percent` of the values do not exceed (nearest rank); `None` if there are no
/// values.
pub(crate) fn percentile(mut values: Vec<f64>, percent: usize) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied()
}

/// The middle value, or the upper one of the two in the middle; `None` if there are no values.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Values with weights, sorted once, so that several quantiles cost one sort.
#[derive(Clone, Debug)]
pub(crate) struct Weighted {
    sorted: Vec<(f64, f64)>,
    whole: f64,
}

impl Weighted {
    /// Values, each with its weight.
    pub(crate) fn new(mut values: Vec<(f64, f64)>) -> Self {
        values.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let whole = values.iter().map(|(_, weight)| weight).sum();
        Self {
            sorted: values,
            whole,
        }
    }

    /// The value below which `part` (0 to 1) of the weight lies; `None` where there is no weight.
    pub(crate) fn quantile(&self, part: f64) -> Option<f64> {
        if self.whole <= 0.0 {
            return None;
        }
        let wanted = part * self.whole;
        let mut before = 0.0;
        let found = self.sorted.iter().find(|(_, weight)| {
            before += weight;
            before >= wanted
        });
        found.or(self.sorted.last()).map(|(value, _)| *value)
    }
}

/// A slope, with half of its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slope {
    pub(crate) value: f64,
    pub(crate) interval: f64,
}

/// How y changes with x while z stays the same: the first slope of the plane with the least squares
/// through `(x, y, z)`, with half of its 95 % interval. Where z does not change it is the slope of
/// a line.
///
/// `None` where there are too few points for an interval, or where x does not change by itself: all
/// points lie at one x, or x and z change together.
pub(crate) fn slope_beside(points: &[(f64, f64, f64)]) -> Option<Slope> {
    /// The least share of the spread of x that z must leave unexplained.
    const LEAST_OWN_SPREAD: f64 = 1e-6;
    let mean_of = |of: fn(&(f64, f64, f64)) -> f64| mean(points.iter().map(of));
    let (mean_x, mean_y) = (mean_of(|point| point.0)?, mean_of(|point| point.1)?);
    let mean_z = mean_of(|point| point.2)?;
    let centred = || {
        points
            .iter()
            .map(move |(x, y, z)| (x - mean_x, y - mean_y, z - mean_z))
    };
    let spread_z: f64 = centred().map(|(_, _, z)| z * z).sum();
    // What is left of x and y once z has explained what it can (Frisch and Waugh).
    let has_z = spread_z > 1e-12;
    let by_z = |values: f64| if has_z { values / spread_z } else { 0.0 };
    let x_by_z = by_z(centred().map(|(x, _, z)| x * z).sum());
    let y_by_z = by_z(centred().map(|(_, y, z)| y * z).sum());
    let left: Vec<(f64, f64)> = centred()
        .map(|(x, y, z)| (x - x_by_z * z, y - y_by_z * z))
        .collect();
    let spread_x: f64 = centred().map(|(x, ..)| x * x).sum();
    let own: f64 = left.iter().map(|(x, _)| x * x).sum();
    if spread_x <= 0.0 || own <= LEAST_OWN_SPREAD * spread_x {
        return None;
    }
    let value = left.iter().map(|(x, y)| x * y).sum::<f64>() / own;
    let freedom = points.len().checked_sub(2 + usize::from(has_z))?;
    let squares: f64 = left.iter().map(|(x, y)| (y - value * x).powi(2)).sum();
    let error = (squares / freedom as f64 / own).sqrt();
    Some(Slope {
        value,
        interval: student_t(freedom)? * error,
    })
}

/// The factor by which a standard error becomes half of a 95 % interval, with this many degrees of
/// freedom: the 97.5 % quantile of Student's t. `None` without any.
pub(crate) fn student_t(freedom: usize) -> Option<f64> {
    // From 1 to 30; between 30 and infinity it falls almost as 1 / freedom, to within 0.001.
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    let index = freedom.checked_sub(1)?;
    let beyond = 1.960 + 2.46 / freedom as f64;
    Some(TABLE.get(index).copied().unwrap_or(beyond))
}

/// Half of the 95 % interval of the mean of values that do not depend on each other; `None` below
/// four of them.
pub(crate) fn mean_interval(values: &[f64]) -> Option<f64> {
    let number = values.len();
    let middle = mean(values.iter().copied())?;
    if number < 4 {
        return None;
    }
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    let deviation = (squares / (number - 1) as f64).sqrt();
    Some(student_t(number - 1)? * deviation / (number as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(percentile(twenty.clone(), 95), Some(19.0));
        assert_eq!(percentile(twenty, 50), Some(10.0));
        assert_eq!(percentile(Vec::new(), 95), None);
    }

    #[test]
    fn the_mean_and_the_median_of_nothing_are_none() {
        assert_eq!((mean([]), median(Vec::new())), (None, None));
        assert_eq!(mean([1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(3.0));
    }

    #[test]
    fn a_weighted_quantile_counts_weight_and_not_values() {
        let values = Weighted::new(vec![(170.0, 1.0), (160.0, 8.0), (150.0, 1.0)]);
        assert_eq!(values.quantile(0.1), Some(150.0));
        assert_eq!(values.quantile(0.5), Some(160.0));
        assert_eq!(values.quantile(0.95), Some(170.0));
    }

    #[test]
    fn values_without_weight_have_no_quantile() {
        assert_eq!(Weighted::new(vec![(160.0, 0.0)]).quantile(0.5), None);
        assert_eq!(Weighted::new(Vec::new()).quantile(0.5), None);
    }

    #[test]
    fn a_slope_is_that_of_the_least_squares() {
        // About the middle (1.5, 3): (1.5 · 3 + 0.5 · 0 + 0.5 · 0 + 1.5 · 3) / (2 · 2.25 + 2 ·
        // 0.25) = 1.8. Off that line are -0.3, 0.9, -0.9 and 0.3: 1.8 of squares over 2 degrees of
        // freedom, over a spread of 5, and t is 4.303.
        let points = [
            (0.0, 0.0, 7.0),
            (1.0, 3.0, 7.0),
            (2.0, 3.0, 7.0),
            (3.0, 6.0, 7.0),
        ];
        let slope = slope_beside(&points).unwrap();
        assert!((slope.value - 1.8).abs() < 1e-9);
        assert!((slope.interval - 4.303 * 0.18_f64.sqrt()).abs() < 1e-9);
        assert_eq!(
            slope_beside(&[(1.0, 5.0, 0.0), (1.0, 9.0, 0.0), (1.0, 2.0, 0.0)]),
            None
        );
    }

    #[test]
    fn what_changes_with_z_alone_has_no_slope_with_x() {
        let speed = [2.5, 2.9, 2.7, 3.1, 3.2, 3.0];
        let points = (0..).zip(speed);
        let points: Vec<_> = points
            .map(|(x, z)| (f64::from(x), 140.0 + 8.0 * z, z))
            .collect();
        let slope = slope_beside(&points).unwrap();
        assert!(
            slope.value.abs() < 1e-9 && slope.interval < 1e-6,
            "{slope:?}"
        );
        // Where x and z change together nobody can say which of them it was.
        let together: Vec<_> = (0..6).map(f64::from).map(|x| (x, x, 2.0 * x)).collect();
        assert_eq!(slope_beside(&together), None);
        // Nor where x is all but a thousand times z: 4e-4 of its own in 1e7.
        let all_but = [-0.01, 0.01, 0.0, 0.01, -0.01];
        let points = (-2..=2).map(f64::from).zip(all_but);
        let points: Vec<_> = points.map(|(z, own)| (1_000.0 * z + own, z, z)).collect();
        assert_eq!(slope_beside(&points), None);
    }

    #[test]
    fn a_slope_beside_another_has_a_degree_of_freedom_less() {
        // x and z are each other's cross, and y is x but for a cross of 1: a slope of 1, squares of
        // 4 over 1 degree of freedom, over a spread of 4, and t is 12.706.
        let points = [
            (-1.0, 0.0, -1.0),
            (-1.0, -2.0, 1.0),
            (1.0, 0.0, -1.0),
            (1.0, 2.0, 1.0),
        ];
        let slope = slope_beside(&points).unwrap();
        assert!((slope.value - 1.0).abs() < 1e-9, "{slope:?}");
        assert!((slope.interval - 12.706).abs() < 1e-9, "{slope:?}");
    }

    #[test]
    fn an_interval_is_students() {
        // Four values with a standard deviation of 2: 3.182 · 2 / √4.
        let values = [-1.0, -1.0, 2.0, 0.0].map(|value: f64| 5.0 + value * 2.0_f64.sqrt());
        assert!((mean_interval(&values).unwrap() - 3.182).abs() < 1e-9);
        assert_eq!(mean_interval(&values[..3]), None);
        // Student's t at 120 degrees of freedom is 1.980.
        assert!((student_t(120).unwrap() - 1.980).abs() < 1e-3);
        assert_eq!(student_t(0), None);
    }
}
