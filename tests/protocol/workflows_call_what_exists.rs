//! The workflows in `.github/` hold no logic: each step is one command of the project, and those
//! exist.
//!
//! What is run here: `cargo xtask … --dry-run` for each command of xtask, which reads its
//! arguments and prints what it would run, then `--help` of each program that this prints, and the
//! check of the format in full. What is not run: the other checks and the tests themselves, which
//! take minutes; `rustup`, which would change the toolchains of this machine, and of which only the
//! kind of call is checked; the actions; and anything that GitHub makes of the file.

use std::{
    collections::BTreeSet,
    env, fs,
    process::{Command, Output},
};

use saphyr::{LoadableYamlNode, Yaml};

/// A workflow by the name of its file, as text and as what it says.
struct Workflow {
    file: String,
    text: String,
}

impl Workflow {
    fn all() -> Vec<Self> {
        let folder = support::root().join(".github/workflows");
        let files = fs::read_dir(folder).expect("there are workflows");
        let workflow = |file: fs::DirEntry| Self {
            file: file.file_name().to_string_lossy().into_owned(),
            text: fs::read_to_string(file.path()).expect("they can be read"),
        };
        let all: Vec<_> = files.map(|file| workflow(file.expect("they are listed"))).collect();
        assert!(all.len() > 1, "not all of them were found");
        all
    }

    fn named(file: &str) -> Self {
        let all = Self::all().into_iter();
        all.into_iter().find(|workflow| workflow.file == file).expect("it is there")
    }

    fn yaml(&self) -> Yaml<'_> {
        let documents = Yaml::load_from_str(&self.text);
        documents.unwrap_or_else(|error| panic!("{}: {error}", self.file)).remove(0)
    }

    /// What `read` says of each step.
    fn steps(&self, read: impl Fn(&Yaml<'_>) -> Option<String>) -> Vec<String> {
        let yaml = self.yaml();
        let jobs = yaml["jobs"].as_mapping().expect("a workflow has jobs");
        let steps = jobs.values().flat_map(|job| job["steps"].as_sequence().expect("of steps"));
        steps.filter_map(read).collect()
    }

    /// The commands, which are all that a workflow does but for actions.
    fn commands(&self) -> Vec<String> {
        self.steps(|step| text(step, "run"))
    }
}

fn text(node: &Yaml<'_>, key: &str) -> Option<String> {
    Some(node.as_mapping_get(key)?.as_str()?.to_owned())
}

fn run(line: &str) -> Output {
    let mut words = line.split_whitespace();
    let program = match words.next() {
        Some("cargo") => env::var_os("CARGO").unwrap_or("cargo".into()),
        program => program.expect("a line has a program").into(),
    };
    let output = Command::new(program).args(words).current_dir(support::root()).output();
    let output = output.unwrap_or_else(|error| panic!("{line}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{line}` failed: {stderr}");
    output
}

/// The commands of all workflows.
fn commands() -> BTreeSet<String> {
    Workflow::all().iter().flat_map(Workflow::commands).collect()
}

#[test]
fn each_step_is_one_command() {
    for command in commands() {
        assert!(!command.contains(['\n', ';', '|', '&', '$', '<', '>', '`']), "{command}");
        assert!(
            ["cargo xtask ", "rustup toolchain install "]
                .iter()
                .any(|known| command.starts_with(known)),
            "`{command}` is no command of the project"
        );
    }
}

#[test]
fn each_command_of_the_project_exists_and_calls_what_exists() {
    let mut programs = BTreeSet::new();
    for command in commands() {
        let Some(line) = command.strip_prefix("cargo xtask ") else { continue };
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        // The flag stands first: the rest of `test` is for `cargo test`.
        let printed = run(&format!("cargo xtask {name} --dry-run {rest}")).stdout;
        let printed = String::from_utf8(printed).expect("it prints text");
        assert!(!printed.is_empty(), "`{command}` would run nothing");
        let program = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        programs.extend(printed.lines().map(program));
    }
    assert!(programs.len() > 5, "{programs:?}");
    for program in programs.iter().filter(|program| program.starts_with("cargo ")) {
        run(&format!("{program} --help"));
    }
    run("cargo xtask ci format");
}

#[test]
fn what_has_to_pass_before_a_change_lands_passes_there_too() {
    let there = Workflow::named("ci.yml").commands();
    let here = fs::read_to_string(support::root().join(".ci/run")).expect("there is a script");
    let here: Vec<&str> = here.lines().filter(|line| line.starts_with("cargo ")).collect();
    assert!(!here.is_empty());
    for command in here {
        assert!(there.iter().any(|other| other == command), "`{command}` is in .ci/run alone");
    }
}

#[test]
fn workflows_may_do_no_more_than_they_have_to() {
    for workflow in Workflow::all() {
        let (yaml, file) = (workflow.yaml(), &workflow.file);
        let read = |permissions: &Yaml<'_>| {
            let permissions = permissions.as_mapping().expect("they are listed");
            permissions.len() == 1
                && permissions.iter().all(|(what, may)| {
                    (what.as_str(), may.as_str()) == (Some("contents"), Some("read"))
                })
        };
        assert!(read(&yaml["permissions"]), "{file}");
        assert!(!yaml["on"].contains_mapping_key("pull_request_target"), "{file}");
        for (name, job) in yaml["jobs"].as_mapping().expect("a workflow has jobs") {
            assert!(job.contains_mapping_key("timeout-minutes"), "{file}: {name:?}");
            // Only what pushes a branch writes, and it runs nothing that a pull request brings.
            if job.contains_mapping_key("permissions") {
                assert!(!yaml["on"].contains_mapping_key("pull_request"), "{file}: {name:?}");
            }
        }
        let secrets = workflow.text.split("secrets.").skip(1);
        for secret in secrets {
            assert!(secret.starts_with("GITHUB_TOKEN"), "{file}");
        }
        for action in workflow.steps(|step| text(step, "uses")) {
            let (name, version) = action.split_once('@').expect("an action has a version");
            let parts: Vec<_> = version.trim_start_matches('v').split('.').collect();
            let is_exact = parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok());
            assert!(name.starts_with("actions/") && is_exact, "{file}: {action}");
        }
    }
}
