//! Schemas that hold at once, as one.

use super::{
    former::{Former, Result},
    kind::{Alternatives, Head, Kind, Object, distinct},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Former<'_, '_> {
    /// What fits all parts.
    pub(super) fn merge(&mut self, parts: Vec<Head>, alternatives: Alternatives) -> Result<Head> {
        let mut merged = Head { kind: Kind::Any, nullable: true };
        for part in parts {
            let nullable = merged.nullable && part.nullable;
            merged = match (merged.kind, part.kind) {
                (Kind::Any, kind) => Head { kind, nullable },
                (kind, Kind::Any) => Head { kind, nullable },
                (left, right) => {
                    let (left, is_left_nullable) = self.resolve(left, merged.nullable)?;
                    let (right, is_right_nullable) = self.resolve(right, part.nullable)?;
                    Head {
                        kind: self.both(left, right, alternatives)?,
                        nullable: is_left_nullable && is_right_nullable,
                    }
                }
            };
        }
        Ok(merged)
    }

    /// What a reference leads to; other kinds are what they are.
    fn resolve(&mut self, mut kind: Kind, mut nullable: bool) -> Result<(Kind, bool)> {
        let mut seen = BTreeSet::new();
        while let Kind::Reference(name) = &kind {
            let given = self.given;
            if !seen.insert(name.clone()) {
                return Err(format!(
                    "`{name}` is defined as itself; a repair has to say what it is"
                ));
            }
            let head = self.head(&given[name])?;
            nullable |= head.nullable;
            kind = head.kind;
        }
        Ok((kind, nullable))
    }

    fn both(&mut self, left: Kind, right: Kind, alternatives: Alternatives) -> Result<Kind> {
        Ok(match (left, right) {
            (left, right) if left == right => left,
            (Kind::Object(left), Kind::Object(right)) => Kind::Object(of_both(left, right)),
            (Kind::Object(object), Kind::Map(_)) | (Kind::Map(_), Kind::Object(object)) => {
                Kind::Object(object)
            }
            (Kind::Object(object), Kind::Union(branches))
            | (Kind::Union(branches), Kind::Object(object)) => match alternatives {
                _ if branches.is_empty() => return Err(contradiction()),
                Alternatives::Branches => {
                    let outer = object.to_schema();
                    Kind::Union(branches.iter().map(|branch| with_outer(branch, &outer)).collect())
                }
                Alternatives::Folded => Kind::Object(self.fold(object, &branches)?),
            },
            (Kind::Text, Kind::Words(words)) | (Kind::Words(words), Kind::Text) => {
                Kind::Words(words)
            }
            (Kind::Words(mut left), Kind::Words(right)) => {
                left.retain(|(word, _)| right.iter().any(|(other, _)| word == other));
                if left.is_empty() {
                    return Err(contradiction());
                }
                Kind::Words(left)
            }
            (Kind::Integer(format), Kind::Integer(None) | Kind::Number(_))
            | (Kind::Integer(None) | Kind::Number(_), Kind::Integer(format)) => {
                Kind::Integer(format)
            }
            (Kind::Number(format), Kind::Number(None))
            | (Kind::Number(None), Kind::Number(format)) => Kind::Number(format),
            (Kind::Any, kind) | (kind, Kind::Any) => kind,
            _ => return Err(contradiction()),
        })
    }

    /// An object with the properties of its alternatives, which need not all be there.
    fn fold(&mut self, outer: Object, branches: &[Value]) -> Result<Object> {
        let mut alternatives = Vec::new();
        for branch in branches {
            let head = self.branch_head(branch)?;
            match self.resolve(head.kind, false)?.0 {
                Kind::Object(object) => alternatives.push(object),
                Kind::Union(inner) => {
                    alternatives.push(self.fold(Object::default(), &inner)?);
                }
                _ => return Err(contradiction()),
            }
        }
        let mut inner = Object::default();
        for alternative in &alternatives {
            for (name, schema) in &alternative.properties {
                let schema = match inner.properties.get(name) {
                    None => schema.clone(),
                    Some(known) if known == schema => continue,
                    Some(known) => self.either(name, known.clone(), schema.clone())?,
                };
                inner.properties.insert(name.clone(), schema);
            }
        }
        let is_always_there =
            |name: &&String| alternatives.iter().all(|object| object.required.contains(*name));
        inner.required = inner.properties.keys().filter(is_always_there).cloned().collect();
        Ok(of_both(outer, inner))
    }

    /// A property that is one thing or another.
    fn either(&mut self, name: &str, left: Value, right: Value) -> Result<Value> {
        match (self.head(&left)?.kind, self.head(&right)?.kind) {
            (Kind::Words(left), Kind::Words(right)) => {
                let words = distinct([left, right].concat());
                let words: Vec<_> = words.into_iter().map(|(word, _)| word).collect();
                Ok(json!({"type": "string", "enum": words}))
            }
            (left_kind, right_kind) if left_kind == right_kind => Ok(left),
            _ => Err(format!(
                "alternatives within each other give `{name}` different types; \
                 a repair in codegen/src/repair.rs has to say which one it has"
            )),
        }
    }
}

/// The properties of two objects that hold at once.
fn of_both(mut left: Object, right: Object) -> Object {
    for (name, schema) in right.properties {
        let schema = match left.properties.remove(&name) {
            Some(known) if known != schema => both_schemas(known, schema),
            _ => schema,
        };
        left.properties.insert(name, schema);
    }
    left.required.extend(right.required);
    left
}

fn both_schemas(left: Value, right: Value) -> Value {
    let description = left.get("description").or_else(|| right.get("description")).cloned();
    let mut both = json!({"allOf": [left, right]});
    if let Some(description) = description {
        both["description"] = description;
    }
    both
}

/// A branch with the properties that stand beside all branches.
fn with_outer(branch: &Value, outer: &Value) -> Value {
    let mut both = json!({"allOf": [branch, outer]});
    if let Some(description) = branch.get("description") {
        both["description"] = description.clone();
    }
    both
}

fn contradiction() -> String {
    "it has to be things at once that do not go together; \
     a repair in codegen/src/repair.rs has to say what is meant"
        .to_owned()
}
