//! Holds that are tied to their deadline only.

use std::time::Duration;

use super::{Client, given};
use crate::channel::{request, within};
use crate::convert::duration;
use crate::{
    Error, ForcedThaw, FreezeOptions, HoldInfo, Receipt, Target, Targets, ThawOptions, pb,
};

/// A thaw waits for lower layers that are frozen.
const THAW_TIMEOUT: Duration = Duration::from_secs(60);

impl Client {
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
}
