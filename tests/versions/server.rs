//! The servers of one step, and what they have told.

use std::sync::{Arc, Mutex};

use codex_app_server::{
    CODEX_VERSION, Codex, CodexBuilder, Error, NotificationStream,
    generated::v2_all::ServerNotification,
};
use codex_app_server_testkit::Answer;
use support::{Install, Real, soon};

/// Starts servers of one version. Clones are the same.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) install: Install,
    started: Arc<Mutex<Vec<Started>>>,
}

/// A server, and what it tells.
type Started = (Arc<Real>, NotificationStream);

impl Server {
    pub(crate) fn new(install: &Install) -> Self {
        Self { install: install.clone(), started: Arc::default() }
    }

    /// A server whose model gives these answers.
    pub(crate) async fn start(&self, answers: impl IntoIterator<Item = Answer>) -> Arc<Real> {
        self.start_with(answers, Codex::builder()).await
    }

    /// The same with options of the connection.
    pub(crate) async fn start_with(
        &self,
        answers: impl IntoIterator<Item = Answer>,
        builder: CodexBuilder,
    ) -> Arc<Real> {
        let real = Arc::new(Real::start_of(&self.install, answers, builder).await);
        let told = real.codex.client().events();
        self.started.lock().unwrap().push((real.clone(), told));
        real
    }

    /// Ends the servers. All that they have told has to be readable, and known if the SDK is made
    /// for this version.
    pub(crate) async fn end(&self) -> Result<(), String> {
        let started = std::mem::take(&mut *self.started.lock().unwrap());
        for (real, mut told) in started {
            soon(real.codex.close()).await;
            while let Some(event) = soon(told.next()).await {
                let event = match event {
                    Ok(event) => event,
                    Err(Error::Reconnected) => continue,
                    Err(_) => break,
                };
                if let ServerNotification::Unknown(message) = &event
                    && (self.install.version() == CODEX_VERSION || message.reason.is_some())
                {
                    return Err(format!("this is told, and cannot be read: {event:?}"));
                }
            }
        }
        Ok(())
    }
}
