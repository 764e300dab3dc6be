//! A run of `cadence`, watched from outside.

use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The same program with its folder and nothing but its environment, started by another whose last
/// arguments it becomes.
pub(crate) fn started_by(launcher: &str, args: &[&str], program: &Command) -> Command {
    let mut command = Command::new(launcher);
    command
        .args(args)
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(program.get_current_dir().unwrap())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
    command
}

/// A program that is killed with the test that started it.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// Lets it run before other programs, so that a busy machine does not blur what is measured;
    /// `false` where this user may not.
    pub(crate) fn put_first(&self) -> bool {
        // Each thread by itself, since those of a process are those that it has now.
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id()));
        threads.into_iter().flatten().flatten().all(|thread| {
            let id = thread.file_name();
            id.to_str()
                .and_then(|id| id.parse().ok())
                .is_some_and(put_first)
        })
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Sends a signal to a program that may have ended.
    pub(crate) fn signal_if_there(&self, signal: Signal) {
        // Not waited for yet, so that the number is still its own.
        let _ = kill_process(Pid::from_child(&self.0), signal);
    }

    /// Waits for the end, which has to come within `limit` from now, and returns the status as a
    /// shell reports it: 128 and the signal where one killed it.
    pub(crate) fn end_within(&mut self, limit: Duration) -> i32 {
        let mut ended: Option<ExitStatus> = None;
        wait_until("the program ends", limit, || {
            ended = self.0.try_wait().unwrap();
            ended.is_some()
        });
        let status = ended.unwrap();
        status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap())
    }

    /// What it has cost so far.
    pub(crate) fn cost(&self) -> Cost {
        let proc = format!("/proc/{}", self.0.id());
        let stat = fs::read_to_string(format!("{proc}/stat")).unwrap();
        // After the name, which may hold anything, the state is field 3; utime and stime are 14 and
        // 15 (proc(5)).
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
            cpu: Duration::from_secs(ticks)
                / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap(),
            peak_kib: number("VmHWM:"),
            threads: number("Threads:"),
        }
    }

    /// What its main thread has cost so far.
    pub(crate) fn main_thread_cost(&self) -> Duration {
        let pid = self.0.id();
        let schedule = fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat")).unwrap();
        // Nanoseconds on a processor (Linux, Documentation/scheduler/sched-stats).
        Duration::from_nanos(schedule.split(' ').next().unwrap().parse().unwrap())
    }

    /// How often its main thread has waited so far: each time it was woken.
    pub(crate) fn main_thread_waits(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let waits = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        waits.unwrap().trim().parse().unwrap()
    }

    /// What it prints, where that is a pipe.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.0.stdout.take().unwrap()
    }

    /// What it reads, where that is a pipe.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.0.stdin.take().unwrap()
    }

    /// All that it has said until its end, where that is a pipe.
    pub(crate) fn stderr(&mut self) -> String {
        let mut said = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        said
    }
}

/// One that was stopped is killed as well.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run of `cadence` without a terminal.
pub(crate) struct Run {
    program: Program,
    pub(crate) started: Instant,
}

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The end of a program that says nothing and did its work.
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
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            program: Program::start(command),
            started,
        }
    }

    /// As [`Program::put_first`].
    pub(crate) fn put_first(&self) -> bool {
        self.program.put_first()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.program.signal(signal);
    }

    /// Waits for the end, which has to come within `limit` from now.
    pub(crate) fn end_within(mut self, limit: Duration) -> Outcome {
        let mut outcome = Outcome {
            status: self.program.end_within(limit),
            ..Outcome::silent_success()
        };
        // It has ended, so both hold all that there is.
        let Child { stdout, stderr, .. } = &mut self.program.0;
        let (stdout, stderr) = (stdout.as_mut().unwrap(), stderr.as_mut().unwrap());
        stdout.read_to_string(&mut outcome.stdout).unwrap();
        stderr.read_to_string(&mut outcome.stderr).unwrap();
        outcome
    }

    /// What it has cost so far.
    pub(crate) fn cost(&self) -> Cost {
        self.program.cost()
    }

    /// How often its main thread has waited so far.
    pub(crate) fn main_thread_waits(&self) -> u64 {
        self.program.main_thread_waits()
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

/// Gives real-time priority to a thread, and to what it starts later.
pub(crate) fn put_first(id: u32) -> bool {
    let mut chrt = Command::new("chrt");
    chrt.args(["--rr", "--pid", "10"])
        .arg(id.to_string())
        .stderr(Stdio::null());
    chrt.status().is_ok_and(|status| status.success())
}

/// Looks again and again, and fails where `limit` passes first.
pub(crate) fn wait_until(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
