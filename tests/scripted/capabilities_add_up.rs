//! What the server is told of the client: what the program sets, and what the SDK needs.

use std::time::Duration;

use codex_app_server::{
    AppServerConfig, Codex, CodexBuilder, Policy,
    generated::v2_all::{ClientInfo, InitializeCapabilities, InitializeParams},
};
use codex_app_server_testkit::Script;
use serde_json::{Map, Value, json};

use support::{fake_transport, fake_with, next_params, refused_argument, soon};

/// What a server is told of the client that is built so.
async fn told(builder: CodexBuilder) -> Value {
    let (server, _codex) = fake_with(Script::new(), builder).await;
    next_params(&server, "initialize").await["capabilities"].take()
}

/// All that a server is told in the handshake with a client that is built so.
async fn introduced(builder: CodexBuilder) -> Value {
    let (server, _codex) = fake_with(Script::new(), builder).await;
    next_params(&server, "initialize").await
}

/// The argument for which connecting is refused; nothing was sent then.
async fn refused(builder: CodexBuilder) -> &'static str {
    let (server, transport) = fake_transport(Script::new());
    let argument = refused_argument(soon(builder.connect_with(transport)).await);
    assert!(server.received().is_empty());
    argument
}

fn declared() -> InitializeCapabilities {
    InitializeCapabilities::new()
}

#[tokio::test]
async fn the_program_wins_and_the_rest_is_as_handlers_need_it() {
    let holding = || Codex::builder().hold_requests(Duration::from_secs(1));
    let form = json!({"limit": 3});
    let extensions = Map::from_iter([("openai/form".into(), form), ("mine".into(), json!({}))]);
    let own = declared()
        .explicit_gateway_oauth(true)
        .extensions(extensions.clone())
        // By its name on the wire, as newer ones are.
        .unknown_field("newer", 1);
    assert_eq!(
        told(holding().capabilities(own)).await,
        json!({"experimentalApi": true, "requestAttestation": false, "explicitGatewayOauth": true,
               "extensions": extensions, "requiredHumanApproval": true, "newer": 1})
    );
    let off = declared().required_human_approval(false);
    assert_eq!(
        told(holding().capabilities(off)).await,
        json!({"experimentalApi": true, "requestAttestation": false,
               "extensions": {"openai/form": {}}, "requiredHumanApproval": false})
    );
    let attesting = Codex::builder()
        .on_attestation(|request| async move { request.decline() })
        .capabilities(declared());
    assert_eq!(told(attesting).await["requestAttestation"], true);
}

#[tokio::test]
async fn what_contradicts_the_config_is_refused() {
    let off = || Codex::builder().app_server(AppServerConfig::new().experimental_api(false));
    assert_eq!(told(off().capabilities(declared())).await["experimentalApi"], false);
    assert_eq!(
        refused(off().capabilities(declared().experimental_api(true))).await,
        "capabilities"
    );
}

#[tokio::test]
async fn notifications_that_are_left_out_add_up() {
    let own = declared().opt_out_notification_methods(["thread/archived", "no/such"]);
    let builder = Codex::builder()
        .opt_out(["turn/diff/updated"])
        .capabilities(own)
        .opt_out(vec![String::from("thread/archived")]);
    assert_eq!(
        told(builder).await["optOutNotificationMethods"],
        json!(["no/such", "thread/archived", "turn/diff/updated"])
    );
    let builder = Codex::builder().without_deltas().opt_out(["error"]);
    let methods = told(builder).await["optOutNotificationMethods"].take();
    let methods = methods.as_array().unwrap();
    assert!(methods.contains(&json!("item/agentMessage/delta")), "{methods:?}");
    assert!(methods.contains(&json!("error")), "{methods:?}");
}

#[tokio::test]
async fn what_is_needed_is_not_left_out() {
    for method in [
        "account/login/completed",
        "item/completed",
        "item/started",
        "thread/goal/cleared",
        "thread/goal/updated",
        "turn/completed",
        "turn/started",
    ] {
        assert_eq!(refused(Codex::builder().opt_out([method])).await, "opt_out", "{method}");
        let own = declared().opt_out_notification_methods([method]);
        assert_eq!(refused(Codex::builder().capabilities(own)).await, "opt_out", "{method}");
    }
    for method in ["item/fileChange/patchUpdated", "serverRequest/resolved", "thread/started"] {
        let builder = || Codex::builder().opt_out([method]);
        assert_eq!(told(builder()).await["optOutNotificationMethods"], json!([method]));
        let asked = builder().on_file_change_approval(|request| async move { request.accept() });
        let general = builder().on_server_request(|request, _| async move {
            codex_app_server::Reply::decline(&request)
        });
        let held = builder().hold_requests(Duration::from_secs(1));
        let policed = builder().approvals(Policy::rules());
        for replying in [asked, general, held, policed] {
            assert_eq!(refused(replying).await, "opt_out", "{method}");
        }
    }
}

#[tokio::test]
async fn what_the_params_of_the_handshake_leave_out_is_filled_in() {
    let plain = introduced(Codex::builder()).await;
    let empty = || ClientInfo::new().name("").version("");
    let filled_in = Codex::builder().initialize(InitializeParams::new(empty()));
    assert_eq!(introduced(filled_in).await, plain);

    let config = || AppServerConfig::new().client_info("mine", "1.0").client_title("Mine");
    let own = InitializeParams::new(empty().title("Theirs"));
    let told = introduced(Codex::builder().app_server(config()).initialize(own)).await;
    assert_eq!(told["clientInfo"], json!({"name": "mine", "version": "1.0", "title": "Theirs"}));
    let own = InitializeParams::new(ClientInfo::new().name("theirs").version("2.0"));
    let told = introduced(Codex::builder().initialize(own).app_server(config())).await;
    assert_eq!(told["clientInfo"], json!({"name": "theirs", "version": "2.0", "title": "Mine"}));
    assert_eq!(told["capabilities"], plain["capabilities"]);
}

#[tokio::test]
async fn unknown_members_of_the_handshake_pass() {
    let info = ClientInfo::new().name("mine").version("1.0").unknown_field("build", 7);
    let params = InitializeParams::new(info)
        .capabilities(declared().unknown_field("newer", true))
        .unknown_field("protocolVersion", "1");
    let told = introduced(Codex::builder().initialize(params)).await;
    assert_eq!(
        told,
        json!({"clientInfo": {"name": "mine", "version": "1.0", "build": 7},
               "capabilities": {"experimentalApi": true, "requestAttestation": false,
                                "newer": true},
               "protocolVersion": "1"})
    );
}

#[tokio::test]
async fn capabilities_of_the_handshake_are_those_of_the_connection() {
    let info = || ClientInfo::new().name("mine").version("1.0");
    let with = |own| InitializeParams::new(info()).capabilities(own);
    let builder = Codex::builder()
        .hold_requests(Duration::from_secs(1))
        .capabilities(declared().explicit_gateway_oauth(true))
        .opt_out(["turn/diff/updated"])
        .initialize(with(declared().opt_out_notification_methods(["thread/archived"])));
    assert_eq!(
        introduced(builder).await["capabilities"],
        json!({"experimentalApi": true, "requestAttestation": false,
               "requiredHumanApproval": true, "extensions": {"openai/form": {}},
               "optOutNotificationMethods": ["thread/archived", "turn/diff/updated"]})
    );
    // Null is nothing said.
    let silent = InitializeParams::new(info()).capabilities(None);
    let kept = Codex::builder().capabilities(declared().explicit_gateway_oauth(true));
    let told = introduced(kept.initialize(silent)).await;
    assert_eq!(told["capabilities"]["explicitGatewayOauth"], true);
}

#[tokio::test]
async fn what_the_handshake_must_not_say_is_refused() {
    let with = |name: &str, own| {
        let info = ClientInfo::new().name(name).version("1.0");
        Codex::builder().initialize(InitializeParams::new(info).capabilities(own))
    };
    assert_eq!(refused(with("naïve", declared())).await, "client_info");
    let needed = declared().opt_out_notification_methods(["turn/completed"]);
    assert_eq!(refused(with("mine", needed)).await, "opt_out");
    let off = AppServerConfig::new().experimental_api(false);
    let on = with("mine", declared().experimental_api(true)).app_server(off);
    assert_eq!(refused(on).await, "capabilities");
}

#[test]
fn blocking_connections_have_the_same_options() {
    use codex_app_server::blocking;
    let (_folder, config) = support::fake_process(&Script::new());
    let builder = || blocking::Codex::builder().app_server(config.clone());
    let info = ClientInfo::new().name("mine").version("1.0");
    let builder = || builder().initialize(InitializeParams::new(info.clone()));
    builder().capabilities(declared()).opt_out(["error"]).connect_stdio().unwrap();
    assert_eq!(refused_argument(builder().opt_out(["turn/completed"]).connect_stdio()), "opt_out");
}
