//! Chats, and what they have shown.

use codex_app_server::{Chat, ConversationStep, Error};

use crate::soon;

/// What a step shows: its type and its text.
#[must_use]
pub fn shown(step: &ConversationStep) -> (String, String) {
    (step.step_type.to_string(), step.text.clone().unwrap_or_default())
}

/// The steps up to the end of a chat, and the error that it ends with.
pub async fn steps_of(chat: &mut Chat) -> (Vec<ConversationStep>, Option<Error>) {
    let mut steps = Vec::new();
    loop {
        match soon(chat.next()).await {
            Some(Ok(step)) => steps.push(step),
            Some(Err(error)) => return (steps, Some(error)),
            None => return (steps, None),
        }
    }
}
