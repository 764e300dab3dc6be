//! A small synthesiser: drums, a bass and chords, at an exact tempo.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

/// What is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Song {
    pub(crate) bpm: f64,
    pub(crate) seconds: f64,
    pub(crate) rate: u32,
}

impl Song {
    pub(crate) fn new(bpm: f64) -> Self {
        Self {
            bpm,
            seconds: 26.0,
            rate: 44_100,
        }
    }

    /// Mono samples of a rock beat in four, with eighths on the hi-hat and a chord a bar.
    pub(crate) fn samples(self) -> Vec<f32> {
        let rate = f64::from(self.rate);
        let mut samples = vec![0.0_f64; (self.seconds * rate) as usize];
        let mut noise = Noise(1);
        let mut play = |at: f64, length: f64, voice: &mut dyn FnMut(f64) -> f64| {
            let first = (at * rate).round() as usize;
            for (frame, sample) in samples
                .iter_mut()
                .skip(first)
                .take((length * rate) as usize)
                .enumerate()
            {
                *sample += voice(frame as f64 / rate);
            }
        };
        let beat = 60.0 / self.bpm;
        for eighth in 0..(self.seconds / beat * 2.0) as u32 {
            let at = f64::from(eighth) * beat / 2.0;
            play(at, 0.04, &mut |t| 0.12 * noise.next() * (-t * 120.0).exp());
            match eighth % 8 {
                0 | 5 => play(at, 0.2, &mut |t| {
                    0.5 * (TAU * 55.0 * t).sin() * (-t * 18.0).exp()
                }),
                2 | 6 => play(at, 0.15, &mut |t| 0.3 * noise.next() * (-t * 30.0).exp()),
                _ => {}
            }
            if eighth % 8 == 0 {
                let root = [110.0, 87.3, 98.0, 130.8][eighth as usize / 8 % 4];
                for ratio in [1.0, 1.26, 1.5] {
                    play(at, beat * 4.0, &mut |t| {
                        0.06 * (TAU * root * 2.0 * ratio * t).sin() * (-t * 0.8).exp()
                    });
                }
            }
        }
        samples.into_iter().map(|sample| sample as f32).collect()
    }

    /// Writes it as a WAV file of 16 bits.
    pub(crate) fn write(self, path: &Path) {
        write(path, self.rate, &self.samples());
    }
}

/// Writes a WAV file of 16 bits.
pub(crate) fn write(path: &Path, rate: u32, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        writer
            .write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16)
            .unwrap();
    }
    writer.finalize().unwrap();
}

/// Appends a chunk with tags, as taggers do.
pub(crate) fn tag(path: &Path, frames: &[(&str, &str)]) {
    let frames = frames.iter().flat_map(|(name, text)| {
        let length = u32::try_from(text.len() + 1).unwrap();
        [
            name.as_bytes(),
            &length.to_be_bytes(),
            &[0, 0, 3],
            text.as_bytes(),
        ]
        .concat()
    });
    let frames: Vec<u8> = frames.collect();
    let length = u8::try_from(frames.len()).unwrap();
    assert!(length < 128);
    let tag = [b"ID3\x04\0\0\0\0\0", [length].as_slice(), &frames].concat();
    let mut bytes = fs::read(path).unwrap();
    bytes.extend(b"id3 ");
    bytes.extend(u32::try_from(tag.len()).unwrap().to_le_bytes());
    bytes.extend(&tag);
    let length = u32::try_from(bytes.len() - 8).unwrap();
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

/// White noise, the same every time.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
    }
}
