//! `cadence devices` and `play --device`, and sound that a terminal cannot show.

use std::time::Duration;

use tempfile::TempDir;

use crate::run::{Outcome, Run};
use crate::server::{STEREO, Server, Way, alsa, cadence};
use crate::terminal::Terminal;

const LIMIT: Duration = Duration::from_secs(10);

/// ALSA writes what it is given to nowhere, as fast as it comes.
const NOWHERE: &str = "pcm.!default { type null }";

fn run(dir: &TempDir, args: &str) -> Outcome {
    Run::start(&mut cadence(dir.path(), args)).end_within(LIMIT)
}

#[test]
fn the_default_is_listed_and_marked() {
    let dir = alsa(NOWHERE);
    let listed = |args, stdout: &str| {
        let expected = Outcome {
            stdout: stdout.to_owned(),
            ..Outcome::silent_success()
        };
        assert_eq!(run(&dir, args), expected);
    };
    listed("devices", "* default  Default Audio Device\n");
    listed(
        "devices --format json",
        "[{\"name\":\"default\",\"description\":\"Default Audio Device\",\"default\":true}]\n",
    );
    listed("devices --format names", "default\n");
}

#[test]
fn a_device_is_played_on_by_its_name_and_no_other() {
    let dir = alsa(NOWHERE);
    assert_eq!(
        run(&dir, "play 170 --for 1s --device default"),
        Outcome::silent_success()
    );
    let expected = Outcome {
        status: 3,
        stdout: String::new(),
        stderr: "error: no sound device is named 'kitchen', only default; `cadence devices` describes them\n"
            .into(),
    };
    assert_eq!(run(&dir, "play 170 --for 1s --device kitchen"), expected);
}

/// A server's sinks have the names that a desktop shows.
#[test]
fn the_sinks_of_a_server_are_listed_and_known_by_a_unique_beginning() {
    let Some(server) = Server::start_way(Way::Pulse, STEREO) else {
        return;
    };
    server.pactl(
        "load-module module-null-sink sink_name=headphones norewinds=1 \
         sink_properties=device.description=Kitchen",
    );
    let run = |args: &str| server.cadence(args).end_within(LIMIT);
    let listed = run("devices");
    assert_eq!((listed.status, listed.stderr.as_str()), (0, ""));
    assert_eq!(
        listed.stdout,
        "* test        Null Output\n  headphones  Kitchen\n"
    );
    for name in ["headphones", "head", "Kitchen", "kit"] {
        let recording = server.record_from("headphones.monitor");
        let args = format!("play 170 --for 1s --device {name}");
        assert_eq!(run(&args), Outcome::silent_success(), "{name}");
        assert!(recording.first_sound().is_some(), "{name}");
    }
    let unknown = run("play 170 --for 1s --device cellar");
    assert_eq!(unknown.status, 3);
    let expected = "error: no sound device is named 'cellar', only test, headphones; \
                    `cadence devices` describes them\n";
    assert_eq!(unknown.stderr, expected);
    assert_eq!(run("devices --format names").stdout, "test\nheadphones\n");
}

/// A null sink as people load it mixes 2 s ahead while nobody plays, and takes none of it back.
#[test]
fn a_sink_that_is_late_to_begin_is_waited_for() {
    let Some(server) = Server::start_way(Way::Pulse, STEREO) else {
        return;
    };
    server.pactl("load-module module-null-sink sink_name=lazy");
    for _ in 0..3 {
        let outcome = server
            .cadence("play 170 --for 1s --device lazy")
            .end_within(LIMIT);
        assert_eq!(outcome, Outcome::silent_success());
    }
}

#[test]
fn silence_without_end_is_played() {
    let dir = alsa(NOWHERE);
    assert_eq!(
        run(&dir, "play 172 silent --for 2s"),
        Outcome::silent_success()
    );
}

#[test]
fn a_terminal_is_sent_neither_sound_nor_a_workout_for_a_watch() {
    let dir = TempDir::new().unwrap();
    for (command, refusal) in [
        (
            "render 170 --for 1s -o -",
            "stdout is a terminal: pipe the sound",
        ),
        (
            "show 170 --format fit",
            "stdout is a terminal: name a FIT file, as in -o run.fit",
        ),
    ] {
        let left = Terminal::start(&cadence(dir.path(), command), 200).end_within(LIMIT);
        assert_eq!(left.status, 2);
        assert!(left.printed.contains(refusal), "{}", left.printed);
    }
}
