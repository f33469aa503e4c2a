//! Step 2: changes to what the schema says in a way that types badly.
//!
//! Each repair is a function that reports whether it found something to do. It is made where it
//! applies: a version that says the thing rightly needs no edit. `cargo xtask regen` names those
//! that found nothing.

use crate::load::{Definitions, reference};
use heck::ToLowerCamelCase;
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
    /// Makes the repair, and tells whether there was anything to repair.
    pub fn apply(&self, definitions: &mut Definitions) -> bool {
        (self.apply)(definitions)
    }
}

/// Where the schema says something else than codex writes. They come before the repairs, and make
/// the schema that values are to be held against.
pub const CORRECTIONS: &[Repair] = &[Repair {
    name: "camel_case_members",
    why: "the schema names members of some unions as Rust does (`turn_id`), where codex writes camel case (`turnId`) as \
          everywhere else: measured for `thread/timeline/list` of 0.169.0, and so in what `generate-ts` writes",
    evidence: MISNAMED,
    apply: camel_case_members,
}];

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

/// Makes the corrections that apply.
pub fn correct(definitions: &mut Definitions) {
    for correction in CORRECTIONS {
        correction.apply(definitions);
    }
}

/// Makes the corrections and repairs that apply, and returns the others.
pub fn what_applies(definitions: &mut Definitions) -> Vec<&'static Repair> {
    let all = CORRECTIONS.iter().chain(REPAIRS);
    all.filter(|repair| !repair.apply(definitions)).collect()
}

/// How many untagged unions may stand in each other.
const DEEPEST_UNION: usize = 8;

/// Unions whose members are misnamed in the schema.
const MISNAMED: &[&str] =
    &["AccountSessionsSwitchResponse", "ThreadRealtimeItem", "ThreadTimelineEntry"];

fn camel_case_members(definitions: &mut Definitions) -> bool {
    let mut applied = false;
    for name in MISNAMED {
        let union = definitions.get_mut(*name).and_then(Value::as_object_mut);
        for branch in union.and_then(branches_mut).into_iter().flatten() {
            if let Some(Value::Object(properties)) = branch.get_mut("properties") {
                for (name, body) in mem::take(properties) {
                    let right = name.to_lower_camel_case();
                    applied |= right != name;
                    properties.insert(right, body);
                }
            }
            if let Some(Value::Array(required)) = branch.get_mut("required") {
                for name in required {
                    *name = name.as_str().unwrap_or_default().to_lower_camel_case().into();
                }
            }
        }
    }
    applied
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
