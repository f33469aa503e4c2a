//! Rules at work: what of a request they accept.

use super::{
    paths::Root,
    words::{is_understood, words},
};
use crate::{
    generated::v2_all::{FileUpdateChange, PatchChangeKind, ThreadItem},
    handlers::{CommandApproval, FileChangeApproval, Question},
    reply::Reply,
};

/// Rules that are sound.
#[derive(Debug)]
pub(crate) struct CheckedRules {
    pub(super) commands: Vec<CheckedCommand>,
    pub(super) roots: Vec<Root>,
    pub(super) session: bool,
}

#[derive(Debug)]
pub(super) struct CheckedCommand {
    pub(super) words: Vec<String>,
    /// Where the command may run; anywhere, if there is none.
    pub(super) root: Option<Root>,
}

impl CheckedRules {
    /// The reply to what a rule accepts. Looks at the file system.
    pub(super) fn decide(&self, question: &Question) -> Option<Reply> {
        match question {
            Question::CommandApproval(request) if self.allow_command(request) => {
                let reply = self.session.then(|| request.accept_for_session().ok()).flatten();
                reply.or_else(|| request.accept().ok())
            }
            Question::FileChangeApproval(request) if self.allow_change(request) => {
                let reply =
                    if self.session { request.accept_for_session() } else { request.accept() };
                reply.ok()
            }
            _ => None,
        }
    }

    fn allow_command(&self, request: &CommandApproval) -> bool {
        let (Some(argv), Some(script)) = (request.argv(), request.shell_command()) else {
            return false;
        };
        // Beside the command the request says nothing that would have to be decided as well. One
        // with an id of its own is about a part of a command.
        let amendments = request.proposed_network_policy_amendments.as_deref().unwrap_or_default();
        let says_more = request.additional_permissions.is_some()
            || request.approval_id.is_some()
            || request.environment_id.as_deref().is_some_and(|id| id != "local")
            || !amendments.is_empty()
            || !request.unknown_fields.is_empty();
        // The text is what codex makes of these words, and not something that only ends in them.
        let joined = shlex::try_join(argv.iter().map(String::as_str)).ok();
        if says_more || joined != request.command {
            return false;
        }
        let argv: Vec<_> = argv.iter().map(String::as_str).collect();
        let words = match argv[..] {
            [_, "-lc" | "-c", last] if last == script => words(&script),
            _ => argv.iter().all(|word| is_understood(word)).then_some(argv),
        };
        let cwd = request.cwd.as_ref().map(|cwd| cwd.as_str());
        words.is_some_and(|words| self.commands.iter().any(|rule| rule.allows(&words, cwd)))
    }

    fn allow_change(&self, request: &FileChangeApproval) -> bool {
        let Some(ThreadItem::FileChange(item)) = request.item() else { return false };
        request.grant_root.is_none()
            && request.unknown_fields.is_empty()
            // Changes that could not be read would be among them.
            && item.unknown_fields.is_empty()
            && !item.changes.is_empty()
            && item.changes.iter().all(|change| self.allow_file(change))
    }

    fn allow_file(&self, change: &FileUpdateChange) -> bool {
        let is_allowed = |path: &str| self.roots.iter().any(|root| root.has_file(path));
        let moved_to = match &change.kind {
            PatchChangeKind::Add | PatchChangeKind::Delete => None,
            PatchChangeKind::Update(update) if update.unknown_fields.is_empty() => {
                update.move_path.as_deref()
            }
            _ => return false,
        };
        change.unknown_fields.is_empty()
            && is_allowed(&change.path)
            && moved_to.is_none_or(is_allowed)
    }
}

impl CheckedCommand {
    fn allows(&self, words: &[&str], cwd: Option<&str>) -> bool {
        let begins = words.len() >= self.words.len()
            && self.words.iter().zip(words).all(|(own, word)| own == word);
        let is_there = |root: &Root| cwd.is_some_and(|cwd| root.has_folder(cwd));
        begins && self.root.as_ref().is_none_or(is_there)
    }
}
