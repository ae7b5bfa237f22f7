//! Watching all holds of a service.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio_stream::Stream;
use tonic::Streaming;

use crate::convert::Decode;
use crate::pb::watch_holds_response::Event;
use crate::{Error, HoldInfo, pb};

/// What a [`Watch`] tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// A hold as it is now: one of the first picture, a new one, or one that changed or ended.
    Hold(Box<HoldInfo>),
    /// The first picture is complete; what follows are changes. Told once.
    PictureComplete,
}

/// Tells of holds until it is dropped: made by [`Client::watch`](crate::Client::watch).
///
/// It is a [`Stream`] of events. Who reads slowly is told the latest state of each hold, and may miss
/// those between.
#[derive(Debug)]
pub struct Watch(Streaming<pb::WatchHoldsResponse>);

impl Watch {
    pub(crate) fn new(events: Streaming<pb::WatchHoldsResponse>) -> Self {
        Self(events)
    }

    /// The next event; `None` where the service ended the watch. Cancel safe.
    pub async fn next_event(&mut self) -> Result<Option<WatchEvent>, Error> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }
}

impl Stream for Watch {
    type Item = Result<WatchEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let event = match ready!(Pin::new(&mut self.0).poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(status)) => return Poll::Ready(Some(Err(status.into()))),
                Some(Ok(response)) => response.event,
            };
            let told = match event {
                Some(Event::Hold(hold)) => WatchEvent::Hold(Box::new(Decode::decode(hold))),
                Some(Event::PictureComplete(_)) => WatchEvent::PictureComplete,
                // What only a newer service tells.
                None => continue,
            };
            return Poll::Ready(Some(Ok(told)));
        }
    }
}
