//! Where beats are, worked out by hand and by an exact formula.

use super::*;
use std::time::Duration;

use proptest::prelude::*;

use super::time::{NANOS, floor};
use crate::tempo::{Pulse, Tempo};

pub(super) fn hz(hz: u32) -> SampleRate {
    SampleRate::from_hz(hz).unwrap()
}

pub(super) fn tempo(text: &str) -> Tempo {
    text.parse().unwrap()
}

fn endless(text: &str, rate: u32) -> TempoMap {
    let mut map = TempoMap::new(hz(rate));
    map.push_endless(tempo(text), Cue::On).unwrap();
    map
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn frames(map: &TempoMap) -> Vec<u64> {
    map.beats().map(|beat| beat.frame.0).collect()
}

#[test]
fn beats_stand_on_the_nearest_frame() {
    // 60 · 8 / 90 = 5⅓ frames a beat: 0, 5⅓, 10⅔, 16.
    let map = endless("90", 8);
    let first: Vec<u64> = map.beats().take(4).map(|beat| beat.frame.0).collect();
    assert_eq!(first, [0, 5, 11, 16]);
}

#[test]
fn half_a_frame_is_rounded_up() {
    // 60 · 3 / 120 = 1½ frames a beat.
    let map = endless("120", 3);
    let first: Vec<u64> = map.beats().take(4).map(|beat| beat.frame.0).collect();
    assert_eq!(first, [0, 2, 3, 5]);
}

#[test]
fn beats_keep_to_the_grid_for_an_hour() {
    let map = endless("170", 44_100); // 15 564.705… frames a beat: no whole number fits
    let beat = map.beats().nth(170 * 60).unwrap();
    assert_eq!(beat.frame.0, 44_100 * 3_600);
}

#[test]
fn a_day_of_beats_stands_within_half_a_frame_of_the_exact_position() {
    for (text, rate, nano_bpm) in [
        ("170", 44_100_u32, 170_000_000_000_u128),
        ("173.3", 22_050, 173_300_000_000),
        ("59.94", 48_000, 59_940_000_000),
    ] {
        let day = u64::from(rate) * 86_400;
        let map = endless(text, rate);
        let mut beats = 0_u128;
        for (k, beat) in map
            .beats()
            .take_while(|beat| beat.frame.0 < day)
            .enumerate()
        {
            assert_eq!(beat.index, k as u64);
            // Exact: k · 60 · rate · 10⁹ / nano_bpm. Both sides times 2 · nano_bpm, in whole
            // numbers.
            let exact = 2 * k as u128 * 60 * u128::from(rate) * NANOS;
            let placed = 2 * u128::from(beat.frame.0) * nano_bpm;
            assert!(
                placed.abs_diff(exact) <= nano_bpm,
                "{text} at {rate}: beat {k} at {}",
                beat.frame.0
            );
            beats += 1;
        }
        assert_eq!(
            beats,
            (nano_bpm * 1_440).div_ceil(NANOS),
            "{text} at {rate}"
        );
    }
}

#[test]
fn per_stride_sounds_every_second_step() {
    let map = endless("120", 10).with_pulse(Pulse::PerStride);
    let first: Vec<_> = map
        .beats()
        .take(3)
        .map(|beat| (beat.index, beat.frame.0))
        .collect();
    assert_eq!(first, [(0, 0), (2, 10), (4, 20)]);
    assert_eq!(map.pulse(), Pulse::PerStride);
    assert_eq!(map.beats().nth(1).unwrap().index(), 2);
}

#[test]
fn a_beat_on_the_end_belongs_to_what_follows() {
    let mut map = TempoMap::new(hz(10));
    map.push(seconds(2), Pace::Steady(tempo("60")), Cue::On)
        .unwrap();
    assert_eq!(frames(&map), [0, 10]);
    assert_eq!(map.length(), Some(Frames(20)));
}

#[test]
fn a_ramp_places_each_beat_by_the_integral() {
    // From 60 to 120 BPM in 4 s: ∫(1 + t/4)dt = t + t²/8 = k, so t = −4 + √(16 + 8k): 0, 0.899,
    // 1.657, 2.325, 2.928, 3.483; beat 6 falls on the end. At 100 Hz:
    let mut map = TempoMap::new(hz(100));
    map.push(seconds(4), Pace::Ramp(tempo("60"), tempo("120")), Cue::On)
        .unwrap();
    assert_eq!(frames(&map), [0, 90, 166, 232, 293, 348]);
}

#[test]
fn the_grid_runs_on_over_a_change_of_tempo() {
    // 1.5 beats in the first section, so the next beat is half a beat of the second one away: 0.25
    // s.
    let mut map = TempoMap::new(hz(100));
    map.push(
        Duration::from_millis(1500),
        Pace::Steady(tempo("60")),
        Cue::On,
    )
    .unwrap();
    map.push(seconds(1), Pace::Steady(tempo("120")), Cue::On)
        .unwrap();
    assert_eq!(frames(&map), [0, 100, 175, 225]);
}

#[test]
fn a_rest_is_silent_and_the_first_foot_begins_after_it() {
    let mut map = TempoMap::new(hz(10));
    map.push(
        Duration::from_millis(2_500),
        Pace::Steady(tempo("60")),
        Cue::On,
    )
    .unwrap(); // beats 0, 1, 2
    map.push(seconds(3), Pace::Rest, Cue::On).unwrap();
    map.push(seconds(2), Pace::Steady(tempo("60")), Cue::On)
        .unwrap();
    let beats: Vec<_> = map.beats().map(|beat| (beat.index, beat.frame.0)).collect();
    assert_eq!(beats, [(0, 0), (1, 10), (2, 20), (4, 55), (5, 65)]);
}

#[test]
fn a_rest_first_is_a_lead_in() {
    let mut map = TempoMap::new(hz(10));
    map.push(seconds(1), Pace::Rest, Cue::On).unwrap();
    map.push(seconds(2), Pace::Steady(tempo("60")), Cue::On)
        .unwrap();
    assert_eq!(frames(&map), [10, 20]);
}

#[test]
fn the_grid_goes_on_under_a_silent_cue() {
    let mut map = TempoMap::new(hz(10));
    let cue = Cue::OnOff {
        on: seconds(2),
        off: seconds(1),
    };
    map.push(seconds(7), Pace::Steady(tempo("60")), cue)
        .unwrap();
    let heard: Vec<bool> = map.beats().map(Beat::is_heard).collect();
    assert_eq!(heard, [true, true, false, true, true, false, true]);
}

#[test]
fn a_fade_sinks_evenly_in_decibels() {
    let mut map = TempoMap::new(hz(10));
    map.push(seconds(4), Pace::Steady(tempo("60")), Cue::Fade)
        .unwrap();
    let levels: Vec<f32> = map.beats().map(Beat::level).collect();
    for (level, expected) in levels.iter().zip([1.0, 0.316_228, 0.1, 0.031_623]) {
        assert!((level - expected).abs() < 1e-5, "{level} is not {expected}");
    }
}

#[test]
fn what_cannot_be_scheduled_is_refused() {
    let mut map = endless("170", 10);
    assert_eq!(
        map.push(seconds(1), Pace::Rest, Cue::On),
        Err(ScheduleError::AfterTheEnd)
    );
    let mut map = TempoMap::new(hz(10));
    assert_eq!(
        map.push(seconds(605_000), Pace::Rest, Cue::On),
        Err(ScheduleError::TooLong)
    );
    let never = Cue::OnOff {
        on: Duration::ZERO,
        off: seconds(1),
    };
    assert_eq!(
        map.push(seconds(1), Pace::Rest, never),
        Err(ScheduleError::NoCue)
    );
    assert!(SampleRate::from_hz(0).is_err());
}

#[test]
fn a_map_may_last_a_week_to_the_second() {
    let mut map = TempoMap::new(hz(10));
    assert_eq!(map.push(seconds(604_800), Pace::Rest, Cue::On), Ok(()));
    assert_eq!(
        map.push(Duration::from_nanos(1), Pace::Rest, Cue::On),
        Err(ScheduleError::TooLong)
    );
}

#[test]
fn each_section_after_a_part_is_signalled_and_so_is_the_end() {
    let mut map = TempoMap::new(hz(10));
    for text in ["60", "70", "80"] {
        map.push(seconds(10), Pace::Steady(tempo(text)), Cue::On)
            .unwrap();
    }
    let signals = |map: &TempoMap| -> Vec<_> { map.signals_from(Frame(1)).collect() };
    assert_eq!(signals(&map), []);
    let end = (Frame(300), Signal::End);
    let [second, third] = [100, 200].map(|frame| (Frame(frame), Signal::Change));
    assert_eq!(signals(&map.clone().with_signals_after(1)), [third, end]);
    let all = map.with_signals_after(0);
    assert_eq!(signals(&all), [second, third, end]);
    let later: Vec<_> = all.signals_from(Frame(200)).collect();
    assert_eq!(later, [third, end]);
    // A change of tempo within a section is no other section.
    let changed = all.edited(Frame(250), Edit::Add(TempoStep::from_bpm(5)));
    assert_eq!(signals(&changed), [second, third, end]);
}

#[test]
fn what_follows_a_map_that_was_cut_begins_where_it_ends() {
    let minute = |length| {
        let mut map = TempoMap::new(hz(10));
        map.push(length, Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        map
    };
    // Frame 20 is nearest to 1.96 s, at which the map ends anyway: it stays 2 s long, and 60 ms
    // more end at frame 21.
    let mut map = minute(seconds(2)).cut(Duration::from_millis(1_960));
    map.push(Duration::from_millis(60), Pace::Rest, Cue::On)
        .unwrap();
    assert_eq!(map.length(), Some(Frames(21)));
    // A section that begins at the end is not there any more.
    let mut map = minute(seconds(2));
    map.push(seconds(1), Pace::Rest, Cue::On).unwrap();
    assert_eq!(map.cut(seconds(2)).section_starts().len(), 1);
}

pub(super) fn paces() -> impl Strategy<Value = Pace> {
    let bpm = || {
        (20_000_000_000_u64..=400_000_000_000).prop_map(|nano| Tempo::from_nano_bpm(nano).unwrap())
    };
    prop_oneof![
        1 => Just(Pace::Rest),
        3 => bpm().prop_map(Pace::Steady),
        3 => (bpm(), bpm()).prop_map(|(from, to)| Pace::Ramp(from, to)),
    ]
}

pub(super) fn cues() -> impl Strategy<Value = Cue> {
    prop_oneof![
        Just(Cue::On),
        Just(Cue::Off),
        Just(Cue::Fade),
        (1_u64..9_000, 0_u64..9_000).prop_map(|(on, off)| Cue::OnOff {
            on: Duration::from_millis(on),
            off: Duration::from_millis(off),
        }),
    ]
}

pub(super) fn map_of(rate: u32, stride: bool, parts: &[(u64, Pace, Cue)]) -> TempoMap {
    let pulse = if stride {
        Pulse::PerStride
    } else {
        Pulse::PerStep
    };
    let mut map = TempoMap::new(hz(rate)).with_pulse(pulse);
    for (millis, pace, cue) in parts {
        map.push(Duration::from_millis(*millis), *pace, *cue)
            .unwrap();
    }
    map
}

#[test]
fn clicks_are_the_beats_that_are_heard() {
    let mut map = TempoMap::new(hz(10));
    let cue = Cue::OnOff {
        on: seconds(2),
        off: seconds(1),
    };
    let minute = Pace::Steady(tempo("60"));
    map.push(seconds(7), minute, cue).unwrap(); // 0, 1, 3, 4, 6
    map.push(seconds(3), Pace::Rest, Cue::On).unwrap();
    map.push(seconds(4), minute, Cue::Off).unwrap();
    map.push(seconds(4), minute, Cue::Fade).unwrap();
    map.push_endless(tempo("60"), Cue::On).unwrap();
    let clicks: Vec<_> = map.section_clicks().collect();
    assert_eq!(clicks, [Some(5), Some(0), Some(0), Some(4), None]);
    let starts: Vec<u64> = map.section_starts().map(Frame::index).collect();
    assert_eq!(starts, [0, 70, 100, 140, 180]);
}

#[test]
fn a_ramp_that_is_cut_keeps_its_slope_and_a_fade_its_own() {
    // The ramp of `a_ramp_places_each_beat_by_the_integral`, in the first half of a fade by 40 dB:
    // 20 dB.
    let mut map = TempoMap::new(hz(100));
    map.push(seconds(4), Pace::Ramp(tempo("60"), tempo("120")), Cue::Fade)
        .unwrap();
    map.push(seconds(4), Pace::Steady(tempo("60")), Cue::On)
        .unwrap();
    let map = map.cut(seconds(2));
    assert_eq!(frames(&map), [0, 90, 166]);
    assert_eq!(map.length(), Some(Frames(200)));
    assert_eq!(map.bpm_at(Frame(200)), None);
    assert_eq!(map.bpm_at(Frame(100)), Some(75.0));
    let last = map.beats().last().unwrap().level();
    assert!((last - 10_f32.powf(-40.0 / 20.0 * 1.66 / 4.0)).abs() < 1e-6);
}

#[test]
fn an_endless_map_that_is_cut_is_one_of_that_length() {
    let mut finite = TempoMap::new(hz(44_100));
    finite
        .push(seconds(61), Pace::Steady(tempo("173.3")), Cue::On)
        .unwrap();
    let cut = endless("173.3", 44_100).cut(seconds(61));
    assert_eq!(cut.length(), finite.length());
    assert_eq!(
        cut.beats().collect::<Vec<_>>(),
        finite.beats().collect::<Vec<_>>()
    );
}

proptest! {
    #[test]
    fn clicks_in_each_section_are_those_of_the_beats(
        rate in 100_u32..50_000,
        parts in prop::collection::vec((0_u64..60_000, paces(), cues()), 0..6),
        share in 0.0..1.5,
        stride: bool,
    ) {
        let map = map_of(rate, stride, &parts);
        let map = map.clone().cut(map.length().unwrap().duration(map.rate).mul_f64(share));
        let mut heard = vec![0; map.sections.len()];
        let mut beats = map.beats();
        while let Some(beat) = beats.next() {
            heard[beats.section] += u64::from(beat.is_heard());
        }
        let clicks: Vec<u64> = map.section_clicks().map(Option::unwrap).collect();
        prop_assert_eq!(clicks, heard);
    }

    #[test]
    fn a_cut_map_plays_what_the_whole_one_plays_until_then(
        rate in 1_000_u32..50_000,
        parts in prop::collection::vec((1_000_u64..20_000, paces(), cues()), 0..6),
        at in 0_u64..120_000,
        stride: bool,
    ) {
        let map = map_of(rate, stride, &parts);
        let at = Duration::from_millis(at);
        let end = Frame::nearest(at, map.rate);
        let cut: Vec<Beat> = map.clone().cut(at).beats().collect();
        let all: Vec<Beat> = map.beats().collect();
        prop_assert_eq!(&cut, &all[..cut.len()]);
        // A beat less than half a frame before the end is rounded up onto it, and still belongs to
        // what was before.
        prop_assert!(cut.iter().all(|beat| beat.frame <= end));
        prop_assert!(all[cut.len()..].iter().all(|beat| beat.frame >= end));
    }

    #[test]
    fn beats_rise_and_stand_within_half_a_frame_of_the_integral(
        rate in 1_000_u32..=192_000,
        parts in prop::collection::vec((1_u64..200_000, paces()), 1..8),
    ) {
        let mut map = TempoMap::new(hz(rate));
        for (millis, pace) in &parts {
            map.push(Duration::from_millis(*millis), *pace, Cue::On).unwrap();
        }
        let beats: Vec<Beat> = map.beats().collect();
        prop_assert!(beats.is_sorted_by(|a, b| a.frame < b.frame && a.index < b.index));
        // The integral again, by hand and in beats: the phase at half a frame before and after each
        // beat.
        for section in &map.sections {
            let Some((from, to)) = section.pace.ends() else { continue };
            let length = section.length.unwrap().0 as f64;
            let begun = section.phase as f64 / map.beat_phase() as f64;
            let per_frame = |nano: u64| nano as f64 / 1e9 / 60.0 / f64::from(rate);
            let at = |f: f64| begun + per_frame(from) * f + (per_frame(to) - per_frame(from)) * f * f / (2.0 * length);
            let end = section.start.0 + section.length.unwrap().0;
            for beat in beats.iter().filter(|beat| (section.start.0 + 1..end).contains(&beat.frame.0)) {
                let offset = (beat.frame.0 - section.start.0) as f64;
                let k = beat.index as f64;
                prop_assert!(at(offset - 0.5) <= k + 1e-6 && k - 1e-6 <= at(offset + 0.5));
            }
        }
    }

    #[test]
    fn beats_from_a_frame_are_the_tail_of_all_beats(
        rate in 100_u32..50_000,
        parts in prop::collection::vec((0_u64..20_000, paces()), 0..6),
        share in 0.0..1.2,
        stride: bool,
    ) {
        let mut map = TempoMap::new(hz(rate)).with_pulse(if stride { Pulse::PerStride } else { Pulse::PerStep });
        for (millis, pace) in &parts {
            map.push(Duration::from_millis(*millis), *pace, Cue::On).unwrap();
        }
        let from = Frame(floor(map.length().unwrap().0 as f64 * share));
        let tail: Vec<Beat> = map.beats().filter(|beat| beat.frame >= from).collect();
        prop_assert_eq!(map.beats_from(from).collect::<Vec<_>>(), tail);
    }
}
