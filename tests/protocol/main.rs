//! What the crate says, without a server or with one that only listens: the types against the
//! schema and against recorded sessions, the JSON that is sent, what newer servers may send, the
//! public names, the layers of the sources, and the workflows.

mod blocking_has_each_method;
mod conformance;
mod layers;
mod newer_servers_are_understood;
mod public_api;
mod public_items_have_one_path;
mod python_names;
mod shapes;
mod sources;
mod sources_have_one_style;
mod the_architecture_is_true;
mod workflows_call_what_exists;
