//! Turns that are run again when they fail for a reason that may pass.

use std::{borrow::Cow, future::poll_fn, task::Poll};

use serde::{Deserialize, de::IgnoredAny};

use super::Thread;
use crate::{
    client::NotificationStream,
    error::{Error, Result},
    generated::v2_all::{SortDirection, ThreadRevertParams, ThreadTurnsListParams, TurnItemsView},
    input::Input,
    json::OnlyId,
    result::RunResult,
    retry::{Attempts, RetryPolicy},
    rpc::{Interest, Topic},
    settings::{TurnOverrides, WhenBusy},
};

/// Items, by their type, that have changed nothing outside of the thread.
const NO_ACTIONS: &[&str] = &[
    "userMessage",
    "agentMessage",
    "reasoning",
    "plan",
    "contextCompaction",
    "webSearch",
    "imageView",
];

impl Thread {
    /// Runs one turn to its end, and runs it again when it fails for a reason that may pass: what
    /// [`Error::is_retryable`] says, or the policy [itself](RetryPolicy::when).
    ///
    /// Before it does, it takes the failed turn out of the thread (`thread/revert`), so that the
    /// model sees the prompt once. What the failed turn has done outside of the thread stays done.
    /// So a turn that has begun to run commands, change files or call tools is not run again,
    /// unless the policy says [so](RetryPolicy::after_actions).
    ///
    /// ```no_run
    /// # async fn example(thread: codex_app_server::Thread) -> codex_app_server::Result<()> {
    /// use codex_app_server::RetryPolicy;
    ///
    /// let policy = RetryPolicy::new().max_attempts(5);
    /// let result = thread.run_retrying("Explain this repository.", policy).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Dropping the future between two attempts leaves the thread without the prompt.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), of the last attempt; [`Error::NotRetried`] with the failed
    /// result if the turn is not to be run again or cannot be taken out: the server reverts no
    /// ephemeral threads, none that were stored by versions before it stored them in pages, and
    /// this takes out no turn that it has [joined](RunResult::joined) and none that others follow.
    /// [`Error::InvalidInput`] for a policy without attempts.
    pub async fn run_retrying(
        &self,
        input: impl Into<Input>,
        policy: RetryPolicy,
    ) -> Result<RunResult> {
        self.run_retrying_with(input, TurnOverrides::new(), policy).await
    }

    /// The same with overrides. A [deadline](TurnOverrides::deadline) is that of each attempt.
    ///
    /// # Errors
    ///
    /// Those of [`run_retrying`](Self::run_retrying).
    pub async fn run_retrying_with(
        &self,
        input: impl Into<Input>,
        overrides: TurnOverrides,
        policy: RetryPolicy,
    ) -> Result<RunResult> {
        let input = input.into();
        // A turn of somebody else must not be taken out: who has started it has to be certain.
        let overrides = TurnOverrides::new().when_busy(WhenBusy::Join).merge(overrides);
        let after_actions = policy.after_actions;
        let mut attempts = Attempts::new(policy)?.by_default(Error::is_retryable);
        loop {
            // A command whose turn fails may be begun, and not among the completed items.
            let topic = Topic::Thread(self.id.clone());
            let mut begun = self.client.subscribe(topic, Interest::Only("item/started"));
            let error = match self.run_with(input.clone(), overrides.clone()).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            let Some(delay) = attempts.wait_after(&error) else {
                return Err(error);
            };
            if let Error::TurnFailed(failed) = &error {
                let taken_out = match check_actions(failed, &mut begun).await {
                    Err(reason) if !after_actions => Err(reason),
                    _ => self.take_out(failed).await,
                };
                if let Err(reason) = taken_out {
                    return Err(Error::NotRetried { reason, source: Box::new(error) });
                }
            }
            tokio::time::sleep(delay).await;
        }
    }

    /// Takes a failed turn out of the thread, or says why it cannot be.
    async fn take_out(&self, failed: &RunResult) -> Result<(), String> {
        if failed.joined {
            return Err("it had joined a turn that somebody else had started".into());
        }
        let why = |error: Error| format!("it cannot be taken out of the thread: {error}");
        if self.last_turn().await.map_err(why)?.as_deref() != Some(&failed.id) {
            return Err("it is not the last turn of the thread any more".into());
        }
        let revert = ThreadRevertParams::new().thread_id(&self.id).before_turn_id(&failed.id);
        // The response is the whole thread.
        let _: IgnoredAny = self.client.request(revert).read().await.map_err(why)?;
        Ok(())
    }

    async fn last_turn(&self) -> Result<Option<String>> {
        #[derive(Deserialize)]
        struct Turns {
            data: Vec<OnlyId>,
        }
        let last = ThreadTurnsListParams::new(&self.id)
            .items_view(TurnItemsView::NotLoaded)
            .limit(1)
            .sort_direction(SortDirection::Desc);
        let turns: Turns = self.client.request(last).read().await?;
        Ok(turns.data.into_iter().next().map(|turn| turn.id))
    }
}

/// Says what a turn has done, or begun to do, outside of the thread. `begun` has heard it.
async fn check_actions(failed: &RunResult, begun: &mut NotificationStream) -> Result<(), String> {
    let refuse = |what: &str| {
        Err(format!(
            "it has done something that would be done twice ({what}); \
             `RetryPolicy::after_actions` allows that"
        ))
    };
    for item in &failed.items {
        let item = serde_json::to_value(item).unwrap_or_default();
        let kind = item["type"].as_str().unwrap_or(UNKNOWN);
        if !NO_ACTIONS.contains(&kind) {
            return refuse(kind);
        }
    }
    // What was told before the end of the turn has come.
    while let Some(next) = poll_fn(|cx| match begun.poll_payload(cx) {
        Poll::Ready(next) => Poll::Ready(next),
        Poll::Pending => Poll::Ready(None),
    })
    .await
    {
        let payload = next.map_err(|error| format!("what it has done was not heard: {error}"))?;
        let params = payload.params();
        match serde_json::from_str::<Begun<'_>>(&params) {
            Ok(begun) if begun.turn_id != failed.id => {}
            Ok(begun) if NO_ACTIONS.contains(&&*begun.item.kind) => {}
            begun => return refuse(begun.as_ref().map_or(UNKNOWN, |begun| &begun.item.kind)),
        }
    }
    Ok(())
}

const UNKNOWN: &str = "an unknown item";

/// An `item/started`, as far as it says what is begun.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Begun<'a> {
    #[serde(borrow)]
    turn_id: Cow<'a, str>,
    #[serde(borrow)]
    item: BegunItem<'a>,
}

#[derive(Deserialize)]
struct BegunItem<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}
