//! From the first message of a stream to the hold that was asked for.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Streaming;
use tonic::transport::Channel;

use super::Hold;
use super::life::{Life, lost};
use crate::behaviour::{Behaviour, tell};
use crate::convert::Decode;
use crate::pb::freeze_service_client::FreezeServiceClient;
use crate::pb::hold_freeze_request::Command;
use crate::pb::hold_freeze_response::Event;
use crate::stream::{HoldStream, Outcome};
use crate::{Error, HoldInfo, pb};

/// The number of `open`, the first command.
const OPEN_SEQ: u64 = 1;

pub(crate) struct Opening {
    pub(crate) open: pb::HoldOpen,
    pub(crate) behaviour: Behaviour,
    pub(crate) max_hold: Duration,
    /// Until all is frozen; else only until the hold exists.
    pub(crate) until_frozen: bool,
    /// Until opening is given up.
    pub(crate) limit: Duration,
    /// For each later command.
    pub(crate) timeout: Duration,
}

impl Opening {
    /// The stream is read here, and not in a task of its own, until the hold is what was asked for:
    /// so dropping this future cancels the call, and the service thaws.
    pub(crate) async fn run(self, grpc: FreezeServiceClient<Channel>) -> Result<Hold, Error> {
        let limit = self.limit;
        match tokio::time::timeout(limit, self.open(grpc)).await {
            Ok(hold) => hold,
            Err(_) => Err(Error::timed_out(format!("no hold within {limit:?}"))),
        }
    }

    async fn open(self, mut grpc: FreezeServiceClient<Channel>) -> Result<Hold, Error> {
        let (commands, requests) = mpsc::unbounded_channel();
        // Before the call, because that waits for the service's first message.
        let open = pb::HoldFreezeRequest {
            seq: OPEN_SEQ,
            command: Some(Command::Open(self.open)),
        };
        let queued = commands.send(open);
        debug_assert!(queued.is_ok(), "the receiver is still ours");
        let requests = UnboundedReceiverStream::new(requests);
        // Without a deadline, which would shorten the hold.
        let mut responses = grpc.hold_freeze(requests).await?.into_inner();

        let opened = match next(&mut responses).await {
            Ok(Some(Event::Opened(opened))) => opened,
            Ok(None) => return Err(Outcome::new(None, None).error_after()),
            Ok(Some(event)) => {
                let text = format!("`opened` was expected first, not {event:?}");
                return Err(Error::protocol(text));
            }
            Err(error) => return Err(error),
        };
        let missing = || Error::protocol("`opened` without a hold");
        let mut info = HoldInfo::decode(opened.hold.ok_or_else(missing)?);
        if self.until_frozen {
            let mut receipt = None;
            loop {
                match next(&mut responses).await {
                    Ok(Some(Event::Frozen(frozen))) => {
                        info = frozen.hold.map_or(info, Decode::decode);
                        break;
                    }
                    Ok(Some(Event::Progress(progress))) => {
                        tell(&self.behaviour.listeners.progress, || {
                            Decode::decode(progress)
                        });
                    }
                    Ok(Some(Event::Ended(ended))) => receipt = ended.receipt.map(Decode::decode),
                    Ok(Some(_)) => {}
                    Ok(None) => return Err(Outcome::new(None, receipt).error_after()),
                    Err(error) => return Err(lost(error.with_receipt(receipt), &info.hold_id)),
                }
            }
        }
        Ok(Hold {
            id: info.hold_id.clone(),
            resume_token: opened.resume_token,
            limits: Decode::decode(opened.limits),
            plan: Decode::decode(opened.plan),
            life: Life::begin(
                Arc::new(Life::new(
                    HoldStream::new(commands, OPEN_SEQ),
                    info,
                    self.behaviour,
                    self.max_hold,
                    self.timeout,
                )),
                responses,
                grpc,
            ),
        })
    }
}

/// The next event that this version knows; None at the end of the stream.
async fn next(responses: &mut Streaming<pb::HoldFreezeResponse>) -> Result<Option<Event>, Error> {
    loop {
        match responses.message().await? {
            None => return Ok(None),
            Some(response) => {
                if response.event.is_some() {
                    return Ok(response.event);
                }
            }
        }
    }
}
