//! What can be read of a union, whichever branch there is.

use super::docs;
use crate::{
    model::{Accessor, Branch, Field, Kept, Presence, Returns, Shape, Ty, Type},
    names,
};
use std::collections::BTreeMap;

/// Gives the tagged unions their accessors.
pub(super) fn add(types: &mut [Type]) {
    let accessors: Vec<Vec<Accessor>> = {
        let structs: BTreeMap<&str, &[Field]> = types
            .iter()
            .filter_map(|ty| match &ty.shape {
                Shape::Struct(own) => Some((ty.name.as_str(), own.fields.as_slice())),
                _ => None,
            })
            .collect();
        let of = |ty: &Type| match &ty.shape {
            Shape::Tagged { branches, .. } => {
                common_fields(&structs, branches).into_iter().map(accessor).collect()
            }
            _ => Vec::new(),
        };
        types.iter().map(of).collect()
    };
    for (ty, found) in types.iter_mut().zip(accessors) {
        if let Shape::Tagged { accessors, .. } = &mut ty.shape {
            *accessors = found;
        }
    }
}

/// Fields that every branch has, of the same type.
fn common_fields<'a>(structs: &BTreeMap<&str, &'a [Field]>, branches: &[Branch]) -> Vec<&'a Field> {
    let fields = |branch: &Branch| -> &'a [Field] {
        let content = branch.content.as_ref().and_then(Ty::named);
        content.and_then(|name| structs.get(name)).copied().unwrap_or_default()
    };
    let [first, others @ ..] = branches else {
        return Vec::new();
    };
    if others.is_empty() {
        return Vec::new();
    }
    let is_same = |left: &Field, right: &Field| {
        left.name == right.name
            && (&left.wire, &left.ty, &left.presence) == (&right.wire, &right.ty, &right.presence)
    };
    let is_common = |field: &&Field| {
        others.iter().all(|other| fields(other).iter().any(|known| is_same(field, known)))
    };
    // What is boxed is read through its branch.
    let is_boxed = |field: &&Field| matches!(field.ty, Ty::Boxed(_));
    fields(first).iter().filter(is_common).filter(|field| !is_boxed(field)).collect()
}

fn accessor(field: &Field) -> Accessor {
    let kept = match field.presence {
        Presence::Required | Presence::Default(_) => Kept::Value,
        Presence::Nullable | Presence::Optional => Kept::Option,
        Presence::Maybe => Kept::Maybe,
    };
    let returns = match &field.ty {
        Ty::String => Returns::Str,
        ty if ty.is_plain() && kept != Kept::Maybe => Returns::Copy(ty.clone()),
        ty => Returns::Ref(ty.clone()),
    };
    Accessor {
        wire: field.wire.clone(),
        name: field.name.clone(),
        method: names::accessor(&field.name),
        docs: format!("The {}, which every branch has.", docs::code(&field.wire)),
        returns,
        kept,
    }
}
