//! What cannot be meant is refused before anything is sent, by an error that names the argument.
//! What the types refuse already is in their docs.

use codex_app_server::{
    AppServerConfig, Codex, Error, ExternalMessage, ImageInput, InputItem, LocalAudioInput,
    LocalImageInput, RetryPolicy, ThreadConfig, TurnOverrides, WhenBusy,
    generated::v2_all::ModelListParams, retry_on_overload,
};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::{Value, json};

use support::{fake, fake_transport, fake_with, refused_argument, sent_params, soon, thread_of};

#[tokio::test]
async fn input_that_is_none_is_refused_wherever_it_is_taken() {
    let (server, codex) = fake(Script::new().on("turn/start", [turn_accepted()])).await;
    let thread = thread_of(&codex).await;
    let turn = soon(thread.turn("Go")).await.unwrap();
    let nothing = Vec::<InputItem>::new;
    assert_eq!(refused_argument(thread.run(nothing()).await), "input");
    assert_eq!(refused_argument(thread.turn(nothing()).await), "input");
    assert_eq!(refused_argument(turn.steer(nothing()).await), "input");
    assert_eq!(refused_argument(turn.control().steer(nothing()).await), "input");

    let message = || ExternalMessage::new("build", "3 tests failed");
    assert_eq!(refused_argument(turn.steer(message()).await), "input");
    assert_eq!(refused_argument(turn.control().steer(message()).await), "input");
    for blank in ["", " ", "\t\n"] {
        let message = ExternalMessage::new(blank, "3 tests failed");
        assert_eq!(refused_argument(thread.run(message.clone()).await), "tool_name");
        assert_eq!(refused_argument(thread.turn(message).await), "tool_name");
    }
    assert_eq!(sent_params(&server, "turn/start").len(), 1);
    assert!(sent_params(&server, "turn/steer").is_empty());
}

#[test]
fn pictures_that_are_none_are_refused() {
    assert_eq!(refused_argument(ImageInput::from_bytes(b"<svg/>")), "image");
    assert_eq!(refused_argument(ImageInput::from_file("/nowhere/a.png")), "image");
    let error = ImageInput::from_file("/nowhere/a.png").unwrap_err();
    assert!(error.to_string().contains("/nowhere/a.png"), "{error}");
}

#[cfg(unix)]
#[test]
fn paths_that_json_cannot_say_are_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let path = OsStr::from_bytes(b"/tmp/caf\xe9.png");
    assert_eq!(refused_argument(LocalImageInput::from_path(path)), "path");
    assert_eq!(refused_argument(LocalAudioInput::from_path(path)), "path");
    let error = LocalImageInput::from_path(path).unwrap_err();
    assert!(error.to_string().contains("caf"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn folders_that_json_cannot_say_are_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};
    let odd = Path::new(OsStr::from_bytes(b"/srv/caf\xe9"));
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    let config = || ThreadConfig::new().cwd(odd);
    assert_eq!(refused_argument(codex.thread_start(config()).await), "cwd");
    assert_eq!(refused_argument(codex.thread_resume("id", config()).await), "cwd");
    assert_eq!(refused_argument(codex.thread_fork("id", config()).await), "cwd");
    assert_eq!(refused_argument(thread.fork(config()).await), "cwd");
    let overrides = || TurnOverrides::new().cwd(odd);
    assert_eq!(refused_argument(thread.turn_with("Go", overrides()).await), "cwd");
    assert_eq!(refused_argument(thread.run_with("Go", overrides()).await), "cwd");
    assert_eq!(server.received().last().unwrap()["method"], "thread/start");
    assert_eq!(sent_params(&server, "thread/start").len(), 1);
}

#[tokio::test]
async fn objectives_that_are_none_are_refused() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    for objective in ["", " \n ", &"ä".repeat(4001)] {
        assert_eq!(refused_argument(thread.start_goal(objective).await), "objective");
        assert_eq!(refused_argument(thread.run_goal(objective).await), "objective");
    }
    assert_eq!(server.received().last().unwrap()["method"], "thread/start");
}

#[tokio::test]
async fn policies_that_never_call_are_refused() {
    let none = || RetryPolicy::new().max_attempts(0);
    let never = || async { panic!("called") };
    let refused: codex_app_server::Result<()> = retry_on_overload(none(), never).await;
    assert_eq!(refused_argument(refused), "max_attempts");
    for jitter in [-0.1, 1.1, f64::NAN] {
        let policy = RetryPolicy::new().jitter(jitter);
        let refused: codex_app_server::Result<()> = retry_on_overload(policy, never).await;
        assert_eq!(refused_argument(refused), "jitter");
    }
    let (server, codex) = fake(Script::new()).await;
    let call = codex.client().model_list(ModelListParams::new()).retry(none());
    assert_eq!(refused_argument(call.await), "max_attempts");
    let builder = Codex::builder().retry(none());
    let (_other, configured) = fake_with(Script::new(), builder).await;
    assert_eq!(
        refused_argument(configured.models(ModelListParams::new().include_hidden(true)).await),
        "max_attempts"
    );
    assert!(sent_params(&server, "model/list").is_empty());
}

#[tokio::test]
async fn launches_that_cannot_be_meant_are_refused() {
    let connect = async |config| Codex::builder().app_server(config).connect_stdio().await;
    for setting in ["", "no equals sign", "=1", "a..b=1"] {
        let config = AppServerConfig::new().config_override(setting);
        assert_eq!(refused_argument(connect(config).await), "config_override");
    }
    let config = AppServerConfig::new().launch_args_override(Vec::<String>::new());
    assert_eq!(refused_argument(connect(config).await), "launch_args_override");

    for missing in ["/nowhere/project", file!()] {
        let config = AppServerConfig::new().launch_args_override(["/bin/cat"]).cwd(missing);
        let error = connect(config).await.unwrap_err();
        assert!(error.to_string().contains(missing), "{error}");
        assert_eq!(refused_argument(Err::<(), _>(error)), "cwd");
    }

    let config = AppServerConfig::new().codex_bin("/nowhere/codex");
    let error = connect(config).await.unwrap_err();
    assert!(matches!(error, Error::RuntimeNotFound { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("codex_bin: /nowhere/codex is not a file"), "{text}");
}

#[tokio::test]
async fn names_that_are_no_header_value_are_refused() {
    for name in ["", "naïve", "two\nlines"] {
        let (server, transport) = fake_transport(Script::new());
        let config = AppServerConfig::new().client_info(name, "1");
        let connecting = Codex::builder().app_server(config).connect_with(transport);
        assert_eq!(refused_argument(connecting.await), "client_info");
        soon(server.exited()).await;
        assert!(server.received().is_empty());
    }
}

#[tokio::test]
async fn raw_params_that_are_no_object_are_refused() {
    let (server, codex) = fake(Script::new()).await;
    for params in [Value::Null, json!([]), json!("text")] {
        let call = codex.client().request_raw("future/method", params);
        assert_eq!(refused_argument(call.await), "params");
    }
    assert!(sent_params(&server, "future/method").is_empty());
}

#[tokio::test]
async fn a_turn_beside_a_goal_is_refused() {
    let turn = json!({"id": "turn-1", "rootTurnId": "turn-1", "items": [], "itemsView": "notLoaded",
                      "status": "inProgress"});
    let goal = json!({"threadId": "{{threadId}}", "objective": "o", "status": "active", "createdAt": 1,
                      "updatedAt": 1, "timeUsedSeconds": 0, "tokensUsed": 0});
    let script =
        Script::new().on("thread/goal/clear", [Action::respond(json!({"cleared": false}))]).on(
            "thread/goal/set",
            [
                Action::respond(json!({"goal": goal})),
                Action::notify("turn/started", json!({"threadId": "{{threadId}}", "turn": turn})),
            ],
        );
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let goal = soon(thread.start_goal("o")).await.unwrap();
    assert_eq!(refused_argument(thread.run("Go").await), "thread");
    assert_eq!(refused_argument(thread.turn("Go").await), "thread");
    // It is not waited for, either.
    let waiting = thread.run_with("Go", TurnOverrides::new().when_busy(WhenBusy::Wait));
    assert_eq!(refused_argument(soon(waiting).await), "thread");
    assert!(sent_params(&server, "turn/start").is_empty());
    // Other threads are free, and so is this one after the goal.
    soon(thread_of(&codex).await.run("Go")).await.unwrap();
    drop(goal);
    soon(thread.run("Go")).await.unwrap();
}
