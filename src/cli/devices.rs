//! `cadence devices`: what `play --device` may name.

#[cfg(feature = "playback")]
use std::io::Write;

use clap::{Args, ValueEnum};

#[cfg(feature = "playback")]
use cadence::audio::device::{self, DeviceError, DeviceInfo, ServerAddress};

#[cfg(feature = "playback")]
use cadence::printable::Printable;

#[cfg(feature = "playback")]
use crate::cli::report::{self, Error};
#[cfg(feature = "playback")]
use crate::cli::table::Table;

#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

impl DevicesArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence devices              `*` marks the default
  cadence play 168 --device pulse";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// One device per line
    Text,
    /// One JSON array
    Json,
    /// One name per line
    Names,
}

#[cfg(feature = "playback")]
/// An entry of the JSON array.
#[derive(Debug, serde::Serialize)]
struct Json {
    name: String,
    description: String,
    default: bool,
}

/// The sound server, as the environment describes it.
#[cfg(feature = "playback")]
pub(crate) fn server() -> Option<ServerAddress> {
    ServerAddress::from_variables(|name| std::env::var_os(name))
}

#[cfg(feature = "playback")]
impl DevicesArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let devices =
            device::devices(server().as_ref()).map_err(|error| Error::NoDevice(Box::new(error)))?;
        if devices.is_empty() {
            return Err(Error::NoDevice(Box::new(DeviceError::None)));
        }
        if self.format == ListFormat::Names {
            for device in &devices {
                writeln!(out, "{}", Printable(&device.name))?;
            }
            return Ok(());
        }
        if self.format == ListFormat::Json {
            let entry = |device: &DeviceInfo| Json {
                name: device.name.clone(),
                description: device.description.clone(),
                default: device.is_default,
            };
            let list: Vec<Json> = devices.iter().map(entry).collect();
            return report::json(out, &list);
        }
        let mut table = Table::without_headings().with_texts(&[0]);
        for device in &devices {
            let mark = if device.is_default { '*' } else { ' ' };
            table.push([
                format!("{mark} {}", device.name),
                device.description.clone(),
            ]);
        }
        let mut text = String::new();
        // A name is there to be copied, so it is never cut.
        table.write_whole(&mut text);
        Ok(out.write_all(text.as_bytes())?)
    }
}
