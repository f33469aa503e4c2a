//! Who is logged in, logging in in three ways, and logging out. What to do is said in words:
//! `account`, `api-key` (the key is in `OPENAI_API_KEY`), `browser`, `device-code`, `logout`.
//!
//! `cargo run --example 15_login_and_account -- --mock account api-key account logout`
//!
//! Without `--mock` it is your own login that changes.

mod support;

use std::error::Error;

use codex_app_server::{
    Codex,
    protocol::{Account, AccountLoginCompletedNotification, GetAccountParams},
};
use tokio::sync::mpsc;

use support::Mock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut ctrl_c = support::ctrl_c();
    let mock = Mock::script([]).await?;
    let mut app_server = mock.app_server();
    if mock.is_active() {
        // The stand-in knows no login, and codex then shows no account.
        app_server = app_server.config_override("model_provider=\"openai\"");
    }
    let codex = Codex::builder().app_server(app_server).connect_stdio().await?;

    let mut words = support::words();
    if words.is_empty() {
        words.push("account".into());
    }
    for word in words {
        match word.as_str() {
            "account" => account(&codex).await?,
            "api-key" => {
                let key = std::env::var("OPENAI_API_KEY")
                    .map_err(|_| "set OPENAI_API_KEY to the key to log in with")?;
                codex.login_api_key(key).await?;
                println!("logged in with the API key");
            }
            "browser" => browser(&codex, &mut ctrl_c).await?,
            "device-code" => device_code(&codex, &mut ctrl_c).await?,
            "logout" => {
                codex.logout().await?;
                println!("logged out");
            }
            other => return Err(format!("{other:?} is none of the words").into()),
        }
    }
    codex.close().await;
    Ok(())
}

async fn account(codex: &Codex) -> codex_app_server::Result<()> {
    match codex.account(GetAccountParams::new()).await?.account {
        Some(Account::Chatgpt(account)) => {
            let email = account.email.as_deref().unwrap_or("(no address)");
            println!("logged in as {email}, plan {}", account.plan_type);
        }
        Some(other) => println!("logged in by {}", other.tag()),
        None => println!("not logged in"),
    }
    Ok(())
}

async fn browser(codex: &Codex, ctrl_c: &mut mpsc::Receiver<()>) -> codex_app_server::Result<()> {
    let mut login = codex.login_chatgpt().await?;
    println!("open {}", login.auth_url());
    println!("Ctrl-C cancels");
    let completed = tokio::select! {
        completed = login.wait() => completed?,
        _ = ctrl_c.recv() => {
            login.cancel().await?;
            login.wait().await?
        }
    };
    report(&completed);
    Ok(())
}

async fn device_code(
    codex: &Codex,
    ctrl_c: &mut mpsc::Receiver<()>,
) -> codex_app_server::Result<()> {
    let mut login = codex.login_chatgpt_device_code().await?;
    println!("open {}", login.verification_url());
    println!("and type {} there; Ctrl-C cancels", login.user_code());
    let completed = tokio::select! {
        completed = login.wait() => completed?,
        _ = ctrl_c.recv() => {
            login.cancel().await?;
            login.wait().await?
        }
    };
    report(&completed);
    Ok(())
}

fn report(completed: &AccountLoginCompletedNotification) {
    match &completed.error {
        _ if completed.success => println!("logged in"),
        Some(error) => println!("not logged in: {error}"),
        None => println!("not logged in"),
    }
}
