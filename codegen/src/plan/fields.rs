//! Fields: their types, whether they may be missing or null, and what stands in for them then.

use super::{Planner, secrets, sent};
use crate::{
    Error,
    docs::clean,
    load::description,
    model::{Field, Presence},
    names,
    outline::{self, Property, is_nullable},
    types::FieldType,
};
use serde_json::Value;

impl Planner<'_> {
    pub(super) fn field(&self, owner: &str, property: &Property) -> Result<Field, Error> {
        let FieldType { name, ty } = self.field_type(owner, &property.name)?;
        let presence = self.presence(owner, property, &ty);
        Ok(Field {
            secret: secrets::is_secret(owner, &property.name, &ty),
            docs: clean(&description(&property.schema)),
            experimental: self.is_part_experimental(owner, |shape| match shape {
                outline::Shape::Struct(properties) => {
                    properties.iter().any(|known| known.name == property.name)
                }
                _ => false,
            }),
            wire: property.name.clone(),
            name,
            ty,
            presence,
        })
    }

    pub(super) fn field_type(&self, owner: &str, wire: &str) -> Result<FieldType, Error> {
        let found = self.fields.get(owner).and_then(|fields| fields.get(wire)).cloned();
        let found = found.ok_or_else(|| {
            Error::Schema(format!("typify made no field for `{wire}` of `{owner}`"))
        })?;
        for word in sent::idents(&found.ty).filter(|word| !BUILT_IN.contains(word)) {
            if !self.outlines.contains_key(word) {
                return Err(Error::Schema(format!(
                    "`{wire}` of `{owner}` is a type of its own, `{word}`; a repair has to move it into a definition"
                )));
            }
        }
        Ok(found)
    }

    fn presence(&self, owner: &str, property: &Property, ty: &str) -> Presence {
        let nullable = is_nullable(&property.schema);
        match (property.required, nullable) {
            (true, true) => return Presence::Nullable,
            (true, false) => return Presence::Required,
            (false, true) if self.params.contains(owner) => return Presence::Maybe,
            (false, false) if self.params.contains(owner) => return Presence::Optional,
            (false, _) => {}
        }
        match property.schema.get("default") {
            None if !nullable && is_collection(ty) => Presence::Default(None),
            None | Some(Value::Null) => Presence::Optional,
            Some(default) => Presence::Default(self.expression(default, ty)),
        }
    }

    /// A default as Rust; `None` where it is the default of the type.
    fn expression(&self, default: &Value, ty: &str) -> Option<String> {
        match default {
            Value::Bool(true) => Some("true".to_owned()),
            Value::String(text) if self.outlines.contains_key(ty) => {
                Some(format!("{ty}::{}", names::variant(text)))
            }
            Value::String(text) => Some(format!("{text:?}.into()")),
            Value::Array(items) if !items.is_empty() => {
                let item_ty = ty.trim_start_matches("Vec<").trim_end_matches('>');
                let items: Vec<_> =
                    items.iter().filter_map(|item| self.expression(item, item_ty)).collect();
                Some(format!("vec![{}]", items.join(", ")))
            }
            Value::Number(number) if number.as_u64() != Some(0) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// Types that are not the protocol's.
const BUILT_IN: &[&str] = &[
    "BTreeMap", "Map", "Option", "String", "Value", "Vec", "bool", "f32", "f64", "i8", "i16",
    "i32", "i64", "u8", "u16", "u32", "u64",
];

fn is_collection(ty: &str) -> bool {
    ["Vec<", "BTreeMap<", "Map<"].iter().any(|start| ty.starts_with(start))
}
