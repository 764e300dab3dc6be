//! `cadence devices`: what `play --device` may name.

use std::io::Write;

use crate::cli::DevicesArgs;
use crate::cli::report::Error;

/// An entry of the JSON array.
#[cfg(feature = "playback")]
#[derive(Debug, serde::Serialize)]
struct Json {
    name: String,
    description: String,
    default: bool,
}

#[cfg(feature = "playback")]
impl DevicesArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        use crate::cli::{ListFormat, report};
        use cadence::audio::device::{self, DeviceError, DeviceInfo};

        let devices = device::devices().map_err(|error| Error::NoDevice(Box::new(error)))?;
        if devices.is_empty() {
            return Err(Error::NoDevice(Box::new(DeviceError::None)));
        }
        if self.format == ListFormat::Json {
            let entry = |device: DeviceInfo| Json {
                name: device.name,
                description: device.description,
                default: device.is_default,
            };
            let list: Vec<Json> = devices.into_iter().map(entry).collect();
            return report::json(out, &list);
        }
        let width = devices
            .iter()
            .map(|device| device.name.chars().count())
            .max()
            .unwrap_or(0);
        for DeviceInfo {
            name,
            description,
            is_default,
        } in &devices
        {
            let mark = if *is_default { '*' } else { ' ' };
            writeln!(out, "{mark} {name:width$}  {description}")?;
        }
        Ok(())
    }
}

#[cfg(not(feature = "playback"))]
impl DevicesArgs {
    pub(crate) fn run(&self, _out: &mut impl Write) -> Result<(), Error> {
        Err(Error::NoDevice(Box::new(crate::cli::play::NoPlayback)))
    }
}
