//! Keys on a terminal while something is played, and taps.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::recording::{DIGITAL, Recording, Take};
use crate::run::wait_until;
use crate::server::{STEREO, Server, cadence};
use crate::terminal::Terminal;

const LIMIT: Duration = Duration::from_secs(10);
const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const RIGHT: &str = "\x1b[C";
const LEFT: &str = "\x1b[D";
const CTRL_Z: &str = "\x1a";

/// A run on a terminal that is recorded, some clicks after its start.
fn under_way(server: &Server, args: &str) -> (Terminal, Recording) {
    let recording = server.record();
    let terminal = Terminal::start(&server.command(args), 80);
    recording.wait_for_clicks(4);
    (terminal, recording)
}

/// Ends a run by its key, which is a success with one line.
fn quit(mut terminal: Terminal, recording: Recording) -> Take {
    terminal.keys("q");
    let left = terminal.end_within(LIMIT);
    assert_eq!((left.status, left.screen(80).len()), (0, 2));
    assert!(
        left.screen(80)[1].starts_with("stopped after "),
        "{:?}",
        left.screen(80)
    );
    recording.end()
}

/// From click to click, in milliseconds.
fn intervals(onsets: &[u64]) -> Vec<f64> {
    onsets
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64 / 48.0)
        .collect()
}

#[test]
fn a_change_of_tempo_is_heard_within_half_a_second() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    // 150 ms a beat, so that what is measured is the way to the ear and not the wait for a beat.
    let (mut terminal, recording) = under_way(&server, "play 400");
    let pressed = Instant::now();
    terminal.keys(LEFT);
    terminal.wait_for("381 BPM");
    thread::sleep(Duration::from_secs(1));
    let take = quit(terminal, recording);
    let onsets = take.onsets(0, DIGITAL);
    let intervals = intervals(&onsets);
    // 400 / 1.05 = 380.952 BPM: 157.5 ms.
    let slower = intervals.iter().position(|ms| *ms > 150.5).unwrap();
    assert!(
        intervals[..slower]
            .iter()
            .all(|ms| (ms - 150.0).abs() < 0.05),
        "{intervals:?}"
    );
    assert!(
        intervals[slower + 1..]
            .iter()
            .all(|ms| (ms - 157.5).abs() < 0.05),
        "{intervals:?}"
    );
    let heard = take
        .time(onsets[slower + 1])
        .saturating_duration_since(pressed);
    eprintln!("a key is heard after {heard:?}");
    assert!(heard < Duration::from_millis(500), "{heard:?}");
}

#[test]
fn up_and_down_are_one_bpm_and_left_undoes_right() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let (mut terminal, recording) = under_way(&server, "play 168.5");
    for (key, shown) in [
        (UP, "169.5 BPM"),
        (UP, "170.5 BPM"),
        (DOWN, "169.5 BPM"),
        (RIGHT, "178 BPM"),
    ] {
        terminal.keys(key);
        terminal.wait_for_last(shown);
    }
    terminal.keys(LEFT);
    terminal.wait_for_last("169.5 BPM");
    quit(terminal, recording);
}

#[test]
fn space_mutes_and_the_grid_goes_on() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let (mut terminal, recording) = under_way(&server, "play 400");
    let pressed = Instant::now();
    terminal.keys(" ");
    terminal.wait_for("muted");
    thread::sleep(Duration::from_secs(1));
    terminal.keys(" ");
    thread::sleep(Duration::from_secs(1));
    let take = quit(terminal, recording);
    let onsets = take.onsets(0, DIGITAL);
    let intervals = intervals(&onsets);
    let gap = (0..intervals.len())
        .max_by(|a, b| intervals[*a].total_cmp(&intervals[*b]))
        .unwrap();
    assert!((800.0..1_300.0).contains(&intervals[gap]), "{intervals:?}");
    let last = take.time(onsets[gap]).saturating_duration_since(pressed);
    assert!(
        last < Duration::from_millis(500),
        "a click {last:?} after the key"
    );
    // All clicks are on the grid of 7200 frames, before and after.
    assert!(
        onsets
            .iter()
            .all(|onset| (onset - onsets[0]).is_multiple_of(7_200)),
        "{onsets:?}"
    );
}

#[test]
fn the_beat_follows_the_foot_that_landed() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    // Half a second a beat. The foot lands half-way between two.
    let (mut terminal, recording) = under_way(&server, "play 120");
    let heard = recording.so_far();
    let last = heard.time(*heard.onsets(0, DIGITAL).last().unwrap());
    let half_way = last + Duration::from_millis(1_250);
    thread::sleep(half_way.saturating_duration_since(Instant::now()));
    let landed = Instant::now();
    terminal.keys("r");
    thread::sleep(Duration::from_millis(2_500));
    let take = quit(terminal, recording);
    let onsets = take.onsets(0, DIGITAL);
    let intervals = intervals(&onsets);
    assert!(
        intervals.iter().all(|ms| *ms > 300.0 - 0.1),
        "beats bunch: {intervals:?}"
    );
    assert!(
        intervals
            .iter()
            .filter(|ms| (**ms - 500.0).abs() > 1.0)
            .count()
            == 1,
        "{intervals:?}"
    );
    let after = take
        .time(*onsets.last().unwrap())
        .saturating_duration_since(landed)
        .as_secs_f64();
    let off = (after / 0.5 - (after / 0.5).round()) * 0.5;
    eprintln!("a beat stands {:.0} ms from the foot", off * 1_000.0);
    // What a sound server adds on the way is not known to the program; a recording is right to some
    // 50 ms.
    assert!(off.abs() < 0.12, "{off}");
}

#[test]
fn however_keys_are_pressed_beats_never_bunch() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let (mut terminal, recording) = under_way(&server, "play 1m 200, 1m 240, 1m 160 --no-signals");
    for key in [
        UP, RIGHT, "r", DOWN, LEFT, "r", "r", "n", "r", RIGHT, "r", LEFT, "n", UP, "r",
    ] {
        terminal.keys(key);
        thread::sleep(Duration::from_millis(130));
    }
    let take = quit(terminal, recording);
    // At the fastest 241 · 1.05 BPM, 237 ms; a foot that lands takes off at most two fifths.
    let intervals = intervals(&take.onsets(0, DIGITAL));
    assert!(
        intervals.iter().all(|ms| *ms > 0.6 * 237.0 - 1.0),
        "{intervals:?}"
    );
}

#[test]
fn the_next_segment_and_the_end_come_by_key() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let (mut terminal, recording) = under_way(&server, "play 1m 200, 1m rest, 1m 240 --no-signals");
    terminal.keys("n");
    terminal.wait_for("○ rest");
    terminal.keys("n");
    terminal.wait_for("● 240 BPM");
    recording.wait_for_clicks(recording.so_far().onsets(0, DIGITAL).len() + 3);
    terminal.keys("n");
    let left = terminal.end_within(LIMIT);
    assert_eq!((left.status, left.screen(80).len()), (0, 2));
    let intervals = intervals(&recording.end().onsets(0, DIGITAL));
    assert!(intervals.iter().any(|ms| (ms - 300.0).abs() < 0.1));
    assert!(intervals.iter().any(|ms| (ms - 250.0).abs() < 0.1));
}

#[test]
fn a_lone_tempo_has_no_next_segment_and_a_question_mark_shows_the_keys() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let (mut terminal, _recording) = under_way(&server, "play 240 --for 1m");
    terminal.keys("n?");
    terminal.wait_for("q            quit\r\n");
    terminal.wait_for_last("0:02 of 1:00");
    terminal.keys("q");
    let left = terminal.end_within(LIMIT);
    let screen = left.screen(80);
    assert_eq!(
        screen[..6],
        [
            "? shows the keys",
            "up, down     1 BPM faster, slower",
            "right, left  5 % faster, slower",
            "space        mute",
            "r            beat on your footfall",
            "q            quit",
        ]
    );
    assert_eq!((left.status, screen.len()), (0, 7));
    assert!(screen[6].starts_with("stopped after "), "{screen:?}");
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_goes_on_after_it() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let (mut terminal, recording) = under_way(&server, "play 400");
    assert!(!terminal.has_its_own_modes(), "keys come one by one");
    terminal.keys(CTRL_Z);
    wait_until("the modes are as they were", LIMIT, || {
        terminal.has_its_own_modes()
    });
    // Frames that were made already are still heard.
    thread::sleep(Duration::from_secs(1));
    let while_stopped = recording.so_far().onsets(0, DIGITAL).len();
    thread::sleep(Duration::from_millis(500));
    assert_eq!(recording.so_far().onsets(0, DIGITAL).len(), while_stopped);
    terminal.signal(Signal::CONT);
    wait_until("it plays again", LIMIT, || {
        recording.so_far().onsets(0, DIGITAL).len() > while_stopped + 4
    });
    wait_until("keys come one by one again", LIMIT, || {
        !terminal.has_its_own_modes()
    });
    quit(terminal, recording);
}

#[test]
fn a_signal_from_outside_gives_the_terminal_back() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let (terminal, _recording) = under_way(&server, "play 400");
        terminal.signal(signal);
        assert_eq!(
            terminal.end_within(Duration::from_millis(500)).status,
            status
        );
    }
}

#[test]
fn thirty_two_taps_are_enough() {
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::start(
        &cadence(folder.path(), "tap --feet both --print cadence"),
        80,
    );
    terminal.wait_for("tap any key at each step; Enter ends, Esc cancels");
    let begin = Instant::now();
    for tap in 0..32 {
        // 350 ms a step: 171.4 spm.
        thread::sleep(
            (begin + tap * Duration::from_millis(350)).saturating_duration_since(Instant::now()),
        );
        terminal.keys("x");
    }
    let left = terminal.end_within(Duration::from_secs(2));
    let screen = left.screen(80);
    assert_eq!((left.status, screen.len()), (0, 2), "{screen:?}");
    let spm: f64 = screen[1].parse().unwrap();
    assert!((spm - 171.4).abs() < 3.0, "{screen:?}");
}

#[test]
fn enter_ends_the_tapping_and_escape_gives_it_up() {
    let folder = TempDir::new().unwrap();
    for (key, status) in [("\r", 2), ("\x1b", 130)] {
        let mut terminal = Terminal::start(&cadence(folder.path(), "tap"), 80);
        terminal.wait_for("tap any key at each landing of one foot");
        terminal.keys("x");
        terminal.wait_for("1 tap  0:00");
        terminal.keys(key);
        assert_eq!(terminal.end_within(LIMIT).status, status);
    }
}
