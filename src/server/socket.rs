//! The place of a server on a unix socket, and who is there.

use std::{
    ffi::OsString,
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{self, Path, PathBuf},
    time::Duration,
};

use rustix::process::Pid;
use tokio::{
    net::UnixStream,
    time::{Instant, sleep},
};

use crate::{
    error::{Error, Result},
    transport::Transport,
};

/// How often it is looked whether a server is there, or gone: nobody tells.
pub(super) const POLL: Duration = Duration::from_millis(10);

/// How long somebody may cut us off who is about to end: a server that was killed holds its socket
/// until the last of its threads is gone.
const LEAVING: Duration = Duration::from_secs(1);

/// A server on a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listener {
    /// Its process, if the system says.
    pub(super) pid: Option<u32>,
}

/// The place as an absolute path, in a folder that is there.
pub(super) fn prepare(path: &Path) -> Result<PathBuf> {
    let invalid = |error: io::Error| {
        Error::invalid("path", format!("no socket can be at {}: {error}", path.display()))
    };
    let path = path::absolute(path).map_err(invalid)?;
    if let Some(folder) = path.parent() {
        // For this user only, as codex makes its own.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(invalid)?;
    }
    Ok(path)
}

/// What tells a server to listen there.
pub(super) fn arguments(path: &Path) -> [OsString; 2] {
    let mut url = OsString::from("unix://");
    url.push(path);
    ["--listen".into(), url]
}

/// Asks who is there. None for nobody, also where a server has left its socket behind; an error
/// for somebody who is no such server.
pub(super) async fn ask(path: &Path) -> Result<Option<Listener>> {
    let patience = Instant::now() + LEAVING;
    loop {
        let listener = listener(path).await.map_err(|error| {
            let place = format!("unix://{}", path.display());
            Error::connect(&place, "it cannot be asked whether a server is there", error)
        })?;
        if listener.is_none() {
            return Ok(None);
        }
        // A server opens a websocket for us.
        match Transport::unix(path).await {
            Ok(_) => return Ok(listener),
            Err(Error::Connect { source: Some(error), .. }) if is_nobody(&error) => {
                return Ok(None);
            }
            Err(Error::Connect { source: Some(error), .. })
                if is_cut(&error) && Instant::now() < patience =>
            {
                sleep(POLL).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Waits until a server is there.
pub(super) async fn answered(path: &Path) -> Result<Listener> {
    loop {
        match ask(path).await? {
            Some(listener) => return Ok(listener),
            None => sleep(POLL).await,
        }
    }
}

/// Who listens there, be it a server or not.
pub(super) async fn listener(path: &Path) -> io::Result<Option<Listener>> {
    match UnixStream::connect(path).await {
        Ok(stream) => {
            let pid = stream.peer_cred()?.pid();
            Ok(Some(Listener { pid: pid.and_then(|pid| pid.try_into().ok()) }))
        }
        Err(error) if is_nobody(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof
    )
}

/// A process by its id.
pub(super) fn process(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}
