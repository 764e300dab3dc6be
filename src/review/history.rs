//! Comparing runs: duplicates, and cadence at a pace that all runs share.

use super::pace::PaceClass;
use super::packed::Packed;
use super::run::Run;
use super::stretch::Stretch;
use crate::stats::{self, Weighted};
use crate::watch::Moment;

/// How far from the common pace still counts as comparable, in seconds a kilometre. Cadence rises
/// by about 3 spm where pace rises by 15 % (`PubMed` 31284825, 2020): within 20 s of 6 min/km, by
/// 1.
const COMPARABLE_S: f64 = 20.0;

/// The least running at a pace that says something of the cadence at it, in seconds. The project's
/// own bound.
const ENOUGH_S: f64 = 120.0;

/// The pace that half of all the running was faster than, in seconds a kilometre: the middle of its
/// class.
#[must_use]
pub fn common_pace<'a>(runs: impl IntoIterator<Item = &'a [PaceClass]>) -> Option<f64> {
    let classes = runs.into_iter().flatten();
    let paces = classes.map(|class| (class.middle_s_per_km(), class.seconds));
    Weighted::new(paces.collect()).quantile(0.5)
}

/// The mean cadence of a run near a pace, where it has enough of it.
#[must_use]
pub fn cadence_at(paces: &[PaceClass], pace_s_per_km: f64) -> Option<f64> {
    let near = paces
        .iter()
        .filter(|class| (class.middle_s_per_km() - pace_s_per_km).abs() <= COMPARABLE_S);
    let (seconds, steps) = near.fold((0.0, 0.0), |(seconds, steps), class| {
        (
            seconds + class.seconds,
            steps + class.mean_spm() * class.seconds,
        )
    });
    (seconds >= ENOUGH_S).then(|| steps / seconds)
}

/// The fewest runs, and the fewest days from the first to the last, that make a trend. The
/// project's own bounds: three runs on three days once made "+31.4 spm a month".
pub const TREND_MIN_RUNS: usize = 5;
/// See [`TREND_MIN_RUNS`].
pub const TREND_MIN_DAYS: f64 = 21.0;

/// The data of a run for a trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendRun {
    /// When it began.
    pub start: Moment,
    /// The mean cadence of running.
    pub mean_spm: f64,
    /// The mean speed of running, in metres a second, where it is known.
    pub speed_mps: Option<f64>,
}

/// How cadence changes over time, at the same speed.
///
/// Runs are compared by their means, and not by what was run at each pace within them: the speed of
/// a second is noisy, which would hide a part of what speed explains, and that part would look like
/// time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Runs that it is of.
    pub runs: usize,
    /// Days from the first to the last of them.
    pub days: f64,
    /// Steps a minute in 30 days; `None` where it is too short, or where speed and time change
    /// together.
    pub per_month: Option<f64>,
    /// Half of its 95 % interval.
    pub interval: Option<f64>,
    /// Whether speed was known, and taken account of.
    pub at_one_speed: bool,
}

impl Trend {
    /// Regresses cadence on time and speed together. Where most runs have a speed, those without
    /// are left out.
    #[must_use]
    pub fn of(runs: &[TrendRun]) -> Self {
        const DAY_S: f64 = 24.0 * 3600.0;
        let with_speed = runs.iter().filter(|run| run.speed_mps.is_some()).count();
        let at_one_speed = 2 * with_speed > runs.len();
        let used = runs
            .iter()
            .filter(|run| run.start.is_dated() && (run.speed_mps.is_some() || !at_one_speed));
        let used: Vec<&TrendRun> = used.collect();
        let first = used.iter().map(|run| run.start).min();
        let points: Vec<(f64, f64, f64)> = used
            .iter()
            .map(|run| {
                let days = first.map_or(0.0, |first| run.start.seconds_since(first) / DAY_S);
                let speed = run.speed_mps.filter(|_| at_one_speed);
                (days, run.mean_spm, speed.unwrap_or(0.0))
            })
            .collect();
        let days = points.iter().map(|(days, ..)| *days).fold(0.0, f64::max);
        let is_long = points.len() >= TREND_MIN_RUNS && days >= TREND_MIN_DAYS;
        let slope = is_long.then(|| stats::slope_beside(&points)).flatten();
        Self {
            runs: points.len(),
            days,
            per_month: slope.map(|slope| 30.0 * slope.value),
            interval: slope.map(|slope| 30.0 * slope.interval),
            at_one_speed,
        }
    }

    /// Whether it is long enough to be one.
    #[must_use]
    pub fn is_long_enough(&self) -> bool {
        self.runs >= TREND_MIN_RUNS && self.days >= TREND_MIN_DAYS
    }
}

/// How often a fingerprint has a value, in seconds.
const FINGERPRINT_S: f64 = 10.0;

/// How near two values of one record are, in steps a minute: formats without fractions round to
/// whole strides.
const SAME_SPM: u8 = 2;

/// The share of the values that must agree. Two runners who keep to one click differ where they
/// start, stop and walk.
const SAME_SHARE: f64 = 0.95;

/// How near two distances of one run are, as a share: devices and web sites smooth them in their
/// own way.
const SAME_DISTANCE: f64 = 0.03;

/// The most values by which two copies may begin apart: a day. The project's own bound.
const MAX_LAG: u32 = 8_640;

/// The fewest values, ten minutes of them, by which a copy with a shifted clock is known: two short
/// runs of a day can be alike by chance. The project's own bound.
const ENOUGH_VALUES: usize = 60;

/// How far a clock can be off by its time zone, in seconds: 14 hours.
const MAX_SHIFT_S: f64 = 14.0 * 3600.0;

/// The fingerprint of a run: its times, its distance, and its cadence every ten seconds. Some
/// hundred bytes an hour, so that thousands of runs can be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    start: Moment,
    end: Moment,
    distance_m: Option<f64>,
    /// Steps a minute, in whole numbers; zero where there is none.
    cadence: Packed,
}

/// The relation of two recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are one run, recorded or exported twice.
    Same,
    /// They are two runs at one time: of two runners, or one of them has a wrong clock.
    Overlapping,
    /// They are two runs.
    Apart,
}

impl Fingerprint {
    /// Of a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        Self::of_stretches(&run.stretches, run.summary.distance_m)
    }

    /// Of stretches, which need not have a cadence, and their distance.
    #[must_use]
    pub fn of_stretches(stretches: &[Stretch], distance_m: Option<f64>) -> Self {
        let start = stretches.first().map(Stretch::start);
        let start = start.unwrap_or(Moment::from_unix_ms(0));
        let mut cadence = Vec::new();
        for stretch in stretches {
            let from = stretch.start().seconds_since(start) / FINGERPRINT_S;
            let to = stretch.end().seconds_since(start) / FINGERPRINT_S;
            // The places that lie in this stretch; those between are gaps.
            let mut place = cadence.len() as f64;
            while place < to {
                let spm = stretch.spm().filter(|_| place >= from);
                cadence.push(whole_spm(spm.unwrap_or(0.0)));
                place += 1.0;
            }
        }
        Self {
            start,
            end: stretches.last().map_or(start, Stretch::end),
            distance_m: distance_m.filter(|metres| *metres > 0.0),
            cadence: Packed::of(&cadence),
        }
    }

    /// Compares this fingerprint with another. One run has one cadence record by record and one
    /// distance, in whatever format, and even where one of the clocks is shifted; time alone proves
    /// nothing, for two people can start together.
    #[must_use]
    pub fn relation(&self, other: &Self) -> Relation {
        let is_dated = self.start.is_dated() && other.start.is_dated();
        let shift_s = self.start.seconds_since(other.start);
        let overlaps = is_dated && self.overlaps(other);
        let is_long = self.cadence.len().min(other.cadence.len()) >= ENOUGH_VALUES;
        let may_be_shifted = is_dated && is_long && shift_s.abs() <= MAX_SHIFT_S && self.varies();
        let may_be_same = if is_dated {
            overlaps || may_be_shifted
        } else {
            self.start == other.start
        };
        let agrees = may_be_same && self.has_distance_of(other) && self.has_cadence_of(other);
        match (agrees, overlaps) {
            (true, _) => Relation::Same,
            (false, true) => Relation::Overlapping,
            (false, false) => Relation::Apart,
        }
    }

    /// Whether more than half of the shorter lies within the longer.
    fn overlaps(&self, other: &Self) -> bool {
        let common = self.end.min(other.end);
        let common = common.seconds_since(self.start.max(other.start));
        let length = |run: &Self| run.end.seconds_since(run.start);
        common > length(self).min(length(other)) / 2.0
    }

    /// Whether its cadence changes enough to distinguish it from another run.
    fn varies(&self) -> bool {
        let cadence = self.cadence.unpacked();
        let moving = || cadence.iter().copied().filter(|spm| *spm > 0);
        let (low, high) = (moving().min(), moving().max());
        low.zip(high)
            .is_some_and(|(low, high)| high - low > 2 * SAME_SPM)
    }

    fn has_distance_of(&self, other: &Self) -> bool {
        let both = self.distance_m.zip(other.distance_m);
        both.is_none_or(|(a, b)| (a - b).abs() <= SAME_DISTANCE * a.max(b))
    }

    /// Whether the values agree, from the start of both, or from that of the later one: a copy may
    /// be cut.
    fn has_cadence_of(&self, other: &Self) -> bool {
        let lag = self.start.seconds_since(other.start) / FINGERPRINT_S;
        let lags = [0.0, lag.round()];
        let (ours, theirs) = (self.cadence.unpacked(), other.cadence.unpacked());
        lags.into_iter().any(|lag| {
            let skip = (0..MAX_LAG)
                .take_while(|places| f64::from(*places) < lag.abs())
                .count();
            let (a, b) = if lag < 0.0 {
                (ours.get(skip..), Some(&theirs[..]))
            } else {
                (Some(&ours[..]), theirs.get(skip..))
            };
            a.zip(b).is_some_and(|(a, b)| {
                // Most of the shorter run must take part.
                let shorter = ours.len().min(theirs.len());
                10 * a.len().min(b.len()) >= 9 * shorter && agree(a, b)
            })
        })
    }
}

/// Whether enough of the values agree. Where there are none, nothing does: two recordings without
/// a cadence can be of two runners.
fn agree(a: &[u8], b: &[u8]) -> bool {
    let pairs = || a.iter().zip(b);
    let same = pairs().filter(|(a, b)| a.abs_diff(**b) <= SAME_SPM);
    let has_values = pairs().any(|(a, b)| *a > 0 && *b > 0);
    has_values && same.count() as f64 >= SAME_SHARE * pairs().count() as f64
}

/// A cadence as a byte.
fn whole_spm(spm: f64) -> u8 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float outside of a byte saturates in the cast"
    )]
    let whole = spm.round() as u8;
    whole
}

#[cfg(test)]
mod tests;
