#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod address;
mod channel;
mod client;
mod convert;
mod error;
mod health;
mod hold;
mod model;
mod names;
mod options;
mod reason;
mod renewal;
mod status;
mod stream;
mod targets;
mod verdict;
mod watch;

/// The contract, as it is generated from `proto/`.
#[allow(clippy::all, clippy::pedantic, dead_code, missing_docs, rustdoc::all)]
mod pb {
    include!("gen/fsfreeze/v1/fsfreeze.v1.rs");
}

/// `grpc.health.v1`, as it is generated.
#[allow(clippy::all, clippy::pedantic, dead_code, missing_docs, rustdoc::all)]
mod grpc_health {
    include!("gen/grpc/health/v1/grpc.health.v1.rs");
}

pub use channel::Tls;
pub use client::{Client, ClientBuilder};
pub use error::{Code, ConfigError, Error};
pub use health::HealthStatus;
pub use hold::Hold;
pub use model::*;
pub use names::*;
pub use options::{
    FreezeOptions, HoldOptions, ReleaseOptions, ResumeOptions, ThawOptions, WatchOptions,
};
pub use reason::Reason;
pub use targets::{Target, Targets};
pub use verdict::Shortcoming;
pub use watch::{Watch, WatchEvent};
