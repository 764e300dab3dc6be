//! `PipeWire`'s ALSA plugin, whose descriptor stays ready while there is nothing to do.

use std::thread;
use std::time::{Duration, Instant};

use crate::beats::worst_frames;
use crate::recording::DIGITAL;
use crate::run::Outcome;
use crate::server::{STEREO, Server, Way};

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn its_clicks_are_on_their_frames_and_its_descriptor_spins_nothing() {
    let Some(server) = Server::start_way(Way::Plugin, STEREO) else {
        return;
    };
    let recording = server.record();
    let run = server.cadence("play 170 --for 20s");
    recording.wait_for_clicks(6);
    let (begin, before) = (Instant::now(), run.cost().cpu);
    thread::sleep(Duration::from_secs(15));
    let cpu = run.cost().cpu.saturating_sub(before);
    let share = cpu.as_secs_f64() / begin.elapsed().as_secs_f64();
    assert_eq!(run.end_within(LIMIT), Outcome::silent_success());
    let onsets = recording.end().onsets(0, DIGITAL);
    assert_eq!(onsets.len(), 57);
    assert!(worst_frames(&onsets, 48_000, 170) <= 1);
    eprintln!("{:.2} % of a core", 100.0 * share);
    // By a loop that polls: 5 to 8 %. Processor time hardly depends on what else runs.
    assert!(share < 0.02, "{:.2} % of a core", 100.0 * share);
}
