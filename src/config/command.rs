//! Which command a server process is, with its arguments and its environment.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Command,
};

use super::AppServerConfig;
use crate::{Error, Result, runtime};

/// The environment variable with the whole command line of the server.
const COMMAND: &str = "CODEX_APP_SERVER_CMD";

impl AppServerConfig {
    /// The command that [`connect_stdio`](crate::CodexBuilder::connect_stdio) would run, with its
    /// arguments, folder and environment, checked: for programs that start the server themselves,
    /// in a container or behind a socket, and reach it by
    /// [`connect_with`](crate::CodexBuilder::connect_with). Its stdin and stdout are to be piped.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::process::Stdio;
    /// use codex_app_server::AppServerConfig;
    ///
    /// let mut command = AppServerConfig::new().cwd("/srv/project").command()?;
    /// let server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::RuntimeNotFound`] if there is no codex binary, [`Error::Spawn`] if the program of a
    /// command line is not there, and [`Error::InvalidInput`] for a malformed option.
    pub fn command(&self) -> Result<Command> {
        self.command_in(std::env::var_os(COMMAND), &[])
    }

    /// The command of a server that is to listen as these arguments say. A whole command line that
    /// the program gives is left as it is.
    #[cfg(feature = "websocket")]
    pub(crate) fn listening(&self, args: &[OsString]) -> Result<Command> {
        self.command_in(std::env::var_os(COMMAND), args)
    }

    /// The same, where the variable [`COMMAND`] says this. Without arguments it is for stdio.
    fn command_in(&self, variable: Option<OsString>, listen: &[OsString]) -> Result<Command> {
        // Starting would fail as if it were the binary that is missing.
        if let Some(cwd) = self.cwd.as_deref().filter(|cwd| !cwd.is_dir()) {
            return Err(Error::invalid("cwd", format!("{} is not a folder", cwd.display())));
        }
        if let Some(argv) = &self.launch_args {
            return self.command_line(argv, "launch_args_override");
        }
        if self.codex_bin.is_none()
            && let Some(line) = variable.filter(|line| !line.is_empty())
        {
            let argv = [split(&line)?, self.overrides()?, listen.to_vec()].concat();
            return self.command_line(&argv, COMMAND);
        }
        let mut args = self.overrides()?;
        args.push("app-server".into());
        if listen.is_empty() {
            args.extend(["--listen", "stdio://"].map(OsString::from));
        }
        args.extend_from_slice(listen);
        let runtime = runtime::find(self.codex_bin.as_deref())?;
        Ok(self.command_of(&runtime.binary, &args, runtime.helpers))
    }

    /// The config overrides as arguments.
    fn overrides(&self) -> Result<Vec<OsString>> {
        let mut args = Vec::new();
        for (position, setting) in self.config_overrides.iter().enumerate() {
            check_override(position, setting)?;
            args.extend(["--config".into(), OsString::from(setting)]);
        }
        Ok(args)
    }

    /// The command of a whole command line, which was given by `source`.
    fn command_line(&self, argv: &[OsString], source: &'static str) -> Result<Command> {
        let Some((program, args)) = argv.split_first() else {
            return Err(Error::invalid(
                source,
                "the command is empty; its first element has to be a program",
            ));
        };
        let path = self.path();
        let program = runtime::program(Path::new(program), path.as_deref())
            .map_err(|source| Error::spawn(program, source))?;
        Ok(self.command_of(&program, args, Vec::new()))
    }

    /// The server's PATH.
    fn path(&self) -> Option<OsString> {
        match self.env.get(OsStr::new("PATH")) {
            Some(path) => path.clone(),
            None => self.inherit_env.then(|| std::env::var_os("PATH")).flatten(),
        }
    }

    /// The folders of `helpers` come first on its PATH.
    fn command_of(&self, program: &Path, args: &[OsString], helpers: Vec<PathBuf>) -> Command {
        let mut command = Command::new(program);
        command.args(args);
        if !self.inherit_env {
            command.env_clear();
        }
        // The tail of stderr goes into error texts, where colours are noise.
        command.env("NO_COLOR", "1");
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if !helpers.is_empty() {
            let path = self.path().unwrap_or_default();
            let folders = helpers.into_iter().chain(std::env::split_paths(&path));
            // A folder with the separator in its name cannot be on a PATH.
            if let Ok(path) = std::env::join_paths(folders) {
                command.env("PATH", path);
            }
        }
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command
    }
}

/// The words of a command line. The error does not repeat it: a word may be a secret.
fn split(line: &OsStr) -> Result<Vec<OsString>> {
    let words = line.to_str().and_then(shlex::split);
    let Some(words) = words else {
        return Err(Error::invalid(
            COMMAND,
            "this environment variable is no command line: a quote in it is not closed, or it is \
             not UTF-8; it has to be like `codex app-server`",
        ));
    };
    Ok(words.into_iter().map(OsString::from).collect())
}

/// The error does not repeat the setting: without its key, all of it may be a secret.
fn check_override(position: usize, setting: &str) -> Result<()> {
    let wrong = match setting.split_once('=') {
        None => "has no `=`",
        Some((key, _)) if key.split('.').any(|part| part.trim().is_empty()) => {
            "has no key, or an empty part in it"
        }
        Some(_) => return Ok(()),
    };
    Err(Error::invalid(
        "config_override",
        format!("override {} {wrong}; it has to be like model=\"gpt-5.4\"", position + 1),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn this() -> PathBuf {
        std::env::current_exe().unwrap()
    }

    fn args(command: &Command) -> Vec<&OsStr> {
        command.get_args().collect()
    }

    #[test]
    fn overrides_come_before_the_subcommand() {
        let config = AppServerConfig::new().codex_bin(this()).config_override("a.b=1");
        let command = config.command_in(None, &[]).unwrap();
        assert_eq!(command.get_program(), this());
        assert_eq!(args(&command), ["--config", "a.b=1", "app-server", "--listen", "stdio://"]);
    }

    #[test]
    fn malformed_overrides_are_refused() {
        for setting in ["", "=1", "a", "a..b=1", " =2", ".a=1"] {
            let error = AppServerConfig::new().config_override(setting).command().unwrap_err();
            assert!(
                matches!(error, Error::InvalidInput { argument: "config_override", .. }),
                "{setting:?}: {error}"
            );
        }
    }

    #[test]
    fn the_command_of_the_environment_comes_after_what_the_program_names() {
        let line = OsString::from(format!("'{}' app-server --x 'a b'", this().display()));
        let command =
            |config: &AppServerConfig| config.command_in(Some(line.clone()), &[]).unwrap();
        let config = AppServerConfig::new().config_override("a=1");
        let of_the_environment = command(&config);
        assert_eq!(of_the_environment.get_program(), this());
        assert_eq!(args(&of_the_environment), ["app-server", "--x", "a b", "--config", "a=1"]);
        let named = command(&config.clone().codex_bin(this()));
        assert_eq!(args(&named)[2..], ["app-server", "--listen", "stdio://"]);
        // Where it is to listen follows, but for what is the program's own.
        let listen = ["--listen", "unix://x"].map(OsString::from);
        let listening = |config: &AppServerConfig| {
            let command = config.command_in(Some(line.clone()), &listen).unwrap();
            command.get_args().map(OsString::from).collect::<Vec<_>>()
        };
        assert_eq!(listening(&config)[3..], ["--config", "a=1", "--listen", "unix://x"]);
        let named = config.clone().codex_bin(this());
        assert_eq!(listening(&named)[2..], ["app-server", "--listen", "unix://x"]);
        let own = config.clone().launch_args_override([this()]);
        assert!(listening(&own).is_empty());
        let line = [this().into_os_string(), "other".into()];
        assert_eq!(args(&command(&config.launch_args_override(line))), ["other"]);
    }

    #[test]
    fn a_command_of_the_environment_that_is_none_is_refused() {
        for line in ["'", " ", "secret \"x"] {
            let error = AppServerConfig::new().command_in(Some(line.into()), &[]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(COMMAND) && !text.contains("secret"), "{line:?}: {text}");
        }
    }

    #[test]
    fn variables_are_set_and_removed() {
        let config = AppServerConfig::new()
            .codex_bin(this())
            .envs([("A", "1"), ("B", "2")])
            .env_remove("B")
            .env_remove("C")
            .env("C", "3");
        let shown = format!("{config:?}");
        assert!(shown.contains("\"A\"") && !shown.contains("\"1\""), "{shown}");
        let command = config.command().unwrap();
        let env: BTreeMap<_, _> = command.get_envs().collect();
        let of = |key: &str| env.get(OsStr::new(key)).copied();
        assert_eq!(of("A"), Some(Some(OsStr::new("1"))));
        assert_eq!(of("B"), Some(None));
        assert_eq!(of("C"), Some(Some(OsStr::new("3"))));
    }

    #[cfg(unix)]
    #[test]
    fn a_cleared_environment_has_what_was_set_afterwards() {
        let env = |config: AppServerConfig| {
            let config = config.launch_args_override(["/usr/bin/env"]);
            let output = config.command().unwrap().output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let config = AppServerConfig::new().env("A", "1").env_clear().env("B", "2");
        assert_eq!(env(config), "B=2\nNO_COLOR=1\n");
        assert!(env(AppServerConfig::new()).contains("PATH="));
        // Nor is a program looked for where the server could not find it.
        let config = AppServerConfig::new().env_clear().launch_args_override(["env"]);
        assert!(matches!(config.command(), Err(Error::Spawn { .. })));
    }

    #[test]
    fn an_empty_command_is_refused() {
        let config = AppServerConfig::new().launch_args_override(Vec::<OsString>::new());
        let error = config.command().unwrap_err();
        assert!(error.to_string().contains("launch_args_override"), "{error}");
    }
}
