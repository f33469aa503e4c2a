//! What a tool gives back.

use std::error::Error as StdError;

use serde::Serialize;

use crate::{
    error::WithSources,
    generated::v2_all::{
        DynamicToolCallOutputContentItem as ContentItem, DynamicToolCallResponse,
        InputImageDynamicToolCallOutputContentItem, InputTextDynamicToolCallOutputContentItem,
    },
    input::ImageInput,
};

/// The output of a tool: texts and images, in their order.
///
/// ```
/// use codex_app_server::{ImageInput, ToolOutput};
///
/// let image = ImageInput::from_bytes(b"\x89PNG\r\n\x1a\n")?;
/// let output = ToolOutput::text("This is the chart:").image(image);
/// # Ok::<_, codex_app_server::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolOutput(Vec<ContentItem>);

impl ToolOutput {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new().item(InputTextDynamicToolCallOutputContentItem::new(text))
    }

    /// Adds an image. The server shows the model those that it can read, as `data:` URLs.
    #[must_use]
    pub fn image(self, image: ImageInput) -> Self {
        let url = image.url.unwrap_or_default();
        self.item(InputImageDynamicToolCallOutputContentItem::new(url))
    }

    /// Adds anything that the protocol has.
    #[must_use]
    pub fn item(mut self, item: impl Into<ContentItem>) -> Self {
        self.0.push(item.into());
        self
    }

    pub(super) fn response(self, success: bool) -> DynamicToolCallResponse {
        DynamicToolCallResponse::new().content_items(self.0).success(success)
    }
}

/// A value as the output of a tool, written as JSON.
///
/// ```
/// use codex_app_server::{IntoToolOutput, Json, ToolOutput};
///
/// assert_eq!(Json([1, 2]).into_tool_output(), Ok(ToolOutput::text("[1,2]")));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

/// What the function of a tool may return: text, a value as [`Json`], a [`ToolOutput`], or a
/// `Result` of one of these. Of an error the model is told the text, with those of its sources.
pub trait IntoToolOutput {
    /// The output, or what the model is told instead.
    ///
    /// # Errors
    ///
    /// The text of the error that the function has returned.
    fn into_tool_output(self) -> Result<ToolOutput, String>;
}

impl IntoToolOutput for ToolOutput {
    fn into_tool_output(self) -> Result<ToolOutput, String> {
        Ok(self)
    }
}

impl IntoToolOutput for String {
    fn into_tool_output(self) -> Result<ToolOutput, String> {
        Ok(ToolOutput::text(self))
    }
}

impl IntoToolOutput for &str {
    fn into_tool_output(self) -> Result<ToolOutput, String> {
        Ok(ToolOutput::text(self))
    }
}

impl<T: Serialize> IntoToolOutput for Json<T> {
    fn into_tool_output(self) -> Result<ToolOutput, String> {
        let json = serde_json::to_string(&self.0);
        json.map(ToolOutput::text).map_err(|error| format!("the output is no JSON: {error}"))
    }
}

impl<T: IntoToolOutput, E: Into<Box<dyn StdError + Send + Sync>>> IntoToolOutput for Result<T, E> {
    fn into_tool_output(self) -> Result<ToolOutput, String> {
        match self {
            Ok(output) => output.into_tool_output(),
            Err(error) => Err(WithSources(&*error.into()).to_string()),
        }
    }
}
