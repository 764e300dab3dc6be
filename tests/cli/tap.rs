//! `cadence tap` from times on stdin; with keys it is tested in a pseudo-terminal.

use super::harness::cadence;

/// Taps of one foot at 160 spm, each second one 20 ms late.
fn taps(number: u32) -> Vec<f64> {
    (0..number)
        .map(|tap| 5.0 + 0.75 * f64::from(tap) + 0.02 * f64::from(tap % 2))
        .collect()
}

fn lines(times: &[f64]) -> String {
    let lines: Vec<String> = times.iter().map(f64::to_string).collect();
    lines.join("\n")
}

#[test]
fn taps_become_what_calc_prints() {
    cadence(&["tap"])
        .stdin(&lines(&taps(32)))
        .stdout(
            "cadence  160 ±0.2 spm    32 taps of one foot in 23.3s\n\
             target   168 to 176 spm  +5% to +10% (168 is really +4.9% to +5.1%)\n",
        )
        .check();
    cadence(&["tap", "--print", "target-low"])
        .stdin(&lines(&taps(32)))
        .stdout("168\n")
        .check();
}

#[test]
fn even_taps_are_not_known_exactly() {
    let even: Vec<f64> = (0..32).map(|tap| 0.75 * f64::from(tap)).collect();
    cadence(&["tap"])
        .stdin(&lines(&even))
        .stdout(
            "cadence  160 ±0.1 spm    32 taps of one foot in 23.3s\n\
             target   168 to 176 spm  +5% to +10%\n",
        )
        .check();
}

#[test]
fn a_missed_and_a_doubled_tap_are_told() {
    let mut times = taps(32);
    times.remove(20);
    times.insert(5, times[4] + 0.09);
    cadence(&["tap", "--print", "cadence"])
        .stdin(&lines(&times))
        .stdout("160\n")
        .stderr("warning: a tap was missed: its landing is counted\nwarning: a tap came twice: the double is ignored\n")
        .check();
    let output = cadence(&["tap", "--format", "json"])
        .stdin(&lines(&times))
        .output();
    let json = String::from_utf8(output.stdout).unwrap();
    assert!(json.contains("\"counts\":[31],\"feet\":\"one\""), "{json}");
    assert!(
        json.trim_end()
            .ends_with("\"doubts\":[],\"missed_taps\":1,\"doubled_taps\":1}"),
        "{json}"
    );
}

#[test]
fn what_looks_wrong_is_told() {
    cadence(&["tap", "--feet", "both", "--print", "cadence"])
        .stdin(&lines(&taps(32)))
        .stdout("80\n")
        .stderr("warning: 80 spm is half of a runner's cadence: if one foot was counted, --feet one makes it 160 spm\n")
        .check();
}

#[test]
fn times_are_checked_line_by_line() {
    #[track_caller]
    fn case(stdin: &str, error: &str) {
        cadence(&["tap"])
            .stdin(stdin)
            .stderr(&format!("error: {error}\n"))
            .status(2)
            .check();
    }
    case(
        "1.0\n\nsoon\n",
        "line 3 of stdin: 'soon' is not a time: write seconds, such as 12.34",
    );
    case(
        "-1\n",
        "line 1 of stdin: '-1' is not a time: write seconds, such as 12.34",
    );
    case(
        "NaN\n",
        "line 1 of stdin: 'NaN' is not a time: write seconds, such as 12.34",
    );
    case("", "too few taps (0): tap at least 5 times, better 32");
    case(
        "1\n2\n1.5\n4\n5\n",
        "tap 3 is earlier than the one before: times must rise",
    );
    case(
        "0\n1\n2\n3\n4\n60\n",
        "there is a pause of 56 s: tap without a break",
    );
}
