//! The course of a track through a mix: which of its frames is heard at which frame of the click
//! grid, so that its beats lie on the grid's.
//!
//! Arithmetic only: a course is planned from the beats of a track and a [`TempoMap`], and the sound
//! follows it.

use crate::music::beats::Beats;
use crate::music::number::nearest;
use crate::schedule::{Frame, Frames, TempoMap};

/// The slowest and the fastest that a track is played.
pub(super) const SLOWEST: f64 = 0.92;
pub(super) const FASTEST: f64 = 1.08;
/// To get back onto the grid a track is played this much slower or faster than the grid asks for.
const MOST_CORRECTION: f64 = 0.05;
/// What would take longer is made up by a jump, in seconds.
const MOST_PATIENCE_S: f64 = 2.0;
/// A jump is not worth less than this, in seconds: a click and an attack are one up to there.
const LEAST_JUMP_S: f64 = 0.01;
/// A track whose beats would need another speed for this many beats on end does not fit.
const MISFITS: u32 = 8;

/// The beats of a track in its frames at the rate of the mix, each of them one beat of the grid.
#[derive(Clone, Debug)]
pub(super) struct BeatLine {
    beats: Beats,
    rate: f64,
    /// In beats: half a beat where the runner has shifted the music.
    shift: f64,
}

impl BeatLine {
    pub(super) fn new(beats: Beats, rate: f64) -> Self {
        Self {
            beats,
            rate,
            shift: 0.0,
        }
    }

    /// The same beats, those in between where it was these and these where it was those in between.
    pub(super) fn shift_half_beat(&mut self) {
        self.shift = 0.5 - self.shift;
    }

    /// The frame of a beat, whole or not.
    fn at(&self, index: f64) -> f64 {
        self.beats.at(index + self.shift) * self.rate
    }

    /// The beat, whole or not, of a frame.
    fn index_of(&self, frame: f64) -> f64 {
        self.beats.index_at(frame / self.rate) - self.shift
    }
}

/// A part of a course at one speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    /// The frame of the mix at which it begins.
    pub(super) from: f64,
    /// The frame of the track that is heard there.
    pub(super) source: f64,
    /// Frames of the track a frame of the mix.
    pub(super) speed: f64,
    /// Whether its beats are kept on the grid.
    pub(super) is_aligned: bool,
}

impl Piece {
    fn source_at(&self, frame: f64) -> f64 {
        self.source + (frame - self.from) * self.speed
    }
}

/// Which frame of a track is heard at which frame of a mix.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// In order; never empty.
    pieces: Vec<Piece>,
    misfit: Option<f64>,
}

impl Course {
    /// At its own speed from a frame of the mix and a frame of the track on.
    pub(super) fn unstretched(start: u64, source: f64) -> Self {
        let piece = Piece {
            from: start as f64,
            source,
            speed: 1.0,
            is_aligned: false,
        };
        Self {
            pieces: vec![piece],
            misfit: None,
        }
    }

    /// From a frame of the mix and a frame of the track on, with the beats on the grid of `map`
    /// until the track is `length` frames long. A track that begins may do so up to half a beat
    /// earlier or later, so that it is on the grid at once.
    ///
    /// In a rest and past the end of the map the track goes on at its own speed. It jumps, by up to
    /// half a beat, where the grid begins anew.
    pub(super) fn new(
        map: &TempoMap,
        line: &BeatLine,
        (start, source): (u64, f64),
        begins: bool,
        length: f64,
    ) -> Self {
        let mut planner = Planner {
            course: Self {
                pieces: Vec::new(),
                misfit: None,
            },
            frame: start as f64,
            source,
            rate: f64::from(map.rate().hz()),
            is_free: begins,
        };
        planner.follow(map, line, length);
        // Whatever comes after the last beat.
        planner.add(1.0, false);
        planner.course
    }

    /// The frame of the track that is heard at a frame of the mix.
    pub(super) fn source_at(&self, frame: f64) -> f64 {
        self.piece_at(frame).source_at(frame)
    }

    /// The same without the jump at `until`, and what comes after it.
    pub(super) fn source_before(&self, frame: f64, until: Option<f64>) -> f64 {
        match until {
            Some(until) if frame >= until => self.piece_at(until - 0.5).source_at(frame),
            _ => self.source_at(frame),
        }
    }

    pub(super) fn piece_at(&self, frame: f64) -> &Piece {
        &self.pieces[self.index_at(frame)]
    }

    fn index_at(&self, frame: f64) -> usize {
        let after = self.pieces.partition_point(|piece| piece.from <= frame);
        after.saturating_sub(1)
    }

    /// The first jump after a frame of the mix.
    pub(super) fn jump_after(&self, frame: f64) -> Option<f64> {
        let here = &self.pieces[self.index_at(frame)..];
        let jump = here
            .windows(2)
            .find(|pair| (pair[0].source_at(pair[1].from) - pair[1].source).abs() > 1.0);
        jump.map(|pair| pair[1].from)
    }

    /// The frame of the mix at which a frame of the track is heard, not before another of the mix.
    pub(super) fn frame_of(&self, source: f64, not_before: f64) -> f64 {
        let first = self.index_at(not_before);
        let mut pieces = self.pieces[first..].iter().peekable();
        while let Some(piece) = pieces.next() {
            let frame = piece.from + (source - piece.source) / piece.speed;
            if pieces.peek().is_none_or(|next| frame < next.from) {
                return frame.max(piece.from).max(not_before);
            }
        }
        not_before
    }

    /// From where on the grid is too fast or too slow for the track.
    pub(super) fn misfit(&self) -> Option<f64> {
        self.misfit
    }
}

struct Planner {
    course: Course,
    frame: f64,
    source: f64,
    rate: f64,
    /// Nothing of the track is heard yet, so that it may begin anywhere.
    is_free: bool,
}

impl Planner {
    fn follow(&mut self, map: &TempoMap, line: &BeatLine, length: f64) {
        let rests = rests(map);
        let mut beats = map
            .beats_from(frame(self.frame))
            .map(|beat| beat.frame().index() as f64);
        // The beat of the track for the next beat of the grid, once they are matched.
        let mut matched: Option<f64> = None;
        let mut last_beat = None;
        let mut misfits = 0;
        let mut first_misfit = self.frame;
        while self.source < length {
            let Some(beat) = beats.next() else { return };
            let rest = rests
                .iter()
                .find(|(from, to)| *from < beat && *to > self.frame);
            if let Some((from, _)) = rest {
                self.is_free = false;
                if *from > self.frame {
                    let speed = self.course.pieces.last().map_or(1.0, |piece| piece.speed);
                    self.go(*from, speed, matched.is_some());
                }
                self.go(beat, 1.0, false);
                (matched, last_beat) = (None, None);
            }
            let ahead = if beat > self.frame {
                let bpm = map.bpm_at(frame(self.frame)).unwrap_or(0.0);
                last_beat.map_or((beat - self.frame) * bpm / 60.0 / self.rate, |_| 1.0)
            } else {
                0.0
            };
            let index = matched.unwrap_or_else(|| (line.index_of(self.source) + ahead).round());
            let here = line.at(index - ahead);
            let natural = match last_beat {
                Some(last) => (line.at(index) - line.at(index - 1.0)) / (beat - last),
                None => self.natural(map, line, index),
            };
            if !(SLOWEST..=FASTEST).contains(&natural) {
                if misfits == 0 {
                    first_misfit = self.frame;
                }
                misfits += 1;
                if misfits == MISFITS {
                    self.course.misfit.get_or_insert(first_misfit);
                }
                self.go(beat, 1.0, false);
                (matched, last_beat) = (None, None);
                continue;
            }
            misfits = 0;
            let behind = here - self.source;
            if std::mem::take(&mut self.is_free) || self.must_jump(behind, natural) {
                self.source = here;
            }
            if beat > self.frame {
                let speed = (line.at(index) - self.source) / (beat - self.frame);
                let low = (natural - MOST_CORRECTION).max(SLOWEST);
                let high = (natural + MOST_CORRECTION).min(FASTEST);
                self.go(beat, speed.clamp(low, high), true);
            }
            matched = Some(index + 1.0);
            last_beat = Some(beat);
        }
    }

    /// The speed at which the track has the tempo of the grid around a beat of it.
    fn natural(&self, map: &TempoMap, line: &BeatLine, index: f64) -> f64 {
        let Some(bpm) = map.bpm_at(frame(self.frame)) else {
            return 1.0;
        };
        (line.at(index + 1.0) - line.at(index - 1.0)) / 2.0 / (60.0 * self.rate / bpm)
    }

    /// Whether so much cannot be made up soon by playing faster or slower.
    fn must_jump(&self, behind: f64, natural: f64) -> bool {
        let spare = if behind > 0.0 {
            (FASTEST - natural).min(MOST_CORRECTION)
        } else {
            (natural - SLOWEST).min(MOST_CORRECTION)
        };
        let seconds = behind.abs() / self.rate;
        seconds > LEAST_JUMP_S && seconds > spare * MOST_PATIENCE_S
    }

    /// Goes on to a frame of the mix.
    fn go(&mut self, to: f64, speed: f64, is_aligned: bool) {
        if to > self.frame {
            self.add(speed, is_aligned);
            self.source += (to - self.frame) * speed;
            self.frame = to;
        }
    }

    fn add(&mut self, speed: f64, is_aligned: bool) {
        self.course.pieces.push(Piece {
            from: self.frame,
            source: self.source,
            speed,
            is_aligned,
        });
    }
}

/// From where to where there is no grid.
fn rests(map: &TempoMap) -> Vec<(f64, f64)> {
    let starts: Vec<Frame> = map.section_starts().collect();
    let ends = starts.iter().skip(1).copied().map(Some);
    let ends = ends.chain([map.length().map(Frame::after)]);
    let sections = starts.iter().zip(ends);
    let rests = sections.filter(|(start, _)| map.bpm_at(**start).is_none());
    let rests = rests.map(|(start, end)| {
        let end = end.map_or(f64::INFINITY, |end| end.index() as f64);
        (start.index() as f64, end)
    });
    rests.filter(|(start, end)| end > start).collect()
}

/// The frame of the grid at or before a place in the mix.
fn frame(place: f64) -> Frame {
    Frame::after(Frames::from_count(nearest(place.floor()) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::beats::Half;
    use crate::schedule::{Cue, Pace, SampleRate};
    use proptest::prelude::*;
    use std::time::Duration;

    const RATE: f64 = 1_000.0;

    fn map_of(parts: &[(u64, Pace)]) -> TempoMap {
        let mut map = TempoMap::new(SampleRate::from_hz(1_000).unwrap());
        for (seconds, pace) in parts {
            map.push(Duration::from_secs(*seconds), *pace, Cue::On)
                .unwrap();
        }
        map
    }

    fn steady(bpm: f64) -> Pace {
        Pace::Steady(format!("{bpm}").parse().unwrap())
    }

    /// Four minutes of beats at a tempo, `first` seconds into the track.
    fn line_of(bpm: f64, first: f64) -> BeatLine {
        let count = 4.0 * bpm;
        let times = (0..nearest(count)).map(|beat| first + beat as f64 * 60.0 / bpm);
        BeatLine::new(
            Beats::from_times(times.collect(), Half::Sure).unwrap(),
            RATE,
        )
    }

    /// How far the beat of the track is from each beat of the grid, in frames, and its piece.
    fn offs(map: &TempoMap, line: &BeatLine, course: &Course, from: u64) -> Vec<(f64, f64, Piece)> {
        let beats = map.beats_from(frame(from as f64));
        let offs = beats.map(|beat| {
            let at = beat.frame().index() as f64;
            let source = course.source_before(at, Some(at));
            let near = line.at(line.index_of(source).round());
            (at, source - near, *course.piece_at(at - 0.5))
        });
        offs.collect()
    }

    #[test]
    fn beats_lie_on_the_grid_from_the_first_one_on() {
        // 120 BPM at 1,000 frames a second: a beat each 500; the track's are 512.8 apart.
        let (map, line) = (map_of(&[(60, steady(120.0))]), line_of(117.0, 0.25));
        let course = Course::new(&map, &line, (100, 0.0), true, 1e6);
        for (at, off, piece) in offs(&map, &line, &course, 101) {
            assert!(off.abs() < 1e-6, "{at}: {off}");
            assert!((piece.speed - 120.0 / 117.0).abs() < 1e-9);
        }
        // At frame 500 its first beat is heard, 250 frames into the track.
        assert!((course.source_at(500.0) - 250.0).abs() < 1e-9);
        assert_eq!(course.misfit(), None);
    }

    #[test]
    fn in_a_rest_and_past_the_end_music_goes_on_at_its_own_speed() {
        let map = map_of(&[(10, steady(120.0)), (7, Pace::Rest), (10, steady(120.0))]);
        let line = line_of(117.0, 0.0);
        let course = Course::new(&map, &line, (0, 0.0), true, 1e6);
        let speed = |at: f64| (course.piece_at(at).speed, course.piece_at(at).is_aligned);
        assert_eq!([speed(10_000.0), speed(16_999.0)], [(1.0, false); 2]);
        assert_eq!(speed(27_001.0), (1.0, false));
        assert_eq!(course.jump_after(9_000.0), Some(17_000.0));
        for (at, off, _) in offs(&map, &line, &course, 17_001) {
            assert!(off.abs() < 1e-6, "{at}: {off}");
        }
    }

    #[test]
    fn a_small_change_bends_the_music_and_a_large_one_makes_it_jump() {
        let (map, line) = (map_of(&[(60, steady(120.0))]), line_of(120.0, 0.0));
        // 40 ms off are made up at 5 %, within a second.
        let near = Course::new(&map, &line, (0, 40.0), false, 1e6);
        assert_eq!(near.jump_after(0.0), None);
        assert!((near.piece_at(0.0).speed - 0.95).abs() < 1e-9);
        assert!((near.source_at(1_000.0) - 1_000.0).abs() < 1e-9);
        // 200 ms are not; the track goes on where it should be.
        let far = Course::new(&map, &line, (0, 200.0), false, 1e6);
        assert!((far.source_at(0.0) - 0.0).abs() < 1e-9);
    }

    #[test]
    fn half_a_beat_is_shifted_and_shifted_back() {
        let map = map_of(&[(60, steady(120.0))]);
        let mut line = line_of(120.0, 0.0);
        line.shift_half_beat();
        let course = Course::new(&map, &line, (1_000, 1_000.0), false, 1e6);
        assert!((course.source_at(2_000.0) - 2_000.0).abs() - 250.0 < 1e-9);
        assert!((line.at(0.0) - 250.0).abs() < 1e-9);
        line.shift_half_beat();
        assert!((line.at(0.0) - 0.0).abs() < 1e-9);
    }

    #[test]
    fn a_grid_out_of_reach_is_said_and_the_music_plays_at_its_own_speed() {
        let map = map_of(&[
            (10, steady(120.0)),
            (20, steady(140.0)),
            (10, steady(118.0)),
        ]);
        let line = line_of(120.0, 0.0);
        let course = Course::new(&map, &line, (0, 0.0), true, 1e6);
        let misfit = course.misfit().unwrap();
        assert!((9_500.0..10_500.0).contains(&misfit), "{misfit}");
        assert_eq!(course.piece_at(20_000.0).speed, 1.0);
        assert!(course.piece_at(35_000.0).is_aligned);
    }

    #[test]
    fn the_end_of_a_track_is_found_along_the_course() {
        let (map, line) = (map_of(&[(60, steady(120.0))]), line_of(125.0, 0.0));
        let course = Course::new(&map, &line, (0, 0.0), true, 30_000.0);
        // 30 s at 0.96 of the speed.
        assert!((course.frame_of(30_000.0, 0.0) - 31_250.0).abs() < 1.0);
        assert!((Course::unstretched(500, 0.0).frame_of(1_000.0, 0.0) - 1_500.0).abs() < 1e-9);
    }

    fn paces() -> impl Strategy<Value = Pace> {
        prop_oneof![
            Just(Pace::Rest),
            (150.0..190.0).prop_map(|bpm: f64| steady(bpm.round())),
            (150.0..190.0, 150.0..190.0).prop_map(|(from, to): (f64, f64)| {
                let tempo = |bpm: f64| format!("{}", bpm.round()).parse().unwrap();
                Pace::Ramp(tempo(from), tempo(to))
            }),
        ]
    }

    proptest! {
        #[test]
        fn beats_lie_on_any_grid_that_is_within_reach(
            parts in prop::collection::vec((5_u64..60, paces()), 1..6),
            bpm in 155.0..185.0,
            (start, source) in (0_u64..60_000, 0.0..20_000.0),
            begins in any::<bool>(),
        ) {
            let (map, line) = (map_of(&parts), line_of(bpm, 0.1));
            let course = Course::new(&map, &line, (start, source), begins, 240_000.0);
            prop_assert!(course.pieces.iter().all(|piece| (SLOWEST..=FASTEST).contains(&piece.speed)));
            prop_assert!(course.pieces.is_sorted_by(|a, b| a.from <= b.from));
            // Since when the grid has been within reach, without a rest.
            let mut since = None;
            for (at, off, piece) in offs(&map, &line, &course, start + 1) {
                if course.source_at(at) > 239_000.0 {
                    break;
                }
                let last = at - 300.0;
                let fits = [at - 1.0, last].into_iter().all(|at| {
                    map.bpm_at(frame(at)).is_some_and(|grid| (0.93..1.07).contains(&(grid / bpm)))
                });
                let begun = *since.get_or_insert(at);
                if !fits {
                    since = None;
                } else if at - begun > 4_000.0 {
                    prop_assert!(piece.is_aligned, "{at}");
                    prop_assert!(off.abs() < 1.0, "{at}: {off}");
                }
            }
        }
    }
}
