//! What happens in a turn, the server's requests included.

use crate::{generated::v2_all::ServerNotification, handlers::PendingRequest};

/// What [`TurnHandle::next_event`](crate::TurnHandle::next_event) gives.
#[derive(Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "most are notifications, which are made where they are read"
)]
pub enum TurnEvent {
    /// The server tells something.
    Notification(ServerNotification),
    /// The server asks something, and waits.
    Request(PendingRequest),
}
