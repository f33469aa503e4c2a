//! Errors of the server, by their kind, and responses that do not fit.

use codex_app_server::{Error, RpcErrorKind, generated::v2_all::ModelListParams};
use codex_app_server_testkit::{Action, Script};
use serde_json::{Value, json};

use support::{fake, soon};

#[tokio::test]
async fn each_code_has_its_kind() {
    use RpcErrorKind::*;
    let marked = || Some(json!({"details": [{"codexErrorInfo": "SERVER_OVERLOADED"}]}));
    let none = || None::<Value>;
    for (code, message, data, kind, retryable) in [
        (-32700, "no", none(), Parse, false),
        (-32600, "no", none(), InvalidRequest, false),
        (-32601, "no", none(), MethodNotFound, false),
        (-32602, "no", none(), InvalidParams, false),
        (-32603, "no", none(), Internal, false),
        (-32001, "no", none(), ServerBusy, true),
        (-32050, "no", marked(), ServerBusy, true),
        (-32050, "no", Some(json!({"errorInfo": {"serverOverloaded": {}}})), ServerBusy, true),
        (-32000, "Retry limit reached", none(), RetryLimitExceeded, false),
        (-32099, "too many failed attempts", marked(), RetryLimitExceeded, true),
        (-32050, "no", Some(json!({"codexErrorInfo": "other"})), Server, false),
        (-32100, "no", none(), Other, false),
        (7, "no", marked(), Other, true),
    ] {
        let response = Action::error(code, message, data.clone());
        let (_server, codex) = fake(Script::new().on("model/list", [response])).await;
        let error = soon(codex.models(ModelListParams::new())).await.unwrap_err();
        assert_eq!(error.rpc_kind(), Some(kind), "{code} {message}");
        assert_eq!(error.is_retryable(), retryable, "{code} {message}");
        assert!(!error.is_closed() && !error.is_timeout());
        let Error::Rpc(rpc) = error else {
            panic!("{error:?}");
        };
        assert_eq!((rpc.method.as_str(), rpc.code), ("model/list", code));
        assert_eq!((rpc.message.as_str(), rpc.data), (message, data));
    }
}

#[tokio::test]
async fn a_response_that_does_not_fit_is_an_error_with_the_json() {
    let script = Script::new().on("model/list", [Action::respond(json!({"data": 7}))]);
    let (_server, codex) = fake(script).await;
    let error =
        soon(async { codex.client().model_list(ModelListParams::new()).await }).await.unwrap_err();
    let Error::Decode { method, raw, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!((method.as_str(), raw.as_str()), ("model/list", r#"{"data":7}"#));
    assert!(error.to_string().contains(r#"{"data":7}"#), "{error}");
}
