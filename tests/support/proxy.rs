//! What stands between a client and a server, and fails on demand.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, watch},
    task::AbortHandle,
};

/// Passes bytes on to a server, until it is told otherwise.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    state: Arc<State>,
    listening: AbortHandle,
}

#[derive(Debug)]
struct State {
    server: String,
    /// Connections of a lower number are cut.
    cut: watch::Sender<u32>,
    refuses: AtomicBool,
    /// What the server says is dropped.
    deaf: AtomicBool,
    /// What the client says is dropped.
    mute: AtomicBool,
    /// Something was dropped.
    dropped: Notify,
}

impl Proxy {
    /// One before the server at this URL, `ws://HOST:PORT`.
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            server: server.trim_start_matches("ws://").to_owned(),
            cut: watch::Sender::new(0),
            refuses: AtomicBool::new(false),
            deaf: AtomicBool::new(false),
            mute: AtomicBool::new(false),
            dropped: Notify::new(),
        });
        let listening = tokio::spawn(Arc::clone(&state).listen(listener)).abort_handle();
        Self { url, state, listening }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts all connections, and passes all on of those that come next.
    pub fn cut(&self) {
        self.state.cut.send_modify(|cut| *cut += 1);
        self.state.deaf.store(false, Ordering::SeqCst);
        self.state.mute.store(false, Ordering::SeqCst);
    }

    /// Whether further connections are refused.
    pub fn refuse(&self, refuse: bool) {
        self.state.refuses.store(refuse, Ordering::SeqCst);
    }

    /// Lets nothing that the server says pass any more, until the connection is cut.
    pub fn drop_responses(&self) {
        self.state.deaf.store(true, Ordering::SeqCst);
    }

    /// Lets nothing that the client says pass any more, until the connection is cut.
    pub fn drop_requests(&self) {
        self.state.mute.store(true, Ordering::SeqCst);
    }

    /// Waits until something has not passed.
    pub async fn next_dropped(&self) {
        self.state.dropped.notified().await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.cut();
    }
}

impl State {
    async fn listen(self: Arc<Self>, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            if !self.refuses.load(Ordering::SeqCst) {
                tokio::spawn(Arc::clone(&self).pass(client));
            }
        }
    }

    async fn pass(self: Arc<Self>, client: TcpStream) {
        let mut cut = self.cut.subscribe();
        let number = *cut.borrow_and_update();
        let Ok(server) = TcpStream::connect(&self.server).await else {
            return;
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            _ = cut.wait_for(|cut| *cut > number) => {}
            () = self.copy(from_client, to_server, &self.mute) => {}
            () = self.copy(from_server, to_client, &self.deaf) => {}
        }
    }

    async fn copy(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, drops: &AtomicBool) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            if drops.load(Ordering::SeqCst) {
                self.dropped.notify_one();
            } else if to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }
}
