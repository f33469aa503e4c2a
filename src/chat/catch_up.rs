//! What the server still has of a turn, as if it had been heard.

use std::collections::VecDeque;

use super::ConversationStep;
use crate::{
    client::Client,
    collector::Collector,
    error::{Error, Result},
    history::latest_turns,
    result::{ChatContinuation, ChatMode},
    rpc::{Deadline, Interest, Lane, Payload, Topic},
    session::KeptTurn,
    settings::ThreadConfig,
    thread::Thread,
};

/// Among how many of the latest turns it is looked for.
const LATEST: usize = 100;

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
    if !connection.runs(thread, turn).await {
        // This connection may hear nothing of it yet.
        Thread::open_again(client, thread.to_owned(), ThreadConfig::new()).await?;
    }
    let request =
        |method, request| connection.request(method, request, Lane::Short, Deadline::Default);
    let mut seen = 0;
    let turns = latest_turns(thread, request, |it| {
        seen += 1;
        it.id == turn || seen == LATEST
    });
    let Some((stored, raw)) = turns.await?.pop().filter(|(it, _)| it.id == turn) else {
        return Err(Error::invalid(
            "continuation",
            format!(
                "the server has no turn {turn:?} among the latest of the thread {thread:?}; it may \
                 have been reverted"
            ),
        ));
    };
    if !stored.has_ended() {
        connection.expect_turn(thread, turn);
    }
    let had = stored.notifications(thread, &raw)?;
    check_ids(&place, &had)?;
    // What was heard meanwhile comes after that.
    subscription.put_back(VecDeque::from(had));
    Ok(KeptTurn { place, subscription, collector: Collector::default(), events: Vec::new() })
}

/// Refuses items of which nobody can say whether they were seen.
fn check_ids(place: &ChatContinuation, had: &[Payload]) -> Result<()> {
    let completed = had.iter().filter(|payload| payload.is("item/completed"));
    let ids: Vec<_> = completed.map(|payload| ConversationStep::read(payload).item_id).collect();
    let mut seen = place.seen_items().peekable();
    let has_seen_none = seen.peek().is_none() || ids.is_empty();
    if has_seen_none || seen.any(|id| ids.iter().any(|it| it == id)) {
        return Ok(());
    }
    Err(Error::invalid(
        "continuation",
        format!(
            "the server has given other ids to the items of the turn {:?}, so that it cannot be \
             said which of its {} steps were seen; `Thread::read_with_turns` has all of them",
            place.turn_id(),
            ids.len()
        ),
    ))
}
