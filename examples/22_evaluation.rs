//! Puts questions to the agent, each in a thread of its own and many at once, and marks the
//! answers: with a deadline for each turn, another try where the service fails, and a progress bar.
//! What each came to is a line of JSON on stdout, in the order of the questions. Ctrl-C stops, with
//! the marks that there are.
//!
//! `cargo run --example 22_evaluation -- --mock [DEADLINE IN SECONDS] > marks.jsonl`

mod support;

use std::{
    collections::HashSet,
    error::Error as StdError,
    io::{Write, stderr},
    sync::{Arc, Mutex},
    time::Duration,
};

use codex_app_server::{
    ApprovalMode, Codex, Error, Result, RetryPolicy, RunResult, Sandbox, ThreadConfig,
    TurnOverrides,
};
use codex_app_server_testkit::{Answer, ModelRequest};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use support::Mock;

/// How many turns run at once. The server would run more; the model's service may not.
const AT_ONCE: usize = 8;

/// A question, and what its answer has to contain.
struct Case {
    prompt: String,
    expected: String,
}

fn cases() -> Vec<Case> {
    let case = |n: u32| Case {
        prompt: format!("What is {n} times {n}? Answer with the number alone."),
        expected: (n * n).to_string(),
    };
    (1..=20).map(case).collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let deadline = match support::words().first() {
        Some(seconds) => Duration::from_secs(seconds.parse()?),
        None => Duration::from_secs(120),
    };
    let mut ctrl_c = support::ctrl_c();
    let mock = Mock::respond(pupil()).await?;
    let codex = Codex::builder().app_server(mock.app_server()).connect_stdio().await?;

    let cases = cases();
    let mut marks = vec![None; cases.len()];
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (number, case) in cases.into_iter().enumerate() {
        let (codex, places) = (codex.clone(), Arc::clone(&places));
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            let outcome = ask(&codex, &case, deadline).await;
            (number, mark(&case, outcome))
        });
    }
    loop {
        show_progress(&marks);
        let marked = tokio::select! {
            marked = running.join_next() => marked,
            // What still runs is dropped, and with that interrupted.
            _ = ctrl_c.recv() => break running.shutdown().await,
        };
        let Some(marked) = marked else { break };
        let (number, mark) = marked?;
        marks[number] = Some(mark);
    }
    eprintln!();
    marks.iter().flatten().for_each(|mark| println!("{mark}"));
    codex.close().await;
    Ok(())
}

async fn ask(codex: &Codex, case: &Case, deadline: Duration) -> Result<RunResult> {
    let config =
        ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll);
    let overrides = TurnOverrides::new().deadline(deadline).interrupt_on_drop(true);
    let policy = RetryPolicy::new().max_attempts(4);
    let thread = codex.thread_start(config).await?;
    thread.run_retrying_with(&case.prompt, overrides, policy).await
}

/// What a turn has come to, in one word and in detail.
fn mark(case: &Case, outcome: Result<RunResult>) -> Value {
    let (mark, detail) = match &outcome {
        Ok(result) if result.deadline_passed => ("late", json!(null)),
        Ok(result) => {
            let answer = result.final_response.as_deref().unwrap_or_default();
            let mark = if answer.contains(&case.expected) { "right" } else { "wrong" };
            (mark, json!(answer))
        }
        Err(Error::TurnFailed(_)) => ("failed", json!(null)),
        Err(error) => ("error", json!(error.to_string())),
    };
    let tokens = outcome.ok().and_then(|result| result.usage).map(|usage| usage.total.total_tokens);
    json!({"prompt": case.prompt, "mark": mark, "detail": detail, "tokens": tokens})
}

fn show_progress(marks: &[Option<Value>]) {
    let done = marks.iter().flatten().count();
    let right = marks.iter().flatten().filter(|mark| mark["mark"] == "right").count();
    let bar = "#".repeat(done) + &".".repeat(marks.len() - done);
    eprint!("\r[{bar}] {right} of {done} are right");
    // What cannot be shown is no reason to stop.
    let _ = stderr().flush();
}

/// A stand-in that knows its multiplication table; but it miscounts 13, falls asleep over 17, and
/// at each question that can be divided by 5 the service is out of order at first.
fn pupil() -> impl Fn(&ModelRequest) -> Answer + Send + Sync + 'static {
    let asked = Mutex::new(HashSet::new());
    move |request| {
        let text = request.user_text();
        let number = text.split_whitespace().find_map(|word| word.parse::<u32>().ok());
        let number = number.unwrap_or_default();
        let first = asked.lock().is_ok_and(|mut asked| asked.insert(number));
        match number {
            13 => Answer::text("1313"),
            17 => Answer::silent(),
            n if n % 5 == 0 && first => Answer::status(503),
            n => Answer::text((n * n).to_string()),
        }
    }
}
