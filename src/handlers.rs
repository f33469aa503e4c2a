//! Who replies to the server's own requests: what the program has decided beforehand, its handlers,
//! whoever takes a request that is held for the program, or else nobody; then it is declined.

mod asked;
mod command;
mod elicitation;
mod file_change;
mod kinds;
mod legacy;
mod others;
mod pending;
mod permissions;
mod user_input;

use std::{pin::Pin, sync::Arc, time::Duration};

use self::asked::Refusal;
pub use self::{
    asked::{Asked, IntoReply},
    kinds::{
        AttestationRequest, AuthTokensRefresh, CommandApproval, CurrentTimeRequest, Elicitation,
        FileChangeApproval, LegacyCommandApproval, LegacyPatchApproval, PermissionsRequest,
        Question, ToolCall, UserInputRequest,
    },
    pending::{PendingRequest, PendingRequests},
};
pub(crate) use self::{kinds::kinds, pending::PendingReader};
use crate::{
    client::{Client, WeakClient},
    error::{Error, WithSources},
    generated::v2_all::{
        AttestationGenerateParams, CommandExecutionRequestApprovalParams,
        FileChangeRequestApprovalParams, InitializeCapabilities, McpServerElicitationRequestParams,
        PermissionsRequestApprovalParams, ServerRequest,
    },
    redact::Shown,
    reply::Reply,
    rpc, tools,
    unwind::catch_panic,
    wire::ServerRequestParams,
};

/// A handler of the program. It decodes the request itself, so that a program without one does not
/// contain the decoders.
type Handler = Arc<dyn Fn(&rpc::Payload, Client) -> Replying + Send + Sync>;

/// What decides before the handlers do. It decodes the request itself, as they do.
type Policy = Arc<dyn Fn(&rpc::Payload, Client) -> Deciding + Send + Sync>;

type Deciding = Pin<Box<dyn Future<Output = Option<Reply>> + Send>>;

type Replying = Pin<Box<dyn Future<Output = Result<Reply, Refusal>> + Send>>;

/// The handlers of a connection.
#[derive(Clone, Default)]
pub(crate) struct Handlers {
    /// What decides before any of them.
    policy: Option<Policy>,
    /// Those of one kind of request each, by its method.
    kinds: Vec<(&'static str, Handler)>,
    /// The one for all others.
    general: Option<Handler>,
    /// The one that holds those that have none of these for the program to take them.
    held: Option<Handler>,
}

impl Handlers {
    /// Sets the handler of one kind of request.
    pub(crate) fn set<P, F, A>(&mut self, handler: F)
    where
        P: ServerRequestParams,
        F: Fn(Asked<P>) -> A + Send + Sync + 'static,
        A: Future<Output: IntoReply> + Send + 'static,
    {
        self.kinds.retain(|(method, _)| *method != P::METHOD);
        let handler = move |payload: &rpc::Payload, client| -> Replying {
            match Asked::read(payload, client) {
                Ok(request) => {
                    let replying = handler(request);
                    Box::pin(async move { replying.await.into_reply() })
                }
                Err(error) => Box::pin(async move { Err(error.into()) }),
            }
        };
        self.kinds.push((P::METHOD, Arc::new(handler)));
    }

    /// Sets the handler of all requests that have none of their own.
    pub(crate) fn set_general<F, A>(&mut self, handler: F)
    where
        F: Fn(ServerRequest, Client) -> A + Send + Sync + 'static,
        A: Future<Output = Reply> + Send + 'static,
    {
        self.general = Some(Arc::new(move |payload, client| {
            let request = ServerRequest::decode(payload.method(), &payload.params());
            let replying = handler(request, client);
            Box::pin(async move { Ok(replying.await) })
        }));
    }

    /// Sets what decides before the handlers. What it gives no reply to is theirs.
    pub(crate) fn set_policy<F, A>(&mut self, policy: F)
    where
        F: Fn(Question) -> A + Send + Sync + 'static,
        A: Future<Output = Option<Reply>> + Send + 'static,
    {
        self.policy = Some(Arc::new(move |payload, client| {
            Box::pin(policy(Question::read(payload, client)))
        }));
    }

    /// Holds the requests that have no handler for the program to take.
    pub(crate) fn set_hold(&mut self, limit: Duration) {
        self.held = Some(Arc::new(move |payload, client| {
            let payload = payload.clone();
            Box::pin(async move {
                let reply = client.connection().hold(payload.clone(), limit).await;
                Ok(reply.unwrap_or_else(|| Reply::decline_method(payload.method())))
            })
        }));
    }

    /// Whether the program gets to see what the requests refer to.
    pub(crate) fn recall(&self) -> bool {
        self.policy.is_some() || self.held.is_some() || !self.kinds.is_empty()
    }

    /// Whether the program replies to requests of any kind.
    pub(crate) fn reply_to_requests(&self) -> bool {
        self.recall() || self.general.is_some()
    }

    /// Whether approvals are decided by the program.
    pub(crate) fn approve(&self) -> bool {
        self.policy.is_some()
            || self.general.is_some()
            || self.held.is_some()
            || self.has::<CommandExecutionRequestApprovalParams>()
            || self.has::<FileChangeRequestApprovalParams>()
            || self.has::<PermissionsRequestApprovalParams>()
    }

    /// Tells the server what it may ask for. Some requests it only sends to those who say so. What
    /// the program has said stays as it is.
    pub(crate) fn declare(
        &self,
        mut capabilities: InitializeCapabilities,
    ) -> InitializeCapabilities {
        if self.has::<AttestationGenerateParams>() {
            capabilities = capabilities.request_attestation(true);
        }
        if self.held.is_some() || self.has::<McpServerElicitationRequestParams>() {
            let extensions = capabilities.extensions.get_or_insert_default();
            extensions.entry("openai/form").or_insert_with(|| serde_json::json!({}));
        }
        let commands = self.held.is_some() || self.has::<CommandExecutionRequestApprovalParams>();
        // By its name on the wire: older schemas lack it.
        let human = "requiredHumanApproval";
        let has_said =
            || serde_json::to_value(&capabilities).is_ok_and(|said| !said[human].is_null());
        if commands && capabilities.experimental_api && !has_said() {
            capabilities = capabilities.unknown_field(human, true);
        }
        capabilities
    }

    fn has<P: ServerRequestParams>(&self) -> bool {
        self.kinds.iter().any(|(method, _)| *method == P::METHOD)
    }

    fn find(&self, method: &str) -> Option<&Handler> {
        let own = self.kinds.iter().find(|(known, _)| *known == method);
        own.map(|(_, handler)| handler).or(self.general.as_ref()).or(self.held.as_ref())
    }

    /// What the connection calls: whoever replies, in the safe way if nobody else does.
    pub(crate) fn into_raw(self, client: WeakClient) -> rpc::RawHandler {
        let shared = Arc::new((self, client));
        Arc::new(move |payload| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let (handlers, client) = &*shared;
                let reply = match client.upgrade() {
                    Some(client) => handlers.reply(&payload, client).await,
                    None => None,
                };
                reply.unwrap_or_else(|| Reply::decline_method(payload.method()))
            })
        })
    }

    /// The reply of the program, if it gives one that fits.
    async fn reply(&self, payload: &rpc::Payload, client: Client) -> Option<Reply> {
        let method = payload.method();
        if let Some(tool) = tools::find(payload, &client) {
            let misfit = |error: &Error| tracing::error!(method, ?error, "the call is declined");
            return tool(payload).await.inspect_err(misfit).ok();
        }
        if let Some(policy) = &self.policy
            && let Some(reply) = policy(payload, client.clone()).await
        {
            return Some(reply);
        }
        let handler = self.find(method)?;
        let reply = match catch_panic(|| handler(payload, client)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                let error = WithSources(&*error).to_string();
                tracing::error!(method, error = %Shown(&error), "the handler failed; declined");
                return None;
            }
            Err(_) => {
                tracing::error!(method, "the handler panicked; declined");
                return None;
            }
        };
        if !reply.fits(method) {
            tracing::error!(method, "the reply is to another kind of request; declined");
            return None;
        }
        Some(reply)
    }
}
