//! `examples/footpod.py` against a mock of `org.bluez` on a private bus. `CADENCE_PYTHON` names a
//! Python that has bleak, from `PyPI`; the mock takes Debian's. With `CADENCE_REQUIRE_BLUETOOTH=1`
//! a part that is missing is a failure.
#![cfg(target_os = "linux")]

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A program that is killed with the test.
struct Program(Child);

impl Program {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).spawn().unwrap())
    }

    fn lines(&mut self) -> impl Iterator<Item = String> {
        let stdout = self.0.stdout.take().unwrap();
        BufReader::new(stdout).lines().map(Result::unwrap)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn works(program: &str, args: &[&str]) -> bool {
    let output = Command::new(program).args(args).output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn a_sensor_that_is_lost_and_returns_is_followed() {
    let python = env::var("CADENCE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let parts = [
        ("dbus-daemon", works("dbus-daemon", &["--version"])),
        ("bleak", works(&python, &["-c", "import bleak"])),
        (
            "python3-dbus or python3-gi",
            works("/usr/bin/python3", &["-c", "import dbus, gi"]),
        ),
    ];
    if let Some((missing, _)) = parts.iter().find(|(_, is_there)| !is_there) {
        assert!(
            env::var_os("CADENCE_REQUIRE_BLUETOOTH").is_none(),
            "{missing} is missing"
        );
        eprintln!("skipped: {missing} is missing");
        return;
    }
    let mut bus = Command::new("dbus-daemon");
    bus.args(["--session", "--nofork", "--print-address"])
        .stderr(Stdio::null());
    let mut bus = Program::start(&mut bus);
    let address = bus.lines().next().unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    let mut mock = Command::new("/usr/bin/python3");
    mock.arg(format!("{root}/tests/footpod/mock_bluez.py"))
        .env("DBUS_SYSTEM_BUS_ADDRESS", &address);
    let mut mock = Program::start(&mut mock);
    assert_eq!(mock.lines().next().unwrap(), "ready");
    let mut footpod = Command::new(&python);
    footpod
        .arg(format!("{root}/examples/footpod.py"))
        .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
        .stderr(Stdio::null());
    let mut footpod = Program::start(&mut footpod);
    // The sensor sends three values, is lost, and goes on when it is found again.
    let values: Vec<String> = footpod.lines().take(7).collect();
    assert_eq!(values, ["80", "81", "82", "83", "84", "85", "86"]);
}
