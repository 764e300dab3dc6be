//! Turns the bytes that a terminal sends into keys.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use vte::{Params, Parser, Perform};

use super::Key;

/// A sequence that is not complete after this time is given up: a terminal sends one at once, and a
/// network seldom holds its parts this far apart. The project's own choice.
const PATIENCE: Duration = Duration::from_millis(100);

const ESCAPE: u8 = 0x1b;

/// Turns bytes into keys, however the reads cut them.
pub(super) struct KeyParser {
    parser: Parser,
    found: Found,
    /// When the incomplete sequence began, if there is one.
    began: Option<Instant>,
    last: u8,
}

#[derive(Default)]
struct Found {
    keys: VecDeque<Key>,
    /// After ESC O: the next character names the key.
    names_a_key: bool,
    /// A sequence has begun before this byte.
    is_within: bool,
    is_complete: bool,
}

impl KeyParser {
    pub(super) fn new() -> Self {
        Self {
            parser: Parser::new(),
            found: Found::default(),
            began: None,
            last: 0,
        }
    }

    /// Takes bytes that were read at a moment.
    pub(super) fn take(&mut self, bytes: &[u8], at: Instant) {
        for byte in bytes {
            self.found.is_complete = false;
            self.found.is_within = self.began.is_some();
            self.parser
                .advance(&mut self.found, std::slice::from_ref(byte));
            self.last = *byte;
            if *byte == ESCAPE {
                // It also ends what came before it, such as half a letter.
                self.began = Some(at);
            } else if self.found.is_complete {
                self.began = None;
            } else {
                self.began.get_or_insert(at);
            }
        }
    }

    /// The next key.
    pub(super) fn key(&mut self) -> Option<Key> {
        self.found.keys.pop_front()
    }

    /// When an incomplete sequence is given up.
    pub(super) fn gives_up_at(&self) -> Option<Instant> {
        self.began.map(|began| began + PATIENCE)
    }

    /// Gives an incomplete sequence up where it is time to. Escape alone is a key.
    pub(super) fn give_up(&mut self, now: Instant) {
        if self.gives_up_at().is_some_and(|at| at <= now) {
            let keys = std::mem::take(&mut self.found.keys);
            let last = self.last;
            *self = Self::new();
            self.found.keys = keys;
            if last == ESCAPE {
                self.found.push(Key::Escape);
            }
        }
    }
}

impl Found {
    fn push(&mut self, key: Key) {
        self.keys.push_back(key);
        self.names_a_key = false;
        self.is_complete = true;
    }
}

fn arrow(letter: char) -> Key {
    match letter {
        'A' => Key::Up,
        'B' => Key::Down,
        'C' => Key::Right,
        'D' => Key::Left,
        _ => Key::Other,
    }
}

impl Perform for Found {
    fn print(&mut self, letter: char) {
        self.push(if self.names_a_key {
            arrow(letter)
        } else if letter == '\x7f' {
            Key::Other
        } else {
            Key::Char(letter)
        });
    }

    fn execute(&mut self, byte: u8) {
        self.push(match byte {
            b'\r' | b'\n' => Key::Enter,
            b'\t' | 0x08 => Key::Other,
            _ => Key::Combined,
        });
        // A sequence continues after a control character in it, except CAN and SUB.
        self.is_complete = !self.is_within || matches!(byte, 0x18 | 0x1a);
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, letter: char) {
        // `1;5` before the letter: with modifiers; 1 means no modifier.
        let is_combined = params
            .iter()
            .nth(1)
            .and_then(<[u16]>::first)
            .is_some_and(|modifiers| *modifiers > 1);
        self.push(match letter {
            _ if is_combined => Key::Combined,
            _ if !intermediates.is_empty() => Key::Other,
            _ => arrow(letter),
        });
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        if intermediates.is_empty() && byte == b'O' {
            self.names_a_key = true;
        } else {
            self.push(Key::Combined);
        }
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.is_complete = true;
    }

    fn unhook(&mut self) {
        self.is_complete = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of bytes that come one by one, or at once, and are followed by a pause.
    fn keys(bytes: &[u8]) -> Vec<Key> {
        let now = Instant::now();
        let after_it = |mut parser: KeyParser| {
            parser.give_up(now + PATIENCE);
            assert_eq!(parser.gives_up_at(), None);
            std::iter::from_fn(|| parser.key()).collect::<Vec<Key>>()
        };
        let (mut at_once, mut one_by_one) = (KeyParser::new(), KeyParser::new());
        at_once.take(bytes, now);
        for byte in bytes {
            one_by_one.take(&[*byte], now);
        }
        let keys = after_it(at_once);
        assert_eq!(after_it(one_by_one), keys, "{bytes:x?}");
        keys
    }

    #[test]
    fn arrows_come_in_both_spellings() {
        assert_eq!(keys(b"\x1b[A\x1b[B"), [Key::Up, Key::Down]);
        assert_eq!(keys(b"\x1bOC\x1bOD"), [Key::Right, Key::Left]);
        assert_eq!(keys(b"\x1b[1;5A"), [Key::Combined]);
        assert_eq!(keys(b"\x1b[15~"), [Key::Other]);
    }

    #[test]
    fn letters_are_keys_and_so_is_escape_alone() {
        assert_eq!(keys("qé ".as_bytes()), ['q', 'é', ' '].map(Key::Char));
        assert_eq!(keys(b"\r\n"), [Key::Enter, Key::Enter]);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
        assert_eq!(keys(b"\x1bq"), [Key::Combined]);
    }

    #[test]
    fn a_key_after_alt_and_enter_is_heard() {
        let start = Instant::now();
        let mut parser = KeyParser::new();
        parser.take(b"\x1b\r", start);
        assert_eq!(parser.key(), Some(Key::Enter));
        parser.give_up(start + PATIENCE);
        parser.take(b"q", start + PATIENCE);
        assert_eq!(parser.key(), Some(Key::Char('q')));
    }

    #[test]
    fn escape_after_half_a_letter_is_heard() {
        assert_eq!(keys(b"\xf3\x1b"), [Key::Char('\u{fffd}'), Key::Escape]);
    }

    #[test]
    fn what_is_incomplete_is_given_up() {
        for half in [
            &b"\x1b["[..],
            b"\x1bO",
            b"\x1b[1;",
            b"\xc3",
            b"\xe9",
            b"\x1b]0;",
            b"\x1bP1$",
        ] {
            let now = Instant::now();
            let mut parser = KeyParser::new();
            parser.take(half, now);
            assert_eq!(parser.key(), None, "{half:x?}");
            assert_eq!(parser.gives_up_at(), Some(now + PATIENCE), "{half:x?}");
            parser.give_up(now + PATIENCE);
            parser.take(b"q", now + PATIENCE);
            assert_eq!(parser.key(), Some(Key::Char('q')), "{half:x?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_some_keys(bytes: Vec<u8>) {
            keys(&bytes);
        }
    }
}
