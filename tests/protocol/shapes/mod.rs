//! How each input, each option and each call is sent.

mod calls;
mod inputs;
mod options;

use codex_app_server::{Input, TurnOverrides};
use codex_app_server_testkit::Script;
use serde_json::Value;

use support::{fake, next_params, soon, thread_of};

/// What `turn/start` is sent for `input`, without the thread's id.
pub(crate) async fn turn_start_params(input: impl Into<Input>, overrides: TurnOverrides) -> Value {
    let (server, codex) = fake(Script::new()).await;
    soon(thread_of(&codex).await.run_with(input, overrides)).await.unwrap();
    let mut params = next_params(&server, "turn/start").await;
    assert_eq!(params["threadId"], "thread-1");
    params.as_object_mut().unwrap().remove("threadId");
    params
}
