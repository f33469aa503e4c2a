//! What the examples share: `--mock` and the words of the command line.
#![allow(dead_code, reason = "each example uses its part")]

use std::{env, io, thread};

use codex_app_server::AppServerConfig;
use codex_app_server_testkit::{Answer, CodexHome, Gate, MockModel, ModelRequest};
use tokio::{
    signal,
    sync::mpsc::{self, error::TrySendError},
};

/// A stand-in for the model, if the command line asks for one with `--mock`: codex is the real one
/// then, and needs neither a login nor the network. It has to live as long as the server.
pub(crate) struct Mock(Option<(MockModel, CodexHome)>);

impl Mock {
    /// Gives these answers, one per request of codex.
    pub(crate) async fn script(answers: impl IntoIterator<Item = Answer>) -> io::Result<Self> {
        let mock = Self::start().await?;
        if let Some((model, _)) = &mock.0 {
            model.script(answers);
        }
        Ok(mock)
    }

    /// Makes each answer from what codex asks.
    pub(crate) async fn respond(
        answer: impl Fn(&ModelRequest) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let mock = Self::start().await?;
        if let Some((model, _)) = &mock.0 {
            model.respond_with(answer);
        }
        Ok(mock)
    }

    async fn start() -> io::Result<Self> {
        if !env::args().any(|arg| arg == "--mock") {
            return Ok(Self(None));
        }
        let model = MockModel::start().await?;
        let home = model.codex_home()?;
        Ok(Self(Some((model, home))))
    }

    pub(crate) fn is_active(&self) -> bool {
        self.0.is_some()
    }

    /// How to start codex: as always, or with a home folder that points it at the stand-in.
    pub(crate) fn app_server(&self) -> AppServerConfig {
        match &self.0 {
            Some((_, home)) => AppServerConfig::new().env("CODEX_HOME", home.path()),
            None => AppServerConfig::new(),
        }
    }
}

/// The arguments besides `--mock`.
pub(crate) fn words() -> Vec<String> {
    env::args().skip(1).filter(|arg| arg != "--mock").collect()
}

/// Says how many pictures the model was given.
pub(crate) fn describe_images(request: &ModelRequest) -> Answer {
    let parts = request.input().iter().flat_map(|item| item["content"].as_array());
    let pictures = parts.flatten().filter(|part| part["type"] == "input_image").count();
    Answer::text(format!("A stand-in cannot see, but it was given {pictures} picture(s)."))
}

/// Repeats what the user has said. A stand-in that is told to wait says nothing more after that.
pub(crate) fn chat(request: &ModelRequest) -> Answer {
    let text = request.user_text();
    let answer = Answer::text(format!("You said “{text}”.")).deltas(5);
    match text.as_str() {
        "wait" => answer.gate_after(5, &Gate::new()),
        _ => answer,
    }
}

/// One item per Ctrl-C, which does not end the program any more.
pub(crate) fn ctrl_c() -> mpsc::Receiver<()> {
    let (sender, pressed) = mpsc::channel(1);
    tokio::spawn(async move {
        while signal::ctrl_c().await.is_ok() {
            // One that nobody has heard yet is enough.
            if let Err(TrySendError::Closed(())) = sender.try_send(()) {
                break;
            }
        }
    });
    pressed
}

/// The lines of stdin, until its end. On a thread of their own: reading cannot be cancelled, and
/// would keep the runtime from ending.
pub(crate) fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}
