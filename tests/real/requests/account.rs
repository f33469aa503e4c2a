//! Accounts and providers.

use codex_app_server::generated::v2_all::*;

use super::calls::Calls;
use crate::login_port;

pub(crate) async fn all(calls: &Calls) {
    let _port = login_port::alone().await;
    let browser = calls.ok(LoginAccountParams::Chatgpt(ChatgptLoginAccountParams::new())).await;
    let LoginAccountResponse::Chatgpt(browser) = browser else {
        panic!("{browser:?}");
    };
    calls.ok(CancelLoginAccountParams::new(browser.login_id)).await;
    calls.ok(LoginAccountParams::ApiKey(ApiKeyLoginAccountParams::new("sk-none"))).await;
    calls.ok(GetAccountParams::new()).await;
    calls.ok(AccountSecuritySetupReadParams::new()).await;
    calls.ok(AccountSessionsListParams::new()).await;

    // A key is no account of the service.
    let account = "chatgpt authentication required";
    calls.refused(GetAccountRateLimitsParams::new(), account).await;
    calls.refused(ConsumeAccountRateLimitResetCreditParams::new("key"), account).await;
    calls.refused(GetAccountTokenUsageParams::new(), account).await;
    calls.refused(AccountWorkspaceMessagesReadParams::new(), account).await;
    calls
        .refused(SendAddCreditsNudgeEmailParams::new(AddCreditsNudgeCreditType::Credits), account)
        .await;
    calls
        .refused(
            AccountSessionsSwitchParams::new().account_id("account").session_id("session"),
            "requires a managed ChatGPT login",
        )
        .await;
    calls.ok(AccountLogoutParams::new()).await;

    calls.ok(GatewayOAuthReadParams::new()).await;
    calls.refused(GatewayOAuthLoginParams::new(), "does not use gateway OAuth").await;
    calls.ok(AccountGatewayOAuthCancelParams::new()).await;

    let gateway =
        CustomGatewayProviderSettingsPatch::new().name("Gateway").base_url("http://127.0.0.1:9/v1");
    calls
        .ok(ModelProviderConfigWriteParams::new(ProviderSettingsPatch::CustomGateway(gateway)))
        .await;
    // Any that it takes would be tried out.
    calls
        .refused(GcpSetupParams::new("project").credential_file("/dev/null"), "credential file")
        .await;
    let found = calls.ok(BedrockDiscoverParams::new()).await;
    assert_eq!(found.environment_credentials.len(), 1);
    calls.ok(BedrockCheckGovCloudRequirementsParams::new()).await;
    calls
        .ok(BedrockSetupParams::Environment(EnvironmentBedrockSetupParams::new("us-east-1")))
        .await;
}
