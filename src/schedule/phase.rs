//! What the grid gains over frames, and the other way round, in exact integer arithmetic.

use super::pace::Pace;
use super::time::{Frames, floor, narrowed, signed};

/// What the grid gains in the first `frames` frames of a section.
pub(super) fn section_phase_at(pace: Pace, spread: Option<Frames>, frames: Frames) -> u128 {
    let Some((from, to)) = pace.ends() else {
        return 0;
    };
    let (from, slope) = (i128::from(from), i128::from(to) - i128::from(from));
    let done = i128::from(frames.0);
    let bend = match spread {
        // Rounded up, as the first beat after it is.
        Some(Frames(spread)) if spread > 0 && slope != 0 => {
            -(-slope * done * done).div_euclid(i128::from(spread))
        }
        _ => 0,
    };
    (2 * from * done + bend).max(0).unsigned_abs()
}

/// How many whole frames after a section's start its grid has gained `phase`, to the nearest frame,
/// half up.
///
/// At f frames a steady pace b has gained 2bf, a ramp from b to c spread over F frames 2bf + (c −
/// b)f²/F. The nearest frame is the largest f at whose early edge, f − ½, the gain is not above
/// `phase`.
pub(super) fn frames_to_phase(pace: Pace, length: Option<Frames>, phase: u128) -> u64 {
    let Some((from, to)) = pace.ends() else {
        return 0;
    };
    let Some(length) = length.filter(|_| from != to) else {
        return narrowed((phase + u128::from(from)) / (2 * u128::from(from)));
    };
    let (from, to, length) = (i128::from(from), i128::from(to), i128::from(length.0));
    let target = signed(phase); // at most 2^79: a week at 400 BPM and 768 kHz
    let slope = to - from;
    // In half frames h = 2f − 1, and times 4F, all is whole: 4Fbh + (c − b)h² ≤ 4F · phase, below
    // 2^120.
    let reached = |frames: i128| {
        let half = 2 * frames - 1;
        4 * length * from * half + slope * half * half <= 4 * length * target
    };
    // The positive root in the form that does not cancel; floating point lands within a frame or
    // two, and whole numbers settle it.
    let (b, c, p) = (from as f64, slope as f64 / length as f64, target as f64);
    let mut frames = i128::from(floor((p / (b + (b * b + c * p).max(0.0).sqrt())).round()));
    while frames > 0 && !reached(frames) {
        frames -= 1;
    }
    while frames < length && reached(frames + 1) {
        frames += 1;
    }
    u64::try_from(frames).unwrap_or(0)
}
