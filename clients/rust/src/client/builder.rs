//! How a client is made.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Client, Inner};
use crate::address::Address;
use crate::channel::{Connection, Tls};
use crate::error::ConfigError;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// A silent service is noticed after 2 s. The longer part is the wait for an answer, because the HTTP/2
/// library looks at its clock before it reads: a program that stood still for as long as that finds
/// its own connection timed out.
const DEFAULT_KEEPALIVE_TIME: Duration = Duration::from_millis(500);
const DEFAULT_KEEPALIVE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Makes a [`Client`] with other than the default settings.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    address: String,
    timeout: Duration,
    keepalive_time: Duration,
    keepalive_timeout: Duration,
    tls: Option<Tls>,
}

impl ClientBuilder {
    /// How long a call may take beyond what it itself waits for. Default: 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Between pings while a call is open. Default: 0.5 s.
    pub fn keepalive_time(mut self, time: Duration) -> Self {
        self.keepalive_time = time;
        self
    }

    /// How long a ping may stay without an answer until the connection is given up. Default:
    /// 1.5 s.
    pub fn keepalive_timeout(mut self, timeout: Duration) -> Self {
        self.keepalive_timeout = timeout;
        self
    }

    /// TLS, for `HOST:PORT`. Without it TCP is plain text, which a service takes on a loopback
    /// address only.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            timeout: DEFAULT_TIMEOUT,
            keepalive_time: DEFAULT_KEEPALIVE_TIME,
            keepalive_timeout: DEFAULT_KEEPALIVE_TIMEOUT,
            tls: None,
        }
    }

    /// The client. Nothing is sent before its first call.
    pub fn connect(self) -> Result<Client, ConfigError> {
        let connection = Connection {
            tls: self.tls,
            connect_timeout: self.timeout,
            keepalive_time: self.keepalive_time,
            keepalive_timeout: self.keepalive_timeout,
        };
        Ok(Client(Arc::new(Inner {
            endpoint: connection.endpoint(&Address::parse(&self.address)?)?,
            channel: OnceLock::new(),
            timeout: self.timeout,
        })))
    }
}
