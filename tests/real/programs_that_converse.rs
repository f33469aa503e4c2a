//! The programs under `examples/` that converse, and what they show.

use crate::examples::shows;

/// Each of them, for the test that no example is forgotten.
pub(crate) const NAMES: &[&str] = &[RICH, STDIO, WEBSOCKET, FORK, RESUME, HANDLES, OPS];

const RICH: &str = "25_chat_steps_rich";
const STDIO: &str = "26_chat_session_stdio";
const WEBSOCKET: &str = "27_chat_session_websocket";
const FORK: &str = "28_thread_config_and_fork";
const RESUME: &str = "29_thread_resume_by_id";
const HANDLES: &str = "30_thread_concurrent_handles";
const OPS: &str = "31_thread_ops_showcase";

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
