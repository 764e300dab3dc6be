//! One run of a plan.

use std::ops::Range;
use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use crate::tempo::Tempo;
use crate::workout::Workout;

use super::{EasyTime, PlanError, file};

/// One run of a plan: the workout that a schedule asks for, between two easy parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedRun {
    /// Its place in the plan, from one.
    #[serde(rename = "run")]
    pub number: usize,
    /// Its day.
    #[serde(serialize_with = "file::text")]
    pub date: Date,
    /// The target tempo.
    #[serde(rename = "target_bpm", serialize_with = "file::bpm")]
    pub target: Tempo,
    /// Duration of the whole workout.
    #[serde(rename = "length_s", serialize_with = "file::seconds")]
    pub length: Duration,
    /// The workout, without relative tempi, the easy parts included.
    #[serde(serialize_with = "file::text")]
    pub workout: Workout,
    /// Duration of the easy part before what is asked.
    #[serde(rename = "warm_up_s", serialize_with = "file::seconds")]
    pub warm_up: Duration,
    /// Duration of what the schedule asks for.
    #[serde(rename = "asked_s", serialize_with = "file::seconds")]
    pub asked: Duration,
    /// Duration of the easy part after what is asked.
    #[serde(rename = "cool_down_s", serialize_with = "file::seconds")]
    pub cool_down: Duration,
}

impl PlannedRun {
    /// The text of a schedule's workout with the easy parts around it.
    pub(super) fn around(asked: &str, warm_up: EasyTime, cool_down: EasyTime) -> String {
        let rest = |time: EasyTime| (time != EasyTime::NONE).then(|| format!("{time} rest"));
        let parts = [rest(warm_up), Some(asked.to_owned()), rest(cool_down)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// A run whose workout begins and ends with these easy times.
    ///
    /// # Errors
    /// [`PlanError::Endless`], [`PlanError::Relative`], or [`PlanError::NothingAsked`] if the easy
    /// times leave nothing of the workout.
    pub fn new(
        number: usize,
        date: Date,
        target: Tempo,
        workout: Workout,
        (warm_up, cool_down): (EasyTime, EasyTime),
    ) -> Result<Self, PlanError> {
        if workout.is_relative() {
            return Err(PlanError::Relative(number));
        }
        let length = workout.length().ok_or(PlanError::Endless(number))?;
        let (warm_up, cool_down) = (warm_up.duration(), cool_down.duration());
        let asked = length.saturating_sub(warm_up + cool_down);
        if asked.is_zero() {
            return Err(PlanError::NothingAsked(number));
        }
        Ok(Self {
            number,
            date,
            target,
            length,
            workout,
            warm_up,
            asked,
            cool_down,
        })
    }

    /// When what the schedule asks for begins and ends: the segments that start within it are to be
    /// judged, those outside are the warm-up and the cool-down.
    #[must_use]
    pub fn asked_span(&self) -> Range<Duration> {
        self.warm_up..self.warm_up + self.asked
    }
}
