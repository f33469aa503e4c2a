//! The program replies to what the pinned codex asks: commands, patches, questions, permissions.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use codex_app_server::{
    ApprovalMode, Codex, CodexBuilder, CommandApproval, IntoReply, Question, Reply, RunResult,
    Sandbox, Thread, ThreadConfig, TurnEvent,
    generated::v2_all::{
        AskForApproval, CommandExecutionApprovalDecision, CommandExecutionRequestApprovalResponse,
        CommandExecutionStatus, GrantedPermissionProfile, ModelListParams, PatchApplyStatus,
        PermissionGrantScope, ServerNotification, ThreadItem, ThreadReadParams, TurnStatus,
    },
};
use codex_app_server_testkit::Answer;
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, mpsc};

use support::{Real, refused_argument, soon};

/// A thread in which each command is asked for, and then runs without a sandbox.
pub(crate) fn asking() -> ThreadConfig {
    ThreadConfig::new()
        .approval_policy(AskForApproval::Untrusted)
        .sandbox(Sandbox::DangerFullAccess)
}

pub(crate) async fn thread(real: &Real, config: ThreadConfig) -> Thread {
    soon(real.codex.thread_start(config)).await.unwrap()
}

fn patch(file: &str) -> Answer {
    Answer::patch(format!("*** Begin Patch\n*** Add File: {file}\n+hello\n*** End Patch\n"))
}

fn commands(result: &RunResult) -> Vec<CommandExecutionStatus> {
    let status = |item: &ThreadItem| match item {
        ThreadItem::CommandExecution(command) => Some(command.status.clone()),
        _ => None,
    };
    result.items.iter().filter_map(status).collect()
}

fn changes(result: &RunResult) -> Vec<PatchApplyStatus> {
    let status = |item: &ThreadItem| match item {
        ThreadItem::FileChange(change) => Some(change.status.clone()),
        _ => None,
    };
    result.items.iter().filter_map(status).collect()
}

/// Runs `touch file` as often as there are answers, with a handler that replies so.
async fn touch<R: IntoReply + Send + 'static>(
    times: usize,
    reply: impl Fn(&CommandApproval) -> R + Send + Sync + 'static,
) -> (Real, RunResult, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let builder = Codex::builder().on_command_approval(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        assert_eq!(request.shell_command().unwrap(), "touch file");
        let reply = reply(&request);
        async move { reply }
    });
    let answers = std::iter::repeat_n(Answer::shell("touch file"), times);
    let real = Real::start_with(answers.chain([Answer::text("Done.")]), builder).await;
    let thread = thread(&real, asking()).await;
    let result = soon(thread.run("Make it")).await.unwrap();
    (real, result, asked.load(Ordering::Relaxed))
}

pub(crate) fn exists(real: &Real, file: &str) -> bool {
    real.cwd.path().join(file).exists()
}

#[tokio::test]
async fn a_command_that_is_accepted_runs_this_once() {
    let (real, result, asked) = touch(2, |request| request.accept()).await;
    assert_eq!(
        commands(&result),
        [CommandExecutionStatus::Completed, CommandExecutionStatus::Completed]
    );
    assert_eq!((asked, exists(&real, "file")), (2, true));
}

#[tokio::test]
async fn a_command_that_is_accepted_with_its_amendment_is_not_asked_for_again() {
    let amend = |request: &CommandApproval| {
        assert_eq!(refused_argument(request.accept_for_session()), "decision");
        request.accept_with_execpolicy_amendment()
    };
    let (real, result, asked) = touch(2, amend).await;
    assert_eq!(
        commands(&result),
        [CommandExecutionStatus::Completed, CommandExecutionStatus::Completed]
    );
    assert_eq!((asked, exists(&real, "file")), (1, true));
}

/// codex takes this for commands, and does not offer it: only an untyped reply can say it.
#[tokio::test]
async fn a_command_that_is_accepted_for_the_session_is_not_asked_for_again() {
    let accept = |request: &CommandApproval| {
        let accept = CommandExecutionApprovalDecision::AcceptForSession;
        Reply::to(&**request, CommandExecutionRequestApprovalResponse::new(accept))
    };
    let (real, result, asked) = touch(2, accept).await;
    assert_eq!(commands(&result).len(), 2);
    assert_eq!((asked, exists(&real, "file")), (1, true));
}

#[tokio::test]
async fn a_command_that_is_declined_does_not_run_and_the_turn_goes_on() {
    let (real, result, _) = touch(1, |request| request.decline()).await;
    assert_eq!(commands(&result), [CommandExecutionStatus::Declined]);
    assert_eq!(result.final_response.as_deref(), Some("Done."));
    assert!(!exists(&real, "file"));
}

#[tokio::test]
async fn a_command_that_is_cancelled_does_not_run_and_stops_the_turn() {
    let (real, result, _) = touch(1, |request| request.cancel()).await;
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert!(!exists(&real, "file"));
}

#[tokio::test]
async fn a_handler_that_fails_or_panics_declines() {
    let (real, result, _) = touch(1, |_| Err::<Reply, _>(io::Error::other("on purpose"))).await;
    assert_eq!(commands(&result), [CommandExecutionStatus::Declined]);
    assert!(!exists(&real, "file"));

    let panics = |_: &CommandApproval| -> Reply { panic!("on purpose") };
    let (real, result, _) = touch(1, panics).await;
    assert_eq!(commands(&result), [CommandExecutionStatus::Declined]);
    assert!(!exists(&real, "file"));
}

/// A patch of a new file, with a handler for it.
async fn patches(builder: CodexBuilder) -> (Real, RunResult) {
    let answers = [patch("new.txt"), Answer::text("Done.")];
    let real = Real::start_with(answers, builder).await;
    let config = ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::Ask);
    let thread = thread(&real, config).await;
    let result = soon(thread.run("Make it")).await.unwrap();
    (real, result)
}

#[tokio::test]
async fn a_patch_shows_its_diff_and_happens_when_it_is_accepted() {
    let builder = Codex::builder().on_file_change_approval(|request| async move {
        let changes = request.changes().unwrap();
        let [change] = changes else { panic!("{changes:?}") };
        assert!(change.path.ends_with("new.txt") && change.diff.contains("hello"), "{change:?}");
        request.accept()
    });
    let (real, result) = patches(builder).await;
    assert_eq!(changes(&result), [PatchApplyStatus::Completed]);
    assert!(exists(&real, "new.txt"));
}

#[tokio::test]
async fn a_patch_that_is_accepted_for_the_session_lets_its_files_change_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let builder = Codex::builder().on_file_change_approval(move |request| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { request.accept_for_session() }
    });
    let change = "*** Begin Patch\n*** Update File: new.txt\n@@\n-hello\n+bye\n*** End Patch\n";
    let answers = [patch("new.txt"), Answer::patch(change), Answer::text("Done.")];
    let real = Real::start_with(answers, builder).await;
    let config = ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::Ask);
    let result = soon(thread(&real, config).await.run("Make it")).await.unwrap();
    assert_eq!(changes(&result), [PatchApplyStatus::Completed, PatchApplyStatus::Completed]);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let text = std::fs::read_to_string(real.cwd.path().join("new.txt")).unwrap();
    assert_eq!(text, "bye\n");
}

#[tokio::test]
async fn a_patch_that_is_not_accepted_does_not_happen() {
    let decline =
        Codex::builder().on_file_change_approval(|request| async move { request.decline() });
    let (real, result) = patches(decline).await;
    assert_eq!(changes(&result), [PatchApplyStatus::Declined]);
    assert!(!exists(&real, "new.txt"));

    let cancel =
        Codex::builder().on_file_change_approval(|request| async move { request.cancel() });
    let (real, result) = patches(cancel).await;
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert!(!exists(&real, "new.txt"));

    // A handler for something else.
    let other = Codex::builder().on_command_approval(|request| async move { request.accept() });
    let (real, result) = patches(other).await;
    assert_eq!(changes(&result), [PatchApplyStatus::Declined]);
    assert!(!exists(&real, "new.txt"));
}

#[tokio::test]
async fn a_slow_handler_holds_up_nothing_and_may_call_the_client() {
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begun, go) = (Arc::clone(&asked), Arc::clone(&answer));
    let builder = Codex::builder().on_command_approval(move |request| {
        let (begun, go) = (Arc::clone(&begun), Arc::clone(&go));
        async move {
            let params = ThreadReadParams::new(request.thread_id.clone());
            let read = request.client().thread_read(params).await?;
            assert_eq!(read.thread.id, request.thread_id);
            begun.notify_one();
            go.notified().await;
            request.accept()
        }
    });
    let real = Real::start_with([], builder).await;
    real.model.respond_with(|request| match request.user_text().as_str() {
        "Slow" if request.last_tool_output().is_none() => Answer::shell("touch file"),
        text => Answer::text(text.to_owned()),
    });
    let slow = thread(&real, asking()).await;
    let mut turn = soon(slow.turn("Slow")).await.unwrap();
    soon(asked.notified()).await;
    // Another turn, and another request, in the meantime.
    let other = thread(&real, asking()).await;
    assert_eq!(soon(other.run("Fast")).await.unwrap().final_response.as_deref(), Some("Fast"));
    soon(async { real.codex.client().model_list(ModelListParams::new()).await }).await.unwrap();
    assert!(!exists(&real, "file"));
    answer.notify_one();
    soon(turn.run()).await.unwrap();
    assert!(exists(&real, "file"));
}

#[tokio::test]
async fn an_interrupt_ends_the_handler_and_nothing_runs() {
    struct Dropped(mpsc::UnboundedSender<&'static str>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }
    let (sender, mut seen) = mpsc::unbounded_channel();
    let builder = Codex::builder().on_command_approval(move |request| {
        let guard = Dropped(sender.clone());
        async move {
            guard.0.send("asked").unwrap();
            std::future::pending::<()>().await;
            request.accept()
        }
    });
    let real = Real::start_with([Answer::shell("touch file")], builder).await;
    let mut turn = soon(thread(&real, asking()).await.turn("Go")).await.unwrap();
    assert_eq!(soon(seen.recv()).await, Some("asked"));
    soon(turn.interrupt()).await.unwrap();
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
    assert_eq!(soon(seen.recv()).await, Some("dropped"));
    assert!(!exists(&real, "file"));
}

/// A thread with tools that codex does not offer by itself.
pub(crate) fn with_tools(config: ThreadConfig) -> ThreadConfig {
    let features =
        ["default_mode_request_user_input", "request_permissions_tool", "multi_agent_v2"];
    let features = features.map(|name| (format!("features.{name}"), Value::Bool(true)));
    config.config(Map::from_iter(features))
}

#[tokio::test]
async fn a_question_gets_its_answer() {
    let options = json!([{"label": "A (Recommended)", "description": "first"},
                         {"label": "B", "description": "second"}]);
    let question = json!({"id": "q", "header": "Pick", "question": "Which?", "options": options});
    let question = json!({"questions": [question]});
    for answer in ["B", "neither"] {
        let builder =
            Codex::builder().on_user_input(move |request| async move { request.answer(answer) });
        let ask = Answer::tool_call("request_user_input", None, question.clone());
        let real = Real::start_with([ask, Answer::text("Done.")], builder).await;
        soon(thread(&real, with_tools(ThreadConfig::new())).await.run("Go")).await.unwrap();
        let heard = real.model.requests()[1].last_tool_output().unwrap();
        let heard: Value = serde_json::from_str(&heard).unwrap();
        assert_eq!(heard["answers"]["q"]["answers"], json!([answer]), "{heard}");
    }
}

#[tokio::test]
async fn a_part_of_the_permissions_is_granted() {
    let wanted = json!({"network": {"enabled": true}, "file_system": {"write": ["/var/tmp"]}});
    let wanted = json!({"permissions": wanted, "reason": "please"});
    let builder = Codex::builder().on_permissions_request(|request| async move {
        assert_eq!(request.reason.as_deref(), Some("please"));
        let mut more = GrantedPermissionProfile::new();
        more.file_system = request.permissions.file_system.clone();
        more.file_system.as_mut().unwrap().write.as_mut().unwrap().push("/".into());
        let refused = request.grant(more, PermissionGrantScope::Session);
        assert_eq!(refused_argument(refused), "permissions");
        let mut part = GrantedPermissionProfile::new();
        part.network = request.permissions.network.clone();
        request.grant(part, PermissionGrantScope::Session)
    });
    let ask = Answer::tool_call("request_permissions", None, wanted);
    let real = Real::start_with([ask, Answer::text("Done.")], builder).await;
    let config = ThreadConfig::new().approval_mode(ApprovalMode::Ask);
    soon(thread(&real, with_tools(config)).await.run("Go")).await.unwrap();
    let heard = real.model.requests()[1].last_tool_output().unwrap();
    let heard: Value = serde_json::from_str(&heard).unwrap();
    assert_eq!(heard["scope"], "session", "{heard}");
    let granted = &heard["permissions"];
    assert_eq!(granted["network"]["enabled"], true, "{heard}");
    assert!(granted["file_system"].is_null(), "{heard}");
}

#[tokio::test]
async fn the_requests_of_a_sub_agent_name_its_parent() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let builder = Codex::builder().on_command_approval(move |request| {
        let ids = (request.thread_id.clone(), request.parent_thread_id().map(str::to_owned));
        list.lock().unwrap().push(ids);
        async move { request.accept() }
    });
    let real = Real::start_with([], builder).await;
    real.model.respond_with(|request| {
        let is_child = request.body["input"].to_string().contains("Touch the file.");
        match (is_child, request.last_tool_output()) {
            (false, None) => {
                let task = json!({"message": "Touch the file.", "task_name": "child",
                                  "fork_turns": "none"});
                Answer::tool_call("spawn_agent", Some("collaboration"), task)
            }
            (true, None) => Answer::shell("touch file"),
            (_, Some(output)) => Answer::text(output),
        }
    });
    let mut events = real.codex.client().events();
    let parent = thread(&real, with_tools(asking())).await;
    let mut turn = soon(parent.turn("Go")).await.unwrap();
    // The child goes on when its parent has ended.
    let command = async {
        loop {
            let event = events.next().await.unwrap().unwrap();
            if let ServerNotification::ItemCompleted(done) = event
                && let ThreadItem::CommandExecution(_) = done.item
            {
                return done.thread_id;
            }
        }
    };
    let child = soon(command).await;
    soon(turn.run()).await.unwrap();
    assert_ne!(child, parent.id());
    assert_eq!(*seen.lock().unwrap(), [(child, Some(parent.id().to_owned()))]);
    assert!(exists(&real, "file"));
}

#[tokio::test]
async fn the_program_takes_requests_from_a_stream_or_from_its_turn() {
    let builder = Codex::builder().hold_requests(Duration::from_secs(60));
    let touch = || Answer::shell("touch file");
    let real = Real::start_with([touch(), touch(), Answer::text("Done.")], builder).await;

    let mut requests = real.codex.server_requests();
    let mut turn = soon(thread(&real, asking()).await.turn("Go")).await.unwrap();
    let pending = soon(requests.next()).await.unwrap();
    let Question::CommandApproval(request) = pending.question() else { panic!("{pending:?}") };
    let reply = request.cancel().unwrap();
    pending.respond(reply).unwrap();
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
    assert!(!exists(&real, "file"));

    let mut turn = soon(thread(&real, asking()).await.turn("Go")).await.unwrap();
    while let Some(event) = soon(turn.next_event()).await {
        if let TurnEvent::Request(pending) = event.unwrap() {
            let reply = match pending.question() {
                Question::CommandApproval(request) => request.accept(),
                other => other.decline(),
            };
            pending.respond(reply.unwrap()).unwrap();
        }
    }
    assert!(exists(&real, "file"));
}
