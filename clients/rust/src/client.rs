//! The client: one method for each thing that a service can be asked for.

mod builder;
mod leases;
mod queries;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

pub use builder::ClientBuilder;

use crate::channel::{LONGEST_MESSAGE, request, within};
use crate::convert::{Decode, duration};
use crate::error::ConfigError;
use crate::hold::{Hold, Opening};
use crate::pb::freeze_service_client::FreezeServiceClient;
use crate::{Error, HoldOptions, Receipt, ResumeOptions, Targets, pb};

/// A client of one service. Cheap to clone; all clones share one connection, which is made by the
/// first call, and anew by the next call after it broke.
///
/// Its methods must be called within a tokio runtime, always the same one. A future that is dropped
/// cancels its call. Holds live on when their client is dropped.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    /// Made by the first call, because only then there is a runtime for sure.
    channel: OnceLock<Channel>,
    timeout: Duration,
}

impl Client {
    /// A client of the service at `unix:PATH`, `unix:///PATH`, a bare absolute path, or `HOST:PORT`.
    /// Nothing is sent before its first call.
    pub fn connect(address: impl Into<String>) -> Result<Self, ConfigError> {
        Self::builder(address).connect()
    }

    /// A client with other than the default settings.
    pub fn builder(address: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(address.into())
    }

    /// Freezes a set of file systems, all or none, for as long as the returned hold lives; answers
    /// when all are frozen.
    ///
    /// The hold ends, and they are thawed, when it is released or dropped, this process ends for any
    /// reason or stops answering for about 2 s, or the deadline passes. Dropping the future gives up
    /// and leaves nothing frozen.
    pub async fn hold(
        &self,
        targets: impl Into<Targets>,
        options: HoldOptions,
    ) -> Result<Hold, Error> {
        let targets = targets.into();
        let max_hold = options.behaviour.max_hold(options.settings.ttl);
        let mut open = options.open(max_hold);
        open.targets = targets.named;
        open.all_freezable = targets.all_freezable;
        Opening {
            open,
            until_frozen: options.freezes(),
            limit: options
                .settings
                .freezing_time()
                .saturating_add(self.0.timeout),
            behaviour: options.behaviour,
            max_hold,
            timeout: self.0.timeout,
        }
        .run(self.grpc())
        .await
    }

    /// Runs `body` while a hold keeps the targets frozen; answers what it returned and the receipt.
    ///
    /// Fails with the error of `body` as it is; else with what [`Hold::release`] fails with. The
    /// hold is released in any case, also where `body` panics. A hold that breaks does not end
    /// `body`: give what it does to [`Hold::unless_broken`].
    ///
    /// ```no_run
    /// # async fn snapshot() -> Result<(), fsfreezed::Error> { Ok(()) }
    /// # async fn example(client: fsfreezed::Client) -> Result<(), fsfreezed::Error> {
    /// use fsfreezed::HoldOptions;
    ///
    /// let options = HoldOptions::new().purpose("nightly snapshot");
    /// let (_, receipt) = client
    ///     .with_hold("/srv", options, async |hold| hold.unless_broken(snapshot()).await?)
    ///     .await?;
    /// println!("{}", receipt.verdict);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn with_hold<T, E: From<Error>>(
        &self,
        targets: impl Into<Targets>,
        options: HoldOptions,
        body: impl AsyncFnOnce(&Hold) -> Result<T, E>,
    ) -> Result<(T, Receipt), E> {
        let hold = self.hold(targets, options).await?;
        match body(&hold).await {
            Ok(value) => Ok((value, hold.release().await?)),
            Err(error) => {
                // Whether the freeze held is of no consequence any more, but that it is over is.
                let _ = hold.release().await;
                Err(error)
            }
        }
    }

    /// Takes a living or lingering hold over, without a gap, by its [`id`](Hold::id) and
    /// [`resume_token`](Hold::resume_token). The stream that had it ends with
    /// [`HoldTakenOver`](crate::Reason::HoldTakenOver).
    pub async fn resume(
        &self,
        hold_id: impl Into<String>,
        resume_token: impl Into<String>,
        options: ResumeOptions,
    ) -> Result<Hold, Error> {
        let open = pb::HoldOpen {
            resume_hold_id: hold_id.into(),
            resume_token: resume_token.into(),
            ttl: options.ttl.map(duration),
            linger: options.linger.map(duration),
            ..Default::default()
        };
        Opening {
            open,
            until_frozen: false,
            limit: self.0.timeout,
            max_hold: options.behaviour.max_hold(options.ttl),
            behaviour: options.behaviour,
            timeout: self.0.timeout,
        }
        .run(self.grpc())
        .await
    }

    pub(crate) fn within<T>(
        &self,
        call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    ) -> impl Future<Output = Result<T, Error>> {
        within(self.0.timeout, call)
    }

    pub(crate) fn request<T>(&self, message: T) -> tonic::Request<T> {
        request(message, self.0.timeout)
    }

    pub(crate) fn channel(&self) -> Channel {
        let channel = self
            .0
            .channel
            .get_or_init(|| self.0.endpoint.connect_lazy());
        channel.clone()
    }

    fn grpc(&self) -> FreezeServiceClient<Channel> {
        FreezeServiceClient::new(self.channel()).max_decoding_message_size(LONGEST_MESSAGE)
    }
}

fn given<P, T: Decode<P>>(field: Option<P>, rpc: &str) -> Result<T, Error> {
    let missing = || {
        Error::protocol(format!(
            "the service answered {rpc} without what it is about"
        ))
    };
    field.map(T::decode).ok_or_else(missing)
}
