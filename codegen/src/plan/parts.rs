//! What types are made of, part by part.

use crate::model::{Branch, Shape, Ty, Type};

/// A part of a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// The field of this name.
    Field(&'a str),
    /// What the variant of this name holds.
    Variant(&'a str),
    /// All of it: it is another name.
    Whole,
}

/// All parts of a type that have a type themselves.
pub(super) fn of<'a>(ty: &'a Type) -> Vec<(Part<'a>, &'a Ty)> {
    let variants: Vec<&'a Branch> = match &ty.shape {
        Shape::Struct(own) => {
            let fields = own.fields.iter();
            return fields.map(|field| (Part::Field(&field.name), &field.ty)).collect();
        }
        Shape::Alias(of) => return vec![(Part::Whole, of)],
        Shape::Strings(_) | Shape::Text { .. } => return Vec::new(),
        Shape::Tagged { branches, .. } | Shape::Keyed { branches, .. } => branches.iter().collect(),
        Shape::Untagged { branches, .. } => branches.iter().map(|(branch, _)| branch).collect(),
    };
    let content =
        |branch: &&'a Branch| Some((Part::Variant(&branch.variant), branch.content.as_ref()?));
    variants.iter().filter_map(content).collect()
}
