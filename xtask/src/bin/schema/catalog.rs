//! The model catalog of the testkit: models of ours, with the members that codex wants of each. And
//! what codex's own catalog says that the schema does not.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Map, Value};
use xtask::error::Result;

pub(crate) const CATALOG: &str = "testkit/data/model_catalog.json";

const BUNDLED: &str = "codex's own catalog";

type Members = Map<String, Value>;

/// The catalog as a codex with this own one wants it: what all its models have and ours lack is
/// added, and what none of them has is removed. Values that are there stay.
pub(crate) fn adapt(catalog: &str, bundled: &str) -> Result<String> {
    let (mut ours, theirs) = (models(catalog, CATALOG)?, models(bundled, BUNDLED)?);
    let before = ours.clone();
    for model in &mut ours {
        // What it has not is as in the model that it is most like.
        let likeness = |other: &&Members| {
            model.iter().filter(|(name, value)| other.get(*name) == Some(value)).count()
        };
        let Some(nearest) = theirs.iter().max_by_key(likeness) else { continue };
        for (name, value) in nearest {
            if !model.contains_key(name) && theirs.iter().all(|other| other.contains_key(name)) {
                model.insert(name.clone(), value.clone());
            }
        }
        model.retain(|name, _| theirs.iter().any(|other| other.contains_key(name)));
    }
    // The text is as somebody has laid it out, unless there is something to change.
    if ours == before {
        return Ok(catalog.to_owned());
    }
    let models = Value::Array(ours.into_iter().map(Value::Object).collect());
    Ok(format!("{:#}\n", serde_json::json!({ "models": models })))
}

/// The reasoning efforts that models of a catalog take.
pub(crate) fn efforts(bundled: &str) -> Result<BTreeSet<String>> {
    let models = models(bundled, BUNDLED)?;
    let levels = models.iter().filter_map(|model| model.get("supported_reasoning_levels"));
    let levels = levels.filter_map(Value::as_array).flatten();
    Ok(levels.filter_map(|level| Some(level.get("effort")?.as_str()?.to_owned())).collect())
}

/// The catalog that codex says it has, without asking anybody.
pub(crate) fn bundled(binary: &Path) -> Result<String> {
    let home = tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
    let output = Command::new(binary)
        .args(["debug", "models", "--bundled"])
        .env("CODEX_HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {}: {error}", binary.display()))?;
    if !output.status.success() {
        return Err(format!(
            "`codex debug models --bundled` failed ({}):\n{}\nIf codex has no such command now, adapt xtask/src/bin/schema/catalog.rs",
            output.status,
            String::from_utf8_lossy(&output.stderr),
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn models(text: &str, of: &str) -> Result<Vec<Members>> {
    let wrong = |problem: &str| format!("{of} is no model catalog: {problem}");
    let mut file: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
    let Value::Array(models) = file["models"].take() else {
        return Err(wrong("it has no list `models`"));
    };
    let members = models.into_iter().map(|model| match model {
        Value::Object(members) => Ok(members),
        other => Err(wrong(&format!("{other} is no model"))),
    });
    members.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_come_and_go_and_values_stay() {
        let ours = json!({"models": [{"slug": "mock", "kind": "b", "gone": 1}]}).to_string();
        let theirs = json!({"models": [
            {"slug": "x", "kind": "a", "new": 1, "some": 2},
            {"slug": "y", "kind": "b", "new": 2},
        ]});
        let adapted = adapt(&ours, &theirs.to_string()).unwrap();
        let expected = json!({"models": [{"slug": "mock", "kind": "b", "new": 2}]});
        assert_eq!(serde_json::from_str::<Value>(&adapted).unwrap(), expected);
        // And then there is nothing to do.
        assert_eq!(adapt(&adapted, &theirs.to_string()).unwrap(), adapted);
    }

    #[test]
    fn efforts_are_those_of_all_models() {
        let effort = |name| json!({"effort": name, "description": "…"});
        let catalog = json!({"models": [
            {"supported_reasoning_levels": [effort("low"), effort("high")]},
            {"supported_reasoning_levels": [effort("max"), effort("low")]},
            {"slug": "does not reason"},
        ]});
        let efforts = efforts(&catalog.to_string()).unwrap();
        assert!(efforts.iter().eq(["high", "low", "max"]), "{efforts:?}");
    }

    #[test]
    fn what_is_no_catalog_is_refused() {
        for text in ["{", "{}", r#"{"models": [7]}"#] {
            assert!(adapt(text, text).unwrap_err().contains("is no model catalog"), "{text}");
        }
    }
}
