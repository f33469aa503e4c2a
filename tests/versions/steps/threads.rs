//! Threads: how they come, what they keep, and how they go.

use codex_app_server::{
    Result, Thread, ThreadConfig,
    generated::v2_all::{
        ServerNotification, ThreadAttachmentAddParams, ThreadAttachmentListParams, ThreadItem,
        ThreadItemsReadParams, ThreadListParams,
    },
};
use codex_app_server_testkit::Answer;
use serde_json::json;
use support::{Real, soon};

use crate::server::Server;

/// A thread that has had a turn.
async fn used(real: &Real) -> Result<Thread> {
    let thread = real.thread().await;
    soon(thread.run("First")).await?;
    Ok(thread)
}

async fn listed(real: &Real, archived: bool) -> Result<Vec<String>> {
    let params = ThreadListParams::new().archived(archived);
    let page = soon(real.codex.thread_list(params)).await?;
    Ok(page.data.into_iter().map(|thread| thread.id).collect())
}

pub(crate) async fn a_thread_is_started_as_configured(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let config = ThreadConfig::new().model("mock-model-2").developer_instructions("Be brief.");
    let thread = soon(real.codex.thread_start(config)).await?;
    soon(thread.run("Begin")).await?;
    let request = real.model.next_request().await.body;
    assert_eq!(request["model"], "mock-model-2");
    assert!(request["input"].to_string().contains("Be brief."), "{request}");
    Ok(())
}

pub(crate) async fn a_thread_is_read_with_its_turns(server: Server) -> Result<()> {
    let real = server.start([Answer::text("one"), Answer::text("two")]).await;
    let thread = used(&real).await?;
    soon(thread.run("Second")).await?;
    assert!(soon(thread.read()).await?.turns.is_empty());
    let turns = soon(thread.read_with_turns()).await?.turns;
    assert_eq!(turns.iter().map(|turn| turn.items.len()).collect::<Vec<_>>(), [2, 2]);
    Ok(())
}

pub(crate) async fn threads_are_listed(server: Server) -> Result<()> {
    let real = server.start([Answer::text("one"), Answer::text("two")]).await;
    let threads = [used(&real).await?, used(&real).await?];
    let mut listed = listed(&real, false).await?;
    let mut expected = threads.map(|thread| thread.id().to_owned());
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    Ok(())
}

pub(crate) async fn a_thread_is_named(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let thread = used(&real).await?;
    soon(thread.set_name("The first")).await?;
    assert_eq!(soon(thread.read()).await?.name.as_deref(), Some("The first"));
    Ok(())
}

pub(crate) async fn a_thread_is_archived_and_brought_back(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let thread = used(&real).await?;
    soon(real.codex.thread_archive(thread.id())).await?;
    assert_eq!(listed(&real, true).await?, [thread.id()]);
    assert!(listed(&real, false).await?.is_empty());
    let back = soon(real.codex.thread_unarchive(thread.id())).await?;
    assert_eq!(back.id(), thread.id());
    assert_eq!(listed(&real, false).await?, [thread.id()]);
    Ok(())
}

pub(crate) async fn a_thread_is_resumed_in_another_process(server: Server) -> Result<()> {
    let real = server.start([Answer::text("I am Codex."), Answer::text("As I said.")]).await;
    let thread = used(&real).await?;
    soon(real.codex.close()).await;
    let second = real.second().await;
    let resumed = soon(second.thread_resume(thread.id(), ThreadConfig::new())).await?;
    let result = soon(resumed.run("Again?")).await?;
    assert_eq!(result.final_response.as_deref(), Some("As I said."));
    let history = real.model.requests()[1].body.to_string();
    assert!(history.contains("I am Codex."), "{history}");
    assert_eq!(soon(resumed.read_with_turns()).await?.turns.len(), 2);
    soon(second.close()).await;
    Ok(())
}

pub(crate) async fn a_thread_is_forked(server: Server) -> Result<()> {
    let real = server.start([Answer::text("one"), Answer::text("two")]).await;
    let thread = used(&real).await?;
    let fork = soon(thread.fork(ThreadConfig::new())).await?;
    assert_ne!(fork.id(), thread.id());
    soon(fork.run("Second")).await?;
    let history = real.model.requests()[1].body.to_string();
    assert!(history.contains("First") && history.contains("Second"), "{history}");
    Ok(())
}

pub(crate) async fn an_ephemeral_thread_leaves_nothing(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let thread = soon(real.codex.thread_start(ThreadConfig::new().ephemeral(true))).await?;
    let result = soon(thread.run("Begin")).await?;
    assert_eq!(result.final_response.as_deref(), Some("ok"));
    assert!(listed(&real, false).await?.is_empty());
    Ok(())
}

pub(crate) async fn a_thread_is_compacted(server: Server) -> Result<()> {
    let answers = ["A long story.", "The summary.", "As I said."].map(Answer::text);
    let real = server.start(answers).await;
    let thread = used(&real).await?;
    let mut events = thread.events();
    soon(thread.compact()).await?;
    let mut compacted = false;
    loop {
        match soon(events.next()).await.unwrap()? {
            ServerNotification::ItemCompleted(item) => {
                compacted |= matches!(item.item, ThreadItem::ContextCompaction(_));
            }
            ServerNotification::TurnCompleted(_) => break,
            _ => {}
        }
    }
    assert!(compacted);
    soon(thread.run("And then?")).await?;
    let history = real.model.requests()[2].body.to_string();
    assert!(history.contains("The summary.") && !history.contains("A long story."), "{history}");
    Ok(())
}

pub(crate) async fn items_are_read(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let thread = real.thread().await;
    let turn = soon(thread.run("Begin")).await?;
    let ids = turn.items.iter().filter_map(ThreadItem::id);
    let params =
        ThreadItemsReadParams::new().thread_id(thread.id()).turn_id(&turn.id).item_ids(ids);
    let items = soon(real.codex.client().thread_items_read(params).into_future()).await?.data;
    assert_eq!(items.len(), 2);
    Ok(())
}

pub(crate) async fn something_is_attached(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let thread = used(&real).await?;
    let client = real.codex.client();
    let note = json!({"text": "hello"});
    let params = ThreadAttachmentAddParams::new()
        .thread_id(thread.id())
        .attachment_type("note")
        .identity_key("key")
        .payload(note);
    soon(client.thread_attachment_add(params).into_future()).await?;
    let params = ThreadAttachmentListParams::new(thread.id());
    let attached = soon(client.thread_attachment_list(params).into_future()).await?.data;
    assert_eq!(attached[0].identity_key, "key");
    Ok(())
}
