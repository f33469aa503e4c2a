//! Opens a websocket.

use std::{io, sync::Arc, time::Duration};

use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        self,
        handshake::client::{Request, Response},
    },
};

use super::{
    pings::Pings,
    reader::{Arrived, WebsocketReader},
    request::{Address, request},
    socket::{Heard, Io, Socket, cause, limits},
    writer::WebsocketWriter,
};
use crate::{
    config::{WebsocketConfig, without_secrets},
    error::{Error, Result, shorten},
    transport::Transport,
};

impl Transport {
    /// Connects to a server that listens on a websocket.
    pub(crate) async fn websocket(config: &WebsocketConfig) -> Result<Self> {
        let (address, request) = request(config)?;
        let shown = without_secrets(&config.url);
        in_time(&shown, config.connect_timeout, async {
            let stream = connect(&address)
                .await
                .map_err(|error| Error::connect(&shown, "nobody takes connections there", error))?;
            upgrade(&shown, request, stream, config.ping_interval).await
        })
        .await
    }
}

/// Ends what takes too long to connect to `address`.
async fn in_time<T>(
    address: &str,
    limit: Duration,
    connecting: impl Future<Output = Result<T>>,
) -> Result<T> {
    timeout(limit, connecting).await.unwrap_or_else(|_| {
        let reason = format!("it was not done within {limit:?}");
        Err(Error::connect(address, reason, io::ErrorKind::TimedOut.into()))
    })
}

async fn connect(address: &Address) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    // Messages are written whole, and waited for.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Makes a websocket of a connection to the server at `address`.
async fn upgrade<S: Io>(
    address: &str,
    request: Request,
    stream: S,
    ping_interval: Option<Duration>,
) -> Result<Transport> {
    let opening = client_async_with_config(request, Heard::new(stream), Some(limits()));
    let (stream, _) = opening.await.map_err(|error| match error {
        tungstenite::Error::Http(response) => refusal(address, &response),
        error => Error::connect(address, "it does not open a websocket", cause(error)),
    })?;
    let socket = Socket::share(stream);
    let pings = ping_interval.map(Pings::new);
    let reader = WebsocketReader { socket: socket.clone(), pings, arrived: Arrived::default() };
    Ok(Transport::new(reader, WebsocketWriter::new(socket)))
}

/// What a server says that does not open a websocket for us.
fn refusal(address: &str, response: &Response) -> Error {
    let status = response.status();
    let advice = match status.as_u16() {
        401 => "; it takes the token that it was started with: `WebsocketConfig::token`",
        403 => "; codex refuses requests with an `Origin`, which a header or a proxy may add",
        _ => "",
    };
    let body = String::from_utf8_lossy(response.body().as_deref().unwrap_or_default());
    let body = shorten(body.trim());
    let colon = if body.is_empty() { "" } else { ": " };
    Error::Connect {
        address: address.to_owned(),
        reason: format!("the server refuses with {status}{colon}{body}{advice}"),
        status: Some(status.as_u16()),
        source: None::<Arc<io::Error>>,
    }
}
