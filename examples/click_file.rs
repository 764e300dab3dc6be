//! A minute of clicks as a WAV file: `cargo run --example click_file -- 168 click.wav`.

use std::error::Error;
use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use cadence::audio::click::{Sound, Timbre};
use cadence::audio::file::wav;
use cadence::audio::metronome::Metronome;
use cadence::audio::voice::Voice;
use cadence::schedule::{Cue, Pace, SampleRate, TempoMap};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let tempo = args.next().ok_or("missing tempo, such as 168")?.parse()?;
    let path = args.next().ok_or("missing file, such as click.wav")?;

    let rate = SampleRate::from_hz(48_000)?;
    let mut map = TempoMap::new(rate);
    map.push(Duration::from_secs(60), Pace::Steady(tempo), Cue::On)?;
    let voice = Voice::new(Sound::Timbre(Timbre::Wood));
    let mut metronome = Metronome::new(Arc::new(map), &voice)?;
    wav::write(&mut File::create(path)?, &mut metronome, &mut |_| {
        ControlFlow::Continue(())
    })?;
    Ok(())
}
