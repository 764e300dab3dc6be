//! `play --follow -`: which seconds click, and what is said, while values come on stdin.

use std::io::Write;
use std::process::{ChildStdin, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::recording::{DIGITAL, Take};
use crate::run::Program;
use crate::server::{STEREO, Server};
use crate::terminal::Terminal;

const LIMIT: Duration = Duration::from_secs(10);

/// Writes one line a second.
fn write(stdin: &mut ChildStdin, line: &str, seconds: u32) {
    for _ in 0..seconds {
        writeln!(stdin, "{line}").unwrap();
        thread::sleep(Duration::from_secs(1));
    }
}

/// The seconds between two moments in which no click began.
fn longest_silence(take: &Take, from: Instant, until: Instant) -> (Instant, Instant) {
    let onsets = take.onsets(0, DIGITAL);
    let times = onsets.iter().map(|frame| take.time(*frame));
    let mut times: Vec<Instant> = times.filter(|at| (from..until).contains(at)).collect();
    times.insert(0, from);
    times.push(until);
    let gaps = times.windows(2).map(|pair| (pair[0], pair[1]));
    gaps.max_by_key(|(begin, end)| *end - *begin).unwrap()
}

#[test]
fn the_click_falls_silent_while_the_cadence_is_kept_and_is_back_within_three_seconds() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("run.csv");
    let recording = server.record();
    let mut command = server.command("play 168 --for 24s --follow - --cadence 160 --log");
    command
        .arg(&log)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let begin = Instant::now();
    let mut program = Program::start(&mut command);
    let mut stdin = program.stdin();
    write(&mut stdin, "168 spm", 16);
    let changed = Instant::now();
    write(&mut stdin, "{\"cadence_spm\": 158}", 8);
    drop(stdin);
    assert_eq!(program.end_within(LIMIT), 0);
    let said = program.stderr();
    let take = recording.end();
    let (silent, back) = longest_silence(&take, begin, begin + Duration::from_secs(24));
    let silent_after = silent.duration_since(begin).as_secs_f64();
    let back_after = back.duration_since(changed).as_secs_f64();
    eprintln!("silent after {silent_after:.2} s, back {back_after:.2} s after the change");
    assert!((9.5..=12.0).contains(&silent_after), "{silent_after}");
    assert!((0.5..=3.0).contains(&back_after), "{back_after}");
    // On the grid that was never broken: a beat is 60/168 s, 17142.857 frames.
    let onsets = take.onsets(0, DIGITAL);
    for onset in &onsets {
        let beats = (onset - onsets[0]) as f64 / (48_000.0 * 60.0 / 168.0);
        assert!((beats - beats.round()).abs() < 2e-4, "{beats}");
    }
    assert!(said.contains("kept: "), "{said}");
    assert!(said.contains("with the click: "), "{said}");
    assert!(said.contains("of the raise"), "{said}");
    let log = std::fs::read_to_string(log).unwrap();
    assert!((24..=26).contains(&log.lines().count()), "{log}");
    assert!(log.contains(",168,168,off,160,3\n"), "{log}");
}

#[test]
fn garbage_a_flood_and_the_end_of_stdin_leave_the_click_alone() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let recording = server.record();
    let mut command = server.command("play 168 --for 13s --follow -");
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut program = Program::start(&mut command);
    let mut stdin = program.stdin();
    stdin.write_all(b"fast\n\xff\n9999\n").unwrap();
    stdin.write_all(&vec![b'7'; 1_000_000]).unwrap();
    stdin.write_all(b"\n").unwrap();
    let flood = "150 spm\n".repeat(1_000);
    // 10,000 lines a second for three seconds.
    for _ in 0..30 {
        stdin.write_all(flood.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(100));
    }
    let cost = program.cost();
    drop(stdin);
    assert_eq!(program.end_within(Duration::from_secs(20)), 0);
    let said = program.stderr();
    let take = recording.end();
    let (silent, back) = longest_silence(
        &take,
        begin + Duration::from_secs(1),
        begin + Duration::from_secs(12),
    );
    assert!(
        back - silent < Duration::from_millis(500),
        "{:?}",
        back - silent
    );
    assert_eq!(said.matches("a line was left out: ").count(), 1, "{said}");
    assert!(
        said.contains("stdin has ended: nothing more to follow"),
        "{said}"
    );
    eprintln!(
        "{:?} of CPU and {} KiB under 10,000 lines a second",
        cost.cpu, cost.peak_kib
    );
    assert!(cost.peak_kib < 64 * 1024);
}

#[test]
fn a_writer_that_stalls_brings_the_click_back() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let recording = server.record();
    let mut command = server.command("play 168 --for 27s --follow -");
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut program = Program::start(&mut command);
    let mut stdin = program.stdin();
    write(&mut stdin, "84 rpm", 13);
    let stalled = Instant::now();
    assert_eq!(program.end_within(Duration::from_secs(30)), 0);
    let said = program.stderr();
    drop(stdin);
    let take = recording.end();
    let (_, back) = longest_silence(
        &take,
        stalled.checked_sub(Duration::from_secs(5)).unwrap(),
        stalled + Duration::from_secs(13),
    );
    let back_after = back.duration_since(stalled).as_secs_f64();
    assert!((8.0..=10.5).contains(&back_after), "{back_after}");
    assert!(said.contains("no cadence for 10s: clicking"), "{said}");
}

#[test]
fn keys_come_from_the_terminal_and_its_line_shows_the_cadence() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let program = server.command("play 168 --follow -");
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg("while echo 168 spm; do sleep 1; done | \"$0\" play 168 --follow -")
        .arg(program.get_program())
        .current_dir(server.folder());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut terminal = Terminal::start(&shell, 100);
    terminal.wait_for("you 168 spm, 100 % within");
    terminal.keys("\x1b[A");
    terminal.wait_for("169 BPM");
    terminal.keys("q");
    let left = terminal.end_within(LIMIT);
    assert_eq!(left.status, 0);
    assert!(
        left.printed.contains("kept: 100 % within"),
        "{}",
        left.printed
    );
}
