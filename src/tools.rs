//! Functions of the program that the agent may call.

mod call;
mod context;
mod list;
mod names;
mod output;
#[cfg(feature = "schemars")]
mod schema;
mod tool;

pub(crate) use self::call::answer;
pub use self::{
    context::ToolContext,
    list::Tools,
    output::{IntoToolOutput, Json, ToolOutput},
    tool::Tool,
};
