//! Reviews, which are turns of a kind of their own.

use super::Thread;
use crate::{
    error::Result,
    generated::v2_all::{ReviewStartParams, ReviewTarget},
    json::encode,
    rpc::{Interest, StartedTurn},
    turn::TurnHandle,
    wire::ClientRequest,
};

impl Thread {
    /// Has the agent review changes, or what else `target` says (`review/start`), and returns at
    /// once. The handle sees all of the review, from its first item to its end, and
    /// [`run`](TurnHandle::run) gives what the agent has found as the
    /// [`final_response`](crate::RunResult::final_response).
    ///
    /// The server runs a review under two ids: that of the handle, which its items and its end
    /// have; and one that is told in `turn/started` only, by which it is interrupted. The handle
    /// knows both. A review cannot be steered, and a turn that is started meanwhile is refused. One
    /// that is running when the review starts is interrupted.
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// use codex_app_server::protocol::{BaseBranchReviewTarget, ReviewTarget};
    ///
    /// let target = ReviewTarget::BaseBranch(BaseBranchReviewTarget::new("main"));
    /// let result = thread.start_review(target).await?.run().await?;
    /// println!("{}", result.final_response.unwrap_or_default());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`turn`](Self::turn).
    pub async fn start_review(&self, target: impl Into<ReviewTarget>) -> Result<TurnHandle> {
        self.client.session().check_goal(&self.id)?;
        let params = ReviewStartParams::new().thread_id(&self.id).target(target.into());
        let method = ReviewStartParams::METHOD;
        let request = encode(method, &params)?;
        // What begins it is no message: there is no id by which it is found again.
        let (connection, begins) = (self.client.connection(), (self.id.clone(), None));
        let StartedTurn { id, subscription, origin } =
            connection.request_turn(method, request, begins, Interest::All, None).await?;
        Ok(self.handle(id, self.client.stream(subscription), origin))
    }
}
