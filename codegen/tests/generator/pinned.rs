//! What the pinned schema becomes.

use codex_app_server_codegen::{
    api, emit, inventory,
    load::{self, Facts, Method, Schema},
    model::{Api, Given, Making, Shape},
    repair,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema")
}

fn pinned() -> Api {
    api(&dir()).expect("the pinned schema can be planned")
}

/// What a flavour of it says, repaired.
fn schema(flavour: &str) -> Schema {
    let mut schema = load::folder(&dir().join(flavour)).expect("the pinned schema can be read");
    repair::what_applies(&mut schema.definitions);
    schema
}

#[test]
fn what_has_a_tag_is_told_by_it() {
    let (api, schema) = (pinned(), schema("experimental"));
    for ty in &api.types {
        let Shape::Untagged { branches, .. } = &ty.shape else { continue };
        let of = |branch: &Value| -> Vec<String> {
            let properties = branch["properties"].as_object().into_iter().flatten();
            let fixed = properties.filter(|(_, schema)| {
                schema["enum"].as_array().is_some_and(|texts| texts.len() == 1)
            });
            fixed.map(|(name, _)| name.clone()).collect()
        };
        let body = &schema.definitions[&ty.name];
        let found = ["oneOf", "anyOf"].iter().find_map(|key| body[*key].as_array());
        let tags: Vec<_> = found.into_iter().flatten().map(of).collect();
        let common =
            tags.first().into_iter().flatten().find(|tag| tags.iter().all(|of| of.contains(tag)));
        assert_eq!(common, None, "`{}` is told by its tag", ty.name);
        assert!(!branches.is_empty(), "`{}` has branches", ty.name);
    }
}

#[test]
fn every_method_is_there_and_says_whether_it_is_experimental() {
    let (api, experimental, stable) = (pinned(), schema("experimental"), schema("stable"));
    let expected = |list: fn(&Schema) -> &Vec<Method>| -> BTreeMap<String, bool> {
        let is_stable = |name: &str| list(&stable).iter().any(|method| method.name == name);
        let methods = list(&experimental).iter();
        methods.map(|method| (method.name.clone(), !is_stable(&method.name))).collect()
    };
    let requests = api.requests.iter().map(|it| (it.method.clone(), it.experimental));
    assert_eq!(requests.collect::<BTreeMap<_, _>>(), expected(|schema| &schema.requests));
    let asked = api.server_requests.iter().map(|it| (it.method.clone(), it.experimental));
    assert_eq!(asked.collect::<BTreeMap<_, _>>(), expected(|schema| &schema.server_requests));
    let (listed, others): (Vec<_>, Vec<_>) = api.notifications.iter().partition(|it| it.listed);
    let told = listed.iter().map(|it| (it.method.clone(), it.experimental));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), expected(|schema| &schema.notifications));
    let facts = Facts::read(&dir().join("methods.json")).expect("the tables can be read");
    let others: Vec<_> = others.iter().map(|it| &it.method).collect();
    assert_eq!(others, facts.notifications.keys().collect::<Vec<_>>());
}

/// Values side by side could be swapped, and a new one would shift the others.
#[test]
fn a_constructor_takes_one_value_at_most_and_several_are_given_by_name() {
    let mut by_name = 0;
    for ty in pinned().types {
        let Shape::Struct(own) = ty.shape else { continue };
        let required = own.fields.iter().filter_map(|field| match &field.given {
            Some(Given::Argument { is_step, .. }) => Some((&field.name, *is_step)),
            _ => None,
        });
        let required: BTreeMap<&String, bool> = required.collect();
        match &own.making {
            Making::Steps(steps) => {
                by_name += 1;
                assert!(required.len() > 1 && required.values().all(|is_step| *is_step));
                let named: BTreeMap<&String, bool> =
                    steps.iter().map(|step| (step, true)).collect();
                assert_eq!((required, named.len()), (named, steps.len()), "{}", ty.name);
            }
            Making::New => assert!(required.len() == 1 && required.values().all(|step| !step)),
            _ => assert!(required.is_empty(), "{} requires {required:?}", ty.name),
        }
    }
    assert!(by_name > 0);
}

#[test]
fn each_type_is_described_by_the_schema_or_by_where_it_is_used() {
    for ty in pinned().types {
        let repeats = ty.docs.contains(&format!("`{}`", ty.name)) && ty.docs.len() < 80;
        assert!(!ty.docs.is_empty() && !repeats, "`{}`: {}", ty.name, ty.docs);
    }
}

/// Who knows a method finds what it carries, and who looks through the areas finds all types.
#[test]
fn each_type_is_in_an_area_and_each_method_has_what_it_carries_in_its_own() {
    let api = pinned();
    let areas: BTreeMap<&str, BTreeSet<&str>> = api
        .areas
        .iter()
        .map(|area| (area.name.as_str(), area.types.iter().map(String::as_str).collect()))
        .collect();
    for ty in &api.types {
        let within: Vec<_> =
            areas.iter().filter(|(_, types)| types.contains(ty.name.as_str())).collect();
        assert!(!within.is_empty(), "`{}` is in no area", ty.name);
    }
    let requests = api.requests.iter().map(|own| (&own.method, vec![&own.params, &own.response]));
    let asked =
        api.server_requests.iter().map(|own| (&own.method, vec![&own.params, &own.response]));
    let told = api.notifications.iter().map(|own| (&own.method, vec![&own.params]));
    for (method, types) in requests.chain(asked).chain(told) {
        let listed = |text: &str| text.contains(&format!("[`{method}`]("));
        let own: Vec<_> = api.areas.iter().filter(|area| listed(&area.docs)).collect();
        let [area] = own.as_slice() else { panic!("`{method}` is in {} areas", own.len()) };
        for name in types {
            assert!(area.types.contains(name), "`{name}` is not in `{}`", area.name);
        }
    }
    assert!(areas["thread"].contains("AgentMessageItem"), "the branches are where the union is");
    assert!(areas["thread"].contains("ThreadItem") && areas["turn"].contains("TurnError"));
}

#[test]
fn variants_have_names_and_the_text_is_stable() {
    let text = || emit::source(&pinned()).expect("what is emitted is Rust");
    let (text, again) = (text(), text());
    let numbered = text
        .match_indices("Variant")
        .find(|(at, name)| text[at + name.len()..].starts_with(|next: char| next.is_ascii_digit()));
    assert_eq!(numbered, None);
    assert_eq!(text, again);
}

#[test]
fn the_inventory_names_everything() {
    let text = inventory::text(&pinned());
    for line in [
        "thread/start ThreadStartParams -> ThreadStartResponse",
        "thread/search ThreadSearchParams -> ThreadSearchResponse *",
        "item/tool/call DynamicToolCallParams -> DynamicToolCallResponse",
        "rawResponse/completed RawResponseCompletedNotification (not in the schema) *",
        "union ThreadItem by type",
        "  \"agentMessage\": AgentMessageItem",
    ] {
        assert!(text.lines().any(|known| known == line), "{line:?} is missing");
    }
}
