//! The options that programs which converse have in common, in groups: each program takes those
//! that make sense for it.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use codex_app_server::{ApprovalMode, ChatOptions, Sandbox, ThreadConfig};

/// Which server, and how it is reached.
#[derive(Args)]
pub(crate) struct Connection {
    /// How the server is reached
    #[arg(long, value_enum, default_value_t = Transport::Stdio)]
    pub(crate) transport: Transport,
    #[command(flatten)]
    pub(crate) stdio: Stdio,
    #[command(flatten)]
    pub(crate) websocket: Websocket,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Transport {
    /// A server of this program's own
    Stdio,
    /// One that runs already
    Websocket,
}

#[derive(Args)]
pub(crate) struct Stdio {
    /// The whole command line of the server [default: the codex that is found]
    #[arg(long, value_name = "COMMAND")]
    pub(crate) cmd: Option<String>,
}

#[derive(Args)]
pub(crate) struct Websocket {
    /// Where the server listens [default: $CODEX_APP_SERVER_WS_URL, or ws://127.0.0.1:8765]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The bearer token that it asks for [default, without --url: $CODEX_APP_SERVER_TOKEN]
    #[arg(long)]
    pub(crate) token: Option<String>,
}

/// Who plays the model.
#[derive(Args)]
pub(crate) struct StandIn {
    // `support::Mock` looks for it.
    /// Has a stand-in on loopback play the model: no account is needed
    #[arg(long)]
    mock: bool,
}

/// How a new thread works.
#[derive(Args)]
pub(crate) struct ThreadOptions {
    /// The folder that the agent works in
    #[arg(long, value_name = "FOLDER")]
    cwd: Option<PathBuf>,
    /// What the model is told in place of codex's own instructions
    #[arg(long, value_name = "TEXT")]
    base_instructions: Option<String>,
    /// What the model is told besides
    #[arg(long, value_name = "TEXT")]
    developer_instructions: Option<String>,
}

impl ThreadOptions {
    /// What is not given stays as the server has it; but nothing is written, and nobody is asked.
    pub(crate) fn config(&self) -> ThreadConfig {
        let safe =
            ThreadConfig::new().sandbox(Sandbox::ReadOnly).approval_mode(ApprovalMode::DenyAll);
        safe.merge(self.given())
    }

    /// What is given, and no more: for a thread that is there already.
    pub(crate) fn given(&self) -> ThreadConfig {
        let mut config = ThreadConfig::new();
        if let Some(cwd) = &self.cwd {
            config = config.cwd(cwd);
        }
        if let Some(text) = &self.base_instructions {
            config = config.base_instructions(text);
        }
        if let Some(text) = &self.developer_instructions {
            config = config.developer_instructions(text);
        }
        config
    }
}

/// How the agent is asked, and what is shown of what it does.
#[derive(Args)]
pub(crate) struct Asking {
    /// The program's own name for whoever asks
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// How long a turn may be silent
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    inactivity_timeout: Option<Duration>,
    /// Cancel a silent turn, rather than wait on
    #[arg(long)]
    pub(crate) cancel_on_timeout: bool,
    /// Show all that the server has said of each step, as JSON
    #[arg(long)]
    pub(crate) show_data: bool,
    /// Show nothing but what the agent says
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl Asking {
    pub(crate) fn options(&self) -> ChatOptions {
        let mut options = ChatOptions::new();
        if let Some(user) = &self.user {
            options = options.user(user);
        }
        if let Some(limit) = self.inactivity_timeout {
            options = options.inactivity_timeout(limit);
        }
        options
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "a number of seconds is needed, as in 2.5")?;
    Duration::try_from_secs_f64(number)
        .ok()
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "it has to be more than 0".to_owned())
}
