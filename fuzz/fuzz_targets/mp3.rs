//! No samples harm the MP3 encoder, which is the dependency with the most `unsafe`: this runs under
//! AddressSanitizer.
//!
//! ```sh
//! cargo +nightly fuzz run mp3 -- -max_total_time=60 -max_len=16384 -timeout=10
//! ```

#![no_main]

use std::ops::ControlFlow;

use cadence::audio::file::Encoding;
use cadence::audio::file::tags::Tags;
use cadence::audio::source::{Converted, Filled, Layout, Render, Sample, Short, Source, SourceError};
use cadence::schedule::{Frame, Frames, SampleRate};
use libfuzzer_sys::fuzz_target;

/// Samples as they come, of any value.
#[derive(Clone)]
struct Samples {
    rate: SampleRate,
    layout: Layout,
    samples: Vec<f32>,
    /// Frames made.
    made: u64,
}

impl Samples {
    fn frames(&self) -> u64 {
        (self.samples.len() / self.channels()) as u64
    }

    fn channels(&self) -> usize {
        usize::from(self.layout.channels().get())
    }
}

impl Source<f32> for Samples {
    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn layout(&self) -> Layout {
        self.layout
    }

    fn position(&self) -> Frame {
        Frame::START + Frames::from_count(self.made)
    }

    fn end(&self) -> Option<Frame> {
        Some(Frame::START + Frames::from_count(self.frames()))
    }

    fn skip_to(&mut self, frame: Frame) {
        self.made = frame.since(Frame::START).count();
    }

    fn fill(&mut self, out: &mut [f32]) -> Filled {
        let channels = self.channels();
        let wanted = (out.len() / channels) as u64;
        let frames = wanted.min(self.frames() - self.made);
        let from = self.made as usize * channels;
        let samples = &self.samples[from..from + frames as usize * channels];
        out[..samples.len()].copy_from_slice(samples);
        self.made += frames;
        Filled {
            frames: Frames::from_count(frames),
            short: (frames < wanted).then_some(Short::Ended),
        }
    }
}

impl Render for Samples {
    fn source<S: Sample>(&self) -> Result<Box<dyn Source<S> + '_>, SourceError> {
        Ok(Box::new(Converted::new(self.clone())))
    }
}

/// The rates that the format has.
const RATES_HZ: [u32; 9] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

fuzz_target!(|input: (u8, bool, bool, &[u8])| {
    let (rate, is_stereo, is_wild, bytes) = input;
    let rate = SampleRate::from_hz(RATES_HZ[usize::from(rate) % RATES_HZ.len()]).expect("in range");
    // Either any pattern of bits, infinities and no numbers among them, or loud sound.
    let samples = if is_wild {
        bytes.chunks_exact(4).map(|bits| f32::from_le_bytes(bits.try_into().expect("four"))).collect()
    } else {
        bytes.iter().map(|byte| f32::from(*byte) / 127.5 - 1.0).collect()
    };
    let layout = if is_stereo { Layout::Stereo } else { Layout::Mono };
    let sound = Samples { rate, layout, samples, made: 0 };
    let mut file = Vec::new();
    let tags = Tags::new("fuzzed".into(), None);
    let outcome = Encoding::Mp3.write(&mut file, &sound, &tags, &mut |_| ControlFlow::Continue(()));
    assert!(outcome.is_ok() && file.len() > 100);
});
