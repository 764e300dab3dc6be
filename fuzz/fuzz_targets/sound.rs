//! No bytes after a WAV header panic or hang the reader of a runner's own click, and a click that
//! it reads can be played.
//!
//! ```sh
//! cargo +nightly fuzz run sound -- -max_total_time=60 -timeout=5 -rss_limit_mb=1024
//! ```

#![no_main]

use cadence::audio::click::{ClickFile, Pitch};
use cadence::schedule::SampleRate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let bytes = [b"RIFF\xff\xff\x00\x00WAVEfmt \x10\x00\x00\x00".as_slice(), bytes].concat();
    if let Ok(sound) = ClickFile::from_wav(bytes.as_slice()) {
        let rate = SampleRate::from_hz(48_000).expect("in range");
        if let Ok(click) = sound.click(rate, Pitch::Lower) {
            assert!(click.samples().iter().all(|sample| sample.is_finite()));
        }
    }
});
