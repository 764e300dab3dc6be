//! How often a second `cadence play` is woken, against `paplay` with the same click as a file: each
//! time keeps a laptop's processor from its sleep. Off a terminal the whole process may wake 35
//! times a second, and its main thread 10.
//!
//! It starts a private sound server, and says so where none is installed.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("skipped: wakeups are counted on Linux");
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io;
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::process::{Child, Command, ExitCode, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use tempfile::TempDir;

    /// Before anything is counted: the device is open, and its ring is full.
    const START: Duration = Duration::from_secs(3);

    /// How long it is counted.
    const PERIOD: Duration = Duration::from_secs(20);

    /// The most wakeups a second, off a terminal.
    const WHOLE_PROCESS: f64 = 35.0;
    const MAIN_THREAD: f64 = 10.0;

    /// A program that ends with the benchmark.
    struct Program(Child);

    impl Program {
        fn start(command: &mut Command) -> io::Result<Self> {
            let null = Stdio::null;
            let command = command.stdin(null()).stdout(null()).stderr(null());
            command.spawn().map(Self)
        }
    }

    impl Drop for Program {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    pub(super) fn main() -> ExitCode {
        let folder = TempDir::new().expect("a temporary folder");
        let folder = folder.path();
        let server = match start_server(folder) {
            Ok(server) => server,
            Err(error) => {
                eprintln!("skipped: pulseaudio cannot be started: {error}");
                return ExitCode::SUCCESS;
            }
        };
        let mut render = Command::new(env!("CARGO_BIN_EXE_cadence"));
        render.args(["render", "168", "--for", "1m", "-o", "click.wav"]);
        let rendered = render.current_dir(folder).status();
        assert!(rendered.expect("a command that runs").success());

        let mut play = Command::new(env!("CARGO_BIN_EXE_cadence"));
        play.args(["play", "168"]);
        let mut paplay = Command::new("paplay");
        paplay.arg("click.wav");
        let (whole, main) = report("cadence play 168", folder, play);
        report("paplay click.wav", folder, paplay);
        drop(server);
        if whole > WHOLE_PROCESS || main > MAIN_THREAD {
            eprintln!(
                "error: more than {WHOLE_PROCESS} wakeups a second, or {MAIN_THREAD} of the main thread"
            );
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }

    /// A server whose sink nobody hears, and the only one that programs in this folder find.
    fn start_server(folder: &Path) -> io::Result<Program> {
        let socket = folder.join("pulse.socket");
        let device = format!("type pulse server \"unix:{}\"", socket.display());
        let config = format!("pcm.!default {{ {device} }}\nctl.!default {{ {device} }}\n");
        fs::write(folder.join("asound.conf"), config)?;
        let socket_module = format!(
            "--load=module-native-protocol-unix auth-anonymous=1 socket={}",
            socket.display()
        );
        let mut pulseaudio = Command::new("pulseaudio");
        pulseaudio
            .args(["-n", "--daemonize=no", "--use-pid-file=no"])
            .args(["--exit-idle-time=-1", "--disable-shm=yes"])
            .arg("--load=module-null-sink sink_name=bench rate=48000 channels=2")
            .arg(socket_module)
            .env("HOME", folder)
            .env("XDG_RUNTIME_DIR", folder);
        let server = Program::start(&mut pulseaudio)?;
        let begin = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            if begin.elapsed() > Duration::from_secs(10) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Prints how often a program and each of its threads wake a second; the whole and the main
    /// thread.
    fn report(name: &str, folder: &Path, mut command: Command) -> (f64, f64) {
        command
            .current_dir(folder)
            .env("ALSA_CONFIG_PATH", folder.join("asound.conf"))
            .env("PULSE_SERVER", folder.join("pulse.socket"))
            .env("HOME", folder)
            .env("XDG_RUNTIME_DIR", folder);
        let program = Program::start(&mut command).expect("a program of pulseaudio's");
        let id = program.0.id();
        thread::sleep(START);
        let before = waits(id);
        let begin = Instant::now();
        thread::sleep(PERIOD);
        let after = waits(id);
        let seconds = begin.elapsed().as_secs_f64();
        assert!(!after.is_empty(), "{name} has ended early");
        let mut whole = 0.0;
        let mut main = 0.0;
        let mut threads = Vec::new();
        for (thread, (thread_name, waits)) in &after {
            let waited_before = before.get(thread).map_or(0, |(_, waits)| *waits);
            let rate = (waits - waited_before) as f64 / seconds;
            whole += rate;
            if *thread == id {
                main = rate;
            }
            threads.push(format!("{thread_name} {rate:.1}"));
        }
        println!("{name:18} {whole:5.1} wakeups/s ({})", threads.join(", "));
        (whole, main)
    }

    /// How often each thread has waited so far, by its number: each time it is woken.
    fn waits(process: u32) -> BTreeMap<u32, (String, u64)> {
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        let threads = threads.into_iter().flatten().flatten();
        threads
            .filter_map(|entry| {
                let thread = entry.file_name().to_str()?.parse().ok()?;
                // A thread may end meanwhile.
                let status = fs::read_to_string(entry.path().join("status")).ok()?;
                let field = |key: &str| {
                    let line = status.lines().find_map(|line| line.strip_prefix(key));
                    line.map(str::trim)
                };
                let waits = field("voluntary_ctxt_switches:")?.parse().ok()?;
                Some((thread, (field("Name:")?.to_owned(), waits)))
            })
            .collect()
    }
}
