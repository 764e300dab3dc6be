//! Runs the binary and compares all that it printed: what a test does not expect is expected to be
//! empty.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The binary that cargo built for these tests.
pub(crate) const CADENCE: &str = env!("CARGO_BIN_EXE_cadence");

/// One run of the binary, and what is expected of it.
#[must_use = "a run is only checked by `check`"]
pub(crate) struct Run {
    args: Vec<OsString>,
    stdin: Vec<u8>,
    folder: Option<PathBuf>,
    time_zone: Option<&'static str>,
    stdout: String,
    stderr: String,
    status: i32,
}

/// `cadence ARGS`, expected to print nothing and to succeed.
pub(crate) fn cadence(args: &[&str]) -> Run {
    Run {
        args: args.iter().map(Into::into).collect(),
        stdin: Vec::new(),
        folder: None,
        time_zone: None,
        stdout: String::new(),
        stderr: String::new(),
        status: 0,
    }
}

impl Run {
    pub(crate) fn stdin(self, text: &str) -> Self {
        Self {
            stdin: text.into(),
            ..self
        }
    }

    pub(crate) fn folder(self, folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
            ..self
        }
    }

    /// In a time zone, by its name.
    pub(crate) fn time_zone(self, name: &'static str) -> Self {
        Self {
            time_zone: Some(name),
            ..self
        }
    }

    pub(crate) fn stdout(self, text: &str) -> Self {
        Self {
            stdout: text.to_owned(),
            ..self
        }
    }

    pub(crate) fn stderr(self, text: &str) -> Self {
        Self {
            stderr: text.to_owned(),
            ..self
        }
    }

    pub(crate) fn status(self, status: i32) -> Self {
        Self { status, ..self }
    }

    /// Runs it and compares.
    #[track_caller]
    pub(crate) fn check(&self) {
        let output = self.output();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let seen = (stdout.as_ref(), stderr.as_ref(), output.status.code());
        let expected = (
            self.stdout.as_str(),
            self.stderr.as_str(),
            Some(self.status),
        );
        assert_eq!(
            seen, expected,
            "stdout, stderr and status of cadence {:?}",
            self.args
        );
    }

    /// Runs it, for tests that compare more than text.
    pub(crate) fn output(&self) -> Output {
        let mut command = Command::new(CADENCE);
        command
            .args(&self.args)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        if let Some(name) = self.time_zone {
            command.env("TZ", name);
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let pipe = || Stdio::piped();
        let mut child = command
            .stdin(pipe())
            .stdout(pipe())
            .stderr(pipe())
            .spawn()
            .unwrap();
        // It may well end without reading.
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        child.wait_with_output().unwrap()
    }
}

/// What a folder holds, hidden files too.
pub(crate) fn listing(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
