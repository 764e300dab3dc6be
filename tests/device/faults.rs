//! What goes wrong with a sound server, and what `cadence play` makes of it.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::recording::{DIGITAL, Take};
use crate::run::{Outcome, Run, started_by};
use crate::server::{STEREO, Server, Way, alsa, cadence};

/// After this a person gives up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Status 3 and one line on stderr, which names the cause.
fn no_device(cause: &str) -> Outcome {
    Outcome {
        status: 3,
        stdout: String::new(),
        stderr: format!("error: {cause}; `cadence render` writes the click to a file instead\n"),
    }
}

/// Plays where ALSA's default is this.
fn play_on(alsa_config: &str) -> Outcome {
    let dir = alsa(alsa_config);
    // It is found at once; the rest of the limit is for a machine that is busy.
    Run::start(&mut cadence(dir.path(), "play 170")).end_within(Duration::from_secs(1))
}

#[test]
fn no_server_is_one_line_and_status_3() {
    if !Server::is_possible(Way::Alsa) {
        return;
    }
    let cause = "the sound device cannot be opened: ALSA function 'snd_pcm_open' failed with error \
                 'Connection refused (111)'";
    assert_eq!(
        play_on("pcm.!default { type pulse server \"unix:/nonexistent\" }\n"),
        no_device(cause)
    );
}

#[test]
fn no_sound_system_is_one_line_and_status_3() {
    let cause = "the sound device cannot be opened: The requested audio device is not available. \
                 It may have been disconnected";
    assert_eq!(play_on(""), no_device(cause));
}

#[test]
fn a_server_that_hangs_is_one_line_and_status_3_within_3_s() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    server.hang();
    let outcome = server.cadence("play 170").end_within(PATIENCE);
    assert_eq!(outcome, no_device("the sound server does not answer"));
}

/// The sink makes up for the time in which it hung with silence: what was to be heard in it is late
/// at first, and within two seconds back on the grid.
#[test]
fn a_server_that_hangs_for_1_s_is_played_on_on_the_same_grid() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let recording = server.record();
    let run = server.cadence("play 120 --for 10s");
    recording.wait_for_clicks(3);
    server.hang();
    thread::sleep(Duration::from_secs(1));
    server.go_on();
    let outcome = run.end_within(Duration::from_secs(15));
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, ""));
    // A run with underruns reports them even without a terminal.
    assert!(
        outcome.stderr.starts_with("20 clicks in 10s, ") && outcome.stderr.contains(" underrun"),
        "{}",
        outcome.stderr
    );
    let onsets = recording.end().onsets(0, DIGITAL);
    let back = onsets[2] + 48_000 * 3;
    // A recording of PipeWire leaves out the time in which it hung, so that its frames are not the
    // wall clock's; `grid` looks at that.
    if !matches!(server.way(), Way::PipeWire | Way::Plugin) {
        assert_on_grid(&onsets, 24_000, back);
    }
    let closest = onsets.windows(2).map(|pair| pair[1] - pair[0]).min();
    assert!(closest.unwrap() >= 48 * 200, "{onsets:?}");
}

/// The clicks from a frame on are within 5 ms of the grid of the first one.
fn assert_on_grid(onsets: &[u64], beat: u64, from: u64) {
    let off = |onset: &u64| {
        let into = (onset - onsets[0]) % beat;
        into.min(beat - into)
    };
    let since: Vec<u64> = onsets.iter().copied().filter(|at| *at >= from).collect();
    assert!(since.len() >= 4, "{onsets:?}");
    let off: Vec<u64> = since.iter().map(off).collect();
    assert!(
        off.iter().all(|off| *off <= 48 * 5),
        "{off:?} of {onsets:?}"
    );
}

#[test]
fn ctrl_c_ends_at_once_while_the_device_is_opened() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    server.hang();
    let run = server.cadence("play 170");
    thread::sleep(Duration::from_millis(300));
    run.signal(Signal::INT);
    let outcome = run.end_within(Duration::from_millis(500));
    assert_eq!(outcome.status, 130);
    assert_eq!(outcome.stderr, "stopped after 0 clicks in 0s\n");
}

#[test]
fn ctrl_c_ends_at_once_while_the_server_hangs() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let recording = server.record();
    let run = server.cadence("play 120");
    recording.wait_for_clicks(3);
    server.hang();
    // As long as it takes until the stream is given up and opened again.
    thread::sleep(Duration::from_secs(2));
    run.signal(Signal::INT);
    let outcome = run.end_within(Duration::from_millis(500));
    let told: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!((outcome.status, told.len()), (130, 2));
    assert_eq!(
        told[0],
        "error: lost the sound device: trying again until it is back"
    );
    assert!(told[1].starts_with("stopped after "), "{}", told[1]);
}

/// When the clicks of a channel were heard, in seconds since `start`.
fn heard_s(take: &Take, channel: usize, start: Instant) -> Vec<f64> {
    take.onsets(channel, DIGITAL)
        .iter()
        .map(|&onset| (take.time(onset) - start).as_secs_f64())
        .collect()
}

/// How surely a recording tells when something was heard.
const TOLERANCE_S: f64 = 0.05;

/// 60 BPM with the feet on two channels: on a grid of 2 s nothing falls by chance.
#[test]
fn a_server_that_returns_is_played_to_on_the_same_grid() {
    let Some(mut server) = Server::start(STEREO) else {
        return;
    };
    let recording = server.record();
    let run = server.cadence("play 60 --pan");
    recording.wait_for_clicks(2);
    let before = recording.so_far();
    drop(recording);
    server.die();
    thread::sleep(Duration::from_secs(4));
    server.return_to_life();
    let recording = server.record();
    recording.wait_for_clicks(2);
    let after = recording.so_far();

    let start = before.time(0);
    let first = heard_s(&before, 0, start)[0];
    for (foot, offset) in [(0, 0.0), (1, 1.0)] {
        let heard = heard_s(&after, foot, start);
        assert!(!heard.is_empty());
        for time in heard {
            let beats = (time - first - offset) / 2.0;
            assert!(
                (beats - beats.round()).abs() * 2.0 < TOLERANCE_S,
                "{beats} beats after the first"
            );
        }
    }
    run.signal(Signal::TERM);
    assert_eq!(run.end_within(Duration::from_millis(500)).status, 143);
}

#[test]
fn a_dead_server_costs_next_to_nothing() {
    let Some(mut server) = Server::start(STEREO) else {
        return;
    };
    let recording = server.record();
    let run = server.cadence("play 120");
    recording.wait_for_clicks(3);
    let playing = run.cost();
    server.die();
    // A few rounds of giving up and trying again.
    thread::sleep(Duration::from_secs(6));
    let waiting = run.cost();
    let cpu = waiting.cpu.saturating_sub(playing.cpu);
    assert!(cpu < Duration::from_millis(300), "{cpu:?} of the processor");
    assert!(
        waiting.peak_kib < playing.peak_kib + 1_024,
        "{playing:?}, {waiting:?}"
    );
    assert!(
        waiting.threads <= playing.threads,
        "{playing:?}, {waiting:?}"
    );
    run.signal(Signal::INT);
    assert_eq!(run.end_within(Duration::from_millis(500)).status, 130);
}

#[test]
fn what_cannot_be_written_while_it_plays_is_one_line_and_status_1() {
    let folder = alsa(
        "pcm.!default { type file; slave.pcm { type null }; file \"/dev/full\"; format raw }\n",
    );
    let outcome = Run::start(&mut cadence(folder.path(), "play 168 --for 2s")).end_within(PATIENCE);
    let stderr = "error: sound device: snd_pcm_file_write_bytes: /dev/full write \
                  failed, file data may be corrupt\n";
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, stderr));
}

#[test]
fn too_few_open_files_are_one_line() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    for files in ["6", "8", "10", "12", "16"] {
        let play = server.command("play 168 --for 1s");
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        let mut shell = started_by("/bin/sh", &["-c", &script], &play);
        let outcome = Run::start(&mut shell).end_within(PATIENCE);
        if outcome == Outcome::silent_success() {
            // A server that is spoken to directly needs fewer.
            assert_ne!(server.way(), Way::Alsa, "{files}");
            continue;
        }
        assert!(matches!(outcome.status, 1 | 3), "{files}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{files}: {outcome:?}");
    }
}

#[test]
fn a_broken_configuration_of_alsa_is_one_line() {
    // An open brace makes the library's own parser fail.
    let dir = alsa("pcm.!default { type file ");
    for args in ["play 168 --for 1s", "devices"] {
        let outcome = Run::start(&mut cadence(dir.path(), args)).end_within(PATIENCE);
        assert_eq!(outcome.status, 3, "{args}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{args}: {outcome:?}");
        assert!(outcome.stderr.starts_with("error: "), "{args}: {outcome:?}");
    }
}
