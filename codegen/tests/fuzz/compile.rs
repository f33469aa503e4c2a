//! Whether what was emitted compiles, many modules at once, with the macros of the SDK.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A crate in the target folder that is written anew for each batch.
pub(crate) struct Crate {
    dir: PathBuf,
}

const MANIFEST: &str = r#"[package]
name = "fuzz-batch"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["float_roundtrip", "raw_value"] }
"#;

const HEAD: &str = "#![allow(warnings)]\n\
    #![recursion_limit = \"256\"]\n\
    mod redact;\n\
    mod wire;\n\
    mod types {\n\
        pub(crate) use crate::wire::{\n\
            ClientRequest, Maybe, Method, ServerRequestParams, UnknownFields, UnknownMessage,\n\
            UnknownValue, client_requests, keyed_union, messages, object, open_enum, path_type,\n\
            redacted_debug, server_requests, setters, steps, string_type, tagged_union, text_union, untagged_union,\n\
        };\n\
        pub(crate) use serde_json::{Map, Value};\n\
        pub(crate) use std::collections::BTreeMap;\n\
    }\n";

impl Crate {
    /// Each name is a crate of its own.
    pub(crate) fn new(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(name);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let _ = fs::remove_dir_all(dir.join("src"));
        fs::create_dir_all(dir.join("src")).expect("the crate can be made");
        fs::write(dir.join("Cargo.toml"), MANIFEST).expect("the manifest can be written");
        fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock")).expect("there are versions");
        let this = Self { dir };
        this.copy(&root.join("src/redact.rs"), "redact.rs");
        this.copy(&root.join("src/wire.rs"), "wire.rs");
        for entry in fs::read_dir(root.join("src/wire")).expect("the macros are there").flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            if name.ends_with(".rs") {
                this.copy(&entry.path(), &format!("wire/{name}"));
            }
        }
        this
    }

    fn copy(&self, from: &Path, to: &str) {
        let to = self.dir.join("src").join(to);
        fs::create_dir_all(to.parent().expect("it is in a folder")).expect("it can be made");
        fs::copy(from, to).expect("it can be copied");
    }

    /// Checks modules, each with the types of `shared` where it has none of that name.
    pub(crate) fn check(&self, shared: &str, modules: &[(String, String)]) -> Result<(), String> {
        let src = self.dir.join("src");
        fs::write(src.join("shared.rs"), shared).expect("it can be written");
        let mut text = HEAD.to_owned();
        text += "mod shared { pub(crate) use crate::types::*; include!(\"shared.rs\"); }\n";
        for (name, module) in modules {
            fs::write(src.join(format!("{name}.rs")), module).expect("it can be written");
            let _ =
                writeln!(text, "mod {name} {{ use crate::shared::*; include!(\"{name}.rs\"); }}");
        }
        fs::write(src.join("lib.rs"), text).expect("it can be written");
        let output = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--offline"])
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz/target"))
            .env("CARGO_INCREMENTAL", "0")
            .current_dir(&self.dir)
            .output()
            .expect("cargo runs");
        for (name, _) in modules {
            let _ = fs::remove_file(src.join(format!("{name}.rs")));
        }
        if output.status.success() {
            return Ok(());
        }
        Err(summary(&String::from_utf8_lossy(&output.stderr)))
    }
}

/// Each error once, with how often it was there.
fn summary(errors: &str) -> String {
    let mut found: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for error in errors.split("\n\n") {
        let first = error.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        found.entry(first).or_insert((0, error)).0 += 1;
    }
    let texts = found.values().map(|(count, error)| format!("{count} times: {error}"));
    texts.take(20).collect::<Vec<_>>().join("\n\n")
}
