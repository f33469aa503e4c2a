//! The guide's table of what is asked when: each field is what the pinned codex does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use codex_app_server::{Codex, Reply, Sandbox, ThreadConfig, generated::v2_all::AskForApproval};
use codex_app_server_testkit::Answer;
use serde_json::json;

use support::{Real, soon};

/// What the agent wants, in the order of the columns.
fn wishes(elsewhere: &str) -> [Answer; 7] {
    let patch = |path: String| {
        Answer::patch(format!("*** Begin Patch\n*** Add File: {path}\n+hello\n*** End Patch\n"))
    };
    let leave = json!({"cmd": "touch left", "sandbox_permissions": "require_escalated",
                       "justification": "it needs more"});
    [
        Answer::shell("ls"),
        Answer::shell("touch here"),
        Answer::shell(format!("touch {elsewhere}/file")),
        Answer::tool_call("exec_command", None, leave),
        patch("patched".into()),
        patch(format!("{elsewhere}/patched")),
        Answer::shell("rm -rf nothing"),
    ]
}

/// The rows of the table: what stands before the first bar, and the fields after it.
fn rows() -> Vec<(String, Vec<String>)> {
    let page = std::fs::read_to_string(support::root().join("src/guide/approvals.rs")).unwrap();
    let lines = page.lines().skip_while(|line| !line.starts_with("//! | policy, sandbox"));
    let rows = lines.skip(2).map_while(|line| line.strip_prefix("//! | "));
    let fields = |row: &str| {
        let mut fields = row.trim_end_matches('|').split('|').map(|field| field.trim().to_owned());
        (fields.next().unwrap(), fields.collect())
    };
    rows.map(fields).collect()
}

/// What codex does with each wish.
async fn done(policy: AskForApproval, sandbox: Sandbox) -> Vec<String> {
    let outside = tempfile::tempdir_in("/var/tmp").unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let builder = Codex::builder().on_server_request({
        let asked = Arc::clone(&asked);
        move |request, _| {
            asked.fetch_add(1, Ordering::Relaxed);
            async move { Reply::decline(&request) }
        }
    });
    let real = Real::start_with([], builder).await;
    let config = ThreadConfig::new().approval_policy(policy).sandbox(sandbox);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let mut all = Vec::new();
    for wish in wishes(&outside.path().display().to_string()) {
        asked.store(0, Ordering::Relaxed);
        real.model.script([wish, Answer::text("Done.")]);
        soon(thread.run("Go")).await.unwrap();
        let output = real.model.requests().last().unwrap().last_tool_output().unwrap();
        let what = if asked.load(Ordering::Relaxed) > 0 {
            "asks"
        } else if output.contains("reject") {
            "refused"
        } else if output.contains("Read-only file system") {
            "fails"
        } else {
            assert!(output.contains("code 0") || output.contains("code: 0"), "{output}");
            "runs"
        };
        all.push(what.to_owned());
    }
    all
}

#[cfg(unix)]
#[tokio::test]
async fn each_field_of_the_table_is_true() {
    let mut expected = Vec::new();
    for policy in ["untrusted", "on-request", "never"] {
        for sandbox in ["read-only", "workspace-write", "danger-full-access"] {
            let policy_value = serde_json::from_value(json!(policy)).unwrap();
            let sandbox_value = match sandbox {
                "read-only" => Sandbox::ReadOnly,
                "workspace-write" => Sandbox::WorkspaceWrite,
                _ => Sandbox::DangerFullAccess,
            };
            let row = done(policy_value, sandbox_value).await;
            expected.push((format!("{policy}, {sandbox}"), row));
        }
    }
    assert_eq!(rows(), expected);
}
