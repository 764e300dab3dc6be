//! Review of recordings: a run's cadence, how well it kept to a target or a workout, and how runs
//! compare.
//!
//! Here belong the rules, each with its source. Formats belong to [`watch`](crate::watch), pictures
//! to [`chart`](crate::chart), words to the command line.
//!
//! ```
//! use cadence::review::{Rules, Run, Target, TimeInTarget};
//! use cadence::watch;
//!
//! let file = r#"<gpx><trk><type>running</type><trkseg>
//!     <trkpt lat="47" lon="7"><time>2024-11-02T08:00:00Z</time>
//!         <extensions><cad>84</cad></extensions></trkpt>
//!     <trkpt lat="47" lon="7"><time>2024-11-02T08:00:09Z</time>
//!         <extensions><cad>85</cad></extensions></trkpt>
//!     </trkseg></trk></gpx>"#;
//! let recording = watch::read(file.as_bytes())?;
//! let rules = Rules::default();
//! let run = Run::from_session(&recording.sessions[0], &rules)?;
//! assert_eq!(
//!     run.factor.to_string(),
//!     "strides ×2: 95 % of the values are at most 85, too slow for steps",
//! );
//! assert_eq!(run.cadence().map(|cadence| cadence.spm()), Some(168.0));
//!
//! let target: Target = "168..176".parse()?;
//! assert_eq!(TimeInTarget::of(&run.stretches, target, run.split, run.start()).within_s, 9.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adherence;
mod against_plan;
mod baseline;
mod doubt;
mod factor;
pub mod history;
mod live;
mod pace;
mod packed;
mod run;
mod stretch;
mod summary;
mod target;
pub mod weeks;

pub use adherence::{
    Adherence, Prescription, SegmentAdherence, SoundInPauses, WorkoutAdherence, WorkoutRules,
};
pub use against_plan::{
    DAYS_AROUND, PlanAdherence, PlannedDay, PlannedOutcome, PlannedStatus, PlannedWeek,
};
pub use baseline::{Baseline, BaselineRun, LeftOut};
pub use doubt::Doubt;
pub use factor::{Factor, FactorReason};
pub(crate) use factor::{STEPS_FROM, STRIDES_BELOW};
pub use live::LiveAdherence;
pub use pace::PaceClass;
pub use run::{Basis, DevicePools, NoRun, RecordCounts, Rules, Run, RunLap};
pub use stretch::{Gait, Pause, Split, Stretch, between};
pub use summary::Summary;
pub use target::{Target, TargetError, TimeInTarget, Verdict};
