//! A hold tied to its stream.

mod life;
mod opening;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::convert::{Decode, duration};
use crate::pb::hold_freeze_request::Command;
use crate::pb::hold_freeze_response::Event;
use crate::stream::first;
use crate::{Error, FrozenBy, HoldInfo, HoldStatus, Limits, Plan, Receipt, ReleaseOptions, pb};
use life::Life;
pub(crate) use opening::Opening;

/// How long the thaw may take: it waits for lower layers that are frozen.
const THAW_TIMEOUT: Duration = Duration::from_secs(60);
/// The contract's default, where the service did not tell the one in effect.
const DEFAULT_FREEZE_TIMEOUT: Duration = Duration::from_secs(30);

/// Keeps a set of file systems frozen until it is released or dropped, its process ends, its
/// connection breaks, or its deadline passes.
///
/// Made by [`Client::hold`](crate::Client::hold) and [`Client::resume`](crate::Client::resume). End
/// it with [`release`](Self::release), which tells whether it held: only then is a copy worth
/// keeping. Dropping it thaws too, in the background, but tells nobody.
///
/// A hold can be shared (`&Hold`, `Arc<Hold>`): all of its methods take `&self`.
#[must_use = "a hold that is dropped is thawed"]
pub struct Hold {
    life: Arc<Life>,
    id: String,
    resume_token: String,
    limits: Limits,
    plan: Option<Plan>,
}

impl Hold {
    /// Opaque; give it to programs that ask about the hold.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Secret: lets another stream of the same owner take the hold over. Empty where the service
    /// does not serve that.
    pub fn resume_token(&self) -> &str {
        &self.resume_token
    }

    /// The service's limits that the times were clamped to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What was to be frozen, and in which order, where the service plans.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// The hold as the service last told all of it: when it was opened, and at each freeze.
    pub fn info(&self) -> HoldInfo {
        self.life.info()
    }

    /// The deadline by the service's wall clock, with all renewals. None: none runs.
    pub fn expire_time(&self) -> Option<SystemTime> {
        self.life.expire_time()
    }

    /// The receipt, once the hold has ended and the service could tell.
    pub fn receipt(&self) -> Option<Receipt> {
        self.life.stream.outcome()?.receipt.clone()
    }

    /// Completes at once when the hold breaks, expires, is ended by somebody else, or its stream is
    /// lost: what is copied from then on is worthless. Never completes after
    /// [`release`](Self::release) or [`cancel`](Self::cancel).
    ///
    /// Any number of tasks may wait for it; it borrows nothing.
    pub fn broken(&self) -> impl Future<Output = Error> + Send + use<> {
        first(self.life.broken.subscribe())
    }

    /// Fails with the error that broke the hold; does nothing while it holds.
    pub fn check(&self) -> Result<(), Error> {
        match &*self.life.broken.borrow() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Runs a future to its end, or drops it the moment that the hold breaks.
    pub async fn unless_broken<T>(&self, future: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            error = self.broken() => Err(error),
            value = future => Ok(value),
        }
    }

    /// Sets a new deadline, `ttl` from now; `None`: the ttl in effect. Answers the deadline that was
    /// granted, which may be sooner: the service clamps it to its limits.
    ///
    /// Fails with [`FreezeBroken`](crate::Reason::FreezeBroken),
    /// [`FrozenTooLong`](crate::Reason::FrozenTooLong) or [`NotFrozen`](crate::Reason::NotFrozen).
    pub async fn renew(
        &self,
        ttl: impl Into<Option<Duration>>,
    ) -> Result<Option<SystemTime>, Error> {
        self.life.renew(ttl.into()).await
    }

    /// What this hold holds, and what the kernel says.
    pub async fn status(&self) -> Result<HoldStatus, Error> {
        let command = Command::Status(pb::HoldStatusCommand {});
        let pick = |event| match event {
            Event::Status(status) => Some(Decode::decode(status)),
            _ => None,
        };
        let life = &self.life;
        life.stream.request(command, life.timeout, pick).await
    }

    /// Freezes all file systems of the hold (again): a new interval in the receipt, with a new ttl.
    /// Answers when all are frozen; at once while they are.
    pub async fn freeze(&self) -> Result<HoldInfo, Error> {
        let life = &self.life;
        let effective = life.info().effective;
        let presync = effective.presync.and_then(|presync| presync.timeout);
        let limit = effective
            .freeze_timeout
            .unwrap_or(DEFAULT_FREEZE_TIMEOUT)
            .saturating_add(presync.unwrap_or_default())
            .saturating_add(life.timeout);
        let command = Command::Freeze(pb::HoldFreezeCommand {});
        let pick = |event| match event {
            Event::Frozen(frozen) => Some(frozen.hold),
            _ => None,
        };
        let hold = life.stream.request(command, limit, pick).await?;
        Ok(hold.map_or_else(|| life.info(), Decode::decode))
    }

    /// Drops this hold's part in the freeze but keeps the hold. Answers who else keeps any of it
    /// frozen.
    pub async fn thaw(&self) -> Result<Vec<FrozenBy>, Error> {
        let life = &self.life;
        life.stop_renewal();
        let command = Command::Thaw(pb::HoldThawCommand {});
        let pick = |event| match event {
            Event::Thawed(thawed) => Some(Decode::decode(thawed.still_frozen_by)),
            _ => None,
        };
        life.stream
            .request(command, life.timeout.max(THAW_TIMEOUT), pick)
            .await
    }

    /// Thaws, and answers the receipt of what held: frozen without a gap, and nothing changed, until
    /// now.
    ///
    /// Fails with [`FreezeBroken`](crate::Reason::FreezeBroken),
    /// [`Unproven`](crate::Reason::Unproven) (unless accepted),
    /// [`NotFrozen`](crate::Reason::NotFrozen) (never frozen),
    /// [`HoldExpired`](crate::Reason::HoldExpired), [`HoldEnded`](crate::Reason::HoldEnded) (somebody
    /// else ended it), [`Unreachable`](crate::Reason::Unreachable); the error carries the receipt
    /// where there is one. It is thawed in all of these cases. May be called again: the outcome is
    /// the same. Dropping the future does not stop the thaw.
    pub async fn release(&self) -> Result<Receipt, Error> {
        self.release_with(ReleaseOptions::new()).await
    }

    /// As [`release`](Self::release), with options.
    pub async fn release_with(&self, options: ReleaseOptions) -> Result<Receipt, Error> {
        let life = &self.life;
        let asked = life.release();
        let limit = options.timeout.unwrap_or(THAW_TIMEOUT);
        let Ok(outcome) = tokio::time::timeout(limit, life.stream.ended()).await else {
            // Nobody reads this stream any more; for the service the client is gone, and it thaws as
            // soon as it can.
            life.stream.cancel();
            return Err(Error::timed_out(format!(
                "no verdict within {limit:?}; the service goes on thawing"
            )));
        };
        if let Some(error) = &outcome.error {
            return Err(error.clone());
        }
        let missing = || Error::protocol("the stream ended without a receipt");
        let accept = options
            .accept_unproven
            .unwrap_or(life.behaviour.accept_unproven);
        let receipt = outcome
            .receipt
            .clone()
            .ok_or_else(missing)?
            .judged(accept)?;
        if !asked {
            // Ended well, but by another hand: what the owner did after that is not covered.
            return Err(outcome.error_after());
        }
        Ok(receipt)
    }

    /// Ends the hold at once without waiting for a verdict; the service thaws it.
    pub fn cancel(&self) {
        self.life.cancel();
    }
}

/// Thaws, in the background; does nothing after [`release`](Hold::release) or
/// [`cancel`](Hold::cancel).
impl Drop for Hold {
    fn drop(&mut self) {
        self.life.release();
    }
}

/// Without the token, which is secret.
impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold")
            .field("id", &self.id)
            .field("info", &self.info())
            .finish_non_exhaustive()
    }
}

fn timestamp(time: Option<prost_types::Timestamp>) -> Option<SystemTime> {
    Decode::decode(time)
}

fn renew_command(ttl: Option<Duration>) -> Command {
    Command::Renew(pb::HoldRenewCommand {
        ttl: ttl.map(duration),
    })
}
