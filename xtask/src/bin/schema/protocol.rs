//! What a schema folder says, as plain lists of names: what versions are compared by, and coverage
//! is measured against.
//!
//! It reads what the generator reads, but decides nothing about Rust and accepts any shape. So it
//! also describes a version that the generator cannot type yet, which is when one wants to know
//! what changed.

#[cfg(test)]
mod tests;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use codex_app_server_codegen::{
    load::{self, Definitions, Schema},
    plan::Pairings,
};
use xtask::error::Result;

use crate::schema;

use types::mark;
pub(crate) use types::{Part, Presence, Type, words};

#[derive(Debug, Default)]
pub(crate) struct Protocol {
    pub(crate) requests: BTreeMap<String, Method>,
    pub(crate) server_requests: BTreeMap<String, Method>,
    pub(crate) notifications: BTreeMap<String, Method>,
    /// By the names of the schema.
    pub(crate) types: BTreeMap<String, Type>,
    /// False where everything looks stable, because there is no stable schema to compare with.
    pub(crate) tells_experimental: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Method {
    /// `None` for a method without params.
    pub(crate) params: Option<String>,
    /// `None` for notifications, and where neither the names nor the pairing table tell.
    pub(crate) response: Option<String>,
    pub(crate) experimental: bool,
}

impl Protocol {
    /// A folder with `experimental/` and `stable/`, or one that codex has written. Only the former
    /// tells what is experimental.
    pub(crate) fn read(dir: &Path, pairings: &Pairings) -> Result<Self> {
        let (experimental, stable) = (dir.join("experimental"), dir.join("stable"));
        if !experimental.is_dir() {
            return Ok(Self::new(load(dir)?, None, pairings));
        }
        let stable = stable.is_dir().then(|| load(&stable)).transpose()?;
        Ok(Self::new(load(&experimental)?, stable, pairings))
    }

    /// What `stable` lacks is experimental; without it nothing is.
    pub(crate) fn new(schema: Schema, stable: Option<Schema>, pairings: &Pairings) -> Self {
        let methods = |list: fn(&Schema) -> &[load::Method]| {
            let is_stable = |name: &str| match &stable {
                Some(stable) => list(stable).iter().any(|method| method.name == name),
                None => true,
            };
            let method = |method: &load::Method| {
                let found = Method {
                    params: method.params.clone(),
                    response: response(method, &schema.definitions, pairings),
                    experimental: !is_stable(&method.name),
                };
                (method.name.clone(), found)
            };
            list(&schema).iter().map(method).collect()
        };
        let requests = methods(|schema| &schema.requests);
        let server_requests = methods(|schema| &schema.server_requests);
        let notifications = methods(|schema| &schema.notifications);
        let mut types = types::all(schema.definitions);
        let tells_experimental = stable.is_some();
        if let Some(stable) = stable {
            types::mark_experimental(&mut types, &types::all(stable.definitions));
        }
        Self { requests, server_requests, notifications, types, tells_experimental }
    }

    /// For a comparison with one that cannot tell.
    pub(crate) fn forget_experimental(&mut self) {
        let lists = [&mut self.requests, &mut self.server_requests, &mut self.notifications];
        for method in lists.into_iter().flat_map(BTreeMap::values_mut) {
            method.experimental = false;
        }
        for ty in self.types.values_mut() {
            ty.experimental = false;
            ty.parts.values_mut().for_each(|part| part.experimental = false);
        }
    }

    /// The types that are part of what a client sends.
    pub(crate) fn sent(&self) -> BTreeSet<&str> {
        let params = self.requests.values().map(|method| &method.params);
        let responses = self.server_requests.values().map(|method| &method.response);
        let mut open: Vec<&str> = params.chain(responses).flatten().map(String::as_str).collect();
        let mut sent = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(ty) = self.types.get(name)
                && sent.insert(name)
            {
                open.push(&ty.kind);
                open.extend(ty.parts.values().flat_map(|part| words(&part.ty)));
            }
        }
        sent
    }
}

/// One folder, without the files that repeat in other words what the bundle says.
fn load(dir: &Path) -> Result<Schema> {
    if !dir.join(schema::BUNDLE).is_file() {
        return Err(format!(
            "{} is no schema folder: it has no {}. `codex app-server generate-json-schema --out DIR --experimental` writes one",
            dir.display(),
            schema::BUNDLE
        ));
    }
    let staged = schema::stage(&schema::select(&schema::read_tree(dir)?)?)?;
    load::folder(staged.path()).map_err(|error| error.to_string())
}

fn response(
    method: &load::Method,
    definitions: &Definitions,
    pairings: &Pairings,
) -> Option<String> {
    let by_rule = method.params.as_ref().map_or_else(
        // As the params would be called if there were any.
        || format!("{}Response", pascal(&method.name)),
        |params| format!("{}Response", params.strip_suffix("Params").unwrap_or(params)),
    );
    let by_table = pairings.responses.get(&method.name).cloned();
    [Some(by_rule), by_table].into_iter().flatten().find(|name| definitions.contains_key(name))
}

fn pascal(method: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    words(method)
        .flat_map(|word| word.split('_'))
        .filter(|word| word.is_ascii() && !word.is_empty())
        .map(capital)
        .collect()
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.params.as_deref().unwrap_or("without params"))?;
        if let Some(response) = &self.response {
            write!(f, " -> {response}")?;
        }
        mark(f, self.experimental)
    }
}
