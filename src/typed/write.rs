//! From a plan to the schema that is sent.

use serde_json::{Map, Value, json};

use super::form::{Form, KEY, Kind, Member, Plan, ROOT, VALUE};

/// The member that holds a type which is not an object itself.
pub(super) const WRAPPER: &str = "value";

impl Plan {
    /// Whether the root is an object, as the API asks for, or has to be put into one.
    pub(super) fn is_wrapped(&self) -> bool {
        !matches!(self.root.kind, Kind::Object(_) | Kind::Tuple(_))
    }

    /// The schema.
    pub(super) fn schema(&self) -> Value {
        let mut writer = Writer { plan: self, root: "#".to_owned() };
        let mut definitions = Map::new();
        let mut schema = if self.is_wrapped() {
            let mut name = self.name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            while self.definitions.contains_key(&name) {
                name.push('_');
            }
            writer.root = format!("#/$defs/{name}");
            definitions.insert(name, writer.form(&self.root));
            let value = Form::from(Kind::Definition(ROOT.to_owned()));
            closed([(WRAPPER.to_owned(), writer.form(&value))])
        } else {
            writer.form(&self.root)
        };
        for (name, form) in &self.definitions {
            definitions.insert(name.clone(), writer.form(form));
        }
        if !definitions.is_empty() {
            schema["$defs"] = definitions.into();
        }
        schema
    }
}

struct Writer<'a> {
    plan: &'a Plan,
    /// What refers to the root.
    root: String,
}

impl Writer<'_> {
    fn form(&self, form: &Form) -> Value {
        let mut schema = match &form.kind {
            Kind::Scalar(keywords) => Value::Object(keywords.clone()),
            Kind::Definition(name) => {
                let reference = match name.as_str() {
                    ROOT => self.root.clone(),
                    name => format!("#/$defs/{}", escape(name)),
                };
                let reference = json!({ "$ref": reference });
                // The API takes nothing beside a reference.
                match form.description {
                    Some(_) => json!({ "anyOf": [reference] }),
                    None => reference,
                }
            }
            Kind::Object(members) => {
                closed(members.iter().map(|member| (member.name.clone(), self.member(member))))
            }
            Kind::List { items, limits } => {
                let mut list = json!({ "type": "array", "items": self.form(items) });
                for (keyword, limit) in limits {
                    list[keyword] = limit.clone();
                }
                list
            }
            Kind::Tuple(forms) => {
                let members = forms.iter().enumerate();
                closed(members.map(|(index, form)| (index.to_string(), self.form(form))))
            }
            Kind::Map { key, value } => {
                let key = (KEY.to_owned(), Value::Object(key.clone()));
                let entry = closed([key, (VALUE.to_owned(), self.form(value))]);
                json!({ "type": "array", "items": entry })
            }
            Kind::Union(branches) => {
                let branches: Vec<_> = branches.iter().map(|branch| self.form(branch)).collect();
                json!({ "anyOf": branches })
            }
        };
        if let Some(description) = &form.description {
            schema["description"] = description.as_str().into();
        }
        schema
    }

    fn member(&self, member: &Member) -> Value {
        let schema = self.form(&member.form);
        if self.plan.null_is_missing(member) {
            return json!({ "anyOf": [schema, { "type": "null" }] });
        }
        schema
    }
}

/// An object with these members, all of them, and no others.
fn closed(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    let properties: Map<_, _> = members.into_iter().collect();
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A name within a reference, a JSON pointer in a URI fragment.
fn escape(name: &str) -> String {
    let mut escaped = String::new();
    for byte in name.bytes() {
        match byte {
            b'~' => escaped.push_str("~0"),
            b'/' => escaped.push_str("~1"),
            b'_' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
