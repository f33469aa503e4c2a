//! Plays a recorded session: a transport that is the server of a transcript.
//!
//! What the client sends is matched with what was sent then, and what was received then is given
//! again, in its order. A response is given once its request was sent; anything else once all was
//! sent that stands before it.

mod event;
mod session;

use std::fmt;

use self::{event::Event, session::Session};
use super::{Transport, adapters::StreamReader};
use crate::Result;

/// A recorded session, to be played by a [`transport`](Self::transport): for tests without a server
/// and a model, and to see again what a program does with a session that went wrong.
///
/// A request of the program is taken for the first one of its method that was recorded and not sent
/// yet: of several one with the same params, or else with the same thread. Its response comes with
/// its own id. What else was received comes once all that was sent before it has been sent. A
/// message that was not recorded ends the connection, with an error that names it and says what was
/// expected; where a program does not send what was recorded, nothing more comes.
///
/// Secrets are not in a [recording](crate::CodexBuilder::record), and so not in what is played.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use codex_app_server::{Codex, ThreadConfig, transport::Replay};
///
/// let transcript = std::fs::read_to_string("session.jsonl")?;
/// let replay = Replay::new(&transcript)?;
/// let codex = Codex::builder().connect_with(replay.transport()).await?;
/// let thread = codex.thread_start(ThreadConfig::new()).await?;
/// println!("{:?}", thread.run("As it was asked then").await?.final_response);
/// # Ok(()) }
/// ```
pub struct Replay {
    events: Vec<Event>,
    paced: bool,
}

impl Replay {
    /// The session of a transcript: lines as [`CodexBuilder::record`](crate::CodexBuilder::record)
    /// writes them. A last line that was not written to its end is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for what is no transcript, or one in
    /// which messages are missing, with the number of the line.
    pub fn new(transcript: &str) -> Result<Self> {
        Ok(Self { events: event::read(transcript)?, paced: false })
    }

    /// Gives what was received as slowly as it came then, counted from what was sent or received
    /// before it; otherwise all comes as fast as it can.
    #[must_use]
    pub fn in_its_own_time(mut self) -> Self {
        self.paced = true;
        self
    }

    /// What plays it, once, for [`connect_with`](crate::CodexBuilder::connect_with).
    #[must_use]
    pub fn transport(self) -> Transport {
        let (reader, writer) = Session::new(self.events).halves(self.paced);
        let mut transport = Transport::new(StreamReader::new(reader), writer);
        // Those of a process have been recorded, too.
        transport.stray_lines = true;
        transport
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was said may be private.
        f.debug_struct("Replay")
            .field("events", &self.events.len())
            .field("paced", &self.paced)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, task::Poll};

    use tokio::time::Instant;

    use super::*;

    fn transport(lines: &[&str]) -> Transport {
        Replay::new(&(lines.join("\n") + "\n")).unwrap().transport()
    }

    /// What is there to be read.
    async fn read(transport: &mut Transport) -> Vec<String> {
        let messages = transport.read().await.unwrap().unwrap_or_default();
        messages.iter().map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned()).collect()
    }

    async fn is_waiting(transport: &mut Transport) -> bool {
        let mut reading = pin!(transport.read());
        poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx).is_pending())).await
    }

    const A: &str = r#"{"t":0,"dir":"->","msg":{"id":1,"method":"a","params":{"threadId":"x"}}}"#;
    const A2: &str = r#"{"t":0,"dir":"->","msg":{"id":2,"method":"a","params":{"threadId":"y"}}}"#;
    const R1: &str = r#"{"t":1,"dir":"<-","msg":{"id":1,"result":"x"}}"#;
    const R2: &str = r#"{"t":1,"dir":"<-","msg":{"id":2,"result":"y"}}"#;
    const NOTE: &str = r#"{"t":2,"dir":"<-","msg":{"method":"n"}}"#;
    const ASKED: &str = r#"{"t":2,"dir":"<-","msg":{"id":7,"method":"ask"}}"#;
    const REPLY: &str = r#"{"t":2,"dir":"->","msg":{"id":7,"result":{}}}"#;
    const ENDED: &str = r#"{"t":9,"dir":"--","note":"server closed the stream"}"#;

    #[tokio::test]
    async fn responses_come_with_the_id_of_their_request() {
        let mut transport = transport(&[A, A2, R2, R1, ENDED]);
        assert!(is_waiting(&mut transport).await);
        transport
            .write(r#"{"id":11,"method":"a","params":{"threadId":"y","more":1}}"#)
            .await
            .unwrap();
        assert_eq!(read(&mut transport).await, [r#"{"id":11,"result":"y"}"#]);
        assert!(is_waiting(&mut transport).await);
        transport.write(r#"{"id":12,"method":"a"}"#).await.unwrap();
        assert_eq!(read(&mut transport).await, [r#"{"id":12,"result":"x"}"#]);
        assert!(transport.read().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_follows_a_reply_waits_for_it() {
        let mut transport = transport(&[A, R1, ASKED, REPLY, NOTE]);
        transport.write(r#"{"id":1,"method":"a"}"#).await.unwrap();
        assert_eq!(read(&mut transport).await.len(), 2);
        assert!(is_waiting(&mut transport).await);
        transport.write(r#"{"id":7,"result":{"other":1}}"#).await.unwrap();
        assert_eq!(read(&mut transport).await, [r#"{"method":"n"}"#]);
        // It was cut off there: the end does not come.
        assert!(is_waiting(&mut transport).await);
    }

    #[tokio::test]
    async fn the_server_ends_after_the_client_if_it_did_so_then() {
        const CLOSED: &str = r#"{"t":8,"dir":"--","note":"client closed the stream"}"#;
        let Transport { mut reader, mut writer, .. } = transport(&[CLOSED, ENDED]);
        let mut batch = Vec::new();
        let mut reading = pin!(poll_fn(|cx| reader.poll_read(cx, &mut batch)));
        assert!(poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx).is_pending())).await);
        poll_fn(|cx| writer.poll_close(cx)).await.unwrap();
        assert!(!reading.await.unwrap());
    }

    #[tokio::test]
    async fn what_was_not_recorded_is_an_error_that_names_it() {
        for (message, names) in [
            (r#"{"id":1,"method":"b"}"#, "the request `b`"),
            (r#"{"method":"a"}"#, "the notification `a`"),
            (r#"{"id":1,"result":1}"#, "the server's request 1"),
        ] {
            let mut transport = transport(&[A, R1]);
            transport.write(message).await.unwrap();
            let error = transport.read().await.unwrap_err().to_string();
            assert!(error.contains(names) && error.ends_with("the request `a`"), "{error}");
        }
        let mut transport = transport(&[A, R1]);
        for _ in 0..2 {
            transport.write(r#"{"id":1,"method":"a"}"#).await.unwrap();
        }
        assert_eq!(read(&mut transport).await.len(), 1);
        let error = transport.read().await.unwrap_err().to_string();
        assert!(error.contains("not once more"), "{error}");
    }

    #[tokio::test]
    async fn the_recorded_end_hides_no_message_that_was_not_recorded() {
        let mut transport = transport(&[A, R1, ENDED]);
        for message in [r#"{"id":1,"method":"a"}"#, r#"{"id":2,"method":"b"}"#] {
            transport.write(message).await.unwrap();
        }
        assert_eq!(read(&mut transport).await.len(), 1);
        let error = transport.read().await.unwrap_err().to_string();
        assert!(error.contains("the request `b`"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_takes_its_own_time_if_it_shall() {
        for (paced, seconds) in [(false, 0), (true, 9)] {
            let replay = Replay::new(&[A, R1, NOTE, ENDED].join("\n")).unwrap();
            let replay = if paced { replay.in_its_own_time() } else { replay };
            let mut transport = replay.transport();
            let begin = Instant::now();
            transport.write(r#"{"id":1,"method":"a"}"#).await.unwrap();
            while transport.read().await.unwrap().is_some() {}
            assert_eq!(begin.elapsed().as_secs(), seconds);
        }
    }

    #[test]
    fn what_is_no_transcript_is_refused_with_its_line() {
        for (line, says) in [
            ("{}\n", "line 2 is no line"),
            (R2, "line 2 is a response to 2"),
            (r#"{"t":1,"dir":"--","lost":3}"#, "line 2 says that 3 messages are missing"),
            (r#"{"t":1,"dir":"<-"}"#, "line 2 has no message"),
        ] {
            let error = Replay::new(&format!("{A}\n{line}")).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        // A recording that was killed.
        assert_eq!(Replay::new(&format!("{A}\n{}", &R1[..20])).unwrap().events.len(), 1);
    }
}
