//! No bytes behind the beginning of a track panic or hang the GPX reader.
//!
//! ```sh
//! cargo +nightly fuzz run gpx -- -max_total_time=60 -timeout=2 -rss_limit_mb=512
//! ```

#![no_main]

mod recording;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| recording::judge(b"<gpx><trk><trkseg>", bytes));
