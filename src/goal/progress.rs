//! Many inner turns, shown as one.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use crate::{
    Error, Result,
    generated::v2_all::{
        ThreadGoalStatus, ThreadGoalUpdatedNotification, TurnCompletedNotification, TurnStatus,
    },
    rpc::Event,
};

/// What is known of the goal and its inner turns.
#[derive(Default)]
pub(super) struct Progress {
    /// Events that were heard before the handle existed.
    pub(super) early: VecDeque<Event>,
    /// The inner turn that runs.
    current: Option<String>,
    /// The turn that has started last.
    pub(super) latest: String,
    pub(super) turns: u64,
    /// Whether the server has said anything about the goal.
    heard_of_goal: bool,
    /// Whether the goal needs no more turns.
    over: bool,
    /// The last completed inner turn, or the first that failed.
    last: Option<TurnCompletedNotification>,
    started_at: Option<i64>,
    pub(super) interrupted: bool,
}

/// Whether an event is part of what a goal shows.
pub(super) enum Shown {
    No,
    Yes,
    /// The end, made from what was held back.
    Instead(Box<Event>),
}

impl Progress {
    pub(super) fn observe(&mut self, event: &Event, id: &str) -> Result<Shown> {
        match event.method() {
            "thread/goal/updated" => {
                let goal = event.read::<ThreadGoalUpdatedNotification>()?.goal;
                self.heard_of_goal = true;
                self.over = goal.status != ThreadGoalStatus::Active;
                self.end(id)
            }
            "thread/goal/cleared" => {
                // The answer to our own clearing comes before the first turn.
                self.over = self.turns > 0;
                self.end(id)
            }
            "turn/started" => {
                let turn = event.turn_id().unwrap_or(id).to_owned();
                self.turns += 1;
                self.latest.clone_from(&turn);
                self.current = Some(turn);
                Ok(if self.turns == 1 { Shown::Yes } else { Shown::No })
            }
            "turn/completed" => {
                let completed: TurnCompletedNotification = event.read()?;
                self.current = None;
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
                self.end(id)
            }
            // Those of the thread itself, too.
            _ => Ok(Shown::Yes),
        }
    }

    /// The end, if the goal is over and no turn runs any more.
    fn end(&mut self, id: &str) -> Result<Shown> {
        if !self.over || self.current.is_some() {
            return Ok(Shown::No);
        }
        let Some(last) = self.last.take() else {
            return Ok(Shown::No);
        };
        let mut turn = last.turn;
        id.clone_into(&mut turn.id);
        turn.started_at = self.started_at;
        if let (Some(start), Some(end)) = (turn.started_at, turn.completed_at) {
            // Seconds are all that is known of the whole span, unless it was one turn.
            if self.turns > 1 {
                turn.duration_ms = Some(end.saturating_sub(start).max(0).saturating_mul(1000));
            }
        }
        if self.interrupted {
            turn.status = TurnStatus::Interrupted;
        }
        let message = json!({
            "method": "turn/completed",
            "params": { "threadId": last.thread_id, "turn": turn },
        });
        Ok(match Event::made(&message) {
            Some(event) => Shown::Instead(Box::new(event)),
            None => Shown::No,
        })
    }
}

/// The event with the goal's id in place of that of its inner turn.
pub(super) fn named_as(event: &Event, id: &str) -> Option<Event> {
    match event.turn_id() {
        Some(turn) if turn != id => {}
        _ => return Some(event.clone()),
    }
    let mut params: Map<String, Value> = serde_json::from_str(&event.params()).ok()?;
    if let Some(turn_id) = params.get_mut("turnId") {
        *turn_id = id.into();
    }
    if let Some(Value::Object(turn)) = params.get_mut("turn") {
        turn.insert("id".into(), id.into());
    }
    event.with_params(&Value::Object(params).to_string())
}
