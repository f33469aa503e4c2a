//! What is said is seen as it is written, on every page of the thread, and again after a reload.

use codex_app_server_testkit::{Answer, Gate};

use crate::{browser::in_browser, service::Service};

/// A message of which the last part waits.
fn in_two_parts(gate: &Gate) -> Answer {
    Answer::from_deltas(["The first part. ", "The second part."]).gate_after(1, gate)
}

#[tokio::test]
async fn text_is_seen_before_all_of_it_is_written() {
    let gate = Gate::new();
    let service = Service::start([in_two_parts(&gate)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Tell me in two parts").await;
        page.until(".user", "Tell me in two parts").await;
        page.until(".agent", "The first part. ").await;
        assert_eq!(page.texts(".agent").await, ["The first part. "]);
        assert_eq!(page.texts("#status").await, ["working…"]);
        gate.open();
        page.until("#status", "completed").await;
        assert_eq!(page.texts(".agent").await, ["The first part. The second part."]);

        // The thread is in the address.
        let address = page.address().await;
        let id = address.strip_prefix(&service.url("/threads/")).expect("it names the thread");
        assert_eq!(id.len(), 36, "{id}");
    })
    .await;
}

#[tokio::test]
async fn a_reload_in_the_middle_of_a_turn_shows_all_of_it() {
    let gate = Gate::new();
    let service = Service::start([Answer::text("An answer."), in_two_parts(&gate)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("A question").await;
        page.until("#status", "completed").await;
        page.say("Now in two parts").await;
        page.until(".agent", "The first part.").await;
        page.reload().await;
        page.until(".agent", "The first part.").await;
        assert_eq!(
            page.texts("main > *").await,
            ["A question", "An answer.", "Now in two parts", "The first part. ",]
        );
        gate.open();
        page.until("#status", "completed").await;
        assert_eq!(page.texts(".agent").await, ["An answer.", "The first part. The second part."]);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_goes_away_stops_no_turn() {
    let gate = Gate::new();
    let service = Service::start([in_two_parts(&gate)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Tell me").await;
        page.until(".agent", "The first part.").await;
        let address = page.address().await;
        page.open("about:blank").await;
        gate.open();
        page.open(&address).await;
        page.until("#status", "completed").await;
        assert_eq!(page.texts(".agent").await, ["The first part. The second part."]);
    })
    .await;
}

#[tokio::test]
async fn threads_run_at_the_same_time_and_windows_share_one() {
    let gate = Gate::new();
    let service = Service::start([in_two_parts(&gate), Answer::text("Another answer.")]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Tell me").await;
        page.until(".agent", "The first part.").await;
        let first = page.address().await;

        let first_window = page.other_window().await;
        page.open(&service.url("/")).await;
        page.say("And me").await;
        page.until("#status", "completed").await;
        assert_eq!(page.texts("main > *").await, ["And me", "Another answer."]);

        // What the one window says, the other shows.
        page.open(&first).await;
        page.until(".agent", "The first part.").await;
        service.model.push(Answer::text("Both of us."));
        gate.open();
        page.until("#status", "completed").await;
        page.say("Who reads this?").await;
        page.until(".agent", "Both of us.").await;
        let here = page.texts("main > *").await;
        page.go_to(first_window).await;
        page.until(".agent", "Both of us.").await;
        assert_eq!(page.texts("main > *").await, here);
    })
    .await;
}

#[tokio::test]
async fn text_is_text_and_no_page() {
    let html = "<img src=x onerror=\"document.title='caught'\"><b>bold</b>";
    let service = Service::start([Answer::text(html)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say(html).await;
        page.until("#status", "completed").await;
        assert_eq!(page.texts("main > *").await, [html, html]);
        assert_eq!(page.texts("main img, main b").await, Vec::<String>::new());
        assert_eq!(page.texts("title").await, ["codex"]);
    })
    .await;
}

#[tokio::test]
async fn errors_are_seen() {
    let service = Service::start([Answer::status(418)]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Anything").await;
        page.until(".error", "418").await;
        page.until("#status", "failed").await;

        page.open(&service.url("/threads/00000000-0000-0000-0000-000000000000")).await;
        page.until(".error", "thread/resume").await;
    })
    .await;
}

#[tokio::test]
async fn a_turn_is_stopped_by_a_click() {
    let service =
        Service::start([Answer::from_deltas(["Never "]).gate_after(1, &Gate::new())]).await;
    in_browser(|page| async move {
        page.open(&service.url("/")).await;
        page.say("Begin").await;
        page.until(".agent", "Never ").await;
        page.click("#stop").await;
        page.until("#status", "interrupted").await;
    })
    .await;
}
