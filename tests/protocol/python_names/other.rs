//! The names of the other Python SDK, `codex-app-server-sdk`.
#![allow(
    unused_mut,
    unused_variables,
    reason = "each row uses some of the values that it is given"
)]

use std::time::Duration;

use codex_app_server::{
    AppServerConfig, ApprovalMode, CancelResult, ChatContinuation, ChatOptions, ChatResult, Client,
    Codex, CommandApproval, CommandHandle, ConversationStep, Error, FileChangeApproval, Maybe,
    PendingRequest, PendingRequests, Reply, Result, RpcError, Sandbox, Thread, ThreadConfig,
    TurnHandle, TurnOverrides, UserInputRequest, WebsocketConfig, blocking,
    protocol::{
        AskForApproval, CollaborationMode, CommandExecParams, ConfigBatchWriteParams,
        ConfigReadParams, ConfigValueWriteParams, InitializeParams, MergeStrategy, ModeKind,
        ModelListParams, Personality, ReasoningSummary, ReviewTarget, SandboxPolicy, Settings,
        SortDirection, ThreadListParams, ThreadSortKey,
    },
    transport::{MessageReader, MessageWriter, Transport},
};
use serde_json::Value;

use super::{exists, rows};

async fn approve(request: CommandApproval) -> Result<Reply> {
    request.accept()
}

async fn allow(request: FileChangeApproval) -> Result<Reply> {
    request.accept()
}

async fn answer(request: UserInputRequest) -> Result<Reply> {
    request.answer("…")
}

rows! {
    given (
        codex: Codex, client: Client, thread: Thread, mut turn: TurnHandle, id: &str,
        config: AppServerConfig, server: WebsocketConfig, options: ThreadConfig, more: ThreadConfig,
        overrides: TurnOverrides, list: ThreadListParams, models: ModelListParams,
        command: CommandExecParams, read: ConfigReadParams, write: ConfigValueWriteParams,
        batch: ConfigBatchWriteParams, target: ReviewTarget, json: Value, error: Error,
        rpc: RpcError, limit: Duration, transport: Transport, initialize: InitializeParams,
        mut requests: PendingRequests, pending: PendingRequest, reply: Reply,
        approval: CommandApproval, change: FileChangeApproval, question: UserInputRequest,
        mut running: CommandHandle, mode: CollaborationMode, settings: Settings,
        policy: SandboxPolicy, chat: ChatOptions, step: ConversationStep, result: ChatResult,
        place: ChatContinuation, cancelled: CancelResult
    )

    "The other SDK: connecting" {
        ["`CodexClient.connect_stdio()`" => Codex::connect()]
        ["`command=`" => config.launch_args_override(["codex", "app-server"])]
        ["`$CODEX_APP_SERVER_CMD`" => says "the same variable"]
        ["`cwd=`" => config.cwd("…")]
        ["`env=`, which replaces all" => config.env_clear().env("KEY", "value")]
        ["`connect_websocket(url=)`" => Codex::builder().connect_websocket("ws://127.0.0.1:8765")]
        ["`$CODEX_APP_SERVER_WS_URL`, `$CODEX_APP_SERVER_TOKEN`" => WebsocketConfig::from_env()]
        ["`token=`" => server.token("…")]
        ["`headers=`" => server.header("name", "value")]
        ["`connect_timeout=`" => server.connect_timeout(limit)]
        ["`CodexClient(transport)`" => Codex::builder().connect_with(transport)]
        ["`Transport.recv`" => type Box<dyn MessageReader>]
        ["`Transport.send`, `.close`" => type Box<dyn MessageWriter>]
        ["`request_timeout=`" => Codex::builder().request_timeout(limit)]
        ["`strict=`" => says "always: a thread that is not resumed is an error"]
        ["`approval_mode=\"auto\"`" => Codex::builder()]
        ["`approval_mode=\"manual\"`" => Codex::builder().hold_requests(limit)]
        ["`user_input_response_timeout=`" => Codex::builder().hold_requests(limit)]
        ["`start()`" => says "a connection that is there has been started"]
        ["`initialize()`" => says "connecting has done it, once"]
        ["`initialize(params)`" => Codex::builder().initialize(initialize)]
        ["`InitializeResult.protocol_version`" => says "none; `metadata().server_version` is the server's"]
        ["`InitializeResult.server_info`" => codex.metadata().user_agent]
        ["`InitializeResult.capabilities`" => says "the server tells of none"]
        ["`InitializeResult.raw`" => codex.metadata().initialize]
        ["`close()`, the end of `async with`" => codex.close()]
        ["synchronous use" => blocking::Codex::connect()]
    }

    "The other SDK: options" {
        ["`UNSET`" => Maybe::<String>::Unset]
        ["`None`, which is sent as null" => Maybe::<String>::Null]
        ["`ThreadConfig()`" => ThreadConfig::new()]
        ["`ThreadConfig.cwd`" => options.cwd("…")]
        ["`.base_instructions`" => options.base_instructions("…")]
        ["`.developer_instructions`" => options.developer_instructions("…")]
        ["`.model`" => options.model("…")]
        ["`.model_provider`" => options.model_provider("…")]
        ["`.approval_policy`" => options.approval_policy(AskForApproval::OnRequest)]
        ["`.approval_policy`, as a preset" => options.approval_mode(ApprovalMode::Ask)]
        ["`.approval_policy = \"on-failure\"`" => says "gone from the protocol; `OnRequest` is the nearest"]
        ["`.sandbox`" => options.sandbox(Sandbox::WorkspaceWrite)]
        ["`.personality`" => options.personality(Personality::Friendly)]
        ["`.ephemeral`" => options.ephemeral(true)]
        ["`.config`" => options.config(json)]
        ["merging two of them" => options.merge(more)]
        ["`TurnOverrides()`" => TurnOverrides::new()]
        ["`TurnOverrides.cwd`" => overrides.cwd("…")]
        ["`.model`" => overrides.model("…")]
        ["`.effort`" => overrides.effort("high")]
        ["`.summary`" => overrides.summary(ReasoningSummary::Concise)]
        ["`.sandbox_policy`" => overrides.sandbox_policy(policy)]
        ["`.personality`" => overrides.personality(Personality::Friendly)]
        ["`.approval_policy`" => overrides.approval_policy(AskForApproval::Never)]
        ["`.output_schema`" => overrides.output_schema(json)]
        ["`.collaboration_mode`" => overrides.collaboration_mode(mode)]
        ["`mode`, `settings`" => CollaborationMode::new().mode(ModeKind::Plan).settings(settings)]
        ["`settings.model`" => Settings::new("…")]
        ["`settings.reasoning_effort`" => settings.reasoning_effort("high")]
        ["`settings.developer_instructions`" => settings.developer_instructions("…")]
    }

    "The other SDK: threads" {
        ["`client.start_thread(config)`" => codex.thread_start(options)]
        ["`client.resume_thread(id, config)`" => codex.thread_resume(id, options)]
        ["`client.fork_thread(id, config)`" => codex.thread_fork(id, options)]
        ["`client.set_thread_defaults(id, config)`" => codex.thread("…").update_defaults(overrides)]
        ["`client.read_thread(id)`" => codex.thread("…").read_with_turns()]
        ["`include_turns=False`" => codex.thread("…").read()]
        ["`client.list_threads()`" => codex.threads(list)]
        ["`client.list_threads(cursor=)`, a page" => codex.thread_list(list)]
        ["`archived=`" => list.archived(true)]
        ["`cwd=`" => list.cwd("…")]
        ["`limit=`" => list.limit(20)]
        ["`model_providers=`" => list.model_providers(["…"])]
        ["`sort_key=`" => list.sort_key(ThreadSortKey::UpdatedAt)]
        ["`sort_direction=`" => list.sort_direction(SortDirection::Asc)]
        ["`client.set_thread_name(id, name)`" => codex.thread("…").set_name("…")]
        ["`client.archive_thread(id)`" => codex.thread_archive(id)]
        ["`client.unarchive_thread(id)`" => codex.thread_unarchive(id)]
        ["`client.compact_thread(id)`" => codex.thread("…").compact()]
        ["`client.rollback_thread(id, num_turns)`" => says "gone from the protocol; see `thread.revert`"]
        ["`ThreadHandle`" => type Thread]
        ["`handle.thread_id`" => thread.id()]
        ["`handle.defaults`" => thread.defaults()]
        ["`handle.fork(overrides)`" => thread.fork(options)]
        ["`handle.update_defaults(config)`" => thread.update_defaults(overrides)]
        ["`handle.read()`" => thread.read_with_turns()]
        ["`handle.set_name(name)`" => thread.set_name("…")]
        ["`handle.archive()`" => thread.archive()]
        ["`handle.unarchive()`" => thread.unarchive()]
        ["`handle.compact()`" => thread.compact()]
        ["… and its end" => thread.start_compaction()]
        ["`handle.rollback(num_turns)`" => thread.revert("…")]
        ["`handle.start_review(target)`" => thread.start_review(target)]
    }

    "The other SDK: everything else" {
        ["`client.list_models()`" => codex.all_models(models)]
        ["`client.list_models(cursor=)`, a page" => codex.models(models)]
        ["`include_hidden=`" => models.include_hidden(true)]
        ["`client.steer_turn(thread_id, expected_turn_id, …)`" => turn.steer("…")]
        ["`client.interrupt_turn(turn_id)`" => codex.interrupt_turn("…")]
        ["`client.interrupt_turn(turn_id, thread_id)`" => turn.interrupt()]
        ["`client.start_review(thread_id, target)`" => codex.thread("…").start_review(target)]
        ["`delivery=\"detached\"`" => says "gone from the protocol; review on a fork"]
        ["`client.exec_command(command)`" => client.command_exec(command)]
        ["… as it writes" => codex.exec_command(command)]
        ["`cwd=`" => command.cwd("…")]
        ["`sandbox_policy=`" => command.sandbox_policy(policy)]
        ["`timeout_ms=`" => command.timeout_ms(1000)]
        ["`client.read_config(cwd, include_layers)`" => codex.config_read(read)]
        ["`include_layers=`" => read.include_layers(true)]
        ["`client.read_config_requirements()`" => codex.config_requirements()]
        ["`client.write_config_value(key_path, value)`" => codex.config_write("key", "value")]
        ["`merge_strategy=`, `expected_version=`, `file_path=`" => client.config_value_write(write)]
        ["`merge_strategy=\"upsert\"`" => MergeStrategy::Upsert]
        ["`client.batch_write_config(edits)`" => codex.config_batch_write(batch)]
        ["`client.request(method, params)`" => client.request_raw("method", json)]
        ["`CodexTimeoutError`" => error.is_timeout()]
        ["`CodexProtocolError`" => matches!(error, Error::Rpc(_))]
        ["… of a failed turn" => matches!(error, Error::TurnFailed(_))]
        ["`error.code`" => rpc.code]
        ["`error.data`" => rpc.data]
        ["`CodexTransportError`" => error.is_closed()]
    }

    "The other SDK: approvals and questions" {
        ["`set_approval_handler(handler)`" => Codex::builder().on_command_approval(approve)]
        ["… of changes to files" => Codex::builder().on_file_change_approval(allow)]
        ["`approval_requests()`, `user_input_requests()`" => requests.next()]
        ["the requests of one turn, among its events" => turn.next_event()]
        ["`respond_approval(request, decision)`" => pending.respond(reply)]
        ["`approve_approval(request)`" => approval.accept()]
        ["`for_session=True`" => approval.accept_for_session()]
        ["`execpolicy_amendment=`" => approval.accept_with_execpolicy_amendment()]
        ["… of a change to files" => says "does not compile: a `FileChangeApproval` has no such reply"]
        ["`approve_approval(…)` of a change to files" => change.accept()]
        ["`decline_approval(request)`" => approval.decline()]
        ["`cancel_approval(request)`" => approval.cancel()]
        ["\"no longer pending\"" => pending.is_resolved()]
        ["`set_user_input_handler(handler)`" => Codex::builder().on_user_input(answer)]
        ["`respond_user_input(request, answers)`" => question.answers([("id", "answer")])]
        ["`respond_user_input_choice(question_id, …)`" => question.answers([("id", "label")])]
        ["`respond_user_input_other(question_id, …)`" => question.answers([("id", "free text")])]
    }

    "The other SDK: conversations" {
        ["`async for step in thread.chat(text)`" => thread.chat("…")]
        ["`thread.chat_once(text)`" => thread.chat_once("…")]
        ["`client.chat(text)`" => codex.chat("…")]
        ["`client.chat_once(text)`" => codex.chat_once("…")]
        ["… with arguments" => codex.chat_with("…", chat)]
        ["`thread_id=`" => chat.thread("…")]
        ["`thread_config=`" => chat.config(options)]
        ["`turn_overrides=`" => chat.overrides(overrides)]
        ["`user=`" => chat.user("…")]
        ["`metadata=`" => chat.metadata([("key", "value")])]
        ["`inactivity_timeout=`" => chat.inactivity_timeout(limit)]
        ["… of the client" => Codex::builder().inactivity_timeout(limit)]
        ["token deltas, which it has not" => chat.deltas(true)]
        ["`ConversationStep`" => type ConversationStep]
        ["`step.step_type`" => step.step_type.as_str()]
        ["`step.item_type`, `step.item_id`" => (step.item_type, step.item_id)]
        ["`step.thread_id`, `step.turn_id`" => (step.thread_id, step.turn_id)]
        ["`step.status`, `step.text`" => (step.status, step.text)]
        ["`step.data[\"params\"]`" => step.data.params]
        ["`step.data[\"item\"]`" => step.data.item()]
        ["… as its type" => step.item()]
        ["`ChatResult`" => type ChatResult]
        ["`result.final_text`" => result.final_text]
        ["`result.assistant_item_id`" => result.assistant_item_id]
        ["`result.completion_source`" => result.completion_source.as_str()]
        ["`result.raw_events`" => result.raw_events]
        ["`CodexTurnInactiveError`" => matches!(error, Error::TurnInactive { .. })]
        ["`error.continuation`, `error.idle_seconds`" => says "the fields of `Error::TurnInactive`"]
        ["`ChatContinuation`" => type ChatContinuation]
        ["`continuation.thread_id`, `.turn_id`" => (place.thread_id(), place.turn_id())]
        ["`continuation.cursor`, `.mode`" => (place.cursor(), place.mode())]
        ["`chat(continuation=…)`" => codex.continue_chat(place)]
        ["`chat_once(continuation=…)`" => codex.continue_chat_once(place)]
        ["`client.cancel(continuation)`" => codex.cancel(place)]
        ["`cancelled.steps`, `cancelled.raw_events`" => (cancelled.steps, cancelled.raw_events)]
        ["`cancelled.was_completed`" => cancelled.was_completed]
        ["`cancelled.was_interrupted`" => cancelled.was_interrupted]
        ["an interrupted turn" => matches!(error, Error::TurnInterrupted(_))]
    }
}
