//! Turns on the real codex of the pinned version, with a scripted model.

mod support;

use codex_app_server::{
    ApprovalMode, Codex, Error, Sandbox, ThreadConfig, TurnOverrides,
    generated::v2_all::{CodexErrorInfo, ServerNotification, ThreadItem, TurnStatus},
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, soon, streamed_text, until};

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
async fn steering_adds_input_to_the_running_turn() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["Working", " on it"]).gate_after(1, &gate),
        Answer::text("Steered."),
    ])
    .await;
    let mut turn = soon(real.thread().await.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;

    let steered = soon(turn.steer("Only touch src/")).await.unwrap();
    assert_eq!(steered, turn.id());
    gate.open();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Steered."));
    real.model.next_request().await;
    let second = real.model.next_request().await;
    assert!(second.body.to_string().contains("Only touch src/"));

    let error = soon(turn.steer("Too late")).await.unwrap_err();
    assert!(error.to_string().contains("no active turn to steer"), "{error}");
}

#[tokio::test]
async fn a_turn_is_interrupted_in_the_middle_and_twice() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["Never ", "ending"]).gate_after(1, &gate),
        Answer::text("Next."),
    ])
    .await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;

    // At the same time, and once more after that: the server answers only the first.
    let (first, second) = soon(async { tokio::join!(turn.interrupt(), turn.interrupt()) }).await;
    first.unwrap();
    second.unwrap();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert_eq!(result.final_response, None);
    let late = soon(turn.interrupt()).await.unwrap_err();
    assert!(late.to_string().contains("no active turn"), "{late}");

    // The thread can be used again.
    let next = soon(thread.run("And now?")).await.unwrap();
    assert_eq!(next.final_response.as_deref(), Some("Next."));
}

#[tokio::test]
async fn a_turn_is_interrupted_right_after_its_start() {
    let real = Real::start([Answer::silent(), Answer::silent(), Answer::silent()]).await;
    let thread = real.thread().await;
    for _ in 0..3 {
        let mut turn = soon(thread.turn("Begin")).await.unwrap();
        soon(turn.interrupt()).await.unwrap();
        let result = soon(turn.run()).await.unwrap();
        assert_eq!(result.status, TurnStatus::Interrupted);
    }
}

#[tokio::test]
async fn an_interrupt_is_carried_out_though_nobody_waits_for_it() {
    let real = Real::start([Answer::silent()]).await;
    let thread = real.thread().await;
    let mut watching = thread.events();
    let turn = soon(thread.turn("Begin")).await.unwrap();
    {
        let interrupt = turn.interrupt();
        tokio::pin!(interrupt);
        // Polled once, then dropped with its handle.
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(interrupt.as_mut().poll(cx)));
        assert!(polled.await.is_pending());
    }
    drop(turn);
    loop {
        let event = soon(watching.next()).await.unwrap().unwrap();
        if let ServerNotification::TurnCompleted(completed) = event {
            assert_eq!(completed.turn.status, TurnStatus::Interrupted);
            break;
        }
    }
}

#[tokio::test]
async fn two_threads_run_turns_at_once_and_see_only_their_own() {
    let gate = Gate::new();
    let real = Real::start([]).await;
    let held = gate.clone();
    real.model.respond_with(move |request| {
        let prompt = request.user_text();
        let pieces: Vec<_> = (0..100).map(|n| format!("{prompt}{n} ")).collect();
        Answer::from_deltas(pieces).gate_after(50, &held)
    });
    let (a, b) = (real.thread().await, real.thread().await);
    let mut turn_a = soon(a.turn("a")).await.unwrap();
    let mut turn_b = soon(b.turn("b")).await.unwrap();
    // Both are in the middle before either may end.
    until(&mut turn_a, "item/agentMessage/delta").await;
    until(&mut turn_b, "item/agentMessage/delta").await;
    gate.open();

    let (text_a, text_b) = tokio::join!(streamed_text(&mut turn_a), streamed_text(&mut turn_b));
    let expected = |name| (1..100).map(|n| format!("{name}{n} ")).collect::<String>();
    assert_eq!(text_a, expected("a"));
    assert_eq!(text_b, expected("b"));
    assert!(soon(turn_a.run()).await.unwrap().final_response.unwrap().starts_with("a0 a1"));
}

#[tokio::test]
async fn a_turn_on_a_busy_thread_joins_the_running_one() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["one", " two"]).gate_after(1, &gate),
        Answer::text("Both heard."),
    ])
    .await;
    let thread = real.thread().await;
    let mut first = soon(thread.turn("First")).await.unwrap();
    until(&mut first, "item/agentMessage/delta").await;
    let mut second = soon(thread.turn("Second")).await.unwrap();
    assert_eq!(first.id(), second.id());
    gate.open();

    let (first, second) = soon(async { tokio::join!(first.run(), second.run()) }).await;
    assert_eq!(first.unwrap().final_response.as_deref(), Some("Both heard."));
    assert_eq!(second.unwrap().final_response.as_deref(), Some("Both heard."));
}

#[tokio::test]
async fn a_thread_is_resumed_in_a_second_process() {
    let real = Real::start([Answer::text("My name is Codex."), Answer::text("As I said.")]).await;
    let thread = real.thread().await;
    soon(thread.run("What is your name?")).await.unwrap();
    let id = thread.id().to_owned();
    soon(real.codex.close()).await;

    let second = real.second().await;
    let thread = soon(second.thread_resume(&id, ThreadConfig::new())).await.unwrap();
    assert_eq!(thread.id(), id);
    let result = soon(thread.run("Again?")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("As I said."));
    real.model.next_request().await;
    let history = real.model.next_request().await.body.to_string();
    assert!(history.contains("My name is Codex."), "{history}");

    let read = soon(thread.read(true)).await.unwrap();
    assert_eq!(read.turns.len(), 2);
}

#[tokio::test]
async fn a_fork_has_its_own_id_and_the_history() {
    let real = Real::start([Answer::text("one"), Answer::text("two")]).await;
    let thread = real.thread().await;
    soon(thread.run("First")).await.unwrap();
    let fork = soon(thread.fork(ThreadConfig::new())).await.unwrap();
    assert_ne!(fork.id(), thread.id());
    soon(fork.run("Second")).await.unwrap();
    real.model.next_request().await;
    let history = real.model.next_request().await.body.to_string();
    assert!(history.contains("First") && history.contains("Second"));
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
async fn a_name_is_set_and_read() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = real.thread().await;
    soon(thread.run("Begin")).await.unwrap();
    soon(thread.set_name("The first")).await.unwrap();
    let read = soon(thread.read(false)).await.unwrap();
    assert_eq!(read.name.as_deref(), Some("The first"));
}

#[tokio::test]
async fn an_unknown_thread_is_an_error_that_says_so() {
    let real = Real::start([]).await;
    for id in ["01a1f858-10f4-77a1-9b9e-09ecfb478000", "not an id"] {
        let error = soon(real.codex.thread_resume(id, ThreadConfig::new())).await.unwrap_err();
        assert!(matches!(error, Error::Rpc(_)), "{error:?}");
        assert!(error.to_string().contains("thread/resume"), "{error}");
    }
}

#[tokio::test]
async fn an_empty_list_of_items_is_refused_before_it_is_sent() {
    let real = Real::start([]).await;
    let thread = real.thread().await;
    let nothing: Vec<String> = Vec::new();
    for error in [
        soon(thread.run(nothing.clone())).await.unwrap_err(),
        soon(thread.turn(nothing)).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidInput { argument: "input", .. }), "{error:?}");
    }
    assert!(real.model.requests().is_empty());
}
