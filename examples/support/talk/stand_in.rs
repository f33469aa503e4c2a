//! What plays the model of a conversation.

use codex_app_server_testkit::{Answer, ModelRequest};

/// Looks around when it is asked to, and says what it has found. It repeats anything else, but
/// “wait”, to which it says nothing at all.
pub(crate) fn converse(request: &ModelRequest) -> Answer {
    let (text, model) = (request.user_text(), request.body["model"].as_str().unwrap_or("no model"));
    let has_looked = request.input().last().is_some_and(|it| it["type"] == "function_call_output");
    if has_looked {
        let output = request.last_tool_output().unwrap_or_default();
        let found = output.lines().last().unwrap_or_default();
        return Answer::text(format!("The last line that I see is “{found}”.")).deltas(8);
    }
    match text.as_str() {
        "wait" => Answer::silent(),
        text if text.contains("ook") => Answer::text("I look around first.")
            .phase("commentary")
            .and(Answer::shell("echo hello from the sandbox"))
            .reasoning("The user wants to know what is here. One command will show it."),
        text => Answer::text(format!("You said “{text}” to {model}.")).deltas(5),
    }
}
