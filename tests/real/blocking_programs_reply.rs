//! Handlers, streams and events of requests without async.

use std::{sync::mpsc, time::Duration};

use codex_app_server::{
    ApprovalMode, Question, Sandbox, ThreadConfig, TurnEvent,
    blocking::{Codex, CodexBuilder},
    generated::v2_all::{AskForApproval, ThreadReadParams, TurnStatus},
};
use codex_app_server_testkit::Answer;
use tempfile::TempDir;

use crate::blocking_turns_are_the_same::with_model;

fn asking(folder: &TempDir) -> ThreadConfig {
    ThreadConfig::new()
        .approval_mode(ApprovalMode::Ask)
        .approval_policy(AskForApproval::Untrusted)
        .sandbox(Sandbox::DangerFullAccess)
        .cwd(folder.path())
}

/// Whether the command of a turn ran, with the handlers of `builder`.
fn runs(builder: CodexBuilder) -> bool {
    let folder = TempDir::new().unwrap();
    let answers = vec![Answer::shell("touch file"), Answer::text("Done.")];
    with_model(answers, |config| {
        let codex = builder.app_server(config).connect_stdio().unwrap();
        let result = codex.thread_start(asking(&folder)).unwrap().run("Go").unwrap();
        assert_eq!(result.final_response.as_deref(), Some("Done."));
    });
    folder.path().join("file").exists()
}

#[test]
fn a_handler_may_call_the_client_and_wait() {
    assert!(runs(Codex::builder().on_command_approval(|request| {
        let params = ThreadReadParams::new(request.thread_id.clone());
        let read = request.blocking_client().thread_read(params).send()?;
        assert_eq!(read.thread.id, request.thread_id);
        request.accept()
    })));
}

#[test]
fn a_handler_that_panics_declines() {
    assert!(!runs(Codex::builder().on_command_approval(|request| {
        assert!(request.thread_id.is_empty(), "on purpose");
        request.accept()
    })));
    assert!(!runs(Codex::builder().on_server_request(|_| panic!("on purpose"))));
}

#[test]
fn requests_are_taken_from_a_stream_or_from_their_turn() {
    let folder = TempDir::new().unwrap();
    let touch = || Answer::shell("touch file");
    with_model(vec![touch(), touch(), Answer::text("Done.")], |config| {
        let builder = Codex::builder().app_server(config);
        let codex = builder.hold_requests(Duration::from_secs(60)).connect_stdio().unwrap();
        let mut requests = codex.server_requests();
        let (sender, cancelled) = mpsc::channel();
        let taking = std::thread::spawn(move || {
            let pending = requests.next().unwrap().unwrap();
            let Question::CommandApproval(request) = pending.question() else {
                panic!("{pending:?}");
            };
            let reply = request.cancel().unwrap();
            pending.respond(reply).unwrap();
            sender.send(()).unwrap();
        });
        let result = codex.thread_start(asking(&folder)).unwrap().run("Go").unwrap();
        assert_eq!(result.status, TurnStatus::Interrupted);
        cancelled.recv().unwrap();
        taking.join().unwrap();
        assert!(!folder.path().join("file").exists());

        let mut turn = codex.thread_start(asking(&folder)).unwrap().turn("Go").unwrap();
        while let Some(event) = turn.next_event() {
            if let TurnEvent::Request(pending) = event.unwrap() {
                let reply = match pending.question() {
                    Question::CommandApproval(request) => request.accept(),
                    other => other.decline(),
                };
                pending.respond(reply.unwrap()).unwrap();
            }
        }
        assert!(folder.path().join("file").exists());
    });
}
