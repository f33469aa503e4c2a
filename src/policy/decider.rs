//! A policy at work: who of the three decides, and what the log says of it.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::checked::CheckedRules;
use crate::{
    generated::v2_all::CommandExecutionApprovalKind, handlers::Question, redact::Shown,
    reply::Reply,
};

#[derive(Clone, Debug)]
pub(crate) enum Decider {
    DenyAll,
    AutoApprove,
    Rules(Arc<CheckedRules>),
}

impl Decider {
    /// Accepts everything, and says so.
    pub(super) fn auto_approve() -> Self {
        tracing::warn!(
            "dangerously_auto_approve: whatever command or change of a file the server asks for is \
             accepted, and nobody is asked"
        );
        Self::AutoApprove
    }

    /// The reply to a request; `None` if somebody else has to give it.
    pub(crate) async fn decide(self, question: Question) -> Option<Reply> {
        match self {
            Self::DenyAll => decline_approval(&question),
            Self::AutoApprove => {
                let reply = accept_approval(&question)?;
                let request = shown(&question);
                tracing::warn!(
                    method = question.method(),
                    thread = question.thread_id(),
                    request = %Shown(&request),
                    "dangerously_auto_approve: accepted, and nobody was asked"
                );
                Some(reply)
            }
            Self::Rules(rules) => {
                // They look at the file system. Without an answer, they have not decided.
                let deciding = spawn_blocking(move || (rules.decide(&question), question));
                let (reply, question) = deciding.await.ok()?;
                let (reply, request) = (reply?, shown(&question));
                tracing::info!(
                    method = question.method(),
                    thread = question.thread_id(),
                    request = %Shown(&request),
                    "accepted by a rule"
                );
                Some(reply)
            }
        }
    }
}

fn decline_approval(question: &Question) -> Option<Reply> {
    match question {
        Question::CommandApproval(_)
        | Question::FileChangeApproval(_)
        | Question::PermissionsRequest(_)
        | Question::LegacyCommandApproval(_)
        | Question::LegacyPatchApproval(_) => question.decline().ok(),
        _ => None,
    }
}

fn accept_approval(question: &Question) -> Option<Reply> {
    use CommandExecutionApprovalKind::{Command, WriteStdin};
    match question {
        // A checkpoint is for a person, and what is not known yet for whoever knows it.
        Question::CommandApproval(request) if matches!(request.kind, Command | WriteStdin) => {
            request.accept().ok()
        }
        Question::FileChangeApproval(request) => request.accept().ok(),
        Question::LegacyCommandApproval(request) => request.accept().ok(),
        Question::LegacyPatchApproval(request) => request.accept().ok(),
        _ => None,
    }
}

/// What a request is about, for the log.
fn shown(question: &Question) -> String {
    match question {
        Question::CommandApproval(request) => request.command.clone().unwrap_or_default(),
        Question::LegacyCommandApproval(request) => request.command.join(" "),
        Question::FileChangeApproval(request) => {
            let changes = request.changes().unwrap_or_default();
            changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>().join(", ")
        }
        Question::LegacyPatchApproval(request) => {
            request.file_changes.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}
