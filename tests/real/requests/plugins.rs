//! Marketplaces, plugins and apps.

use codex_app_server::generated::v2_all::*;

use super::{calls::Calls, world::World};

pub(crate) async fn all(calls: &Calls, world: &World) {
    let market = || AbsolutePathBuf::from(world.path("market/.agents/plugins/marketplace.json"));
    calls.ok(MarketplaceAddParams::new(world.path("market"))).await;
    let listed = calls.ok(PluginListParams::new()).await;
    assert_eq!(listed.marketplaces[0].plugins[0].id, "tool@local");
    calls.ok(PluginSearchParams::new("tool")).await;
    calls.ok(PluginReadParams::new("tool").marketplace_path(market())).await;
    calls.ok(PluginInstallParams::new("tool").marketplace_path(market())).await;
    let installed = calls.ok(PluginInstalledParams::new()).await;
    assert!(installed.marketplaces[0].plugins[0].installed);
    calls.ok(PluginReconcileParams::new()).await;
    calls.ok(PluginUninstallParams::new("tool@local")).await;
    calls.ok(MarketplaceUpgradeParams::new()).await;
    calls.ok(MarketplaceRemoveParams::new("local")).await;

    // The others are kept by the service.
    let account = "chatgpt authentication required";
    calls
        .refused(
            PluginSkillReadParams::new()
                .remote_plugin_id("plugin")
                .remote_marketplace_name("market")
                .skill_name("skill"),
            account,
        )
        .await;
    calls.refused(PluginShareListParams::new(), account).await;
    calls.refused(PluginShareCheckoutParams::new("plugin"), account).await;
    calls.refused(PluginShareDeleteParams::new("plugin"), account).await;
    calls.refused(PluginShareSaveParams::new(world.path("market/plugins/tool")), account).await;
    let update = PluginShareUpdateTargetsParams::new()
        .remote_plugin_id("plugin")
        .discoverability(PluginShareUpdateDiscoverability::Unlisted)
        .share_targets(Vec::<PluginShareTarget>::new());
    calls.refused(update, account).await;

    calls.ok(AppsListParams::new()).await;
    calls.ok(AppsInstalledParams::new()).await;
    calls.ok(AppsReadParams::new(["app"])).await;
}
