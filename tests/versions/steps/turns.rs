//! Turns of a model that only talks.

use codex_app_server::{
    Codex, Error, ExternalMessage, ImageInput, InputItem, Result, ThreadConfig, TurnOverrides,
    generated::v2_all::{
        CodexErrorInfo, ServerNotification, ThreadItem, TurnSettingsUpdateParams, TurnStatus,
    },
};
use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;
use support::{TEXT, soon, streamed_text, until};

use crate::server::Server;

/// A thread for which a switch of the server's configuration is on.
fn configured(switch: &str) -> ThreadConfig {
    let config = serde_json::Map::from_iter([(switch.to_owned(), true.into())]);
    ThreadConfig::new().config(config)
}

pub(crate) async fn text_is_streamed(server: Server) -> Result<()> {
    let real = server.start([Answer::text(TEXT).deltas(9).usage(7, 3)]).await;
    let mut turn = soon(real.thread().await.turn("Say it")).await?;
    assert_eq!(streamed_text(&mut turn).await, TEXT);
    let result = soon(turn.run()).await?;
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.final_response.as_deref(), Some(TEXT));
    assert_eq!(result.items.len(), 2);
    assert!(result.unread.is_empty(), "{:?}", result.unread);
    assert_eq!(result.usage.unwrap().last.total_tokens, 10);
    Ok(())
}

pub(crate) async fn deltas_are_left_out_on_request(server: Server) -> Result<()> {
    let builder = Codex::builder().without_deltas();
    let real = server.start_with([Answer::text("one two").deltas(2)], builder).await;
    let mut turn = soon(real.thread().await.turn("Count")).await?;
    assert_eq!(streamed_text(&mut turn).await, "");
    assert_eq!(soon(turn.run()).await?.final_response.as_deref(), Some("one two"));
    Ok(())
}

pub(crate) async fn reasoning_is_streamed(server: Server) -> Result<()> {
    let real = server.start([Answer::text("42").reasoning("Six times seven.")]).await;
    let mut turn = soon(real.thread().await.turn("Think")).await?;
    let mut thoughts = String::new();
    while let Some(event) = soon(turn.next()).await {
        if let ServerNotification::ItemReasoningSummaryTextDelta(delta) = event? {
            thoughts.push_str(&delta.delta);
        }
    }
    assert_eq!(thoughts, "Six times seven.");
    let items = soon(turn.run()).await?.items;
    assert!(items.iter().any(|item| matches!(item, ThreadItem::Reasoning(_))), "{items:?}");
    Ok(())
}

pub(crate) async fn a_plan_is_told(server: Server) -> Result<()> {
    let plan = json!({"plan": [{"step": "Read", "status": "completed"},
                               {"step": "Write", "status": "in_progress"}]});
    let answers = [Answer::tool_call("update_plan", None, plan), Answer::text("Done.")];
    let real = server.start(answers).await;
    // Newer versions offer the tool on request.
    let thread = soon(real.codex.thread_start(configured("tools.update_plan.enabled"))).await?;
    let mut turn = soon(thread.turn("Plan")).await?;
    let ServerNotification::TurnPlanUpdated(told) = until(&mut turn, "turn/plan/updated").await
    else {
        panic!("another notification has its method");
    };
    let steps: Vec<_> =
        told.plan.iter().map(|step| (step.step.as_str(), step.status.as_str())).collect();
    assert_eq!(steps, [("Read", "completed"), ("Write", "inProgress")]);
    soon(turn.run()).await.map(|_| ())
}

pub(crate) async fn comments_are_no_answer(server: Server) -> Result<()> {
    let answer = Answer::text("I look.").phase("commentary");
    let real = server.start([answer.and(Answer::text("Found.").phase("final_answer"))]).await;
    let result = soon(real.thread().await.run("Look")).await?;
    assert_eq!(result.final_response.as_deref(), Some("Found."));
    Ok(())
}

pub(crate) async fn overrides_reach_the_model(server: Server) -> Result<()> {
    let real = server.start([Answer::text("ok")]).await;
    let overrides = TurnOverrides::new().effort("high").model("mock-model-2");
    soon(real.thread().await.run_with("Think hard", overrides)).await?;
    let request = real.model.next_request().await.body;
    assert_eq!(
        (&request["reasoning"]["effort"], &request["model"]),
        (&json!("high"), &json!("mock-model-2"))
    );
    Ok(())
}

pub(crate) async fn an_image_reaches_the_model(server: Server) -> Result<()> {
    let real = server.start([Answer::text("A pixel.")]).await;
    let pixel = ImageInput::from_url(PIXEL);
    soon(real.thread().await.run(vec![InputItem::from("What is this?"), pixel.into()])).await?;
    let given = real.model.next_request().await.body.to_string();
    assert!(given.contains("data:image/png;base64,"), "{given}");
    Ok(())
}

/// One transparent pixel.
const PIXEL: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk\
                     YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

pub(crate) async fn an_answer_has_a_type(server: Server) -> Result<()> {
    #[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
    struct Review {
        score: u8,
    }
    let real = server.start([Answer::text(r#"{"score":4}"#)]).await;
    let review = soon(real.thread().await.run_typed::<Review>("Review")).await?;
    assert_eq!(review.value, Review { score: 4 });
    let format = &real.model.next_request().await.body["text"]["format"];
    assert_eq!(format["schema"]["required"], json!(["score"]));
    Ok(())
}

pub(crate) async fn a_running_turn_is_steered(server: Server) -> Result<()> {
    let gate = Gate::new();
    let working = Answer::from_deltas(["Working", " on it"]).gate_after(1, &gate);
    let real = server.start([working, Answer::text("Steered.")]).await;
    let mut turn = soon(real.thread().await.turn("Begin")).await?;
    until(&mut turn, "item/agentMessage/delta").await;
    assert_eq!(soon(turn.steer("Only touch src/")).await?, turn.id());
    gate.open();
    let result = soon(turn.run()).await?;
    assert_eq!(result.final_response.as_deref(), Some("Steered."));
    assert!(real.model.requests()[1].body.to_string().contains("Only touch src/"));
    Ok(())
}

pub(crate) async fn a_running_turn_is_interrupted(server: Server) -> Result<()> {
    let real = server.start([Answer::silent()]).await;
    let mut turn = soon(real.thread().await.turn("Begin")).await?;
    // At once, and twice: by itself the server refuses the one and never responds to the other.
    let (first, second) = soon(async { tokio::join!(turn.interrupt(), turn.interrupt()) }).await;
    first?;
    second?;
    assert_eq!(soon(turn.run()).await?.status, TurnStatus::Interrupted);
    Ok(())
}

/// Older servers refuse it by never responding.
pub(crate) async fn an_ended_turn_needs_no_interrupt(server: Server) -> Result<()> {
    let real = server.start([Answer::text("Done.")]).await;
    let mut turn = soon(real.thread().await.turn("Begin")).await?;
    soon(turn.run()).await?;
    soon(turn.interrupt()).await
}

pub(crate) async fn a_running_turn_is_joined(server: Server) -> Result<()> {
    let gate = Gate::new();
    let real = server.start([Answer::from_deltas(["one", " two"]).gate_after(1, &gate)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn("Count")).await?;
    until(&mut turn, "item/agentMessage/delta").await;
    let mut late = soon(thread.attach(turn.id())).await?;
    gate.open();
    assert_eq!(streamed_text(&mut late).await, " two");
    assert_eq!(soon(late.run()).await?.final_response.as_deref(), Some("one two"));
    Ok(())
}

pub(crate) async fn a_failure_is_told_with_its_reason(server: Server) -> Result<()> {
    let cut = Answer::text("never whole").deltas(5).cut_after(2);
    let real = server.start([Answer::status(500), cut]).await;
    let thread = real.thread().await;
    match soon(thread.run("Try")).await {
        Err(Error::TurnFailed(result)) => {
            let reason = result.error.as_ref().unwrap();
            assert_eq!(reason.codex_error_info, Some(CodexErrorInfo::InternalServerError));
        }
        other => panic!("{other:?}"),
    }
    let error = soon(thread.run("Try again")).await.unwrap_err();
    assert!(error.to_string().contains("stream disconnected"), "{error}");
    Ok(())
}

pub(crate) async fn two_threads_work_at_once(server: Server) -> Result<()> {
    let real = server.start([]).await;
    real.model.respond_with(|request| Answer::text(format!("{}!", request.user_text())));
    let threads = [real.thread().await, real.thread().await];
    let (one, two) =
        soon(async { tokio::join!(threads[0].run("one"), threads[1].run("two")) }).await;
    assert_eq!(one?.final_response.as_deref(), Some("one!"));
    assert_eq!(two?.final_response.as_deref(), Some("two!"));
    Ok(())
}

pub(crate) async fn an_external_message_is_given(server: Server) -> Result<()> {
    let real = server.start([Answer::text("Noted.")]).await;
    let message = ExternalMessage::new("build", "3 tests failed");
    let result = soon(real.thread().await.run(message)).await?;
    assert_eq!(result.final_response.as_deref(), Some("Noted."));
    assert!(real.model.next_request().await.body.to_string().contains("3 tests failed"));
    Ok(())
}

pub(crate) async fn settings_of_a_running_turn_are_changed(server: Server) -> Result<()> {
    let gate = Gate::new();
    let real = server.start([Answer::from_deltas(["a", "b"]).gate_after(1, &gate)]).await;
    let thread = soon(real.codex.thread_start(configured("features.step_model_switching"))).await?;
    let mut turn = soon(thread.turn("Begin")).await?;
    until(&mut turn, "item/agentMessage/delta").await;
    let params = TurnSettingsUpdateParams::new().thread_id(turn.thread_id()).turn_id(turn.id());
    let changed = soon(real.codex.client().turn_settings_update(params).into_future()).await;
    gate.open();
    soon(turn.run()).await?;
    changed.map(|_| ())
}
