//! The programs that are run: how they are built, and started.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use xtask::{
    error::Result,
    process::{cargo, run},
    workspace::Workspace,
};

use super::client::Client;

/// Without debug information, as the sizes of programs are compared too.
const RELEASE: [&str; 3] = ["--release", "--config", "profile.release.strip=\"symbols\""];

/// The crates that are compared with ours; `bench/peers` pins their versions.
const CRATES: [&str; 2] = ["codex-codes", "codex-app-server-sdk"];

/// The official Python SDK.
const PYTHON: &str = "openai-codex";
const PYTHON_VERSION: &str = "0.163.0";

/// Where the programs are.
pub(super) struct Programs {
    ours: PathBuf,
    hello: PathBuf,
    peers: Option<Peers>,
}

struct Peers {
    crates: PathBuf,
    python: PathBuf,
    python_client: PathBuf,
}

impl Programs {
    /// Ours, a hello-world, and on request the peers.
    pub(super) fn build(workspace: &Workspace, peers: bool) -> Result<Self> {
        let (sources, dir) = (workspace.benchmarks(), workspace.bench_output());
        // A target directory of its own: stripping is no reason to build everything twice.
        let target = dir.join("programs");
        let packages = ["--package=codex-app-server-bench", "--package=codex-app-server-testkit"];
        let mut build = cargo("build --bins");
        build.args(packages).args(RELEASE);
        run(build.arg("--target-dir").arg(&target))?;
        Ok(Self {
            ours: target.join("release"),
            hello: hello(workspace, &dir.join("hello"))?,
            peers: if peers { Some(Peers::build(&sources, &dir.join("peers"))?) } else { None },
        })
    }

    /// Our own program of this name.
    pub(super) fn ours(&self, name: &str) -> PathBuf {
        self.ours.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// The command that starts a client, without its arguments; `None` for peers that are not
    /// wanted.
    pub(super) fn command(&self, client: Client) -> Option<Command> {
        let ours = |name| Command::new(self.ours(name));
        Some(match client {
            Client::Bare => ours("bench-bare"),
            Client::Sdk => ours("bench-client"),
            Client::SdkOneThread => {
                let mut command = ours("bench-client");
                command.arg("--one-thread");
                command
            }
            Client::SdkBlocking => ours("bench-blocking"),
            Client::CodexCodes => Command::new(self.peers.as_ref()?.of("bench", CRATES[0])),
            Client::AppServerSdk => Command::new(self.peers.as_ref()?.of("bench", CRATES[1])),
            Client::Python => {
                let peers = self.peers.as_ref()?;
                let mut command = Command::new(&peers.python);
                command.arg(&peers.python_client);
                command
            }
        })
    }

    /// The sizes in bytes of programs that start a server, a thread and a turn.
    pub(super) fn sizes(&self) -> Result<Vec<(&'static str, u64)>> {
        let mut hellos = vec![
            (Client::Bare.label(), self.ours("bench-bare")),
            (Client::Sdk.label(), self.hello.clone()),
        ];
        if let Some(peers) = &self.peers {
            hellos.push((Client::CodexCodes.label(), peers.of("hello", CRATES[0])));
            hellos.push((Client::AppServerSdk.label(), peers.of("hello", CRATES[1])));
        }
        let size = |(label, path): (&'static str, PathBuf)| match fs::metadata(&path) {
            Ok(metadata) => Ok((label, metadata.len())),
            Err(error) => Err(format!("cannot look at {}: {error}", path.display())),
        };
        hellos.into_iter().map(size).collect()
    }
}

impl Peers {
    /// Each in its own folder, outside the workspace, so that none changes what another is built
    /// of.
    fn build(sources: &Path, dir: &Path) -> Result<Self> {
        for name in CRATES {
            let folder = dir.join(name);
            create(&folder)?;
            for file in ["Cargo.toml", "main.rs", "hello.rs"] {
                copy(&sources.join("peers").join(name).join(file), &folder.join(file))?;
            }
            copy(&sources.join("src/lib.rs"), &folder.join("measure.rs"))?;
            let mut build = cargo("build --bins");
            build.args(RELEASE).arg("--target-dir").arg(dir.join("target"));
            run(build.arg("--manifest-path").arg(folder.join("Cargo.toml")))?;
        }
        let venv = dir.join(PYTHON);
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        let python = venv.join("bin/python");
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet"])
            .arg(format!("{PYTHON}=={PYTHON_VERSION}")))?;
        Ok(Self {
            crates: dir.join("target/release"),
            python,
            python_client: sources.join("peers").join(PYTHON).join("client.py"),
        })
    }

    fn of(&self, kind: &str, name: &str) -> PathBuf {
        let suffix = std::env::consts::EXE_SUFFIX;
        self.crates.join(format!("{kind}-{name}{suffix}"))
    }
}

/// Our hello-world, outside the workspace, so that it has the default features and no others.
fn hello(workspace: &Workspace, dir: &Path) -> Result<PathBuf> {
    let (root, sources) = (workspace.root(), workspace.benchmarks().join("hello"));
    create(dir)?;
    let manifest = sources.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .map_err(|error| format!("cannot read {}: {error}", manifest.display()))?
        .replace("\"WORKSPACE\"", &format!("{root:?}"));
    let manifest = dir.join("Cargo.toml");
    fs::write(&manifest, text)
        .map_err(|error| format!("cannot write {}: {error}", manifest.display()))?;
    copy(&sources.join("main.rs"), &dir.join("main.rs"))?;
    copy(&root.join("Cargo.lock"), &dir.join("Cargo.lock"))?;
    let mut build = cargo("build");
    build.args(RELEASE).arg("--target-dir").arg(dir);
    run(build.arg("--manifest-path").arg(manifest))?;
    let suffix = std::env::consts::EXE_SUFFIX;
    Ok(dir.join(format!("release/hello-codex-app-server{suffix}")))
}

fn create(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|error| format!("cannot create {}: {error}", dir.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot copy {} to {}: {error}", from.display(), to.display())),
    }
}
