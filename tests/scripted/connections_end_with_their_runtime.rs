//! The tasks of a connection end with the runtime that made it, or by a panic: nobody waits for
//! them after that.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use codex_app_server::{
    CloseReason, Codex, Error, ThreadConfig, TurnOverrides, generated::v2_all::ModelListParams,
    transport::Transport,
};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime::Runtime,
};

use support::{begin, fake, fake_process, is_alive, sent_params, soon, thread_of};

#[track_caller]
fn reason(error: Error) -> CloseReason {
    match error {
        Error::Closed(closed) => closed.reason.clone(),
        Error::Handshake { source, .. } => reason(*source),
        other => panic!("{other:?}"),
    }
}

#[test]
fn everybody_learns_that_the_runtime_has_ended() {
    let script =
        Script::new().on("turn/start", [turn_accepted()]).on("model/list", [Action::silence()]);
    let (_folder, config) = fake_process(&script);
    let first = Runtime::new().unwrap();
    let (codex, thread, mut turn) = first.block_on(async {
        let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
        let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
        let turn = soon(thread.turn("Go")).await.unwrap();
        (codex, thread, turn)
    });
    let pid = codex.server_pid().unwrap();
    let mut events = thread.events();

    let second = Runtime::new().unwrap();
    let pending = second.spawn({
        let client = codex.client().clone();
        async move { client.model_list(ModelListParams::new()).no_timeout().await }
    });
    let streaming = second.spawn(async move { (events.next().await, events.next().await) });
    drop(first);
    assert!(!is_alive(pid));

    second.block_on(async {
        let pending = soon(pending).await.unwrap().unwrap_err();
        assert!(pending.to_string().contains("its runtime has ended"), "{pending}");
        let (streamed, end) = soon(streaming).await.unwrap();
        assert_eq!(reason(streamed.unwrap().unwrap_err()), CloseReason::RuntimeEnded);
        assert!(end.is_none());
        assert_eq!(reason(soon(turn.run()).await.unwrap_err()), CloseReason::RuntimeEnded);
        let later = async { codex.client().model_list(ModelListParams::new()).no_timeout().await };
        assert_eq!(reason(soon(later).await.unwrap_err()), CloseReason::RuntimeEnded);
        soon(codex.close()).await;
    });
}

#[tokio::test]
async fn an_interrupt_outlives_the_runtime_that_asks_for_it() {
    let interrupted = [Action::wait("asked"), Action::respond(json!({}))];
    let script =
        Script::new().on("turn/start", [turn_accepted()]).on("turn/interrupt", interrupted);
    let (server, codex) = fake(script).await;
    let turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    let control = turn.control();
    let other = std::thread::spawn(move || {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async { begin(&mut Box::pin(control.interrupt())).await });
    });
    other.join().unwrap();
    server.gate("asked").open();
    // This gets the result of that one.
    soon(turn.interrupt()).await.unwrap();
    assert_eq!(sent_params(&server, "turn/interrupt").len(), 1);
}

#[test]
fn turns_are_dropped_quietly_after_their_runtime() {
    let runtime = Runtime::new().unwrap();
    let (_server, _codex, turn) = runtime.block_on(async {
        let (server, codex) = fake(Script::new().on("turn/start", [turn_accepted()])).await;
        let overrides = TurnOverrides::new().interrupt_on_drop(true).deadline(Duration::MAX);
        let turn = soon(thread_of(&codex).await.turn_with("Go", overrides)).await.unwrap();
        (server, codex, turn)
    });
    drop(runtime);
    drop(turn);
}

/// A stream that panics when a task of the connection uses it.
#[derive(Default)]
struct Panics {
    tried: bool,
}

impl AsyncRead for Panics {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        panic!("a reader of the program's own")
    }
}

impl AsyncWrite for Panics {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &[u8],
    ) -> Poll<io::Result<usize>> {
        // The sender tries first, and leaves it to the task.
        if !std::mem::replace(&mut self.tried, true) {
            return Poll::Pending;
        }
        panic!("a writer of the program's own")
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_reader_that_panics_ends_the_connection() {
    let transport = Transport::from_io(Panics::default(), tokio::io::sink());
    let error = soon(Codex::builder().connect_with(transport)).await.unwrap_err();
    assert_eq!(reason(error), CloseReason::Panicked);
}

#[tokio::test]
async fn a_writer_that_panics_ends_the_connection() {
    // A peer that never says a word.
    let (reader, _peer) = tokio::io::duplex(64);
    let transport = Transport::from_io(reader, Panics::default());
    let error = soon(Codex::builder().connect_with(transport)).await.unwrap_err();
    assert_eq!(reason(error), CloseReason::Panicked);
}
