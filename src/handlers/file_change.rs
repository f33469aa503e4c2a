//! Approvals of changes to files.

use super::kinds::FileChangeApproval;
use crate::{
    error::Result,
    generated::v2_all::{
        FileChangeApprovalDecision as Decision, FileChangeRequestApprovalResponse,
        FileUpdateChange, ThreadItem,
    },
    reply::Reply,
};

/// Files that the agent wants to change: [`changes`](Self::changes) has them with their diffs.
impl FileChangeApproval {
    /// What is to change, file by file, each with its diff. The request itself does not say: this
    /// comes from its [`item`](Self::item). `None`, and not an empty list, where that is not known.
    #[must_use]
    pub fn changes(&self) -> Option<&[FileUpdateChange]> {
        match self.item()? {
            ThreadItem::FileChange(item) => Some(&item.changes),
            _ => None,
        }
    }

    /// Lets the change happen, this once.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn accept(&self) -> Result<Reply> {
        self.decide(Decision::Accept)
    }

    /// Lets the change happen, and further ones of the same files, until the session ends.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_for_session(&self) -> Result<Reply> {
        self.decide(Decision::AcceptForSession)
    }

    /// Does not let the change happen, and stops the turn.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn cancel(&self) -> Result<Reply> {
        self.decide(Decision::Cancel)
    }

    fn decide(&self, decision: Decision) -> Result<Reply> {
        Ok(self.reply(FileChangeRequestApprovalResponse::new(decision)))
    }
}
