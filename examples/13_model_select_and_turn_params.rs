//! Choosing the model and the effort for a turn from what the server offers.
//!
//! `cargo run --example 13_model_select_and_turn_params -- --mock`; a word after it is looked for
//! in the names of the models.

mod support;

use std::error::Error;

use codex_app_server::{
    Codex, ThreadConfig, TurnOverrides,
    protocol::{Model, ModelListParams},
};
use codex_app_server_testkit::Answer;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(|request| {
        let (model, effort) = (&request.body["model"], &request.body["reasoning"]["effort"]);
        Answer::text(format!("I am {model}, and my effort is {effort}."))
    })
    .await?;
    let wanted = support::words().pop();
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;

    let models = codex.models(ModelListParams::new()).await?.data;
    let model = choose(&models, wanted.as_deref()).ok_or("no model has such a name")?;
    // They come in order, the least first.
    let efforts = &model.supported_reasoning_efforts;
    let effort = match efforts.last() {
        Some(most) => most.reasoning_effort.clone(),
        None => model.default_reasoning_effort.clone(),
    };
    println!("{} with effort {effort}", model.display_name);

    let thread = codex.thread_start(ThreadConfig::new()).await?;
    let overrides = TurnOverrides::new().model(&model.model).effort(effort);
    let result = thread.run_with("Who are you?", overrides).await?;
    println!("{}", result.final_response.unwrap_or_default());
    codex.close().await;
    Ok(())
}

/// The first model with `wanted` in its name, or the one that the server proposes.
fn choose<'a>(models: &'a [Model], wanted: Option<&str>) -> Option<&'a Model> {
    models.iter().find(|model| match wanted {
        Some(wanted) => model.model.contains(wanted),
        None => model.is_default,
    })
}
