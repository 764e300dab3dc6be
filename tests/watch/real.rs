//! Real recordings, and what independent readers say of them.
//!
//! They are people's runs and lie beside the project, not in it: `../shared/watch` with
//! `MANIFEST.tsv`. Where that folder is, every file must agree; elsewhere this says that it was
//! skipped.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use cadence::review::{NoRun, Rules, Run};
use cadence::watch::{self, Fault, Recording, Sport};

/// The folder, or `None` with a line that says so.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/watch");
    if folder.join("MANIFEST.tsv").is_file() {
        Some(folder)
    } else {
        eprintln!("skipped: {} is not here", folder.display());
        None
    }
}

/// The rows of the manifest, by column.
fn manifest(folder: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t'));
    let names: Vec<&str> = lines.next().unwrap().collect();
    lines
        .map(|cells| {
            let pairs = names.iter().zip(cells);
            pairs
                .map(|(name, cell)| ((*name).into(), cell.into()))
                .collect()
        })
        .collect()
}

fn read(path: &Path) -> Recording {
    watch::read(File::open(path).unwrap()).unwrap()
}

#[test]
fn every_recording_gives_what_independent_readers_say() {
    let Some(folder) = folder() else { return };
    let rows = manifest(&folder);
    assert_eq!(rows.len(), 12);
    for row in rows {
        let file = &row["file"];
        let near = |ours: Option<f64>, name: &str| {
            let theirs = row[name].parse().ok();
            let apart = ours
                .zip(theirs)
                .map(|(ours, theirs): (f64, f64)| (ours - theirs).abs());
            assert!(
                apart.map_or(ours == theirs, |apart| apart <= 0.1),
                "{file}: {name} is {theirs:?}, not {ours:?}"
            );
        };
        let recording = read(&folder.join(file));
        let [session] = &recording.sessions[..] else {
            panic!("{file}: {} sessions", recording.sessions.len());
        };
        // Others count a record whose damaged time lies years away; here it is left out, and that
        // is a fault.
        let left_out = recording.faults.iter().map(|fault| match fault {
            Fault::Span { count } => usize::try_from(*count).unwrap(),
            _ => 0,
        });
        let left_out: usize = left_out.sum();
        near(Some((session.records.len() + left_out) as f64), "n_records");
        near(Some(session.laps.len() as f64), "laps");
        let run = Run::from_session(session, &Rules::default());
        match run {
            Ok(run) => {
                near(Some((run.records.with_cadence + left_out) as f64), "n_cad");
                near(Some(run.records.zero as f64), "n_zero");
                near(run.records.mean_spm, "mean_nz");
                near(run.summary.mean_moving_spm, "timeweighted_nz");
                near(run.device_average_spm, "session_avg_x2");
                near(
                    Some(f64::from(run.factor.counts.steps_per_count())),
                    "true_factor",
                );
                assert_eq!(
                    run.sport.name(),
                    row["sport"].split('/').next().unwrap(),
                    "{file}"
                );
            }
            Err(NoRun::NotOnFoot(sport)) => assert_eq!(sport.name(), row["sport"], "{file}"),
            Err(NoRun::NoCadence) => assert_eq!(row["n_cad"], "0", "{file}"),
            Err(why) => panic!("{file}: {why}"),
        }
    }
}

#[test]
fn a_ride_keeps_its_own_figures() {
    let Some(folder) = folder() else { return };
    let ride = read(&folder.join("neg_garmin_edge_ride.fit"));
    let [session] = &ride.sessions[..] else {
        panic!()
    };
    let raw: Vec<f64> = session
        .records
        .iter()
        .filter_map(|record| record.cadence.raw())
        .collect();
    let moving = raw.iter().filter(|raw| **raw > 0.0).count();
    let mean = raw.iter().sum::<f64>() / moving as f64;
    assert_eq!((raw.len(), raw.len() - moving), (2222, 24));
    assert!((mean - 81.76).abs() < 0.1, "{mean}");
    assert_eq!(session.sport, Sport::Cycling);
}

#[test]
fn damaged_recordings_keep_what_came_before_and_say_so() {
    let Some(folder) = folder() else { return };
    let faults = |file: &str| read(&folder.join(file)).faults;
    assert_eq!(
        faults("bad_unexpected_eof.fit"),
        [Fault::CutOff { at: 751 }]
    );
    assert_eq!(
        faults("bad_strava_android.fit"),
        [
            Fault::Damaged {
                at: 7471,
                reason: "message 11 was never defined".into()
            },
            Fault::Span { count: 1 }
        ]
    );
    for row in manifest(&folder) {
        let file = &row["file"];
        assert_eq!(
            faults(file).is_empty(),
            row["parse_err"].is_empty(),
            "{file}"
        );
    }
}

/// The beginning and the end of each real recording, so many bytes together, or all of a shorter
/// one, where they are at hand.
pub(crate) fn ends(length: usize) -> Vec<Vec<u8>> {
    let Some(folder) = folder() else {
        return Vec::new();
    };
    let rows = manifest(&folder).into_iter();
    rows.map(|row| {
        let bytes = std::fs::read(folder.join(&row["file"])).unwrap();
        let half = (length / 2).min(bytes.len() / 2);
        [&bytes[..half], &bytes[bytes.len() - half..]].concat()
    })
    .collect()
}
