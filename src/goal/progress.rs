//! Many inner turns as one.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use tokio::{
    runtime::Handle,
    time::{Sleep, sleep},
};

use super::control::InnerTurns;
use crate::{
    collector::TurnEnd,
    error::{Error, Result},
    generated::v2_all::{ThreadGoalStatus, TurnStatus},
    rpc::Payload,
    turn::MapPayload,
};

/// How long a goal whose status is not known may be without a turn before it counts as over: what
/// the server means by it, only the next turn tells.
const NEXT_TURN: Duration = Duration::from_secs(30);

/// What is known of the goal and its inner turns.
pub(super) struct Progress {
    /// The id of the first inner turn, which stands for all.
    id: String,
    inner: Arc<InnerTurns>,
    /// Whether an inner turn runs.
    running: bool,
    turns: u64,
    /// Whether the server has said anything about the goal.
    heard_of_goal: bool,
    /// Whether the goal needs no more turns.
    over: bool,
    /// Whether its status is one that does not say so either way.
    unsure: bool,
    /// Until when it is waited for the next turn of such a goal.
    patience: Option<Pin<Box<Sleep>>>,
    runtime: Handle,
    /// The last completed inner turn, or the first that failed.
    last: Option<InnerEnd>,
    started_at: Option<i64>,
}

/// How an inner turn ended.
struct InnerEnd {
    status: TurnStatus,
    completed_at: Option<i64>,
    params: TurnCompleted,
}

/// The params of `turn/completed`, of which nothing is decoded that is not changed.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct TurnCompleted {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread_id: Option<Box<RawValue>>,
    turn: BTreeMap<String, Box<RawValue>>,
}

/// All that counts in `thread/goal/updated`.
#[derive(Deserialize)]
struct GoalUpdated {
    goal: GoalOnlyStatus,
}

#[derive(Deserialize)]
struct GoalOnlyStatus {
    status: ThreadGoalStatus,
}

impl MapPayload for Progress {
    fn map(&mut self, payload: &mut Payload) -> Result<bool> {
        let mapped = self.read_in_place_of(payload)?;
        let is_read = mapped.is_some();
        if let Some(mapped) = mapped {
            *payload = mapped;
        }
        Ok(is_read)
    }

    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<Payload> {
        let Some(patience) = &mut self.patience else {
            return Poll::Pending;
        };
        ready!(patience.as_mut().poll(cx));
        self.patience = None;
        self.over = true;
        self.end().map_or(Poll::Pending, Poll::Ready)
    }

    fn server_turn(&self) -> Option<String> {
        Some(self.inner.latest())
    }
}

impl Progress {
    /// The notification that is read in the place of this one, if any is.
    fn read_in_place_of(&mut self, payload: &Payload) -> Result<Option<Payload>> {
        match payload.method() {
            "thread/goal/updated" => {
                self.heard_of_goal = true;
                let status = payload.read::<GoalUpdated>().map(|updated| updated.goal.status);
                self.unsure = matches!(&status, Err(_) | Ok(ThreadGoalStatus::Unknown(_)));
                let active = matches!(&status, Ok(ThreadGoalStatus::Active));
                self.over = !active && !self.unsure;
                Ok(self.end())
            }
            "thread/goal/cleared" => {
                // The notification of our own clearing comes before the first turn.
                self.over = self.turns > 0;
                Ok(self.end())
            }
            "turn/started" => {
                self.turns += 1;
                self.running = true;
                self.patience = None;
                self.inner.start(payload.turn_id().unwrap_or(&self.id));
                Ok(if self.turns == 1 { self.rename(payload) } else { None })
            }
            "turn/completed" => {
                // What does not fit of the last one is listed by the collector, which reads it too.
                let end = TurnEnd::read(payload, &mut None);
                self.running = false;
                self.started_at = self.started_at.or(end.started_at);
                let interrupted = end.status == TurnStatus::Interrupted;
                let failed_before =
                    matches!(&self.last, Some(last) if last.status == TurnStatus::Failed);
                if !failed_before {
                    let params = payload.read().unwrap_or_default();
                    let TurnEnd { status, completed_at, .. } = end;
                    self.last = Some(InnerEnd { status, completed_at, params });
                }
                if !self.heard_of_goal {
                    return Err(Error::invalid(
                        "objective",
                        "a turn ran, but the server did not pursue the goal; is the feature on?",
                    ));
                }
                self.over |= interrupted;
                Ok(self.end())
            }
            // Those of the thread itself, too.
            _ => Ok(self.rename(payload)),
        }
    }

    pub(super) fn new(id: String, inner: Arc<InnerTurns>) -> Self {
        Self {
            id,
            inner,
            running: false,
            turns: 0,
            heard_of_goal: false,
            over: false,
            unsure: false,
            patience: None,
            runtime: Handle::current(),
            last: None,
            started_at: None,
        }
    }

    /// How many inner turns have started.
    pub(super) fn turns(&self) -> u64 {
        self.turns
    }

    /// The end, made from what was held back, if the goal is over and no turn runs any more.
    fn end(&mut self) -> Option<Payload> {
        let waits = self.unsure && !self.over && !self.running && self.last.is_some();
        self.patience = waits.then(|| {
            // Whoever polls may be outside of it.
            let _entered = self.runtime.enter();
            Box::pin(sleep(NEXT_TURN))
        });
        if !self.over || self.running {
            return None;
        }
        let InnerEnd { completed_at, mut params, .. } = self.last.take()?;
        let mut set = |name: &str, value: Value| {
            if let Ok(json) = to_raw_value(&value) {
                params.turn.insert(name.to_owned(), json);
            }
        };
        set("id", self.id.as_str().into());
        if let Some(start) = self.started_at {
            set("startedAt", start.into());
            if let (Some(end), 2..) = (completed_at, self.turns) {
                // Seconds are all that is known of the whole span, unless it was one turn.
                let duration = end.saturating_sub(start).max(0).saturating_mul(1000);
                set("durationMs", duration.into());
            }
        }
        if self.inner.was_interrupted() {
            set("status", TurnStatus::Interrupted.as_str().into());
        }
        self.inner.end();
        let params = serde_json::to_string(&params).ok()?;
        Payload::from_json(&format_args!(r#"{{"method":"turn/completed","params":{params}}}"#))
    }

    /// The notification with the goal's id in place of that of its inner turn.
    fn rename(&self, payload: &Payload) -> Option<Payload> {
        match payload.turn_id() {
            Some(turn) if turn != self.id => {}
            _ => return Some(payload.clone()),
        }
        let mut params: Map<String, Value> = serde_json::from_str(&payload.params()).ok()?;
        if let Some(turn_id) = params.get_mut("turnId") {
            *turn_id = self.id.as_str().into();
        }
        if let Some(Value::Object(turn)) = params.get_mut("turn") {
            turn.insert("id".into(), self.id.as_str().into());
        }
        payload.with_params(&Value::Object(params).to_string())
    }
}
