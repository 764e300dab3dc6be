//! `cadence show --format fit` and `cadence plan --encoding fit`. What the files hold is tested in
//! `tests/watch`.

use std::fs;

use tempfile::TempDir;

use super::harness::{cadence, listing};

const INTERVALS: &str = "5m rest, 5x(2m +5%, 1m base)";

#[test]
fn a_workout_is_written_for_a_watch_and_is_the_same_each_time() {
    let folder = TempDir::new().unwrap();
    let show = |more: &[&str]| {
        let args = [
            &["show", INTERVALS, "--cadence", "160", "--format", "fit"],
            more,
        ];
        cadence(&args.concat()).folder(folder.path())
    };
    show(&["-o", "run.fit"]).check();
    let file = fs::read(folder.path().join("run.fit")).unwrap();
    assert_eq!(&file[8..12], b".FIT");
    assert_eq!(show(&[]).output().stdout, file);
    assert_eq!(show(&["-o", "-"]).output().stdout, file);
    // 168 ± 6 % is not 168 ± 3 %; a name and a date are in the file too.
    for more in [
        ["--tolerance", "6"],
        ["--name", "Hills"],
        ["--date", "2026-12-01"],
        ["--for", "10m"],
    ] {
        let output = show(&more).output();
        assert_eq!(&output.stdout[8..12], b".FIT", "{more:?}");
        assert_ne!(output.stdout, file, "{more:?}");
    }
    show(&["-o", "run.fit"])
        .stderr("error: 'run.fit' exists: --force overwrites it\n")
        .status(1)
        .check();
    show(&["-o", "run.fit", "--force"]).check();
}

#[test]
fn a_workout_for_a_watch_is_no_recording() {
    let folder = TempDir::new().unwrap();
    cadence(&["show", "168", "--format", "fit", "-o", "run.fit"])
        .folder(folder.path())
        .check();
    cadence(&["review", "run.fit"])
        .folder(folder.path())
        .stderr(
            "error: cannot read 'run.fit': it is a workout for a watch, not a recording: \
             review what the watch recorded when it was run\n",
        )
        .status(1)
        .check();
}

#[test]
fn what_a_watch_may_not_do_is_said() {
    let folder = TempDir::new().unwrap();
    let show = |workout: &str, file: &str| {
        cadence(&["show", workout, "--format", "fit", "-o", file]).folder(folder.path())
    };
    show("10m 100..210", "run.fit")
        .stderr("warning: 55 workout steps: watches differ, and some take no more than 50\n")
        .check();
    show("170 cue 1m/1m", "cue.fit")
        .stderr(
            "warning: a watch cannot switch a cue on and off without end: the last segment keeps \
             its target throughout; give it a length\n",
        )
        .check();
    show("2x(100x(50s 100..200), 1s rest)", "long.fit")
        .stderr("error: this is more than 4096 steps on a watch: make it shorter\n")
        .status(2)
        .check();
    assert_eq!(listing(folder.path()), ["cue.fit", "run.fit"]);
}

#[test]
fn a_timeline_is_written_to_a_file_too() {
    let folder = TempDir::new().unwrap();
    let shown = cadence(&["show", INTERVALS, "--cadence", "160"]).output();
    cadence(&["show", INTERVALS, "--cadence", "160", "-o", "run.txt"])
        .folder(folder.path())
        .check();
    let written = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(written("run.txt"), shown.stdout);
    // Its name says what it is, unless --format does.
    for (name, format) in [("a.fit", "fit"), ("b.json", "json")] {
        let show = |more: &[&str]| {
            let args = [&["show", INTERVALS, "--cadence", "160"], more];
            cadence(&args.concat()).folder(folder.path())
        };
        show(&["-o", name]).check();
        assert_eq!(written(name), show(&["--format", format]).output().stdout);
        show(&["-o", name, "--force", "--format", "text"]).check();
        assert_eq!(written(name), shown.stdout);
    }
}

#[test]
fn what_has_no_effect_or_no_sense_is_refused() {
    let refused = |args: &[&str], error: &str| {
        cadence(args).stderr(error).status(2).check();
    };
    for option in [
        ["--tolerance", "3"],
        ["--name", "x"],
        ["--date", "2026-12-01"],
    ] {
        refused(
            &["show", "168", option[0], option[1]],
            "error: --tolerance, --name and --date need --format fit\n",
        );
    }
    for option in [["--count-in", "4"], ["--per", "stride"]] {
        refused(
            &["show", "168", "--format", "fit", option[0], option[1]],
            "error: --count-in and --per are for clicks, and a watch workout has none\n",
        );
    }
    refused(
        &["plan", "faded8", "--cadence", "160", "--tolerance", "3"],
        "error: --tolerance needs --format json, or --render FOLDER --encoding fit\n",
    );
    let try_help = "\n\nFor more information, try '--help'.\n";
    for (option, value, error) in [
        (
            "--tolerance <PERCENT>",
            "NaN",
            "a tolerance of NaN % is out of range: 0 to 20 %",
        ),
        (
            "--date <DATE>",
            "1990-01-01",
            "a FIT file cannot hold that date: 1999-01-01 to 2125-12-31",
        ),
        (
            "--name <TEXT>",
            " ",
            "the name of a workout is 1 to 254 bytes of printable text",
        ),
    ] {
        let name = option.split(' ').next().unwrap();
        refused(
            &["show", "168", "--format", "fit", name, value],
            &format!("error: invalid value '{value}' for '{option}': {error}{try_help}"),
        );
    }
}

#[test]
fn a_plan_is_a_file_a_run_named_by_date() {
    let folder = TempDir::new().unwrap();
    let plan = |more: &[&str]| {
        let args = ["plan", "huber2024", "--cadence", "160", "--raise", "5"];
        let days = ["--days", "mon,sat", "--start", "2026-12-01"];
        cadence(&[&args[..], &days, more].concat()).folder(folder.path())
    };
    let printed = plan(&[]).output().stdout;
    let render = ["--render", "watch", "--encoding", "fit"];
    plan(&render)
        .stdout(&String::from_utf8(printed).unwrap())
        .check();
    assert_eq!(
        listing(&folder.path().join("watch")),
        [
            "2026-12-05-huber2024-01.fit",
            "2026-12-07-huber2024-02.fit",
            "2026-12-12-huber2024-03.fit",
            "2026-12-14-huber2024-04.fit",
        ]
    );
    plan(&render)
        .stderr("error: 'watch/2026-12-05-huber2024-01.fit' exists: --force overwrites it\n")
        .status(1)
        .check();
}
