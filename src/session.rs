//! What one connection remembers beyond JSON-RPC: the server's version, how calls are tried again,
//! which threads are kept for goals or wanted for turns, which interrupts are under way, and which
//! turns may be read on.

mod kept;
mod queues;
mod tools;

use std::{
    collections::{HashMap, HashSet},
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::watch;

pub(crate) use self::{
    kept::{KeptTurn, KeptTurns},
    tools::{ThreadTools, ToolHandler, ToolName},
};
use self::{queues::TurnQueues, tools::ToolTable};
use crate::{
    error::{Error, Result},
    retry::RetryPolicy,
    rpc::{Connection, Interest, Options, Reconnect, Subscription, Topic},
    transport::Transport,
    version::ServerVersion,
};

pub(crate) struct Session {
    connection: Connection,
    /// How calls that only read are tried again when the server is overloaded.
    retry: Option<RetryPolicy>,
    /// Whether the program replies when the server asks for approval.
    approves: bool,
    /// Known after the handshake.
    version: OnceLock<ServerVersion>,
    /// How long turns may be silent, unless they are told otherwise.
    inactivity: OnceLock<Duration>,
    /// Threads on which a goal is being pursued.
    goals: Mutex<HashSet<String>>,
    /// The tools of the program, by thread.
    tools: ToolTable,
    /// Interrupts that were sent, by turn.
    interrupts: Mutex<HashMap<String, Interrupt>>,
    /// Who wants a turn of its own, by thread.
    turn_queues: TurnQueues,
    /// Turns that may be read on.
    kept_turns: KeptTurns,
}

/// An interrupt that was sent. The server responds only to the first of a turn.
struct Interrupt {
    result: watch::Receiver<Option<Result<()>>>,
    /// Ends with the turn.
    turn: Subscription,
}

impl Session {
    /// Opens a connection. `options` may hold on to the session that they become a part of.
    pub(crate) fn open(
        transport: Transport,
        retry: Option<RetryPolicy>,
        approves: bool,
        reconnect: Option<Box<dyn Reconnect>>,
        options: impl FnOnce(Weak<Self>) -> Options,
    ) -> Arc<Self> {
        Arc::new_cyclic(|session| Self {
            connection: Connection::open(transport, options(Weak::clone(session)), reconnect),
            retry,
            approves,
            version: OnceLock::new(),
            inactivity: OnceLock::new(),
            goals: Mutex::default(),
            tools: ToolTable::default(),
            interrupts: Mutex::default(),
            turn_queues: TurnQueues::default(),
            kept_turns: KeptTurns::default(),
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    pub(crate) fn tools(&self) -> &ToolTable {
        &self.tools
    }

    pub(crate) fn turn_queues(&self) -> &TurnQueues {
        &self.turn_queues
    }

    pub(crate) fn kept_turns(&self) -> &KeptTurns {
        &self.kept_turns
    }

    /// Refuses a thread or a turn in which the user is asked (`asks`), if nobody would reply.
    pub(crate) fn check_asking(&self, asks: bool) -> Result<()> {
        if asks && !self.approves {
            return Err(Error::invalid(
                "approval_mode",
                "the user is to be asked, but nobody replies: all would be declined; set a handler \
                 (`on_command_approval`, `on_file_change_approval`, …), `hold_requests` or a policy \
                 (`approvals`) on the connection's builder, or use `ApprovalMode::DenyAll`",
            ));
        }
        Ok(())
    }

    /// The server's version; before the handshake, one that knows everything.
    pub(crate) fn version(&self) -> ServerVersion {
        self.version.get().cloned().unwrap_or_else(|| ServerVersion::new(""))
    }

    pub(crate) fn set_version(&self, version: ServerVersion) {
        // There is one handshake.
        let _ = self.version.set(version);
    }

    /// How long turns may be silent, unless they are told otherwise; `None` is for ever.
    pub(crate) fn inactivity_timeout(&self) -> Option<Duration> {
        self.inactivity.get().copied()
    }

    pub(crate) fn set_inactivity_timeout(&self, limit: Duration) {
        // It is an option of the connection, which is made once.
        let _ = self.inactivity.set(limit);
    }

    /// Refuses a turn on a thread that a goal keeps.
    pub(crate) fn check_goal(&self, thread: &str) -> Result<()> {
        if self.goals().contains(thread) {
            return Err(Error::invalid(
                "thread",
                "a goal is being pursued on it; steer that, or wait for its end",
            ));
        }
        Ok(())
    }

    /// Keeps `thread` for a goal until the reservation is dropped.
    ///
    /// # Errors
    ///
    /// When it is kept already.
    pub(crate) fn reserve_for_goal(self: &Arc<Self>, thread: &str) -> Result<Reservation> {
        if self.goals().insert(thread.to_owned()) {
            Ok(Reservation { session: Arc::clone(self), thread: thread.to_owned() })
        } else {
            Err(Error::invalid("thread", "another goal is being pursued on it; wait for its end"))
        }
    }

    /// Interrupts a turn, once: later callers get the result of the first. For a turn that ends
    /// meanwhile, or that `has_ended`, no response is waited for: 0.163.0 sends none.
    ///
    /// `attempt` sends the request. It runs as a task and is not cancelled with its caller.
    pub(crate) async fn interrupt_once<F>(
        self: &Arc<Self>,
        turn: &str,
        has_ended: impl Fn() -> bool,
        attempt: F,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let Some(mut result) = self.begin_interrupt(turn, has_ended, attempt) else {
            return Ok(());
        };
        let result = result.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        match result {
            Some(result) => result,
            None => Err(self.connection.closed_error().await),
        }
    }

    /// The same without waiting: where the result of the interrupt of `turn` will be. `attempt`
    /// makes it, unless one is under way. `None` if there is nothing to interrupt.
    pub(crate) fn begin_interrupt<F>(
        self: &Arc<Self>,
        turn: &str,
        has_ended: impl Fn() -> bool,
        attempt: F,
    ) -> Option<watch::Receiver<Option<Result<()>>>>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let mut interrupts = self.interrupts();
        interrupts.retain(|_, interrupt| !interrupt.turn.is_over());
        if let Some(known) = interrupts.get(turn) {
            return Some(known.result.clone());
        }
        let (sender, result) = watch::channel(None);
        let end_of_turn = || {
            let topic = Topic::Turn(turn.to_owned());
            self.connection.subscribe(topic, Interest::Only("turn/completed"))
        };
        let interrupt = Interrupt { result: result.clone(), turn: end_of_turn() };
        let mut end = end_of_turn();
        // Asked only now: an end after this is heard.
        if has_ended() {
            return None;
        }
        interrupts.insert(turn.to_owned(), interrupt);
        let (session, turn) = (Arc::downgrade(self), turn.to_owned());
        // Ends with its request, which has a deadline. The caller's runtime may end before.
        self.connection.spawn(async move {
            let result = tokio::select! {
                result = attempt => result,
                // It is over, as was wanted.
                Some(Ok(_)) = poll_fn(|cx| end.poll_next(cx)) => Ok(()),
            };
            if let (Err(_), Some(session)) = (&result, session.upgrade()) {
                // It may be tried again.
                session.interrupts().remove(&turn);
            }
            sender.send_replace(Some(result));
        });
        Some(result)
    }

    fn goals(&self) -> MutexGuard<'_, HashSet<String>> {
        self.goals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn interrupts(&self) -> MutexGuard<'_, HashMap<String, Interrupt>> {
        self.interrupts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that is kept for a goal.
pub(crate) struct Reservation {
    session: Arc<Session>,
    thread: String,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.session.goals().remove(&self.thread);
    }
}
