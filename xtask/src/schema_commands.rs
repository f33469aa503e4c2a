//! The arguments of the commands that read the schema, which `xtask-schema` carries out.
//!
//! `xtask` knows them too: so a mistake is told, and `--help` given, before anything is built.

use clap::{Arg, ArgAction, ArgGroup, Command};

use crate::source;

/// `regen`, `coverage` and `diff`.
pub fn all() -> [Command; 3] {
    [regen(), coverage(), diff()]
}

fn regen() -> Command {
    one_source(Command::new("regen"))
        .about("Move to another codex, all that names it included; or write schema/ anew")
        .after_help("Without a source: the pinned codex.")
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Write nothing; say what is different, and fail if anything is"),
        )
}

fn coverage() -> Command {
    one_source(Command::new("coverage"))
        .about("Show how much of a schema is typed; fails below 100 %")
        .after_help("Without a source: schema/.")
}

fn diff() -> Command {
    Command::new("diff")
        .about("Show what changed between two versions of codex, and what of it breaks users")
        .args(source::arguments(2))
        .override_usage(
            "cargo xtask diff [OLD] NEW, each VERSION, latest, --bin PATH, --dir DIR or --git URL [REF]",
        )
        .after_help("With one source: from schema/ to it.")
}

fn one_source(command: Command) -> Command {
    let arguments = source::arguments(1);
    let group = ArgGroup::new("source").args(arguments.iter().map(Arg::get_id).cloned());
    command.args(arguments).group(group)
}
