//! Whether a service can freeze, and whether it lives.

use std::fmt;

use crate::grpc_health::HealthCheckRequest;
use crate::grpc_health::health_check_response::ServingStatus;
use crate::grpc_health::health_client::HealthClient;
use crate::{Client, Error};

const FREEZE_SERVICE: &str = "fsfreeze.v1.FreezeService";

/// What `grpc.health.v1.Health` says. Displays as its name there, e.g. `NOT_SERVING`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HealthStatus {
    /// Not known yet, or said in words that only a newer service knows.
    Unknown,
    /// It works.
    Serving,
    /// It lives and cannot freeze: no privilege, or its guardian is being restarted.
    NotServing,
    /// It does not know the name that was asked for.
    ServiceUnknown,
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "UNKNOWN",
            Self::Serving => "SERVING",
            Self::NotServing => "NOT_SERVING",
            Self::ServiceUnknown => "SERVICE_UNKNOWN",
        })
    }
}

impl Client {
    /// Whether the service can freeze. Frozen is healthy; it answers while everything is frozen.
    pub async fn health(&self) -> Result<HealthStatus, Error> {
        self.health_of(FREEZE_SERVICE).await
    }

    /// As [`health`](Self::health) for another name of the health service; `""` asks whether it
    /// lives at all. A name that it does not know fails with
    /// [`Code::NotFound`](crate::Code::NotFound).
    pub async fn health_of(&self, service: impl Into<String>) -> Result<HealthStatus, Error> {
        let message = HealthCheckRequest {
            service: service.into(),
        };
        let mut health = HealthClient::new(self.channel());
        let response = self.within(health.check(self.request(message))).await?;
        Ok(match response.status() {
            ServingStatus::Unknown => HealthStatus::Unknown,
            ServingStatus::Serving => HealthStatus::Serving,
            ServingStatus::NotServing => HealthStatus::NotServing,
            ServingStatus::ServiceUnknown => HealthStatus::ServiceUnknown,
        })
    }
}
