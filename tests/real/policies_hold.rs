//! What policies accept happens in the pinned codex, and nothing else does.

use codex_app_server::{
    ApprovalMode, Codex, Policy, RunResult, Sandbox, ThreadConfig, blocking,
    generated::v2_all::{AskForApproval, ThreadItem},
};
use codex_app_server_testkit::Answer;
use serde_json::json;
use tempfile::TempDir;

use support::{Real, soon};

use crate::blocking_turns_are_the_same::with_model;

/// A project with a folder beside it, which is the one of the server.
struct Project {
    base: TempDir,
}

impl Project {
    fn new() -> Self {
        let base = TempDir::new().unwrap();
        for name in ["root", "out"] {
            std::fs::create_dir(base.path().join(name)).unwrap();
        }
        Self { base }
    }

    fn path(&self, name: &str) -> String {
        self.base.path().join(name).display().to_string()
    }

    fn exists(&self, name: &str) -> bool {
        self.base.path().join(name).exists()
    }

    /// A thread in which each command and each patch is asked for, and may then do anything.
    fn asking(&self) -> ThreadConfig {
        ThreadConfig::new()
            .approval_policy(AskForApproval::Untrusted)
            .sandbox(Sandbox::DangerFullAccess)
            .cwd(self.path("root"))
    }

    /// What has become of each command and patch that the model asks for.
    async fn statuses(
        &self,
        policy: impl Into<Policy>,
        answers: impl IntoIterator<Item = Answer>,
    ) -> Vec<String> {
        let answers = answers.into_iter().chain([Answer::text("Done.")]);
        let real = Real::start_with(answers, Codex::builder().approvals(policy)).await;
        let thread = soon(real.codex.thread_start(self.asking())).await.unwrap();
        let result = soon(thread.run("Go")).await.unwrap();
        assert_eq!(result.final_response.as_deref(), Some("Done."));
        statuses(&result)
    }
}

fn statuses(result: &RunResult) -> Vec<String> {
    let status = |item: &ThreadItem| match item {
        ThreadItem::CommandExecution(command) => Some(command.status.as_str().to_owned()),
        ThreadItem::FileChange(change) => Some(change.status.as_str().to_owned()),
        _ => None,
    };
    result.items.iter().filter_map(status).collect()
}

fn add(path: &str) -> Answer {
    Answer::patch(format!("*** Begin Patch\n*** Add File: {path}\n+hello\n*** End Patch\n"))
}

#[tokio::test]
async fn a_rule_accepts_its_command_and_none_that_evades_it() {
    let project = Project::new();
    let evasions = [
        "touch file; touch ../out/evil",
        "touch file && touch ../out/evil",
        "touch file || touch ../out/evil",
        "touch \"$(touch ../out/evil)\"",
        "touch `touch ../out/evil`",
        "touch file\ntouch ../out/evil",
        "touch file > ../out/evil",
        "X=1 touch ../out/evil",
        "env X=1 touch ../out/evil",
        "cd ../out && touch evil",
        "cat <<E > ../out/evil\nx\nE",
        "t\\ouch ../out/evil",
        "'tou'ch ../out/evil",
        "/usr/bin/touch ../out/evil",
        "{ touch ../out/evil; }",
        "(touch ../out/evil)",
        "! touch ../out/evil",
        "touch ../out/evil # touch",
    ];
    let commands = ["touch one", "touch 'two words'"].into_iter().chain(evasions);
    let policy = Policy::rules().allow_command_under(project.path("root"), ["touch"]);
    let done = project.statuses(policy, commands.map(Answer::shell)).await;
    let expected: Vec<_> =
        ["completed"; 2].into_iter().chain(evasions.map(|_| "declined")).collect();
    assert_eq!(done, expected);
    assert!(project.exists("root/one") && project.exists("root/two words"));
    assert!(!project.exists("out/evil") && !project.exists("root/file"));
}

#[tokio::test]
async fn a_rule_accepts_its_command_in_its_folder_only() {
    let project = Project::new();
    let elsewhere = |cwd: String| {
        let arguments = json!({"cmd": "touch file", "workdir": cwd});
        Answer::tool_call("exec_command", None, arguments)
    };
    let policy = Policy::rules().allow_command_under(project.path("root"), ["touch"]);
    let answers = [elsewhere(project.path("out")), elsewhere(project.path("root/../out"))];
    assert_eq!(project.statuses(policy, answers).await, ["declined", "declined"]);
    assert!(!project.exists("out/file") && !project.exists("root/file"));
}

#[tokio::test]
async fn a_rule_accepts_its_patch_and_none_that_evades_it() {
    let project = Project::new();
    for name in ["root/old", "out/old"] {
        std::fs::write(project.path(name), "old\n").unwrap();
    }
    let change = |what: String| Answer::patch(format!("*** Begin Patch\n{what}\n*** End Patch\n"));
    let to = |from: &str, line: &str, to: &str| {
        change(format!("*** Update File: {from}\n*** Move to: {to}\n@@\n-{line}\n+new"))
    };
    let mut answers = vec![
        add("new.txt"),
        add(&project.path("root/deep/new.txt")),
        to("old", "old", "moved"),
        change("*** Delete File: moved".into()),
        // And what the rule is not for.
        add("../out/evil"),
        add(&project.path("out/evil")),
        add("deep/../../out/evil"),
        add(".git/hooks/pre-commit"),
        to("new.txt", "hello", "../out/evil"),
        to("../out/old", "old", "evil"),
        change("*** Delete File: ../out/old".into()),
        change("*** Add File: both\n+x\n*** Add File: ../out/evil\n+x".into()),
    ];
    let mut expected = [["completed"; 4].as_slice(), &["declined"; 8]].concat();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(project.path("out"), project.path("root/link")).unwrap();
        answers.push(add("link/evil"));
        expected.push("declined");
    }
    let policy = Policy::rules().allow_changes_under(project.path("root"));
    assert_eq!(project.statuses(policy, answers).await, expected);
    assert!(project.exists("root/new.txt") && project.exists("root/deep/new.txt"));
    assert!(!project.exists("root/old") && !project.exists("root/moved"));
    assert!(!project.exists("out/evil") && project.exists("out/old"));
    assert!(!project.exists("root/both") && !project.exists("root/.git"));
}

#[tokio::test]
async fn rules_for_the_session_are_asked_once() {
    let project = Project::new();
    let change = "*** Begin Patch\n*** Update File: new.txt\n@@\n-hello\n+bye\n*** End Patch\n";
    let policy = Policy::rules()
        .allow_command_under(project.path("root"), ["touch"])
        .allow_changes_under(project.path("root"))
        .for_session();
    let answers = [add("new.txt"), Answer::patch(change), Answer::shell("touch file")];
    assert_eq!(project.statuses(policy, answers).await, ["completed"; 3]);
    assert_eq!(std::fs::read_to_string(project.path("root/new.txt")).unwrap(), "bye\n");
}

#[tokio::test]
async fn all_is_declined_or_all_is_accepted() {
    let answers = || [Answer::shell("touch file; touch ../out/file"), add("../out/new.txt")];
    let project = Project::new();
    let deny = Policy::deny_all();
    assert_eq!(project.statuses(deny, answers()).await, ["declined", "declined"]);
    assert!(!project.exists("root/file") && !project.exists("out/new.txt"));

    let accept = Policy::dangerously_auto_approve();
    assert_eq!(project.statuses(accept, answers()).await, ["completed", "completed"]);
    assert!(project.exists("root/file") && project.exists("out/file"));
    assert!(project.exists("out/new.txt"));
}

#[tokio::test]
async fn what_no_rule_decides_is_asked() {
    let project = Project::new();
    let builder = Codex::builder()
        .approvals(Policy::rules().allow_command_under(project.path("root"), ["touch"]))
        .on_command_approval(|request| async move {
            match request.shell_command().as_deref() {
                Some("touch asked; true") => request.accept(),
                other => panic!("{other:?} is no question"),
            }
        });
    let answers = ["touch decided", "touch asked; true"].map(Answer::shell);
    let real = Real::start_with(answers.into_iter().chain([Answer::text("Done.")]), builder).await;
    let config = project.asking().approval_mode(ApprovalMode::Ask);
    let config = config.approval_policy(AskForApproval::Untrusted);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    assert_eq!(statuses(&soon(thread.run("Go")).await.unwrap()), ["completed", "completed"]);
    assert!(project.exists("root/decided") && project.exists("root/asked"));
}

#[test]
fn a_blocking_program_has_the_same_policies() {
    let project = Project::new();
    let answers =
        vec![Answer::shell("touch file"), Answer::shell("touch evil; true"), Answer::text("Done.")];
    with_model(answers, |config| {
        let policy = Policy::rules().allow_command_under(project.path("root"), ["touch"]);
        let builder = blocking::Codex::builder().app_server(config).approvals(policy);
        let codex = builder.connect_stdio().unwrap();
        let result = codex.thread_start(project.asking()).unwrap().run("Go").unwrap();
        assert_eq!(statuses(&result), ["completed", "declined"]);
    });
    assert!(project.exists("root/file") && !project.exists("root/evil"));
}
