//! Configuration, models, features, environments, skills, hooks, memories, and what other agents
//! have left behind.

use std::collections::BTreeMap;

use codex_app_server::generated::v2_all::*;
use serde_json::json;

use super::{calls::Calls, world::World};

pub(crate) async fn all(calls: &Calls, world: &World) {
    let effort = |value: &str| {
        ConfigEdit::new()
            .key_path("model_reasoning_effort")
            .merge_strategy(MergeStrategy::Replace)
            .value(json!(value))
    };
    calls.ok(ConfigReadParams::new().include_layers(true)).await;
    calls.ok(ConfigRequirementsReadParams::new()).await;
    calls
        .ok(ConfigValueWriteParams::new()
            .key_path("model_reasoning_effort")
            .merge_strategy(MergeStrategy::Replace)
            .value(json!("high")))
        .await;
    let written = calls.ok(ConfigBatchWriteParams::new([effort("low")])).await;
    assert_eq!(written.status, WriteStatus::Ok);

    let models = calls.ok(ModelListParams::new()).await;
    assert_eq!(models.data[0].id, "mock-model");
    calls.ok(ModelProviderListParams::new()).await;
    calls.ok(ModelProviderCapabilitiesReadParams::new()).await;
    calls.ok(CollaborationModeListParams::new()).await;
    calls.ok(PermissionProfileListParams::new()).await;
    calls.ok(ExperimentalFeatureListParams::new()).await;
    calls.ok(ExperimentalFeatureEnablementSetParams::new(BTreeMap::new())).await;
    calls.ok(HooksListParams::new()).await;

    calls.ok(SkillsListParams::new()).await;
    calls.ok(SkillsExtraRootsSetParams::new([world.path("folder")])).await;
    calls.ok(SkillsConfigWriteParams::new(true).name("imagegen")).await;

    calls.ok(MemoryStatusParams::new()).await;
    calls.ok(MemoryResetParams::new()).await;

    // Nobody serves this environment.
    calls
        .ok(EnvironmentAddParams::new()
            .environment_id("remote")
            .exec_server_url("ws://127.0.0.1:9/"))
        .await;
    calls.ok(EnvironmentStatusParams::new("remote")).await;
    calls.refused(EnvironmentInfoParams::new("remote"), "connection attempt failed").await;

    calls.ok(ExternalAgentConfigDetectParams::new().include_home(true)).await;
    calls
        .ok(ExternalAgentConfigImportParams::new(Vec::<ExternalAgentConfigMigrationItem>::new()))
        .await;
    calls
        .ok(ExternalAgentConfigImportHistoryRecordParams::new()
            .provider_id("provider")
            .item_type_results([ExternalAgentConfigImportHistoryRecordTypeResultParams::new()
                .failures(Vec::<ExternalAgentConfigImportItemTypeFailure>::new())
                .item_type(ExternalAgentConfigMigrationItemType::Skills)
                .successes(Vec::<ExternalAgentConfigImportHistoryRecordSuccessParams>::new())]))
        .await;
    let histories = calls.ok(ExternalAgentConfigImportReadHistoriesParams::new()).await;
    assert!(!histories.data.is_empty());

    calls
        .ok(FeedbackSaveParams::new().classification("bug").save_path(world.path("feedback")))
        .await;
    // Any that it takes would be sent.
    calls.refused(FeedbackUploadParams::new("bug").thread_id("none"), "invalid thread id").await;
}
