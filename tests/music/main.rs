//! Music, as the binary and as the library see it, on tracks that the tests render themselves.
#![cfg(all(feature = "cli", feature = "music"))]

mod damage;
mod playlist;
mod reference;
mod synth;
mod tempo;
