//! Turns a session of a recording into a run.
//!
//! The rules are those that were measured on some 270 real recordings: what the values count is
//! decided once a session, not record by record (half of a run-walk's records look like strides and
//! are); values are weighted by time, gaps capped; zero, walking and running are kept apart, and
//! the headline is the running median.

use serde::Serialize;

use super::doubt::Doubt;
use super::factor::Factor;
use super::pace::{self, PaceClass};
use super::stretch::{self, Pause, Split, Stretch};
use super::summary::Summary;
use crate::cadence::{Cadence, one_decimal};
use crate::stats;
use crate::watch::{Counts, Moment, Reading, Record, Recording, Session, Sport};

/// The shortest running time for which a drift is reported, in seconds. The project's own bound.
const MIN_DRIFT_S: f64 = 600.0;

/// How near two averages are to be the same, in steps a minute: devices round to whole strides.
const SAME_SPM: f64 = 1.0;

/// The time in gaps, in seconds, from which on they may explain a device's average. The project's
/// own bound.
const GAPS_FROM_S: f64 = 30.0;

/// The settings that a runner can override.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rules {
    /// What the recording's cadence counts; `None` to detect it.
    pub counts: Option<Counts>,
    /// The activity; `None` to use the recording's.
    pub sport: Option<Sport>,
    /// The split between walking and running.
    pub split: Split,
}

/// The source of a session's cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// In the records' own field.
    Records,
    /// In the records, in a field of an app or a foot pod.
    DeveloperField,
    /// In the laps only: their averages, which are whole numbers and pool what was done in them.
    Laps,
}

impl Basis {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::DeveloperField => "developer_field",
            Self::Laps => "laps",
        }
    }
}

/// Why a session is not a run with a cadence.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoRun {
    /// Nothing was recorded.
    #[error("the recording is empty")]
    Empty,
    /// No cadence, neither in the records nor in the laps.
    #[error("the recording has no cadence: the watch needs a foot pod, or to measure at the wrist")]
    NoCadence,
    /// Another sport.
    #[error("this is {}, not a run: it has no running cadence", .0.name())]
    NotOnFoot(Sport),
    /// The sport is not known, and the speed is a ride's.
    #[error("the sport is not known and {} m/s is fast for a run", one_decimal(*.0))]
    TooFast(f64),
    /// The sport is not known, and the speed is a walk's.
    #[error("the sport is not known and {} m/s is the speed of a walk", one_decimal(*.0))]
    TooSlow(f64),
    /// The sport is not known, and the values are those of oars or arms.
    #[error("the sport is not known and {} a minute is too few for steps", one_decimal(*.0))]
    NotSteps(f64),
    /// The sport is not known, nor is the speed.
    #[error("neither the sport nor the speed is known")]
    UnknownSport,
}

impl NoRun {
    /// Whether the runner's word that it was a run would help.
    #[must_use]
    pub fn is_sport_in_doubt(&self) -> bool {
        matches!(
            self,
            Self::TooFast(_) | Self::TooSlow(_) | Self::NotSteps(_) | Self::UnknownSport
        )
    }
}

/// The records of a session, counted before anything was dropped, merged or weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RecordCounts {
    /// All of them.
    #[serde(rename = "records")]
    pub total: usize,
    /// Those with a valid cadence, zero included.
    #[serde(rename = "records_with_cadence")]
    pub with_cadence: usize,
    /// Those whose cadence is zero.
    #[serde(rename = "records_zero")]
    pub zero: usize,
    /// Those whose cadence is not a value.
    #[serde(rename = "records_invalid")]
    pub invalid: usize,
    /// The mean of those above zero, in steps a minute, each record counted once: what other
    /// readers of the file show.
    #[serde(rename = "records_mean_spm")]
    pub mean_spm: Option<f64>,
}

/// What the device's average includes, inferred from the average that matches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicePools {
    /// Running alone: there was little else.
    Running,
    /// Walking and running.
    Moving,
    /// Everything, standing counted as zero.
    Everything,
    /// None of these, but the recording has gaps that the device may have filled.
    Gaps,
    /// None of these: it was measured or rounded in another way.
    Unexplained,
}

impl DevicePools {
    /// A stable name for scripts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Moving => "moving",
            Self::Everything => "everything",
            Self::Gaps => "gaps",
            Self::Unexplained => "unexplained",
        }
    }
}

/// A lap, from the records in it; device averages are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunLap {
    /// When it began.
    pub start: Moment,
    /// When the next one began, or after the end of the run.
    pub end: Moment,
    /// What was done in it.
    pub summary: Summary,
}

/// A session on foot, as cadence.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What was done.
    pub sport: Sport,
    /// The source of the cadence.
    pub basis: Basis,
    /// The factor that converted the values to steps.
    pub factor: Factor,
    /// The split between walking and running.
    pub split: Split,
    /// The run in order of time, without pauses.
    pub stretches: Vec<Stretch>,
    /// Seconds in gaps: no record, and no pause of the watch.
    pub gap_s: f64,
    /// The pauses of the watch.
    pub pauses: Vec<Pause>,
    /// The whole run.
    pub summary: Summary,
    /// The records as they are in the file.
    pub records: RecordCounts,
    /// The laps, in order of time.
    pub laps: Vec<RunLap>,
    /// The device's own average, in steps a minute.
    pub device_average_spm: Option<f64>,
}

impl Run {
    /// The cadence of a session.
    ///
    /// # Errors
    /// [`NoRun`] says why there is none.
    pub fn from_session(session: &Session, rules: &Rules) -> Result<Self, NoRun> {
        let (basis, reading) = find_basis(session, rules.sport.unwrap_or(session.sport))?;
        let raw: Vec<f64> = if basis == Basis::Laps {
            let laps = session.laps.iter();
            laps.filter_map(|lap| lap.cadence.raw()).collect()
        } else {
            let records = session.records.iter();
            records.filter_map(|record| reading(record).raw()).collect()
        };
        let factor = Factor::find(session, basis, &raw, rules)?;
        let steps_per_count = f64::from(factor.counts.steps_per_count());
        let pauses = stretch::pauses(session);
        let (stretches, gap_s) = match basis {
            Basis::Laps => (stretch::of_laps(session, steps_per_count), 0.0),
            _ => stretch::of_records(session, &pauses, reading, steps_per_count),
        };
        let of_records = |what: fn(Reading) -> bool| {
            let readings = session.records.iter().map(reading);
            readings.filter(|reading| what(*reading)).count()
        };
        let moving = raw.iter().copied().filter(|raw| *raw > 0.0);
        let records = RecordCounts {
            total: session.records.len(),
            with_cadence: of_records(|reading| reading.raw().is_some()),
            zero: of_records(|reading| reading.raw() == Some(0.0)),
            invalid: of_records(|reading| reading == Reading::Invalid),
            mean_spm: stats::mean(moving)
                .filter(|_| basis != Basis::Laps)
                .map(|raw| raw * steps_per_count),
        };
        // The device's average belongs to the device's field, so a developer field's factor does
        // not apply.
        let device_factor = match basis {
            Basis::DeveloperField => 2.0,
            _ => steps_per_count,
        };
        let device_average = session.cadence.raw().filter(|raw| *raw > 0.0);
        Ok(Self {
            sport: rules.sport.unwrap_or(session.sport),
            basis,
            factor,
            split: rules.split,
            summary: Summary::of(&stretches, rules.split),
            records,
            laps: laps(session, &stretches, rules.split),
            stretches,
            gap_s,
            pauses,
            device_average_spm: device_average.map(|raw| raw * device_factor),
        })
    }

    /// The runs of a recording, each with its place in it, and why the other sessions are none.
    #[must_use]
    pub fn all(recording: &Recording, rules: &Rules) -> (Vec<(usize, Self)>, Vec<NoRun>) {
        let mut runs = Vec::new();
        let mut others = Vec::new();
        for (index, session) in recording.sessions.iter().enumerate() {
            match Self::from_session(session, rules) {
                Ok(run) => runs.push((index, run)),
                Err(why) => others.push(why),
            }
        }
        (runs, others)
    }

    /// The stretches of a session of running that has no cadence, as where the foot pod was left at
    /// home: its time and its distance count all the same. `None` for everything else.
    #[must_use]
    pub fn stretches_without_cadence(session: &Session, rules: &Rules) -> Option<Vec<Stretch>> {
        let sport = rules.sport.unwrap_or(session.sport);
        let is_one = matches!(find_basis(session, sport), Err(NoRun::NoCadence));
        (is_one && sport == Sport::Running).then(|| {
            if session.records.is_empty() {
                stretch::of_laps(session, 1.0)
            } else {
                let pauses = stretch::pauses(session);
                stretch::of_records(session, &pauses, |_| Reading::Missing, 1.0).0
            }
        })
    }

    /// Of several runs the one with the most running, or else with the most walking; of equal ones
    /// the last.
    #[must_use]
    pub fn main(runs: Vec<(usize, Self)>) -> Option<(usize, Self)> {
        runs.into_iter().max_by(|(_, a), (_, b)| {
            let running = a.summary.running_s.total_cmp(&b.summary.running_s);
            running.then(a.summary.walking_s.total_cmp(&b.summary.walking_s))
        })
    }

    /// When it began.
    #[must_use]
    pub fn start(&self) -> Moment {
        let first = self.stretches.first();
        first.map_or(Moment::from_unix_ms(0), Stretch::start)
    }

    /// When it ended.
    #[must_use]
    pub fn end(&self) -> Moment {
        self.stretches.last().map_or(self.start(), Stretch::end)
    }

    /// The headline: the running median, `None` where nothing was run.
    #[must_use]
    pub fn cadence(&self) -> Option<Cadence> {
        Cadence::from_spm(self.summary.median_spm?).ok()
    }

    /// The doubts about the headline.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        Doubt::of(self)
    }

    /// What the device's own average pools: Garmin's counts standing, Suunto's does not.
    #[must_use]
    pub fn device_pools(&self) -> Option<DevicePools> {
        let device = self.device_average_spm?;
        let near = |mean: Option<f64>| mean.is_some_and(|mean| (mean - device).abs() <= SAME_SPM);
        Some(if near(self.summary.mean_spm) {
            DevicePools::Running
        } else if near(self.summary.mean_moving_spm) {
            DevicePools::Moving
        } else if near(self.summary.mean_with_zeros_spm) {
            DevicePools::Everything
        } else if self.gap_s + self.summary.unknown_s > GAPS_FROM_S {
            DevicePools::Gaps
        } else {
            DevicePools::Unexplained
        })
    }

    /// Cadence by pace, fastest first, over the running with a known speed.
    #[must_use]
    pub fn paces(&self) -> Vec<PaceClass> {
        pace::classes(&self.stretches, self.split)
    }

    /// The running median of the first and of the last quarter of the running time, where there are
    /// ten minutes of it.
    #[must_use]
    pub fn drift(&self) -> Option<(f64, f64)> {
        let quarter = self.summary.running_s / 4.0;
        if self.summary.running_s < MIN_DRIFT_S {
            return None;
        }
        let median = |stretches: &mut dyn Iterator<Item = &Stretch>| {
            let mut ran = 0.0;
            let mut part = Vec::new();
            for stretch in stretches.filter(|it| it.running_spm(self.split).is_some()) {
                if ran >= quarter {
                    break;
                }
                ran += stretch.seconds();
                part.push(*stretch);
            }
            Summary::of(&part, self.split).median_spm
        };
        median(&mut self.stretches.iter()).zip(median(&mut self.stretches.iter().rev()))
    }
}

/// Which of a record's cadences is read.
type ReadingOf = fn(&Record) -> Reading;

/// Where a session's cadence is: a device's own field comes before a developer's, and both before
/// the laps.
fn find_basis(session: &Session, sport: Sport) -> Result<(Basis, ReadingOf), NoRun> {
    let native: ReadingOf = |record| record.cadence;
    let developer: ReadingOf = |record| record.developer_cadence;
    let moves = |reading: Reading| reading.raw().is_some_and(|raw| raw > 0.0);
    let any = |of: ReadingOf| session.records.iter().any(|it| moves(of(it)));
    if any(native) {
        Ok((Basis::Records, native))
    } else if any(developer) {
        Ok((Basis::DeveloperField, developer))
    } else if session.laps.iter().any(|lap| moves(lap.cadence)) {
        Ok((Basis::Laps, native))
    } else if session.records.is_empty() && session.laps.is_empty() {
        Err(NoRun::Empty)
    } else if matches!(sport, Sport::Cycling | Sport::Hiking | Sport::Other) {
        Err(NoRun::NotOnFoot(sport))
    } else {
        Err(NoRun::NoCadence)
    }
}

/// The laps, each from the records between its start and the next one's.
fn laps(session: &Session, stretches: &[Stretch], split: Split) -> Vec<RunLap> {
    let mut starts: Vec<Moment> = session.laps.iter().map(|lap| lap.start).collect();
    starts.sort();
    starts.dedup();
    // The last stretch lasts no time where it is one record.
    let end = stretches.last().map(|last| last.end().plus_seconds(1.0));
    let ends = starts.iter().copied().skip(1).chain(end);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| RunLap {
            start,
            end,
            summary: Summary::of(stretch::between(stretches, start, end), split),
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
