//! A handle that controls a metronome while it plays.
//!
//! A metronome on a device is filled on the thread of the device's callback, which must wait for no
//! lock. So it only ever tries to take one; where the maker holds it at that moment, the next block
//! tries again, some milliseconds later.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::audio::metronome::Metronome;
use crate::audio::source::{Sample, SourceError};
use crate::audio::voice::Voice;
use crate::schedule::{Edit, Frame, SampleRate, ScheduleError, TempoMap};

/// Changes the tempo of a metronome and mutes it, while it is played elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Control {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_muted: AtomicBool,
    is_withheld: AtomicBool,
    /// Whether there are edits to be made, so that a block without any touches no lock.
    has_edits: AtomicBool,
    edits: Mutex<Vec<Edit>>,
    /// What is played, edits included.
    map: Mutex<Option<Arc<TempoMap>>>,
    /// Which metronome takes edits: the last one that was made. An earlier one, on a stream that
    /// was given up, may wake once more.
    newest: AtomicU64,
}

impl Control {
    /// Creates a control for metronomes created later.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a metronome that follows this handle from now on. It plays the map of the previous
    /// one, edits included; `first` makes the map of the first one.
    ///
    /// # Errors
    /// Those of `first` and of [`Metronome::new`].
    pub fn metronome<S: Sample>(
        &self,
        rate: SampleRate,
        voice: &Voice,
        first: impl FnOnce() -> Result<TempoMap, ScheduleError>,
    ) -> Result<Metronome<S>, SourceError> {
        let map = match self.map() {
            Some(map) if map.rate() == rate => map,
            Some(map) => Arc::new(map.at_rate(rate)),
            None => Arc::new(first()?),
        };
        let metronome = Metronome::new(Arc::clone(&map), voice)?;
        *unpoisoned(&self.shared.map) = Some(map);
        let attached = Attached {
            number: self.shared.newest.fetch_add(1, Ordering::Relaxed) + 1,
            shared: Arc::clone(&self.shared),
            must_publish: false,
        };
        Ok(metronome.controlled(attached))
    }

    /// The map being played, edits included, at the rate of the metronome; `None` before the first
    /// one is created.
    #[must_use]
    pub fn map(&self) -> Option<Arc<TempoMap>> {
        unpoisoned(&self.shared.map).clone()
    }

    /// Applies an edit from the next rendered frame on. If no metronome is playing, the edit waits
    /// for one.
    pub fn edit(&self, edit: Edit) {
        unpoisoned(&self.shared.edits).push(edit);
        self.shared.has_edits.store(true, Ordering::Release);
    }

    /// Mutes or unmutes the clicks. The grid continues.
    pub fn mute(&self, is_muted: bool) {
        self.shared.is_muted.store(is_muted, Ordering::Relaxed);
    }

    /// Leaves clicks out while they are not needed; they come back over four beats. The grid goes
    /// on.
    pub fn withhold(&self, is_withheld: bool) {
        self.shared
            .is_withheld
            .store(is_withheld, Ordering::Relaxed);
    }
}

/// A lock whose value is whole even where a thread that held it has panicked.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The metronome's end of a [`Control`].
#[derive(Debug)]
pub(super) struct Attached {
    shared: Arc<Shared>,
    /// Its number among the metronomes that were made.
    number: u64,
    must_publish: bool,
}

impl Attached {
    fn is_newest(&self) -> bool {
        self.shared.newest.load(Ordering::Relaxed) == self.number
    }

    /// Whether clicks are to be left out.
    pub(super) fn is_muted(&self) -> Option<bool> {
        self.is_newest()
            .then(|| self.shared.is_muted.load(Ordering::Relaxed))
    }

    /// Whether clicks are not needed.
    pub(super) fn is_withheld(&self) -> Option<bool> {
        self.is_newest()
            .then(|| self.shared.is_withheld.load(Ordering::Relaxed))
    }

    /// The map with the edits that were asked for, from a frame on; `None` where there are none.
    pub(super) fn edited(&mut self, map: &TempoMap, at: Frame) -> Option<Arc<TempoMap>> {
        if !self.is_newest() || !self.shared.has_edits.load(Ordering::Acquire) {
            return None;
        }
        let edits = {
            let mut waiting = self.shared.edits.try_lock().ok()?;
            self.shared.has_edits.store(false, Ordering::Relaxed);
            std::mem::take(&mut *waiting)
        };
        self.must_publish = true;
        let edited = |map: TempoMap, edit| map.edited(at, edit);
        Some(Arc::new(edits.into_iter().fold(map.clone(), edited)))
    }

    /// Shows the maker what is played now, where it has changed.
    pub(super) fn publish(&mut self, map: &Arc<TempoMap>) {
        if self.must_publish
            && self.is_newest()
            && let Ok(mut shown) = self.shared.map.try_lock()
        {
            *shown = Some(Arc::clone(map));
            self.must_publish = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::click::{Sound, Timbre};
    use crate::audio::source::Source;
    use crate::schedule::{Cue, Pace, TempoFactor};
    use std::time::Duration;

    fn voice() -> Voice {
        Voice::new(Sound::Timbre(Timbre::Wood))
    }

    fn hz(hz: u32) -> SampleRate {
        SampleRate::from_hz(hz).unwrap()
    }

    fn minute() -> Result<TempoMap, ScheduleError> {
        let mut map = TempoMap::new(hz(1_000));
        let pace = Pace::Steady("60".parse().unwrap());
        map.push(Duration::from_secs(60), pace, Cue::On)?;
        Ok(map)
    }

    fn metronome(control: &Control, rate: u32) -> Metronome<f32> {
        control.metronome(hz(rate), &voice(), minute).unwrap()
    }

    fn beats(control: &Control) -> Vec<u64> {
        let map = control.map().unwrap();
        map.beats()
            .take(3)
            .map(|beat| beat.frame().index())
            .collect()
    }

    #[test]
    fn an_edit_is_made_at_the_next_block_and_seen_by_its_maker() {
        let control = Control::new();
        let mut metronome = metronome(&control, 1_000);
        let _ = metronome.fill(&mut [0.0; 500]);
        control.edit(Edit::Multiply(TempoFactor::from_percent(100)));
        assert_eq!(beats(&control), [0, 1_000, 2_000]);
        let _ = metronome.fill(&mut [0.0; 1]);
        // Half a beat was left at frame 500; at twice the tempo it takes 250 frames.
        assert_eq!(beats(&control), [0, 750, 1_250]);
    }

    #[test]
    fn the_next_metronome_goes_on_with_the_edits_and_the_one_before_takes_none() {
        let control = Control::new();
        let mut lost = metronome(&control, 1_000);
        let _ = lost.fill(&mut [0.0; 500]);
        control.edit(Edit::Multiply(TempoFactor::from_percent(100)));
        let _ = lost.fill(&mut [0.0; 1]);
        let mut found = metronome(&control, 2_000);
        assert_eq!(beats(&control), [0, 1_500, 2_500]);
        control.edit(Edit::Skip);
        let _ = lost.fill(&mut [0.0; 1]);
        assert_eq!(beats(&control), [0, 1_500, 2_500]);
        let _ = found.fill(&mut [0.0; 1]);
        assert!(control.map().unwrap().length().unwrap().count() < 10);
    }

    #[test]
    fn a_block_waits_for_no_lock() {
        let control = Control::new();
        let mut metronome = metronome(&control, 1_000);
        control.edit(Edit::Skip);
        let before = metronome.end();
        {
            let _held = control.shared.edits.lock().unwrap();
            let _ = metronome.fill(&mut [0.0; 10]);
            assert_eq!(metronome.end(), before);
        }
        {
            let _held = control.shared.map.lock().unwrap();
            let _ = metronome.fill(&mut [0.0; 10]);
            assert_ne!(metronome.end(), before);
        }
        assert_eq!(control.map().unwrap().length().unwrap().count(), 60_000);
        let _ = metronome.fill(&mut [0.0; 10]);
        assert_eq!(control.map().unwrap().length().unwrap().count(), 10);
    }

    #[test]
    fn clicks_that_are_needed_again_come_back_over_four_beats_on_the_grid() {
        let control = Control::new();
        // 60 BPM at 1,000 Hz: a beat each 1,000 frames.
        let mut metronome = metronome(&control, 1_000);
        let mut peaks = |withheld: bool, beats: usize| -> Vec<f32> {
            control.withhold(withheld);
            let mut block = vec![0.0; 1_000 * beats];
            let _ = metronome.fill(&mut block);
            let beat = |beat: &[f32]| beat.iter().fold(0.0, |peak: f32, s| peak.max(s.abs()));
            block.chunks(1_000).map(beat).collect()
        };
        let full = peaks(false, 2);
        assert!(full[0] > 0.5 && full[0].to_bits() == full[1].to_bits());
        assert_eq!(peaks(true, 3), [0.0; 3]);
        let back = peaks(false, 6);
        for (seen, share) in back.iter().zip([0.25, 0.5, 0.75, 1.0, 1.0, 1.0]) {
            assert!((seen - full[0] * share).abs() < 1e-4, "{back:?}");
        }
    }

    #[test]
    fn muting_is_heard_at_the_next_block() {
        let control = Control::new();
        let mut metronome = metronome(&control, 1_000);
        control.mute(true);
        let mut block = [0.0; 10];
        let _ = metronome.fill(&mut block);
        assert_eq!(block, [0.0; 10]);
    }
}
