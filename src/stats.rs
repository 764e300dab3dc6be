//! The one set of statistics: means, quantiles and fitted lines. What the numbers mean belongs elsewhere.

/// The mean; `None` of nothing.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values
        .into_iter()
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The value that `percent` of the values do not exceed (nearest rank); `None` of nothing.
pub(crate) fn percentile(mut values: Vec<f64>, percent: usize) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied()
}

/// The middle value, or the upper one of the two in the middle; `None` of nothing.
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

/// The slope of the line with the least squares through `(x, y)`; `None` where all lie at one x.
pub(crate) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let mean_x = mean(points.iter().map(|(x, _)| *x))?;
    let mean_y = mean(points.iter().map(|(_, y)| *y))?;
    let (mut spread, mut common) = (0.0, 0.0);
    for (x, y) in points {
        spread += (x - mean_x) * (x - mean_x);
        common += (x - mean_x) * (y - mean_y);
    }
    (spread > 0.0).then(|| common / spread)
}

/// The factor by which a standard error becomes half of a 95 % interval, with this many degrees of freedom: the 97.5 %
/// quantile of Student's t. `None` without any.
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

/// Half of the 95 % interval of the mean of values that do not depend on each other; `None` below four of them.
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
        // About the middle (1.5, 3): (1.5·3 + 0.5·0 + 0.5·0 + 1.5·3) / (2·2.25 + 2·0.25)
        let points = [(0.0, 0.0), (1.0, 3.0), (2.0, 3.0), (3.0, 6.0)];
        assert_eq!(slope(&points), Some(1.8));
        assert_eq!(slope(&[(1.0, 5.0), (1.0, 9.0)]), None);
    }

    #[test]
    fn an_interval_is_students() {
        // Four values with a standard deviation of 2: 3.182 · 2 / √4.
        let values = [-1.0, -1.0, 2.0, 0.0].map(|value: f64| value * 2.0_f64.sqrt());
        assert!((mean_interval(&values).unwrap() - 3.182).abs() < 1e-9);
        assert_eq!(mean_interval(&values[..3]), None);
        // Student's t at 120 degrees of freedom is 1.980.
        assert!((student_t(120).unwrap() - 1.980).abs() < 1e-3);
        assert_eq!(student_t(0), None);
    }
}
