//! `cadence review --plan`: what was planned and what was run, counted by hand.

use serde_json::{Value, json};

use super::harness::cadence;
use super::review::Folder;
use super::writer::{START, fit_with};

const DAY: u32 = 24 * 3600;

/// Monday, 4 November 2024, 08:00 UTC.
const MONDAY: u32 = START + 2 * DAY;

/// Eight runs in three weeks, from Monday, 4 November 2024, on: four minutes at 168, and a minute of
/// rest before and after them.
fn plan() -> String {
    let dates = ["04", "06", "08", "11", "13", "15", "18", "20"];
    let runs = dates.iter().enumerate().map(|(index, day)| {
        json!({
            "run": index + 1, "date": format!("2024-11-{day}"), "target_bpm": 168,
            "workout": "1m rest, 4m 168, 1m rest", "warm_up_s": 60, "cool_down_s": 60,
        })
    });
    json!({
        "plan": {"name": "club"}, "cadence_spm": 160, "raise_percent": 5, "days": "mon,wed,fri",
        "runs": runs.collect::<Vec<_>>(),
    })
    .to_string()
}

/// A run on a day of November: a minute easy, then at 168, an hour ahead of UTC. What comes after
/// the planned six minutes is easy again.
fn run(day: u32, seconds: usize) -> Vec<u8> {
    let strides: Vec<u8> = (0..=seconds)
        .map(|second| if (60..300).contains(&second) { 84 } else { 80 })
        .collect();
    fit_with(MONDAY + (day - 4) * DAY, &strides, Some(3000), Some(3600))
}

fn november() -> Folder {
    Folder::new()
        .with("plan.json", plan())
        .with("runs/1.fit", run(4, 360))
        .with("runs/2.fit", run(7, 360)) // a day late
        .with("runs/4.fit", run(11, 360))
        .with(
            "runs/4 again.fit",
            fit_with(MONDAY + 7 * DAY + 7200, &[82; 121], Some(3000), Some(3600)),
        )
        .with("runs/5.fit", run(13, 720)) // twelve minutes
        .with("runs/6.fit", run(15, 120)) // two minutes
        .with("runs/7.fit", run(17, 360)) // a day early
        .with("runs/after.fit", run(28, 360))
}

const VERDICT: &str = "5 of 8 done, 3 and 8 missed, 6 cut short, 2 late, 7 early, run 5 took 12 min where 6 were \
                       planned, 1 extra, more than one on the day of run 4";

#[test]
fn a_plan_is_compared_run_by_run() {
    november()
        .review(&["runs", "--plan", "plan.json", "--ascii"])
        .stdout(
            "run  day          took  within  what
  1  2024-11-04   6:00   100 %  done
  2  2024-11-06   6:00   100 %  done 1 day late
  3  2024-11-08      -       -  missed
  4  2024-11-11   6:00   100 %  done, one of several on its day
  5  2024-11-13  12:00   100 %  done, took 12 min where 6 were planned
  6  2024-11-15   2:00   100 %  cut short
  7  2024-11-18   6:00   100 %  done 1 day early
  8  2024-11-20      -       -  missed
  +  2024-11-11   2:00       -  extra

2024-11-04 ############################             | 12
2024-11-11 #########################################|####################### 28
2024-11-18                            | 0
           # minutes
           | planned

plan      5 of 8 done, 3 and 8 missed, 6 cut short, 2 late, 7 early, run 5 took
          12 min where 6 were planned, 1 extra, more than one on the day of run
          4
found     8 runs
judged    what the schedule asks for, within +/-3 %, without warm-up and
          cool-down; each recording is taken to begin with the warm-up (--offset
          moves it)
outside   1 run before or after the plan, not counted
",
        )
        .check();
}

#[test]
fn the_same_as_json_and_csv() {
    let folder = november();
    let json = folder.json(&["runs", "--plan", "plan.json"]);
    assert_eq!(json["verdict"], VERDICT);
    let of = |key: &str| -> Vec<Value> {
        let planned = json["planned"].as_array().unwrap();
        planned.iter().map(|run| run[key].clone()).collect()
    };
    assert_eq!(
        of("status"),
        [
            "done",
            "done",
            "missed",
            "done",
            "done",
            "cut_short",
            "done",
            "missed"
        ]
    );
    assert_eq!(json["done"], 5);
    assert_eq!(of("days_off")[..3], [json!(0), json!(1), Value::Null]);
    assert_eq!(of("days_off")[6], json!(-1));
    // The warm-up at 160 is not judged, nor what came after the planned six minutes.
    let five = &json["planned"][4];
    assert_eq!(
        (&five["long"], &five["within_percent"]),
        (&json!(true), &json!(100.0))
    );
    assert_eq!(five["with_cue"]["running_s"], 240.0);
    assert_eq!(
        json["planned"][3]["same_day"][0]["file"],
        "runs/4 again.fit"
    );
    assert_eq!(json["extra"][0]["file"], "runs/4 again.fit");
    assert_eq!(json["outside_plan"], 1);
    assert_eq!(
        json["plan_weeks"][0],
        json!({"week": "2024-11-04", "planned": 3, "planned_s": 1080.0, "runs": 2, "moving_s": 720.0})
    );
    let csv = folder
        .review(&["runs", "--plan", "plan.json", "--format", "csv"])
        .output();
    let csv = String::from_utf8(csv.stdout).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 10);
    assert_eq!(
        lines[..4],
        [
            "run,date,status,days_off,long,target_bpm,length_s,asked_s,file,start,moving_s,within_percent",
            "1,2024-11-04,done,0,false,168.0,360.0,240.0,runs/1.fit,2024-11-04T08:00:00Z,360.0,100.0",
            "2,2024-11-06,done,1,false,168.0,360.0,240.0,runs/2.fit,2024-11-07T08:00:00Z,360.0,100.0",
            "3,2024-11-08,missed,,false,168.0,360.0,240.0,,,,",
        ]
    );
    assert!(lines[9].starts_with(",,extra,,"), "{}", lines[9]);
}

#[test]
fn an_offset_moves_what_is_judged() {
    // The watch was started when the warm-up was over.
    let strides: Vec<u8> = [[84; 240].as_slice(), &[80; 61]].concat();
    let folder = Folder::new()
        .with("plan.json", plan())
        .with("1.fit", fit_with(MONDAY, &strides, Some(3000), Some(3600)));
    let within = |args: &[&str]| {
        let json = folder.json(&[&["1.fit", "--plan", "plan.json"], args].concat());
        json["planned"][0]["within_percent"].clone()
    };
    assert_eq!(within(&[]), json!(75.0));
    assert_eq!(within(&["--offset", "1m"]), json!(100.0));
}

#[test]
fn recordings_without_a_date_are_taken_in_their_order() {
    let undated = |at: u32| fit_with(at, &[84; 361], Some(3000), None);
    let folder = Folder::new()
        .with("plan.json", plan())
        .with("runs/1.fit", run(4, 360))
        .with("runs/b.fit", undated(200_000))
        .with("runs/a.fit", undated(100_000));
    let json = folder.json(&["runs", "--plan", "plan.json"]);
    let files: Vec<_> = (0..4)
        .map(|run| json["planned"][run]["recording"]["file"].clone())
        .collect();
    assert_eq!(
        files,
        [
            json!("runs/1.fit"),
            json!("runs/a.fit"),
            json!("runs/b.fit"),
            Value::Null
        ]
    );
    assert_eq!(
        (&json["matched_by_order"], &json["planned"][1]["days_off"]),
        (&json!(2), &Value::Null)
    );
    // They count for the calendar week of the run that they were taken for.
    assert_eq!(json["plan_weeks"][0]["runs"], 3);
    let text = folder
        .review(&["runs", "--plan", "plan.json"])
        .output()
        .stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("2 runs without a date: taken in their order"),
        "{text}"
    );
}

#[test]
fn each_athlete_is_compared_with_the_plan() {
    let folder = Folder::new()
        .with("plan.json", plan())
        .with("club/anna/1.fit", run(4, 360))
        .with("club/ben/1.fit", run(6, 360))
        .with("club/ben/2.fit", run(8, 360));
    let json = folder.json(&["club", "--plan", "plan.json", "--by-folder"]);
    let done: Vec<_> = json["folders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["folder"].as_str().unwrap(), it["done"].as_u64().unwrap()))
        .collect();
    assert_eq!(done, [("anna", 1), ("ben", 2)]);
}

#[test]
fn what_plan_prints_is_what_review_reads() {
    let folder = november();
    let plan = cadence(&[
        "plan",
        "faded8",
        "--cadence",
        "160",
        "--start",
        "2024-11-04",
        "--format",
        "json",
    ]);
    let folder = folder.with("faded8.json", plan.output().stdout);
    let json = folder.json(&["runs", "--plan", "faded8.json"]);
    assert_eq!(
        (&json["schedule"], json["planned"].as_array().unwrap().len()),
        (&json!("faded8"), 8)
    );
    folder
        .review(&["runs", "--plan", "runs/1.fit"])
        .stderr("error: cannot read 'runs/1.fit': reading it failed: stream did not contain valid UTF-8\n")
        .status(1)
        .check();
    let weeks = folder
        .review(&[
            "runs",
            "--plan",
            "plan.json",
            "--rows",
            "week",
            "--svg",
            "weeks.svg",
        ])
        .output();
    assert!(
        String::from_utf8(weeks.stdout)
            .unwrap()
            .contains(" planned\n")
    );
    let svg = std::fs::read_to_string(folder.path().join("weeks.svg")).unwrap();
    assert!(svg.contains("planned"));
}
