//! Every program under `examples/` runs to its end and shows what it is for.

use std::{
    collections::BTreeSet,
    process::{Output, Stdio},
};

use codex_app_server::AppServerConfig;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use support::{built, soon};

use crate::{login_port, programs_that_converse};

/// Makes a test of each line: an example, its arguments, its input, and what it shows, in order. It
/// ends with 0, unless another exit code stands there.
macro_rules! examples {
    ($($(#[$attribute:meta])* $test:ident:
        $name:literal $args:tt $input:literal => $shown:tt $($code:literal)?;)*) => {
        const TESTED: &[&str] = &[$($name),*];

        $(
            $(#[$attribute])*
            #[tokio::test]
            async fn $test() {
                let code = 0 $(+ $code)?;
                shows($name, &$args, $input, &$shown, code).await;
            }
        )*
    };
}

examples! {
    demo: "demo" ["Say", "hi"] "" => [
        "connected to codex", "> Say hi", "$ ", "Hello from", "[exit code 0]", "status: completed", "1200 in, 42 out",
        "answer: You said “Say hi”.",
    ];
    quickstart: "01_quickstart" ["--mock"] "" => ["connected to codex 0.", "Ownership, traits"];
    turn_run: "02_turn_run" ["--mock"] "" => [
        "status:   completed", "duration: ", "1200 in, 30 out",
        "userMessage, agentMessage, commandExecution, agentMessage",
        "answer:   You can see", "1 turn(s)",
    ];
    stream_events: "03_stream_events" ["--mock"] "" => [
        "Let me count.\n", "$ ", "3\n", "There are three words.\n", "--- completed", "item/agentMessage/delta", "1 turn/completed",
    ];
    models_and_metadata: "04_models_and_metadata" ["--mock"] "" => [
        "version:    0.", "codex-home-", "* mock-model:", "low, medium, high", "  mock-model-2:",
    ];
    existing_thread: "05_existing_thread" ["--mock"] "" => [
        "resumed ", "answered 0 time(s)", "now:", "answered 1 time(s)",
    ];
    lifecycle_and_controls: "06_lifecycle_and_controls" ["--mock"] "" => [
        "Colours is in /", "forked: true", "archived: true", "brought back: true", "now a summary", "compacted",
    ];
    image_and_text: "07_image_and_text" ["--mock"] "" => ["was given 1 picture(s)"];
    local_image_and_text: "08_local_image_and_text" ["--mock"] "" => ["was given 1 picture(s)"];
    async_parity: "09_async_parity" ["--mock"] "" => [
        "async:    One and the same. (4 deltas)", "blocking: One and the same. (4 deltas)",
    ];
    errors_and_retry: "10_errors_and_retry" ["--mock"] "" => [
        "(overloaded: true, Some(ServerOverloaded))", "It works now.\n1 turn(s) in the thread",
        "404 Not Found", "the turn ended early",
        "invalid `input`", "nothing was sent",
        "`thread/resume` failed", "start another thread",
        "closed by this program", "connect again",
    ];
    cli_mini_app: "11_cli_mini_app" ["--mock"] "hello\n\n  and you?  \n/quit\nunread\n" => [
        "> You said “hello”.\n[completed, 110 tokens so far]\n> > You said “and you?”.\n[completed, 220 tokens so far]\n> bye\n",
    ];
    cli_mini_app_at_the_end_of_input: "11_cli_mini_app" ["--mock"] "hello" => ["> You said “hello”.", "> bye"];
    cli_mini_app_blocking: "11_cli_mini_app_blocking" ["--mock"] "hello\n/quit\nunread\n" => [
        "> You said “hello”.\n[completed, 110 tokens so far]\n> bye\n",
    ];
    turn_params_kitchen_sink: "12_turn_params_kitchen_sink" ["--mock"] "" => [
        r#"{"effort":"high","summary":"concise"}"#, r#"verdict: "fine""#, r#"reasons: ["short","tested"]"#,
    ];
    typed_answer: "12_typed_answer" ["--mock"] "" => ["not fine (4 of 5): it overflows", "add: a.checked_add(b)", "3 pieces", "fine"];
    model_select_and_turn_params: "13_model_select_and_turn_params" ["--mock", "model-2"] "" => [
        "Mock 2 with effort xhigh", r#"I am "mock-model-2", and my effort is "xhigh"."#,
    ];
    turn_controls: "14_turn_controls" ["--mock"] "" => [
        "steered:     completed", "Five, four", "interrupted: interrupted",
    ];
    login_and_account: "15_login_and_account" ["--mock", "account", "api-key", "account", "logout", "account"] "" => [
        "not logged in", "logged in with the API key", "logged in by apiKey", "logged out", "not logged in",
    ];
    external_message: "16_external_message" ["--mock"] "" => [
        "I wait for the build.", "heard from the build: “3 tests failed”",
    ];
    goal: "16_goal" ["--mock"] "" => [
        "Step one is done.", "Step two is done.", "Everything is done.", "completed after 3 turns",
    ];
    approvals: "17_approvals" ["--mock"] "y\ny\n" => [
        "wants to run", "echo hello > greeting", "because: The greeting is missing.",
        "wants to change", "greeting", "-hello", "+hello, world", "I have done", "[completed]",
    ];
    tool: "18_tool" ["--mock"] "" => [
        "asks for \"bolts\"", "asks for \"bolt\"", r#"{"part":"bolt","in_stock":120}"#,
    ];
    elicitation: "19_elicitation" ["--mock"] "4\nnoon\n" => [
        "tables asks: For how many guests, and when?", r#""action":"accept""#, r#""guests":4"#,
    ];
    elicitation_that_is_declined: "19_elicitation" ["--mock"] "\n" => [r#""action":"decline""#];
    elicitation_that_does_not_fit: "19_elicitation" ["--mock"] "4\nnever\n" => [
        "does not fit", r#""action":"cancel""#,
    ];
    review_bot: "21_review_bot" ["--mock"] "" => [
        "src/send.rs:12: error: It never gives up.", "warning: Say why", "2 remark(s)",
    ] 1;
    evaluation: "22_evaluation" ["--mock", "10"] "" => [
        r#""1","mark":"right""#, r#""25","mark":"right""#, r#""1313","mark":"wrong""#, r#""225","mark":"right""#,
        r#"null,"mark":"late""#, r#""400","mark":"right""#,
    ];
    tested: "23_tested" ["--mock"] "" => ["fix-login-timeout"];
    transport: "24_transport" ["--mock"] "" => [
        "connected to codex 0.", "at 127.0.0.1:", "It is nice here", "the server has ended: exit status: 0",
    ];
    approvals_that_are_not_given: "17_approvals" ["--mock"] "s\n" => ["wants to run", "[interrupted]"];
}

/// Those that have a folder, and do not end by themselves: tests/browser/ has more of them.
const SERVICES: &[&str] = &["20_web_service"];

#[test]
fn no_example_is_forgotten() {
    let folder = support::root().join("examples");
    let mut files = BTreeSet::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.join("main.rs").is_file() || path.extension().is_some_and(|end| end == "rs") {
            files.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let tested = TESTED.iter().chain(SERVICES).chain(programs_that_converse::NAMES);
    let tested: BTreeSet<_> = tested.map(|&name| name.to_owned()).collect();
    assert_eq!(files, tested, "`examples!` in this file has to name each file, or `NAMES` there");

    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for name in files {
        assert!(
            index.contains(&format!("]({name}.rs)")) || index.contains(&format!("]({name}/)")),
            "examples/README.md does not have {name}"
        );
    }
}

/// What the program does not name, the environment may.
#[cfg(unix)]
#[tokio::test]
async fn the_command_of_the_environment_is_run() {
    let folder = TempDir::new().unwrap();
    let mark = folder.path().join("mark");
    let command = format!("sh -c 'touch \"$0\"; exec \"$@\"' '{}'", mark.display());
    let codex = AppServerConfig::new().command().unwrap();
    let words = [codex.get_program()].into_iter().chain(codex.get_args());
    let command = words.fold(command, |line, word| format!("{line} '{}'", word.display()));
    let mut example = command_of("01_quickstart", &["--mock"], &folder);
    let example = example.env("CODEX_APP_SERVER_CMD", command).spawn().unwrap();
    ends_with(0, example, &["connected to codex 0."]).await;
    assert!(mark.is_file());
}

pub(crate) async fn shows(name: &str, args: &[&str], input: &str, expected: &[&str], code: i32) {
    let folder = TempDir::new().unwrap();
    let mut example = start(name, args, &folder);
    let mut stdin = example.stdin.take().unwrap();
    // One that ended before it has read this says why below.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    ends_with(code, example, expected).await;
}

fn start(name: &str, args: &[&str], folder: &TempDir) -> Child {
    command_of(name, args, folder).spawn().unwrap()
}

pub(crate) fn command_of(name: &str, args: &[&str], folder: &TempDir) -> Command {
    let binary = built(&format!("examples/{name}"), "build --examples --all-features");
    let mut command = Command::new(binary);
    command
        .args(args)
        .current_dir(folder.path())
        .env("OPENAI_API_KEY", "sk-example")
        // Whatever the user's shells do when they start is not tested.
        .env("HOME", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

pub(crate) async fn ends_with(code: i32, example: Child, expected: &[&str]) {
    let Output { status, stdout, stderr } = soon(example.wait_with_output()).await.unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(code), "{stdout}\n{stderr}");
    let mut rest = stdout.as_str();
    for part in expected {
        let (_, after) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part:?} is not shown in its place:\n{stdout}\n{stderr}"));
        rest = after;
    }
}

/// Reads until `part` is shown, perhaps a little further, and gives stdout back for the rest.
pub(crate) async fn until(example: &mut Child, part: &str) {
    let mut stdout = BufReader::new(example.stdout.take().unwrap());
    let mut shown = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&shown).contains(part) {
            let chunk = stdout.fill_buf().await.unwrap();
            assert!(!chunk.is_empty(), "it ended before {part:?}");
            let length = chunk.len();
            shown.extend_from_slice(chunk);
            stdout.consume(length);
        }
    };
    soon(reading).await;
    example.stdout = Some(stdout.into_inner());
}

#[cfg(unix)]
pub(crate) mod interrupted {
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    pub(crate) fn press_ctrl_c(example: &Child) {
        let pid = Pid::from_raw(example.id().unwrap().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
    }

    #[tokio::test]
    async fn ctrl_c_stops_an_answer_and_then_ends_the_cli_mini_app() {
        let folder = TempDir::new().unwrap();
        let mut example = start("11_cli_mini_app", &["--mock"], &folder);
        let mut stdin = example.stdin.take().unwrap();
        stdin.write_all(b"wait\n").await.unwrap();
        until(&mut example, "You said “wait”.").await;
        press_ctrl_c(&example);
        until(&mut example, "[interrupted, 0 tokens so far]\n> ").await;
        press_ctrl_c(&example);
        ends_with(0, example, &["bye"]).await;
        drop(stdin);
    }

    #[tokio::test]
    async fn ctrl_c_stops_the_web_service() {
        for name in SERVICES {
            let folder = TempDir::new().unwrap();
            let mut example = start(name, &["--mock", "--port", "0"], &folder);
            until(&mut example, "Open http://127.0.0.1:").await;
            press_ctrl_c(&example);
            ends_with(0, example, &["Stopped"]).await;
        }
    }

    #[tokio::test]
    async fn ctrl_c_cancels_a_login() {
        let _port = login_port::alone().await;
        let folder = TempDir::new().unwrap();
        let mut example = start("15_login_and_account", &["--mock", "browser", "account"], &folder);
        until(&mut example, "Ctrl-C cancels").await;
        press_ctrl_c(&example);
        ends_with(0, example, &["not logged in", "not logged in"]).await;
    }
}
