//! A minute of clicks as a file: `cargo run --example click_file -- 168 click.wav`.

use std::error::Error;
use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use cadence::Tempo;
use cadence::audio::click::{Sound, Timbre};
use cadence::audio::file::Encoding;
use cadence::audio::file::tags::Tags;
use cadence::audio::metronome::Clicks;
use cadence::audio::voice::Voice;
use cadence::schedule::{Cue, Pace, SampleRate, TempoMap};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let tempo: Tempo = args.next().ok_or("missing tempo, such as 168")?.parse()?;
    let path = args.next().ok_or("missing file, such as click.wav")?;

    let rate = SampleRate::from_hz(48_000)?;
    let mut map = TempoMap::new(rate);
    map.push(Duration::from_secs(60), Pace::Steady(tempo), Cue::On)?;
    let voice = Voice::new(Sound::Timbre(Timbre::Wood));
    let clicks = Clicks {
        map: Arc::new(map),
        voice: &voice,
    };
    // The encoding of the file's name: .wav, .flac, .mp3 or .ogg.
    Encoding::of(path.as_ref())?.write(
        &mut File::create(&path)?,
        &clicks,
        &Tags::new(tempo.to_string(), Some(tempo)),
        &mut |_| ControlFlow::Continue(()),
    )?;
    Ok(())
}
