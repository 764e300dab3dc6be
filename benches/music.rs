//! How fast music is measured, and how well: `cargo bench --bench music [FOLDER…]`.
//!
//! Each folder has tracks and their tempi in `REFERENCE.tsv` or `truth.tsv` (file, tempo); without
//! one it is `../shared/music`. Prints a row a folder, and one a format.

mod reference;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use cadence::music::decode::Decoder;
use cadence::music::track::TrackTempo;
use reference::{Reference, folders, median, references};

/// What came of some tracks.
#[derive(Default)]
struct Tally {
    tracks: u32,
    within_1: u32,
    sure: u32,
    sure_within_2: u32,
    errors: Vec<f64>,
    music_s: f64,
    took_s: f64,
    decoding_s: f64,
}

fn main() {
    let folders = folders();
    let mut formats: BTreeMap<String, Tally> = BTreeMap::new();
    println!(
        "| tracks | number | within 1 % | sure | sure, within 2 % | median error | x real time | decoding alone |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for folder in &folders {
        let mut all = Tally::default();
        for Reference { path, bpm, .. } in references(folder) {
            let extension = path
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let format = formats.entry(extension).or_default();
            measure(&path, bpm, &mut [&mut all, format]);
        }
        all.print(&folder.display().to_string());
    }
    for (name, tally) in &formats {
        tally.print(name);
    }
}

fn measure(path: &Path, bpm: f64, tallies: &mut [&mut Tally]) {
    let began = Instant::now();
    let Some(track) = TrackTempo::measure(path, || true) else {
        return;
    };
    let took_s = began.elapsed().as_secs_f64();
    let began = Instant::now();
    if let Ok(mut decoder) = Decoder::open(path) {
        while decoder.next_block().is_some() {}
    }
    let decoding_s = began.elapsed().as_secs_f64();
    let found = track.bpm.unwrap_or(f64::NAN);
    // A beat may be taken at half, twice, a quarter or four times.
    let error =
        (found / 2_f64.powf((found / bpm).log2().round().clamp(-2.0, 2.0)) / bpm - 1.0).abs();
    for tally in tallies {
        tally.tracks += 1;
        tally.within_1 += u32::from(error <= 0.01);
        tally.sure += u32::from(track.sure);
        tally.sure_within_2 += u32::from(track.sure && error <= 0.02);
        tally.errors.push(error);
        tally.music_s += track.seconds.unwrap_or(0.0);
        tally.took_s += took_s;
        tally.decoding_s += decoding_s;
    }
}

impl Tally {
    fn print(&self, name: &str) {
        let error = median(self.errors.clone());
        println!(
            "| {name} | {} | {} | {} | {} | {:.4} % | {:.0} | {:.0} |",
            self.tracks,
            self.within_1,
            self.sure,
            self.sure_within_2,
            error * 100.0,
            self.music_s / self.took_s,
            self.music_s / self.decoding_s
        );
    }
}
