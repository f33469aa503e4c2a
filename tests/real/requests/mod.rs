//! Every request of the protocol against the real codex: each gets a typed response or a typed
//! refusal, and never one that does not decode.
//!
//! The modules are the table, by area, with a line per call. What would reach a network, a login or
//! a person is asked for in a way that the server refuses by itself; behind that, the server's
//! proxy is a port where nobody listens, and its home folder is a temporary one. What each request
//! does was measured on Linux; elsewhere some ask a person or change the system.

mod account;
mod calls;
mod files;
mod mcp;
mod plugins;
mod server;
mod settings;
mod threads;
mod turns;
mod world;

use codex_app_server::generated::v2_all::ServerNotification;

use calls::Calls;
use support::soon;
use world::World;

/// So many requests get a response, and not a refusal: response types are really read.
const RESPONSES: usize = 150;

#[tokio::test]
async fn every_request_gets_a_response_or_a_refusal() {
    let world = World::start().await;
    let calls = Calls::new(world.codex.client());
    let mut events = calls.events();
    server::all(&calls).await;
    files::all(&calls, &world).await;
    settings::all(&calls, &world).await;
    plugins::all(&calls, &world).await;
    threads::all(&calls, &world).await;
    turns::all(&calls, &world).await;
    // Last: it makes another provider the default.
    account::all(&calls).await;

    // What the server has told meanwhile is typed as well.
    world.codex.close().await;
    while let Some(Ok(event)) = soon(events.next()).await {
        assert!(!matches!(event, ServerNotification::Unknown(_)), "{event:?}");
    }

    let (responses, refused) = calls.complete();
    println!("{responses} requests had a response, {refused} refused");
    assert!(responses >= RESPONSES, "only {responses} requests had a response");
}
