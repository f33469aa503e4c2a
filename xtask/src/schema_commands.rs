//! The arguments of the commands that read the schema, which `xtask-schema` carries out.
//!
//! `xtask` knows them too: so a mistake is told, and `--help` given, before anything is built.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

/// `regen`, `coverage` and `diff`.
pub fn all() -> [Command; 3] {
    [regen(), coverage(), diff()]
}

fn regen() -> Command {
    Command::new("regen")
        .about("Write the pinned codex's JSON schema to schema/, and api.txt")
        .arg(
            Arg::new("version")
                .value_name("VERSION")
                .help("Of another codex, like 0.169.0, which becomes the pinned one"),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .conflicts_with("version")
                .help("Compare schema/ with the pinned codex and fail on any difference"),
        )
}

fn coverage() -> Command {
    Command::new("coverage")
        .about("Show how much of a schema folder is typed; fails below 100 %")
        .arg(Arg::new("dir").value_name("DIR").value_parser(value_parser!(PathBuf)).help(
            "What `codex app-server generate-json-schema --out DIR` wrote, or laid out as schema/ \
             is, which is the default",
        ))
}

fn diff() -> Command {
    let side = |id, name| Arg::new(id).value_name(name).required(true);
    Command::new("diff")
        .about("Show what changed between two versions of codex, or schema folders")
        .arg(side("old", "OLD").help("A version of codex, like 0.169.0, or a schema folder"))
        .arg(side("new", "NEW").help("The same, for what it is compared with"))
}
