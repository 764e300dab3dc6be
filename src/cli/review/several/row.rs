//! A run among others: all that is kept of its recording.

use std::path::Path;
use std::sync::Arc;

use cadence::review::history::Fingerprint;
use cadence::review::weeks::Load;
use cadence::review::{BaselineRun, NoRun, PaceClass, Run, Summary, TimeInTarget};
use cadence::watch::{Format, Moment, Recording, Session};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::plan::PlanKept;
use crate::cli::review::Judge;

/// A run among others. Small, for there are thousands: the paths are shared, and what is seldom there
/// is boxed.
pub(super) struct Row {
    pub(super) path: Arc<Path>,
    pub(super) format: Format,
    pub(super) session: usize,
    pub(super) utc_offset_s: Option<i32>,
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) summary: Summary,
    pub(super) load: Load,
    pub(super) paces: Box<[PaceClass]>,
    pub(super) fingerprint: Fingerprint,
    pub(super) kept: Option<Box<TimeInTarget>>,
    pub(super) doubt: RowDoubt,
    pub(super) whole: bool,
    /// How well it followed those workouts of a plan that it may be.
    pub(super) plan: Box<[PlanKept]>,
    /// A run without a cadence counts for its week only.
    pub(super) has_cadence: bool,
}

/// The doubt about the cadence of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowDoubt {
    None,
    /// Its values could count steps or strides.
    Factor,
    /// Another one.
    Other,
}

impl RowDoubt {
    fn of(run: &Run) -> Self {
        match run.doubts().as_slice() {
            [] => Self::None,
            _ if run.factor.is_doubtful() => Self::Factor,
            _ => Self::Other,
        }
    }
}

impl Row {
    /// Of a session.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn of(
        path: &Arc<Path>,
        recording: &Recording,
        index: usize,
        session: &Session,
        judge: &Judge,
    ) -> Result<Self, NoRun> {
        let run = Run::from_session(session, &judge.rules)?;
        let start = run.start();
        let load = Load::of(&run.stretches, &run.summary, offset(recording, start));
        let plan = judge.plan.as_ref();
        Ok(Self {
            plan: plan.map_or_else(Box::default, |plan| plan.judge(&run, &load)),
            path: Arc::clone(path),
            format: recording.format,
            session: index + 1,
            utc_offset_s: recording.utc_offset_s,
            start,
            end: run.end(),
            summary: run.summary,
            load,
            paces: run.paces().into(),
            fingerprint: Fingerprint::of(&run),
            kept: judge.kept(&run.stretches, start).map(Box::new),
            doubt: RowDoubt::of(&run),
            whole: recording.faults.is_empty(),
            has_cadence: true,
        })
    }

    /// Of a session of running that has no cadence.
    pub(super) fn without_cadence(
        path: &Arc<Path>,
        recording: &Recording,
        index: usize,
        session: &Session,
        judge: &Judge,
    ) -> Option<Self> {
        let stretches = Run::stretches_without_cadence(session, &judge.rules)?;
        let (start, end) = (stretches.first()?.start(), stretches.last()?.end());
        let summary = Summary::of(&stretches, judge.rules.split);
        Some(Self {
            path: Arc::clone(path),
            format: recording.format,
            session: index + 1,
            utc_offset_s: recording.utc_offset_s,
            start,
            end,
            summary,
            load: Load::of(&stretches, &summary, offset(recording, start)),
            paces: Box::default(),
            fingerprint: Fingerprint::of_stretches(&stretches, summary.distance_m),
            kept: None,
            doubt: RowDoubt::None,
            plan: Box::default(),
            whole: recording.faults.is_empty(),
            has_cadence: false,
        })
    }

    /// How good a copy of a run it is: whole before damaged, then the format that holds more.
    pub(super) fn rank(&self) -> (bool, u8) {
        let format = match self.format {
            Format::Fit => 2,
            Format::Tcx => 1,
            Format::Gpx | Format::Log => 0,
        };
        (self.whole, format)
    }

    /// The file's name, after what is to be known of it.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        let name = name.to_string_lossy();
        match (self.whole, self.is_factor_doubtful()) {
            (false, _) => format!("damaged: {name}"),
            (true, true) => format!("doubtful: {name}"),
            (true, false) => name.into_owned(),
        }
    }

    /// Whether its values could count steps or strides.
    pub(super) fn is_factor_doubtful(&self) -> bool {
        self.doubt == RowDoubt::Factor
    }

    pub(super) fn within(&self) -> Option<f64> {
        self.kept.as_ref()?.within_percent
    }

    /// The distance of all of it, where there is one.
    pub(super) fn distance_m(&self) -> Option<f64> {
        self.summary.distance_m.filter(|metres| *metres > 0.0)
    }

    /// What a baseline takes of it, given its cadence at the common pace.
    pub(super) fn baseline(&self, spm: Option<f64>) -> BaselineRun {
        BaselineRun {
            start: self.start,
            running_s: self.summary.running_s,
            spm,
            is_doubtful: self.doubt != RowDoubt::None,
        }
    }
}

/// How far the runner's clock was ahead of UTC; this computer's time zone where the recording does
/// not say.
fn offset(recording: &Recording, start: Moment) -> i32 {
    recording.utc_offset_s.unwrap_or_else(|| {
        let at = Timestamp::from_millisecond(start.unix_ms()).unwrap_or_default();
        TimeZone::system().to_offset(at).seconds()
    })
}

/// The number of runs that do not say their time zone.
pub(super) fn zone_assumed<'a>(rows: impl Iterator<Item = &'a Row>) -> usize {
    let is_assumed = |row: &&Row| row.utc_offset_s.is_none() && row.start.is_dated();
    rows.filter(is_assumed).count()
}

/// What is said of those.
pub(super) fn zone_remark(number: usize) -> Option<(&'static str, String)> {
    let zone = TimeZone::system();
    let name = zone.iana_name().unwrap_or("UTC");
    let runs = match number {
        0 => return None,
        1 => "1 run does".to_owned(),
        number => format!("{number} runs do"),
    };
    let line = format!("{runs} not say the time zone: this computer's was taken ({name})");
    Some(("assumed", line))
}
