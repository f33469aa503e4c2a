//! Turns that nobody wants to wait for any more.

use std::time::Duration;

use codex_app_server::{ChatOptions, Codex, Error, blocking};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, Way, offline, shown, soon};

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_silent_turn_is_ended_and_the_thread_takes_another() {
    for way in [Way::Stdio, Way::Websocket] {
        let first = Answer::text("I look.").and(Answer::shell("echo hi"));
        let answers = [first, Answer::silent(), Answer::text("Here.")];
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = real.thread().await;
        let options = ChatOptions::new().inactivity_timeout(SHORT);
        let mut events = thread.events();
        let mut chat = soon(thread.chat_with("Look", options)).await.unwrap();
        // One step is read, and the others are left.
        let step = soon(async {
            loop {
                if let Ok(step) = chat.next().await.unwrap() {
                    break step;
                }
            }
        });
        assert_eq!(shown(&step.await).0, "userMessage");
        let continuation = chat.continuation();
        let mut completed = 0;
        while completed < 3 {
            let event = soon(events.next()).await.unwrap().unwrap();
            completed += usize::from(event.method() == "item/completed");
        }
        // The model is asked again, and is silent.
        for _ in 0..2 {
            soon(real.model.next_request()).await;
        }
        drop(chat);
        let cancelled = soon(real.codex.cancel(&continuation)).await.unwrap();
        assert!(cancelled.was_interrupted && !cancelled.was_completed);
        let kinds: Vec<_> = cancelled.steps.iter().map(|step| shown(step).0).collect();
        assert_eq!(kinds, ["codex", "exec"], "{:?}", cancelled.steps);
        assert_eq!(
            (&*cancelled.thread_id, &*cancelled.turn_id),
            (thread.id(), continuation.turn_id())
        );
        let last = cancelled.raw_events.last().unwrap();
        assert_eq!(last["method"], "turn/completed");

        let next = soon(thread.chat_once("And now?")).await.unwrap();
        assert_eq!(next.final_text, "Here.");
    }
}

#[tokio::test]
async fn a_chat_ends_its_own_turn() {
    let gate = Gate::new();
    let slow = Answer::from_deltas(["Slowly ", "now."]).gate_after(1, &gate);
    let real = Real::start([Answer::shell("echo hi"), slow, Answer::text("Here.")]).await;
    let thread = real.thread().await;
    let mut chat = soon(thread.chat("Look")).await.unwrap();
    assert_eq!(shown(&soon(chat.next()).await.unwrap().unwrap()).0, "userMessage");
    for _ in 0..2 {
        soon(real.model.next_request()).await;
    }
    let cancelled = soon(chat.cancel()).await.unwrap();
    assert!(cancelled.was_interrupted);
    assert_eq!(cancelled.steps.iter().map(|step| shown(step).0).collect::<Vec<_>>(), ["exec"]);
    assert_eq!(soon(thread.chat_once("And now?")).await.unwrap().final_text, "Here.");
}

#[tokio::test]
async fn one_that_was_waited_for_gives_all_its_steps() {
    let real =
        Real::start([Answer::text("I look.").and(Answer::shell("echo hi")), Answer::silent()])
            .await;
    let options = ChatOptions::new().inactivity_timeout(Duration::from_secs(1));
    let error = soon(real.codex.chat_once_with("Look", options)).await.unwrap_err();
    let Error::TurnInactive { continuation, .. } = error else { panic!("{error:?}") };
    let cancelled = soon(real.codex.cancel(continuation)).await.unwrap();
    let kinds: Vec<_> = cancelled.steps.iter().map(|step| shown(step).0).collect();
    assert_eq!(kinds, ["userMessage", "codex", "exec"]);
    assert!(cancelled.was_interrupted);
}

#[tokio::test]
async fn a_second_client_cancels_too() {
    let real = Real::start_by(Way::Websocket, [Answer::silent()], Codex::builder()).await;
    let mut chat = soon(real.codex.chat("Wait")).await.unwrap();
    soon(chat.next()).await.unwrap().unwrap();
    let second = real.join(Codex::builder()).await;
    let cancelled = soon(second.cancel(chat.continuation())).await.unwrap();
    assert!(cancelled.was_interrupted && cancelled.steps.is_empty());
    let error = soon(chat.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::TurnInterrupted(_)), "{error:?}");
}

#[tokio::test]
async fn blocking_programs_cancel_too() {
    let gate = Gate::new();
    let real = Real::start([Answer::text("Never").gate(&gate)]).await;
    let config = offline(&real.home).cwd(real.cwd.path());
    let run = move || {
        let builder = blocking::Codex::builder().inactivity_timeout(SHORT);
        let codex = builder.app_server(config).connect_stdio()?;
        let error = codex.chat_once("Wait").unwrap_err();
        let Error::TurnInactive { continuation, .. } = error else { panic!("{error:?}") };
        let cancelled = codex.cancel(continuation)?;
        codex.close()?;
        Ok::<_, Error>(cancelled)
    };
    let cancelled = soon(tokio::task::spawn_blocking(run)).await.unwrap().unwrap();
    assert!(cancelled.was_interrupted);
}
