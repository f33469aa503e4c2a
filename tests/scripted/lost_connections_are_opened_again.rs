//! Connections that are lost in ways that a real server does not show on demand.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use codex_app_server::{
    CloseReason, Codex, CodexBuilder, ConnectionEvent, Error, Reconnect, RetryPolicy,
    generated::v2_all::TurnStatus,
};
use codex_app_server_testkit::{Action, FakeServer, Script, turn_accepted, turn_started};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use support::{fake_transport, refused_argument, soon, thread_of};

/// Servers that are reached one after the other.
#[derive(Clone)]
struct Servers {
    scripts: Arc<Mutex<Vec<Script>>>,
    reached: mpsc::UnboundedSender<FakeServer>,
}

impl Servers {
    fn new(
        scripts: impl IntoIterator<Item = Script>,
    ) -> (Self, mpsc::UnboundedReceiver<FakeServer>) {
        let (reached, servers) = mpsc::unbounded_channel();
        let mut scripts: Vec<_> = scripts.into_iter().collect();
        scripts.reverse();
        (Self { scripts: Arc::new(Mutex::new(scripts)), reached }, servers)
    }

    async fn connect(&self, builder: CodexBuilder) -> codex_app_server::Result<Codex> {
        let servers = self.clone();
        let open = move || {
            let script = servers.scripts.lock().unwrap().pop();
            let reached = servers.reached.clone();
            async move {
                let script = script.ok_or_else(|| io::Error::other("no more servers"))?;
                let (server, transport) = fake_transport(script);
                reached.send(server).map_err(io::Error::other)?;
                Ok(transport)
            }
        };
        soon(builder.connect_by(open)).await
    }
}

fn soon_again() -> Reconnect {
    let delays = (Duration::from_millis(1), Duration::from_millis(5));
    Reconnect::new().attempts(RetryPolicy::new().max_attempts(5).delays(delays.0, delays.1))
}

/// What a server says of a thread's only turn: what the script has told of it, and more items.
fn turns(status: &str, more: &[Value]) -> Action {
    let user = json!({"type": "userMessage", "id": "user-turn-1", "content": []});
    let items = [&[user], more].concat();
    let turn = json!({"id": "turn-1", "status": status, "items": items, "startedAt": 1});
    Action::respond(json!({"data": [turn], "nextCursor": null}))
}

fn message(id: &str, text: &str) -> Value {
    json!({"type": "agentMessage", "id": id, "text": text, "startedAtMs": 1, "completedAtMs": 2})
}

#[tokio::test]
async fn a_connection_that_is_lost_while_it_comes_back_comes_back() {
    let begun = Script::new().on("turn/start", [vec![turn_accepted()], turn_started()].concat());
    let resumed = |status: &str| {
        let items = [message("m", "Whole.")];
        Script::new()
            .on("thread/resume", [Action::respond(json!({"thread": {"id": "thread-1"}}))])
            .on("thread/turns/list", [turns(status, &items)])
    };
    // The second dies when it is asked for the turns.
    let dying = Script::new()
        .on("thread/resume", [Action::respond(json!({"thread": {"id": "thread-1"}}))])
        .on("thread/turns/list", [Action::exit(1)]);
    let (servers, mut reached) = Servers::new([begun, dying, resumed("completed")]);
    let codex = servers.connect(Codex::builder().reconnect(soon_again())).await.unwrap();
    let thread = thread_of(&codex).await;
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    drop(reached.recv().await);
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Whole."));
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.items.iter().filter(|item| item.id() == Some("m")).count(), 1);
}

#[tokio::test]
async fn what_is_told_twice_is_heard_once() {
    let begun = Script::new().on("turn/start", [vec![turn_accepted()], turn_started()].concat());
    let told = |method: &str, params: Value| {
        let mut params = params;
        params["threadId"] = "thread-1".into();
        params["turnId"] = "turn-1".into();
        Action::notify(method, params)
    };
    let whole = |id| json!({"item": message(id, "Whole."), "completedAtMs": 2});
    // Between the two responses comes what is in the second, too.
    let resumed = Script::new()
        .on(
            "thread/resume",
            [
                Action::respond(json!({"thread": {"id": "thread-1"}})),
                told("item/agentMessage/delta", json!({"itemId": "a", "delta": "Who"})),
                told("item/completed", whole("a")),
                told("item/agentMessage/delta", json!({"itemId": "b", "delta": "new"})),
            ],
        )
        .on("thread/turns/list", [turns("inProgress", &[message("a", "Whole.")])]);
    let (servers, mut reached) = Servers::new([begun, resumed]);
    let codex = servers.connect(Codex::builder().reconnect(soon_again())).await.unwrap();
    let thread = thread_of(&codex).await;
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    drop(reached.recv().await);
    let mut heard = Vec::new();
    while heard.last() != Some(&"item/agentMessage/delta b".to_owned()) {
        match soon(turn.next()).await.unwrap() {
            Ok(event) => {
                let json = serde_json::to_value(&event).unwrap();
                let item = json["params"]["itemId"].as_str();
                let item = item.or(json["params"]["item"]["id"].as_str()).unwrap_or_default();
                heard.push(format!("{} {item}", event.method()));
            }
            Err(error) => heard.push(format!("{error:?}")),
        }
    }
    let at = heard.iter().position(|event| event.contains("was lost")).unwrap();
    let after = ["item/started a", "item/completed a", "item/agentMessage/delta b"];
    assert_eq!(heard[at + 1..], after, "{heard:?}");
}

#[tokio::test]
async fn items_with_other_ids_are_not_told_twice() {
    let begun = Script::new().on("turn/start", [vec![turn_accepted()], turn_started()].concat());
    let renamed = json!({"type": "userMessage", "id": "item-1", "content": []});
    let turn = json!({"id": "turn-1", "status": "interrupted", "items": [renamed], "startedAt": 1});
    let resumed = Script::new()
        .on("thread/resume", [Action::respond(json!({"thread": {"id": "thread-1"}}))])
        .on("thread/turns/list", [Action::respond(json!({"data": [turn], "nextCursor": null}))]);
    let (servers, mut reached) = Servers::new([begun, resumed]);
    let (sender, mut events) = mpsc::unbounded_channel();
    let reconnect = soon_again().on_event(move |event| drop(sender.send(event.clone())));
    let codex = servers.connect(Codex::builder().reconnect(reconnect)).await.unwrap();
    let thread = thread_of(&codex).await;
    let mut turn = soon(thread.turn("Go")).await.unwrap();
    support::until(&mut turn, "item/completed").await;
    drop(reached.recv().await);
    let result = soon(turn.run()).await.unwrap();
    assert_eq!((result.status, result.items.len()), (TurnStatus::Interrupted, 1));
    loop {
        if let ConnectionEvent::Restored(restored) = soon(events.recv()).await.unwrap() {
            assert!(restored.missing[0].what.contains("other ids"), "{restored:?}");
            break;
        }
    }
}

#[tokio::test]
async fn another_request_by_the_same_id_is_another_request() {
    let ask = |what: &str| {
        let params = json!({
            "threadId": "thread-1", "turnId": "turn-1", "itemId": what, "startedAtMs": 1,
        });
        let method = "item/fileChange/requestApproval";
        Action::raw(&json!({"id": 0, "method": method, "params": params}).to_string())
    };
    let begun = [vec![turn_accepted()], turn_started(), vec![ask("old")]].concat();
    let resumed = [Action::respond(json!({"thread": {"id": "thread-1"}})), ask("new")];
    let (servers, mut reached) = Servers::new([
        Script::new().on("turn/start", begun),
        Script::new()
            .on("thread/resume", resumed)
            .on("thread/turns/list", [turns("inProgress", &[])]),
    ]);
    let (asked, mut asks) = mpsc::unbounded_channel();
    let ended = Arc::new(AtomicUsize::new(0));
    let builder = Codex::builder().reconnect(soon_again()).on_file_change_approval({
        let ended = Arc::clone(&ended);
        move |request| {
            asked.send(request.item_id.clone()).unwrap();
            let ended = Arc::clone(&ended);
            async move {
                if request.item_id == "old" {
                    let _ends = Ends(ended);
                    return std::future::pending().await;
                }
                request.accept()
            }
        }
    });
    let codex = servers.connect(builder).await.unwrap();
    let thread = thread_of(&codex).await;
    let _turn = soon(thread.turn("Go")).await.unwrap();
    let first = reached.recv().await.unwrap();
    assert_eq!(soon(asks.recv()).await.unwrap(), "old");
    drop(first);
    let second = soon(reached.recv()).await.unwrap();
    // The one reply is to the new one: nobody approves that for the old one.
    let reply = soon(second.next_answer()).await;
    assert_eq!((&reply["id"], &reply["result"]["decision"]), (&json!(0), &json!("accept")));
    assert_eq!(asks.try_recv().unwrap(), "new");
    assert!(asks.try_recv().is_err());
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

/// Counts its drop.
struct Ends(Arc<AtomicUsize>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn turns_that_the_server_does_not_know_end_with_the_reason() {
    let begun = Script::new().on("turn/start", [vec![turn_accepted()], turn_started()].concat());
    let forgetful = Script::new()
        .on("thread/resume", [Action::respond(json!({"thread": {"id": "thread-1"}}))])
        .on("thread/turns/list", [Action::respond(json!({"data": [], "nextCursor": null}))]);
    let refusing =
        Script::new().on("thread/resume", [Action::error(-32600, "no rollout found", None)]);
    for second in [forgetful, refusing] {
        let (servers, mut reached) = Servers::new([begun.clone(), second]);
        let codex = servers.connect(Codex::builder().reconnect(soon_again())).await.unwrap();
        let thread = thread_of(&codex).await;
        let mut turn = soon(thread.turn("Go")).await.unwrap();
        drop(reached.recv().await);
        let error = soon(turn.run()).await.unwrap_err();
        let Error::Closed(closed) = &error else { panic!("{error:?}") };
        assert!(matches!(closed.reason, CloseReason::NotRecovered(_)), "{error:?}");
        // The connection is there.
        assert!(!codex.is_closed());
    }
}

#[tokio::test]
async fn a_server_that_refuses_the_handshake_is_tried_again_and_then_given_up() {
    let refusing = || Script::new().on("initialize", [Action::error(-32600, "not now", None)]);
    let (servers, mut reached) = Servers::new([
        Script::new(),
        refusing(),
        Script::new(),
        refusing(),
        refusing(),
        refusing(),
        refusing(),
        refusing(),
    ]);
    let (sender, mut events) = mpsc::unbounded_channel();
    let reconnect = soon_again().on_event(move |event| drop(sender.send(event.clone())));
    let codex = servers.connect(Codex::builder().reconnect(reconnect)).await.unwrap();
    drop(reached.recv().await);
    loop {
        if let ConnectionEvent::Restored(_) = soon(events.recv()).await.unwrap() {
            break;
        }
    }
    drop(reached.recv().await);
    drop(soon(reached.recv()).await);
    let closed = soon(codex.closed()).await;
    assert!(closed.to_string().contains("not now"), "{closed}");
    assert!(matches!(closed.reason, CloseReason::NotReconnected(_)), "{closed:?}");
}

#[tokio::test]
async fn closing_does_not_wait_for_it() {
    let (servers, mut reached) = Servers::new([Script::new()]);
    let delay = Duration::from_secs(3600);
    let patient = Reconnect::new().attempts(RetryPolicy::new().delays(delay, delay));
    let codex = servers.connect(Codex::builder().reconnect(patient)).await.unwrap();
    drop(reached.recv().await);
    let reading = codex.client().model_list(Default::default());
    let mut reading = Box::pin(reading.into_future());
    support::begin(&mut reading).await;
    soon(codex.close()).await;
    assert!(soon(reading).await.unwrap_err().is_closed());
    assert_eq!(codex.closed().await.reason, CloseReason::Requested);
}

#[tokio::test]
async fn one_transport_is_not_opened_again() {
    let (_server, transport) = fake_transport(Script::new());
    let builder = Codex::builder().reconnect(Reconnect::new());
    assert_eq!(refused_argument(builder.connect_with(transport).await), "reconnect");
    let none = RetryPolicy::new().max_attempts(0);
    let (servers, _reached) = Servers::new([Script::new()]);
    let never = servers.connect(Codex::builder().reconnect(Reconnect::new().attempts(none))).await;
    assert_eq!(refused_argument(never), "max_attempts");
}

#[tokio::test]
async fn what_does_not_open_says_why() {
    let builder = Codex::builder();
    let error = builder.connect_by(|| async { Err(io::Error::other("closed on Sundays")) }).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("closed on Sundays"), "{error:?}");
}

#[tokio::test]
async fn each_connection_is_recorded() {
    let folder = tempfile::TempDir::new().unwrap();
    let (servers, mut reached) = Servers::new([Script::new(), Script::new()]);
    let (sender, mut events) = mpsc::unbounded_channel();
    let reconnect = soon_again().on_event(move |event| drop(sender.send(event.clone())));
    let builder = Codex::builder().reconnect(reconnect).record(folder.path().join("it.jsonl"));
    let codex = servers.connect(builder).await.unwrap();
    drop(reached.recv().await);
    loop {
        if let ConnectionEvent::Restored(_) = soon(events.recv()).await.unwrap() {
            break;
        }
    }
    soon(codex.close()).await;
    for name in ["it.jsonl", "it.2.jsonl"] {
        let recorded = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(recorded.contains("initialize"), "{name}: {recorded}");
    }
}
