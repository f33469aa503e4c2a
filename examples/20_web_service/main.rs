//! A chat in the browser: one connection to codex, with any number of pages and threads on it.
//!
//! `cargo run --example 20_web_service -- --mock`
//!
//! - here: how the service starts and stops;
//! - `chat.rs`: a conversation, with what needs somebody's approval, as all of its pages show it;
//! - `web.rs`: the routes, and who may use them;
//! - `page.html`, `page.css`, `page.js`: the page, without a build step.
//!
//! Only this machine can reach it, but all of its users: where there are others, it needs a login.

#[path = "../support/mod.rs"]
mod support;

mod chat;
mod web;

use std::{env, error::Error, io, net::Ipv4Addr, time::Duration};

use codex_app_server::Codex;
use codex_app_server_testkit::{Answer, ModelRequest};
use serde_json::json;
use tokio::{net::TcpListener, select, signal, time::sleep};

use chat::Chats;
use support::Mock;
use web::Phase;

/// How long running turns may go on once the service is told to stop, and interrupted ones.
const GRACE: Duration = Duration::from_secs(5);

/// How long a browser may take to hang up after that.
const HANG_UP: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::respond(stand_in).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port()?)).await?;
    let address = listener.local_addr()?;

    // A loop takes what needs an approval at once; the person may take longer than this.
    let builder = Codex::builder().app_server(mock.app_server()).hold_requests(GRACE);
    let codex = builder.connect_stdio().await?;
    let chats = Chats::new(codex.clone());
    tokio::spawn(chats.clone().ask_for_approvals());
    let told_to_stop = stop_signal()?;
    println!("Open http://{address}");

    let (service, phase) = web::service(chats.clone(), address);
    let mut is_over = phase.subscribe();
    let stop = async move {
        told_to_stop.await;
        // No new turns from here on; pages see the others end, and may still reply.
        phase.send_replace(Phase::Stopping);
        chats.finish(GRACE).await;
        phase.send_replace(Phase::Over);
    };
    let too_late = async move {
        let _ = is_over.wait_for(|phase| *phase == Phase::Over).await;
        sleep(HANG_UP).await;
    };
    select! {
        served = axum::serve(listener, service).with_graceful_shutdown(stop) => served?,
        () = too_late => {}
    }
    codex.close().await;
    println!("Stopped");
    Ok(())
}

/// The number after `--port`; 0 is any that is free.
fn port() -> Result<u16, Box<dyn Error>> {
    let given = env::args().skip_while(|arg| arg != "--port").nth(1);
    Ok(given.as_deref().unwrap_or("8020").parse()?)
}

/// Ends with Ctrl-C, or with what else tells a service to stop, and hears of it from now on.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    #[cfg(windows)]
    let (mut interrupt, mut terminate) =
        (signal::windows::ctrl_c()?, signal::windows::ctrl_shutdown()?);
    Ok(async move {
        select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// What `--mock` says.
fn stand_in(request: &ModelRequest) -> Answer {
    let last = request.input().last().and_then(|item| item["type"].as_str());
    if let Some("function_call_output" | "custom_tool_call_output") = last {
        return Answer::text("That is what came of it.").deltas(6);
    }
    let text = request.user_text();
    match text.split_once(' ') {
        Some(("run", command)) => {
            let call = json!({"cmd": command, "justification": "You have asked for it.",
                              "sandbox_permissions": "require_escalated"});
            Answer::tool_call("exec_command", None, call)
        }
        Some(("write", text)) => {
            Answer::patch(format!("*** Begin Patch\n*** Add File: note\n+{text}\n*** End Patch\n"))
        }
        _ => Answer::text(format!("You said “{text}”. Say “run date”, or “write a note”."))
            .deltas(40)
            .slow(Duration::from_millis(30)),
    }
}
