//! `cargo xtask coverage`: how much of a schema is typed by what the generator writes for
//! the pinned codex.

#[cfg(test)]
mod emitted;
mod typed;

use std::{collections::BTreeMap, fmt::Write as _};

use codex_app_server_codegen::load::Facts;
use xtask::{error::Result, workspace::Workspace};

use crate::{
    origin::Origin,
    protocol::{Method, Protocol, Type},
};

use typed::{Parts, Request, Typed};

/// Prints the scorecard of a schema. Less than all is an error, for any.
pub(crate) fn coverage(workspace: &Workspace, origin: &Origin) -> Result<()> {
    let api = codex_app_server_codegen::api(&workspace.schema());
    let api = api.map_err(|error| error.to_string())?;
    // How methods are paired is part of what is measured.
    let protocol = Protocol::of(&origin.files, &Facts::default())?;
    let scores = scores(&protocol, &Typed::of(&api));
    print!("{}", card(&scores));
    match scores.iter().map(|score| score.missing.len()).sum() {
        0 => Ok(()),
        missing => Err(format!(
            "{missing} of {} are not typed. For another codex, `cargo xtask regen VERSION` pins it",
            origin.name
        )),
    }
}

/// What is typed of one kind of thing.
struct Score {
    kind: &'static str,
    total: usize,
    /// By name, with the reason.
    missing: Vec<String>,
}

impl Score {
    /// `check` returns why something is not typed.
    fn of<T>(
        kind: &'static str,
        all: &BTreeMap<String, T>,
        check: impl Fn(&str, &T) -> Option<String>,
    ) -> Self {
        let missing =
            all.iter().filter_map(|(name, one)| Some(format!("{name}: {}", check(name, one)?)));
        Self { kind, total: all.len(), missing: missing.collect() }
    }
}

fn scores(protocol: &Protocol, typed: &Typed) -> Vec<Score> {
    let is_typed = |name: &str| typed.types.contains_key(name);
    let params = |method: &Method, typed: Option<&str>| match (typed, &method.params) {
        (None, _) => Some("not in the table of methods".to_owned()),
        (Some(typed), Some(params)) if typed != params => {
            Some(format!("takes `{typed}`, but here it is `{params}`"))
        }
        (Some(typed), _) if !is_typed(typed) => Some(format!("`{typed}` is not typed")),
        _ => None,
    };
    let response = |request: Option<&Request>| match request {
        None => Some("not in the table of methods".to_owned()),
        Some(Request { response, .. }) if !is_typed(response) => {
            Some(format!("`{response}` is not typed"))
        }
        Some(Request { response, .. }) if !protocol.types.contains_key(response) => {
            Some(format!("is read as `{response}`, which is not defined here"))
        }
        _ => None,
    };
    let (requests, server_requests) = (&typed.requests, &typed.server_requests);
    vec![
        Score::of("requests", &protocol.requests, |name, method| {
            params(method, requests.get(name).map(params_of))
        }),
        Score::of("responses", &protocol.requests, |name, _| response(requests.get(name))),
        Score::of("server requests", &protocol.server_requests, |name, method| {
            params(method, server_requests.get(name).map(params_of))
        }),
        Score::of("server request responses", &protocol.server_requests, |name, _| {
            response(server_requests.get(name))
        }),
        Score::of("notifications", &protocol.notifications, |name, method| {
            params(method, typed.notifications.get(name).map(String::as_str))
        }),
        Score::of("definitions", &protocol.types, |name, ty| {
            definition(ty, typed.types.get(name), &is_typed)
        }),
    ]
}

/// The names in the text of a type.
fn words(ty: &str) -> impl Iterator<Item = &str> {
    ty.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

fn params_of(request: &Request) -> &str {
    &request.params
}

/// A definition is typed when all of its fields and values are.
fn definition(ty: &Type, typed: Option<&Parts>, is_typed: &dyn Fn(&str) -> bool) -> Option<String> {
    let Some(typed) = typed else {
        // `X or null` is typed as X is.
        let is_other_name = ty.parts.is_empty() && is_typed(&ty.kind);
        return (!is_other_name).then(|| "not typed".to_owned());
    };
    let mut gaps = Vec::new();
    for (name, part) in &ty.parts {
        let mentions = |text: &str, word: &str| words(text).any(|other| other == word);
        match typed.get(name) {
            None => gaps.push(format!("no {name}")),
            Some(rust) if mentions(rust, "Value") && !mentions(&part.ty, "any") => {
                gaps.push(format!("{name} is untyped JSON, not {}", part.ty));
            }
            Some(_) => {}
        }
    }
    (!gaps.is_empty()).then(|| gaps.join(", "))
}

fn card(scores: &[Score]) -> String {
    let mut card = format!("{:26}{:>7}{:>7}{:>9}\n", "", "typed", "total", "");
    for Score { kind, total, missing } in scores {
        let typed = total - missing.len();
        let percent = match total {
            0 => 100.0,
            _ => 100.0 * typed as f64 / *total as f64,
        };
        let _ = writeln!(card, "{kind:26}{typed:7}{total:7}{percent:8.1}%");
    }
    for Score { kind, missing, .. } in scores.iter().filter(|score| !score.missing.is_empty()) {
        let _ = writeln!(card, "\nmissing {kind}:");
        for name in missing {
            let _ = writeln!(card, "  {name}");
        }
    }
    card
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use codex_app_server_codegen::load::{self, Schema};
    use serde_json::json;

    use super::*;
    use crate::schema;

    #[test]
    fn the_pinned_schema_is_typed_in_full() {
        let pinned = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema"));
        let api = codex_app_server_codegen::api(&pinned).unwrap();
        let source = codex_app_server_codegen::emit::source(&api).unwrap();
        let files = schema::read_tree(&pinned).unwrap();
        let protocol = Protocol::of(&files, &Facts::default()).unwrap();
        // As it was planned, and as it was written.
        for typed in [Typed::of(&api), emitted::read(&source).unwrap()] {
            let scores = scores(&protocol, &typed);
            let card = card(&scores);
            assert!(scores.iter().all(|score| score.missing.is_empty()), "{card}");
            assert!(scores.iter().all(|score| score.total > 0), "{card}");
        }
    }

    #[test]
    fn what_is_written_is_what_was_planned() {
        let pinned = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../schema"));
        let api = codex_app_server_codegen::api(&pinned).unwrap();
        let source = codex_app_server_codegen::emit::source(&api).unwrap();
        let (planned, written) = (Typed::of(&api), emitted::read(&source).unwrap());
        assert_eq!(planned.requests, written.requests);
        assert_eq!(planned.server_requests, written.server_requests);
        assert_eq!(planned.notifications, written.notifications);
        let names = |typed: &Typed| -> Vec<String> {
            let parts = typed.types.iter().flat_map(|(name, parts)| {
                parts.keys().map(move |part| format!("{name} {part}")).chain([name.clone()])
            });
            // Fields that every struct has besides.
            parts.filter(|name| !name.ends_with("unknown_fields")).collect()
        };
        assert_eq!(names(&planned), names(&written));
    }

    #[test]
    fn what_is_missing_is_named_with_the_reason() {
        let method = |name: &str, params: &str| load::Method {
            name: name.to_owned(),
            params: Some(params.to_owned()),
            description: String::new(),
        };
        let definitions = json!({
            "AParams": {"type": "object", "properties": {
                "new": {"type": "string"}, "list": {"type": "array", "items": {"type": "string"}}, "free": true,
            }},
            "Level": {"enum": ["low", "high"]},
            "MaybeLevel": {"anyOf": [{"$ref": "#/definitions/Level"}, {"type": "null"}]},
            "BResponse": {"type": "object"},
        });
        let schema = Schema {
            requests: vec![method("a", "AParams"), method("b", "BParams"), method("c", "CParams")],
            definitions: serde_json::from_value(definitions).unwrap(),
            ..Schema::default()
        };
        let emitted = emitted::read(
            r#"
            pub struct AParams { pub list: Vec<Value>, pub free: Value }
            object!(AParams { list: "list" required; free: "free" required; });
            pub struct AResponse {}
            object!(AResponse {});
            pub enum Level { Low, High }
            open_enum!(Level { Low = "low"; High = "high"; });
            client_requests! {
                AParams -> AResponse = "a", experimental: false;
                OtherParams -> BResponse = "b", experimental: false;
            }"#,
        );
        let protocol = Protocol::new(schema, None, &Facts::default());
        assert_eq!(
            card(&scores(&protocol, &emitted.unwrap())),
            "                            typed  total         
requests                        1      3    33.3%
responses                       0      3     0.0%
server requests                 0      0   100.0%
server request responses        0      0   100.0%
notifications                   0      0   100.0%
definitions                     2      4    50.0%

missing requests:
  b: takes `OtherParams`, but here it is `BParams`
  c: not in the table of methods

missing responses:
  a: is read as `AResponse`, which is not defined here
  b: `BResponse` is not typed
  c: not in the table of methods

missing definitions:
  AParams: list is untyped JSON, not [string], no new
  BResponse: not typed
"
        );
    }
}
