//! The tempo of a section and the level of its beats.

use std::time::Duration;

use crate::tempo::Tempo;

/// The tempo of a section; `T` is a tempo, or a placeholder for one that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace<T = Tempo> {
    /// No grid, so no beats.
    Rest,
    /// One tempo throughout.
    Steady(T),
    /// From one tempo to another, linearly in time.
    Ramp(T, T),
}

impl<T> Pace<T> {
    /// Maps each tempo of this pace with `f`.
    ///
    /// # Errors
    /// The first error that `f` returns.
    pub fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<Pace<U>, E> {
        Ok(match self {
            Self::Rest => Pace::Rest,
            Self::Steady(tempo) => Pace::Steady(f(tempo)?),
            Self::Ramp(from, to) => Pace::Ramp(f(from)?, f(to)?),
        })
    }
}

impl Pace {
    /// The tempo at its start and at its end, in billionths of a beat per minute; `None` for a
    /// rest.
    pub(super) fn ends(self) -> Option<(u64, u64)> {
        match self {
            Self::Rest => None,
            Self::Steady(tempo) => Some((tempo.nano_bpm(), tempo.nano_bpm())),
            Self::Ramp(from, to) => Some((from.nano_bpm(), to.nano_bpm())),
        }
    }
}

/// The level of a section's beats. The grid continues through silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    /// Every beat is heard.
    On,
    /// No beat is heard.
    Off,
    /// Heard for a while, silent for a while, over and over, from the section's first frame.
    OnOff {
        /// How long it is heard; not zero.
        on: Duration,
        /// How long it is silent.
        off: Duration,
    },
    /// Sinks evenly in decibels, from full level at the section's start to −40 dB at its end.
    Fade,
}

/// The level at the end of a [`Cue::Fade`], in decibels: 1 % of the amplitude, lost under
/// footsteps. The project's own choice.
pub(super) const FADE_END_DB: f64 = -40.0;
