//! What the server still has of a turn, as if it had been heard.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    client::Client,
    collector::Collector,
    error::{Error, Result},
    generated::v2_all::{
        SortDirection, ThreadReadParams, ThreadTurnsListParams, TurnItemsView, TurnStatus,
    },
    result::{ChatContinuation, ChatMode},
    rpc::{Interest, Payload, Topic},
    session::KeptTurn,
    settings::ThreadConfig,
    thread::Thread,
};

/// How many turns or items are asked for at once, and how many times at most.
const PAGE: u32 = 100;
const PAGES: usize = 1000;

/// A page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<Value>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// The turn that is unread from a place on: first what the server has of it, as the notifications
/// that it was, then what comes.
pub(super) async fn catch_up(
    client: &Client,
    continuation: &ChatContinuation,
    mode: ChatMode,
) -> Result<KeptTurn> {
    let mut place = continuation.clone();
    if mode == ChatMode::Once {
        // The result is that of the whole turn.
        place.rewind();
    }
    let (thread, turn) = (place.thread_id(), place.turn_id());
    let interest = if place.has_deltas() { Interest::All } else { Interest::Results };
    let topic = Topic::Turn(turn.to_owned());
    let mut subscription = client.connection().subscribe(topic, interest);
    if client.connection().busy(thread).is_none() {
        // This connection hears nothing of it yet.
        Thread::open_again(client, thread.to_owned(), ThreadConfig::new()).await?;
    }
    let turn = find_turn(client, thread, turn).await?;
    let mut payloads = VecDeque::new();
    let items = items_of(client, &place).await?;
    check_ids(&place, &items)?;
    for item in items {
        let params = json!({"threadId": thread, "turnId": place.turn_id(), "item": item});
        payloads.extend(notification("item/completed", &params));
    }
    if turn["status"] != TurnStatus::InProgress.as_str() {
        payloads.extend(notification("turn/completed", &json!({"threadId": thread, "turn": turn})));
    }
    // What was heard meanwhile comes after that.
    subscription.put_back(payloads);
    Ok(KeptTurn { place, subscription, collector: Collector::default(), events: Vec::new() })
}

fn notification(method: &str, params: &Value) -> Option<Payload> {
    Payload::from_json(&json!({"method": method, "params": params}))
}

/// The turn as the server has it, without its items.
async fn find_turn(client: &Client, thread: &str, turn: &str) -> Result<Value> {
    let mut cursor = None;
    for _ in 0..PAGES {
        let latest = ThreadTurnsListParams::new(thread)
            .items_view(TurnItemsView::NotLoaded)
            .limit(PAGE)
            .sort_direction(SortDirection::Desc)
            .cursor(cursor);
        let page: Page = client.request(latest).read().await?;
        if let Some(found) = page.data.into_iter().find(|it| it["id"] == turn) {
            return Ok(found);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Err(Error::invalid(
        "continuation",
        format!("the server has no turn {turn:?} in the thread {thread:?} any more"),
    ))
}

/// The items of the turn that are complete, in order.
async fn items_of(client: &Client, place: &ChatContinuation) -> Result<Vec<Value>> {
    let (thread, turn) = (place.thread_id(), place.turn_id());
    let (mut items, mut cursor) = (Vec::new(), None);
    for _ in 0..PAGES {
        let params = json!({
            "threadId": thread, "turnId": turn, "limit": PAGE, "sortDirection": "asc",
            "cursor": cursor,
        });
        // By its name: older schemas do not have it.
        let response = client.request_raw("thread/items/list", params).await;
        let page: Page = match response {
            Ok(page) => serde_json::from_value(page).map_err(|error| {
                Error::invalid("continuation", format!("its items cannot be read: {error}"))
            })?,
            // Threads of old versions are stored in another way.
            Err(Error::Rpc(error)) => {
                tracing::debug!(%error, "the items of a turn are read with their thread");
                return items_in_thread(client, place).await;
            }
            Err(error) => return Err(error),
        };
        let complete = |entry: &Value| {
            entry.get("completedAtMs") != Some(&Value::Null)
                && entry["item"]["status"] != "inProgress"
        };
        let entries = page.data.into_iter().filter(complete);
        items.extend(entries.map(|mut entry| entry["item"].take()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(items)
}

async fn items_in_thread(client: &Client, place: &ChatContinuation) -> Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Read {
        thread: Turns,
    }
    #[derive(Deserialize)]
    struct Turns {
        turns: Vec<Value>,
    }
    let params = ThreadReadParams::new(place.thread_id()).include_turns(true);
    let turns = client.request(params).read::<Read>().await?.thread.turns;
    let turn = turns.into_iter().find(|turn| turn["id"] == place.turn_id());
    let Some(Value::Array(items)) = turn.map(|mut turn| turn["items"].take()) else {
        return Ok(Vec::new());
    };
    Ok(items.into_iter().filter(|item| item["status"] != "inProgress").collect())
}

/// Refuses items of which nobody can say whether they were seen.
fn check_ids(place: &ChatContinuation, items: &[Value]) -> Result<()> {
    let mut seen = place.seen_items().peekable();
    if seen.peek().is_none() || items.is_empty() {
        return Ok(());
    }
    if seen.any(|id| items.iter().any(|item| item["id"] == id)) {
        return Ok(());
    }
    Err(Error::invalid(
        "continuation",
        format!(
            "the server has given other ids to the items of the turn {:?}, so that it cannot be \
             said which of its {} steps were seen; `Thread::read_with_turns` has all of them",
            place.turn_id(),
            items.len()
        ),
    ))
}
