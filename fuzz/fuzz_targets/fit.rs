//! No bytes behind a header without a size panic or hang the FIT reader.
//!
//! ```sh
//! cargo +nightly fuzz run fit -- -max_total_time=60 -timeout=2 -rss_limit_mb=512
//! ```

#![no_main]

mod recording;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| recording::judge(b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT\x00\x00", bytes));
