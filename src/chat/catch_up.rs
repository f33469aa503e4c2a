//! What the server still has of a turn, as if it had been heard.

use crate::{
    client::Client,
    collector::Collector,
    error::{Error, Result},
    history::{StoredTurn, latest_turns},
    result::{ChatContinuation, ChatMode},
    rpc::{Deadline, Interest, Lane, Topic},
    session::KeptTurn,
    settings::ThreadConfig,
    thread::Thread,
};

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
    let connection = client.connection();
    let mut subscription = connection.subscribe(Topic::Turn(turn.to_owned()), interest);
    if connection.busy(thread).is_none() {
        // This connection hears nothing of it yet.
        Thread::open_again(client, thread.to_owned(), ThreadConfig::new()).await?;
    }
    connection.expect_turn(thread, turn);
    let request =
        |method, request| connection.request(method, request, Lane::Short, Deadline::Default);
    let turns = latest_turns(thread, request, |it| it.id == turn).await?;
    let Some((stored, raw)) = turns.into_iter().find(|(it, _)| it.id == turn) else {
        return Err(Error::invalid(
            "continuation",
            format!("the server has no turn {turn:?} in the thread {thread:?} any more"),
        ));
    };
    check_ids(&place, &stored)?;
    // What was heard meanwhile comes after that.
    subscription.put_back(stored.notifications(thread, &raw)?.into());
    Ok(KeptTurn { place, subscription, collector: Collector::default(), events: Vec::new() })
}

/// Refuses items of which nobody can say whether they were seen.
fn check_ids(place: &ChatContinuation, stored: &StoredTurn) -> Result<()> {
    let items = stored.item_ids();
    let mut seen = place.seen_items().peekable();
    if seen.peek().is_none() || items.is_empty() || seen.any(|id| items.contains(id)) {
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
