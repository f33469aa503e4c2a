//! A server behaves the same however it is reached: over stdio, in memory, by a websocket, by a
//! unix socket and by what codex puts before that.

use codex_app_server::{
    Codex, Error, Sandbox, ThreadConfig,
    generated::v2_all::{
        AskForApproval, ModelListParams, ServerNotification, ThreadItem, ThreadListParams,
        TurnStatus,
    },
};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;

use support::{Real, Way, soon, streamed_text, thread_of, until};

/// Tests of all behaviours, for one way.
macro_rules! over {
    ($name:ident: $way:ident) => {
        over!(@ $name $way
            deltas_arrive_whole_and_in_order
            long_messages_pass_in_both_directions
            many_requests_are_under_way_at_once
            requests_of_the_server_are_replied_to
            slow_readers_lose_no_text
            the_end_is_told_to_those_who_wait
            threads_are_kept_and_resumed
            turns_are_steered_and_interrupted
            turns_run_beside_each_other
        );
    };
    (@ $name:ident $way:ident $($behaviour:ident)*) => {
        mod $name {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(support::Way::$way).await;
            })*
        }
    };
}

over!(stdio: Stdio);
over!(memory: Memory);
over!(websocket: Websocket);
over!(websocket_with_token: WebsocketWithToken);
#[cfg(unix)]
over!(unix_socket: Unix);
#[cfg(unix)]
over!(proxy: Proxy);

async fn deltas_arrive_whole_and_in_order(way: Way) {
    let pieces: Vec<_> = (0..2000).map(|n| format!("{n} ")).collect();
    let real = Real::start_by(way, [Answer::from_deltas(&pieces)], Codex::builder()).await;
    let mut turn = soon(real.thread().await.turn("Count")).await.unwrap();
    let mut deltas = Vec::new();
    while let Some(event) = soon(turn.next()).await {
        if let ServerNotification::ItemAgentMessageDelta(delta) = event.unwrap() {
            deltas.push(delta.delta);
        }
    }
    assert!(deltas == pieces, "{} of 2000 deltas", deltas.len());
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.final_response, Some(pieces.concat()));
}

async fn turns_are_steered_and_interrupted(way: Way) {
    let (first, second) = (Gate::new(), Gate::new());
    let answers = [
        Answer::from_deltas(["Working", " on it"]).gate_after(1, &first),
        Answer::text("Steered."),
        Answer::from_deltas(["Never ", "ending"]).gate_after(1, &second),
    ];
    let real = Real::start_by(way, answers, Codex::builder()).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Begin")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    assert_eq!(soon(turn.steer("Only touch src/")).await.unwrap(), turn.id());
    first.open();
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Steered."));

    let mut turn = soon(thread.turn("Once more")).await.unwrap();
    until(&mut turn, "item/agentMessage/delta").await;
    soon(turn.interrupt()).await.unwrap();
    assert_eq!(soon(turn.run()).await.unwrap().status, TurnStatus::Interrupted);
}

async fn requests_of_the_server_are_replied_to(way: Way) {
    let answers = [Answer::shell("touch file"), Answer::text("Done.")];
    let builder = Codex::builder().on_command_approval(async |request| request.accept());
    let real = Real::start_by(way, answers, builder).await;
    let config = ThreadConfig::new()
        .approval_policy(AskForApproval::Untrusted)
        .sandbox(Sandbox::DangerFullAccess);
    let thread = soon(real.codex.thread_start(config)).await.unwrap();
    let result = soon(thread.run("Go")).await.unwrap();
    let ran = |item: &ThreadItem| matches!(item, ThreadItem::CommandExecution(_));
    assert!(result.items.iter().any(ran), "{:?}", result.items);
    assert!(real.cwd.path().join("file").is_file());
}

async fn threads_are_kept_and_resumed(way: Way) {
    let answers = [Answer::text("One."), Answer::text("Two.")];
    let real = Real::start_by(way, answers, Codex::builder()).await;
    let thread = real.thread().await;
    soon(thread.run("First")).await.unwrap();
    let page = soon(real.codex.thread_list(ThreadListParams::new())).await.unwrap();
    assert!(page.data.iter().any(|listed| listed.id == thread.id()));
    let config = ThreadConfig::new();
    let resumed = soon(real.codex.thread_resume(thread.id(), config)).await.unwrap();
    let result = soon(resumed.run("Second")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Two."));
}

async fn turns_run_beside_each_other(way: Way) {
    let real = Real::start_by(way, [], Codex::builder()).await;
    real.model.respond_with(|request| {
        let prompt = request.user_text();
        Answer::from_deltas((0..200).map(|n| format!("{prompt}{n} ")))
    });
    let run = async |name: &str| {
        let mut turn = thread_of(&real.codex).await.turn(name).await.unwrap();
        let text = streamed_text(&mut turn).await;
        assert_eq!(text, (0..200).map(|n| format!("{name}{n} ")).collect::<String>());
    };
    soon(async { tokio::join!(run("a"), run("b"), run("c")) }).await;
}

async fn many_requests_are_under_way_at_once(way: Way) {
    let real = Real::start_by(way, [], Codex::builder()).await;
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let client = real.codex.client().clone();
            tokio::spawn(async move { client.model_list(ModelListParams::new()).await })
        })
        .collect();
    for request in requests {
        assert!(!soon(request).await.unwrap().unwrap().data.is_empty());
    }
}

async fn long_messages_pass_in_both_directions(way: Way) {
    let answer = "a".repeat(20 << 20);
    let real = Real::start_by(way, [Answer::text(&answer)], Codex::builder()).await;
    let mut turn = soon(real.thread().await.turn("Long")).await.unwrap();
    let result = soon(turn.run()).await.unwrap();
    assert!(result.final_response.as_deref() == Some(&answer));
    // codex takes no frame of more than 16 MiB. What it does not know, it passes over.
    let params = json!({"unknown": "b".repeat(20 << 20)});
    soon(real.codex.client().request_raw("model/list", params)).await.unwrap();
}

/// codex cuts a websocket off whose client does not read.
async fn slow_readers_lose_no_text(way: Way) {
    let pieces: Vec<_> = (0..20_000).map(|n| format!("{n} ")).collect();
    let real = Real::start_by(way, [Answer::from_deltas(&pieces)], Codex::builder()).await;
    let thread = real.thread().await;
    let mut quick = thread.events();
    let mut slow = soon(thread.turn("Count")).await.unwrap();
    // Nobody reads it until it has ended.
    while soon(quick.next()).await.unwrap().unwrap().method() != "turn/completed" {}
    assert!(streamed_text(&mut slow).await == pieces.concat());
}

async fn the_end_is_told_to_those_who_wait(way: Way) {
    let real = Real::start_by(way, [Answer::silent()], Codex::builder()).await;
    let mut turn = soon(real.thread().await.turn("Wait")).await.unwrap();
    let (result, ()) = soon(async { tokio::join!(turn.run(), real.codex.close()) }).await;
    assert!(matches!(result, Err(Error::Closed(_))), "{result:?}");
}
