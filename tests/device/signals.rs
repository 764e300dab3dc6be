//! Being stopped, and saying nothing that was not asked for.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::recording::DIGITAL;
use crate::run::{Outcome, Run};
use crate::server::{STEREO, Server};

/// A program that is stopped has ended by then.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Plays, and is sent a signal when the third click is heard.
fn stopped_at_the_third_click(server: &Server, args: &str, signal: Signal) -> Outcome {
    let recording = server.record();
    let run = server.cadence(args);
    recording.wait_for_clicks(3);
    run.signal(signal);
    run.end_within(AT_ONCE)
}

/// `stopped after 5 clicks in 1.6s`: how many were played depends on how fast the signal came.
fn assert_is_summary(stderr: &str) {
    let line = stderr.strip_suffix('\n').unwrap();
    let number = |text: &str| text.parse::<f64>().unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let ["stopped", "after", clicks, "clicks", "in", time] = words[..] else {
        panic!("not a summary: {line}");
    };
    let time = number(time.strip_suffix("s").unwrap());
    // 120 BPM: one at the very beginning and two a second, of a time that is rounded to a tenth.
    let begun = number(clicks) - 2.0 * time;
    assert!((-0.11..=1.11).contains(&begun), "{line}");
    assert!((3.0..6.0).contains(&number(clicks)), "{line}");
}

#[test]
fn ctrl_c_ends_with_130_and_one_line() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let outcome = stopped_at_the_third_click(&server, "play 120", Signal::INT);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (130, ""));
    assert_is_summary(&outcome.stderr);
}

#[test]
fn sigterm_ends_with_143_and_one_line() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let outcome = stopped_at_the_third_click(&server, "play 120 --for 30m", Signal::TERM);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (143, ""));
    assert_is_summary(&outcome.stderr);
}

#[test]
fn quiet_says_nothing_when_it_is_stopped() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let outcome = stopped_at_the_third_click(&server, "play 120 --quiet", Signal::INT);
    let silent = Outcome {
        status: 130,
        ..Outcome::silent_success()
    };
    assert_eq!(outcome, silent);
}

#[test]
fn it_plays_with_stdin_closed() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let cadence = server.command("play 170 --for 1s");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "exec \"$0\" \"$@\" <&-"]);
    shell.arg(cadence.get_program()).args(cadence.get_args());
    shell.env_clear();
    shell.envs(
        cadence
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    shell.current_dir(cadence.get_current_dir().unwrap());
    let recording = server.record();
    let outcome = Run::start(&mut shell).end_within(Duration::from_secs(10));
    assert_eq!(outcome, Outcome::silent_success());
    assert_eq!(recording.end().onsets(0, DIGITAL).len(), 3);
}
