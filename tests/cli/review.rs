//! `cadence review`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::harness::{Run, cadence};
use super::writer::{START, START_UNIX, fit, gpx, tcx};

/// A folder with recordings.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn review(&self, args: &[&str]) -> Run {
        cadence(&[&["review"], args].concat()).folder(self.path())
    }

    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self
            .review(&[args, &["--format", "json"]].concat())
            .output();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Five minutes of 80 strides, then five of 84.
fn strides() -> Vec<u8> {
    [[80; 300], [84; 300]].concat()
}

const DAY: u32 = 24 * 3600;

#[test]
fn a_run_is_told_in_words_and_pictures() {
    let folder = Folder::new().with("run.fit", fit(START, &strides()));
    folder
        .review(&["run.fit", "--target", "165..170", "--ascii"])
        .stdout(
            "file      run.fit
recorded  Sat 2 November 2024 08:00 UTC, running, 9:59, 1.80 km
time      running 9:59 (100 %)
counted   strides x2: 95 % of the values are at most 84, too slow for steps

  170 +........................................................................
      |........................................................................
  168 +....................................####################################
      |........................................................................
  166 +........................................................................
  165 +........................................................................
  164 +
      |
  162 +
      |
  160 +####################################
      |
      ++-------------+-------------+--------------+-------------+--------------
       0:00          2:00          4:00           6:00          8:00

  168 ############################################### 50 %
  164  0 %
  160 =============================================== 50 %
      # within the target  = outside

cadence   160 spm, the running median; mean 164 +/-4, four fifths within 160 to
          168
target    165 to 170 spm, not kept, too slow: within 50 % (4:59), below 50 %
          (5:00), above 0 % (0:00); longest within 4:59, from 5:00
",
        )
        .check();
}

#[test]
fn one_number_is_printed_alone() {
    let folder = Folder::new().with("run.fit", fit(START, &[80; 130]));
    for (number, shown) in [
        ("cadence", "160"),
        ("mean", "160"),
        ("target-low", "168"),
        ("target-mid", "172"),
        ("target-high", "176"),
    ] {
        folder
            .review(&["run.fit", "--print", number])
            .stdout(&format!("{shown}\n"))
            .check();
    }
    folder
        .review(&["run.fit", "--print", "target-low", "--raise", "7.5"])
        .stdout("172\n")
        .check();
    folder
        .review(&["run.fit", "--print", "within", "--target", "162"])
        .stdout("100\n")
        .check();
    folder
        .review(&[
            "run.fit",
            "--print",
            "within",
            "--target",
            "162",
            "--tolerance",
            "1",
        ])
        .stdout("0\n")
        .check();
    folder
        .review(&["run.fit", "--print", "within"])
        .stderr("error: --print within needs a target: add --target or --cadence\n")
        .status(2)
        .check();
}

#[test]
fn stdin_is_a_recording_too() {
    let run = cadence(&["review", "-", "--print", "cadence"]);
    run.stdin(&tcx(START_UNIX, &[80; 130]))
        .stdout("160\n")
        .check();
}

#[test]
fn json_has_every_number() {
    let folder = Folder::new().with("run.fit", fit(START, &strides()));
    let json = folder.json(&["run.fit", "--cadence", "160", "--raise", "5"]);
    for (key, value) in [
        ("cadence_spm", 160.0),
        ("running_s", 599.0),
        ("records", 600.0),
        ("factor", 2.0),
        ("judged_low_spm", 164.0),
        ("judged_high_spm", 173.04),
        ("gap_s", 0.0),
    ] {
        let found = json[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{key}: {}", json[key]));
        assert!((found - value).abs() < 1e-9, "{key}: {found}");
    }
    assert_eq!(json["start"], "2024-11-02T08:00:00Z");
    assert_eq!(json["factor_counts"], "strides");
    // With a target given, the run's own cadence is no base for the next one.
    assert_eq!(json["target_low_spm"], Value::Null);
    assert_eq!(json["target_kept"], false);
    let alone = folder.json(&["run.fit"]);
    assert_eq!(
        (&alone["target_low_spm"], &alone["target_kept"]),
        (&Value::from(168.0), &Value::Null)
    );
    assert_eq!(json["kept"]["within_s"], 299.0);
    assert_eq!(json["kept"]["longest_within_from_s"], 300.0);
}

const SHORT: &str =
    "warning: only 2 s of running were found: that is too short for a usual cadence\n";

#[test]
fn csv_is_by_the_second_or_by_the_lap() {
    let folder = Folder::new().with("run.tcx", tcx(START_UNIX, &[80, 84, 0]));
    folder
        .review(&["run.tcx", "--format", "csv", "--target", "165..170"])
        .stdout(
            "time_s,cadence_spm,gait,speed_mps,within
0,160.0,running,,false
1,168.0,running,3.0,true
",
        )
        .stderr(SHORT)
        .check();
    folder
        .review(&["run.tcx", "--format", "csv", "--rows", "lap"])
        .stdout(
            "lap,start_s,running_s,walking_s,standing_s,cadence_spm,mean_spm,deviation_spm,running_speed_mps,within_percent
1,0.0,2.0,0.0,0.0,160.0,164.0,4.0,3.0,
",
        )
        .stderr(SHORT)
        .check();
}

#[test]
fn a_workout_is_followed_segment_by_segment() {
    let folder = Folder::new()
        .with("run.fit", fit(START, &strides()))
        .with("run.txt", "5m base\n4m +10% cue 1m/1m\n");
    let json = folder.json(&["run.fit", "--workout", "run.txt", "--cadence", "160"]);
    let workout = &json["workout"];
    assert_eq!(workout["segments"][0]["within_percent"], 100.0);
    assert_eq!(workout["segments"][0]["deviation_percent"], 0.0);
    // 168 where 176 was asked: 4.5 % below, more than the 3 % that are allowed.
    assert_eq!(workout["segments"][1]["within_percent"], 0.0);
    assert_eq!(workout["with_cue"]["running_s"], 300.0 + 120.0);
    assert_eq!(workout["without_cue"]["running_s"], 120.0);
    // Begun a minute into the workout, the last minute of the first segment is already run at 168.
    let later = folder.json(&[
        "run.fit",
        "--workout",
        "run.txt",
        "--cadence",
        "160",
        "--offset",
        "-1m",
    ]);
    assert_eq!(later["workout"]["segments"][0]["start_s"], 60.0);
    assert_eq!(later["workout"]["segments"][0]["within_percent"], 80.0);
    folder
        .review(&["run.fit", "--workout", "run.txt"])
        .stderr(
            "error: 'base' is relative to the runner's cadence: add it, such as --cadence 160\n",
        )
        .status(2)
        .check();
}

#[test]
fn a_damaged_recording_is_told_as_far_as_it_goes() {
    let whole = fit(START, &[80; 130]);
    let folder = Folder::new().with("cut.fit", &whole[..500]);
    folder
        .review(&["cut.fit", "--print", "cadence"])
        .stdout("160\n")
        .stderr(
            "warning: the recording does not say what was done: by speed and cadence it was taken for a run; use --sport run if it was a run
warning: only 56 s of running were found: that is too short for a usual cadence
error: 'cut.fit': the file is cut off after byte 500: what came before was kept
",
        )
        .status(1)
        .check();
}

#[test]
fn damage_is_told_where_there_is_nothing_else_to_tell() {
    let folder = Folder::new().with("cut.fit", &fit(START, &[255; 130])[..500]);
    folder
        .review(&["cut.fit"])
        .stderr(
            "warning: 'cut.fit': the file is cut off after byte 500: what came before was kept
error: 'cut.fit': the recording has no cadence: the watch needs a foot pod, or to measure at the wrist
",
        )
        .status(1)
        .check();
}

#[test]
fn json_among_recordings_is_no_fault_and_by_its_name_it_is_called_what_it_is() {
    let folder = Folder::new()
        .with("run.fit", fit(START, &strides()))
        .with("plan.json", PLAN)
        .with("settings.json", "{\n  \"units\": \"km\"\n}\n");
    for args in [&["."][..], &[".", "--plan", "plan.json"]] {
        let json = folder.json(args);
        assert_eq!(json["faults"], Value::Array(vec![]));
    }
    for (name, why) in [
        (
            "plan.json",
            "it is a plan, not a recording: --plan compares recordings with it",
        ),
        (
            "settings.json",
            "it is JSON, but no log of a live run: export the run as FIT, TCX or GPX",
        ),
    ] {
        folder
            .review(&[name])
            .stderr(&format!("error: cannot read '{name}': {why}\n"))
            .status(1)
            .check();
    }
}

#[test]
fn where_nothing_was_kept_nothing_else_is_said() {
    let gpx = gpx(START_UNIX, &[80; 130]);
    let head = gpx.find("<trkpt").unwrap();
    let folder = Folder::new()
        .with("cut.fit", &fit(START, &[80; 130])[..30])
        .with("cut.gpx", &gpx[..head + 10]);
    for (name, byte) in [("cut.fit", 29), ("cut.gpx", head)] {
        let why = format!("the file is cut off after byte {byte}, before its first record");
        folder
            .review(&[name])
            .stderr(&format!("error: cannot read '{name}': {why}\n"))
            .status(1)
            .check();
        folder
            .review(&[name, "gone.fit"])
            .stdout("found     0 runs\n")
            .stderr(&format!(
                "warning: '{name}': {why}\nwarning: 'gone.fit': No such file or directory (os error 2)\n\
                 error: 2 files could not be read completely\n"
            ))
            .status(1)
            .check();
    }
}

#[test]
fn what_is_no_run_is_an_error_that_says_so() {
    let ride = tcx(START_UNIX, &[80; 10]).replace("Running", "Biking");
    let bare = gpx(START_UNIX, &[80; 10]).replace("gpxtpx:cad", "gpxtpx:hr");
    let folder = Folder::new()
        .with("ride.tcx", ride)
        .with("bare.gpx", bare)
        .with("x.fit", "hello");
    for (file, why) in [
        (
            "gone.fit",
            "cannot read 'gone.fit': No such file or directory (os error 2)",
        ),
        (
            "ride.tcx",
            "'ride.tcx': this is cycling, not a run: it has no running cadence",
        ),
        (
            "bare.gpx",
            "'bare.gpx': the recording has no cadence: the watch needs a foot pod, or to measure at the wrist",
        ),
        (
            "x.fit",
            "cannot read 'x.fit': neither FIT nor TCX nor GPX: export the run from the watch or its web site in one of these",
        ),
    ] {
        folder
            .review(&[file])
            .stderr(&format!("error: {why}\n"))
            .status(1)
            .check();
    }
}

#[test]
fn a_walk_is_told_and_has_no_running_cadence() {
    let folder = Folder::new().with("walk.tcx", tcx(START_UNIX, &[55; 131]));
    let nothing_run = "warning: nothing was run at 140 spm or faster: walking has no running cadence (--split moves the limit)\n";
    folder
        .review(&["walk.tcx", "--ascii"])
        .stdout(
            "file      walk.tcx
recorded  Sat 2 November 2024 08:00 UTC, running, 2:10, 0.39 km
time      walking 2:10 (100 %)
counted   strides x2: 95 % of the values are at most 55, too slow for steps

cadence   110 spm on average, walking
",
        )
        .stderr(nothing_run)
        .check();
    folder
        .review(&["walk.tcx", "--print", "cadence"])
        .stderr(&format!(
            "{nothing_run}error: 'walk.tcx': no running in it\n"
        ))
        .status(1)
        .check();
    folder
        .review(&["walk.tcx", "--split", "100", "--print", "cadence"])
        .stdout("110\n")
        .check();
}

#[test]
fn options_that_do_not_hold_together_are_usage_errors() {
    let folder = Folder::new()
        .with("a.fit", fit(START, &[80; 10]))
        .with("b.fit", fit(START + DAY, &[80; 10]));
    folder
        .review(&["a.fit", "b.fit", "--session", "1"])
        .stderr("error: --workout and --session are for one recording: name one file\n")
        .status(2)
        .check();
    folder
        .review(&["a.fit", "--rows", "lap"])
        .stderr(
            "error: --rows lap is for CSV: add --format csv; text and JSON have the laps anyway\n",
        )
        .status(2)
        .check();
    for several in [&["."][..], &["a.fit", "b.fit", "--format", "csv"]] {
        folder
            .review(&[several, &["--rows", "lap"]].concat())
            .stderr("error: --rows lap is for one recording: of several, --rows has week\n")
            .status(2)
            .check();
    }
    folder
        .review(&["a.fit", "--session", "2"])
        .stderr("error: no activity 2: the recording has 1\n")
        .status(2)
        .check();
    folder
        .review(&["a.fit", "--target", "170", "--tolerance", "30"])
        .stderr("error: invalid value '30' for '--tolerance <PERCENT>': a tolerance of 30 % is out of range: 0 to 20 %\n\nFor more information, try '--help'.\n")
        .status(2)
        .check();
}

#[test]
fn a_folder_is_one_row_a_run_oldest_first_and_the_trend() {
    let strides = |base: u8| vec![base; 200];
    let folder = Folder::new()
        .with("c.fit", fit(START + 60 * DAY, &strides(84)))
        .with("a.fit", fit(START, &strides(80)))
        .with("b.fit", fit(START + 30 * DAY, &strides(82)))
        .with("a again.gpx", gpx(START_UNIX, &strides(80)))
        .with(
            "ride.tcx",
            tcx(START_UNIX, &strides(80)).replace("Running", "Biking"),
        )
        .with("notes.txt", "not a recording");
    folder
        .review(&["."])
        .stdout(
            "            date  spm  at 5:35  pace  moving   km  file
2024-11-02 08:00  160      160  5:33    3:19  0.6  a.fit
2024-12-02 08:00  164      164  5:33    3:19  0.6  b.fit
2025-01-01 08:00  168      168  5:33    3:19  0.6  c.fit

      │
  168 ┤                                                                       ▀
      │
  166 ┤
      │
  164 ┤                                    ▄
      │
      │
  162 ┤
      │
  160 ┤▄
      │
      └┬───────────┬───────────┬───────────┬───────────┬───────────┬───────────
       2024-11-03  2024-11-13  2024-11-23  2024-12-03  2024-12-13  2024-12-23

found     3 runs, 1 more recorded twice, 1 ride
trend     too short for a trend, over 3 runs in 60 days: it takes 5 runs over 21
          days
baseline  no run of ten minutes without a doubt; left out: 3 under 10 minutes
",
        )
        .check();
    let json = folder.json(&["."]);
    assert_eq!(json["trend_spm_per_month"], Value::Null);
    let files: Vec<_> = json["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["file"].as_str().unwrap())
        .collect();
    assert_eq!(files, ["./a.fit", "./b.fit", "./c.fit"]);
}

#[test]
fn a_bad_file_costs_its_row_and_the_status_says_so() {
    let folder = Folder::new()
        .with("good.fit", fit(START, &[80; 10]))
        .with("bad.fit", "hello");
    folder
        .review(&["good.fit", "bad.fit", "gone.fit", "--format", "csv"])
        .stdout(
            "start,file,session,running_s,walking_s,standing_s,cadence_spm,mean_spm,deviation_spm,running_speed_mps,cadence_at_pace_spm,within_percent,moving_s,distance_m
2024-11-02T08:00:00Z,good.fit,1,9.0,0.0,0.0,160.0,160.0,0.0,3.0,,,9.0,27.0
",
        )
        .stderr(
            "warning: 'bad.fit': neither FIT nor TCX nor GPX: export the run from the watch or its web site in one of these
warning: 'gone.fit': No such file or directory (os error 2)
error: 2 files could not be read completely
",
        )
        .status(1)
        .check();
}

#[test]
fn the_picture_is_one_file_that_needs_no_other() {
    let folder = Folder::new().with("a<b>.fit", fit(START, &strides()));
    let written = folder.review(&[
        "a<b>.fit", "--svg", "run.svg", "--target", "168", "--print", "cadence",
    ]);
    written.stdout("160\n").check();
    let svg = fs::read_to_string(folder.path().join("run.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("a&lt;b&gt;.fit, Sat 2 November 2024"));
    for outside in ["href", "<image", "<script", "url("] {
        assert!(!svg.contains(outside), "{outside}");
    }
    let again = folder.review(&["a<b>.fit", "--svg", "run.svg"]).output();
    assert_eq!((again.status.code(), again.stdout.len()), (Some(1), 0));
}

/// Every key of a JSON value, of the objects in it too.
fn keys(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.push(key.clone());
                keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

/// A plan of which one run was done, one was missed, and beside which one was run.
const PLAN: &str = r#"{"plan": {"name": "club"}, "cadence_spm": 160, "raise_percent": 5, "days": "sat,sun",
    "runs": [{"run": 1, "date": "2024-11-02", "target_bpm": 168, "workout": "5m 160, 5m 168 silent"},
             {"run": 2, "date": "2024-11-09", "target_bpm": 168, "workout": "5m 168"}]}"#;

#[test]
fn every_json_key_is_in_the_long_help() {
    let folder = Folder::new()
        .with("run.fit", fit(START, &strides()))
        .with("bad.fit", "no recording")
        .with("run.txt", "5m base, 5m +5% silent")
        .with("b.fit", fit(START + DAY, &strides()))
        .with("copy.tcx", tcx(START_UNIX, &strides()))
        .with("plan.json", PLAN);
    let one = ["run.fit", "--workout", "run.txt", "--cadence", "160"];
    for args in [
        &one[..],
        &["run.fit", "--target", "165..170"],
        &["."],
        &[".", "--rows", "week"],
        &[".", "--by-folder"],
        &[".", "--plan", "plan.json"],
    ] {
        let args = [args, &["--format", "json"]].concat();
        let output = folder.review(&args).output();
        let mut found = Vec::new();
        keys(&serde_json::from_slice(&output.stdout).unwrap(), &mut found);
        assert!(found.len() > 20, "{found:?}");
        let help = cadence(&["review", "--help"]).output().stdout;
        let help = String::from_utf8(help).unwrap();
        let (_, help) = help.split_once("JSON keys").unwrap();
        let words: Vec<_> = help
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        for key in found {
            assert!(words.contains(&key.as_str()), "{key}");
        }
    }
}
