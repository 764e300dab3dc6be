//! The line of status while something is played.

use std::time::Duration;

use cadence::audio::device::Playing;
use cadence::cadence::one_decimal;
#[cfg(feature = "music")]
use cadence::printable::Printable;
use cadence::schedule::{Beat, Cue, Frame, Pace, TempoMap};
use cadence::workout::Part;

use super::follow::Follow;
use super::session::Session;
#[cfg(feature = "music")]
use crate::cli::music::under::Music;
use crate::cli::text::{clock, cut, width};

/// How long the pulse is shown at each click: shorter than the shortest beat. The project's own
/// choice.
const PULSE: Duration = Duration::from_millis(120);

/// The columns that a cut name of a track takes at the least; with fewer it says nothing.
const LEAST_TRACK: usize = 12;

/// What there is to show. On a narrow terminal something is left out, but never the tempo, the
/// time, or why there is no click.
#[derive(Clone, Debug, Default)]
struct Fields {
    pulse: char,
    /// A number alone, or `rest`.
    tempo: String,
    /// The unit of the tempo, where it has one.
    unit: &'static str,
    /// `12:34 of 30:00`
    elapsed: Option<String>,
    /// `17:26 left`, or whatever else is known of the time.
    time: String,
    cue: Option<&'static str>,
    is_muted: bool,
    /// `you 166 spm, 92 % within`, where the runner is followed.
    live: Option<String>,
    /// `segment 2 of 5`
    segment: Option<String>,
    /// `then rest in 0:30`
    next: Option<String>,
    /// The name of the track.
    track: Option<String>,
}

impl Fields {
    /// As much of it as fits, what matters least left out first.
    fn fit(mut self, columns: usize) -> String {
        if let Some(track) = &self.track {
            let over = width(&self.line()).saturating_sub(columns);
            let left = width(track).saturating_sub(over);
            if left >= LEAST_TRACK {
                self.track = Some(cut(track, left).into_owned());
            }
        }
        let leave_out: [fn(&mut Self); 8] = [
            |fields| fields.track = None,
            |fields| fields.segment = None,
            |fields| fields.elapsed = None,
            |fields| fields.next = None,
            |fields| fields.unit = "",
            |fields| {
                // The cadence alone, without the share.
                let live = fields.live.take();
                fields.live = live.and_then(|live| Some(live.split_once(',')?.0.to_owned()));
            },
            |fields| fields.live = None,
            |fields| fields.time = fields.time.trim_end_matches(" left").to_owned(),
        ];
        for less in leave_out {
            let line = self.line();
            if width(&line) <= columns {
                return line;
            }
            less(&mut self);
        }
        self.line()
    }

    fn line(&self) -> String {
        let tempo = format!("{} {}{}", self.pulse, self.tempo, self.unit);
        let segment = match (&self.segment, &self.next) {
            (Some(segment), Some(next)) => Some(format!("{segment}, {next}")),
            (segment, next) => segment.clone().or_else(|| next.clone()),
        };
        let fields = [
            Some(tempo),
            self.elapsed.clone(),
            Some(self.time.clone()),
            self.cue.map(str::to_owned),
            self.is_muted.then(|| "muted".to_owned()),
            self.live.clone(),
            segment,
            self.track.clone(),
        ];
        let fields: Vec<String> = fields.into_iter().flatten().collect();
        fields.join("  ")
    }
}

impl Session {
    /// `● 168 BPM  12:34 of 30:00  17:26 left`, and in a workout what is played now and next.
    pub(super) fn line(&self, playing: Playing, columns: usize) -> String {
        if playing == Playing::Lost {
            return "○ sound device lost, trying again".to_owned();
        }
        let (Some(map), position) = (self.control.map(), self.player.position()) else {
            return String::new();
        };
        self.fields(&map, position).fit(columns)
    }

    fn fields(&self, map: &TempoMap, position: Duration) -> Fields {
        let now = Frame::nearest(position, map.rate());
        let index = map.part_at(now);
        let part = index.and_then(|index| self.score.timeline.parts().get(index));
        let is_muted = self.muted.is_open();
        let is_withheld = self.withheld.is_open();
        let mut fields = Fields {
            pulse: if is_sounding(map, position) && !is_muted && !is_withheld {
                '●'
            } else {
                '○'
            },
            cue: if is_withheld {
                Some("on target")
            } else {
                part.and_then(|part| cue(map, now, part))
            },
            is_muted,
            live: self.follow.as_ref().map(Follow::shown),
            ..Fields::default()
        };
        match bpm(map, now, part) {
            Some(bpm) => (fields.tempo, fields.unit) = (one_decimal(bpm), " BPM"),
            None => fields.tempo = "rest".into(),
        }
        #[cfg(feature = "music")]
        {
            let track = self.music.as_ref().and_then(Music::track);
            fields.track = track.map(|name| format!("♪ {}", Printable(&name)));
        }
        (fields.elapsed, fields.time) = self.times(map, position);
        if self.has_segments()
            && let Some(index) = index
        {
            fields.segment = self.segment(index);
            fields.next = self.next(map, now, index);
        }
        fields
    }

    /// Time until the line changes: to a click, the end of its pulse, or the next second.
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

    /// When the workout itself begins, after lead-in and count-in.
    pub(super) fn start(&self) -> Duration {
        let first = self.score.timeline.parts().get(self.score.first_segment());
        first.map_or(Duration::ZERO, Part::start)
    }

    /// Elapsed time and length of what ends, and the time left; of what never ends, the elapsed
    /// time.
    fn times(&self, map: &TempoMap, position: Duration) -> (Option<String>, String) {
        let start = self.start();
        let Some(elapsed) = position.checked_sub(start) else {
            let wait = start.saturating_sub(position);
            return (None, format!("begins in {}", clock(whole_seconds(wait))));
        };
        let Some(length) = map.length() else {
            return (None, clock(elapsed));
        };
        let length = length.duration(map.rate()).saturating_sub(start);
        let of = format!("{} of {}", clock(elapsed), clock(whole_seconds(length)));
        (Some(of), format!("{} left", clock(until(length, elapsed))))
    }

    /// The number of the segment, without lead-in and count-in.
    fn segment(&self, index: usize) -> Option<String> {
        let first = self.score.first_segment();
        let number = (index + 1)
            .checked_sub(first)
            .filter(|number| *number > 0)?;
        let segments = self.score.timeline.parts().len() - first;
        Some(format!("segment {number} of {segments}"))
    }

    /// What comes next, and when.
    fn next(&self, map: &TempoMap, now: Frame, index: usize) -> Option<String> {
        let at = |frame: Frame| frame.since(Frame::START).duration(map.rate());
        let start = self.start();
        let end = at(map.part_end(now)?);
        let wait = match at(now).checked_sub(start) {
            Some(elapsed) => until(end.saturating_sub(start), elapsed),
            None => whole_seconds(end.saturating_sub(at(now))),
        };
        let next = self.score.timeline.parts().get(index + 1);
        let next = next.map_or_else(|| "the end".to_owned(), ToString::to_string);
        Some(format!("then {next} in {}", clock(wait)))
    }
}

/// The tempo at a frame; `None` in a rest.
fn bpm(map: &TempoMap, now: Frame, part: Option<&Part>) -> Option<f64> {
    let is_rest = part.is_some_and(|part| part.pace() == Pace::Rest);
    map.bpm_at(now).or_else(|| {
        // Where the beat waits for a foot that has landed, the tempo is that of the next one.
        let next = map.beats_from(now).next().filter(|_| !is_rest)?;
        map.bpm_at(next.frame())
    })
}

/// What the cue does, where it is not simply heard.
fn cue(map: &TempoMap, now: Frame, part: &Part) -> Option<&'static str> {
    let is_heard = map.beats_from(now).next().is_none_or(Beat::is_heard);
    match part.cue() {
        Cue::OnOff { .. } if is_heard => Some("cue on"),
        Cue::OnOff { .. } => Some("cue off"),
        Cue::Fade => Some("cue fades"),
        Cue::Off => Some("no cue"),
        Cue::On => None,
    }
}

/// A part of a second counts as one: what is left is left until it is over.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

/// What is left of a length, in seconds that make up the length together with those that a clock
/// shows as elapsed.
fn until(length: Duration, elapsed: Duration) -> Duration {
    whole_seconds(length).saturating_sub(Duration::from_secs(elapsed.as_secs()))
}

/// Whether a click began within the time that the pulse is shown.
fn is_sounding(map: &TempoMap, position: Duration) -> bool {
    let since = Frame::nearest(position.saturating_sub(PULSE), map.rate());
    let now = Frame::nearest(position, map.rate());
    map.beats_from(since)
        .take_while(|beat| beat.frame() <= now)
        .any(Beat::is_heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In the widest of workouts.
    fn fields() -> Fields {
        Fields {
            pulse: '○',
            tempo: "172.5".to_owned(),
            unit: " BPM",
            elapsed: Some("12:34 of 1:30:00".to_owned()),
            time: "1:17:26 left".to_owned(),
            cue: Some("cue fades"),
            is_muted: true,
            live: None,
            segment: Some("segment 2 of 12".to_owned()),
            next: Some("then rest in 2:26".to_owned()),
            track: Some("♪ Artist - Title".to_owned()),
        }
    }

    #[test]
    fn what_matters_least_is_left_out_first() {
        for (columns, line) in [
            (
                116,
                "○ 172.5 BPM  12:34 of 1:30:00  1:17:26 left  cue fades  muted  segment 2 of 12, then rest in 2:26  ♪ Artist - Title",
            ),
            (
                100,
                "○ 172.5 BPM  12:34 of 1:30:00  1:17:26 left  cue fades  muted  segment 2 of 12, then rest in 2:26",
            ),
            (
                83,
                "○ 172.5 BPM  12:34 of 1:30:00  1:17:26 left  cue fades  muted  then rest in 2:26",
            ),
            (
                77,
                "○ 172.5 BPM  1:17:26 left  cue fades  muted  then rest in 2:26",
            ),
            (50, "○ 172.5 BPM  1:17:26 left  cue fades  muted"),
            (40, "○ 172.5  1:17:26 left  cue fades  muted"),
        ] {
            assert_eq!(fields().fit(columns), line);
        }
    }

    #[test]
    fn a_long_name_of_a_track_is_cut_by_the_columns_that_it_takes() {
        let short = |track: &str| Fields {
            track: Some(format!("♪ {track}")),
            segment: None,
            next: None,
            cue: None,
            is_muted: false,
            ..fields()
        };
        let start = "○ 172.5 BPM  12:34 of 1:30:00  1:17:26 left";
        for (track, line) in [
            ("An Artist - A Title", "  ♪ An Artist - A Title"),
            (
                "An Artist - A Very Long Title of a Song",
                "  ♪ An Artist - A Very Long Tit…",
            ),
            // Two columns each.
            (
                "二十四の瞳 - 夕焼けの歌と夜明け",
                "  ♪ 二十四の瞳 - 夕焼けの歌と夜…",
            ),
        ] {
            assert_eq!(short(track).fit(75), format!("{start}{line}"));
        }
        assert_eq!(short("An Artist - A Title").fit(56), start);
    }

    #[test]
    fn at_40_columns_tempo_time_and_silence_stay() {
        let narrow = Fields {
            cue: None,
            ..fields()
        };
        assert_eq!(narrow.fit(37), "○ 172.5 BPM  1:17:26 left  muted");
    }

    #[test]
    fn at_40_columns_the_cadence_goes_before_the_reason_for_silence() {
        let followed = Fields {
            time: "11:48 left".to_owned(),
            cue: Some("on target"),
            live: Some("you 168 spm, 92 % within".to_owned()),
            ..fields()
        };
        for (columns, line) in [
            (
                77,
                "○ 172.5 BPM  11:48 left  on target  muted  you 168 spm, 92 % within",
            ),
            (60, "○ 172.5  11:48 left  on target  muted  you 168 spm"),
            (37, "○ 172.5  11:48 left  on target  muted"),
            (36, "○ 172.5  11:48  on target  muted"),
        ] {
            assert_eq!(followed.clone().fit(columns), line);
        }
        let heard = Fields {
            cue: None,
            is_muted: false,
            ..followed
        };
        assert_eq!(heard.fit(37), "○ 172.5  11:48 left  you 168 spm");
    }

    #[test]
    fn elapsed_and_left_make_up_the_whole() {
        for millis in [0, 1, 999, 1_000, 1_499, 2_499] {
            let (length, elapsed) = (Duration::from_millis(2_500), Duration::from_millis(millis));
            let sum = Duration::from_secs(elapsed.as_secs()) + until(length, elapsed);
            assert_eq!(sum, Duration::from_secs(3), "{millis} ms");
        }
    }
}
