//! What needs an approval is shown, and happens or not as a click says.

use codex_app_server_testkit::Answer;
use serde_json::json;

use crate::{browser::in_browser, service::Service};

/// A command that asks to leave the sandbox, and a last word.
fn command() -> [Answer; 2] {
    let call = json!({"cmd": "echo it ran | tee file", "justification": "The file is missing.",
                      "sandbox_permissions": "require_escalated"});
    [Answer::tool_call("exec_command", None, call), Answer::text("That was it.")]
}

fn patch() -> [Answer; 2] {
    let patch = "*** Begin Patch\n*** Add File: file\n+a new line\n*** End Patch\n";
    [Answer::patch(patch), Answer::text("That was it.")]
}

#[tokio::test]
async fn an_accepted_command_runs() {
    let service = Service::start(command()).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Make the file").await;
        page.until(".ask", "echo it ran | tee file").await;
        page.until(".ask", "The file is missing.").await;
        assert!(!service.has("file"));
        page.click(".ask .accept").await;
        page.until("#status", "completed").await;
        page.until_gone(".ask").await;
        assert_eq!(page.texts(".command pre").await, ["it ran\n"]);
        assert_eq!(page.texts(".command .state").await, ["exit code 0"]);
        assert!(service.has("file"));
    })
    .await;
}

#[tokio::test]
async fn a_declined_command_does_not_run() {
    let service = Service::start(command()).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Make the file").await;
        page.until(".ask", "echo it ran | tee file").await;
        page.click(".ask .decline").await;
        page.until("#status", "completed").await;
        page.until_gone(".ask").await;
        assert_eq!(page.texts(".command .state").await, ["declined"]);
        assert!(!service.has("file"));
    })
    .await;
}

#[tokio::test]
async fn an_accepted_change_is_made() {
    let service = Service::start(patch()).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Make the file").await;
        page.until(".ask .added", "a new line").await;
        assert!(!service.has("file"));
        page.click(".ask .accept").await;
        page.until("#status", "completed").await;
        assert_eq!(page.texts(".change .state").await, ["completed"]);
        assert!(service.has("file"));
    })
    .await;
}

#[tokio::test]
async fn a_declined_change_is_not_made() {
    let service = Service::start(patch()).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Make the file").await;
        page.until(".ask .added", "a new line").await;
        page.click(".ask .decline").await;
        page.until("#status", "completed").await;
        assert_eq!(page.texts(".change .state").await, ["declined"]);
        assert!(!service.has("file"));
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_is_still_asked_after_a_reload_and_decided_once() {
    let service = Service::start(command()).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Make the file").await;
        page.until(".ask", "tee file").await;
        page.reload().await;
        page.until(".ask", "tee file").await;

        let address = page.address().await;
        let first_window = page.other_window().await;
        page.open(&address).await;
        page.until(".ask", "tee file").await;
        page.click(".ask .accept").await;
        page.until("#status", "completed").await;
        page.go_to(first_window).await;
        page.until_gone(".ask").await;
        page.until("#status", "completed").await;
        assert!(service.has("file"));
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_turn_asks_no_more() {
    let service = Service::start(command()).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Make the file").await;
        page.until(".ask", "tee file").await;
        page.click("#stop").await;
        page.until("#status", "interrupted").await;
        page.until_gone(".ask").await;
        assert!(!service.has("file"));
    })
    .await;
}
