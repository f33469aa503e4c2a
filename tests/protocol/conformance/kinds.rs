//! What kind of type each definition is.

use super::schema::{self, Shape};
use codex_app_server_codegen::{
    api, emit,
    model::{self, Api},
};
use std::collections::{BTreeMap, BTreeSet};

/// What the generator plans.
fn plan() -> Api {
    api(&support::root().join("schema")).expect("the schema can be planned")
}

/// The generator finds the kinds after its repairs; the tests find the same ones before them.
#[test]
fn kinds_are_those_of_the_schema() {
    let api = plan();
    let planned: BTreeMap<&str, Kind> =
        api.types.iter().map(|ty| (ty.name.as_str(), Kind::of_plan(&ty.shape))).collect();
    let shapes = schema::shapes(&schema::files());
    for (name, shape) in &shapes {
        if let Some(kind) = planned.get(name.as_str()) {
            assert_eq!(*kind, Kind::of_schema(shape), "{name}");
        }
    }
}

#[test]
fn only_what_has_no_tag_is_untagged() {
    let source = emit::source(&plan()).expect("the plan can be emitted");
    let untagged: BTreeSet<&str> = source
        .split("untagged_union!(")
        .skip(1)
        .filter_map(|call| call.split(' ').next())
        .collect();
    let shapes = schema::shapes(&schema::files());
    let has_no_tag = shapes.iter().filter(|(_, shape)| Kind::of_schema(shape) == Kind::Untagged);
    assert_eq!(untagged, has_no_tag.map(|(name, _)| name.as_str()).collect());
    assert!(!source.contains("serde(untagged)"));
}

#[test]
fn no_variant_is_called_by_its_number() {
    let source = emit::source(&plan()).expect("the plan can be emitted");
    let mut names = source.split(|c: char| !c.is_alphanumeric() && c != '_');
    let numbered = names.find(|name| {
        name.strip_prefix("Variant")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    assert_eq!(numbered, None);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Struct,
    Strings,
    Text,
    Tagged,
    Keyed,
    Untagged,
    Other,
}

impl Kind {
    fn of_plan(shape: &model::Shape) -> Self {
        match shape {
            model::Shape::Struct(_) => Self::Struct,
            model::Shape::Strings(_) => Self::Strings,
            model::Shape::Text { .. } => Self::Text,
            model::Shape::Tagged { .. } => Self::Tagged,
            model::Shape::Keyed { .. } => Self::Keyed,
            model::Shape::Untagged { .. } => Self::Untagged,
            model::Shape::Alias(_) => Self::Other,
        }
    }

    fn of_schema(shape: &Shape) -> Self {
        match shape {
            Shape::Object(_) => Self::Struct,
            Shape::Words(_) => Self::Strings,
            Shape::Text => Self::Text,
            Shape::Tagged(_) => Self::Tagged,
            Shape::Keyed(..) => Self::Keyed,
            Shape::Untagged(_) => Self::Untagged,
            _ => Self::Other,
        }
    }
}
