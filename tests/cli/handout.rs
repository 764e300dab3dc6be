//! `cadence plan -o plan.html`: the page that is printed, in a real browser where Chromium is
//! installed. With `CADENCE_REQUIRE_BROWSER=1` one that is not is a failure.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::harness::{cadence, listing};
use super::plan::faded8;
use tempfile::TempDir;

#[test]
fn a_plan_is_written_in_the_format_that_the_name_of_the_file_says() {
    let folder = TempDir::new().unwrap();
    let plan = |more: &[&str]| faded8(more).folder(folder.path());
    for (name, format) in [
        ("plan.txt", "text"),
        ("plan.json", "json"),
        ("plan.csv", "csv"),
        ("plan.ics", "ics"),
        ("plan.html", "html"),
    ] {
        plan(&["-o", name]).check();
        let printed = plan(&["--format", format]).output();
        assert_eq!(printed.status.code(), Some(0));
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), printed.stdout);
        plan(&["-o", name])
            .stderr(&format!("error: '{name}' exists: --force overwrites it\n"))
            .status(1)
            .check();
        plan(&["-o", name, "--force"]).check();
    }
    let json = String::from_utf8(plan(&["--format", "json"]).output().stdout).unwrap();
    plan(&["-o", "-", "--format", "json"]).stdout(&json).check();
    plan(&["-o", "plan.pdf"])
        .stderr(
            "error: no format has the ending of 'plan.pdf': name it .txt, .json, .csv, .ics or .html, or add --format\n",
        )
        .status(2)
        .check();
    assert!(!folder.path().join("plan.pdf").exists());
    plan(&["-o", "plan.v2", "--format", "csv"]).check();
    plan(&["-o", "no/plan.html"])
        .stderr("error: cannot write 'no/plan.html': no folder 'no'\n")
        .status(1)
        .check();
    // The page names the files that are written.
    let html = |more: &[&str]| {
        let output = plan(&[&["--format", "html"], more].concat()).output();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(html(&[]).contains("Play faded8-01.mp3 for run 1;"));
    let ogg = html(&["--render", "phone", "--encoding", "fit"]);
    assert!(ogg.contains("Start &quot;faded8 run 1, 2026-12-01&quot; on the watch for run 1;"));
    assert_eq!(listing(&folder.path().join("phone")).len(), 8);
}

#[test]
fn the_workout_of_one_run_can_be_piped() {
    faded8(&["--run", "5"])
        .stdout("5m rest, 24m 168 cue 3m/1m, 5m rest\n")
        .check();
    faded8(&["--run", "5", "--warm-up", "0", "--cool-down", "0"])
        .stdout("24m 168 cue 3m/1m\n")
        .check();
    faded8(&["--run", "5", "-o", "run.json"])
        .stderr("error: --run writes a workout as text: give the output no ending, or .txt\n")
        .status(2)
        .check();
    faded8(&["--run", "9"])
        .stderr("error: there is no run 9: this plan has runs 1 to 8\n")
        .status(2)
        .check();
    let text = faded8(&["--run", "5"]).output().stdout;
    let shown = cadence(&["show", "--file", "-", "--format", "json"])
        .stdin(&String::from_utf8(text).unwrap())
        .output();
    let json: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(json["length_s"], 34.0 * 60.0);
}

/// The pages of a PDF file of Chromium, whose objects are not compressed.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let kinds = text.split("/Type /Page").skip(1);
    kinds.filter(|rest| !rest.starts_with('s')).count()
}

/// Prints a page of a folder as a browser does.
fn print(chromium: &str, folder: &Path, name: &str) -> Vec<u8> {
    let pdf = folder.join(name).with_extension("pdf");
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .args(["--disable-sync", "--disable-quic", "--no-pdf-header-footer"])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", folder.join(name).display()))
        .output()
        .unwrap();
    fs::read(&pdf).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

#[test]
fn every_schedule_is_one_page_of_paper() {
    let chromium = "chromium";
    let is_there = Command::new(chromium).arg("--version").output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        let is_required = std::env::var_os("CADENCE_REQUIRE_BROWSER").is_some();
        assert!(!is_required, "no {chromium}");
        eprintln!("skipped: no {chromium}");
        return;
    }
    let folder = TempDir::new().unwrap();
    // The most runs that are promised to fit, 56, and one more week, which does not.
    let fast = "gradual --raise 8.125 --increment 1 --every 1 --days mon,tue,thu,sat";
    let long = "gradual --raise 50 --increment 5 --every 4 --days mon,tue,thu,sat";
    for (plan, runs, expected) in [
        ("huber2024", 6, 1),
        ("faded8", 8, 1),
        ("willy2016", 8, 1),
        ("hafer2015", 18, 1),
        ("bramah2019", 6, 1),
        ("steptest", 1, 1),
        ("gradual", 18, 1),
        (fast, 56, 1),
        (long, 272, 4),
    ] {
        let mut args = vec!["plan"];
        args.extend(plan.split(' '));
        args.extend(["--cadence", "160", "--start", "2026-12-01", "--force"]);
        cadence(&[&args[..], &["-o", "plan.html"]].concat())
            .folder(folder.path())
            .output();
        let page = fs::read_to_string(folder.path().join("plan.html")).unwrap();
        assert_eq!(page.matches("<tr><td").count(), runs, "{plan}");
        let pdf = print(chromium, folder.path(), "plan.html");
        assert_eq!(pages(&pdf), expected, "{plan}");
    }
}
