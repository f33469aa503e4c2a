//! Changes to the pinned schema: what upstream may do next, and what it hopefully never does.

use crate::{fragments, random::Random};
use codex_app_server_codegen::load::{Definitions, Method, Schema};
use serde_json::{Map, Value, json};

/// How many changes each schema gets.
const CHANGES: usize = 30;

/// The pinned schema with changes. Two of three seeds make only changes that upstream might.
pub(crate) fn mutated(pinned: &Schema, seed: u64) -> Schema {
    let mut random = Random::new(seed);
    let wild = if seed.is_multiple_of(3) { 25 } else { 0 };
    let mut schema = pinned.clone();
    for _ in 0..CHANGES {
        if random.percent(wild) {
            change_wildly(&mut random, &mut schema);
        } else {
            change(&mut random, &mut schema);
        }
    }
    schema
}

/// What upstream may do.
fn change(random: &mut Random, schema: &mut Schema) {
    // Repairs take those away that wrap params.
    let names = schema.definitions.keys().filter(|name| !name.starts_with("Nullable"));
    let names: Vec<String> = names.cloned().collect();
    let name = random.pick(&names).clone();
    let fragment = fragments::plausible(random, &names);
    let new_name = format!("{}{}", fragments::word(random, true), random.below(1000));
    match random.below(12) {
        // A new field, of any kind.
        0..=3 => with_properties(&mut schema.definitions, &name, |properties, required| {
            let field = fragments::word(random, false);
            if random.percent(30) {
                required.push(json!(field));
            }
            properties.insert(field, fragment);
        }),
        // A field of another type.
        4 | 5 => with_properties(&mut schema.definitions, &name, |properties, _| {
            if let Some(field) = key(random, properties) {
                properties.insert(field, fragment);
            }
        }),
        // A field goes, or need not be there.
        6 => with_properties(&mut schema.definitions, &name, |properties, required| {
            if let Some(field) = key(random, properties) {
                required.retain(|known| *known != json!(field));
                if random.percent(50) {
                    properties.remove(&field);
                }
            }
        }),
        // A new definition, and a field of that type.
        7 => {
            schema.definitions.insert(new_name.clone(), fragment);
            with_properties(&mut schema.definitions, &name, |properties, _| {
                let field = fragments::word(random, false);
                properties.insert(field, json!({"$ref": format!("#/definitions/{new_name}")}));
            });
        }
        // A new word or branch.
        8 | 9 => {
            let body = schema.definitions.get_mut(&name).and_then(Value::as_object_mut);
            let keys = ["enum", "oneOf", "anyOf"];
            let found = body.and_then(|body| {
                let key = keys.into_iter().find(|key| body.contains_key(*key))?;
                Some((key, body.get_mut(key)?.as_array_mut()?))
            });
            match found {
                Some(("enum", words)) => words.push(json!(fragments::word(random, false))),
                Some((_, branches)) => {
                    branches.push(fragments::branch(random, &names, branches.first()));
                }
                None => {}
            }
        }
        // Other words for the same.
        10 => {
            if let Some(body) = schema.definitions.get_mut(&name) {
                fragments::say_otherwise(random, body);
            }
        }
        // A method with params and a response, or a notification without anything.
        _ => {
            let object = json!({"type": "object", "properties": {"x": fragment}});
            let method = format!("fuzz/{}", new_name.to_lowercase());
            if random.percent(50) {
                schema.definitions.insert(format!("{new_name}Params"), object.clone());
                schema.definitions.insert(format!("{new_name}Response"), object);
                let params = Some(format!("{new_name}Params"));
                add(
                    &mut schema.requests,
                    Method { name: method, params, description: String::new() },
                );
            } else {
                let description = String::new();
                add(&mut schema.notifications, Method { name: method, params: None, description });
            }
        }
    }
}

fn add(methods: &mut Vec<Method>, method: Method) {
    if !methods.iter().any(|known| known.name == method.name) {
        methods.push(method);
    }
}

/// What upstream would not do, as far as anybody knows.
fn change_wildly(random: &mut Random, schema: &mut Schema) {
    let names: Vec<String> = schema.definitions.keys().cloned().collect();
    let name = random.pick(&names).clone();
    match random.below(5) {
        0 => {
            schema.definitions.remove(&name);
        }
        1 => {
            let body = fragments::odd(random, &names);
            schema.definitions.insert(name, body);
        }
        _ => {
            if let Some(body) = schema.definitions.get_mut(&name) {
                let odd = fragments::odd(random, &names);
                *somewhere(random, body) = odd;
            }
        }
    }
}

/// Any place in a JSON.
fn somewhere<'a>(random: &mut Random, value: &'a mut Value) -> &'a mut Value {
    let count = match value {
        Value::Object(members) => members.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if count == 0 || random.percent(25) {
        return value;
    }
    let at = random.below(count);
    let inner = match value {
        Value::Object(members) => members.values_mut().nth(at),
        other => other.get_mut(at),
    };
    somewhere(random, inner.expect("it is there"))
}

fn key(random: &mut Random, members: &Map<String, Value>) -> Option<String> {
    let at = random.below(members.len());
    members.keys().nth(at).cloned()
}

fn with_properties(
    definitions: &mut Definitions,
    name: &str,
    change: impl FnOnce(&mut Map<String, Value>, &mut Vec<Value>),
) {
    let Some(body) = definitions.get_mut(name).and_then(Value::as_object_mut) else {
        return;
    };
    let mut required = match body.remove("required") {
        Some(Value::Array(names)) => names,
        _ => Vec::new(),
    };
    if let Some(Value::Object(properties)) = body.get_mut("properties") {
        change(properties, &mut required);
    }
    if !required.is_empty() {
        body.insert("required".into(), Value::Array(required));
    }
}
