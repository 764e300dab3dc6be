//! The sound device of a test: a `PulseAudio` in a temporary folder, with a sink that nobody hears.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::recording::Recording;
use crate::run::{Program, Run, wait_until};

/// A sink of a server. Its samples are 32-bit floats, so that a recording can be compared with what was played.
#[derive(Clone, Copy)]
pub(crate) struct Sink {
    pub(crate) rate: u32,
    pub(crate) channels: usize,
}

/// What most machines have.
pub(crate) const STEREO: Sink = Sink {
    rate: 48_000,
    channels: 2,
};

/// A private sound server, and the only one that the programs started here can find.
pub(crate) struct Server {
    dir: TempDir,
    sink: Sink,
    process: Program,
}

impl Server {
    /// Starts a server and waits until it answers; `None` where this machine has none, which is said.
    pub(crate) fn start(sink: Sink) -> Option<Self> {
        if !Self::is_possible() {
            return None;
        }
        let dir = TempDir::new().unwrap();
        let socket = socket(dir.path());
        let device = format!("type pulse server \"unix:{}\"", socket.display());
        write_alsa_config(
            dir.path(),
            &format!("pcm.!default {{ {device} }}\nctl.!default {{ {device} }}\n"),
        );
        let process = spawn(dir.path(), sink);
        Some(Self { dir, sink, process })
    }

    /// Whether this machine can run a server; where it cannot, that is said.
    pub(crate) fn is_possible() -> bool {
        let missing = missing();
        if let Some(why) = &missing {
            skip(why);
        }
        missing.is_none()
    }

    /// Starts `cadence` on this server.
    pub(crate) fn cadence(&self, args: &str) -> Run {
        Run::start(&mut self.command(args))
    }

    /// `cadence` with these arguments, separated by spaces, on this server.
    pub(crate) fn command(&self, args: &str) -> Command {
        cadence(self.dir.path(), args)
    }

    /// Where its programs are started.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Records what the sink plays from now on.
    pub(crate) fn record(&self) -> Recording {
        let mut parec = Command::new("parec");
        parec
            .args(["--device=test.monitor", "--raw", "--format=float32le"])
            .arg(format!("--rate={}", self.sink.rate))
            .arg(format!("--channels={}", self.sink.channels))
            .arg("--latency-msec=20")
            .env("PULSE_SERVER", socket(self.dir.path()))
            .env("HOME", self.dir.path())
            .env("XDG_RUNTIME_DIR", self.dir.path());
        Recording::start(&mut parec, self.sink)
    }

    /// Stops the server where it stands: it holds its connections and answers nobody.
    pub(crate) fn hang(&self) {
        self.process.signal(Signal::STOP);
    }

    /// Lets a server go on that hangs.
    pub(crate) fn go_on(&self) {
        self.process.signal(Signal::CONT);
    }

    /// Kills the server without a word to anybody.
    pub(crate) fn die(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.end_within(Duration::from_secs(1));
    }

    /// Starts a server that died again, in the same place.
    pub(crate) fn return_to_life(&mut self) {
        fs::remove_file(socket(self.dir.path())).unwrap();
        self.process = spawn(self.dir.path(), self.sink);
    }
}

fn spawn(dir: &Path, sink: Sink) -> Program {
    let socket = socket(dir);
    let Sink { rate, channels } = sink;
    let mut pulseaudio = Command::new("pulseaudio");
    pulseaudio
        .args([
            "-n",
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disable-shm=yes",
        ])
        // Without norewinds the monitor misses the first 10 ms.
        .arg(format!("--load=module-null-sink sink_name=test norewinds=1 format=float32le rate={rate} channels={channels}"))
        .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let process = Program::start(&mut pulseaudio);
    // The socket is the last thing to be loaded.
    wait_until("the sound server answers", Duration::from_secs(10), || {
        UnixStream::connect(&socket).is_ok()
    });
    process
}

fn socket(dir: &Path) -> PathBuf {
    dir.join("pulse.socket")
}

/// A folder in which ALSA's default device is what `config` says it is.
pub(crate) fn alsa(config: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    write_alsa_config(dir.path(), config);
    dir
}

fn write_alsa_config(dir: &Path, config: &str) {
    fs::write(dir.join("asound.conf"), config).unwrap();
}

/// `cadence` with the ALSA of a folder and nothing else of the machine's.
pub(crate) fn cadence(dir: &Path, args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cadence"));
    command
        .args(args.split_whitespace())
        .current_dir(dir)
        .env_clear()
        .env("ALSA_CONFIG_PATH", dir.join("asound.conf"))
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", dir);
    command
}

/// What this machine lacks for a server.
fn missing() -> Option<String> {
    let no_program = ["pulseaudio", "parec"].into_iter().find(|program| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_err()
    });
    if let Some(program) = no_program {
        return Some(format!("{program} is not installed"));
    }
    // In a folder that is named for the architecture, or not.
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let is_there = folders
        .map(|folder| folder.path())
        .chain(["/usr/lib".into(), "/usr/lib64".into()])
        .any(|folder| {
            folder
                .join("alsa-lib/libasound_module_pcm_pulse.so")
                .exists()
        });
    (!is_there).then(|| "ALSA's pulse plugin is not installed".to_owned())
}

/// Says that a test is skipped, past the capture of the test harness: a test that does nothing must not look like one that
/// passed.
fn skip(why: &str) {
    assert!(
        env::var_os("CADENCE_REQUIRE_DEVICE").is_none_or(|value| value != "1"),
        "CADENCE_REQUIRE_DEVICE is set, and {why}"
    );
    let test = thread::current();
    let _ = writeln!(
        io::stderr(),
        "skipped: {}: {why}",
        test.name().unwrap_or("a test")
    );
}
