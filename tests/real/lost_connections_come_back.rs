//! Connections to a real codex that are lost in the middle of something, and come back. What the
//! program sees at the end is what it sees of a session that nothing has disturbed.

use std::time::Duration;

use codex_app_server::{
    ApprovalMode, CloseReason, Codex, CodexBuilder, ConnectionEvent, Error, Reconnect, Restored,
    RunResult, Sandbox, Thread, ThreadConfig, TurnHandle,
    generated::v2_all::{AskForApproval, ServerNotification, ThreadItem, ThreadStatus, TurnStatus},
};
use codex_app_server_testkit::{Answer, CodexHome, Gate, MockModel};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::servers_are_not_left_behind::kill;
use support::{Listening, Proxy, Way, soon, until};

/// A codex behind a proxy that fails.
struct Unsteady {
    codex: Codex,
    events: mpsc::UnboundedReceiver<ConnectionEvent>,
    proxy: Proxy,
    server: Listening,
    model: MockModel,
    _home: CodexHome,
    _cwd: TempDir,
}

impl Unsteady {
    async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::start_with(answers, Codex::builder()).await
    }

    async fn start_with(answers: impl IntoIterator<Item = Answer>, builder: CodexBuilder) -> Self {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let (home, cwd) = (model.codex_home().unwrap(), TempDir::new().unwrap());
        let server = Listening::start(Way::Websocket, &home, &cwd).await;
        let proxy = Proxy::before(&server.url).await;
        let (reconnect, events) = told();
        let connecting = builder.reconnect(reconnect).connect_websocket(proxy.url());
        let codex = soon(connecting).await.unwrap();
        Self { codex, events, proxy, server, model, _home: home, _cwd: cwd }
    }

    async fn thread(&self) -> Thread {
        soon(self.codex.thread_start(free())).await.unwrap()
    }

    async fn restored(&mut self) -> Restored {
        restored(&mut self.events).await
    }
}

/// How a connection is opened again, and what is told of that.
fn told() -> (Reconnect, mpsc::UnboundedReceiver<ConnectionEvent>) {
    let (sender, events) = mpsc::unbounded_channel();
    let reconnect = Reconnect::new().on_event(move |event| drop(sender.send(event.clone())));
    (reconnect, events)
}

async fn restored(events: &mut mpsc::UnboundedReceiver<ConnectionEvent>) -> Restored {
    loop {
        match soon(events.recv()).await.expect("it goes on") {
            ConnectionEvent::Restored(restored) => return restored,
            ConnectionEvent::GivenUp(error) => panic!("{error:?}"),
            _ => {}
        }
    }
}

/// Commands run without a word.
fn free() -> ThreadConfig {
    ThreadConfig::new().approval_mode(ApprovalMode::DenyAll).sandbox(Sandbox::DangerFullAccess)
}

/// A turn that talks, runs a command and talks again, and stops in the middle of that.
fn answers(gate: &Gate) -> [Answer; 2] {
    [
        Answer::text("I look.").phase("commentary").reasoning("Hm.").and(Answer::shell("echo hi")),
        Answer::from_deltas(["Half ", "a loaf."]).gate_after(1, gate).phase("final_answer"),
    ]
}

/// What it comes to.
fn check(result: &RunResult) {
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.final_response.as_deref(), Some("Half a loaf."));
    assert_eq!(
        kinds(result),
        ["userMessage", "reasoning", "agentMessage", "exec hi\n", "agentMessage"]
    );
    assert!(result.unread.is_empty(), "{:?}", result.unread);
    assert!(!result.joined);
}

fn kinds(result: &RunResult) -> Vec<String> {
    let items = result.items.iter().map(|item| match item {
        ThreadItem::CommandExecution(command) => {
            format!("exec {}", command.aggregated_output.clone().unwrap_or_default())
        }
        ThreadItem::UserMessage(_) => "userMessage".to_owned(),
        ThreadItem::Reasoning(_) => "reasoning".to_owned(),
        ThreadItem::AgentMessage(_) => "agentMessage".to_owned(),
        other => format!("{other:?}"),
    });
    items.collect()
}

async fn until_half(turn: &mut TurnHandle) {
    loop {
        if let ServerNotification::ItemAgentMessageDelta(delta) =
            until(turn, "item/agentMessage/delta").await
            && delta.delta == "Half "
        {
            return;
        }
    }
}

#[tokio::test]
async fn a_turn_that_goes_on_meanwhile() {
    let gate = Gate::new();
    let mut it = Unsteady::start(answers(&gate)).await;
    let thread = it.thread().await;
    let mut turn = thread.turn("Go").await.unwrap();
    until_half(&mut turn).await;
    it.proxy.cut();
    let restored = it.restored().await;
    assert_eq!(restored.threads, [thread.id()]);
    assert_eq!(restored.missing, []);
    gate.open();
    // The stream says where it was cut.
    assert!(matches!(soon(turn.next()).await, Some(Err(Error::Reconnected))));
    let result = soon(turn.run()).await.unwrap();
    check(&result);
    assert!(result.usage.is_some());
    assert_eq!(it.model.requests().len(), 2);
}

#[tokio::test]
async fn a_turn_that_ends_meanwhile() {
    let gate = Gate::new();
    let mut it = Unsteady::start(answers(&gate)).await;
    let thread = it.thread().await;
    let mut turn = thread.turn("Go").await.unwrap();
    until(&mut turn, "turn/started").await;
    it.proxy.refuse(true);
    it.proxy.cut();
    // The end of a turn is told to each connection.
    let other = soon(it.server.connect(Codex::builder())).await.unwrap();
    let mut told = other.client().events();
    gate.open();
    loop {
        let event = soon(told.next()).await.unwrap().unwrap();
        if let ServerNotification::ThreadStatusChanged(changed) = event
            && changed.status == ThreadStatus::Idle
        {
            break;
        }
    }
    it.proxy.refuse(false);
    let restored = it.restored().await;
    let [missing] = &restored.missing[..] else { panic!("{restored:?}") };
    assert!(missing.turn_id.as_deref() == Some(turn.id()) && missing.what.contains("tokens"));
    check(&soon(turn.run()).await.unwrap());
    // The thread goes on.
    it.model.push(Answer::text("Next."));
    let next = soon(thread.run("And?")).await.unwrap();
    assert_eq!(next.final_response.as_deref(), Some("Next."));
}

#[tokio::test]
async fn a_start_that_the_server_has_got() {
    let gate = Gate::new();
    let mut it = Unsteady::start(answers(&gate)).await;
    let thread = it.thread().await;
    it.proxy.drop_responses();
    let running = tokio::spawn({
        let thread = thread.clone();
        async move { thread.run("Go").await }
    });
    soon(it.model.next_request()).await;
    it.proxy.cut();
    it.restored().await;
    gate.open();
    check(&soon(running).await.unwrap().unwrap());
    // No prompt was asked twice.
    let asked = it.model.requests();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.user_text() == "Go"));
}

#[tokio::test]
async fn a_start_that_the_server_has_not_got() {
    let mut it = Unsteady::start([Answer::text("Here.")]).await;
    let thread = it.thread().await;
    soon(thread.run("Go")).await.unwrap();
    it.proxy.drop_requests();
    let running = tokio::spawn({
        let thread = thread.clone();
        async move { thread.run("Lost").await }
    });
    soon(it.proxy.next_dropped()).await;
    it.proxy.cut();
    let restored = it.restored().await;
    assert!(restored.missing[0].what.contains("no turn has begun"), "{restored:?}");
    let error = soon(running).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { sent: true, .. }), "{error:?}");
    assert!(!error.is_retryable() && error.to_string().contains("turn/start"));
    assert_eq!(it.model.requests().len(), 1);
    it.model.push(Answer::text("Again."));
    let again = soon(thread.run("Again")).await.unwrap();
    assert_eq!(again.final_response.as_deref(), Some("Again."));
}

#[tokio::test]
async fn an_approval_is_asked_for_once() {
    for reply_is_lost in [false, true] {
        let (asked, mut asks) = mpsc::unbounded_channel();
        let decide = Gate::new();
        let builder = Codex::builder().on_command_approval({
            let decide = decide.clone();
            move |request| {
                let (asked, decide) = (asked.clone(), decide.clone());
                async move {
                    asked.send(())?;
                    decide.opened().await;
                    request.accept().map_err(Box::<dyn std::error::Error + Send + Sync>::from)
                }
            }
        });
        let answers = [Answer::shell("echo hi"), Answer::text("Done.")];
        let mut it = Unsteady::start_with(answers, builder).await;
        let asking = ThreadConfig::new()
            .approval_mode(ApprovalMode::Ask)
            .approval_policy(AskForApproval::Untrusted)
            .sandbox(Sandbox::DangerFullAccess);
        let thread = soon(it.codex.thread_start(asking)).await.unwrap();
        let mut turn = thread.turn("Go").await.unwrap();
        soon(asks.recv()).await.unwrap();
        if reply_is_lost {
            it.proxy.drop_requests();
            decide.open();
            soon(it.proxy.next_dropped()).await;
        }
        it.proxy.cut();
        it.restored().await;
        decide.open();
        let result = soon(turn.run()).await.unwrap();
        assert_eq!(result.final_response.as_deref(), Some("Done."));
        assert!(kinds(&result).contains(&"exec hi\n".to_owned()), "{:?}", kinds(&result));
        assert!(asks.try_recv().is_err(), "it was asked for twice");
    }
}

#[tokio::test]
async fn three_threads_that_stream() {
    let gate = Gate::new();
    let mut it = Unsteady::start([]).await;
    it.model.respond_with({
        let gate = gate.clone();
        move |request| {
            let text = request.user_text();
            Answer::from_deltas([format!("{text} "), "and ".into(), text]).gate_after(1, &gate)
        }
    });
    let mut turns = Vec::new();
    for name in ["one", "two", "three"] {
        let thread = it.thread().await;
        let mut turn = thread.turn(name).await.unwrap();
        until(&mut turn, "item/agentMessage/delta").await;
        turns.push((name, thread, turn));
    }
    it.proxy.cut();
    let restored = it.restored().await;
    assert_eq!(restored.threads.len(), 3);
    gate.open();
    for (name, _thread, mut turn) in turns {
        let result = soon(turn.run()).await.unwrap();
        assert_eq!(result.final_response, Some(format!("{name} and {name}")));
        assert_eq!(kinds(&result), ["userMessage", "agentMessage"]);
    }
}

/// A turn whose server dies ends as interrupted, with what was complete; the thread goes on.
async fn outlive(model: &MockModel, thread: &Thread, turn: &mut TurnHandle) {
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert_eq!(kinds(&result), ["userMessage", "reasoning", "agentMessage", "exec hi\n"]);
    let before = model.requests().len();
    model.push(Answer::text("Next."));
    let next = soon(thread.run("And?")).await.unwrap();
    assert_eq!(next.final_response.as_deref(), Some("Next."));
    assert_eq!(model.requests().len(), before + 1);
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_again() {
    let gate = Gate::new();
    let model = MockModel::start().await.unwrap();
    model.script(answers(&gate));
    let (home, cwd) = (model.codex_home().unwrap(), TempDir::new().unwrap());
    let server = Listening::start(Way::Unix, &home, &cwd).await;
    let (reconnect, mut events) = told();
    let codex = soon(server.connect(Codex::builder().reconnect(reconnect))).await.unwrap();
    let thread = soon(codex.thread_start(free())).await.unwrap();
    let unused = soon(codex.thread_start(free())).await.unwrap();
    let mut turn = thread.turn("Go").await.unwrap();
    until_half(&mut turn).await;
    drop(server);
    let _server = Listening::start(Way::Unix, &home, &cwd).await;
    let restored = restored(&mut events).await;
    // Whoever had no turn yet was never stored.
    let gone = restored.missing.iter().find(|missing| missing.turn_id.is_none());
    assert_eq!(gone.map(|missing| &*missing.thread_id), Some(unused.id()), "{restored:?}");
    let refused = soon(unused.run("Go")).await.unwrap_err();
    assert!(refused.to_string().contains("start another"), "{refused}");
    assert_eq!(restored.threads, [thread.id()]);
    outlive(&model, &thread, &mut turn).await;
}

#[tokio::test]
async fn a_child_that_is_killed_is_started_again() {
    let gate = Gate::new();
    let (reconnect, mut events) = told();
    let builder = Codex::builder().reconnect(reconnect);
    let real = support::Real::start_with(answers(&gate), builder).await;
    let thread = soon(real.codex.thread_start(free())).await.unwrap();
    let mut turn = thread.turn("Go").await.unwrap();
    until_half(&mut turn).await;
    let pid = real.codex.server_pid().unwrap();
    kill(pid);
    let restored = restored(&mut events).await;
    assert_ne!(real.codex.server_pid(), Some(pid));
    assert!(!support::is_alive(pid));
    assert_eq!(restored.threads, [thread.id()]);
    outlive(&real.model, &thread, &mut turn).await;
    let pid = real.codex.server_pid().unwrap();
    soon(real.codex.close()).await;
    assert!(!support::is_alive(pid));
}

#[tokio::test]
async fn a_server_that_stays_away_ends_it() {
    let (reconnect, mut events) = told();
    let policy = codex_app_server::RetryPolicy::new()
        .max_attempts(3)
        .delays(Duration::from_millis(10), Duration::from_millis(20));
    let it = Unsteady::start([]).await;
    let builder = Codex::builder().reconnect(reconnect.attempts(policy));
    let codex = soon(builder.connect_websocket(it.proxy.url())).await.unwrap();
    let closed = codex.closed();
    it.proxy.refuse(true);
    it.proxy.cut();
    let closed = soon(closed).await;
    assert!(matches!(closed.reason, CloseReason::NotReconnected(_)), "{closed:?}");
    let mut failed = 0;
    loop {
        match soon(events.recv()).await.unwrap() {
            ConnectionEvent::AttemptFailed { .. } => failed += 1,
            ConnectionEvent::GivenUp(error) => {
                break assert!(matches!(error, Error::Connect { .. }));
            }
            _ => {}
        }
    }
    assert_eq!(failed, 2);
    assert!(soon(codex.thread_start(free())).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn a_steer_that_the_server_has_got_or_not() {
    for is_got in [true, false] {
        let gate = Gate::new();
        let answers = [
            Answer::from_deltas(["Slowly ", "now."]).gate_after(1, &gate),
            Answer::text("As you like."),
        ];
        let mut it = Unsteady::start(answers).await;
        let thread = it.thread().await;
        let mut turn = thread.turn("Go").await.unwrap();
        until(&mut turn, "item/agentMessage/delta").await;
        if is_got {
            it.proxy.drop_responses()
        } else {
            it.proxy.drop_requests()
        }
        let control = turn.control();
        let steering = tokio::spawn(async move { control.steer("Faster").await });
        soon(it.proxy.next_dropped()).await;
        it.proxy.cut();
        it.restored().await;
        gate.open();
        let steered = soon(steering).await.unwrap();
        let result = soon(turn.run()).await.unwrap();
        if is_got {
            assert_eq!(steered.unwrap(), turn.id());
            assert_eq!(result.final_response.as_deref(), Some("As you like."));
        } else {
            let error = steered.unwrap_err();
            assert!(matches!(error, Error::ConnectionLost { sent: true, .. }), "{error:?}");
            assert_eq!(result.final_response.as_deref(), Some("Slowly now."));
        }
    }
}

#[tokio::test]
async fn requests_wait_for_it_or_end() {
    let mut it = Unsteady::start([]).await;
    let thread = it.thread().await;
    it.proxy.drop_responses();
    let under_way = tokio::spawn({
        let thread = thread.clone();
        async move { thread.read().await }
    });
    soon(it.proxy.next_dropped()).await;
    it.proxy.refuse(true);
    it.proxy.cut();
    let error = soon(under_way).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::ConnectionLost { sent: true, .. }), "{error:?}");
    assert!(error.to_string().contains("thread/read"), "{error}");
    let limited = Duration::from_millis(50);
    let models = codex_app_server::generated::v2_all::ModelListParams::new();
    let late = it.codex.client().model_list(models.clone()).timeout(limited).await;
    assert!(late.unwrap_err().is_timeout());
    let waiting = tokio::spawn({
        let codex = it.codex.clone();
        async move { codex.models(models).await }
    });
    tokio::task::yield_now().await;
    assert!(!it.codex.is_closed());
    it.proxy.refuse(false);
    it.restored().await;
    soon(waiting).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_goal_whose_turns_change_meanwhile() {
    let gate = Gate::new();
    let complete =
        Answer::tool_call("update_goal", None, serde_json::json!({"status": "complete"}));
    let mut it = Unsteady::start([
        Answer::from_deltas(["Step ", "one."]).gate_after(1, &gate),
        Answer::text("Step two."),
        complete,
        Answer::text("All done.").phase("final_answer"),
    ])
    .await;
    let thread = it.thread().await;
    let mut goal = soon(thread.start_goal("Make it so.")).await.unwrap();
    loop {
        let event = soon(goal.next()).await.unwrap().unwrap();
        if event.method() == "item/agentMessage/delta" {
            break;
        }
    }
    // The first of its turns ends while nobody listens, and so may all others.
    it.proxy.refuse(true);
    it.proxy.cut();
    gate.open();
    for _ in 0..4 {
        soon(it.model.next_request()).await;
    }
    it.proxy.refuse(false);
    it.restored().await;
    let result = soon(goal.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.final_response.as_deref(), Some("All done."));
    let said = result.items.iter().filter_map(|item| match item {
        ThreadItem::AgentMessage(message) => Some(message.text.as_str()),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), ["Step one.", "Step two.", "All done."]);
}

#[tokio::test]
async fn an_interrupt_that_the_server_has_not_got() {
    let gate = Gate::new();
    let mut it = Unsteady::start(answers(&gate)).await;
    let thread = it.thread().await;
    let mut turn = thread.turn("Go").await.unwrap();
    until_half(&mut turn).await;
    it.proxy.drop_requests();
    let control = turn.control();
    let interrupting = tokio::spawn(async move { control.interrupt().await });
    soon(it.proxy.next_dropped()).await;
    it.proxy.cut();
    it.restored().await;
    soon(interrupting).await.unwrap().unwrap();
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
}
