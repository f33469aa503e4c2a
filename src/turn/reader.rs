//! Reads one turn: as a stream, as text, and as a result.

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem::take,
    task::{Context, Poll},
    time::Duration,
};

use tokio::runtime::Handle;

use super::inactivity::Inactivity;
use crate::{
    client::{NotificationStream, decode_next},
    collector::Collector,
    error::{Error, Result},
    generated::v2_all::ServerNotification,
    result::{ChatContinuation, ChatMode, RunResult},
    rpc::Payload,
};

/// What a reader makes of each notification before it looks at it.
pub(crate) trait MapPayload {
    /// Puts what is to be read in the place of a notification; `false` passes it over.
    ///
    /// # Errors
    ///
    /// Any error ends the stream.
    fn map(&mut self, payload: &mut Payload) -> Result<bool>;

    /// A notification that is read though the server has sent none.
    fn poll_own(&mut self, _cx: &mut Context<'_>) -> Poll<Payload> {
        Poll::Pending
    }

    /// The id by which the server knows the turn, if it is not that of the reader.
    fn server_turn(&self) -> Option<String> {
        None
    }
}

/// A turn is read as it is.
impl MapPayload for () {
    fn map(&mut self, _payload: &mut Payload) -> Result<bool> {
        Ok(true)
    }
}

/// Notifications up to `turn/completed`, from which the result is gathered on the way.
pub(crate) struct TurnReader<M = ()> {
    notifications: NotificationStream,
    map: M,
    collector: Collector,
    /// Why nothing more can be read, though more may come.
    failed: Option<Error>,
    /// How long the turn may be silent, and where it is read on after that.
    inactivity: Option<(Inactivity, ChatContinuation)>,
    /// Whether the stream has given its last item.
    ended: bool,
}

impl<M: MapPayload> TurnReader<M> {
    pub(crate) fn new(notifications: NotificationStream, map: M) -> Self {
        Self::resume(notifications, map, Collector::default())
    }

    /// One that goes on from what was gathered before.
    pub(crate) fn resume(notifications: NotificationStream, map: M, collector: Collector) -> Self {
        Self { notifications, map, collector, failed: None, inactivity: None, ended: false }
    }

    /// What another may go on from.
    pub(crate) fn into_parts(self) -> (NotificationStream, Collector) {
        (self.notifications, self.collector)
    }

    /// Has notifications read again, before all others, by somebody who had gathered this before.
    pub(crate) fn put_back(&mut self, payloads: VecDeque<Payload>, collector: Collector) {
        self.notifications.subscription().put_back(payloads);
        self.collector = collector;
    }

    /// Has [`Error::TurnInactive`] told after each `limit` without an event; `None` for never.
    pub(crate) fn limit_silence(
        &mut self,
        limit: Option<Duration>,
        runtime: Handle,
        mut continuation: ChatContinuation,
    ) {
        continuation.set_limit(limit);
        self.inactivity = limit.map(|limit| (Inactivity::new(limit, runtime), continuation));
    }

    /// How long the turn may be silent.
    pub(crate) fn silence_limit(&self) -> Option<Duration> {
        self.inactivity.as_ref().map(|(inactivity, _)| inactivity.limit())
    }

    pub(crate) fn map(&self) -> &M {
        &self.map
    }

    /// Whether the end of the turn was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.collector.is_complete()
    }

    /// Whether the stream has given its last item.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next notification; `None` after the end.
    pub(crate) async fn next(&mut self) -> Option<Result<ServerNotification>> {
        poll_fn(|cx| self.poll_decoded(cx)).await
    }

    pub(crate) fn poll_decoded(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<ServerNotification>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.poll_payload(cx).map(|next| decode_next(next?, &mut self.ended))
    }

    /// The next piece of the agent's messages; `None` after the end.
    pub(crate) async fn next_text(&mut self) -> Option<Result<String>> {
        loop {
            match self.next().await? {
                Ok(ServerNotification::ItemAgentMessageDelta(message)) => {
                    return Some(Ok(message.delta));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Waits for the end, and gives the result, any number of times.
    pub(crate) async fn run(&mut self, thread_id: &str, id: &str) -> Result<RunResult> {
        self.finish().await?;
        self.collector.clone().into_result(thread_id, id)
    }

    /// What was gathered.
    pub(crate) fn collected(&self) -> &Collector {
        &self.collector
    }

    /// The same for a reader that is not needed any more.
    pub(crate) fn take_collected(&mut self) -> Collector {
        take(&mut self.collector)
    }

    /// Takes the turn as it is for all that there is to be read of it.
    pub(crate) fn give_up(&mut self) {
        self.collector.give_up();
    }

    /// What ends the reading, after what is unread.
    pub(crate) fn closer(&mut self) -> impl Fn() + Send + Sync + use<M> {
        self.notifications.subscription().closer()
    }

    /// Waits for the end, and decodes what counts on the way.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        while !self.collector.is_complete() {
            match poll_fn(|cx| self.poll_payload(cx)).await {
                Some(Err(Error::TurnInactive { idle, mut continuation })) => {
                    continuation.set_mode(ChatMode::Once);
                    return Err(Error::TurnInactive { idle, continuation });
                }
                Some(Err(error)) if error.ends_stream() => return Err(error),
                Some(_) => self.collector.read(),
                None => break,
            }
        }
        self.collector.read();
        Ok(())
    }

    /// The next notification, undecoded. What ended the stream comes again on each call.
    pub(crate) fn poll_payload(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Payload>>> {
        if let Some(error) = &self.failed {
            return Poll::Ready(Some(Err(error.clone())));
        }
        while !self.collector.is_complete() {
            let mut polled = self.notifications.poll_payload(cx);
            let is_read = match &mut polled {
                Poll::Ready(Some(Ok(payload))) => {
                    // What is told of the thread alone is no event of its turn.
                    if let Some((inactivity, _)) = &mut self.inactivity
                        && payload.turn_id().is_some()
                    {
                        inactivity.hear();
                    }
                    self.map.map(payload)
                }
                Poll::Pending => match self.map.poll_own(cx) {
                    Poll::Ready(own) => {
                        polled = Poll::Ready(Some(Ok(own)));
                        Ok(true)
                    }
                    Poll::Pending => return self.poll_silence(cx),
                },
                _ => return polled,
            };
            match is_read {
                Ok(false) => {}
                Ok(true) => {
                    if let Poll::Ready(Some(Ok(payload))) = &polled {
                        self.collector.add(payload);
                    }
                    return polled;
                }
                Err(error) => {
                    self.failed = Some(error.clone());
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }
    /// The error that tells of a silent turn.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Payload>>> {
        let Some((inactivity, continuation)) = &mut self.inactivity else {
            return Poll::Pending;
        };
        let subscription = self.notifications.subscription();
        inactivity.poll_silence(cx, || subscription.take_passed_over()).map(|idle| {
            let mut continuation = continuation.clone();
            if let Some(turn) = self.map.server_turn() {
                continuation.set_turn(turn);
            }
            Some(Err(Error::TurnInactive { idle, continuation }))
        })
    }
}
