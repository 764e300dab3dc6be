//! The roundings that signal processing needs, each at one place.

/// The nearest count; below zero and NaN are zero.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at both ends, and NaN is zero"
)]
pub(super) fn nearest(value: f64) -> usize {
    value.round() as usize
}

/// In single precision.
#[allow(
    clippy::cast_possible_truncation,
    reason = "rounds, which is what is asked for"
)]
pub(super) fn single(value: f64) -> f32 {
    value as f32
}
