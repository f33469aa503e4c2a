//! The web service as a process, with a model of ours.

use std::{fs, process::Stdio};

use codex_app_server_testkit::{Answer, CodexHome, MockModel};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use support::{built, environment, soon};

/// A service that runs, or has stopped and may start again.
pub(crate) struct Service {
    pub(crate) model: MockModel,
    /// Where codex works.
    pub(crate) folder: TempDir,
    home: CodexHome,
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Service {
    /// With these answers of the model.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let model = MockModel::start().await.unwrap();
        model.script(answers);
        let home = model.codex_home().unwrap();
        let folder = TempDir::new().unwrap();
        let (process, lines, address) = start(&home, &folder, "0").await;
        Self { model, folder, home, process, lines, address }
    }

    /// Starts it again, where it was.
    pub(crate) async fn restart(&mut self) {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        (self.process, self.lines, self.address) = start(&self.home, &self.folder, port).await;
    }

    /// A page of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Whether there is a file in its folder.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.folder.path().join(file).exists()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.process.id().expect("it has not ended yet");
        kill_process(Pid::from_raw(id.cast_signed()).unwrap(), signal).unwrap();
    }

    /// Waits for its end, which is a good one and leaves no process behind.
    pub(crate) async fn ends(&mut self) {
        let status = soon(self.process.wait()).await.unwrap();
        assert!(status.success(), "{status}");
        assert_eq!(self.lines.next_line().await.unwrap().as_deref(), Some("Stopped"));
        assert_eq!(processes_in(&self.home), Vec::<String>::new());
    }
}

async fn start(
    home: &CodexHome,
    folder: &TempDir,
    port: &str,
) -> (Child, Lines<BufReader<ChildStdout>>, String) {
    let binary = built("examples/20_web_service", "build --examples --all-features");
    let mut process = Command::new(binary)
        .args(["--port", port])
        .current_dir(folder.path())
        .envs(environment(home))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = soon(lines.next_line()).await.unwrap().expect("the service has ended");
    let address = line.strip_prefix("Open ").expect("it says where it is").to_owned();
    (process, lines, address)
}

/// The command lines of the processes that were started with this home. Only Linux tells.
fn processes_in(home: &CodexHome) -> Vec<String> {
    let variable = format!("CODEX_HOME={}", home.path().display());
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_home = entries.filter(|entry| {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == variable.as_bytes())
    });
    let command = |path| fs::read_to_string(path).unwrap_or_default().replace('\0', " ");
    of_home.map(|entry| command(entry.path().join("cmdline"))).collect()
}
