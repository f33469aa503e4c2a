//! Unions: branches that can be told from each other.

use super::{
    Former, Result, annotate,
    head::{Head, Kind, Object},
    merge, shown,
};
use crate::plan::{names, outline};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A branch.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) head: Head,
    /// As the schema has it.
    schema: Value,
}

impl Former<'_, '_> {
    /// A union in form. One that takes null says so with a mark that [`take_null`] finds.
    pub(super) fn union(&mut self, name: &str, branches: Vec<Value>) -> Result<Value> {
        let (branches, nullable) = self.flat(name, branches)?;
        let mut form = self.branches_in_form(name, branches)?;
        if nullable && let Value::Object(members) = &mut form {
            members.insert(NULL.into(), true.into());
        }
        Ok(form)
    }

    fn branches_in_form(&mut self, name: &str, branches: Vec<Branch>) -> Result<Value> {
        if branches.is_empty() {
            return Ok(json!({"alias": true}));
        }
        if let Some(tag) = tag(&branches) {
            return self.tagged(name, &tag, &branches);
        }
        if let [only] = branches.as_slice() {
            return Ok(match &only.head.kind {
                Kind::Object(object) => Value::Object(self.object(&|| name.to_owned(), object)?),
                Kind::Words(words) => of_words(words),
                Kind::Text => json!({"type": "string"}),
                _ => json!({"alias": self.place_of(&|| name.to_owned(), only.head.clone())?}),
            });
        }
        if let Some(words) = all_words(&branches) {
            return Ok(of_words(&words));
        }
        if is_keyed(&branches) {
            return self.keyed(name, &branches);
        }
        self.untagged(name, branches)
    }

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

    fn tagged(&mut self, name: &str, tag: &str, branches: &[Branch]) -> Result<Value> {
        let mut forms = Vec::new();
        for branch in branches {
            let Kind::Object(object) = &branch.head.kind else {
                continue;
            };
            let text = object.properties.get(tag).and_then(word).unwrap_or_default();
            let mut rest = object.clone();
            rest.properties.remove(tag);
            let mut form = self.object(&|| names::branch_struct(name, text), &rest)?;
            if let Some(Value::Object(properties)) = form.get_mut("properties") {
                properties.insert(tag.to_owned(), json!({"type": "string", "enum": [text]}));
            }
            annotate(&mut form, &branch.schema);
            forms.push(Value::Object(form));
        }
        Ok(json!({"oneOf": forms}))
    }

    fn keyed(&mut self, name: &str, branches: &[Branch]) -> Result<Value> {
        let mut forms = Vec::new();
        for branch in branches {
            match &branch.head.kind {
                Kind::Words(words) => forms.extend(words.iter().map(of_word)),
                Kind::Object(object) => {
                    let mut properties = Map::new();
                    for (key, schema) in &object.properties {
                        let place = self.place(&|| names::branch_struct(name, key), schema)?;
                        properties.insert(key.clone(), place);
                    }
                    let mut form = Map::new();
                    form.insert("properties".into(), Value::Object(properties));
                    annotate(&mut form, &branch.schema);
                    forms.push(Value::Object(form));
                }
                _ => {}
            }
        }
        Ok(json!({"oneOf": forms}))
    }

    fn untagged(&mut self, name: &str, branches: Vec<Branch>) -> Result<Value> {
        let branches = self.one_of_each(branches)?;
        if let [only] = branches.as_slice() {
            return self.branches_in_form(name, vec![only.clone()]);
        }
        let objects: Vec<Option<&Object>> = branches
            .iter()
            .map(|branch| match &branch.head.kind {
                Kind::Object(object) if !object.properties.is_empty() => Some(object),
                _ => None,
            })
            .collect();
        let mut forms = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let mut form = match &branch.head.kind {
                Kind::Object(object) if !object.properties.is_empty() => {
                    let key = own_property(&objects, index)
                        .or_else(|| branch.schema.get("title")?.as_str())
                        .ok_or_else(|| {
                            format!(
                                "a branch has no property of its own to name it by: {}; \
                                 give it a definition by a repair in codegen/src/repair.rs",
                                shown(&branch.schema)
                            )
                        })?;
                    let owner = || names::branch_struct(name, &names::variant(key));
                    let mut form = self.object(&owner, object)?;
                    form.insert(outline::KEY.into(), key.into());
                    Value::Object(form)
                }
                Kind::Words(_) => {
                    self.place_of(&|| names::branch_struct(name, "text"), branch.head.clone())?
                }
                _ => self.place_of(&|| format!("{name}Part"), branch.head.clone())?,
            };
            if let Value::Object(members) = &mut form {
                annotate(members, &branch.schema);
            }
            forms.push(form);
        }
        Ok(json!({"anyOf": forms}))
    }

    /// Branches that their JSON can tell: one for strings, one for integers, and so on.
    fn one_of_each(&mut self, branches: Vec<Branch>) -> Result<Vec<Branch>> {
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
                (Some(left), Some(right)) => Kind::Words(merge::distinct([left, right].concat())),
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

/// The mark of a union that takes null.
const NULL: &str = "null";

/// Takes the mark away, and tells whether it was there.
pub(super) fn take_null(form: &mut Map<String, Value>) -> bool {
    form.remove(NULL).is_some()
}

/// An enum of strings.
pub(super) fn of_words(words: &[(String, String)]) -> Value {
    match words {
        [] => json!({"type": "string", "enum": []}),
        words => json!({"oneOf": words.iter().map(of_word).collect::<Vec<_>>()}),
    }
}

fn of_word((word, description): &(String, String)) -> Value {
    let mut form = json!({"type": "string", "enum": [word]});
    if !description.is_empty() {
        form["description"] = description.as_str().into();
    }
    form
}

/// The one fixed string of a schema.
fn word(schema: &Value) -> Option<&str> {
    let values = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    match (values, schema.get("const")) {
        (Some([word]), _) => word.as_str(),
        (None, Some(word)) => word.as_str(),
        _ => None,
    }
}

/// The property that is another fixed string in every branch.
fn tag(branches: &[Branch]) -> Option<String> {
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

fn all_words(branches: &[Branch]) -> Option<Vec<(String, String)>> {
    let words = |branch: &Branch| match &branch.head.kind {
        Kind::Words(words) => Some(words.clone()),
        _ => None,
    };
    let words: Vec<_> = branches.iter().map(words).collect::<Option<_>>()?;
    Some(merge::distinct(words.concat()))
}

/// Strings, and objects with one member each.
fn is_keyed(branches: &[Branch]) -> bool {
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

/// A property that no other branch has; a required one if there is one.
fn own_property<'a>(objects: &[Option<&'a Object>], index: usize) -> Option<&'a str> {
    let own = objects.get(index).copied().flatten()?;
    let others = || {
        objects
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .filter_map(|(_, object)| *object)
    };
    let is_own = |name: &&String| others().all(|object| !object.properties.contains_key(*name));
    let required = own.properties.keys().filter(|name| own.required.contains(*name)).find(is_own);
    required.or_else(|| own.properties.keys().find(is_own)).map(String::as_str)
}
