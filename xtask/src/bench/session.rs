//! Running the programs in turn, and what they say of themselves.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    programs::{Program, Programs},
    scenarios::{Arm, Scenario},
};
use crate::Result;

/// No run takes longer; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// What one run of a program has measured.
pub(super) struct Sample {
    pub(super) deltas: f64,
    pub(super) text: f64,
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) idle_kb: f64,
    pub(super) peak_kb: f64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    /// From the start of the program to its figures, which it prints at once.
    pub(super) total: Duration,
}

/// A scenario, and what came of each arm: samples, or why there are none.
pub(super) struct Outcome {
    pub(super) scenario: Scenario,
    pub(super) arms: Vec<(Arm, std::result::Result<Vec<Sample>, String>)>,
}

pub(super) struct Session<'a> {
    programs: &'a Programs,
    dir: &'a Path,
    codex: Option<PathBuf>,
    /// The scripts that are written already.
    scripts: BTreeMap<(&'static str, u64), PathBuf>,
}

impl<'a> Session<'a> {
    pub(super) fn new(programs: &'a Programs, dir: &'a Path, codex: Option<PathBuf>) -> Self {
        Self { programs, dir, codex, scripts: BTreeMap::new() }
    }

    /// Runs all arms in turn, as often as the scenario wants; a first round warms up.
    pub(super) fn measure(&mut self, scenario: Scenario) -> Result<Outcome> {
        let model = match (scenario.real_codex, &self.codex) {
            (true, Some(codex)) => Some((Model::start(self.programs)?, codex.clone())),
            _ => None,
        };
        let wanted = |arm: &&Arm| self.programs.command(arm.program).is_some();
        let mut arms: Vec<_> =
            scenario.arms.iter().filter(wanted).map(|arm| (arm.clone(), Ok(Vec::new()))).collect();
        for round in 0..=scenario.rounds {
            for (arm, samples) in &mut arms {
                let Ok(list) = samples else { continue };
                let sample = match &model {
                    Some((model, codex)) => self.run(arm, codex, "CODEX_HOME", &model.home),
                    None => {
                        let script = self.script(arm.script)?;
                        let server = self.programs.ours("codex-fake-app-server");
                        self.run(arm, &server, "FAKE_APP_SERVER_SCRIPT", &script)
                    }
                };
                match sample {
                    Ok(sample) if round > 0 => list.push(sample),
                    Ok(_) => {}
                    // Without ours there is nothing to report.
                    Err(error) if !Program::PEERS.contains(&arm.program) => return Err(error),
                    Err(error) => *samples = Err(error),
                }
            }
        }
        Ok(Outcome { scenario, arms })
    }

    /// One run of one program, against `server`.
    fn run(&self, arm: &Arm, server: &Path, key: &str, value: &Path) -> Result<Sample> {
        if let Some(reason) = arm.program.cannot(arm.what) {
            return Err(reason.to_owned());
        }
        let Some(mut command) = self.programs.command(arm.program) else {
            return Err("it was not built".into());
        };
        command.args([arm.what, &arm.count.to_string()]).env("CODEX_BIN", server).env(key, value);
        let began = Instant::now();
        let (line, total) = first_line(&mut command, began)?;
        Sample::read(&line, total)
            .ok_or_else(|| format!("{}: no figures but {line:?}", arm.program.label()))
    }

    /// The file with a script, written on first use.
    fn script(&mut self, script: (&'static str, u64)) -> Result<PathBuf> {
        if let Some(path) = self.scripts.get(&script) {
            return Ok(path.clone());
        }
        let path = self.dir.join(format!("{}-{}.json", script.0, script.1));
        let failed = |error| format!("cannot write {}: {error}", path.display());
        let mut command = Command::new(self.programs.ours("bench-script"));
        command.args([script.0, &script.1.to_string()]);
        command.stdout(File::create(&path).map_err(failed)?);
        match command.status() {
            Ok(status) if status.success() => {}
            other => return Err(format!("bench-script failed: {other:?}")),
        }
        self.scripts.insert(script, path.clone());
        Ok(path)
    }
}

impl Sample {
    fn read(line: &str, total: Duration) -> Option<Self> {
        let figures: Value = serde_json::from_str(line).ok()?;
        let number = |key: &str| figures[key].as_f64();
        let time = |key: &str| figures[key].as_u64().map(Duration::from_nanos);
        Some(Self {
            deltas: number("deltas")?,
            text: number("text")?,
            wall: time("wall_ns")?,
            cpu: time("cpu_ns")?,
            idle_kb: number("idle_kb")?,
            peak_kb: number("peak_kb")?,
            p50: time("p50_ns")?,
            p99: time("p99_ns")?,
            total,
        })
    }
}

/// Runs `command` to its end; its first line, and how long that took from `began`.
fn first_line(command: &mut Command, began: Instant) -> Result<(String, Duration)> {
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
struct Model {
    program: Child,
    home: PathBuf,
}

impl Model {
    fn start(programs: &Programs) -> Result<Self> {
        let mut command = Command::new(programs.ours("bench-model"));
        let mut program = spawn(command.stdin(Stdio::piped()))?;
        let mut home = String::new();
        if let Some(stdout) = program.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut home);
        }
        match home.trim_end() {
            "" => Err("bench-model has not started".into()),
            home => Ok(Self { home: home.into(), program }),
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // Its stdin ends, and so does it, after it has removed the folder.
        drop(self.program.stdin.take());
        let _ = self.program.wait();
    }
}
