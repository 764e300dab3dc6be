//! Where the beats of a track lie.
//!
//! Beats are found by dynamic programming on the onsets (Ellis, "Beat Tracking by Dynamic
//! Programming", 2007): the way through the track in steps of about one beat that meets the most
//! that starts. Then they are evened out, since it is the pulse that a runner follows and not each
//! stroke of a drummer. Which half of a beat is the beat is the one thing that often stays open, so
//! it is said.

use std::path::Path;
use std::time::Duration;

use super::analysis::in_octave_of;
use super::decode::{DecodeError, Decoder};
use super::estimate::{levelled_groups, refined};
use super::number::nearest;
use super::onsets::{Listener, Onsets};
use crate::stats::median;

/// How strictly beats keep to the tempo: the price of a step that is not one beat long, in standard
/// deviations of the onsets.
const TIGHT: f64 = 200.0;
/// A stroke is as long as this after the beginning of the look that sees it best, in seconds. On
/// rendered tracks it is 28 ms from the look to the time of the note and 31 to 32 ms to where its
/// sound begins to rise; to a burst of noise, which is there at once, it is 36 ms.
const SEEN_AFTER_S: f64 = 0.030;
/// Where less starts than this, nothing does; the curve of onsets has four bands of variance 1.
const LEAST_HEARD: f32 = 1.0;
/// Beats within so much of each other are the same, in seconds.
const SAME_S: f64 = 0.07;
/// What starts in between, as a share of what starts on the beats, up to which it is sure which is
/// which; and the share of beats that taktus has to have, too.
const MOST_BETWEEN: f64 = 0.6;
const LEAST_AGREEMENT: f64 = 0.9;
/// Beats on either side over which a beat is evened out.
const EVENED_OVER: f64 = 12.0;
/// Beats that differ from a steady pulse by no more than this, in seconds, are one.
const STEADY_S: f64 = 0.012;

/// The beats of a track, evenly numbered from zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Beats {
    times: Vec<f64>,
    half: Half,
}

/// Whether it is sure which half of a beat is the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// What starts, starts on the beats, and taktus agrees.
    Sure,
    /// The beats may as well be those in between.
    Unsure,
}

/// What was heard of a track.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its beats; `None` where there are too few.
    pub beats: Option<Beats>,
    /// The duration of the track.
    pub length: Duration,
    /// How much of the file is missing or could not be decoded.
    pub lost: Option<Duration>,
}

impl Beats {
    /// From their times in seconds, in order; at least two.
    #[must_use]
    pub fn from_times(times: Vec<f64>, half: Half) -> Option<Self> {
        let is_rising = times.windows(2).all(|pair| pair[0] < pair[1]);
        (times.len() >= 2 && is_rising).then_some(Self { times, half })
    }

    /// Their times in seconds from the start of the track.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Whether it is sure which half of a beat is the beat.
    #[must_use]
    pub fn half(&self) -> Half {
        self.half
    }

    /// The time of a beat, whole or not; before the first and past the last they go on as they
    /// begin and end.
    #[must_use]
    pub fn at(&self, index: f64) -> f64 {
        let last = self.times.len() - 1;
        let below = index.floor().clamp(0.0, last as f64 - 1.0);
        let place = nearest(below);
        if index < 0.0 {
            self.times[0] + index * self.edge(0)
        } else if index > last as f64 {
            self.times[last] + (index - last as f64) * self.edge(last)
        } else {
            let (from, to) = (self.times[place], self.times[place + 1]);
            from + (to - from) * (index - below)
        }
    }

    /// The beat, whole or not, at a time.
    #[must_use]
    pub fn index_at(&self, time: f64) -> f64 {
        let last = self.times.len() - 1;
        let after = self.times.partition_point(|beat| *beat <= time);
        if after == 0 {
            (time - self.times[0]) / self.edge(0)
        } else if after > last {
            last as f64 + (time - self.times[last]) / self.edge(last)
        } else {
            let (from, to) = (self.times[after - 1], self.times[after]);
            (after - 1) as f64 + (time - from) / (to - from)
        }
    }

    /// The mean duration of a beat at either end of the track.
    fn edge(&self, end: usize) -> f64 {
        let last = self.times.len() - 1;
        let over = last.min(16);
        let from = if end == 0 { 0 } else { last - over };
        (self.times[from + over] - self.times[from]) / over as f64
    }
}

/// Decodes a track and finds its beats, about so many a minute: the tempo that was measured, its
/// half or its double.
///
/// # Errors
/// Those of [`Decoder::open`].
pub fn listen(path: &Path, bpm: f64) -> Result<Heard, DecodeError> {
    let mut decoder = Decoder::open(path)?;
    let mut found = Found::default();
    let mut begins = 0.0;
    loop {
        // Piece by piece, which bounds memory.
        let mut listener = Listener::new(decoder.sample_rate(), decoder.channels());
        let is_over = loop {
            let Some(block) = decoder.next_block() else {
                break true;
            };
            listener.hear(block);
            if listener.is_full() {
                break false;
            }
        };
        found.add(listener.finish(), begins, bpm);
        if is_over {
            break;
        }
        begins = decoder.position().as_secs_f64();
    }
    Ok(Heard {
        beats: found.beats(),
        length: decoder.position(),
        lost: decoder.lost(),
    })
}

/// Beats as they were found, piece by piece.
#[derive(Default)]
struct Found {
    /// Number and time.
    beats: Vec<(f64, f64)>,
    /// What starts on beats and in between, summed.
    on: f64,
    between: f64,
    agreed: usize,
    compared: usize,
}

impl Found {
    fn add(&mut self, mut onsets: Onsets, begins: f64, bpm: f64) {
        let rate = onsets.rate;
        let heard = std::mem::take(&mut onsets.heard);
        // Weighting the bass more makes nothing better: what is half a beat off then is so, too.
        let (_, curve) = levelled_groups(onsets);
        let bpm = in_octave_of(refined(&curve, rate, in_octave_of(bpm, 127.0)), bpm);
        let period = 60.0 / bpm;
        let places = path_through(&curve, period * rate);
        let places = sounding(&curve, &places);
        let (on, between) = strengths(&curve, places);
        self.on += on;
        self.between += between;
        let times: Vec<f64> = places
            .iter()
            .map(|place| finely(&curve, *place) / rate + SEEN_AFTER_S)
            .collect();
        let theirs = taktus::beats_of(&heard, period);
        self.compared += times.len();
        self.agreed += times
            .iter()
            .filter(|time| is_among(**time, &theirs))
            .count();
        for time in times {
            let time = begins + time;
            let number = match self.beats.last() {
                Some((number, before)) => {
                    let steps = ((time - before) / period).round();
                    if steps < 1.0 {
                        continue;
                    }
                    number + steps
                }
                None => 0.0,
            };
            self.beats.push((number, time));
        }
    }

    fn beats(&self) -> Option<Beats> {
        if self.beats.len() < 8 {
            return None;
        }
        let is_sure = self.between <= MOST_BETWEEN * self.on
            && self.agreed as f64 >= LEAST_AGREEMENT * self.compared as f64;
        let half = if is_sure { Half::Sure } else { Half::Unsure };
        Beats::from_times(evened(&self.beats), half)
    }
}

/// The places on a curve, about `period` apart, that together are the highest.
fn path_through(curve: &[f32], period: f64) -> Vec<usize> {
    let count = curve.len();
    let shortest = nearest(period / 2.0).max(1);
    let longest = nearest(period * 2.0);
    if count <= longest {
        return Vec::new();
    }
    let mean_square = curve
        .iter()
        .map(|value| f64::from(value * value))
        .sum::<f64>()
        / count as f64;
    if mean_square <= 0.0 {
        return Vec::new();
    }
    let scale = mean_square.sqrt();
    let price: Vec<f64> = (shortest..=longest)
        .map(|gap| -TIGHT * (gap as f64 / period).ln().powi(2))
        .collect();
    let mut score: Vec<f64> = curve
        .iter()
        .map(|value| f64::from(*value) / scale)
        .collect();
    let mut before = vec![None; count];
    for place in shortest..count {
        let gaps = (shortest..=longest.min(place)).zip(&price);
        let best = gaps
            .map(|(gap, price)| (score[place - gap] + price, place - gap))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((reached, from)) = best.filter(|(reached, _)| *reached > 0.0) {
            score[place] += reached;
            before[place] = Some(from);
        }
    }
    let last = count - nearest(period);
    let mut at = (last..count).max_by(|a, b| score[*a].total_cmp(&score[*b]));
    let mut places = Vec::new();
    while let Some(place) = at {
        places.push(place);
        at = before[place];
    }
    places.reverse();
    places
}

/// Without those at both ends where nothing is heard to start: silence has no beats.
fn sounding<'a>(curve: &[f32], places: &'a [usize]) -> &'a [usize] {
    let heard = |place: &usize| highest_near(curve, *place) > LEAST_HEARD;
    let first = places.iter().position(heard).unwrap_or(0);
    let end = places.iter().rposition(heard).map_or(0, |last| last + 1);
    &places[first.min(end)..end]
}

/// The highest value up to two places away.
fn highest_near(curve: &[f32], place: usize) -> f32 {
    let (first, last) = (place.saturating_sub(2), (place + 2).min(curve.len() - 1));
    curve[first..=last].iter().copied().fold(0.0, f32::max)
}

/// Where between two places a peak lies.
fn finely(curve: &[f32], place: usize) -> f64 {
    let first = place.saturating_sub(3).max(1);
    let last = (place + 3).min(curve.len().saturating_sub(2));
    let Some(peak) = (first..=last).max_by(|a, b| curve[*a].total_cmp(&curve[*b])) else {
        return place as f64;
    };
    let [below, at, above] = [peak - 1, peak, peak + 1].map(|place| f64::from(curve[place]));
    let bend = below - 2.0 * at + above;
    if at < below || at < above || bend >= 0.0 {
        return place as f64;
    }
    peak as f64 + 0.5 * (below - above) / bend
}

/// What starts on beats, and in between.
fn strengths(curve: &[f32], places: &[usize]) -> (f64, f64) {
    let near = |place: usize| f64::from(highest_near(curve, place));
    let on = places.iter().map(|place| near(*place)).sum();
    let between = places
        .windows(2)
        .map(|pair| near(usize::midpoint(pair[0], pair[1])))
        .sum();
    (on, between)
}

fn is_among(time: f64, others: &[f64]) -> bool {
    let after = others.partition_point(|other| *other < time - SAME_S);
    others
        .get(after)
        .is_some_and(|other| *other <= time + SAME_S)
}

/// The times of beats 0, 1, 2, …: of a steady pulse where they are one, else each evened out over
/// its neighbours.
fn evened(beats: &[(f64, f64)]) -> Vec<f64> {
    let count = nearest(beats.last().map_or(0.0, |last| last.0)) + 1;
    let pulse = line(beats, |_| 1.0);
    let local: Vec<f64> = (0..count)
        .scan(0, |first, index| {
            let index = index as f64;
            while beats[*first].0 < index - EVENED_OVER {
                *first += 1;
            }
            let end = beats.partition_point(|beat| beat.0 <= index + EVENED_OVER);
            let near = &beats[*first..end];
            let weight = |number: f64| 1.0 - (number - index).abs() / (EVENED_OVER + 1.0);
            let fit = if near.len() < 4 {
                None
            } else {
                line(near, weight)
            };
            Some(fit.or(pulse).map_or(0.0, |fit| fit.at(index)))
        })
        .collect();
    if let Some(pulse) = pulse {
        // Where the drums are silent the path may well take what lies in between. That is half a
        // beat off at once, while a tempo that changes drifts off; the median of some beats steps
        // as they do.
        let offs: Vec<f64> = beats.iter().map(|beat| beat.1 - pulse.at(beat.0)).collect();
        let medians = (0..offs.len()).map(|at| {
            let near = &offs[at.saturating_sub(8)..(at + 9).min(offs.len())];
            median(near.to_vec()).map_or(0.0, f64::abs)
        });
        let (steady, others): (Vec<f64>, Vec<f64>) = medians.partition(|off| *off <= STEADY_S);
        let drifting = others.iter().filter(|off| **off < 0.35 * pulse.period);
        if drifting.count() * 10 <= offs.len() && steady.len() * 2 > offs.len() {
            return (0..count).map(|index| pulse.at(index as f64)).collect();
        }
    }
    local
}

/// A straight line through beats.
#[derive(Clone, Copy)]
struct Line {
    first: f64,
    period: f64,
}

impl Line {
    fn at(self, index: f64) -> f64 {
        self.first + self.period * index
    }
}

/// The line through most of the beats: those that are far off count for nothing.
fn line(beats: &[(f64, f64)], weight: impl Fn(f64) -> f64) -> Option<Line> {
    let off = |line: Line, beat: &(f64, f64)| (beat.1 - line.at(beat.0)).abs();
    // Three standard deviations, were they normal.
    let reach_of = |line: Line| {
        let offs = beats.iter().map(|beat| off(line, beat)).collect();
        median(offs).map_or(0.0, |off| 4.4 * off + 1e-6)
    };
    let mut found = middle_line(beats)?;
    for _ in 0..3 {
        let reach = reach_of(found);
        let (mut all, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        // Near zero, for the precision of the sums.
        let (x0, y0) = beats[beats.len() / 2];
        for beat in beats {
            if off(found, beat) <= reach {
                let (number, time, weight) = (beat.0 - x0, beat.1 - y0, weight(beat.0));
                all += weight;
                x += weight * number;
                y += weight * time;
                xx += weight * number * number;
                xy += weight * number * time;
            }
        }
        let spread = xx * all - x * x;
        if spread <= 0.0 || !spread.is_finite() {
            break;
        }
        let period = (xy * all - x * y) / spread;
        found = Line {
            first: y0 + (y - period * x) / all - period * x0,
            period,
        };
    }
    Some(found)
}

/// The line of which both numbers are medians, so that it goes through most beats even where the
/// others are all on one side of it.
fn middle_line(beats: &[(f64, f64)]) -> Option<Line> {
    let half = beats.len() / 2;
    let pairs = beats.iter().zip(&beats[half..]);
    let period = median(
        pairs
            .filter(|(a, b)| b.0 > a.0)
            .map(|(a, b)| (b.1 - a.1) / (b.0 - a.0))
            .collect(),
    )?;
    let first = median(beats.iter().map(|beat| beat.1 - period * beat.0).collect())?;
    Some(Line { first, period })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_goes_from_peak_to_peak_where_some_are_missing() {
        // A peak every 50 places from 30 on, but for every fifth, and others at random in between.
        let mut curve = vec![0.0_f32; 3_000];
        for peak in 0..59 {
            if peak % 5 != 4 {
                curve[30 + 50 * peak] = 4.0;
            }
            curve[(peak * 577) % 3_000] += 1.0;
        }
        let places = path_through(&curve, 50.0);
        assert!((55..=60).contains(&places.len()), "{}", places.len());
        assert!(
            places.iter().all(|place| (place % 50).abs_diff(30) <= 2),
            "{places:?}"
        );
        let (on, between) = strengths(&curve, &places);
        assert!(between < 0.4 * on, "{between} of {on}");
        assert!(path_through(&vec![0.0; 3_000], 50.0).is_empty());
        assert!(path_through(&curve[..80], 50.0).is_empty());
    }

    #[test]
    fn a_peak_is_found_between_places() {
        // A parabola whose top is at 10.3.
        let curve: Vec<f32> = (0_u8..21)
            .map(|at| 9.0 - (f32::from(at) - 10.3).powi(2))
            .collect();
        assert!((finely(&curve, 9) - 10.3).abs() < 1e-3);
    }

    #[test]
    fn silence_at_the_ends_has_no_beats() {
        let mut curve = vec![0.0_f32; 100];
        curve[30] = 2.0;
        curve[50] = 2.0;
        assert_eq!(sounding(&curve, &[10, 30, 40, 50, 70]), [30, 40, 50]);
        assert_eq!(sounding(&curve, &[10, 70]), [0; 0]);
    }

    /// Beats of a tempo that rises by a share over the track, 20 ms to and fro.
    fn played(rise: f64) -> Vec<(f64, f64)> {
        let beat = |number: f64| 0.5 * number - 0.25 * rise * number * number / 200.0;
        let number = |it: u8| f64::from(it);
        (0..200)
            .map(|it| {
                (
                    number(it),
                    beat(number(it)) + 0.02 * (number(it) * 2.3).sin(),
                )
            })
            .collect()
    }

    #[test]
    fn strokes_are_evened_out_and_a_change_of_tempo_is_not() {
        let steady = evened(&played(0.0));
        let worst = (0_u8..200)
            .zip(&steady)
            .map(|(it, time)| (time - 0.5 * f64::from(it)).abs());
        assert!(worst.fold(0.0, f64::max) < 0.004);
        let rising = played(0.04);
        let evened = evened(&rising);
        let off = |(beat, time): (&(f64, f64), &f64)| {
            let number = beat.0;
            (0.5 * number - 0.25 * 0.04 * number * number / 200.0 - time).abs()
        };
        assert!(rising.iter().zip(&evened).map(off).fold(0.0, f64::max) < 0.015);
    }

    #[test]
    fn an_intro_half_a_beat_off_is_brought_into_line_and_gaps_are_filled() {
        let mut beats = played(0.0);
        for beat in &mut beats[..40] {
            beat.1 += 0.25;
        }
        beats.drain(100..104);
        let evened = evened(&beats);
        assert_eq!(evened.len(), 200);
        assert!(
            (evened[0] - 0.0).abs() < 0.006 && (evened[102] - 51.0).abs() < 0.006,
            "{evened:?}"
        );
    }

    #[test]
    fn beats_go_on_past_both_ends() {
        let beats = Beats::from_times(vec![1.0, 1.5, 2.0, 2.6], Half::Sure).unwrap();
        assert!((beats.at(-2.0) - (1.0 - 2.0 * 1.6 / 3.0)).abs() < 1e-9);
        assert!((beats.at(1.5) - 1.75).abs() < 1e-9);
        for index in [-3.5, 0.0, 0.25, 2.5, 3.0, 9.75] {
            assert!(
                (beats.index_at(beats.at(index)) - index).abs() < 1e-9,
                "{index}"
            );
        }
        assert_eq!(Beats::from_times(vec![1.0, 1.0], Half::Sure), None);
    }
}
