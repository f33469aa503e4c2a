//! Requests that are held wait for the program, and for nobody once they need no reply any more.

use std::time::Duration;

use codex_app_server::{
    Codex, CodexBuilder, PendingRequest, Question, ThreadConfig, TurnHandle,
    generated::v2_all::TurnStatus,
};
use codex_app_server_testkit::Answer;
use serde_json::{Value, json};

use support::{Real, Way, refused_argument, soon};

use super::the_program_replies::{asking, exists, thread, with_tools};

const WAYS: [Way; 2] = [Way::Stdio, Way::Websocket];

/// For as long as it takes.
fn holding() -> CodexBuilder {
    Codex::builder().hold_requests(Duration::MAX)
}

/// A turn that waits for the approval of `touch file`, and what it waits for.
async fn approval(real: &Real) -> (TurnHandle, PendingRequest) {
    let mut requests = real.codex.server_requests();
    let turn = soon(thread(real, asking()).await.turn("Go")).await.unwrap();
    (turn, soon(requests.next()).await.unwrap())
}

fn accept(pending: PendingRequest) -> codex_app_server::Result<()> {
    let reply = match pending.question() {
        Question::CommandApproval(request) => request.accept(),
        other => other.decline(),
    };
    pending.respond(reply?)
}

#[tokio::test]
async fn an_approval_survives_the_wait() {
    for way in WAYS {
        let answers = ["one", "two", "three"].map(Answer::text);
        let touch = Answer::shell("touch file");
        let answers = [touch].into_iter().chain(answers).chain([Answer::text("Done.")]);
        let real = Real::start_by(way, answers, holding()).await;
        let (mut turn, pending) = approval(&real).await;
        // Much goes on meanwhile, on the same connection.
        for text in ["one", "two", "three"] {
            let result = soon(real.thread().await.run("Go")).await.unwrap();
            assert_eq!(result.final_response.as_deref(), Some(text));
        }
        assert!(!pending.is_resolved() && !exists(&real, "file"));
        accept(pending).unwrap();
        assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Completed);
        assert!(exists(&real, "file"));
    }
}

#[tokio::test]
async fn an_approval_that_the_end_of_its_turn_resolves_is_unanswerable() {
    for way in WAYS {
        let real = Real::start_by(way, [Answer::shell("touch file")], holding()).await;
        let (mut turn, mut pending) = approval(&real).await;
        soon(turn.interrupt()).await.unwrap();
        assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
        soon(pending.resolved()).await;
        assert_eq!(refused_argument(accept(pending)), "request");
        assert!(!exists(&real, "file"));
    }
}

#[tokio::test]
async fn an_approval_that_another_client_gives_is_unanswerable() {
    let answers = [Answer::shell("touch file"), Answer::text("Done.")];
    let real = Real::start_by(Way::Websocket, answers, holding()).await;
    let other = soon(real.join(holding())).await;
    let mut theirs = other.server_requests();
    let (mut turn, mut pending) = approval(&real).await;
    soon(other.thread_resume(turn.thread_id(), ThreadConfig::new())).await.unwrap();
    accept(soon(theirs.next()).await.unwrap()).unwrap();
    soon(pending.resolved()).await;
    assert_eq!(refused_argument(accept(pending)), "request");
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Completed);
    assert!(exists(&real, "file"));
}

/// A model that asks the user, and what it is told.
fn question() -> [Answer; 2] {
    let options = json!([{"label": "A (Recommended)", "description": "first"},
                         {"label": "B", "description": "second"}]);
    let question = json!({"id": "q", "header": "Pick", "question": "Which?", "options": options});
    let ask = Answer::tool_call("request_user_input", None, json!({"questions": [question]}));
    [ask, Answer::text("Done.")]
}

#[tokio::test]
async fn a_question_is_answered_by_a_choice_or_by_other_text() {
    for (way, answer) in [(Way::Stdio, "B"), (Way::Websocket, "neither")] {
        let real = Real::start_by(way, question(), holding()).await;
        let mut requests = real.codex.server_requests();
        let thread = thread(&real, with_tools(ThreadConfig::new())).await;
        let mut turn = soon(thread.turn("Go")).await.unwrap();
        let pending = soon(requests.next()).await.unwrap();
        let Question::UserInputRequest(request) = pending.question() else { panic!("{pending:?}") };
        assert_eq!(refused_argument(request.answers([("none", answer)])), "answer");
        let reply = request.answers([("q", answer)]).unwrap();
        pending.respond(reply).unwrap();
        soon(turn.run()).await.unwrap();
        let heard = real.model.requests()[1].last_tool_output().unwrap();
        let heard: Value = serde_json::from_str(&heard).unwrap();
        assert_eq!(heard["answers"]["q"]["answers"], json!([answer]), "{heard}");
    }
}

#[tokio::test]
async fn a_question_that_nobody_answers_in_time_is_declined_and_the_turn_goes_on() {
    for way in WAYS {
        // Without a handler at once; with nobody who takes it, when the time is over.
        for builder in [
            Codex::builder(),
            Codex::builder().hold_requests(Duration::ZERO),
            Codex::builder().hold_requests(Duration::from_millis(50)),
        ] {
            let real = Real::start_by(way, question(), builder).await;
            let thread = thread(&real, with_tools(ThreadConfig::new())).await;
            let result = soon(thread.run("Go")).await.unwrap();
            assert_eq!(result.status, TurnStatus::Completed);
        }
    }
}
