//! Text beyond ASCII, both ways through the real process.

use codex_app_server_testkit::Answer;

use support::{Real, TEXT, soon, streamed_text};

#[tokio::test]
async fn text_passes_both_ways_through_the_real_process() {
    let pieces: Vec<_> = TEXT.chars().map(String::from).collect();
    let real = Real::start([Answer::from_deltas(&pieces)]).await;
    let thread = real.thread().await;
    let mut turn = soon(thread.turn(TEXT)).await.unwrap();
    assert_eq!(streamed_text(&mut turn).await, TEXT);
    let result = soon(turn.run()).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some(TEXT));
    assert_eq!(real.model.next_request().await.user_text(), TEXT);

    soon(thread.set_name("名前 🦀")).await.unwrap();
    let read = soon(thread.read_with_turns()).await.unwrap();
    assert_eq!(read.name.as_deref(), Some("名前 🦀"));
    assert_eq!(read.preview, TEXT);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_prints_what_it_was_given() {
    let real =
        Real::start([Answer::shell(format!("printf '%s' '{TEXT}'")), Answer::tool_output()]).await;
    let result = soon(real.thread().await.run("Print")).await.unwrap();
    let answer = result.final_response.unwrap();
    assert!(answer.contains(TEXT), "{answer}");
}
