//! Whether a server that says nothing is still there.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use super::socket::{Io, Socket};

pub(super) struct Pings {
    interval: Duration,
    timer: Pin<Box<Sleep>>,
    /// It was asked, and has not said anything since.
    asked: bool,
}

impl Pings {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, timer: Box::pin(sleep(interval)), asked: false }
    }

    /// Asks the server when it is time to. The error says that there is none any more.
    pub(super) fn poll<S: Io>(
        &mut self,
        cx: &mut Context<'_>,
        socket: &mut Socket<S>,
    ) -> io::Result<()> {
        while let Poll::Ready(()) = self.timer.as_mut().poll(cx) {
            if socket.has_heard() {
                self.asked = false;
            } else if self.asked {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!(
                        "nothing was heard from the server for {:?}, not even the answer to a ping",
                        2 * self.interval
                    ),
                ));
            } else {
                socket.ping()?;
                self.asked = true;
            }
            self.timer.as_mut().reset(Instant::now() + self.interval);
        }
        Ok(())
    }
}
