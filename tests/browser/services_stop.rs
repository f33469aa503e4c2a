//! A service that is told to stop lets running turns end, for a while, and leaves nothing behind.

use codex_app_server_testkit::{Answer, Gate};
use rustix::process::Signal;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use support::soon;

use crate::{browser::in_browser, service::Service};

#[tokio::test]
async fn a_running_turn_may_end_but_none_may_begin() {
    let gate = Gate::new();
    let answer = Answer::from_deltas(["The first part. ", "The second part."]);
    let mut service = Service::start([answer.gate_after(1, &gate)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Tell me").await;
        page.until(".agent", "The first part.").await;
        service.signal(Signal::TERM);
        page.say("And what else?").await;
        page.until(".error", "stopping").await;
        gate.open();
        page.until(".agent", "The second part.").await;
        service.ends().await;
        page.until("#status", "does not answer").await;
        assert_eq!(service.model.requests().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_does_not_end_is_interrupted_and_is_there_after_a_restart() {
    let answer = Answer::from_deltas(["Never "]).gate_after(1, &Gate::new());
    let mut service = Service::start([Answer::text("An answer."), answer]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("A question").await;
        page.until("#status", "completed").await;
        page.say("Begin").await;
        page.until(".agent", "Never ").await;
        service.signal(Signal::INT);
        page.until("#status", "interrupted").await;
        service.ends().await;

        // The page finds the service again by itself.
        page.until("#status", "does not answer").await;
        service.restart().await;
        page.until("#status", "interrupted").await;
        page.until(".agent", "An answer.").await;
        service.model.push(Answer::text("Here I am."));
        page.say("Are you there?").await;
        page.until(".agent", "Here I am.").await;
        service.signal(Signal::TERM);
        service.ends().await;
    })
    .await;
}

#[tokio::test]
async fn who_never_hangs_up_holds_nothing_up() {
    let mut service = Service::start([]).await;
    let url = service.url("");
    let address = url.strip_prefix("http://").unwrap();
    let mut half_a_request = soon(TcpStream::connect(address)).await.unwrap();
    soon(half_a_request.write_all(b"GET / HTTP/1.1\r\n")).await.unwrap();
    service.signal(Signal::TERM);
    service.ends().await;
}
