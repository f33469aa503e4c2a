//! A turn ends when the server says so, and its result has all that could be read, whatever else
//! the server says: each notification that a result is made of, as recorded, with each of its
//! members left out or replaced.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
};

use codex_app_server::{Error, RunResult, generated::v2_all::ThreadItem};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::{Map, Value, json};

use support::{begin, fake, root, soon, thread_of};

const METHODS: [&str; 3] = ["item/completed", "thread/tokenUsage/updated", "turn/completed"];

/// One notification of each method, kind and shape, from all recorded sessions.
fn recorded() -> Vec<(String, Value)> {
    let mut found = BTreeMap::new();
    for file in fs::read_dir(root().join("tests/transcripts")).unwrap() {
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let method = line["msg"]["method"].as_str().unwrap_or_default().to_owned();
            if line["dir"] == "<-" && METHODS.contains(&method.as_str()) {
                let params = here(line["msg"]["params"].take());
                let kind = params["item"]["type"].as_str().or(params["turn"]["status"].as_str());
                let kind = kind.unwrap_or_default().to_owned();
                let places = places(&params).into_iter().collect::<BTreeSet<_>>();
                found.entry((method, kind, places)).or_insert(params);
            }
        }
    }
    found.into_iter().map(|((method, ..), params)| (method, params)).collect()
}

/// The params for the turn that a script runs.
fn here(mut params: Value) -> Value {
    params["threadId"] = json!("{{threadId}}");
    if params.get("turnId").is_some() {
        params["turnId"] = json!("{{turnId}}");
    } else {
        params["turn"]["id"] = json!("{{turnId}}");
    }
    params
}

/// All members and elements, at any depth, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), value)).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => return Vec::new(),
    };
    let places = members.into_iter().flat_map(|(name, value)| {
        let name = name.replace('~', "~0").replace('/', "~1");
        let own = std::iter::once(format!("/{name}"));
        let inner = places(value).into_iter().map(move |place| format!("/{name}{place}"));
        own.chain(inner).collect::<Vec<_>>()
    });
    places.collect()
}

/// The same with each place left out, and with other values there.
fn mutations(params: &Value) -> Vec<(String, Value)> {
    let mut mutations = Vec::new();
    for place in places(params) {
        for value in [json!(null), json!(true), json!(-1), json!(1.5), json!("odd"), json!([{}])] {
            let mut mutated = params.clone();
            *mutated.pointer_mut(&place).unwrap() = value.clone();
            mutations.push((format!("{place} = {value}"), mutated));
        }
        let mut mutated = params.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        match mutated.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.remove(name)),
            Value::Array(list) => drop(list.remove(name.parse().unwrap())),
            _ => unreachable!(),
        }
        mutations.push((format!("{place} is missing"), mutated));
    }
    mutations
}

/// Whether the turn's end is still that of this turn. One that names none is that of the turn that
/// runs on its thread.
fn is_ours(method: &str, what: &str) -> bool {
    method != "turn/completed" || what != r#"/turn/id = "odd""#
}

fn answer() -> Value {
    json!({
        "threadId": "{{threadId}}", "turnId": "{{turnId}}",
        "item": {"type": "agentMessage", "id": "answer", "text": "The answer."},
    })
}

fn end() -> Value {
    let turn = json!({"id": "{{turnId}}", "status": "completed", "items": []});
    json!({"threadId": "{{threadId}}", "turn": turn})
}

/// The result, also that of a turn that failed.
fn result_of(outcome: codex_app_server::Result<RunResult>) -> Result<RunResult, Error> {
    match outcome {
        Err(Error::TurnFailed(result)) => Ok(Arc::unwrap_or_clone(result)),
        other => other,
    }
}

/// What is written to a file is read again, with all that did not fit its type.
fn is_read_back(result: &RunResult, what: &str) {
    let written = serde_json::to_string(result).unwrap();
    let read: RunResult = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), written, "{what}");
    assert_eq!(read.unread, result.unread, "{what}");
    let unknown = |result: &RunResult| {
        let items = result.items.iter();
        items.map(|item| matches!(item, ThreadItem::Unknown(_))).collect::<Vec<_>>()
    };
    assert_eq!(unknown(&read), unknown(result), "{what}");
    // A reason may name another column of the text.
    assert!(
        read == *result || unknown(result).contains(&true) || !result.unread.is_empty(),
        "{what}"
    );
}

#[tokio::test]
async fn each_odd_member_leaves_the_rest_of_the_result() {
    let mut cases = Vec::new();
    for (method, params) in recorded() {
        let odd = mutations(&params).into_iter();
        cases.extend(odd.map(|(what, params)| (method.clone(), what, params)));
    }
    cases.retain(|(method, what, _)| is_ours(method, what));
    let script = cases.iter().fold(Script::new(), |script, (method, _, params)| {
        let mut actions = vec![turn_accepted(), Action::notify("item/completed", answer())];
        actions.push(Action::notify(method, params.clone()));
        if method != "turn/completed" {
            actions.push(Action::notify("turn/completed", end()));
        }
        script.on("turn/start", actions)
    });
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut counts = BTreeMap::new();
    for (method, what, _) in &cases {
        let outcome = soon(thread.run("Go")).await;
        let result = result_of(outcome).unwrap_or_else(|error| panic!("{method} {what}: {error}"));
        is_read_back(&result, &format!("{method} {what}"));
        let first = &result.items[0];
        assert!(matches!(first, ThreadItem::AgentMessage(_)), "{method} {what}: {first:?}");
        for unread in &result.unread {
            assert_eq!(&unread.method, method, "{what}");
            assert!(unread.reason.is_some(), "{what}");
        }
        let unread = usize::from(!result.unread.is_empty());
        let count = counts.entry(method).or_insert((0, 0));
        *count = (count.0 + 1, count.1 + unread);
    }
    for (method, (count, unread)) in counts {
        println!("{method}: {count} odd ones, all with a result; {unread} are listed as unread");
        assert!(0 < unread && unread < count, "{method}");
    }
}

#[tokio::test]
async fn an_end_without_a_turn_ends_none_of_another_thread() {
    let end = Action::notify("turn/completed", json!({"threadId": "{{threadId}}", "turn": {}}));
    let script = Script::new()
        .on("turn/start", [turn_accepted(), Action::wait("other"), Action::wait("end"), end])
        .on("turn/start", [turn_accepted(), Action::wait("end of the other")]);
    let (server, codex) = fake(script).await;
    let (one, other) = (thread_of(&codex).await, thread_of(&codex).await);
    let mut turn = soon(one.turn("Go")).await.unwrap();
    let mut running = soon(other.turn("Go")).await.unwrap();
    server.gate("other").open();
    server.gate("end").open();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.unread[0].method, "turn/completed");
    begin(&mut Box::pin(running.next())).await;
}

#[tokio::test]
async fn what_could_not_be_read_is_listed_beside_the_rest() {
    let item = json!({"type": "imageGeneration", "id": "image", "status": 7});
    let odd = |method: &str, more: Value| {
        let mut params = json!({"threadId": "{{threadId}}", "turnId": "{{turnId}}"});
        params.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_else(Map::new));
        Action::notify(method, params)
    };
    let turn = json!({"id": "{{turnId}}", "status": "completed", "items": 7, "durationMs": -1});
    let script = Script::new().on(
        "turn/start",
        [
            turn_accepted(),
            odd("item/completed", json!({"item": item})),
            Action::notify("item/completed", answer()),
            odd("item/completed", json!({})),
            odd("thread/tokenUsage/updated", json!({"tokenUsage": {"total": -1}})),
            odd("turn/completed", json!({"turn": turn})),
        ],
    );
    let (_server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let result = soon(thread.run("Go")).await.unwrap();
    assert_eq!(result.status.as_str(), "completed");
    assert_eq!(result.final_response.as_deref(), Some("The answer."));
    let [ThreadItem::Unknown(image), ThreadItem::AgentMessage(_)] = &result.items[..] else {
        panic!("{:?}", result.items);
    };
    assert_eq!(*image, item);
    assert!(image.reason.is_some());
    assert_eq!((&result.usage, &result.duration), (&None, &None));
    let methods: Vec<_> = result.unread.iter().map(|unread| unread.method.as_str()).collect();
    let expected =
        ["item/completed", "turn/completed", "item/completed", "thread/tokenUsage/updated"];
    let sorted = |mut list: Vec<_>| {
        list.sort_unstable();
        list
    };
    assert_eq!(sorted(methods), sorted(expected.to_vec()));
}
