//! What a schema is, without what is inside of it.

use super::{
    branches::word,
    former::{Former, Result, shown},
    kind::{Alternatives, Head, Kind, any, distinct, null},
    own::{is_simple, list, only_requires, own},
};
use serde_json::{Value, json};

impl Former<'_, '_> {
    /// What the schema is.
    pub(super) fn head(&mut self, schema: &Value) -> Result<Head> {
        self.deeper(|former| former.shallow_head(schema, Alternatives::Branches))
    }

    /// What a branch of a union is: with alternatives of its own it is one object all the same.
    pub(super) fn branch_head(&mut self, schema: &Value) -> Result<Head> {
        self.deeper(|former| former.shallow_head(schema, Alternatives::Folded))
    }

    fn shallow_head(&mut self, schema: &Value, alternatives: Alternatives) -> Result<Head> {
        let keywords = match schema {
            Value::Bool(true) => return Ok(any()),
            Value::Object(keywords) => keywords,
            _ => {
                return Err(format!(
                    "{} is no schema that something fits; a repair in codegen/src/repair.rs has to say what is meant",
                    shown(schema)
                ));
            }
        };
        if is_simple(keywords) {
            return own(keywords);
        }
        let mut parts = Vec::new();
        if let Some(reference) = keywords.get("$ref") {
            parts.push(Kind::Reference(self.target(reference)?).into());
        }
        for part in list(keywords, "allOf")?.into_iter().flatten() {
            parts.push(self.head(part)?);
        }
        parts.push(own(keywords)?);
        for key in ["oneOf", "anyOf"] {
            if let Some(branches) = list(keywords, key)? {
                let union = self.branches(branches)?;
                // Which of its properties an object needs is nothing that a type can say.
                if !only_requires(branches) {
                    parts.push(union);
                }
            }
        }
        self.merge(parts, alternatives)
    }

    /// The definition that a reference leads to.
    fn target(&self, reference: &Value) -> Result<String> {
        let name = crate::load::reference(&json!({"$ref": reference}));
        match name.filter(|name| self.given.contains_key(name)) {
            Some(name) => Ok(name),
            None => Err(format!(
                "it refers to {}, which the schema does not define; \
                 a repair in codegen/src/repair.rs has to define it, or to say what is meant",
                shown(reference)
            )),
        }
    }

    /// Alternatives, without those in each other and without null.
    fn branches(&mut self, branches: &[Value]) -> Result<Head> {
        let (mut found, mut nullable) = (Vec::new(), false);
        let (mut words, mut takes_any) = (Some(Vec::new()), false);
        for branch in branches {
            let head = self.branch_head(branch)?;
            nullable |= head.nullable && head.kind != Kind::Any;
            match head.kind {
                Kind::Union(inner) => {
                    words = words.filter(|_| inner.is_empty());
                    found.extend(inner);
                }
                Kind::Any => takes_any = true,
                kind => {
                    found.push(without_null(branch, head.nullable));
                    words = match (words, kind) {
                        (Some(known), Kind::Words(more)) => Some([known, more].concat()),
                        _ => None,
                    };
                }
            }
        }
        match (found.as_slice(), words) {
            // What fits no other branch is kept in any case.
            ([], _) if takes_any => Ok(any()),
            ([], _) if nullable => Ok(null()),
            ([], _) => Err("it has no branch, so that nothing fits it; \
                            a repair in codegen/src/repair.rs has to say what is meant"
                .into()),
            (_, Some(words)) => Ok(Head { kind: Kind::Words(distinct(words)), nullable }),
            ([only], None) if !takes_any => {
                let head = self.branch_head(only)?;
                let has_tag = match &head.kind {
                    Kind::Object(object) => object.properties.values().find_map(word).is_some(),
                    _ => false,
                };
                if has_tag {
                    Ok(Head { kind: Kind::Union(found), nullable })
                } else {
                    Ok(Head { nullable: nullable || head.nullable, ..head })
                }
            }
            _ => Ok(Head { kind: Kind::Union(found), nullable }),
        }
    }
}

/// A branch that took null, which its union takes from now on.
fn without_null(branch: &Value, nullable: bool) -> Value {
    let mut branch = branch.clone();
    if nullable && let Some(Value::Array(names)) = branch.get_mut("type") {
        names.retain(|name| name != "null");
    }
    branch
}
