//! Where a schema comes from: the arguments that say it, the same for each command.
//!
//! A published version of codex, a binary, a folder, or a repository laid out as upstream's.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, builder::ValueParser, value_parser};

use crate::runtime;

/// What to read a schema from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A version that npm has; `latest` is the one that it calls so.
    Published(String),
    /// A codex binary, which writes its own schema.
    Binary(PathBuf),
    /// What `codex app-server generate-json-schema --out DIR` wrote, or laid out as `schema/` is.
    Folder(PathBuf),
    /// A git repository laid out as upstream's.
    Repository {
        /// What git clones.
        url: String,
        /// A branch, tag or commit; else the branch that the repository shows first.
        reference: Option<String>,
    },
}

const VERSION: &str = "version";
const BIN: &str = "bin";
const DIR: &str = "dir";
const GIT: &str = "git";

/// The arguments for up to `most` sources.
pub fn arguments(most: usize) -> [Arg; 4] {
    let option = |id| Arg::new(id).long(id).action(ArgAction::Append);
    [
        Arg::new(VERSION)
            .value_name("VERSION")
            .num_args(0..=most)
            .value_parser(ValueParser::new(version))
            .help("A published version, like 1.2.3, or `latest`"),
        option(BIN)
            .value_name("PATH")
            .value_parser(value_parser!(PathBuf))
            .help("A codex binary, which writes its own schema"),
        option(DIR).value_name("DIR").value_parser(value_parser!(PathBuf)).help(
            "What `codex app-server generate-json-schema --out DIR` wrote, or laid out as schema/",
        ),
        option(GIT).value_names(["URL", "REF"]).num_args(1..=2).help(
            "A repository laid out as codex's, at a branch, tag or commit; its own schema writer \
             is built, and where that fails its stable schema is read",
        ),
    ]
}

/// The sources that were given, in the order of the command line.
pub fn given(args: &ArgMatches) -> Vec<Source> {
    let versions = args.get_occurrences::<String>(VERSION).into_iter().flatten().flatten();
    let published = versions.map(|version| Source::Published(version.clone()));
    let paths = |id| args.get_many::<PathBuf>(id).into_iter().flatten().cloned();
    let repositories = args.get_occurrences::<String>(GIT).into_iter().flatten();
    let repository = repositories.filter_map(|mut values| {
        let (url, reference) = (values.next()?.clone(), values.next().cloned());
        // As many values as it was given, for the place on the command line.
        let count = 1 + usize::from(reference.is_some());
        Some((count, Source::Repository { url, reference }))
    });

    let at = |id| args.indices_of(id).into_iter().flatten();
    let mut sources: Vec<(usize, Source)> = at(VERSION).zip(published).collect();
    sources.extend(at(BIN).zip(paths(BIN).map(Source::Binary)));
    sources.extend(at(DIR).zip(paths(DIR).map(Source::Folder)));
    let mut places = at(GIT);
    for (count, source) in repository {
        sources.extend(places.by_ref().take(count).min().map(|place| (place, source)));
    }
    sources.sort_by_key(|(place, _)| *place);
    sources.into_iter().map(|(_, source)| source).collect()
}

fn version(text: &str) -> Result<String, String> {
    if text != "latest" {
        runtime::check_version(text)?;
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    fn parse(line: &str) -> Result<Vec<Source>, clap::Error> {
        let command = Command::new("test").args(arguments(2));
        let words = ["test"].into_iter().chain(line.split_whitespace());
        command.try_get_matches_from(words).map(|matches| given(&matches))
    }

    #[test]
    fn sources_come_in_the_order_of_the_line() {
        let published = |version: &str| Source::Published(version.to_owned());
        let folder = |path: &str| Source::Folder(path.into());
        let repository = |url: &str, reference: Option<&str>| Source::Repository {
            url: url.to_owned(),
            reference: reference.map(str::to_owned),
        };
        for (line, expected) in [
            ("", vec![]),
            ("1.2.3 latest", vec![published("1.2.3"), published("latest")]),
            ("--dir a --dir b", vec![folder("a"), folder("b")]),
            ("--dir a 1.2.3", vec![folder("a"), published("1.2.3")]),
            ("1.2.3 --git u r", vec![published("1.2.3"), repository("u", Some("r"))]),
            (
                "--git u --bin b --git v r",
                vec![repository("u", None), Source::Binary("b".into()), repository("v", Some("r"))],
            ),
        ] {
            assert_eq!(parse(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_version_is_a_mistake() {
        for line in ["newest", "1.2", "1.2.3 1.2.4 1.2.5", "--git", "--bin"] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
