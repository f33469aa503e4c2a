//! Behaviour that a real server does not show on demand, on the testkit's scripted one: floods,
//! garbage, silence, refusals, death at the wrong moment; and what exactly is sent to it.

mod blocking_calls_end;
mod busy_threads_are_told_apart;
mod busy_threads_become_idle;
mod capabilities_add_up;
mod chats_are_read_to_the_letter;
mod connections_end_with_their_runtime;
mod each_kind_of_request_has_a_handler;
mod ended_turns_need_no_interrupt;
mod errors_have_a_kind;
mod everybody_learns_of_the_end;
mod failed_starts_leave_nothing_behind;
mod goal_script;
mod goals_are_stopped_by_what_we_send;
mod goals_end_with_their_last_turn;
#[cfg(unix)]
mod handlers_keep_nothing_open;
mod handshakes_are_whole_and_come_first;
mod held_requests_are_taken;
mod kinds_of_requests;
mod lines_that_are_no_message;
mod logins_wait_for_their_own_end;
mod lost_connections_are_opened_again;
#[cfg(target_os = "linux")]
mod memory_is_freed;
mod misuse_is_refused_before_it_is_sent;
mod notifications_reach_who_waits_for_them;
mod odd_messages_are_understood;
mod odd_notifications_end_no_turn;
mod odd_parts_of_a_response_are_passed_over;
mod old_servers_are_not_asked_too_much;
mod overloaded_servers_are_tried_again;
mod params_become_handles;
mod policies_decide_what_they_know;
#[cfg(unix)]
mod processes_are_not_left_behind;
mod programs_test_themselves;
mod raw_requests_are_calls;
mod requests_end;
mod running_turns_are_joined;
mod secrets_are_not_shown;
mod server_requests_get_one_safe_reply;
#[cfg(unix)]
mod servers_that_do_not_start;
mod silent_turns_are_measured;
mod slow_readers_lose_no_text;
mod text_is_cut_anywhere;
mod tls_is_verified;
mod turns_end_by_themselves;
mod websockets_end_with_a_cause;
mod websockets_open_or_say_why_not;
