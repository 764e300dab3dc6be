//! What a user sees: stdout, stderr and exit status of every command and every error, pinned
//! together.
//!
//! One file per command. Rules are tested next to their code; here belongs what the binary prints,
//! reads and leaves behind.

mod calc;
mod conclusions;
mod escapes;
mod follow;
mod followed;
mod handout;
mod harness;
mod help;
#[cfg(not(all(feature = "mp3", feature = "vorbis")))]
mod no_encoder;
#[cfg(not(feature = "playback"))]
mod no_playback;
#[cfg(unix)]
mod places;
mod plan;
mod render;
pub(crate) mod review;
mod show;
mod sound;
mod tap;
mod watch_file;
mod weeks;
mod zip;

#[path = "../watch/writer.rs"]
mod writer;
