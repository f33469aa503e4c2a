//! From the schema that schemars derives to a plan.
//!
//! A word of JSON schema that strict mode knows is kept, one that only narrows is told to the model
//! in the description, one that says nothing is left out; any other is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    form::{Form, Kind, Member, Plan, ROOT},
    merge::{self, Parts},
    refuse::refuse,
};
use crate::error::Result;

/// What strict mode knows of strings, numbers and constants, and of lists; see "Supported schemas"
/// of OpenAI's guide "Structured model outputs".
const SCALAR: &[&str] = &[
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maximum",
    "minimum",
    "multipleOf",
    "pattern",
    "type",
];
const LIST: &[&str] = &["maxItems", "minItems"];

/// The formats of strings that it knows.
const FORMATS: &[&str] =
    &["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"];

/// What narrows a type, and can be said to the model in words: serde reads more than it allows.
const TOLD: &[&str] = &["maxLength", "maxProperties", "minLength", "minProperties", "uniqueItems"];

/// What cannot be left out without changing what a value is.
const REFUSED: &[&str] = &[
    "$dynamicRef",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "propertyNames",
    "then",
];

/// The deepest nesting that is read; the API takes less.
const MAX_DEPTH: usize = 64;

/// What `items` are that are not said.
static ANYTHING: Value = Value::Bool(true);

/// Reads the schema of the type `name`.
pub(super) fn read(name: &str, schema: &Value) -> Result<Plan> {
    let mut reader = Reader { root: schema, definitions: BTreeMap::new(), depth: 0 };
    let root = reader.form(schema, name)?;
    let definitions = reader.definitions;
    let definitions = definitions.into_iter().filter_map(|(name, form)| Some((name, form?)));
    let plan = Plan { name: name.to_owned(), root, definitions: definitions.collect() };
    if plan.is_endless() {
        return refuse(name, "contains itself with nothing in between: no value ends it");
    }
    Ok(plan)
}

struct Reader<'a> {
    root: &'a Value,
    /// Those that are referred to; `None` while one is being read.
    definitions: BTreeMap<String, Option<Form>>,
    /// How deep it is within what is being read.
    depth: usize,
}

impl<'a> Reader<'a> {
    /// `path` says where in the type it is, for what is refused.
    fn form(&mut self, schema: &'a Value, path: &str) -> Result<Form> {
        if self.depth == MAX_DEPTH {
            return refuse(
                path,
                "is nested too deep, or contains itself in parts that are written out each time; \
                 give those a definition of their own",
            );
        }
        self.depth += 1;
        let form = self.form_within(schema, path);
        self.depth -= 1;
        form
    }

    fn form_within(&mut self, schema: &'a Value, path: &str) -> Result<Form> {
        let Some(words) = schema.as_object().filter(|words| says_something(words)) else {
            return refuse(
                path,
                "may be any JSON, which the API cannot be asked for; give it a type of its own, or \
                 let it be a `String` that holds JSON",
            );
        };
        if let Some(word) = REFUSED.iter().find(|word| words.contains_key(**word)) {
            return refuse(
                path,
                &format!(
                    "has `{word}` in its JSON schema, which the API does not take; leave it out"
                ),
            );
        }
        let kind = if merge::is_in_parts(words) {
            return self.merged(schema, path);
        } else if let Some(reference) = words.get("$ref").and_then(Value::as_str) {
            self.reference(reference, path)?
        } else if let Some(Value::Array(branches)) = words.get("oneOf").or(words.get("anyOf")) {
            // A value never fits two branches of serde's: `anyOf`, which the API knows, says the
            // same.
            let branches = branches.iter().map(|branch| self.form(branch, path));
            Kind::Union(branches.collect::<Result<_, _>>()?)
        } else {
            self.plain(words, path)?
        };
        Ok(Form { description: description(words), kind })
    }

    /// What is said by its types: lists and objects each in their own way, scalars all at once.
    fn plain(&mut self, words: &'a Map<String, Value>, path: &str) -> Result<Kind> {
        let mut kinds = types(words);
        let mut branches = Vec::new();
        if kinds.contains(&"object") {
            branches.push(self.object(words, path)?.into());
        }
        if kinds.contains(&"array") {
            branches.push(self.array(words, path)?.into());
        }
        kinds.retain(|kind| !["array", "object"].contains(kind));
        if !kinds.is_empty() {
            branches.push(Form::from(scalar(words, &kinds)));
        }
        Ok(match branches.len() {
            1 => branches.remove(0).kind,
            _ => Kind::Union(branches),
        })
    }

    fn object(&mut self, words: &'a Map<String, Value>, path: &str) -> Result<Kind> {
        let own = words.get("properties").and_then(Value::as_object);
        if own.is_some_and(|own| !own.is_empty()) {
            let required = words.get("required").and_then(Value::as_array);
            let is_required =
                |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
            merge::refuse_open(words, path)?;
            let members = own.into_iter().flatten().map(|(name, schema)| {
                let form = self.form(schema, &format!("{path}.{name}"))?;
                Ok(Member { name: name.clone(), form, optional: !is_required(name) })
            });
            return Ok(Kind::Object(members.collect::<Result<_, _>>()?));
        }
        let mut key = Map::from_iter([("type".to_owned(), "string".into())]);
        let patterns = words.get("patternProperties").and_then(Value::as_object);
        let others = words.get("additionalProperties").filter(|others| **others != false);
        let value = match (patterns, others) {
            (None, None) => return Ok(Kind::Object(Vec::new())),
            (None, Some(others)) => others,
            (Some(patterns), others) => match patterns.iter().next() {
                Some((pattern, value)) if patterns.len() == 1 && others.is_none() => {
                    key.insert("pattern".to_owned(), pattern.as_str().into());
                    value
                }
                _ => {
                    return refuse(
                        path,
                        "is a map with keys of several kinds; let them be a `String`",
                    );
                }
            },
        };
        let value = Box::new(self.form(value, &format!("{path}{{}}"))?);
        Ok(Kind::Map { key, value })
    }

    fn array(&mut self, words: &'a Map<String, Value>, path: &str) -> Result<Kind> {
        if let Some(parts) = words.get("prefixItems").and_then(Value::as_array) {
            let parts = parts.iter().enumerate();
            let forms = parts.map(|(index, part)| self.form(part, &format!("{path}.{index}")));
            return Ok(Kind::Tuple(forms.collect::<Result<_, _>>()?));
        }
        let path = &format!("{path}[]");
        match words.get("items") {
            None if words.get("maxItems") == Some(&0.into()) => Ok(Kind::Tuple(Vec::new())),
            items => {
                let items = Box::new(self.form(items.unwrap_or(&ANYTHING), path)?);
                Ok(Kind::List { items, limits: keep(words, LIST) })
            }
        }
    }

    fn reference(&mut self, reference: &str, path: &str) -> Result<Kind> {
        let Some((name, schema)) = resolve(self.root, reference) else {
            return refuse(
                path,
                &format!("refers to {reference:?}, which its schema does not define"),
            );
        };
        if name != ROOT && !self.definitions.contains_key(&name) {
            self.definitions.insert(name.clone(), None);
            let form = self.form(schema, path)?;
            self.definitions.insert(name.clone(), Some(form));
        }
        Ok(Kind::Definition(name))
    }

    fn merged(&mut self, schema: &'a Value, path: &str) -> Result<Form> {
        let root = self.root;
        let by_name = |reference: &str| resolve(root, reference).map(|(_, schema)| schema);
        let alternatives = merge::alternatives(schema, &by_name, path, &mut Vec::new())?;
        let objects = alternatives.into_iter().map(|parts| self.parts(parts, path));
        let mut objects = objects.collect::<Result<Vec<_>, _>>()?;
        Ok(match objects.len() {
            1 => objects.remove(0),
            _ => Kind::Union(objects).into(),
        })
    }

    fn parts(&mut self, parts: Parts<'a>, path: &str) -> Result<Form> {
        let members = parts.properties.into_iter().map(|(name, schema)| {
            let form = self.form(schema, &format!("{path}.{name}"))?;
            let optional = !parts.required.contains(&name);
            Ok(Member { name: name.to_owned(), form, optional })
        });
        let kind = Kind::Object(members.collect::<Result<_, _>>()?);
        Ok(Form { description: parts.description.map(str::to_owned), kind })
    }
}

/// What a reference out of a schema is to, and its name.
fn resolve<'a>(root: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    if reference == ROOT {
        return Some((ROOT.to_owned(), root));
    }
    let name = unescape(reference.strip_prefix("#/$defs/")?)?;
    let schema = root.get("$defs")?.get(&name)?;
    Some((name, schema))
}

/// A name as it is within a reference, a JSON pointer in a URI fragment.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(String::from_utf8(bytes).ok()?.replace("~1", "/").replace("~0", "~"))
}

/// Whether a schema excludes anything at all.
fn says_something(words: &Map<String, Value>) -> bool {
    merge::SAY_MORE.iter().any(|word| words.contains_key(*word)) || !types(words).is_empty()
}

/// The types that a value may have. Where they are not said, the other words tell them.
fn types(words: &Map<String, Value>) -> Vec<&str> {
    let constants = words.get("const").into_iter();
    let constants =
        constants.chain(words.get("enum").and_then(Value::as_array).into_iter().flatten());
    let mut types: Vec<_> = match words.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        Some(kind) => kind.as_str().into_iter().collect(),
        None if words.contains_key("properties") => vec!["object"],
        None if words.contains_key("items") || words.contains_key("prefixItems") => vec!["array"],
        None => constants.map(type_of).collect(),
    };
    types.sort_unstable();
    types.dedup();
    types
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A scalar of one of the types.
fn scalar(words: &Map<String, Value>, types: &[&str]) -> Kind {
    let mut keywords = keep(words, SCALAR);
    let types = match types {
        [one] => Value::from(*one),
        all => Value::from(all.to_vec()),
    };
    keywords.insert("type".to_owned(), types);
    if let Some(format) = words.get("format").filter(|format| FORMATS.iter().any(|it| it == format))
    {
        keywords.insert("format".to_owned(), format.clone());
    }
    Kind::Scalar(keywords)
}

fn keep(words: &Map<String, Value>, known: &[&str]) -> Map<String, Value> {
    let known = words.iter().filter(|(word, _)| known.contains(&word.as_str()));
    known.map(|(word, value)| (word.clone(), value.clone())).collect()
}

/// The description, with what else the model should know.
fn description(words: &Map<String, Value>) -> Option<String> {
    let own = words.get("description").and_then(Value::as_str).map(str::to_owned);
    let told = TOLD.iter().filter_map(|word| Some(format!("{word}: {}", words.get(*word)?)));
    let told = told.collect::<Vec<_>>().join(", ");
    match (own, told.is_empty()) {
        (own, true) => own,
        (None, false) => Some(format!("({told})")),
        (Some(own), false) => Some(format!("{own} ({told})")),
    }
}
