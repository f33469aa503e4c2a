//! A function that asks the agent, and its tests: they run the real codex with a stand-in for the
//! model, which gives the answers that a test is about. No account, no network, no waiting.
//!
//! `cargo run --example 23_tested -- --mock`, `cargo test --example 23_tested`

mod support;

use std::error::Error;

use codex_app_server::{Codex, Result, Sandbox, ThreadConfig};
use codex_app_server_testkit::Answer;

use support::Mock;

/// A name for a branch in which `task` is done. Whatever the model says, it is one that git takes.
async fn branch_name(codex: &Codex, task: &str) -> Result<String> {
    let config = ThreadConfig::new().sandbox(Sandbox::ReadOnly).ephemeral(true);
    let thread = codex.thread_start(config).await?;
    let prompt = format!("Say nothing but a short name for a git branch for this task: {task}");
    let answer = thread.run(prompt).await?.final_response.unwrap_or_default();
    let words = answer.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.take(5).collect::<Vec<_>>().join("-").to_lowercase();
    Ok(if name.is_empty() { "task".into() } else { name })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::script([Answer::text("`Fix login timeout`")]).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;
    println!("{}", branch_name(&codex, "The login times out after an hour.").await?);
    codex.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use codex_app_server::AppServerConfig;
    use codex_app_server_testkit::{CodexHome, MockModel};

    use super::*;

    /// The real codex, and the model that it believes to talk to. The folder lives as long as they
    /// do.
    async fn connect() -> (Codex, MockModel, CodexHome) {
        let model = MockModel::start().await.unwrap();
        let home = model.codex_home().unwrap();
        let config = AppServerConfig::new().env("CODEX_HOME", home.path());
        let codex = Codex::builder().app_server(config).connect_stdio().await.unwrap();
        (codex, model, home)
    }

    #[tokio::test]
    async fn any_answer_becomes_a_name_of_a_branch() {
        let (codex, model, _home) = connect().await;
        for (answer, name) in [
            ("fix-login-timeout", "fix-login-timeout"),
            ("Sure! I would call it \"Fix: the login\"...", "sure-i-would-call-it"),
            ("../../etc; rm -rf", "etc-rm-rf"),
            ("", "task"),
        ] {
            model.push(Answer::text(answer));
            assert_eq!(branch_name(&codex, "The login times out.").await.unwrap(), name);
        }
        codex.close().await;
    }

    #[tokio::test]
    async fn the_model_is_told_of_the_task() {
        let (codex, model, _home) = connect().await;
        model.push(Answer::text("x"));
        branch_name(&codex, "The login times out.").await.unwrap();
        assert!(model.next_request().await.user_text().ends_with("The login times out."));
        codex.close().await;
    }

    #[tokio::test]
    async fn failures_reach_the_caller() {
        let (codex, model, _home) = connect().await;
        model.push(Answer::status(400));
        let error = branch_name(&codex, "The login times out.").await.unwrap_err();
        assert!(error.to_string().contains("failed"), "{error:?}");
        codex.close().await;
    }
}
