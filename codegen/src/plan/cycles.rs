//! Types that hold themselves: a `Box` where a value would have no end.
//!
//! A field of a struct is boxed where the struct is part of what it holds. Where a circle goes
//! through unions alone, the contents of their branches are boxed.

use super::parts;
use crate::{
    error::Error,
    model::{Expr, Given, Presence, Setter, Shape, Ty, Type},
};
use std::{collections::BTreeMap, mem};

/// Boxes what has to be.
///
/// # Errors
///
/// When types are each other's aliases.
pub(super) fn cut(types: &mut [Type]) -> Result<(), Error> {
    let circles = Circles::of(types);
    for (index, ty) in types.iter_mut().enumerate() {
        if let Shape::Struct(own) = &mut ty.shape {
            for field in &mut own.fields {
                if circles.closes(index, &field.ty) {
                    boxed(&mut field.ty);
                    box_default(&mut field.presence, &mut field.given);
                }
            }
        }
    }
    let circles = Circles::of(types);
    for (index, ty) in types.iter_mut().enumerate() {
        let contents: Vec<&mut Ty> = match &mut ty.shape {
            Shape::Keyed { branches, .. } => {
                branches.iter_mut().filter_map(|branch| branch.content.as_mut()).collect()
            }
            Shape::Untagged { branches, .. } => {
                branches.iter_mut().filter_map(|(branch, _)| branch.content.as_mut()).collect()
            }
            _ => Vec::new(),
        };
        contents.into_iter().filter(|content| circles.closes(index, content)).for_each(boxed);
    }
    let circles = Circles::of(types);
    let endless = types
        .iter()
        .enumerate()
        .find(|(index, ty)| held(ty).into_iter().any(|name| circles.is_together(*index, name)));
    match endless {
        None => Ok(()),
        Some((_, ty)) => Err(Error::Schema(format!(
            "`{}` is defined by itself; a repair in codegen/src/repair.rs has to say what it is",
            ty.name
        ))),
    }
}

fn boxed(ty: &mut Ty) {
    let inner = mem::replace(ty, Ty::Value);
    *ty = Ty::Boxed(Box::new(inner));
}

/// A default that is a value is boxed as well. Rust's own would hold itself.
fn box_default(presence: &mut Presence, given: &mut Option<Given>) {
    match presence {
        Presence::Default(Some(value)) => {
            let inner = mem::replace(value, Expr::Null);
            *value = Expr::Boxed(Box::new(inner));
        }
        Presence::Default(None) => {
            *presence = Presence::Optional;
            if let Some(Given::Setter { kind, .. }) = given {
                *kind = Setter::Option;
            }
        }
        _ => {}
    }
}

/// The types that a value holds in place.
fn held(ty: &Type) -> Vec<&str> {
    parts::of(ty).into_iter().flat_map(|(_, ty)| ty.held()).collect()
}

/// Which types hold each other: Kosaraju's algorithm, with stacks of its own, since a schema may
/// be as deep as it likes.
struct Circles {
    indices: BTreeMap<String, usize>,
    /// The circle of each type; that of one that is in none has no other.
    circle: Vec<usize>,
}

impl Circles {
    fn of(types: &[Type]) -> Self {
        let names = types.iter().enumerate().map(|(index, ty)| (ty.name.clone(), index));
        let indices: BTreeMap<String, usize> = names.collect();
        let edges: Vec<Vec<usize>> = types
            .iter()
            .map(|ty| held(ty).into_iter().filter_map(|name| indices.get(name).copied()).collect())
            .collect();
        let mut back = vec![Vec::new(); types.len()];
        for (from, to) in
            edges.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from, *to)))
        {
            back[to].push(from);
        }
        let mut circle = vec![usize::MAX; types.len()];
        for root in finished(&edges).into_iter().rev() {
            let mut open = vec![root];
            while let Some(index) = open.pop() {
                if circle[index] == usize::MAX {
                    circle[index] = root;
                    open.extend(&back[index]);
                }
            }
        }
        Self { indices, circle }
    }

    /// True when a type and what it holds are in one circle.
    fn is_together(&self, index: usize, name: &str) -> bool {
        self.indices.get(name).is_some_and(|held| self.circle[*held] == self.circle[index])
    }

    fn closes(&self, index: usize, ty: &Ty) -> bool {
        ty.held().into_iter().any(|name| self.is_together(index, name))
    }
}

/// The indices in the order in which a walk in depth leaves them.
fn finished(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut is_seen = vec![false; edges.len()];
    for root in 0..edges.len() {
        let mut open = vec![(root, 0)];
        while let Some((index, next)) = open.pop() {
            if next == 0 && mem::replace(&mut is_seen[index], true) {
                continue;
            }
            match edges[index].get(next) {
                Some(held) => open.extend([(index, next + 1), (*held, 0)]),
                None => order.push(index),
            }
        }
    }
    order
}
