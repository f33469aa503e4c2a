//! The real server's version, platform and models.

use codex_app_server::{
    Codex, Error, VersionPolicy,
    generated::v2_all::{ClientInfo, InitializeParams, ModelListParams},
};

use support::{Real, Way, offline, soon};

#[tokio::test]
async fn metadata_says_what_the_real_server_is() {
    let real = Real::start([]).await;
    let metadata = real.codex.metadata();
    assert_eq!(metadata.server_version, codex_app_server::CODEX_VERSION);
    let response = metadata.initialize.as_ref().unwrap();
    assert_eq!(metadata.user_agent, response.user_agent);
    assert!(response.user_agent.contains("codex-app-server-rust"), "{response:?}");
    let home = real.home.path().canonicalize().unwrap();
    assert_eq!(response.codex_home.as_str(), home.to_str().unwrap());
    assert_eq!(response.platform_os, std::env::consts::OS);
    assert_eq!(response.platform_family, std::env::consts::FAMILY);
}

#[tokio::test]
async fn the_real_server_is_introduced_to_the_client() {
    for way in [Way::Stdio, Way::Websocket] {
        let info = ClientInfo::new().name("the-editor").version("7.7").unknown_field("build", 7);
        let params = InitializeParams::new(info).unknown_field("protocolVersion", "1");
        let real = Real::start_by(way, [], Codex::builder().initialize(params)).await;
        let agent = &real.codex.metadata().user_agent;
        assert!(agent.starts_with("the-editor/") && agent.contains("7.7"), "{agent}");
        // The handshake was made, once: another is refused.
        let again = InitializeParams::new(ClientInfo::new().name("other").version("1"));
        let error = soon(real.codex.client().request(again)).await.unwrap_err();
        assert!(error.to_string().contains("Already initialized"), "{error}");
    }
}

#[tokio::test]
async fn models_are_listed() {
    let real = Real::start([]).await;
    let models =
        soon(real.codex.models(ModelListParams::new().include_hidden(true))).await.unwrap();
    assert!(models.data.iter().any(|model| model.model == "mock-model"), "{models:?}");
}

#[tokio::test]
async fn the_version_policy_is_kept() {
    let real = Real::start([]).await;
    let config = || offline(&real.home);
    let exact = Codex::builder().app_server(config()).version_policy(VersionPolicy::Exact);
    soon(exact.connect_stdio()).await.unwrap();
    let future = Codex::builder()
        .app_server(config())
        .version_policy(VersionPolicy::AtLeast("999.0.0".parse().unwrap()));
    let error = soon(future.connect_stdio()).await.unwrap_err();
    assert!(matches!(error, Error::Version { .. }), "{error:?}");
    assert!(error.to_string().contains("999.0.0 or later"), "{error}");
}
