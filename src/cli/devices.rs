//! `cadence devices`: what `play --device` may name.

use std::io::Write;

use cadence::audio::device::{self, DeviceError, DeviceInfo};

use crate::cli::report::{self, Error};
use crate::cli::{DevicesArgs, ListFormat};

/// An entry of the JSON array.
#[derive(Debug, serde::Serialize)]
struct Json {
    name: String,
    description: String,
    default: bool,
}

impl DevicesArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let devices = device::devices().map_err(|error| Error::NoDevice(Box::new(error)))?;
        if devices.is_empty() {
            return Err(Error::NoDevice(Box::new(DeviceError::None)));
        }
        if self.format == ListFormat::Json {
            let entry = |device: &DeviceInfo| Json {
                name: device.name().to_owned(),
                description: device.description().to_owned(),
                default: device.is_default(),
            };
            let list: Vec<Json> = devices.iter().map(entry).collect();
            return report::json(out, &list);
        }
        let width = devices
            .iter()
            .map(|device| device.name().chars().count())
            .max()
            .unwrap_or(0);
        for device in &devices {
            let mark = if device.is_default() { '*' } else { ' ' };
            writeln!(
                out,
                "{mark} {:width$}  {}",
                device.name(),
                device.description()
            )?;
        }
        Ok(())
    }
}
