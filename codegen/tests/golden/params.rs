
/// An absolute path.
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsolutePathBuf(String);
path_type!(AbsolutePathBuf);

/// The params of `shutdown`, which takes none: an empty object.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ShutdownParams {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(ShutdownParams {});

impl ShutdownParams {
    /// With nothing set.
    pub fn new() -> Self {
        <Self as Default>::default()
    }
}
setters!(ShutdownParams {});

/// The response to [`shutdown`](crate::Client::shutdown).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShutdownResponse {
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(ShutdownResponse {});

/// The value of [`field@TurnStartParams::thread_id`].
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(String);
string_type!(ThreadId);

/// The value of [`field@TurnStartParams::options`].
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TurnOptions {
    /// `loud` on the wire.
    pub loud: bool,
    /// `note` on the wire.
    pub note: Option<String>,
    /// `tags` on the wire.
    pub tags: Vec<String>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(TurnOptions {
    loud: "loud" default(true);
    note: "note" optional;
    tags: "tags" default;
});

impl TurnOptions {
    /// With nothing set.
    pub fn new() -> Self {
        Self {
            loud: true,
            note: None,
            tags: Default::default(),
            unknown_fields: UnknownFields::default(),
        }
    }
}

impl Default for TurnOptions {
    fn default() -> Self {
        Self::new()
    }
}
setters!(TurnOptions {
    plain loud: bool, "Sets `loud`.";
    option note: String, "Sets `note`.";
    list tags: String, "Sets `tags`.";
});

/// The params of [`turn/start`](crate::Client::turn_start).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TurnStartParams {
    /// `depth` on the wire.
    pub depth: u32,
    /// `input` on the wire.
    pub input: Vec<String>,
    /// The model. It stays for later turns.
    pub model: Maybe<String>,
    /// `names` on the wire.
    pub names: Option<Vec<String>>,
    /// `options` on the wire.
    pub options: Maybe<TurnOptions>,
    /// `parentId` on the wire.
    pub parent_id: Option<String>,
    /// `roots` on the wire.
    pub roots: Maybe<Vec<AbsolutePathBuf>>,
    /// `threadId` on the wire.
    pub thread_id: ThreadId,
    /// `wait` on the wire.
    pub wait: Option<bool>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(TurnStartParams {
    depth: "depth" required;
    input: "input" required;
    model: "model" maybe;
    names: "names" optional;
    options: "options" maybe;
    parent_id: "parentId" nullable;
    roots: "roots" maybe;
    thread_id: "threadId" required;
    wait: "wait" optional;
});
steps!(TurnStartParams, "What is required follows by name: `TurnStartParams::new().thread_id(…).parent_id(…).depth(…).input(…)`." {
    thread_id(impl Into<ThreadId>) -> ThreadId = thread_id.into(), "Sets `threadId`.";
    parent_id(impl Into<Maybe<String>>) -> Option<String> = parent_id.into().into_option(), "Sets `parentId`.";
    depth(u32) -> u32 = depth, "Sets `depth`.";
    input(impl IntoIterator<Item = impl Into<String>>) -> Vec<String> = input.into_iter().map(Into::into).collect(), "Sets `input`.";
} {
    model: Maybe::Unset;
    names: None;
    options: Maybe::Unset;
    roots: Maybe::Unset;
    wait: None;
});
setters!(TurnStartParams {
    maybe model: String, "Sets `model`: The model.";
    option_list names: String, "Sets `names`.";
    maybe options: TurnOptions, "Sets `options`.";
    maybe_list roots: AbsolutePathBuf, "Sets `roots`.";
    option wait: bool, "Sets `wait`.";
});

/// The response to [`turn/start`](crate::Client::turn_start).
///
/// Experimental: it requires `experimental_api`.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct TurnStartResponse {
    /// `token` on the wire.
    pub token: Option<String>,
    /// Fields that this version of the SDK does not know.
    pub unknown_fields: UnknownFields,
}
object!(TurnStartResponse {
    token: "token" optional;
});
redacted_debug!(TurnStartResponse {
    token secret;
});

/// What a value still needs, by the names of its fields.
#[doc(hidden)]
#[allow(
    non_camel_case_types,
    reason = "errors show them as the methods that are missing"
)]
pub mod missing {
    pub enum depth {}
    pub enum input {}
    pub enum parent_id {}
    pub enum thread_id {}
}
