//! `cadence review`: that nothing untrue is concluded from a recording, whatever it holds.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::harness::{Run, cadence};
use super::writer::{START, START_UNIX, fit, gpx, tcx};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    fn review(&self, args: &[&str]) -> Run {
        cadence(&[&["review"], args].concat()).folder(self.0.path())
    }

    /// What it printed on stdout and on stderr, whatever the status.
    fn printed(&self, args: &[&str]) -> (String, String) {
        let output = self.review(args).output();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    }

    fn json(&self, args: &[&str]) -> Value {
        let (stdout, stderr) = self.printed(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"))
    }
}

/// Laps without a point: each with its start, its time and its average as they are written.
fn laps(laps: &[(&str, &str, &str)]) -> String {
    let lap = |(start, time, average): &(&str, &str, &str)| {
        format!(
            "<Lap StartTime=\"{start}\"><TotalTimeSeconds>{time}</TotalTimeSeconds><DistanceMeters>900</DistanceMeters>\
             <Extensions><LX><AvgRunCadence>{average}</AvgRunCadence></LX></Extensions></Lap>"
        )
    };
    let laps: String = laps.iter().map(lap).collect();
    format!(
        "<TrainingCenterDatabase><Activities><Activity Sport=\"Running\">{laps}</Activity></Activities></TrainingCenterDatabase>"
    )
}

const EIGHT: &str = "2024-11-02T08:00:00Z";
const FIVE_PAST: &str = "2024-11-02T08:05:00Z";

#[test]
fn laps_alone_are_a_run() {
    let good = laps(&[(EIGHT, "300", "80"), (FIVE_PAST, "300", "84")]);
    let folder = Folder::new().with("run.tcx", good);
    let json = folder.json(&["run.tcx"]);
    assert_eq!(
        (&json["basis"], &json["running_s"]),
        (&"laps".into(), &600.0.into())
    );
    assert_eq!(
        (&json["mean_spm"], &json["faults"]),
        (&164.0.into(), &Value::Array(vec![]))
    );
    assert_eq!(json["running_speed_mps"], 3.0);
}

#[test]
fn laps_pass_the_same_door_as_records() {
    for (time, average, fault) in [
        ("1e300", "80", "duration 1e300"),
        ("1e9", "80", "duration 1000000000.0"),
        ("-5", "80", "duration -5.0"),
        ("300", "1e300", "cadence 1e300"),
        ("300", "5000", "cadence 5000.0"),
        ("300", "inf", "cadence inf"),
        ("NaN", "80", "duration NaN"),
    ] {
        let file = laps(&[(EIGHT, "300", "80"), (FIVE_PAST, time, average)]);
        let folder = Folder::new().with("run.tcx", file);
        let (json, stderr) = folder.printed(&["run.tcx", "--format", "json"]);
        let (text, _) = folder.printed(&["run.tcx", "--ascii"]);
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert!(
            stderr.contains(&format!("({fault})")),
            "{time}, {average}: {stderr}"
        );
        let parsed: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed["cadence_spm"], 160.0, "{time}, {average}");
        let (csv, _) = folder.printed(&["run.tcx", "--format", "csv"]);
        assert!(csv.len() < 20_000, "{} bytes", csv.len());
    }
    // 255 says that there is no value, and is no fault.
    let file = laps(&[(EIGHT, "300", "80"), (FIVE_PAST, "300", "255")]);
    let folder = Folder::new().with("run.tcx", file);
    let json = folder.json(&["run.tcx"]);
    assert_eq!(
        (&json["running_s"], &json["unknown_s"]),
        (&300.0.into(), &300.0.into())
    );
    assert_eq!(json["faults"], Value::Array(vec![]));
}

#[test]
fn a_speed_or_a_distance_that_nobody_had_is_a_fault() {
    let base = tcx(START_UNIX, &[80; 130]);
    for (good, bad, fault) in [
        (
            "<DistanceMeters>30</DistanceMeters>",
            "<DistanceMeters>-30</DistanceMeters>",
            "distance -30.0",
        ),
        (
            "<DistanceMeters>30</DistanceMeters>",
            "<Speed>1e38</Speed>",
            "speed 1e38",
        ),
    ] {
        assert!(base.contains(good));
        let folder = Folder::new().with("run.tcx", base.replacen(good, bad, 1));
        let (json, stderr) = folder.printed(&["run.tcx", "--format", "json"]);
        assert!(stderr.contains(fault), "{stderr}");
        let speed = serde_json::from_str::<Value>(&json).unwrap()["running_speed_mps"].as_f64();
        assert!((speed.unwrap() - 3.0).abs() < 0.1, "{speed:?}");
    }
}

#[test]
fn a_picture_never_overwrites_what_is_read() {
    let recording = tcx(START_UNIX, &[80; 130]);
    let folder = Folder::new()
        .with("run", &recording)
        .with("walk.svg", &recording);
    let refused = "error: --svg 'run' would overwrite 'run', an input: name another file\n";
    folder
        .review(&["run", "--svg", "run", "-f"])
        .stderr(refused)
        .status(2)
        .check();
    let refused =
        "error: --svg 'walk.svg' would overwrite './walk.svg', an input: name another file\n";
    folder
        .review(&[".", "--svg", "walk.svg", "-f"])
        .stderr(refused)
        .status(2)
        .check();
    for name in ["run", "walk.svg"] {
        assert_eq!(
            fs::read_to_string(folder.0.path().join(name)).unwrap(),
            recording
        );
    }
}

#[test]
fn a_picture_is_svg_and_its_file_is_named_in_its_errors() {
    let folder = Folder::new().with("run.tcx", tcx(START_UNIX, &[80; 130]));
    folder
        .review(&["run.tcx", "--svg", "run.png"])
        .stderr("error: invalid value 'run.png' for '--svg <FILE>': only SVG can be written: name the file run.svg\n\nFor more information, try '--help'.\n")
        .status(2)
        .check();
    #[cfg(target_os = "linux")]
    folder
        .review(&["run.tcx", "--svg", "/dev/full", "--print", "cadence"])
        .stdout("160\n")
        .stderr("error: cannot write '/dev/full': No space left on device (os error 28)\n")
        .status(1)
        .check();
}

#[test]
fn a_picture_says_what_it_shows() {
    let mut strides = vec![84; 600];
    strides[300] = 240;
    let folder = Folder::new()
        .with("run.tcx", tcx(START_UNIX, &strides))
        .with("w.txt", "2m rest, 5m 168, 3m 168 silent");
    let drawn = |args: &[&str]| {
        let args = [&["run.tcx", "--svg", "run.svg", "-f"], args].concat();
        let _ = folder.printed(&args);
        fs::read_to_string(folder.0.path().join("run.svg")).unwrap()
    };
    let svg = drawn(&["--target", "168"]);
    for text in [
        "168 spm, the running median; target kept, within it for 100 % of the running; 1 value lies outside the picture",
        "target 163 to 173 spm",
        "bins of 4",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    let svg = drawn(&["--workout", "w.txt"]);
    for text in ["workout", "click", "silent"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(!svg.contains("on/off"));
}

#[test]
fn a_name_that_a_spreadsheet_would_run_is_text_in_csv_alone() {
    let folder = Folder::new()
        .with("=1+2.fit", fit(START, &[80; 130]))
        .with("a.fit", fit(START + 90_000, &[80; 130]));
    let (csv, _) = folder.printed(&["=1+2.fit", "a.fit", "--format", "csv"]);
    assert!(csv.contains(",'=1+2.fit,"), "{csv}");
    assert_eq!(
        folder.json(&["=1+2.fit", "a.fit"])["runs"][0]["file"],
        "=1+2.fit"
    );
}

#[test]
fn what_is_kept_without_the_cue_is_a_share_of_the_raise() {
    // 84 strides with the click, 81.6 without: 168, then 163.2, which is 2.9 % below and 40 % of
    // the way from 160.
    let with_fraction = |strides: &[u8]| tcx(START_UNIX, strides);
    let mut text = with_fraction(&[[84; 300], [81; 300]].concat());
    text = text.replace("<ns3:RunCadence>81<", "<ns3:RunCadence>81.6<");
    let folder = Folder::new()
        .with("run.tcx", text)
        .with("w.txt", "5m 168, 5m 168 silent");
    let args = ["run.tcx", "--workout", "w.txt"];
    let (shown, _) = folder.printed(&[&args[..], &["--cadence", "160"]].concat());
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains("kept 40 % \u{b1}0 % of the raise without the click (163.2 of 168 spm), within \u{b1}3 % for 100 % of 4:59"),
        "{shown}"
    );
    assert!(!shown.contains("learned") && !shown.contains("held"));
    let json = folder.json(&[&args[..], &["--cadence", "160"]].concat());
    let kept = json["workout"]["without_cue"]["raise_kept_percent"]
        .as_f64()
        .unwrap();
    assert!((kept - 40.0).abs() < 0.01, "{kept}");
    // Without the runner's own cadence there are the numbers alone.
    let (shown, _) = folder.printed(&args);
    assert!(
        shown.contains("163.2 of 168 spm on average, -2.9 % off"),
        "{shown}"
    );
    assert!(!shown.contains("of the raise"));
}

#[test]
fn a_pause_of_the_watch_is_named_with_what_was_assumed() {
    // Five minutes, a pause of a minute between two tracks, five minutes.
    let minutes = |start: i64, strides: u8| tcx(start, &[strides; 301]);
    let (first, second) = (minutes(START_UNIX, 80), minutes(START_UNIX + 360, 84));
    let track = |text: &str| {
        let begin = text.find("<Track>").unwrap();
        text[begin..text.find("</Lap>").unwrap()].to_owned()
    };
    let run = first.replace("</Lap>", &format!("{}</Lap>", track(&second)));
    let folder = Folder::new()
        .with("run.tcx", run)
        .with("w.txt", "5m 160, 5m 168");
    let args = ["run.tcx", "--workout", "w.txt"];
    let without = folder.json(&args);
    assert_eq!(
        (
            &without["workout"]["pauses"],
            &without["workout"]["paused_s"]
        ),
        (&1.into(), &60.0.into())
    );
    assert_eq!(without["workout"]["pauses_assumed"], "without");
    // The sound went on: the second segment has lost its first minute.
    assert_eq!(without["workout"]["segments"][1]["running_s"], 240.0);
    let with = folder.json(&[&args[..], &["--pauses", "with"]].concat());
    assert_eq!(with["workout"]["segments"][1]["running_s"], 300.0);
    let (text, _) = folder.printed(&args);
    assert!(
        text.contains("1 pause of the watch, 1:00 in all: assuming that the sound played on"),
        "{text}"
    );
}

#[test]
fn a_target_is_judged_or_proposed_never_both() {
    let folder = Folder::new().with("run.fit", fit(START, &[84; 300]));
    let (alone, _) = folder.printed(&["run.fit"]);
    assert!(
        alone.contains("target    if this was your usual cadence: 176.4 to 184.8 spm"),
        "{alone}"
    );
    let (judged, _) = folder.printed(&["run.fit", "--cadence", "160"]);
    // 168 is the low end of the raise, and where the click is by default.
    assert!(
        judged.contains("target    164 to 181.3 spm, kept: within 100 %"),
        "{judged}"
    );
    assert!(!judged.contains("usual cadence"));
    folder
        .review(&["run.fit", "--target", "168", "--print", "target-low"])
        .stderr("error: --print of a target needs a recording without --target, --cadence or --workout\n")
        .status(2)
        .check();
}

#[test]
fn a_headline_that_may_be_wrong_says_so() {
    let folder = Folder::new()
        .with("short.fit", fit(START, &[80; 100]))
        .with("doubled.fit", fit(START, &[108; 300]))
        .with("slow.tcx", tcx(START_UNIX, &[69; 300]));
    let (_, stderr) = folder.printed(&["short.fit"]);
    assert_eq!(
        stderr,
        "warning: only 99 s of running were found: that is too short for a usual cadence\n"
    );
    let (_, stderr) = folder.printed(&["doubled.fit"]);
    assert_eq!(
        stderr,
        "warning: 216 spm is above what runners have: some of the values may be doubled\n"
    );
    // 138 spm at 3 m/s is running, unless cadence alone is to decide. The first record has no speed
    // yet.
    let json = folder.json(&["slow.tcx"]);
    assert_eq!(
        (&json["cadence_spm"], &json["walking_s"]),
        (&138.0.into(), &1.0.into())
    );
    let (_, stderr) = folder.printed(&["slow.tcx", "--split", "140"]);
    assert!(
        stderr.contains("below 140 spm at the speed of running: the split cuts through it"),
        "{stderr}"
    );
}

#[test]
fn an_unknown_sport_is_judged_by_speed_and_cadence() {
    let run = gpx(START_UNIX, &[84; 300]);
    let typed = |name: &str| run.replace("<type>running</type>", &format!("<type>{name}</type>"));
    // A hike of 1.3 m/s, of whose values some are doubled.
    let hike = (0..300).map(|second| format!(
        "<trkpt lat=\"{:.7}\" lon=\"7\"><time>{}</time><extensions><cad>{}</cad></extensions></trkpt>",
        47.0 + 0.000_011_7 * f64::from(second),
        jiff::Timestamp::from_second(START_UNIX + i64::from(second)).unwrap(),
        if second % 3 == 0 { 104 } else { 52 },
    ));
    let hike = format!(
        "<gpx><trk><trkseg>{}</trkseg></trk></gpx>",
        hike.collect::<String>()
    );
    let folder = Folder::new()
        .with("laufen.gpx", typed("Laufen"))
        .with("17.gpx", typed("17"))
        .with("hiking.gpx", typed("hiking"))
        .with("hike.gpx", hike);
    folder
        .review(&["laufen.gpx", "--print", "cadence"])
        .stdout("168\n")
        .stderr("warning: the recording does not say what was done: by speed and cadence it was taken for a run; use --sport run if it was a run\n")
        .check();
    folder
        .review(&["laufen.gpx", "--sport", "run", "--print", "cadence"])
        .stdout("168\n")
        .check();
    for (file, why) in [
        (
            "17.gpx",
            "this is other, not a run: it has no running cadence",
        ),
        (
            "hiking.gpx",
            "this is hiking, not a run: it has no running cadence",
        ),
        (
            "hike.gpx",
            "the sport is not known and 1.3 m/s is the speed of a walk: --sport run reads it as a run",
        ),
    ] {
        folder
            .review(&[file])
            .stderr(&format!("error: '{file}': {why}\n"))
            .status(1)
            .check();
    }
}

#[test]
fn an_empty_track_says_what_would_help() {
    let folder = Folder::new().with("run.gpx", "<gpx><trk><type>running</type></trk></gpx>");
    folder
        .review(&["run.gpx"])
        .stderr("error: 'run.gpx': no track points, as in any GPX from indoors: export the run as FIT or TCX\n")
        .status(1)
        .check();
}

#[test]
fn a_folder_without_a_recording_is_an_error() {
    let folder = Folder::new().with("notes.txt", "not a recording");
    folder
        .review(&["."])
        .stderr("error: no recording in '.'\n")
        .status(1)
        .check();
    #[cfg(feature = "music")]
    for command in [&["tempo", "."][..], &["playlist", ".", "--cadence", "160"]] {
        cadence(command)
            .folder(folder.0.path())
            .stderr("error: no music in '.'\n")
            .status(1)
            .check();
    }
}

#[test]
fn miles_are_shown_where_they_are_asked_for() {
    let folder = Folder::new().with("run.fit", fit(START, &[84; 600]));
    let (text, _) = folder.printed(&["run.fit", "--units", "mi"]);
    assert!(text.contains("running, 9:59, 1.12 mi"), "{text}");
    let (rows, _) = folder.printed(&[".", "--units", "mi"]);
    assert!(
        rows.contains("at 8:59  pace  moving   mi  file") && rows.contains("8:56"),
        "{rows}"
    );
}

#[test]
fn an_option_keeps_its_old_name_and_values_are_checked() {
    let folder = Folder::new().with("run.fit", fit(START, &[84; 300]));
    for option in ["--counts", "--recorded-as"] {
        folder
            .review(&["run.fit", option, "strides", "--print", "cadence"])
            .stdout("168\n")
            .check();
    }
    let help = String::from_utf8(cadence(&["review", "--help"]).output().stdout).unwrap();
    assert!(help.contains("--recorded-as") && !help.contains("--counts"));
    for tolerance in ["NaN", "300", "-1"] {
        let output = folder
            .review(&["run.fit", "--workout", "w", "--tolerance", tolerance])
            .output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("for '--tolerance <PERCENT>'") && output.status.code() == Some(2),
            "{stderr}"
        );
    }
}

#[test]
fn a_workout_comes_from_stdin_too() {
    let folder = Folder::new().with("run.fit", fit(START, &[84; 300]));
    let output = folder
        .review(&["run.fit", "--workout", "-", "--format", "json"])
        .stdin("5m 168")
        .output();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["workout"]["segments"][0]["within_percent"], 100.0);
}

#[test]
fn five_runs_over_three_weeks_make_a_trend_and_three_do_not() {
    let week = |number: u32, strides: u8| fit(START + number * 7 * 24 * 3600, &[strides; 300]);
    let mut folder = Folder::new();
    for (number, strides) in (0..).zip([80, 81, 81, 82, 82]) {
        folder = folder.with(&format!("{number}.fit"), week(number, strides));
    }
    let json = folder.json(&["."]);
    // 160, 162, 162, 164, 164 in five weeks: 1 spm a week, 30 / 7 a month.
    let (change, interval) = (
        &json["trend_spm_per_month"],
        &json["trend_interval_spm_per_month"],
    );
    assert!(
        (change.as_f64().unwrap() - 30.0 / 7.0).abs() < 1e-9,
        "{change}"
    );
    assert!(
        (0.1..3.0).contains(&interval.as_f64().unwrap()),
        "{interval}"
    );
    let (text, _) = folder.printed(&["."]);
    assert!(
        text.contains("+4.3 spm a month at the same speed (95 %: "),
        "{text}"
    );
    let few = folder.json(&["0.fit", "1.fit", "2.fit", "3.fit"]);
    assert_eq!(few["trend_spm_per_month"], Value::Null);
}

#[test]
fn two_people_who_start_together_are_two_runs_and_two_files_of_one_are_one() {
    let varied =
        |base: u8| -> Vec<u8> { (0..900_u32).map(|at| base + (at / 70 % 5) as u8).collect() };
    let folder = Folder::new()
        .with("a.fit", fit(START, &varied(80)))
        .with("a.tcx", tcx(START_UNIX, &varied(80)))
        .with("an hour off.gpx", gpx(START_UNIX + 3600, &varied(80)))
        .with("b.fit", fit(START + 20, &varied(86)));
    let json = folder.json(&["."]);
    let runs: Vec<_> = json["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["file"])
        .collect();
    assert_eq!(runs, ["./a.fit", "./b.fit"]);
    assert_eq!(json["recorded_twice"], 2);
    let copies: Vec<_> = json["duplicates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["file"], &it["of"]))
        .collect();
    assert_eq!(
        copies,
        [
            (&"./a.tcx".into(), &"./a.fit".into()),
            (&"./an hour off.gpx".into(), &Value::from("./a.fit"))
        ]
    );
    let (_, stderr) = folder.printed(&["."]);
    assert_eq!(
        stderr,
        "warning: './a.fit' and './b.fit' overlap in time, but not in cadence or distance: both are counted, as if two people ran\n"
    );
}
