//! What a client and a server say to each other first.

use serde::Deserialize;

use crate::{
    client::Client,
    codex::ServerMetadata,
    error::{Error, Result},
    generated::v2_all::InitializeParams,
    json::{decode, encode},
    reconnect::Request,
    rpc::{Deadline, Lane},
    version::{ServerVersion, VersionPolicy},
};

/// What a client and a server say to each other first.
pub(super) struct Handshake {
    request: Vec<u8>,
    policy: VersionPolicy,
}

const INITIALIZE: &str = "initialize";
const INITIALIZED: &str = r#"{"method":"initialized"}"#;

impl Handshake {
    pub(super) fn new(introduction: &InitializeParams, policy: VersionPolicy) -> Result<Self> {
        Ok(Self { request: encode(INITIALIZE, introduction)?, policy })
    }

    pub(super) async fn perform(self, client: &Client) -> Result<ServerMetadata> {
        let Self { request, policy } = self;
        let (connection, deadline) = (client.connection(), Deadline::Default);
        let response = connection.request(INITIALIZE, request, Lane::Short, deadline).await?;
        let (metadata, version) = ServerMetadata::check(&response, &policy)?;
        client.session().set_version(version);
        connection.notify("initialized", INITIALIZED).await?;
        tracing::debug!(version = metadata.server_version, "connected to an app-server");
        Ok(metadata)
    }

    /// The same for a connection that was opened again.
    pub(super) fn again(&self) -> Request {
        let policy = self.policy.clone();
        Request {
            method: INITIALIZE,
            request: self.request.clone(),
            check: Box::new(move |response| ServerMetadata::check(response, &policy).map(drop)),
            notification: INITIALIZED,
        }
    }
}

impl ServerMetadata {
    /// What the response says, if the policy accepts the version.
    fn check(response: &[u8], policy: &VersionPolicy) -> Result<(Self, ServerVersion)> {
        let metadata = Self::new(response)?;
        let version = ServerVersion::new(&metadata.server_version);
        version.check(&metadata.server_version, policy)?;
        Ok((metadata, version))
    }

    /// Of the response, only the version has to be there: it stands in the user agent, after the
    /// first `/`.
    fn new(response: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OnlyUserAgent {
            user_agent: String,
        }
        let OnlyUserAgent { user_agent } = decode(INITIALIZE, response)?;
        let rest = user_agent.split_once('/').map(|(_, rest)| rest);
        let Some(version) = rest.and_then(|rest| rest.split_whitespace().next()) else {
            return Err(Error::invalid(
                "userAgent",
                format!(
                    "{user_agent:?} of the server has no version after a `/`; is this `codex app-server`?"
                ),
            ));
        };
        let initialize = decode(INITIALIZE, response);
        if let Err(error) = &initialize {
            tracing::warn!(%error, "the response to `initialize` does not fit its type");
        }
        Ok(Self { server_version: version.to_owned(), initialize: initialize.ok(), user_agent })
    }
}
