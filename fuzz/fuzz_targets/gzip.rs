//! No bytes after the header of a gzip file panic or hang the reader of packed recordings.
//!
//! ```sh
//! cargo +nightly fuzz run gzip -- -max_total_time=60 -timeout=5 -rss_limit_mb=1024
//! ```

#![no_main]

mod recording;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| recording::judge(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", bytes));
