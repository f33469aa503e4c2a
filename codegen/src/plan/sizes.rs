//! How large a value of a type is, roughly: large params of messages are boxed, so that a small
//! message, above all one of the many deltas, does not take the room of the largest.

use crate::model::{Branch, Shape, Ty, Type};
use std::collections::BTreeMap;

/// Params larger than this, in bytes, are boxed. A delta with its ids and its text has 104.
const BOXED_FROM: usize = 160;

/// Strings, lists and maps.
const WORDS: usize = 24;

/// Types that hold others so deep are large, without a look at how large.
const DEEPEST: usize = 64;

/// The sizes of types, as far as they were asked for.
pub(super) struct Sizes<'a> {
    types: BTreeMap<&'a str, &'a Type>,
    known: BTreeMap<&'a str, usize>,
}

impl<'a> Sizes<'a> {
    pub(super) fn new(types: &'a [Type]) -> Self {
        let types = types.iter().map(|ty| (ty.name.as_str(), ty)).collect();
        Self { types, known: BTreeMap::new() }
    }

    /// Whether the params of a message are boxed.
    pub(super) fn is_boxed(&mut self, params: &str) -> bool {
        self.size_of_named(params, 0) > BOXED_FROM
    }

    fn size_of_named(&mut self, name: &str, depth: usize) -> usize {
        if depth > DEEPEST {
            return BOXED_FROM + 1;
        }
        let Some(ty) = self.types.get(name).copied() else {
            return WORDS;
        };
        if let Some(size) = self.known.get(name) {
            return *size;
        }
        let size = match &ty.shape {
            // One pointer for unknown fields.
            Shape::Struct(own) => {
                8 + own.fields.iter().map(|field| self.size(&field.ty, depth)).sum::<usize>()
            }
            Shape::Strings(_) | Shape::Text { .. } => WORDS,
            Shape::Alias(of) => self.size(of, depth),
            Shape::Tagged { branches, .. } | Shape::Keyed { branches, .. } => {
                self.largest(branches.iter(), depth)
            }
            Shape::Untagged { branches, .. } => {
                self.largest(branches.iter().map(|(branch, _)| branch), depth)
            }
        };
        self.known.insert(&ty.name, size);
        size
    }

    fn size(&mut self, ty: &Ty, depth: usize) -> usize {
        match ty {
            Ty::Named(name) => self.size_of_named(name, depth + 1),
            Ty::Option(inner) => self.size(inner, depth),
            Ty::Tuple(items) => items.iter().map(|item| self.size(item, depth)).sum(),
            Ty::Boxed(_) => 8,
            Ty::Value => 32,
            ty if ty.is_plain() => 8,
            _ => WORDS,
        }
    }

    fn largest(&mut self, branches: impl Iterator<Item = &'a Branch>, depth: usize) -> usize {
        let contents = branches.filter_map(|branch| branch.content.as_ref());
        contents.map(|content| self.size(content, depth)).max().unwrap_or(0).max(32)
    }
}
