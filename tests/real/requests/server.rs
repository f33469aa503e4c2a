//! The server itself, and what the platform lets it do.

use codex_app_server::generated::v2_all::*;

use super::calls::Calls;

pub(crate) async fn all(calls: &Calls) {
    // The first one was part of connecting.
    calls
        .refused(
            InitializeParams::new(ClientInfo::new().name("again").version("1")),
            "Already initialized",
        )
        .await;
    calls.ok(ServerDiagnosticsParams::new()).await;
    calls.ok(MockExperimentalMethodParams::new()).await;
    calls.ok(RolloutCompressParams::new()).await;

    // Both need an account that the service knows.
    calls.ok(RemoteControlStatusReadParams::new()).await;
    let account = "requires ChatGPT authentication";
    calls.refused(RemoteControlEnableParams::new(), account).await;
    calls.refused(RemoteControlDisableParams::new(), account).await;
    calls.refused(RemoteControlClientsListParams::new("environment"), account).await;
    calls
        .refused(
            RemoteControlClientsRevokeParams::new()
                .client_id("client")
                .environment_id("environment"),
            account,
        )
        .await;
    calls
        .refused(RemoteControlPairingStartParams::new(), "requires remote control to be enabled")
        .await;
    calls.refused(RemoteControlPairingStatusParams::new(), "requires pairingCode").await;

    // This platform has no way to tell whether a person is there.
    let unavailable = "User verification is not available";
    calls.ok(UserVerificationStatusParams::new()).await;
    calls.ok(UserVerificationCancelParams::new(RequestId::Number(1))).await;
    calls.refused(UserVerificationEnrollParams::new(), unavailable).await;
    calls
        .refused(
            UserVerificationVerifyParams::new()
                .challenge("Y2hhbGxlbmdl")
                .description("Why.")
                .title("Verify"),
            unavailable,
        )
        .await;
    calls.refused(UserVerificationDeleteParams::new(), unavailable).await;

    calls.ok(WindowsSandboxReadinessParams::new()).await;
    calls.ok(WindowsSandboxSetupStartParams::new(WindowsSandboxSetupMode::Unelevated)).await;
}
