//! What the generator makes of a schema: text, a refusal, or a panic, which fails.

use codex_app_server_codegen::{
    Error, emit,
    load::{self, Facts, FieldTypes, Schema},
    mapping,
    model::{Api, Field, Making, Shape, Ty, Type},
    plan::{self, objects::Objects, outline},
    repair,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, panic,
    path::Path,
};

/// The pinned schema and what it becomes.
pub(crate) struct Pinned {
    pub(crate) schema: Schema,
    facts: Facts,
    field_types: FieldTypes,
    objects: Objects,
    types: BTreeMap<String, (Traits, String)>,
    messages: String,
    /// The types that schemas share with it.
    pub(crate) text: String,
}

/// What a type that holds another needs of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Traits {
    default: bool,
    hash: bool,
    kind: u8,
}

pub(crate) struct Generated {
    pub(crate) text: String,
    pub(crate) types: usize,
}

impl Pinned {
    pub(crate) fn read() -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
        let schema = load::folder(&dir.join("experimental")).expect("the schema can be read");
        let facts = Facts::read(&dir.join("methods.json")).expect("the tables can be read");
        let field_types = FieldTypes::read(&dir).expect("the field types can be read");
        let mut repaired = schema.clone();
        repair::what_applies(&mut repaired.definitions);
        let outlines = outline::all(&repaired.definitions).expect("it has outlines");
        let objects = Objects::of(&outlines);
        let api = plan::api(&repaired, None, &facts, &field_types, "1.2.3".to_owned())
            .expect("it has a plan");
        let types = api.types.iter().map(|ty| (ty.name.clone(), (traits(ty), format!("{ty:?}"))));
        Self {
            types: types.collect(),
            messages: format!("{:?} {:?}", api.requests, api.incoming),
            text: emit::types(&api).expect("it is Rust"),
            schema,
            facts,
            field_types,
            objects,
        }
    }

    /// What is emitted for a schema where it differs from the pinned one.
    pub(crate) fn outcome(&self, schema: &Schema) -> Result<Generated, String> {
        caught(|| self.generate(schema))
    }

    fn generate(&self, schema: &Schema) -> Result<Generated, Error> {
        let mut schema = schema.clone();
        repair::what_applies(&mut schema.definitions);
        let outlines = outline::all(&schema.definitions)?;
        let objects = Objects::of(&outlines);
        let mut field_types =
            FieldTypes { made_from: objects.fingerprint(), ..self.field_types.clone() };
        let changed = objects.without(&self.objects);
        field_types.structs.extend(mapping::fields(&outlines, &changed)?);
        let mut api = plan::api(&schema, None, &self.facts, &field_types, "1.2.3".to_owned())?;
        let messages = format!("{:?} {:?}", api.requests, api.incoming);
        self.keep_changes(&mut api);
        let mut text = emit::types(&api)?;
        if messages != self.messages {
            text += &emit::messages(&api)?;
        }
        Ok(Generated { text, types: api.types.len() })
    }

    /// Leaves the types that changed, and those around a type that has other traits now.
    fn keep_changes(&self, api: &mut Api) {
        let mut changed = BTreeSet::new();
        let mut unlike = BTreeSet::new();
        for ty in &api.types {
            let known = self.types.get(&ty.name);
            if known.is_none_or(|(_, text)| *text != format!("{ty:?}")) {
                changed.insert(ty.name.clone());
            }
            if known.is_none_or(|(known, _)| *known != traits(ty)) {
                unlike.insert(ty.name.clone());
            }
        }
        let is_around = |ty: &Type| {
            fields(ty)
                .iter()
                .any(|field| field.all_named().iter().any(|name| unlike.contains(*name)))
        };
        let around = api.types.iter().filter(|ty| is_around(ty)).map(|ty| ty.name.clone());
        let mut kept: BTreeSet<String> = around.chain(changed.iter().cloned()).collect();
        // A refusal is a value of types that all have to come from one place.
        // Twice: what one of them adds, another may name.
        for request in api.server_requests.iter().chain(&api.server_requests) {
            let text = request
                .refusal
                .as_ref()
                .map(|refusal| refusal.value.to_string())
                .unwrap_or_default();
            let named = api.types.iter().map(|ty| &ty.name);
            let named = named.filter(|name| text.contains(&format!("{name}::")));
            let named: BTreeSet<String> = named.cloned().collect();
            if !named.is_disjoint(&kept) {
                kept.extend(named);
            }
        }
        api.types.retain(|ty| kept.contains(&ty.name));
        // Rust lets a trait be implemented once.
        api.requests.retain(|request| kept.contains(&request.params));
        api.server_requests.retain(|request| kept.contains(&request.params));
        for messages in &mut api.incoming {
            messages.variants.retain(|message| kept.contains(&message.params));
            let variants: BTreeSet<&str> =
                messages.variants.iter().map(|message| message.variant.as_str()).collect();
            for ids in &mut messages.ids {
                ids.places.retain(|(variant, _)| variants.contains(variant.as_str()));
            }
        }
    }
}

fn traits(ty: &Type) -> Traits {
    let (kind, default, hash) = match &ty.shape {
        Shape::Struct(own) => (0, matches!(own.making, Making::Derived | Making::Default), false),
        Shape::Strings(_) => (1, false, true),
        Shape::Text { .. } => (2, false, true),
        Shape::Tagged { .. } => (3, false, false),
        Shape::Keyed { .. } => (4, false, false),
        Shape::Untagged { open, .. } => (5, false, !open),
        Shape::Alias(_) => (6, false, false),
    };
    Traits { default, hash, kind }
}

fn fields(ty: &Type) -> Vec<&Ty> {
    match &ty.shape {
        Shape::Struct(own) => own.fields.iter().map(|field: &Field| &field.ty).collect(),
        Shape::Tagged { branches, .. } | Shape::Keyed { branches, .. } => {
            branches.iter().filter_map(|branch| branch.content.as_ref()).collect()
        }
        Shape::Untagged { branches, .. } => {
            branches.iter().filter_map(|(branch, _)| branch.content.as_ref()).collect()
        }
        _ => Vec::new(),
    }
}

/// The whole of a small schema, `typify` included.
pub(crate) fn of_shape(schema: &Schema) -> Result<String, String> {
    caught(|| {
        let mut schema = schema.clone();
        repair::what_applies(&mut schema.definitions);
        let field_types = mapping::field_types(&schema.definitions)?;
        let api = plan::api(&schema, None, &Facts::default(), &field_types, "1.2.3".to_owned())?;
        Ok(emit::types(&api)? + &emit::messages(&api)?)
    })
}

fn caught<T>(make: impl FnOnce() -> Result<T, Error>) -> Result<T, String> {
    match panic::catch_unwind(panic::AssertUnwindSafe(make)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Err(format!("PANIC {}", text.unwrap_or_default()))
        }
    }
}

/// Runs without what panics print: typify's are caught, and ours are failures with their text.
pub(crate) fn quietly(run: impl FnOnce()) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(panic::AssertUnwindSafe(run));
    panic::set_hook(before);
    if let Err(panic) = result {
        panic::resume_unwind(panic);
    }
}

/// True for an error that says where to put what.
pub(crate) fn is_advice(refusal: &str) -> bool {
    let places =
        ["codegen/src/", "schema/methods.json", "a repair", "`responses`", "cargo xtask regen"];
    !refusal.starts_with("PANIC") && places.iter().any(|place| refusal.contains(place))
}

/// The refusal without what differs from schema to schema.
pub(crate) fn reason(refusal: &str) -> String {
    let mut reason = String::new();
    let mut is_name = false;
    for part in refusal.split('`') {
        reason.push_str(if is_name { "…" } else { part });
        is_name = !is_name;
    }
    reason.chars().take(110).collect()
}

/// The most memory that this process had, where the system tells.
pub(crate) fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
