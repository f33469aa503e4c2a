//! A prompt, and the steps of the turn that it starts: also when the turn is silent for too long,
//! or somebody presses Ctrl-C.

use std::error::Error as StdError;

use codex_app_server::{Chat, Codex, ConversationStep, Error, StepType, Thread};
use tokio::select;

use super::{ctrl_c::CtrlC, options::Asking, outcome::Interrupted};

/// How often in a row a silent turn is picked up again.
const PICK_UPS: u32 = 3;

/// Where a conversation is shown.
pub(crate) trait View {
    fn prompt(&mut self, prompt: &str);
    fn step(&mut self, step: &ConversationStep);
    /// Something about the turn, rather than of it.
    fn note(&mut self, text: &str);
    /// The turn is over.
    fn end(&mut self);
}

/// Asks, and shows each step when it is complete.
pub(crate) async fn ask(
    codex: &Codex,
    thread: &Thread,
    prompt: &str,
    asking: &Asking,
    view: &mut dyn View,
    ctrl_c: &mut CtrlC,
) -> Result<(), Box<dyn StdError>> {
    view.prompt(prompt);
    let chat = thread.chat_with(prompt, asking.options()).await?;
    let outcome = show(codex, chat, asking, view, ctrl_c).await;
    view.end();
    outcome
}

async fn show(
    codex: &Codex,
    mut chat: Chat,
    asking: &Asking,
    view: &mut dyn View,
    ctrl_c: &mut CtrlC,
) -> Result<(), Box<dyn StdError>> {
    let mut left = PICK_UPS;
    loop {
        let step = select! {
            step = chat.next() => step,
            () = ctrl_c.pressed() => {
                view.note("the turn is interrupted; Ctrl-C again does not wait for its end");
                cancel(chat, view).await?;
                return Err(Interrupted.into());
            }
        };
        match step {
            Some(Ok(step)) => {
                view.step(&step);
                left = PICK_UPS;
            }
            Some(Err(error @ Error::TurnInactive { .. })) if asking.cancel_on_timeout => {
                cancel(chat, view).await?;
                return Err(error.into());
            }
            // The chat could be read on as it is. Its continuation can do more: it can be written
            // to a file, and go on in another run of the program.
            Some(Err(Error::TurnInactive { idle, continuation, .. })) if left > 0 => {
                view.note(&format!("nothing was heard for {idle:.1?}; it is picked up again"));
                drop(chat);
                chat = codex.continue_chat(continuation).await?;
                left -= 1;
            }
            Some(Err(error)) => return Err(error.into()),
            None => return Ok(()),
        }
    }
}

/// Ends the turn, and shows what was left of it.
async fn cancel(chat: Chat, view: &mut dyn View) -> Result<(), Error> {
    let cancelled = chat.cancel().await?;
    cancelled.steps.iter().for_each(|step| view.step(step));
    view.note(match (cancelled.was_completed, cancelled.was_interrupted) {
        (true, _) => "the turn was complete already",
        (_, true) => "the turn was interrupted; the thread takes another",
        _ => "the turn has failed",
    });
    Ok(())
}

/// Each step in a line or more, after the name of the thread if there are several.
pub(crate) struct Plain<'a> {
    pub(crate) asking: &'a Asking,
    pub(crate) name: String,
}

impl View for Plain<'_> {
    fn prompt(&mut self, prompt: &str) {
        if !self.asking.quiet {
            println!("{}> {prompt}", self.name);
        }
    }

    fn step(&mut self, step: &ConversationStep) {
        let text = step.text.as_deref().unwrap_or_default();
        match step.step_type {
            StepType::Codex if self.asking.quiet => println!("{}{text}", self.name),
            _ if self.asking.quiet => {}
            // That was shown as it was asked.
            StepType::Other(_) if step.item_type == "userMessage" => {}
            _ => println!("{}[{}] {text}", self.name, step.step_type),
        }
        if self.asking.show_data {
            println!("{}{}", self.name, step.data.params);
        }
    }

    fn note(&mut self, text: &str) {
        if !self.asking.quiet {
            println!("{}({text})", self.name);
        }
    }

    fn end(&mut self) {}
}
