//! What a schema folder says, as plain lists of names: what versions are compared by, and coverage
//! is measured against.
//!
//! It is made of the generator's outlines and pairs, but decides nothing about Rust and accepts
//! any shape. So it also describes a version that the generator cannot type yet, which is when one
//! wants to know what changed.

#[cfg(test)]
mod tests;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use codex_app_server_codegen::{
    load::{self, Facts, Schema},
    plan::{outline, pairing, sent},
    repair,
};
use xtask::error::Result;

use crate::schema::{self, EXPERIMENTAL, Files, STABLE};

use types::mark;
pub(crate) use types::{Part, Presence, Type};

#[derive(Debug, Default)]
pub(crate) struct Protocol {
    pub(crate) requests: BTreeMap<String, Method>,
    pub(crate) server_requests: BTreeMap<String, Method>,
    pub(crate) notifications: BTreeMap<String, Method>,
    /// By the names of the schema.
    pub(crate) types: BTreeMap<String, Type>,
    /// The types that are part of what a client sends.
    pub(crate) sent: BTreeSet<String>,
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
    /// What the files of one flavour or both say. Only both tell what is experimental.
    pub(crate) fn of(files: &Files, facts: &Facts) -> Result<Self> {
        let staged = schema::stage(files)?;
        let flavour = |name: &str| -> Result<Option<Schema>> {
            let dir = staged.path().join(name);
            let schema = dir.is_dir().then(|| load::folder(&dir)).transpose();
            schema.map_err(|error| error.to_string())
        };
        match (flavour(EXPERIMENTAL)?, flavour(STABLE)?) {
            (Some(all), stable) => Ok(Self::new(all, stable, facts)),
            (None, Some(stable)) => Ok(Self::new(stable, None, facts)),
            (None, None) => Err("there is no schema".to_owned()),
        }
    }

    /// What `stable` lacks is experimental; without it nothing is.
    pub(crate) fn new(mut schema: Schema, stable: Option<Schema>, facts: &Facts) -> Self {
        let methods = |list: fn(&Schema) -> &[load::Method]| {
            let is_stable = |name: &str| match &stable {
                Some(stable) => list(stable).iter().any(|method| method.name == name),
                None => true,
            };
            let method = |method: &load::Method| {
                let found = Method {
                    params: method.params.clone(),
                    response: pairing::response(method, &schema.definitions, facts),
                    experimental: !is_stable(&method.name),
                };
                (method.name.clone(), found)
            };
            list(&schema).iter().map(method).collect::<BTreeMap<_, _>>()
        };
        let requests = methods(|schema| &schema.requests);
        let server_requests = methods(|schema| &schema.server_requests);
        let notifications = methods(|schema| &schema.notifications);

        let whole = schema.definitions.clone();
        repair::what_applies(&mut schema.definitions);
        let outlines = outline::known(&schema.definitions);
        let mut types = types::all(&whole, &schema.definitions, &outlines);
        let params = requests.values().filter_map(|method| method.params.as_deref());
        let responses = server_requests.values().filter_map(|method| method.response.as_deref());
        let sent = sent::sent(&outlines, params.chain(responses));

        let tells_experimental = stable.is_some();
        if let Some(mut stable) = stable {
            let whole = stable.definitions.clone();
            repair::what_applies(&mut stable.definitions);
            let outlines = outline::known(&stable.definitions);
            types::mark_experimental(
                &mut types,
                &types::all(&whole, &stable.definitions, &outlines),
            );
        }
        Self { requests, server_requests, notifications, types, sent, tells_experimental }
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
