//! What a server prints that is no message.

use codex_app_server::{CloseReason, Codex, Error};
use codex_app_server_testkit::{Action, Script, turn_accepted, turn_events};

use support::{fake, fake_process, soon, thread_of};

#[tokio::test]
async fn stray_output_of_a_process_is_skipped_counted_and_shown() {
    let script = Script::new().on(
        "turn/start",
        [
            vec![Action::raw("npm notice: buy a newer npm"), turn_accepted()],
            vec![Action::raw("42")],
            turn_events("fine", 1),
        ]
        .concat(),
    );
    let (_folder, config) = fake_process(&script);
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let mut events = codex.client().events();
    let result = soon(thread_of(&codex).await.run("Go")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("fine"));
    assert_eq!(codex.client().stray_lines(), 2);

    let mut stray = Vec::new();
    while stray.len() < 2 {
        if let Err(Error::StrayOutput { line, .. }) = soon(events.next()).await.unwrap() {
            stray.push(line);
        }
    }
    assert_eq!(stray, ["npm notice: buy a newer npm", "42"]);
    soon(codex.close()).await;
}

#[tokio::test]
async fn elsewhere_a_line_that_is_no_message_ends_the_connection() {
    let (server, codex) = fake(Script::new()).await;
    let mut events = codex.client().events();
    soon(server.send_raw("<html>502</html>\n")).await.unwrap();
    let error = soon(events.next()).await.unwrap().unwrap_err();
    let Error::Closed(closed) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(closed.reason, CloseReason::BadMessage("<html>502</html>".into()));
    assert!(events.next().await.is_none());
}
