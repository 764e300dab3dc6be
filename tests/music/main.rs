//! Music, as the binary and as the library see it, on tracks that the tests render themselves.
#![cfg(all(feature = "cli", feature = "music"))]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the synthesiser rounds to samples and frames"
)]

mod damage;
mod over;
mod playlist;
mod reference;
mod run;
mod soundtrack;
mod synth;
mod tempo;
