//! A run of `cadence`, watched from outside.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A program that runs, and is killed with the test that started it.
pub(crate) struct Run {
    process: Child,
    pub(crate) started: Instant,
}

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// As a shell tells it: 128 and the signal where one killed it.
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The end of a program that says nothing and did what it was told.
    pub(crate) fn silent_success() -> Self {
        Self {
            status: 0,
            stdout: String::new(),
            stderr: String::new(),
        }
    }
}

impl Run {
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = Instant::now();
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { process, started }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits for the end, which has to come within `limit` from now.
    pub(crate) fn end_within(mut self, limit: Duration) -> Outcome {
        let mut ended: Option<ExitStatus> = None;
        wait_until("cadence ends", limit, || {
            ended = self.process.try_wait().unwrap();
            ended.is_some()
        });
        let mut outcome = Outcome::silent_success();
        let status = ended.unwrap();
        outcome.status = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap());
        // It has ended, so both hold all that there is.
        let stdout = self.process.stdout.as_mut().unwrap();
        stdout.read_to_string(&mut outcome.stdout).unwrap();
        let stderr = self.process.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut outcome.stderr).unwrap();
        outcome
    }

    /// What it has cost so far.
    pub(crate) fn cost(&self) -> Cost {
        let proc = format!("/proc/{}", self.process.id());
        let stat = fs::read_to_string(format!("{proc}/stat")).unwrap();
        // After the name, which may hold anything, the state is field 3; utime and stime are 14 and 15 (proc(5)).
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        let status = fs::read_to_string(format!("{proc}/status")).unwrap();
        let number = |key: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let number = line.unwrap().split_whitespace().next();
            number.unwrap().parse().unwrap()
        };
        Cost {
            cpu: Duration::from_secs(ticks) / rustix::param::clock_ticks_per_second() as u32,
            peak_kib: number("VmHWM:"),
            threads: number("Threads:"),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a program has taken from the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    /// The most memory that it ever held at once.
    pub(crate) peak_kib: u64,
    pub(crate) threads: u64,
}

/// Looks again and again, and fails where `limit` passes first.
pub(crate) fn wait_until(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
