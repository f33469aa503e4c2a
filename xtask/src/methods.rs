//! `schema/methods.json`, the tables that are written by hand: each row on a line of its own, in
//! the order of the names, so that what is added or removed is one line of a diff.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::Result;

/// The file's name in `schema/`.
pub const METHODS: &str = "methods.json";

/// The tables in the order of the file.
const ORDER: [&str; 9] = [
    "responses",
    "notifications",
    "no_deadline",
    "read_only",
    "control",
    "refusals",
    "secrets",
    "not_secret",
    "usual",
];

/// Rows by table and method; what a mere list has is `None`.
pub struct Tables(BTreeMap<String, Rows>);

enum Rows {
    List(Vec<String>),
    Values(BTreeMap<String, Value>),
}

impl Tables {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// When it is not what it should be.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |problem: String| format!("schema/{METHODS}: {problem}");
        let file: BTreeMap<String, Value> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut tables = BTreeMap::new();
        for (name, table) in file {
            let rows = match table {
                Value::Object(rows) => Rows::Values(rows.into_iter().collect()),
                table => Rows::List(
                    serde_json::from_value(table)
                        .map_err(|error| wrong(format!("`{name}`: {error}")))?,
                ),
            };
            tables.insert(name, rows);
        }
        Ok(Self(tables))
    }

    /// Removes a row, and tells whether it was there.
    pub fn remove(&mut self, table: &str, method: &str) -> bool {
        match self.0.get_mut(table) {
            Some(Rows::Values(rows)) => rows.remove(method).is_some(),
            Some(Rows::List(rows)) => {
                let before = rows.len();
                rows.retain(|row| row != method);
                rows.len() < before
            }
            None => false,
        }
    }

    /// Adds the rows of another; where both have one, it is the other's.
    ///
    /// # Errors
    /// When a table is a list here, and not there.
    pub fn extend(&mut self, more: Self) -> Result<()> {
        for (name, rows) in more.0 {
            match (self.0.get_mut(&name), rows) {
                (Some(Rows::Values(own)), Rows::Values(rows)) => own.extend(rows),
                (Some(Rows::List(own)), Rows::List(rows)) => own.extend(rows),
                (None, rows) => {
                    self.0.insert(name, rows);
                }
                _ => return Err(format!("the table `{name}` is a list in one place only")),
            }
        }
        Ok(())
    }

    /// The methods that a table has a row for.
    pub fn methods(&self, table: &str) -> Vec<&str> {
        match self.0.get(table) {
            Some(Rows::List(rows)) => rows.iter().map(String::as_str).collect(),
            Some(Rows::Values(rows)) => rows.keys().map(String::as_str).collect(),
            None => Vec::new(),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let place = |name: &str| ORDER.iter().position(|known| *known == name);
        let mut tables: Vec<_> = self.0.iter().collect();
        tables.sort_by_key(|(name, _)| (place(name).unwrap_or(ORDER.len()), name.as_str()));
        let tables = tables.into_iter().map(|(name, rows)| {
            let (open, close, mut rows): (_, _, Vec<String>) = match rows {
                Rows::List(rows) => ('[', ']', rows.iter().map(|row| quoted(row)).collect()),
                Rows::Values(rows) => {
                    let row = |(method, value): (&String, &Value)| {
                        format!("{}: {}", quoted(method), line(value))
                    };
                    ('{', '}', rows.iter().map(row).collect())
                }
            };
            rows.sort();
            rows.dedup();
            if rows.is_empty() {
                return format!("  {}: {open}{close}", quoted(name));
            }
            format!("  {}: {open}\n    {}\n  {close}", quoted(name), rows.join(",\n    "))
        });
        format!("{{\n{}\n}}\n", tables.collect::<Vec<_>>().join(",\n"))
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A value on one line, with spaces. It is as deep as serde_json reads, and no deeper.
fn line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| format!("{}: {}", quoted(name), line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_and_removed_and_in_order() {
        let mut tables = Tables::parse(
            r#"{"refusals": {"b": {"x": [1, {"y": null}]}, "a": null}, "read_only": ["d", "c"], "control": []}"#,
        )
        .unwrap();
        let more =
            r#"{"responses": {"e": "EResponse"}, "read_only": ["a", "c"], "refusals": {"a": 1}}"#;
        tables.extend(Tables::parse(more).unwrap()).unwrap();
        assert!(tables.remove("read_only", "d"));
        assert!(tables.remove("refusals", "a"));
        assert!(!tables.remove("refusals", "a"));
        assert_eq!(
            tables.text(),
            r#"{
  "responses": {
    "e": "EResponse"
  },
  "read_only": [
    "a",
    "c"
  ],
  "control": [],
  "refusals": {
    "b": {"x": [1, {"y": null}]}
  }
}
"#
        );
        assert!(tables.extend(Tables::parse(r#"{"refusals": ["a"]}"#).unwrap()).is_err());
    }

    #[test]
    fn the_file_is_in_order() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/methods.json");
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(Tables::parse(&text).unwrap().text(), text);
    }
}
