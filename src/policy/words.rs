//! Commands that mean the same to everybody: one program with its arguments, and nothing that a
//! shell would do something with.

#[cfg(test)]
#[cfg(unix)]
mod in_real_shells;

/// The words of a text for a shell (`bash`, `sh` or `zsh`), if it is beyond doubt that it starts
/// one program with these arguments. Most of what a shell understands is left to somebody else: a
/// word is plain, or quoted as a whole, and of characters that no shell treats in a way of its own.
pub(super) fn words(script: &str) -> Option<Vec<&str>> {
    let (mut words, mut rest) = (Vec::new(), script.trim_matches(' '));
    while !rest.is_empty() {
        let (word, after) = next_word(rest)?;
        words.push(word);
        rest = after.trim_start_matches(' ');
    }
    Some(words)
}

fn next_word(text: &str) -> Option<(&str, &str)> {
    let quoted = ['\'', '"'].into_iter().find(|quote| text.starts_with(*quote));
    let (word, rest) = match quoted {
        Some(quote) => text.get(1..)?.split_once(quote)?,
        None => text.split_at(text.find(' ').unwrap_or(text.len())),
    };
    let understood = if quoted.is_some() {
        // What touches the quotes would be of the same word, or a quote in one to zsh.
        is_understood(word) && (rest.is_empty() || rest.starts_with(' '))
    } else {
        // To zsh, a word that begins with `=` is the path of a program.
        word.chars().all(is_plain) && !word.starts_with('=')
    };
    understood.then_some((word, rest))
}

/// Whether each shell takes the character, outside of quotes, for itself.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:,+@=".contains(c)
}

/// Whether each shell takes the word, within quotes of either kind, for itself. That needs no
/// characters beyond ASCII: they are of several bytes, which shells read as their locale says.
pub(super) fn is_understood(word: &str) -> bool {
    let is_special = |c| "'\"$`\\!^".contains(c);
    word.chars().all(|c| (c == ' ' || c.is_ascii_graphic()) && !is_special(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_with_its_arguments_is_understood() {
        for (script, expected) in [
            ("cargo test", vec!["cargo", "test"]),
            ("  cargo   test  ", vec!["cargo", "test"]),
            (
                "cargo test --features=a,b -p x:y@1.0",
                vec!["cargo", "test", "--features=a,b", "-p", "x:y@1.0"],
            ),
            ("cargo test 'a b; c' \"d & e\" ''", vec!["cargo", "test", "a b; c", "d & e", ""]),
            ("\"cargo\" 'test'", vec!["cargo", "test"]),
            ("", vec![]),
        ] {
            assert_eq!(words(script).as_ref(), Some(&expected), "{script}");
        }
    }

    /// Each kind of evasion; those that are words come out as other words than the ones allowed.
    #[test]
    fn what_a_shell_would_do_something_with_is_not_understood() {
        for (kind, scripts) in [
            (
                "a second command",
                &["cargo test; evil", "cargo test && evil", "cargo test || evil"] as &[_],
            ),
            ("a pipe", &["cargo test | evil", "cargo test |& evil", "evil | cargo test"]),
            ("the background", &["cargo test & evil", "cargo test&", "cargo test &"]),
            ("a substitution", &["cargo test $(evil)", "cargo test \"$(evil)\"", "$(cargo test)"]),
            ("backticks", &["cargo test `evil`", "cargo test \"`evil`\"", "`cargo` test"]),
            ("a variable", &["cargo test $X", "cargo test ${X}", "\"$X\" test", "$CARGO test"]),
            ("arithmetic", &["cargo test $((x[$(evil)]))", "cargo test $[1]", "((x)) cargo"]),
            ("a process", &["cargo test <(evil)", "cargo test >(evil)", "cargo test =(evil)"]),
            ("a line", &["cargo test\nevil", "cargo test\r\nevil", "cargo test\revil", "\ncargo"]),
            ("another space", &["cargo\ttest", "cargo\u{a0}test", "cargo\u{2003}test", "a\u{b}b"]),
            ("a line in quotes", &["cargo test 'a\nb'", "cargo test \"a\rb\"", "cargo 'a\tb'"]),
            ("a backslash", &["cargo \\test", "cargo te\\\nst", "cargo test \"\\\"\"", "'a\\'"]),
            (
                "quotes in a word",
                &["c'arg'o test", "cargo te\"st\"", "cargo 'a''b'", "'a'b", "a'b'"],
            ),
            ("quotes for C", &["cargo test $'a\\x3bevil'", "cargo test $\"a\"", "$'cargo' test"]),
            ("an open quote", &["cargo 'test", "cargo \"test", "cargo test '", "cargo test \"'"]),
            (
                "a redirection",
                &["cargo test > f", "cargo test >> f", "cargo test <f", ">f cargo test"],
            ),
            ("descriptors", &["cargo test 2>&1", "cargo test &> f", "cargo test 2>f", "cargo >|f"]),
            ("a document", &["cargo test <<E\nevil\nE", "cargo test <<< evil", "cargo <<-E"]),
            ("wildcards", &["cargo test *", "cargo test ?", "cargo test [a]", "car* test"]),
            (
                "braces",
                &["cargo {test,evil}", "{ cargo test; }", "cargo test {1..9}", "{cargo,test}"],
            ),
            ("a home", &["cargo test ~", "~/cargo test", "cargo test ~root"]),
            ("a comment", &["cargo test # evil", "cargo test #", "# cargo test"]),
            ("a subshell", &["(cargo test)", "(evil) cargo", "cargo test()"]),
            ("a function", &["cargo() { evil; }; cargo test", "function cargo { evil; }"]),
            ("a keyword", &["! cargo test", "if cargo test; then evil; fi", "{ cargo test"]),
            ("history", &["cargo test !!", "cargo test '!x'", "cargo ^a^b", "!cargo"]),
            ("a path of zsh", &["=cargo test", "cargo =evil"]),
            ("a job", &["cargo test %1", "%cargo"]),
            ("characters", &["cargo te\0st", "cargo te\u{1b}[8mst", "cargo test\u{7f}", "a\u{8}b"]),
            (
                "look-alikes",
                &[
                    "c\u{430}rgo test",
                    "cargo test\u{202e}",
                    "\u{ff43}argo test",
                    "cargo\u{200b} test",
                ],
            ),
        ] {
            for script in scripts {
                assert_eq!(words(script), None, "{kind}: {script:?}");
            }
        }
    }
}
