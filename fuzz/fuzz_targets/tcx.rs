//! No bytes behind the beginning of a lap panic or hang the TCX reader.
//!
//! ```sh
//! cargo +nightly fuzz run tcx -- -max_total_time=60 -timeout=2 -rss_limit_mb=512
//! ```

#![no_main]

mod recording;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| recording::judge(b"<TrainingCenterDatabase><Activity Sport=\"Running\"><Lap StartTime=\"2024-11-02T08:00:00Z\"><Track>", bytes));
