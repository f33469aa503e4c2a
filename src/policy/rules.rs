//! Rules: which commands may run and which files may change without anybody being asked.

use std::{fmt, path::PathBuf};

use super::{
    checked::{CheckedCommand, CheckedRules},
    paths::Root,
    programs::objection,
    words::is_understood,
};
use crate::error::{Error, Result};

/// What a [`Policy`](super::Policy) by rule accepts: made by
/// [`Policy::rules`](super::Policy::rules), and given to
/// [`CodexBuilder::approvals`](crate::CodexBuilder::approvals).
///
/// A rule accepts, or it cannot decide. What none of them accepts goes to the program's own handler
/// if it has one, and is declined if not. There is no rule that declines: a command that is
/// forbidden by how it begins can be written in another way.
///
/// Rules look at the file system of the program, which has to be that of the server. [The
/// guide](crate::guide::approvals#what-a-policy-cannot-do) says what they cannot protect from.
#[derive(Clone, Default)]
#[must_use = "rules do nothing before they are given to `CodexBuilder::approvals`"]
pub struct Rules {
    commands: Vec<CommandRule>,
    roots: Vec<PathBuf>,
    session: bool,
}

#[derive(Clone)]
struct CommandRule {
    words: Vec<String>,
    /// Where the command may run.
    root: Option<PathBuf>,
}

impl Rules {
    /// Accepts commands that begin with these words and run in the folder `root`, or in one below
    /// it, with no link on the way: `["cargo", "test"]` accepts `cargo test --lib`, and not `cargo
    /// testing`.
    ///
    /// **All arguments after the words are accepted.** Do not allow a program that runs what stands
    /// in its arguments, as `git -c …` does, or that reads and writes whichever files they name.
    /// The first word is the name of a program, which the server's `PATH` leads to, or an absolute
    /// path, and the command has to have the same.
    ///
    /// Only a command that is one program with its arguments can be decided: plain words, or words
    /// in quotes with nothing in them that a shell would replace. Any other is not: two commands,
    /// pipes, redirections, variables, `\`, wildcards, characters beyond ASCII, environment
    /// variables before the program, PowerShell and `cmd`. The same holds for a request that has
    /// additional permissions, that is about the network or a command that runs already, and for
    /// one whose fields this version of the crate does not know.
    ///
    /// [`connect_stdio`](crate::CodexBuilder::connect_stdio) fails with
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if the words begin with a shell, with a
    /// known program that starts others (`env`, `sudo`, `xargs`, `find`, …), with an interpreter
    /// that they give nothing to run (`python -c`), or if there is no folder `root`.
    pub fn allow_command_under<W: Into<String>>(
        mut self,
        root: impl Into<PathBuf>,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        self.commands.push(CommandRule { words, root: Some(root.into()) });
        self
    }

    /// Accepts such commands wherever they run. That may be in a folder that the agent has filled
    /// with what they will find there, such as a project whose tests do anything: prefer
    /// [`allow_command_under`](Self::allow_command_under), where all else is said.
    pub fn allow_command_anywhere<W: Into<String>>(
        mut self,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        self.commands.push(CommandRule { words, root: None });
        self
    }

    /// Accepts changes of files below the folder `root`: new ones, and those that are updated,
    /// moved (both ends have to be there) or deleted. All files of the change have to be below one
    /// of the folders that are allowed in this way.
    ///
    /// A change cannot be decided if it is not known which files it changes, if the way to one of
    /// them has a link, if it has several hard links or is no file, if its path is relative or has
    /// a `..`, if its name is one that some file system reads as another, and if it is below a
    /// `.git`, `.codex` or `.agents`: these say what is run later.
    ///
    /// [`connect_stdio`](crate::CodexBuilder::connect_stdio) fails with
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if there is no folder `root`, or it is
    /// not an absolute path. It may be a link, which is followed then: where it leads later does
    /// not count.
    pub fn allow_changes_under(mut self, root: impl Into<PathBuf>) -> Self {
        self.roots.push(root.into());
        self
    }

    /// Accepts for the session where the request is open to it, and once where it is not, as most
    /// requests for commands. The server then lets the same command run, or the same files change,
    /// without asking: **no rule looks at it again**, also when a file has become a link.
    pub fn for_session(mut self) -> Self {
        self.session = true;
        self
    }

    /// What these rules come to.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if one of them accepts nothing that it should, or too much.
    pub(super) fn checked(&self) -> Result<CheckedRules> {
        let root = |argument, path: &PathBuf| {
            Root::new(path).map_err(|error| {
                let path = path.display();
                Error::invalid(argument, format!("{path} is no folder: {error}; name another"))
            })
        };
        let command = |rule: &CommandRule| {
            check_words(&rule.words)?;
            let root = rule.root.as_ref().map(|path| root("allow_command", path)).transpose()?;
            Ok(CheckedCommand { words: rule.words.clone(), root })
        };
        Ok(CheckedRules {
            commands: self.commands.iter().map(command).collect::<Result<_>>()?,
            roots: (self.roots.iter().map(|path| root("allow_changes_under", path)))
                .collect::<Result<_>>()?,
            session: self.session,
        })
    }
}

fn check_words(words: &[String]) -> Result<()> {
    let odd = || words.iter().find(|word| !is_understood(word));
    let why = if words.is_empty() {
        "there are no words to compare".to_owned()
    } else if let Some(why) = objection(words) {
        why
    } else if let Some(word) = odd() {
        format!("no command with {word:?} is ever decided: use plain ASCII words")
    } else {
        return Ok(());
    };
    Err(Error::invalid("allow_command", why))
}

/// Without the words, which may hold a secret.
impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("commands", &self.commands.len())
            .field("roots", &self.roots)
            .field("session", &self.session)
            .finish()
    }
}
