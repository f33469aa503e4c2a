//! Logging in and out, as far as that goes without the network.

use codex_app_server::{
    Codex,
    generated::v2_all::{Account, CancelLoginAccountStatus, GetAccountParams},
};

use crate::login_port;
use support::{Real, begin, offline, soon};

#[tokio::test]
async fn an_api_key_logs_in_and_out() {
    let real = Real::start([]).await;
    // The mock provider needs no account, and then the server shows none.
    let config = offline(&real.home).config_override("model_provider=\"openai\"");
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    assert_eq!(soon(codex.account(GetAccountParams::new())).await.unwrap().account, None);
    soon(codex.login_api_key("sk-secret")).await.unwrap();
    let account = soon(codex.account(GetAccountParams::new())).await.unwrap().account;
    assert!(matches!(account, Some(Account::ApiKey)), "{account:?}");
    soon(codex.logout()).await.unwrap();
    assert_eq!(soon(codex.account(GetAccountParams::new())).await.unwrap().account, None);
}

#[tokio::test]
async fn a_cancelled_login_ends_its_own_waiter() {
    let _port = login_port::alone().await;
    let real = Real::start([]).await;
    let mut login = soon(real.codex.login_chatgpt()).await.unwrap();
    assert!(login.auth_url().starts_with("https://"), "{}", login.auth_url());
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
    let _port = login_port::alone().await;
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
