//! Finds the device for a typed name, a description, or the beginning of either.

use crate::audio::device::{DeviceError, DeviceInfo};

/// As many names as an error lists: ALSA knows dozens of plugins.
const LISTED: usize = 6;

/// Names as an error lists them.
pub(super) fn list(names: &[String]) -> String {
    let listed = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

/// None of the devices has this name.
pub(super) fn no_such(asked: String, devices: &[DeviceInfo]) -> DeviceError {
    if devices.is_empty() {
        return DeviceError::None;
    }
    let devices = devices.iter().map(|device| device.name.clone()).collect();
    DeviceError::NoSuch { asked, devices }
}

/// The devices that a name matches.
#[cfg(target_os = "linux")]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Match<'a> {
    /// Exactly this device.
    One(&'a DeviceInfo),
    /// The names of several candidates.
    Several(Vec<String>),
    /// No device.
    None,
}

#[cfg(target_os = "linux")]
/// The device of a whole name or description, or else the only one with that beginning, whatever
/// its case.
pub(super) fn find<'a>(asked: &str, devices: &'a [DeviceInfo]) -> Match<'a> {
    let whole = |device: &&DeviceInfo| device.name == asked;
    let described = |device: &&DeviceInfo| device.description == asked;
    let lower = asked.to_lowercase();
    let begins = |text: &str| text.to_lowercase().starts_with(&lower);
    let begun = |device: &&DeviceInfo| begins(&device.name) || begins(&device.description);
    if let Some(device) = devices.iter().find(whole) {
        return Match::One(device);
    }
    let named_so = |is_meant: &dyn Fn(&&DeviceInfo) -> bool| -> Vec<&'a DeviceInfo> {
        devices.iter().filter(|device| is_meant(device)).collect()
    };
    for found in [named_so(&described), named_so(&begun)] {
        match found[..] {
            [] => {}
            [device] => return Match::One(device),
            _ => {
                let names = found.iter().map(|device| device.name.clone());
                return Match::Several(names.collect());
            }
        }
    }
    Match::None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_lists_six_names_and_counts_the_rest() {
        let names: Vec<String> = ('a'..='i').map(String::from).collect();
        assert_eq!(list(&names[..1]), "a");
        assert_eq!(list(&names[..6]), "a, b, c, d, e, f");
        assert_eq!(list(&names), "a, b, c, d, e, f and 3 more");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_known_by_name_by_description_and_by_a_unique_beginning() {
        let device = |name: &str, description: &str| DeviceInfo {
            name: name.to_owned(),
            description: description.to_owned(),
            is_default: false,
        };
        let devices = [
            device("alsa_output.usb", "Headphones"),
            device("alsa_output.pci", "Speakers"),
            device("bluez", "Headphones of Anna"),
            device("twin", "Speakers"),
        ];
        let one =
            |asked, index: usize| assert_eq!(find(asked, &devices), Match::One(&devices[index]));
        one("alsa_output.pci", 1);
        one("Headphones", 0);
        one("headphones of", 2);
        one("BLUE", 2);
        let several =
            |names: &[&str]| Match::Several(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            find("Speakers", &devices),
            several(&["alsa_output.pci", "twin"])
        );
        assert_eq!(
            find("alsa", &devices),
            several(&["alsa_output.usb", "alsa_output.pci"])
        );
        assert_eq!(find("hw:0", &devices), Match::None);
    }
}
