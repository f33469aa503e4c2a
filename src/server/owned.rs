//! A server that ends with what has started it.

#[cfg(unix)]
use std::path::Path;
use std::{ffi::OsString, process::Stdio, time::Duration};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep},
};

#[cfg(unix)]
use super::socket;
use super::{Failure, ManagedServer, Place, token::TokenFile};
use crate::{
    config::{ManagedServerConfig, WebsocketConfig},
    error::{Error, Result},
    transport::{Transport, process::Process},
};

/// What codex prints on stderr before the URL when it listens at a port.
const LISTENING: &str = "listening on: ";

/// How long a server may take to leave that did not come to listen.
const FAILED_GRACE: Duration = Duration::from_millis(500);

impl ManagedServer {
    /// Starts a server that listens at a free port of 127.0.0.1, and waits until it does. Has to be
    /// called within a tokio runtime, which reads what the server says.
    ///
    /// It ends when this value is dropped, which takes up to a quarter of a second, or
    /// [stopped](Self::stop), and what it has started ends with it. A program that is killed drops
    /// nothing: then the server goes on. Cancelling the start ends it, too.
    ///
    /// What it prints on stderr is read, and logged at the level `debug`.
    ///
    /// ```no_run
    /// # async fn example(secret: String) -> codex_app_server::Result<()> {
    /// use codex_app_server::{AppServerConfig, Codex, ManagedServer, ManagedServerConfig};
    ///
    /// let config = ManagedServerConfig::new(AppServerConfig::new()).token(secret);
    /// let server = ManagedServer::start(config).await?;
    /// let one = server.connect(Codex::builder()).await?;
    /// let other = server.connect(Codex::builder()).await?;
    /// # let _ = (one, other); Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::ManagedServer`] if it ends before it listens, or takes too long, with what it
    ///   said;
    /// - [`Error::RuntimeNotFound`], [`Error::Spawn`] and [`Error::InvalidInput`] as for
    ///   [`connect_stdio`](crate::CodexBuilder::connect_stdio).
    pub async fn start(config: impl Into<ManagedServerConfig>) -> Result<Self> {
        let config = config.into();
        let mut args = ["--listen", "ws://127.0.0.1:0"].map(OsString::from).to_vec();
        let token_file = config.token.as_deref().map(TokenFile::write).transpose()?;
        if let Some(file) = &token_file {
            args.extend(["--ws-auth", "capability-token", "--ws-token-file"].map(OsString::from));
            args.push(file.path().into());
        }
        let mut command = config.app_server.listening(&args)?;
        // What it says is read: colours stand between the words.
        command.env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
        let (heard, url) = oneshot::channel();
        let process = Process::start(command, Stdio::null, hear_url(heard))?;
        let listens = async {
            let Ok(url) = url.await else {
                // It will not say any more where it listens.
                return std::future::pending().await;
            };
            let mut server = WebsocketConfig::new(url);
            server.token.clone_from(&config.token);
            // A server that takes a connection is ready.
            Transport::websocket(&server).await?;
            Ok(server)
        };
        let (process, server) = once(listens, process, config.start_timeout).await?;
        Ok(Self::of(Place::Websocket(server), process.id(), Some(process)))
    }

    /// The same on a unix socket, which only this user may connect to. The folder that it is in is
    /// made if need be; a socket that a server has left behind is taken over.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{AppServerConfig, Codex, ManagedServer};
    ///
    /// let server = ManagedServer::start_unix("/run/me/codex.sock", AppServerConfig::new()).await?;
    /// let codex = server.connect(Codex::builder()).await?;
    /// # let _ = codex; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start); [`Error::InvalidInput`] if a server runs there already.
    #[cfg(unix)]
    pub async fn start_unix(
        path: impl AsRef<Path>,
        config: impl Into<ManagedServerConfig>,
    ) -> Result<Self> {
        let config = config.into();
        config.refuse_token()?;
        let path = socket::prepare(path.as_ref())?;
        if socket::ask(&path).await?.is_some() {
            return Err(Error::invalid(
                "path",
                format!(
                    "a server listens at {} already; name another place, or share that one: \
                     `ManagedServer::daemon`",
                    path.display()
                ),
            ));
        }
        let command = config.app_server.listening(&socket::arguments(&path))?;
        let process = Process::start(command, Stdio::null, |_| {})?;
        let listens = socket::answered(&path);
        let (process, _) = once(listens, process, config.start_timeout).await?;
        Ok(Self::of(Place::Unix(path), process.id(), Some(process)))
    }
}

/// Waits for the line that tells the URL.
fn hear_url(heard: oneshot::Sender<String>) -> impl FnMut(&str) {
    let mut heard = Some(heard);
    move |line| {
        if let Some((_, url)) = line.split_once(LISTENING)
            && let Some(heard) = heard.take()
        {
            // Nobody waits for it any more if the start was given up.
            let _ = heard.send(url.to_owned());
        }
    }
}

/// A process that `listens`. One that does not is ended, and says why.
async fn once<T>(
    listens: impl Future<Output = Result<T>>,
    mut process: Process,
    limit: Duration,
) -> Result<(Process, T)> {
    let failure = tokio::select! {
        listening = listens => match listening {
            Ok(listening) => return Ok((process, listening)),
            Err(error) => Failure::Other(error),
        },
        () = process.wait() => Failure::Ended,
        () = sleep(limit) => Failure::Late(limit),
    };
    let (exit_status, stderr) = process.last_words().await;
    process.stop(Instant::now() + FAILED_GRACE).await;
    Err(failure.error(exit_status, stderr))
}
