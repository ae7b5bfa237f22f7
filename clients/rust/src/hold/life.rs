//! What goes on in a hold between its opening and its end: the stream is read, and the hold renewed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tonic::Streaming;
use tonic::transport::Channel;

use super::{renew_command, timestamp};
use crate::behaviour::{Behaviour, tell};
use crate::convert::Decode;
use crate::pb::freeze_service_client::FreezeServiceClient;
use crate::pb::hold_freeze_request::Command;
use crate::pb::hold_freeze_response::Event;
use crate::renewal::{Due, Renewal};
use crate::stream::{HoldStream, Outcome};
use crate::{Code, EndCause, Error, HoldInfo, HoldState, Reason, Receipt, pb};

pub(super) struct Life {
    pub(super) stream: HoldStream,
    pub(super) behaviour: Behaviour,
    max_hold: Duration,
    /// Taken over: its deadline may come before the first third of the ttl.
    resumed: bool,
    /// For each command.
    pub(super) timeout: Duration,
    pub(super) broken: watch::Sender<Option<Error>>,
    state: Mutex<State>,
}

struct State {
    info: HoldInfo,
    expire_time: Option<SystemTime>,
    /// The owner ended it, by `release` or `cancel`.
    ending: bool,
    renewal: Option<AbortHandle>,
}

impl Life {
    pub(super) fn new(
        stream: HoldStream,
        info: HoldInfo,
        behaviour: Behaviour,
        max_hold: Duration,
        resumed: bool,
        timeout: Duration,
    ) -> Self {
        Self {
            stream,
            behaviour,
            max_hold,
            resumed,
            timeout,
            broken: watch::Sender::new(None),
            state: Mutex::new(State {
                expire_time: info.expire_time,
                info,
                ending: false,
                renewal: None,
            }),
        }
    }

    /// Reads the stream in a task of its own from here on, so that an end is seen at once.
    pub(super) fn begin(
        self: Arc<Self>,
        responses: Streaming<pb::HoldFreezeResponse>,
        grpc: FreezeServiceClient<Channel>,
    ) -> Arc<Self> {
        // A hold that was taken over while frozen may get no `frozen` of its own.
        if self.info().state == HoldState::Frozen {
            self.start_renewal();
        }
        let reader = Reader {
            life: Arc::clone(&self),
            receipt: None,
        };
        tokio::spawn(reader.run(responses, grpc));
        self
    }

    pub(super) fn info(&self) -> HoldInfo {
        self.state().info.clone()
    }

    pub(super) fn expire_time(&self) -> Option<SystemTime> {
        self.state().expire_time
    }

    /// False: it had ended before anybody asked for it.
    pub(super) fn release(&self) -> bool {
        let mut state = self.state();
        if state.ending {
            return true;
        }
        if self.stream.outcome().is_some() {
            return false;
        }
        state.ending = true;
        state.stop_renewal();
        self.stream
            .send(Command::Release(pb::HoldReleaseCommand {}));
        true
    }

    pub(super) fn cancel(&self) {
        let mut state = self.state();
        state.ending = true;
        state.stop_renewal();
        self.stream.cancel();
    }

    pub(super) async fn renew(&self, ttl: Option<Duration>) -> Result<Option<SystemTime>, Error> {
        let pick = |event| match event {
            Event::Renewed(renewed) => Some(timestamp(renewed.expire_time)),
            _ => None,
        };
        self.stream
            .request(renew_command(ttl), self.timeout, pick)
            .await
    }

    pub(super) fn stop_renewal(&self) {
        self.state().stop_renewal();
    }

    fn start_renewal(self: &Arc<Self>) {
        let mut state = self.state();
        state.stop_renewal();
        if let Some(ttl) = state.info.effective.ttl
            && self.behaviour.auto_renew
            && !state.ending
        {
            let renewal = Renewal::new(ttl, self.max_hold);
            let task = tokio::spawn(Arc::clone(self).renew_until_over(renewal));
            state.renewal = Some(task.abort_handle());
        }
    }

    async fn renew_until_over(self: Arc<Self>, renewal: Renewal) {
        // tokio's clock is monotonic: a wall clock that is set must not end a hold.
        let start = Instant::now();
        let first = if self.resumed {
            Duration::ZERO
        } else {
            renewal.period()
        };
        let mut ticks = interval_at(start + first, renewal.period());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let due = renewal.due(start.elapsed());
            if !matches!(due, Due::Renew(_)) {
                // From here on the deadline is news.
                self.state().renewal = None;
            }
            let ttl = match due {
                Due::Renew(ttl) | Due::Last(ttl) => ttl,
                Due::Over => return,
            };
            if let Err(error) = self.renew(Some(ttl)).await
                // With the stream gone there is `broken`, and nothing left to renew.
                && self.stream.outcome().is_none()
            {
                tell(&self.behaviour.listeners.renew_failed, || error);
            }
            if matches!(due, Due::Last(_)) {
                return;
            }
        }
    }

    fn take(self: &Arc<Self>, seq: u64, event: Event) {
        // The hold first, so that whoever waits for the answer sees one that knows of it.
        match &event {
            Event::Progress(progress) => {
                let progress = || Decode::decode(progress.clone());
                tell(&self.behaviour.listeners.progress, progress);
            }
            Event::Frozen(frozen) => {
                if let Some(hold) = &frozen.hold {
                    let mut state = self.state();
                    state.info = Decode::decode(hold.clone());
                    state.expire_time = state.info.expire_time;
                }
                self.start_renewal();
            }
            Event::Renewed(renewed) => {
                if renewed.expire_time.is_some() {
                    self.state().expire_time = timestamp(renewed.expire_time);
                }
            }
            Event::Thawed(_) => self.state().expire_time = None,
            Event::Expiring(expiring) => {
                // With renewal under way this is no news.
                if self.state().renewal.is_none() {
                    let expire_time = || timestamp(expiring.expire_time);
                    tell(&self.behaviour.listeners.expiring, expire_time);
                }
            }
            Event::Broken(broken) => {
                let mut state = self.state();
                state.stop_renewal();
                if !state.ending {
                    self.break_with(broken_error(&state.info.hold_id, broken));
                }
            }
            Event::Opened(_) | Event::Status(_) | Event::Failed(_) | Event::Ended(_) => {}
        }
        self.stream.answer(seq, event);
    }

    fn end(&self, error: Option<Error>, receipt: Option<Receipt>) {
        let mut state = self.state();
        state.stop_renewal();
        state.expire_time = None;
        let error =
            error.map(|error| lost(error.with_receipt(receipt.clone()), &state.info.hold_id));
        let outcome = Arc::new(Outcome::new(error, receipt));
        if !state.ending {
            self.break_with(outcome.error_after());
        }
        self.stream.end(outcome);
    }

    /// The first error counts.
    fn break_with(&self, error: Error) {
        self.broken.send_if_modified(|broken| {
            let first = broken.is_none();
            broken.get_or_insert(error);
            first
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn stop_renewal(&mut self) {
        if let Some(renewal) = self.renewal.take() {
            renewal.abort();
        }
    }
}

/// Reads the stream. Dropped before its end, with its runtime or by a listener that panics, it ends
/// the hold for everybody who waits.
struct Reader {
    life: Arc<Life>,
    receipt: Option<Receipt>,
}

impl Reader {
    /// The client is kept so that its connection lives as long as the hold.
    async fn run(
        mut self,
        mut responses: Streaming<pb::HoldFreezeResponse>,
        _grpc: FreezeServiceClient<Channel>,
    ) {
        let error = loop {
            let read = tokio::select! {
                biased;
                () = self.life.stream.cancelled() => {
                    break Some(Error::cancelled("cancelled by its caller"));
                }
                read = responses.message() => read,
            };
            match read {
                Ok(Some(pb::HoldFreezeResponse { seq, event })) => {
                    if let Some(Event::Ended(pb::HoldEnded { receipt })) = &event {
                        self.receipt = Decode::decode(receipt.clone());
                    }
                    // What only a newer service tells is passed over.
                    if let Some(event) = event {
                        self.life.take(seq, event);
                    }
                }
                Ok(None) => break None,
                Err(status) => break Some(status.into()),
            }
        };
        // The service is told first: a hold that counts as ended must not be kept by us.
        drop(responses);
        self.life.end(error, self.receipt.take());
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if self.life.stream.outcome().is_none() {
            let error = Error::cancelled("the task that reads the hold's stream is gone");
            self.life.end(Some(error), self.receipt.take());
        }
    }
}

/// Says where the receipt is to be had when the service could not tell it.
pub(super) fn lost(error: Error, hold_id: &str) -> Error {
    if *error.reason() != Reason::Unreachable || error.receipt().is_some() {
        return error;
    }
    error
        .with_message(|message| {
            format!(
                "{message}; the service thaws it, and get_hold({hold_id:?}) has its receipt as soon as it \
                 answers again"
            )
        })
        .with_metadata([("hold_id", hold_id)])
}

fn broken_error(hold_id: &str, broken: &pb::HoldBroken) -> Error {
    let filesystem = broken.filesystem.as_ref();
    let path = filesystem.map_or("", |filesystem| &filesystem.mount_point);
    let cause = EndCause::decode(broken.cause);
    let what = match cause {
        EndCause::ForeignThaw => "was thawed by somebody else".to_owned(),
        EndCause::DeviceFailed => "lost its device".to_owned(),
        other => format!("broke ({other})"),
    };
    let message = format!("{path} {what} while it was held");
    Error::new(Reason::FreezeBroken, Code::Aborted, message).with_metadata([
        ("hold_id", hold_id.to_owned()),
        ("cause", cause.to_string()),
        ("path", path.to_owned()),
    ])
}
