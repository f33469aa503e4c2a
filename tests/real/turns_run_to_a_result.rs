//! Turns from their input to their result.

use codex_app_server::{
    ApprovalMode, Codex, Error, Sandbox, ThreadConfig, TurnOverrides,
    generated::v2_all::{CodexErrorInfo, ServerNotification, ThreadItem, TurnStatus},
};
use codex_app_server_testkit::Answer;

use support::{Real, soon, streamed_text};

#[tokio::test]
async fn a_turn_runs_to_its_result() {
    let real = Real::start([Answer::text("Hello there.").usage(1200, 30)]).await;
    let thread = real.thread().await;
    let result = soon(thread.run("Say hello")).await.unwrap();

    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.final_response.as_deref(), Some("Hello there."));
    assert_eq!(result.thread_id, thread.id());
    assert_eq!(result.error, None);
    let usage = result.usage.unwrap().last;
    assert_eq!((usage.input_tokens, usage.output_tokens), (1200, 30));
    assert!(result.started_at.unwrap() <= result.completed_at.unwrap());
    assert!(result.duration.is_some());
    assert!(
        matches!(&result.items[..], [ThreadItem::UserMessage(_), ThreadItem::AgentMessage(_)]),
        "{:?}",
        result.items
    );
    assert_eq!(real.model.next_request().await.user_text(), "Say hello");
}

#[tokio::test]
async fn two_thousand_deltas_arrive_whole_and_in_order() {
    let pieces: Vec<_> = (0..2000).map(|n| format!("{n} ")).collect();
    let real = Real::start([Answer::from_deltas(&pieces)]).await;
    let mut turn = soon(real.thread().await.turn("Count")).await.unwrap();

    let mut deltas = Vec::new();
    while let Some(event) = soon(turn.next()).await {
        if let ServerNotification::ItemAgentMessageDelta(delta) = event.unwrap() {
            assert_eq!(delta.turn_id, turn.id());
            deltas.push(delta.delta);
        }
    }
    assert!(deltas == pieces, "{} of 2000 deltas", deltas.len());

    // What was streamed is part of the result, which stays available.
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response, Some(pieces.concat()));
    assert_eq!(soon(turn.run()).await.unwrap(), result);
    assert!(turn.next().await.is_none());
}

#[tokio::test]
async fn without_deltas_a_turn_is_the_same_but_for_its_pieces() {
    let pieces = ["one ", "two ", "three"];
    let answers = [Answer::from_deltas(pieces), Answer::from_deltas(pieces)];
    let real = Real::start_with(answers, Codex::builder().without_deltas()).await;
    let thread = real.thread().await;
    let result = soon(thread.run("Count")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("one two three"));

    let mut turn = soon(thread.turn("Again")).await.unwrap();
    let mut methods = Vec::new();
    while let Some(event) = soon(turn.next()).await {
        methods.push(event.unwrap().method().to_owned());
    }
    assert!(methods.contains(&"item/completed".to_owned()), "{methods:?}");
    assert!(!methods.contains(&"item/agentMessage/delta".to_owned()), "{methods:?}");
}

#[tokio::test]
async fn a_shell_command_is_run_by_codex() {
    let real = Real::start([
        Answer::shell("echo to stdout; echo to stderr >&2; exit 3"),
        Answer::text("It failed with 3.").phase("final_answer"),
    ])
    .await;
    let config =
        ThreadConfig::new().sandbox(Sandbox::DangerFullAccess).approval_mode(ApprovalMode::DenyAll);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let result = soon(thread.run("Run it")).await.unwrap();

    let command = result.items.iter().find_map(|item| match item {
        ThreadItem::CommandExecution(command) => Some(command),
        _ => None,
    });
    let command = command.expect("a command ran");
    assert_eq!(command.exit_code, Some(3));
    let output = command.aggregated_output.as_deref().unwrap();
    assert!(output.contains("to stdout") && output.contains("to stderr"), "{output}");
    assert_eq!(result.final_response.as_deref(), Some("It failed with 3."));
}

#[tokio::test]
async fn overrides_reach_the_server() {
    let real = Real::start([Answer::text("ok")]).await;
    let overrides = TurnOverrides::new().effort("high").output_schema(serde_json::json!({
        "type": "object", "properties": {}, "required": [], "additionalProperties": false,
    }));
    let thread = real.thread().await;
    soon(thread.run_with("Think hard", overrides)).await.unwrap();

    let request = real.model.next_request().await;
    assert_eq!(request.body["reasoning"]["effort"], "high");
    assert_eq!(request.body["text"]["format"]["type"], "json_schema");
}

#[tokio::test]
async fn a_failed_turn_is_an_error_with_the_reason_and_what_was_done() {
    let real = Real::start([
        Answer::text("I begin.").phase("commentary").and(Answer::shell("echo done")),
        Answer::status(500),
    ])
    .await;
    let config = ThreadConfig::new().sandbox(Sandbox::DangerFullAccess);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let error = soon(thread.run("Try")).await.unwrap_err();

    let Error::TurnFailed(result) = &error else {
        panic!("{error:?}");
    };
    let reason = result.error.as_ref().unwrap();
    assert_eq!(reason.codex_error_info, Some(CodexErrorInfo::InternalServerError));
    assert!(error.to_string().contains(&reason.message), "{error}");
    assert_eq!(result.status, TurnStatus::Failed);
    let done = |item: &ThreadItem| matches!(item, ThreadItem::CommandExecution(_));
    assert!(result.items.iter().any(done), "{:?}", result.items);
}

#[tokio::test]
async fn a_stream_that_is_cut_fails_the_turn_and_keeps_the_deltas() {
    let real = Real::start([Answer::text("never whole").deltas(5).cut_after(2)]).await;
    let mut turn = soon(real.thread().await.turn("Try")).await.unwrap();
    let text = streamed_text(&mut turn).await;
    assert!(!text.is_empty() && "never whole".starts_with(&text), "{text}");
    let error = soon(turn.run()).await.unwrap_err();
    assert!(error.to_string().contains("stream disconnected"), "{error}");
}

#[tokio::test]
async fn the_text_of_a_turn_comes_alone() {
    let real = Real::start([Answer::from_deltas(["Grüße", ", ", "Welt"]).reasoning("Hm.")]).await;
    let mut turn = soon(real.thread().await.turn("Greet")).await.unwrap();
    let mut text = Vec::new();
    while let Some(piece) = soon(turn.next_text()).await {
        text.push(piece.unwrap());
    }
    assert_eq!(text, ["Grüße", ", ", "Welt"]);
    assert!(soon(turn.next_text()).await.is_none());
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response, Some(text.concat()));
}
