//! The options of a chat.

use std::{fmt, time::Duration};

use crate::settings::{ThreadConfig, TurnOverrides};

/// How a chat is held: the turn's options, who asks, and which thread it is in.
#[derive(Clone, Default, PartialEq)]
pub struct ChatOptions {
    pub(super) overrides: TurnOverrides,
    pub(super) config: Option<ThreadConfig>,
    pub(super) thread: Option<String>,
    pub(super) user: Option<String>,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) inactivity: Option<Option<Duration>>,
    pub(super) deltas: bool,
}

impl ChatOptions {
    /// Nothing set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the turn does differently from its thread. What is set here by a name of its own goes
    /// first.
    #[must_use]
    pub fn overrides(mut self, overrides: TurnOverrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// The program's own name for whoever asks, which the item of the message has then
    /// (`clientUserMessageId`). An empty one is none.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// What the model's service is told beside the turn (`responsesapiClientMetadata`). None at all
    /// leaves what the thread has.
    ///
    /// ```
    /// use codex_app_server::ChatOptions;
    ///
    /// let options = ChatOptions::new().user("u1").metadata([("ticket", "4711")]);
    /// ```
    #[must_use]
    pub fn metadata<K: Into<String>, V: Into<String>>(
        mut self,
        metadata: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.metadata =
            metadata.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        self
    }

    /// How long the turn may be silent; see
    /// [`TurnOverrides::inactivity_timeout`](crate::TurnOverrides::inactivity_timeout). `None` is
    /// for ever.
    #[must_use]
    pub fn inactivity_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.inactivity = Some(limit.into());
        self
    }

    /// Whether [`Chat::next_event`](crate::Chat::next_event) gives the pieces of the steps as they
    /// come, and the raw events of a result have them.
    #[must_use]
    pub fn deltas(mut self, deltas: bool) -> Self {
        self.deltas = deltas;
        self
    }

    /// How the thread works that is started, or picked up, for this. Only for the chats of
    /// [`Codex`](crate::Codex).
    #[must_use]
    pub fn config(mut self, config: ThreadConfig) -> Self {
        self.config = Some(config);
        self
    }

    /// The thread that is picked up for this (`thread/resume`), in place of a new one. Only for the
    /// chats of [`Codex`](crate::Codex).
    #[must_use]
    pub fn thread(mut self, thread_id: impl Into<String>) -> Self {
        self.thread = Some(thread_id.into());
        self
    }

    /// All that is an option of the turn.
    pub(super) fn turn(self) -> TurnOverrides {
        let Self { mut overrides, user, metadata, inactivity, .. } = self;
        if let Some(user) = user.filter(|user| !user.is_empty()) {
            overrides = overrides.client_user_message_id(user);
        }
        if !metadata.is_empty() {
            overrides.responsesapi_client_metadata =
                crate::Maybe::Value(metadata.into_iter().collect());
        }
        match inactivity {
            Some(limit) => overrides.inactivity_timeout(limit),
            None => overrides,
        }
    }
}

/// Without the metadata, which is the program's own.
impl fmt::Debug for ChatOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatOptions")
            .field("overrides", &self.overrides)
            .field("config", &self.config)
            .field("thread", &self.thread)
            .field("user", &self.user)
            .field("inactivity_timeout", &self.inactivity)
            .field("deltas", &self.deltas)
            .finish_non_exhaustive()
    }
}
