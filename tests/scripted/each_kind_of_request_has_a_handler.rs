//! A handler per kind of request: what it gets, what it may reply, and that nothing is approved
//! without its word.

use std::{
    error, fmt, io,
    sync::{Arc, Mutex},
    time::Duration,
};

use codex_app_server::{
    Codex, CodexBuilder, Error, Reply,
    generated::v2_all::{
        ChatgptAuthTokensRefreshResponse, CommandExecutionApprovalDecision,
        CommandExecutionRequestApprovalParams, CommandExecutionRequestApprovalResponse,
        GrantedPermissionProfile, PermissionGrantScope, ThreadItem,
    },
};
use serde_json::{Value, json};

use support::{Log, next_params, refused_argument, soon};

use crate::kinds_of_requests::{
    ATTESTATION, Asking, COMMAND, ELICITATION, FILE_CHANGE, LEGACY_COMMAND, LEGACY_PATCH,
    PERMISSIONS, TIME, TOKENS, TOOL_CALL, USER_INPUT, all, params_of,
};

/// Sets the same handler for each kind.
macro_rules! with_each {
    ($builder:expr, $handler:expr) => {
        $builder
            .on_command_approval($handler)
            .on_file_change_approval($handler)
            .on_permissions_request($handler)
            .on_user_input($handler)
            .on_elicitation($handler)
            .on_tool_call($handler)
            .on_auth_tokens_refresh($handler)
            .on_attestation($handler)
            .on_current_time($handler)
            .on_legacy_command_approval($handler)
            .on_legacy_patch_approval($handler)
    };
}

#[tokio::test]
async fn nothing_is_approved_without_the_word_of_a_handler() {
    let fails = || async { Err::<Reply, _>(io::Error::other("on purpose")) };
    let panics = || async { panic!("on purpose") };
    let at_once = || -> std::future::Ready<Reply> { panic!("on purpose") };
    let ways: [(&str, CodexBuilder); 6] = [
        ("no handler", Codex::builder()),
        ("nobody takes it", Codex::builder().hold_requests(Duration::from_millis(1))),
        ("it fails", with_each!(Codex::builder(), move |_| fails())),
        (
            "it panics",
            with_each!(Codex::builder(), move |_| async move {
                panics().await;
                fails().await
            }),
        ),
        ("it panics at once", with_each!(Codex::builder(), move |_| at_once())),
        ("it declines", with_each!(Codex::builder(), |request| async move { request.decline() })),
    ];
    for (way, builder) in ways {
        let asking = Asking::new(builder).await;
        for (method, params) in all() {
            let reply = asking.reply(method, params).await;
            let expected = match method {
                COMMAND | FILE_CHANGE => json!({"decision": "decline"}),
                PERMISSIONS => json!({"permissions": {}, "scope": "turn"}),
                ELICITATION => json!({"action": "decline", "content": null, "_meta": null}),
                LEGACY_COMMAND | LEGACY_PATCH => {
                    json!({"decision": {"denied": {"rejection": "This client declines."}}})
                }
                TOOL_CALL => {
                    assert_eq!(reply["result"]["success"], false, "{way}: {reply}");
                    continue;
                }
                _ => {
                    assert_eq!(reply["error"]["code"], -32000, "{way}: {method}: {reply}");
                    continue;
                }
            };
            assert_eq!(reply["result"], expected, "{way}: {method}");
        }
    }
}

/// An error that leaves what it comes from to its source, as those of the SDK do.
#[derive(Debug)]
struct Undecided(io::Error);

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot be decided")
    }
}

impl error::Error for Undecided {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn the_log_says_why_a_handler_has_failed() {
    let asking = Asking::new(Codex::builder().on_current_time(|_| async {
        Err::<Reply, _>(Undecided(io::Error::other("the clock stands, apiKey=planted")))
    }))
    .await;
    let log = Log::default();
    let _log = tracing::subscriber::set_default(log.clone());
    // For whoever logs here at the same time in another test.
    asking.reply(TIME, params_of(TIME)).await;
    tracing::callsite::rebuild_interest_cache();

    asking.reply(TIME, params_of(TIME)).await;
    let (_, said) = log.lines().into_iter().rfind(|(_, text)| text.contains(TIME)).unwrap();
    assert!(said.contains("it cannot be decided: the clock stands, apiKey="), "{said}");
    assert!(!said.contains("planted"), "{said}");
}

#[tokio::test]
async fn each_handler_replies_in_a_word() {
    let tokens = || {
        ChatgptAuthTokensRefreshResponse::new().chatgpt_account_id("account").access_token("token")
    };
    let builder = Codex::builder()
        .on_command_approval(|request| async move { request.accept() })
        .on_file_change_approval(|request| async move { request.accept_for_session() })
        .on_permissions_request(|request| async move { request.accept() })
        .on_user_input(|request| async move { request.answer("A") })
        .on_elicitation(|request| async move { request.accept(json!({"name": "n"})) })
        .on_tool_call(|request| async move { request.text(request.arguments.to_string()) })
        .on_auth_tokens_refresh(move |request| async move { request.tokens(tokens()) })
        .on_attestation(|request| async move { request.token("attested") })
        .on_current_time(|request| async move {
            request.at(std::time::UNIX_EPOCH + Duration::from_millis(7900))
        })
        .on_legacy_command_approval(|request| async move {
            assert_eq!(request.shell_command().unwrap(), "cargo test");
            request.accept()
        })
        .on_legacy_patch_approval(|request| async move { request.cancel() });
    let asking = Asking::new(builder).await;
    for (method, params) in all() {
        let expected = match method {
            COMMAND => json!({"decision": "accept"}),
            FILE_CHANGE => json!({"decision": "acceptForSession"}),
            PERMISSIONS => json!({"permissions": {"network": {"enabled": true}}, "scope": "turn"}),
            USER_INPUT => json!({"answers": {"q": {"answers": ["A"]}}}),
            ELICITATION => json!({"action": "accept", "content": {"name": "n"}, "_meta": null}),
            TOOL_CALL => {
                json!({"success": true, "contentItems": [{"type": "inputText", "text": r#"{"a":1}"#}]})
            }
            TOKENS => json!({"accessToken": "token", "chatgptAccountId": "account"}),
            ATTESTATION => json!({"token": "attested"}),
            TIME => json!({"currentTimeAt": 7}),
            LEGACY_COMMAND => json!({"decision": "approved"}),
            LEGACY_PATCH => json!({"decision": "abort"}),
            _ => unreachable!(),
        };
        let reply = asking.reply(method, params).await;
        assert_eq!(reply["result"], expected, "{method}: {reply}");
    }
}

/// What a handler finds wrong, and what is sent then.
async fn refusal(builder: CodexBuilder, method: &str, params: Value) -> Value {
    Asking::new(builder).await.reply(method, params).await["result"].take()
}

#[tokio::test]
async fn a_command_gets_only_a_decision_that_it_is_open_to() {
    let amendment = json!({"acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["cargo"]}});
    let mut params = params_of(COMMAND);
    params["proposedExecpolicyAmendment"] = json!(["cargo"]);
    params["availableDecisions"] = json!(["accept", amendment, "cancel"]);
    let builder = Codex::builder().on_command_approval(|request| async move {
        let refused = request.accept_for_session().unwrap_err();
        let text = refused.to_string();
        assert!(
            text.contains("acceptForSession") && text.contains("accept, acceptWithExec"),
            "{text}"
        );
        request.accept_with_execpolicy_amendment()
    });
    let reply = refusal(builder, COMMAND, params.clone()).await;
    assert_eq!(reply["decision"], amendment);

    // Without a list, any; and never one that the request does not propose.
    params["availableDecisions"] = json!(null);
    params["proposedExecpolicyAmendment"] = json!(null);
    let builder = Codex::builder().on_command_approval(|request| async move {
        let refused = request.accept_with_execpolicy_amendment();
        assert_eq!(refused_argument(refused), "decision");
        request.accept_for_session()
    });
    let reply = refusal(builder, COMMAND, params.clone()).await;
    assert_eq!(reply["decision"], "acceptForSession");

    // What is refused declines, where the handler gives it.
    params["kind"] = json!("humanCommand");
    let builder =
        Codex::builder().on_command_approval(|request| async move { request.accept_for_session() });
    let reply = refusal(builder, COMMAND, params).await;
    assert_eq!(reply["decision"], "decline");
}

#[tokio::test]
async fn what_starts_no_command_is_never_taken_for_one() {
    let builder = Codex::builder().on_command_approval(|request| async move {
        match request.shell_command().as_deref() {
            Some("cargo test") => request.accept(),
            _ => request.decline(),
        }
    });
    let asking = Asking::new(builder).await;
    let decision = async |member: &str, value: Value| {
        let mut params = params_of(COMMAND);
        params[member] = value;
        asking.reply(COMMAND, params).await["result"]["decision"].take()
    };
    assert_eq!(decision("kind", json!("command")).await, "accept");
    for kind in ["writeStdin", "humanCommand", "dream"] {
        assert_eq!(decision("kind", json!(kind)).await, "decline", "{kind}");
    }
    let network = json!({"host": "example.org", "protocol": "https"});
    assert_eq!(decision("networkApprovalContext", network).await, "decline");
    assert_eq!(decision("command", json!("/bin/bash -lc 'cargo test")).await, "decline");
}

#[tokio::test]
async fn a_network_amendment_has_to_be_proposed() {
    let mut params = params_of(COMMAND);
    params["command"] = json!(null);
    let proposed = json!({"host": "example.org", "action": "allow"});
    params["proposedNetworkPolicyAmendments"] = json!([proposed]);
    let builder = Codex::builder().on_command_approval(|request| async move {
        assert_eq!(request.shell_command(), None);
        let mut amendment = request.proposed_network_policy_amendments.as_ref().unwrap()[0].clone();
        let apply = request.apply_network_policy_amendment(&amendment);
        amendment.host = "evil.example".into();
        let refused = request.apply_network_policy_amendment(&amendment);
        assert_eq!(refused_argument(refused), "decision");
        apply
    });
    let reply = refusal(builder, COMMAND, params).await;
    let applied = json!({"applyNetworkPolicyAmendment": {"network_policy_amendment": proposed}});
    assert_eq!(reply["decision"], applied);
}

#[tokio::test]
async fn more_permissions_than_were_asked_for_are_refused_and_none_decline() {
    let builder = Codex::builder().on_permissions_request(|request| async move {
        let more = json!({"fileSystem": {"write": ["/"]}});
        let more: GrantedPermissionProfile = serde_json::from_value(more).unwrap();
        let refused = request.grant(more, PermissionGrantScope::Session);
        assert_eq!(refused_argument(refused), "permissions");
        request.grant(GrantedPermissionProfile::new(), PermissionGrantScope::Session)
    });
    let reply = refusal(builder, PERMISSIONS, params_of(PERMISSIONS)).await;
    assert_eq!(reply, json!({"permissions": {}, "scope": "turn"}));
}

#[tokio::test]
async fn an_answer_is_one_of_the_choices_unless_any_text_is_allowed() {
    let mut params = params_of(USER_INPUT);
    let free = json!({"id": "free", "header": "Say", "question": "What?", "isOther": true,
                      "options": [{"label": "B", "description": ""}]});
    params["questions"].as_array_mut().unwrap().push(free);
    let builder = Codex::builder().on_user_input(|request| async move {
        assert_eq!(refused_argument(request.answer("A")), "answer");
        assert_eq!(refused_argument(request.answers([("q", "other")])), "answer");
        assert_eq!(refused_argument(request.answers([("none", "A")])), "answer");
        request.answers([("q", "A"), ("free", "something else"), ("free", "B")])
    });
    let reply = refusal(builder, USER_INPUT, params).await;
    let expected = json!({"q": {"answers": ["A"]}, "free": {"answers": ["something else", "B"]}});
    assert_eq!(reply["answers"], expected);
}

#[tokio::test]
async fn a_form_is_filled_in_as_it_asks() {
    let builder = Codex::builder().on_elicitation(|request| async move {
        assert_eq!(refused_argument(request.accept(json!({}))), "content");
        request.cancel()
    });
    let reply = refusal(builder, ELICITATION, params_of(ELICITATION)).await;
    assert_eq!(reply["action"], "cancel");
}

#[tokio::test]
async fn a_handler_sees_what_its_request_is_about() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let builder = Codex::builder()
        .on_command_approval({
            let seen = Arc::clone(&seen);
            move |request| {
                let item = match request.item() {
                    Some(ThreadItem::CommandExecution(item)) => item.id.clone(),
                    other => format!("{other:?}"),
                };
                let ids = [request.thread_id(), request.turn_id(), request.item_id()];
                let ids = ids.map(|id| id.unwrap().to_owned());
                let parent = request.parent_thread_id().map(str::to_owned);
                seen.lock().unwrap().push((item, ids, parent));
                async move { request.accept() }
            }
        })
        .on_file_change_approval(|request| async move {
            match request.changes() {
                Some([change]) if change.diff == "+new" => request.accept(),
                _ => request.decline(),
            }
        });
    let asking = Asking::new(builder).await;
    let thread = json!({"id": "t", "parentThreadId": "parent"});
    asking.tell("thread/started", json!({"thread": thread})).await;
    let started =
        |item: Value| json!({"threadId": "t", "turnId": "u", "startedAtMs": 1, "item": item});
    let command = json!({"type": "commandExecution", "id": "i", "command": "x", "cwd": "/w",
                         "commandActions": [], "status": "inProgress"});
    asking.tell("item/started", started(command)).await;
    asking.reply(COMMAND, params_of(COMMAND)).await;
    let ids = ["t", "u", "i"].map(str::to_owned);
    let expected = ("i".to_owned(), ids, Some("parent".to_owned()));
    assert_eq!(*seen.lock().unwrap(), [expected]);

    let mut params = params_of(FILE_CHANGE);
    params["itemId"] = json!("f");
    // Nothing is known of it yet.
    let reply = asking.reply(FILE_CHANGE, params.clone()).await;
    assert_eq!(reply["result"]["decision"], "decline");
    let change = json!({"path": "/w/new", "kind": {"type": "add"}, "diff": "+new"});
    let change =
        json!({"type": "fileChange", "id": "f", "changes": [change], "status": "inProgress"});
    asking.tell("item/started", started(change)).await;
    let reply = asking.reply(FILE_CHANGE, params).await;
    assert_eq!(reply["result"]["decision"], "accept");
}

#[tokio::test]
async fn a_handler_of_one_kind_comes_before_the_one_for_all() {
    let builder = Codex::builder()
        .on_server_request(|_, _| async { Reply::error(1, "the one for all") })
        .on_file_change_approval(|request| async move { request.accept() });
    let asking = Asking::new(builder).await;
    let reply = asking.reply(FILE_CHANGE, params_of(FILE_CHANGE)).await;
    assert_eq!(reply["result"]["decision"], "accept");
    for (method, params) in [(COMMAND, params_of(COMMAND)), ("item/dream", json!({}))] {
        assert_eq!(asking.reply(method, params).await["error"]["code"], 1);
    }
}

#[tokio::test]
async fn params_that_do_not_fit_decline() {
    let builder = Codex::builder().on_command_approval(|request| async move { request.accept() });
    let asking = Asking::new(builder).await;
    let reply = asking.reply(COMMAND, json!({"itemId": 1})).await;
    assert_eq!(reply["result"]["decision"], "decline");
}

#[tokio::test]
async fn a_reply_for_another_kind_declines() {
    let builder = Codex::builder().on_file_change_approval(|request| async move {
        let other = serde_json::from_value(params_of(COMMAND)).unwrap();
        let accept = CommandExecutionApprovalDecision::Accept;
        let accept = CommandExecutionRequestApprovalResponse::new(accept);
        drop(request);
        Reply::to::<CommandExecutionRequestApprovalParams>(&other, accept)
    });
    let reply = Asking::new(builder).await.reply(FILE_CHANGE, params_of(FILE_CHANGE)).await;
    assert_eq!(reply["result"]["decision"], "decline");
}

#[tokio::test]
async fn the_client_of_a_handler_does_not_keep_the_connection_open() {
    let (sender, mut clients) = tokio::sync::mpsc::channel(1);
    let builder = Codex::builder().on_file_change_approval(move |request| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(request.client().clone()).await;
            request.decline()
        }
    });
    let asking = Asking::new(builder).await;
    asking.reply(FILE_CHANGE, params_of(FILE_CHANGE)).await;
    let client = soon(clients.recv()).await.unwrap();
    drop(asking.codex);
    soon(asking.server.exited()).await;
    let error = soon(client.request_raw("model/list", json!({}))).await.unwrap_err();
    assert!(matches!(error, Error::Closed(_)), "{error}");
}

#[tokio::test]
async fn the_server_is_told_what_it_may_ask_for() {
    let told = async |builder| {
        let asking = Asking::new(builder).await;
        next_params(&asking.server, "initialize").await["capabilities"].take()
    };
    let nothing = json!({"experimentalApi": true, "requestAttestation": false});
    assert_eq!(told(Codex::builder()).await, nothing);
    let plain = Codex::builder().on_file_change_approval(|request| async move { request.accept() });
    assert_eq!(told(plain).await, nothing);

    let all = with_each!(Codex::builder(), |request| async move { request.decline() });
    let everything = json!({
        "experimentalApi": true, "requestAttestation": true, "requiredHumanApproval": true,
        "extensions": {"openai/form": {}},
    });
    assert_eq!(told(all).await, everything);

    // Attestations are not for whoever comes along.
    let held = Codex::builder().hold_requests(Duration::from_secs(1));
    let mut expected = everything;
    expected["requestAttestation"] = json!(false);
    assert_eq!(told(held).await, expected);
}
