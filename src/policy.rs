//! Ready-made policies: what is decided of the server's requests before a handler is asked.

mod checked;
mod decider;
mod paths;
mod programs;
mod rules;
mod words;

use std::sync::Arc;

use tokio::task::spawn_blocking;

use self::decider::Decider;
pub use self::rules::Rules;
use crate::error::{Error, Result};

/// What is decided of the server's requests for approval before a handler is asked: nothing
/// ([`deny_all`](Self::deny_all)), what [`rules`](Self::rules) say, or all of them
/// ([`dangerously_auto_approve`](Self::dangerously_auto_approve)).
///
/// Given to [`CodexBuilder::approvals`](crate::CodexBuilder::approvals). What a policy does not
/// decide goes to the program's own handler, or is held, as if there were no policy; where there is
/// neither, it is declined. Only approvals are ever decided: questions, elicitations, tool calls,
/// tokens and the like are the program's own, and so are checkpoints that only a person may pass.
/// No policy grants permissions
/// ([`on_permissions_request`](crate::CodexBuilder::on_permissions_request)).
///
/// It decides what the server asks. Whether the server asks is decided by its own policy:
/// [`ApprovalMode::Ask`](crate::ApprovalMode::Ask).
///
/// ```no_run
/// # async fn example() -> codex_app_server::Result<()> {
/// use codex_app_server::{Codex, Policy};
///
/// let codex = Codex::builder()
///     .approvals(
///         Policy::rules()
///             .allow_command_under("/srv/project", ["cargo", "test"])
///             .allow_changes_under("/srv/project"),
///     )
///     .on_command_approval(|request| async move {
///         println!("asked for: {:?}", request.shell_command());
///         request.decline()
///     })
///     .connect_stdio()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Policy(Kind);

#[derive(Clone, Debug)]
enum Kind {
    DenyAll,
    AutoApprove,
    Rules(Rules),
}

impl Policy {
    /// Declines all approvals: of commands, of changes of files, of permissions. It is what happens
    /// without a policy and without handlers, said aloud; a handler for one of these is not asked.
    #[must_use]
    pub fn deny_all() -> Self {
        Self(Kind::DenyAll)
    }

    /// **Accepts every command and every change of a file**, without looking at it, outside of the
    /// server's sandbox as well. For a container or a virtual machine that can be thrown away, with
    /// nothing in it, and nothing in its reach, that has to be kept or kept secret.
    ///
    /// The log warns when the program connects, and at each approval. What is not an approval of a
    /// command or of a change is not accepted: a request for permissions, and a checkpoint that
    /// only a person may pass, go to the program's handler, or are declined.
    #[must_use]
    pub fn dangerously_auto_approve() -> Self {
        Self(Kind::AutoApprove)
    }

    /// Rules, of which there are none yet: nothing is accepted.
    pub fn rules() -> Rules {
        Rules::default()
    }

    /// What decides from now on.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if a rule is malformed.
    pub(crate) async fn start(self) -> Result<Decider> {
        Ok(match self.0 {
            Kind::DenyAll => Decider::DenyAll,
            Kind::AutoApprove => Decider::auto_approve(),
            Kind::Rules(rules) => {
                // They look at the file system.
                let checking = spawn_blocking(move || rules.checked());
                let stopped = |_| Error::invalid("approvals", "the runtime is shutting down");
                Decider::Rules(Arc::new(checking.await.map_err(stopped)??))
            }
        })
    }
}

impl From<Rules> for Policy {
    fn from(rules: Rules) -> Self {
        Self(Kind::Rules(rules))
    }
}
