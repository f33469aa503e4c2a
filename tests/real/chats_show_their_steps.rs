//! Chats: the steps of a turn, each once and in order, and the answer of a whole one.

use codex_app_server::{
    ChatEvent, ChatOptions, Codex, CompletionSource, Error, StepType, ThreadConfig, TurnOverrides,
    blocking,
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, Way, offline, refused_argument, shown, soon, steps_of, thread_of};

const WAYS: [Way; 2] = [Way::Stdio, Way::Websocket];

/// A turn with a thought, a comment, a command and an answer.
fn work() -> [Answer; 2] {
    [
        Answer::text("I look.")
            .phase("commentary")
            .reasoning("Think hard")
            .and(Answer::shell("echo hi")),
        Answer::text(" All is well.\n").phase("final_answer"),
    ]
}

/// What it shows, after what the user has said.
fn shown_of_work() -> Vec<(String, String)> {
    [
        ("userMessage", "Look"),
        ("thinking", "Think hard"),
        ("codex", "I look."),
        ("exec", "/bin/bash -lc 'echo hi'"),
        ("codex", " All is well.\n"),
    ]
    .map(|(kind, text)| (kind.to_owned(), text.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn steps_come_once_each_and_in_order() {
    for way in WAYS {
        let real = Real::start_by(way, work(), Codex::builder()).await;
        let thread = real.thread().await;
        let mut chat = soon(thread.chat("Look")).await.unwrap();
        let turn = chat.turn_id().to_owned();
        let (steps, error) = steps_of(&mut chat).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(steps.iter().map(shown).collect::<Vec<_>>(), shown_of_work());
        for step in &steps {
            assert_eq!((&*step.thread_id, &*step.turn_id), (thread.id(), &*turn));
            assert_eq!((&*step.status, step.item().is_some()), ("completed", true));
            assert_eq!(step.data.item()["type"], step.item_type.as_str());
            assert_eq!(step.data.params["turnId"], turn.as_str());
        }
        assert_eq!(steps[3].step_type, StepType::Exec);
        assert!(soon(chat.next()).await.is_none());
    }
}

#[tokio::test]
async fn the_answer_is_the_last_message() {
    for way in WAYS {
        let real = Real::start_by(way, work(), Codex::builder()).await;
        let result = soon(real.codex.chat_once("Look")).await.unwrap();
        assert_eq!(result.final_text, "All is well.");
        assert_eq!(result.completion_source, CompletionSource::ItemCompleted);
        assert_eq!(result.completion_source.as_str(), "item_completed");
        assert!(result.assistant_item_id.is_some());
        let methods: Vec<_> =
            result.raw_events.iter().map(|event| event["method"].as_str().unwrap()).collect();
        assert_eq!(methods.iter().filter(|it| **it == "item/completed").count(), 5);
        assert_eq!(methods.last(), Some(&"turn/completed"));
        assert!(!methods.iter().any(|it| it.ends_with("elta")), "{methods:?}");
    }
}

#[tokio::test]
async fn a_comment_counts_as_an_answer_where_there_is_no_other() {
    let real = Real::start([Answer::text("So far.").phase("commentary")]).await;
    let thread = real.thread().await;
    let result = soon(thread.chat_once("Look")).await.unwrap();
    assert_eq!(result.final_text, "So far.");
}

#[tokio::test]
async fn deltas_come_among_the_steps_if_they_are_asked_for() {
    let real = Real::start([Answer::from_deltas(["one ", "two"])]).await;
    let thread = real.thread().await;
    let options = ChatOptions::new().deltas(true);
    let mut chat = soon(thread.chat_with("Count", options)).await.unwrap();
    let (mut text, mut ids) = (String::new(), Vec::new());
    while let Some(event) = soon(chat.next_event()).await {
        match event.unwrap() {
            ChatEvent::Delta(delta) => {
                assert_eq!(delta.step_type, StepType::Codex);
                text += &delta.text;
                ids.push(delta.item_id);
            }
            ChatEvent::Step(step) => {
                if step.step_type == StepType::Codex {
                    assert_eq!(step.text.as_deref(), Some(&*text));
                    assert!(ids.iter().all(|id| *id == step.item_id));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((text.as_str(), ids.len()), ("one two", 2));
}

#[tokio::test]
async fn failed_and_interrupted_turns_are_errors_in_both_modes() {
    let failed = || Answer::status(400).body(r#"{"error":{"message":"No."}}"#);
    let real = Real::start([failed(), failed(), Answer::silent(), Answer::silent()]).await;
    let thread = real.thread().await;
    let mut chat = soon(thread.chat("Fail")).await.unwrap();
    let (steps, error) = steps_of(&mut chat).await;
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(matches!(error, Some(Error::TurnFailed(_))), "{error:?}");
    assert!(soon(chat.next()).await.is_none());
    let error = soon(thread.chat_once("Fail")).await.unwrap_err();
    assert!(matches!(error, Error::TurnFailed(_)), "{error:?}");

    let mut chat = soon(thread.chat("Wait")).await.unwrap();
    soon(chat.control().interrupt()).await.unwrap();
    let (_, error) = steps_of(&mut chat).await;
    let Some(Error::TurnInterrupted(result)) = &error else { panic!("{error:?}") };
    assert_eq!(result.id, chat.turn_id());
    assert!(error.unwrap().to_string().contains("interrupted"));

    let mut events = thread.events();
    let once = tokio::spawn({
        let thread = thread.clone();
        async move { thread.chat_once("Wait").await }
    });
    let turn = loop {
        let event = soon(events.next()).await.unwrap().unwrap();
        if let codex_app_server::protocol::ServerNotification::TurnStarted(start) = event {
            break start.turn.id;
        }
    };
    soon(soon(thread.attach(turn)).await.unwrap().interrupt()).await.unwrap();
    let error = soon(once).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TurnInterrupted(_)), "{error:?}");
}

#[tokio::test]
async fn a_turn_without_an_answer_is_an_error() {
    let real = Real::start([Answer::text("  \n")]).await;
    let error = soon(real.codex.chat_once("Say nothing")).await.unwrap_err();
    assert!(matches!(error, Error::NoAnswer(_)), "{error:?}");
}

#[tokio::test]
async fn who_asks_and_what_beside_is_sent_along() {
    let real = Real::start([Answer::text("Yes."), Answer::text("Again.")]).await;
    let options =
        ChatOptions::new().user("u1").metadata([("ticket", "4711")]).config(ThreadConfig::new());
    let mut chat = soon(real.codex.chat_with("Look", options)).await.unwrap();
    let thread = chat.thread_id().to_owned();
    let (steps, _) = steps_of(&mut chat).await;
    assert_eq!(steps[0].data.item()["clientId"], "u1");
    let request = format!("{:?}", real.model.next_request().await);
    assert!(request.contains("4711"), "{request}");

    let options = ChatOptions::new().thread(&thread).overrides(TurnOverrides::new().effort("low"));
    let again = soon(real.codex.chat_once_with("And now?", options)).await.unwrap();
    assert_eq!((again.thread_id, again.final_text), (thread, "Again.".to_owned()));
}

#[tokio::test]
async fn a_thread_that_cannot_be_picked_up_is_not_replaced() {
    let real = Real::start([]).await;
    let unknown = ChatOptions::new().thread("01a1f858-10f4-77a1-9b9e-09ecfb478000");
    let error = soon(real.codex.chat_with("Look", unknown)).await.unwrap_err();
    assert!(error.is_not_found(), "{error:?}");

    let thread = real.thread().await;
    for (options, name) in [
        (ChatOptions::new().thread("t"), "thread"),
        (ChatOptions::new().config(ThreadConfig::new()), "config"),
    ] {
        assert_eq!(refused_argument(soon(thread.chat_with("Look", options)).await), name);
    }
}

#[tokio::test]
async fn turns_that_run_at_once_get_their_own_steps() {
    let gate = Gate::new();
    let real = Real::start([]).await;
    let opened = gate.clone();
    real.model.respond_with(move |request| {
        let body = request.body.to_string();
        let answer = if body.contains("ALPHA") { "one" } else { "two" };
        Answer::text(answer).gate(&opened)
    });
    let threads = [thread_of(&real.codex).await, thread_of(&real.codex).await];
    let mut first = soon(threads[0].chat("ALPHA")).await.unwrap();
    let mut second = soon(threads[1].chat("BETA")).await.unwrap();
    gate.open();
    let (first, second) = tokio::join!(steps_of(&mut first), steps_of(&mut second));
    for ((steps, error), said) in [(first, ["ALPHA", "one"]), (second, ["BETA", "two"])] {
        assert!(error.is_none(), "{error:?}");
        let texts: Vec<_> = steps.iter().map(|step| shown(step).1).collect();
        assert_eq!(texts, said);
    }
}

#[tokio::test]
async fn blocking_programs_chat_too() {
    let real = Real::start([Answer::text("one"), Answer::text("two"), Answer::text("three")]).await;
    let config = offline(&real.home).cwd(real.cwd.path());
    let run = move || {
        let codex = blocking::Codex::builder().app_server(config).connect_stdio()?;
        let mut chat = codex.chat("One")?;
        let mut texts = Vec::new();
        for step in &mut chat {
            texts.push(shown(&step?).1);
        }
        let thread = codex.thread(chat.thread_id());
        texts.push(thread.chat_once("Two")?.final_text);
        let mut chat = thread.chat("Three")?;
        chat.next().transpose()?;
        let continuation = chat.continuation();
        drop(chat);
        texts.push(codex.continue_chat_once(&continuation)?.final_text);
        codex.close()?;
        Ok::<_, Error>(texts)
    };
    let texts = soon(tokio::task::spawn_blocking(run)).await.unwrap().unwrap();
    assert_eq!(texts, ["One", "one", "two", "three"]);
}
