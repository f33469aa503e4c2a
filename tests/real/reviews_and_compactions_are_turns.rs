//! Reviews and compactions are turns with a handle, whatever ids the server has for them.

use codex_app_server::{
    Codex, Thread, TurnHandle, TurnOverrides, WhenBusy,
    generated::v2_all::{
        CustomReviewTarget, ReviewTarget, ServerNotification, ThreadItem, TurnStatus,
    },
};
use codex_app_server_testkit::{Answer, Gate};

use support::{Real, Way, refused_argument, soon, until};

const WAYS: [Way; 2] = [Way::Stdio, Way::Websocket];

fn look() -> ReviewTarget {
    CustomReviewTarget::new("Look at the names.").into()
}

async fn begun(real: &Real) -> Thread {
    let thread = real.thread().await;
    soon(thread.run("Begin")).await.unwrap();
    thread
}

async fn methods(turn: &mut TurnHandle) -> Vec<String> {
    let mut methods = Vec::new();
    while let Some(event) = soon(turn.next()).await {
        methods.push(event.unwrap().method().to_owned());
    }
    methods
}

#[tokio::test]
async fn a_review_is_seen_from_its_first_item_to_its_end() {
    for way in WAYS {
        let answers = [Answer::text("ok"), Answer::text("All good."), Answer::text("next")];
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = begun(&real).await;
        let mut review = soon(thread.start_review(look())).await.unwrap();
        let seen = methods(&mut review).await;
        assert_eq!(seen.first().map(String::as_str), Some("item/started"));
        assert!(seen.iter().any(|method| method == "turn/started"), "{seen:?}");
        assert_eq!(seen.last().map(String::as_str), Some("turn/completed"));
        let result = soon(review.run()).await.unwrap();
        assert_eq!((&*result.id, result.status), (review.id(), TurnStatus::Completed));
        assert!(result.final_response.is_some_and(|text| text.contains("All good.")));
        let has = |is: fn(&ThreadItem) -> bool| result.items.iter().any(is);
        assert!(has(|item| matches!(item, ThreadItem::EnteredReviewMode(_))));
        assert!(has(|item| matches!(item, ThreadItem::ExitedReviewMode(_))));
        assert!(!result.joined);

        // The thread is known to be free at once.
        let refusing = TurnOverrides::new().when_busy(WhenBusy::Refuse);
        let next = soon(thread.run_with("Next", refusing)).await.unwrap();
        assert_eq!(next.final_response.as_deref(), Some("next"));
    }
}

#[tokio::test]
async fn a_review_is_interrupted_by_its_handle() {
    for way in WAYS {
        let gate = Gate::new();
        let silent = || Answer::text("never").gate(&gate);
        let answers = [Answer::text("ok"), silent(), silent(), Answer::text("next")];
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = begun(&real).await;
        // At once, and when it has begun.
        for begun in [false, true] {
            let mut review = soon(thread.start_review(look())).await.unwrap();
            if begun {
                until(&mut review, "turn/started").await;
            }
            soon(review.interrupt()).await.unwrap();
            assert_eq!(soon(review.run()).await.unwrap().status, TurnStatus::Interrupted);
        }
    }
}

#[tokio::test]
async fn a_review_is_interrupted_by_its_id_alone() {
    let gate = Gate::new();
    let real = Real::start([Answer::text("ok"), Answer::text("never").gate(&gate)]).await;
    let thread = begun(&real).await;
    let mut review = soon(thread.start_review(look())).await.unwrap();
    until(&mut review, "turn/started").await;
    soon(real.codex.interrupt_turn(review.id())).await.unwrap();
    assert_eq!(soon(review.run()).await.unwrap().status, TurnStatus::Interrupted);
}

#[tokio::test]
async fn a_turn_is_interrupted_by_its_id_alone() {
    for way in WAYS {
        let gate = Gate::new();
        let answers = [Answer::text("never").gate(&gate), Answer::text("next")];
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = real.thread().await;
        let mut turn = soon(thread.turn("Begin")).await.unwrap();
        soon(real.codex.interrupt_turn(turn.id())).await.unwrap();
        assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
        // It runs no more, and of another nothing was heard.
        for unknown in [turn.id(), "01a1f858-10f4-77a1-9b9e-09ecfb478000"] {
            let error = soon(real.codex.interrupt_turn(unknown)).await.unwrap_err();
            assert!(error.to_string().contains("attach"), "{error}");
            assert_eq!(refused_argument(Err::<(), _>(error)), "turn_id");
        }
    }
}

#[tokio::test]
async fn a_compaction_is_waited_for() {
    for way in WAYS {
        let answers = ["A long story.", "The summary.", "As I said."].map(Answer::text);
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = begun(&real).await;
        let mut compaction = soon(thread.start_compaction()).await.unwrap();
        let seen = methods(&mut compaction).await;
        assert_eq!(seen.first().map(String::as_str), Some("turn/started"));
        assert_eq!(seen.last().map(String::as_str), Some("turn/completed"));
        let result = soon(compaction.run()).await.unwrap();
        assert_eq!((&*result.id, result.status), (compaction.id(), TurnStatus::Completed));
        assert!(result.items.iter().any(|item| matches!(item, ThreadItem::ContextCompaction(_))));
        assert!(!result.joined);
        soon(thread.run("And then?")).await.unwrap();
        let history = real.model.requests()[2].body.to_string();
        assert!(history.contains("The summary.") && !history.contains("A long story."));
    }
}

#[tokio::test]
async fn a_compaction_takes_the_place_of_a_turn_and_is_interrupted_itself() {
    let gate = Gate::new();
    let silent = || Answer::text("never").gate(&gate);
    let real = Real::start([Answer::text("ok"), silent(), silent()]).await;
    let thread = begun(&real).await;
    let mut turn = soon(thread.turn("Go on")).await.unwrap();
    until(&mut turn, "item/completed").await;
    let mut compaction = soon(thread.start_compaction()).await.unwrap();
    assert_ne!(compaction.id(), turn.id());
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
    soon(compaction.interrupt()).await.unwrap();
    assert_eq!(soon(compaction.run()).await.unwrap().status, TurnStatus::Interrupted);
}

#[tokio::test]
async fn a_compaction_that_fails_says_so() {
    let real = Real::start([Answer::text("ok"), Answer::status(400)]).await;
    let thread = begun(&real).await;
    let mut compaction = soon(thread.start_compaction()).await.unwrap();
    let error = soon(compaction.run()).await.unwrap_err();
    assert!(matches!(error, codex_app_server::Error::TurnFailed(_)), "{error:?}");
}

#[tokio::test]
async fn turns_are_taken_out_of_the_history_and_threads_deleted() {
    for way in WAYS {
        let answers = ["one", "two", "three"].map(Answer::text);
        let real = Real::start_by(way, answers, Codex::builder()).await;
        let thread = real.thread().await;
        soon(thread.run("First")).await.unwrap();
        let second = soon(thread.run("Second")).await.unwrap();
        soon(thread.revert(&second.id)).await.unwrap();
        soon(thread.run("Third")).await.unwrap();
        let history = real.model.requests()[2].body.to_string();
        assert!(history.contains("First") && !history.contains("Second"), "{history}");
        let error = soon(thread.revert("nope")).await.unwrap_err();
        assert!(error.to_string().contains("nope"), "{error}");

        let mut events = thread.events();
        soon(thread.delete()).await.unwrap();
        loop {
            let event = soon(events.next()).await.unwrap().unwrap();
            if matches!(event, ServerNotification::ThreadDeleted(_)) {
                break;
            }
        }
        assert!(soon(thread.read()).await.is_err());
    }
}
