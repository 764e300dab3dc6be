//! Where a file goes: links, devices, pipes, stdout under its other names, and folders that keep
//! what is in them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::harness::{CADENCE, cadence, listing};

const RENDER: [&str; 6] = ["render", "170", "--for", "1s", "--force", "-o"];

/// Bytes of a second at 48 kHz, 16 bits and one channel, with the header.
const LENGTH: u64 = 96_044;

fn render(output: &str) -> super::harness::Run {
    cadence(&[&RENDER[..], &[output]].concat())
}

#[test]
fn an_overwritten_file_keeps_its_permissions() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("click.wav");
    fs::write(&file, "mine").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    cadence(&["render", "170", "--for", "1s", "-o", "click.wav", "--force"])
        .folder(folder.path())
        .check();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_link_is_followed_and_kept() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("runs")).unwrap();
    fs::write(folder.path().join("runs/click.wav"), "mine").unwrap();
    symlink("runs/click.wav", folder.path().join("latest.wav")).unwrap();
    cadence(&[
        "render",
        "170",
        "--for",
        "1s",
        "-o",
        "latest.wav",
        "--force",
    ])
    .folder(folder.path())
    .check();
    assert!(
        fs::symlink_metadata(folder.path().join("latest.wav"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        fs::metadata(folder.path().join("runs/click.wav"))
            .unwrap()
            .len(),
        96_044
    );
    assert_eq!(listing(&folder.path().join("runs")), ["click.wav"]);
}

#[test]
fn an_overwritten_file_has_no_right_to_run_as_its_owner() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("click.wav");
    fs::write(&file, "a program").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o6755)).unwrap();
    render("click.wav").folder(folder.path()).check();
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755);
}

#[test]
fn a_link_to_nothing_is_filled_by_force_alone() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("runs")).unwrap();
    let link = folder.path().join("latest.wav");
    symlink("runs/click.wav", &link).unwrap();
    cadence(&["render", "170", "--for", "1s", "-o", "latest.wav"])
        .folder(folder.path())
        .stderr("error: 'latest.wav' exists: --force overwrites it\n")
        .status(1)
        .check();
    render("latest.wav").folder(folder.path()).check();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&link).unwrap().len(), LENGTH);

    symlink("gone/click.wav", folder.path().join("lost.wav")).unwrap();
    render("lost.wav")
        .folder(folder.path())
        .stderr("error: cannot write 'lost.wav': no folder 'gone'\n")
        .status(1)
        .check();
    symlink("round.wav", folder.path().join("round.wav")).unwrap();
    let output = render("round.wav").folder(folder.path()).output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: cannot write 'round.wav': Too many levels"),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_device_and_a_pipe_are_written_in_place() {
    let folder = TempDir::new().unwrap();
    let script = r#"
        mkfifo pipe.wav
        wc -c < pipe.wav > length &
        "$CADENCE" render 170 --for 1s -o pipe.wav --force && wait && cat length
        "$CADENCE" render 170 --for 1s -o /dev/null --force && test -c /dev/null && test -p pipe.wav
    "#;
    assert_eq!(
        sh(script, folder.path()),
        (format!("{LENGTH}\n"), String::new(), 0)
    );
}

#[test]
fn stdout_is_stdout_under_every_name() {
    let folder = TempDir::new().unwrap();
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        if name != "-" && !Path::new(name).exists() && name != "link" {
            continue;
        }
        let script = format!(
            r#"
            rm -f log.wav link; ln -s /dev/stdout link; printf before > log.wav
            "$CADENCE" render 170 --for 1s -o {name} >> log.wav && head -c 6 log.wav && wc -c < log.wav
            "$CADENCE" render 170 --for 1s -o {name} | wc -c
        "#
        );
        assert_eq!(
            sh(&script, folder.path()),
            (
                format!("before{}\n{LENGTH}\n", LENGTH + 6),
                String::new(),
                0
            ),
            "{name}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_in_a_folder_that_keeps_all() {
    let folder = TempDir::new().unwrap();
    let keeps = |sign: &str| {
        let chattr = Command::new("chattr").arg(sign).arg(folder.path()).output();
        chattr.is_ok_and(|output| output.status.success())
    };
    fs::write(folder.path().join("old.wav"), "mine").unwrap();
    if !keeps("+a") {
        eprintln!("skipped: chattr +a needs root and a file system that has it");
        return;
    }
    let seen = [render("old.wav"), render("new.wav")].map(|run| run.folder(folder.path()).output());
    let names = listing(folder.path());
    assert!(keeps("-a"));
    let [old, new] = seen.map(|output| String::from_utf8(output.stderr).unwrap());
    assert_eq!(
        old,
        "error: cannot write 'old.wav': no file in its folder may be replaced\n"
    );
    assert_eq!(new, "");
    assert_eq!(names, ["new.wav", "old.wav"]);
    assert_eq!(fs::read(folder.path().join("old.wav")).unwrap(), b"mine");
}

#[cfg(target_os = "linux")]
#[test]
fn a_plan_that_is_stopped_leaves_no_empty_folder() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = TempDir::new().unwrap();
    // Stdout is a pipe that nobody reads until the signal has come, and the plan is longer than it
    // holds: so the folder is there, and nothing in it yet.
    let args = "plan gradual --cadence 160 --raise 50 --rise 0.5 --every 1 --days mon,tue,wed,thu,fri,sat,sun";
    let mut child = Command::new(CADENCE)
        .args(args.split(' '))
        .args(["--start", "2026-12-01", "--render", "phone/runs"])
        .args(["--encoding", "wav"]) // every build has it
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !folder.path().join("phone/runs").exists() {
        assert!(std::time::Instant::now() < deadline, "there is no folder");
        assert_eq!(child.try_wait().unwrap(), None, "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(listing(folder.path()), [""; 0]);
}

/// Runs a script of the shell in a folder: stdout, stderr and status.
fn sh(script: &str, folder: &Path) -> (String, String, i32) {
    let mut sh = Command::new("sh");
    sh.args(["-euc", script]).env("CADENCE", CADENCE);
    let output = sh.current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (text(output.stdout), text(output.stderr), status)
}
