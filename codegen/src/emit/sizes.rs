//! How large a value of a type is, roughly: large params of messages are boxed, so that a small
//! message, above all one of the many deltas, does not take the room of the largest.

use super::Context;
use crate::model::{Branch, Shape};

/// Params larger than this, in bytes, are boxed. A delta with its ids and its text has 104.
const BOXED_FROM: usize = 160;

impl Context<'_> {
    /// The type of a message's params within the enum of messages.
    pub(super) fn boxed(&self, params: &str) -> String {
        if self.size(params) > BOXED_FROM { format!("Box<{params}>") } else { params.to_owned() }
    }

    fn size(&self, ty: &str) -> usize {
        if let Some(ty) = self.types.get(ty) {
            return match &ty.shape {
                // One pointer for unknown fields.
                Shape::Struct(fields) => {
                    8 + fields.iter().map(|field| self.size(&field.ty)).sum::<usize>()
                }
                Shape::Strings(_) | Shape::Text => 24,
                Shape::Tagged { branches, .. } | Shape::Keyed { branches, .. } => {
                    self.largest(branches.iter())
                }
                Shape::Untagged(branches) => {
                    self.largest(branches.iter().map(|(branch, _)| branch))
                }
            };
        }
        match ty {
            "bool" | "i32" | "u16" | "u32" | "i64" | "u64" | "f64" => 8,
            "Value" => 32,
            // Strings, lists and maps.
            _ => 24,
        }
    }

    fn largest<'a>(&self, branches: impl Iterator<Item = &'a Branch>) -> usize {
        let contents = branches.filter_map(|branch| branch.content.as_deref());
        contents.map(|content| self.size(content)).max().unwrap_or(0).max(32)
    }
}
