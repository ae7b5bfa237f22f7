//! Addresses of a service: a Unix socket's path, or a host and a port.

use crate::error::ConfigError;

/// `sockaddr_un.sun_path` has 108 bytes on Linux, one of them for the closing NUL (unix(7)).
const LONGEST_SOCKET_PATH: usize = 107;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Unix {
        path: String,
    },
    /// `host` is as it stands in a URI: an IPv6 address is in brackets.
    Tcp {
        host: String,
        port: u16,
    },
}

impl Address {
    /// Takes `unix:PATH`, `unix:///PATH`, a bare absolute path, and `HOST:PORT` (`[ADDRESS]:PORT`
    /// for IPv6).
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        if let Some(path) = text.strip_prefix("unix://") {
            return if path.starts_with('/') {
                Self::unix(path)
            } else {
                Err(ConfigError::new(format!(
                    "write unix:{path} or unix:///absolute/path"
                )))
            };
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return Self::unix(path);
        }
        // A URI would take a bare path for no address at all; what is meant is plain.
        if text.starts_with('/') {
            return Self::unix(text);
        }
        Self::tcp(text)
            .ok_or_else(|| ConfigError::new(format!("{text:?} is neither unix:PATH nor HOST:PORT")))
    }

    fn unix(path: &str) -> Result<Self, ConfigError> {
        if path.is_empty() {
            return Err(ConfigError::new("the path of the Unix socket is empty"));
        }
        if path.len() > LONGEST_SOCKET_PATH {
            return Err(ConfigError::new(format!(
                "a Unix socket's path has at most {LONGEST_SOCKET_PATH} bytes"
            )));
        }
        Ok(Self::Unix { path: path.into() })
    }

    fn tcp(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        // u16's own parser would take "+1".
        if !port.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let port = port.parse().ok().filter(|&port: &u16| port != 0)?;
        let bare = match host.strip_prefix('[') {
            Some(rest) => {
                let literal = rest.strip_suffix(']')?;
                literal.parse::<std::net::Ipv6Addr>().ok()?;
                true
            }
            None => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
                !host.is_empty() && host.bytes().all(plain)
            }
        };
        bare.then(|| Self::Tcp {
            host: host.into(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(path: &str) -> Address {
        Address::Unix { path: path.into() }
    }

    fn tcp(host: &str, port: u16) -> Address {
        Address::Tcp {
            host: host.into(),
            port,
        }
    }

    #[test]
    fn takes_every_form() {
        for (text, address) in [
            ("unix:/run/s.sock", unix("/run/s.sock")),
            ("unix:///run/s.sock", unix("/run/s.sock")),
            ("unix:s.sock", unix("s.sock")),
            ("/run/s.sock", unix("/run/s.sock")),
            ("localhost:50051", tcp("localhost", 50051)),
            ("127.0.0.1:1", tcp("127.0.0.1", 1)),
            ("[::1]:65535", tcp("[::1]", 65535)),
        ] {
            assert_eq!(Address::parse(text).unwrap(), address, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_none() {
        let long = format!("unix:/{}", "a".repeat(LONGEST_SOCKET_PATH));
        for text in [
            "",
            "unix:",
            "unix://host/s",
            "localhost",
            "localhost:",
            "localhost:0",
            ":1",
            "h:65536",
            "h:+1",
            "::1:1",
            "[::1]",
            "[x]:1",
            "http://h:1",
            "h/p:1",
            "u@h:1",
            &long,
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
