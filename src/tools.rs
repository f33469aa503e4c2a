//! Functions of the program that the agent may call.

mod call;
mod context;
mod find;
mod list;
mod make;
mod names;
mod output;
#[cfg(feature = "schemars")]
mod schema;
mod tool;

pub(crate) use self::find::find;
pub use self::{
    context::ToolContext,
    list::Tools,
    output::{IntoToolOutput, Json, ToolOutput},
    tool::Tool,
};
