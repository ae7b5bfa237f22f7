//! The client: one method for each thing that a service can be asked for.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use crate::address::Address;
use crate::channel::{Connection, LONGEST_MESSAGE, Tls, request, within};
use crate::convert::{Decode, duration};
use crate::error::ConfigError;
use crate::hold::{Hold, Opening};
use crate::pb::freeze_service_client::FreezeServiceClient;
use crate::watch::Watch;
use crate::{
    Error, FilesystemInfo, ForcedThaw, FreezeOptions, FrozenStatus, HoldInfo, HoldOptions, Plan,
    Receipt, ResumeOptions, Target, Targets, ThawOptions, WatchOptions, pb,
};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// A silent service is noticed after 2 s. The longer part is the wait for an answer, because the HTTP/2
/// library looks at its clock before it reads: a program that stood still for as long as that finds
/// its own connection timed out.
const DEFAULT_KEEPALIVE_TIME: Duration = Duration::from_millis(500);
const DEFAULT_KEEPALIVE_TIMEOUT: Duration = Duration::from_millis(1_500);
/// A thaw waits for lower layers that are frozen.
const THAW_TIMEOUT: Duration = Duration::from_secs(60);
const PAGE_SIZE: i32 = 100;

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
        ClientBuilder {
            address: address.into(),
            timeout: DEFAULT_TIMEOUT,
            keepalive_time: DEFAULT_KEEPALIVE_TIME,
            keepalive_timeout: DEFAULT_KEEPALIVE_TIMEOUT,
            tls: None,
        }
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

    /// Freezes a set of file systems, all or none, until [`thaw`](Self::thaw) or the deadline,
    /// whatever becomes of this process.
    ///
    /// After [`Unreachable`](crate::Reason::Unreachable) or [`TimedOut`](crate::Reason::TimedOut) it
    /// is not known whether it froze: call again with the same
    /// [`request_id`](FreezeOptions::request_id). Dropping the future gives up and thaws.
    pub async fn freeze(
        &self,
        targets: impl Into<Targets>,
        options: FreezeOptions,
    ) -> Result<HoldInfo, Error> {
        let Targets {
            named,
            all_freezable,
        } = targets.into();
        let by_default = options
            .settings
            .freezing_time()
            .saturating_add(self.0.timeout);
        let limit = options.timeout.unwrap_or(by_default);
        let message = pb::FreezeRequest {
            targets: named,
            all_freezable,
            ..options.request()
        };
        let response = within(limit, self.grpc().freeze(request(message, limit))).await?;
        given(response.hold, "Freeze")
    }

    /// Ends a hold by its id; answers the receipt of what held.
    ///
    /// Fails with [`FreezeBroken`](crate::Reason::FreezeBroken),
    /// [`Unproven`](crate::Reason::Unproven) (unless accepted),
    /// [`HoldEnded`](crate::Reason::HoldEnded) ... with the receipt in the error: it is thawed all
    /// the same.
    pub async fn thaw(
        &self,
        hold_id: impl Into<String>,
        options: ThawOptions,
    ) -> Result<Receipt, Error> {
        let subject = pb::thaw_request::Subject::HoldId(hold_id.into());
        self.end(subject, options).await
    }

    /// As [`thaw`](Self::thaw), by what your own [`freeze`](Self::freeze) froze.
    pub async fn thaw_target(
        &self,
        target: impl Into<Target>,
        options: ThawOptions,
    ) -> Result<Receipt, Error> {
        let subject = pb::thaw_request::Subject::Target(target.into().0);
        self.end(subject, options).await
    }

    async fn end(
        &self,
        subject: pb::thaw_request::Subject,
        options: ThawOptions,
    ) -> Result<Receipt, Error> {
        let message = pb::ThawRequest {
            subject: Some(subject),
            force: false,
        };
        let limit = options.timeout.unwrap_or(THAW_TIMEOUT);
        let response = within(limit, self.grpc().thaw(request(message, limit))).await?;
        given::<_, Receipt>(response.receipt, "Thaw")?
            .judged(options.accept_unproven.unwrap_or(false))
    }

    /// For administrators: thaws a file system that another tool froze, or that was unmounted while
    /// frozen.
    pub async fn force_thaw(&self, target: impl Into<Target>) -> Result<ForcedThaw, Error> {
        let message = pb::ThawRequest {
            subject: Some(pb::thaw_request::Subject::Target(target.into().0)),
            force: true,
        };
        let call = request(message, THAW_TIMEOUT);
        let response = within(THAW_TIMEOUT, self.grpc().thaw(call)).await?;
        given(response.forced, "Thaw")
    }

    /// Sets a new deadline, `ttl` from now; `None`: the ttl in effect. Answers the hold with the
    /// deadline that was granted.
    pub async fn renew(
        &self,
        hold_id: impl Into<String>,
        ttl: impl Into<Option<Duration>>,
    ) -> Result<HoldInfo, Error> {
        let message = pb::RenewHoldRequest {
            hold_id: hold_id.into(),
            ttl: ttl.into().map(duration),
        };
        let response = self
            .within(self.grpc().renew_hold(self.request(message)))
            .await?;
        given(response.hold, "RenewHold")
    }

    /// The kernel's truth about one file system or block device, whoever froze it. Never blocks,
    /// changes nothing.
    pub async fn is_frozen(&self, target: impl Into<Target>) -> Result<FrozenStatus, Error> {
        let message = pb::IsFrozenRequest {
            target: Some(target.into().0),
        };
        let response = self
            .within(self.grpc().is_frozen(self.request(message)))
            .await?;
        Ok(Decode::decode(response))
    }

    /// What a hold would freeze, in which order, and what it would be refused for. Freezes nothing.
    pub async fn plan(&self, targets: impl Into<Targets>) -> Result<Plan, Error> {
        let Targets {
            named,
            all_freezable,
        } = targets.into();
        let message = pb::PlanFreezeRequest {
            targets: named,
            all_freezable,
        };
        let response = self
            .within(self.grpc().plan_freeze(self.request(message)))
            .await?;
        given(response.plan, "PlanFreeze")
    }

    /// Every local file system: can it be frozen, is it, by whom. Asks page by page.
    pub async fn list_filesystems(&self) -> Result<Vec<FilesystemInfo>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = pb::ListFilesystemsRequest {
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = self
                .within(self.grpc().list_filesystems(self.request(message)))
                .await?;
            all.extend(page.filesystems.into_iter().map(FilesystemInfo::decode));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// One hold, live or ended; an ended one with its receipt.
    pub async fn get_hold(&self, hold_id: impl Into<String>) -> Result<HoldInfo, Error> {
        let message = pb::GetHoldRequest {
            hold_id: hold_id.into(),
        };
        let response = self
            .within(self.grpc().get_hold(self.request(message)))
            .await?;
        given(response.hold, "GetHold")
    }

    /// Live holds and ended ones, newest first. Asks page by page.
    pub async fn list_holds(&self) -> Result<Vec<HoldInfo>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = pb::ListHoldsRequest {
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = self
                .within(self.grpc().list_holds(self.request(message)))
                .await?;
            all.extend(page.holds.into_iter().map(HoldInfo::decode));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Tells of holds: first the whole picture, then each change, until it is dropped.
    pub async fn watch(&self, options: WatchOptions) -> Result<Watch, Error> {
        let message = pb::WatchHoldsRequest {
            include_ended: options.include_ended,
        };
        // Without a deadline, which would end the watch.
        let events = self.grpc().watch_holds(message).await?.into_inner();
        Ok(Watch::new(events))
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
