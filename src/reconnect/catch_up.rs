//! Finds out what was missed, once a server is reached again.

use std::{collections::HashSet, time::Duration};

use serde_json::json;
use tokio::time::sleep;

use super::Missing;
use crate::{
    error::{Error, Result},
    history::{StoredTurn, latest_turns},
    json::encode,
    rpc::{MissedThread, Recovery},
};

/// How often, and after which pauses, the server is asked whether a turn has begun whose start was
/// under way: it may read that late.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// Turns that are looked at, at most: no more can have begun meanwhile.
const LATEST: usize = 100;

/// Picks up the threads that are in use: has the server tell of them again, and hands out what
/// their turns have done meanwhile. Gives those that go on, and what is missing.
pub(super) async fn catch_up(recovery: &Recovery) -> Result<(Vec<String>, Vec<Missing>)> {
    let (mut threads, mut missing) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    // Meanwhile the program may read the response that tells of another.
    while let Some(thread) = recovery.missed().into_iter().find(|it| !seen.contains(&it.id)) {
        seen.insert(thread.id.clone());
        match pick_up(recovery, &thread, &mut missing).await {
            Ok(()) => threads.push(thread.id),
            // The server does not have it any more, or not in a way that is understood.
            Err(error @ (Error::Rpc(_) | Error::Decode { .. })) => {
                recovery.give_up(&thread.id, None, &error);
                thread.starts.iter().for_each(|message| recovery.not_started(message));
                let what = format!("the server does not tell of it any more: {error:?}");
                missing.push(Missing { thread_id: thread.id, turn_id: None, what });
            }
            Err(error) => return Err(error),
        }
    }
    Ok((threads, missing))
}

async fn pick_up(
    recovery: &Recovery,
    thread: &MissedThread,
    missing: &mut Vec<Missing>,
) -> Result<()> {
    const METHOD: &str = "thread/resume";
    let params = json!({"threadId": thread.id, "excludeTurns": true});
    recovery.request(METHOD, encode(METHOD, &params)?).await?;
    let mut missed = Missed { recovery, thread, running: thread.running.clone(), missing };
    let mut starts = thread.starts.clone();
    for look in 0..LOOKS {
        if look > 0 {
            sleep(PAUSE).await;
        }
        missed.look(&mut starts).await?;
        if starts.is_empty() {
            break;
        }
    }
    for turn in missed.running {
        let why = Error::invalid("turn", "the server knows no such turn");
        recovery.give_up(&thread.id, Some(&turn), &why);
        let what = "the server knows no such turn any more".to_owned();
        missing.push(Missing { thread_id: thread.id.clone(), turn_id: Some(turn), what });
    }
    for message in starts {
        recovery.not_started(&message);
        let what = format!("no turn has begun with the message {message}");
        missing.push(Missing { thread_id: thread.id.clone(), turn_id: None, what });
    }
    Ok(())
}

/// What is still missed of a thread.
struct Missed<'a> {
    recovery: &'a Recovery,
    thread: &'a MissedThread,
    /// The turns that have not been found.
    running: Vec<String>,
    missing: &'a mut Vec<Missing>,
}

impl Missed<'_> {
    /// Hands out what the server knows by now, and removes those `starts` that have begun a turn.
    async fn look(&mut self, starts: &mut Vec<String>) -> Result<()> {
        let Self { recovery, thread, running, missing } = self;
        if thread.last.is_none() && running.is_empty() && starts.is_empty() {
            return Ok(());
        }
        let request = |method, request| recovery.request(method, request);
        let (mut seen, mut unseen, mut unbegun) = (0, running.clone(), starts.clone());
        let turns = latest_turns(&thread.id, request, |turn| {
            seen += 1;
            unseen.retain(|id| *id != turn.id);
            unbegun.retain(|message| !turn.has_message(message));
            let is_known = thread.last.as_ref() == Some(&turn.id);
            let is_all = thread.last.is_none() && unseen.is_empty() && unbegun.is_empty();
            is_known || is_all || seen == LATEST
        })
        .await?;
        for (turn, raw) in turns.into_iter().rev() {
            if thread.last.as_ref() == Some(&turn.id) {
                continue;
            }
            let turn = if recovery.knows(&thread.id, &turn.id, &turn.item_ids()) {
                turn
            } else {
                missing.push(with_other_ids(&thread.id, &turn));
                turn.without_items()
            };
            let mut ends = false;
            for told in turn.notifications(&thread.id, &raw)? {
                ends = recovery.hear(told) && turn.has_ended();
            }
            running.retain(|id| *id != turn.id);
            starts.retain(|message| {
                let is_begun = turn.has_message(message);
                if is_begun {
                    recovery.started(message, &turn.id);
                }
                !is_begun
            });
            if ends {
                missing.push(without_usage(&thread.id, &turn));
            }
        }
        Ok(())
    }
}

/// What cannot be told of a turn whose items have other ids now.
fn with_other_ids(thread: &str, turn: &StoredTurn) -> Missing {
    Missing {
        thread_id: thread.to_owned(),
        turn_id: Some(turn.id.clone()),
        what:
            "the server has given other ids to its items, so that those which were missed cannot \
               be told from the others; `Thread::read_with_turns` has all of them"
                .to_owned(),
    }
}

/// What a server does not tell of a turn that has ended.
fn without_usage(thread: &str, turn: &StoredTurn) -> Missing {
    Missing {
        thread_id: thread.to_owned(),
        turn_id: Some(turn.id.clone()),
        what: "it has ended meanwhile; the tokens that it has used last are not told".to_owned(),
    }
}
