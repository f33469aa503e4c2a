//! The seven programs under `examples/` that converse: what they show over each transport, their
//! options, and the exit codes by which scripts tell what happened.

use codex_app_server::{AppServerConfig, Codex};
use codex_app_server_testkit::{Answer, CodexHome, Gate, MockModel};
use tempfile::TempDir;
use tokio::process::Command;

use support::{Listening, Way, environment, soon};

use crate::examples::{command_of, ends_with, shows, until};

/// Each of them, for the test that no example is forgotten.
pub(crate) const NAMES: &[&str] = &[RICH, STDIO, WEBSOCKET, FORK, RESUME, HANDLES, OPS];

const RICH: &str = "25_chat_steps_rich";
const STDIO: &str = "26_chat_session_stdio";
const WEBSOCKET: &str = "27_chat_session_websocket";
const FORK: &str = "28_thread_config_and_fork";
const RESUME: &str = "29_thread_resume_by_id";
const HANDLES: &str = "30_thread_concurrent_handles";
const OPS: &str = "31_thread_ops_showcase";

/// A thread that no server knows.
const UNKNOWN: &str = "01990000-0000-7000-8000-000000000000";

/// What each shows of a conversation with the stand-in, with options that it takes alone.
const SHOWN: &[(&str, &[&str], &[&str])] = &[
    (RICH, &[], &["> Look around.", "[thinking] The user", "[exec] ", "[codex] The last line"]),
    (STDIO, &[], &["(thread ", "[codex] I look", "“hello from the sandbox”", "> What was it?"]),
    (WEBSOCKET, &[], &["(thread ", "[exec] ", "“hello from the sandbox”", "> What was it?"]),
    (
        FORK,
        &["--set-model", "mock-model-2"],
        &[
            "thread (",
            "to mock-model.",
            "fork (",
            "to mock-model-2.",
            "thread [codex] You said “Still",
        ],
    ),
    (
        RESUME,
        &["--set-model", "mock-model-2"],
        &["of 1 turn(s)", "(You said “Remember", "“Where were we?” to mock-model-2"],
    ),
    (HANDLES, &[], &["3  > Say goodbye.", "[codex]", "1a [codex] You said", "1b [codex] You said"]),
    (
        OPS,
        &["--set-model", "mock-model-2", "--thread-name", "Teal"],
        &[
            "\"Teal\" has 1 turn(s)",
            "the model mock-model-2 is",
            "now a summary",
            "archived: true",
            "brought back: true",
            "“Are you back?” to mock-model-2",
        ],
    ),
];

#[tokio::test]
async fn each_shows_what_it_is_for() {
    for (name, args, shown) in SHOWN {
        shows(name, &[*args, &["--mock"]].concat(), "", shown, 0).await;
    }
}

#[tokio::test]
async fn each_does_so_over_a_websocket() {
    for (name, args, shown) in SHOWN {
        // Two of them have one transport each.
        if ![STDIO, WEBSOCKET].contains(name) {
            let args = [*args, &["--mock", "--transport", "websocket"]].concat();
            shows(name, &args, "", shown, 0).await;
        }
    }
}

/// Not with a server of its own, but with one that others use, too.
#[tokio::test]
async fn a_server_that_runs_already_is_asked_for_with_its_token() {
    let model = MockModel::start().await.unwrap();
    model.respond_with(|request| Answer::text(format!("You said {:?}.", request.user_text())));
    let (home, cwd) = (model.codex_home().unwrap(), TempDir::new().unwrap());
    let server = Listening::start(Way::WebsocketWithToken, &home, &cwd).await;
    let (url, token) = (server.url.as_str(), server.token.as_deref().unwrap());
    let common = ["--url", url, "--token", token, "--prompt", "one", "--prompt", "two"];
    shows(WEBSOCKET, &common, "", &["You said \"one\".", "You said \"two\"."], 0).await;
    for name in [RICH, FORK, HANDLES, OPS] {
        let args = [&common[..], &["--transport", "websocket"]].concat();
        shows(name, &args, "", &["You said \"one\"."], 0).await;
    }
    shows(WEBSOCKET, &["--url", url, "--token", "s3cret"], "", &[], 3).await;
}

#[tokio::test]
async fn each_lists_its_options() {
    const STDIO_ONLY: &[&str] = &["--cmd"];
    const WEBSOCKET_ONLY: &[&str] = &["--url", "--token"];
    const BOTH: &[&str] = &["--transport", "--cmd", "--url", "--token"];
    const SESSION: &[&str] = &["--thread-id", "--thread-name"];
    const ALL: &[&str] = &[
        "--mock",
        "--prompt",
        "--user",
        "--cwd",
        "--base-instructions",
        "--developer-instructions",
        "--inactivity-timeout",
        "--cancel-on-timeout",
        "--show-data",
        "--quiet",
    ];
    for (name, connection, own) in [
        (RICH, BOTH, SESSION),
        (STDIO, STDIO_ONLY, SESSION),
        (WEBSOCKET, WEBSOCKET_ONLY, SESSION),
        (FORK, BOTH, &["--set-model"][..]),
        (RESUME, BOTH, &["--thread-id", "--set-model"]),
        (HANDLES, BOTH, &[]),
        (OPS, BOTH, &["--thread-id", "--thread-name", "--set-model"]),
    ] {
        let folder = TempDir::new().unwrap();
        let output = soon(command_of(name, &["--help"], &folder).output()).await.unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{help}");
        let is_listed = |option: &&str| {
            help.contains(&format!("{option} ")) || help.contains(&format!("{option}\n"))
        };
        let options = [ALL, connection, own].concat();
        for option in &options {
            assert!(is_listed(option), "{name} does not list {option}:\n{help}");
        }
        let listed = help.lines().filter(|line| line.trim_start().starts_with("--")).count();
        assert_eq!(listed, options.len(), "{name} lists others, too:\n{help}");
    }
}

#[tokio::test]
async fn a_silent_model_is_a_timeout() {
    for name in NAMES {
        let options = ["--mock", "--prompt", "wait", "--inactivity-timeout", "0.2"];
        shows(name, &options, "", &["> wait", "picked up again", "picked up again"], 2).await;
        let options = [&options[..], &["--cancel-on-timeout"]].concat();
        shows(name, &options, "", &["> wait", "interrupted; the thread takes another"], 2).await;
    }
}

/// The turn that was picked up ends as if nothing had been.
#[tokio::test]
async fn a_turn_that_speaks_again_is_shown_to_its_end() {
    let args = ["--inactivity-timeout", "0.3", "--prompt", "Go"];
    let (model, home) = model([]).await;
    let gate = Gate::new();
    model.push(Answer::text("The end.").gate(&gate));
    let folder = TempDir::new().unwrap();
    let mut program = at_home(STDIO, &args, &folder, &home).spawn().unwrap();
    until(&mut program, "picked up again").await;
    gate.open();
    ends_with(0, program, &["[codex] The end."]).await;

    let gate = Gate::new();
    model.push(Answer::text("Another end.").gate(&gate));
    let server = Listening::start(Way::Websocket, &home, &folder).await;
    let args = [&args[..], &["--url", &server.url]].concat();
    let mut program = command_of(WEBSOCKET, &args, &folder).spawn().unwrap();
    until(&mut program, "picked up again").await;
    gate.open();
    ends_with(0, program, &["[codex] Another end."]).await;
}

#[tokio::test]
async fn what_the_server_refuses_is_told_from_a_server_that_is_not_there() {
    for name in [RICH, STDIO, WEBSOCKET, RESUME, OPS] {
        shows(name, &["--mock", "--thread-id", UNKNOWN], "", &[], 3).await;
    }
    // Nobody listens there any more.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = format!("ws://127.0.0.1:{port}");
    for name in [RICH, FORK, HANDLES, OPS] {
        shows(name, &["--transport", "websocket", "--url", &url], "", &[], 4).await;
    }
    shows(WEBSOCKET, &["--url", &url], "", &[], 4).await;
    for name in [RICH, STDIO, FORK, HANDLES, OPS] {
        shows(name, &["--cmd", "no-such-codex app-server"], "", &[], 4).await;
    }
    // What is wrong with the command line is none of these.
    shows(STDIO, &["--inactivity-timeout", "soon"], "", &[], 1).await;
    shows(RESUME, &[], "", &[], 1).await;
}

#[tokio::test]
async fn turns_that_fail_are_refusals_too() {
    let (_model, home) = model([Answer::status(400)]).await;
    let folder = TempDir::new().unwrap();
    let program = at_home(STDIO, &["--prompt", "Go"], &folder, &home).spawn().unwrap();
    ends_with(3, program, &["> Go"]).await;
}

/// What the options say reaches the server and the model, which is started as they say.
#[tokio::test]
async fn options_are_passed_on() {
    let (model, home) = model([Answer::text("Done.")]).await;
    let (folder, cwd) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let codex = AppServerConfig::new().command().unwrap();
    let line = format!("'{}' app-server --listen stdio://", codex.get_program().display());
    let args = [
        "--cmd",
        &line,
        "--prompt",
        "Go",
        "--user",
        "somebody-1",
        "--show-data",
        "--thread-name",
        "Mine",
        "--base-instructions",
        "Be terse.",
        "--developer-instructions",
        "Be kind.",
        "--cwd",
        cwd.path().to_str().unwrap(),
    ];
    let program = at_home(STDIO, &args, &folder, &home).spawn().unwrap();
    ends_with(0, program, &["somebody-1", "[codex] Done.", "called \"Mine\""]).await;
    let asked = model.requests().remove(0).body.to_string();
    let folder = cwd.path().file_name().unwrap().to_str().unwrap();
    for text in ["Be terse.", "Be kind.", folder] {
        assert!(asked.contains(text), "{text} is not in {asked}");
    }
}

#[tokio::test]
async fn quiet_programs_show_what_the_agent_says_alone() {
    // Colours change nothing of that.
    for (name, colours) in [(RICH, "1"), (STDIO, "0"), (WEBSOCKET, "0")] {
        let folder = TempDir::new().unwrap();
        let mut command = command_of(name, &["--mock", "--quiet", "--prompt", "Hello"], &folder);
        let output = soon(command.env("CLICOLOR_FORCE", colours).output()).await.unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(stdout, "You said “Hello” to mock-model.\n");
    }
}

#[tokio::test]
async fn terminals_get_panels() {
    let folder = TempDir::new().unwrap();
    let mut command = command_of(RICH, &["--mock", "--prompt", "Look"], &folder);
    let output = soon(command.env("CLICOLOR_FORCE", "1").output()).await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let text = without_colours(&stdout);
    assert!(text.len() < stdout.len(), "it has no colours: {stdout}");
    let frames: Vec<_> = text.lines().filter(|line| line.starts_with(['╭', '│', '╰'])).collect();
    let widths = frames.iter().map(|line| line.chars().count());
    assert_eq!(widths.clone().min(), widths.max(), "the frames are crooked:\n{text}");
    let mut rest = text.as_str();
    for part in
        ["╭─ thinking ─", "╭─ codex ─", "╭─ exec ─", "│ hello from the sandbox", "4 step(s) in "]
    {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("no {part:?}:\n{text}")).1;
    }
}

/// Ctrl-C, as the terminal sends it.
#[cfg(unix)]
mod interrupted {
    use codex_app_server::protocol::{ThreadListParams, TurnStatus};
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;
    use crate::examples::interrupted::press_ctrl_c;

    #[tokio::test]
    async fn ctrl_c_ends_the_turn_and_then_the_program() {
        for name in NAMES {
            let folder = TempDir::new().unwrap();
            let args = ["--mock", "--prompt", "wait"];
            let mut program = command_of(name, &args, &folder).spawn().unwrap();
            until(&mut program, "> wait").await;
            press_ctrl_c(&program);
            ends_with(130, program, &["the turn was interrupted"]).await;
        }
    }

    /// Also at a server that others use, and that stays.
    #[tokio::test]
    async fn the_server_that_stays_has_no_turn_that_goes_on() {
        let (model, home) = model([Answer::silent()]).await;
        let folder = TempDir::new().unwrap();
        let server = Listening::start(Way::Websocket, &home, &folder).await;
        let args = ["--url", &server.url, "--prompt", "Go"];
        let mut program = command_of(WEBSOCKET, &args, &folder).spawn().unwrap();
        until(&mut program, "> Go").await;
        soon(model.next_request()).await;
        press_ctrl_c(&program);
        ends_with(130, program, &["the turn was interrupted"]).await;
        let codex = server.connect(Codex::builder()).await.unwrap();
        let listed = soon(codex.thread_list(ThreadListParams::new())).await.unwrap().data;
        let thread = soon(codex.thread(&listed[0].id).read_with_turns()).await.unwrap();
        assert_eq!(thread.turns[0].status, TurnStatus::Interrupted);
    }

    /// The server is stopped, as a debugger does it, and cannot end the turn.
    #[tokio::test]
    async fn a_second_ctrl_c_does_not_wait_for_the_end_of_the_turn() {
        let (model, home) = model([Answer::silent()]).await;
        let folder = TempDir::new().unwrap();
        let server = Listening::start(Way::Websocket, &home, &folder).await;
        let args = ["--url", &server.url, "--prompt", "Go"];
        let mut program = command_of(WEBSOCKET, &args, &folder).spawn().unwrap();
        soon(model.next_request()).await;
        let pid = Pid::from_raw(server.pid().cast_signed()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        press_ctrl_c(&program);
        until(&mut program, "Ctrl-C again").await;
        press_ctrl_c(&program);
        ends_with(130, program, &[]).await;
    }

    /// A server that says nothing at all is left, too.
    #[tokio::test]
    async fn ctrl_c_ends_a_program_that_is_not_connected_yet() {
        let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("ws://{}", silent.local_addr().unwrap());
        let folder = TempDir::new().unwrap();
        let program = command_of(WEBSOCKET, &["--url", &url], &folder).spawn().unwrap();
        let accepting = tokio::task::spawn_blocking(move || silent.accept().unwrap());
        let _open = soon(accepting).await.unwrap();
        press_ctrl_c(&program);
        ends_with(130, program, &[]).await;
    }
}

/// A model with these answers, and a home for a codex that asks it.
async fn model(answers: impl IntoIterator<Item = Answer>) -> (MockModel, CodexHome) {
    let model = MockModel::start().await.unwrap();
    model.script(answers);
    let home = model.codex_home().unwrap();
    (model, home)
}

/// A program whose codex has this home.
fn at_home(name: &str, args: &[&str], folder: &TempDir, home: &CodexHome) -> Command {
    let mut command = command_of(name, args, folder);
    command.envs(environment(home));
    command
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.filter_map(|part| part.split_once('m')).map(|(_, text)| text).collect::<String>()
}
