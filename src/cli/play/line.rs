//! The line of status while something is played.

use std::time::Duration;

use cadence::audio::device::Playing;
use cadence::cadence::one_decimal;
use cadence::schedule::{Beat, Cue, Frame, Pace, TempoMap};
use cadence::workout::Part;

use super::session::Session;
use crate::cli::text::clock;

/// How long the pulse is shown at each click: shorter than the shortest beat. The project's own choice.
const PULSE: Duration = Duration::from_millis(120);

impl Session {
    /// `● 168 BPM  12:34 of 30:00  17:26 left`, and in a workout what is played now and next.
    pub(super) fn line(&self, playing: Playing) -> String {
        if playing == Playing::Lost {
            return "○ sound device lost, trying again".to_owned();
        }
        let (Some(map), position) = (self.control.map(), self.player.position()) else {
            return String::new();
        };
        let now = Frame::nearest(position, map.rate());
        let part = map
            .part_at(now)
            .and_then(|index| Some((index, self.score.timeline.parts().get(index)?)));
        let pulse = if is_sounding(&map, position) && !self.muted.is_open() {
            '●'
        } else {
            '○'
        };
        // Where the beat waits for a foot that has landed, the tempo is that of the next one.
        let waits = || {
            map.beats_from(now)
                .next()
                .and_then(|beat| map.bpm_at(beat.frame()))
        };
        let is_rest = part.is_some_and(|(_, part)| part.pace() == Pace::Rest);
        let tempo = match map
            .bpm_at(now)
            .or_else(|| if is_rest { None } else { waits() })
        {
            Some(bpm) => format!("{} BPM", one_decimal(bpm)),
            None => "rest".to_owned(),
        };
        let mut words = vec![format!("{pulse} {tempo}"), self.times(&map, position)];
        words.extend(
            self.cue(&map, now, part.map(|(_, part)| part))
                .map(str::to_owned),
        );
        if self.has_segments()
            && let Some((index, _)) = part
        {
            words.extend(self.next(&map, now, index));
        }
        words.join("  ")
    }

    /// How long the line stays as it is: until a click, the end of its pulse, or the next second.
    pub(super) fn next_change(&self) -> Duration {
        let (Some(map), position) = (self.control.map(), self.player.position()) else {
            return Duration::MAX;
        };
        let since_start = position.saturating_sub(self.start());
        let second = Duration::from_secs(1)
            .saturating_sub(Duration::from_nanos(since_start.subsec_nanos().into()));
        let at = |beat: &Beat| beat.frame().since(Frame::START).duration(map.rate());
        let pulse_from = Frame::nearest(position.saturating_sub(PULSE), map.rate());
        let beats = map.beats_from(pulse_from).filter(|beat| beat.is_heard());
        let changes = beats
            .take(3)
            .flat_map(|beat| [at(&beat), at(&beat) + PULSE]);
        let pulse = changes.filter(|change| *change > position).min();
        let pulse = pulse.map_or(Duration::MAX, |change| change.saturating_sub(position));
        // A moment later, so that what is drawn then has changed.
        second.min(pulse).saturating_add(Duration::from_millis(2))
    }

    /// Whether there is more than one segment to go through.
    pub(super) fn has_segments(&self) -> bool {
        self.score.timeline.parts().len() > self.score.first_segment() + 1
    }

    /// When the workout itself begins, behind lead-in and count-in.
    pub(super) fn start(&self) -> Duration {
        let first = self.score.timeline.parts().get(self.score.first_segment());
        first.map_or(Duration::ZERO, Part::start)
    }

    /// How far it has come, of what.
    fn times(&self, map: &TempoMap, position: Duration) -> String {
        let start = self.start();
        let Some(elapsed) = position.checked_sub(start) else {
            return format!("begins in {}", clock(start.saturating_sub(position)));
        };
        match map.length() {
            None => clock(elapsed),
            Some(length) => {
                let length = length.duration(map.rate()).saturating_sub(start);
                let left = length.saturating_sub(elapsed);
                format!(
                    "{} of {}  {} left",
                    clock(elapsed),
                    clock(length),
                    clock(left)
                )
            }
        }
    }

    /// What the cue does, where it is not simply heard.
    fn cue(&self, map: &TempoMap, now: Frame, part: Option<&Part>) -> Option<&'static str> {
        let cue = part?.cue();
        if self.muted.is_open() {
            return Some("muted");
        }
        let is_heard = map.beats_from(now).next().is_none_or(Beat::is_heard);
        match cue {
            Cue::OnOff { .. } => Some(if is_heard { "cue on" } else { "cue off" }),
            Cue::Fade => Some("cue fades"),
            Cue::Off => Some("no cue"),
            Cue::On => None,
        }
    }

    /// Which segment it is, what comes next, and when.
    fn next(&self, map: &TempoMap, now: Frame, part: usize) -> Option<String> {
        let (parts, first) = (self.score.timeline.parts(), self.score.first_segment());
        let wait = clock(map.part_end(now)?.since(now).duration(map.rate()));
        let next = parts
            .get(part + 1)
            .map_or_else(|| "the end".to_owned(), ToString::to_string);
        Some(match (part + 1).checked_sub(first) {
            Some(number @ 1..) => format!(
                "segment {number} of {}, then {next} in {wait}",
                parts.len() - first
            ),
            _ => format!("then {next} in {wait}"),
        })
    }
}

/// Whether a click began within the time that the pulse is shown.
fn is_sounding(map: &TempoMap, position: Duration) -> bool {
    let since = Frame::nearest(position.saturating_sub(PULSE), map.rate());
    let now = Frame::nearest(position, map.rate());
    map.beats_from(since)
        .take_while(|beat| beat.frame() <= now)
        .any(Beat::is_heard)
}
