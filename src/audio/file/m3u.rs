//! Several files as an extended M3U playlist in UTF-8 (`.m3u8`), which every player reads.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file of a playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, in the folder of the playlist, or its path.
    pub file: String,
    /// What a player shows.
    pub title: String,
    /// How long it lasts.
    pub length: Duration,
}

/// The playlist, in the order of the entries. A title or a name is cut at its first line break,
/// since the format has one line for each.
#[must_use]
pub fn playlist<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let line = |text: &'a str| text.lines().next().unwrap_or_default();
    let mut text = "#EXTM3U\n".to_owned();
    for entry in entries {
        let (title, file) = (line(&entry.title), line(&entry.file));
        let seconds = entry.length.as_secs();
        // Writing to a string cannot fail.
        let _ = write!(text, "#EXTINF:{seconds},{title}\n{file}\n");
    }
    text
}

/// The files that a playlist names, relative to its folder. Text that is not UTF-8 is taken as
/// Latin-1, which an `.m3u` may well be.
#[must_use]
pub fn files(list: &[u8], folder: &Path) -> Vec<PathBuf> {
    let text = match std::str::from_utf8(list) {
        Ok(text) => text.to_owned(),
        Err(_) => list.iter().copied().map(char::from).collect(),
    };
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let files = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    files.map(|file| folder.join(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_list_are_next_to_it() {
        let list = "\u{feff}#EXTM3U\r\n#EXTINF:90,One\r\n a/one.mp3\r\n\r\n/b/zwei.mp3\n";
        let paths = ["lists/a/one.mp3", "/b/zwei.mp3"].map(PathBuf::from);
        assert_eq!(files(list.as_bytes(), Path::new("lists")), paths);
        assert_eq!(
            files(b"fr\xfch.mp3", Path::new("")),
            [PathBuf::from("früh.mp3")]
        );
        assert!(files(b"#EXTM3U\n", Path::new("")).is_empty());
    }

    #[test]
    fn each_file_has_its_length_its_title_and_its_name() {
        let entry = |file: &str, title: &str, seconds| Entry {
            file: file.to_owned(),
            title: title.to_owned(),
            length: Duration::from_secs(seconds),
        };
        let entries = [
            entry("a.mp3", "erster Lauf, 30m", 1_800),
            entry("b.mp3", "two\nlines", 60),
        ];
        assert_eq!(
            playlist(&entries),
            "#EXTM3U\n#EXTINF:1800,erster Lauf, 30m\na.mp3\n#EXTINF:60,two\nb.mp3\n"
        );
    }
}
