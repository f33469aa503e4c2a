//! Measuring a scenario: all its clients in turn, round after round.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::{error::Result, process};

use super::{
    client::Client,
    columns::{Column, Stat},
    programs::Programs,
    run::{Model, first_line},
    sample::Sample,
    scenarios::{Arm, Scenario, Script, Server},
};

/// A scenario, and what came of each arm: samples, or why there are none.
pub(super) struct Measurement {
    pub(super) scenario: Scenario,
    pub(super) arms: Vec<(Arm, Result<Vec<Sample>>)>,
}

/// What runs the programs.
pub(super) struct Runner<'a> {
    programs: &'a Programs,
    dir: &'a Path,
    codex: Option<PathBuf>,
    /// The scripts that are written already.
    scripts: BTreeMap<Script, PathBuf>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(programs: &'a Programs, dir: &'a Path, codex: Option<PathBuf>) -> Self {
        Self { programs, dir, codex, scripts: BTreeMap::new() }
    }

    /// Runs all arms in turn, as often as the scenario wants; a first round warms up.
    pub(super) fn measure(&mut self, scenario: Scenario) -> Result<Measurement> {
        let model = match (scenario.server, &self.codex) {
            (Server::Codex, Some(codex)) => {
                Some((Model::start(&self.programs.ours("bench-model"))?, codex.clone()))
            }
            _ => None,
        };
        let wanted = |arm: &&Arm| self.programs.command(arm.client).is_some();
        let mut arms: Vec<_> =
            scenario.arms.iter().filter(wanted).map(|arm| (arm.clone(), Ok(Vec::new()))).collect();
        for round in 0..=scenario.rounds {
            for (arm, samples) in &mut arms {
                let Ok(list) = samples else { continue };
                let sample = match &model {
                    Some((model, codex)) => self.run(arm, codex, "CODEX_HOME", model.home()),
                    None => {
                        let script = self.script(arm.script)?;
                        let server = match scenario.server {
                            Server::ScriptOnWebsocket => "bench-websocket",
                            Server::Script | Server::Codex => "codex-fake-app-server",
                        };
                        let server = self.programs.ours(server);
                        self.run(arm, &server, "FAKE_APP_SERVER_SCRIPT", &script)
                    }
                };
                match sample {
                    Ok(sample) if round > 0 => list.push(sample),
                    Ok(_) => {}
                    // Without ours there is nothing to report.
                    Err(error) if !Client::PEERS.contains(&arm.client) => return Err(error),
                    Err(error) => *samples = Err(error),
                }
            }
        }
        Ok(Measurement { scenario, arms })
    }

    /// One run of one client, against `server`.
    fn run(&self, arm: &Arm, server: &Path, key: &str, value: &Path) -> Result<Sample> {
        if let Some(reason) = arm.client.cannot(arm.what) {
            return Err(reason.to_owned());
        }
        let Some(mut command) = self.programs.command(arm.client) else {
            return Err("it was not built".into());
        };
        command.args([arm.what, &arm.count.to_string()]).env("CODEX_BIN", server).env(key, value);
        let (line, total) = first_line(&mut command)?;
        Sample::read(&line, total)
            .ok_or_else(|| format!("{}: no figures but {line:?}", arm.client.label()))
    }

    /// The file with a script, written on first use.
    fn script(&mut self, script: Script) -> Result<PathBuf> {
        if let Some(path) = self.scripts.get(&script) {
            return Ok(path.clone());
        }
        let (kind, count) = script;
        let path = self.dir.join(format!("{kind}-{count}.json"));
        let file = File::create(&path)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let mut command = Command::new(self.programs.ours("bench-script"));
        process::run(command.args([kind, &count.to_string()]).stdout(file))?;
        self.scripts.insert(script, path.clone());
        Ok(path)
    }
}

impl Measurement {
    /// What the others are compared with: the first arm, in the first column.
    pub(super) fn first(&self) -> f64 {
        let column = self.scenario.columns[0];
        match self.arms.first() {
            Some((arm, Ok(samples))) => {
                Stat::new(samples, column, arm.per).map_or(f64::NAN, |stat| stat.median)
            }
            _ => f64::NAN,
        }
    }

    /// The median of a column for the `nth` arm with this client.
    pub(super) fn median(&self, client: Client, nth: usize, column: Column) -> Option<f64> {
        let mut arms = self.arms.iter().filter(|(arm, _)| arm.client == client);
        let (arm, samples) = arms.nth(nth)?;
        Some(Stat::new(samples.as_ref().ok()?, column, arm.per)?.median)
    }
}
