//! What is made of a schema and the tables that are written by hand: the field types, the manifest,
//! the inventory and the list of secrets; or else what is wrong with them, all at once.

use std::{fmt, fs, path::Path};

use codex_app_server_codegen::{
    Error, inventory,
    load::{FIELD_TYPES, Facts, FieldTypes},
    model::Api,
    plan::secrets::{self, Undecided},
};
use xtask::{
    error::Result,
    methods::{METHODS, Tables},
    process::cargo,
};

use crate::schema::{self, Files};

/// Adds to the schema files what is made of them; rows about methods that are gone are no question,
/// and go. Fails with all that is wrong.
pub(crate) fn complete(
    files: &mut Files,
    tables: &mut Files,
    version: &str,
) -> Result<Result<Api, Vec<Problem>>> {
    loop {
        match make(files, tables, version)? {
            Err(problems) if remove_stale_rows(tables, &problems)? => {}
            made => return Ok(made),
        }
    }
}

fn make(files: &mut Files, tables: &Files, version: &str) -> Result<Result<Api, Vec<Problem>>> {
    let mapped = field_types(files)?;
    // Without them the generator still tells what is wrong with methods.
    let none = || FieldTypes::default().text();
    files.insert(FIELD_TYPES.to_owned(), mapped.as_ref().map_or_else(|_| none(), Clone::clone));
    files.insert(schema::MANIFEST.to_owned(), schema::manifest(version, files));
    let mut problems = Vec::new();
    if let Ok(types) = read(files, tables, codex_app_server_codegen::types)? {
        let undecided = secrets::undecided(&types, &facts(tables)?).into_iter();
        problems.extend(undecided.map(undecided_secret));
    }
    match api(files, tables)? {
        Ok(api) if mapped.is_ok() && problems.is_empty() => {
            files.insert(schema::INVENTORY.to_owned(), inventory::text(&api));
            files.insert(schema::SECRETS.to_owned(), secrets::text(&api.types, &facts(tables)?));
            return Ok(Ok(api));
        }
        Ok(_) => {}
        Err(error) => {
            let errors = error.each().into_iter();
            // That they are missing is known.
            let errors = errors.filter(|error| !matches!(error, Error::FieldTypes { .. }));
            problems.extend(errors.map(Problem::Known));
        }
    }
    for line in mapped.err().into_iter().flatten() {
        if !problems.iter().any(|problem| problem.to_string() == line) {
            problems.push(Problem::Other(line));
        }
    }
    Ok(Err(problems))
}

/// The tables that are written by hand.
pub(crate) fn facts(tables: &Files) -> Result<Facts> {
    let text = tables.get(METHODS).map_or("{}", String::as_str);
    let json = serde_json::from_str(text).map_err(|error| format!("{METHODS}: {error}"))?;
    Facts::from_json(&json).map_err(|error| error.to_string())
}

fn undecided_secret(undecided: Undecided) -> Problem {
    match undecided {
        Undecided::Stale { table, row } => {
            let why = "which no field is called that it would bear on".to_owned();
            Problem::Known(Error::StaleRow { table, method: row, why })
        }
        Undecided::Field(_) => Problem::Other(undecided.to_string()),
    }
}

/// Why something cannot be made of a schema.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The generator says so.
    Known(Error),
    Other(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(error) => error.fmt(f),
            Self::Other(problem) => f.write_str(problem),
        }
    }
}

/// What typify makes of the fields, or what is wrong, a line each. Its stack is built here, and for
/// nothing else.
fn field_types(schema: &Files) -> Result<Result<String, Vec<String>>> {
    let folder = schema::stage(schema)?;
    let output = cargo("run --quiet --package codex-app-server-codegen --features typify")
        .args(["--bin", "field-types", "--"])
        .arg(folder.path())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let errors = said.lines().filter_map(|line| line.strip_prefix("error: "));
        let errors: Vec<String> = errors.map(str::to_owned).collect();
        return Ok(Err(if errors.is_empty() {
            vec![format!("{FIELD_TYPES} cannot be made ({}):\n{said}", output.status)]
        } else {
            errors
        }));
    }
    let path = folder.path().join(FIELD_TYPES);
    let text = fs::read_to_string(&path);
    text.map(Ok).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// What the generator makes of a schema and the tables.
pub(crate) fn api(schema: &Files, tables: &Files) -> Result<Result<Api, Error>> {
    read(schema, tables, codex_app_server_codegen::api)
}

fn read<T>(schema: &Files, tables: &Files, read: impl Fn(&Path) -> T) -> Result<T> {
    let mut all = tables.clone();
    all.extend(schema.clone());
    let staged = schema::stage(&all)?;
    Ok(read(staged.path()))
}

/// What was planned before, if it could be: the tables may have rows for the new version by now.
pub(crate) fn before(pinned: &Files, tables: &Files) -> Result<Option<Api>> {
    let error = match api(pinned, tables)? {
        Ok(api) => return Ok(Some(api)),
        Err(error) => error,
    };
    let problems: Vec<Problem> = error.each().into_iter().map(Problem::Known).collect();
    let mut tables = tables.clone();
    remove_stale_rows(&mut tables, &problems)?;
    Ok(api(pinned, &tables)?.ok())
}

/// Rows about methods that are gone are no question.
fn remove_stale_rows(tables: &mut Files, problems: &[Problem]) -> Result<bool> {
    let Some(text) = tables.get_mut(METHODS) else { return Ok(false) };
    let mut rows = Tables::parse(text)?;
    let mut removed = false;
    for problem in problems {
        if let Problem::Known(Error::StaleRow { table, method, .. }) = problem {
            removed |= rows.remove(table, method);
        }
    }
    if removed {
        *text = rows.text();
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inventory_is_that_of_the_pinned_schema_and_tables() {
        let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
        let (files, mut tables): (Files, Files) = schema::read_tree(&pinned)
            .unwrap()
            .into_iter()
            .partition(|(path, _)| schema::is_generated(path));
        let text = inventory::text(&api(&files, &tables).unwrap().unwrap());
        assert!(text == files[schema::INVENTORY]);

        let methods = tables.get_mut("methods.json").unwrap();
        *methods = methods.replace("\"account/logout\": \"LogoutAccountResponse\",", "");
        let error = api(&files, &tables).unwrap().unwrap_err().to_string();
        assert!(error.contains("add `\"account/logout\""), "{error}");
    }
}
