//! What a turn has come to.

use std::time::{Duration, SystemTime};

use crate::{
    generated::v2_all::{ThreadItem, ThreadTokenUsage, TurnError, TurnStatus},
    wire::UnknownMessage,
};

/// The result of a turn.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunResult {
    /// The turn's id.
    pub id: String,
    /// The id of its thread.
    pub thread_id: String,
    /// How it ended: completed or interrupted (failed only within `Error::TurnFailed`). In progress
    /// only if the server did not end it after its [deadline](crate::TurnOverrides::deadline).
    /// Where the server did not say it in a way that can be read, `Unknown`.
    pub status: TurnStatus,
    /// Why it failed.
    pub error: Option<TurnError>,
    /// The agent's answer: its last message marked as the final answer, else its last one without
    /// any mark; comments on the way do not count.
    pub final_response: Option<String>,
    /// Everything that was completed in the turn, in order. Items that were cut off by an interrupt
    /// or a failure are not among them. One that does not fit its type is here as
    /// [`ThreadItem::Unknown`], with the reason.
    pub items: Vec<ThreadItem>,
    /// The tokens used by the turn and the thread, as last reported.
    pub usage: Option<ThreadTokenUsage>,
    /// When the turn began, to the second.
    pub started_at: Option<SystemTime>,
    /// When it ended, to the second.
    pub completed_at: Option<SystemTime>,
    /// How long it took, to the millisecond.
    pub duration: Option<Duration>,
    /// The notifications that do not fit their types, with their JSON and the reasons; usually
    /// none. What could be read of them is in the other fields.
    pub unread: Vec<UnknownMessage>,
    /// Whether the input has joined a turn that ran already, of this program or of another client.
    /// What that turn had done before is not in this result. That of another client which has begun
    /// in the same moment is known where [`when_busy`](crate::TurnOverrides::when_busy) is set.
    /// Always false for goals.
    pub joined: bool,
    /// Whether the turn did not complete because its [deadline](crate::TurnOverrides::deadline)
    /// passed. An interrupted turn without this was interrupted by somebody.
    pub deadline_passed: bool,
}
