//! The onsets of a track: the rise of its spectrum in four bands, some 172 times a second.

use std::f32::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use taktus::Ear;

use super::number::{nearest, single};

/// Samples a second, about, at which a track is looked at.
const LOOKED_AT_HZ: f64 = 22_050.0;
/// Samples in one look: 46 ms.
const WINDOW: usize = 1_024;
/// Looks a second, about.
const LOOKS_PER_SECOND: f64 = 172.265_625;
/// Mel bands, from this frequency to that one.
const MEL_BANDS: usize = 40;
const LOWEST_HZ: f64 = 30.0;
const HIGHEST_HZ: f64 = 10_000.0;
/// Where the logarithm bends: what is this much quieter than full scale hardly counts.
const GAIN: f32 = 1_000.0;
/// Groups of bands: bass and kick, the body of drums and voices, what carries melody, and what
/// hisses.
pub(super) const GROUPS: usize = 4;
const GROUPS_BELOW_HZ: [f64; GROUPS - 1] = [200.0, 800.0, 3_200.0];
/// The part of a track that is analysed: enough for any song, and a bound on memory for what lasts
/// hours.
pub(super) const ANALYSED_S: f64 = 600.0;

/// How much starts, look by look, in each group of bands.
#[derive(Clone, Debug)]
pub(super) struct Onsets {
    pub(super) groups: [Vec<f32>; GROUPS],
    /// Looks a second.
    pub(super) rate: f64,
    /// The same as taktus hears it, [`taktus::RATE`] times a second.
    pub(super) heard: Vec<f32>,
}

/// Collects the onsets of a track while it is decoded.
pub(super) struct Listener {
    channels: usize,
    thin: usize,
    sum: f32,
    held: usize,
    hop: usize,
    samples: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    windowed: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    window: Vec<f32>,
    /// First and last bin of each mel band, and its group.
    bands: Vec<(usize, usize, usize)>,
    levels: Option<Vec<f32>>,
    onsets: Onsets,
    most_looks: usize,
    ear: Ear,
}

impl Listener {
    pub(super) fn new(sample_rate: u32, channels: usize) -> Self {
        let thin = nearest(f64::from(sample_rate) / LOOKED_AT_HZ).max(1);
        let rate = f64::from(sample_rate) / thin as f64;
        let hop = nearest(rate / LOOKS_PER_SECOND).max(1);
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let window = (0..WINDOW).map(|at| 0.5 - 0.5 * (TAU * at as f32 / WINDOW as f32).cos());
        Self {
            channels: channels.max(1),
            thin,
            sum: 0.0,
            held: 0,
            hop,
            samples: Vec::with_capacity(2 * WINDOW),
            windowed: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            window: window.collect(),
            bands: mel_bands(rate),
            levels: None,
            onsets: Onsets {
                groups: Default::default(),
                rate: rate / hop as f64,
                heard: Vec::new(),
            },
            most_looks: nearest(ANALYSED_S * rate / hop as f64),
            ear: Ear::new(sample_rate),
        }
    }

    /// Whether as much was heard as is analysed.
    pub(super) fn is_full(&self) -> bool {
        self.onsets.groups[0].len() >= self.most_looks
    }

    /// Hears the next samples, channel by channel in turn.
    pub(super) fn hear(&mut self, block: &[f32]) {
        let share = 1.0 / self.channels as f32;
        for frame in block.chunks_exact(self.channels) {
            let sample = frame.iter().sum::<f32>() * share;
            self.onsets.heard.extend(self.ear.hear(sample));
            self.sum += sample;
            self.held += 1;
            if self.held == self.thin {
                self.samples.push(self.sum / self.thin as f32);
                (self.sum, self.held) = (0.0, 0);
                if self.samples.len() == 2 * WINDOW {
                    self.look();
                }
            }
        }
    }

    /// What was heard.
    pub(super) fn finish(mut self) -> Onsets {
        self.look();
        self.onsets
    }

    /// Looks at what is there, as often as a whole window is.
    fn look(&mut self) {
        let mut at = 0;
        while at + WINDOW <= self.samples.len() && !self.is_full() {
            let samples = &self.samples[at..at + WINDOW];
            for ((windowed, sample), share) in
                self.windowed.iter_mut().zip(samples).zip(&self.window)
            {
                *windowed = sample * share;
            }
            // The lengths are those that it asked for.
            let _ = self.fft.process_with_scratch(
                &mut self.windowed,
                &mut self.spectrum,
                &mut self.scratch,
            );
            let mut rises = [0.0; GROUPS];
            let spectrum = &self.spectrum;
            let level = |&(first, last, _): &(usize, usize, usize)| {
                let bins = &spectrum[first..=last];
                let sum: f32 = bins.iter().map(Complex::norm_sqr).sum();
                (1.0 + GAIN * sum.sqrt() * (4.0 / WINDOW as f32)).ln()
            };
            if let Some(levels) = &mut self.levels {
                for (band, last) in self.bands.iter().zip(levels) {
                    let level = level(band);
                    rises[band.2] += (level - *last).max(0.0);
                    *last = level;
                }
            } else {
                self.levels = Some(self.bands.iter().map(level).collect());
            }
            for (group, rise) in self.onsets.groups.iter_mut().zip(rises) {
                group.push(rise);
            }
            at += self.hop;
        }
        self.samples.drain(..at.min(self.samples.len()));
    }
}

/// First and last bin of each band, and the group that it belongs to.
fn mel_bands(rate: f64) -> Vec<(usize, usize, usize)> {
    let mel = |hz: f64| 1_127.0 * (1.0 + hz / 700.0).ln();
    let hz = |mel: f64| 700.0 * ((mel / 1_127.0).exp() - 1.0);
    let per_bin = rate / WINDOW as f64;
    let highest = HIGHEST_HZ.min(rate / 2.0 - per_bin);
    let step = (mel(highest) - mel(LOWEST_HZ)) / MEL_BANDS as f64;
    let mut first = nearest(LOWEST_HZ / per_bin).max(1);
    let mut bands = Vec::with_capacity(MEL_BANDS);
    for band in 1..=MEL_BANDS {
        let edge = hz(mel(LOWEST_HZ) + band as f64 * step);
        let last = nearest(edge / per_bin)
            .saturating_sub(1)
            .max(first)
            .min(WINDOW / 2);
        let middle = (first + last) as f64 / 2.0 * per_bin;
        let group = GROUPS_BELOW_HZ
            .iter()
            .filter(|edge| middle >= **edge)
            .count();
        bands.push((first, last, group));
        first = (last + 1).min(WINDOW / 2);
    }
    bands
}

/// A curve without its slow changes: the local mean is taken off, and the rest brought to one
/// level.
pub(super) fn levelled(curve: &[f32], rate: f64) -> Vec<f32> {
    let mean = local_mean(
        curve.iter().map(|value| f64::from(*value)),
        nearest(0.5 * rate),
    );
    let rest: Vec<f64> = curve
        .iter()
        .zip(mean)
        .map(|(value, mean)| f64::from(*value) - mean)
        .collect();
    let power = local_mean(rest.iter().map(|value| value * value), nearest(3.0 * rate));
    let overall = rest.iter().map(|value| value * value).sum::<f64>() / rest.len().max(1) as f64;
    // What is quiet is brought up, but not a pause.
    let floor = 0.05 * overall + 1e-9;
    rest.iter()
        .zip(power)
        .map(|(value, power)| single(value / (power + floor).sqrt()))
        .collect()
}

/// The mean of the values up to `reach` places away.
fn local_mean(values: impl Iterator<Item = f64>, reach: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for value in values {
        sum += value;
        sums.push(sum);
    }
    let count = sums.len() - 1;
    let mean = |at: usize| {
        let (from, to) = (at.saturating_sub(reach), (at + reach + 1).min(count));
        (sums[to] - sums[from]) / (to - from) as f64
    };
    (0..count).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_heard_where_it_is_at_every_rate() {
        for rate in [8_000_u32, 22_050, 44_100, 48_000, 192_000] {
            let mut listener = Listener::new(rate, 2);
            let frames = usize::try_from(rate).unwrap() * 2;
            let sample = |frame: usize| {
                if frame / 100 == frames / 200 {
                    0.9
                } else {
                    0.0
                }
            };
            let block: Vec<f32> = (0..frames)
                .flat_map(|frame| [sample(frame), sample(frame)])
                .collect();
            listener.hear(&block);
            let onsets = listener.finish();
            let sum = |look: usize| onsets.groups.iter().map(|group| group[look]).sum::<f32>();
            let loudest = (0..onsets.groups[0].len()).max_by(|a, b| sum(*a).total_cmp(&sum(*b)));
            // A look begins at its time; the click is at 1 s, in the last third of the window when
            // it is first heard.
            let at = loudest.unwrap() as f64 / onsets.rate;
            let window = WINDOW as f64 * 1.0 / (f64::from(rate) / listener_thin(rate));
            assert!((at + window * 0.8 - 1.0).abs() < 0.03, "{rate}: {at}");
        }
    }

    fn listener_thin(rate: u32) -> f64 {
        nearest(f64::from(rate) / LOOKED_AT_HZ).max(1) as f64
    }

    #[test]
    fn bands_follow_one_another_and_fill_all_groups() {
        for rate in [8_000.0, 22_050.0, 33_000.0] {
            let bands = mel_bands(rate);
            assert!(
                bands
                    .windows(2)
                    .all(|pair| pair[1].0 >= pair[0].0 && pair[1].1 <= WINDOW / 2)
            );
            assert_eq!((bands[0].2, bands[MEL_BANDS - 1].2), (0, GROUPS - 1));
        }
    }

    #[test]
    fn levelling_takes_off_what_changes_slowly() {
        let curve: Vec<f32> = (0_u8..200)
            .map(|at| 5.0 + f32::from(at % 2) * if at < 100 { 0.1 } else { 4.0 })
            .collect();
        let level = levelled(&curve, 10.0);
        // Forty times as strong before, less than ten times after.
        let swing = |at: usize| (level[at] - level[at + 1]).abs();
        assert!(
            swing(151) < 10.0 * swing(51),
            "{} {}",
            swing(51),
            swing(151)
        );
        assert!(level.iter().all(|value| value.abs() < 2.0), "{level:?}");
    }
}
