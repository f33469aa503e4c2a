//! Requests that ask for a value: the output of a tool, tokens, an attestation, the time.

use std::time::{SystemTime, UNIX_EPOCH};

use super::kinds::{AttestationRequest, AuthTokensRefresh, CurrentTimeRequest, ToolCall};
use crate::{
    error::{Error, Result},
    generated::v2_all::{
        AttestationGenerateResponse, ChatgptAuthTokensRefreshResponse, CurrentTimeReadResponse,
        DynamicToolCallOutputContentItem as ContentItem, DynamicToolCallResponse,
        InputTextDynamicToolCallOutputContentItem,
    },
    reply::Reply,
};

/// A call of a tool that the client has announced (`dynamicTools` of `thread/start`).
impl ToolCall {
    /// The output of the tool, as text.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn text(&self, text: impl Into<String>) -> Result<Reply> {
        self.output([text_item(text)])
    }

    /// The output of the tool: texts, images, sounds.
    ///
    /// # Errors
    ///
    /// As for [`text`](Self::text).
    pub fn output(&self, items: impl IntoIterator<Item = ContentItem>) -> Result<Reply> {
        let items: Vec<_> = items.into_iter().collect();
        Ok(self.reply(DynamicToolCallResponse::new().content_items(items).success(true)))
    }

    /// Tells the model that the call has failed, and why; the turn goes on.
    ///
    /// # Errors
    ///
    /// As for [`text`](Self::text).
    pub fn failure(&self, reason: impl Into<String>) -> Result<Reply> {
        Ok(self.reply(
            DynamicToolCallResponse::new().content_items(vec![text_item(reason)]).success(false),
        ))
    }
}

fn text_item(text: impl Into<String>) -> ContentItem {
    ContentItem::InputText(InputTextDynamicToolCallOutputContentItem::new(text))
}

/// New tokens of a ChatGPT account that this program manages.
impl AuthTokensRefresh {
    /// The tokens.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn tokens(&self, tokens: ChatgptAuthTokensRefreshResponse) -> Result<Reply> {
        Ok(self.reply(tokens))
    }
}

/// An attestation of the client.
impl AttestationRequest {
    /// The attestation.
    ///
    /// # Errors
    ///
    /// None; it is a `Result` as those of the other replies are.
    pub fn token(&self, token: impl Into<String>) -> Result<Reply> {
        Ok(self.reply(AttestationGenerateResponse::new(token)))
    }
}

/// The time by a clock of the client.
impl CurrentTimeRequest {
    /// The time of this machine.
    ///
    /// # Errors
    ///
    /// As for [`at`](Self::at).
    pub fn now(&self) -> Result<Reply> {
        self.at(SystemTime::now())
    }

    /// A time, which the server takes in whole seconds.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a time before 1970.
    pub fn at(&self, time: SystemTime) -> Result<Reply> {
        let since = time.duration_since(UNIX_EPOCH).ok();
        let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
        let Some(seconds) = seconds else {
            return Err(Error::invalid("time", "it has to be between 1970 and year 292277026596"));
        };
        Ok(self.reply(CurrentTimeReadResponse::new(seconds)))
    }
}
