//! Recorded sessions with a real server: every message that was taken is read into its type, and
//! nothing of it is lost.
//!
//! Those with a server of the version that the SDK was made for have nothing that the types do not
//! know. Others may: what is unknown is kept whole, and what is known has to fit.

use super::{
    check::{self, Failures},
    types,
};
use codex_app_server::{
    CODEX_VERSION,
    generated::v2_all::{CLIENT_REQUESTS, SERVER_REQUESTS, ServerNotification, ServerRequest},
    wire::Method,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use std::{collections::HashMap, fmt::Debug, fs};

/// Requests that were sent as bare frames, which the recorder keeps no messages of.
const SENT_BARE: &[(&str, u64, &str)] = &[
    ("ws_say", 900, "thread/loaded/list"),
    ("ws_say", 901, "thread/loaded/list"),
    ("ws_say", 904, "thread/loaded/list"),
];

/// What does not fit its type or has something unknown in it, by session and type or method, and
/// why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "approval_error_reply",
        "CommandExecutionRequestApprovalResponse",
        "the client replied wrongly on purpose, to see what the server makes of it",
    ),
    (
        "metadata",
        "ConfigReadResponse",
        "the schema lists some members of the config and lets it have others",
    ),
    (
        "raw_events",
        "rawResponseItem/completed",
        "its items are those of the model's API, which has members of its own",
    ),
];

#[test]
fn every_message_has_a_type() {
    let dir = support::root().join("tests/transcripts");
    let (mut failures, mut count) = (Failures::default(), 0);
    for file in fs::read_dir(dir).expect("there are transcripts") {
        let path = file.expect("a transcript").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let text = fs::read_to_string(&path).expect("a transcript");
        let mut session = Session::new(name, &text, &mut failures);
        for line in text.lines() {
            let line: Line<'_> = serde_json::from_str(line).expect("a line of a recording");
            if let Some(message) = line.message {
                session.message(line.direction, &message);
            }
        }
        count += session.count;
    }
    println!("{count} messages");
    failures.report();
}

/// A line of a recording.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "dir")]
    direction: &'a str,
    /// Notes of the recorder have none.
    #[serde(borrow, rename = "msg")]
    message: Option<Message<'a>>,
}

/// A message, its payload byte for byte.
#[derive(Deserialize)]
struct Message<'a> {
    method: Option<&'a str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
    result: Option<&'a RawValue>,
}

/// One recorded connection.
struct Session<'a> {
    name: &'a str,
    /// Whether the server was of the pinned version.
    pinned: bool,
    failures: &'a mut Failures,
    /// The client's requests without a response so far, by id: the method and the params.
    asked: HashMap<String, (String, String)>,
    /// The methods of the server's requests, by id.
    asked_by_server: HashMap<String, String>,
    /// The messages that were read.
    count: usize,
}

impl<'a> Session<'a> {
    fn new(name: &'a str, text: &str, failures: &'a mut Failures) -> Self {
        // The client is named in front of the version, and the platform behind it.
        let version =
            text.split("\"userAgent\": \"").nth(1).and_then(|rest| rest.split(['/', ' ']).nth(1));
        let pinned = version.is_none_or(|version| version == CODEX_VERSION);
        let bare = SENT_BARE.iter().filter(|(file, ..)| *file == name);
        let asked =
            bare.map(|(_, id, method)| (id.to_string(), ((*method).to_owned(), "{}".to_owned())));
        let asked = asked.collect();
        Self { asked, name, pinned, failures, asked_by_server: HashMap::new(), count: 0 }
    }

    fn message(&mut self, direction: &str, message: &Message<'_>) {
        let id = message.id.map(|id| id.get().to_owned());
        let params = message.params.map_or("{}", RawValue::get);
        match (direction, message.method, id) {
            ("<-", Some(method), Some(id)) => {
                self.told(&ServerRequest::decode(method, params), method, params);
                self.asked_by_server.insert(id, method.to_owned());
            }
            ("<-", Some(method), None) => {
                self.told(&ServerNotification::decode(method, params), method, params);
            }
            ("->", Some(method), Some(id)) => {
                self.asked.insert(id, (method.to_owned(), params.to_owned()));
            }
            // The only notification of a client, `initialized`, has no params.
            ("->", Some(_), None) => {}
            ("<-", None, Some(id)) => {
                let (method, params) = self.asked.remove(&id).expect("somebody asked");
                if let Some(result) = message.result
                    && let Some(row) = self.row(CLIENT_REQUESTS, &method)
                {
                    self.read(row.params, &params);
                    self.read(row.response, result.get());
                }
            }
            ("->", None, Some(id)) => {
                let method = self.asked_by_server.remove(&id).expect("the server asked");
                if let Some(result) = message.result
                    && let Some(row) = self.row(SERVER_REQUESTS, &method)
                {
                    self.read(row.response, result.get());
                }
            }
            _ => panic!("{}: a message without a method or an id", self.name),
        }
    }

    /// Checks a message that the server sent on its own.
    fn told(&mut self, decoded: &(impl Debug + Serialize), method: &str, params: &str) {
        let message = json!({"method": method, "params": value(params)});
        let written = serde_json::to_value(decoded).expect("it can be written");
        let result = check::is_whole(&message, &written)
            .and_then(|()| self.is_known(&format!("{decoded:?}")));
        self.add(method, params, result);
    }

    /// Checks params or a result.
    fn read(&mut self, name: &str, json: &str) {
        let ty = types::find(name).expect("a type of the protocol");
        let result = check::keeps(ty, json).and_then(|_| self.is_known(&(ty.show)(json)));
        self.add(name, json, result);
    }

    /// What is said of a method, which a server of another version may have alone.
    fn row(&self, table: &[Method], method: &str) -> Option<Method> {
        let row = table.iter().find(|row| row.name == method);
        assert!(row.is_some() || !self.pinned, "the server took `{method}`, which is no method");
        row.copied()
    }

    /// There is nothing in it that the types do not know, if the server is of the pinned version.
    fn is_known(&self, shown: &str) -> Result<(), String> {
        if !self.pinned {
            return fits(shown);
        }
        if shown.contains("Unknown(") {
            return Err(format!("something is unknown: {shown}"));
        }
        let mut fields = shown.split("unknown_fields: {").skip(1);
        match fields.find(|rest| !rest.starts_with('}')) {
            Some(rest) => {
                Err(format!("a field is unknown: {}", rest.split(':').next().unwrap_or_default()))
            }
            None => Ok(()),
        }
    }

    fn add(&mut self, name: &str, json: &str, result: Result<(), String>) {
        self.count += 1;
        let is_exception = EXCEPTIONS
            .iter()
            .any(|(session, exception, _)| (*session, *exception) == (self.name, name));
        if let Err(reason) = result
            && !is_exception
        {
            self.failures.add(&format!("{} {name}", self.name), json, &reason);
        }
    }
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

/// What is unknown is of an unknown kind: there is no reason why it could not be read.
fn fits(shown: &str) -> Result<(), String> {
    let unknown = ["UnknownMessage {", "UnknownValue {"];
    let mut reasons = unknown
        .iter()
        .flat_map(|name| shown.split(name).skip(1))
        .filter_map(|rest| rest.split_once(", reason: "));
    match reasons.find(|(_, reason)| reason.starts_with("Some(")) {
        Some((_, reason)) => Err(format!("does not fit: {reason}")),
        None => Ok(()),
    }
}
