//! Every click is on its frame, and none is missing.

use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};

use crate::recording::{DIGITAL, Silence, Take, floats};
use crate::run::{Outcome, Run};
use crate::server::{STEREO, Server, Sink, alsa, cadence};

/// Longer than any run here lasts.
const LIMIT: Duration = Duration::from_secs(90);

/// Plays to the end, which has to be a silent success, and records it.
pub(crate) fn play(server: &Server, args: &str) -> Take {
    let recording = server.record();
    let run = server.cadence(args);
    let started = run.started;
    assert_eq!(run.end_within(LIMIT), Outcome::silent_success());
    // A measurement, to be read with --nocapture.
    eprintln!(
        "cadence {args}: first click heard {:?} after the start of the process",
        recording.first_sound().unwrap() - started
    );
    recording.end()
}

/// The frame of beat `k`, to the nearest.
pub(crate) fn beat(k: usize, rate: u32, bpm: u64) -> u64 {
    (2 * 60 * u64::from(rate) * k as u64 + bpm) / (2 * bpm)
}

/// How far the worst onset is from its place, counted from the first one.
pub(crate) fn worst_frames(onsets: &[u64], rate: u32, bpm: u64) -> u64 {
    (0..)
        .zip(onsets)
        .map(|(k, onset)| onset.abs_diff(onsets[0] + beat(k, rate, bpm)))
        .max()
        .unwrap()
}

/// The samples of a file that `cadence render` writes.
pub(crate) fn rendered(server: &Server, args: &str) -> Vec<i16> {
    let wav = server.command(args).output().unwrap().stdout;
    let mut wav = hound::WavReader::new(Cursor::new(wav)).unwrap();
    wav.samples().map(Result::unwrap).collect()
}

#[test]
fn all_185_clicks_of_65_s_are_heard_whole_on_their_frames() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let take = play(&server, "play 170 --for 65s");
    // 65 s hold 184.17 beats of 60/170 s, and one more is at their start.
    let onsets = take.onsets(0, DIGITAL);
    assert_eq!(onsets.len(), 185);
    assert!(worst_frames(&onsets, 48_000, 170) <= 1);

    // Every sample from the first click to the end of the last one, on both channels, is what a
    // file would hold.
    let file = rendered(&server, "render 170 --for 65s -o -");
    for channel in [0, 1] {
        let heard: Vec<i16> = take
            .channel(channel)
            .skip(onsets[0] as usize)
            .take(file.len())
            .map(|sample| (sample * 32_767.0).round() as i16)
            .collect();
        assert!(heard == file, "channel {channel}");
    }
}

#[test]
fn a_sink_at_44_100_hz_is_on_the_grid() {
    let sink = Sink {
        rate: 44_100,
        channels: 2,
    };
    let Some(server) = Server::start(sink) else {
        return;
    };
    let take = play(&server, "play 170 --for 10s");
    // ALSA's stream stays at 48 kHz, and the server resamples: a filter rings before the click that
    // it passes.
    let onsets = take.onsets(0, Silence(0.01));
    assert_eq!(onsets.len(), 29);
    assert!(worst_frames(&onsets, 44_100, 170) <= 1);
}

#[test]
fn a_mono_sink_hears_every_click() {
    let sink = Sink {
        rate: 48_000,
        channels: 1,
    };
    let Some(server) = Server::start(sink) else {
        return;
    };
    let onsets = play(&server, "play 170 --for 3s").onsets(0, DIGITAL);
    assert_eq!(onsets.len(), 9);
    assert!(worst_frames(&onsets, 48_000, 170) <= 1);
}

#[test]
fn pan_puts_the_feet_on_two_channels() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let take = play(&server, "play 170 --pan --for 3s");
    let [left, right] = [0, 1].map(|channel| take.onsets(channel, DIGITAL));
    assert_eq!((left.len(), right.len()), (5, 4));
    let mut both = [left, right].concat();
    both.sort_unstable();
    assert!(worst_frames(&both, 48_000, 170) <= 1);
}

#[test]
fn strides_click_at_every_second_step() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let onsets = play(&server, "play 170 --per stride --for 3s").onsets(0, DIGITAL);
    assert_eq!(onsets.len(), 5);
    assert!(worst_frames(&onsets, 48_000, 85) <= 1);
}

#[test]
fn a_lead_in_of_1_s_makes_a_run_1_s_longer() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    let start = Instant::now();
    let onsets = play(&server, "play 120 --lead-in 1s --for 1s").onsets(0, DIGITAL);
    assert_eq!((onsets.len(), onsets[1] - onsets[0]), (2, 24_000));
    assert!(start.elapsed() > Duration::from_secs(2));
}

/// Without a sound server: what ALSA is given goes to a file, as fast as it comes.
#[test]
fn alsa_is_given_every_click_on_its_frame() {
    let dir =
        alsa("pcm.!default { type file file \"out.raw\" format raw slave.pcm { type null } }\n");
    let run = Run::start(&mut cadence(dir.path(), "play 170 --for 65s"));
    assert_eq!(run.end_within(LIMIT), Outcome::silent_success());
    let take = Take {
        samples: floats(&fs::read(dir.path().join("out.raw")).unwrap()).collect(),
        sink: STEREO,
        begin: Instant::now(),
    };
    let onsets = take.onsets(0, DIGITAL);
    // Nothing precedes the first one.
    assert_eq!((onsets.len(), onsets[0]), (185, 0));
    assert_eq!(worst_frames(&onsets, 48_000, 170), 0);
}
