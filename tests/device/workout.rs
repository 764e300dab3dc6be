//! A whole workout on the device.

use crate::beats::{play, rendered};
use crate::recording::DIGITAL;
use crate::server::{STEREO, Server};

/// A ramp, a cue that comes and goes, a rest, a relative tempo, and a fade: 24 s.
const WORKOUT: &str = "8s 160..180, 6s 180 cue 2s/1s, 2s rest, 4s +5%, 4s 170 fade --cadence 160";

/// What is heard from the first sound on, as far as a file of the same reaches, and that file.
fn heard_and_written(options: &str) -> Option<(Vec<i16>, Vec<i16>)> {
    let server = Server::start(STEREO)?;
    let take = play(&server, &format!("play {WORKOUT} {options}"));
    let file = rendered(&server, &format!("render {WORKOUT} {options} -o -"));
    let first = take.onsets(0, DIGITAL)[0] as usize;
    let heard = take.channel(0).skip(first).take(file.len());
    Some((
        heard
            .map(|sample| (sample * 32_767.0).round() as i16)
            .collect(),
        file,
    ))
}

#[test]
fn a_ramp_and_a_cue_are_heard_as_a_file_holds_them() {
    if let Some((heard, file)) = heard_and_written("--no-signals") {
        assert_eq!(file.len(), 24 * 48_000);
        assert!(heard == file);
    }
}

#[test]
fn signals_are_heard_as_a_file_holds_them_and_the_last_one_whole() {
    if let Some((heard, file)) = heard_and_written("") {
        // The end is three tones of 110 ms.
        assert_eq!(file.len(), 24 * 48_000 + 3 * 5_279);
        assert!(heard == file);
    }
}
