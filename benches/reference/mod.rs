//! Tracks of which the tempo is known, for the benchmarks of music.

use std::fs;
use std::path::{Path, PathBuf};

/// A track and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) path: PathBuf,
    pub(crate) bpm: f64,
    /// Change of tempo over a minute; `None` where beats are not known.
    #[allow(dead_code, reason = "only the benchmark of beats asks for it")]
    pub(crate) drift: Option<f64>,
}

/// The folders that the command line names, or `../shared/music`.
pub(crate) fn folders() -> Vec<PathBuf> {
    let named: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .map(PathBuf::from)
        .collect();
    if named.is_empty() {
        vec![PathBuf::from("../shared/music")]
    } else {
        named
    }
}

/// The tracks of a folder.
pub(crate) fn references(folder: &Path) -> Vec<Reference> {
    let read = |name| fs::read_to_string(folder.join(name));
    let Ok(text) = read("truth.tsv").or_else(|_| read("REFERENCE.tsv")) else {
        println!("skipped: there is no reference in {}", folder.display());
        return Vec::new();
    };
    let rows = text.lines().skip(1).filter_map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        Some(Reference {
            path: folder.join(fields.first()?),
            bpm: fields.get(1)?.parse().ok()?,
            drift: fields.get(5).and_then(|drift| drift.parse().ok()),
        })
    });
    rows.collect()
}

/// The middle of some values, or the upper one of two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
