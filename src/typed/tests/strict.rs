//! Whether a schema is in strict mode, as OpenAI's guide "Structured model outputs" has it. Nothing
//! here knows how such schemas are made.

use std::collections::BTreeSet;

use serde_json::Value;

#[track_caller]
pub(super) fn check(schema: &Value) {
    assert_eq!(schema["type"], "object", "the root is an object: {schema}");
    assert!(schema.get("anyOf").is_none(), "the root is no union: {schema}");
    let mut problems = Vec::new();
    look(schema, schema, "#", &mut problems);
    assert!(problems.is_empty(), "{problems:#?}\n{schema:#}");
}

fn look(schema: &Value, root: &Value, at: &str, problems: &mut Vec<String>) {
    let Some(words) = schema.as_object() else {
        problems.push(format!("{at} is no schema: {schema}"));
        return;
    };
    let mut only = |known: &[&str]| {
        let unknown = words.keys().filter(|word| !known.contains(&word.as_str()));
        problems.extend(unknown.map(|word| format!("{at} has {word}")));
    };
    if let Some(reference) = words.get("$ref") {
        only(&["$ref"]);
        let reference = reference.as_str().unwrap();
        let target = match reference.strip_prefix('#') {
            Some("") => Some(root),
            Some(pointer) => root.pointer(&pointer.replace("%3C", "<").replace("%3E", ">")),
            None => None,
        };
        if target.is_none() {
            problems.push(format!("{at} refers to {reference}"));
        }
        return;
    }
    if let Some(branches) = words.get("anyOf") {
        only(&["anyOf", "description"]);
        for (index, branch) in branches.as_array().unwrap().iter().enumerate() {
            look(branch, root, &format!("{at}|{index}"), problems);
        }
        return;
    }
    let types: BTreeSet<&str> = match &words.get("type") {
        Some(Value::String(one)) => [one.as_str()].into(),
        Some(Value::Array(several)) => several.iter().map(|it| it.as_str().unwrap()).collect(),
        _ => {
            problems.push(format!("{at} has no type: {schema}"));
            return;
        }
    };
    let common = ["type", "description", "enum", "const"];
    if types.contains("object") {
        only(&["type", "description", "properties", "required", "additionalProperties", "$defs"]);
        let properties = words["properties"].as_object().unwrap();
        let required = words["required"].as_array().unwrap();
        let required: BTreeSet<_> = required.iter().map(|name| name.as_str().unwrap()).collect();
        if required != properties.keys().map(String::as_str).collect() {
            problems.push(format!("{at} requires {required:?}"));
        }
        if words["additionalProperties"] != false {
            problems.push(format!("{at} is open"));
        }
        for (name, property) in properties {
            look(property, root, &format!("{at}.{name}"), problems);
        }
        for (name, definition) in
            words.get("$defs").and_then(Value::as_object).into_iter().flatten()
        {
            look(definition, root, &format!("$defs.{name}"), problems);
        }
    } else if types.contains("array") {
        only(&["type", "description", "items", "minItems", "maxItems"]);
        look(words.get("items").unwrap_or(&Value::Null), root, &format!("{at}[]"), problems);
    } else if types.contains("string") {
        only(&[&common[..], &["pattern", "format"]].concat());
        let known = "date date-time duration email hostname ipv4 ipv6 time uuid";
        if words.get("format").is_some_and(|it| !known.split(' ').any(|name| it == name)) {
            problems.push(format!("{at} has the format {}", words["format"]));
        }
    } else if types.contains("integer") || types.contains("number") {
        let ranges = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
        only(&[&common[..], &ranges].concat());
    } else {
        only(&common);
    }
}
