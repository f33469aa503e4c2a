//! What a turn is given: text, images, skills and mentions, in their order.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};

pub use crate::generated::v2_all::{
    AudioUserInput as AudioInput, ImageUserInput as ImageInput,
    LocalAudioUserInput as LocalAudioInput, LocalImageUserInput as LocalImageInput,
    MentionUserInput as MentionInput, SkillUserInput as SkillInput, TextUserInput as TextInput,
    UserInput as InputItem,
};
use crate::{
    Error, Result,
    generated::v2_all::{FunctionCallOutputBody, TurnToolOutput},
    json,
};

/// The input of a turn: one item or several, in their order; or the whole input as one
/// [`ExternalMessage`].
///
/// Everything that starts or steers a turn takes `impl Into<Input>`: a `&str`, a `String`, one
/// item, a list of items of one type, or a tuple of up to six of whatever types.
///
/// ```
/// use codex_app_server::{Input, InputItem, LocalImageInput};
///
/// let text: Input = "Explain this repository.".into();
/// let both: Input =
///     ("What is in this picture?", LocalImageInput::new("/tmp/screenshot.png")).into();
///
/// let mut many = vec![InputItem::from("What do these have in common?")];
/// for path in ["/tmp/one.png", "/tmp/two.png"] {
///     many.push(LocalImageInput::new(path).into());
/// }
/// let many: Input = many.into();
/// ```
///
/// An input that says nothing is refused before it is sent, with
/// [`Error::InvalidInput`](crate::Error::InvalidInput): no items, or none but blank texts. The
/// server would ask the model all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Input(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Items(Vec<InputItem>),
    External(ExternalMessage),
}

/// What a tool outside of the agent has to say, as the whole input of a turn: a message from a
/// chat, the outcome of a build. The agent sees it as that tool's output, not as words of the user.
///
/// It cannot be used for steering, nor be mixed with other items:
///
/// ```compile_fail
/// use codex_app_server::{ExternalMessage, InputItem};
///
/// let item: InputItem = ExternalMessage::new("build", "3 tests failed").into();
/// ```
///
/// It is an input of its own:
///
/// ```
/// use codex_app_server::{ExternalMessage, Input};
///
/// let input: Input = ExternalMessage::new("build", "3 tests failed").namespace("ci").into();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExternalMessage {
    /// The tool's name; not blank.
    pub tool_name: String,
    /// What it says.
    pub content: FunctionCallOutputBody,
    /// The namespace of its name.
    pub namespace: Option<String>,
}

impl ExternalMessage {
    /// A message of the tool `tool_name`.
    #[must_use]
    pub fn new(tool_name: impl Into<String>, content: impl Into<FunctionCallOutputBody>) -> Self {
        Self { tool_name: tool_name.into(), content: content.into(), namespace: None }
    }

    /// Puts the tool's name into a namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }
}

impl Input {
    /// What `turn/start` is given: items, or the output of an outside tool.
    pub(crate) fn into_start(self) -> Result<(Vec<InputItem>, Option<TurnToolOutput>)> {
        match self.0 {
            Kind::Items(_) => Ok((self.into_items()?, None)),
            Kind::External(message) if message.tool_name.trim().is_empty() => Err(Error::invalid(
                "tool_name",
                "it is blank; name the tool that the message comes from",
            )),
            Kind::External(message) => {
                let output = TurnToolOutput::new().name(message.tool_name).output(message.content);
                let output = match message.namespace {
                    Some(namespace) => output.namespace(namespace),
                    None => output,
                };
                Ok((Vec::new(), Some(output)))
            }
        }
    }

    /// What `turn/steer` is given: items, at least one.
    pub(crate) fn into_items(self) -> Result<Vec<InputItem>> {
        match self.0 {
            Kind::Items(items) => check_items(&items).map(|()| items),
            Kind::External(_) => Err(Error::invalid(
                "input",
                "an `ExternalMessage` starts a turn; it cannot steer one",
            )),
        }
    }
}

/// An id for a message, by which it is known among those of others.
pub(crate) fn new_message_id() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// Refuses an input that says nothing.
pub(crate) fn check_items(items: &[InputItem]) -> Result<()> {
    let is_blank =
        |item: &InputItem| matches!(item, InputItem::Text(text) if text.text.trim().is_empty());
    if items.iter().all(is_blank) {
        return Err(Error::invalid(
            "input",
            "it says nothing: no items, or blank text only; give at least one that is not blank",
        ));
    }
    Ok(())
}

impl From<ExternalMessage> for Input {
    fn from(message: ExternalMessage) -> Self {
        Self(Kind::External(message))
    }
}

impl ImageInput {
    /// An image as its bytes: PNG, JPEG, GIF or WebP.
    ///
    /// ```
    /// use codex_app_server::ImageInput;
    ///
    /// let image = ImageInput::from_bytes(b"\x89PNG\r\n\x1a\n")?;
    /// assert!(image.url.unwrap().starts_with("data:image/png;base64,"));
    /// # Ok::<_, codex_app_server::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if it is none of these.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self> {
        let bytes = bytes.as_ref();
        let kind = match bytes {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [0xff, 0xd8, 0xff, ..] => "jpeg",
            [b'G', b'I', b'F', b'8', ..] => "gif",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
            _ => {
                return Err(Error::invalid(
                    "image",
                    format!("{} bytes that are neither PNG, JPEG, GIF nor WebP", bytes.len()),
                ));
            }
        };
        let data = BASE64_STANDARD.encode(bytes);
        Ok(Self::from_url(format!("data:image/{kind};base64,{data}")))
    }

    /// An image file, read now: on the calling thread, which waits for the disk.
    /// [`LocalImageInput`] lets the server read it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if it cannot be read, or is no image.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| {
            Error::invalid("image", format!("cannot read {}: {error}", path.display()))
        })?;
        Self::from_bytes(bytes)
    }

    /// An image as a `data:` URL. The server refuses any other kind of URL.
    #[must_use]
    pub fn from_url(url: impl Into<String>) -> Self {
        Self::new().url(url.into())
    }
}

impl LocalImageInput {
    /// An image in a file, which the server reads: a path of its machine, relative to its working
    /// folder.
    ///
    /// ```
    /// use codex_app_server::LocalImageInput;
    ///
    /// let image = LocalImageInput::from_path(std::env::temp_dir().join("screenshot.png"))?;
    /// # Ok::<_, codex_app_server::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the path is not Unicode, which JSON cannot say. Whether there is
    /// such a file is for the server to find out.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::new(json::path("path", path.as_ref())?))
    }
}

impl LocalAudioInput {
    /// A recording in a file, which the server reads: a path of its machine, relative to its
    /// working folder.
    ///
    /// ```
    /// use codex_app_server::LocalAudioInput;
    ///
    /// let audio = LocalAudioInput::from_path(std::env::temp_dir().join("memo.wav"))?;
    /// # Ok::<_, codex_app_server::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`LocalImageInput::from_path`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::new(json::path("path", path.as_ref())?))
    }
}

impl<T: Into<InputItem>> From<T> for Input {
    fn from(item: T) -> Self {
        Self(Kind::Items(vec![item.into()]))
    }
}

impl<T: Into<InputItem>> From<Vec<T>> for Input {
    fn from(items: Vec<T>) -> Self {
        Self(Kind::Items(items.into_iter().map(Into::into).collect()))
    }
}

impl<T: Into<InputItem>, const N: usize> From<[T; N]> for Input {
    fn from(items: [T; N]) -> Self {
        Self(Kind::Items(items.into_iter().map(Into::into).collect()))
    }
}

/// Items of different types, in their order.
macro_rules! tuples {
    ($(($($item:ident)*))*) => {
        $(
            impl<$($item: Into<InputItem>),*> From<($($item,)*)> for Input {
                #[allow(non_snake_case, reason = "the items are called as their types")]
                fn from(($($item,)*): ($($item,)*)) -> Self {
                    Self(Kind::Items(vec![$($item.into()),*]))
                }
            }
        )*
    };
}

tuples!((A B) (A B C) (A B C D) (A B C D E) (A B C D E F));

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_items_is_kept() {
        let skill = SkillInput::new().name("s").path("/s");
        let input = Input::from(("one", skill, String::from("two")));
        let items = serde_json::to_value(input.into_items().unwrap()).unwrap();
        let types: Vec<_> = items.as_array().unwrap().iter().map(|item| &item["type"]).collect();
        assert_eq!(types, ["text", "skill", "text"]);
    }

    #[test]
    fn an_input_that_says_nothing_is_refused() {
        let blank = [Input::from(""), " \n".into(), ["", "\t"].into(), ("", " ").into()];
        for input in blank.into_iter().chain([Input::from(Vec::<InputItem>::new())]) {
            assert!(input.clone().into_items().is_err(), "{input:?}");
            assert!(input.into_start().is_err());
        }
        let picture = LocalImageInput::new("/tmp/a.png");
        for input in [Input::from(("", "x")), picture.clone().into(), (" ", picture).into()] {
            assert!(input.into_items().is_ok());
        }
    }

    #[test]
    fn an_external_message_is_the_whole_input() {
        let input = Input::from(ExternalMessage::new("build", "failed").namespace("ci"));
        assert!(input.clone().into_items().is_err());
        let (items, output) = input.into_start().unwrap();
        assert!(items.is_empty());
        assert_eq!(
            serde_json::to_value(output).unwrap(),
            serde_json::json!({"name": "build", "namespace": "ci", "output": "failed"})
        );
        let blank = Input::from(ExternalMessage::new(" ", "x")).into_start();
        assert!(blank.unwrap_err().to_string().contains("tool_name"));
    }

    #[test]
    fn images_are_recognised_by_their_bytes() {
        for (bytes, url) in [
            (&b"\x89PNG\r\n"[..], "data:image/png;base64,"),
            (b"\xff\xd8\xff\xe0", "data:image/jpeg;base64,"),
            (b"GIF89a", "data:image/gif;base64,"),
            (b"RIFF\0\0\0\0WEBPVP8", "data:image/webp;base64,"),
        ] {
            let image = ImageInput::from_bytes(bytes).unwrap();
            assert!(image.url.unwrap().starts_with(url));
        }
        assert!(ImageInput::from_bytes(b"text").is_err());
        let missing = ImageInput::from_file("/nowhere.png").unwrap_err();
        assert!(missing.to_string().contains("/nowhere.png"), "{missing}");
    }
}
