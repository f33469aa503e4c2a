//! How each call is sent.

use codex_app_server::{
    SkillInput,
    generated::v2_all::{
        GetAccountParams, ModelListParams, SortDirection, ThreadListCwdFilter, ThreadListParams,
        ThreadSortKey, ThreadSourceKind,
    },
};
use codex_app_server_testkit::{Action, Script, turn_accepted};
use serde_json::json;

use support::{fake, next_params, soon, thread_of};

#[tokio::test]
async fn steering_names_the_turn_and_has_items() {
    let steered = Action::respond(json!({"turnId": "turn-1"}));
    let running = Script::new().on("turn/start", [turn_accepted()]);
    let (server, codex) = fake(running.on("turn/steer", [steered])).await;
    let turn = soon(thread_of(&codex).await.turn("Go")).await.unwrap();
    soon(turn.steer(SkillInput::new().name("greet").path("/s"))).await.unwrap();
    assert_eq!(
        next_params(&server, "turn/steer").await,
        json!({"threadId": "thread-1", "expectedTurnId": "turn-1",
               "input": [{"type": "skill", "name": "greet", "path": "/s"}]})
    );
    soon(turn.interrupt()).await.unwrap();
    assert_eq!(
        next_params(&server, "turn/interrupt").await,
        json!({"threadId": "thread-1", "turnId": "turn-1"})
    );
}

/// Calls of the client and of threads; whatever the response is.
#[tokio::test]
async fn each_other_call_has_its_shape() {
    let (server, codex) = fake(Script::new()).await;
    let thread = thread_of(&codex).await;
    let whole_list = ThreadListParams::new()
        .archived(true)
        .cursor("c")
        .cwd(ThreadListCwdFilter::Text("/srv/project".into()))
        .limit(20)
        .model_providers(["p"])
        .search_term("term")
        .section_id("s")
        .sort_direction(SortDirection::Asc)
        .sort_key(ThreadSortKey::UpdatedAt)
        .source_kinds([ThreadSourceKind::Cli])
        .use_state_db_only(true);
    let list = json!({
        "archived": true, "cursor": "c", "cwd": "/srv/project", "limit": 20, "modelProviders": ["p"],
        "searchTerm": "term", "sectionId": "s", "sortDirection": "asc", "sortKey": "updated_at",
        "sourceKinds": ["cli"], "useStateDbOnly": true,
    });
    let t = thread.id();
    macro_rules! shapes {
        ($($call:expr => $method:literal $params:expr;)*) => {
            $(
                let _ = soon($call).await;
                assert_eq!(next_params(&server, $method).await, $params, $method);
            )*
        };
    }
    shapes! {
        codex.thread_list(whole_list) => "thread/list" list;
        codex.thread_archive("t") => "thread/archive" json!({"threadId": "t"});
        codex.thread_unarchive("t") => "thread/unarchive" json!({"threadId": "t"});
        codex.models(ModelListParams::new().include_hidden(true)) => "model/list" json!({"includeHidden": true});
        codex.models(ModelListParams::new()) => "model/list" json!({});
        codex.account(GetAccountParams::new().refresh_token(true)) => "account/read" json!({"refreshToken": true});
        codex.account(GetAccountParams::new()) => "account/read" json!({});
        codex.login_api_key("sk-x") => "account/login/start" json!({"type": "apiKey", "apiKey": "sk-x"});
        codex.login_chatgpt() => "account/login/start" json!({"type": "chatgpt"});
        codex.login_chatgpt_device_code() => "account/login/start" json!({"type": "chatgptDeviceCode"});
        codex.logout() => "account/logout" json!({});
        thread.read_with_turns() => "thread/read" json!({"threadId": t, "includeTurns": true});
        thread.read() => "thread/read" json!({"threadId": t});
        thread.set_name("A name") => "thread/name/set" json!({"threadId": t, "name": "A name"});
        thread.compact() => "thread/compact/start" json!({"threadId": t});
    }
}
