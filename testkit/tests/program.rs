//! The fake server as a program.
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::{fs, process::Stdio};

use codex_app_server_testkit::{Action, Script, turn};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    _folder: TempDir,
}

fn start(script: &str) -> Program {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.json");
    fs::write(&path, script).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_codex-fake-app-server"))
        .args(["app-server", "--listen", "stdio://"])
        .env("FAKE_APP_SERVER_SCRIPT", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let stdin = child.stdin.take();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Program { child, stdin, lines, _folder: folder }
}

fn play(script: &Script) -> Program {
    start(&serde_json::to_string(script).unwrap())
}

impl Program {
    async fn request(&mut self, method: &str) {
        let line = format!("{}\n", json!({ "id": 1, "method": method, "params": {} }));
        self.stdin.as_mut().unwrap().write_all(line.as_bytes()).await.unwrap();
    }

    async fn line(&mut self) -> Option<String> {
        self.lines.next_line().await.unwrap()
    }

    async fn code(&mut self) -> Option<i32> {
        self.child.wait().await.unwrap().code()
    }

    async fn stderr(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).await.unwrap();
        text
    }
}

#[tokio::test]
async fn it_answers_and_exits_at_the_end_of_its_input() {
    let mut program = start("{}");
    program.request("initialize").await;
    let line = program.line().await.unwrap();
    assert!(line.contains("fake/1.0.0 (test)"), "{line}");
    program.stdin.take();
    assert_eq!(program.line().await, None);
    assert_eq!(program.code().await, Some(0));
}

#[tokio::test]
async fn it_dies_as_told_after_its_last_words() {
    let dying = [Action::stderr("fatal: out of luck\n"), Action::raw("half"), Action::exit(101)];
    let mut program = play(&Script::new().on("turn/start", dying));
    program.request("turn/start").await;
    assert_eq!(program.line().await.unwrap(), "half");
    assert_eq!(program.code().await, Some(101));
    assert_eq!(program.stderr().await, "fatal: out of luck\n");
}

#[tokio::test]
async fn it_floods_without_losing_a_line() {
    let mut program = play(&Script::new().on("turn/start", turn("word ", 50_000)));
    program.request("turn/start").await;
    let mut deltas = 0;
    loop {
        let line = program.line().await.unwrap();
        if line.contains(r#""method":"turn/completed""#) {
            break;
        }
        deltas += usize::from(line.contains(r#""method":"item/agentMessage/delta""#));
    }
    assert_eq!(deltas, 50_000);
}

#[tokio::test]
async fn it_can_ignore_the_end_of_its_input() {
    // More than a pipe holds: it cannot have said all of it before its input ends.
    let mut program = play(&Script::new().on("m", turn("word ", 5000)).ignore_eof());
    program.request("m").await;
    program.stdin.take();
    while !program.line().await.unwrap().contains("turn/completed") {}
    assert_eq!(program.child.try_wait().unwrap(), None);
    program.child.kill().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn it_can_close_its_output_and_live_on() {
    let script = Script::new().on("m", [Action::close()]).on("m", [Action::exit(4)]);
    let mut program = play(&script);
    program.request("m").await;
    assert_eq!(program.line().await, None);
    assert_eq!(program.child.try_wait().unwrap(), None);
    program.request("m").await;
    assert_eq!(program.code().await, Some(4));
}

#[tokio::test]
async fn a_bad_script_is_named() {
    let bad: Value = json!({ "rules": [{ "on": "m", "do": ["explode"] }] });
    let mut program = start(&bad.to_string());
    let stderr = program.stderr().await;
    assert!(stderr.contains("script.json") && stderr.contains("explode"), "{stderr}");
    assert_eq!(program.code().await, Some(2));
}
