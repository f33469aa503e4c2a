//! Programs that no rule may allow, because what they run stands in their arguments.

/// Why a command cannot be allowed by these words, which are where it begins.
pub(super) fn objection(words: &[String]) -> Option<String> {
    let (program, rest) = words.split_first()?;
    // `./cargo` is another program in each folder.
    let is_relative = program.contains('/') && !program.starts_with('/');
    let is_named = |c: char| c.is_ascii_alphanumeric() || "_-./+@".contains(c);
    if program.is_empty() || is_relative || !program.chars().all(is_named) {
        return Some(format!(
            "{program:?} is no name of a program: give the plain name or the absolute path"
        ));
    }
    if !program.contains('/') && BUILTINS.contains(&program.as_str()) {
        return Some(format!(
            "`{program}` is a word of the shells themselves, and some of these run what stands in \
             their arguments: give the absolute path of a program"
        ));
    }
    let name = kind_of(program);
    if LAUNCHERS.contains(&name.as_str()) {
        return Some(format!(
            "`{program}` runs what stands in its arguments, which a rule allows all: let the rule \
             begin with the program that is to run"
        ));
    }
    if INTERPRETERS.contains(&name.as_str()) && rest.iter().all(|word| word.starts_with('-')) {
        return Some(format!(
            "`{}` may run anything: add what it is to run, such as `python -m pytest` or `git \
             status`",
            words.join(" ")
        ));
    }
    None
}

/// The name of a program without its folder and version: `/usr/bin/python3.12` is a `python`.
fn kind_of(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || ".-".contains(c)).to_owned()
}

/// Shells, and programs that start others.
#[rustfmt::skip]
const LAUNCHERS: &[&str] = &[
    "ash", "bash", "busybox", "cmd", "csh", "dash", "elvish", "fish", "ksh", "mksh", "nu", "oksh",
    "pdksh", "powershell", "pwsh", "rbash", "sh", "tcsh", "toybox", "xonsh", "yash", "zsh",
    "at", "batch", "bwrap", "chpst", "chroot", "chrt", "cpulimit", "crontab", "dbus-run-session",
    "direnv", "doas", "dumb-init", "entr", "env", "expect", "fakeroot", "faketime", "fd", "fdfind",
    "find", "firejail", "flatpak-spawn", "flock", "gdb", "gosu", "ionice", "lldb", "ltrace", "nice",
    "nohup", "nsenter", "numactl", "parallel", "perf", "pkexec", "prlimit", "proot", "rlwrap",
    "runuser", "screen", "script", "setarch", "setpriv", "setsid", "setuidgid", "ssh", "sshpass",
    "start-stop-daemon", "stdbuf", "strace", "su", "sudo", "systemd-run", "taskset", "time",
    "timeout", "tini", "tmux", "torify", "torsocks", "unbuffer", "unshare", "valgrind", "watch",
    "watchexec", "wine", "wsl", "xargs", "xvfb-run",
];

/// Programs that may run anything, unless it is said what.
#[rustfmt::skip]
const INTERPRETERS: &[&str] = &[
    "awk", "bun", "bunx", "deno", "docker", "emacs", "gawk", "git", "guile", "java", "jshell",
    "julia", "kubectl", "lua", "luajit", "mawk", "nawk", "nix", "node", "nodejs", "npm", "npx",
    "osascript", "perl", "php", "pipx", "pnpm", "podman", "poetry", "pypy", "python", "rscript",
    "ruby", "sed", "sqlite", "tclsh", "uv", "uvx", "vi", "vim", "nvim", "yarn",
];

/// The words that shells know themselves: of bash, dash and zsh, builtins and keywords.
#[rustfmt::skip]
const BUILTINS: &[&str] = &[
    ".", ":", "[", "[[", "]]", "!", "{", "}", "alias", "autoload", "bg", "bind", "bindkey", "break",
    "builtin", "bye", "caller", "case", "cd", "chdir", "command", "compadd", "comparguments",
    "compcall", "compctl", "compdescribe", "compfiles", "compgen", "compgroups", "complete",
    "compopt", "compquote", "compset", "comptags", "comptry", "compvalues", "continue", "coproc",
    "declare", "dirs", "disable", "disown", "do", "done", "echo", "echotc", "echoti", "elif",
    "else", "emulate", "enable", "end", "esac", "eval", "exec", "exit", "export", "false", "fc",
    "fg", "fi", "float", "for", "foreach", "function", "functions", "getln", "getopts", "hash",
    "help", "history", "if", "in", "integer", "jobs", "kill", "let", "limit", "local", "log",
    "logout", "mapfile", "nocorrect", "noglob", "popd", "print", "printf", "pushd", "pushln", "pwd",
    "r", "read", "readarray", "readonly", "rehash", "repeat", "return", "sched", "select", "set",
    "setopt", "shift", "shopt", "source", "suspend", "test", "then", "time", "times", "trap",
    "true", "ttyctl", "type", "typeset", "ulimit", "umask", "unalias", "unfunction", "unhash",
    "unlimit", "unset", "unsetopt", "until", "vared", "wait", "whence", "where", "which", "while",
    "zcompile", "zformat", "zle", "zmodload", "zparseopts", "zprof", "zpty", "zregexparse",
    "zsocket", "zstyle", "ztcp",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(words: &str) -> bool {
        let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
        objection(&words).is_some()
    }

    #[test]
    fn a_rule_names_a_program_that_runs_no_other() {
        for words in ["cargo test", "cargo", "/usr/bin/cargo test", "touch", "g++ -c", "make check"]
        {
            assert!(!refuses(words), "{words}");
        }
        for words in ["sh", "bash script.sh", "/bin/bash", "BASH.EXE -c", "zsh-5.9", "ksh93 x"] {
            assert!(refuses(words), "{words}");
        }
        for words in ["env X=1 cargo", "sudo cargo", "/usr/bin/xargs rm", "find .", "timeout 5 ls"]
        {
            assert!(refuses(words), "{words}");
        }
        for words in ["python", "python3.12 -c", "/usr/bin/perl -e", "node", "git", "git -c", "npx"]
        {
            assert!(refuses(words), "{words}");
        }
        for words in ["python3.12 -m pytest", "git status", "npm test", "node script.js"] {
            assert!(!refuses(words), "{words}");
        }
        for words in ["", "./cargo test", "bin/cargo", "../cargo", "X=1 cargo", "~/cargo", "car*"] {
            assert!(refuses(words), "{words}");
        }
        for words in ["c\u{430}rgo test", "cargo\n", "$CARGO", "cargo;", "-x"] {
            assert_eq!(refuses(words), words != "-x", "{words}");
        }
    }

    #[test]
    fn no_rule_is_for_a_word_of_the_shell() {
        for word in ["eval", "exec", "time", "test", "printf", "if", "!", ".", "noglob"] {
            assert!(refuses(word), "{word}");
        }
        assert!(!refuses("/usr/bin/test -f"));
    }

    /// `printf -v 'a[$(x)]'` runs `x`: so do others of the words that the real bash knows.
    #[cfg(unix)]
    #[test]
    fn the_words_of_bash_are_all_known() {
        let list = std::process::Command::new("/bin/bash").args(["-c", "compgen -b -k"]).output();
        let Ok(list) = list else { return };
        for word in String::from_utf8(list.stdout).unwrap().lines() {
            assert!(refuses(word), "{word}");
        }
    }
}
