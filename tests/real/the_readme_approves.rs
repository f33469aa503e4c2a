//! The README's handlers run, and accept what they say.

use codex_app_server::{ApprovalMode, Codex, Sandbox, ThreadConfig, generated::v2_all::ThreadItem};
use codex_app_server_testkit::Answer;
use serde_json::json;

use support::{Real, soon};

/// What the README's sample is, line by line.
fn sample() -> String {
    let page = include_str!("../../README.md");
    let lines = page.lines().skip_while(|line| *line != "let builder = Codex::builder()");
    let mut sample = Vec::new();
    for line in lines {
        sample.push(format!("    {line}\n"));
        if line.ends_with("});") {
            return sample.concat();
        }
    }
    panic!("the README has no `let builder = Codex::builder()`, or it does not end");
}

#[tokio::test]
async fn the_sample_accepts_its_command_and_its_patch_and_nothing_else() {
    // As it stands in the README.
    let builder = Codex::builder()
        .on_command_approval(|request| async move {
            match request.shell_command().as_deref() {
                Some("cargo test") => request.accept(),
                _ => request.decline(),
            }
        })
        .on_file_change_approval(|request| async move {
            for change in request.changes().unwrap_or_default() {
                println!("{}\n{}", change.path, change.diff);
            }
            request.accept()
        });
    assert!(include_str!("the_readme_approves.rs").contains(&sample()), "{}", sample());

    let leave = |command: &str| {
        let arguments = json!({"cmd": command, "sandbox_permissions": "require_escalated",
                               "justification": "it needs more"});
        Answer::tool_call("exec_command", None, arguments)
    };
    let patch = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
    let answers = [
        leave("cargo test"),
        leave("cargo test; touch evil"),
        Answer::patch(patch),
        Answer::text("Done."),
    ];
    let real = Real::start_with(answers, builder).await;
    let config = ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::Ask);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let result = soon(thread.run("Test it")).await.unwrap();
    let mut items = result.items.iter().filter_map(|item| match item {
        ThreadItem::CommandExecution(command) => Some(command.status.as_str()),
        ThreadItem::FileChange(change) => Some(change.status.as_str()),
        _ => None,
    });
    // There is nothing to test, and perhaps no cargo: it ran, however that went.
    assert!(["completed", "failed"].contains(&items.next().unwrap()));
    assert_eq!(items.collect::<Vec<_>>(), ["declined", "completed"]);
    assert!(real.cwd.path().join("new.txt").exists() && !real.cwd.path().join("evil").exists());
}
