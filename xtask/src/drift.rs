//! `cargo xtask drift`: looks whether codex has moved on, and proposes the move.
//!
//! A workflow calls this on a schedule. When the newest codex has another schema than the pinned
//! one, the repository is regenerated and tested, and what came of it becomes a pull request: the
//! files, the diff of the protocol as its text, and whether the tests pass. Where regenerating
//! needs somebody's judgement, that is the error, and nothing is proposed.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command as Program, Stdio},
};

use clap::{Arg, ArgAction, ArgMatches, Command};
use xtask::{
    error::Result,
    process::{cannot_run, cargo, check_status, command_line, run},
    workspace::Workspace,
};

use crate::checks::{SCHEMA_PROGRAM, dry_run};

/// GitHub takes 65,536 characters for the text of a pull request.
const LONGEST_DIFF: usize = 50_000;

/// Who the commit is of: the account that the workflow's token belongs to.
const IDENTITY: [&str; 4] = [
    "-c",
    "user.name=github-actions[bot]",
    "-c",
    "user.email=41898282+github-actions[bot]@users.noreply.github.com",
];

pub(crate) fn arguments() -> Command {
    Command::new("drift")
        .about("Regenerate for the newest codex if it has another schema, and test that")
        .arg(dry_run())
        .arg(
            Arg::new("pull-request")
                .long("pull-request")
                .action(ArgAction::SetTrue)
                .help("Push the result as a branch, and open a pull request with `gh`"),
        )
}

pub(crate) fn drift(workspace: &Workspace, args: &ArgMatches) -> Result<()> {
    let mut check = schema(&["regen", "latest", "--check"]);
    let mut regen = schema(&["regen", "latest"]);
    let mut tests = cargo("xtask test");
    if args.get_flag("dry-run") {
        for command in [&check, &regen, &tests] {
            println!("{}", command_line(command));
        }
        return Ok(());
    }
    let old = workspace.codex_version()?;
    if run(&mut check).is_ok() {
        println!("codex {old} is the newest, and schema/ is what it says");
        return Ok(());
    }
    run(&mut regen)?;
    let new = workspace.codex_version()?;
    let diff = output(&mut schema(&["diff", &old, &new]))?;
    let update = Update { diff, tests: run(&mut tests), old, new, log: workflow_log() };
    println!("{}", update.text());
    if args.get_flag("pull-request") { update.propose(workspace.root(), "gh") } else { Ok(()) }
}

fn schema(args: &[&str]) -> Program {
    let mut command = cargo(SCHEMA_PROGRAM);
    command.args(args);
    command
}

/// Where GitHub shows the log of this run.
fn workflow_log() -> Option<String> {
    let variable = |name| std::env::var(name).ok();
    let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
    Some(format!("{server}/{repository}/actions/runs/{}", variable("GITHUB_RUN_ID")?))
}

/// A move to another codex, which is in the files already.
struct Update {
    old: String,
    new: String,
    /// What `cargo xtask diff` says.
    diff: String,
    tests: Result<()>,
    log: Option<String>,
}

impl Update {
    fn title(&self) -> String {
        format!("Move to codex {}", self.new)
    }

    /// The text of the pull request.
    fn text(&self) -> String {
        let Self { old, new, diff, tests, log } = self;
        let mut text = format!("From codex {old} to {new}, by `cargo xtask regen`.\n\n");
        match tests {
            Ok(()) => text.push_str("`cargo xtask test` passes."),
            Err(error) => {
                let _ = write!(text, "`cargo xtask test` **fails**: {error}.");
            }
        }
        if let Some(log) = log {
            let _ = write!(text, " [The log]({log}) has its output.");
        }
        let longest = LONGEST_DIFF.min(diff.len());
        let end = (0..=longest).rev().find(|at| diff.is_char_boundary(*at)).unwrap_or_default();
        // A fence within the block would end it.
        let shown = diff[..end].replace("```", "` ` `");
        let _ = write!(text, "\n\n## What changes in the protocol\n\n```text\n{shown}");
        if end < diff.len() {
            let _ = write!(text, "\n… `cargo xtask diff {old} {new}` shows the rest");
        }
        text.push_str("\n```\n");
        text
    }

    /// Pushes all changes as a branch, and opens a pull request, or updates the one there is.
    fn propose(&self, root: &Path, gh: &str) -> Result<()> {
        let branch = format!("codex-{}", self.new);
        let (title, text) = (self.title(), self.text());
        let git =
            |args: &[&str]| run(Program::new("git").current_dir(root).args(IDENTITY).args(args));
        let pull_request = |args: &[&str]| {
            let mut gh = Program::new(gh);
            gh.current_dir(root).arg("pr").args(args);
            run(gh.args(["--title", &title, "--body", &text]))
        };
        git(&["switch", "--quiet", "--force-create", &branch])?;
        git(&["add", "--all"])?;
        git(&["commit", "--quiet", "--message", &title])?;
        git(&["push", "--quiet", "--force", "origin", &branch])?;
        // This fails where there is none yet.
        pull_request(&["edit", &branch]).or_else(|_| pull_request(&["create", "--head", &branch]))
    }
}

/// What a command prints.
fn output(command: &mut Program) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| cannot_run(command, &error))?;
    check_status(command, Ok(output.status))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(diff: &str, tests: Result<()>) -> Update {
        Update {
            old: "1.0.0".to_owned(),
            new: "1.1.0".to_owned(),
            diff: diff.to_owned(),
            tests,
            log: Some("https://host/run/1".to_owned()),
        }
    }

    #[test]
    fn the_text_says_what_changes_and_whether_the_tests_pass() {
        let text = update("added: a/read\n", Ok(())).text();
        for part in [
            "From codex 1.0.0 to 1.1.0",
            "`cargo xtask test` passes",
            "[The log](https://host/run/1)",
            "```text\nadded: a/read\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = update("a ``` b", Err("3 of them".to_owned())).text();
        assert!(text.contains("**fails**: 3 of them") && text.contains("a ` ` ` b"), "{text}");
    }

    #[test]
    fn a_long_diff_is_cut_to_what_github_takes() {
        let text = update(&"é".repeat(100_000), Ok(())).text();
        assert!(text.chars().count() < 65_536);
        assert!(text.ends_with("`cargo xtask diff 1.0.0 1.1.0` shows the rest\n```\n"));
    }

    /// With a bare repository in place of GitHub's, and a program in place of `gh` that knows the
    /// pull request once it was created.
    #[cfg(unix)]
    #[test]
    fn a_branch_is_pushed_and_a_pull_request_opened_once() {
        use std::{fs, os::unix::fs::PermissionsExt};

        let dir = tempfile::tempdir().unwrap();
        let (root, gh) = (dir.path().join("root"), dir.path().join("gh"));
        let git = |args: &[&str]| {
            output(Program::new("git").current_dir(dir.path()).args(IDENTITY).args(args)).unwrap()
        };
        git(&["init", "--quiet", "--bare", "remote"]);
        git(&["clone", "--quiet", "remote", "root"]);
        fs::write(root.join("file"), "old").unwrap();
        git(&["-C", "root", "add", "--all"]);
        git(&["-C", "root", "commit", "--quiet", "--message", "First"]);
        let script = "#!/bin/sh\necho $1 $2 $3 >> ../log\n\
            if [ $2 = edit ]; then test -e ../created; else touch ../created; fi\n";
        fs::write(&gh, script).unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();

        for text in ["new", "newer"] {
            fs::write(root.join("file"), text).unwrap();
            update("", Ok(())).propose(&root, gh.to_str().unwrap()).unwrap();
            assert_eq!(git(&["-C", "remote", "show", "codex-1.1.0:file"]), text);
        }
        let commit = git(&["-C", "remote", "log", "-1", "--format=%s, %an", "codex-1.1.0"]);
        assert_eq!(commit, "Move to codex 1.1.0, github-actions[bot]\n");
        let log = fs::read_to_string(dir.path().join("log")).unwrap();
        assert_eq!(log, "pr edit codex-1.1.0\npr create --head\npr edit codex-1.1.0\n");
    }
}
