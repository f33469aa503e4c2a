//! The table of the steps. Each starts servers of its own, and fails by an error or an assertion.

mod agent;
mod decisions;
mod server;
mod threads;
mod turns;

use crate::suite::Step;

/// Makes a [`Step`] of a function and its name.
macro_rules! step {
    ($area:ident::$name:ident) => {
        Step::new(concat!(stringify!($area), "::", stringify!($name)), $area::$name)
    };
}

pub(crate) fn all() -> Vec<Step> {
    let unknown = "unknown variant";
    vec![
        step!(server::the_handshake_says_what_the_server_is),
        step!(server::the_account_is_read),
        step!(server::models_are_listed),
        step!(server::the_configuration_is_read_and_written),
        step!(server::commands_are_executed),
        step!(server::files_are_found),
        step!(server::many_requests_run_at_once),
        step!(server::unknown_requests_are_refused),
        step!(server::unknown_threads_are_refused),
        step!(server::closing_ends_the_process),
        step!(server::one_that_dies_is_started_again),
        step!(server::the_blocking_api_is_the_same),
        step!(server::model_providers_are_listed).after("0.163.0", unknown),
        step!(threads::a_thread_is_started_as_configured),
        step!(threads::a_thread_is_read_with_its_turns),
        step!(threads::threads_are_listed),
        step!(threads::a_thread_is_named),
        step!(threads::a_thread_is_archived_and_brought_back),
        step!(threads::a_thread_is_resumed_in_another_process),
        step!(threads::a_thread_is_forked),
        step!(threads::an_ephemeral_thread_leaves_nothing),
        step!(threads::a_thread_is_compacted),
        step!(threads::items_are_read).after("0.150.0", unknown),
        step!(threads::something_is_attached).after("0.150.0", unknown),
        step!(turns::text_is_streamed),
        step!(turns::deltas_are_left_out_on_request),
        step!(turns::reasoning_is_streamed),
        step!(turns::a_plan_is_told),
        step!(turns::comments_are_no_answer),
        step!(turns::overrides_reach_the_model),
        step!(turns::an_image_reaches_the_model),
        step!(turns::an_answer_has_a_type),
        step!(turns::a_running_turn_is_steered),
        step!(turns::a_running_turn_is_interrupted),
        step!(turns::an_ended_turn_needs_no_interrupt),
        step!(turns::a_running_turn_is_joined),
        step!(turns::a_failure_is_told_with_its_reason),
        step!(turns::two_threads_work_at_once),
        step!(turns::an_external_message_is_given).after("0.150.0", "tool_output"),
        step!(turns::settings_of_a_running_turn_are_changed).after("0.150.0", unknown),
        step!(agent::a_command_is_run),
        step!(agent::a_patch_is_applied),
        step!(agent::the_sandbox_holds),
        step!(agent::a_goal_is_pursued),
        step!(agent::a_review_is_done),
        step!(agent::a_shell_command_of_the_user_is_run),
        step!(agent::the_model_is_sampled).after("0.163.0", unknown),
        step!(decisions::a_command_is_accepted),
        step!(decisions::a_command_is_declined),
        step!(decisions::a_patch_is_accepted),
        step!(decisions::a_patch_is_declined),
        step!(decisions::nothing_is_asked_of_who_denies_all),
    ]
}
