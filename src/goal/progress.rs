//! Many inner turns as one.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::control::InnerTurns;
use crate::{
    error::{Error, Result},
    generated::v2_all::{
        ThreadGoalStatus, ThreadGoalUpdatedNotification, TurnCompletedNotification, TurnStatus,
    },
    rpc::Payload,
    turn::MapPayload,
};

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
    /// The last completed inner turn, or the first that failed.
    last: Option<TurnCompletedNotification>,
    started_at: Option<i64>,
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
}

impl Progress {
    /// The notification that is read in the place of this one, if any is.
    fn read_in_place_of(&mut self, payload: &Payload) -> Result<Option<Payload>> {
        match payload.method() {
            "thread/goal/updated" => {
                let goal = payload.read::<ThreadGoalUpdatedNotification>()?.goal;
                self.heard_of_goal = true;
                self.over = goal.status != ThreadGoalStatus::Active;
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
                self.inner.start(payload.turn_id().unwrap_or(&self.id));
                Ok(if self.turns == 1 { self.rename(payload) } else { None })
            }
            "turn/completed" => {
                let completed: TurnCompletedNotification = payload.read()?;
                self.running = false;
                self.started_at = self.started_at.or(completed.turn.started_at);
                let interrupted = completed.turn.status == TurnStatus::Interrupted;
                let failed_before =
                    matches!(&self.last, Some(last) if last.turn.status == TurnStatus::Failed);
                if !failed_before {
                    self.last = Some(completed);
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
        if !self.over || self.running {
            return None;
        }
        let last = self.last.take()?;
        let mut turn = last.turn;
        self.id.clone_into(&mut turn.id);
        turn.started_at = self.started_at;
        if let (Some(start), Some(end)) = (turn.started_at, turn.completed_at) {
            // Seconds are all that is known of the whole span, unless it was one turn.
            if self.turns > 1 {
                turn.duration_ms = Some(end.saturating_sub(start).max(0).saturating_mul(1000));
            }
        }
        if self.inner.was_interrupted() {
            turn.status = TurnStatus::Interrupted;
        }
        self.inner.end();
        Payload::from_json(&json!({
            "method": "turn/completed",
            "params": { "threadId": last.thread_id, "turn": turn },
        }))
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
