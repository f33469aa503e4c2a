//! The kinds of requests: one table of their names, which the handlers are set by as well.

use super::asked::Asked;
use crate::{
    client::Client,
    error::Result,
    generated::v2_all::{
        ApplyPatchApprovalParams, AttestationGenerateParams, ChatgptAuthTokensRefreshParams,
        CommandExecutionRequestApprovalParams, CurrentTimeReadParams, DynamicToolCallParams,
        ExecCommandApprovalParams, FileChangeRequestApprovalParams,
        McpServerElicitationRequestParams, PermissionsRequestApprovalParams, ServerRequest,
        ToolRequestUserInputParams,
    },
    reply::Reply,
    rpc::Payload,
    wire::UnknownMessage,
};

/// Calls the macro `$make` with a row for each kind of request: what it is, how its handler is set,
/// what it is called here, and its params. A kind that is missing does not compile.
macro_rules! kinds {
    ($make:ident) => {
        $make! {
            "whether a command may run (`item/commandExecution/requestApproval`)"
                on_command_approval CommandApproval(CommandExecutionRequestApprovalParams)
                = ItemCommandExecutionRequestApproval;
            "whether files may be changed (`item/fileChange/requestApproval`)"
                on_file_change_approval FileChangeApproval(FileChangeRequestApprovalParams)
                = ItemFileChangeRequestApproval;
            "for more permissions than the sandbox gives (`item/permissions/requestApproval`)"
                on_permissions_request PermissionsRequest(PermissionsRequestApprovalParams)
                = ItemPermissionsRequestApproval;
            "the user something for the agent (`item/tool/requestUserInput`)"
                on_user_input UserInputRequest(ToolRequestUserInputParams)
                = ItemToolRequestUserInput;
            "the user something for an MCP server (`mcpServer/elicitation/request`)"
                on_elicitation Elicitation(McpServerElicitationRequestParams)
                = McpServerElicitationRequest;
            "for the output of a tool of the client (`item/tool/call`)"
                on_tool_call ToolCall(DynamicToolCallParams)
                = ItemToolCall;
            "for new tokens of a ChatGPT account (`account/chatgptAuthTokens/refresh`)"
                on_auth_tokens_refresh AuthTokensRefresh(ChatgptAuthTokensRefreshParams)
                = AccountChatgptAuthTokensRefresh;
            "for an attestation of the client (`attestation/generate`)"
                on_attestation AttestationRequest(AttestationGenerateParams)
                = AttestationGenerate;
            "what time it is (`currentTime/read`)"
                on_current_time CurrentTimeRequest(CurrentTimeReadParams)
                = CurrentTimeRead;
            "whether a command may run, in conversations of the legacy API (`execCommandApproval`)"
                on_legacy_command_approval LegacyCommandApproval(ExecCommandApprovalParams)
                = ExecCommandApproval;
            "whether files may be changed, in conversations of the legacy API \
(`applyPatchApproval`)"
                on_legacy_patch_approval LegacyPatchApproval(ApplyPatchApprovalParams)
                = ApplyPatchApproval;
        }
    };
}
pub(crate) use kinds;

macro_rules! questions {
    ($($doc:literal $on:ident $name:ident($params:ident) = $variant:ident;)*) => {
        $(
            #[doc = concat!("The server asks ", $doc, ".")]
            #[doc = concat!("A handler for it is set with [`", stringify!($on), "`](crate::CodexBuilder::", stringify!($on), ").")]
            pub type $name = Asked<$params>;
        )*

        /// A request of the server, of any kind.
        #[derive(Debug)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "there are few of them at a time")]
        pub enum Question {
            $(
                #[doc = concat!("It asks ", $doc, ".")]
                $name($name),
            )*
            /// What this version of the crate does not know, or what does not fit.
            Unknown(UnknownMessage),
        }

        impl Question {
            /// Reads a request.
            pub(super) fn read(payload: &Payload, client: Client) -> Self {
                match ServerRequest::decode(payload.method(), &payload.params()) {
                    $(ServerRequest::$variant(params) => {
                        Self::$name(Asked::new(params, payload, client))
                    })*
                    ServerRequest::Unknown(message) => Self::Unknown(message),
                }
            }

            /// The method on the wire.
            #[must_use]
            pub fn method(&self) -> &str {
                match self {
                    $(Self::$name(_) => <$params as crate::wire::ServerRequestParams>::METHOD,)*
                    Self::Unknown(message) => &message.method,
                }
            }

            /// The id of the thread that asks, if the request names one.
            #[must_use]
            pub fn thread_id(&self) -> Option<&str> {
                match self {
                    $(Self::$name(request) => request.thread_id(),)*
                    Self::Unknown(message) => message.thread_id(),
                }
            }

            /// The id of the thread that has started that one; see
            /// [`Asked::parent_thread_id`].
            #[must_use]
            pub fn parent_thread_id(&self) -> Option<&str> {
                match self {
                    $(Self::$name(request) => request.parent_thread_id(),)*
                    Self::Unknown(_) => None,
                }
            }
        }
    };
}
kinds!(questions);

impl Question {
    /// Declines: the safe reply, which is also given when nobody replies ([`Reply::decline`]).
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn decline(&self) -> Result<Reply> {
        Ok(Reply::decline_method(self.method()))
    }
}
