//! Pages of other sites, which the same browser may have open, can do nothing here.

use codex_app_server_testkit::{Answer, Gate};
use serde_json::json;

use crate::{browser::in_browser, service::Service};

const POST: &str = "(url, mode) => fetch(url, {method: 'POST', mode, body: '{\"text\": \"hi\"}', \
                    headers: {'content-type': mode === 'no-cors' ? 'text/plain' : \
                    'application/json'}}).then((response) => response.status)";

#[tokio::test]
async fn another_name_for_this_machine_is_refused() {
    let service = Service::start([]).await;
    in_browser(|page| async move {
        // What a site does whose name resolves to this machine from the second time on.
        let other = service.url("/").replace("127.0.0.1", "rebound.test");
        page.open(&other).await;
        page.until("body", "Not from here").await;
        let message = format!("{other}api/messages");
        assert_eq!(page.run(POST, &[&message, "same-origin"]).await, json!(403));
        // The name that people type is no other.
        page.open(&service.url("/").replace("127.0.0.1", "localhost")).await;
        page.until("h1", "codex").await;
    })
    .await;
}

#[tokio::test]
async fn another_site_can_send_nothing() {
    let gate = Gate::new();
    let service =
        Service::start([Answer::from_deltas(["One, ", "two."]).gate_after(1, &gate)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Count").await;
        page.until(".agent", "One, ").await;
        let thread = page.address().await;
        let interrupt = format!("{}/interrupt", thread.replace("/threads/", "/api/threads/"));

        // A server on the same machine that has nothing to do with this one.
        page.open(&service.model.base_url()).await;
        // It is sent, but of the response the browser tells nothing.
        assert_eq!(page.run(POST, &[&interrupt, "no-cors"]).await, json!(0));
        let refused = page.run(POST, &[&interrupt, "cors"]).await;
        assert!(refused.as_str().is_some_and(|why| why.contains("Failed to fetch")), "{refused}");

        gate.open();
        page.open(&thread).await;
        page.until("#status", "completed").await;
        assert_eq!(page.texts(".agent").await, ["One, two."]);
    })
    .await;
}
