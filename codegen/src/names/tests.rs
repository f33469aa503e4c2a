use super::*;
use std::collections::BTreeSet;

const KINDS: [Kind; 6] =
    [Kind::Type, Kind::Variant, Kind::Field, Kind::Method, Kind::Module, Kind::Constant];

fn variant(wire: &str) -> String {
    Kind::Variant.name(wire)
}

#[track_caller]
fn check(kind: Kind, expected: &[(&str, &str)]) {
    let names = distinct(kind, expected.iter().map(|(wire, _)| *wire));
    let expected = expected.iter().map(|(wire, name)| ((*wire).to_owned(), (*name).to_owned()));
    assert_eq!(names, expected.collect());
}

#[test]
fn names_read_like_rust() {
    assert_eq!(variant("on-request"), "OnRequest");
    assert_eq!(variant("item/agentMessage/delta"), "ItemAgentMessageDelta");
    assert_eq!(variant("5g"), "V5g");
    assert_eq!(variant("unknown"), "Unspecified");
    let method = |wire: &str| Kind::Method.name(wire);
    assert_eq!(method("thread/inject_items"), "thread_inject_items");
    assert_eq!(method("account/gatewayOAuth/read"), "account_gateway_oauth_read");
    assert_eq!(params_of_method("config/mcpServer/reload"), "ConfigMcpServerReloadParams");
}

#[test]
fn names_that_are_taken_get_an_underscore() {
    check(Kind::Variant, &[("Unknown", "Unspecified"), ("self", "Self_"), ("Err", "Err")]);
    check(
        Kind::Field,
        &[
            ("unknownFields", "unknown_fields_"),
            ("gen", "gen_"),
            ("new", "new_"),
            ("type", "type_"),
            ("self", "self_"),
            ("crate", "crate_"),
            ("default", "default"),
        ],
    );
    check(Kind::Method, &[("request", "request_"), ("events", "events_"), ("type", "type_")]);
    check(Kind::Module, &[("std", "std_"), ("mcpServer", "mcp_server")]);
    check(Kind::Constant, &[("xhigh", "XHIGH"), ("veryHigh", "VERY_HIGH"), ("3d", "V3D")]);
    check(
        Kind::Type,
        &[
            ("Value", "Value_"),
            ("Result", "Result_"),
            ("string", "String_"),
            ("Self", "Self_"),
            ("Thread", "Thread"),
            ("GatewayOAuthPrompt", "GatewayOAuthPrompt"),
            ("v2/Array_of_Thing", "V2ArrayOfThing"),
        ],
    );
    assert_eq!((accessor("tag").as_str(), accessor("id").as_str()), ("tag_", "id"));
}

#[test]
fn the_plainest_keeps_the_name_that_several_come_to() {
    check(Kind::Variant, &[("gpt-54", "Gpt54"), ("gpt-5.4", "GptDash5Dot4")]);
    check(Kind::Variant, &[("fooBar", "FooBar"), ("foo_bar", "FooUnderscoreBar")]);
    check(Kind::Field, &[("fooBar", "foo_bar"), ("foo_bar", "foo_underscore_bar")]);
    check(Kind::Variant, &[("foo", "Foo"), ("FOO", "Foo3"), ("Foo", "Foo4"), ("foo2", "Foo2")]);
    check(Kind::Variant, &[("unspecified", "Unspecified"), ("unknown", "Unspecified2")]);
    check(Kind::Variant, &[("v5g", "V5g"), ("5g", "V5g2")]);
    check(Kind::Method, &[("a/b", "a_b"), ("a_b", "a_underscore_b")]);
}

#[test]
fn what_has_no_letters_or_others_is_spelled() {
    check(Kind::Variant, &[("", "Empty"), ("-", "Dash"), ("*", "Star"), ("=", "U003d")]);
    check(Kind::Variant, &[("größe", "GrU00f6U00dfE"), ("\u{202e}", "U202e")]);
    check(Kind::Field, &[("", "empty"), ("3d", "v3d"), ("$ref", "ref_"), ("世", "u4e16")]);
}

#[test]
fn a_key_that_is_a_string_too_stands_for_its_content() {
    let (words, keys) = keyed_variants(["denied", "open"], ["denied", "other"]);
    assert_eq!(words["denied"], "Denied");
    assert_eq!((keys["denied"].as_str(), keys["other"].as_str()), ("DeniedContent", "Other"));
}

#[test]
fn a_branch_is_named_by_its_tag_and_its_union() {
    let of = |union, wire| branch_structs(union, [wire], |_| false).remove(wire);
    assert_eq!(of("UserInput", "localImage").as_deref(), Some("LocalImageUserInput"));
    assert_eq!(of("ThreadItem", "agentMessage").as_deref(), Some("AgentMessageItem"));
    assert_eq!(of("SandboxPolicy", "externalSandbox").as_deref(), Some("ExternalSandboxPolicy"));
}

#[test]
fn structs_of_branches_make_way() {
    let both = ["externalSandbox", "external"];
    let names = branch_structs("SandboxPolicy", both, |_| false);
    assert_eq!(names["external"], "ExternalSandboxPolicy");
    assert_eq!(names["externalSandbox"], "SandboxPolicyExternalSandbox");
    let names = branch_structs("B", ["a"], |name| ["AB", "BA"].contains(&name));
    assert_eq!(names["a"], "BA2");
    let names = payloads_of_methods(["a/b", "aB"], PARAMS, |name| name == "ABParams");
    assert_eq!((names["aB"].as_str(), names["a/b"].as_str()), ("ABParams2", "ASlashBParams"));
}

#[test]
fn shared_words_are_dropped() {
    assert_eq!(distinct_part("ThreadItemsListAnchor", "ThreadItemsListCursor"), "Anchor");
    assert_eq!(distinct_part("FieldTextSchema", "FieldSchema"), "Text");
    assert_eq!(distinct_part("Anchor", "Cursor"), "Anchor");
}

/// A generator of numbers: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from(mixed >> 33).unwrap() % end
    }
}

/// Names that are likely to meet: of few parts, and of whole names that are taken.
fn wires(random: &mut Random) -> Vec<String> {
    let parts = [
        "foo", "Foo", "FOO", "bar", "Bar", "2", "5", "_", "-", ".", "/", " ", "é", "世", "self",
        "Self", "unknown", "Unknown", "type", "gen", "new", "events", "Value", "dash", "u00e9", "",
        "\r", "\u{202e}", "OAuth", "content",
    ];
    let count = 1 + random.below(30);
    let name = |random: &mut Random| {
        (0..random.below(4)).map(|_| parts[random.below(parts.len())]).collect()
    };
    (0..count).map(|_| name(random)).collect()
}

#[test]
fn whatever_the_wire_names_are_the_names_are_distinct_and_rust() {
    for seed in 0..2000 {
        let random = &mut Random(seed);
        let mut wires = wires(random);
        for kind in KINDS {
            let names = distinct(kind, wires.iter().map(String::as_str));
            let different: BTreeSet<&String> = names.values().collect();
            assert_eq!(different.len(), names.len(), "{seed}: {names:?}");
            assert_eq!(
                names.keys().cloned().collect::<BTreeSet<_>>(),
                wires.iter().cloned().collect()
            );
            for name in names.values() {
                assert!(is_name(name) && !kind.is_taken(name), "{seed}: {name}");
                let starts_rightly = match kind {
                    Kind::Type | Kind::Variant => {
                        name.starts_with(|c: char| c.is_ascii_uppercase())
                    }
                    Kind::Field | Kind::Method | Kind::Module => {
                        !name.contains(|c: char| c.is_ascii_uppercase())
                    }
                    Kind::Constant => !name.contains(|c: char| c.is_ascii_lowercase()),
                };
                assert!(starts_rightly, "{seed}: {name}");
            }
            // In another order they are the same.
            let (left, right) = (random.below(wires.len()), random.below(wires.len()));
            wires.swap(left, right);
            wires.reverse();
            assert_eq!(distinct(kind, wires.iter().map(String::as_str)), names, "{seed}");
        }
    }
}

#[test]
fn a_name_of_any_length_is_one() {
    let long = "long name ".repeat(100_000);
    let twice = [long.clone() + "a", long + "b"];
    let names = distinct(Kind::Field, twice.iter().map(String::as_str));
    assert!(names.values().all(|name| is_name(name) && name.len() < 200), "{names:?}");
    assert_eq!(names.values().collect::<BTreeSet<_>>().len(), 2);
}

/// The clients are written by hand, and the names of their methods are taken.
#[test]
fn the_methods_of_both_clients_are_taken() {
    let mut taken: BTreeSet<String> = ["clone", "into"].map(str::to_owned).into();
    for file in ["client.rs", "blocking/client.rs"] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/").to_owned() + file;
        let source = std::fs::read_to_string(path).expect("the client can be read");
        for item in syn::parse_file(&source).expect("the client is Rust").items {
            let syn::Item::Impl(item) = item else { continue };
            if matches!(&*item.self_ty, syn::Type::Path(ty) if ty.path.is_ident("Client")) {
                taken.extend(item.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                    _ => None,
                }));
            }
        }
    }
    // Of traits, which nobody calls by this name.
    taken.remove("fmt");
    assert_eq!(taken, taken::METHODS.iter().map(|name| (*name).to_owned()).collect());
}
