//! No text of a workout panics or hangs, and what is read is shown as text that is read as the same
//! workout.
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo +nightly fuzz run workout -- -max_total_time=60 -max_len=400 -dict=fuzz/workout.dict
//! ```

#![no_main]

use cadence::cadence::Cadence;
use cadence::schedule::SampleRate;
use cadence::tempo::Pulse;
use cadence::workout::Workout;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let workout: Workout = match text.parse() {
        Ok(workout) => workout,
        Err(error) => {
            assert!(error.to_string().len() < 2_000);
            return;
        }
    };
    assert_eq!(workout.to_string().parse().as_ref(), Ok(&workout));
    let rate = SampleRate::from_hz(8_000).expect("in range");
    let base = Cadence::from_spm(160.0).expect("in range");
    if let Ok(timeline) = workout.resolve(Some(base)) {
        let map = timeline.to_tempo_map(rate, Pulse::PerStep).expect("no workout is longer than a map");
        assert_eq!(map.section_starts().len(), timeline.parts().len());
        let beats = map.beats().take(1_000).map(|beat| beat.frame());
        assert!(beats.is_sorted_by(|a, b| a < b));
    }
});
