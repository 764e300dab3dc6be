mod evidence;

use super::*;
use crate::cadence::Cadence;
use crate::workout::Workout;
use proptest::prelude::*;

/// Without the easy times, so that the schedule alone shows.
pub(super) fn setup(spm: f64) -> Setup {
    // A Tuesday.
    Setup::new(
        Cadence::from_spm(spm).unwrap(),
        "2026-12-01".parse().unwrap(),
    )
    .with_warm_up(EasyTime::NONE)
    .with_cool_down(EasyTime::NONE)
}

pub(super) fn plan(name: &str, setup: &Setup) -> Plan {
    Plan::new(Preset::named(name).unwrap(), setup).unwrap()
}

/// `2026-12-02 wed 172: 30m 172` for each run.
fn lines(plan: &Plan) -> Vec<String> {
    let line = |run: &PlannedRun| {
        let target = run.target.to_decimal();
        format!(
            "{} {} {target}: {}",
            run.date,
            day_name(run.date),
            run.workout
        )
    };
    plan.runs.iter().map(line).collect()
}

#[test]
fn huber2024_is_two_weeks_with_an_introduction() {
    assert_eq!(
        lines(&plan("huber2024", &setup(160.0))),
        [
            "2026-12-02 wed 168: 5m 160..168, 25m 168",
            "2026-12-04 fri 168: 30m 168",
            "2026-12-07 mon 168: 30m 168",
            "2026-12-09 wed 168: 30m 168",
            "2026-12-11 fri 168: 30m 168",
            "2026-12-14 mon 168: 30m 168",
        ]
    );
}

#[test]
fn faded8_is_eight_runs_that_grow_longer_while_the_cue_fades() {
    assert_eq!(
        lines(&plan("faded8", &setup(160.0))),
        [
            "2026-12-01 tue 168: 15m 168",
            "2026-12-03 thu 168: 17m 168",
            "2026-12-05 sat 168: 19m 168",
            "2026-12-07 mon 168: 21m 168",
            "2026-12-08 tue 168: 24m 168 cue 3m/1m",
            "2026-12-10 thu 168: 26m 168 cue 2m/2m",
            "2026-12-12 sat 168: 28m 168 cue 1m/3m",
            "2026-12-14 mon 168: 30m 168 cue 1m/5m",
        ]
    );
    let raised = setup(160.0).with_raise("7.5".parse().unwrap());
    let faded = plan("faded8", &raised);
    let willy = plan("willy2016", &setup(160.0));
    assert_eq!(faded.runs, willy.runs);
}

#[test]
fn hafer2015_has_the_target_for_more_than_half_of_each_run_in_six_weeks() {
    let plan = plan("hafer2015", &setup(160.0));
    assert_eq!(plan.runs.len(), 18);
    assert_eq!(lines(&plan)[0], "2026-12-02 wed 176: 20m 176");
    assert_eq!(lines(&plan)[17], "2027-01-11 mon 176: 20m 176");
}

#[test]
fn bramah2019_has_the_metronome_once() {
    let lines = lines(&plan("bramah2019", &setup(160.0)));
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[0], "2026-12-02 wed 176: 30m 176");
    assert_eq!(
        lines[5],
        "2026-12-14 mon 176: 1m 176, 28m 176 silent, 1m 176"
    );
}

#[test]
fn steptest_is_one_run_of_three_tempi() {
    let lines = lines(&plan("steptest", &setup(160.0)));
    assert_eq!(lines, ["2026-12-02 wed 176: 2m 160, 2m 168, 2m 176"]);
}

#[test]
fn gradual_rises_evenly_and_ends_on_the_target() {
    let targets = |plan: &Plan| {
        let mut targets: Vec<String> = plan
            .runs
            .iter()
            .map(|run| run.target.to_decimal())
            .collect();
        targets.dedup();
        targets
    };
    let usual = plan("gradual", &setup(160.0));
    assert_eq!(targets(&usual), ["160", "165", "168"]);
    assert_eq!(usual.runs.len(), 3 * 2 * 3);
    assert_eq!(lines(&usual)[6], "2026-12-16 wed 165: 20m 165 cue 1m/1m");

    let slow = setup(160.0)
        .with_rise(Rise::new(1.0, 1).unwrap())
        .with_raise("2.5".parse().unwrap());
    assert_eq!(
        targets(&plan("gradual", &slow)),
        ["160", "161", "162", "163", "164"]
    );

    let none = setup(160.0).with_raise("0".parse().unwrap());
    assert_eq!(targets(&plan("gradual", &none)), ["160"]);
}

#[test]
fn days_and_raise_are_the_runners_and_what_departs_from_the_schedule_is_told() {
    let own = setup(160.0)
        .on_days("SAT, sun".parse().unwrap())
        .with_raise("6..7".parse().unwrap());
    let plan = plan("huber2024", &own);
    assert_eq!(
        lines(&plan),
        [
            "2026-12-05 sat 169.6: 5m 160..169.6, 25m 169.6",
            "2026-12-06 sun 169.6: 30m 169.6",
            "2026-12-12 sat 169.6: 30m 169.6",
            "2026-12-13 sun 169.6: 30m 169.6",
        ]
    );
    assert_eq!(
        plan.departures, [""; 0],
        "the study had +5 to +10% and two or three runs"
    );
    assert_eq!(
        plan.schedule.assumed,
        [
            "+6%, the low end of the range that was given, +6% to +7%",
            "2 runs a week, where the study had 2 to 3",
            "30 minutes each time, which was the most in the study",
            "the 5 minutes of introduction as a ramp within the first run",
        ]
    );
    let daily = setup(160.0)
        .on_days("mon,tue,wed,thu".parse().unwrap())
        .with_raise("12".parse().unwrap());
    assert_eq!(
        super::tests::plan("huber2024", &daily).departures,
        [
            "huber2024 has +5 to +10%, this plan +12%",
            "huber2024 has 2 to 3 runs a week, this plan 4",
        ]
    );
    assert!(
        super::tests::plan("huber2024", &setup(160.0))
            .departures
            .is_empty()
    );
}

#[test]
fn a_plan_says_its_own_raise_of_itself() {
    let five = setup(160.0).with_raise("5".parse().unwrap());
    for (name, listed, planned) in [
        (
            "hafer2015",
            "six weeks at +10% for at least half of the distance",
            "six weeks at +5% for at least half of the distance",
        ),
        (
            "steptest",
            "one run of three tempi: one's own cadence, +5% and +10%",
            "one run of three tempi: one's own cadence, +2.5% and +5%",
        ),
    ] {
        assert_eq!(Preset::named(name).unwrap().schedule().summary, listed);
        assert_eq!(plan(name, &five).schedule.summary, planned);
    }
    // Asked for by name, the preset's own raise is no departure.
    let own = plan("gradual", &five).schedule.assumed;
    assert_eq!(
        own[0],
        "+5%, the low end of the +5 to +10% that studies tried"
    );
}

#[test]
fn gradual_is_not_called_a_schedule_from_a_study() {
    for preset in Preset::ALL {
        let caveats = preset.schedule().caveats;
        let from_study = caveats.contains(&"a schedule from a study is not a treatment".to_owned());
        assert_eq!(from_study, preset.name() != "gradual", "{}", preset.name());
    }
}

#[test]
fn a_counted_cadence_is_rounded_to_a_tenth() {
    let plan = plan("steptest", &setup(160.427_807));
    assert_eq!(
        lines(&plan),
        ["2026-12-02 wed 176.5: 2m 160.4, 2m 168.4, 2m 176.5"]
    );
}

#[test]
fn what_no_plan_can_be_made_of_is_refused() {
    let refused = |error: PlanError| error.to_string();
    assert_eq!(
        refused(Preset::named("c25k").unwrap_err()),
        "'c25k' is not a plan: huber2024, faded8, willy2016, hafer2015, bramah2019, steptest, gradual"
    );
    for text in ["", "mon,", "monday", "mon wed"] {
        assert_eq!(
            refused(text.parse::<Days>().unwrap_err()),
            format!("'{text}' is not a list of days: write them short, such as mon,wed,sat")
        );
    }
    assert_eq!(
        refused(Rise::new(0.1, 2).unwrap_err()),
        "a rise of 0.1 spm every 2 weeks is out of range: 0.5 to 20 spm, every 1 to 8 weeks"
    );
    assert!(Rise::new(f64::NAN, 2).is_err());
    let fast = setup(300.0).with_raise("50".parse().unwrap());
    let error = Plan::new(Preset::named("steptest").unwrap(), &fast).unwrap_err();
    assert_eq!(
        refused(error),
        "a tempo of 450 BPM is out of range: 20 to 400 BPM"
    );
    let late = Setup::new(Cadence::from_spm(160.0).unwrap(), Date::MAX);
    let error = Plan::new(Preset::named("gradual").unwrap(), &late).unwrap_err();
    assert_eq!(error, PlanError::Start(Date::MAX));
}

#[test]
fn a_calendar_has_an_event_of_a_day_for_each_run_and_is_the_same_every_time() {
    let calendar = plan("steptest", &setup(160.0)).to_icalendar(Medium::Sound("mp3"));
    assert!(calendar.split("\r\n").all(|line| line.len() <= 76));
    assert_eq!(
        calendar.replace("\r\n ", ""),
        "BEGIN:VCALENDAR\r\n\
         VERSION:2.0\r\n\
         PRODID:-//cadence//cadence-cli//EN\r\n\
         NAME:cadence steptest\r\n\
         BEGIN:VEVENT\r\n\
         UID:steptest-1-2026-12-02@cadence\r\n\
         DTSTAMP:20261202T000000Z\r\n\
         DTSTART;VALUE=DATE:20261202\r\n\
         DTEND;VALUE=DATE:20261203\r\n\
         SUMMARY:Run 1 of 1: 176 BPM\r\n\
         DESCRIPTION:Play steptest-01.mp3: 2 min with the click at 160\\, 2 min with the click at 168\\, \
         2 min with the click at 176\\nStart only once easy running is free of pain. If it hurts\\, stop\\, \
         and repeat the last painless run\\; never make up for a missed one. +10% is for people who \
         already run without pain.\\nsteptest (Morgan & Vincent 2017)\\; \
         a schedule from a study is not a treatment\\; stop if it hurts\\, and see a professional if pain persists\r\n\
         TRANSP:TRANSPARENT\r\n\
         END:VEVENT\r\n\
         END:VCALENDAR\r\n"
    );
}

#[test]
fn easy_times_are_around_each_run_and_the_schedule_keeps_its_minutes() {
    let easy = |text: &str| text.parse::<EasyTime>().unwrap();
    let base = Setup::new(
        Cadence::from_spm(160.0).unwrap(),
        "2026-12-01".parse().unwrap(),
    );
    let usual = plan("faded8", &base);
    assert_eq!(
        usual.runs[0].workout.to_string(),
        "5m rest, 15m 168, 5m rest"
    );
    let minutes = |time: std::time::Duration| time.as_secs() / 60;
    assert_eq!(minutes(usual.runs[0].length), 25);
    assert_eq!(minutes(usual.runs[0].asked), 15);
    assert_eq!(
        usual.runs[0].asked_span(),
        std::time::Duration::from_secs(300)..std::time::Duration::from_secs(1_200)
    );
    assert_eq!(
        usual.schedule.assumed.last().unwrap(),
        "5 easy minutes without clicks before each run and after it"
    );

    let own = plan(
        "faded8",
        &base.with_warm_up(easy("7m 30s")).with_cool_down(easy("0")),
    );
    assert_eq!(own.runs[0].workout.to_string(), "7m 30s rest, 15m 168");
    assert!(!own.schedule.assumed.concat().contains("easy"));
    let before = plan("faded8", &base.with_cool_down(easy("1m")));
    assert_eq!(
        before.schedule.assumed.last().unwrap(),
        "5 easy minutes without clicks before each run"
    );

    // The easy minutes are not at the target, and hafer2015 counts the whole run.
    assert_eq!(plan("hafer2015", &base).departures, [""; 0]);
    let long = base.with_warm_up(easy("15m")).with_cool_down(easy("10m"));
    assert_eq!(
        plan("hafer2015", &long).departures,
        [
            "hafer2015 has the target for at least half of the distance, this plan for 20 of 45 minutes"
        ]
    );

    for text in ["0.5s", "61m", "1h 1s"] {
        let error = text.parse::<EasyTime>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "out of range: 1s to 1h, or 0 to leave it out"
        );
    }
    assert_eq!(
        "5".parse::<EasyTime>().unwrap_err().to_string(),
        "'5' has no unit: write 5s for seconds, 5m for minutes"
    );
}

#[test]
fn a_plan_is_taken_up_again_where_it_was_left() {
    let again = plan("faded8", &setup(160.0).from_run(6));
    assert_eq!(
        lines(&again),
        [
            "2026-12-01 tue 168: 26m 168 cue 2m/2m",
            "2026-12-03 thu 168: 28m 168 cue 1m/3m",
            "2026-12-05 sat 168: 30m 168 cue 1m/5m",
        ]
    );
    let numbers: Vec<_> = again.runs.iter().map(|run| run.number).collect();
    assert_eq!((numbers, again.total_runs), (vec![6, 7, 8], 8));
    assert_eq!(again.run(7).unwrap().number, 7);
    assert_eq!(
        again.run(5).unwrap_err().to_string(),
        "there is no run 5: this plan has runs 6 to 8"
    );
    for from in [0, 9] {
        let error = Plan::new(
            Preset::named("faded8").unwrap(),
            &setup(160.0).from_run(from),
        );
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("there is no run {from}: faded8 has runs 1 to 8")
        );
    }
}

#[test]
fn a_raise_of_ten_percent_is_for_those_without_pain() {
    for preset in Preset::ALL {
        let rules = plan(preset.name(), &setup(160.0)).rules;
        assert_eq!(rules[..2], START_RULES);
        let high = ["hafer2015", "bramah2019", "steptest"].contains(&preset.name());
        assert_eq!(
            rules.get(2).map(String::as_str),
            high.then_some("+10% is for people who already run without pain."),
            "{}",
            preset.name()
        );
    }
}

#[test]
fn weeks_are_seven_days_from_the_first_run_and_growth_above_ten_percent_is_marked() {
    let weeks = |plan: &Plan| -> Vec<String> {
        let week = |week: &Week| {
            format!(
                "{} {}: {} runs, {} min, {:?} %, {}",
                week.week,
                week.from,
                week.runs,
                week.length.as_secs() / 60,
                week.growth_percent.map(f64::round),
                week.is_marked()
            )
        };
        plan.weeks.iter().map(week).collect()
    };
    // 15 + 17 + 19 + 21, and 24 + 26 + 28 + 30.
    assert_eq!(
        weeks(&plan("faded8", &setup(160.0))),
        [
            "1 2026-12-01: 4 runs, 72 min, None %, false",
            "2 2026-12-08: 4 runs, 108 min, Some(50.0) %, true",
        ]
    );
    // A week from Sunday to Saturday, over the end of a year.
    let mut late = setup(160.0).on_days("sun".parse().unwrap());
    late.start = "2026-12-21".parse().unwrap();
    assert_eq!(
        weeks(&plan("huber2024", &late)),
        [
            "1 2026-12-27: 1 runs, 30 min, None %, false",
            "2 2027-01-03: 1 runs, 30 min, Some(0.0) %, false",
        ]
    );
}

proptest! {
    #[test]
    fn every_plan_has_workouts_that_play_takes_as_they_are(
        preset in prop::sample::select(Preset::ALL.iter().collect::<Vec<_>>()),
        spm in 100.0..250.0,
        raise in 0.0..50.0,
        days in 1_u8..128,
        rise in 0.5..20.0,
        weeks in 1_u32..=8,
    ) {
        let setup = setup(spm)
            .with_raise(Raise::from_percent(raise, raise).unwrap())
            .on_days(Days(days))
            .with_rise(Rise::new(rise, weeks).unwrap());
        let plan = Plan::new(preset, &setup).unwrap();
        prop_assert!(!plan.runs.is_empty());
        prop_assert!(plan.runs.is_sorted_by(|a, b| a.date < b.date && a.target <= b.target));
        for run in &plan.runs {
            prop_assert!(Days(days).contain(run.date.weekday()));
            let shown = run.workout.to_string();
            prop_assert_eq!(shown.parse::<Workout>().unwrap(), run.workout.clone());
            prop_assert!(run.workout.resolve(None).is_ok() && run.workout.length().is_some());
        }
        prop_assert_eq!(&Plan::from_json(&*serde_json::to_vec(&plan).unwrap()).unwrap(), &plan);
        prop_assert_eq!(plan.weeks.iter().map(|week| week.runs).sum::<usize>(), plan.runs.len());
        let last = plan.runs.last().unwrap();
        let target = Tempo::from_bpm(((spm + spm * raise / 100.0) * 10.0).round() / 10.0).unwrap();
        prop_assert_eq!(last.target, target);
    }

    #[test]
    fn days_are_shown_as_they_are_read(days in 1_u8..128, text: String) {
        prop_assert_eq!(Days(days).to_string().parse::<Days>().unwrap(), Days(days));
        let _ = text.parse::<Days>();
    }
}
