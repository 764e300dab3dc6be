use super::*;
use proptest::prelude::*;

const HALF_MINUTE: Duration = Duration::from_secs(30);

fn counts(steps: &[u32]) -> Vec<Count> {
    steps
        .iter()
        .map(|&steps| Count::from_steps(steps).unwrap())
        .collect()
}

fn measure(feet: Feet, time: Duration, steps: &[u32]) -> Result<Measurement, CadenceError> {
    Method::new(feet, Timing::FixedTime, time)?.measure(&counts(steps))
}

#[track_caller]
fn close(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn forty_steps_of_one_foot_in_half_a_minute_are_160_within_4() {
    let measured = measure(Feet::One, HALF_MINUTE, &[40]).unwrap();
    close(measured.estimate.cadence().spm(), 160.0);
    close(measured.estimate.uncertainty_spm(), 4.0);
}

#[test]
fn both_feet_halve_the_uncertainty() {
    let measured = measure(Feet::Both, HALF_MINUTE, &[80]).unwrap();
    close(measured.estimate.cadence().spm(), 160.0);
    close(measured.estimate.uncertainty_spm(), 2.0);
}

#[test]
fn a_longer_count_is_surer() {
    let measured = measure(Feet::One, Duration::from_secs(60), &[80]).unwrap();
    close(measured.estimate.cadence().spm(), 160.0);
    close(measured.estimate.uncertainty_spm(), 2.0);
}

#[test]
fn four_counts_halve_the_uncertainty() {
    let measured = measure(Feet::One, HALF_MINUTE, &[40, 41, 39, 40]).unwrap();
    close(measured.estimate.cadence().spm(), 160.0);
    close(measured.estimate.uncertainty_spm(), 2.0);
}

#[test]
fn counts_that_contradict_each_other_widen_the_uncertainty() {
    // Mean 40, standard deviation √(32/1) = 5.657 counts, standard error 4, twice that 8 counts: 32
    // spm.
    let measured = measure(Feet::One, HALF_MINUTE, &[36, 44]).unwrap();
    close(measured.estimate.cadence().spm(), 160.0);
    close(measured.estimate.uncertainty_spm(), 32.0);
    assert_eq!(measured.doubts(), [Doubt::CountsDisagree]);
    // Mean 40, standard deviation √(32/2) = 4 counts, standard error 4/√3, twice that 4.619 counts.
    let three = measure(Feet::One, HALF_MINUTE, &[36, 40, 44]).unwrap();
    close(three.estimate.uncertainty_spm(), 4.0 * 8.0 / 3_f64.sqrt());
    let wild = measure(Feet::One, HALF_MINUTE, &[25, 75]).unwrap().estimate;
    assert_eq!(wild.true_raise_percent(wild.cadence()), None);
}

/// The chance, at a true cadence of x counts a window, that the mean of m counts errs by at most
/// 1/√m counts. A count is ⌊x⌋ or ⌈x⌉, the latter with the chance of x's fraction, so the sum is
/// binomial.
fn coverage(fraction: f64, m: i32) -> f64 {
    let bound = 1.0 / f64::from(m).sqrt();
    let mut chance = (1.0 - fraction).powi(m);
    let mut covered = 0.0;
    for k in 0..=m {
        if (f64::from(k) / f64::from(m) - fraction).abs() <= bound {
            covered += chance;
        }
        chance *= f64::from(m - k) / f64::from(k + 1) * fraction / (1.0 - fraction);
    }
    covered
}

#[test]
fn the_uncertainty_of_a_mean_covers_91_percent_at_any_cadence_and_98_over_all() {
    for m in 1..=20 {
        let all: Vec<f64> = (1..500)
            .map(|k| coverage(f64::from(k) / 500.0, m))
            .collect();
        let worst = all.iter().copied().fold(1.0, f64::min);
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        assert!(worst > 0.91, "{m} counts: {worst}");
        assert!(mean > 0.978, "{m} counts: {mean}");
    }
}

#[test]
fn fifty_strides_by_the_stopwatch() {
    // 50 · 2 · 60 / 37.4 = 160.43; 160.43 · 0.329 s / 37.4 s = 1.41.
    let method = Method::new(Feet::One, Timing::Stopwatch, Duration::from_millis(37_400)).unwrap();
    let measured = method.measure(&counts(&[50])).unwrap();
    assert_eq!(measured.estimate.cadence().to_string(), "160.4 spm");
    assert_eq!(one_decimal(measured.estimate.uncertainty_spm()), "1.4");
    assert_eq!(
        method.measure(&counts(&[50, 51])),
        Err(CadenceError::StopwatchCounts(2))
    );
}

#[test]
fn the_rule_of_the_source_article() {
    let target = Cadence::from_spm(160.0)
        .unwrap()
        .raised_by(Raise::DEFAULT)
        .unwrap();
    close(target.low().spm(), 168.0);
    close(target.mid().spm(), 172.0);
    close(target.high().spm(), 176.0);
    assert_eq!(target.to_string(), "168 to 176 spm");
    let five = Raise::from_percent(5.0, 5.0).unwrap();
    let target = Cadence::from_spm(160.0).unwrap().raised_by(five).unwrap();
    assert_eq!(target.to_string(), "168 spm");
}

#[test]
fn what_168_really_asks_after_one_count() {
    let measured = measure(Feet::One, HALF_MINUTE, &[40]).unwrap();
    let (least, most) = measured
        .estimate
        .true_raise_percent(Cadence::from_spm(168.0).unwrap())
        .unwrap();
    assert_eq!(
        (one_decimal(least), one_decimal(most)),
        ("2.4".into(), "7.7".into())
    );
}

#[test]
fn both_feet_counted_as_one_is_told() {
    let error = measure(Feet::One, HALF_MINUTE, &[80]).unwrap_err();
    assert!(
        matches!(error, CadenceError::Counted { other_feet: Some(cadence), .. } if cadence.spm() == 160.0)
    );
    assert_eq!(
        error.to_string(),
        "a count of 80 in 30 s, one foot, would be 320 spm, out of range: 30 to 300 spm"
    );
    let error = measure(Feet::Both, HALF_MINUTE, &[10]).unwrap_err();
    assert!(
        matches!(error, CadenceError::Counted { other_feet: Some(cadence), .. } if cadence.spm() == 40.0)
    );
}

#[test]
fn scripts_are_told_the_count_and_the_feet() {
    assert_eq!("40".parse::<Count>().unwrap().steps(), 40);
    assert_eq!((Feet::One.name(), Feet::Both.name()), ("one", "both"));
}

#[test]
fn a_doubt_about_the_feet_names_the_other_cadence() {
    let doubts = |feet, steps| measure(feet, HALF_MINUTE, &[steps]).unwrap().doubts();
    let spm = |spm| Cadence::from_spm(spm).unwrap();
    assert_eq!(
        doubts(Feet::Both, 40),
        [Doubt::OneFootCounted { both: spm(160.0) }]
    );
    assert_eq!(
        doubts(Feet::One, 71),
        [Doubt::BothFeetCounted { half: spm(142.0) }]
    );
}

#[test]
fn doubts_name_what_looks_wrong() {
    #[track_caller]
    fn case(feet: Feet, steps: u32, expected: &[&str]) {
        let names: Vec<_> = measure(feet, HALF_MINUTE, &[steps])
            .unwrap()
            .doubts()
            .iter()
            .map(|d| d.name())
            .collect();
        assert_eq!(names, expected);
    }
    case(Feet::One, 34, &["walking"]); // 136
    case(Feet::One, 35, &[]); // 140
    case(Feet::One, 46, &[]); // 184
    case(Feet::One, 47, &["high"]); // 188
    case(Feet::One, 52, &["high"]); // 208
    case(Feet::One, 53, &["unusual", "high"]); // 212
    case(Feet::One, 71, &["both_feet_counted"]); // 284, or 142
    case(Feet::One, 25, &["walking"]); // 100
    case(Feet::Both, 40, &["one_foot_counted"]); // 80, or 160
    case(Feet::Both, 55, &["walking"]); // 110
    case(Feet::Both, 105, &["high"]); // 210
    case(Feet::Both, 106, &["unusual", "high"]); // 212
}

#[test]
fn a_raise_is_one_number_or_a_range() {
    #[track_caller]
    fn case(text: &str, low: f64, high: f64, shown: &str) {
        let raise: Raise = text.parse().unwrap();
        assert_eq!((raise.low_percent(), raise.high_percent()), (low, high));
        assert_eq!(raise.to_string(), shown);
    }
    case("5..10", 5.0, 10.0, "+5% to +10%");
    case("5-10", 5.0, 10.0, "+5% to +10%");
    case("5–10%", 5.0, 10.0, "+5% to +10%");
    case("7.5", 7.5, 7.5, "+7.5%");
    case("+5%..+10%", 5.0, 10.0, "+5% to +10%");
    case("0", 0.0, 0.0, "+0%");
    for text in [
        "", "..", "5..", "10..5", "-5", "51", "NaN", "inf", "5...10", "five", "++5",
    ] {
        assert!(text.parse::<Raise>().is_err(), "{text}");
    }
    let refused = |low, high| Raise::from_percent(low, high).unwrap_err();
    assert_eq!(refused(60.0, 60.0), CadenceError::Raise("60".into()));
    assert_eq!(refused(5.0, 60.0), CadenceError::Raise("5..60".into()));
}

#[test]
fn a_raise_is_studied_up_to_ten_percent() {
    let studied = |high| Raise::from_percent(5.0, high).unwrap().is_studied();
    assert!(studied(10.0) && !studied(10.5));
}

#[test]
fn counts_and_times_are_checked_at_the_door() {
    for text in ["0", "-1", "40.5", "", "forty", "99999999999"] {
        assert!(text.parse::<Count>().is_err(), "{text}");
    }
    for (text, what_would_do) in [
        ("40,5", "a whole number of steps, 40 or 41"),
        ("40.5", "a whole number of steps, 40 or 41"),
        ("40,41", "several counts with blanks between them: 40 41"),
        ("40.41", "a whole number of steps, at least 1"),
        ("forty", "a whole number of steps, at least 1"),
    ] {
        assert_eq!(
            text.parse::<Count>().unwrap_err().to_string(),
            format!("'{text}' is not a count: write {what_would_do}")
        );
    }
    assert_eq!(
        "172,5".parse::<Cadence>().unwrap_err().to_string(),
        "'172,5' is not a cadence: write steps per minute, such as 172.5"
    );
    for text in ["160spm", "160 spm", "160bpm", " 160 "] {
        assert_eq!(text.parse(), Cadence::from_spm(160.0), "{text}");
    }
    for seconds in [0, 4, 3601] {
        assert!(Method::new(Feet::One, Timing::FixedTime, Duration::from_secs(seconds)).is_err());
    }
    assert_eq!(
        measure(Feet::One, HALF_MINUTE, &[]),
        Err(CadenceError::NoCount)
    );
    assert!(Cadence::from_spm(f64::NAN).is_err());
}

proptest! {
    #[test]
    fn the_true_cadence_lies_within_the_uncertainty_of_one_count(
        spm in 140.0..210.0, phase in 0.0..1.0, seconds in 10_u64..120, one_foot: bool,
    ) {
        let feet = if one_foot { Feet::One } else { Feet::Both };
        let time = Duration::from_secs(seconds);
        // Landings are at (k + phase) / rate; those in the window are counted.
        let per_second = spm / 60.0 / f64::from(feet.steps_per_count());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
        let landed = f64::ceil(per_second * time.as_secs_f64() - phase) as u32;
        let measured = measure(feet, time, &[landed]).unwrap();
        prop_assert!(f64::abs(measured.estimate.cadence().spm() - spm) <= measured.estimate.uncertainty_spm() + 1e-9);
    }

    #[test]
    fn a_target_is_ordered_and_no_text_panics(spm in 30.0..250.0, low in 0.0..10.0, more in 0.0..10.0, text: String) {
        let raise = Raise::from_percent(low, low + more).unwrap();
        let target = Cadence::from_spm(spm).unwrap().raised_by(raise).unwrap();
        prop_assert!(target.low() <= target.mid() && target.mid() <= target.high());
        let _ = (text.parse::<Raise>(), text.parse::<Count>(), text.parse::<Cadence>());
    }
}
