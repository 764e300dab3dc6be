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

/// A sink of a server. Its samples are 32-bit floats, so that a recording can be compared with what
/// was played.
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

/// Which sound server, and which way leads to it: all tests run on each of them in turn, as
/// `CADENCE_TEST_SOUND` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `PulseAudio`, through ALSA and its plugin.
    Alsa,
    /// `PulseAudio`, directly.
    Pulse,
    /// `PipeWire`, directly.
    PipeWire,
    /// `PipeWire`, through ALSA and its plugin.
    Plugin,
}

impl Way {
    pub(crate) fn of_this_run() -> Self {
        match env::var("CADENCE_TEST_SOUND").as_deref() {
            Err(_) | Ok("alsa") => Self::Alsa,
            Ok("pulse") => Self::Pulse,
            Ok("pipewire") => Self::PipeWire,
            Ok("plugin") => Self::Plugin,
            Ok(other) => panic!("CADENCE_TEST_SOUND is '{other}': alsa, pulse, pipewire or plugin"),
        }
    }

    fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Alsa | Self::Pulse => &["pulseaudio", "parec"],
            Self::PipeWire | Self::Plugin => {
                &["pipewire", "wireplumber", "pactl", "parec", "pw-metadata"]
            }
        }
    }

    /// Where its ALSA plugin is, if it has one. `CADENCE_PIPEWIRE_PLUGIN` names one that is not
    /// installed: Debian has no `PulseAudio` beside it.
    fn plugin(self) -> Option<PathBuf> {
        let name = match self {
            Self::Alsa => "libasound_module_pcm_pulse.so",
            Self::Plugin => "libasound_module_pcm_pipewire.so",
            Self::Pulse | Self::PipeWire => return None,
        };
        let named = env::var_os("CADENCE_PIPEWIRE_PLUGIN").filter(|_| self == Self::Plugin);
        // In a folder that is named for the architecture, or not.
        let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let installed = folders
            .map(|folder| folder.path())
            .chain(["/usr/lib".into(), "/usr/lib64".into()])
            .map(|folder| folder.join("alsa-lib").join(name));
        let mut all = named.map(PathBuf::from).into_iter().chain(installed);
        all.find(|path| path.exists())
    }
}

/// A private sound server, and the only one that the programs started here can find.
pub(crate) struct Server {
    dir: TempDir,
    sink: Sink,
    way: Way,
    processes: Vec<Program>,
}

impl Server {
    /// Starts a server and waits until it answers; `None` where this machine has none, which is
    /// said.
    pub(crate) fn start(sink: Sink) -> Option<Self> {
        Self::start_way(Way::of_this_run(), sink)
    }

    /// The same, with another way to it than that of this run.
    pub(crate) fn start_way(way: Way, sink: Sink) -> Option<Self> {
        if !Self::is_possible(way) {
            return None;
        }
        let dir = TempDir::new().unwrap();
        let device = match way {
            Way::Alsa => {
                let socket = socket(way, dir.path());
                format!("type pulse server \"unix:{}\"", socket.display())
            }
            Way::Plugin => "type pipewire".to_owned(),
            Way::Pulse | Way::PipeWire => "type null".to_owned(),
        };
        let control = if way == Way::Alsa {
            &device
        } else {
            "type hw card 0"
        };
        let library = way.plugin().filter(|_| way == Way::Plugin).map(|path| {
            let path = path.display();
            format!("pcm_type.pipewire {{ lib \"{path}\" }}\n")
        });
        let library = library.unwrap_or_default();
        write_alsa_config(
            dir.path(),
            &format!("{library}pcm.!default {{ {device} }}\nctl.!default {{ {control} }}\n"),
        );
        let processes = spawn(way, dir.path(), sink);
        Some(Self {
            dir,
            sink,
            way,
            processes,
        })
    }

    /// Whether this machine can run a server; where it cannot, that is said.
    pub(crate) fn is_possible(way: Way) -> bool {
        let missing = missing(way);
        if let Some(why) = &missing {
            skip(why);
        }
        missing.is_none()
    }

    /// As [`Program::put_first`], for all that it consists of.
    pub(crate) fn put_first(&self) -> bool {
        self.processes.iter().all(Program::put_first)
    }

    pub(crate) fn way(&self) -> Way {
        self.way
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Starts `cadence` on this server.
    pub(crate) fn cadence(&self, args: &str) -> Run {
        Run::start(&mut self.command(args))
    }

    /// `cadence` with these arguments, separated by spaces, on this server.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = cadence(self.dir.path(), args);
        let socket = match self.way {
            Way::Alsa => return command,
            // ALSA's turn comes where nothing answers.
            Way::Plugin => self.dir.path().join("nowhere"),
            Way::Pulse | Way::PipeWire => socket(self.way, self.dir.path()),
        };
        command.env("PULSE_SERVER", format!("unix:{}", socket.display()));
        command
    }

    /// Records what the sink plays from now on.
    pub(crate) fn record(&self) -> Recording {
        self.record_from("test.monitor")
    }

    pub(crate) fn record_from(&self, monitor: &str) -> Recording {
        let mut parec = self.client("parec");
        parec
            .arg(format!("--device={monitor}"))
            .args(["--raw", "--format=float32le"])
            .arg(format!("--rate={}", self.sink.rate))
            .arg(format!("--channels={}", self.sink.channels))
            .arg("--latency-msec=20");
        Recording::start(&mut parec, self.sink)
    }

    /// Asks the server for something, as a person does who changes the sound.
    pub(crate) fn pactl(&self, args: &str) -> String {
        let mut pactl = self.client("pactl");
        let output = pactl.args(args.split_whitespace()).output().unwrap();
        assert!(output.status.success(), "pactl {args}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn client(&self, program: &str) -> Command {
        client(self.way, self.dir.path(), program)
    }

    /// Stops the server where it stands: it holds its connections and answers nobody.
    pub(crate) fn hang(&self) {
        for process in &self.processes {
            process.signal(Signal::STOP);
        }
    }

    /// Lets a server go on that hangs.
    pub(crate) fn go_on(&self) {
        for process in &self.processes {
            process.signal(Signal::CONT);
        }
    }

    /// Kills the server without a word to anybody.
    pub(crate) fn die(&mut self) {
        for process in &self.processes {
            process.signal(Signal::KILL);
        }
        for mut process in self.processes.drain(..) {
            process.end_within(Duration::from_secs(1));
        }
    }

    /// Starts a server that died again, in the same place.
    pub(crate) fn return_to_life(&mut self) {
        let _ = fs::remove_file(socket(self.way, self.dir.path()));
        self.processes = spawn(self.way, self.dir.path(), self.sink);
    }
}

/// A program that talks to the server.
fn client(way: Way, dir: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    let socket = socket(way, dir);
    command
        .env("PULSE_SERVER", format!("unix:{}", socket.display()))
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", dir);
    command
}

fn spawn(way: Way, dir: &Path, sink: Sink) -> Vec<Program> {
    match way {
        Way::Alsa | Way::Pulse => vec![spawn_pulseaudio(way, dir, sink)],
        Way::PipeWire | Way::Plugin => spawn_pipewire(dir, sink),
    }
}

fn spawn_pulseaudio(way: Way, dir: &Path, sink: Sink) -> Program {
    let socket = socket(way, dir);
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
        .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()));
    let process = start_quietly(&mut pulseaudio, dir);
    // The socket is the last thing to be loaded.
    wait_until("the sound server answers", Duration::from_secs(10), || {
        UnixStream::connect(&socket).is_ok()
    });
    process
}

/// `PipeWire` with its session manager, on a private bus, and its service for clients of
/// `PulseAudio`.
fn spawn_pipewire(dir: &Path, sink: Sink) -> Vec<Program> {
    let bus = dir.join("bus");
    let _ = fs::remove_file(&bus);
    let mut dbus = Command::new("dbus-daemon");
    dbus.args(["--session", "--nofork", "--nopidfile"])
        .arg(format!("--address=unix:path={}", bus.display()));
    let mut processes = vec![start_quietly(&mut dbus, dir)];
    wait_until("the bus answers", Duration::from_secs(10), || {
        UnixStream::connect(&bus).is_ok()
    });
    let mut start = |program: &str| {
        let mut command = Command::new(program);
        command.env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", bus.display()),
        );
        processes.push(start_quietly(&mut command, dir));
    };
    start("pipewire");
    wait_until("PipeWire answers", Duration::from_secs(10), || {
        UnixStream::connect(dir.join("pipewire-0")).is_ok()
    });
    start("wireplumber");
    start("pipewire-pulse");
    let Sink { rate, channels } = sink;
    let pactl = |args: &str| {
        let mut pactl = client(Way::PipeWire, dir, "pactl");
        pactl
            .args(args.split_whitespace())
            .stderr(Stdio::null())
            .output()
    };
    wait_until("the sound server answers", Duration::from_secs(10), || {
        pactl("info").is_ok_and(|output| output.status.success())
    });
    let map = if channels == 1 {
        "mono"
    } else {
        "front-left,front-right"
    };
    let sink = format!(
        "load-module module-null-sink media.class=Audio/Sink sink_name=test rate={rate} channels={channels} channel_map={map}"
    );
    assert!(pactl(&sink).unwrap().status.success());
    // The recorder would change the length of the graph's blocks, which its latency leaves out.
    let mut metadata = client(Way::PipeWire, dir, "pw-metadata");
    metadata.args(["-n", "settings", "0", "clock.force-quantum", "1024"]);
    wait_until("the blocks have a length", Duration::from_secs(10), || {
        let output = metadata.stderr(Stdio::null()).output();
        output.is_ok_and(|output| output.status.success())
    });
    wait_until(
        "the sink is the default one",
        Duration::from_secs(10),
        || {
            let _ = pactl("set-default-sink test");
            pactl("get-default-sink").is_ok_and(|output| output.stdout == b"test\n")
        },
    );
    processes
}

fn start_quietly(command: &mut Command, dir: &Path) -> Program {
    command
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", dir)
        .env("XDG_STATE_HOME", dir.join("state"))
        .env("XDG_CONFIG_HOME", dir.join("config"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Program::start(command)
}

fn socket(way: Way, dir: &Path) -> PathBuf {
    match way {
        Way::Alsa | Way::Pulse => dir.join("pulse.socket"),
        Way::PipeWire | Way::Plugin => dir.join("pulse/native"),
    }
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
        // Where `.ci/coverage` has it count what runs.
        .envs(std::env::vars_os().filter(|(name, _)| name == "LLVM_PROFILE_FILE"))
        .env("ALSA_CONFIG_PATH", dir.join("asound.conf"))
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", dir);
    command
}

/// What this machine lacks for a server.
fn missing(way: Way) -> Option<String> {
    let no_program = way.programs().iter().find(|program| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_err()
    });
    if let Some(program) = no_program {
        return Some(format!("{program} is not installed"));
    }
    let needs_plugin = matches!(way, Way::Alsa | Way::Plugin);
    (needs_plugin && way.plugin().is_none())
        .then(|| format!("ALSA's plugin for {way:?} is not installed"))
}

/// Says that a test is skipped, past the capture of the test harness: a test that does nothing must
/// not look like one that passed.
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
