//! One HoldFreeze stream: commands and their answers by number, and one end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

use crate::pb::hold_freeze_request::Command;
use crate::pb::hold_freeze_response::Event;
use crate::{Code, Error, Reason, Receipt, pb};

/// How the stream ended. `error` is None for status OK; the receipt is there where the service told
/// it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) error: Option<Error>,
    pub(crate) receipt: Option<Receipt>,
}

impl Outcome {
    pub(crate) fn new(error: Option<Error>, receipt: Option<Receipt>) -> Self {
        let error = error.map(|error| error.with_receipt(receipt.clone()));
        let of_error = || error.as_ref().and_then(|error| error.receipt().cloned());
        Self {
            receipt: receipt.or_else(of_error),
            error,
        }
    }

    /// What a command meets when the hold has ended.
    pub(crate) fn error_after(&self) -> Error {
        self.error.clone().unwrap_or_else(|| {
            Error::new(
                Reason::HoldEnded,
                Code::FailedPrecondition,
                "the hold has ended",
            )
            .with_receipt(self.receipt.clone())
        })
    }
}

/// The half of a stream that commands are given to. Whoever reads the other half tells it what he
/// reads.
pub(crate) struct HoldStream {
    state: Mutex<State>,
    outcome: watch::Sender<Option<Arc<Outcome>>>,
    cancel: Notify,
}

struct State {
    /// Unbounded, but everybody who sends waits for his answer. None: the stream has ended.
    commands: Option<mpsc::UnboundedSender<pb::HoldFreezeRequest>>,
    last_seq: u64,
    pending: HashMap<u64, mpsc::UnboundedSender<Event>>,
}

impl HoldStream {
    /// `last_seq`: the number of the latest command that was sent.
    pub(crate) fn new(
        commands: mpsc::UnboundedSender<pb::HoldFreezeRequest>,
        last_seq: u64,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                commands: Some(commands),
                last_seq,
                pending: HashMap::new(),
            }),
            outcome: watch::Sender::new(None),
            cancel: Notify::new(),
        }
    }

    pub(crate) fn outcome(&self) -> Option<Arc<Outcome>> {
        self.outcome.borrow().clone()
    }

    pub(crate) async fn ended(&self) -> Arc<Outcome> {
        first(self.outcome.subscribe()).await
    }

    /// Sends a command whose answer nobody waits for.
    pub(crate) fn send(&self, command: Command) {
        self.state().send(command);
    }

    /// Sends a command and waits for the answer that `pick` takes. Fails when it is refused, the
    /// stream ends, or `limit` is over.
    pub(crate) async fn request<T>(
        &self,
        command: Command,
        limit: Duration,
        pick: impl Fn(Event) -> Option<T>,
    ) -> Result<T, Error> {
        let mut asked = Asked::new(self, command);
        let answer = async {
            while let Some(event) = asked.answers.recv().await {
                match event {
                    Event::Failed(failed) => return Err(refusal(failed)),
                    event => {
                        if let Some(answer) = pick(event) {
                            return Ok(answer);
                        }
                    }
                }
            }
            Err(self.ended().await.error_after())
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::timed_out(format!("no answer within {limit:?}"))),
        }
    }

    /// Gives an event to whoever asked for it.
    pub(crate) fn answer(&self, seq: u64, event: Event) {
        if let Some(asked) = self.state().pending.get(&seq) {
            // Who gave up waiting does not miss it.
            let _ = asked.send(event);
        }
    }

    /// Ends the stream without a verdict.
    pub(crate) fn cancel(&self) {
        self.cancel.notify_one();
    }

    pub(crate) async fn cancelled(&self) {
        self.cancel.notified().await;
    }

    /// Tells the end, once.
    pub(crate) fn end(&self, outcome: Arc<Outcome>) {
        self.outcome.send_replace(Some(outcome));
        let mut state = self.state();
        state.commands = None;
        state.pending.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock can panic halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn send(&mut self, command: Command) {
        self.last_seq += 1;
        if let Some(commands) = &self.commands {
            // A stream that has just ended takes nothing any more, and its end says so.
            let _ = commands.send(pb::HoldFreezeRequest {
                seq: self.last_seq,
                command: Some(command),
            });
        }
    }
}

/// A command that somebody waits for; dropped, nobody does.
struct Asked<'a> {
    stream: &'a HoldStream,
    seq: u64,
    answers: mpsc::UnboundedReceiver<Event>,
}

impl<'a> Asked<'a> {
    fn new(stream: &'a HoldStream, command: Command) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        let mut state = stream.state();
        state.send(command);
        let seq = state.last_seq;
        if state.commands.is_some() {
            state.pending.insert(seq, sender);
        }
        Self {
            stream,
            seq,
            answers,
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.stream.state().pending.remove(&self.seq);
    }
}

/// The value, as soon as there is one; never completes where there will be none any more.
pub(crate) async fn first<T: Clone>(mut told: watch::Receiver<Option<T>>) -> T {
    let value = told.wait_for(Option::is_some).await;
    // What `wait_for` lends is not Send, so it must be gone before the await.
    let value = value.ok().and_then(|value| value.clone());
    match value {
        Some(value) => value,
        None => std::future::pending().await,
    }
}

fn refusal(failed: pb::HoldFailed) -> Error {
    let reason = Reason::from_number(failed.reason);
    Error::new(reason, Code::FailedPrecondition, failed.message).with_metadata(failed.metadata)
}
