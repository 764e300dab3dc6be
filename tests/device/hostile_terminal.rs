//! A terminal can never hold the program, whatever it does: it vanishes, it stalls, it sends half a
//! key sequence or noise. Each is tried on all that looks at a terminal.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use proptest::prelude::any;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::run::{Program, started_by, wait_until};
use crate::server::{STEREO, Server, cadence};
use crate::terminal::{CTRL_C, Terminal};

/// A program has ended by then, whatever its terminal does.
const SECOND: Duration = Duration::from_secs(1);

/// A program that ends by itself has ended by then.
const LONG: Duration = Duration::from_secs(10);

/// Sequences that are never completed: of an arrow, of a letter in two bytes.
const INCOMPLETE: [&[u8]; 5] = [b"\x1b[", b"\x1bO", b"\x1b[1;", b"\xc3", b"\xe9"];

/// Programs that look at a terminal, and what each shows when it is under way.
struct Programs {
    server: Server,
    folder: TempDir,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Play,
    PlayQuiet,
    Tap,
    Render,
}

const ALL: [Which; 4] = [Which::Play, Which::PlayQuiet, Which::Tap, Which::Render];

impl Programs {
    fn new() -> Option<Self> {
        Some(Self {
            server: Server::start(STEREO)?,
            folder: TempDir::new().unwrap(),
        })
    }

    /// One that does not end by itself within a test.
    fn command(&self, which: Which) -> Command {
        match which {
            Which::Play => self.server.command("play 240"),
            Which::PlayQuiet => self.server.command("play 240 --quiet"),
            Which::Tap => cadence(self.folder.path(), "tap"),
            Which::Render => endless_render(self.folder.path()),
        }
    }

    fn start(&self, which: Which) -> Terminal {
        self.start_command(which, &self.command(which))
    }

    fn start_command(&self, which: Which, command: &Command) -> Terminal {
        let recording = (which == Which::PlayQuiet).then(|| self.server.record());
        let terminal = Terminal::start(command, 80);
        match (which, recording) {
            (Which::Play, _) => terminal.wait_for("240 BPM  0:00"),
            (Which::Tap, _) => terminal.wait_for("0 taps"),
            (Which::Render, _) => terminal.wait_for(" left"),
            (Which::PlayQuiet, recording) => recording.unwrap().wait_for_clicks(1),
        }
        terminal
    }
}

/// On one core, so that what listens to sound beside it has another.
fn endless_render(folder: &Path) -> Command {
    // It has no name until it is whole, so nothing stays of it.
    let render = cadence(folder, "render 168 --for 90h -o long.mp3");
    started_by("/usr/bin/taskset", &["--cpu-list", &a_core()], &render)
}

/// The first core that a program may run on here.
fn a_core() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let cores = allowed.unwrap().trim();
    let (core, _) = cores.split_once([',', '-']).unwrap_or((cores, ""));
    core.to_owned()
}

/// The same program where a hang-up is ignored, as by nohup.
fn ignoring_hang_up(program: &Command) -> Command {
    started_by(
        "/bin/sh",
        &["-c", "trap '' HUP; exec \"$0\" \"$@\""],
        program,
    )
}

#[test]
fn a_closed_terminal_ends_it_with_129() {
    let Some(programs) = Programs::new() else {
        return;
    };
    for which in ALL {
        let mut terminal = programs.start(which);
        terminal.close();
        assert_eq!(terminal.closed_end_within(SECOND), 129, "{which:?}");
    }
}

#[test]
fn where_a_hang_up_is_ignored_it_goes_on_without_the_terminal() {
    let Some(programs) = Programs::new() else {
        return;
    };
    for which in [Which::Play, Which::PlayQuiet, Which::Render] {
        let command = ignoring_hang_up(&programs.command(which));
        let mut terminal = programs.start_command(which, &command);
        terminal.close();
        thread::sleep(Duration::from_millis(200));
        let (before, period) = (terminal.main_thread_cost(), Duration::from_secs(3));
        thread::sleep(period);
        if which != Which::Render {
            let cost = terminal.main_thread_cost().saturating_sub(before);
            eprintln!("{which:?} without its terminal: {cost:?} of {period:?}");
            assert!(cost < period / 100, "{which:?}: {cost:?} of {period:?}");
        }
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.closed_end_within(SECOND), 143, "{which:?}");
    }
    // And to its end, by itself.
    let play = programs.server.command("play 240 --for 2s");
    let mut terminal = programs.start_command(Which::Play, &ignoring_hang_up(&play));
    terminal.close();
    assert_eq!(terminal.closed_end_within(Duration::from_secs(5)), 0);
    // Without a terminal nobody can tap.
    let tap = programs.command(Which::Tap);
    let mut terminal = programs.start_command(Which::Tap, &ignoring_hang_up(&tap));
    terminal.close();
    assert_eq!(terminal.closed_end_within(SECOND), 129);
}

#[test]
fn an_incomplete_key_sequence_holds_nothing() {
    let Some(programs) = Programs::new() else {
        return;
    };
    for sequence in INCOMPLETE {
        for which in ALL {
            let mut terminal = programs.start(which);
            terminal.bytes(sequence);
            match which {
                Which::Play => terminal.wait_for("240 BPM  0:01"),
                _ => thread::sleep(Duration::from_millis(200)),
            }
            if which == Which::Tap {
                terminal.keys("x");
                terminal.wait_for("1 tap  0:00");
            }
            terminal.signal(Signal::TERM);
            let left = terminal.end_within(SECOND);
            assert_eq!(left.status, 143, "{which:?} {sequence:x?}");
        }
    }
    let play = programs.server.command("play 240 --for 2s");
    for sequence in INCOMPLETE {
        let mut terminal = programs.start_command(Which::Play, &play);
        terminal.bytes(sequence);
        assert_eq!(terminal.end_within(Duration::from_secs(5)).status, 0);
    }
}

#[test]
fn a_stalled_terminal_holds_nothing() {
    let Some(programs) = Programs::new() else {
        return;
    };
    for which in ALL {
        let terminal = programs.start(which);
        terminal.stall();
        thread::sleep(Duration::from_millis(500));
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.end_within(SECOND).status, 143, "{which:?}");
    }
    let play = programs.server.command("play 240 --for 2s");
    let terminal = programs.start_command(Which::Play, &play);
    terminal.stall();
    assert_eq!(terminal.end_within(Duration::from_secs(5)).status, 0);
}

/// Whether the line that is seen now says so.
fn is_muted(terminal: &Terminal) -> bool {
    let printed = terminal.printed();
    printed
        .rsplit('\r')
        .next()
        .is_some_and(|line| line.contains("muted"))
}

#[test]
fn a_thousand_strings_of_noise_freeze_nothing() {
    let Some(programs) = Programs::new() else {
        return;
    };
    // Its seed is the same each time. Ctrl-C, Ctrl-Z, Ctrl-\ and q do what they are for, and are
    // left out.
    let mut runner = TestRunner::deterministic();
    let noise = proptest::collection::vec(any::<u8>(), 1..12);
    for which in ALL {
        for _ in 0..20 {
            let mut terminal = programs.start(which);
            for _ in 0..50 {
                let mut typed = noise.new_tree(&mut runner).unwrap().current();
                typed.retain(|byte| !matches!(byte, 0x03 | 0x1a | 0x1c | b'q'));
                terminal.bytes(&typed);
                thread::sleep(Duration::from_millis(1));
            }
            if which == Which::Tap {
                // Enter, Escape and enough taps end it in their own ways.
                terminal.signal_if_there(Signal::TERM);
                terminal.end_within(SECOND);
                continue;
            }
            if which == Which::Play {
                // What is incomplete may not swallow the key.
                thread::sleep(Duration::from_millis(150));
                let was_muted = is_muted(&terminal);
                terminal.keys(" ");
                wait_until("space is taken", SECOND, || {
                    is_muted(&terminal) != was_muted
                });
            }
            terminal.signal(Signal::TERM);
            let left = terminal.end_within(SECOND);
            assert_eq!(left.status, 143, "{which:?}");
        }
    }
}

#[test]
fn every_signal_gives_the_terminal_back() {
    let Some(programs) = Programs::new() else {
        return;
    };
    for (signal, status) in [
        (Signal::TERM, 143),
        (Signal::INT, 130),
        (Signal::HUP, 129),
        (Signal::QUIT, 131),
        (Signal::USR1, 138),
        (Signal::ALARM, 142),
    ] {
        for which in [Which::Play, Which::Tap] {
            let terminal = programs.start(which);
            assert!(!terminal.has_its_own_modes(), "keys come one by one");
            terminal.signal(signal);
            assert_eq!(terminal.end_within(SECOND).status, status, "{which:?}");
        }
    }
}

#[test]
fn ctrl_c_leaves_no_progress_bar() {
    let folder = TempDir::new().unwrap();
    let mut terminal = Terminal::start(&endless_render(folder.path()), 80);
    terminal.wait_for(" left");
    terminal.keys(CTRL_C);
    let left = terminal.end_within(SECOND);
    assert_eq!(left.status, 130);
    assert_eq!(left.last_line(), "");
}

#[test]
fn in_the_background_nothing_is_drawn_over_the_prompt() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let play = server.command("play --count 40 --for 1s");
    // `set -m` gives each job a process group, as on a prompt.
    let script = "set -m; \"$0\" \"$@\" & wait $!; echo \"status $?\"";
    let shell = started_by("/bin/bash", &["-c", script], &play);
    let left = Terminal::start(&shell, 80).end_within(Duration::from_secs(10));
    let job_control = "[1]+  Done                    \"$0\" \"$@\"\r\n";
    let printed = left.printed.replace(job_control, "");
    assert_eq!((left.status, printed.as_str()), (0, "status 0\r\n"));
}

#[test]
fn a_result_that_nobody_reads_waits_and_a_signal_ends_the_wait() {
    let folder = TempDir::new().unwrap();
    let mut render = cadence(folder.path(), "render 168 --for 1h -o -");
    render.stdout(Stdio::piped()).stdin(Stdio::null());
    let mut program = Program::start(&mut render);
    let mut stdout = program.stdout();
    let mut header = [0; 4];
    stdout.read_exact(&mut header).unwrap();
    assert_eq!(&header, b"RIFF");
    thread::sleep(Duration::from_millis(300));
    program.signal(Signal::TERM);
    assert_eq!(program.end_within(SECOND), 143);
    drop(stdout);
}

#[test]
fn a_workout_from_stdin_leaves_the_keys_to_the_terminal() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let play = server.command("play --file -");
    let workout = server.folder().join("run.txt");
    fs::write(&workout, "10m 168\n").unwrap();
    let shell = started_by("/bin/sh", &["-c", "exec \"$0\" \"$@\" < run.txt"], &play);
    let mut terminal = Terminal::start(&shell, 80);
    terminal.wait_for("168 BPM  0:00");
    terminal.keys("q");
    assert_eq!(terminal.end_within(SECOND).status, 0);
}

#[test]
fn the_main_thread_wakes_at_most_12_times_a_second_on_a_terminal() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    for tempo in ["168", "400"] {
        let terminal = Terminal::start(&server.command(&format!("play {tempo}")), 80);
        terminal.wait_for(" BPM  0:01");
        let (before, seconds) = (terminal.main_thread_waits(), 5);
        thread::sleep(Duration::from_secs(seconds));
        let waits = terminal.main_thread_waits() - before;
        eprintln!("{tempo} BPM: {waits} waits in {seconds} s");
        assert!(waits <= 12 * seconds, "{waits} in {seconds} s");
        terminal.signal(Signal::TERM);
        terminal.end_within(SECOND);
    }
}

#[test]
fn the_main_thread_wakes_at_most_10_times_a_second_off_a_terminal() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let run = server.cadence("play 168");
    thread::sleep(Duration::from_secs(1));
    let (before, seconds) = (run.main_thread_waits(), 5);
    thread::sleep(Duration::from_secs(seconds));
    let waits = run.main_thread_waits() - before;
    eprintln!("off a terminal: {waits} waits in {seconds} s");
    assert!(waits <= 10 * seconds, "{waits} in {seconds} s");
    run.signal(Signal::TERM);
    run.end_within(SECOND);
}

#[test]
fn a_rendered_file_is_named_on_a_terminal() {
    let folder = TempDir::new().unwrap();
    let render = cadence(folder.path(), "render 168 --for 30s -o click.wav");
    let left = Terminal::start(&render, 80).end_within(LONG);
    // 30 s of 48,000 16-bit frames, and a header of 44 bytes.
    assert_eq!(left.screen(80), ["wrote click.wav: 30s, 2.88 MB"]);
    let again = cadence(
        folder.path(),
        "render 168 --for 30s -o click.wav --force --quiet",
    );
    let left = Terminal::start(&again, 80).end_within(LONG);
    assert_eq!((left.status, left.printed.as_str()), (0, ""));
}

#[test]
fn ctrl_c_leaves_no_bar_of_a_plan_either() {
    let folder = TempDir::new().unwrap();
    let plan = cadence(folder.path(), "plan faded8 --cadence 160 --render phone");
    let mut terminal = Terminal::start(&plan, 80);
    terminal.wait_for(" % ");
    terminal.keys(CTRL_C);
    let left = terminal.end_within(SECOND);
    assert_eq!((left.status, left.last_line().as_str()), (130, ""));
}
