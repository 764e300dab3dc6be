//! `cadence calc`.

use super::harness::cadence;

#[test]
fn a_count_becomes_two_aligned_lines() {
    cadence(&["calc", "40"])
        .stdout(
            "cadence  160 ±4 spm      40 steps of one foot in 30s\n\
             target   168 to 176 spm  +5% to +10% (168 is really +2.4% to +7.7%)\n\
             Start only when easy running is free of pain; stop if it hurts.\n",
        )
        .check();
}

#[test]
fn both_feet_another_time_and_one_raise() {
    cadence(&[
        "calc", "162", "--feet", "both", "--time", "1m", "--raise", "7.5",
    ])
    .stdout(
        "cadence  162 ±1 spm  162 steps of both feet in 1m\n\
             target   174.2 spm   +7.5% (174.2 is really +6.8% to +8.2%)\n\
             Start only when easy running is free of pain; stop if it hurts.\n",
    )
    .check();
}

#[test]
fn several_counts_are_averaged() {
    cadence(&["calc", "40", "41", "39"])
        .stdout(
            "cadence  160 ±2.3 spm    40, 41, 39 steps of one foot in 30s\n\
             target   168 to 176 spm  +5% to +10% (168 is really +3.5% to +6.5%)\n\
             Start only when easy running is free of pain; stop if it hurts.\n",
        )
        .check();
}

#[test]
fn a_stopwatch_has_its_own_uncertainty() {
    cadence(&["calc", "50", "--time", "37.4s", "--stopwatch"])
        .stdout(
            "cadence  160.4 ±1.4 spm      50 steps of one foot in 37.4s\n\
             target   168.4 to 176.5 spm  +5% to +10% (168.4 is really +4.1% to +5.9%)\n\
             Start only when easy running is free of pain; stop if it hurts.\n",
        )
        .check();
}

#[test]
fn counts_come_from_stdin_one_a_line() {
    let averaged = "cadence  160 ±2.3 spm    40, 41, 39 steps of one foot in 30s\n\
                    target   168 to 176 spm  +5% to +10% (168 is really +3.5% to +6.5%)\n\
             Start only when easy running is free of pain; stop if it hurts.\n";
    cadence(&["calc", "-"])
        .stdin("40\n 41 \r\n\n39")
        .stdout(averaged)
        .check();
    cadence(&["calc", "40", "-"])
        .stdin("41\n39\n")
        .stdout(averaged)
        .check();
}

#[test]
fn stdin_is_checked_line_by_line() {
    cadence(&["calc", "-"])
        .stdin("40\n\nforty\n")
        .stderr("error: line 3 of stdin: 'forty' is not a count: write a whole number of steps, at least 1\n")
        .status(2)
        .check();
    cadence(&["calc", "-"])
        .stderr("error: there is no count: write at least one number of steps, such as 40\n")
        .status(2)
        .check();
    cadence(&["calc", "-"])
        .stdin("40\n\n-3\n")
        .stderr("error: line 3 of stdin: '-3' is not a count: write a whole number of steps, at least 1\n")
        .status(2)
        .check();
}

#[test]
fn stdin_is_read_within_bounds() {
    cadence(&["calc", "-"])
        .stdin(&"4".repeat(100_000))
        .stderr("error: line 1 of stdin: too long for a number\n")
        .status(2)
        .check();
    cadence(&["calc", "-"])
        .stdin(&"40\n".repeat(10_001))
        .stderr("error: line 10001 of stdin: at most 10000 lines are read\n")
        .status(2)
        .check();
}

#[test]
fn a_half_is_rounded_up_also_where_arithmetic_missed_it() {
    // 162 over 150 + 10 is exactly +1.25 %, but 162.0 / 160.0 - 1.0 is a little less than 0.0125.
    cadence(&["calc", "15", "--time", "12s", "--raise", "8"])
        .stdout(
            "cadence  150 ±10 spm  15 steps of one foot in 12s\n\
             target   162 spm      +8% (162 is really +1.3% to +15.7%)\n\
             Start only when easy running is free of pain; stop if it hurts.\n",
        )
        .check();
}

#[test]
fn json_is_one_object_at_full_precision() {
    cadence(&["calc", "40", "41", "--format", "json"])
        .stdout(
            "{\"cadence_spm\":162.0,\"uncertainty_spm\":2.82842712474619,\"target_low_spm\":170.1,\
             \"target_mid_spm\":174.15,\"target_high_spm\":178.2,\"raise_low_percent\":5.0,\
             \"raise_high_percent\":10.0,\"target_low_true_raise_min_percent\":3.198218272910025,\
             \"target_low_true_raise_max_percent\":6.86581587863746,\"counts\":[40,41],\"feet\":\"one\",\
             \"time_s\":30.0,\"stopwatch\":false,\"doubts\":[]}\n",
        )
        .check();
}

#[test]
fn shell_output_is_assignments() {
    cadence(&[
        "calc",
        "50",
        "--time",
        "37.4s",
        "--stopwatch",
        "--format",
        "shell",
    ])
    .stdout(
        "cadence_spm=160.4\nuncertainty_spm=1.4\ntarget_low_spm=168.4\ntarget_mid_spm=172.5\n\
             target_high_spm=176.5\nraise_low_percent=5\nraise_high_percent=10\n",
    )
    .check();
}

#[test]
fn one_number_is_printed_alone() {
    for (number, shown) in [
        ("cadence", "162\n"),
        ("uncertainty", "2.8\n"),
        ("target-low", "170.1\n"),
        ("target-mid", "174.2\n"),
        ("target-high", "178.2\n"),
    ] {
        cadence(&["calc", "40", "41", "--print", number])
            .stdout(shown)
            .check();
    }
}

#[test]
fn values_are_taken_as_people_type_them() {
    for args in [
        ["calc", "80", "--time", "1:00", "--raise", "5-10"],
        ["calc", "120", "--time", "1m30", "--raise", "5%-10%"],
        ["calc", "120", "--time", "1m 30s", "--raise", "+5..10"],
    ] {
        cadence(&[&args[..], &["--print", "target-high"]].concat())
            .stdout("176\n")
            .check();
    }
}

#[test]
fn a_high_cadence_is_a_doubt_in_json() {
    let output = cadence(&["calc", "47", "--format", "json"]).output();
    let json = String::from_utf8(output.stdout).unwrap();
    assert!(json.ends_with("\"doubts\":[\"high\"]}\n"), "{json}");
}

#[test]
fn what_looks_wrong_is_hinted_at_on_stderr_alone() {
    #[track_caller]
    fn case(args: &[&str], stdout: &str, warning: &str) {
        let args = [&["calc", "--print", "cadence"], args].concat();
        cadence(&args)
            .stdout(stdout)
            .stderr(&format!("warning: {warning}\n"))
            .check();
    }
    case(
        &["30"],
        "120\n",
        "120 spm is probably walking: runners take 140 spm and more",
    );
    case(
        &["53"],
        "212\n",
        "212 spm is unusual, above 210 spm: are the count and the time right?\nwarning: 212 spm is high \
         already: raising it may not be what you want (from 185 spm up, this project's threshold)",
    );
    case(
        &["47"],
        "188\n",
        "188 spm is high already: raising it may not be what you want (from 185 spm up, this project's threshold)",
    );
    case(
        &["40", "--feet", "both"],
        "80\n",
        "80 spm is half of a runner's cadence: if one foot was counted, --feet one makes it 160 spm",
    );
    case(
        &["36", "44"],
        "160\n",
        "the counts differ by more than miscounting explains: was the pace the same?",
    );
    case(
        &["40", "--raise", "5..15"],
        "160\n",
        "+5% to +15% is more than the +10% that studies tried",
    );
}

#[test]
fn both_feet_counted_as_one_is_an_error_with_the_way_out() {
    cadence(&["calc", "80"])
        .stderr(
            "error: a count of 80 in 30 s, one foot, would be 320 spm, out of range: 30 to 300 spm; \
             if both feet were counted, --feet both makes it 160 spm\n",
        )
        .status(2)
        .check();
    cadence(&["calc", "9", "--feet", "both"])
        .stderr(
            "error: a count of 9 in 30 s, both feet, would be 18 spm, out of range: 30 to 300 spm; \
             if one foot was counted, --feet one makes it 36 spm\n",
        )
        .status(2)
        .check();
    cadence(&["calc", "1", "--time", "1h"])
        .stderr("error: a count of 1 in 3600 s, one foot, would be 0 spm, out of range: 30 to 300 spm\n")
        .status(2)
        .check();
}

#[test]
fn a_target_beyond_any_runner_is_an_error() {
    cadence(&["calc", "74"])
        .stderr(
            "warning: 296 spm is unusual: if both feet were counted, --feet both makes it 148 spm\n\
             error: a cadence of 310.8 spm is out of range: 30 to 300 spm\n",
        )
        .status(2)
        .check();
}

#[test]
fn a_stopwatch_times_one_count() {
    cadence(&["calc", "50", "50", "--time", "37.4s", "--stopwatch"])
        .stderr("error: 2 counts share one stopwatch time: write one count, with the time that it took\n")
        .status(2)
        .check();
}

#[test]
fn options_are_checked_at_the_door() {
    #[track_caller]
    fn case(args: &[&str], stderr: &str) {
        let stderr = format!("error: {stderr}\n\nFor more information, try '--help'.\n");
        cadence(&[&["calc"], args].concat())
            .stderr(&stderr)
            .status(2)
            .check();
    }
    case(
        &["forty"],
        "invalid value 'forty' for '<COUNT>...': 'forty' is not a count: write a whole number of steps, at least 1",
    );
    case(
        &["-4"],
        "invalid value '-4' for '<COUNT>...': '-4' is not a count: write a whole number of steps, at least 1",
    );
    case(
        &["40", "--time", "30"],
        "invalid value '30' for '--time <TIME>': '30' has no unit: write 30s for seconds, 30m for minutes",
    );
    case(
        &["40,5"],
        "invalid value '40,5' for '<COUNT>...': '40,5' is not a count: write a whole number of steps, 40 or 41",
    );
    case(
        &["40", "--raise", "7,5"],
        "invalid value '7,5' for '--raise <PERCENT>': '7,5' is not a raise: write percent from 0 to 50, \
         such as 7.5",
    );
    case(
        &["40", "--raise", "10..5"],
        "invalid value '10..5' for '--raise <PERCENT>': '10..5' is not a raise: write percent from 0 to 50, \
         one number or a range such as 5..10",
    );
    case(
        &["40", "--feet", "left"],
        "invalid value 'left' for '--feet <FEET>'\n  [possible values: one, both]",
    );
    cadence(&["calc", "40", "--time", "2s"])
        .stderr("error: a count cannot last 2s: 5s to 1h, such as 30s\n")
        .status(2)
        .check();
}

#[cfg(unix)]
mod pipes {
    use super::super::harness::CADENCE;
    use std::process::Command;

    fn sh(script: &str) -> (String, String, i32) {
        let output = Command::new("sh")
            .arg("-c")
            .arg(script)
            .env("CADENCE", CADENCE)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            text(output.stdout),
            text(output.stderr),
            output.status.code().unwrap(),
        )
    }

    #[test]
    fn shell_output_is_safe_to_eval() {
        let script = r#"eval "$("$CADENCE" calc 40 --format shell)"; echo "$target_low_spm-$target_high_spm""#;
        assert_eq!(sh(script), ("168-176\n".into(), String::new(), 0));
    }

    #[test]
    fn a_reader_that_leaves_is_no_error() {
        // The pipe is closed before anything is written to it.
        let script = r#"{ sleep 0.2; "$CADENCE" calc 40; echo "status $?" >&2; } | true"#;
        assert_eq!(sh(script), (String::new(), "status 0\n".into(), 0));
    }

    #[test]
    fn with_stdin_and_stdout_closed_nothing_hangs_or_panics() {
        assert_eq!(
            sh(r#""$CADENCE" calc 40 --print cadence <&-"#),
            ("160\n".into(), String::new(), 0)
        );
        assert_eq!(
            sh(r#""$CADENCE" calc 40 >&-"#),
            (String::new(), String::new(), 0)
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told() {
        let error = "error: cannot write to stdout: No space left on device (os error 28)\n";
        assert_eq!(
            sh(r#""$CADENCE" calc 40 > /dev/full"#),
            (String::new(), error.into(), 1)
        );
    }
}
