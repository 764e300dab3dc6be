//! Where the sound server of this machine listens.

use std::ffi::OsString;
use std::path::PathBuf;

/// A sound server that speaks `PulseAudio`'s protocol: `PulseAudio` itself, or `PipeWire`. It is
/// tried before ALSA on Linux; other systems have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// The socket on which it listens.
    pub socket: PathBuf,
    /// Files that may hold the key it asks for; the first that can be read counts.
    pub cookies: Vec<PathBuf>,
}

impl ServerAddress {
    /// Finds the address as every client of `PulseAudio` does, from the environment's variables.
    /// `None` if they name no place, or another machine, which is left to ALSA's plugin.
    ///
    /// ```
    /// use cadence::audio::device::ServerAddress;
    ///
    /// let address = ServerAddress::from_variables(|name| std::env::var_os(name));
    /// ```
    #[must_use]
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let path = |name| variable(name).map(PathBuf::from);
        let home = path("HOME");
        let at_home = [".config/pulse/cookie", ".pulse-cookie"];
        let at_home = at_home
            .iter()
            .filter_map(|name| Some(home.as_ref()?.join(name)));
        Some(Self {
            socket: match variable("PULSE_SERVER") {
                Some(server) => local(server)?,
                None => path("PULSE_RUNTIME_PATH")
                    .map(|folder| folder.join("native"))
                    .or_else(|| Some(path("XDG_RUNTIME_DIR")?.join("pulse/native")))?,
            },
            cookies: path("PULSE_COOKIE").into_iter().chain(at_home).collect(),
        })
    }
}

/// The socket of a server on this machine.
fn local(server: OsString) -> Option<PathBuf> {
    let server = server.into_string().ok()?;
    let path = server.strip_prefix("unix:").unwrap_or(&server);
    path.starts_with('/').then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(variables: &[(&str, &str)]) -> Option<ServerAddress> {
        ServerAddress::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_server_is_where_its_clients_look() {
        let runtime = ("XDG_RUNTIME_DIR", "/run/user/1000");
        let pulse = ("PULSE_RUNTIME_PATH", "/run/pulse");
        for (variables, socket) in [
            (&[runtime][..], Some("/run/user/1000/pulse/native")),
            (&[runtime, pulse], Some("/run/pulse/native")),
            (&[runtime, pulse, ("PULSE_SERVER", "/a")], Some("/a")),
            (&[("PULSE_SERVER", "unix:/a")], Some("/a")),
            (&[runtime, ("PULSE_SERVER", "tcp:kitchen:4713")], None),
            (&[("HOME", "/home/anna")], None),
        ] {
            let found = address(variables).map(|address| address.socket);
            assert_eq!(found, socket.map(PathBuf::from), "{variables:?}");
        }
    }

    #[test]
    fn the_key_that_was_named_comes_before_those_at_home() {
        let variables = [
            ("PULSE_SERVER", "/a"),
            ("HOME", "/home/anna"),
            ("PULSE_COOKIE", "/key"),
        ];
        let cookies = address(&variables).unwrap().cookies;
        let expected = [
            "/key",
            "/home/anna/.config/pulse/cookie",
            "/home/anna/.pulse-cookie",
        ];
        assert_eq!(cookies, expected.map(PathBuf::from));
    }
}
