//! The 26 real tracks with reference tempi, where they are.

use std::fs;
use std::path::Path;

use cadence::music::track::TrackTempo;

#[test]
fn what_is_sure_of_real_tracks_is_right() {
    let folder = Path::new("../shared/music");
    let Ok(reference) = fs::read_to_string(folder.join("REFERENCE.tsv")) else {
        return println!("skipped: there is no {}", folder.display());
    };
    // Every fifth: decoding them all takes a minute in a debug build; `cargo bench --bench music`
    // has all.
    let rows = reference.lines().skip(1).step_by(5);
    let mut sure = 0;
    for row in rows {
        let mut fields = row.split('\t');
        let (name, bpm) = (
            fields.next().unwrap(),
            fields.next().unwrap().parse::<f64>().unwrap(),
        );
        let track = TrackTempo::measure(&folder.join(name), || true).unwrap();
        if track.sure {
            sure += 1;
            let found = track.bpm.unwrap();
            let fold = 2_f64.powf((found / bpm).log2().round());
            assert!(
                (found / fold / bpm - 1.0).abs() < 0.02,
                "{name}: {found} for {bpm}"
            );
        }
    }
    assert!(sure >= 5, "{sure}");
}
