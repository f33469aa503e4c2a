//! What the server is told of this client: what the program has set, what its handlers need, and
//! which notifications are left out.

use std::mem;

use super::CodexBuilder;
use crate::{
    error::{Error, Result},
    generated::v2_all::{InitializeCapabilities, InitializeParams, NOTIFICATIONS},
    rpc::is_delta,
    wire::Maybe,
};

/// Notifications without which something never ends, or ends with less than it did, and what that
/// is.
const NEEDED: &[(&str, &str)] = &[
    ("account/login/completed", "logins end with it"),
    ("item/completed", "results are made of it"),
    ("item/started", "what failed turns have begun, and what is asked about, is known by it"),
    ("thread/goal/cleared", "goals end with it"),
    ("thread/goal/updated", "goals end with it"),
    ("turn/completed", "turns end with it"),
    ("turn/started", "goals and running turns are known by it"),
];

/// The same where the program replies to requests of the server: what these are about.
const NEEDED_TO_REPLY: &[(&str, &str)] = &[
    ("item/fileChange/patchUpdated", "handlers would be shown changes that are others now"),
    ("serverRequest/resolved", "handlers learn from it that another client has replied"),
    ("thread/started", "handlers learn from it who has started a sub-agent"),
];

impl CodexBuilder {
    /// What the server is told of this client (`capabilities` of `initialize`), beside what the
    /// other options of the connection tell it.
    ///
    /// What is set here wins over what handlers would declare, member by member and, among
    /// `extensions`, key by key; so `required_human_approval(false)` is sent although there is an
    /// [`on_command_approval`](Self::on_command_approval). Notifications that are left out here,
    /// by [`opt_out`](Self::opt_out) and by [`without_deltas`](Self::without_deltas) add up. Flags
    /// that are false unless set are not told from unset ones: what a handler needs is declared,
    /// and [`experimental_api`](crate::AppServerConfig::experimental_api) stays an option of the
    /// server's config, which this must not contradict.
    ///
    /// ```
    /// use codex_app_server::{Codex, protocol::InitializeCapabilities};
    ///
    /// let declared = InitializeCapabilities::new().explicit_gateway_oauth(true);
    /// let builder = Codex::builder().capabilities(declared);
    /// ```
    pub fn capabilities(mut self, capabilities: InitializeCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Asks the server to leave out notifications of these methods (`optOutNotificationMethods`).
    /// The names are exact; one that no server knows has no effect.
    ///
    /// Connecting is refused with [`Error::InvalidInput`] for those that the SDK needs: the
    /// beginnings and ends of turns and items, the ends of goals and logins; and where the program
    /// replies to requests, those that say what these are about. Without
    /// `thread/tokenUsage/updated`, the [`usage`](crate::RunResult::usage) of results is `None`.
    ///
    /// ```
    /// use codex_app_server::Codex;
    ///
    /// let builder = Codex::builder().opt_out(["turn/diff/updated", "account/rateLimits/updated"]);
    /// ```
    pub fn opt_out(mut self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.opt_out.extend(methods.into_iter().map(Into::into));
        self
    }

    /// Asks the server to leave out the pieces in which items come: [`opt_out`](Self::opt_out) of
    /// all their methods. Text then comes with `item/completed` only: for programs that want
    /// results.
    pub fn without_deltas(self) -> Self {
        let methods = NOTIFICATIONS.iter().map(|known| known.name);
        self.opt_out(methods.filter(|method| is_delta(method.as_bytes())))
    }

    /// What is said in the handshake (`initialize`), for what the other options do not have.
    ///
    /// What the params leave out, or leave empty, is filled in: the name and the version of the
    /// client, its title, and the capabilities that handlers need. What they have wins, member by
    /// member: their client info over that of the
    /// [config](crate::AppServerConfig::client_info), and their capabilities as those given by
    /// [`capabilities`](Self::capabilities), which they replace. Members that this version of the
    /// SDK does not know are sent as they are.
    ///
    /// ```
    /// use codex_app_server::{
    ///     Codex,
    ///     protocol::{ClientInfo, InitializeParams},
    /// };
    ///
    /// let info = ClientInfo::new().name("editor").version("1.2").unknown_field("build", 7);
    /// let params = InitializeParams::new(info).unknown_field("workspace", "main");
    /// let builder = Codex::builder().initialize(params);
    /// ```
    pub fn initialize(mut self, mut params: InitializeParams) -> Self {
        if let Maybe::Value(capabilities) = mem::take(&mut params.capabilities) {
            self.capabilities = capabilities;
        }
        self.introduction = params;
        self
    }

    /// Puts together what is said in the handshake.
    pub(super) fn introduce(&mut self) -> Result<InitializeParams> {
        let mut params = self.introduction.clone();
        let (info, config) = (&mut params.client_info, &mut self.app_server);
        // The name is checked there, whoever has given it.
        if !info.name.is_empty() {
            config.client_name.clone_from(&info.name);
        }
        config.check_client()?;
        info.name.clone_from(&config.client_name);
        if info.version.is_empty() {
            info.version.clone_from(&config.client_version);
        }
        info.title = info.title.take().or_else(|| config.client_title.clone());
        Ok(params.capabilities(self.declared()?))
    }

    /// Puts together what the server is told.
    fn declared(&mut self) -> Result<InitializeCapabilities> {
        let mut told = mem::take(&mut self.capabilities);
        if told.experimental_api && !self.app_server.experimental_api {
            return Err(Error::invalid(
                "capabilities",
                "they ask for the experimental API, which `AppServerConfig::experimental_api` has \
                 turned off; leave out one of the two",
            ));
        }
        told.experimental_api = self.app_server.experimental_api;
        let mut methods = told.opt_out_notification_methods.take().unwrap_or_default();
        methods.append(&mut self.opt_out);
        methods.sort_unstable();
        methods.dedup();
        let replies = self.policy.is_some() || self.handlers.reply_to_requests();
        methods.iter().try_for_each(|method| check_unneeded(method, replies))?;
        if !methods.is_empty() {
            told.opt_out_notification_methods = Some(methods);
        }
        Ok(self.handlers.declare(told))
    }
}

/// Refuses to leave out what the SDK needs.
fn check_unneeded(method: &str, replies: bool) -> Result<()> {
    let to_reply = if replies { NEEDED_TO_REPLY } else { &[] };
    let mut needed = NEEDED.iter().chain(to_reply);
    let Some((_, why)) = needed.find(|(needed, _)| *needed == method) else {
        return Ok(());
    };
    Err(Error::invalid(
        "opt_out",
        format!("notifications of `{method}` are needed: {why}; leave them in, and pass over them"),
    ))
}
