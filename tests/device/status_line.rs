//! What a person sees who runs `cadence play` on a terminal.

use std::time::Duration;

use crate::server::{STEREO, Server};
use crate::terminal::{CTRL_C, Terminal};

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn the_status_line_pulses_and_gives_way_to_the_summary() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let terminal = Terminal::start(&server.command("play 168 --for 2s"), 80);
    let left = terminal.end_within(LIMIT);
    // 2 s hold 5.6 beats of 60/168 s, and one more is at their start.
    assert_eq!(left.screen(80), ["? shows the keys", "6 clicks in 2s"]);
    assert_eq!(left.status, 0);
    for second in [
        "\r● 168 BPM  0:00 of 0:02  0:02 left",
        "\r○ 168 BPM  0:01 of 0:02  0:01 left",
    ] {
        assert!(left.printed.contains(second), "{:?}", left.printed);
    }
    assert!(left.printed.matches('●').count() >= 6);
}

#[test]
fn ctrl_c_leaves_the_summary_alone() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let mut terminal = Terminal::start(&server.command("play 168"), 80);
    terminal.wait_for("168 BPM  0:01");
    terminal.keys(CTRL_C);
    let left = terminal.end_within(Duration::from_millis(500));
    let screen = left.screen(80);
    assert_eq!((left.status, screen.len()), (130, 2));
    assert!(screen[1].starts_with("stopped after "), "{screen:?}");
}

#[test]
fn quiet_shows_nothing_on_a_terminal() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let left = Terminal::start(&server.command("play 168 --for 1s --quiet"), 80).end_within(LIMIT);
    assert_eq!((left.status, left.printed.as_str()), (0, ""));
}

#[test]
fn silence_has_a_reason_at_40_columns_too() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let workout = "play 1m 168 cue 20s/20s, 1m rest";
    let mut narrow = Terminal::start(&server.command(workout), 40);
    narrow.wait_for("\r● 168 BPM  2:00 left  cue on");
    narrow.keys(" ");
    narrow.wait_for("\r○ 168 BPM  1:59 left  cue on  muted");
    narrow.keys("q");
    assert_eq!(narrow.end_within(LIMIT).status, 0);

    let mut wide = Terminal::start(&server.command(workout), 80);
    wide.wait_for("\r● 168 BPM  0:00 of 2:00  2:00 left  cue on  then 1m rest in 1:00");
    wide.keys(" ");
    wide.wait_for("0:01 of 2:00  1:59 left  cue on  muted  then 1m rest in 0:59");
    wide.keys("q");
    assert_eq!(wide.end_within(LIMIT).status, 0);
}

#[test]
fn a_narrow_terminal_never_wraps_even_when_the_device_is_lost() {
    let Some(mut server) = Server::start(STEREO) else {
        return;
    };
    let mut terminal = Terminal::start(&server.command("play 168 --for 30m"), 40);
    terminal.wait_for("\r● 168 BPM  0:00 of 30:00  30:00 left");
    server.die();
    terminal.wait_for("○ sound device lost, trying again");
    terminal.keys(CTRL_C);
    let left = terminal.end_within(Duration::from_millis(500));
    assert_eq!((left.status, left.screen(40).len()), (130, 2));
}
