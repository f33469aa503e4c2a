//! Requests that no handler takes, and that the program takes itself: from a stream, or among the
//! events of a turn.

use std::time::Duration;

use codex_app_server::{
    ApprovalMode, Codex, PendingRequest, Question, Reply, ThreadConfig, TurnEvent, TurnOverrides,
};
use codex_app_server_testkit::{Action, Script, turn};
use serde_json::{Value, json};
use tokio::time::advance;

use support::{fake_with, next_params, refused_argument, soon, thread_of};

use crate::kinds_of_requests::{Asking, COMMAND, FILE_CHANGE, USER_INPUT, all, params_of};

const LIMIT: Duration = Duration::from_secs(10);

async fn holding() -> Asking {
    Asking::new(Codex::builder().hold_requests(LIMIT)).await
}

async fn decision(asking: &Asking) -> Value {
    soon(asking.server.next_answer()).await["result"]["decision"].take()
}

fn accept(pending: PendingRequest) -> codex_app_server::Result<()> {
    let reply = match pending.question() {
        Question::CommandApproval(request) => request.accept(),
        Question::FileChangeApproval(request) => request.accept(),
        other => other.decline(),
    };
    pending.respond(reply?)
}

#[tokio::test]
async fn a_stream_gives_each_kind_of_request() {
    let asking = holding().await;
    let mut requests = asking.codex.server_requests();
    for (method, params) in all() {
        asking.ask(0, method, params).await;
        let pending = soon(requests.next()).await.unwrap();
        assert_eq!(pending.method(), method);
        assert!(!matches!(*pending, Question::Unknown(_)), "{pending:?}");
        accept(pending).unwrap();
        soon(asking.server.next_answer()).await;
    }
    asking.ask(0, "item/dream", json!({"threadId": "t"})).await;
    let pending = soon(requests.next()).await.unwrap();
    assert_eq!((pending.method(), pending.thread_id()), ("item/dream", Some("t")));
    drop(pending);
    assert_eq!(soon(asking.server.next_answer()).await["error"]["code"], -32601);
}

#[tokio::test]
async fn what_was_asked_before_somebody_takes_is_not_lost() {
    let asking = holding().await;
    asking.ask(1, FILE_CHANGE, params_of(FILE_CHANGE)).await;
    asking.ask(2, COMMAND, params_of(COMMAND)).await;
    let mut requests = asking.codex.server_requests();
    let first = soon(requests.next()).await.unwrap();
    let second = soon(requests.next()).await.unwrap();
    assert_eq!((first.method(), second.method()), (FILE_CHANGE, COMMAND));
    accept(second).unwrap();
    assert_eq!(decision(&asking).await, "accept");
    // Nobody else takes what was taken; letting go of it declines.
    drop((requests, first));
    assert_eq!(decision(&asking).await, "decline");
}

#[tokio::test(start_paused = true)]
async fn one_that_nobody_takes_is_declined_in_time_and_one_that_was_taken_waits() {
    let asking = holding().await;
    let mut requests = asking.codex.server_requests();
    asking.ask(1, FILE_CHANGE, params_of(FILE_CHANGE)).await;
    let taken = soon(requests.next()).await.unwrap();
    asking.ask(2, FILE_CHANGE, params_of(FILE_CHANGE)).await;
    let declined = soon(asking.server.next_answer()).await;
    assert_eq!((&declined["id"], &declined["result"]["decision"]), (&json!(2), &json!("decline")));
    advance(3 * LIMIT).await;
    assert!(!taken.is_resolved());
    accept(taken).unwrap();
    assert_eq!(decision(&asking).await, "accept");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_takes_has_an_error_for_an_answer() {
    let asking = holding().await;
    asking.ask(1, USER_INPUT, params_of(USER_INPUT)).await;
    let declined = soon(asking.server.next_answer()).await;
    assert_eq!((&declined["id"], &declined["error"]["code"]), (&json!(1), &json!(-32000)));
}

#[tokio::test]
async fn one_that_is_resolved_elsewhere_needs_no_reply() {
    let respond = Action::respond(json!({"data": []}));
    let script = Script::new().on("thread/loaded/list", [respond]);
    let builder = Codex::builder().hold_requests(LIMIT);
    let (server, codex) = fake_with(script, builder).await;
    let asking = Asking { server, codex };
    let mut requests = asking.codex.server_requests();
    // Whatever was sent has been dealt with when the server has responded to something else, twice.
    let settled = async || {
        for _ in 0..2 {
            let list = asking.codex.client().request_raw("thread/loaded/list", json!({}));
            soon(list).await.unwrap();
        }
    };
    let resolve = async |id: usize| {
        asking.tell("serverRequest/resolved", json!({"threadId": "t", "requestId": id})).await;
    };
    asking.ask(1, FILE_CHANGE, params_of(FILE_CHANGE)).await;
    let mut pending = soon(requests.next()).await.unwrap();
    resolve(1).await;
    soon(pending.resolved()).await;
    assert_eq!(refused_argument(accept(pending)), "request");

    // One that was not taken yet is not given any more.
    asking.ask(2, FILE_CHANGE, params_of(FILE_CHANGE)).await;
    settled().await;
    resolve(2).await;
    settled().await;
    asking.ask(3, COMMAND, params_of(COMMAND)).await;
    let pending = soon(requests.next()).await.unwrap();
    assert_eq!(pending.method(), COMMAND);
    accept(pending).unwrap();
    assert_eq!(soon(asking.server.next_answer()).await["id"], 3);
}

#[tokio::test]
async fn a_reply_to_another_kind_of_request_declines() {
    let asking = holding().await;
    let mut requests = asking.codex.server_requests();
    asking.ask(1, FILE_CHANGE, params_of(FILE_CHANGE)).await;
    asking.ask(2, COMMAND, params_of(COMMAND)).await;
    let (first, second) =
        (soon(requests.next()).await.unwrap(), soon(requests.next()).await.unwrap());
    let Question::FileChangeApproval(request) = first.question() else { panic!("{first:?}") };
    assert_eq!(refused_argument(second.respond(request.accept().unwrap())), "reply");
    let declined = soon(asking.server.next_answer()).await;
    assert_eq!((&declined["id"], &declined["result"]["decision"]), (&json!(2), &json!("decline")));
}

#[tokio::test]
async fn a_stream_ends_with_the_connection() {
    let asking = holding().await;
    let mut requests = asking.codex.server_requests();
    soon(asking.codex.close()).await;
    assert!(soon(requests.next()).await.is_none());
}

#[tokio::test]
async fn the_events_of_a_turn_have_its_requests_in_their_place() {
    let item = json!({"type": "fileChange", "id": "i", "changes": [], "status": "inProgress"});
    let started = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}", "startedAtMs": 1,
                         "item": item});
    let mut params = params_of(FILE_CHANGE);
    params["threadId"] = json!("{{threadId}}");
    params["turnId"] = json!("{{turnId}}");
    let mut actions = turn("done", 1);
    actions.insert(1, Action::notify("item/started", started));
    // Not of this turn.
    actions.insert(2, Action::request(COMMAND, params_of(COMMAND)));
    actions.insert(3, Action::ask(FILE_CHANGE, params));
    let builder = Codex::builder().hold_requests(LIMIT);
    let (server, codex) = fake_with(Script::new().on("turn/start", actions), builder).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = soon(turn.next_event()).await {
        match event.unwrap() {
            TurnEvent::Request(pending) => {
                seen.push(pending.method().to_owned());
                accept(pending).unwrap();
            }
            TurnEvent::Notification(notification) => seen.push(notification.method().to_owned()),
            other => panic!("{other:?}"),
        }
    }
    let at = seen.iter().position(|method| method == FILE_CHANGE).unwrap();
    assert_eq!(seen[at - 1], "item/started");
    assert_eq!(seen.last().unwrap(), "turn/completed");
    assert!(!seen.iter().any(|method| method == COMMAND));
    assert_eq!(soon(server.next_answer()).await["result"]["decision"], "accept");
    let pending = soon(codex.server_requests().next()).await.unwrap();
    assert_eq!(pending.method(), COMMAND);
}

#[tokio::test]
async fn who_is_to_be_asked_has_to_be_there() {
    let ask = || ThreadConfig::new().approval_mode(ApprovalMode::Ask);
    let asking = Asking::new(Codex::builder()).await;
    let nobody = &asking.codex;
    assert_eq!(refused_argument(soon(nobody.thread_start(ask())).await), "approval_mode");
    assert_eq!(refused_argument(soon(nobody.thread_resume("t", ask())).await), "approval_mode");
    assert_eq!(refused_argument(soon(nobody.thread_fork("t", ask())).await), "approval_mode");
    let thread = thread_of(nobody).await;
    assert_eq!(refused_argument(soon(thread.fork(ask())).await), "approval_mode");
    let overrides = TurnOverrides::new().approval_mode(ApprovalMode::Ask);
    assert_eq!(refused_argument(soon(thread.turn_with("Go", overrides)).await), "approval_mode");
    // Others are not asked, or somebody else is.
    for mode in [ApprovalMode::DenyAll, ApprovalMode::AutoReview] {
        soon(nobody.thread_start(ask().approval_mode(mode))).await.unwrap();
    }

    for builder in [
        Codex::builder().hold_requests(LIMIT),
        Codex::builder().on_command_approval(|request| async move { request.accept() }),
        Codex::builder().on_server_request(|request, _| async move { Reply::decline(&request) }),
    ] {
        let somebody = Asking::new(builder).await;
        soon(somebody.codex.thread_start(ask())).await.unwrap();
        let sent = next_params(&somebody.server, "thread/start").await;
        let expected = (&json!("on-request"), &json!("user"));
        assert_eq!((&sent["approvalPolicy"], &sent["approvalsReviewer"]), expected);
    }
    // One that has nothing to do with approvals.
    let builder = Codex::builder().on_current_time(|request| async move { request.now() });
    let other = Asking::new(builder).await;
    assert_eq!(refused_argument(soon(other.codex.thread_start(ask())).await), "approval_mode");
}
