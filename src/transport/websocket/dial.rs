//! Opens a websocket.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        self,
        handshake::client::{Request, Response},
    },
};

#[cfg(feature = "tls")]
use super::tls::secure;
use super::{
    pings::Pings,
    reader::WebsocketReader,
    request::{Address, request},
    socket::{Heard, Io, Socket, cause, limits},
    writer::WebsocketWriter,
};
use crate::{
    config::{CONNECT_TIMEOUT, MAX_MESSAGE, PING_INTERVAL, WebsocketConfig, without_secrets},
    error::{Error, Result, shorten},
    transport::Transport,
};

/// What to do where TLS fails.
#[cfg(feature = "tls")]
const UNTRUSTED: &str = "TLS failed; if the certificate is by a CA of your own, this machine has to \
                         trust that, or the variable SSL_CERT_FILE to name its file";

impl Transport {
    /// Connects to a server that listens on a websocket.
    pub(crate) async fn websocket(config: &WebsocketConfig) -> Result<Self> {
        let (address, request) = request(config)?;
        let shown = without_secrets(&config.url);
        let options = Options {
            limit: config.connect_timeout,
            ping_interval: config.ping_interval,
            max_message: config.max_message_bytes,
        };
        let connecting = async { connect(&address).await.map_err(|error| nobody(&shown, error)) };
        #[cfg(feature = "tls")]
        if address.tls {
            let connecting = async {
                let secured = secure(connecting.await?, &address.host).await;
                secured.map_err(|error| Error::connect(&shown, UNTRUSTED, error))
            };
            return open(&shown, request, options, connecting).await;
        }
        open(&shown, request, options, connecting).await
    }

    /// A websocket over a byte stream that leads to a server, such as the standard streams of
    /// `codex app-server proxy` on another machine, or TLS of your own. It has to be open within
    /// 30 seconds. Has to be called within a tokio runtime.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::process::Stdio;
    /// use codex_app_server::{Codex, transport::Transport};
    /// use tokio::process::Command;
    ///
    /// let mut proxy = Command::new("ssh")
    ///     .args(["example.com", "codex", "app-server", "proxy"])
    ///     .stdin(Stdio::piped())
    ///     .stdout(Stdio::piped())
    ///     .kill_on_drop(true)
    ///     .spawn()?;
    /// let (Some(stdout), Some(stdin)) = (proxy.stdout.take(), proxy.stdin.take()) else {
    ///     return Err("they are piped".into());
    /// };
    /// let transport = Transport::websocket_over(tokio::io::join(stdout, stdin)).await?;
    /// let codex = Codex::builder().connect_with(transport).await?;
    /// # let _ = codex; Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] if there is no websocket at its other end.
    pub async fn websocket_over(
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Self> {
        open("a byte stream", Self::local_request()?, Options::default(), async { Ok(io) }).await
    }

    /// The request of those who are at the server already.
    pub(in crate::transport) fn local_request() -> Result<Request> {
        Ok(request(&WebsocketConfig::new("ws://localhost"))?.1)
    }
}

/// What holds for a websocket, besides its address and what it is asked with.
pub(in crate::transport) struct Options {
    /// How long it may take until it is open.
    pub(in crate::transport) limit: Duration,
    pub(in crate::transport) ping_interval: Option<Duration>,
    pub(in crate::transport) max_message: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limit: CONNECT_TIMEOUT,
            ping_interval: Some(PING_INTERVAL),
            max_message: MAX_MESSAGE,
        }
    }
}

/// Opens a websocket on what connects to the server at `address`.
pub(in crate::transport) async fn open<S: Io>(
    address: &str,
    request: Request,
    options: Options,
    connecting: impl Future<Output = Result<S>>,
) -> Result<Transport> {
    let limit = options.limit;
    let opening = async { upgrade(address, request, connecting.await?, options).await };
    timeout(limit, opening).await.unwrap_or_else(|_| {
        let reason = format!("it was not done within {limit:?}");
        Err(Error::connect(address, reason, io::ErrorKind::TimedOut.into()))
    })
}

/// What it is when there is no connection.
pub(in crate::transport) fn nobody(address: &str, error: io::Error) -> Error {
    Error::connect(address, "nobody takes connections there", error)
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
    options: Options,
) -> Result<Transport> {
    let opening =
        client_async_with_config(request, Heard::new(stream), Some(limits(options.max_message)));
    let (stream, _) = opening.await.map_err(|error| match error {
        tungstenite::Error::Http(response) => refusal(address, &response),
        error => Error::connect(address, "it does not open a websocket", cause(error)),
    })?;
    let socket = Socket::share(stream);
    let pings = options.ping_interval.map(Pings::new);
    let reader = WebsocketReader::new(socket.clone(), pings);
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
