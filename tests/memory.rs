//! What was read, and what nobody will read, takes no memory. Linux tells how much a process has
//! had at most.
#![cfg(target_os = "linux")]

mod support;

use std::{env, process::Command};

use codex_app_server_testkit::{
    Action, FakeServer, Script, turn_accepted, turn_ended, turn_started,
};

use support::{fake, soon, thread_of};

const MIB: usize = 1 << 20;

/// What a process takes besides: less than a flood, more than nothing.
const SLACK: usize = 12 * MIB;

/// Each test has a process of its own, so that nothing hides in what another has taken before:
/// whether this is it. If not, it was run.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "MEMORY_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut process = Command::new(env::current_exe().unwrap());
    let status = process.args(["--exact", test]).env(ALONE, "1").status();
    assert!(status.unwrap().success());
    false
}

/// The most memory that this process has had so far, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.unwrap().parse::<usize>().unwrap() << 10
}

/// Deltas with this much text.
fn flood(bytes: usize) -> Action {
    Action::deltas(bytes >> 10, &"x".repeat(1 << 10))
}

async fn opened(server: &FakeServer, gate: &str) {
    soon(server.gate(gate).opened()).await;
}

#[tokio::test]
async fn deltas_that_were_read_are_freed() {
    if !is_alone("deltas_that_were_read_are_freed") {
        return;
    }
    let actions =
        [vec![turn_accepted()], turn_started(), vec![flood(24 * MIB)], turn_ended("completed")];
    let (_server, codex) = fake(Script::new().on("turn/start", actions.concat())).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    let (before, mut read) = (peak(), 0);
    while let Some(text) = soon(turn.next_text()).await {
        read += text.unwrap().len();
    }
    assert_eq!(read, 24 * MIB);
    let grown = peak() - before;
    assert!(grown < SLACK, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn a_dropped_handle_frees_what_it_had_not_read_and_hears_nothing_more() {
    if !is_alone("a_dropped_handle_frees_what_it_had_not_read_and_hears_nothing_more") {
        return;
    }
    let rounds = 5;
    let mut script = Script::new();
    for round in 0..rounds {
        let actions = [
            vec![turn_accepted()],
            turn_started(),
            vec![flood(8 * MIB), Action::open(&format!("unread {round}"))],
            vec![Action::wait(&format!("dropped {round}")), flood(8 * MIB)],
            // No end: with it all of the turn would be forgotten.
            vec![Action::open(&format!("over {round}"))],
        ];
        script = script.on("turn/start", actions.concat());
    }
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    // The allocator has settled after two rounds.
    let mut settled = 0;
    for round in 0..rounds {
        let turn = soon(thread.turn("Go")).await.unwrap();
        opened(&server, &format!("unread {round}")).await;
        drop(turn);
        server.gate(&format!("dropped {round}")).open();
        opened(&server, &format!("over {round}")).await;
        if round < 2 {
            settled = peak();
        }
    }
    let grown = peak() - settled;
    assert!(grown < SLACK, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn turns_that_nobody_registered_for_leave_nothing_behind() {
    if !is_alone("turns_that_nobody_registered_for_leave_nothing_behind") {
        return;
    }
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    soon(thread.run("Go")).await.unwrap();
    let before = peak();
    let text = "x".repeat(1 << 10);
    for ghost in 0..100 {
        let lines: String = (0..250)
            .map(|n| {
                let params = format!(
                    r#"{{"threadId":"thread-1","turnId":"ghost-{ghost}-{n}","itemId":"i","delta":"{text}"}}"#
                );
                format!("{{\"method\":\"item/agentMessage/delta\",\"params\":{params}}}\n")
            })
            .collect();
        soon(server.send_raw(lines)).await.unwrap();
        // The fake does not hold more than this at once.
        soon(thread.read(false)).await.unwrap();
    }
    let result = soon(thread.run("Still there?")).await.unwrap();
    assert_eq!(result.final_response.as_deref(), Some("Done."));
    let grown = peak() - before;
    assert!(grown < SLACK, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn what_is_unread_does_not_keep_what_was_read_beside_it() {
    if !is_alone("what_is_unread_does_not_keep_what_was_read_beside_it") {
        return;
    }
    let (server, codex) = fake(Script::new().on("turn/start", [turn_accepted()])).await;
    let thread = thread_of(&codex).await;
    let _unread = soon(thread.turn("Go")).await.unwrap();
    let line = |turn: &str| {
        let params = format!(
            r#"{{"threadId":"thread-1","turnId":"{turn}","itemId":"i","delta":"{}"}}"#,
            "x".repeat(1 << 10)
        );
        format!("{{\"method\":\"item/agentMessage/delta\",\"params\":{params}}}\n")
    };
    let lines = line("turn-1") + &line("ghost").repeat(60);
    let mut settled = 0;
    for round in 0..1000 {
        soon(server.send_raw(lines.clone())).await.unwrap();
        soon(thread.read(false)).await.unwrap();
        if round < 100 {
            settled = peak();
        }
    }
    let grown = peak() - settled;
    assert!(grown < SLACK, "{} MiB more", grown / MIB);
}

#[tokio::test]
async fn a_start_that_is_cancelled_as_its_answer_arrives_hears_nothing() {
    if !is_alone("a_start_that_is_cancelled_as_its_answer_arrives_hears_nothing") {
        return;
    }
    let rounds = 5;
    let mut script = Script::new();
    for round in 0..rounds {
        let actions = [
            turn_accepted(),
            Action::wait(&format!("dropped {round}")),
            flood(8 * MIB),
            Action::open(&format!("over {round}")),
        ];
        script = script.on("turn/start", actions);
    }
    let (server, codex) = fake(script).await;
    let thread = thread_of(&codex).await;
    let mut settled = 0;
    for round in 0..rounds {
        let mut start = Box::pin(thread.turn("Go"));
        support::begin(&mut start).await;
        soon(server.next_received("turn/start")).await;
        // The answer to the start came before this one, and nobody has looked at it.
        soon(thread.read(false)).await.unwrap();
        drop(start);
        server.gate(&format!("dropped {round}")).open();
        opened(&server, &format!("over {round}")).await;
        if round < 2 {
            settled = peak();
        }
    }
    let grown = peak() - settled;
    assert!(grown < SLACK, "{} MiB more", grown / MIB);
}
