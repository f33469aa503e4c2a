//! What the programs that converse share, beside `support`: the options of the command line, how
//! the server is reached, a prompt with its steps, Ctrl-C, and the exit codes.
#![allow(dead_code, reason = "each program uses its part")]

pub(crate) mod connect;
pub(crate) mod conversation;
pub(crate) mod ctrl_c;
pub(crate) mod options;
pub(crate) mod outcome;
pub(crate) mod session;
pub(crate) mod stand_in;
