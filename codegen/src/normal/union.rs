//! Unions: branches that can be told from each other.

use super::{
    branches::{Branch, is_keyed, tag, word},
    former::{Former, KEY, Result, annotate, branch_struct, shown},
    kind::{Kind, Object, distinct},
};
use serde_json::{Map, Value, json};

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

    fn tagged(&mut self, name: &str, tag: &str, branches: &[Branch]) -> Result<Value> {
        let given = self.given;
        let mut forms = Vec::new();
        for branch in branches {
            let Kind::Object(object) = &branch.head.kind else {
                continue;
            };
            let text = object.properties.get(tag).and_then(word).unwrap_or_default();
            let mut rest = object.clone();
            rest.properties.remove(tag);
            let mut form = self.object(&|| branch_struct(given, name, text), &rest)?;
            if let Some(Value::Object(properties)) = form.get_mut("properties") {
                properties.insert(tag.to_owned(), json!({"type": "string", "enum": [text]}));
            }
            annotate(&mut form, &branch.schema);
            forms.push(Value::Object(form));
        }
        Ok(json!({"oneOf": forms}))
    }

    fn keyed(&mut self, name: &str, branches: &[Branch]) -> Result<Value> {
        let given = self.given;
        let mut forms = Vec::new();
        for branch in branches {
            match &branch.head.kind {
                Kind::Words(words) => forms.extend(words.iter().map(of_word)),
                Kind::Object(object) => {
                    let mut properties = Map::new();
                    for (key, schema) in &object.properties {
                        let place = self.place(&|| branch_struct(given, name, key), schema)?;
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
        let given = self.given;
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
                    let owner = || branch_struct(given, name, key);
                    let mut form = self.object(&owner, object)?;
                    form.insert(KEY.into(), key.into());
                    Value::Object(form)
                }
                Kind::Words(_) => {
                    self.place_of(&|| branch_struct(given, name, "text"), branch.head.clone())?
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

fn all_words(branches: &[Branch]) -> Option<Vec<(String, String)>> {
    let words = |branch: &Branch| match &branch.head.kind {
        Kind::Words(words) => Some(words.clone()),
        _ => None,
    };
    let words: Vec<_> = branches.iter().map(words).collect::<Option<_>>()?;
    Some(distinct(words.concat()))
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
