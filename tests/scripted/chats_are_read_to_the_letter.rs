//! What chats make of what a server says, and what they ask it.

use codex_app_server::{
    Chat, ChatContinuation, ChatOptions, Codex, CompletionSource, Error, StepType, Thread,
    protocol::TurnStatus,
};
use codex_app_server_testkit::{
    Action, FakeServer, Script, message, turn, turn_accepted, turn_ended, turn_events, turn_started,
};
use serde_json::{Value, json};

use support::{
    fake, next_params, refused_argument, sent_params, shown, soon, steps_of, thread_of, turn_object,
};

fn completed(item: Value) -> Action {
    let params = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "item": item});
    Action::notify("item/completed", params)
}

/// A turn that begins, says this, and ends.
fn turn_of(items: Vec<Action>) -> Vec<Action> {
    [vec![turn_accepted()], turn_started(), items, turn_ended("completed")].concat()
}

/// A turn that begins and waits for its interrupt.
fn unfinished() -> Script {
    Script::new().on("turn/start", [vec![turn_accepted()], turn_started()].concat())
}

async fn chat_of(script: Script) -> (FakeServer, Codex, Thread, Chat) {
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let chat = soon(thread.chat("Go")).await.unwrap();
    (server, codex, thread, chat)
}

#[tokio::test]
async fn an_item_is_a_step_once_whatever_its_type() {
    let script = Script::new().on(
        "turn/start",
        turn_of(vec![
            completed(
                json!({"type": "fileChange", "id": "f", "changes": [], "status": "completed"}),
            ),
            completed(json!({"type": "mcpToolCall", "id": "t", "server": "s", "tool": "t"})),
            completed(json!({"type": "newsFromTomorrow", "id": "n", "text": "soon"})),
            completed(json!({"type": "newsFromTomorrow", "id": "n", "text": "again"})),
            completed(json!("no object")),
            Action::deltas(3, "x"),
        ]),
    );
    let (_server, _codex, _thread, mut chat) = chat_of(script).await;
    let (steps, error) = steps_of(&mut chat).await;
    assert!(error.is_none(), "{error:?}");
    let shown: Vec<_> = steps.iter().map(shown).collect();
    let kinds: Vec<_> = shown.iter().map(|(kind, text)| (kind.as_str(), text.as_str())).collect();
    assert_eq!(
        kinds,
        [("userMessage", "Go"), ("file", ""), ("tool", ""), ("newsFromTomorrow", "soon"), ("", "")]
    );
    assert_eq!(steps[3].step_type, StepType::Other("newsFromTomorrow".into()));
}

#[tokio::test]
async fn a_turn_that_beats_the_response_is_whole() {
    let early = [turn_events("Done.", 2), vec![turn_accepted()]].concat();
    let (_server, codex) = fake(Script::new().on("turn/start", early)).await;
    let thread = thread_of(&codex).await;
    let mut chat = soon(thread.chat("Go")).await.unwrap();
    let (steps, error) = steps_of(&mut chat).await;
    assert!(error.is_none() && steps.len() == 2, "{steps:?} {error:?}");
    assert_eq!(soon(thread.chat_once("Go")).await.unwrap().final_text, "Done.Done.");
}

#[tokio::test]
async fn a_message_that_was_not_heard_is_read() {
    let read = |items: Value| {
        let turn = json!({"id": "turn-1", "status": "completed", "items": items});
        Action::respond(json!({"thread": {"id": "thread-1", "turns": [turn]}}))
    };
    let message = |id: &str, text: &str| json!({"type": "agentMessage", "id": id, "text": text});
    let list =
        json!([message("a", "first"), message("b", " last \n"), {"type": "plan", "id": "p"}]);
    let script = Script::new().on("turn/start", turn_of(vec![])).on("thread/read", [read(list)]);
    let (server, codex) = fake(script).await;
    let result = soon(codex.chat_once("Go")).await.unwrap();
    assert_eq!((&*result.final_text, result.assistant_item_id.as_deref()), ("last", Some("b")));
    assert_eq!(result.completion_source, CompletionSource::ThreadReadFallback);
    assert_eq!(result.completion_source.as_str(), "thread_read_fallback");
    assert_eq!(next_params(&server, "thread/read").await["includeTurns"], true);

    let refused = Action::error(-32600, "ephemeral", None);
    for response in [read(json!([])), read(json!([message("a", " ")])), refused] {
        let script = Script::new().on("turn/start", turn_of(vec![])).on("thread/read", [response]);
        let (_server, codex) = fake(script).await;
        let error = soon(codex.chat_once("Go")).await.unwrap_err();
        let Error::NoAnswer(result) = error else { panic!("{error:?}") };
        assert_eq!(result.status, TurnStatus::Completed);
    }
}

#[tokio::test]
async fn the_end_of_the_connection_wakes_a_chat() {
    let script = Script::new().on(
        "turn/start",
        [vec![turn_accepted()], turn_started(), vec![Action::wait("die"), Action::close()]]
            .concat(),
    );
    let (server, _codex, _thread, mut chat) = chat_of(script).await;
    soon(chat.next()).await.unwrap().unwrap();
    server.gate("die").open();
    let (_, error) = steps_of(&mut chat).await;
    assert!(error.unwrap().is_closed());
    assert_eq!(chat.continuation().seen_items().collect::<Vec<_>>(), ["user-turn-1"]);
}

#[tokio::test]
async fn a_turn_that_has_ended_is_drained_without_an_interrupt() {
    for status in ["completed", "failed", "interrupted"] {
        let all = [vec![turn_accepted()], turn_started(), message("Hi", 1), turn_ended(status)];
        let script = Script::new().on("turn/start", all.concat()).on("turn/start", turn("Next", 1));
        let (server, codex, thread, mut chat) = chat_of(script).await;
        let step = soon(chat.next()).await.unwrap().unwrap();
        assert_eq!(shown(&step).0, "userMessage");
        let continuation = chat.continuation();
        drop(chat);
        // What was sent before the response has come.
        soon(thread.read()).await.unwrap();
        let cancelled = soon(codex.cancel(continuation)).await.unwrap();
        assert_eq!(
            cancelled.steps.iter().map(shown).collect::<Vec<_>>(),
            [("codex".to_owned(), "Hi".to_owned())]
        );
        let became = (cancelled.was_completed, cancelled.was_interrupted);
        assert_eq!(became, (status == "completed", status == "interrupted"));
        assert_eq!(cancelled.raw_events.last().unwrap()["method"], "turn/completed");
        assert!(sent_params(&server, "turn/interrupt").is_empty());
        assert_eq!(soon(thread.chat_once("Next")).await.unwrap().final_text, "Next");
    }
}

#[tokio::test]
async fn a_cancel_that_fails_leaves_the_continuation_as_it_was() {
    let end = [vec![Action::respond(json!({}))], turn_ended("interrupted")].concat();
    let script = unfinished()
        .on("turn/interrupt", [Action::error(-32603, "not now", None)])
        .on("turn/interrupt", end);
    let (server, codex, thread, mut chat) = chat_of(script).await;
    let continuation = chat.continuation();
    let again = soon(chat.next()).await.unwrap().unwrap();
    drop(chat);
    // That of the beginning is not the latest: the turn is not kept for it.
    let error = soon(codex.cancel(&continuation)).await.unwrap_err();
    assert!(error.to_string().contains("thread/turns/list"), "{error}");
    assert_eq!(shown(&again).0, "userMessage");

    let mut chat = soon(thread.chat("Go")).await.unwrap();
    let continuation = chat.continuation();
    drop(chat);
    let error = soon(codex.cancel(&continuation)).await.unwrap_err();
    assert!(error.to_string().contains("not now"), "{error}");
    // All is there, for reading as for cancelling.
    chat = soon(codex.continue_chat(&continuation)).await.unwrap();
    let continuation = chat.continuation();
    drop(chat);
    let cancelled = soon(codex.cancel(continuation)).await.unwrap();
    assert_eq!(cancelled.steps.len(), 1);
    assert!(cancelled.was_interrupted);
    let sent = sent_params(&server, "turn/interrupt");
    assert_eq!(sent.len(), 2);
    for params in sent {
        assert_eq!(
            (&params["threadId"], &params["turnId"]),
            (&json!("thread-1"), &json!("turn-2"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_end_can_be_cancelled_again() {
    let script = unfinished()
        .on("turn/interrupt", [Action::respond(json!({}))])
        .on("turn/interrupt", [Action::silence()]);
    let (server, codex, _thread, chat) = chat_of(script).await;
    let continuation = chat.continuation();
    drop(chat);
    let error = codex.cancel(&continuation).await.unwrap_err();
    let Error::TurnInactive { continuation: again, idle, .. } = error else { panic!("{error:?}") };
    assert_eq!(again, continuation);
    assert!(idle >= std::time::Duration::from_secs(0));
    let end = json!({"threadId": "thread-1", "turn": {"id": "turn-1", "status": "interrupted"}});
    server.send(json!({"method": "turn/completed", "params": end})).await.unwrap();
    let cancelled = codex.cancel(again).await.unwrap();
    assert!(cancelled.was_interrupted && cancelled.steps.len() == 1);
    assert_eq!(sent_params(&server, "turn/interrupt").len(), 1);
}

/// A server that has a turn in its store: what it says of it, and what comes after that.
fn stored(status: &str, items: &[&str], then: Vec<Action>) -> Script {
    let mut turn = turn_object("turn-9");
    turn["status"] = status.into();
    turn["items"] = items.iter().map(|id| item(id)).collect();
    let page = Action::respond(json!({"data": [turn], "nextCursor": null}));
    Script::new().on("thread/turns/list", [vec![page], then].concat())
}

fn item(id: &str) -> Value {
    json!({"type": "agentMessage", "id": id, "text": id, "completedAtMs": 2, "startedAtMs": 1})
}

fn left_at(seen: &[&str]) -> ChatContinuation {
    serde_json::from_value(json!({
        "threadId": "thread-7", "turnId": "turn-9", "mode": "stream", "cursor": 3, "seen": seen,
    }))
    .unwrap()
}

fn of_turn(method: &str, more: Value) -> Action {
    let mut params = json!({"threadId": "thread-7", "turnId": "turn-9"});
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Action::notify(method, params)
}

#[tokio::test]
async fn what_the_server_has_and_what_comes_are_given_once() {
    let completed = |id: &str| of_turn("item/completed", json!({"item": item(id)}));
    let mut end = turn_object("turn-9");
    end["status"] = "completed".into();
    let end = of_turn("turn/completed", json!({"turn": end}));
    let script = stored("inProgress", &["a", "b", "c"], vec![completed("c"), completed("d"), end]);
    let (server, codex) = fake(script).await;
    let mut chat = soon(codex.continue_chat(left_at(&["a"]))).await.unwrap();
    let (steps, error) = steps_of(&mut chat).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(steps.iter().map(|step| shown(step).1).collect::<Vec<_>>(), ["b", "c", "d"]);
    assert_eq!(next_params(&server, "thread/resume").await["threadId"], "thread-7");
}

#[tokio::test]
async fn one_answer_of_a_turn_that_was_left_is_that_of_all_of_it() {
    let (_server, codex) = fake(stored("completed", &["a", "b"], vec![])).await;
    let result = soon(codex.continue_chat_once(left_at(&["a", "b"]))).await.unwrap();
    assert_eq!(result.final_text, "b");
    let completed = |event: &&Value| event["method"] == "item/completed";
    assert_eq!(result.raw_events.iter().filter(completed).count(), 2);
}

#[tokio::test]
async fn a_turn_that_has_ended_elsewhere_is_drained_without_an_interrupt() {
    let (server, codex) = fake(stored("completed", &["a", "b"], vec![])).await;
    let cancelled = soon(codex.cancel(left_at(&["a"]))).await.unwrap();
    assert_eq!(cancelled.steps.iter().map(|step| shown(step).1).collect::<Vec<_>>(), ["b"]);
    assert!(cancelled.was_completed && !cancelled.was_interrupted);
    assert!(sent_params(&server, "turn/interrupt").is_empty());
}

/// The items of threads that old versions have stored have other ids than when they were heard.
#[tokio::test]
async fn items_that_have_other_ids_are_not_given_twice() {
    let (_server, codex) = fake(stored("completed", &["item-1"], vec![])).await;
    let mut chat = soon(codex.continue_chat(left_at(&[]))).await.unwrap();
    let (steps, error) = steps_of(&mut chat).await;
    assert!(error.is_none() && shown(&steps[0]).1 == "item-1", "{steps:?} {error:?}");

    let refused = soon(codex.continue_chat(left_at(&["msg_1"]))).await;
    let text = refused.as_ref().unwrap_err().to_string();
    assert_eq!(refused_argument(refused), "continuation");
    assert!(text.contains("turn-9") && text.contains("read_with_turns"), "{text}");
}

#[tokio::test]
async fn a_turn_that_the_server_does_not_have_is_an_error_that_says_so() {
    let script = Script::new()
        .on("thread/turns/list", [Action::respond(json!({"data": [turn_object("turn-3")]}))]);
    let (_server, codex) = fake(script).await;
    assert_eq!(refused_argument(soon(codex.continue_chat(left_at(&[]))).await), "continuation");
    assert_eq!(refused_argument(soon(codex.cancel(left_at(&[]))).await), "continuation");
}

/// Of the many that are left only some are kept.
#[tokio::test]
async fn few_turns_are_kept() {
    let (server, codex) = fake(unfinished()).await;
    let mut left = Vec::new();
    for _ in 0..20 {
        let thread = thread_of(&codex).await;
        let chat = soon(thread.chat("Go")).await.unwrap();
        left.push(chat.continuation());
    }
    for continuation in left.iter().skip(4) {
        let mut chat = soon(codex.continue_chat(continuation)).await.unwrap();
        assert_eq!(shown(&soon(chat.next()).await.unwrap().unwrap()).1, "Go");
    }
    assert!(sent_params(&server, "thread/turns/list").is_empty());
    for continuation in left.iter().take(4) {
        assert!(soon(codex.continue_chat(continuation)).await.is_err());
    }
    assert_eq!(sent_params(&server, "thread/turns/list").len(), 4);
}

/// Nobody has asked to go on.
#[tokio::test]
async fn a_chat_that_is_dropped_is_not_kept() {
    let (server, codex, _thread, chat) = chat_of(unfinished()).await;
    let place = json!({"threadId": chat.thread_id(), "turnId": chat.turn_id(), "mode": "stream"});
    drop(chat);
    let continuation: ChatContinuation = serde_json::from_value(place).unwrap();
    assert!(soon(codex.continue_chat(continuation)).await.is_err());
    assert_eq!(sent_params(&server, "thread/turns/list").len(), 1);
}

#[tokio::test]
async fn options_are_sent_only_if_they_say_something() {
    let (server, codex) = fake(Script::new()).await;
    let none: [(&str, &str); 0] = [];
    let thread = thread_of(&codex).await;
    for (options, user, metadata) in [
        (ChatOptions::new(), Value::Null, Value::Null),
        (ChatOptions::new().user("").metadata(none), Value::Null, Value::Null),
        (ChatOptions::new().user("u1").metadata([("k", "v")]), json!("u1"), json!({"k": "v"})),
    ] {
        soon(thread.chat_once_with("Go", options)).await.unwrap();
        let sent = next_params(&server, "turn/start").await;
        assert_eq!(sent["clientUserMessageId"], user);
        assert_eq!(sent["responsesapiClientMetadata"], metadata);
    }
}
