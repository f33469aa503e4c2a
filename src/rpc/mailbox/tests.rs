//! What becomes of what nobody reads in time.

use std::future::poll_fn;

use serde_json::Value;

use super::*;
use crate::rpc::message::Incoming;

fn payload(method: &str, delta: &str) -> Payload {
    let params = serde_json::json!({"turnId": "u", "itemId": "i", "delta": delta});
    let line = serde_json::json!({"method": method, "params": params}).to_string();
    match Incoming::parse(line.into()).unwrap() {
        Incoming::Notification(payload) => payload,
        other => panic!("{other:?}"),
    }
}

fn text_of(delta: &Payload) -> String {
    let params: Value = serde_json::from_str(&delta.params()).unwrap();
    params["delta"].as_str().unwrap().to_owned()
}

async fn drain(mailbox: &Mailbox) -> (String, u64, Vec<String>) {
    let (mut text, mut skipped, mut others) = (String::new(), 0, Vec::new());
    let mut ready = VecDeque::new();
    while let Some(Ok(first)) = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await {
        for entry in std::iter::once(first).chain(ready.drain(..)) {
            match entry {
                Entry::Skipped(count) => skipped += count,
                Entry::Run(run) => text.push_str(&text_of(&run.finish())),
                Entry::Notification(payload) if payload.is_delta() => {
                    text.push_str(&text_of(&payload));
                }
                Entry::Notification(payload) => others.push(payload.method().to_owned()),
                Entry::Stray(line) => panic!("{line}"),
                Entry::Gap => others.push("gap".to_owned()),
            }
        }
    }
    (text, skipped, others)
}

#[tokio::test]
async fn deltas_before_and_behind_a_gap_are_not_joined() {
    let mailbox = Mailbox::new(Interest::All, 4000);
    // Enough that they are merged.
    for _ in 0..20 {
        mailbox.push(payload("item/agentMessage/delta", "a"));
    }
    mailbox.push_gap();
    mailbox.push(payload("item/agentMessage/delta", "c"));
    let mut ready = VecDeque::new();
    let mut entries = Vec::new();
    while let Poll::Ready(Some(Ok(first))) =
        mailbox.poll_take(&mut Context::from_waker(Waker::noop()), &mut ready)
    {
        entries.extend(std::iter::once(first).chain(ready.drain(..)));
    }
    let gap = entries.iter().position(|entry| matches!(entry, Entry::Gap)).unwrap();
    assert!(gap > 0 && gap < 20 && gap + 1 < entries.len());
}

#[tokio::test]
async fn unread_deltas_are_merged_and_their_text_stays_whole() {
    let mailbox = Mailbox::new(Interest::All, 64 << 20);
    let mut whole = String::new();
    for n in 0..50_000 {
        let piece = format!("{n} \"ä\n");
        whole.push_str(&piece);
        mailbox.push(payload("item/agentMessage/delta", &piece));
        if n == 40_000 {
            mailbox.push(payload("item/completed", ""));
        }
    }
    mailbox.finish();
    assert!(mailbox.unread().entries.len() < 30_000, "nothing was merged");
    let (text, skipped, others) = drain(&mailbox).await;
    assert!(text == whole, "text was lost or reordered");
    assert_eq!((skipped, others.len()), (0, 1));
}

#[tokio::test]
async fn beyond_the_limit_deltas_are_dropped_and_counted_and_nothing_else() {
    let mailbox = Mailbox::new(Interest::All, 10_000);
    let text = "x".repeat(100);
    for _ in 0..1000 {
        mailbox.push(payload("item/agentMessage/delta", &text));
    }
    mailbox.push(payload("item/completed", ""));
    mailbox.finish();
    let (kept, skipped, others) = drain(&mailbox).await;
    assert_eq!(kept.len() as u64 + 100 * skipped, 100_000);
    assert!(skipped > 0);
    assert_eq!(others, ["item/completed"]);
}

#[tokio::test]
async fn beyond_the_hard_limit_the_subscription_ends_with_an_error() {
    let mailbox = Mailbox::new(Interest::All, 1000);
    for _ in 0..100 {
        mailbox.push(payload("item/completed", &"x".repeat(100)));
    }
    let mut ready = VecDeque::new();
    let mut read = 0;
    let end = loop {
        match poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await {
            Some(Ok(_)) => read += 1 + ready.drain(..).len(),
            end => break end,
        }
    };
    assert!(read > 0);
    assert!(matches!(end, Some(Err(Error::Overflow { limit: 4000, .. }))));
}

#[tokio::test]
async fn a_single_message_is_delivered_however_long_it_is() {
    let mailbox = Mailbox::new(Interest::All, 1000);
    let long = "x".repeat(10 * HARD_FACTOR * 1000);
    let mut ready = VecDeque::new();
    for method in ["item/agentMessage/delta", "item/completed", "item/agentMessage/delta"] {
        mailbox.push(payload(method, &long));
        let read = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await;
        let Some(Ok(Entry::Notification(read))) = read else { panic!("it is not delivered") };
        assert!(read.is(method) && read.params().len() > long.len());
    }
    assert!(!mailbox.is_over());
}

#[tokio::test]
async fn a_limit_may_be_as_large_as_a_number() {
    let mailbox = Mailbox::new(Interest::All, usize::MAX);
    mailbox.push(payload("item/agentMessage/delta", "x"));
    mailbox.push(payload("item/completed", ""));
    mailbox.push_stray("x");
    assert_eq!(mailbox.unread().entries.len(), 3);
}

#[tokio::test]
async fn short_notifications_count_with_what_they_take_in_memory() {
    let mailbox = Mailbox::new(Interest::All, 100_000);
    let short = payload("warning", "");
    while !mailbox.is_over() {
        mailbox.push(short.clone());
    }
    let room = mailbox.unread().entries.capacity() * size_of::<Entry>();
    assert!(room <= HARD_FACTOR * 100_000, "{room} bytes for entries alone");
}

#[tokio::test]
async fn what_a_reader_has_taken_counts_until_it_comes_again() {
    const LIMIT: usize = 100_000;
    let mailbox = Mailbox::new(Interest::All, LIMIT);
    let fill = || {
        for n in 0..1000 {
            mailbox.push(payload("item/agentMessage/delta", &format!("{n}")));
            // Nothing is merged with what comes before this.
            mailbox.push(payload("item/plan/delta", ""));
        }
    };
    let sizes = |entries: &VecDeque<Entry>| entries.iter().map(Entry::size).sum::<usize>();
    let mut ready = VecDeque::new();
    for _ in 0..4 {
        fill();
        let first = poll_fn(|cx| mailbox.poll_take(cx, &mut ready)).await;
        assert!(matches!(first, Some(Ok(_))));
        fill();
        let unread = sizes(&mailbox.unread().entries);
        assert!(!ready.is_empty() && unread > 0);
        assert!(sizes(&ready) + unread <= LIMIT + 1000, "{} and {unread}", sizes(&ready));
        ready.clear();
    }
}

#[tokio::test]
async fn items_that_alternate_are_merged_each_with_itself_before_any_is_dropped() {
    let mailbox = Mailbox::new(Interest::All, 20_000);
    let methods = ["item/agentMessage/delta", "item/plan/delta", "item/x/delta"];
    for n in 0..3000 {
        mailbox.push(payload(methods[n % 3], "x"));
        if n == 1500 {
            mailbox.push(payload("item/completed", ""));
        }
    }
    mailbox.finish();
    // Each item has a run before the other notification, and one after it.
    assert_eq!(mailbox.unread().entries.len(), 7);
    let (text, skipped, others) = drain(&mailbox).await;
    assert_eq!((text.len(), skipped, others.len()), (3000, 0, 1));
}

#[tokio::test]
async fn no_push_moves_more_than_a_little_text() {
    let mailbox = Mailbox::new(Interest::All, 64 << 20);
    let text = "x".repeat(1000);
    for _ in 0..20_000 {
        mailbox.push(payload("item/agentMessage/delta", &text));
    }
    let unread = mailbox.unread();
    let longest = unread.entries.iter().map(Entry::size).max();
    assert!(longest.is_some_and(|longest| longest < 1 << 20), "{longest:?}");
    assert!(unread.entries.len() < 200, "{}", unread.entries.len());
}

#[tokio::test]
async fn who_wants_results_gets_no_deltas() {
    let mailbox = Mailbox::new(Interest::Results, 1000);
    mailbox.push(payload("item/agentMessage/delta", "x"));
    mailbox.push(payload("turn/completed", ""));
    mailbox.finish();
    assert_eq!(drain(&mailbox).await, (String::new(), 0, vec!["turn/completed".into()]));
}
