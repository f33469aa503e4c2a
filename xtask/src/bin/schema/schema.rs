//! What `schema/` holds for a version of codex: the files that the generator reads, as codex writes
//! them, and the manifest of them.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use codex_app_server_codegen::load::{self, FIELD_TYPES, WIRE_NAMES, WireNames};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use xtask::error::Result;

/// Texts by their path in `schema/`, with `/` on every platform.
pub(crate) type Files = BTreeMap<String, String>;

/// The file that names the pinned version, and the sha256 of each schema file and of the field
/// types.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The list of all methods, types, fields and values.
pub(crate) const INVENTORY: &str = "api.txt";

/// The list of the fields that are hidden, and of those that only look like secrets.
pub(crate) const SECRETS: &str = "secrets.txt";

/// The flat schema of everything but the files that [`select`] picks.
pub(crate) const BUNDLE: &str = "codex_app_server_protocol.v2.schemas.json";

/// The folder of everything.
pub(crate) const EXPERIMENTAL: &str = "experimental";

/// The folder of what is not experimental.
pub(crate) const STABLE: &str = "stable";

/// Each folder of schema files, with codex's options for it.
const FLAVOURS: [(&str, &[&str]); 2] = [(EXPERIMENTAL, &["--experimental"]), (STABLE, &[])];

/// Whether `path` is not written by hand: it is one of three files, or in a directory that holds
/// schema files only.
pub(crate) fn is_generated(path: &str) -> bool {
    let directory = path.split('/').next();
    [MANIFEST, INVENTORY, SECRETS, FIELD_TYPES].contains(&path)
        || FLAVOURS.iter().any(|(flavour, _)| directory == Some(*flavour))
}

/// The schema files of the codex at `binary`.
pub(crate) fn files(binary: &Path) -> Result<Files> {
    let mut files = Files::new();
    for (flavour, options) in FLAVOURS {
        let mut selected = selected(flavour, &generate(binary, "generate-json-schema", options)?)?;
        let names = wire_names(&selected, &generate(binary, "generate-ts", options)?)?;
        selected.insert(WIRE_NAMES.to_owned(), names);
        add(&mut files, flavour, &selected)?;
    }
    Ok(files)
}

/// Adds what is needed of the files that codex has written for a flavour.
pub(crate) fn add(files: &mut Files, flavour: &str, generated: &Files) -> Result<()> {
    files.extend(
        selected(flavour, generated)?
            .into_iter()
            .map(|(path, text)| (format!("{flavour}/{path}"), text)),
    );
    Ok(())
}

fn selected(flavour: &str, generated: &Files) -> Result<Files> {
    select(generated).map_err(|problem| format!("{flavour} schema: {problem}"))
}

/// What the schema files name otherwise than the TypeScript that codex derives from the same types.
fn wire_names(written: &Files, typescript: &Files) -> Result<String> {
    let types = typescript.iter().filter_map(|(path, text)| {
        let name = path.strip_suffix(".ts")?.rsplit('/').next()?;
        Some((name.to_owned(), text.clone()))
    });
    let read = load::definitions(stage(written)?.path());
    let definitions = read.map_err(|error| error.to_string())?;
    Ok(WireNames::compare(&definitions, &types.collect()).text())
}

/// A folder with these files, for what reads folders.
pub(crate) fn stage(files: &Files) -> Result<TempDir> {
    let dir = tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
    for (path, text) in files {
        write(&dir.path().join(path), text)?;
    }
    Ok(dir)
}

/// Writes a file, and the folder it is in.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// All that a command of codex generates with `options`.
fn generate(binary: &Path, command: &str, options: &[&str]) -> Result<Files> {
    let scratch =
        tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
    let output = Command::new(binary)
        .args(["app-server", command, "--out"])
        .arg(scratch.path().join("schema"))
        .args(options)
        // Neither reads the user's config nor writes beside it.
        .env("CODEX_HOME", scratch.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {}: {error}", binary.display()))?;
    if !output.status.success() {
        return Err(format!(
            "{} failed at {command} ({}):\n{}",
            binary.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr),
        ));
    }
    read_tree(&scratch.path().join("schema"))
}

/// The bundle, and each file that says something which the bundle lacks; the names on the wire
/// among them. `JSONRPC*.json` describe envelopes, which the rpc layer reads itself.
pub(crate) fn select(generated: &Files) -> Result<Files> {
    let bundle = generated.get(BUNDLE).ok_or_else(|| {
        format!(
            "no {BUNDLE}; if codex lays its schema out differently now, adapt xtask/src/bin/schema/schema.rs"
        )
    })?;
    let bundle = parse(BUNDLE, bundle)?;
    let lacks = |name: &str| bundle["definitions"].get(name).is_none();

    let mut selected = Files::new();
    for (path, text) in generated {
        let name = match path.strip_suffix(".json") {
            Some("v1/InitializeResponse") => "InitializeResponse",
            Some("codex_app_server_protocol.schemas") | None => continue,
            Some(name) if name.contains('/') || name.starts_with("JSONRPC") => continue,
            Some(name) => name,
        };
        let schema = parse(path, text)?;
        let definitions = schema["definitions"].as_object().into_iter().flatten();
        if path == BUNDLE || lacks(name) || definitions.into_iter().any(|(name, _)| lacks(name)) {
            selected.insert(path.clone(), text.clone());
        }
    }
    Ok(selected)
}

/// The version, and the digest of each file but the manifest itself.
pub(crate) fn manifest(version: &str, files: &Files) -> String {
    let files = files.iter().filter(|(path, _)| *path != MANIFEST);
    let digests: BTreeMap<_, _> = files.map(|(path, text)| (path, sha256(text))).collect();
    format!("{:#}\n", json!({ "codex": version, "files": digests }))
}

/// Each file that is no longer the one whose sha256 its manifest has.
pub(crate) fn edited_files(files: &Files) -> Vec<&str> {
    let manifest: Value =
        files.get(MANIFEST).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let is_edited = |(path, text): &(&String, &String)| {
        let pinned = manifest["files"][path.as_str()].as_str();
        pinned.is_some_and(|pinned| pinned != sha256(text))
    };
    let edited = files.iter().filter(is_edited);
    edited.map(|(path, _)| path.as_str()).collect()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(path: &str, text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| format!("{path} is not JSON: {error}"))
}

/// All files below `dir`; none if there is no `dir`.
pub(crate) fn read_tree(dir: &Path) -> Result<Files> {
    let cannot = |path: &Path, error| format!("cannot read {}: {error}", path.display());
    let mut files = Files::new();
    if !dir.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(dir).map_err(|error| cannot(dir, error))? {
        let path = entry.map_err(|error| cannot(dir, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let below = read_tree(&path)?.into_iter();
            files.extend(below.map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            let bytes = fs::read(&path).map_err(|error| cannot(&path, error))?;
            files.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect()
    }

    #[test]
    fn selects_what_the_bundle_lacks() {
        let generated = files(&[
            (BUNDLE, r#"{"definitions": {"Known": {}, "AlsoKnown": {}}}"#),
            ("codex_app_server_protocol.schemas.json", r#"{"definitions": {"All": {}}}"#),
            ("Known.json", r#"{"definitions": {"AlsoKnown": {}}}"#),
            ("AlsoKnown.json", r#"{"definitions": {"New": {}}}"#),
            ("Lacking.json", "{}"),
            ("JSONRPCRequest.json", "{}"),
            ("README.md", "not JSON"),
            ("v1/InitializeParams.json", "{}"),
            ("v1/InitializeResponse.json", "{}"),
            ("v2/Other.json", "{}"),
        ]);
        let selected = select(&generated).unwrap();
        assert_eq!(
            selected.keys().collect::<Vec<_>>(),
            ["AlsoKnown.json", "Lacking.json", BUNDLE, "v1/InitializeResponse.json"],
        );
        assert_eq!(selected["Lacking.json"], "{}");
    }

    #[test]
    fn says_when_the_layout_is_new() {
        let error = select(&files(&[("Known.json", "{}")])).unwrap_err();
        assert!(error.contains(BUNDLE), "{error}");
        let error = select(&files(&[(BUNDLE, "{}"), ("Bad.json", "{")])).unwrap_err();
        assert!(error.starts_with("Bad.json is not JSON"), "{error}");
    }

    #[test]
    fn the_manifest_tells_which_file_was_edited() {
        let mut pinned = files(&[("stable/B.json", "{}"), ("experimental/A.json", "{}")]);
        pinned.insert(MANIFEST.to_owned(), manifest("1.2.3", &pinned));
        assert!(pinned[MANIFEST].starts_with(
            "{\n  \"codex\": \"1.2.3\",\n  \"files\": {\n    \"experimental/A.json\": \"44136fa3"
        ));
        assert!(pinned[MANIFEST].ends_with("}\n"));
        assert!(edited_files(&pinned).is_empty());

        pinned.insert("stable/B.json".to_owned(), "{ }".to_owned());
        assert_eq!(edited_files(&pinned), ["stable/B.json"]);
    }
}
