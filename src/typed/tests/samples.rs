//! Answers that fit a schema: for each place that can be this or that, one of each.

use serde_json::{Map, Value, json};

/// Deeper than this a sample takes the way that ends soonest.
const DEPTH: usize = 7;
/// Enough for each branch of each type here.
const MOST: usize = 60;

pub(super) fn of(schema: &Value) -> Vec<Value> {
    let samples = values(schema, schema, 0);
    assert!(!samples.is_empty(), "nothing fits {schema}");
    samples
}

fn values(schema: &Value, root: &Value, depth: usize) -> Vec<Value> {
    if depth > DEPTH {
        return ends(schema, root).into_iter().collect();
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(&reference[1..]).unwrap();
        return values(target, root, depth + 1);
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        let all = branches.iter().map(|branch| values(branch, root, depth + 1));
        return some_of_each(all.collect());
    }
    if let Some(constant) = schema.get("const") {
        return vec![constant.clone()];
    }
    if let Some(constants) = schema["enum"].as_array() {
        return constants.clone();
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    let all = types.iter().map(|kind| of_type(kind.as_str().unwrap(), schema, root, depth));
    some_of_each(all.collect())
}

fn of_type(kind: &str, schema: &Value, root: &Value, depth: usize) -> Vec<Value> {
    let number = |word: &str| schema[word].as_i64();
    match kind {
        "null" => vec![Value::Null],
        "boolean" => vec![true.into(), false.into()],
        "integer" => {
            let least = number("minimum").unwrap_or(-3);
            vec![least.into(), number("maximum").unwrap_or(least + 9).into()]
        }
        "number" => vec![json!(0.5), json!(-2.25)],
        "string" => match (schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("date-time"), _) => vec!["2024-02-03T04:05:06Z".into()],
            (Some("ipv4"), _) => vec!["127.0.0.1".into()],
            (Some("ipv6"), _) => vec!["::1".into()],
            (_, Some(pattern)) if pattern.contains("\\d") => vec!["12".into()],
            _ => vec!["a".into(), "ü".into()],
        },
        "array" => {
            let items = values(&schema["items"], root, depth + 1);
            let least = number("minItems").unwrap_or(0);
            let most = number("maxItems").unwrap_or(i64::MAX).min(items.len() as i64);
            let of_length = |length: i64| {
                items.iter().cycle().take(length as usize).cloned().collect::<Value>()
            };
            vec![of_length(least), of_length(most.max(least))]
        }
        "object" => {
            let properties = schema["properties"].as_object().unwrap();
            let each: Vec<_> = properties
                .iter()
                .map(|(name, property)| (name, values(property, root, depth + 1)))
                .collect();
            if each.iter().any(|(_, values)| values.is_empty()) {
                return Vec::new();
            }
            let most = each.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
            let nth = |n: usize| {
                let members = each.iter();
                members.map(|(name, all)| ((*name).clone(), all[n % all.len()].clone())).collect()
            };
            (0..most).map(|n| Value::Object(nth(n))).collect()
        }
        other => panic!("no samples of {other}"),
    }
}

/// The one that ends: null, an empty list, the first branch that is no reference.
fn ends(schema: &Value, root: &Value) -> Option<Value> {
    if let Some(branches) = schema["anyOf"].as_array() {
        let null = branches.iter().find(|branch| branch["type"] == "null");
        return null
            .map(|_| Value::Null)
            .or_else(|| branches.iter().find_map(|branch| ends(branch, root)));
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" && schema.get("minItems").is_none() => {
            Some(json!([]))
        }
        Value::String(kind) if kind == "object" => {
            let properties = schema["properties"].as_object().unwrap().iter();
            let members =
                properties.map(|(name, property)| Some((name.clone(), ends(property, root)?)));
            members.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        Value::Null => schema.get("const").cloned(),
        _ => values(schema, root, 0).into_iter().next(),
    }
}

fn some_of_each(all: Vec<Vec<Value>>) -> Vec<Value> {
    let share = (MOST / all.len().max(1)).max(1);
    all.into_iter().flat_map(|values| values.into_iter().take(share)).collect()
}
