//! Definitions under the names of their Rust types.
//!
//! Nearly all keep the name that the schema gives them. Where Rust does not take it, or where
//! something else has it, everything that mentions the definition gets the new name here, so that
//! whatever comes later knows one name only.

use super::Schema;
use crate::names::{self, Kind, Names};
use serde_json::Value;

impl Schema {
    /// Gives each definition the name of its Rust type.
    #[must_use]
    pub fn with_type_names(mut self) -> Self {
        let names = names::distinct(Kind::Type, self.definitions.keys().map(String::as_str));
        if names.iter().all(|(schema, rust)| schema == rust) {
            return self;
        }
        let renamed = |name: String| names.get(&name).cloned().unwrap_or(name);
        let definitions = std::mem::take(&mut self.definitions).into_iter();
        self.definitions = definitions.map(|(name, body)| (renamed(name), body)).collect();
        for body in self.definitions.values_mut() {
            rename_references(body, &names);
        }
        for methods in [
            &mut self.requests,
            &mut self.server_requests,
            &mut self.notifications,
            &mut self.client_notifications,
        ] {
            for method in methods {
                method.params = method.params.take().map(renamed);
            }
        }
        self
    }
}

/// At any depth, which is why it keeps a list of what is left to do.
pub(crate) fn rename_references(body: &mut Value, names: &Names) {
    let mut rest = vec![body];
    while let Some(schema) = rest.pop() {
        match schema {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get_mut("$ref")
                    && let Some(definition) = super::definition(reference)
                    && let Some(name) = names.get(&definition)
                {
                    *reference = format!("#/definitions/{name}");
                }
                rest.extend(members.values_mut());
            }
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
}
