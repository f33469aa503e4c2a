//! Running a program for its figures, and the model that some of them need.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use xtask::error::Result;

/// No run takes longer; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `command` to its end; its first line, and how long that took from its start.
pub(super) fn first_line(command: &mut Command) -> Result<(String, Duration)> {
    let began = Instant::now();
    let mut child = spawn(command.stdin(Stdio::null()).stderr(Stdio::piped()))?;
    let (Some(stdout), Some(mut stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("the program has no output".into());
    };
    let errors = thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let (send, received) = mpsc::channel();
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let _ = stdout.read_line(&mut line);
        // Nobody listens any more after a timeout.
        let _ = send.send((line, began.elapsed()));
        let _ = stdout.read_to_end(&mut Vec::new());
    });
    let Ok((line, total)) = received.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("no figures within {PATIENCE:?}"));
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    let errors = errors.join().unwrap_or_default();
    if line.is_empty() {
        let last = errors.lines().last().unwrap_or("it said nothing");
        return Err(format!("{status}: {last}"));
    }
    Ok((line, total))
}

fn spawn(command: &mut Command) -> Result<Child> {
    command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run {:?}: {error}", command.get_program()))
}

/// The model for the real codex, while it lives.
pub(super) struct Model {
    program: Child,
    home: PathBuf,
}

impl Model {
    /// Starts `bench-model`, which is at this path.
    pub(super) fn start(program: &Path) -> Result<Self> {
        let mut program = spawn(Command::new(program).stdin(Stdio::piped()))?;
        let mut home = String::new();
        if let Some(stdout) = program.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut home);
        }
        match home.trim_end() {
            "" => Err("bench-model has not started".into()),
            home => Ok(Self { home: home.into(), program }),
        }
    }

    /// The `CODEX_HOME` that leads to it.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // Its stdin ends, and so does it, after it has removed the folder.
        drop(self.program.stdin.take());
        let _ = self.program.wait();
    }
}
