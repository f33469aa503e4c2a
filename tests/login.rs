//! Logging in and out: on the real codex as far as that goes without the network, beyond that on a
//! scripted server.

mod support;

use codex_app_server::{
    Codex,
    generated::v2_all::{Account, CancelLoginAccountStatus},
};
use codex_app_server_testkit::{Action, Script};
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};

use support::{Real, begin, fake, offline, sent, soon};

/// The real codex waits for the browser at one port of the machine, and sends away whoever else
/// does.
async fn alone() -> MutexGuard<'static, ()> {
    static PORT: Mutex<()> = Mutex::const_new(());
    PORT.lock().await
}

fn completed(login_id: &str, success: bool) -> Action {
    let params = json!({"loginId": login_id, "success": success, "error": null});
    Action::notify("account/login/completed", params)
}

fn browser_started(login_id: &str) -> Action {
    let url = format!("https://example.com/{login_id}");
    Action::respond(json!({"type": "chatgpt", "loginId": login_id, "authUrl": url}))
}

#[tokio::test]
async fn an_api_key_logs_in_and_out() {
    let real = Real::start([]).await;
    // The mock provider needs no account, and then the server shows none.
    let config = offline(&real.home).config_override("model_provider=\"openai\"");
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    assert_eq!(soon(codex.account(false)).await.unwrap().account, None);
    soon(codex.login_api_key("sk-secret")).await.unwrap();
    let account = soon(codex.account(false)).await.unwrap().account;
    assert!(matches!(account, Some(Account::ApiKey)), "{account:?}");
    soon(codex.logout()).await.unwrap();
    assert_eq!(soon(codex.account(false)).await.unwrap().account, None);
}

#[tokio::test]
async fn a_cancelled_login_ends_its_own_waiter() {
    let _alone = alone().await;
    let real = Real::start([]).await;
    let mut login = soon(real.codex.login_chatgpt()).await.unwrap();
    assert!(login.auth_url.starts_with("https://"), "{}", login.auth_url);
    let status = soon(login.cancel()).await.unwrap();
    assert_eq!(status, CancelLoginAccountStatus::Canceled);
    let completed = soon(login.wait()).await.unwrap();
    assert!(!completed.success);
    assert_eq!(completed.login_id.as_deref(), Some(login.login_id()));
    assert_eq!(soon(login.wait()).await.unwrap(), completed);
    let again = soon(login.cancel()).await.unwrap();
    assert_eq!(again, CancelLoginAccountStatus::NotFound);
}

#[tokio::test]
async fn a_login_that_replaces_another_ends_only_that_one() {
    let _alone = alone().await;
    let real = Real::start([]).await;
    let mut first = soon(real.codex.login_chatgpt()).await.unwrap();
    let mut second = soon(real.codex.login_chatgpt()).await.unwrap();
    assert_ne!(first.login_id(), second.login_id());

    let replaced = soon(first.wait()).await.unwrap();
    assert!(!replaced.success);
    assert_eq!(replaced.login_id.as_deref(), Some(first.login_id()));
    // The second has heard that, too, and goes on.
    begin(&mut Box::pin(second.wait())).await;
    let status = soon(second.cancel()).await.unwrap();
    assert_eq!(status, CancelLoginAccountStatus::Canceled);
    let cancelled = soon(second.wait()).await.unwrap();
    assert_eq!(cancelled.login_id.as_deref(), Some(second.login_id()));
}

#[tokio::test]
async fn each_of_two_logins_waits_for_its_own_end() {
    let script = Script::new().on("account/login/start", [browser_started("a")]).on(
        "account/login/start",
        [browser_started("b"), completed("c", true), completed("b", true)],
    );
    let (server, codex) = fake(script).await;
    let mut a = soon(codex.login_chatgpt()).await.unwrap();
    let mut b = soon(codex.login_chatgpt()).await.unwrap();
    assert!(soon(b.wait()).await.unwrap().success);
    begin(&mut Box::pin(a.wait())).await;
    let end = json!({"method": "account/login/completed",
                     "params": {"loginId": "a", "success": false, "error": "too late"}});
    soon(server.send(end)).await.unwrap();
    let ended = soon(a.wait()).await.unwrap();
    assert_eq!((ended.success, ended.error.as_deref()), (false, Some("too late")));
}

#[tokio::test]
async fn a_login_that_completes_before_its_start_is_answered_is_complete() {
    let script = Script::new().on(
        "account/login/start",
        [completed("other", false), completed("quick", true), browser_started("quick")],
    );
    let (_server, codex) = fake(script).await;
    let mut login = soon(codex.login_chatgpt()).await.unwrap();
    assert!(soon(login.wait()).await.unwrap().success);
}

#[tokio::test]
async fn a_device_code_is_shown_waited_for_and_cancelled() {
    let started = json!({"type": "chatgptDeviceCode", "loginId": "device", "userCode": "ABCD-1234",
                         "verificationUrl": "https://example.com/device"});
    let script = Script::new()
        .on("account/login/start", [Action::respond(started)])
        .on(
            "account/login/cancel",
            [Action::respond(json!({"status": "canceled"})), completed("device", false)],
        )
        .on("account/login/cancel", [Action::respond(json!({"status": "notFound"}))]);
    let (server, codex) = fake(script).await;
    let mut login = soon(codex.login_chatgpt_device_code()).await.unwrap();
    assert_eq!(login.login_id(), "device");
    assert_eq!(login.verification_url, "https://example.com/device");
    assert_eq!(login.user_code, "ABCD-1234");
    assert_eq!(sent(&server, "account/login/start"), [json!({"type": "chatgptDeviceCode"})]);

    begin(&mut Box::pin(login.wait())).await;
    let status = soon(login.cancel()).await.unwrap();
    assert_eq!(status, CancelLoginAccountStatus::Canceled);
    assert_eq!(sent(&server, "account/login/cancel"), [json!({"loginId": "device"})]);
    assert!(!soon(login.wait()).await.unwrap().success);
    let again = soon(login.cancel()).await.unwrap();
    assert_eq!(again, CancelLoginAccountStatus::NotFound);
}

#[tokio::test]
async fn a_connection_that_ends_ends_the_wait_for_a_login() {
    let script = Script::new().on(
        "account/login/start",
        [browser_started("a"), Action::wait("waiting"), Action::exit(1)],
    );
    let (server, codex) = fake(script).await;
    let mut login = soon(codex.login_chatgpt()).await.unwrap();
    let mut waiting = Box::pin(login.wait());
    begin(&mut waiting).await;
    server.gate("waiting").open();
    assert!(soon(waiting).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn an_answer_of_another_kind_of_login_is_an_error() {
    let answer = Action::respond(json!({"type": "apiKey"}));
    let (_server, codex) = fake(Script::new().on("account/login/start", [answer])).await;
    let error = soon(codex.login_chatgpt()).await.unwrap_err();
    assert!(error.to_string().contains("another kind of login"), "{error}");
}
