//! Changes to a [`TempoMap`] while it is played: from a frame on, and never before it.

use super::map::{Section, TempoMap};
use super::time::{floor, narrowed};
use super::{Frame, Frames, Pace, SampleRate};
use crate::tempo::Tempo;

/// A change from a frame on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edit {
    /// Every tempo is higher by this, or lower.
    Add(TempoStep),
    /// Every tempo is multiplied by this.
    Multiply(TempoFactor),
    /// A foot landed here: later beats are a whole number of beats after it.
    Rephase(Frame),
    /// The next section begins at once; where there is none, it is the end.
    Skip,
}

/// A difference of tempi, in whole beats per minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TempoStep(i32);

impl TempoStep {
    /// From a number of beats per minute, negative for a slower tempo.
    #[must_use]
    pub const fn from_bpm(bpm: i32) -> Self {
        Self(bpm)
    }

    /// In billionths of a beat per minute.
    fn nano_bpm(self) -> i64 {
        i64::from(self.0) * 1_000_000_000
    }
}

/// A ratio of tempi, greater than zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TempoFactor(f64);

impl TempoFactor {
    /// Higher by a percentage: 5 is a factor of 1.05.
    #[must_use]
    pub fn from_percent(percent: u32) -> Self {
        Self(1.0 + f64::from(percent) / 100.0)
    }

    /// The factor that undoes this one.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self(1.0 / self.0)
    }
}

/// How much of a beat has to lie between two beats; a beat that would come earlier is left out. The
/// project's own choice.
const CLOSEST_BEATS: f64 = 0.6;

impl TempoMap {
    /// Returns the map with a change from a frame on. Everything before the frame is unchanged, so
    /// a map that has played up to there can be replaced by the new one.
    ///
    /// A tempo that would leave the range of tempi stays at its end. The grid continues across a
    /// change of tempo, and no two beats are closer than the tempo allows, except after a landing:
    /// then they may be up to two fifths closer.
    #[must_use]
    pub fn edited(&self, at: Frame, edit: Edit) -> Self {
        let Some(index) = self.section_at(at) else {
            return self.clone();
        };
        let mut map = Self {
            sections: self.sections[..=index].to_vec(),
            ..self.clone_empty()
        };
        let rest = map.split_last(at);
        let later = self.sections[index + 1..].iter().copied();
        match edit {
            Edit::Add(_) | Edit::Multiply(_) => {
                for section in rest.into_iter().chain(later) {
                    map.put(Section {
                        pace: section.pace.changed(edit),
                        ..section
                    });
                }
            }
            Edit::Rephase(landed) => {
                let wait = rest.map_or(Frames(0), |rest| map.wait_for(rest.pace, landed));
                map.put_all_behind(wait, rest.into_iter().chain(later));
            }
            Edit::Skip => {
                // The part may lie in pieces, and all of them are left out.
                let part = self.sections[index].part;
                let mut next = later.skip_while(|section| section.part == part).peekable();
                // After a rest the grid starts again, which must not be too soon after the beat
                // before the rest.
                let begins_anew = map
                    .sections
                    .last()
                    .is_some_and(|last| last.pace == Pace::Rest);
                let wait = match next.peek() {
                    Some(next) if begins_anew => map.earliest_beat(next.pace).since(at),
                    _ => Frames(0),
                };
                map.put_all_behind(wait, next);
            }
        }
        map
    }

    /// Returns the map at another rate: every section and every beat at the same time, to the
    /// nearest frame.
    #[must_use]
    pub fn at_rate(&self, rate: SampleRate) -> Self {
        let mut map = Self {
            rate,
            ..self.clone_empty()
        };
        let scaled = |frames: Frames| {
            let doubled = 2 * u128::from(frames.0) * u128::from(rate.hz());
            let hz = u128::from(self.rate.hz());
            Frames(narrowed((doubled + hz) / (2 * hz)))
        };
        for section in &self.sections {
            let start = scaled(section.start.since(Frame::START));
            let end = section
                .length
                .map(|length| scaled((section.start + length).since(Frame::START)));
            map.put(Section {
                length: end.map(|end| Frames(end.0 - start.0)),
                spread: section.spread.map(scaled),
                cue_begun: scaled(section.cue_begun),
                cue_spread: section.cue_spread.map(scaled),
                ..*section
            });
        }
        map
    }

    /// A copy of the map without its sections.
    fn clone_empty(&self) -> Self {
        Self {
            sections: Vec::new(),
            ..*self
        }
    }

    /// Appends a section that was in a map before.
    fn put(&mut self, section: Section) {
        // Only the last section of a map is endless, and it is put last.
        let put = self.append(section);
        debug_assert!(put.is_ok());
    }

    /// Ends the last section at a frame within it and returns the rest of it.
    fn split_last(&mut self, at: Frame) -> Option<Section> {
        let whole = self.sections.pop()?;
        let done = at.since(whole.start);
        let rest = whole.after(done);
        if done > Frames(0) {
            let mut head = Section {
                length: Some(done),
                ..whole
            };
            head.end_beat = self.end_beat(&head);
            self.sections.push(head);
        }
        Some(rest)
    }

    /// The first frame, from the end on, that is not too soon after the last beat for a beat at a
    /// pace.
    fn earliest_beat(&self, pace: Pace) -> Frame {
        let end = self.end().unwrap_or_default();
        let Some(beat) = self.frames_a_beat(pace) else {
            return end;
        };
        let lately = Frame(end.0.saturating_sub(floor(beat.ceil())));
        let last = self.beats_from(lately).last();
        last.map_or(end, |last| {
            end.max(Frame(last.frame().0 + floor(CLOSEST_BEATS * beat)))
        })
    }

    /// The time until a beat at a pace that is a whole number of beats after `landed`, and not too
    /// soon after the last one.
    fn wait_for(&self, pace: Pace, landed: Frame) -> Frames {
        let (Some(beat), Some(end)) = (self.frames_a_beat(pace), self.end()) else {
            return Frames(0);
        };
        let earliest = self.earliest_beat(pace).0 as f64;
        let beats = ((earliest - landed.0 as f64) / beat).ceil();
        Frame(floor((landed.0 as f64 + beats * beat).round())).since(end)
    }

    /// From beat to beat at the start of a pace, if it has any.
    fn frames_a_beat(&self, pace: Pace) -> Option<f64> {
        pace.ends()
            .map(|(nano_bpm, _)| 60e9 * f64::from(self.rate.hz()) / nano_bpm as f64)
    }

    /// Puts sections of which the first `wait` frames are a rest.
    fn put_all_behind(&mut self, mut wait: Frames, sections: impl Iterator<Item = Section>) {
        for section in sections {
            wait = self.put_behind(wait, section);
        }
    }

    /// Appends a section whose first `wait` frames are a rest, after which the grid starts again;
    /// returns the wait that remains.
    fn put_behind(&mut self, wait: Frames, section: Section) -> Frames {
        if wait == Frames(0) || section.pace == Pace::Rest {
            self.put(section);
            return Frames(0);
        }
        let here = section.length.map_or(wait, |length| wait.min(length));
        self.put(Section {
            pace: Pace::Rest,
            length: Some(here),
            ..section
        });
        let left = section.after(here);
        if left.length != Some(Frames(0)) {
            self.put(left);
        }
        Frames(wait.0 - here.0)
    }
}

impl Section {
    /// The rest of the section from a number of frames on.
    fn after(self, done: Frames) -> Self {
        let left =
            |whole: Option<Frames>| whole.map(|whole| Frames(whole.0.saturating_sub(done.0)));
        let pace = match (self.pace, self.spread) {
            (Pace::Ramp(from, to), Some(spread)) => {
                // Of a ramp of no frames it is no number, which no tempo is.
                let share = done.0 as f64 / spread.0 as f64;
                let reached = from.bpm() + (to.bpm() - from.bpm()) * share;
                Pace::Ramp(Tempo::from_bpm(reached).unwrap_or(to), to)
            }
            (pace, _) => pace,
        };
        Self {
            length: left(self.length),
            spread: left(self.spread),
            pace,
            cue_begun: self.cue_begun + done,
            ..self
        }
    }
}

impl Pace {
    /// Every tempo of it changed, within the range of tempi.
    fn changed(self, edit: Edit) -> Self {
        let changed = |tempo: Tempo| {
            let nano = tempo.nano_bpm();
            let nano = match edit {
                Edit::Add(step) => nano.saturating_add_signed(step.nano_bpm()),
                Edit::Multiply(TempoFactor(factor)) => floor((nano as f64 * factor).round()),
                Edit::Rephase(_) | Edit::Skip => nano,
            };
            let nano = nano.clamp(Tempo::MIN.nano_bpm(), Tempo::MAX.nano_bpm());
            Tempo::from_nano_bpm(nano).unwrap_or(tempo)
        };
        match self {
            Self::Rest => Self::Rest,
            Self::Steady(tempo) => Self::Steady(changed(tempo)),
            Self::Ramp(from, to) => Self::Ramp(changed(from), changed(to)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{cues, frames, hz, map_of, paces, seconds, tempo};
    use super::super::{Beat, Cue, Signal};
    use super::*;
    use proptest::prelude::*;

    fn minute_at_60() -> TempoMap {
        let mut map = TempoMap::new(hz(10));
        map.push(seconds(60), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        map
    }

    #[test]
    fn a_change_of_tempo_bends_the_grid_and_does_not_break_it() {
        // Half a beat is gone at 0.5 s; the other half at 120 BPM takes 0.25 s: 7½ frames, and 5
        // more for each beat.
        let map = minute_at_60().edited(Frame(5), Edit::Add(TempoStep(60)));
        assert_eq!(frames(&map)[..4], [0, 8, 13, 18]);
        assert_eq!(map.length(), Some(Frames(600)));
        assert_eq!(
            frames(&minute_at_60().edited(Frame(5), Edit::Multiply(TempoFactor(2.0))))[..4],
            [0, 8, 13, 18]
        );
    }

    #[test]
    fn a_tempo_stays_within_its_range() {
        let fast = minute_at_60().edited(Frame(0), Edit::Add(TempoStep(1_000)));
        assert_eq!(fast.bpm_at(Frame(1)), Some(400.0));
        let slow = minute_at_60().edited(Frame(0), Edit::Add(TempoStep(-1_000)));
        assert_eq!(slow.bpm_at(Frame(1)), Some(20.0));
    }

    #[test]
    fn beats_stand_where_the_foot_landed() {
        // Landed at 0.7 s, known at 1.2 s: the next ones are 1.7, 2.7, …
        let map = minute_at_60().edited(Frame(12), Edit::Rephase(Frame(7)));
        assert_eq!(frames(&map)[..5], [0, 10, 17, 27, 37]);
        // At 0.4 s after a beat the next one would come too soon: it is left out.
        let map = minute_at_60().edited(Frame(12), Edit::Rephase(Frame(4)));
        assert_eq!(frames(&map)[..5], [0, 10, 24, 34, 44]);
        assert_eq!(map.length(), Some(Frames(600)));
    }

    #[test]
    fn the_next_section_begins_at_once() {
        let mut map = TempoMap::new(hz(10));
        map.push(seconds(60), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        map.push(seconds(2), Pace::Rest, Cue::On).unwrap();
        map.push(seconds(60), Pace::Steady(tempo("120")), Cue::On)
            .unwrap();
        let map = map.with_signals_after(0);
        let skipped = map.edited(Frame(15), Edit::Skip);
        assert_eq!(frames(&skipped)[..4], [0, 10, 35, 40]);
        assert_eq!(skipped.length(), Some(Frames(15 + 20 + 600)));
        let signals: Vec<_> = skipped.signals_from(Frame(0)).collect();
        assert_eq!(
            signals,
            [
                (Frame(15), Signal::Change),
                (Frame(35), Signal::Change),
                (Frame(635), Signal::End)
            ]
        );
        assert_eq!(
            (skipped.part_at(Frame(14)), skipped.part_at(Frame(15))),
            (Some(0), Some(1))
        );
        let ended = skipped.edited(Frame(40), Edit::Skip);
        assert_eq!(
            (ended.length(), frames(&ended)),
            (Some(Frames(40)), vec![0, 10, 35])
        );
    }

    #[test]
    fn a_part_in_pieces_is_skipped_whole() {
        let mut map = minute_at_60();
        map.push(seconds(60), Pace::Steady(tempo("120")), Cue::On)
            .unwrap();
        // The foot lands at 0.4 s, so that beats wait from 1.2 s until 2.4 s; in that wait the next
        // section is asked for.
        let landed = map.edited(Frame(12), Edit::Rephase(Frame(4)));
        let skipped = landed.edited(Frame(15), Edit::Skip);
        assert_eq!(
            (skipped.part_at(Frame(15)), skipped.length()),
            (Some(1), Some(Frames(615)))
        );
        assert_eq!(frames(&skipped)[..4], [0, 10, 15, 20]);
    }

    #[test]
    fn a_cue_goes_on_over_a_change() {
        let mut map = TempoMap::new(hz(10));
        let cue = Cue::OnOff {
            on: seconds(2),
            off: seconds(1),
        };
        map.push(seconds(7), Pace::Steady(tempo("60")), cue)
            .unwrap();
        let map = map.edited(Frame(5), Edit::Add(TempoStep(0)));
        let heard: Vec<bool> = map.beats().map(Beat::is_heard).collect();
        assert_eq!(heard, [true, true, false, true, true, false, true]);
        assert_eq!(map.section_clicks().collect::<Vec<_>>(), [Some(1), Some(4)]);
        let twice: Vec<bool> = map.at_rate(hz(20)).beats().map(Beat::is_heard).collect();
        assert_eq!(twice, heard);
    }

    #[test]
    fn a_fade_goes_on_over_a_change_at_any_rate() {
        let mut map = TempoMap::new(hz(10));
        map.push(seconds(8), Pace::Steady(tempo("60")), Cue::Fade)
            .unwrap();
        let levels = |map: &TempoMap| -> Vec<f32> { map.beats().map(Beat::level).collect() };
        let edited = map.edited(Frame(45), Edit::Add(TempoStep(0)));
        assert_eq!(levels(&edited), levels(&map));
        assert_eq!(levels(&edited.at_rate(hz(20))), levels(&map));
    }

    #[test]
    fn a_factor_is_so_many_percent_and_can_be_undone() {
        let faster = TempoFactor::from_percent(5);
        assert_eq!(faster, TempoFactor(1.05));
        assert!((faster.inverse().0 * 1.05 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_change_at_the_start_leaves_no_empty_section() {
        let map = minute_at_60().edited(Frame(0), Edit::Add(TempoStep(5)));
        assert_eq!(map.section_starts().len(), 1);
    }

    #[test]
    fn a_part_ends_where_the_last_of_its_pieces_does() {
        let mut map = minute_at_60();
        map.push_endless(tempo("70"), Cue::On).unwrap();
        let map = map.edited(Frame(5), Edit::Add(TempoStep(5)));
        assert_eq!(map.part_end(Frame(0)), Some(Frame(600)));
        assert_eq!(map.part_end(Frame(600)), None);
    }

    #[test]
    fn the_grid_that_a_skipped_rest_starts_keeps_off_the_beat_before() {
        // Beats at 0, 1 and 2 s, and a rest from 2.1 s, of which the rest is skipped at 2.2 s: three
        // fifths of a beat after the last one is 2.6 s.
        let mut map = TempoMap::new(hz(10));
        map.push(
            std::time::Duration::from_millis(2_100),
            Pace::Steady(tempo("60")),
            Cue::On,
        )
        .unwrap();
        map.push(seconds(3), Pace::Rest, Cue::On).unwrap();
        map.push(seconds(10), Pace::Steady(tempo("60")), Cue::On)
            .unwrap();
        let skipped = map.edited(Frame(22), Edit::Skip);
        assert_eq!(frames(&skipped)[..5], [0, 10, 20, 26, 36]);
    }

    fn edits() -> impl Strategy<Value = Edit> {
        prop_oneof![
            (-200..200).prop_map(|bpm| Edit::Add(TempoStep(bpm))),
            (0.5..2.0).prop_map(|factor| Edit::Multiply(TempoFactor(factor))),
            (0_u64..4_000_000).prop_map(|frame| Edit::Rephase(Frame(frame))),
            Just(Edit::Skip),
        ]
    }

    proptest! {
        #[test]
        fn what_was_played_stays_and_no_beats_bunch(
            rate in 1_000_u32..50_000,
            parts in prop::collection::vec((1_000_u64..20_000, paces(), cues()), 1..5),
            changes in prop::collection::vec((0.0..1.0, edits()), 1..6),
        ) {
            let mut map = map_of(rate, false, &parts);
            let mut played = 0;
            for (share, edit) in changes {
                let end = map.length().unwrap().0;
                // Each edit is made later than the one before.
                let at = Frame(played + floor(end.saturating_sub(played) as f64 * share));
                played = at.0;
                let edit = match edit {
                    Edit::Rephase(landed) => Edit::Rephase(landed.min(at)),
                    other => other,
                };
                let before: Vec<Beat> = map.beats().take_while(|beat| beat.frame < at).collect();
                map = map.edited(at, edit);
                let after: Vec<Beat> = map.beats().collect();
                prop_assert_eq!(&after[..before.len()], &before[..]);
                prop_assert_eq!(map.beats_from(at).collect::<Vec<_>>(), &after[before.len()..]);
                // Two beats are as far apart as the faster of the tempi around them asks for, less
                // two fifths for a landing.
                let original_rest = |from: Frame, to: Frame| {
                    let parts_between = map.part_at(from)..=map.part_at(to);
                    map.sections.iter().any(|it| {
                        it.pace == Pace::Rest && parts[it.part].1 == Pace::Rest && parts_between.contains(&Some(it.part))
                    })
                };
                for pair in after.windows(2).filter(|pair| !original_rest(pair[0].frame, pair[1].frame)) {
                    let sections = map.sections.iter().filter(|it| {
                        it.start <= pair[1].frame && it.length.is_none_or(|length| it.start + length >= pair[0].frame)
                    });
                    let fastest = sections.filter_map(|it| it.pace.ends()).map(|(from, to)| from.max(to)).max().unwrap();
                    let beat = 60e9 * f64::from(rate) / fastest as f64;
                    let gap = (pair[1].frame.0 - pair[0].frame.0) as f64;
                    prop_assert!(gap >= CLOSEST_BEATS * beat - 2.0, "{gap} of {beat}");
                }
                prop_assert!(after.is_sorted_by(|a, b| a.frame < b.frame && a.index < b.index));
            }
        }

        #[test]
        fn at_another_rate_beats_stand_at_the_same_time(
            rates in (20_000_u32..200_000, 20_000_u32..200_000),
            parts in prop::collection::vec((1_000_u64..20_000, paces(), cues()), 1..5),
        ) {
            let map = map_of(rates.0, false, &parts);
            let other = map.at_rate(hz(rates.1));
            let seconds = |map: &TempoMap| -> Vec<f64> {
                map.beats().map(|beat| beat.frame.0 as f64 / f64::from(map.rate.hz())).collect()
            };
            // Each end of a section moves by up to half a frame at both rates, and 20 BPM make 20
            // times of it what 400 make.
            let near = 20.0 * parts.len() as f64 * (1.0 / f64::from(rates.0) + 1.0 / f64::from(rates.1));
            let (here, there) = (seconds(&map), seconds(&other));
            prop_assert!(here.len().abs_diff(there.len()) <= parts.len());
            if here.len() == there.len() {
                prop_assert!(here.iter().zip(&there).all(|(a, b)| (a - b).abs() <= near));
            }
        }

        #[test]
        fn an_edit_that_changes_nothing_moves_no_beat(
            rate in 1_000_u32..50_000,
            parts in prop::collection::vec((1_000_u64..20_000, paces(), cues()), 1..5),
            share in 0.0..1.0,
        ) {
            let map = map_of(rate, false, &parts);
            let at = Frame(floor(map.length().unwrap().0 as f64 * share));
            let edited = map.edited(at, Edit::Add(TempoStep(0)));
            // A ramp is split at a tempo of nine decimals, which may move a beat onto the next
            // frame.
            let near = |(a, b): (Beat, Beat)| {
                let same = a.frame == b.frame && (a.level - b.level).abs() < 1e-3;
                a.index == b.index && (same || a.frame.0.abs_diff(b.frame.0) == 1)
            };
            prop_assert!(map.beats().zip(edited.beats()).all(near));
        }
    }
}
