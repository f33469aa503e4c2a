//! What a field can be.

use super::{
    former::{Former, Name, Result, Target, annotate},
    kind::{Head, Kind},
    union,
};
use serde_json::{Value, json};

impl Former<'_, '_> {
    /// A field in form. What has to have a type of its own gets this name.
    pub(super) fn place(&mut self, name: Name<'_>, schema: &Value) -> Result<Value> {
        self.deeper(|former| {
            let head = former.head(schema)?;
            let description = schema.get("description");
            let mut place = former.place_of_described(name, head, description)?;
            let has_more = ["description", "default", "deprecated"]
                .iter()
                .any(|key| schema.get(key).is_some());
            if place == Value::Bool(true) && has_more {
                place = json!({});
            }
            if let Value::Object(members) = &mut place {
                annotate(members, schema);
            }
            Ok(place)
        })
    }

    pub(super) fn place_of(&mut self, name: Name<'_>, head: Head) -> Result<Value> {
        self.place_of_described(name, head, None)
    }

    fn place_of_described(
        &mut self,
        name: Name<'_>,
        head: Head,
        description: Option<&Value>,
    ) -> Result<Value> {
        if head.is_null() {
            return Ok(Value::Bool(true));
        }
        let mut nullable = head.nullable;
        let place = match head.kind {
            Kind::Any => return Ok(Value::Bool(true)),
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Integer(format) => integer(format.as_deref()),
            Kind::Number(format) => number(format.as_deref()),
            Kind::Text => json!({"type": "string"}),
            Kind::List(item) => {
                json!({"type": "array", "items": self.place(&|| name() + "Item", &item)?})
            }
            Kind::Tuple(items) => {
                let items: Vec<Value> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.place(&|| format!("{}{}", name(), index + 1), item))
                    .collect::<Result<_>>()?;
                json!({"type": "array", "items": items, "minItems": items.len(), "maxItems": items.len()})
            }
            Kind::Map(value) => {
                let value = self.place(&|| name() + "Value", &value)?;
                json!({"type": "object", "additionalProperties": value})
            }
            Kind::Object(object) if object.properties.is_empty() => json!({"type": "object"}),
            Kind::Object(object) => {
                let body = self.object(name, &object)?;
                self.moved(name(), Value::Object(body), description)
            }
            Kind::Words(words) => self.moved(name(), union::of_words(&words), description),
            Kind::Union(branches) => {
                let mut body = self.union(&name(), branches)?;
                nullable |= body.as_object_mut().is_some_and(union::take_null);
                match body.get_mut("alias").map(Value::take) {
                    Some(place) => place,
                    None => self.moved(name(), body, description),
                }
            }
            Kind::Reference(target) => {
                let found = self.target_of(&target)?;
                nullable |= found.nullable;
                if found.is_alias {
                    let given = self.given;
                    self.deeper(|former| {
                        let head = former.head(&given[&target])?;
                        former.place_of(&|| target.clone(), head)
                    })?
                } else {
                    json!({"$ref": format!("#/definitions/{target}")})
                }
            }
        };
        Ok(if nullable { or_null(place) } else { place })
    }

    /// Moves what stands in a field into a definition, and returns a reference to it.
    fn moved(&mut self, name: String, mut body: Value, description: Option<&Value>) -> Value {
        if let (Value::Object(members), Some(description)) = (&mut body, description) {
            members.insert("description".into(), description.clone());
        }
        json!({"$ref": format!("#/definitions/{}", self.move_out(name, body))})
    }

    /// What a definition is to those that refer to it.
    pub(super) fn target_of(&mut self, name: &str) -> Result<Target> {
        if let Some(known) = self.targets.get(name) {
            return Ok(*known);
        }
        let given = self.given;
        let found = match plain(&given[name]) {
            Some(target) => target,
            None => self.look_at(name, &given[name])?,
        };
        if let Some((name, _)) = given.get_key_value(name) {
            self.targets.insert(name, found);
        }
        Ok(found)
    }

    fn look_at(&mut self, name: &str, body: &Value) -> Result<Target> {
        let head = self.head(body)?;
        Ok(match head.kind {
            Kind::Object(_) | Kind::Words(_) | Kind::Text => {
                Target { is_alias: false, nullable: head.nullable }
            }
            Kind::Union(branches) => {
                if branches.is_empty() {
                    return Ok(Target { is_alias: true, nullable: true });
                }
                let (branches, takes_null) = self.flat(name, branches)?;
                let is_alias = match branches.as_slice() {
                    [] => true,
                    [branch] => {
                        !matches!(branch.head.kind, Kind::Object(_) | Kind::Words(_) | Kind::Text)
                    }
                    _ => false,
                };
                Target { is_alias, nullable: head.nullable || takes_null }
            }
            Kind::Any => Target { is_alias: true, nullable: false },
            _ => Target { is_alias: true, nullable: head.nullable },
        })
    }
}

/// What most definitions are, told without a closer look.
fn plain(body: &Value) -> Option<Target> {
    let known = ["type", "properties", "required", "description", "title", "$schema"];
    let is_plain = body.as_object()?.keys().all(|key| known.contains(&key.as_str()));
    let is_object = body.get("type")? == "object" && body.get("properties").is_some();
    (is_plain && is_object).then_some(Target { is_alias: false, nullable: false })
}

/// A place that takes null as well.
fn or_null(mut place: Value) -> Value {
    match place.get("type").cloned() {
        Some(Value::String(name)) => {
            place["type"] = json!([name, "null"]);
            place
        }
        // It does already, or takes anything.
        Some(_) => place,
        None if place.get("$ref").is_some() => json!({"anyOf": [place, {"type": "null"}]}),
        None => place,
    }
}

/// An integer of the sizes that Rust has. Larger ones are kept as they came.
fn integer(format: Option<&str>) -> Value {
    match format {
        Some(
            format @ ("int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32"
            | "uint64" | "uint"),
        ) => json!({"type": "integer", "format": format}),
        _ => json!({"type": "integer"}),
    }
}

fn number(format: Option<&str>) -> Value {
    match format {
        Some(format @ ("float" | "double")) => json!({"type": "number", "format": format}),
        _ => json!({"type": "number"}),
    }
}
