//! Params of each kind of request that the server may send.

use std::collections::BTreeSet;

use codex_app_server::{Codex, generated::v2_all::SERVER_REQUESTS};
use codex_app_server_testkit::{FakeServer, Script};
use serde_json::{Value, json};

use support::{fake_with, soon};

pub(crate) const COMMAND: &str = "item/commandExecution/requestApproval";
pub(crate) const FILE_CHANGE: &str = "item/fileChange/requestApproval";
pub(crate) const PERMISSIONS: &str = "item/permissions/requestApproval";
pub(crate) const USER_INPUT: &str = "item/tool/requestUserInput";
pub(crate) const ELICITATION: &str = "mcpServer/elicitation/request";
pub(crate) const TOOL_CALL: &str = "item/tool/call";
pub(crate) const TOKENS: &str = "account/chatgptAuthTokens/refresh";
pub(crate) const ATTESTATION: &str = "attestation/generate";
pub(crate) const TIME: &str = "currentTime/read";
pub(crate) const LEGACY_COMMAND: &str = "execCommandApproval";
pub(crate) const LEGACY_PATCH: &str = "applyPatchApproval";

/// One request of each kind.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    let item = |more: Value| {
        let mut params = json!({"threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let legacy = |more: Value| {
        let id = "01a1f884-356b-7ae2-83cd-d994363aa018";
        let mut params = json!({"conversationId": id, "callId": "i"});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let question = json!({"id": "q", "header": "Pick", "question": "Which?", "isOther": false,
                          "options": [{"label": "A", "description": "first"}]});
    let form = json!({"type": "object", "properties": {"name": {"type": "string"}},
                      "required": ["name"]});
    let all = vec![
        (
            COMMAND,
            item(json!({"command": "/bin/bash -lc 'cargo test'", "cwd": "/w", "kind": "command",
                        "proposedExecpolicyAmendment": ["cargo", "test"]})),
        ),
        (FILE_CHANGE, item(json!({}))),
        (PERMISSIONS, item(json!({"cwd": "/w", "permissions": {"network": {"enabled": true}}}))),
        (USER_INPUT, item(json!({"questions": [question], "isBlocking": true}))),
        (
            ELICITATION,
            json!({"threadId": "t", "turnId": "u", "serverName": "s", "mode": "form",
                   "message": "?", "requestedSchema": form}),
        ),
        (
            TOOL_CALL,
            json!({"threadId": "t", "turnId": "u", "callId": "i", "tool": "add",
                   "arguments": {"a": 1}}),
        ),
        (TOKENS, json!({"reason": "unauthorized"})),
        (ATTESTATION, json!({})),
        (TIME, json!({"threadId": "t"})),
        (
            LEGACY_COMMAND,
            legacy(json!({"command": ["bash", "-lc", "cargo test"], "cwd": "/w", "parsedCmd": []})),
        ),
        (LEGACY_PATCH, legacy(json!({"fileChanges": {}}))),
    ];
    let known: BTreeSet<_> = SERVER_REQUESTS.iter().map(|known| known.name).collect();
    let here: BTreeSet<_> = all.iter().map(|(method, _)| *method).collect();
    assert_eq!(here, known, "this table has to have each request of the server");
    all
}

/// The params of one kind.
pub(crate) fn params_of(method: &str) -> Value {
    all().into_iter().find(|(name, _)| *name == method).unwrap().1
}

/// What a server hears to a request, with the options of `builder`.
pub(crate) struct Asking {
    pub(crate) server: FakeServer,
    pub(crate) codex: Codex,
}

impl Asking {
    pub(crate) async fn new(builder: codex_app_server::CodexBuilder) -> Self {
        let (server, codex) = fake_with(Script::new(), builder).await;
        Self { server, codex }
    }

    /// Asks, and waits for no reply.
    pub(crate) async fn ask(&self, id: usize, method: &str, params: Value) {
        let request = json!({"id": id, "method": method, "params": params});
        soon(self.server.send(request)).await.unwrap();
    }

    /// Asks, and waits for the reply.
    pub(crate) async fn reply(&self, method: &str, params: Value) -> Value {
        self.ask(0, method, params).await;
        soon(self.server.next_answer()).await
    }

    /// Tells something.
    pub(crate) async fn tell(&self, method: &str, params: Value) {
        soon(self.server.send(json!({"method": method, "params": params}))).await.unwrap();
    }
}
