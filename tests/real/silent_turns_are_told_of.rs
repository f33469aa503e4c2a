//! Turns of which nothing is heard: their readers learn of it, and lose nothing.

use std::time::Duration;

use codex_app_server::{
    Chat, ChatContinuation, ChatMode, ChatOptions, Codex, Error, Reconnect, TurnOverrides,
    generated::v2_all::TurnStatus,
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Proxy, Real, Way, shown, soon};

const SHORT: Duration = Duration::from_millis(200);
const WAYS: [Way; 2] = [Way::Stdio, Way::Websocket];

/// A turn that works, is silent until the gate is open, and works on.
fn work(gate: &Gate) -> [Answer; 3] {
    [
        Answer::text("I look.").reasoning("Think hard").and(Answer::shell("echo hi")),
        Answer::text("And now.").gate(gate).and(Answer::shell("echo ho")),
        Answer::text("The end."),
    ]
}

/// What it shows without a break.
async fn undisturbed() -> Vec<(String, String)> {
    let gate = Gate::new();
    gate.open();
    let real = Real::start(work(&gate)).await;
    let mut chat = soon(real.codex.chat("Look")).await.unwrap();
    let (steps, error) = support::steps_of(&mut chat).await;
    assert!(error.is_none() && steps.len() == 7, "{steps:?} {error:?}");
    steps.iter().map(shown).collect()
}

fn short() -> ChatOptions {
    ChatOptions::new().inactivity_timeout(SHORT)
}

/// Reads until the turn is silent or over.
async fn read(chat: &mut Chat, seen: &mut Vec<(String, String)>) -> Option<ChatContinuation> {
    loop {
        match soon(chat.next()).await {
            Some(Ok(step)) => seen.push(shown(&step)),
            Some(Err(error @ Error::TurnInactive { .. })) => {
                assert!(error.is_timeout() && error.to_string().contains(chat.turn_id()));
                let Error::TurnInactive { idle, continuation, .. } = error else { unreachable!() };
                assert!(idle >= SHORT, "{idle:?}");
                assert_eq!(continuation.turn_id(), chat.turn_id());
                assert_eq!(continuation.mode(), ChatMode::Stream);
                assert!(continuation.seen_items().count() == seen.len());
                return Some(continuation);
            }
            Some(Err(error)) => panic!("{error:?}"),
            None => return None,
        }
    }
}

#[tokio::test]
async fn a_chat_that_is_continued_three_times_has_the_same_steps() {
    let expected = undisturbed().await;
    for way in WAYS {
        let gate = Gate::new();
        let real = Real::start_by(way, work(&gate), Codex::builder()).await;
        let mut chat = soon(real.codex.chat_with("Look", short())).await.unwrap();
        let (mut seen, mut times) = (Vec::new(), 0);
        while let Some(continuation) = read(&mut chat, &mut seen).await {
            times += 1;
            drop(chat);
            if times == 3 {
                gate.open();
            }
            chat = soon(real.codex.continue_chat(continuation)).await.unwrap();
        }
        assert!(times >= 3 && seen == expected, "{times} {seen:?}");
    }
}

#[tokio::test]
async fn so_has_one_that_is_simply_read_on() {
    let expected = undisturbed().await;
    let gate = Gate::new();
    let real = Real::start(work(&gate)).await;
    let mut chat = soon(real.codex.chat_with("Look", short())).await.unwrap();
    let (mut seen, mut times) = (Vec::new(), 0);
    while read(&mut chat, &mut seen).await.is_some() {
        times += 1;
        if times == 3 {
            gate.open();
        }
    }
    assert_eq!(seen, expected);
}

/// The second one has nothing but the text of the continuation.
#[tokio::test]
async fn so_has_one_that_a_second_client_picks_up() {
    let expected = undisturbed().await;
    for end_first in [false, true] {
        let gate = Gate::new();
        let real = Real::start_by(Way::Websocket, work(&gate), Codex::builder()).await;
        let mut chat = soon(real.codex.chat_with("Look", short())).await.unwrap();
        let mut seen = Vec::new();
        while seen.len() < 4 {
            assert!(read(&mut chat, &mut seen).await.is_some());
        }
        let json = serde_json::to_string(&chat.continuation()).unwrap();
        assert!(!json.contains("I look"), "{json}");
        let mut events = real.codex.thread(chat.thread_id()).events();
        drop(chat);
        if end_first {
            gate.open();
            while soon(events.next()).await.unwrap().unwrap().method() != "turn/completed" {}
        }
        soon(real.codex.close()).await;

        let second = real.join(Codex::builder()).await;
        let continuation: ChatContinuation = serde_json::from_str(&json).unwrap();
        let mut chat = soon(second.continue_chat(continuation)).await.unwrap();
        gate.open();
        while read(&mut chat, &mut seen).await.is_some() {}
        assert_eq!(seen, expected, "{end_first}");
    }
}

/// The connection is cut in between, and the chat says where it was.
#[tokio::test]
async fn so_has_one_whose_connection_was_cut() {
    let expected = undisturbed().await;
    let gate = Gate::new();
    let real = Real::start_by(Way::Websocket, work(&gate), Codex::builder()).await;
    let mut chat = soon(real.codex.chat("Look")).await.unwrap();
    let mut seen = vec![shown(&soon(chat.next()).await.unwrap().unwrap())];
    soon(real.codex.close()).await;
    loop {
        match soon(chat.next()).await.unwrap() {
            Ok(step) => seen.push(shown(&step)),
            Err(error) => {
                assert!(error.is_closed(), "{error}");
                break;
            }
        }
    }
    let second = real.join(Codex::builder()).await;
    let mut rest = soon(second.continue_chat(chat.continuation())).await.unwrap();
    gate.open();
    let (steps, error) = support::steps_of(&mut rest).await;
    assert!(error.is_none(), "{error:?}");
    seen.extend(steps.iter().map(shown));
    assert_eq!(seen, expected);
}

/// The connection is cut each time that the turn is silent, and comes back.
#[tokio::test]
async fn so_has_one_whose_connection_comes_back() {
    let expected = undisturbed().await;
    for is_dropped in [false, true] {
        let gate = Gate::new();
        let real = Real::start_by(Way::Websocket, work(&gate), Codex::builder()).await;
        let proxy = Proxy::before(&real.url()).await;
        let builder = Codex::builder().reconnect(Reconnect::new());
        let codex = soon(builder.connect_websocket(proxy.url())).await.unwrap();
        let mut chat = soon(codex.chat_with("Look", short())).await.unwrap();
        let (mut seen, mut times) = (Vec::new(), 0);
        while let Some(continuation) = read(&mut chat, &mut seen).await {
            times += 1;
            if times <= 3 {
                proxy.cut();
            }
            if times == 3 {
                gate.open();
            }
            if is_dropped {
                drop(chat);
                chat = soon(codex.continue_chat(continuation)).await.unwrap();
            }
        }
        assert!(times >= 3 && seen == expected, "{times} {seen:?}");
    }
}

/// The server of the first is gone, and with it the rest of the turn: the second one says so.
#[tokio::test]
async fn a_second_process_gives_what_there_is_of_a_turn_that_was_cut_off() {
    let gate = Gate::new();
    let real = Real::start(work(&gate)).await;
    let mut chat = soon(real.codex.chat_with("Look", short())).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 4 {
        assert!(read(&mut chat, &mut seen).await.is_some());
    }
    let thread = real.codex.thread(chat.thread_id());
    assert_eq!(soon(thread.read_with_turns()).await.unwrap().turns.len(), 1);
    let (all, turn) = (seen.clone(), chat.turn_id().to_owned());
    soon(real.codex.close()).await;
    let second = real.second().await;
    let mut rest = soon(second.continue_chat(chat.continuation())).await.unwrap();
    let (steps, error) = support::steps_of(&mut rest).await;
    assert!(steps.is_empty(), "{steps:?} after {all:?}");
    let Some(Error::TurnInterrupted(result)) = error else { panic!("{error:?}") };
    assert_eq!((&*result.id, result.status.clone()), (&*turn, TurnStatus::Interrupted));
}

#[tokio::test]
async fn runs_and_handles_are_told_and_go_on() {
    let gate = Gate::new();
    let answers = || Answer::text("The end.").gate(&gate);
    let real = Real::start([answers(), answers()]).await;
    let thread = real.thread().await;
    let overrides = TurnOverrides::new().inactivity_timeout(SHORT);
    let error = soon(thread.run_with("Wait", overrides.clone())).await.unwrap_err();
    let Error::TurnInactive { continuation, .. } = error else { panic!("{error:?}") };
    assert_eq!((continuation.mode(), continuation.thread_id()), (ChatMode::Once, thread.id()));

    let other = real.thread().await;
    let mut turn = soon(other.turn_with("Wait", overrides)).await.unwrap();
    for _ in 0..2 {
        let error = soon(turn.run()).await.unwrap_err();
        assert!(matches!(error, Error::TurnInactive { .. }), "{error:?}");
        assert!(error.is_timeout());
    }
    let mut turn = turn.inactivity_timeout(None);
    gate.open();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("The end."));
    let for_ever = continuation.inactivity_timeout(None);
    let result = soon(real.codex.continue_chat_once(for_ever)).await.unwrap();
    assert_eq!(result.final_text, "The end.");
}

#[tokio::test]
async fn one_answer_is_waited_for_as_often_as_needed() {
    for way in WAYS {
        let gate = Gate::new();
        let builder = Codex::builder().inactivity_timeout(SHORT);
        let real = Real::start_by(way, work(&gate), builder).await;
        let (mut times, mut result) = (0, soon(real.codex.chat_once("Look")).await);
        while let Err(Error::TurnInactive { continuation, .. }) = result {
            assert_eq!(continuation.mode(), ChatMode::Once);
            times += 1;
            if times == 3 {
                gate.open();
            }
            result = soon(real.codex.continue_chat_once(&continuation)).await;
        }
        let result = result.unwrap();
        assert!(times >= 3 && result.final_text == "The end.");
        let completed = |event: &&serde_json::Value| event["method"] == "item/completed";
        assert_eq!(result.raw_events.iter().filter(completed).count(), 7);
    }
}

/// What was read for one answer is given when the steps are wanted.
#[tokio::test]
async fn steps_of_what_was_waited_for_are_all_there() {
    let expected = undisturbed().await;
    let gate = Gate::new();
    let real = Real::start(work(&gate)).await;
    let mut result = soon(real.codex.chat_once_with("Look", short())).await;
    for _ in 0..2 {
        let Err(Error::TurnInactive { continuation, .. }) = result else { panic!("{result:?}") };
        result = soon(real.codex.continue_chat_once(continuation)).await;
    }
    let Err(Error::TurnInactive { continuation, .. }) = result else { panic!("{result:?}") };
    gate.open();
    let continuation = continuation.inactivity_timeout(None);
    let mut chat = soon(real.codex.continue_chat(continuation)).await.unwrap();
    let (steps, error) = support::steps_of(&mut chat).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(steps.iter().map(shown).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_ephemeral_turn_goes_on_where_it_was_kept_and_nowhere_else() {
    let gate = Gate::new();
    let real = Real::start([Answer::text("The end.").gate(&gate)]).await;
    let config = codex_app_server::ThreadConfig::new().ephemeral(true);
    let options = short().config(config);
    let mut chat = soon(real.codex.chat_with("Wait", options)).await.unwrap();
    let mut seen = Vec::new();
    let stale = chat.continuation();
    while seen.is_empty() {
        read(&mut chat, &mut seen).await;
    }
    let continuation = chat.continuation();
    drop(chat);
    let error = soon(real.codex.continue_chat(stale)).await.unwrap_err();
    assert!(matches!(error, Error::Rpc(_)), "{error:?}");
    gate.open();
    let result = soon(real.codex.continue_chat_once(continuation)).await.unwrap();
    assert_eq!(result.final_text, "The end.");
}

/// Steps come all the time while it is picked up: none is lost between what the server has and what
/// is heard.
#[tokio::test]
async fn a_turn_in_full_swing_is_picked_up_whole() {
    const MANY: usize = 12;
    for _ in 0..3 {
        let messages = |from: usize| {
            let say = |n: usize| Answer::text(format!("{n}.")).phase("commentary");
            (from + 1..from + MANY).fold(say(from), |all, n| all.and(say(n)))
        };
        let answers = [messages(0), messages(MANY).and(Answer::shell("true")), messages(2 * MANY)];
        let [first, second, third] = answers;
        let answers = [first.and(Answer::shell("true")), second, third];
        let real = Real::start_by(Way::Websocket, answers, Codex::builder()).await;
        let other = real.join(Codex::builder()).await;
        let mut chat = soon(real.codex.chat("Count")).await.unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(shown(&soon(chat.next()).await.unwrap().unwrap()).1);
        }
        let mut rest = soon(other.continue_chat(chat.continuation())).await.unwrap();
        let (steps, error) = support::steps_of(&mut rest).await;
        assert!(error.is_none(), "{error:?}");
        seen.extend(steps.iter().map(|step| shown(step).1));
        let (there, _) = support::steps_of(&mut chat).await;
        assert_eq!(there.len() + 3, seen.len());
        seen.retain(|text| text.ends_with('.'));
        let all: Vec<_> = (0..3 * MANY).map(|n| format!("{n}.")).collect();
        assert_eq!(seen, all);
    }
}

/// A command that runs while a turn is picked up is a step when it is done, and not before.
#[tokio::test]
async fn what_is_not_complete_is_no_step_yet() {
    let wait = "while [ ! -e go ]; do sleep 0.05; done; echo gone";
    let answers = [Answer::text("I wait.").and(Answer::shell(wait)), Answer::text("The end.")];
    let real = Real::start_by(Way::Websocket, answers, Codex::builder()).await;
    let thread = real.thread().await;
    let mut events = thread.events();
    let mut chat = soon(thread.chat("Wait")).await.unwrap();
    soon(chat.next()).await.unwrap().unwrap();
    loop {
        let event = soon(events.next()).await.unwrap().unwrap();
        if let codex_app_server::protocol::ServerNotification::ItemStarted(started) = event
            && matches!(started.item, codex_app_server::protocol::ThreadItem::CommandExecution(_))
        {
            break;
        }
    }
    let second = real.join(Codex::builder()).await;
    let mut rest = soon(second.continue_chat(chat.continuation())).await.unwrap();
    assert_eq!(shown(&soon(rest.next()).await.unwrap().unwrap()).1, "I wait.");
    std::fs::write(real.cwd.path().join("go"), "").unwrap();
    let (steps, error) = support::steps_of(&mut rest).await;
    assert!(error.is_none(), "{error:?}");
    let kinds: Vec<_> = steps.iter().map(|step| shown(step).0).collect();
    assert_eq!(kinds, ["exec", "codex"]);
    let command = steps[0].data.item();
    assert_eq!(
        (&command["status"], &command["aggregatedOutput"]),
        (&"completed".into(), &"gone\n".into())
    );
}
