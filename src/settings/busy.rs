//! What becomes of input for a thread on which a turn runs.

use serde::{Deserialize, Serialize};

/// What starting a turn does on a thread on which one runs already, of this program or of another
/// client. See [`TurnOverrides::when_busy`](crate::TurnOverrides::when_busy).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WhenBusy {
    /// The input joins that turn, as more of its input; this is what the server does. The handle
    /// and the result [say so](crate::RunResult::joined).
    #[default]
    Join,
    /// Waits until that turn has ended, and starts one then. Those who wait on one connection get
    /// their turns in the order in which they came, and these never overlap. Dropping the future
    /// leaves the queue. A goal is not waited for: it is refused, as it is without this.
    Wait,
    /// Fails with [`Error::Busy`](crate::Error::Busy), and sends no input. The server is asked
    /// first; where it does not know of a turn of this connection, again a second later.
    Refuse,
}
