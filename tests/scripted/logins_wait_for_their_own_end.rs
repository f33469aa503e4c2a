//! Logging in, beyond what the real codex does without the network.

use codex_app_server::generated::v2_all::CancelLoginAccountStatus;
use codex_app_server_testkit::{Action, Script};
use serde_json::json;

use support::{begin, fake, sent_params, soon};

fn login_completed(login_id: &str, success: bool) -> Action {
    let params = json!({"loginId": login_id, "success": success, "error": null});
    Action::notify("account/login/completed", params)
}

fn browser_login(login_id: &str) -> Action {
    let url = format!("https://example.com/{login_id}");
    Action::respond(json!({"type": "chatgpt", "loginId": login_id, "authUrl": url}))
}

#[tokio::test]
async fn each_of_two_logins_waits_for_its_own_end() {
    let script = Script::new().on("account/login/start", [browser_login("a")]).on(
        "account/login/start",
        [browser_login("b"), login_completed("c", true), login_completed("b", true)],
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
async fn a_login_that_completes_before_the_response_is_complete() {
    let script = Script::new().on(
        "account/login/start",
        [login_completed("other", false), login_completed("quick", true), browser_login("quick")],
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
            [Action::respond(json!({"status": "canceled"})), login_completed("device", false)],
        )
        .on("account/login/cancel", [Action::respond(json!({"status": "notFound"}))]);
    let (server, codex) = fake(script).await;
    let mut login = soon(codex.login_chatgpt_device_code()).await.unwrap();
    assert_eq!(login.login_id(), "device");
    assert_eq!(login.verification_url(), "https://example.com/device");
    assert_eq!(login.user_code(), "ABCD-1234");
    assert_eq!(sent_params(&server, "account/login/start"), [json!({"type": "chatgptDeviceCode"})]);

    begin(&mut Box::pin(login.wait())).await;
    let status = soon(login.cancel()).await.unwrap();
    assert_eq!(status, CancelLoginAccountStatus::Canceled);
    assert_eq!(sent_params(&server, "account/login/cancel"), [json!({"loginId": "device"})]);
    assert!(!soon(login.wait()).await.unwrap().success);
    let again = soon(login.cancel()).await.unwrap();
    assert_eq!(again, CancelLoginAccountStatus::NotFound);
}

#[tokio::test]
async fn a_connection_that_ends_ends_the_wait_for_a_login() {
    let script = Script::new()
        .on("account/login/start", [browser_login("a"), Action::wait("waiting"), Action::exit(1)]);
    let (server, codex) = fake(script).await;
    let mut login = soon(codex.login_chatgpt()).await.unwrap();
    let mut waiting = Box::pin(login.wait());
    begin(&mut waiting).await;
    server.gate("waiting").open();
    assert!(soon(waiting).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn a_response_of_another_kind_of_login_is_an_error() {
    let response = Action::respond(json!({"type": "apiKey"}));
    let (_server, codex) = fake(Script::new().on("account/login/start", [response])).await;
    let error = soon(codex.login_chatgpt()).await.unwrap_err();
    assert!(format!("{error:?}").contains("another kind of login"), "{error}");
}
