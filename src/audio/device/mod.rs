//! Plays any source on a sound device, watches it, and resumes after a fault.
//!
//! [`Player`] pulls from a source through a feed, which keeps it on its grid, to an output.

mod address;
mod clock;
mod complaint;
mod feed;
mod grid;
#[cfg(target_os = "linux")]
mod linux;
mod names;
mod output;
mod player;
#[cfg(target_os = "linux")]
mod pulse;
#[cfg(test)]
mod tests;
#[cfg(target_os = "linux")]
mod timed;

use std::sync::Arc;
use std::time::Duration;

use crate::audio::source::{Source, SourceError};
use crate::schedule::{SampleRate, ScheduleError};

pub use address::ServerAddress;
pub use player::{Player, Playing};

/// How long a sound server may take to open a device. The project's own bound, below the 3 s after
/// which a person gives up.
const OPEN_LIMIT: Duration = Duration::from_millis(2_500);

/// Makes what is played, once the device's sample rate is known; and again for each stream that is
/// opened after a fault.
pub type MakeSource =
    Arc<dyn Fn(SampleRate) -> Result<Box<dyn Source<f32> + Send>, SourceError> + Send + Sync>;

/// How much sound is made ahead: the less, the sooner a change is heard, and the sooner a busy
/// machine runs out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// 400 ms: no underrun under six busy loops on two cores, where 43 ms had up to 18 in 5
    /// minutes.
    Safe,
    /// 200 ms, for changes by key: heard within half a second with what a sound server adds.
    Responsive,
}

impl Ahead {
    /// The device's ring holds two requests; one lasts this share of a second.
    fn requests_per_second(self) -> u32 {
        match self {
            Self::Safe => 5,
            Self::Responsive => 10,
        }
    }
}

/// A device that plays sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The name that [`Player::begin`] accepts.
    pub name: String,
    /// The system's description.
    pub description: String,
    /// Whether this is the default device.
    pub is_default: bool,
}

/// Lists the devices that play sound: those of the server if there is one, or else those that the
/// system reports.
///
/// # Errors
/// [`DeviceError::List`] if the system cannot list any.
pub fn devices(server: Option<&ServerAddress>) -> Result<Vec<DeviceInfo>, DeviceError> {
    #[cfg(target_os = "linux")]
    let list = {
        let server = server.cloned();
        move || linux::list(server.as_ref())
    };
    #[cfg(not(target_os = "linux"))]
    let (list, _) = (output::list, server);
    player::on_helper_thread(list)
        .recv_timeout(OPEN_LIMIT)
        .unwrap_or(Err(DeviceError::Hung))
}

/// The way to a device.
fn output_for(
    server: Option<&ServerAddress>,
    device: Option<&str>,
    ahead: Ahead,
) -> Arc<dyn output::Output> {
    let system = output::System {
        device: device.map(str::to_owned),
        ahead,
    };
    #[cfg(target_os = "linux")]
    let system = linux::ServerOrSystem::new(server.cloned(), system);
    #[cfg(not(target_os = "linux"))]
    let _ = server;
    Arc::new(system)
}

/// Why no sound can be played.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no default device.
    #[error("this system has no sound device")]
    None,
    /// The system's sound library cannot be used: its configuration is broken, say.
    #[error("the system's sound library cannot be used")]
    System(#[source] SourceError),
    /// No device has this name.
    #[error("no sound device is named '{asked}', only {}", names::list(devices))]
    NoSuch {
        /// The requested name.
        asked: String,
        /// The names of all devices.
        devices: Vec<String>,
    },
    /// Several devices begin with this name.
    #[error(
        "'{asked}' is the beginning of several sound devices: {}",
        names::list(devices)
    )]
    Ambiguous {
        /// The requested name.
        asked: String,
        /// The names of the candidates.
        devices: Vec<String>,
    },
    /// The sound server refuses.
    #[error("the sound server refuses to play")]
    Server(#[source] SourceError),
    /// The devices cannot be listed.
    #[error("the sound devices cannot be listed")]
    List(#[source] SourceError),
    /// The device does not say what it can play, or refuses to play.
    #[error("the sound device cannot be opened")]
    Open(#[source] SourceError),
    /// The device has an unsupported rate.
    #[error("the sound device cannot be used")]
    Rate(#[from] ScheduleError),
    /// What is to be played cannot be made.
    #[error("the sound cannot be made")]
    Source(#[source] SourceError),
    /// This process may not open as many files as a device needs.
    #[error(
        "the sound device needs more open files than the limit allows: raise it, such as with `ulimit -n 256`"
    )]
    OpenFiles(#[source] std::io::Error),
    /// The device disappeared.
    #[error("the sound device was lost")]
    Lost,
    /// The server timed out.
    #[error("the sound server does not answer")]
    Hung,
}
