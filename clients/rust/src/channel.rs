//! The connection to a service.

use std::time::Duration;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Response, Status};

use crate::Error;
use crate::address::Address;
use crate::error::ConfigError;

/// A page of holds with their receipts.
pub(crate) const LONGEST_MESSAGE: usize = 64 * 1024 * 1024;

/// Certificates for TLS, as PEM texts.
#[derive(Clone, Default)]
#[must_use]
pub struct Tls {
    ca: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    server_name: Option<String>,
}

impl Tls {
    /// TLS with the system's CAs and without a client certificate.
    pub fn new() -> Self {
        Self::default()
    }

    /// The CA that signed the service's certificate, in place of the system's.
    pub fn ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca = Some(pem.into());
        self
    }

    /// The client's certificate and its key, for mutual TLS.
    pub fn identity(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// The name in the service's certificate, where it is not the address's host.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    fn config(&self) -> ClientTlsConfig {
        let mut config = match &self.ca {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        config
    }
}

/// Without the key.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

/// How the connection is made and watched.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) tls: Option<Tls>,
    pub(crate) connect_timeout: Duration,
    pub(crate) keepalive_time: Duration,
    pub(crate) keepalive_timeout: Duration,
}

impl Connection {
    pub(crate) fn endpoint(&self, address: &Address) -> Result<Endpoint, ConfigError> {
        let uri = match (address, &self.tls) {
            (Address::Unix { .. }, Some(_)) => {
                return Err(ConfigError::new(
                    "TLS is for HOST:PORT, not for a Unix socket",
                ));
            }
            (Address::Unix { path }, None) => format!("unix:{path}"),
            (Address::Tcp { host, port }, None) => format!("http://{host}:{port}"),
            (Address::Tcp { host, port }, Some(_)) => format!("https://{host}:{port}"),
        };
        // Pings are sent while a call is open, so that a silent service ends a hold.
        let endpoint = Endpoint::from_shared(uri)
            .and_then(|endpoint| {
                endpoint.user_agent(concat!("fsfreezed-rust/", env!("CARGO_PKG_VERSION")))
            })
            .map_err(invalid)?
            .connect_timeout(self.connect_timeout)
            .http2_keep_alive_interval(self.keepalive_time)
            .keep_alive_timeout(self.keepalive_timeout);
        match &self.tls {
            Some(tls) => endpoint.tls_config(tls.config()).map_err(invalid),
            None => Ok(endpoint),
        }
    }
}

fn invalid(error: tonic::transport::Error) -> ConfigError {
    let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
    ConfigError::new(format!("{error}{}", source.unwrap_or_default()))
}

/// A request that the service gives up when we do.
pub(crate) fn request<T>(message: T, limit: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(limit);
    request
}

/// Runs a call, connecting included, until it is given up with TIMED_OUT.
pub(crate) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Error> {
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(response)) => Ok(response.into_inner()),
        Ok(Err(status)) => Err(status.into()),
        Err(_) => Err(Error::timed_out(format!("no answer within {limit:?}"))),
    }
}
