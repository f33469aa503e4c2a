//! Turns on a thread on which one runs: they join it, wait for its end, or are refused.

use codex_app_server::{
    Error, Thread, ThreadConfig, TurnHandle, TurnOverrides, WhenBusy,
    generated::v2_all::{ServerNotification, TurnStatus},
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, begin, soon, until};

fn when(busy: WhenBusy) -> TurnOverrides {
    TurnOverrides::new().when_busy(busy)
}

/// A thread, stored or ephemeral, in the middle of a turn that waits for the gate.
async fn busy(ephemeral: bool) -> (Real, Gate, Thread, TurnHandle) {
    let gate = Gate::new();
    let held = Answer::from_deltas(["one", " two"]).gate_after(1, &gate);
    let answers = ["second", "third", "fourth"].map(Answer::text);
    let real = Real::start([held].into_iter().chain(answers)).await;
    let config = ThreadConfig::new().ephemeral(ephemeral);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let mut turn = soon(thread.turn("First")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    (real, gate, thread, turn)
}

#[tokio::test]
async fn who_joins_is_told_so() {
    for ephemeral in [false, true] {
        let (_real, gate, thread, mut first) = busy(ephemeral).await;
        let mut second = soon(thread.turn("Second")).await.unwrap();
        assert_eq!(first.id(), second.id());
        assert_eq!((first.joined(), second.joined()), (false, true));
        gate.open();
        let (first, second) = soon(async { tokio::join!(first.run(), second.run()) }).await;
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!((first.joined, second.joined), (false, true));
        assert_eq!(second.final_response.as_deref(), Some("second"));
        // Later ones are turns of their own again.
        assert!(!soon(thread.run("Third")).await.unwrap().joined);
    }
}

#[tokio::test]
async fn of_starts_at_the_same_moment_one_has_started_the_turn() {
    let gate = Gate::new();
    let held = Answer::from_deltas(["one", " two"]).gate_after(1, &gate);
    let real = Real::start([held, Answer::text("All.")]).await;
    let thread = real.thread().await;
    let starts = soon(async {
        tokio::join!(thread.turn("a"), thread.turn("b"), thread.turn("c"), thread.turn("d"))
    });
    let (a, b, c, d) = starts.await;
    gate.open();
    let mut joined = Vec::new();
    for mut turn in [a, b, c, d].map(Result::unwrap) {
        joined.push(soon(turn.run()).await.unwrap().joined);
    }
    joined.sort_unstable();
    assert_eq!(joined, [false, true, true, true]);
}

#[tokio::test]
async fn who_refuses_gets_the_turn_that_is_in_the_way() {
    for ephemeral in [false, true] {
        let (real, gate, thread, mut first) = busy(ephemeral).await;
        let error = soon(thread.run_with("No", when(WhenBusy::Refuse))).await.unwrap_err();
        let Error::Busy { thread_id, turn_id, .. } = &error else { panic!("{error:?}") };
        assert_eq!((thread_id.as_str(), turn_id.as_deref()), (thread.id(), Some(first.id())));
        assert!(error.is_busy() && !error.is_retryable());
        gate.open();
        soon(first.run()).await.unwrap();
        let next = soon(thread.run_with("Yes", when(WhenBusy::Refuse))).await.unwrap();
        assert!(!next.joined);
        let asked: Vec<_> = real.model.requests().iter().map(|it| it.user_text()).collect();
        assert_eq!(asked, ["First", "Yes"]);
    }
}

#[tokio::test]
async fn who_waits_gets_a_turn_of_its_own_in_its_place() {
    for ephemeral in [false, true] {
        let (real, gate, thread, mut first) = busy(ephemeral).await;
        let mut cancelled = Box::pin(thread.run_with("Cancelled", when(WhenBusy::Wait)));
        begin(&mut cancelled).await;
        let mut waiting: Vec<_> = ["Second", "Third", "Fourth"]
            .map(|input| Box::pin(thread.run_with(input, when(WhenBusy::Wait))))
            .into();
        for waiting in &mut waiting {
            begin(waiting).await;
        }
        // The first of those who wait gives up.
        drop(cancelled);
        // Somebody else refuses, since others wait.
        let refused = soon(thread.run_with("No", when(WhenBusy::Refuse))).await.unwrap_err();
        assert!(refused.is_busy(), "{refused}");
        gate.open();
        let mut waiting = waiting.into_iter();
        let mut next = || waiting.next().unwrap();
        let all = async { tokio::join!(next(), next(), next()) };
        let (second, third, fourth) = soon(all).await;
        for result in [second, third, fourth] {
            let result = result.unwrap();
            assert_eq!((result.status, result.joined), (TurnStatus::Completed, false));
        }
        let first = soon(first.run()).await.unwrap();
        assert_eq!(first.final_response.as_deref(), Some("one two"));
        let asked: Vec<_> = real.model.requests().iter().map(|it| it.user_text()).collect();
        assert_eq!(asked, ["First", "Second", "Third", "Fourth"]);
    }
}

#[tokio::test]
async fn a_compaction_takes_no_input_and_is_waited_for() {
    let gate = Gate::new();
    let held = Answer::text("A summary.").gate(&gate);
    let real = Real::start([Answer::text("one"), held, Answer::text("two")]).await;
    let thread = real.thread().await;
    soon(thread.run("First")).await.unwrap();
    let mut events = thread.events();
    soon(thread.compact()).await.unwrap();
    let starts = |event: &ServerNotification| event.method() == "turn/started";
    while !starts(&soon(events.next()).await.unwrap().unwrap()) {}

    let error = soon(thread.run("Join")).await.unwrap_err();
    assert!(matches!(error, Error::Rpc(_)) && error.is_busy(), "{error}");
    let refused = soon(thread.run_with("No", when(WhenBusy::Refuse))).await.unwrap_err();
    assert!(matches!(refused, Error::Busy { .. }), "{refused}");
    let mut waiting = Box::pin(thread.run_with("Second", when(WhenBusy::Wait)));
    begin(&mut waiting).await;
    gate.open();
    let result = soon(waiting).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("two"));
}
