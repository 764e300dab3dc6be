//! The plan of every preset against the recipe of its source, as the project's table of evidence
//! has it. What a source gives is checked here, whatever the presets' texts say; what it does not
//! give is the project's own choice.

use std::time::Duration;

use super::*;
use crate::schedule::{Cue, Pace};
use crate::workout::{Part, Timeline};

/// The plan of a preset for runners of several cadences, with the usual easy times.
fn plans(name: &str) -> Vec<Plan> {
    let days = ["mon,wed", "mon,wed,fri", "mon,tue,thu,sat"];
    let plan_of = |(spm, days): (f64, &str)| {
        let setup = Setup::new(
            Cadence::from_spm(spm).unwrap(),
            "2026-12-01".parse().unwrap(),
        );
        let usual = plan(name, &setup);
        // Two to four runs a week, which is what the sources have.
        let own = plan(name, &setup.on_days(days.parse().unwrap()));
        [usual, own]
    };
    [150.0, 160.0, 172.5]
        .into_iter()
        .zip(days)
        .flat_map(plan_of)
        .collect()
}

/// The segments that a run asks for, without its easy parts.
fn asked(run: &PlannedRun) -> Vec<Part> {
    let timeline: Timeline = run.workout.resolve(None).unwrap();
    let span = run.asked_span();
    let parts = timeline.parts().iter().copied();
    let (asked, easy): (Vec<Part>, Vec<Part>) =
        parts.partition(|part| span.contains(&part.start()));
    assert!(easy.iter().all(|part| part.pace() == Pace::Rest));
    let total: Duration = asked.iter().filter_map(Part::length).sum();
    assert_eq!(total, run.asked);
    asked
}

/// The share of a run's asked time with clicks.
fn cued(run: &PlannedRun) -> f64 {
    let with_clicks = |part: &Part| {
        let length = part.length().unwrap().as_secs_f64();
        match part.cue() {
            Cue::On => length,
            Cue::OnOff { on, off } => {
                let (on, cycle) = (on.as_secs_f64(), (on + off).as_secs_f64());
                (length / cycle).floor() * on + (length % cycle).min(on)
            }
            _ => 0.0,
        }
    };
    asked(run).iter().map(with_clicks).sum::<f64>() / run.asked.as_secs_f64()
}

/// The raise of a tempo over the plan's base, to the tenth of a step that a plan rounds to.
fn is_raised(plan: &Plan, tempo: Tempo, percent: f64) -> bool {
    let base = plan.base.bpm();
    (tempo.bpm() - base - base * percent / 100.0).abs() < 0.11
}

fn days(plan: &Plan) -> i32 {
    let [first, .., last] = plan.runs.as_slice() else {
        return 1;
    };
    (last.date - first.date).get_days() + 1
}

fn minutes(run: &PlannedRun) -> f64 {
    run.asked.as_secs_f64() / 60.0
}

/// "+5 to 10 %; 5 min of introduction, then 2 to 3 runs a week for 2 weeks, 30 min at most,
/// metronome throughout"
#[test]
fn huber2024() {
    for plan in plans("huber2024") {
        assert!((5.0..=10.0).contains(&plan.raise_percent));
        assert!(days(&plan) <= 14);
        assert!(
            plan.runs
                .iter()
                .all(|run| cued(run) == 1.0 && minutes(run) <= 30.0)
        );
        assert!(
            plan.runs
                .iter()
                .all(|run| is_raised(&plan, run.target, 5.0))
        );
        let introduction = asked(&plan.runs[0])[0];
        assert_eq!(introduction.length(), Some(Duration::from_secs(300)));
        assert_eq!(
            introduction.pace(),
            Pace::Ramp(plan.base, plan.runs[0].target)
        );
    }
    let usual = &plans("huber2024")[0];
    assert!(usual.weeks.iter().all(|week| (2..=3).contains(&week.runs)));
    assert_eq!(usual.weeks.len(), 2);
}

/// "8 runs in 2 weeks, 15 rising to 30 min; cue throughout for 4 runs, then faded"
#[test]
fn faded8() {
    for plan in plans("faded8") {
        let runs = &plan.runs;
        assert_eq!(runs.len(), 8);
        let all: Vec<f64> = runs.iter().map(minutes).collect();
        assert_eq!((all[0], all[7]), (15.0, 30.0));
        assert!(all.is_sorted_by(|a, b| a < b));
        assert!(runs[..4].iter().all(|run| cued(run) == 1.0));
        assert!(runs[3..].is_sorted_by(|a, b| cued(a) > cued(b)));
    }
    let usual = &plans("faded8")[0];
    assert!(days(usual) <= 14);
}

/// "8 runs outdoors at +7.5 %"
#[test]
fn willy2016() {
    for plan in plans("willy2016") {
        assert_eq!(plan.runs.len(), 8);
        assert!(
            plan.runs
                .iter()
                .all(|run| is_raised(&plan, run.target, 7.5))
        );
    }
}

/// "+10 % for at least half of the weekly distance, 6 weeks"
#[test]
fn hafer2015() {
    for plan in plans("hafer2015") {
        assert_eq!(plan.weeks.len(), 6);
        assert!(
            plan.runs
                .iter()
                .all(|run| is_raised(&plan, run.target, 10.0))
        );
        // At an even speed the share of the time is that of the distance.
        assert!(plan.weeks.iter().all(|week| week.asked * 2 >= week.length));
        let at_target = |run: &PlannedRun| {
            asked(run)
                .iter()
                .all(|part| part.pace() == Pace::Steady(run.target))
        };
        assert!(plan.runs.iter().all(at_target));
    }
}

/// "one run at +10 % with an audible metronome, then self-monitoring"
#[test]
fn bramah2019() {
    for plan in plans("bramah2019") {
        assert!(
            plan.runs
                .iter()
                .all(|run| is_raised(&plan, run.target, 10.0))
        );
        assert_eq!(cued(&plan.runs[0]), 1.0);
        // The click of the first and the last minute is this project's own.
        assert!(plan.runs[1..].iter().all(|run| cued(run) < 0.1));
    }
}

/// "baseline 1 to 2 min, +5 % for 1 to 2 min, then another +5 %"
#[test]
fn steptest() {
    for plan in plans("steptest") {
        let [run] = plan.runs.as_slice() else {
            panic!("{} runs", plan.runs.len());
        };
        let parts = asked(run);
        assert_eq!(parts.len(), 3);
        for (part, percent) in parts.iter().zip([0.0, 5.0, 10.0]) {
            let minutes = part.length().unwrap().as_secs_f64() / 60.0;
            assert!((1.0..=2.0).contains(&minutes));
            let Pace::Steady(tempo) = part.pace() else {
                panic!("{part}");
            };
            assert!(is_raised(&plan, tempo, percent), "{part}");
        }
    }
}

/// "Coaches: hold this week's cadence, then +5 spm every 2 to 3 weeks"
#[test]
fn gradual() {
    for plan in plans("gradual") {
        let targets: Vec<f64> = plan.runs.iter().map(|run| run.target.bpm()).collect();
        assert_eq!(targets[0], plan.base.bpm());
        for steps in plan.runs.chunk_by(|a, b| a.target == b.target) {
            let first = steps[0].date;
            let last = steps.last().unwrap().date;
            assert!((8..=21).contains(&((last - first).get_days() + 1)));
        }
        assert!(
            targets
                .windows(2)
                .all(|pair| pair[1] - pair[0] <= 5.0 + 1e-9)
        );
    }
}
