//! What the rooms share: a real codex with a scripted model, scripted servers in memory and as a
//! process, and how to wait for them.

// Where installs are, as the SDK looks for them.
mod chat;
mod chrome;
mod listening;
mod log;
#[path = "../../src/runtime/npm.rs"]
mod npm;
mod proxy;
mod real;
mod scripted;
mod websocket;

use std::{
    path::{Path, PathBuf},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use codex_app_server::{
    Codex, Error, Thread, ThreadConfig, TurnHandle, generated::v2_all::ServerNotification,
};

pub use chat::{shown, steps_of};
pub use chrome::Chrome;
pub use listening::{Listening, Way};
pub use log::Log;
pub use proxy::Proxy;
pub use real::{Install, Real, environment, offline};
pub use scripted::{
    fake, fake_process, fake_transport, fake_with, fill, next_params, sent_params, turn_object,
};
pub use websocket::{Accepted, WebsocketServer, accept, fake_websocket};

/// A generous bound on "does not hang".
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Characters of one to four bytes, some that combine, and line ends that JSON does not escape.
pub const TEXT: &str = "Grüße, 世界 🦀👩‍👩‍👧 e\u{301} שלום \u{2028}\u{85}\u{7f}end";

/// Waits for `future`, but not for ever.
pub async fn soon<T>(future: impl IntoFuture<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future.into_future()).await.expect("this hangs")
}

/// Polls `future` once, which must not be enough for it.
pub async fn begin<F: Future + Unpin>(future: &mut F) {
    let poll = std::future::poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_pending()));
    assert!(poll.await, "it has ended already");
}

/// The folder of the repository.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests are in a folder of the repository")
}

/// What cargo has built beside the running test: `path` in the folder of the profile. If it is
/// missing, the arguments of cargo that build it are in the message.
pub fn built(path: &str, cargo: &str) -> PathBuf {
    let binary = profile().join(format!("{path}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.is_file(),
        "{} is missing: `cargo {cargo}` builds it, and so does `cargo xtask test`",
        binary.display()
    );
    binary
}

/// The folder of cargo's profile, `target/debug`, that the running test is in.
fn profile() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    exe.ancestors().nth(2).unwrap().to_owned()
}

/// The argument that an error names; its text has to name it, too.
#[track_caller]
pub fn refused_argument<T>(result: codex_app_server::Result<T>) -> &'static str {
    match result.err() {
        Some(error @ Error::InvalidInput { argument, .. }) => {
            let text = error.to_string();
            assert!(text.contains(&format!("`{argument}`")), "{text}");
            argument
        }
        Some(error) => panic!("it is refused for another reason: {error}"),
        None => panic!("it is not refused"),
    }
}

/// A new thread of any server.
pub async fn thread_of(codex: &Codex) -> Thread {
    soon(codex.thread_start(ThreadConfig::new())).await.unwrap()
}

/// The text of all message deltas up to the end of the turn.
pub async fn streamed_text(turn: &mut TurnHandle) -> String {
    let mut text = String::new();
    while let Some(event) = soon(turn.next()).await {
        if let ServerNotification::ItemAgentMessageDelta(delta) = event.unwrap() {
            text.push_str(&delta.delta);
        }
    }
    text
}

/// Reads until a notification of `method`.
pub async fn until(turn: &mut TurnHandle, method: &str) -> ServerNotification {
    loop {
        let event = soon(turn.next()).await.expect("the turn ended").unwrap();
        if event.method() == method {
            return event;
        }
    }
}

/// Whether a process with this id exists (a zombie does not count).
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Waits until a process has ended. There is no event to wait for: it is not our child.
pub async fn wait_for_exit(pid: u32) {
    soon(async {
        while is_alive(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
