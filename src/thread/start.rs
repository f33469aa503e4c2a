//! How turns are started: what is sent, and who sees to the turn when nobody waits for it any more.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Thread;
use crate::{
    client::NotificationStream,
    error::Result,
    generated::v2_all::TurnStartParams,
    input::Input,
    rpc::{Interest, Origin, Orphan, StartedTurn},
    settings::{TurnOverrides, WhenBusy},
    turn::{TurnHandle, begin_interrupt},
    wire::Maybe,
};

impl Thread {
    pub(super) async fn start(
        &self,
        input: Input,
        overrides: TurnOverrides,
        interest: Interest,
    ) -> Result<TurnHandle> {
        self.client.session().check_asking(overrides.asks())?;
        let (items, output) = input.into_start()?;
        let when_busy = overrides.when_busy.as_option().copied().unwrap_or_default();
        let conduct = Conduct::of(&overrides);
        let mut params = overrides.apply(TurnStartParams::new(items, &self.id))?;
        if let Some(output) = output {
            params = params.tool_output(output);
        }
        match when_busy {
            WhenBusy::Join => self.send_start(params, interest, conduct).await,
            WhenBusy::Refuse => {
                let _turnstile = self.enter_if_idle().await?;
                self.send_start(params, interest, conduct).await
            }
            WhenBusy::Wait => {
                let turnstile = self.enter().await;
                loop {
                    turnstile.wait_until_idle().await?;
                    match self.send_start(params.clone(), interest, conduct).await {
                        // Another client was faster.
                        Err(error) if error.is_busy() => turnstile.step_back().await,
                        started => return started,
                    }
                }
            }
        }
    }

    async fn send_start(
        &self,
        mut params: TurnStartParams,
        interest: Interest,
        conduct: Conduct,
    ) -> Result<TurnHandle> {
        let message = conduct.message(&params);
        if let Some(message) = &message {
            params.client_user_message_id = message.clone().into();
        }
        let orphan = conduct.interrupt_on_drop.then(|| self.interrupt_orphan());
        let ends = conduct.ends();
        let StartedTurn { id, subscription, origin } =
            self.client.start_turn(params, interest, orphan).await?;
        let turn = self
            .handle(id, self.client.stream(subscription), origin)
            .begun_by(message)
            .interrupt_on_drop(conduct.interrupt_on_drop);
        Ok(match ends {
            Some(ends) => turn.end_by(ends),
            None => turn,
        })
    }

    /// What interrupts a turn whose start nobody waits for any more.
    fn interrupt_orphan(&self) -> Orphan {
        let (client, thread) = (self.client.without_link(), self.id.clone());
        Box::new(move |turn| begin_interrupt(&client, &thread, &turn, || false))
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

/// What is done about a turn here, of which the server knows nothing.
#[derive(Clone, Copy)]
struct Conduct {
    deadline: Option<Duration>,
    interrupt_on_drop: bool,
    /// Whether it is to be certain who has started the turn.
    names_message: bool,
}

impl Conduct {
    fn of(overrides: &TurnOverrides) -> Self {
        Self {
            deadline: overrides.deadline.as_option().copied(),
            interrupt_on_drop: overrides.interrupt_on_drop == Maybe::Value(true),
            names_message: !overrides.when_busy.is_unset(),
        }
    }

    /// The id by which the message will be known among those of others.
    fn message(self, params: &TurnStartParams) -> Option<String> {
        let given = params.client_user_message_id.as_option().cloned();
        given.or_else(|| self.names_message.then(|| format!("{:032x}", fastrand::u128(..))))
    }

    /// When a turn ends that is started now. One that is too far away to be told is no end.
    fn ends(self) -> Option<Instant> {
        self.deadline.and_then(|deadline| Instant::now().checked_add(deadline))
    }
}
