//! The clients that are compared.

/// A client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// The loop that does nothing but decode.
    Bare,
    /// Our SDK on tokio's multi-threaded runtime, which is what `#[tokio::main]` gives.
    Sdk,
    /// Our SDK on tokio's current-thread runtime.
    SdkOneThread,
    /// Our SDK without async.
    SdkBlocking,
    CodexCodes,
    AppServerSdk,
    Python,
}

impl Client {
    pub(super) const PEERS: &[Self] = &[Self::CodexCodes, Self::AppServerSdk, Self::Python];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Bare => "bare loop",
            Self::Sdk => "this SDK",
            Self::SdkOneThread => "this SDK, one thread",
            Self::SdkBlocking => "this SDK, blocking",
            Self::CodexCodes => "codex-codes 0.166.4",
            Self::AppServerSdk => "codex-app-server-sdk 0.5.1",
            Self::Python => "openai-codex 0.163.0 (Python)",
        }
    }

    /// Why it is not asked to do this, where that is known.
    pub(super) fn cannot(self, what: &str) -> Option<&'static str> {
        match (self, what) {
            (Self::CodexCodes, "turns") => {
                Some("gives all events of a connection to one caller; no stream per turn")
            }
            (Self::AppServerSdk, "turns") => {
                Some("every turn's stream is sent all events of the connection: 200 million here")
            }
            _ => None,
        }
    }
}
