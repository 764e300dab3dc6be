//! No bytes that a terminal sends, however they are cut, panic the key parser or leave it waiting
//! without end.
//!
//! ```sh
//! cargo +nightly fuzz run keys -- -max_total_time=60
//! ```

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;

/// The program's own file: the parser is no part of the library.
#[path = "../../src/cli/terminal/parser.rs"]
mod parser;

/// What the parser makes, as `src/cli/terminal/mod.rs` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    Up,
    Down,
    Left,
    Right,
    Other,
    Combined,
}

fuzz_target!(|parts: Vec<&[u8]>| {
    let now = Instant::now();
    let mut parser = parser::KeyParser::new();
    let mut keys = 0;
    let mut bytes = 0;
    for part in parts {
        parser.take(part, now);
        bytes += part.len();
        while parser.key().is_some() {
            keys += 1;
        }
    }
    assert!(keys <= bytes);
    // Whatever came, a key that is pressed afterwards is heard.
    let later = now + Duration::from_secs(1);
    parser.give_up(later);
    assert_eq!(parser.gives_up_at(), None);
    while parser.key().is_some() {}
    parser.take(b"q", later);
    // Half a letter before it may be shown first.
    assert_eq!(std::iter::from_fn(|| parser.key()).last(), Some(Key::Char('q')));
});
