//! What ARCHITECTURE.md says stands where it says: each file that it names exists, and each name in
//! a step of a walk stands in that step's file.

use std::{collections::BTreeSet, fs};

fn architecture() -> String {
    fs::read_to_string(support::root().join("ARCHITECTURE.md")).expect("there is an architecture")
}

/// What stands between backquotes.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The steps of the walks, each in one line.
fn steps(text: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    let mut within = false;
    for line in text.lines() {
        let number =
            line.split_once(". `").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        if number {
            steps.push(line.to_owned());
        } else if within
            && line.starts_with("   ")
            && let Some(step) = steps.last_mut()
        {
            step.push_str(line);
        }
        within = number || line.starts_with("   ");
    }
    steps
}

/// The words of a source without its comments.
fn words(source: &str) -> BTreeSet<&str> {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
}

#[test]
fn each_step_of_a_walk_names_what_stands_in_its_file() {
    let text = architecture();
    let steps = steps(&text);
    assert!(steps.len() > 20, "the walks were not understood: {steps:?}");
    let mut wrong = Vec::new();
    for step in &steps {
        let mut names = code(step);
        let path = names.next().expect("a step begins with a file");
        let Ok(source) = fs::read_to_string(support::root().join(path)) else {
            wrong.push(format!("{path} does not exist: {step}"));
            continue;
        };
        let known = words(&source);
        for part in names.flat_map(|name| name.split("::")) {
            if !known.contains(part) {
                wrong.push(format!("`{part}` does not stand in {path}: {step}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_file_that_it_names_exists() {
    let text = architecture();
    let paths: BTreeSet<&str> =
        code(&text).filter(|code| code.contains('/') && !code.contains([' ', '(', '{'])).collect();
    let of_src = |path: &str| format!("src/{path}.rs");
    let missing: Vec<_> = paths
        .into_iter()
        .filter(|path| {
            !support::root().join(path).exists() && !support::root().join(of_src(path)).exists()
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
