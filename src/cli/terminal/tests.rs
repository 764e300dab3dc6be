//! A panic on any thread gives the terminal back. The program has none to try it with, so these
//! tests run themselves.

use std::env;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::process::{Command, exit};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{InputModes, LocalModes, OutputModes, tcgetattr};

use super::Input;

/// The status of a program that got as far as the panic.
const PANICKED: i32 = 7;

#[test]
#[ignore = "run by the test below, on a terminal"]
fn panic_while_keys_come_one_by_one() {
    let input = Input::of_stdin();
    assert!(input.listens());
    assert!(!modes(std::io::stdin()).2.contains(LocalModes::ICANON));
    let panicked = thread::spawn(|| panic!("on purpose")).join();
    assert!(panicked.is_err());
    // Nothing else gives the terminal back: what is dropped at the end never is.
    exit(PANICKED);
}

#[test]
fn a_panic_on_another_thread_gives_the_terminal_back() {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let outer = openpt(flags).unwrap();
    grantpt(&outer).unwrap();
    unlockpt(&outer).unwrap();
    let inner = ioctl_tiocgptpeer(&outer, flags).unwrap();
    let before = modes(&inner);
    // Only a program's own terminal is in the foreground or not; util-linux makes it so.
    let status = Command::new("setsid")
        .args(["--ctty", "--wait"])
        .arg(env::current_exe().unwrap())
        .args([
            "panic_while_keys_come_one_by_one",
            "--ignored",
            "--nocapture",
        ])
        .stdin(inner.try_clone().unwrap())
        .stdout(inner.try_clone().unwrap())
        .stderr(inner.try_clone().unwrap())
        .status()
        .unwrap();
    assert_eq!(modes(&inner), before);
    drop(inner);
    let mut printed = Vec::new();
    // The read ends with an error, as for any terminal whose other side is closed.
    let _ = File::from(outer).read_to_end(&mut printed);
    let printed = String::from_utf8_lossy(&printed);
    assert_eq!(status.code(), Some(PANICKED), "{printed}");
    assert!(printed.contains("on purpose"), "{printed}");
}

fn modes(terminal: impl AsFd) -> (InputModes, OutputModes, LocalModes) {
    let all = tcgetattr(terminal).unwrap();
    (all.input_modes, all.output_modes, all.local_modes)
}
