//! A server that outlives the program.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use process_wrap::std::{CommandWrap, CommandWrapper, ProcessSession};
use rustix::process::{Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use super::{
    Failure, ManagedServer, Place,
    socket::{self, Listener},
};
use crate::{
    config::ManagedServerConfig,
    error::{Error, Result},
    transport::descendants,
};

/// How much of the log an error shows, in bytes.
const TAIL: u64 = 2000;

impl ManagedServer {
    /// Shares the server on a unix socket, and starts it if none is there: one that is in a session
    /// of its own, and goes on when this program ends. Has to be called within a tokio runtime.
    ///
    /// Whether one is there is asked: a socket that a server has left behind is taken over, the
    /// folder that it is in is made if need be, and of programs that start one at the same time
    /// all share the server of the fastest. `config` is only for a server that is started.
    ///
    /// Dropping this value leaves the server alone; [`stop`](Self::stop) ends it. What it prints is
    /// added to a file beside the socket, whose name ends with `.log` and which only this user can
    /// read.
    ///
    /// codex's own place for it is [`control_socket`](crate::transport::control_socket), which
    /// `codex app-server proxy` and `codex app-server daemon` use.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::{AppServerConfig, Codex, ManagedServer};
    ///
    /// let server = ManagedServer::daemon("/run/me/codex.sock", AppServerConfig::new()).await?;
    /// let codex = server.connect(Codex::builder()).await?;
    /// # let _ = codex; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start); [`Error::Connect`] if somebody is there who is no server.
    pub async fn daemon(
        path: impl AsRef<Path>,
        config: impl Into<ManagedServerConfig>,
    ) -> Result<Self> {
        let config = config.into();
        config.refuse_token()?;
        let path = socket::prepare(path.as_ref())?;
        if let Some(listener) = socket::ask(&path).await? {
            return Ok(Self::at(path, listener));
        }
        let mut starting = Starting::spawn(&path, &config)?;
        let failure = tokio::select! {
            listener = socket::answered(&path) => match listener {
                Ok(listener) => {
                    starting.leave();
                    return Ok(Self::at(path, listener));
                }
                Err(error) => Failure::Other(error),
            },
            _ = starting.child.wait() => Failure::Ended,
            () = sleep(config.start_timeout) => Failure::Late(config.start_timeout),
        };
        // Another program may have been faster: codex lets one server have a place.
        if let Failure::Ended = failure
            && let Some(listener) = socket::ask(&path).await?
        {
            return Ok(Self::at(path, listener));
        }
        let exit_status = starting.child.try_wait().ok().flatten();
        Err(failure.error(exit_status, starting.log.tail()))
    }

    /// The server that runs on a unix socket, or `None`: to stop it, or to find out whether there
    /// is one.
    ///
    /// ```no_run
    /// # async fn example() -> codex_app_server::Result<()> {
    /// use codex_app_server::ManagedServer;
    ///
    /// if let Some(server) = ManagedServer::running("/run/me/codex.sock").await? {
    ///     server.stop().await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] if somebody is there who is no server, or may not be asked.
    pub async fn running(path: impl AsRef<Path>) -> Result<Option<Self>> {
        let path = path.as_ref();
        let listener = socket::ask(path).await?;
        Ok(listener.map(|listener| Self::at(path.to_owned(), listener)))
    }

    fn at(path: PathBuf, listener: Listener) -> Self {
        Self::of(Place::Unix(path), listener.pid, None)
    }
}

/// A server that does not listen yet. It is killed if nobody waits for that any more.
struct Starting {
    child: Child,
    log: Log,
    is_left_alone: bool,
}

impl Starting {
    fn spawn(path: &Path, config: &ManagedServerConfig) -> Result<Self> {
        let mut command = config.app_server.listening(&socket::arguments(path))?;
        let program = command.get_program().to_owned();
        let failed = |source| Error::spawn(&program, source);
        let (log, stderr) = Log::beside(path)?;
        // What we are part of may be ended by our mark. It is not part of that.
        command.env(descendants::VARIABLE, descendants::new_mark());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
        let unused = CommandWrap::with_new("", |_| {});
        ProcessSession.pre_spawn(&mut command, &unused).map_err(failed)?;
        let child = Command::from(command).spawn().map_err(failed)?;
        Ok(Self { child, log, is_left_alone: false })
    }

    /// It stands on its own feet.
    fn leave(&mut self) {
        self.is_left_alone = true;
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id().filter(|_| !self.is_left_alone).and_then(socket::process)
        {
            // An error says that it is gone.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// What a daemon prints.
struct Log {
    file: File,
    /// Where that of this server begins.
    start: u64,
}

impl Log {
    /// The log of a server on a socket, and the end that the server writes to.
    fn beside(socket: &Path) -> Result<(Self, File)> {
        let mut path = OsString::from(socket);
        path.push(".log");
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let opened = options.open(&path).and_then(|file| {
            let (start, stderr) = (file.metadata()?.len(), file.try_clone()?);
            Ok((Self { file, start }, stderr))
        });
        opened.map_err(|error| {
            let path = Path::new(&path).display();
            Error::invalid("path", format!("its log cannot be written to {path}: {error}"))
        })
    }

    /// The end of what the server has printed.
    fn tail(&mut self) -> String {
        let read = |file: &mut File, start: u64| -> io::Result<Vec<u8>> {
            let mut tail = Vec::new();
            let end = file.metadata()?.len();
            file.seek(SeekFrom::Start(start.max(end.saturating_sub(TAIL))))?;
            file.take(TAIL).read_to_end(&mut tail)?;
            Ok(tail)
        };
        let tail = read(&mut self.file, self.start).unwrap_or_default();
        String::from_utf8_lossy(&tail).trim().to_owned()
    }
}
