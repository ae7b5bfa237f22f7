//! Client of fsfreezed: keeps Linux file systems frozen while you take a snapshot, thaws them whatever
//! happens to your program, and tells whether the freeze held.
//!
//! ```no_run
//! use fsfreezed::{Client, HoldOptions};
//!
//! # async fn take_snapshot() -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = Client::connect("unix:/run/fsfreezed/fsfreezed.sock")?;
//!
//!     let hold = client.hold("/srv", HoldOptions::new().purpose("nightly snapshot")).await?;
//!     // Frozen: writers of /srv wait, its image is stable.
//!     hold.unless_broken(take_snapshot()).await??;
//!     let receipt = hold.release().await?;
//!
//!     println!("{}", receipt.verdict);
//!     Ok(())
//! }
//! ```
//!
//! - [`Client::hold`] and [`Client::with_hold`]: a freeze tied to this process, a [`Hold`].
//! - [`Client::freeze`] and [`Client::thaw`]: a freeze tied to its deadline only.
//! - [`Receipt`]: what a hold was and whether it held. Everything that is told serializes as the
//!   contract's JSON.
//! - [`Error`]: what everything fails with; branch on its [`Reason`].
//!
//! All of it runs on tokio. A program without an async runtime uses [`blocking`].
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod address;
mod behaviour;
pub mod blocking;
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
