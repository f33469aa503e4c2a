//! Connects as the command line says.

use std::{error::Error, io};

use codex_app_server::{AppServerConfig, Codex, ManagedServer, WebsocketConfig};

use super::{
    ctrl_c::CtrlC,
    options::{Connection, Stdio, Transport, Websocket},
};
use crate::support::Mock;

/// A connection, and what has to live as long.
pub(crate) struct Connected {
    pub(crate) codex: Codex,
    server: Option<ManagedServer>,
}

impl Connected {
    /// Waits until the server is gone, if it was started for this.
    pub(crate) async fn close(self) -> Result<(), Box<dyn Error>> {
        self.codex.close().await;
        if let Some(server) = self.server {
            server.stop().await?;
        }
        Ok(())
    }
}

pub(crate) async fn connect(
    connection: &Connection,
    mock: &Mock,
    ctrl_c: &mut CtrlC,
) -> Result<Connected, Box<dyn Error>> {
    match connection.transport {
        Transport::Stdio => by_stdio(&connection.stdio, mock, ctrl_c).await,
        Transport::Websocket => by_websocket(&connection.websocket, mock, ctrl_c).await,
    }
}

/// Starts a server, which ends with the connection.
pub(crate) async fn by_stdio(
    stdio: &Stdio,
    mock: &Mock,
    ctrl_c: &mut CtrlC,
) -> Result<Connected, Box<dyn Error>> {
    let app_server = app_server(stdio, mock)?;
    let connecting = Codex::builder().app_server(app_server).connect_stdio();
    Ok(Connected { codex: ctrl_c.unless_pressed(connecting).await?, server: None })
}

fn app_server(stdio: &Stdio, mock: &Mock) -> io::Result<AppServerConfig> {
    let Some(line) = &stdio.cmd else { return Ok(mock.app_server()) };
    let words = shlex::split(line).ok_or_else(|| {
        io::Error::other(format!(
            "--cmd is no command line: {line:?} has a quote without its other"
        ))
    })?;
    Ok(mock.app_server().launch_args_override(words))
}

/// Reaches a server that runs already. The stand-in has none yet: one is started for it.
pub(crate) async fn by_websocket(
    websocket: &Websocket,
    mock: &Mock,
    ctrl_c: &mut CtrlC,
) -> Result<Connected, Box<dyn Error>> {
    if mock.is_active() && websocket.url.is_none() {
        let server = ctrl_c.unless_pressed(ManagedServer::start(mock.app_server())).await?;
        let codex = ctrl_c.unless_pressed(server.connect(Codex::builder())).await?;
        return Ok(Connected { codex, server: Some(server) });
    }
    let mut config = WebsocketConfig::from_env();
    if let Some(url) = &websocket.url {
        config = config.url(url);
    }
    if let Some(token) = &websocket.token {
        config = config.token(token);
    }
    let connecting = Codex::builder().connect_websocket(config);
    Ok(Connected { codex: ctrl_c.unless_pressed(connecting).await?, server: None })
}
