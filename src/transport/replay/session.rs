//! How far a recorded session was played, and what is read and written to play it.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use serde_json::Value;
use tokio::time::{Instant, Sleep, sleep_until};

use super::event::{Event, Kind, What};
use crate::transport::{chunk::Message, halves::MessageWriter};

/// How far it was played.
pub(super) struct Session {
    events: Vec<Event>,
    /// What the client has not sent yet.
    unsent: VecDeque<usize>,
    /// The next event that may be one to be given.
    next: usize,
    /// What has happened last: its time in the transcript, and now.
    last: Option<(Duration, Instant)>,
    /// The ids by which the client calls its requests, by their position in the transcript.
    ids: BTreeMap<usize, Value>,
    failure: Option<String>,
    /// The reader, who waits for what is sent.
    waker: Option<Waker>,
}

/// What the reader is to do next.
enum Step {
    Give(Message),
    /// At this moment there is something to give.
    Pause(Instant),
    /// Something has to be sent first.
    Wait,
    End,
}

impl Session {
    pub(super) fn new(events: Vec<Event>) -> Self {
        let unsent = (0..).zip(&events).filter(|(_, event)| matches!(event.what, What::Sent(..)));
        Self {
            unsent: unsent.map(|(at, _)| at).collect(),
            next: 0,
            last: None,
            ids: BTreeMap::new(),
            failure: None,
            waker: None,
            events,
        }
    }

    /// What plays it.
    pub(super) fn halves(self, paced: bool) -> (Reader, Writer) {
        let session = Arc::new(Mutex::new(self));
        (Reader { session: Arc::clone(&session), paced, pause: None }, Writer { session })
    }

    /// Takes what the client sends.
    fn send(&mut self, message: &[u8]) -> Result<(), String> {
        let sent: Value = serde_json::from_slice(message).map_err(|error| error.to_string())?;
        self.take(Kind::of(&sent), &sent)
    }

    /// Takes that the client sends nothing more.
    fn close(&mut self) {
        // A session that was cut off does not tell.
        let _ = self.take(Kind::Close, &Value::Null);
    }

    fn take(&mut self, kind: Kind, sent: &Value) -> Result<(), String> {
        let candidates = || {
            (0..).zip(&self.unsent).filter_map(|(place, &at)| match &self.events[at].what {
                What::Sent(recorded, message) if *recorded == kind => Some((place, message)),
                _ => None,
            })
        };
        let thread = |message: &Value| message.pointer("/params/threadId").cloned();
        let found = candidates()
            .find(|(_, message)| message.get("params") == sent.get("params"))
            .or_else(|| candidates().find(|(_, message)| thread(message) == thread(sent)))
            .or_else(|| candidates().next());
        let Some((place, _)) = found else {
            return Err(self.unexpected(&kind));
        };
        if let Some(at) = self.unsent.remove(place) {
            if let (Kind::Request(_), Some(id)) = (kind, sent.get("id")) {
                self.ids.insert(at, id.clone());
            }
            self.happened(at);
        }
        Ok(())
    }

    fn unexpected(&self, kind: &Kind) -> String {
        let next = self.unsent.front().and_then(|&at| match &self.events[at].what {
            What::Sent(next, _) if *next != Kind::Close => Some(next),
            _ => None,
        });
        let next = next.map_or_else(
            || "all that was sent then has been sent".to_owned(),
            |next| format!("what is to be sent next is {next}"),
        );
        format!("the transcript does not have {kind}, or not once more: {next}")
    }

    fn happened(&mut self, at: usize) {
        self.last = Some((self.events[at].at, Instant::now()));
    }

    /// Lets the reader look again.
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// What comes next, if its time has come.
    fn step(&mut self, paced: bool) -> Step {
        while matches!(self.events.get(self.next), Some(Event { what: What::Sent(..), .. })) {
            self.next += 1;
        }
        let Some(event) = self.events.get(self.next) else {
            // It was cut off there, or the client has closed it.
            return Step::Wait;
        };
        let all_sent = self.unsent.front().is_none_or(|&at| at > self.next);
        let message = match &event.what {
            What::Received { message, responds_to: Some(request) } => match self.ids.get(request) {
                Some(id) => Some(with_id(message, id)),
                None => return Step::Wait,
            },
            _ if !all_sent => return Step::Wait,
            What::Received { message, .. } => Some(message.clone().into()),
            What::End | What::Sent(..) => None,
        };
        if paced && let Some((at, then)) = self.last {
            let due = then + event.at.saturating_sub(at);
            if due > Instant::now() {
                return Step::Pause(due);
            }
        }
        let Some(message) = message else {
            return Step::End;
        };
        self.happened(self.next);
        self.next += 1;
        Step::Give(message)
    }
}

/// A response under the id by which the client knows its request.
fn with_id(response: &Bytes, id: &Value) -> Message {
    match serde_json::from_slice::<Value>(response) {
        Ok(Value::Object(mut members)) => {
            members.insert("id".into(), id.clone());
            Value::Object(members).to_string().into()
        }
        _ => response.clone().into(),
    }
}

fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct Reader {
    session: Arc<Mutex<Session>>,
    paced: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Stream for Reader {
    type Item = io::Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { session, paced, pause } = &mut *self;
        loop {
            if let Some(pausing) = pause {
                ready!(pausing.as_mut().poll(cx));
                *pause = None;
            }
            let mut session = lock(session);
            match (session.step(*paced), &session.failure) {
                (Step::Give(message), _) => return Poll::Ready(Some(Ok(message))),
                (Step::Pause(until), _) => *pause = Some(Box::pin(sleep_until(until))),
                (Step::Wait | Step::End, Some(failure)) => {
                    return Poll::Ready(Some(Err(io::Error::other(failure.clone()))));
                }
                (Step::Wait, None) => {
                    session.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                (Step::End, None) => return Poll::Ready(None),
            }
        }
    }
}

pub(super) struct Writer {
    session: Arc<Mutex<Session>>,
}

impl Writer {
    fn close(&self) {
        let mut session = lock(&self.session);
        session.close();
        session.wake();
    }
}

impl MessageWriter for Writer {
    fn push(&mut self, message: &Bytes) {
        let mut session = lock(&self.session);
        if let Err(problem) = session.send(message) {
            session.failure.get_or_insert(problem);
        }
        session.wake();
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}
