//! Every example does what its first lines say.

#[cfg(unix)]
use std::{fs, path::Path};

use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs an example of the library through cargo, which builds it with the features of this test.
fn example(name: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "--example", name]);
    if cfg!(not(feature = "playback")) {
        command.args(["--no-default-features", "--features", "cli"]);
    }
    command.arg("--").args(args).output().unwrap()
}

#[test]
fn count_to_target_tells_the_target() {
    let output = example("count_to_target", &["40", "41", "39"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "160 spm ±2.3\n168 to 176 spm\n"
    );
}

#[test]
fn click_file_writes_a_minute() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("click.wav");
    let output = example("click_file", &["168", file.to_str().unwrap()]);
    assert_eq!(
        (
            String::from_utf8_lossy(&output.stderr).as_ref(),
            output.status.code()
        ),
        ("", Some(0))
    );
    assert_eq!(
        hound::WavReader::open(&file).unwrap().duration(),
        48_000 * 60
    );
}

/// Runs a script with `cadence` on its path, on a machine without a sound device.
#[cfg(unix)]
fn script(name: &str, args: &[&str], folder: &Path) -> Output {
    let cadence = Path::new(env!("CARGO_BIN_EXE_cadence")).parent().unwrap();
    let path = format!("{}:{}", cadence.display(), std::env::var("PATH").unwrap());
    let nothing = folder.join("no-devices.conf");
    fs::write(&nothing, "").unwrap();
    Command::new(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(name),
    )
    .args(args)
    .current_dir(folder)
    .env("PATH", path)
    .env("ALSA_CONFIG_PATH", nothing)
    .output()
    .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn run_sh_writes_a_file_where_there_is_no_device() {
    let folder = TempDir::new().unwrap();
    let output = script("run.sh", &["40", "2s"], folder.path());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "cadence  160 ±4 spm      40 steps of one foot in 30s\n\
         target   168 to 176 spm  +5% to +10% (168 is really +2.4% to +7.7%)\n\
         Start only when easy running is free of pain; stop if it hurts.\n\
         no sound device: writing click-168.wav\n"
    );
    assert_eq!(
        (
            String::from_utf8_lossy(&output.stderr).as_ref(),
            output.status.code()
        ),
        ("", Some(0))
    );
    assert!(folder.path().join("click-168.wav").exists());
    // What cannot be a count ends the script before a sound.
    assert_eq!(
        script("run.sh", &["forty"], folder.path()).status.code(),
        Some(2)
    );
}

#[cfg(unix)]
#[test]
fn steps_sh_writes_a_playlist() {
    let folder = TempDir::new().unwrap();
    let output = script("steps.sh", &["40", "2s", "phone"], folder.path());
    assert_eq!(
        (
            String::from_utf8_lossy(&output.stderr).as_ref(),
            output.status.code()
        ),
        ("", Some(0))
    );
    let playlist = fs::read_to_string(folder.path().join("phone/steps.m3u")).unwrap();
    assert_eq!(
        playlist,
        "163.2.wav\n166.4.wav\n169.6.wav\n172.8.wav\n176.wav\n"
    );
    for name in playlist.lines() {
        assert_eq!(
            hound::WavReader::open(folder.path().join("phone").join(name))
                .unwrap()
                .duration(),
            96_000
        );
    }
}
