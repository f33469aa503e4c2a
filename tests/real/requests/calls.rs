//! Sends requests, and remembers which of them had a response.

use std::{collections::BTreeMap, sync::Mutex};

use codex_app_server::{
    Client, Error, NotificationStream, Result, generated::v2_all::CLIENT_REQUESTS,
    wire::ClientRequest,
};

use support::PATIENCE;

pub(crate) struct Calls {
    client: Client,
    /// By method, whether it had a response at least once.
    outcomes: Mutex<BTreeMap<&'static str, bool>>,
}

impl Calls {
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone(), outcomes: Mutex::default() }
    }

    /// A request that has a response.
    pub(crate) async fn ok<R: ClientRequest + Send + Sync>(&self, params: R) -> R::Response {
        let response = self.send(params).await;
        self.remember(R::METHOD, true);
        response.unwrap_or_else(|error| panic!("{} has no response: {}", R::METHOD, whole(&error)))
    }

    /// A request that the server refuses, in words that contain `why`.
    pub(crate) async fn refused<R: ClientRequest + Send + Sync>(&self, params: R, why: &str) {
        let response = self.send(params).await;
        self.remember(R::METHOD, false);
        match response {
            Err(Error::Rpc(error)) if error.message.contains(why) => {}
            Err(error) => panic!("{} is to be refused with {why:?}: {}", R::METHOD, whole(&error)),
            Ok(_) => panic!("{} has a response, and was to be refused with {why:?}", R::METHOD),
        }
    }

    async fn send<R: ClientRequest + Send + Sync>(&self, params: R) -> Result<R::Response> {
        let response = tokio::time::timeout(PATIENCE, self.client.request(params).into_future());
        response.await.unwrap_or_else(|_| panic!("{} hangs", R::METHOD))
    }

    pub(crate) fn events(&self) -> NotificationStream {
        self.client.events()
    }

    fn remember(&self, method: &'static str, has_response: bool) {
        *self.outcomes.lock().unwrap().entry(method).or_default() |= has_response;
    }

    /// How many methods had a response and were refused, if that is all there are.
    pub(crate) fn complete(&self) -> (usize, usize) {
        let outcomes = self.outcomes.lock().unwrap();
        let missing: Vec<_> = CLIENT_REQUESTS
            .iter()
            .map(|method| method.name)
            .filter(|name| !outcomes.contains_key(name))
            .collect();
        assert!(
            missing.is_empty(),
            "no line here calls {missing:?}: add one to the module of its area"
        );
        let responses = outcomes.values().filter(|has_response| **has_response).count();
        (responses, outcomes.len() - responses)
    }
}

/// An error with the whole JSON of what could not be read.
fn whole(error: &Error) -> String {
    match error {
        Error::Decode { source, raw, .. } => format!("{source}\n{raw}"),
        error => error.to_string(),
    }
}
