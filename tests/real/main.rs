//! Behaviour of the pinned codex with a model of ours on loopback: turns, threads, goals, logins,
//! each request of the protocol, and each program under `examples/`.
//!
//! `cargo xtask test` installs that codex; without it these tests fail, and say so.

mod accounts_log_in_and_out;
mod blocking_programs_reply;
mod blocking_turns_are_the_same;
mod chats_are_cancelled;
mod chats_show_their_steps;
mod each_way_leads_to_the_same_server;
mod examples;
mod login_port;
mod lost_connections_come_back;
mod programs_that_converse;
#[cfg(target_os = "linux")]
mod requests;
#[cfg(unix)]
mod servers_are_not_left_behind;
#[cfg(unix)]
mod servers_are_started_for_many;
mod servers_say_what_they_are;
mod silent_turns_are_told_of;
mod websockets_are_guarded;

/// What has to be so however the server is reached. `cargo xtask test` runs these over stdio, and
/// again over other ways, as `support::Way::of_this_run` reads.
#[path = "."]
mod by_any_way {
    mod answers_have_types;
    mod approvals_and_sandboxes_hold;
    mod busy_threads_are_joined_or_not;
    #[cfg(unix)]
    mod commands_are_streamed;
    mod configurations_say_who_has_set_them;
    mod dropped_turns_are_interrupted;
    mod failed_turns_are_run_again;
    mod failures_say_why;
    mod goals_look_like_one_turn;
    mod handles_are_made_of_params;
    mod handles_share_a_turn;
    mod held_requests_wait;
    mod input_reaches_the_model;
    mod lists_come_in_pages;
    mod mcp_servers_ask;
    mod options_are_accepted;
    mod policies_hold;
    mod reviews_and_compactions_are_turns;
    mod sessions_are_played_again;
    mod text_stays_whole;
    mod the_guide_says_when_it_asks;
    mod the_program_replies;
    mod the_readme_approves;
    mod threads_are_kept;
    mod threads_change_how_they_work;
    mod tools_are_functions;
    mod turns_are_steered_and_interrupted;
    mod turns_end_by_a_deadline;
    mod turns_run_beside_others;
    mod turns_run_to_a_result;
}
