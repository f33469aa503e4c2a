//! Coming from a Python SDK: what its names are called here. Text only.
//!
//! First the official one, then the other, `codex-app-server-sdk`. All of the package
//! `openai-codex` is here, most of it under the same name. What differs is this:
//!
//! - Keyword arguments are chained setters: of a [`ThreadConfig`](crate::ThreadConfig) (below
//!   `options`), of [`TurnOverrides`](crate::TurnOverrides) (`overrides`), of an
//!   [`AppServerConfig`](crate::AppServerConfig) (`config`), or of the `params` of a request. What
//!   is not set is not sent. [`Maybe::Null`](crate::Maybe::Null) is sent as null, which clears the
//!   option.
//! - Calls are awaited, unless they are those of `blocking`, which has each of them without async;
//!   there the requests of a client end with `.send()`.
//! - The approval mode is the server's own unless you set one, and requests for approval are
//!   declined unless a handler accepts them.
//! - Types of the protocol are in [`protocol`](crate::protocol), under the names of the Python
//!   SDK's `types`.
//! - A failed turn is [`Error::TurnFailed`](crate::Error::TurnFailed), with everything that was
//!   done until then. An interrupted turn is a result.
//!
//! From the other one, these are the ways that differ:
//!
//! - A connection is made by connecting, which also makes the handshake; there is no client that is
//!   not started.
//! - Resuming a thread is always strict. A thread that the server has loaded passes over the
//!   options that it is resumed with: `update_defaults` changes it, by the options of a turn.
//! - A fork works as its thread does, but for what it is given.
//! - `approval_mode="manual"` is [`hold_requests`](crate::CodexBuilder::hold_requests), whose limit
//!   may be [`Duration::MAX`](std::time::Duration::MAX).
//!
//! The tests compile each row of these tables.
//!
//! # Connecting
//!
//! | official | here |
//! |---|---|
//! | `AsyncCodex()` | `Codex::connect()` |
//! | `AsyncCodex(config)` | `Codex::builder().app_server(config).connect_stdio()` |
//! | `Codex()` | `blocking::Codex::connect()` |
//! | `Codex(config)` | `blocking::Codex::builder().app_server(config).connect_stdio()` |
//! | `codex.close()`, the end of `with` | `codex.close()` |
//! | `codex.metadata` | `codex.metadata()` |
//! | `codex.metadata.serverInfo.version` | `codex.metadata().server_version` |
//! | `codex.metadata.userAgent` | `codex.metadata().user_agent` |
//! | `__version__`, that of the pinned codex | `CODEX_VERSION` |
//! | `CodexConfig()` | `AppServerConfig::new()` |
//! | `codex_bin=` | `config.codex_bin("…")` |
//! | `launch_args_override=` | `config.launch_args_override(["…"])` |
//! | `config_overrides=` | `config.config_override("key=value")` |
//! | `cwd=` | `config.cwd("…")` |
//! | `env=` | `config.env("KEY", "value")` |
//! | `client_name=`, `client_version=` | `config.client_info("name", "1.0")` |
//! | `client_title=` | `config.client_title("…")` |
//! | `experimental_api=` | `config.experimental_api(true)` |
//!
//! # The client
//!
//! | official | here |
//! |---|---|
//! | `codex.thread_start()` | `codex.thread_start(ThreadConfig::new())` |
//! | `codex.thread_start(…)` | `codex.thread_start(options)` |
//! | `codex.thread_resume(id, …)` | `codex.thread_resume(id, options)` |
//! | `codex.thread_fork(id, …)` | `codex.thread_fork(id, options)` |
//! | `codex.thread_list(…)` | `codex.thread_list(params)` |
//! | `codex.thread_archive(id)` | `codex.thread_archive(id)` |
//! | `codex.thread_unarchive(id)` | `codex.thread_unarchive(id)` |
//! | `codex.models()` | `codex.models(ModelListParams::new())` |
//! | `include_hidden=` (models) | `ModelListParams::new().include_hidden(true)` |
//! | `codex.account()` | `codex.account(GetAccountParams::new())` |
//! | `refresh_token=` (account) | `GetAccountParams::new().refresh_token(true)` |
//! | `codex.login_api_key(key)` | `codex.login_api_key("…")` |
//! | `codex.login_chatgpt()` | `codex.login_chatgpt()` |
//! | `codex.login_chatgpt_device_code()` | `codex.login_chatgpt_device_code()` |
//! | `codex.logout()` | `codex.logout()` |
//!
//! # Options of `thread_start`, `thread_resume`, `thread_fork`
//!
//! | official | here |
//! |---|---|
//! | `approval_mode=` | `options.approval_mode(ApprovalMode::AutoReview)` |
//! | `base_instructions=` | `options.base_instructions("…")` |
//! | `config=` | `options.config(map)` |
//! | `cwd=` | `options.cwd("…")` |
//! | `developer_instructions=` | `options.developer_instructions("…")` |
//! | `ephemeral=` (start, fork) | `options.ephemeral(true)` |
//! | `include_turns=` (resume, fork) | `thread.read_with_turns()` |
//! | `model=` | `options.model("…")` |
//! | `model_provider=` | `options.model_provider("…")` |
//! | `personality=` (start, resume) | `options.personality(Personality::Friendly)` |
//! | `sandbox=` | `options.sandbox(Sandbox::WorkspaceWrite)` |
//! | `service_name=` (start) | `options.service_name("…")` |
//! | `service_tier=` | `options.service_tier("…")` |
//! | `session_start_source=` (start) | `options.session_start_source(ThreadStartSource::Clear)` |
//! | `thread_source=` (start, fork) | `options.thread_source("…")` |
//! | `ApprovalMode.deny_all` | `ApprovalMode::DenyAll` |
//! | `ApprovalMode.auto_review` | `ApprovalMode::AutoReview` |
//! | `Sandbox.read_only` | `Sandbox::ReadOnly` |
//! | `Sandbox.workspace_write` | `Sandbox::WorkspaceWrite` |
//! | `Sandbox.full_access` | `Sandbox::DangerFullAccess` |
//!
//! # Options of `thread_list`
//!
//! | official | here |
//! |---|---|
//! | `archived=` | `params.archived(true)` |
//! | `cursor=` | `params.cursor("…")` |
//! | `cwd=` | `params.cwd(ThreadListCwdFilter::Text("…".into()))` |
//! | `limit=` | `params.limit(20)` |
//! | `model_providers=` | `params.model_providers(["…"])` |
//! | `search_term=` | `params.search_term("…")` |
//! | `section_id=` | `params.section_id("…")` |
//! | `sort_direction=` | `params.sort_direction(SortDirection::Asc)` |
//! | `sort_key=` | `params.sort_key(ThreadSortKey::UpdatedAt)` |
//! | `source_kinds=` | `params.source_kinds([ThreadSourceKind::Cli])` |
//! | `use_state_db_only=` | `params.use_state_db_only(true)` |
//!
//! # Threads and turns
//!
//! | official | here |
//! |---|---|
//! | `AsyncThread` | `Thread` |
//! | `Thread` | `blocking::Thread` |
//! | `thread.id` | `thread.id()` |
//! | `thread.run(input)` | `thread.run("…")` |
//! | `thread.run(input, …)` | `thread.run_with("…", overrides)` |
//! | `thread.turn(input)` | `thread.turn("…")` |
//! | `thread.turn(input, …)` | `thread.turn_with("…", overrides)` |
//! | `thread.read()` | `thread.read()` |
//! | `thread.read(include_turns=True)` | `thread.read_with_turns()` |
//! | `thread.set_name(name)` | `thread.set_name("…")` |
//! | `thread.compact()` | `thread.compact()` |
//! | `AsyncTurnHandle` | `TurnHandle` |
//! | `TurnHandle` | `blocking::TurnHandle` |
//! | `turn.id` | `turn.id()` |
//! | `turn.thread_id` | `turn.thread_id()` |
//! | `turn.stream()` | `turn.next()` |
//! | `turn.run()` | `turn.run()` |
//! | `turn.steer(input)` | `turn.steer("…")` |
//! | `turn.interrupt()` | `turn.interrupt()` |
//! | `Notification` | `ServerNotification` |
//! | `notification.method` | `notification.method()` |
//! | `notification.payload` | `ServerNotification::TurnCompleted` |
//! | `UnknownNotification` | `ServerNotification::Unknown` |
//!
//! # Options of `run` and `turn`
//!
//! | official | here |
//! |---|---|
//! | `approval_mode=` | `overrides.approval_mode(ApprovalMode::AutoReview)` |
//! | `cwd=` | `overrides.cwd("…")` |
//! | `effort=` | `overrides.effort("high")` |
//! | `model=` | `overrides.model("…")` |
//! | `output_schema=` | `overrides.output_schema(schema)` |
//! | `personality=` | `overrides.personality(Personality::Friendly)` |
//! | `sandbox=` | `overrides.sandbox(Sandbox::ReadOnly)` |
//! | `service_tier=` | `overrides.service_tier("…")` |
//! | `source=` | `overrides.turn_trigger("…")` |
//! | `summary=` | `overrides.summary(ReasoningSummary::Concise)` |
//! | `turn_service_tier=` | `overrides.service_tier_for_turn("…")` |
//!
//! # Input
//!
//! | official | here |
//! |---|---|
//! | `Input`, `RunInput` | `Input` |
//! | `InputItem` | `InputItem` |
//! | `"text"` | `Input::from("text")` |
//! | `[item, …]` | `Input::from([InputItem::from("…")])` |
//! | `TextInput(text)` | `TextInput::new("…")` |
//! | `ImageInput(url)` | `ImageInput::from_url("data:…")` |
//! | `LocalImageInput(path)` | `LocalImageInput::from_path("…")` |
//! | `SkillInput(name, path)` | `SkillInput::new().name("name").path("path")` |
//! | `MentionInput(name, path)` | `MentionInput::new().name("name").path("path")` |
//! | `ExternalMessage(tool_name, content)` | `ExternalMessage::new("tool", "content")` |
//! | `namespace=` | `message.namespace("…")` |
//!
//! # Results
//!
//! | official | here |
//! |---|---|
//! | `TurnResult` | `RunResult` |
//! | `result.id` | `result.id` |
//! | `result.status` | `result.status` |
//! | `result.error` | `result.error` |
//! | `result.started_at` | `result.started_at` |
//! | `result.completed_at` | `result.completed_at` |
//! | `result.duration_ms` | `result.duration` |
//! | `result.final_response` | `result.final_response` |
//! | `result.items` | `result.items` |
//! | `result.usage` | `result.usage` |
//! | `types.ThreadItem` and the rest of `types` | `protocol::ThreadItem` |
//!
//! # Errors and trying again
//!
//! | official | here |
//! |---|---|
//! | `CodexError` | `Error` |
//! | `TransportClosedError` | `error.is_closed()` |
//! | `JsonRpcError` | `matches!(error, Error::Rpc(_))` |
//! | `error.code` | `rpc.code` |
//! | `error.message` | `rpc.message` |
//! | `error.data` | `rpc.data` |
//! | `CodexRpcError` | `error.rpc_kind()` |
//! | `ParseError` | `RpcErrorKind::Parse` |
//! | `InvalidRequestError` | `RpcErrorKind::InvalidRequest` |
//! | `MethodNotFoundError` | `RpcErrorKind::MethodNotFound` |
//! | `InvalidParamsError` | `RpcErrorKind::InvalidParams` |
//! | `InternalRpcError` | `RpcErrorKind::Internal` |
//! | `ServerBusyError` | `RpcErrorKind::ServerBusy` |
//! | `RetryLimitExceededError` | `RpcErrorKind::RetryLimitExceeded` |
//! | `RuntimeError` of a failed turn | `matches!(error, Error::TurnFailed(_))` |
//! | `ValueError`, `TypeError` of an argument | `matches!(error, Error::InvalidInput { .. })` |
//! | `is_retryable_error(error)` | `error.is_retryable()` |
//! | `retry_on_overload(op)` | `retry_on_overload(RetryPolicy::new(), operation)` |
//! | `max_attempts=` | `policy.max_attempts(3)` |
//! | `initial_delay_s=`, `max_delay_s=` | `policy.delays(initial, max)` |
//! | `jitter_ratio=` | `policy.jitter(0.2)` |
//!
//! # Logging in
//!
//! | official | here |
//! |---|---|
//! | `AsyncChatgptLoginHandle` | `BrowserLogin` |
//! | `ChatgptLoginHandle` | `blocking::BrowserLogin` |
//! | `AsyncDeviceCodeLoginHandle` | `DeviceCodeLogin` |
//! | `DeviceCodeLoginHandle` | `blocking::DeviceCodeLogin` |
//! | `login.login_id` | `browser.login_id()` |
//! | `login.auth_url` | `browser.auth_url()` |
//! | `login.verification_url` | `device.verification_url()` |
//! | `login.user_code` | `device.user_code()` |
//! | `login.wait()` | `device.wait()` |
//! | `login.cancel()` | `device.cancel()` |
//! | `completed.success` | `completed.success` |
//! | `completed.error` | `completed.error` |
//!
//! # Goals
//!
//! | official | here |
//! |---|---|
//! | `thread.run_goal(objective)` | `thread.run_goal("…")` |
//! | `thread.start_goal(objective)` | `thread.start_goal("…")` |
//! | `goal.stream()` | `goal.next()` |
//! | `goal.run()` | `goal.run()` |
//! | `goal.steer(input)` | `goal.steer("…")` |
//! | `goal.interrupt()` | `goal.interrupt()` |
//!
//! # The low-level `CodexClient`
//!
//! | official | here |
//! |---|---|
//! | `CodexClient()` | `codex.client()` |
//! | `start()`, `initialize()` | `Codex::connect()` |
//! | `request(method, params, model)` | `client.request(params)` |
//! | `request(…)` of an unknown method | `client.request_raw("method", json)` |
//! | `model_list(…)` and each other request | `client.model_list(ModelListParams::new())` |
//! | `request_with_retry_on_overload(…)` | `client.request(params).retry(policy)` |
//! | `stream_text(thread_id, text)` | `turn.next_text()` |
//! | `next_notification()` | `client.events().next()` |
//! | `next_turn_notification(turn_id)` | `thread.events().next()` |
//! | `wait_for_turn_completed(turn_id)` | `thread.attach("…")` |
//! | `wait_for_login_completed(login_id)` | `browser.wait()` |
//! | `approval_handler=` | `Codex::builder().on_server_request(handler)` |
//!
//! # The other SDK: connecting
//!
//! | the other | here |
//! |---|---|
//! | `CodexClient.connect_stdio()` | `Codex::connect()` |
//! | `command=` | `config.launch_args_override(["codex", "app-server"])` |
//! | `$CODEX_APP_SERVER_CMD` | the same variable |
//! | `cwd=` | `config.cwd("…")` |
//! | `env=`, which replaces all | `config.env_clear().env("KEY", "value")` |
//! | `connect_websocket(url=)` | `Codex::builder().connect_websocket("ws://127.0.0.1:8765")` |
//! | `$CODEX_APP_SERVER_WS_URL`, `$CODEX_APP_SERVER_TOKEN` | `WebsocketConfig::from_env()` |
//! | `token=` | `server.token("…")` |
//! | `headers=` | `server.header("name", "value")` |
//! | `connect_timeout=` | `server.connect_timeout(limit)` |
//! | `CodexClient(transport)` | `Codex::builder().connect_with(transport)` |
//! | `Transport.recv` | `Box<dyn MessageReader>` |
//! | `Transport.send`, `.close` | `Box<dyn MessageWriter>` |
//! | `request_timeout=` | `Codex::builder().request_timeout(limit)` |
//! | `strict=` | always: a thread that is not resumed is an error |
//! | `approval_mode="auto"` | `Codex::builder()` |
//! | `approval_mode="manual"` | `Codex::builder().hold_requests(limit)` |
//! | `user_input_response_timeout=` | `Codex::builder().hold_requests(limit)` |
//! | `start()` | a connection that is there has been started |
//! | `initialize()` | connecting has done it, once |
//! | `initialize(params)` | `Codex::builder().initialize(initialize)` |
//! | `InitializeResult.protocol_version` | none; `metadata().server_version` is the server's |
//! | `InitializeResult.server_info` | `codex.metadata().user_agent` |
//! | `InitializeResult.capabilities` | the server tells of none |
//! | `InitializeResult.raw` | `codex.metadata().initialize` |
//! | `close()`, the end of `async with` | `codex.close()` |
//! | synchronous use | `blocking::Codex::connect()` |
//!
//! # The other SDK: options
//!
//! | the other | here |
//! |---|---|
//! | `UNSET` | `Maybe::<String>::Unset` |
//! | `None`, which is sent as null | `Maybe::<String>::Null` |
//! | `ThreadConfig()` | `ThreadConfig::new()` |
//! | `ThreadConfig.cwd` | `options.cwd("…")` |
//! | `.base_instructions` | `options.base_instructions("…")` |
//! | `.developer_instructions` | `options.developer_instructions("…")` |
//! | `.model` | `options.model("…")` |
//! | `.model_provider` | `options.model_provider("…")` |
//! | `.approval_policy` | `options.approval_policy(AskForApproval::OnRequest)` |
//! | `.approval_policy`, as a preset | `options.approval_mode(ApprovalMode::Ask)` |
//! | `.approval_policy = "on-failure"` | gone from the protocol; `OnRequest` is the nearest |
//! | `.sandbox` | `options.sandbox(Sandbox::WorkspaceWrite)` |
//! | `.personality` | `options.personality(Personality::Friendly)` |
//! | `.ephemeral` | `options.ephemeral(true)` |
//! | `.config` | `options.config(json)` |
//! | merging two of them | `options.merge(more)` |
//! | `TurnOverrides()` | `TurnOverrides::new()` |
//! | `TurnOverrides.cwd` | `overrides.cwd("…")` |
//! | `.model` | `overrides.model("…")` |
//! | `.effort` | `overrides.effort("high")` |
//! | `.summary` | `overrides.summary(ReasoningSummary::Concise)` |
//! | `.sandbox_policy` | `overrides.sandbox_policy(policy)` |
//! | `.personality` | `overrides.personality(Personality::Friendly)` |
//! | `.approval_policy` | `overrides.approval_policy(AskForApproval::Never)` |
//! | `.output_schema` | `overrides.output_schema(json)` |
//! | `.collaboration_mode` | `overrides.collaboration_mode(mode)` |
//! | `mode`, `settings` | `CollaborationMode::new().mode(ModeKind::Plan).settings(settings)` |
//! | `settings.model` | `Settings::new("…")` |
//! | `settings.reasoning_effort` | `settings.reasoning_effort("high")` |
//! | `settings.developer_instructions` | `settings.developer_instructions("…")` |
//!
//! # The other SDK: threads
//!
//! | the other | here |
//! |---|---|
//! | `client.start_thread(config)` | `codex.thread_start(options)` |
//! | `client.resume_thread(id, config)` | `codex.thread_resume(id, options)` |
//! | `client.fork_thread(id, config)` | `codex.thread_fork(id, options)` |
//! | `client.set_thread_defaults(id, config)` | `codex.thread("…").update_defaults(overrides)` |
//! | `client.read_thread(id)` | `codex.thread("…").read_with_turns()` |
//! | `include_turns=False` | `codex.thread("…").read()` |
//! | `client.list_threads()` | `codex.threads(list)` |
//! | `client.list_threads(cursor=)`, a page | `codex.thread_list(list)` |
//! | `archived=` | `list.archived(true)` |
//! | `cwd=` | `list.cwd("…")` |
//! | `limit=` | `list.limit(20)` |
//! | `model_providers=` | `list.model_providers(["…"])` |
//! | `sort_key=` | `list.sort_key(ThreadSortKey::UpdatedAt)` |
//! | `sort_direction=` | `list.sort_direction(SortDirection::Asc)` |
//! | `client.set_thread_name(id, name)` | `codex.thread("…").set_name("…")` |
//! | `client.archive_thread(id)` | `codex.thread_archive(id)` |
//! | `client.unarchive_thread(id)` | `codex.thread_unarchive(id)` |
//! | `client.compact_thread(id)` | `codex.thread("…").compact()` |
//! | `client.rollback_thread(id, num_turns)` | gone from the protocol; see `thread.revert` |
//! | `ThreadHandle` | `Thread` |
//! | `handle.thread_id` | `thread.id()` |
//! | `handle.defaults` | `thread.defaults()` |
//! | `handle.fork(overrides)` | `thread.fork(options)` |
//! | `handle.update_defaults(config)` | `thread.update_defaults(overrides)` |
//! | `handle.read()` | `thread.read_with_turns()` |
//! | `handle.set_name(name)` | `thread.set_name("…")` |
//! | `handle.archive()` | `thread.archive()` |
//! | `handle.unarchive()` | `thread.unarchive()` |
//! | `handle.compact()` | `thread.compact()` |
//! | … and its end | `thread.start_compaction()` |
//! | `handle.rollback(num_turns)` | `thread.revert("…")` |
//! | `handle.start_review(target)` | `thread.start_review(target)` |
//!
//! # The other SDK: everything else
//!
//! | the other | here |
//! |---|---|
//! | `client.list_models()` | `codex.all_models(models)` |
//! | `client.list_models(cursor=)`, a page | `codex.models(models)` |
//! | `include_hidden=` | `models.include_hidden(true)` |
//! | `client.steer_turn(thread_id, expected_turn_id, …)` | `turn.steer("…")` |
//! | `client.interrupt_turn(turn_id)` | `codex.interrupt_turn("…")` |
//! | `client.interrupt_turn(turn_id, thread_id)` | `turn.interrupt()` |
//! | `client.start_review(thread_id, target)` | `codex.thread("…").start_review(target)` |
//! | `delivery="detached"` | gone from the protocol; review on a fork |
//! | `client.exec_command(command)` | `client.command_exec(command)` |
//! | … as it writes | `codex.exec_command(command)` |
//! | `cwd=` | `command.cwd("…")` |
//! | `sandbox_policy=` | `command.sandbox_policy(policy)` |
//! | `timeout_ms=` | `command.timeout_ms(1000)` |
//! | `client.read_config(cwd, include_layers)` | `codex.config_read(read)` |
//! | `include_layers=` | `read.include_layers(true)` |
//! | `client.read_config_requirements()` | `codex.config_requirements()` |
//! | `client.write_config_value(key_path, value)` | `codex.config_write("key", "value")` |
//! | `merge_strategy=`, `expected_version=`, `file_path=` | `client.config_value_write(write)` |
//! | `merge_strategy="upsert"` | `MergeStrategy::Upsert` |
//! | `client.batch_write_config(edits)` | `codex.config_batch_write(batch)` |
//! | `client.request(method, params)` | `client.request_raw("method", json)` |
//! | `CodexTimeoutError` | `error.is_timeout()` |
//! | `CodexProtocolError` | `matches!(error, Error::Rpc(_))` |
//! | … of a failed turn | `matches!(error, Error::TurnFailed(_))` |
//! | `error.code` | `rpc.code` |
//! | `error.data` | `rpc.data` |
//! | `CodexTransportError` | `error.is_closed()` |
//!
//! # The other SDK: approvals and questions
//!
//! | the other | here |
//! |---|---|
//! | `set_approval_handler(handler)` | `Codex::builder().on_command_approval(approve)` |
//! | … of changes to files | `Codex::builder().on_file_change_approval(allow)` |
//! | `approval_requests()`, `user_input_requests()` | `requests.next()` |
//! | the requests of one turn, among its events | `turn.next_event()` |
//! | `respond_approval(request, decision)` | `pending.respond(reply)` |
//! | `approve_approval(request)` | `approval.accept()` |
//! | `for_session=True` | `approval.accept_for_session()` |
//! | `execpolicy_amendment=` | `approval.accept_with_execpolicy_amendment()` |
//! | … of a change to files | does not compile: a `FileChangeApproval` has no such reply |
//! | `approve_approval(…)` of a change to files | `change.accept()` |
//! | `decline_approval(request)` | `approval.decline()` |
//! | `cancel_approval(request)` | `approval.cancel()` |
//! | "no longer pending" | `pending.is_resolved()` |
//! | `set_user_input_handler(handler)` | `Codex::builder().on_user_input(answer)` |
//! | `respond_user_input(request, answers)` | `question.answers([("id", "answer")])` |
//! | `respond_user_input_choice(question_id, …)` | `question.answers([("id", "label")])` |
//! | `respond_user_input_other(question_id, …)` | `question.answers([("id", "free text")])` |
//!
//! # The other SDK: conversations
//!
//! | the other | here |
//! |---|---|
//! | `async for step in thread.chat(text)` | `thread.chat("…")` |
//! | `thread.chat_once(text)` | `thread.chat_once("…")` |
//! | `client.chat(text)` | `codex.chat("…")` |
//! | `client.chat_once(text)` | `codex.chat_once("…")` |
//! | … with arguments | `codex.chat_with("…", chat)` |
//! | `thread_id=` | `chat.thread("…")` |
//! | `thread_config=` | `chat.config(options)` |
//! | `turn_overrides=` | `chat.overrides(overrides)` |
//! | `user=` | `chat.user("…")` |
//! | `metadata=` | `chat.metadata([("key", "value")])` |
//! | `inactivity_timeout=` | `chat.inactivity_timeout(limit)` |
//! | … of the client | `Codex::builder().inactivity_timeout(limit)` |
//! | token deltas, which it has not | `chat.deltas(true)` |
//! | `ConversationStep` | `ConversationStep` |
//! | `step.step_type` | `step.step_type.as_str()` |
//! | `step.item_type`, `step.item_id` | `(step.item_type, step.item_id)` |
//! | `step.thread_id`, `step.turn_id` | `(step.thread_id, step.turn_id)` |
//! | `step.status`, `step.text` | `(step.status, step.text)` |
//! | `step.data["params"]` | `step.data.params` |
//! | `step.data["item"]` | `step.data.item()` |
//! | … as its type | `step.item()` |
//! | `ChatResult` | `ChatResult` |
//! | `result.final_text` | `result.final_text` |
//! | `result.assistant_item_id` | `result.assistant_item_id` |
//! | `result.completion_source` | `result.completion_source.as_str()` |
//! | `result.raw_events` | `result.raw_events` |
//! | `CodexTurnInactiveError` | `matches!(error, Error::TurnInactive { .. })` |
//! | `error.continuation`, `error.idle_seconds` | the fields of `Error::TurnInactive` |
//! | `ChatContinuation` | `ChatContinuation` |
//! | `continuation.thread_id`, `.turn_id` | `(place.thread_id(), place.turn_id())` |
//! | `continuation.cursor`, `.mode` | `(place.cursor(), place.mode())` |
//! | `chat(continuation=…)` | `codex.continue_chat(place)` |
//! | `chat_once(continuation=…)` | `codex.continue_chat_once(place)` |
//! | `client.cancel(continuation)` | `codex.cancel(place)` |
//! | `cancelled.steps`, `cancelled.raw_events` | `(cancelled.steps, cancelled.raw_events)` |
//! | `cancelled.was_completed` | `cancelled.was_completed` |
//! | `cancelled.was_interrupted` | `cancelled.was_interrupted` |
//! | an interrupted turn | `matches!(error, Error::TurnInterrupted(_))` |
