//! Goals: many turns that look like one.

use codex_app_server::{
    Codex, Error, GoalHandle, Thread, ThreadConfig,
    generated::v2_all::{
        ServerNotification, ThreadGoalGetParams, ThreadGoalStatus, TurnCompletedNotification,
        TurnStatus,
    },
};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;

use support::{Real, soon, until};

/// A model that works on its goal for some turns, then says that it is done.
fn complete_goal() -> Answer {
    Answer::tool_call("update_goal", None, json!({"status": "complete"}))
}

#[tokio::test]
async fn a_goal_looks_like_one_turn() {
    let real = Real::start([
        Answer::text("Step one."),
        Answer::text("Step two."),
        complete_goal(),
        Answer::text("All done.").phase("final_answer"),
    ])
    .await;
    let thread = real.thread().await;
    let mut goal = soon(thread.start_goal("  Make it so.  ")).await.unwrap();
    let busy = soon(thread.turn("Meanwhile")).await.unwrap_err();
    assert!(busy.to_string().contains("a goal is being pursued"), "{busy}");

    let (mut started, mut completed, mut text) = (0, 0, String::new());
    while let Some(event) = soon(goal.next()).await {
        let event = event.unwrap();
        assert!(event.turn_id().is_none_or(|turn| turn == goal.id()), "{event:?}");
        match event {
            ServerNotification::TurnStarted(_) => started += 1,
            ServerNotification::TurnCompleted(_) => completed += 1,
            ServerNotification::ItemAgentMessageDelta(delta) => text.push_str(&delta.delta),
            ServerNotification::ThreadGoalUpdated(goal) => panic!("{goal:?}"),
            _ => {}
        }
    }
    assert_eq!((started, completed), (1, 1));
    assert_eq!(text, "Step one.Step two.All done.");
    assert!(goal.turns() >= 2, "{}", goal.turns());
    let result = soon(goal.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.id, goal.id());
    assert_eq!(result.final_response.as_deref(), Some("All done."));
    let late = soon(goal.steer("More")).await.unwrap_err();
    assert!(late.to_string().contains("no active turn to steer"), "{late}");
    drop(goal);

    let after = Answer::text("Free again.");
    real.model.push(after);
    assert!(soon(thread.run("And now?")).await.is_ok());
}

#[tokio::test]
async fn a_goal_is_steered_and_interrupted() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::text("Step one."),
        Answer::from_deltas(["Working", " on"]).gate_after(1, &gate),
    ])
    .await;
    let thread = real.thread().await;
    let mut goal = soon(thread.start_goal("Make it so.")).await.unwrap();
    let mut deltas = 0;
    while deltas < 2 {
        if let ServerNotification::ItemAgentMessageDelta(_) =
            soon(goal.next()).await.unwrap().unwrap()
        {
            deltas += 1;
        }
    }
    assert_eq!(soon(goal.steer("Faster")).await.unwrap(), goal.id());
    soon(goal.interrupt()).await.unwrap();
    let result = soon(goal.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Interrupted);
    assert_eq!(goal_status(&real.codex, &thread).await, Some(ThreadGoalStatus::Paused));
    soon(goal.interrupt()).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_a_goal_is_refused_before_anything_changes() {
    let gate = Gate::new();
    let real = Real::start([Answer::from_deltas(["a", "b"]).gate_after(1, &gate)]).await;
    let thread = real.thread().await;
    for objective in ["", "  \n ", &"x".repeat(4001)] {
        let error = soon(thread.start_goal(objective)).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput { argument: "objective", .. }), "{error:?}");
    }
    let ephemeral = ThreadConfig::new().ephemeral(true);
    let ephemeral = soon(real.codex.thread_start(ephemeral)).await.unwrap();
    let error = soon(ephemeral.start_goal("x")).await.unwrap_err();
    assert!(error.to_string().contains("ephemeral"), "{error}");

    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    let error = soon(thread.start_goal("x")).await.unwrap_err();
    assert!(error.to_string().contains("a turn is running"), "{error}");
    gate.open();
    soon(turn.run()).await.unwrap();
}

async fn goal_status(codex: &Codex, thread: &Thread) -> Option<ThreadGoalStatus> {
    let get = async { codex.client().thread_goal_get(ThreadGoalGetParams::new(thread.id())).await };
    soon(get).await.unwrap().goal.map(|goal| goal.status)
}

async fn end_of_turn(
    events: &mut codex_app_server::NotificationStream,
) -> TurnCompletedNotification {
    loop {
        if let ServerNotification::TurnCompleted(completed) =
            soon(events.next()).await.unwrap().unwrap()
        {
            return *completed;
        }
    }
}

#[tokio::test]
async fn run_goal_gives_what_all_turns_have_come_to() {
    let real = Real::start([
        Answer::text("Step one.").usage(50, 5),
        complete_goal(),
        Answer::text("All done.").phase("final_answer").usage(70, 7),
    ])
    .await;
    let thread = real.thread().await;
    let result = soon(thread.run_goal("Make it so.")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("All done."));
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.usage.unwrap().last.input_tokens, 70);
    assert!(result.items.len() >= 2, "{:?}", result.items);
    assert_eq!(goal_status(&real.codex, &thread).await, Some(ThreadGoalStatus::Complete));
}

#[tokio::test]
async fn a_goal_whose_runner_is_cancelled_is_paused_and_interrupted() {
    let gate = Gate::new();
    let real = Real::start([Answer::from_deltas(["Working", " on"]).gate_after(1, &gate)]).await;
    let thread = real.thread().await;
    let mut events = thread.events();
    let mut running = Box::pin(thread.run_goal("Make it so."));
    // Both are polled until the goal's turn is at work.
    loop {
        tokio::select! {
            result = &mut running => panic!("{result:?}"),
            event = soon(events.next()) => {
                if matches!(event, Some(Ok(ServerNotification::ItemAgentMessageDelta(_)))) {
                    break;
                }
            }
        }
    }
    drop(running);
    assert_eq!(end_of_turn(&mut events).await.turn.status, TurnStatus::Interrupted);
    assert_eq!(goal_status(&real.codex, &thread).await, Some(ThreadGoalStatus::Paused));
}

#[tokio::test]
async fn a_closed_goal_stream_frees_the_thread_and_leaves_the_goal() {
    let gate = Gate::new();
    let real = Real::start([
        Answer::from_deltas(["Working", " on"]).gate_after(1, &gate),
        Answer::text("Heard."),
        complete_goal(),
        Answer::text("Done."),
    ])
    .await;
    let thread = real.thread().await;
    let mut events = thread.events();
    let mut goal = soon(thread.start_goal("Make it so.")).await.unwrap();
    until_delta(&mut goal).await;
    drop(goal);
    assert_eq!(goal_status(&real.codex, &thread).await, Some(ThreadGoalStatus::Active));
    // It joins the turn that goes on.
    let mut turn = soon(thread.turn("Meanwhile")).await.unwrap();
    gate.open();
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Completed);
    end_of_turn(&mut events).await;
}

async fn until_delta(goal: &mut GoalHandle) {
    while !matches!(
        soon(goal.next()).await.expect("the goal ended").unwrap(),
        ServerNotification::ItemAgentMessageDelta(_)
    ) {}
}

#[tokio::test]
async fn a_connection_that_is_closed_ends_the_goal() {
    let real = Real::start([Answer::silent()]).await;
    let thread = real.thread().await;
    let mut goal = soon(thread.start_goal("Make it so.")).await.unwrap();
    soon(real.codex.close()).await;
    assert!(soon(goal.run()).await.unwrap_err().is_closed());
}
