//! The branches of a union, as far as something tells them from each other.

use super::{
    former::{Former, Result},
    kind::{Head, Kind, Object, distinct},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// A branch.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) head: Head,
    /// As the schema has it.
    pub(super) schema: Value,
}

impl Former<'_, '_> {
    /// The branches, with those of unions that have no tag in place of these; none where anything
    /// fits.
    pub(super) fn flat(&mut self, name: &str, schemas: Vec<Value>) -> Result<(Vec<Branch>, bool)> {
        let given = self.given;
        let mut seen = BTreeSet::from([name.to_owned()]);
        let (mut nullable, mut takes_any) = (false, false);
        let mut found: Vec<Branch> = Vec::new();
        let mut rest: Vec<Value> = schemas.into_iter().rev().collect();
        while let Some(schema) = rest.pop() {
            let mut head = self.branch_head(&schema)?;
            nullable |= head.nullable && head.kind != Kind::Any;
            head.nullable = false;
            if let Kind::Reference(target) = &head.kind {
                let target_head = self.head(&given[target])?;
                nullable |= target_head.nullable && target_head.kind != Kind::Any;
                match target_head.kind {
                    Kind::Object(_) | Kind::Words(_) | Kind::Text => {}
                    Kind::Union(inner) => {
                        // A union that is a branch of itself says nothing more by it.
                        if *target == name || seen.contains(target) {
                            continue;
                        }
                        if !self.is_told_by_a_name(&inner)? {
                            seen.insert(target.clone());
                            rest.extend(inner.into_iter().rev());
                            continue;
                        }
                    }
                    _ => {
                        if !seen.insert(target.clone()) {
                            continue;
                        }
                        rest.push(given[target].clone());
                        continue;
                    }
                }
            }
            if let Kind::Union(inner) = head.kind {
                rest.extend(inner.into_iter().rev());
                continue;
            }
            // What fits no other branch is kept in any case.
            takes_any |= head.kind == Kind::Any;
            let is_known = found.iter().any(|branch| branch.head.kind == head.kind);
            if head.kind != Kind::Any && !is_known {
                found.push(Branch { head, schema });
            }
        }
        if found.is_empty() && !nullable && !takes_any {
            return Err("none of its branches says what fits it; \
                        a repair in codegen/src/repair.rs has to say what is meant"
                .into());
        }
        Ok((found, nullable))
    }

    /// True for a union with a tag, or with keys.
    fn is_told_by_a_name(&mut self, schemas: &[Value]) -> Result<bool> {
        let mut branches = Vec::new();
        for schema in schemas {
            branches.push(Branch { head: self.branch_head(schema)?, schema: schema.clone() });
        }
        Ok(tag(&branches).is_some() || is_keyed(&branches))
    }

    /// Branches that their JSON can tell: one for strings, one for integers, and so on.
    pub(super) fn one_of_each(&mut self, branches: Vec<Branch>) -> Result<Vec<Branch>> {
        let mut found: Vec<(Class, Branch)> = Vec::new();
        for branch in branches {
            let class = self.class(&branch.head)?;
            let alike = found.iter_mut().find(|(known, _)| *known == class);
            match (class, alike) {
                (Class::Other, _) | (_, None) => found.push((class, branch)),
                (class, Some((_, known))) => {
                    let kind = self.widest(class, &known.head.kind, &branch.head.kind)?;
                    *known = Branch { head: kind.into(), schema: known.schema.clone() };
                }
            }
        }
        // An integer is a number too, and an object with certain members is an object.
        found.sort_by_key(|(class, _)| matches!(class, Class::Number | Class::Map));
        Ok(found.into_iter().map(|(_, branch)| branch).collect())
    }

    fn class(&mut self, head: &Head) -> Result<Class> {
        let given = self.given;
        Ok(match &head.kind {
            Kind::Text | Kind::Words(_) => Class::Text,
            Kind::Integer(_) => Class::Integer,
            Kind::Number(_) => Class::Number,
            Kind::Map(_) => Class::Map,
            Kind::Object(object) if object.properties.is_empty() => Class::Map,
            Kind::Reference(name) => match self.head(&given[name])?.kind {
                Kind::Text | Kind::Words(_) => Class::Text,
                _ => Class::Other,
            },
            _ => Class::Other,
        })
    }

    /// What takes both of two branches that nothing tells from each other.
    fn widest(&mut self, class: Class, left: &Kind, right: &Kind) -> Result<Kind> {
        Ok(match class {
            Class::Integer => Kind::Integer(None),
            Class::Number => Kind::Number(None),
            Class::Map => Kind::Map(Value::Bool(true)),
            Class::Text | Class::Other => match (self.words_of(left)?, self.words_of(right)?) {
                (Some(left), Some(right)) => Kind::Words(distinct([left, right].concat())),
                _ => Kind::Text,
            },
        })
    }

    fn words_of(&mut self, kind: &Kind) -> Result<Option<Vec<(String, String)>>> {
        let given = self.given;
        Ok(match kind {
            Kind::Words(words) => Some(words.clone()),
            Kind::Reference(name) => match self.head(&given[name])?.kind {
                Kind::Words(words) => Some(words),
                _ => None,
            },
            _ => None,
        })
    }
}

/// What of a JSON tells a branch.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Text,
    Integer,
    Number,
    Map,
    /// An object, list or flag.
    Other,
}

/// The one fixed string of a schema.
pub(super) fn word(schema: &Value) -> Option<&str> {
    let values = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    match (values, schema.get("const")) {
        (Some([word]), _) => word.as_str(),
        (None, Some(word)) => word.as_str(),
        _ => None,
    }
}

/// The property that is another fixed string in every branch.
pub(super) fn tag(branches: &[Branch]) -> Option<String> {
    let objects: Vec<&Object> = branches
        .iter()
        .map(|branch| match &branch.head.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let first = objects.first()?;
    let is_tag = |name: &&String| {
        let mut seen = BTreeSet::new();
        objects.iter().all(|object| {
            object.properties.get(*name).and_then(word).is_some_and(|word| seen.insert(word))
        })
    };
    first.properties.keys().find(is_tag).cloned()
}

/// Strings, and objects with one member each.
pub(super) fn is_keyed(branches: &[Branch]) -> bool {
    let mut keys = BTreeSet::new();
    let fits = |branch: &Branch| match &branch.head.kind {
        Kind::Words(_) => true,
        Kind::Object(object) => {
            object.properties.len() == 1
                && object.properties.keys().all(|key| keys.insert(key.clone()))
        }
        _ => false,
    };
    let has_words = branches.iter().any(|branch| matches!(branch.head.kind, Kind::Words(_)));
    has_words && branches.iter().all(fits)
}
