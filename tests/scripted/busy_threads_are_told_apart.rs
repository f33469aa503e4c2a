//! Who has started a turn, and when a thread is busy, where that is hard to tell.

use codex_app_server::{Codex, RetryPolicy, Thread, TurnOverrides, WhenBusy};
use codex_app_server_testkit::{Action, FakeServer, Script, turn, turn_accepted, turn_ended};
use serde_json::{Value, json};

use support::{begin, fake, next_params, sent_params, soon, thread_of, turn_object};

fn when(busy: WhenBusy) -> TurnOverrides {
    TurnOverrides::new().when_busy(busy)
}

/// The response to `thread/read`, as far as it says whether a turn runs.
fn status(active: bool) -> Action {
    let status =
        if active { json!({"type": "active", "activeFlags": []}) } else { json!({"type": "idle"}) };
    Action::respond(json!({"thread": {"id": "{{threadId}}", "status": status}}))
}

/// A notification of the turn `turn-1`.
fn notify(method: &str, more: Value) -> Action {
    let mut params = json!({"threadId": "{{threadId}}", "turnId": "turn-1"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Action::notify(method, params)
}

fn started() -> Action {
    notify("turn/started", json!({"turn": turn_object("turn-1")}))
}

fn user_message(client_id: &str) -> Action {
    let item =
        json!({"type": "userMessage", "id": client_id, "clientId": client_id, "content": []});
    notify("item/completed", json!({"item": item, "completedAtMs": 1}))
}

fn completed() -> Action {
    let mut turn = turn_object("turn-1");
    turn["status"] = "completed".into();
    notify("turn/completed", json!({"turn": turn}))
}

fn accepted() -> Action {
    Action::respond(json!({"turn": turn_object("turn-1")}))
}

#[tokio::test]
async fn who_has_joined_is_told_by_what_is_heard() {
    const OWN: &str = "{{params.clientUserMessageId}}";
    for (actions, joined) in [
        // In the order of the server, and with the start before the response.
        (vec![accepted(), started(), user_message(OWN), completed()], false),
        (vec![started(), user_message(OWN), accepted(), completed()], false),
        (vec![started(), user_message(OWN), completed(), accepted()], false),
        // A server that does not tell the ids of messages.
        (vec![accepted(), started(), user_message("another"), completed()], false),
        // Another client was faster by a moment.
        (
            vec![accepted(), started(), user_message("another"), user_message(OWN), completed()],
            true,
        ),
        // The turn ran before anything was heard of it.
        (vec![accepted(), user_message(OWN), completed()], true),
        (vec![user_message(OWN), completed(), accepted()], true),
    ] {
        let shown = format!("{actions:?}");
        let (_server, codex) = fake(Script::new().on("turn/start", actions)).await;
        let thread = thread_of(&codex).await;
        let run = thread.run_with("Go", when(WhenBusy::Join));
        assert_eq!(soon(run).await.unwrap().joined, joined, "{shown}");
    }
}

#[tokio::test]
async fn a_turn_that_another_client_has_begun_is_joined() {
    let script = Script::new()
        .on("thread/name/set", [Action::respond(json!({})), started()])
        .on("turn/start", [accepted(), completed()]);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut events = thread.events();
    soon(thread.set_name("x")).await.unwrap();
    soon(events.next()).await.unwrap().unwrap();
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    assert!(turn.joined());
    assert!(soon(turn.run()).await.unwrap().joined);
}

#[tokio::test]
async fn each_message_for_which_that_counts_has_an_id_of_its_own() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    for _ in 0..2 {
        soon(thread.run_with("Go", when(WhenBusy::Join))).await.unwrap();
    }
    let sent = sent_params(&server, "turn/start");
    let id = |n: usize| sent[n]["clientUserMessageId"].as_str().unwrap();
    assert!(id(0).len() >= 16 && id(0) != id(1), "{sent:?}");
}

/// A thread of which only the server knows that it is busy, for as many questions.
async fn busy_elsewhere(questions: usize, more: Script) -> (FakeServer, Codex, Thread) {
    let mut script = more;
    for _ in 0..questions {
        script = script.on("thread/read", [status(true)]);
    }
    let (server, codex) = fake(script.on("thread/read", [status(false)])).await;
    let thread = thread_of(&codex).await;
    (server, codex, thread)
}

#[tokio::test]
async fn the_server_is_asked_about_turns_of_others() {
    let (server, _codex, thread) = busy_elsewhere(1, Script::new()).await;
    let error = soon(thread.run_with("No", when(WhenBusy::Refuse))).await.unwrap_err();
    assert!(error.is_busy(), "{error}");
    assert!(sent_params(&server, "turn/start").is_empty());
    assert!(!soon(thread.run_with("Yes", when(WhenBusy::Refuse))).await.unwrap().joined);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_not_heard_is_asked_for() {
    let (server, _codex, thread) = busy_elsewhere(3, Script::new()).await;
    thread.run_with("Go", when(WhenBusy::Wait)).await.unwrap();
    assert_eq!(sent_params(&server, "thread/read").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_the_server_has_forgotten_is_not_waited_for_for_ever() {
    // Its end is never told.
    let script = Script::new().on("turn/start", [turn_accepted()]).on("turn/start", turn("Go", 1));
    let (_server, _codex, thread) = busy_elsewhere(0, script).await;
    let lost = thread.turn("Lost").await.unwrap();
    let result = thread.run_with("Go", when(WhenBusy::Wait)).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Go"));
    drop(lost);
}

#[tokio::test]
async fn a_start_without_a_response_is_in_the_way() {
    let slow = [vec![Action::wait("go on")], turn("First", 1)].concat();
    let script = Script::new().on("turn/start", slow).on("turn/start", turn("Second", 1));
    let (server, _codex, thread) = busy_elsewhere(0, script).await;
    let mut first = Box::pin(thread.run("First"));
    begin(&mut first).await;
    let error = soon(thread.run_with("No", when(WhenBusy::Refuse))).await.unwrap_err();
    assert!(error.is_busy(), "{error}");
    let mut second = Box::pin(thread.run_with("Second", when(WhenBusy::Wait)));
    begin(&mut second).await;
    server.gate("go on").open();
    let (first, second) = soon(async { tokio::join!(first, second) }).await;
    assert_eq!(first.unwrap().final_response.as_deref(), Some("First"));
    assert_eq!(second.unwrap().final_response.as_deref(), Some("Second"));
}

#[tokio::test(start_paused = true)]
async fn who_waits_tries_again_when_another_client_was_faster() {
    let words = "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Compact }";
    let faster = Action::error(-32603, words, None);
    let script = Script::new().on("turn/start", [faster]).on("turn/start", turn("Mine", 1));
    let (server, _codex, thread) = busy_elsewhere(0, script).await;
    let result = thread.run_with("Go", when(WhenBusy::Wait)).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Mine"));
    assert_eq!(sent_params(&server, "turn/start").len(), 2);
}

#[tokio::test]
async fn who_waits_learns_of_the_end_of_the_connection() {
    let script =
        Script::new().on("turn/start", [turn_accepted()]).on("thread/name/set", [Action::close()]);
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let _running = soon(thread.turn("Go")).await.unwrap();
    let mut waiting = Box::pin(thread.run_with("Wait", when(WhenBusy::Wait)));
    begin(&mut waiting).await;
    soon(thread.set_name("x")).await.unwrap_err();
    assert!(soon(waiting).await.unwrap_err().is_closed());
}

/// A turn that fails because the service is overloaded.
fn overloaded() -> Vec<Action> {
    let mut end = turn_object("{{turnId}}");
    end["status"] = "failed".into();
    end["error"] = json!({"message": "Busy.", "codexErrorInfo": "serverOverloaded"});
    let begun = json!({"threadId": "{{threadId}}", "turn": turn_object("{{turnId}}")});
    vec![
        turn_accepted(),
        Action::notify("turn/started", begun),
        Action::notify("turn/completed", json!({"threadId": "{{threadId}}", "turn": end})),
    ]
}

fn turns(last: &str) -> Action {
    Action::respond(json!({"data": [{"id": last}]}))
}

#[tokio::test(start_paused = true)]
async fn a_failed_turn_is_taken_out_before_the_wait() {
    let script = Script::new()
        .on("turn/start", [Action::error(-32001, "Server overloaded; retry later.", None)])
        .on("turn/start", overloaded())
        .on("turn/start", turn("Now.", 1))
        .on("thread/turns/list", [turns("turn-2")])
        .on("thread/revert", [Action::respond(json!({"thread": "of any form"}))]);
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let result = thread.run_retrying("Go", RetryPolicy::new()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Now."));
    let reverted = sent_params(&server, "thread/revert");
    // What was refused without beginning is in no thread.
    assert_eq!(reverted.len(), 1);
    assert_eq!(reverted[0], json!({"threadId": thread.id(), "beforeTurnId": "turn-2"}));
}

#[tokio::test(start_paused = true)]
async fn a_failed_turn_that_others_follow_is_left_in_its_place() {
    let script = Script::new()
        .on("turn/start", overloaded())
        .on("thread/turns/list", [turns("of somebody else")]);
    let (server, codex) = fake(script).await;
    let error = thread_of(&codex).await.run_retrying("Go", RetryPolicy::new()).await.unwrap_err();
    assert!(error.to_string().contains("not the last turn"), "{error}");
    assert!(sent_params(&server, "thread/revert").is_empty());
    assert_eq!(sent_params(&server, "turn/start").len(), 1);
}

#[tokio::test]
async fn a_cancelled_wait_sends_nothing() {
    let script = Script::new().on("turn/start", [turn_accepted()]);
    let script = script.on(
        "thread/name/set",
        [vec![Action::respond(json!({}))], turn_ended("completed")].concat(),
    );
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut running = soon(thread.turn("Go")).await.unwrap();
    next_params(&server, "turn/start").await;
    let mut waiting = Box::pin(thread.run_with("Wait", when(WhenBusy::Wait)));
    begin(&mut waiting).await;
    drop(waiting);
    soon(thread.set_name("x")).await.unwrap();
    soon(running.run()).await.unwrap();
    soon(thread.read()).await.unwrap();
    assert_eq!(sent_params(&server, "turn/start").len(), 1);
}
