//! `render` and `plan --render` in a build without the encoders that are features.

use tempfile::TempDir;

use super::harness::cadence;

/// What a build without an encoder says of it.
fn refused(encoding: &str) -> String {
    format!(
        "error: built without {encoding}: build it with its default features, or write .wav or .flac\n"
    )
}

#[test]
fn an_encoder_that_was_not_built_is_a_usage_error_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    let built = [
        ("mp3", cfg!(feature = "mp3")),
        ("ogg", cfg!(feature = "vorbis")),
    ];
    for (encoding, _) in built.into_iter().filter(|(_, is_built)| !is_built) {
        let file = folder.path().join("run").with_extension(encoding);
        let path = file.to_str().unwrap();
        cadence(&["render", "170", "--for", "1s", "-o", path])
            .stderr(&refused(encoding))
            .status(2)
            .check();
        assert!(!file.exists());
        let plan = [
            "plan",
            "steptest",
            "--cadence",
            "160",
            "--start",
            "2026-12-01",
        ];
        let files = ["--render", "phone", "--encoding", encoding];
        cadence(&[&plan[..], &files].concat())
            .folder(folder.path())
            .stderr(&refused(encoding))
            .status(2)
            .check();
        assert!(!folder.path().join("phone").exists());
    }
}
