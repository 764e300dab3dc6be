//! Cadence by pace: the same runner takes more steps where he runs faster.

use std::collections::BTreeMap;

use super::stretch::{Split, Stretch};

/// Slower than 20 min/km is no running, whatever the legs do; a treadmill's pod may say so. Metres
/// a second.
const SLOWEST_MPS: f64 = 0.8;

/// Faster than the 100 m are run; metres a second.
const FASTEST_MPS: f64 = 10.0;

/// The cadence at one pace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaceClass {
    /// How many widths of a class its fast end is from zero.
    number: u16,
    /// The time that was run at it.
    pub seconds: f64,
    steps: f64,
}

impl PaceClass {
    /// How wide a class is, in seconds a kilometre.
    pub const WIDTH_S: f64 = 10.0;

    /// The class with a number, with the time that was run at it and the mean cadence.
    #[cfg(test)]
    pub(super) fn new(number: u16, seconds: f64, mean_spm: f64) -> Self {
        let steps = mean_spm * seconds;
        Self {
            number,
            seconds,
            steps,
        }
    }

    /// The fast end of the class, in seconds a kilometre.
    #[must_use]
    pub fn pace_s_per_km(&self) -> f64 {
        f64::from(self.number) * Self::WIDTH_S
    }

    /// The middle of the class, in seconds a kilometre.
    #[must_use]
    pub fn middle_s_per_km(&self) -> f64 {
        self.pace_s_per_km() + Self::WIDTH_S / 2.0
    }

    /// The mean cadence at it.
    #[must_use]
    pub fn mean_spm(&self) -> f64 {
        self.steps / self.seconds
    }
}

/// Cadence by pace, fastest first, over the running with a known speed.
pub(super) fn classes(stretches: &[Stretch], split: Split) -> Vec<PaceClass> {
    let mut classes = BTreeMap::<u16, PaceClass>::new();
    for stretch in stretches {
        let (Some(spm), Some(speed)) = (stretch.running_spm(split), stretch.speed_mps()) else {
            continue;
        };
        if !(SLOWEST_MPS..=FASTEST_MPS).contains(&speed) || stretch.seconds() <= 0.0 {
            continue;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the speed is within 0.8 to 10 m/s, so the number is within 10 to 125"
        )]
        let number = (1000.0 / speed / PaceClass::WIDTH_S) as u16;
        let class = classes.entry(number).or_insert(PaceClass {
            number,
            seconds: 0.0,
            steps: 0.0,
        });
        class.seconds += stretch.seconds();
        class.steps += spm * stretch.seconds();
    }
    classes.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Moment;

    #[test]
    fn a_class_is_ten_seconds_a_kilometre_wide_and_holds_running_alone() {
        let stretch =
            |spm, speed| Stretch::new(Moment::from_unix_ms(0), 10.0, Some(spm), Some(speed));
        // 3 m/s are 5:33 a kilometre, 2.5 m/s are 6:40.
        let run = [
            stretch(160.0, 3.0),
            stretch(170.0, 3.0),
            stretch(156.0, 2.5),
            stretch(110.0, 1.5),
            stretch(165.0, 0.5),
            stretch(165.0, 10.5),
            Stretch::new(Moment::from_unix_ms(0), 0.0, Some(160.0), Some(4.0)),
        ];
        let found: Vec<_> = classes(&run, Split::default())
            .iter()
            .map(|class| (class.pace_s_per_km(), class.seconds, class.mean_spm()))
            .collect();
        assert_eq!(found, [(330.0, 20.0, 165.0), (400.0, 10.0, 156.0)]);
        assert_eq!(
            classes(&run[..1], Split::default())[0].middle_s_per_km(),
            335.0
        );
    }
}
