//! A run in plain words, for calendars and handouts: what to play, and what it asks for.

use std::fmt;
use std::time::Duration;

use crate::schedule::{Cue, Pace};
use crate::workout::Segment;

use super::{Plan, PlannedRun};

/// The most segments that are said in words; more are shown as the text of the workout. The
/// project's own choice.
const MOST_SEGMENTS: usize = 12;

/// What a runner takes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Files for a phone or a player, with this extension.
    Sound(&'static str),
    /// Workouts on a watch.
    Watch,
}

impl Plan {
    /// The name of a run's sound file. Sorted by name, the files are in the order of the runs, and a
    /// plan that is taken up again keeps them.
    #[must_use]
    pub fn sound_file(&self, run: &PlannedRun, extension: &str) -> String {
        format!("{}-{:02}.{extension}", self.schedule.name, run.number)
    }

    /// The name of a run: `faded8 run 1, 2026-12-01`.
    #[must_use]
    pub fn title(&self, run: &PlannedRun) -> String {
        let name = &self.schedule.name;
        format!("{name} run {}, {}", run.number, run.date)
    }

    /// What to start for a run: `Play faded8-01.mp3`.
    #[must_use]
    pub fn start_in_words(&self, run: &PlannedRun, medium: Medium) -> String {
        match medium {
            Medium::Sound(extension) => format!("Play {}", self.sound_file(run, extension)),
            Medium::Watch => format!("Start \"{}\" on the watch", self.title(run)),
        }
    }
}

impl PlannedRun {
    /// What to do: `5 min easy, 15 min with the click at 172, 5 min easy`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let segments = self.workout.segments();
        let words: Vec<String> = segments
            .take(MOST_SEGMENTS + 1)
            .map(|(_, segment)| of_segment(segment))
            .collect();
        if words.len() > MOST_SEGMENTS {
            return self.workout.to_string();
        }
        words.join(", ")
    }
}

fn of_segment(segment: &Segment) -> String {
    let time = Time(segment.length().unwrap_or_default());
    let tempo = match segment.pace() {
        Pace::Rest => return format!("{time} easy"),
        Pace::Steady(speed) => format!("at {speed}"),
        Pace::Ramp(from, to) => format!("from {from} to {to}"),
    };
    match segment.cue() {
        Cue::On => format!("{time} with the click {tempo}"),
        Cue::Off => format!("{time} {tempo} without the click"),
        Cue::Fade => format!("{time} {tempo} with the click fading out"),
        Cue::OnOff { on, off } => {
            let (on, off) = (Time(on), Time(off));
            format!("{time} {tempo} (click {on} on, {off} off)")
        }
    }
}

/// A time as people say it: `5 min`, `90 s`, `2 min 30 s`.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0 + Duration::from_millis(500)).as_secs();
        match (seconds / 60, seconds % 60) {
            (0, seconds) => write!(f, "{seconds} s"),
            (minutes, 0) => write!(f, "{minutes} min"),
            (minutes, seconds) => write!(f, "{minutes} min {seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::EasyTime;
    use crate::plan::tests::{plan, setup};

    #[test]
    fn every_run_of_a_schedule_reads_as_plain_words() {
        let easy = setup(160.0)
            .with_warm_up(EasyTime::DEFAULT)
            .with_cool_down("90s".parse().unwrap());
        for (name, number, words) in [
            ("faded8", 1, "15 min with the click at 168"),
            ("faded8", 5, "24 min at 168 (click 3 min on, 1 min off)"),
            (
                "huber2024",
                1,
                "5 min with the click from 160 to 168, 25 min with the click at 168",
            ),
            (
                "bramah2019",
                2,
                "1 min with the click at 176, 28 min at 176 without the click, \
                 1 min with the click at 176",
            ),
            (
                "steptest",
                1,
                "2 min with the click at 160, 2 min with the click at 168, \
                 2 min with the click at 176",
            ),
        ] {
            let plan = plan(name, &easy);
            assert_eq!(
                plan.run(number).unwrap().in_words(),
                format!("5 min easy, {words}, 1 min 30 s easy")
            );
        }
        let mut fading = plan("faded8", &setup(160.0)).runs.remove(0);
        fading.workout = "45s 170.5 fade".parse().unwrap();
        assert_eq!(fading.in_words(), "45 s at 170.5 with the click fading out");
        fading.workout = "7x(1m 170, 1m rest)".parse().unwrap();
        assert_eq!(fading.in_words(), "7x(1m 170, 1m rest)");
    }

    #[test]
    fn what_to_start_is_named_as_its_file_is() {
        let plan = plan("faded8", &setup(160.0));
        let said = |medium| plan.start_in_words(&plan.runs[0], medium);
        assert_eq!(said(Medium::Sound("ogg")), "Play faded8-01.ogg");
        assert_eq!(
            said(Medium::Watch),
            "Start \"faded8 run 1, 2026-12-01\" on the watch"
        );
    }
}
