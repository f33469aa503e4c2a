//! A scripted app-server on stdio, started in place of `codex app-server`. Its arguments are
//! ignored.

use std::{env, fs, process::exit};

use codex_app_server_testkit::{FakeServer, Script};

const SCRIPT: &str = "FAKE_APP_SERVER_SCRIPT";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let code = match play().await {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("codex-fake-app-server: {problem}");
            2
        }
    };
    // Returning would wait for the thread that reads stdin.
    exit(code)
}

async fn play() -> Result<i32, String> {
    let path = env::var_os(SCRIPT)
        .ok_or(format!("{SCRIPT} is not set: name the file that holds the script as JSON."))?;
    let shown = path.display();
    let json =
        fs::read(&path).map_err(|error| format!("the script {shown} cannot be read: {error}"))?;
    let script: Script = serde_json::from_slice(&json)
        .map_err(|error| format!("the script {shown} is not valid: {error}"))?;
    FakeServer::run_on_stdio(script)
        .await
        .map_err(|error| format!("stdout cannot be used: {error}"))
}
