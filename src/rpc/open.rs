//! How a connection opens.

use std::sync::Arc;

use super::{
    connection::Connection,
    driver::{Driver, write},
    link::{Options, Shared},
    recovery::Reconnect,
    router::Router,
};
use crate::transport::Transport;

impl Connection {
    /// Takes over `transport`; `reconnect` opens another when it is lost. Has to be called within a
    /// tokio runtime.
    pub(crate) fn open(
        transport: Transport,
        options: Options,
        reconnect: Option<Box<dyn Reconnect>>,
    ) -> Self {
        let router = Router::new(options.recall, reconnect.is_some());
        let process = transport.process.as_ref();
        let shared = Shared::new(transport.writer, process, router, options);
        let driver = Driver {
            shared: Arc::clone(&shared),
            reader: transport.reader,
            writer: write(&shared),
            process: transport.process,
            stray_lines: transport.stray_lines,
            at_end: transport.at_end,
            last_words: None,
            reconnect,
        };
        tokio::spawn(driver.run());
        Self::of(&shared)
    }
}
