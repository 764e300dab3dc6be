//! Sources that are made ahead, each on a thread of its own.
//!
//! What takes its time to be made, such as music that is decoded and stretched, cannot be made on
//! the thread of a device's callback. [`RunAhead`] makes it about half a second ahead, in chunks
//! that go through a ring. What was made for a tempo that has changed since is made anew from a
//! moment later on, in a ring of its own, and the [`AheadReader`] fades from the old to the new.
//! Where nothing is ready the reader has silence, with a short fade on both sides.
//!
//! A file waits for what is not ready: there [`Awaited`] makes the source on one core while the
//! encoder works on another.

mod awaited;
mod maker;
mod reader;

pub use self::awaited::Awaited;
pub use self::maker::RunAhead;
pub use self::reader::AheadReader;

use crate::audio::source::Source;

/// A source that can be made ahead: what was made and not heard yet may have to be made anew.
pub trait Remade: Source<f32> + Send {
    /// Whether what was made ahead is out of date. It is asked before each chunk; where it is true
    /// [`skip_to`](Source::skip_to) follows, with a frame that may well be before the position.
    fn is_outdated(&mut self) -> bool {
        false
    }
}
