//! How turns are started: what is sent, and who sees to the turn when nobody waits for it any more.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Thread;
use crate::{
    client::NotificationStream,
    error::{Error, Result},
    generated::v2_all::TurnStartParams,
    input::{Input, check_items, new_message_id},
    json::encode,
    rpc::{Boxed, Interest, OnAbandoned, Origin, StartedTurn},
    settings::{ApprovalMode, TurnOverrides, WhenBusy},
    turn::{TurnHandle, begin_interrupt, interrupt_at},
    wire::Maybe,
};

const METHOD: &str = "turn/start";

impl Thread {
    /// Starts a turn from the params of its request (`turn/start`): for what neither
    /// [`Input`](crate::Input) nor [`TurnOverrides`](crate::TurnOverrides) has. What is checked for
    /// [`turn_with`](Self::turn_with) is checked for it, too.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::TurnStartParams;
    ///
    /// let params = TurnStartParams::new().thread_id(thread.id()).input(["Go on."]);
    /// let params = params.unknown_field("newOption", true);
    /// let result = thread.turn_start_with(params).await?.run().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for params that name another thread, or no input; else those of
    /// [`turn`](Self::turn).
    pub async fn turn_start_with(&self, params: TurnStartParams) -> Result<TurnHandle> {
        if params.tool_output.as_option().is_none() {
            check_items(&params.input)?;
        }
        let start = self.prepare(params, Interest::All, LocalOptions::default())?;
        self.send_start(start).await
    }

    /// Boxed, so that a program has what this becomes once, not in each future that has it.
    pub(crate) fn start(
        &self,
        input: Input,
        overrides: TurnOverrides,
        interest: Interest,
    ) -> Boxed<'_, Result<TurnHandle>> {
        Box::pin(self.start_when_free(input, overrides, interest))
    }

    async fn start_when_free(
        &self,
        input: Input,
        overrides: TurnOverrides,
        interest: Interest,
    ) -> Result<TurnHandle> {
        let (items, output) = input.into_start()?;
        let when_busy = overrides.when_busy.as_option().copied().unwrap_or_default();
        let local = LocalOptions::of(&overrides);
        let mut params =
            overrides.apply(TurnStartParams::new().thread_id(&self.id).input(items))?;
        if let Some(output) = output {
            params = params.tool_output(output);
        }
        let mut start = self.prepare(params, interest, local)?;
        let place = match when_busy {
            WhenBusy::Join => None,
            WhenBusy::Refuse => Some(self.enter_if_idle().await?),
            WhenBusy::Wait => Some(self.enter().await),
        };
        let waiting = place.as_ref().filter(|_| when_busy == WhenBusy::Wait);
        // Sent in one place: what this becomes is in each program, once for each place.
        loop {
            if let Some(place) = waiting {
                place.wait_until_idle().await?;
            }
            let again = waiting.map(|place| (place, start.clone()));
            match (self.send_start(start).await, again) {
                // Another client was faster.
                (Err(error), Some((place, again))) if error.is_busy() => {
                    place.step_back().await;
                    start = again;
                }
                (started, _) => return started,
            }
        }
    }

    /// Checks and writes a request: what it is made of may be large, and is not kept.
    ///
    /// Refuses what would be started on another thread, would ask nobody, or is refused by the
    /// session: before anything is waited for.
    fn prepare(
        &self,
        mut params: TurnStartParams,
        interest: Interest,
        local: LocalOptions,
    ) -> Result<Start> {
        if params.thread_id != self.id {
            return Err(Error::invalid(
                "thread_id",
                format!(
                    "the params are for thread {:?}, and this one is {:?}; use \
                     `Codex::thread` for a handle of the other",
                    params.thread_id, self.id
                ),
            ));
        }
        let session = self.client.session();
        session.check_asking(ApprovalMode::is_ask(
            &params.approval_policy,
            &params.approvals_reviewer,
        ))?;
        session.version().check_turn(&params)?;
        session.check_goal(&self.id)?;
        session.connection().check_thread(&self.id)?;
        let local = LocalOptions {
            names_message: local.names_message || session.connection().comes_back(),
            ..local
        };
        let message = local.message(&params);
        if let Some(message) = &message {
            params.client_user_message_id = message.clone().into();
        }
        Ok(Start { request: encode(METHOD, &params)?, message, interest, local })
    }

    async fn send_start(&self, start: Start) -> Result<TurnHandle> {
        let Start { request, message, interest, local } = start;
        // One may have begun while a place was waited for.
        self.client.session().check_goal(&self.id)?;
        let ends = local.ends();
        let on_abandoned = self.on_abandoned(local.interrupt_on_drop, ends);
        let (connection, thread) = (self.client.connection(), self.id.clone());
        let begins = (thread, message.clone());
        let StartedTurn { id, subscription, origin } =
            connection.request_turn(METHOD, request, begins, interest, on_abandoned).await?;
        let turn = self
            .handle(id, self.client.stream(subscription), origin)
            .begun_by(message)
            .interrupt_on_drop(local.interrupt_on_drop);
        let turn = match local.inactivity {
            Maybe::Unset => turn,
            limit => turn.inactivity_timeout(limit.into_option()),
        };
        Ok(match ends {
            Some(ends) => turn.end_by(ends),
            None => turn,
        })
    }

    /// What interrupts a turn whose start nobody waits for any more: at once, unless somebody else
    /// has started it, or when its time is over.
    fn on_abandoned(&self, at_once: bool, ends: Option<Instant>) -> Option<OnAbandoned> {
        if !at_once && ends.is_none() {
            return None;
        }
        let (client, thread) = (self.client.without_link(), self.id.clone());
        Some(Box::new(move |turn, joined| {
            if at_once && !joined {
                begin_interrupt(&client, &thread, &turn, || false);
            } else if let Some(ends) = ends {
                interrupt_at(client, thread, turn, ends);
            }
        }))
    }

    pub(super) fn handle(
        &self,
        turn_id: String,
        notifications: NotificationStream,
        origin: Arc<Origin>,
    ) -> TurnHandle {
        TurnHandle::new(self.client.clone(), self.id.clone(), turn_id, notifications, origin)
    }
}

/// A request that is ready to be sent.
#[derive(Clone)]
struct Start {
    request: Vec<u8>,
    /// The id by which its message will be known among those of others.
    message: Option<String>,
    interest: Interest,
    local: LocalOptions,
}

/// What is done about a turn here, of which the server knows nothing.
#[derive(Clone, Copy, Default)]
struct LocalOptions {
    deadline: Option<Duration>,
    /// How long it may be silent; what the connection says, if it is unset.
    inactivity: Maybe<Duration>,
    interrupt_on_drop: bool,
    /// Whether it is to be certain who has started the turn.
    names_message: bool,
}

impl LocalOptions {
    fn of(overrides: &TurnOverrides) -> Self {
        Self {
            deadline: overrides.deadline.as_option().copied(),
            inactivity: overrides.inactivity_timeout,
            interrupt_on_drop: overrides.interrupt_on_drop == Maybe::Value(true),
            names_message: !overrides.when_busy.is_unset(),
        }
    }

    /// The id that the message is given, if it is to have one.
    fn message(self, params: &TurnStartParams) -> Option<String> {
        let given = params.client_user_message_id.as_option().cloned();
        given.or_else(|| self.names_message.then(new_message_id))
    }

    /// When a turn ends that is started now. One that is too far away to be told is no end.
    fn ends(self) -> Option<Instant> {
        self.deadline.and_then(|deadline| Instant::now().checked_add(deadline))
    }
}
