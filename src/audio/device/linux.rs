//! Linux: the sound server where it answers, ALSA where there is none.
//!
//! A server is spoken to directly, since through ALSA's plugins a program knows neither its sinks
//! by the names that a desktop shows, nor when they were suspended or moved.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::audio::device::names;
use crate::audio::device::output::{self, MakeFeed, Opened, Output, System};
use crate::audio::device::pulse::Server;
use crate::audio::device::{DeviceError, DeviceInfo, ServerAddress};

/// The outputs to try in turn.
#[derive(Debug)]
pub(super) struct ServerOrSystem {
    server: Option<ServerAddress>,
    system: System,
    /// Whether the server has played: then a lost server is waited for, and not replaced by
    /// ALSA, which would take its card.
    was_on_server: AtomicBool,
}

impl ServerOrSystem {
    pub(super) fn new(server: Option<ServerAddress>, system: System) -> Self {
        Self {
            server,
            system,
            was_on_server: AtomicBool::new(false),
        }
    }

    /// Plays on the server; `None` where there is none, or it does not know the device.
    fn on_server(&self, make_feed: &mut MakeFeed<'_>) -> Result<Option<Opened>, DeviceError> {
        let Some(mut server) = connect(self.server.as_ref())? else {
            return Ok(None);
        };
        let sink = match &self.system.device {
            None => None,
            Some(asked) => match server.find(asked)? {
                None => return Ok(None),
                sink => sink,
            },
        };
        server
            .play(sink.as_deref(), self.system.ahead, make_feed)
            .map(Some)
    }
}

impl Output for ServerOrSystem {
    fn open(&self, make_feed: &mut MakeFeed<'_>) -> Result<Opened, DeviceError> {
        if let Some(opened) = self.on_server(make_feed)? {
            self.was_on_server.store(true, Ordering::Relaxed);
            return Ok(opened);
        }
        if self.was_on_server.load(Ordering::Relaxed) {
            return Err(DeviceError::Lost);
        }
        self.system.open(make_feed).map_err(|error| match error {
            // ALSA names its plugins; meant are those that `devices` lists.
            DeviceError::NoSuch { asked, .. } => match list(self.server.as_ref()) {
                Ok(devices) => names::no_such(asked, &devices),
                Err(error) => error,
            },
            other => other,
        })
    }
}

fn connect(server: Option<&ServerAddress>) -> Result<Option<Server>, DeviceError> {
    server.map_or(Ok(None), Server::connect)
}

/// The sinks of the server, or what ALSA lists.
pub(super) fn list(server: Option<&ServerAddress>) -> Result<Vec<DeviceInfo>, DeviceError> {
    match connect(server)? {
        Some(mut server) => server.sinks(),
        None => output::list(),
    }
}
