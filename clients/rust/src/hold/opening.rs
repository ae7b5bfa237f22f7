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

    async fn open(mut self, mut grpc: FreezeServiceClient<Channel>) -> Result<Hold, Error> {
        let (commands, requests) = mpsc::unbounded_channel();
        let resumed = !self.open.resume_hold_id.is_empty();
        // Before the call, because that waits for the service's first message.
        let open = pb::HoldFreezeRequest {
            seq: OPEN_SEQ,
            command: Some(Command::Open(std::mem::take(&mut self.open))),
        };
        let queued = commands.send(open);
        debug_assert!(queued.is_ok(), "the receiver is still ours");
        let requests = UnboundedReceiverStream::new(requests);
        // Without a deadline, which would shorten the hold.
        let mut responses = grpc.hold_freeze(requests).await?.into_inner();

        let (opened, info) = self.wait(&mut responses).await?;
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
                    resumed,
                    self.timeout,
                )),
                responses,
                grpc,
            ),
        })
    }
    /// Until the hold is what was asked for.
    async fn wait(
        &self,
        responses: &mut Streaming<pb::HoldFreezeResponse>,
    ) -> Result<(pb::HoldOpened, HoldInfo), Error> {
        let mut opened: Option<(pb::HoldOpened, HoldInfo)> = None;
        let mut receipt = None;
        loop {
            let response = match responses.message().await {
                Ok(Some(response)) => response,
                Ok(None) => return Err(Outcome::new(None, receipt).error_after()),
                Err(status) => {
                    let error = Error::from(status).with_receipt(receipt);
                    return Err(match opened {
                        Some((_, info)) => lost(error, &info.hold_id),
                        None => error,
                    });
                }
            };
            match response.event {
                Some(Event::Opened(mut told)) => {
                    let missing = || Error::protocol("`opened` without a hold");
                    let info = Decode::decode(told.hold.take().ok_or_else(missing)?);
                    if !self.until_frozen {
                        return Ok((told, info));
                    }
                    opened = Some((told, info));
                }
                Some(Event::Frozen(frozen)) => {
                    if let Some((opened, info)) = opened {
                        return Ok((opened, frozen.hold.map_or(info, Decode::decode)));
                    }
                }
                Some(Event::Progress(progress)) => {
                    let progress = || Decode::decode(progress);
                    tell(&self.behaviour.listeners.progress, progress);
                }
                Some(Event::Ended(ended)) => receipt = ended.receipt.map(Decode::decode),
                // What says nothing yet, and what only a newer service tells.
                _ => {}
            }
        }
    }
}
