//! The options of threads and turns are the fields of the requests.

use super::{instances, plant::Plant, schema};
use codex_app_server::{Codex, ThreadConfig, TurnOverrides, generated::v2_all::*};
use codex_app_server_codegen::{
    api,
    plan::options::{BY_HAND, LEFT_OUT},
};
use codex_app_server_testkit::Script;
use serde_json::Value;
use std::time::Duration;
use support::{fake_with, next_params, soon};

/// Makes options of the fields of params.
macro_rules! thread_options {
    ($($(#[$doc:meta])* $field:ident $(($secret:ident))?: $kind:ident $ty:ty, $start:tt $resume:tt $fork:tt;)*) => {
        fn starting(params: ThreadStartParams) -> ThreadConfig {
            let mut config = ThreadConfig::new();
            $(take!($start config params $field);)*
            config
        }

        fn resuming(params: ThreadResumeParams) -> ThreadConfig {
            let mut config = ThreadConfig::new();
            $(take!($resume config params $field);)*
            config
        }

        fn forking(params: ThreadForkParams) -> ThreadConfig {
            let mut config = ThreadConfig::new();
            $(take!($fork config params $field);)*
            config
        }
    };
}

macro_rules! turn_options {
    ($($(#[$doc:meta])* $field:ident $(($secret:ident))?: $kind:ident $ty:ty;)*) => {
        fn overriding(params: TurnStartParams) -> TurnOverrides {
            let mut overrides = TurnOverrides::new();
            $(take!(turn overrides params $field);)*
            overrides
        }
    };
}

macro_rules! take {
    (_ $options:ident $params:ident $field:ident) => {};
    ($request:ident $options:ident $params:ident $field:ident) => {
        $options.$field = $params.$field.into();
    };
}

include!(concat!(env!("OUT_DIR"), "/thread_options.rs"));
include!(concat!(env!("OUT_DIR"), "/turn_options.rs"));

/// Params in which every field has a value.
fn full(name: &str) -> Value {
    let values = instances::all(&schema::shapes(&schema::files()), name, Plant::Nothing);
    values
        .and_then(|values| values.into_iter().max_by_key(|value| value.as_object().unwrap().len()))
        .expect("params can be made up")
}

/// What of the params is an option that the build script lists.
fn listed(params: &Value) -> Value {
    let others = BY_HAND.iter().chain(LEFT_OUT);
    let mut params = params.clone();
    for (wire, _) in others {
        params.as_object_mut().unwrap().remove(*wire);
    }
    params
}

#[test]
fn each_field_is_an_option_or_says_why_not() {
    let api = api(&support::root().join("schema")).unwrap();
    let thread: Vec<_> = api.options.thread.iter().map(|option| &option.field.wire).collect();
    let turn: Vec<_> = api.options.turn.iter().map(|option| &option.field.wire).collect();
    for (name, options) in [
        ("ThreadStartParams", &thread),
        ("ThreadResumeParams", &thread),
        ("ThreadForkParams", &thread),
        ("TurnStartParams", &turn),
    ] {
        for wire in full(name).as_object().unwrap().keys() {
            let is_listed = options.contains(&wire);
            let others = BY_HAND.iter().chain(LEFT_OUT);
            let said = others.filter(|(other, why)| other == wire && !why.is_empty()).count();
            assert_eq!(usize::from(is_listed) + said, 1, "{name}.{wire}");
        }
    }
}

#[tokio::test]
async fn each_option_is_sent_where_it_is_taken() {
    // Whatever is asked for.
    let builder = Codex::builder().hold_requests(Duration::from_secs(1));
    let (server, codex) = fake_with(Script::new(), builder).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    next_params(&server, "thread/start").await;

    let params: ThreadStartParams = serde_json::from_value(full("ThreadStartParams")).unwrap();
    let sent = serde_json::to_value(&params).unwrap();
    soon(codex.thread_start(starting(params))).await.unwrap();
    assert_eq!(next_params(&server, "thread/start").await, listed(&sent));

    let params: ThreadResumeParams = serde_json::from_value(full("ThreadResumeParams")).unwrap();
    let sent = serde_json::to_value(&params).unwrap();
    soon(codex.thread_resume("t", resuming(params))).await.unwrap();
    assert_eq!(listed(&next_params(&server, "thread/resume").await), listed(&sent));

    let params: ThreadForkParams = serde_json::from_value(full("ThreadForkParams")).unwrap();
    let sent = serde_json::to_value(&params).unwrap();
    soon(codex.thread_fork("t", forking(params))).await.unwrap();
    assert_eq!(listed(&next_params(&server, "thread/fork").await), listed(&sent));

    let params: TurnStartParams = serde_json::from_value(full("TurnStartParams")).unwrap();
    let sent = serde_json::to_value(&params).unwrap();
    let run = tokio::spawn(async move { thread.run_with("Go", overriding(params)).await });
    assert_eq!(listed(&next_params(&server, "turn/start").await), listed(&sent));
    run.abort();
}
