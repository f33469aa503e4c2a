//! What a fake server does, as data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a [`FakeServer`](crate::FakeServer) does on which message.
///
/// **Rules.** The first message of a method is served by the first rule for it, the second by the
/// second, and so on; the **last rule serves all that follow**. To stop it from repeating, add one
/// more that says what comes then. The rules of several messages run at the same time.
///
/// **Defaults.** Without a rule of your own, `initialize`, `thread/start`, `thread/resume`,
/// `thread/fork`, `thread/read`, `turn/start` (a whole turn that says "Done.") and `turn/interrupt`
/// are answered as codex would. Any other request fails with -32600 and a sentence that says so; a
/// notification is only recorded.
///
/// **Placeholders** in the strings of an action are filled in from the message it answers:
///
/// - `{{requestId}}`: its id, with its type where the string has nothing else;
/// - `{{threadId}}`: a new one for `thread/start` and `thread/fork`, else its `threadId`, else the
///   latest;
/// - `{{turnId}}`: a new one for `turn/start`, else its `turnId`, else the latest of that thread;
/// - `{{params.NAME}}`: this member of its params, with its type where the string has nothing else.
///
/// As **JSON**, for the program `codex-fake-app-server`, which reads the file that the environment
/// variable `FAKE_APP_SERVER_SCRIPT` names and ignores its arguments:
///
/// ```
/// use codex_app_server_testkit::{Action, Script};
/// use serde_json::json;
///
/// let script = Script::new()
///     .on("thread/name/set", [
///         Action::respond(json!({})),
///         Action::notify("thread/name/updated", json!({
///             "threadId": "{{threadId}}", "threadName": "{{params.name}}",
///         })),
///     ])
///     .on("thread/name/set", [Action::exit(1)])
///     .ignore_eof();
///
/// let json = json!({
///     "rules": [
///         { "on": "thread/name/set", "do": [
///             { "respond": {} },
///             { "notify": {
///                 "method": "thread/name/updated",
///                 "params": { "threadId": "{{threadId}}", "threadName": "{{params.name}}" },
///             } },
///         ] },
///         { "on": "thread/name/set", "do": [{ "exit": 1 }] },
///     ],
///     "ignore_eof": true,
/// });
/// assert_eq!(serde_json::to_value(&script).unwrap(), json);
/// assert_eq!(serde_json::from_value::<Script>(json).unwrap(), script);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Script {
    /// The rules, in order.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Whether the server lives on when the client closes its side.
    #[serde(default)]
    pub ignore_eof: bool,
}

/// What to do on a message of one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// The method of a request or notification of the client.
    pub on: String,
    /// What to do, in order.
    #[serde(rename = "do")]
    pub actions: Vec<Action>,
}

impl Script {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule. One without actions leaves the message unanswered.
    #[must_use]
    pub fn on(mut self, method: &str, actions: impl IntoIterator<Item = Action>) -> Self {
        let actions = actions.into_iter().collect();
        self.rules.push(Rule { on: method.to_owned(), actions });
        self
    }

    /// Lives on when the client closes its side, until it is killed or a rule says `exit`.
    #[must_use]
    pub fn ignore_eof(mut self) -> Self {
        self.ignore_eof = true;
        self
    }
}

/// One thing that a fake server does. In JSON: the function's name with its arguments, such as
/// `{"deltas": {"count": 3, "text": "a"}}`, `{"exit": 1}`, `"close"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Action(pub(super) Kind);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Respond(Value),
    Error {
        code: i64,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Value>,
    },
    Notify {
        method: String,
        params: Value,
    },
    Request {
        method: String,
        params: Value,
    },
    Ask {
        method: String,
        params: Value,
    },
    Deltas {
        count: usize,
        text: String,
    },
    Raw(String),
    Bytes(Vec<u8>),
    Stderr(String),
    Wait(String),
    Open(String),
    Silence,
    Close,
    Exit(i32),
}

impl Action {
    /// Answers the request.
    #[must_use]
    pub fn respond(result: Value) -> Self {
        Self(Kind::Respond(result))
    }

    /// Answers the request with an error.
    #[must_use]
    pub fn error(code: i64, message: &str, data: Option<Value>) -> Self {
        Self(Kind::Error { code, message: message.to_owned(), data })
    }

    /// Sends a notification.
    #[must_use]
    pub fn notify(method: &str, params: Value) -> Self {
        Self(Kind::Notify { method: method.to_owned(), params })
    }

    /// Sends a request and goes on at once. Ids are integers from 0, as with codex.
    #[must_use]
    pub fn request(method: &str, params: Value) -> Self {
        Self(Kind::Request { method: method.to_owned(), params })
    }

    /// Sends a request and goes on when the client has answered it.
    #[must_use]
    pub fn ask(method: &str, params: Value) -> Self {
        Self(Kind::Ask { method: method.to_owned(), params })
    }

    /// Sends this many `item/agentMessage/delta` notifications with the same text, for the item
    /// `msg-{{turnId}}`, as fast as the client reads.
    #[must_use]
    pub fn deltas(count: usize, text: &str) -> Self {
        Self(Kind::Deltas { count, text: text.to_owned() })
    }

    /// Writes a line as it is, valid or not.
    #[must_use]
    pub fn raw(line: &str) -> Self {
        Self(Kind::Raw(line.to_owned()))
    }

    /// Writes exactly these bytes, without placeholders and without a line feed: half a line, say.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }

    /// Writes to stderr, which only the program has.
    #[must_use]
    pub fn stderr(text: &str) -> Self {
        Self(Kind::Stderr(text.to_owned()))
    }

    /// Goes on when the gate of this name is open.
    #[must_use]
    pub fn wait(gate: &str) -> Self {
        Self(Kind::Wait(gate.to_owned()))
    }

    /// Opens the gate of this name.
    #[must_use]
    pub fn open(gate: &str) -> Self {
        Self(Kind::Open(gate.to_owned()))
    }

    /// Ends the rule here; a request without an answer so far never gets one.
    #[must_use]
    pub fn silence() -> Self {
        Self(Kind::Silence)
    }

    /// Closes stdout and lives on. The program can do so on Unix only.
    #[must_use]
    pub fn close() -> Self {
        Self(Kind::Close)
    }

    /// Ends the server at once with this code.
    #[must_use]
    pub fn exit(code: i32) -> Self {
        Self(Kind::Exit(code))
    }
}
