//! Music that is brought to a grid: where its strokes are heard, and what is said about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use cadence::audio::ahead::Remade;
use cadence::audio::source::{Short, Source};
use cadence::music::soundtrack::{Entry, Handle, News, Options, Soundtrack};
use cadence::music::track::TrackTempo;
use cadence::schedule::{Cue, Edit, Frame, Frames, Pace, SampleRate, TempoMap, TempoStep};

use crate::synth::Song;

const RATE: u32 = 44_100;

/// A map that the test may change while it is followed.
type Followed = Arc<Mutex<Arc<TempoMap>>>;

fn map_of(parts: &[(u64, Option<&str>)]) -> TempoMap {
    let mut map = TempoMap::new(SampleRate::from_hz(RATE).unwrap());
    for (seconds, bpm) in parts {
        let pace = bpm.map_or(Pace::Rest, |bpm| Pace::Steady(bpm.parse().unwrap()));
        map.push(Duration::from_secs(*seconds), pace, Cue::On)
            .unwrap();
    }
    map
}

/// A soundtrack of tracks, that waits for each.
fn soundtrack(map: TempoMap, entries: Vec<Entry>) -> (Soundtrack, Handle, Followed) {
    let followed = Arc::new(Mutex::new(Arc::new(map)));
    let (sender, receiver) = mpsc::channel();
    for entry in entries {
        sender.send(entry).unwrap();
    }
    let options = Options {
        rate: SampleRate::from_hz(RATE).unwrap(),
        is_strict: false,
        waits: true,
    };
    let map = Arc::clone(&followed);
    let map = move || Some(Arc::clone(&map.lock().unwrap()));
    let (soundtrack, handle) = Soundtrack::new(options, map, receiver).unwrap();
    (soundtrack, handle, followed)
}

fn song(folder: &Path, bpm: f64, seconds: f64) -> PathBuf {
    let path = folder.join(format!("{bpm}.wav"));
    let song = Song {
        seconds,
        ..Song::new(bpm)
    };
    song.write(&path);
    path
}

fn found(path: &Path) -> Entry {
    let track = TrackTempo::measure(path, || true).unwrap();
    Entry {
        track,
        is_named: false,
    }
}

fn named(path: &Path) -> Entry {
    Entry {
        is_named: true,
        ..found(path)
    }
}

/// The next seconds of a source, as one channel; never beyond full scale.
fn seconds(source: &mut Soundtrack, seconds: f64) -> Vec<f32> {
    let mut mono = Vec::new();
    while mono.len() < (seconds * f64::from(RATE)) as usize {
        let mut block = [0.0; 1_024];
        let filled = source.fill(&mut block);
        assert!(filled.short.is_none(), "{:?}", filled.short);
        assert!(block.iter().all(|sample| sample.abs() <= 1.0));
        mono.extend(
            block
                .chunks(2)
                .map(|frame| f32::midpoint(frame[0], frame[1])),
        );
    }
    mono
}

/// How far the strokes of the hi-hat are from the beats, in milliseconds; `first` is the frame at
/// which the sound begins.
fn offs(sound: &[f32], first: u64, map: &TempoMap) -> Vec<(f64, f64)> {
    const HOP: usize = 44;
    let hiss: Vec<f32> = sound
        .windows(2)
        .collect::<Vec<_>>()
        .chunks(HOP)
        .map(|part| part.iter().map(|pair| (pair[1] - pair[0]).abs()).sum())
        .collect();
    let rise = |at: usize| hiss[at] - hiss[at - 12..at].iter().sum::<f32>() / 12.0;
    let from = Frame::after(Frames::from_count(first));
    let beats = map
        .beats_from(from)
        .map(|beat| beat.frame().index() - first);
    let mut offs = Vec::new();
    for beat in beats {
        let place = beat as usize / HOP;
        if place > hiss.len().saturating_sub(80) {
            break;
        }
        if place > 80 {
            let peak = (place - 60..place + 60).max_by(|a, b| rise(*a).total_cmp(&rise(*b)));
            let at = (first + beat) as f64 / f64::from(RATE);
            offs.push((
                at,
                (peak.unwrap() as f64 + 0.5 - place as f64) * HOP as f64 / 44.1,
            ));
        }
    }
    offs
}

/// The share of strokes within a number of milliseconds of their beat, from one second to another.
fn share(offs: &[(f64, f64)], within: f64, span: std::ops::Range<f64>) -> f64 {
    let part: Vec<f64> = offs
        .iter()
        .filter(|(at, _)| span.contains(at))
        .map(|(_, off)| off.abs())
        .collect();
    assert!(part.len() > 3, "{} beats in {span:?}", part.len());
    part.iter().filter(|off| **off <= within).count() as f64 / part.len() as f64
}

#[test]
fn strokes_are_heard_on_the_beats_track_after_track_and_after_a_rest() {
    let folder = tempfile::tempdir().unwrap();
    let entries = [
        song(folder.path(), 165.0, 30.0),
        song(folder.path(), 176.0, 30.0),
    ];
    let entries: Vec<Entry> = entries.iter().map(|path| found(path)).collect();
    let map = map_of(&[
        (35, Some("171")),
        (5, Some("165")),
        (6, None),
        (20, Some("172")),
    ]);
    let (mut source, handle, _) = soundtrack(map.clone(), entries.clone());
    let sound = seconds(&mut source, 56.0);
    let offs = offs(&sound, 0, &map);
    for span in [1.0..27.0, 31.0..34.5, 36.0..40.0, 46.5..55.0] {
        let share = share(&offs, 12.0, span.clone());
        assert!(share >= 0.9, "{span:?}: {share} {offs:?}");
    }
    let begun = |news| match news {
        News::Began { name } => Some(name),
        _ => None,
    };
    let begun: Vec<String> = handle.news().into_iter().filter_map(begun).collect();
    assert_eq!(begun, ["165", "176"]);
    let playing = handle.now_playing().unwrap();
    assert!(
        playing.is_aligned && (playing.speed - 172.0 / 176.0).abs() < 0.01,
        "{playing:?}"
    );

    // The same again, in other blocks.
    let (mut again, _, _) = soundtrack(map, entries);
    let mut block = vec![0.0; 2 * 44_100];
    for at in 0..20 {
        let _ = again.fill(&mut block);
        let same = block
            .chunks(2)
            .map(|frame| f32::midpoint(frame[0], frame[1]).to_bits());
        assert!(
            same.eq(sound[at * 44_100..(at + 1) * 44_100]
                .iter()
                .map(|it| it.to_bits())),
            "{at}"
        );
    }
}

#[test]
fn a_fault_is_said_and_the_next_track_comes() {
    let folder = tempfile::tempdir().unwrap();
    let (good, gone) = (
        song(folder.path(), 170.0, 25.0),
        song(folder.path(), 169.0, 25.0),
    );
    let text = folder.path().join("text.mp3");
    fs::write(&text, "no music").unwrap();
    let entries = vec![named(&text), found(&gone), found(&good)];
    fs::remove_file(&gone).unwrap();
    let map = map_of(&[(60, Some("172"))]);
    let (mut source, handle, _) = soundtrack(map.clone(), entries);
    let sound = seconds(&mut source, 20.0);
    let news = handle.news();
    let faults: Vec<&str> = news
        .iter()
        .filter_map(|news| match news {
            News::Fault { file, .. } => Path::new(file).file_name()?.to_str(),
            _ => None,
        })
        .collect();
    assert_eq!(faults, ["text.mp3", "169.wav"], "{news:?}");
    assert!(share(&offs(&sound, 0, &map), 12.0, 1.0..19.0) >= 0.9);
    // All that can be played is played again.
    let _ = seconds(&mut source, 20.0);
    assert!(handle.news().contains(&News::Began { name: "170".into() }));
}

#[test]
fn what_is_out_of_reach_is_passed_over_in_a_folder_and_plays_at_its_speed_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (far, near) = (
        song(folder.path(), 150.0, 25.0),
        song(folder.path(), 168.0, 25.0),
    );
    let map = map_of(&[(60, Some("172"))]);
    let (mut source, handle, _) = soundtrack(map.clone(), vec![found(&far), found(&near)]);
    let _ = seconds(&mut source, 1.0);
    let news = handle.news();
    assert!(
        matches!(&news[..2], [News::PassedOver { name, .. }, News::Began { name: begun }] if name == "150" && begun == "168"),
        "{news:?}"
    );
    let (mut source, handle, _) = soundtrack(map, vec![named(&far)]);
    let _ = seconds(&mut source, 3.0);
    let news = handle.news();
    let is_too_far = |news: &News| matches!(news, News::TooFar { name, bpm } if name == "150" && (bpm - 150.0).abs() < 0.1);
    assert_eq!(
        news.iter().filter(|news| is_too_far(news)).count(),
        1,
        "{news:?}"
    );
    let playing = handle.now_playing().unwrap();
    assert!(
        !playing.is_aligned && (playing.speed - 1.0).abs() < 1e-9,
        "{playing:?}"
    );
}

#[test]
fn a_key_is_heard_at_once_and_strokes_are_back_on_the_beats_within_four_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let entries = vec![found(&song(folder.path(), 168.0, 60.0))];
    let before = map_of(&[(90, Some("170"))]);
    let (mut source, handle, followed) = soundtrack(before.clone(), entries);
    let _ = seconds(&mut source, 10.0);
    assert!(!source.is_outdated());
    // What is heard is half a second before what is made.
    let heard = source.position().index() - 22_050;
    let map = before.edited(
        Frame::after(Frames::from_count(heard)),
        Edit::Add(TempoStep::from_bpm(5)),
    );
    *followed.lock().unwrap() = Arc::new(map.clone());
    assert!(source.is_outdated());
    source.skip_to(Frame::after(Frames::from_count(heard + 2_646)));
    assert!(!source.is_outdated());
    let first = source.position().index();
    assert_eq!(first, heard + 2_646);
    let sound = seconds(&mut source, 15.0);
    let at = first as f64 / f64::from(RATE);
    assert!(share(&offs(&sound, first, &map), 20.0, at + 0.5..at + 4.0) >= 0.7);
    assert!(share(&offs(&sound, first, &map), 12.0, at + 4.0..at + 14.0) >= 0.9);

    // The music is shifted by half a beat: what is heard on the beats is heard in between.
    handle.shift_half_beat();
    assert!(source.is_outdated());
    let first = source.position().index();
    source.skip_to(Frame::after(Frames::from_count(first)));
    let shifted = seconds(&mut source, 8.0);
    let aligned = handle.now_playing().unwrap().is_aligned;
    // The hi-hat is on both; the snare, which hisses louder, is not.
    let loud = |sound: &[f32], first: u64| -> f32 {
        let beats = map.beats_from(Frame::after(Frames::from_count(first + 44_100)));
        let levels = beats.take(16).map(|beat| {
            let at = usize::try_from(beat.frame().index() - first).unwrap();
            let stroke = sound[at..at + 4_000].windows(2);
            stroke.map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f32>()
        });
        levels.sum()
    };
    let part = &sound[6 * 44_100..];
    let before = loud(part, first - part.len() as u64);
    let after = loud(&shifted, first);
    // Which of them is the beat is not for this test to say.
    let (quiet, loud) = (before.min(after), before.max(after));
    assert!(
        aligned && quiet < 0.5 * loud,
        "{before} before, {after} after"
    );
}

#[test]
fn the_next_track_comes_at_a_key_and_a_skip_keeps_to_the_grid() {
    let folder = tempfile::tempdir().unwrap();
    let entries = [
        song(folder.path(), 168.0, 60.0),
        song(folder.path(), 174.0, 60.0),
    ];
    let entries: Vec<Entry> = entries.iter().map(|path| found(path)).collect();
    let map = map_of(&[(90, Some("171"))]);
    let (mut source, handle, _) = soundtrack(map.clone(), entries);
    let _ = seconds(&mut source, 5.0);
    handle.next_track();
    assert!(source.is_outdated());
    let made = source.position();
    source.skip_to(Frame::after(Frames::from_count(made.index() - 20_000)));
    let _ = seconds(&mut source, 2.0);
    assert_eq!(handle.now_playing().unwrap().name, "174");
    // A device that was away for three seconds.
    let away = source.position().index() + 3 * 44_100;
    source.skip_to(Frame::after(Frames::from_count(away)));
    let sound = seconds(&mut source, 10.0);
    let at = away as f64 / f64::from(RATE);
    assert!(share(&offs(&sound, away, &map), 12.0, at..at + 9.0) >= 0.9);
}

#[test]
fn without_a_track_the_sound_is_late_and_past_the_last_it_is_silent() {
    let (sender, receiver) = mpsc::channel();
    let options = Options {
        rate: SampleRate::from_hz(RATE).unwrap(),
        is_strict: true,
        waits: false,
    };
    let map = Arc::new(map_of(&[(60, Some("171"))]));
    let (mut source, handle) =
        Soundtrack::new(options, move || Some(Arc::clone(&map)), receiver).unwrap();
    let filled = source.fill(&mut [0.0; 64]);
    assert!(matches!(filled.short, Some(Short::Late)));
    assert_eq!((filled.frames.count(), source.position().index()), (0, 0));
    // Noise has no tempo, and only what is sure is played.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.wav");
    let mut noise = crate::synth::Noise(3);
    let samples: Vec<f32> = (0..25 * 44_100)
        .map(|_| noise.next() as f32 * 0.2)
        .collect();
    crate::synth::write(&path, RATE, &samples);
    sender.send(found(&path)).unwrap();
    drop(sender);
    let mut waited = 0;
    while source.fill(&mut [0.0; 64]).short.is_some() {
        waited += 1;
        assert!(waited < 3_000, "still late");
        std::thread::sleep(Duration::from_millis(10));
    }
    let news = handle.news();
    assert!(
        matches!(&news[..], [News::Refused { reason, .. }, News::OutOfTracks] if reason == "no steady beat"),
        "{news:?}"
    );
}

#[test]
fn a_long_search_is_said() {
    let track = TrackTempo {
        file: "far.wav".into(),
        bpm: Some(150.0),
        sure: true,
        seconds: Some(180.0),
        ..TrackTempo::default()
    };
    let is_named = false;
    let entries = vec![Entry { track, is_named }; 14];
    let (mut source, handle, _) = soundtrack(map_of(&[(60, Some("172"))]), entries);
    assert!(seconds(&mut source, 1.0).iter().all(|level| *level == 0.0));
    let news = handle.news();
    let long = News::NoneFitsYet { passed: 12 };
    assert_eq!(news.iter().position(|it| *it == long), Some(12), "{news:?}");
    assert_eq!(news.last(), Some(&News::OutOfTracks));
}
