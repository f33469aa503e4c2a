//! Which types users make: those that are part of what the client sends.

use crate::model::{Shape, Type};
use std::{collections::BTreeMap, mem};

/// The names in a type.
pub(super) fn idents(ty: &str) -> impl Iterator<Item = &str> {
    ty.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Marks the roots and all that they are made of.
pub(super) fn mark<'a>(types: &mut [Type], roots: impl Iterator<Item = &'a String>) {
    let index: BTreeMap<String, usize> =
        types.iter().enumerate().map(|(index, ty)| (ty.name.clone(), index)).collect();
    let mut open: Vec<usize> = roots.filter_map(|name| index.get(name).copied()).collect();
    while let Some(next) = open.pop() {
        if mem::replace(&mut types[next].sent, true) {
            continue;
        }
        open.extend(
            mentioned(&types[next].shape).iter().filter_map(|name| index.get(name).copied()),
        );
    }
}

/// The types that a type is made of.
fn mentioned(shape: &Shape) -> Vec<String> {
    let all: Vec<&str> = match shape {
        Shape::Struct(fields) => fields.iter().map(|field| field.ty.as_str()).collect(),
        Shape::Tagged { branches, .. } | Shape::Keyed { branches, .. } => {
            branches.iter().filter_map(|branch| branch.content.as_deref()).collect()
        }
        Shape::Untagged(branches) => {
            branches.iter().filter_map(|(branch, _)| branch.content.as_deref()).collect()
        }
        Shape::Strings(_) | Shape::Text => Vec::new(),
    };
    all.into_iter().flat_map(idents).map(str::to_owned).collect()
}
