//! The names of the official Python SDK, `openai-codex`.
#![allow(
    unused_mut,
    unused_variables,
    reason = "each row uses some of the values that it is given"
)]

use std::{future::Ready, time::Duration};

use codex_app_server::{
    AppServerConfig, ApprovalMode, BrowserLogin, CODEX_VERSION, Client, Codex, DeviceCodeLogin,
    Error, ExternalMessage, GoalHandle, ImageInput, Input, InputItem, LocalImageInput,
    MentionInput, Reply, RetryPolicy, RpcError, RpcErrorKind, RunResult, Sandbox, SkillInput,
    TextInput, Thread, ThreadConfig, TurnHandle, TurnOverrides, blocking,
    protocol::{
        self, AccountLoginCompletedNotification, GetAccountParams, ModelListParams, Personality,
        ReasoningSummary, ServerNotification, ServerRequest, SortDirection, ThreadListCwdFilter,
        ThreadListParams, ThreadSortKey, ThreadSourceKind, ThreadStartSource,
    },
    retry_on_overload,
};
use serde_json::{Map, Value};

use super::{exists, rows};

async fn handler(request: ServerRequest, _: Client) -> Reply {
    Reply::decline(&request)
}

rows! {
    given (
        codex: Codex, thread: Thread, mut turn: TurnHandle, mut goal: GoalHandle,
        result: RunResult, id: &str, config: AppServerConfig, options: ThreadConfig,
        overrides: TurnOverrides, params: ThreadListParams, schema: Value, json: Value,
        map: Map<String, Value>, message: ExternalMessage, notification: ServerNotification,
        error: Error, rpc: RpcError, policy: RetryPolicy, initial: Duration, max: Duration,
        operation: fn() -> Ready<codex_app_server::Result<()>>, mut browser: BrowserLogin,
        mut device: DeviceCodeLogin, completed: AccountLoginCompletedNotification, client: Client
    )

    "Connecting" {
        ["`AsyncCodex()`" => Codex::connect()]
        ["`AsyncCodex(config)`" => Codex::builder().app_server(config).connect_stdio()]
        ["`Codex()`" => blocking::Codex::connect()]
        ["`Codex(config)`" => blocking::Codex::builder().app_server(config).connect_stdio()]
        ["`codex.close()`, the end of `with`" => codex.close()]
        ["`codex.metadata`" => codex.metadata()]
        ["`codex.metadata.serverInfo.version`" => codex.metadata().server_version]
        ["`codex.metadata.userAgent`" => codex.metadata().user_agent]
        ["`__version__`, that of the pinned codex" => CODEX_VERSION]
        ["`CodexConfig()`" => AppServerConfig::new()]
        ["`codex_bin=`" => config.codex_bin("…")]
        ["`launch_args_override=`" => config.launch_args_override(["…"])]
        ["`config_overrides=`" => config.config_override("key=value")]
        ["`cwd=`" => config.cwd("…")]
        ["`env=`" => config.env("KEY", "value")]
        ["`client_name=`, `client_version=`" => config.client_info("name", "1.0")]
        ["`client_title=`" => config.client_title("…")]
        ["`experimental_api=`" => config.experimental_api(true)]
    }

    "The client" {
        ["`codex.thread_start()`" => codex.thread_start(ThreadConfig::new())]
        ["`codex.thread_start(…)`" => codex.thread_start(options)]
        ["`codex.thread_resume(id, …)`" => codex.thread_resume(id, options)]
        ["`codex.thread_fork(id, …)`" => codex.thread_fork(id, options)]
        ["`codex.thread_list(…)`" => codex.thread_list(params)]
        ["`codex.thread_archive(id)`" => codex.thread_archive(id)]
        ["`codex.thread_unarchive(id)`" => codex.thread_unarchive(id)]
        ["`codex.models()`" => codex.models(ModelListParams::new())]
        ["`include_hidden=` (models)" => ModelListParams::new().include_hidden(true)]
        ["`codex.account()`" => codex.account(GetAccountParams::new())]
        ["`refresh_token=` (account)" => GetAccountParams::new().refresh_token(true)]
        ["`codex.login_api_key(key)`" => codex.login_api_key("…")]
        ["`codex.login_chatgpt()`" => codex.login_chatgpt()]
        ["`codex.login_chatgpt_device_code()`" => codex.login_chatgpt_device_code()]
        ["`codex.logout()`" => codex.logout()]
    }

    "Options of `thread_start`, `thread_resume`, `thread_fork`" {
        ["`approval_mode=`" => options.approval_mode(ApprovalMode::AutoReview)]
        ["`base_instructions=`" => options.base_instructions("…")]
        ["`config=`" => options.config(map)]
        ["`cwd=`" => options.cwd("…")]
        ["`developer_instructions=`" => options.developer_instructions("…")]
        ["`ephemeral=` (start, fork)" => options.ephemeral(true)]
        ["`include_turns=` (resume, fork)" => thread.read_with_turns()]
        ["`model=`" => options.model("…")]
        ["`model_provider=`" => options.model_provider("…")]
        ["`personality=` (start, resume)" => options.personality(Personality::Friendly)]
        ["`sandbox=`" => options.sandbox(Sandbox::WorkspaceWrite)]
        ["`service_name=` (start)" => options.service_name("…")]
        ["`service_tier=`" => options.service_tier("…")]
        ["`session_start_source=` (start)" => options.session_start_source(ThreadStartSource::Clear)]
        ["`thread_source=` (start, fork)" => options.thread_source("…")]
        ["`ApprovalMode.deny_all`" => ApprovalMode::DenyAll]
        ["`ApprovalMode.auto_review`" => ApprovalMode::AutoReview]
        ["`Sandbox.read_only`" => Sandbox::ReadOnly]
        ["`Sandbox.workspace_write`" => Sandbox::WorkspaceWrite]
        ["`Sandbox.full_access`" => Sandbox::DangerFullAccess]
    }

    "Options of `thread_list`" {
        ["`archived=`" => params.archived(true)]
        ["`cursor=`" => params.cursor("…")]
        ["`cwd=`" => params.cwd(ThreadListCwdFilter::Text("…".into()))]
        ["`limit=`" => params.limit(20)]
        ["`model_providers=`" => params.model_providers(["…"])]
        ["`search_term=`" => params.search_term("…")]
        ["`section_id=`" => params.section_id("…")]
        ["`sort_direction=`" => params.sort_direction(SortDirection::Asc)]
        ["`sort_key=`" => params.sort_key(ThreadSortKey::UpdatedAt)]
        ["`source_kinds=`" => params.source_kinds([ThreadSourceKind::Cli])]
        ["`use_state_db_only=`" => params.use_state_db_only(true)]
    }

    "Threads and turns" {
        ["`AsyncThread`" => type Thread]
        ["`Thread`" => type blocking::Thread]
        ["`thread.id`" => thread.id()]
        ["`thread.run(input)`" => thread.run("…")]
        ["`thread.run(input, …)`" => thread.run_with("…", overrides)]
        ["`thread.turn(input)`" => thread.turn("…")]
        ["`thread.turn(input, …)`" => thread.turn_with("…", overrides)]
        ["`thread.read()`" => thread.read()]
        ["`thread.read(include_turns=True)`" => thread.read_with_turns()]
        ["`thread.set_name(name)`" => thread.set_name("…")]
        ["`thread.compact()`" => thread.compact()]
        ["`AsyncTurnHandle`" => type TurnHandle]
        ["`TurnHandle`" => type blocking::TurnHandle]
        ["`turn.id`" => turn.id()]
        ["`turn.thread_id`" => turn.thread_id()]
        ["`turn.stream()`" => turn.next()]
        ["`turn.run()`" => turn.run()]
        ["`turn.steer(input)`" => turn.steer("…")]
        ["`turn.interrupt()`" => turn.interrupt()]
        ["`Notification`" => type ServerNotification]
        ["`notification.method`" => notification.method()]
        ["`notification.payload`" => ServerNotification::TurnCompleted]
        ["`UnknownNotification`" => ServerNotification::Unknown]
    }

    "Options of `run` and `turn`" {
        ["`approval_mode=`" => overrides.approval_mode(ApprovalMode::AutoReview)]
        ["`cwd=`" => overrides.cwd("…")]
        ["`effort=`" => overrides.effort("high")]
        ["`model=`" => overrides.model("…")]
        ["`output_schema=`" => overrides.output_schema(schema)]
        ["`personality=`" => overrides.personality(Personality::Friendly)]
        ["`sandbox=`" => overrides.sandbox(Sandbox::ReadOnly)]
        ["`service_tier=`" => overrides.service_tier("…")]
        ["`source=`" => overrides.turn_trigger("…")]
        ["`summary=`" => overrides.summary(ReasoningSummary::Concise)]
        ["`turn_service_tier=`" => overrides.service_tier_for_turn("…")]
    }

    "Input" {
        ["`Input`, `RunInput`" => type Input]
        ["`InputItem`" => type InputItem]
        ["`\"text\"`" => Input::from("text")]
        ["`[item, …]`" => Input::from([InputItem::from("…")])]
        ["`TextInput(text)`" => TextInput::new("…")]
        ["`ImageInput(url)`" => ImageInput::from_url("data:…")]
        ["`LocalImageInput(path)`" => LocalImageInput::from_path("…")]
        ["`SkillInput(name, path)`" => SkillInput::new().name("name").path("path")]
        ["`MentionInput(name, path)`" => MentionInput::new().name("name").path("path")]
        ["`ExternalMessage(tool_name, content)`" => ExternalMessage::new("tool", "content")]
        ["`namespace=`" => message.namespace("…")]
    }

    "Results" {
        ["`TurnResult`" => type RunResult]
        ["`result.id`" => result.id]
        ["`result.status`" => result.status]
        ["`result.error`" => result.error]
        ["`result.started_at`" => result.started_at]
        ["`result.completed_at`" => result.completed_at]
        ["`result.duration_ms`" => result.duration]
        ["`result.final_response`" => result.final_response]
        ["`result.items`" => result.items]
        ["`result.usage`" => result.usage]
        ["`types.ThreadItem` and the rest of `types`" => type protocol::ThreadItem]
    }

    "Errors and trying again" {
        ["`CodexError`" => type Error]
        ["`TransportClosedError`" => error.is_closed()]
        ["`JsonRpcError`" => matches!(error, Error::Rpc(_))]
        ["`error.code`" => rpc.code]
        ["`error.message`" => rpc.message]
        ["`error.data`" => rpc.data]
        ["`CodexRpcError`" => error.rpc_kind()]
        ["`ParseError`" => RpcErrorKind::Parse]
        ["`InvalidRequestError`" => RpcErrorKind::InvalidRequest]
        ["`MethodNotFoundError`" => RpcErrorKind::MethodNotFound]
        ["`InvalidParamsError`" => RpcErrorKind::InvalidParams]
        ["`InternalRpcError`" => RpcErrorKind::Internal]
        ["`ServerBusyError`" => RpcErrorKind::ServerBusy]
        ["`RetryLimitExceededError`" => RpcErrorKind::RetryLimitExceeded]
        ["`RuntimeError` of a failed turn" => matches!(error, Error::TurnFailed(_))]
        ["`ValueError`, `TypeError` of an argument" => matches!(error, Error::InvalidInput { .. })]
        ["`is_retryable_error(error)`" => error.is_retryable()]
        ["`retry_on_overload(op)`" => retry_on_overload(RetryPolicy::new(), operation)]
        ["`max_attempts=`" => policy.max_attempts(3)]
        ["`initial_delay_s=`, `max_delay_s=`" => policy.delays(initial, max)]
        ["`jitter_ratio=`" => policy.jitter(0.2)]
    }

    "Logging in" {
        ["`AsyncChatgptLoginHandle`" => type BrowserLogin]
        ["`ChatgptLoginHandle`" => type blocking::BrowserLogin]
        ["`AsyncDeviceCodeLoginHandle`" => type DeviceCodeLogin]
        ["`DeviceCodeLoginHandle`" => type blocking::DeviceCodeLogin]
        ["`login.login_id`" => browser.login_id()]
        ["`login.auth_url`" => browser.auth_url()]
        ["`login.verification_url`" => device.verification_url()]
        ["`login.user_code`" => device.user_code()]
        ["`login.wait()`" => device.wait()]
        ["`login.cancel()`" => device.cancel()]
        ["`completed.success`" => completed.success]
        ["`completed.error`" => completed.error]
    }

    "Goals" {
        ["`thread.run_goal(objective)`" => thread.run_goal("…")]
        ["`thread.start_goal(objective)`" => thread.start_goal("…")]
        ["`goal.stream()`" => goal.next()]
        ["`goal.run()`" => goal.run()]
        ["`goal.steer(input)`" => goal.steer("…")]
        ["`goal.interrupt()`" => goal.interrupt()]
    }

    "The low-level `CodexClient`" {
        ["`CodexClient()`" => codex.client()]
        ["`start()`, `initialize()`" => Codex::connect()]
        ["`request(method, params, model)`" => client.request(params)]
        ["`request(…)` of an unknown method" => client.request_raw("method", json)]
        ["`model_list(…)` and each other request" => client.model_list(ModelListParams::new())]
        ["`request_with_retry_on_overload(…)`" => client.request(params).retry(policy)]
        ["`stream_text(thread_id, text)`" => turn.next_text()]
        ["`next_notification()`" => client.events().next()]
        ["`next_turn_notification(turn_id)`" => thread.events().next()]
        ["`wait_for_turn_completed(turn_id)`" => thread.attach("…")]
        ["`wait_for_login_completed(login_id)`" => browser.wait()]
        ["`approval_handler=`" => Codex::builder().on_server_request(handler)]
    }
}
