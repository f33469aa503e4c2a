//! Approvals of commands: which command it is, and the decisions that are offered.

use super::kinds::CommandApproval;
use crate::{
    error::{Error, Result},
    generated::v2_all::{
        AcceptWithExecpolicyAmendment, ApplyNetworkPolicyAmendment,
        CommandExecutionApprovalDecision as Decision, CommandExecutionApprovalKind,
        CommandExecutionRequestApprovalResponse, NetworkPolicyAmendment,
    },
    reply::Reply,
};

/// Where shells are installed. One elsewhere may be anything: the model can name the shell.
const SHELL_FOLDERS: [&str; 9] = [
    "",
    "/bin/",
    "/usr/bin/",
    "/usr/local/bin/",
    "/opt/homebrew/bin/",
    "/run/current-system/sw/bin/",
    r"C:\Windows\System32\",
    r"C:\Windows\System32\WindowsPowerShell\v1.0\",
    r"C:\Program Files\PowerShell\7\",
];

/// A command that wants to run: [`shell_command`](Self::shell_command) says which. Its folder
/// (`cwd`) and the agent's `reason` are among the params.
///
/// A request that lists the decisions it is open to (`available_decisions`) takes no others;
/// declining and cancelling are always open.
impl CommandApproval {
    /// The command as a list of words, as the server is going to run it: with the shell that it
    /// runs in, if it does. `None` if it cannot be told apart into words, or if the request is not
    /// about a command that is to start, but about access to the network
    /// (`network_approval_context`), or of another `kind`: text for a command that runs, or a
    /// checkpoint that only a person may pass. Such a request may name a command all the same.
    #[must_use]
    pub fn argv(&self) -> Option<Vec<String>> {
        shlex::split(self.command_line()?)
    }

    /// The command as it is meant: what is given to the shell, without the shell's own name and
    /// options (`/bin/bash -lc`). It may be of many lines, and have anything in it that a shell
    /// understands: compare all of it, or ask a person. A command that runs in no shell, or in one
    /// that is not where shells are, comes as it is, whole. `None` as for [`argv`](Self::argv).
    #[must_use]
    pub fn shell_command(&self) -> Option<String> {
        let command = self.command_line()?;
        Some(without_shell(self.argv()?).unwrap_or_else(|| command.to_owned()))
    }

    fn command_line(&self) -> Option<&str> {
        let starts = self.kind == CommandExecutionApprovalKind::Command
            && self.network_approval_context.is_none();
        self.command.as_deref().filter(|_| starts)
    }

    /// Lets the command run, this once.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the request is not open to it.
    pub fn accept(&self) -> Result<Reply> {
        self.decide(Decision::Accept)
    }

    /// Lets the command run, and the same command again without asking, until the session ends.
    /// The pinned codex does not offer this for ordinary commands, but
    /// [an amendment](Self::accept_with_execpolicy_amendment).
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub fn accept_for_session(&self) -> Result<Reply> {
        self.decide(Decision::AcceptForSession)
    }

    /// Lets the command run, and from now on those that begin in the way that the request proposes
    /// (`proposed_execpolicy_amendment`): read that before.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the request proposes none.
    pub fn accept_with_execpolicy_amendment(&self) -> Result<Reply> {
        let Some(amendment) = &self.proposed_execpolicy_amendment else {
            return Err(Error::invalid(
                "decision",
                "this request proposes no execpolicy amendment",
            ));
        };
        let amendment = AcceptWithExecpolicyAmendment::new(amendment.clone());
        self.decide(Decision::AcceptWithExecpolicyAmendment(amendment))
    }

    /// Allows, or denies, what the command asks of the network from now on, in one of the ways that
    /// the request proposes (`proposed_network_policy_amendments`).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the request does not propose it.
    pub fn apply_network_policy_amendment(
        &self,
        amendment: &NetworkPolicyAmendment,
    ) -> Result<Reply> {
        let mut proposed = self.proposed_network_policy_amendments.iter().flatten();
        if !proposed.any(|one| one == amendment) {
            return Err(Error::invalid(
                "decision",
                format!(
                    "this request does not propose the amendment {} {}",
                    amendment.action, amendment.host
                ),
            ));
        }
        let amendment = ApplyNetworkPolicyAmendment::new(amendment.clone());
        self.decide(Decision::ApplyNetworkPolicyAmendment(amendment))
    }

    /// Does not let the command run, and stops the turn.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn cancel(&self) -> Result<Reply> {
        Ok(self.reply(CommandExecutionRequestApprovalResponse::new(Decision::Cancel)))
    }

    /// A decision that lets something happen, if the request is open to it.
    fn decide(&self, decision: Decision) -> Result<Reply> {
        // By its name on the wire: older schemas lack it.
        let person_only = self.kind.as_str() == "humanCommand";
        let refused = match &self.available_decisions {
            _ if person_only && decision != Decision::Accept => {
                "; a command that only a person may approve is approved this once or not at all"
                    .to_owned()
            }
            Some(available) if !available.contains(&decision) => {
                let available: Vec<_> = available.iter().map(name).collect();
                format!("; it is open to: {}", available.join(", "))
            }
            _ => return Ok(self.reply(CommandExecutionRequestApprovalResponse::new(decision))),
        };
        Err(Error::invalid(
            "decision",
            format!("this request is not open to `{}`{refused}", name(&decision)),
        ))
    }
}

/// What a decision is called on the wire.
fn name(decision: &Decision) -> String {
    match serde_json::to_value(decision) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(members)) => members.keys().cloned().collect(),
        _ => String::new(),
    }
}

/// What a shell is told to run, if that is all that these words say.
pub(super) fn without_shell(argv: Vec<String>) -> Option<String> {
    let (program, rest) = argv.split_first()?;
    let is_of = |names: &[&str]| {
        names.iter().any(|name| {
            program.strip_suffix(name).is_some_and(|folder| SHELL_FOLDERS.contains(&folder))
        })
    };
    let (options, script) = (rest.split_last()?.1, rest.last()?);
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let understood = match *options {
        ["-lc" | "-c"] => is_of(&["bash", "sh", "zsh"]),
        ["-NoProfile", "-Command"] | ["-Command"] => {
            is_of(&["powershell", "powershell.exe", "pwsh", "pwsh.exe"])
        }
        ["/c"] => is_of(&["cmd", "cmd.exe"]),
        _ => false,
    };
    understood.then(|| script.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(command: &str) -> Option<String> {
        without_shell(shlex::split(command).unwrap())
    }

    #[test]
    fn only_a_known_shell_with_nothing_but_a_script_is_left_out() {
        for command in [
            "/bin/bash -lc 'cargo test'",
            "bash -c \"cargo test\"",
            "/usr/bin/zsh -lc 'cargo test'",
        ] {
            assert_eq!(meant(command).unwrap(), "cargo test", "{command}");
        }
        assert_eq!(
            meant(r#"/bin/bash -lc 'echo "a b" && rm x'"#).unwrap(),
            r#"echo "a b" && rm x"#
        );
        assert_eq!(meant("pwsh -NoProfile -Command 'cargo test'").unwrap(), "cargo test");
        let windows = r"'C:\Program Files\PowerShell\7\pwsh.exe' -NoProfile -Command 'cargo test'";
        assert_eq!(meant(windows).unwrap(), "cargo test");
        for command in [
            "cargo test",
            "/tmp/bash -lc 'cargo test'",
            "./bash -lc 'cargo test'",
            "/tmp/x/bin/bash -lc 'cargo test'",
            "evilbash -lc 'cargo test'",
            "/bin/bash -lc 'cargo test' x",
            "/bin/bash --rcfile /tmp/x -lc 'cargo test'",
            "/bin/bash -ic 'cargo test'",
            "env X=1 /bin/bash -lc 'cargo test'",
            "bash",
            "",
        ] {
            assert_eq!(meant(command), None, "{command}");
        }
    }
}
