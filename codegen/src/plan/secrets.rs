//! Fields whose values never reach `Debug`.
//!
//! A field that can hold text is secret when the last word of its name says so, whichever case
//! the name is in: `accessToken`, `api_key`, `client-secret`, `userCode`. `schema/methods.json` has
//! what the rule does not know: `secrets`, which it would miss, and `not_secret`, which it would
//! hide for nothing, each with the reason. A row is for a field of that name in all types, or in
//! one: `RequestHeader.value`, which comes first.
//!
//! A field that looks like a secret is hidden until somebody decides. [`undecided`] lists those: a
//! secret that the rule finds also has its row, as proof that somebody has looked.

use super::outline::{Outlines, Shape};
use crate::{
    load::Facts,
    model::{self, Ty},
};
use heck::ToSnakeCase;
use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// The last words of names of secrets, also in the plural. A code opens an account, or is one of
/// many other things, which get a row.
const WORDS: &[&str] = &[
    "authorization",
    "code",
    "cookie",
    "credential",
    "key",
    "passphrase",
    "password",
    "secret",
    "token",
];

/// True for a field that must not be shown. Flags and numbers about secrets are none.
pub(super) fn is_secret(
    facts: &Facts,
    outlines: &Outlines,
    owner: &str,
    wire: &str,
    ty: &Ty,
) -> bool {
    match row(facts, owner, wire) {
        Some(Row { secret, .. }) => secret && !ty.is_plain(),
        None => looks_secret(wire) && is_text(outlines, ty),
    }
}

/// What somebody has decided about a field.
struct Row {
    /// As it stands in the table.
    name: String,
    secret: bool,
}

fn row(facts: &Facts, owner: &str, wire: &str) -> Option<Row> {
    let names = [format!("{owner}.{wire}"), wire.to_owned()];
    names.into_iter().find_map(|name| {
        let secret = facts.secrets.contains_key(&name);
        (secret || facts.not_secret.contains_key(&name)).then_some(Row { name, secret })
    })
}

fn looks_secret(wire: &str) -> bool {
    let words = wire.to_snake_case();
    let last = words.rsplit('_').next().unwrap_or_default();
    WORDS.iter().any(|word| last == *word || last.strip_suffix('s') == Some(word))
}

/// Whether text can stand in it, also as one of many. The words of an enum are known to all.
fn is_text(outlines: &Outlines, ty: &Ty) -> bool {
    let mut ty = ty;
    while let Ty::List(inner) | Ty::Map(inner) | Ty::Option(inner) = ty {
        ty = inner;
    }
    match ty {
        Ty::String | Ty::Value | Ty::Object => true,
        Ty::Named(name) => match outlines.get(name).map(|outline| &outline.shape) {
            Some(Shape::Text) => true,
            Some(Shape::Untagged(contents)) => contents.iter().any(|content| {
                content.schema.get("type").and_then(Value::as_str) == Some("string")
            }),
            _ => false,
        },
        _ => false,
    }
}

/// Something about secrets that somebody has to decide; it says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// A field that looks like a secret, `Type.field`, and is hidden until it has a row.
    Field(String),
    /// A row of a table that is about no field.
    Stale {
        /// The table.
        table: &'static str,
        /// The row.
        row: String,
    },
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(
                f,
                "`{field}` looks like a secret, and `Debug` hides it: add `\"{field}\": \"why\"` to `secrets` in \
                 schema/methods.json, or to `not_secret` if anybody may see it"
            ),
            Self::Stale { table, row } => write!(
                f,
                "schema/methods.json has `{row}`, which no field is called that it would bear on; remove it from `{table}`"
            ),
        }
    }
}

/// All fields that look like secrets and have no row, and all rows that no field needs.
pub fn undecided(types: &[model::Type], facts: &Facts) -> Vec<Undecided> {
    let mut used = BTreeSet::new();
    let mut undecided = Vec::new();
    for (owner, field) in fields(types) {
        match row(facts, owner, &field.wire) {
            // Where it hides nothing, or nothing would be hidden, the row is of no use.
            Some(row) if field.secret || (!row.secret && looks_secret(&field.wire)) => {
                used.insert((row.secret, row.name));
            }
            Some(_) => {}
            None if field.secret => {
                undecided.push(Undecided::Field(format!("{owner}.{}", field.wire)));
            }
            None => {}
        }
    }
    for (table, secret, rows) in
        [("secrets", true, &facts.secrets), ("not_secret", false, &facts.not_secret)]
    {
        let stale = rows.keys().filter(|row| !used.contains(&(secret, (*row).clone())));
        undecided.extend(stale.map(|row| Undecided::Stale { table, row: row.clone() }));
    }
    undecided
}

/// What is hidden and what is not although it looks like a secret, one field per line, with the
/// reason: for review.
pub fn text(types: &[model::Type], facts: &Facts) -> String {
    let line = |(owner, field): (&str, &model::Field)| {
        let row = row(facts, owner, &field.wire);
        let table = if field.secret { &facts.secrets } else { &facts.not_secret };
        let reason = row.and_then(|row| table.get(&row.name));
        (field.secret || reason.is_some()).then(|| {
            let shown = if field.secret { "hidden" } else { "shown " };
            let reason = reason.map_or("it looks like a secret", String::as_str);
            format!("{shown} {owner}.{}: {reason}\n", field.wire)
        })
    };
    fields(types).filter_map(line).collect()
}

fn fields(types: &[model::Type]) -> impl Iterator<Item = (&str, &model::Field)> {
    let structs = types.iter().filter_map(|ty| match &ty.shape {
        model::Shape::Struct(own) => Some((ty.name.as_str(), own)),
        _ => None,
    });
    structs.flat_map(|(name, own)| own.fields.iter().map(move |field| (name, field)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_tells() {
        for wire in [
            "token",
            "accessToken",
            "api_key",
            "client-private-key",
            "APIKey",
            "clientSecret",
            "PASSWORD",
            "proxyAuthorization",
            "setCookie",
            "userCode",
            "accessTokens",
        ] {
            assert!(looks_secret(wire), "{wire}");
        }
        for wire in ["tokenCount", "monkey", "keyPath", "codec", "secretary", "unicode", ""] {
            assert!(!looks_secret(wire), "{wire}");
        }
    }

    #[test]
    fn only_what_holds_text_is_secret_and_rows_come_first() {
        let facts = Facts {
            secrets: [("Header.value", "w"), ("env", "w")].map(own).into(),
            not_secret: [("sortKey", "w"), ("A.token", "w")].map(own).into(),
            ..Facts::default()
        };
        let is = |owner: &str, wire: &str, ty: &str| {
            let ty = ty.parse().expect("it is a type");
            is_secret(&facts, &Outlines::new(), owner, wire, &ty)
        };
        assert!(is("X", "token", "String") && is("X", "tokens", "Vec<String>"));
        assert!(is("X", "keys", "BTreeMap<String, String>") && is("X", "key", "Value"));
        assert!(!is("X", "code", "i64") && !is("X", "token", "bool") && !is("X", "token", "Kind"));
        assert!(is("Header", "value", "String") && !is("Other", "value", "String"));
        assert!(is("X", "env", "BTreeMap<String, String>") && !is("X", "env", "bool"));
        assert!(!is("X", "sortKey", "String"));
        assert!(!is("A", "token", "String") && is("B", "token", "String"));
    }

    fn own((name, reason): (&str, &str)) -> (String, String) {
        (name.to_owned(), reason.to_owned())
    }
}
