//! Threads: what they hold, where they are listed, how they come and go.

use codex_app_server::generated::v2_all::*;
use serde_json::json;

use super::{calls::Calls, world::World};

pub(crate) async fn all(calls: &Calls, world: &World) {
    let thread = calls.ok(ThreadStartParams::new()).await.thread.id;
    let done = turn(calls, &thread, "Say hello").await;
    history(calls, &thread, &done).await;
    notes(calls, &thread, &done).await;
    mcp(calls, &thread).await;
    projects(calls, world, &thread).await;
    lives(calls, &thread, &done).await;
}

/// A whole turn.
pub(crate) async fn turn(calls: &Calls, thread: &str, prompt: &str) -> Turn {
    let mut events = calls.events();
    calls.ok(TurnStartParams::new().thread_id(thread).input([text(prompt)])).await;
    super::turns::end_of_turn(&mut events).await
}

pub(crate) fn text(text: &str) -> UserInput {
    UserInput::Text(TextUserInput::new(text))
}

async fn history(calls: &Calls, thread: &str, done: &Turn) {
    let read = calls.ok(ThreadReadParams::new(thread).include_turns(true)).await;
    assert_eq!(read.thread.turns[0].id, done.id);
    calls.ok(ThreadTurnsListParams::new(thread)).await;
    let items = calls.ok(ThreadItemsListParams::new(thread)).await.data;
    let ids = items.iter().filter_map(|entry| entry.item.id());
    let items = calls
        .ok(ThreadItemsReadParams::new().thread_id(thread).turn_id(&done.id).item_ids(ids))
        .await
        .data;
    assert_eq!(items.len(), 2);
    calls.ok(ThreadTimelineListParams::new(thread)).await;
    let found = calls.ok(ThreadSearchParams::new("hello")).await.data;
    assert_eq!(found.len(), 1);
    calls.ok(ThreadSearchOccurrencesParams::new().thread_id(thread).search_term("hello")).await;
    let listed = calls.ok(ThreadListParams::new()).await;
    assert_eq!(listed.data[0].id, thread);
    calls.ok(ThreadLoadedListParams::new()).await;

    let sample = calls
        .ok(ThreadSampleParams::new()
            .thread_id(thread)
            .expected_turn_id(&done.id)
            .prompt("Summarize"))
        .await;
    assert_eq!(sample.text.as_deref(), Some("Hello."));
    calls.ok(ThreadSampleCancelParams::new(RequestId::Number(1))).await;
    let revision = &listed.read_states.unwrap()[thread].revision;
    calls
        .ok(ThreadReadStateUpdateParams::new()
            .thread_id(thread)
            .expected_revision(revision)
            .operation(ThreadReadStateOperation::Read))
        .await;
}

async fn notes(calls: &Calls, thread: &str, done: &Turn) {
    calls.ok(ThreadSetNameParams::new().thread_id(thread).name("A name")).await;
    calls
        .ok(ThreadMetadataUpdateParams::new(thread)
            .git_info(ThreadMetadataGitInfoUpdateParams::new().branch("main")))
        .await;
    calls.ok(ThreadSettingsUpdateParams::new(thread)).await;
    calls.ok(ThreadMemoryReadParams::new(thread)).await;
    calls
        .ok(ThreadMemoryModeSetParams::new().thread_id(thread).mode(ThreadMemoryMode::Enabled))
        .await;

    calls
        .ok(ThreadGoalSetParams::new(thread).objective("Finish").status(ThreadGoalStatus::Paused))
        .await;
    let goal = calls.ok(ThreadGoalGetParams::new(thread)).await.goal;
    assert_eq!(goal.unwrap().objective, "Finish");
    calls.ok(ThreadGoalClearParams::new(thread)).await;

    calls
        .ok(ThreadAttachmentAddParams::new()
            .thread_id(thread)
            .attachment_type("note")
            .identity_key("key")
            .payload(json!({"text": "hello"})))
        .await;
    let attached = calls.ok(ThreadAttachmentListParams::new(thread)).await.data;
    assert_eq!(attached[0].identity_key, "key");
    calls
        .ok(ThreadAttachmentOwnerListParams::new().attachment_type("note").identity_key("key"))
        .await;
    calls
        .ok(ThreadAttachmentRemoveParams::new()
            .thread_id(thread)
            .attachment_type("note")
            .identity_key("key"))
        .await;

    calls.ok(ThreadPrepareApprovedPlanParams::new().thread_id(thread).markdown("# Plan")).await;
    calls.ok(ThreadIncrementElicitationParams::new(thread)).await;
    calls.ok(ThreadDecrementElicitationParams::new(thread)).await;
    let message = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]});
    calls.ok(ThreadInjectItemsParams::new().thread_id(thread).items([message])).await;
    calls
        .refused(
            ThreadPredictionRequestParams::new().thread_id(thread).source_turn_id(&done.id),
            "not implemented",
        )
        .await;
}

async fn mcp(calls: &Calls, thread: &str) {
    let servers = calls.ok(ListMcpServerStatusParams::new()).await.data;
    assert_eq!(servers[0].name, "local");
    let result = calls
        .ok(McpServerToolCallParams::new().thread_id(thread).server("local").tool("greet"))
        .await;
    assert_eq!(result.content.len(), 1);
    calls.ok(McpResourceReadParams::new().server("local").uri("local://note")).await;
    calls.ok(ConfigMcpServerReloadParams::new()).await;
    calls.refused(McpServerOauthLoginParams::new("none"), "No MCP server named").await;
    let stream = McpServerEventStreamStartParams::new()
        .thread_id(thread)
        .subscription_id("stream")
        .name("event")
        .arguments(json!({}))
        .server("local");
    calls.refused(stream, "only supported for hosted apps").await;
    calls.ok(McpServerEventStreamStopParams::new("stream")).await;
}

async fn projects(calls: &Calls, world: &World, thread: &str) {
    let roots = || [ProjectRoot::new(world.path(""))];
    let project = calls
        .ok(ProjectCreateParams::new().name("Project").idempotency_key("create").roots(roots()))
        .await
        .project
        .id;
    calls.ok(ProjectReadParams::new(&project)).await;
    calls.ok(ProjectUpdateParams::new(&project).name("Renamed")).await;
    calls.ok(ProjectMoveParams::new(&project)).await;
    calls
        .ok(ProjectImportParams::new().name("Another").idempotency_key("import").roots(roots()))
        .await;
    let listed = calls.ok(ProjectListParams::new()).await.data;
    assert_eq!(listed.len(), 2);
    calls.ok(ProjectDeleteParams::new(&project)).await;

    let section = calls.ok(ThreadSectionCreateParams::new("Section")).await.section.id;
    calls.ok(ThreadSectionUpdateParams::new().section_id(&section).name("Renamed")).await;
    calls.ok(ThreadSectionListParams::new()).await;
    calls.ok(ThreadSectionMoveParams::new().thread_id(thread).section_id(section.as_str())).await;
    calls.ok(ThreadSectionDeleteParams::new(&section)).await;
}

async fn lives(calls: &Calls, thread: &str, done: &Turn) {
    calls.ok(ThreadUnsubscribeParams::new(thread)).await;
    let resumed = calls.ok(ThreadResumeParams::new(thread)).await;
    assert_eq!(resumed.thread.id, thread);
    let fork = calls.ok(ThreadForkParams::new(thread)).await.thread.id;
    calls.ok(ThreadRevertParams::new().thread_id(thread).before_turn_id(&done.id)).await;
    calls.ok(ThreadArchiveParams::new(&fork)).await;
    calls.ok(ThreadUnarchiveParams::new(&fork)).await;
    calls.ok(ThreadDeleteParams::new(&fork)).await;
}
