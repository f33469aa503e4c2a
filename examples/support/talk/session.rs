//! A session: several prompts on one thread.

use std::error::Error;

use clap::Args;
use codex_app_server::{Codex, Thread};

use super::{
    conversation::{Plain, View, ask},
    ctrl_c::CtrlC,
    options::{Asking, ThreadOptions},
};

#[derive(Args)]
pub(crate) struct Session {
    /// What the agent is asked; give it again for the next turn
    #[arg(long, value_name = "TEXT", default_values = ["Look around.", "What was it?"])]
    prompt: Vec<String>,
    /// Go on with this thread, rather than start one
    #[arg(long, value_name = "ID")]
    thread_id: Option<String>,
    /// How the thread is called from now on
    #[arg(long, value_name = "NAME")]
    thread_name: Option<String>,
    #[command(flatten)]
    thread: ThreadOptions,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

impl Session {
    /// Asks all that there is to ask, one after the other.
    pub(crate) async fn hold(
        &self,
        codex: &Codex,
        view: &mut dyn View,
        ctrl_c: &mut CtrlC,
    ) -> Result<(), Box<dyn Error>> {
        let thread = self.open(codex).await?;
        view.note(&format!("thread {}", thread.id()));
        for prompt in &self.prompt {
            ask(codex, &thread, prompt, &self.asking, view, ctrl_c).await?;
        }
        if let Some(name) = &self.thread_name {
            thread.set_name(name).await?;
            view.note(&format!("the thread is called {name:?}"));
        }
        Ok(())
    }

    /// The same, with each step in a line.
    pub(crate) async fn hold_in_lines(
        &self,
        codex: &Codex,
        ctrl_c: &mut CtrlC,
    ) -> Result<(), Box<dyn Error>> {
        let mut view = Plain { asking: &self.asking, name: String::new() };
        self.hold(codex, &mut view, ctrl_c).await
    }

    async fn open(&self, codex: &Codex) -> codex_app_server::Result<Thread> {
        match &self.thread_id {
            Some(id) => codex.thread_resume(id, self.thread.given()).await,
            None => codex.thread_start(self.thread.config()).await,
        }
    }
}
