//! Turns while they run, what waits for them, and other things that threads do.

use codex_app_server::{NotificationStream, generated::v2_all::*};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;

use support::soon;

use super::{
    calls::Calls,
    threads::{text, turn},
    world::World,
};

pub(crate) async fn all(calls: &Calls, world: &World) {
    let thread =
        calls.ok(ThreadStartParams::new().sandbox(SandboxMode::DangerFullAccess)).await.thread.id;
    running(calls, world, &thread).await;
    terminals(calls, &thread).await;
    guardian(calls, world, &thread).await;
    realtime(calls, &thread).await;
    own_turns(calls, &thread).await;
}

/// Waits for the end of a turn.
pub(crate) async fn end_of_turn(events: &mut NotificationStream) -> Turn {
    loop {
        if let ServerNotification::TurnCompleted(completed) = next(events).await {
            return completed.turn;
        }
    }
}

async fn next(events: &mut NotificationStream) -> ServerNotification {
    let event = soon(events.next()).await;
    event.expect("the connection is open").unwrap()
}

async fn running(calls: &Calls, world: &World, thread: &str) {
    let mut events = calls.events();
    world.model.push(Answer::from_deltas(["Never ", "ending"]).gate_after(1, &Gate::new()));
    calls.ok(TurnStartParams::new().thread_id(thread).input([text("Begin")])).await;
    let id = loop {
        if let ServerNotification::ItemAgentMessageDelta(delta) = next(&mut events).await {
            break delta.turn_id;
        }
    };
    calls.ok(TurnSettingsUpdateParams::new().thread_id(thread).turn_id(&id)).await;
    calls
        .ok(TurnSteerParams::new().thread_id(thread).expected_turn_id(&id).input([text("Faster")]))
        .await;
    queue(calls, thread).await;
    calls.ok(TurnInterruptParams::new().thread_id(thread).turn_id(&id)).await;
    assert_eq!(end_of_turn(&mut events).await.status, TurnStatus::Interrupted);

    // After an interrupt it waits to be told.
    calls.ok(ThreadQueueStartParams::new(thread)).await;
    assert_eq!(end_of_turn(&mut events).await.status, TurnStatus::Completed);
}

/// What waits for the end of a turn.
async fn queue(calls: &Calls, thread: &str) {
    let add = |id: &str| {
        ThreadQueueAddParams::new()
            .thread_id(thread)
            .client_user_message_id(id)
            .input([text("Later")])
    };
    let first = calls.ok(add("first")).await.queued_submission.id;
    let second = calls.ok(add("second")).await.queued_submission.id;
    calls
        .ok(ThreadQueueReorderParams::new()
            .thread_id(thread)
            .queued_submission_ids([&second, &first]))
        .await;
    calls
        .ok(ThreadQueueUpdateParams::new()
            .thread_id(thread)
            .queued_submission_id(&second)
            .input([text("Sooner")]))
        .await;
    calls.ok(ThreadQueueDeleteParams::new().thread_id(thread).queued_submission_id(&first)).await;
    let waiting = calls.ok(ThreadQueueListParams::new(thread)).await.data;
    assert_eq!(waiting.len(), 1);
}

async fn terminals(calls: &Calls, thread: &str) {
    calls.ok(ThreadShellCommandParams::new().thread_id(thread).command("echo hello")).await;
    calls.ok(ThreadBackgroundTerminalsListParams::new(thread)).await;
    calls
        .ok(ThreadBackgroundTerminalsTerminateParams::new().thread_id(thread).process_id("1"))
        .await;
    calls.ok(ThreadBackgroundTerminalsCleanParams::new(thread)).await;
}

/// Second opinions on what the model wants to run.
async fn guardian(calls: &Calls, world: &World, thread: &str) {
    let done = turn(calls, thread, "Begin").await;
    let command = json!({"type": "function_call", "name": "exec_command", "call_id": "call", "arguments": "{\"cmd\": \"ls\"}"});
    calls.ok(ThreadInjectItemsParams::new().thread_id(thread).items([command])).await;
    let reviewed = calls.ok(ThreadGuardianReviewParams::new(thread)).await;
    assert_eq!(reviewed.call_id, "call");
    let denied = json!({
        "id": "review", "turn_id": done.id, "status": "denied",
        "action": {"type": "command", "source": "shell", "command": "ls", "cwd": world.path("")},
    });
    calls.ok(ThreadApproveGuardianDeniedActionParams::new().thread_id(thread).event(denied)).await;
}

async fn realtime(calls: &Calls, thread: &str) {
    calls.ok(ThreadRealtimeListVoicesParams::new()).await;
    calls
        .ok(ThreadRealtimeStartParams::new()
            .thread_id(thread)
            .output_modality(RealtimeOutputModality::Text))
        .await;
    calls.ok(ThreadRealtimeAppendTextParams::new().thread_id(thread).text("hello")).await;
    calls.ok(ThreadRealtimeAppendSpeechParams::new().thread_id(thread).text("hello")).await;
    calls
        .ok(ThreadRealtimeAppendAudioParams::new().thread_id(thread).audio(
            ThreadRealtimeAudioChunk::new().data("aGVsbG8=").num_channels(1).sample_rate(24000),
        ))
        .await;
    calls.ok(ThreadRealtimeStopParams::new(thread)).await;
}

/// Turns that the server makes up.
async fn own_turns(calls: &Calls, thread: &str) {
    let mut events = calls.events();
    calls.ok(ThreadCompactStartParams::new(thread)).await;
    end_of_turn(&mut events).await;
    let target = ReviewTarget::Custom(CustomReviewTarget::new("Look at it"));
    calls.ok(ReviewStartParams::new().thread_id(thread).target(target)).await;
    end_of_turn(&mut events).await;
}
