//! What was read, and what nobody will read, takes no memory. Linux tells how much a process has
//! had at most, and the allocator how much is in use.

use std::{any, env, error::Error, mem::replace, process::Command, sync::Arc};

use codex_app_server::{Codex, transport::Transport};
use codex_app_server_testkit::{
    Action, FakeServer, Script, turn_accepted, turn_ended, turn_started,
};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    sync::Semaphore,
    task::JoinSet,
};

use support::{begin, fake, fake_process, soon, thread_of, until};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// What a process takes besides: less than a flood, more than nothing.
const SLACK: usize = 12 * MIB;

/// Runs a test in a process of its own, so that nothing hides in what others have taken before.
fn alone<T: Future<Output = ()>>(test: T) {
    const ALONE: &str = "MEMORY_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(test);
    }
    // The future is called as the test is: `scripted::memory_is_freed::name::{{closure}}`.
    let path: Vec<_> = any::type_name::<T>().split("::").collect();
    let name = path[1..path.len() - 1].join("::");
    let mut process = Command::new(env::current_exe().unwrap());
    let output = process.args(["--exact", &name]).env(ALONE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{name}:\n{text}");
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

#[test]
fn deltas_that_were_read_are_freed() {
    alone(async {
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
    });
}

#[test]
fn a_dropped_handle_frees_what_it_had_not_read_and_hears_nothing_more() {
    alone(async {
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
    });
}

#[test]
fn turns_that_nobody_registered_for_leave_nothing_behind() {
    alone(async {
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
            soon(thread.read()).await.unwrap();
        }
        let result = soon(thread.run("Still there?")).await.unwrap();
        assert_eq!(result.final_response.as_deref(), Some("Done."));
        let grown = peak() - before;
        assert!(grown < SLACK, "{} MiB more", grown / MIB);
    });
}

#[test]
fn what_is_unread_does_not_keep_what_was_read_beside_it() {
    alone(async {
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
            soon(thread.read()).await.unwrap();
            if round < 100 {
                settled = peak();
            }
        }
        let grown = peak() - settled;
        assert!(grown < SLACK, "{} MiB more", grown / MIB);
    });
}

#[test]
fn a_start_that_is_cancelled_as_its_response_arrives_hears_nothing() {
    alone(async {
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
            begin(&mut start).await;
            soon(server.next_received("turn/start")).await;
            // The response to the start came before this one, and nobody has looked at it.
            soon(thread.read()).await.unwrap();
            drop(start);
            server.gate(&format!("dropped {round}")).open();
            opened(&server, &format!("over {round}")).await;
            if round < 2 {
                settled = peak();
            }
        }
        let grown = peak() - settled;
        assert!(grown < SLACK, "{} MiB more", grown / MIB);
    });
}

#[test]
fn long_messages_are_in_memory_once() {
    alone(async {
        const PROMPTS: usize = 24;
        let (_file, config) = fake_process(&Script::new().on("turn/start", [Action::silence()]));
        let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
        let thread = thread_of(&codex).await;
        let prompts: Vec<_> = (0..PROMPTS).map(|_| "x".repeat(5 * MIB)).collect();
        let before = peak();
        let mut starts = JoinSet::new();
        for prompt in prompts {
            let thread = thread.clone();
            starts.spawn(async move { thread.turn(prompt).await });
        }
        // They begin before this goes on.
        tokio::task::yield_now().await;
        // All of them are sent before this one.
        soon(thread.read()).await.unwrap();
        let grown = peak().saturating_sub(before);
        println!("{} MiB more", grown / MIB);
        assert!(grown < PROMPTS * 5 * MIB / 2, "{} MiB more", grown / MIB);
    });
}

#[test]
fn short_deltas_that_are_unread_do_not_keep_the_long_responses_beside_them() {
    alone(async {
        const ROUNDS: usize = 60;
        let params = json!({
            "threadId": "{{threadId}}", "turnId": "{{turnId}}", "itemId": "i", "delta": "x".repeat(100),
        });
        // Both are written at once, so that the delta is read with the end of the response.
        let read = [
            Action::respond(json!({ "text": "x".repeat(8 * MIB) })),
            Action::notify("item/agentMessage/delta", params),
        ];
        let begun = [vec![turn_accepted()], turn_started()];
        let script = Script::new().on("turn/start", begun.concat()).on("thread/read", read);
        let (_server, codex) = fake(script).await;
        let thread = thread_of(&codex).await;
        let mut turn = soon(thread.turn("Go")).await.unwrap();
        soon(until(&mut turn, "turn/started")).await;

        let params = json!({ "threadId": thread.id() });
        let mut before = 0;
        for round in 0..=ROUNDS {
            soon(codex.client().request_raw("thread/read", params.clone())).await.unwrap();
            if round == 0 {
                // The first one makes room that is used again.
                before = ALLOCATED.current_usage();
            }
        }
        let kept = ALLOCATED.current_usage().saturating_sub(before);
        let unread = ROUNDS * 300;
        assert!(kept < unread + 4 * MIB, "{} MiB for {unread} unread bytes", kept / MIB);
        for _ in 0..ROUNDS {
            soon(until(&mut turn, "item/agentMessage/delta")).await;
        }
    });
}

#[test]
fn a_flood_of_requests_takes_no_memory_and_each_gets_a_reply() {
    alone(async {
        const ALL: usize = 100_000;
        // What is at work, and what waits behind it.
        const TAKEN: usize = 64 + 1024;
        let slow = Arc::new(Semaphore::new(0));
        let places = Arc::clone(&slow);
        let builder = Codex::builder().on_file_change_approval(move |request| {
            let places = Arc::clone(&places);
            async move {
                places.acquire().await?.forget();
                request.accept().map_err(Box::<dyn Error + Send + Sync>::from)
            }
        });
        let (input, mut requests) = tokio::io::duplex(MIB);
        let (replies, output) = tokio::io::duplex(MIB);
        let connecting = builder.connect_with(Transport::from_io(input, output));
        let mut replies = BufReader::new(replies).lines();
        let handshake = async {
            replies.next_line().await.unwrap().unwrap();
            let response = r#"{"id":1,"result":{"userAgent":"fake/0.169.0"}}"#;
            requests.write_all(format!("{response}\n").as_bytes()).await.unwrap();
            replies.next_line().await.unwrap().unwrap();
        };
        let (codex, ()) = tokio::join!(soon(connecting), soon(handshake));
        let _codex = codex.unwrap();

        let before = peak();
        let asking = async {
            let params = json!({"threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1});
            let method = "item/fileChange/requestApproval";
            for n in 0..ALL {
                let request = json!({"id": n, "method": method, "params": params});
                requests.write_all(format!("{request}\n").as_bytes()).await.unwrap();
            }
        };
        let hearing = async {
            let (mut heard, mut accepted) = (vec![false; ALL], 0);
            for n in 0..ALL {
                if n == ALL - TAKEN {
                    // All others were declined by now.
                    slow.add_permits(TAKEN);
                }
                let reply = replies.next_line().await.unwrap().unwrap();
                let reply: Value = serde_json::from_str(&reply).unwrap();
                let id = usize::try_from(reply["id"].as_u64().unwrap()).unwrap();
                assert!(!replace(&mut heard[id], true), "{id} got two replies");
                accepted += usize::from(reply["result"]["decision"] == "accept");
            }
            accepted
        };
        let ((), accepted) = tokio::join!(soon(asking), soon(hearing));
        assert_eq!(accepted, TAKEN);
        let grown = peak() - before;
        assert!(grown < SLACK, "{} MiB more", grown / MIB);
    });
}
