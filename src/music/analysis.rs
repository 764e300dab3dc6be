//! The tempo of a track, and whether to believe it.
//!
//! Two estimators fail on different tracks, so their agreement is the confidence. A track that they
//! disagree about, or whose beat is weak or wanders, is refused: a tempo is said to be sure only
//! where it was right on all tracks that were measured.

use std::time::Duration;

use super::decode::Decoder;
use super::estimate::{
    Tempogram, first_estimate, goes_in_threes, levelled_groups, mean_flux, refined, spread,
};
use super::onsets::Listener;
use super::tags::TaggedTempo;

/// Shorter tracks are refused.
pub const SHORTEST: Duration = Duration::from_secs(20);
/// Estimates that differ by less are the same, whatever their octave.
const SAME: f64 = 0.015;
/// Below it one estimator or the other has found no beat. Noise, rain and speech have at most 0.02,
/// songs at least 0.19.
const LEAST_STRENGTH: f64 = 0.10;
/// Where one of the two is above that only by half, what both found is still worth a mention.
const WORTH_A_MENTION: f64 = 0.05;
/// How much of what starts is on the beat, where 1 is no more than anywhere else.
const LEAST_CATCH: f64 = 1.0;
/// Hum and silence have 0.5 at most, songs at least 0.7.
const LEAST_FLUX: f64 = 0.5;
/// A tempo of which the middle two thirds wander further varies: that is some 4 % from end to end.
/// Songs played by a band have 1.4 % at most.
const MOST_SPREAD: f64 = 0.025;
/// A track of which more has another tempo varies, too.
const MOST_ELSEWHERE: f64 = 0.35;

/// The measurement of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Beats per minute; `None` where there is no beat.
    pub bpm: Option<f64>,
    /// Why it is not sure.
    pub doubt: Option<Doubt>,
    /// The duration of the track.
    pub length: Duration,
    /// How much of the file is missing or could not be decoded.
    pub lost: Option<Duration>,
}

/// Why a tempo is not sure.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Doubt {
    /// Under [`SHORTEST`].
    #[error("shorter than 20 s")]
    TooShort,
    /// Nothing that repeats, or too weakly.
    #[error("no steady beat")]
    NoSteadyBeat,
    /// It wanders by some 4 %, or is another one for a third of the track.
    #[error("tempo varies")]
    TempoVaries,
    /// Two tempi of which neither is the other's half or double.
    #[error("{0:.1} or {1:.1}")]
    Either(f64, f64),
}

/// Decodes a track and measures its tempo. `go_on` is called now and then; if it returns `false`,
/// there is no result.
///
/// Only the first ten minutes are measured: that bounds memory, whatever the length.
#[must_use]
pub fn measure(decoder: &mut Decoder, mut go_on: impl FnMut() -> bool) -> Option<Measurement> {
    let mut listener = Listener::new(decoder.sample_rate(), decoder.channels());
    let mut blocks = 0_u32;
    while let Some(block) = decoder.next_block() {
        listener.hear(block);
        blocks = blocks.wrapping_add(1);
        if blocks.is_multiple_of(64) && !go_on() {
            return None;
        }
        if listener.is_full() {
            break;
        }
    }
    let (length, lost) = if listener.is_full() {
        (
            decoder
                .promised()
                .unwrap_or_default()
                .max(decoder.position()),
            None,
        )
    } else {
        (decoder.position(), decoder.lost())
    };
    let (bpm, doubt) = tempo(listener);
    Some(Measurement {
        bpm,
        doubt,
        length,
        lost,
    })
}

/// The tempo of what was heard, and why it may be wrong.
fn tempo(listener: Listener) -> (Option<f64>, Option<Doubt>) {
    let onsets = listener.finish();
    let rate = onsets.rate;
    let length_s = onsets.groups[0].len() as f64 / rate;
    let (flux, heard) = (mean_flux(&onsets), taktus::tempo_of(&onsets.heard));
    let (groups, curve) = levelled_groups(onsets);
    let tempogram = Tempogram::new(&groups, rate);
    let ours = tempogram.as_ref().and_then(first_estimate);
    let (Some(tempogram), Some(ours), Some(theirs)) = (tempogram, ours, heard) else {
        let doubt = if length_s < SHORTEST.as_secs_f64() {
            Doubt::TooShort
        } else {
            Doubt::NoSteadyBeat
        };
        return (None, Some(doubt));
    };
    // Both are refined in one octave; which one the beat is in, taktus says.
    let exactly = |bpm: f64| in_octave_of(refined(&curve, rate, in_octave_of(bpm, 127.0)), bpm);
    let (mine, bpm) = (exactly(ours.bpm), exactly(theirs.bpm()));
    if length_s + 0.1 < SHORTEST.as_secs_f64() {
        return (None, Some(Doubt::TooShort));
    }
    let strongest = ours.strength.max(theirs.sure);
    if flux < LEAST_FLUX || theirs.catch < LEAST_CATCH || strongest < WORTH_A_MENTION {
        return (None, Some(Doubt::NoSteadyBeat));
    }
    let mine = in_octave_of(mine, bpm);
    let doubt = if (mine / bpm - 1.0).abs() > SAME {
        Some(Doubt::Either(mine.min(bpm), mine.max(bpm)))
    } else if ours.strength < LEAST_STRENGTH || theirs.sure < LEAST_STRENGTH {
        Some(Doubt::NoSteadyBeat)
    } else if spread(&curve, rate, in_octave_of(bpm, 127.0)) > MOST_SPREAD
        || tempogram.elsewhere(in_octave_of(bpm, 127.0)) > MOST_ELSEWHERE
    {
        Some(Doubt::TempoVaries)
    } else if goes_in_threes(&tempogram.mean(), rate, bpm) {
        // A beat of three where the estimators took two.
        Some(Doubt::Either(bpm * 2.0 / 3.0, bpm))
    } else {
        None
    };
    (Some(bpm), doubt)
}

/// A tempo doubled or halved until it is the nearest to another.
pub(super) fn in_octave_of(bpm: f64, other: f64) -> f64 {
    if bpm > 0.0 && other > 0.0 {
        bpm * 2_f64.powf((other / bpm).log2().round())
    } else {
        bpm
    }
}

/// The source of a tempo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Taken {
    /// The measured one.
    Measured,
    /// The one in the file's tags.
    Tag,
}

/// A tempo that was settled on, from what was measured and what the tag says.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// Beats per minute.
    pub bpm: Option<f64>,
    /// The source of the tempo.
    pub taken: Option<Taken>,
    /// Why it is not sure.
    pub reason: Option<String>,
}

/// Takes the measured tempo, which is the finer one, and the tag as a witness.
///
/// A tag that agrees with one of two candidates decides between them. One that disagrees with a
/// sure measurement is not believed: tags are often wrong by 3:2, and by whole numbers. One without
/// a measurement is taken and not sure.
#[must_use]
pub fn settle(measured: Option<f64>, doubt: Option<Doubt>, tag: Option<TaggedTempo>) -> Settled {
    let agrees = |bpm: f64, tag: TaggedTempo| {
        (in_octave_of(bpm, tag.bpm) - tag.bpm).abs() <= tag.tolerance() + 0.005 * tag.bpm
    };
    let settled = |bpm, taken, reason: Option<String>| Settled {
        bpm: Some(bpm),
        taken: Some(taken),
        reason,
    };
    match (measured, doubt, tag) {
        (Some(bpm), None, _) => settled(bpm, Taken::Measured, None),
        (_, Some(Doubt::Either(low, high)), Some(tag)) if agrees(low, tag) != agrees(high, tag) => {
            let bpm = if agrees(low, tag) { low } else { high };
            settled(in_octave_of(bpm, tag.bpm), Taken::Measured, None)
        }
        (None, doubt, Some(tag)) => settled(
            tag.bpm,
            Taken::Tag,
            doubt.map(|doubt| format!("{doubt}, and only the tag says {}", tag.bpm)),
        ),
        (Some(bpm), doubt, _) => {
            settled(bpm, Taken::Measured, doubt.map(|doubt| doubt.to_string()))
        }
        (None, doubt, None) => Settled {
            bpm: None,
            taken: None,
            reason: doubt.map(|doubt| doubt.to_string()),
        },
    }
}

/// Steps per beat for a runner: half a step, one or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Two beats a step.
    Half,
    /// A beat a step.
    One,
    /// Two steps a beat.
    Double,
}

impl Fold {
    /// Every variant, slowest first.
    pub const ALL: [Self; 3] = [Self::Half, Self::One, Self::Double];

    /// The number of steps a beat.
    #[must_use]
    pub fn factor(self) -> f64 {
        match self {
            Self::Half => 0.5,
            Self::One => 1.0,
            Self::Double => 2.0,
        }
    }

    /// The symbol to display: `×2`.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Half => "×½",
            Self::One => "×1",
            Self::Double => "×2",
        }
    }

    /// The variant that brings a tempo nearest to a running cadence of 165 steps a minute.
    #[must_use]
    pub fn for_running(bpm: f64) -> Self {
        Self::nearest(bpm, 165.0)
    }

    /// The variant that brings a tempo nearest to another.
    #[must_use]
    pub fn nearest(bpm: f64, target: f64) -> Self {
        let off = |fold: &Self| (bpm * fold.factor() / target).log2().abs();
        let nearest = Self::ALL
            .into_iter()
            .min_by(|a, b| off(a).total_cmp(&off(b)));
        nearest.unwrap_or(Self::One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE_172: TaggedTempo = TaggedTempo {
        bpm: 172.0,
        is_whole: true,
    };

    #[test]
    fn a_tempo_is_met_at_half_once_or_twice() {
        let met = |bpm| {
            (
                Fold::for_running(bpm).sign(),
                bpm * Fold::for_running(bpm).factor(),
            )
        };
        assert_eq!(met(86.0), ("×2", 172.0));
        assert_eq!(met(125.0), ("×1", 125.0));
        assert_eq!(met(172.0), ("×1", 172.0));
        assert_eq!(met(280.0), ("×½", 140.0));
    }

    #[test]
    fn a_tag_decides_between_two_candidates() {
        let settled = settle(
            Some(114.7),
            Some(Doubt::Either(86.1, 114.7)),
            Some(WHOLE_172),
        );
        assert_eq!(
            (settled.bpm, settled.taken, settled.reason),
            (Some(172.2), Some(Taken::Measured), None)
        );
    }

    #[test]
    fn a_tag_alone_is_taken_and_not_sure() {
        let settled = settle(None, Some(Doubt::NoSteadyBeat), Some(WHOLE_172));
        assert_eq!(settled.bpm, Some(172.0));
        assert_eq!(
            settled.reason.as_deref(),
            Some("no steady beat, and only the tag says 172")
        );
    }

    #[test]
    fn what_was_measured_for_sure_stays_whatever_the_tag_says() {
        let settled = settle(Some(120.02), None, Some(WHOLE_172));
        assert_eq!((settled.bpm, settled.reason), (Some(120.02), None));
    }

    #[test]
    fn two_candidates_are_said_without_a_tag() {
        let settled = settle(Some(94.13), Some(Doubt::Either(94.13, 141.2)), None);
        assert_eq!(settled.reason.as_deref(), Some("94.1 or 141.2"));
        assert_eq!(settled.bpm, Some(94.13));
    }
}
