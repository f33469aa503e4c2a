//! What is understood is what real shells do.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, process::Command};

use fastrand::Rng;
use tempfile::TempDir;

use super::words;

/// Shells that find no programs but some that write down what they are called with.
struct Recorder {
    folder: TempDir,
}

impl Recorder {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["bin", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let program = "#!/bin/sh\n\
            { printf '%s\\037' \"${0##*/}\" \"$@\"; echo; } >> \"${0%/*}/../record\"\n";
        for name in ["cargo", "test", "evil", "a", "b", "x"] {
            let path = folder.path().join("bin").join(name);
            fs::write(&path, program).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    /// Runs what is understood, which has to be one program with just these words.
    fn check(&self, script: &str) {
        let understood = words(script).unwrap();
        let record = self.folder.path().join("record");
        let work = self.folder.path().join("work");
        for shell in ["/bin/bash", "/bin/sh", "/bin/zsh"] {
            if !fs::exists(shell).unwrap() {
                continue;
            }
            let _ = fs::remove_file(&record);
            let mut command = Command::new(shell);
            command.arg("-c").arg(script).current_dir(&work);
            command.env_clear().env("PATH", self.folder.path().join("bin"));
            let output = command.output().unwrap();
            let ran = fs::read_to_string(&record).unwrap_or_default();
            let expected: String = understood.iter().map(|word| format!("{word}\u{1f}")).collect();
            assert_eq!(ran, expected + "\n", "{shell}: {script:?}");
            let said = [output.stdout, output.stderr].concat();
            assert!(output.status.success() && said.is_empty(), "{shell}: {script:?}");
            let left = fs::read_dir(&work).unwrap().count();
            assert_eq!(left, 0, "{shell}: {script:?}");
        }
    }
}

/// Whether a rule for `cargo` would take this.
fn is_taken(script: &str) -> bool {
    words(script).is_some_and(|words| words.first() == Some(&"cargo"))
}

#[test]
fn each_character_that_is_taken_is_taken_for_itself() {
    let recorder = Recorder::new();
    let ascii = (0..128u8).map(char::from);
    let others = "\u{85}\u{a0}\u{430}\u{2028}\u{ff1b}\u{feff}é";
    let mut taken = 0;
    for c in ascii.chain(others.chars()) {
        if c.is_ascii_alphanumeric() && c != 'a' && c != '0' {
            continue;
        }
        for script in [
            format!("{c}cargo test"),
            format!("cargo{c}test"),
            format!("cargo {c} test"),
            format!("cargo test{c}x"),
            format!("cargo '{c}' x"),
            format!("cargo \"{c}\" x"),
        ] {
            if is_taken(&script) {
                recorder.check(&script);
                taken += 1;
            }
        }
    }
    assert!(taken > 50, "{taken}");
}

#[test]
fn what_is_taken_runs_one_program_with_the_words_that_were_read() {
    const SAFE: &[&str] =
        &[" ", " ", "test", "a", "x", "--b=1", "'a b'", "\"x\"", "''", "-", "a,b", "./x"];
    const SPECIAL: &[&str] = &[
        ";",
        "&",
        "&&",
        "|",
        "||",
        "$(evil)",
        "`evil`",
        "$X",
        "${X}",
        "\n",
        "\r",
        "\t",
        "'",
        "\"",
        "\\",
        "$'a'",
        ">",
        "> x",
        ">>",
        "<",
        "2>&1",
        "<<a",
        "<<<",
        "*",
        "?",
        "[a]",
        "{a,b}",
        "{",
        "}",
        "(",
        ")",
        "#",
        "~",
        "!",
        "^",
        "%",
        "=",
        "X=1 ",
        "evil",
        "cd x",
        "time ",
        "if ",
        "env ",
        "\u{a0}",
        "\u{430}",
        "\u{1b}",
        "\\\n",
        "a=(b)",
        "+=",
        "@",
        "@(a)",
        ":",
        "=evil",
        "-c",
        "'$(evil)'",
        "\"$(evil)\"",
        "'\"'",
        "\"'\"",
        "''a",
    ];
    let recorder = Recorder::new();
    let mut random = Rng::with_seed(7);
    let mut taken = BTreeSet::new();
    for _ in 0..100_000 {
        let mut parts = vec!["cargo", " "];
        for _ in 0..random.usize(1..8) {
            let pieces = if random.u8(..4) == 0 { SPECIAL } else { SAFE };
            let begin = if random.bool() { 2 } else { 0 };
            let at = random.usize(begin..=parts.len());
            parts.insert(at, pieces[random.usize(..pieces.len())]);
        }
        let script = parts.concat();
        if is_taken(&script) && taken.insert(script.clone()) {
            recorder.check(&script);
            if taken.len() == 500 {
                break;
            }
        }
    }
    assert_eq!(taken.len(), 500);
    let special = |script: &&String| SPECIAL.iter().any(|one| script.contains(one));
    assert!(taken.iter().filter(special).count() > 20);
}
