//! `cadence review` of many runs: weeks, duplicates, archives, and the cadence to start from. Each
//! folder is counted by hand.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::review::Folder;
use super::writer::{START, START_UNIX, fit, fit_with, gpx, tcx};
use super::zip::Zip;

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// [`START`] is Saturday, 2 November 2024, 08:00 UTC; this is the Monday after it.
const MONDAY: u32 = START + 2 * DAY;

/// A run of some minutes at 160 spm and 3 m/s: 10 minutes are 1.8 km, less the last second.
fn run(minutes: usize) -> Vec<u8> {
    vec![80; 60 * minutes + 1]
}

/// The same in a place an hour ahead of UTC.
fn local(start: u32, minutes: usize) -> Vec<u8> {
    fit_with(start, &run(minutes), Some(3000), Some(3600))
}

/// Three weeks: 3 runs, 2 longer ones, and one after the end of the year; weeks between them.
fn winter() -> Folder {
    Folder::new()
        .with("1.fit", local(MONDAY, 10))
        .with("2.fit", local(MONDAY + 2 * DAY, 10))
        .with("3.fit", local(MONDAY + 6 * DAY, 20))
        .with("4.fit", local(MONDAY + 8 * DAY, 30))
        .with("5.fit", local(MONDAY + 9 * DAY, 20))
        // 30 December 2024 is a Monday; its week ends on 5 January.
        .with("6.fit", local(MONDAY + 56 * DAY, 10))
        .with("7.fit", local(MONDAY + 62 * DAY, 10))
}

#[test]
fn weeks_are_rows_with_their_change_and_their_longest_run() {
    winter()
        .review(&[".", "--rows", "week", "--ascii"])
        .stdout(
            "      week   km   change   time  runs  longest   30 days
2024-11-04  7.2      -    40:00     3      3.6  +100 % !
2024-11-11    9  +25 % *  50:00     2      5.4   +50 % !
2024-11-18    -      -     0:00     0        -       -
2024-11-25    -      -     0:00     0        -       -
2024-12-02    -      -     0:00     0        -       -
2024-12-09    -      -     0:00     0        -       -
2024-12-16    -      -     0:00     0        -       -
2024-12-23    -      -     0:00     0        -       -
2024-12-30  3.6      -    20:00     2      1.8    +0 %

2024-11-04 ############################################### 7.2
2024-11-11 ###################################################|###### 9
2024-11-18                                                                | 0
2024-11-25  0
2024-12-02  0
2024-12-09  0
2024-12-16  0
2024-12-23  0
2024-12-30 ####################### 3.6
           # km
           | the week before + 10 %

found     7 runs
*         10 % a week is a common guide, not proven protection (Buist 2008,
          n=532; Nielsen 2014, n=874)
!         one run more than 10 % longer than the longest of the 30 days before
          went with more injuries (Frandsen 2025, n=5,205); that a shorter one
          prevents them is not known; the last was 5.4 km on 2024-11-12, after
          3.6 km at the most
          in the first 30 days longer runs before them may be missing
",
        )
        .check();
}

#[test]
fn weeks_as_csv_and_json_are_the_same_numbers() {
    let folder = winter();
    let csv = folder
        .review(&[".", "--rows", "week", "--format", "csv"])
        .output();
    let csv = String::from_utf8(csv.stdout).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "week,runs,moving_s,distance_m,runs_without_distance,time_change_percent,distance_change_percent,growth_marked,longest_s,longest_m,long_run_change_percent,long_run_marked,unfinished",
            "2024-11-04,3,2400.0,7200.0,0,,,false,1200.0,3600.0,100.0,true,false",
            "2024-11-11,2,3000.0,9000.0,0,25.0,25.0,true,1800.0,5400.0,50.0,true,false",
        ]
    );
    let json = folder.json(&[".", "--rows", "week"]);
    assert_eq!(json["weeks"].as_array().unwrap().len(), 9);
    let week = &json["weeks"][1];
    assert_eq!(
        [&week["week"], &week["distance_m"], &week["growth_marked"]],
        [&json!("2024-11-11"), &json!(9000.0), &json!(true)]
    );
    assert_eq!(
        week["long_run"],
        json!({
            "date": "2024-11-12", "measure": "distance", "length": 5400.0,
            "longest_before": 3600.0, "change_percent": 50.0, "marked": true,
            "window_whole": false,
        })
    );
    assert_eq!(json["time_zone_assumed"], 0);
}

#[test]
fn a_week_begins_where_it_is_told_to_and_in_the_recordings_own_time_zone() {
    // Sunday, 10 November, 22:30 in UTC: half past eleven in Berlin, Monday morning in Tokyo.
    let at = MONDAY + 6 * DAY + 14 * HOUR + HOUR / 2;
    let folder = Folder::new()
        .with("berlin.fit", fit_with(at, &run(10), Some(3000), Some(3600)))
        .with(
            "tokyo.fit",
            fit_with(at + 1, &vec![90; 601], Some(3000), Some(9 * 3600)),
        );
    assert_weeks(&folder);
}

#[test]
fn the_offset_of_xml_times_is_a_time_zone_too() {
    let at = START_UNIX + i64::from(8 * DAY + 14 * HOUR + HOUR / 2);
    // The same two moments, as clocks in Berlin and in Tokyo show them.
    let berlin = tcx(at + 3600, &run(10)).replace("Z<", "+01:00<");
    let berlin = berlin.replace("Z\"", "+01:00\"");
    let tokyo = gpx(at + 1 + 9 * 3600, &[90; 601]).replace("Z<", "+09:00<");
    let folder = Folder::new()
        .with("berlin.tcx", berlin)
        .with("tokyo.gpx", tokyo);
    assert_weeks(&folder);
    let json = folder.review(&["tokyo.gpx", "--format", "json"]).output();
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["utc_offset_s"], json!(9 * 3600));
    assert_eq!(json["start"], json!("2024-11-10T22:30:01Z"));
}

/// One of two runs began on Sunday, 10 November, the other on the Monday after it, by the clocks of
/// those who ran.
fn assert_weeks(folder: &Folder) {
    let weeks = |args: &[&str]| {
        let output = folder
            .review(&[&[".", "--rows", "week", "--format", "json"], args].concat())
            .output();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let weeks = json["weeks"].as_array().unwrap().clone();
        weeks
            .iter()
            .map(|week| {
                (
                    week["week"].as_str().unwrap().to_owned(),
                    week["runs"].as_u64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let monday = |day: &str, runs| (day.to_owned(), runs);
    assert_eq!(
        weeks(&[]),
        [monday("2024-11-04", 1), monday("2024-11-11", 1)]
    );
    assert_eq!(weeks(&["--week-start", "sun"]), [monday("2024-11-10", 2)]);
}

#[test]
fn a_time_zone_that_is_not_known_is_this_computers_and_that_is_said() {
    // Summer ends in Berlin on Sunday, 27 October 2024, at 01:00 UTC. 22:30 UTC on a Sunday is half
    // past midnight before it, on the Monday, and half past eleven after it.
    let before = tcx(START_UNIX - 13 * 86_400 + 52_200, &run(10)); // Sunday, 20 October
    let after = tcx(START_UNIX - 6 * 86_400 + 52_200, &run(10)); // Sunday, 27 October
    let folder = Folder::new().with("a.tcx", before).with("b.tcx", after);
    let review = folder.review(&[".", "--rows", "week"]);
    review
        .time_zone("Europe/Berlin")
        .stdout(
            "      week   km  change   time  runs  longest  30 days
2024-10-21  3.6     -    20:00     2      1.8   +0 %

2024-10-21 ████████████████████████████████████████████████████████████████ 3.6
           █ km

found     2 runs
assumed   2 runs do not say the time zone: this computer's was taken
          (Europe/Berlin)
",
        )
        .check();
}

#[test]
fn a_missing_distance_and_a_lost_date_are_said() {
    let folder = Folder::new()
        .with("1.fit", local(MONDAY, 20))
        .with("2.fit", local(MONDAY + 7 * DAY, 10))
        .with(
            "3.fit",
            fit_with(MONDAY + 8 * DAY, &run(20), None, Some(3600)),
        )
        // Neither cadence nor speed: a treadmill, by the watch alone.
        .with(
            "4.fit",
            fit_with(MONDAY + 9 * DAY, &[255; 601], None, Some(3600)),
        )
        // Switched on 1,000 s before: no date.
        .with("5.fit", fit_with(1_000, &run(10), Some(3000), None));
    folder
        .review(&[".", "--rows", "week", "--ascii"])
        .stdout(
            "      week    km    change   time  runs  longest  30 days
2024-11-04   3.6       -    20:00     1      3.6      -
2024-11-11  >1.8  +100 % *  40:00     3    20:00   +0 %

2024-11-04 ################################ 0.3
2024-11-11 ###################################|############################ 0.7
           # hours
           | the week before + 10 %

found     4 runs, 1 without cadence
distance  2 runs without a distance: > says that it is missing, and those weeks
          are compared by time
date      1 run without a date, in no week
*         10 % a week is a common guide, not proven protection (Buist 2008,
          n=532; Nielsen 2014, n=874)
",
        )
        .check();
}

#[test]
fn a_week_that_is_not_over_says_so() {
    let now = jiff::Timestamp::now().as_second() - 3_600;
    let folder = Folder::new().with("run.tcx", tcx(now, &run(10)));
    let json = folder.json(&[".", "--rows", "week"]);
    assert_eq!(json["weeks"][0]["unfinished"], true);
    let output = folder.review(&[".", "--rows", "week"]).output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("is not over yet\n"), "{text}");
}

/// Strides that nobody else has: they change every seven seconds, each runner in a way of his own.
fn strides_of(runner: u32) -> Vec<u8> {
    let mut state = runner;
    let mut strides = Vec::new();
    for _ in 0..100 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        strides.extend([80 + (state >> 29) as u8; 7]);
    }
    strides
}

#[test]
fn two_runners_who_start_twenty_seconds_apart_are_two_runs() {
    let folder = Folder::new()
        .with("anna.fit", fit(START, &strides_of(1)))
        .with("ben.fit", fit(START + 20, &strides_of(2)));
    let output = folder.review(&[".", "--format", "json"]).output();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["runs"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&json["recorded_twice"], &json["duplicates"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(json["overlapping"], json!([["./anna.fit", "./ben.fit"]]));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "warning: './anna.fit' and './ben.fit' overlap in time, but not in cadence or distance: \
         both are counted, as if two people ran\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn one_run_in_three_formats_and_with_a_shifted_clock_is_one() {
    let strides = strides_of(1);
    let folder = Folder::new()
        .with("run.fit", fit(START, &strides))
        .with("run.tcx", tcx(START_UNIX, &strides))
        .with("run.gpx", gpx(START_UNIX, &strides))
        .with("shifted.tcx", tcx(START_UNIX + 7_200, &strides))
        .with("another.fit", fit(START + 3 * HOUR, &strides_of(2)));
    let json = folder.json(&["."]);
    let files: Vec<_> = json["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["file"])
        .collect();
    assert_eq!(files, [&json!("./run.fit"), &json!("./another.fit")]);
    assert_eq!(json["recorded_twice"], 3);
    let duplicate = |file: &str| json!({"file": file, "of": "./run.fit"});
    assert_eq!(
        json["duplicates"],
        json!([
            {"file": "./run.gpx", "of": "./run.fit"},
            duplicate("./run.tcx"),
            duplicate("./shifted.tcx"),
        ])
    );
}

#[test]
fn the_order_of_the_files_changes_nothing() {
    let folder = winter()
        .with("a.fit", fit(START, &strides_of(1)))
        .with("b.fit", fit(START, &strides_of(1)))
        .with("c.tcx", tcx(START_UNIX, &strides_of(1)));
    let names = [
        "1.fit", "2.fit", "3.fit", "4.fit", "a.fit", "b.fit", "c.tcx",
    ];
    let mut turned = names;
    turned.reverse();
    let mut mixed = names;
    mixed.swap(0, 5);
    mixed.swap(1, 6);
    for args in [
        &["--format", "json"][..],
        &["--rows", "week"],
        &["--format", "csv"],
        &[],
    ] {
        let review = |names: &[&str]| folder.review(&[names, args].concat()).output().stdout;
        let first = review(&names);
        assert!(!first.is_empty());
        assert_eq!(review(&turned), first);
        assert_eq!(review(&mixed), first);
    }
}

#[test]
fn each_folder_is_a_block_or_an_object() {
    let folder = Folder::new()
        .with("anna/1.fit", fit(START, &run(10)))
        .with("anna/2.fit", fit(START + DAY, &run(10)))
        .with("ben/autumn/1.fit", fit(START + 20, &[84; 601]));
    let json = folder.json(&[".", "--by-folder"]);
    let folders = json["folders"].as_array().unwrap();
    let found: Vec<_> = folders
        .iter()
        .map(|it| {
            (
                it["folder"].as_str().unwrap(),
                it["runs"].as_array().unwrap().len(),
            )
        })
        .collect();
    // Two athletes who ran at one time are no question: each has a folder.
    assert_eq!(found, [("anna", 2), ("ben", 1)]);
    folder
        .review(&[".", "--by-folder", "--rows", "week", "--format", "csv"])
        .stdout(
            "folder,week,runs,moving_s,distance_m,runs_without_distance,time_change_percent,distance_change_percent,growth_marked,longest_s,longest_m,long_run_change_percent,long_run_marked,unfinished
anna,2024-10-28,2,1200.0,3600.0,0,,,false,600.0,1800.0,0.0,false,false
ben,2024-10-28,1,600.0,1800.0,0,,,false,600.0,1800.0,,false,false
",
        )
        .check();
    let text = folder.review(&[".", "--by-folder"]).output().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("folder    anna\n\n"), "{text}");
    assert!(text.contains("\n\nfolder    ben\n\n"), "{text}");
    assert!(text.contains("found     2 runs\n"), "{text}");
}

#[test]
fn the_cadence_to_start_from_is_that_of_the_last_weeks() {
    // Eight runs at 160 spm, and from four months later on four at 168; one is short, and one could
    // count steps or strides.
    let mut folder = Folder::new();
    for index in 0..8 {
        folder = folder.with(&format!("a{index}.fit"), fit(START + index * DAY, &run(10)));
    }
    for index in 120..124 {
        folder = folder.with(
            &format!("b{index}.fit"),
            fit(START + index * DAY, &[84; 601]),
        );
    }
    folder = folder
        .with("short.fit", fit(START + 124 * DAY, &[90; 300]))
        .with("doubtful.fit", fit(START + 125 * DAY, &[115; 700]));
    let line = "168 spm at 5:35 min/km, the median over 12 runs (4 of the last four weeks, which \
                weigh most); the middle half from 168 to 168; left out: 1 doubtful, 1 under 10 \
                minutes";
    folder
        .review(&[".", "--print", "cadence"])
        .stdout("168\n")
        .stderr(&format!("baseline: {line}\n"))
        .check();
    folder
        .review(&[".", "--print", "target-low", "--raise", "5"])
        .stdout("176.4\n")
        .stderr(&format!("baseline: {line}\n"))
        .check();
    let text = folder.review(&["."]).output().stdout;
    let text = String::from_utf8(text).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&text).contains(&words(line)), "{text}");
    let json = folder.json(&["."]);
    assert_eq!(
        json["baseline"],
        json!({"spm": 168.0, "low_spm": 168.0, "high_spm": 168.0, "runs": 12, "recent_runs": 4})
    );
    folder
        .review(&["short.fit", "doubtful.fit", "--print", "cadence"])
        .stderr(
            "error: no cadence to start from: no run of ten minutes without a doubt; left out: \
             1 doubtful, 1 under 10 minutes\n",
        )
        .status(1)
        .check();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn an_archive_is_read_where_it_lies() {
    let inner = Zip::default().with("2024-11-05.fit", fit(START + 3 * DAY, &run(10)));
    let archive = Zip::default()
        .with("activities/a.fit.gz", gzip(&fit(START, &run(10))))
        .stored("activities/b.tcx", tcx(START_UNIX + 86_400, &run(10)))
        .with("activities/c.gpx", gpx(START_UNIX + 172_800, &run(10)))
        .with("uploads/part1.zip", inner.file())
        .with("profile.csv", "name,weight\n")
        .with("__MACOSX/activities/._a.fit", "litter")
        .file();
    let folder = Folder::new()
        .with("export.zip", &archive)
        .with("year/2024.ZIP", &archive);
    let names = |json: &Value| -> Vec<String> {
        let runs = json["runs"].as_array().unwrap();
        runs.iter()
            .map(|run| run["file"].as_str().unwrap().to_owned())
            .collect()
    };
    let json = folder.json(&["export.zip"]);
    assert_eq!(
        names(&json),
        [
            "export.zip/activities/a.fit.gz",
            "export.zip/activities/b.tcx",
            "export.zip/activities/c.gpx",
            "export.zip/uploads/part1.zip/2024-11-05.fit",
        ]
    );
    // In a folder too, each run once.
    let json = folder.json(&["."]);
    assert_eq!(
        (names(&json).len(), &json["recorded_twice"]),
        (4, &json!(4))
    );
    // Nothing was unpacked.
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["export.zip", "year"]);
}

#[test]
fn a_damaged_member_costs_its_row_and_keep_going_makes_it_a_success() {
    let mut damaged = Zip::default()
        .stored("good.fit", fit(START, &run(10)))
        .stored("bad.tcx", tcx(START_UNIX + 86_400, &run(1)))
        .file();
    let at = damaged.windows(7).position(|at| at == b"bad.tcx").unwrap();
    damaged[at + 400] ^= 0x20;
    let folder = Folder::new().with("export.zip", damaged).with(
        "cut.zip",
        &Zip::default().with("a.fit", fit(START, &run(1))).file()[..90],
    );
    let review = |args: &[&str]| {
        let args = [&["export.zip", "cut.zip", "--format", "csv"], args].concat();
        let output = folder.review(&args).output();
        let rows = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (
            rows.contains("export.zip/good.fit,"),
            stderr,
            output.status.code(),
        )
    };
    let (is_there, stderr, status) = review(&[]);
    assert!(
        is_there && stderr.contains("warning: 'export.zip/bad.tcx': the file is damaged"),
        "{stderr}"
    );
    assert!(
        stderr.contains("warning: 'cut.zip': the ZIP archive is damaged: "),
        "{stderr}"
    );
    let way_out = "; fetch it again, or unpack what can be and review the folder\n";
    assert!(stderr.contains(way_out), "{stderr}");
    assert!(
        stderr.ends_with("error: 2 files could not be read completely\n"),
        "{stderr}"
    );
    assert_eq!(status, Some(1));
    let (is_there, stderr, status) = review(&["--keep-going"]);
    let is_error = stderr.lines().any(|line| line.starts_with("error"));
    assert!(is_there && !is_error, "{stderr}");
    assert_eq!(status, Some(0));
    // Where no run was read, there is nothing to go on with.
    let output = folder.review(&["cut.zip", "--keep-going"]).output();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_archive_made_to_do_harm_is_given_up() {
    // 140 MB of blanks in a GPX file, three times, in half a megabyte: each could be a recording,
    // but not all of them.
    let mut bomb = b"<gpx><trk><trkseg>".to_vec();
    let blanks = [b"<a/>".as_slice(), &vec![b' '; 200 << 10]].concat();
    while bomb.len() < 140 << 20 {
        bomb.extend(&blanks);
    }
    let mut zip = Zip::default();
    for number in 0..3 {
        zip = zip.with(&format!("{number}.gpx"), &bomb);
    }
    let folder = Folder::new().with("bomb.zip", zip.file());
    let output = folder.review(&["bomb.zip"]).output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{stderr}");
    assert!(
        stderr
            .contains("its archive unpacks to more than 100 times its size: the rest was left out"),
        "{stderr}"
    );
}

#[test]
fn lines_of_json_come_one_a_run() {
    let folder = winter().with("bad.fit", "hello");
    let output = folder.review(&[".", "--jsonl", "--keep-going"]).output();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let files: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["file"].clone())
        .collect();
    let expected: Vec<_> = (1..=7)
        .map(|number| json!(format!("./{number}.fit")))
        .collect();
    assert_eq!(files, expected);
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("warning: './bad.fit': ")
    );
}

#[test]
fn the_picture_of_the_weeks_is_one_file() {
    let folder = winter();
    folder
        .review(&[
            ".",
            "--rows",
            "week",
            "--svg",
            "weeks.svg",
            "--format",
            "csv",
        ])
        .output();
    let svg = fs::read_to_string(folder.path().join("weeks.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for text in [
        "Running by the week",
        "the week before + 10 %",
        "2024-11-04",
    ] {
        assert!(svg.contains(text), "{text}");
    }
}
