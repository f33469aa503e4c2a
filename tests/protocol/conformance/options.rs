//! The options of threads and turns are the fields of the requests.

use super::{instances, plant::Plant, schema};
use codex_app_server::{Codex, ThreadConfig, TurnOverrides, generated::v2_all::*};
use codex_app_server_codegen::{
    api,
    plan::options::{BY_HAND, LEFT_OUT},
};
use codex_app_server_testkit::{Action, Script};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
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

/// What can be changed of a thread without a turn is what turns change.
#[tokio::test]
async fn each_setting_of_a_thread_is_updated() {
    let builder = Codex::builder().hold_requests(Duration::from_secs(1));
    let script = Script::new().on("thread/settings/update", vec![Action::respond(json!({})); 100]);
    let (server, codex) = fake_with(script, builder).await;
    let thread = soon(codex.thread_start(ThreadConfig::new())).await.unwrap();
    let mut settings = full("ThreadSettingsUpdateParams");
    let settings = settings.as_object_mut().unwrap();
    for no_option in ["threadId", "multiAgentMode"] {
        settings.remove(no_option);
    }
    for (wire, value) in settings {
        for value in [value.take(), Value::Null] {
            let overrides = json!({ wire.as_str(): value });
            soon(thread.update_defaults(serde_json::from_value(overrides).unwrap())).await.unwrap();
            let sent = next_params(&server, "thread/settings/update").await;
            assert_eq!(sent, json!({"threadId": thread.id(), wire.as_str(): value}));
        }
    }
}

/// Each option can be left out, null or a value, and of two the later one wins unless it is unset.
#[test]
fn each_option_has_three_states_that_merge() {
    fn check<T: DeserializeOwned + Serialize + Default>(full: &Value, merge: fn(T, T) -> T) {
        let of = |json: &Value| serde_json::from_value::<T>(json.clone()).unwrap();
        for (wire, value) in full.as_object().unwrap() {
            let (unset, null) = (json!({}), json!({ wire.as_str(): null }));
            let value = json!({ wire.as_str(): value });
            for (base, over, merged) in [
                (&value, &unset, &value),
                (&value, &null, &null),
                (&null, &unset, &null),
                (&null, &value, &value),
                (&unset, &null, &null),
                (&unset, &value, &value),
                (&unset, &unset, &unset),
            ] {
                let all = serde_json::to_value(merge(of(base), of(over))).unwrap();
                assert_eq!(&all, merged, "{base} with {over}");
            }
        }
    }
    let all = |params: &Value| {
        let mut options = listed(params);
        options["cwd"] = "/srv".into();
        options
    };
    for name in ["ThreadStartParams", "ThreadResumeParams", "ThreadForkParams"] {
        let mut options = all(&full(name));
        options["config"] = json!({"features.x": true});
        options["sandbox"] = "read-only".into();
        check(&options, ThreadConfig::merge);
    }
    let mut options = all(&full("TurnStartParams"));
    options["deadlineMs"] = 5.into();
    options["interruptOnDrop"] = true.into();
    options["whenBusy"] = "wait".into();
    check(&options, TurnOverrides::merge);
}
