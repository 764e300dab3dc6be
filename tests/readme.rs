//! The README is true: its console blocks print what they show, and its shell blocks run.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const README: &str = include_str!("../README.md");

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// A folder to run in, with a recording of a run, and a configuration by which ALSA writes to a
/// file, as fast as it is given.
struct Shell(TempDir);

impl Shell {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let capture = format!(
            "pcm.!default {{ type file file \"{}\" format raw slave.pcm {{ type null }} }}\n",
            folder.path().join("out.raw").display()
        );
        fs::write(folder.path().join("asound.conf"), capture).unwrap();
        fs::write(folder.path().join("run.tcx"), recording()).unwrap();
        Self(folder)
    }

    /// What a command prints, stdout and stderr as they come.
    fn run(&self, command: &str) -> (String, Option<i32>) {
        let cadence = Path::new(env!("CARGO_BIN_EXE_cadence")).parent().unwrap();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(self.0.path())
            .env(
                "PATH",
                format!("{}:{}", cadence.display(), std::env::var("PATH").unwrap()),
            )
            .env("ALSA_CONFIG_PATH", self.0.path().join("asound.conf"))
            .output()
            .unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            output.status.code(),
        )
    }
}

/// Twenty minutes as a watch writes them, strides a minute: half of them at 160 spm, half at 170.
fn recording() -> String {
    recording_of("2026-12-01", 1_200)
}

/// The same on a day, for some seconds; at 170 spm from the tenth minute on.
fn recording_of(date: &str, seconds: u32) -> String {
    let point = |second: u32| {
        let strides = if second < 600 { 80 } else { 85 };
        let (minutes, seconds) = (second / 60, second % 60);
        format!(
            "<Trackpoint><Time>{date}T07:{minutes:02}:{seconds:02}Z</Time><DistanceMeters>{}</DistanceMeters>\
             <Extensions><TPX><RunCadence>{strides}</RunCadence></TPX></Extensions></Trackpoint>\n",
            3 * second
        )
    };
    let points: String = (0..=seconds).map(point).collect();
    format!(
        "<TrainingCenterDatabase><Activities><Activity Sport=\"Running\"><Lap StartTime=\"{date}T07:00:00Z\"><Track>\n\
         {points}</Track></Lap></Activity></Activities></TrainingCenterDatabase>\n"
    )
}

#[test]
fn console_blocks_print_what_they_show() {
    let shell = Shell::new();
    let mut commands = 0;
    for block in blocks("console") {
        for step in block.split("$ ").skip(1) {
            // A `$ ` within a line belongs to it.
            let (command, expected) = step.split_once('\n').unwrap();
            assert_eq!(shell.run(command).0, expected, "{command}");
            commands += 1;
        }
    }
    assert!(commands >= 10, "{commands} commands were found");
}

#[cfg(all(target_os = "linux", feature = "playback"))]
#[test]
fn shell_blocks_run() {
    let shell = Shell::new();
    let mut commands = 0;
    for command in blocks("sh")
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| line.starts_with("cadence "))
    {
        assert_eq!(shell.run(command), (String::new(), Some(0)), "{command}");
        commands += 1;
    }
    assert!(commands >= 2, "{commands} commands were found");
}

#[test]
fn the_command_for_a_fresh_machine_can_be_repeated() {
    let line = blocks("sh")
        .into_iter()
        .flat_map(str::lines)
        .find(|line| line.contains("cargo run --release -- "));
    let (packages, cadence) = line.unwrap().split_once("cargo run --release -- ").unwrap();
    assert!(packages.starts_with("apt-get update && apt-get install -y gcc "));
    let shell = Shell::new();
    for _ in 0..2 {
        assert_eq!(
            shell.run(&format!("cadence {cadence} && head -c 3 click.mp3")),
            (
                "cadence  160 ±4 spm      40 steps of one foot in 30s\n\
                 target   168 to 176 spm  +5% to +10% (168 is really +2.4% to +7.7%)\n\
                 click    168 BPM, the low end of the target\n\
                 ID3"
                .to_owned(),
                Some(0)
            )
        );
    }
}

/// Whether a tool is here; if not, the test is skipped, unless `CADENCE_REQUIRE_SCRIPTS=1` says that
/// it must be.
fn has(shell: &Shell, command: &str, tool: &str) -> bool {
    let found = shell.run(command).1 == Some(0);
    assert!(
        found || std::env::var_os("CADENCE_REQUIRE_SCRIPTS").is_none(),
        "{tool} is missing"
    );
    if !found {
        eprintln!("skipped: {tool} is missing");
    }
    found
}

/// The Python of `CADENCE_PYTHON` is the one that is found, where it is set.
#[test]
fn the_lines_for_jq_and_pandas_run() {
    let shell = Shell::new();
    let runs = shell.0.path().join("runs");
    fs::create_dir(&runs).unwrap();
    // A Tuesday with 20 minutes, and the Tuesday after it with 45.
    fs::write(runs.join("1.tcx"), recording_of("2024-12-03", 1_200)).unwrap();
    fs::write(runs.join("2.tcx"), recording_of("2024-12-10", 2_700)).unwrap();
    let python = std::env::var("CADENCE_PYTHON").unwrap_or_else(|_| "python3".into());
    let lines: Vec<&str> = blocks("bash").into_iter().flat_map(str::lines).collect();
    let [jq, pandas] = lines[..] else {
        panic!("{lines:?}");
    };
    if has(&shell, "jq --version", "jq") {
        assert_eq!(shell.run(jq), ("2024-12-09\n".to_owned(), Some(0)));
    }
    if has(&shell, &format!("'{python}' -c 'import pandas'"), "pandas") {
        let (text, status) = shell.run(&pandas.replace("python3", &format!("'{python}'")));
        assert_eq!(status, Some(0), "{text}");
        let hours: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("2024"))
            .collect();
        // pandas names a week by its last day.
        assert!(
            hours[0].starts_with("2024-12-08") && hours[0].ends_with("0.333333"),
            "{text}"
        );
        assert!(
            hours[1].starts_with("2024-12-15") && hours[1].ends_with("0.750000"),
            "{text}"
        );
    }
}
