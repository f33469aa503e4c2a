//! What a turn is given: text, images, skills and mentions, in their order.

pub use crate::generated::v2_all::{
    AudioUserInput as AudioInput, ImageUserInput as ImageInput,
    LocalAudioUserInput as LocalAudioInput, LocalImageUserInput as LocalImageInput,
    MentionUserInput as MentionInput, SkillUserInput as SkillInput, TextUserInput as TextInput,
    UserInput as InputItem,
};
use crate::{Error, Result};

/// The input of a turn: one item or several, in their order.
///
/// Everything that starts or steers a turn takes `impl Into<Input>`: a
/// `&str`, a `String`, one item, or a list of items.
///
/// ```
/// use codex_app_server::{Input, InputItem, LocalImageInput, TextInput};
///
/// let text: Input = "Explain this repository.".into();
/// let both: Input = vec![
///     InputItem::from(TextInput::new("What is in this picture?")),
///     LocalImageInput::new("/tmp/screenshot.png").into(),
/// ]
/// .into();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Input(Vec<InputItem>);

impl Input {
    /// The items, unless there are none: then the server would have nothing
    /// to do.
    pub(crate) fn into_items(self) -> Result<Vec<InputItem>> {
        if self.0.is_empty() {
            return Err(Error::invalid(
                "input",
                "the list of items is empty; give at least one",
            ));
        }
        Ok(self.0)
    }
}

impl<T: Into<InputItem>> From<T> for Input {
    fn from(item: T) -> Self {
        Self(vec![item.into()])
    }
}

impl<T: Into<InputItem>> From<Vec<T>> for Input {
    fn from(items: Vec<T>) -> Self {
        Self(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<InputItem>, const N: usize> From<[T; N]> for Input {
    fn from(items: [T; N]) -> Self {
        Self(items.into_iter().map(Into::into).collect())
    }
}

impl From<&str> for InputItem {
    fn from(text: &str) -> Self {
        TextInput::new(text).into()
    }
}

impl From<String> for InputItem {
    fn from(text: String) -> Self {
        TextInput::new(text).into()
    }
}

impl From<&String> for InputItem {
    fn from(text: &String) -> Self {
        TextInput::new(text).into()
    }
}
