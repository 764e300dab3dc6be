//! `cadence plan`.

use std::fs;
use std::process::{Command, Stdio};

use super::harness::{CADENCE, Run, cadence, listing};
use tempfile::TempDir;

/// The plan of a runner with 160 spm, of eight runs from 1 December 2026 on.
pub(super) fn faded8(more: &[&str]) -> Run {
    let plan = "plan faded8 --cadence 160 --start 2026-12-01";
    cadence(&[&plan.split(' ').collect::<Vec<_>>()[..], more].concat())
}

#[test]
fn a_plan_says_its_rules_and_its_source_before_its_runs_and_its_weeks_after_them() {
    cadence(&["plan", "faded8", "--count", "40", "--start", "2026-12-01"])
        .stdout(
            "\
first       Start only once easy running is free of pain.
            If it hurts, stop, and repeat the last painless run; never make up
            for a missed one.
faded8      eight runs in two weeks, 15 to 30 minutes, the cue fading from the
            fifth on
cadence     160 spm, +5%
source      Noehren 2011, Cheung & Davis 2011 and Dos Santos 2019, by the table
            in PMC7083994
assumed     +5%, the low end of what studies tried; the table gives no raise
            the days of the week
            the minutes between 15 and 30
            the minutes on and off in runs 5 to 8: no source gave any
            5 easy minutes without clicks before each run and after it
caveat      known from a review's table, not from the studies themselves
            a schedule from a study is not a treatment
            stop if it hurts, and see a professional if pain persists

run  day  date        BPM  length  workout
  1  tue  2026-12-01  168   25:00  5m rest, 15m 168, 5m rest
  2  thu  2026-12-03  168   27:00  5m rest, 17m 168, 5m rest
  3  sat  2026-12-05  168   29:00  5m rest, 19m 168, 5m rest
  4  mon  2026-12-07  168   31:00  5m rest, 21m 168, 5m rest
  5  tue  2026-12-08  168   34:00  5m rest, 24m 168 cue 3m/1m, 5m rest
  6  thu  2026-12-10  168   36:00  5m rest, 26m 168 cue 2m/2m, 5m rest
  7  sat  2026-12-12  168   38:00  5m rest, 28m 168 cue 1m/3m, 5m rest
  8  mon  2026-12-14  168   40:00  5m rest, 30m 168 cue 1m/5m, 5m rest

week  from        runs  minutes  growth  asked
   1  2026-12-01     4      112          72
   2  2026-12-08     4      148  +32% *  108

minutes     these minutes replace usual running, they do not add to it
*           10% a week is a common guide, not proven protection (Buist 2008,
            n=532; Nielsen 2014, n=874)
            what raised injuries is one run over 10% longer than the longest of
            the last 30 days (Frandsen 2025, n=5,205), and a plan does not know
            those
",
        )
        .check();
}

#[test]
fn the_runner_s_own_choices_are_departures_and_a_plan_is_taken_up_again() {
    cadence(&[
        "plan",
        "huber2024",
        "--cadence",
        "160",
        "--raise",
        "7.5",
        "--start",
        "2026-12-01",
        "--days",
        "sat,mon",
        "--from",
        "2",
        "--warm-up",
        "10m",
        "--cool-down",
        "0",
    ])
    .stdout(
        "\
first       Start only once easy running is free of pain.
            If it hurts, stop, and repeat the last painless run; never make up
            for a missed one.
huber2024   two weeks with the metronome throughout
cadence     160 spm, +7.5%
source      Huber & Verhoff 2024, IJSPT, doi 10.26603/001c.90909
assumed     +7.5%, within the study's +5 to +10%
            2 runs a week, where the study had 2 to 3
            30 minutes each time, which was the most in the study
            the 5 minutes of introduction as a ramp within the first run
caveat      its cue never fades; a review found that faded cues serve better
            (PMC7083994)
            a schedule from a study is not a treatment
            stop if it hurts, and see a professional if pain persists

run  day  date        BPM  length  workout
  2  sat  2026-12-05  172   40:00  10m rest, 30m 172
  3  mon  2026-12-07  172   40:00  10m rest, 30m 172
  4  sat  2026-12-12  172   40:00  10m rest, 30m 172

week  from        runs  minutes  growth  asked
   1  2026-12-05     2       80          60
   2  2026-12-12     1       40  -50%    30

minutes     these minutes replace usual running, they do not add to it
",
    )
    .check();
}

#[test]
fn a_raise_that_is_not_the_schedule_s_is_explained() {
    #[track_caller]
    fn case(args: &[&str], first_assumed: &str, departures: &[&str]) {
        let args = [&["plan"], args, &["--cadence", "160", "--format", "json"]].concat();
        let json: serde_json::Value =
            serde_json::from_slice(&cadence(&args).output().stdout).unwrap();
        assert_eq!(json["plan"]["assumed"][0], first_assumed);
        assert_eq!(json["departures"], serde_json::json!(departures));
    }
    case(
        &["faded8", "--raise", "5..10"],
        "+5%, the low end of the range that was given, +5% to +10%",
        &[],
    );
    case(
        &["hafer2015", "--raise", "5..10"],
        "+5%, the low end of the range that was given, +5% to +10%",
        &["hafer2015 has +10%, this plan +5%"],
    );
    case(
        &["huber2024", "--raise", "12"],
        "three runs a week, where the study had two or three",
        &["huber2024 has +5 to +10%, this plan +12%"],
    );
    case(
        &["huber2024", "--raise", "10"],
        "+10%, within the study's +5 to +10%",
        &[],
    );
}

#[test]
fn a_high_cadence_has_the_hint_of_calc_and_a_high_raise_is_for_those_without_pain() {
    let args = [
        "plan",
        "hafer2015",
        "--cadence",
        "186",
        "--start",
        "2026-12-01",
    ];
    let output = cadence(&args).output();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "warning: 186 spm is high already: raising it may not be what you want (from 185 spm up, this project's \
         threshold)\n"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(
            "\
first       Start only once easy running is free of pain.
            If it hurts, stop, and repeat the last painless run; never make up
            for a missed one.
            +10% is for people who already run without pain.
hafer2015   six weeks"
        ),
        "{text}"
    );
}

#[test]
fn a_plan_starts_on_a_day_by_its_name() {
    let start = |text: &str| {
        let args = ["plan", "steptest", "--cadence", "160", "--format", "csv"];
        let days = ["--days", "mon,tue,wed,thu,fri,sat,sun", "--start", text];
        let output = cadence(&[&args[..], &days].concat()).output();
        let text = String::from_utf8(output.stdout).unwrap();
        let date = text.lines().nth(1).unwrap().split(',').nth(1).unwrap();
        date.parse::<jiff::civil::Date>().unwrap()
    };
    // The clock of the test may pass midnight after the command's.
    let today = jiff::Zoned::now().date();
    let near = |date: jiff::civil::Date, days: i32| {
        let ahead = (date - today).get_days();
        (days - 1..=days).contains(&ahead)
    };
    assert!(near(start("today"), 0));
    assert!(near(start("tomorrow"), 1));
    let monday = start("mon");
    assert_eq!(monday.weekday(), jiff::civil::Weekday::Monday);
    assert!((-1..=6).contains(&(monday - today).get_days()));
    assert_eq!(start("Monday"), monday);
}

#[test]
fn a_plan_is_csv_for_spreadsheets() {
    cadence(&[
        "plan",
        "gradual",
        "--cadence",
        "160",
        "--raise",
        "2",
        "--rise", // the former name of --increment, still taken
        "2.5",
        "--every",
        "1",
        "--start",
        "2026-12-01",
        "--days",
        "sun",
        "--format",
        "csv",
    ])
    .stdout(
        "\
run,date,target_bpm,length_s,workout,warm_up_s,asked_s,cool_down_s
1,2026-12-06,160.0,1800.0,\"5m rest, 20m 160 cue 1m/1m, 5m rest\",300.0,1200.0,300.0
2,2026-12-13,162.5,1800.0,\"5m rest, 20m 162.5 cue 1m/1m, 5m rest\",300.0,1200.0,300.0
3,2026-12-20,163.2,1800.0,\"5m rest, 20m 163.2 cue 1m/1m, 5m rest\",300.0,1200.0,300.0
",
    )
    .check();
}

#[test]
fn a_plan_is_json_with_its_source() {
    cadence(&["plan", "steptest", "--cadence", "160", "--start", "2026-12-01", "--format", "json"])
        .stdout(concat!(
            r#"{"plan":{"name":"steptest","summary":"one run of three tempi: one's own cadence, +5% and +10%","#,
            r#""source":"Morgan & Vincent 2017","caveats":["a trial of what a change feels like, not a training schedule","#,
            r#""a schedule from a study is not a treatment","stop if it hurts, and see a professional if pain persists"],"#,
            r#""assumed":["the day of the week","2 minutes each, where the source has 1 to 2","both raised tempi of the cadence that one starts from","#,
            r#""5 easy minutes without clicks before each run and after it"]},"#,
            r#""rules":["Start only once easy running is free of pain.","#,
            r#""If it hurts, stop, and repeat the last painless run; never make up for a missed one.","#,
            r#""+10% is for people who already run without pain."],"departures":[],"cadence_spm":160.0,"#,
            r#""raise_percent":10.0,"days":"mon,wed,fri","tolerance_percent":null,"total_runs":1,"#,
            r#""runs":[{"run":1,"date":"2026-12-02","target_bpm":176.0,"#,
            r#""length_s":960.0,"workout":"5m rest, 2m 160, 2m 168, 2m 176, 5m rest","#,
            r#""warm_up_s":300.0,"asked_s":360.0,"cool_down_s":300.0}],"#,
            r#""weeks":[{"week":1,"from":"2026-12-02","runs":1,"length_s":960.0,"asked_s":360.0,"growth_percent":null}]}"#,
            "\n"
        ))
        .check();
    let tolerant = cadence(&[
        "plan",
        "steptest",
        "--cadence",
        "160",
        "--tolerance",
        "2.5",
        "--format",
        "json",
    ])
    .output();
    let json: serde_json::Value = serde_json::from_slice(&tolerant.stdout).unwrap();
    assert_eq!(json["tolerance_percent"], 2.5);
}

#[test]
fn a_plan_is_the_same_calendar_every_time() {
    let calendar = || {
        cadence(&[
            "plan",
            "willy2016",
            "--cadence",
            "158",
            "--start",
            "2026-12-01",
            "--format",
            "ics",
        ])
        .output()
    };
    let (once, again) = (calendar(), calendar());
    assert_eq!((once.status.code(), once.stderr.len()), (Some(0), 0));
    assert_eq!(once.stdout, again.stdout);
    let text = String::from_utf8(once.stdout).unwrap();
    assert_eq!(text.matches("BEGIN:VEVENT\r\n").count(), 8);
    assert!(text.contains("UID:willy2016-8-2026-12-14@cadence\r\n"));
    assert!(text.contains("SUMMARY:Run 8 of 8: 169.9 BPM\r\n"));
}

#[test]
fn a_plan_starts_today_where_no_day_is_told() {
    let days = "mon,tue,wed,thu,fri,sat,sun";
    let output = cadence(&[
        "plan",
        "steptest",
        "--cadence",
        "160",
        "--days",
        days,
        "--format",
        "csv",
    ])
    .output();
    let text = String::from_utf8(output.stdout).unwrap();
    let date = text.lines().nth(1).unwrap().split(',').nth(1).unwrap();
    // The clock of the test may pass midnight behind the command's.
    let today = jiff::Zoned::now().date();
    assert!([today, today.yesterday().unwrap()].contains(&date.parse().unwrap()));
}

#[test]
fn the_list_tells_where_each_schedule_comes_from() {
    let output = cadence(&["plan", "--list"]).output();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(
        "huber2024   two weeks with the metronome throughout\n            Huber & Verhoff 2024, IJSPT, doi \
         10.26603/001c.90909\n            its cue never fades; "
    ));
    let names = text
        .lines()
        .filter_map(|line| line.split(' ').next().filter(|it| !it.is_empty()));
    assert_eq!(names.count(), 7 + 1);
    assert!(text.ends_with(
        "\n\
evidence    too little evidence that it prevents injury or improves performance
            (Anderson 2022)
            no better than education alone (Esculier 2018)
"
    ));
    // So does a plan without a schedule.
    cadence(&["plan"]).stdout(&text).check();
    let output = cadence(&["plan", "--list", "--format", "json"]).output();
    let json = String::from_utf8(output.stdout).unwrap();
    assert!(json.starts_with(r#"[{"name":"huber2024","#) && json.ends_with("]\n"));
    cadence(&["plan", "--list", "--format", "csv"])
        .stderr("error: --list has no dates: use --format text or json\n")
        .status(2)
        .check();
}

#[test]
fn what_no_plan_can_be_made_of_is_told() {
    #[track_caller]
    fn case(args: &[&str], stderr: &str) {
        let args = [&["plan"], args].concat();
        cadence(&args).stderr(stderr).status(2).check();
    }
    case(
        &["faded8"],
        "error: a plan starts from your cadence: add it, such as --cadence 160 or --count 40\n",
    );
    case(
        &["faded8", "--cadence", "160", "--rise", "1"],
        "error: --increment and --every are for gradual: faded8 has a fixed course\n",
    );
    case(
        &["--cadence", "160"],
        "error: choose a schedule: huber2024, faded8, willy2016, hafer2015, bramah2019, steptest, gradual\n",
    );
    case(
        &["faded8", "--cadence", "160", "--from", "9"],
        "error: there is no run 9: faded8 has runs 1 to 8\n",
    );
    case(
        &["faded8", "--cadence", "160", "--warm-up", "90m"],
        "error: invalid value '90m' for '--warm-up <TIME>': out of range: 1s to 1h, or 0 to leave it out\n\n\
         For more information, try '--help'.\n",
    );
    case(
        &["faded8", "--cadence", "160", "--start", "2026-13-01"],
        "error: invalid value '2026-13-01' for '--start <DATE>': not a date: write one such as 2026-12-01, tomorrow or \
         mon\n\n\
         For more information, try '--help'.\n",
    );
    case(
        &["gradual", "--cadence", "160", "--increment", "2,5"],
        "error: invalid value '2,5' for '--increment <SPM>': write 2.5\n\nFor more information, try '--help'.\n",
    );
    for (option, value, name, meant) in [
        (
            "--increment",
            "25",
            "--increment <SPM>",
            "25 spm every 2 weeks",
        ),
        ("--every", "9", "--every <WEEKS>", "5 spm every 9 weeks"),
    ] {
        case(
            &["gradual", "--cadence", "160", option, value],
            &format!(
                "error: invalid value '{value}' for '{name}': a rise of {meant} is out of range: \
                 0.5 to 20 spm, every 1 to 8 weeks\n\nFor more information, try '--help'.\n"
            ),
        );
    }
    case(
        &["faded8", "--cadence", "160", "--days", "monday"],
        "error: invalid value 'monday' for '--days <DAYS>': 'monday' is not a list of days: write them short, such as \
         mon,wed,sat\n\nFor more information, try '--help'.\n",
    );
    case(
        &["c25k", "--cadence", "160"],
        "error: invalid value 'c25k' for '[PRESET]'\n  [possible values: huber2024, faded8, willy2016, hafer2015, \
         bramah2019, steptest, gradual]\n\nFor more information, try '--help'.\n",
    );
}

#[test]
fn a_file_is_no_folder_for_the_runs() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("phone"), "").unwrap();
    for encoding in ["wav", "fit"] {
        let args = "plan steptest --cadence 160 --render phone --encoding";
        let args: Vec<&str> = args.split(' ').chain([encoding]).collect();
        cadence(&args)
            .folder(folder.path())
            .stderr("error: 'phone' is a file: name a folder for the runs\n")
            .status(1)
            .check();
    }
}

#[cfg(feature = "mp3")]
#[test]
fn a_plan_becomes_files_and_a_playlist() {
    let folder = TempDir::new().unwrap();
    let args = [
        "plan",
        "steptest",
        "--cadence",
        "160",
        "--start",
        "2026-12-01",
        "--render",
        "phone",
    ];
    let output = cadence(&args).folder(folder.path()).output();
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(0), "")
    );
    let phone = folder.path().join("phone");
    assert_eq!(listing(&phone), ["steptest-01.mp3", "steptest.m3u8"]);
    let playlist = fs::read_to_string(phone.join("steptest.m3u8")).unwrap();
    let (head, name) = playlist.trim_end().rsplit_once('\n').unwrap();
    assert!(
        head.starts_with("#EXTM3U\n#EXTINF:960,steptest run 1, 2026-12-02: 5m rest, 2m 160, "),
        "{playlist}"
    );
    assert_eq!(name, "steptest-01.mp3");
    let file = fs::read(phone.join(name)).unwrap();
    let head = String::from_utf8_lossy(&file[..400]);
    for frame in ["\u{3}cadence", "\u{3}steptest from 2026-12-02", "\u{3}1/1"] {
        assert!(head.contains(frame), "{frame}: {head}");
    }
    cadence(&args)
        .folder(folder.path())
        .stderr("error: 'phone/steptest-01.mp3' exists: --force overwrites it\n")
        .status(1)
        .check();
}

#[test]
fn the_files_of_a_plan_are_the_same_however_many_cores_write_them() {
    let folder = TempDir::new().unwrap();
    let render = |cores: &str| {
        let args = "plan faded8 --cadence 160 --start 2026-12-01 --from 6 --warm-up 0 --cool-down 0 --encoding wav";
        let status = Command::new(CADENCE)
            .args(args.split(' '))
            .args(["--render", cores])
            .env("RAYON_NUM_THREADS", cores)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        let names = listing(&folder.path().join(cores));
        let read = |name: &String| fs::read(folder.path().join(cores).join(name)).unwrap();
        let bytes: Vec<Vec<u8>> = names.iter().map(read).collect();
        fs::remove_dir_all(folder.path().join(cores)).unwrap();
        (names, bytes)
    };
    let (one, two) = (render("1"), render("2"));
    assert_eq!(
        one.0,
        [
            "faded8-06.wav",
            "faded8-07.wav",
            "faded8-08.wav",
            "faded8.m3u8"
        ]
    );
    assert!(one == two, "the bytes differ");
}

#[cfg(all(target_os = "linux", feature = "vorbis"))]
#[test]
fn a_plan_that_is_stopped_while_its_files_are_written_leaves_none() {
    use std::io::{BufRead as _, BufReader};

    use rustix::process::{Pid, Signal, kill_process};

    let folder = TempDir::new().unwrap();
    // Each takes several seconds.
    let args = "plan faded8 --cadence 160 --start 2026-12-01 --render phone --encoding ogg";
    let child = Command::new(CADENCE)
        .args(args.split(' '))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    // What is printed comes before the files.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("minutes ")));
    std::thread::sleep(std::time::Duration::from_millis(200));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let phone = folder.path().join("phone");
    assert!(!phone.exists() || listing(&phone).is_empty());
}
