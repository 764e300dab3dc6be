//! Chooses tracks for a run: those within a band of cadences, in an order, for a time or for a
//! whole workout.

use std::time::Duration;

use super::analysis::Fold;
use super::track::TrackTempo;

/// How far outside a band a tempo still counts as at its edge, in steps a minute.
const SLACK_SPM: f64 = 0.1;

/// A band of cadences in steps a minute, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Its low end.
    pub low: f64,
    /// Its high end.
    pub high: f64,
}

impl Band {
    /// Its middle.
    #[must_use]
    pub fn mid(self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// The number of steps to a beat with which a tempo falls in the band, if any; the one nearest
    /// to the middle.
    #[must_use]
    pub fn fold(self, bpm: f64) -> Option<Fold> {
        let fold = Fold::nearest(bpm, self.mid());
        let cadence = bpm * fold.factor();
        (self.low - SLACK_SPM..=self.high + SLACK_SPM)
            .contains(&cadence)
            .then_some(fold)
    }
}

/// The order of the tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Nearest to the middle of the band first.
    Closest,
    /// Slowest first.
    Rising,
    /// At random, the same for the same seed.
    Shuffled(u64),
}

/// A part of a run, and its cadence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Section {
    /// The cadences that fit; `None` is a rest, to which any track fits that fits nowhere else.
    pub band: Option<Band>,
    /// The duration; `None` takes all tracks.
    pub length: Option<Duration>,
}

/// A track that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The track.
    pub track: TrackTempo,
    /// Steps to a beat; `None` in a rest.
    pub fold: Option<Fold>,
    /// The section in which it plays.
    pub section: usize,
}

/// The chosen tracks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// In the order in which they are played.
    pub chosen: Vec<Choice>,
    /// Tracks that are not sure, with their reasons.
    pub unsure: Vec<TrackTempo>,
    /// Sure ones that were not chosen.
    pub left: Vec<TrackTempo>,
    /// By how much the tracks are too short for the sections together.
    pub missing: Duration,
}

impl Selection {
    /// The duration of the chosen tracks.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.chosen.iter().map(|choice| length(&choice.track)).sum()
    }
}

/// Chooses from the tracks that are sure, each once, section after section.
///
/// A section is filled until less than half of the shortest track is left; what a track runs over
/// is taken from the next.
#[must_use]
pub fn select(tracks: Vec<TrackTempo>, sections: &[Section], order: Order) -> Selection {
    let (sure, unsure): (Vec<_>, Vec<_>) = tracks
        .into_iter()
        .partition(|track| track.sure && track.bpm.is_some());
    let mut selection = Selection {
        unsure,
        ..Selection::default()
    };
    let mut pool: Vec<Option<TrackTempo>> = sure.into_iter().map(Some).collect();
    let mut over = 0.0;
    for (index, section) in sections.iter().enumerate() {
        let candidates = candidates(&pool, section.band, sections, order);
        let mut need = section.length.map(|length| length.as_secs_f64() - over);
        for (place, fold) in candidates {
            let seconds = pool[place]
                .as_ref()
                .map_or(0.0, |track| length(track).as_secs_f64());
            if need.is_some_and(|need| need < 0.5 * seconds.min(180.0)) {
                // A shorter one that comes later may still fit.
                continue;
            }
            if let Some(track) = pool[place].take() {
                need = need.map(|need| need - seconds);
                let section = index;
                selection.chosen.push(Choice {
                    track,
                    fold,
                    section,
                });
            }
        }
        // Negative where the last track runs over.
        let left = need.unwrap_or(0.0);
        over = (-left).max(0.0);
        let shortfall = section.length.map_or(0.0, |_| left.max(0.0));
        selection.missing += Duration::from_secs_f64(shortfall);
    }
    selection.left = pool.into_iter().flatten().collect();
    selection
}

/// Places in the pool, in the order in which they are taken.
fn candidates(
    pool: &[Option<TrackTempo>],
    band: Option<Band>,
    sections: &[Section],
    order: Order,
) -> Vec<(usize, Option<Fold>)> {
    let tracks = pool
        .iter()
        .enumerate()
        .filter_map(|(place, track)| Some((place, track.as_ref()?.bpm?)));
    let mut found: Vec<(usize, Option<Fold>, f64)> = if let Some(band) = band {
        let fitting = tracks.filter_map(|(place, bpm)| {
            let fold = band.fold(bpm)?;
            Some((place, Some(fold), bpm * fold.factor()))
        });
        fitting.collect()
    } else {
        let bands = || sections.iter().filter_map(|section| section.band);
        let fits_elsewhere = |bpm: f64| bands().any(|band| band.fold(bpm).is_some());
        let free = tracks.filter(|(_, bpm)| !fits_elsewhere(*bpm));
        free.map(|(place, bpm)| (place, None, bpm)).collect()
    };
    let middle = band.map_or(0.0, Band::mid);
    match order {
        Order::Closest => {
            found.sort_by(|a, b| (a.2 - middle).abs().total_cmp(&(b.2 - middle).abs()));
        }
        Order::Rising => found.sort_by(|a, b| a.2.total_cmp(&b.2)),
        Order::Shuffled(seed) => shuffle(&mut found, seed),
    }
    found
        .into_iter()
        .map(|(place, fold, _)| (place, fold))
        .collect()
}

/// Fisher and Yates, with the generator of Steele (`SplitMix64`).
pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for end in (1..items.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut random = state;
        random = (random ^ (random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        random = (random ^ (random >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        random ^= random >> 31;
        let place = usize::try_from(random % (end as u64 + 1)).unwrap_or(0);
        items.swap(end, place);
    }
}

fn length(track: &TrackTempo) -> Duration {
    Duration::try_from_secs_f64(track.seconds.unwrap_or(0.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAND: Band = Band {
        low: 168.0,
        high: 176.0,
    };

    fn track(bpm: f64, seconds: f64) -> TrackTempo {
        TrackTempo {
            file: format!("{bpm}"),
            bpm: Some(bpm),
            sure: true,
            seconds: Some(seconds),
            ..TrackTempo::default()
        }
    }

    fn section(band: Option<Band>, seconds: Option<u64>) -> Section {
        Section {
            band,
            length: seconds.map(Duration::from_secs),
        }
    }

    fn files(selection: &Selection) -> Vec<&str> {
        selection
            .chosen
            .iter()
            .map(|choice| choice.track.file.as_str())
            .collect()
    }

    #[test]
    fn the_edges_of_a_band_belong_to_it_with_a_tenth_of_slack() {
        for (bpm, fold) in [
            (168.0, Some(Fold::One)),
            (167.9, Some(Fold::One)),
            (167.8, None),
            (176.1, Some(Fold::One)),
            (176.2, None),
            (86.0, Some(Fold::Double)),
            (340.0, Some(Fold::Half)),
            (120.0, None),
        ] {
            assert_eq!(BAND.fold(bpm), fold, "{bpm}");
        }
    }

    #[test]
    fn tracks_come_in_their_order_and_unsure_ones_apart() {
        let unsure = TrackTempo {
            sure: false,
            reason: Some("94.1 or 141.2".into()),
            ..track(172.0, 100.0)
        };
        let tracks = vec![
            track(168.0, 100.0),
            track(120.0, 100.0),
            track(86.0, 100.0),
            track(174.0, 100.0),
            unsure.clone(),
        ];
        let all = [section(Some(BAND), None)];
        let selection = select(tracks.clone(), &all, Order::Closest);
        assert_eq!(files(&selection), ["86", "174", "168"]);
        assert_eq!((selection.unsure, selection.left.len()), (vec![unsure], 1));
        assert_eq!(
            files(&select(tracks.clone(), &all, Order::Rising)),
            ["168", "86", "174"]
        );
        let shuffled = |seed| select(tracks.clone(), &all, Order::Shuffled(seed));
        assert_eq!(shuffled(1), shuffled(1));
        assert!((0..20).any(|seed| files(&shuffled(seed)) != files(&shuffled(0))));
    }

    #[test]
    fn a_time_is_filled_and_what_is_missing_is_said() {
        let tracks: Vec<_> = (0..10)
            .map(|at| track(170.0 + f64::from(at) / 10.0, 180.0))
            .collect();
        let selection = select(
            tracks.clone(),
            &[section(Some(BAND), Some(600))],
            Order::Rising,
        );
        // Three make 540 s, and 60 s are less than half of a fourth.
        assert_eq!(files(&selection), ["170", "170.1", "170.2"]);
        assert_eq!(selection.missing, Duration::from_secs(60));
        let selection = select(tracks, &[section(Some(BAND), Some(3_600))], Order::Rising);
        assert_eq!(
            (selection.chosen.len(), selection.missing),
            (10, Duration::from_secs(1_800))
        );
    }

    #[test]
    fn a_workout_has_tracks_for_each_section() {
        let fast = Band {
            low: 178.0,
            high: 184.0,
        };
        let tracks = vec![
            track(172.0, 200.0),
            track(180.0, 120.0),
            track(100.0, 90.0),
            track(171.0, 150.0),
        ];
        let sections = [
            section(None, Some(90)),
            section(Some(BAND), Some(180)),
            section(Some(fast), Some(100)),
            section(Some(BAND), Some(150)),
        ];
        let selection = select(tracks, &sections, Order::Closest);
        assert_eq!(files(&selection), ["100", "172", "180", "171"]);
        let of: Vec<usize> = selection
            .chosen
            .iter()
            .map(|choice| choice.section)
            .collect();
        assert_eq!(of, [0, 1, 2, 3]);
        assert_eq!(selection.chosen[0].fold, None);
    }
}
