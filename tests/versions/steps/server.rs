//! The server itself, and what it does without a model.

use codex_app_server::{
    ApprovalMode, Codex, ConnectionEvent, Error, Reconnect, Result, Sandbox, ThreadConfig,
    blocking,
    generated::v2_all::{
        CommandExecParams, ConfigReadParams, ConfigValueWriteParams, FuzzyFileSearchParams,
        GetAccountParams, MergeStrategy, ModelListParams, ThreadItem, ThreadListParams, TurnStatus,
    },
};
use codex_app_server_testkit::{Answer, CodexHome, Gate, MockModel};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use support::{is_alive, soon, until};
use tokio::sync::mpsc;

use crate::server::Server;

pub(crate) async fn the_handshake_says_what_the_server_is(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let metadata = real.codex.metadata();
    assert_eq!(metadata.server_version, server.install.version());
    let response = metadata.initialize.as_ref().unwrap();
    let home = real.home.path().canonicalize().unwrap();
    assert_eq!(response.codex_home.as_str(), home.to_str().unwrap());
    assert_eq!(response.platform_os, std::env::consts::OS);
    Ok(())
}

pub(crate) async fn the_account_is_read(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let account = soon(real.codex.account(GetAccountParams::new())).await?;
    assert!(account.account.is_none() && !account.requires_openai_auth, "{account:?}");
    // A provider without a login has no account afterwards, either.
    soon(real.codex.login_api_key("sk-none")).await?;
    soon(real.codex.logout()).await
}

pub(crate) async fn models_are_listed(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let models = soon(real.codex.models(ModelListParams::new())).await?.data;
    let names: Vec<_> = models.iter().map(|model| model.model.as_str()).collect();
    assert_eq!(names, ["mock-model", "mock-model-2"]);
    Ok(())
}

pub(crate) async fn the_configuration_is_read_and_written(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let client = real.codex.client();
    let write = ConfigValueWriteParams::new()
        .key_path("model_reasoning_effort")
        .merge_strategy(MergeStrategy::Replace)
        .value(json!("high"));
    soon(client.config_value_write(write).into_future()).await?;
    let config = soon(client.config_read(ConfigReadParams::new()).into_future()).await?.config;
    assert_eq!(config.model.as_deref(), Some("mock-model"));
    assert_eq!(config.model_reasoning_effort.as_ref().map(|effort| effort.as_str()), Some("high"));
    Ok(())
}

pub(crate) async fn commands_are_executed(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let params = CommandExecParams::new(["sh", "-c", "echo out; echo err >&2; exit 3"]);
    let done = soon(real.codex.client().command_exec(params).into_future()).await?;
    assert_eq!((done.exit_code, done.stdout.as_str()), (3, "out\n"));
    assert_eq!(done.stderr, "err\n");
    Ok(())
}

pub(crate) async fn files_are_found(server: Server) -> Result<()> {
    let real = server.start([]).await;
    std::fs::write(real.cwd.path().join("needle.txt"), "").unwrap();
    let root = real.cwd.path().to_str().unwrap();
    let params = FuzzyFileSearchParams::new().query("ndl").roots([root]);
    let found = soon(real.codex.client().fuzzy_file_search(params).into_future()).await?.files;
    assert_eq!(found.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["needle.txt"]);
    Ok(())
}

pub(crate) async fn many_requests_run_at_once(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let codex = real.codex.clone();
            tokio::spawn(async move { codex.thread_list(ThreadListParams::new()).await })
        })
        .collect();
    for request in requests {
        assert!(soon(request).await.unwrap()?.data.is_empty());
    }
    Ok(())
}

pub(crate) async fn unknown_requests_are_refused(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let request = real.codex.client().request_raw("no/such", json!({}));
    match soon(request).await {
        Err(Error::Rpc(error)) if error.message.contains("no/such") => Ok(()),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn unknown_threads_are_refused(server: Server) -> Result<()> {
    let real = server.start([]).await;
    let id = "01a1f858-10f4-77a1-9b9e-09ecfb478000";
    match soon(real.codex.thread_resume(id, ThreadConfig::new())).await {
        Err(Error::Rpc(error)) if error.message.contains(id) => Ok(()),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn closing_ends_the_process(server: Server) -> Result<()> {
    let real = server.start([Answer::silent()]).await;
    let process = real.codex.server_pid().unwrap();
    let mut turn = soon(real.thread().await.turn("Begin")).await?;
    real.model.next_request().await;
    soon(real.codex.close()).await;
    assert!(!is_alive(process));
    assert!(matches!(soon(turn.run()).await, Err(Error::Closed(_))));
    Ok(())
}

pub(crate) async fn one_that_dies_is_started_again(server: Server) -> Result<()> {
    let (sender, mut restored) = mpsc::unbounded_channel();
    let reconnect = Reconnect::new().on_event(move |event| {
        if let ConnectionEvent::Restored(_) = event {
            let _ = sender.send(());
        }
    });
    let answers = [
        Answer::text("I look.").phase("commentary").and(Answer::shell("echo hi")),
        Answer::from_deltas(["Half ", "more"]).gate_after(1, &Gate::new()),
        Answer::text("Next."),
    ];
    let real = server.start_with(answers, Codex::builder().reconnect(reconnect)).await;
    let config =
        ThreadConfig::new().approval_mode(ApprovalMode::DenyAll).sandbox(Sandbox::DangerFullAccess);
    let thread = soon(real.codex.thread_start(config)).await?;
    let mut turn = soon(thread.turn("Go")).await?;
    while until(&mut turn, "item/agentMessage/delta").await.item_id() != Some("msg_2_0") {}
    let pid = real.codex.server_pid().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
    kill_process(pid.unwrap(), Signal::KILL).unwrap();
    soon(restored.recv()).await.unwrap();
    let result = soon(turn.run()).await?;
    assert_eq!(result.status, TurnStatus::Interrupted);
    let commands = result.items.iter().filter(|it| matches!(it, ThreadItem::CommandExecution(_)));
    assert_eq!((commands.count(), result.items.len()), (1, 3), "{:?}", result.items);
    let next = soon(thread.run("And?")).await?;
    assert_eq!(next.final_response.as_deref(), Some("Next."));
    Ok(())
}

pub(crate) async fn the_blocking_api_is_the_same(server: Server) -> Result<()> {
    let model = MockModel::start().await.unwrap();
    model.push(Answer::text("one two").deltas(2));
    let home = model.codex_home().unwrap();
    // The mock model is served by this runtime meanwhile.
    let thread = move |home: &CodexHome| -> Result<()> {
        let builder = blocking::Codex::builder().app_server(server.install.config(home));
        let codex = builder.connect_stdio()?;
        let mut turn = codex.thread_start(ThreadConfig::new())?.turn("Count")?;
        let mut text = String::new();
        while let Some(piece) = turn.next_text() {
            text.push_str(&piece?);
        }
        assert_eq!(turn.run()?.final_response.as_deref(), Some("one two"));
        assert_eq!(text, "one two");
        codex.close()
    };
    soon(tokio::task::spawn_blocking(move || thread(&home))).await.unwrap()
}

/// Older schemas have no types for this.
pub(crate) async fn model_providers_are_listed(server: Server) -> Result<()> {
    let real = server.start([]).await;
    soon(real.codex.client().request_raw("modelProvider/list", json!({}))).await.map(|_| ())
}
