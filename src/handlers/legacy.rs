//! Approvals in conversations of the legacy API, which has other words for the same decisions.

use super::{
    command::without_shell,
    kinds::{LegacyCommandApproval, LegacyPatchApproval},
};
use crate::{
    error::Result,
    generated::v2_all::{ApplyPatchApprovalResponse, ExecCommandApprovalResponse, ReviewDecision},
    reply::Reply,
};

/// A command that wants to run, in a conversation of the legacy API. Its words are the `command`.
impl LegacyCommandApproval {
    /// The command as it is meant; see
    /// [`CommandApproval::shell_command`](super::CommandApproval::shell_command). One that runs in
    /// no known shell is written as a shell would read it; `None` where that cannot be.
    #[must_use]
    pub fn shell_command(&self) -> Option<String> {
        let whole = || shlex::try_join(self.command.iter().map(String::as_str)).ok();
        without_shell(self.command.clone()).or_else(whole)
    }
}

/// Implements the decisions for a kind of approval.
macro_rules! decisions {
    ($name:ident -> $response:ident, $it:literal) => {
        impl $name {
            #[doc = concat!("Lets ", $it, " happen, this once.")]
            ///
            /// # Errors
            ///
            /// None; it is a `Result` as those of the other replies are.
            pub fn accept(&self) -> Result<Reply> {
                Ok(self.reply($response::new(ReviewDecision::Approved)))
            }

            #[doc = concat!("Lets ", $it, " happen, and the same again until the session ends.")]
            ///
            /// # Errors
            ///
            /// As for [`accept`](Self::accept).
            pub fn accept_for_session(&self) -> Result<Reply> {
                Ok(self.reply($response::new(ReviewDecision::ApprovedForSession)))
            }

            #[doc = concat!("Does not let ", $it, " happen, and stops the turn.")]
            ///
            /// # Errors
            ///
            /// As for [`accept`](Self::accept).
            pub fn cancel(&self) -> Result<Reply> {
                Ok(self.reply($response::new(ReviewDecision::Abort)))
            }
        }
    };
}
decisions!(LegacyCommandApproval -> ExecCommandApprovalResponse, "the command");
decisions!(LegacyPatchApproval -> ApplyPatchApprovalResponse, "the change (`file_changes`)");
