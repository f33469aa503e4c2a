//! The server's configuration is read, with who has set what, and written.

use codex_app_server::{
    AppServerConfig, Codex,
    generated::v2_all::{
        ConfigBatchWriteParams, ConfigEdit, ConfigLayerSource, ConfigReadParams,
        ConfigReadResponse, MergeStrategy, WriteStatus,
    },
};
use codex_app_server_testkit::MockModel;
use serde_json::json;

use support::{Real, Way, offline, soon};

const EFFORT: &str = "model_reasoning_effort";

async fn read(codex: &Codex) -> ConfigReadResponse {
    soon(codex.config_read(ConfigReadParams::new().include_layers(true))).await.unwrap()
}

fn edit(key: &str, value: serde_json::Value) -> ConfigEdit {
    ConfigEdit::new().key_path(key).merge_strategy(MergeStrategy::Upsert).value(value)
}

#[tokio::test]
async fn values_are_written_one_by_one_and_several_at_once() {
    for way in [Way::Stdio, Way::Websocket] {
        let real = Real::start_by(way, [], Codex::builder()).await;
        let codex = &real.codex;
        assert_eq!(read(codex).await.provenance(EFFORT).count(), 0);
        let written = soon(codex.config_write(EFFORT, "high")).await.unwrap();
        assert_eq!(written.status, WriteStatus::Ok);
        let config = read(codex).await;
        let (layer, value) = config.provenance(EFFORT).next().unwrap();
        assert!(matches!(layer.name, ConfigLayerSource::User(_)), "{:?}", layer.name);
        assert_eq!(value, "high");
        assert_eq!(config.origins[EFFORT].name, layer.name);

        let edits = || [edit(EFFORT, json!("low")), edit("tui.animations", json!(false))];
        let stale = ConfigBatchWriteParams::new(edits()).expected_version("stale");
        assert!(soon(codex.config_batch_write(stale)).await.is_err());
        assert_eq!(read(codex).await.provenance(EFFORT).next().unwrap().1, "high");
        let params = ConfigBatchWriteParams::new(edits()).expected_version(written.version);
        soon(codex.config_batch_write(params)).await.unwrap();
        let config = read(codex).await;
        assert_eq!(config.provenance(EFFORT).next().unwrap().1, "low");
        assert_eq!(config.provenance("tui.animations").next().unwrap().1, false);
    }
}

#[tokio::test]
async fn a_layer_that_overrides_another_comes_first_and_a_write_below_it_says_so() {
    let model = MockModel::start().await.unwrap();
    let home = model.codex_home().unwrap();
    let config: AppServerConfig = offline(&home).config_override(format!("{EFFORT}=\"low\""));
    let codex = soon(Codex::builder().app_server(config).connect_stdio()).await.unwrap();
    let written = soon(codex.config_write(EFFORT, "high")).await.unwrap();
    assert_eq!(written.status, WriteStatus::OkOverridden);
    let by = written.overridden_metadata.unwrap();
    assert_eq!(by.overriding_layer.name, ConfigLayerSource::SessionFlags);

    let config = read(&codex).await;
    let set: Vec<_> =
        config.provenance(EFFORT).map(|(layer, value)| (&layer.name, value)).collect();
    assert_eq!(set.len(), 2, "{set:?}");
    assert_eq!(set[0], (&ConfigLayerSource::SessionFlags, &json!("low")));
    assert!(matches!(set[1].0, ConfigLayerSource::User(_)) && set[1].1 == "high");
}

#[tokio::test]
async fn requirements_are_read() {
    let real = Real::start([]).await;
    let read = soon(real.codex.config_requirements()).await.unwrap();
    assert_eq!(read.requirements, None);
}
