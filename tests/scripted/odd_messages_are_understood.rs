//! Messages that are written in a way of their own mean what they mean, and what means nothing is
//! an error at once for whom it concerns.

use codex_app_server::{
    Client, Codex, Error, Reply,
    generated::v2_all::{ModelListParams, ServerNotification, ServerRequest, ThreadItem},
};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::{Value, json};

use support::{fake, fake_with, soon, thread_of, until};

#[tokio::test]
async fn malformed_responses_are_errors_at_once() {
    for (response, problem) in [
        (r#"{"id":{{requestId}}}"#, "neither a result nor an error"),
        (r#"{"id":"{{requestId}}","result":{"data":[]}}"#, "id is not the number"),
        (r#"{"id":{{requestId}},"error":{"code":5}}"#, "no code or no message"),
        (r#"{"id":{{requestId}},"error":{"message":"m"}}"#, "no code or no message"),
        (r#"{"id":{{requestId}},"error":[]}"#, "no code or no message"),
    ] {
        let script = Script::new().on("model/list", [Action::raw(response)]);
        let (_server, codex) = fake(script).await;
        let call = codex.client().request(ModelListParams::new()).no_timeout();
        let error = soon(call.into_future()).await.unwrap_err();
        assert!(matches!(error, Error::Rpc(_)), "{error:?}");
        assert!(error.to_string().contains(problem), "{response}: {error}");
    }
}

#[tokio::test]
async fn marks_and_blank_lines_are_passed_over_on_every_transport() {
    let (server, codex) = fake(Script::new()).await;
    let mut events = codex.client().events();
    soon(server.send_raw("\n \r\n\u{feff}\n\u{feff}{\"method\":\"odd\"}\n")).await.unwrap();
    let event = soon(events.next()).await.unwrap().unwrap();
    assert_eq!(event.method(), "odd");
    assert_eq!(codex.client().stray_lines(), 0);
}

#[tokio::test]
async fn deep_nesting_is_an_odd_message_and_not_the_end() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let item = format!(
        r#"{{"method":"item\/completed","params":{{"threadId":"{{{{threadId}}}}","turnId":"{{{{turnId}}}}","item":{{"type":"agentMessage","id":"i","text":"t","x":{deep}}}}}}}"#
    );
    let end =
        json!({"threadId": "{{threadId}}", "turn": {"id": "{{turnId}}", "status": "completed"}});
    let script = Script::new()
        .on(
            "turn/start",
            [turn_accepted(), Action::raw(&item), Action::notify("turn/completed", end)],
        )
        .on("model/list", [Action::raw(&format!(r#"{{"id":{{{{requestId}}}},"result":{deep}}}"#))]);
    let (server, codex) = fake(script).await;
    let mut events = codex.client().events();
    soon(server.send_raw(format!("{{\"method\":\"odd\",\"params\":{deep}}}\n"))).await.unwrap();
    let ServerNotification::Unknown(odd) = soon(events.next()).await.unwrap().unwrap() else {
        panic!("it is unknown");
    };
    assert_eq!((odd.params.get(), odd.thread_id()), (deep.as_str(), None));
    let result = soon(thread_of(&codex).await.run("Go")).await.unwrap();
    let [ThreadItem::AgentMessage(message)] = &result.items[..] else {
        panic!("{:?}", result.items);
    };
    assert_eq!(message.unknown_fields.get("x"), Some(&json!(deep)));
    assert!(result.unread.is_empty());
    let error = soon(codex.client().model_list(ModelListParams::new()).into_future()).await;
    assert!(matches!(error, Err(Error::Decode { .. })), "{error:?}");
}

#[tokio::test]
async fn names_that_need_escapes_reach_whom_they_name() {
    let script = Script::new().on(
        "turn/start",
        [
            Action::respond(json!({"turn": {"id": "a \"turn\""}})),
            Action::notify(
                "turn/odd\n",
                json!({"threadId": "{{threadId}}", "turnId": "a \"turn\""}),
            ),
            Action::raw(
                r#"{"id":null,"method":"turn/no\u0054e","params":{"turnId":"\u0061 \"turn\""}}"#,
            ),
        ],
    );
    let (_server, codex) = fake(script).await;
    let mut turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    until(&mut turn, "turn/odd\n").await;
    until(&mut turn, "turn/noTe").await;
}

/// A connection whose handler replies to what it does not know with what it was sent.
async fn echoing() -> (codex_app_server_testkit::FakeServer, Codex) {
    let builder = Codex::builder().on_server_request(|request, _: Client| async move {
        let ServerRequest::Unknown(message) = &request else {
            return Reply::decline(&request);
        };
        let params: Value = serde_json::from_str(message.params.get()).unwrap();
        Reply::raw(json!({"method": message.method, "params": params}))
    });
    fake_with(Script::new(), builder).await
}

#[tokio::test]
async fn a_handler_replies_in_raw_json_to_what_has_no_type() {
    let (server, _codex) = echoing().await;
    for method in ["item/dream", "item/dr\"eam", "item/commandExecution/requestApproval"] {
        let request = json!({"id": "an \"id\"", "method": method, "params": {"x": [1]}});
        soon(server.send(request)).await.unwrap();
        let reply = soon(server.next_answer()).await;
        assert_eq!(reply["id"], "an \"id\"");
        assert_eq!(reply["result"], json!({"method": method, "params": {"x": [1]}}));
    }
}

#[tokio::test]
async fn a_request_that_is_sent_twice_reaches_the_handler_once() {
    let (handled, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let builder = Codex::builder().on_server_request(move |request, _| {
        let (proceed, may_reply) = tokio::sync::oneshot::channel::<()>();
        handled.send((request.method().to_owned(), proceed)).unwrap();
        async move {
            may_reply.await.unwrap();
            Reply::raw(json!({}))
        }
    });
    let (server, _codex) = fake_with(Script::new(), builder).await;
    for (id, method) in [(7, "one"), (7, "one"), (8, "two")] {
        let request = json!({"id": id, "method": method, "params": {}});
        soon(server.send(request)).await.unwrap();
    }
    for (id, expected) in [(7, "one"), (8, "two")] {
        let (method, proceed) = soon(calls.recv()).await.unwrap();
        assert_eq!(method, expected);
        proceed.send(()).unwrap();
        assert_eq!(soon(server.next_answer()).await["id"], id);
    }
}
