//! Step 2: changes to what the schema says in a way that types badly.
//!
//! Each repair is a function that reports whether it found something to do. It is made where it
//! applies: a version that says the thing rightly needs no edit. `cargo xtask regen` names those
//! that found nothing.

use crate::load::{Definitions, reference};
use serde_json::{Map, Value, json};

/// A change to the definitions.
pub struct Repair {
    /// Its name.
    pub name: &'static str,
    /// Why it is needed.
    pub why: &'static str,
    /// Definitions of the pinned schema that it changes; where codex itself was asked, `why` says
    /// so.
    pub evidence: &'static [&'static str],
    apply: fn(&mut Definitions) -> bool,
}

impl Repair {
    /// Makes the repair, and tells whether there was anything to repair.
    pub fn apply(&self, definitions: &mut Definitions) -> bool {
        (self.apply)(definitions)
    }
}

/// All repairs, in the order they are made.
pub const REPAIRS: &[Repair] = &[
    Repair {
        name: "drop_nullable_params",
        why: "the schema wraps optional params in a definition of their own; the method takes the inner params, and `{}` is \
              right on the wire for all of them",
        evidence: &["NullableGatewayOAuthLoginParams", "NullableGetAccountRateLimitsParams"],
        apply: drop_nullable_params,
    },
    Repair {
        name: "allow_unknown_members",
        why: "`additionalProperties` would close types that a newer server may extend; unknown members are always kept",
        evidence: &["AnalyticsConfig", "CodexErrorInfo", "McpElicitationSchema"],
        apply: allow_unknown_members,
    },
    Repair {
        name: "drop_catch_all_branches",
        why: "a branch that takes any string or object says what every open union does anyway",
        evidence: &["CodexErrorInfo"],
        apply: drop_catch_all_branches,
    },
];

/// Makes the repairs that apply, and returns the others.
pub fn what_applies(definitions: &mut Definitions) -> Vec<&'static Repair> {
    REPAIRS.iter().filter(|repair| !repair.apply(definitions)).collect()
}

fn drop_nullable_params(definitions: &mut Definitions) -> bool {
    let before = definitions.len();
    definitions.retain(|name, body| {
        let wraps_params = name.starts_with("Nullable")
            && body
                .pointer("/anyOf/0")
                .and_then(reference)
                .is_some_and(|inner| *name == format!("Nullable{inner}"));
        !wraps_params
    });
    definitions.len() < before
}

fn allow_unknown_members(definitions: &mut Definitions) -> bool {
    each_object(definitions, &mut |schema| {
        let is_map = !schema.contains_key("properties");
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        (closed || !is_map) && schema.remove("additionalProperties").is_some()
    })
}

fn drop_catch_all_branches(definitions: &mut Definitions) -> bool {
    let catch_all = json!(["string", "object"]);
    let mut applied = false;
    for body in definitions.values_mut().filter_map(Value::as_object_mut) {
        if let Some(branches) = branches_mut(body) {
            let before = branches.len();
            branches.retain(|branch| branch.get("type") != Some(&catch_all));
            applied |= branches.len() < before;
        }
    }
    applied
}

/// The branches of a union.
pub(crate) fn branches(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)?.as_array())
}

fn branches_mut(schema: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    let key = if schema.contains_key("oneOf") { "oneOf" } else { "anyOf" };
    schema.get_mut(key)?.as_array_mut()
}

/// Calls `change` on every object of every schema, and tells whether one call did something.
fn each_object(
    definitions: &mut Definitions,
    change: &mut dyn FnMut(&mut Map<String, Value>) -> bool,
) -> bool {
    fn walk(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>) -> bool) -> bool {
        match value {
            Value::Object(members) => {
                let mut applied = change(members);
                for member in members.values_mut() {
                    applied |= walk(member, change);
                }
                applied
            }
            Value::Array(items) => {
                items.iter_mut().fold(false, |applied, item| walk(item, change) | applied)
            }
            _ => false,
        }
    }
    definitions.values_mut().fold(false, |applied, body| walk(body, change) | applied)
}
