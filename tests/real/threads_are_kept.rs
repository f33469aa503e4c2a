//! Threads outlive their server: they are read, listed, named, resumed and forked.

use codex_app_server::{
    Error, ThreadConfig,
    generated::v2_all::{ServerNotification, ThreadItem, ThreadListParams},
};
use codex_app_server_testkit::Answer;

use support::{Real, soon};

#[tokio::test]
async fn a_thread_is_resumed_in_a_second_process() {
    let real = Real::start([Answer::text("My name is Codex."), Answer::text("As I said.")]).await;
    let thread = real.thread().await;
    soon(thread.run("What is your name?")).await.unwrap();
    let id = thread.id().to_owned();

    let second = real.second().await;
    let thread = soon(second.thread_resume(&id, ThreadConfig::new())).await.unwrap();
    assert_eq!(thread.id(), id);
    let result = soon(thread.run("Again?")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("As I said."));
    real.model.next_request().await;
    let history = real.model.next_request().await.body.to_string();
    assert!(history.contains("My name is Codex."), "{history}");

    let read = soon(thread.read_with_turns()).await.unwrap();
    assert_eq!(read.turns.len(), 2);
}

#[tokio::test]
async fn a_fork_has_its_own_id_and_the_history() {
    let real = Real::start([Answer::text("one"), Answer::text("two")]).await;
    let thread = real.thread().await;
    soon(thread.run("First")).await.unwrap();
    let fork = soon(thread.fork(ThreadConfig::new())).await.unwrap();
    assert_ne!(fork.id(), thread.id());
    soon(fork.run("Second")).await.unwrap();
    real.model.next_request().await;
    let history = real.model.next_request().await.body.to_string();
    assert!(history.contains("First") && history.contains("Second"));
}

#[tokio::test]
async fn a_name_is_set_and_read() {
    let real = Real::start([Answer::text("ok")]).await;
    let thread = real.thread().await;
    soon(thread.run("Begin")).await.unwrap();
    soon(thread.set_name("The first")).await.unwrap();
    let read = soon(thread.read()).await.unwrap();
    assert_eq!(read.name.as_deref(), Some("The first"));
}

#[tokio::test]
async fn an_unknown_thread_is_an_error_that_says_so() {
    let real = Real::start([]).await;
    for id in ["01a1f858-10f4-77a1-9b9e-09ecfb478000", "not an id"] {
        let error = soon(real.codex.thread_resume(id, ThreadConfig::new())).await.unwrap_err();
        assert!(matches!(error, Error::Rpc(_)), "{error:?}");
        assert!(error.to_string().contains("thread/resume"), "{error}");
    }
}

#[tokio::test]
async fn threads_are_listed_archived_and_brought_back() {
    let real = Real::start([Answer::text("one"), Answer::text("two")]).await;
    let (kept, archived) = (real.thread().await, real.thread().await);
    for thread in [&kept, &archived] {
        soon(thread.run("Begin")).await.unwrap();
    }
    soon(real.codex.thread_archive(archived.id())).await.unwrap();
    let list = async |archived| {
        let params = ThreadListParams::new().archived(archived);
        let page = soon(real.codex.thread_list(params)).await.unwrap();
        page.data.into_iter().map(|thread| thread.id).collect::<Vec<_>>()
    };
    assert_eq!(list(false).await, [kept.id()]);
    assert_eq!(list(true).await, [archived.id()]);
    let back = soon(real.codex.thread_unarchive(archived.id())).await.unwrap();
    assert_eq!(back.id(), archived.id());
    assert_eq!(list(false).await.len(), 2);
}

#[tokio::test]
async fn turns_are_read_when_they_are_asked_for() {
    let real = Real::start([Answer::text("one"), Answer::text("two")]).await;
    let thread = real.thread().await;
    soon(thread.run("First")).await.unwrap();
    soon(thread.run("Second")).await.unwrap();
    assert!(soon(thread.read()).await.unwrap().turns.is_empty());
    let turns = soon(thread.read_with_turns()).await.unwrap().turns;
    assert_eq!(turns.len(), 2);
    assert!(turns.iter().all(|turn| turn.items.len() == 2), "{turns:?}");
}

#[tokio::test]
async fn compacting_is_a_turn_that_leaves_a_summary_in_the_history() {
    let real = Real::start([
        Answer::text("A long story."),
        Answer::text("The summary."),
        Answer::text("As I said."),
    ])
    .await;
    let thread = real.thread().await;
    soon(thread.run("Tell me a story")).await.unwrap();
    let mut events = thread.events();
    soon(thread.compact()).await.unwrap();
    let mut compacted = false;
    loop {
        match soon(events.next()).await.unwrap().unwrap() {
            ServerNotification::ItemCompleted(item) => {
                compacted |= matches!(item.item, ThreadItem::ContextCompaction(_));
            }
            ServerNotification::TurnCompleted(_) => break,
            _ => {}
        }
    }
    assert!(compacted);
    soon(thread.run("And then?")).await.unwrap();
    let history = real.model.requests()[2].body.to_string();
    assert!(history.contains("The summary.") && !history.contains("A long story."), "{history}");
}
