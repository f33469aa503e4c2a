//! What somebody should look at after a move: nothing is wrong with it, and only a reader can tell
//! whether it is right.

use std::collections::BTreeSet;

use codex_app_server_codegen::{load, model::Api, repair};
use xtask::error::Result;

use crate::{
    planned,
    schema::{self, EXPERIMENTAL, Files},
};

/// The repairs that found nothing in a schema.
pub(crate) fn idle_repairs(files: &Files) -> Result<Vec<String>> {
    let staged = schema::stage(files)?;
    let read = load::folder(&staged.path().join(EXPERIMENTAL));
    let mut definitions = read.map_err(|error| error.to_string())?.definitions;
    let idle = repair::what_applies(&mut definitions).into_iter();
    let note = |repair: &repair::Repair| {
        format!(
            "the repair `{}` found nothing to repair; remove it from codegen/src/repair.rs if no version needs it \
             that is still of interest. It is there because {}",
            repair.name, repair.why
        )
    };
    Ok(idle.map(note).collect())
}

/// What is new, and may need a row in a table.
pub(crate) fn new_in(before: &Api, after: &Api) -> Vec<String> {
    let known: BTreeSet<&str> = before.requests.iter().map(|it| it.method.as_str()).collect();
    let new = after.requests.iter().filter(|request| !known.contains(request.method.as_str()));
    let unmarked = new.filter(|it| it.deadline && !it.read_only && !it.control);
    let unmarked: Vec<&str> = unmarked.map(|it| it.method.as_str()).collect();
    let mut notes = Vec::new();
    if !unmarked.is_empty() {
        notes.push(format!(
            "new requests: {}. In schema/methods.json, `read_only` is for those that change nothing and may be \
             repeated, `no_deadline` for those that take as long as their work does, `control` for those that end \
             what another has begun; a line each: `\"{}\",`",
            unmarked.join(", "),
            unmarked[0],
        ));
    }
    notes
}

/// Whether the usual reasoning efforts are those that codex's models take.
pub(crate) fn efforts(advertised: &BTreeSet<String>, tables: &Files) -> Result<Option<String>> {
    const TYPE: &str = "ReasoningEffort";
    let facts = planned::facts(tables)?;
    let Some(usual) = facts.usual.get(TYPE) else { return Ok(None) };
    let usual: BTreeSet<String> = usual.iter().cloned().collect();
    let missing: Vec<_> = advertised.difference(&usual).collect();
    let gone: Vec<_> = usual.difference(advertised).collect();
    Ok((usual != *advertised).then(|| {
        format!(
            "of the reasoning efforts that models take, the row `{TYPE}` of `usual` in schema/methods.json lacks \
             {missing:?}, and no model takes {gone:?}"
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efforts_that_come_and_go_are_told() {
        let methods = r#"{"usual": {"ReasoningEffort": ["low", "high"]}}"#;
        let tables: Files = [("methods.json".to_owned(), methods.to_owned())].into();
        let note = |advertised: &[&str]| {
            let advertised = advertised.iter().map(|&effort| effort.to_owned()).collect();
            efforts(&advertised, &tables).unwrap()
        };
        assert_eq!(note(&["high", "low"]), None);
        let note = note(&["high", "max"]).unwrap();
        assert!(note.contains(r#"lacks ["max"], and no model takes ["low"]"#), "{note}");
    }
}
