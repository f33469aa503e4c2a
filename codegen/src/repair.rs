//! Step 2: changes to what the schema says in a way that types badly.
//!
//! Each repair is a function that reports whether it found something to do. One that finds nothing
//! is stale, and an error: it is time to remove it.

use crate::{
    error::Error,
    load::{Definitions, reference},
};
use serde_json::{Map, Value, json};
use std::mem;

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
    /// Makes the repair.
    ///
    /// # Errors
    ///
    /// When there is nothing to repair.
    pub fn apply(&self, definitions: &mut Definitions) -> Result<(), Error> {
        if (self.apply)(definitions) {
            return Ok(());
        }
        Err(Error::StaleRepair { name: self.name, why: self.why })
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
        name: "push_outer_properties",
        why: "properties beside a union's branches hide from a type generator that the branches are objects with a tag",
        evidence: &[
            "HookMetadata",
            "McpServerElicitationRequestParams",
            "ThreadItem",
            "ThreadRealtimeItem",
        ],
        apply: push_outer_properties,
    },
    Repair {
        name: "fold_nested_any_of",
        why: "a branch with alternatives of its own would become a union within a union; its alternatives are optional properties",
        evidence: &["ContentItem", "FunctionCallOutputContentItem", "ThreadItem", "UserInput"],
        apply: fold_nested_any_of,
    },
    Repair {
        name: "fold_nested_null",
        why: "null inside of null says nothing",
        evidence: &["CollaborationModeMask"],
        apply: fold_nested_null,
    },
    Repair {
        name: "drop_catch_all_branches",
        why: "a branch that takes any string or object says what every open union does anyway",
        evidence: &["CodexErrorInfo"],
        apply: drop_catch_all_branches,
    },
    Repair {
        name: "flatten_untagged_unions",
        why: "a branch that is itself an untagged union cannot be told by its shape; its branches can",
        evidence: &["McpElicitationEnumSchema", "McpElicitationPrimitiveSchema"],
        apply: flatten_untagged_unions,
    },
];

/// Makes all repairs.
///
/// # Errors
///
/// When one is stale.
pub fn all(definitions: &mut Definitions) -> Result<(), Error> {
    REPAIRS.iter().try_for_each(|repair| repair.apply(definitions))
}

/// Makes the repairs that apply: for the stable schema, which needs fewer of them, and for other
/// versions.
pub fn what_applies(definitions: &mut Definitions) {
    for repair in REPAIRS {
        (repair.apply)(definitions);
    }
}

/// How many untagged unions may stand in each other.
const DEEPEST_UNION: usize = 8;

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

fn push_outer_properties(definitions: &mut Definitions) -> bool {
    let mut applied = false;
    for body in definitions.values_mut() {
        let Some(union) = body.as_object_mut().filter(|body| branches(body).is_some()) else {
            continue;
        };
        let Some(Value::Object(properties)) = union.remove("properties") else {
            continue;
        };
        let required = union.remove("required");
        for branch in branches_mut(union).into_iter().flatten() {
            let Some(branch) = branch.as_object_mut() else {
                continue;
            };
            merge_properties(branch, properties.clone());
            if let Some(Value::Array(outer)) = &required {
                let own = branch.entry("required").or_insert_with(|| json!([]));
                if let Value::Array(names) = own {
                    names.extend(outer.iter().cloned());
                }
            }
        }
        applied = true;
    }
    applied
}

fn fold_nested_any_of(definitions: &mut Definitions) -> bool {
    let mut applied = false;
    for body in definitions.values_mut().filter_map(Value::as_object_mut) {
        for branch in branches_mut(body).into_iter().flatten().filter_map(Value::as_object_mut) {
            if !branch.contains_key("properties") {
                continue;
            }
            let Some(Value::Array(alternatives)) = branch.remove("anyOf") else {
                continue;
            };
            for alternative in alternatives {
                if let Some(Value::Object(properties)) = alternative.get("properties") {
                    merge_properties(branch, properties.clone());
                }
            }
            applied = true;
        }
    }
    applied
}

fn fold_nested_null(definitions: &mut Definitions) -> bool {
    each_object(definitions, &mut |schema| {
        let Some(Value::Array(outer)) = schema.get_mut("anyOf") else {
            return false;
        };
        let [inner, null] = outer.as_mut_slice() else {
            return false;
        };
        if *null != json!({"type": "null"}) {
            return false;
        }
        match inner.get_mut("anyOf").map(Value::take) {
            Some(inner) if inner.pointer("/1") == Some(null) => {
                schema.insert("anyOf".into(), inner);
                true
            }
            _ => false,
        }
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

fn flatten_untagged_unions(definitions: &mut Definitions) -> bool {
    let mut applied = false;
    // Each round goes one union deeper; unions that hold each other would never be flat.
    for _ in 0..DEEPEST_UNION {
        let unions: Definitions = definitions
            .iter()
            .filter(|(_, body)| body.get("anyOf").is_some())
            .map(|(name, body)| (name.clone(), body["anyOf"].clone()))
            .collect();
        let mut changed = false;
        for body in definitions.values_mut() {
            let Some(Value::Array(branches)) = body.get_mut("anyOf") else {
                continue;
            };
            for branch in mem::take(branches) {
                match reference(&branch).and_then(|name| unions.get(&name)) {
                    Some(Value::Array(inner)) => {
                        branches.extend(inner.iter().cloned());
                        changed = true;
                    }
                    _ => branches.push(branch),
                }
            }
        }
        if !changed {
            break;
        }
        applied = true;
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

fn merge_properties(schema: &mut Map<String, Value>, more: Map<String, Value>) {
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        for (name, body) in more {
            properties.entry(name).or_insert(body);
        }
    }
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
