//! Finds the codex binary.
//!
//! Every path is made absolute here, against our own working directory: the server may get another
//! one, a project that nobody has vetted, and what was looked at has to be what runs.

mod npm;

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    path::{self, Path, PathBuf},
};

use self::npm::{is_executable, native_binary};
use crate::{CODEX_VERSION, Error, Result};

/// A binary, and the folders of helpers that belong first on its PATH.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) binary: PathBuf,
    pub(crate) helpers: Vec<PathBuf>,
}

/// Looks, in this order, at `explicit`, the environment variable `CODEX_BIN`, managed installs of
/// the pinned version, and PATH.
pub(crate) fn find(explicit: Option<&Path>) -> Result<Runtime> {
    Places {
        explicit,
        codex_bin: env::var_os("CODEX_BIN"),
        exe: env::current_exe().ok(),
        path: env::var_os("PATH"),
    }
    .find()
}

/// The program of a command line as an absolute path. A bare name is looked for on `path`.
pub(crate) fn program(name: &Path, path: Option<&OsStr>) -> io::Result<PathBuf> {
    if !is_bare(name) {
        return path::absolute(name);
    }
    let found = path.and_then(|path| on_path(name, path));
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no folder on PATH has it"))
}

/// Whether it is a name without a folder.
fn is_bare(name: &Path) -> bool {
    name.parent() == Some(Path::new(""))
}

/// Where a binary is looked for.
struct Places<'a> {
    explicit: Option<&'a Path>,
    codex_bin: Option<OsString>,
    /// The running program.
    exe: Option<PathBuf>,
    path: Option<OsString>,
}

impl Places<'_> {
    fn find(self) -> Result<Runtime> {
        let mut looked_at = Vec::new();
        let named = [
            (self.explicit.map(Path::to_owned), "codex_bin"),
            (self.codex_bin.as_deref().map(PathBuf::from), "CODEX_BIN"),
        ];
        for (named, source) in named {
            let Some(named) = named else {
                looked_at.push(format!("{source}: not set"));
                continue;
            };
            // What somebody has named is not silently passed over.
            if is_bare(&named) {
                if let Some(found) = self.on_path(&named) {
                    return Ok(Runtime::at(found));
                }
                let name = named.display();
                looked_at.push(format!(
                    "{source}: no `{name}` that can be run, in any folder of PATH; `./{name}` \
                     would be one in the working directory"
                ));
                return Err(Error::RuntimeNotFound { looked_at });
            }
            let absolute = path::absolute(&named).unwrap_or(named);
            if absolute.is_file() {
                return Ok(Runtime::at(absolute));
            }
            looked_at.push(format!("{source}: {} is not a file", absolute.display()));
            return Err(Error::RuntimeNotFound { looked_at });
        }
        for folder in self.exe.as_deref().map(managed_folders).unwrap_or_default() {
            let install = folder.join("codex-runtime").join(CODEX_VERSION);
            match native_binary(&install.join("node_modules")) {
                Some(binary) => return Ok(Runtime::at(binary)),
                None => looked_at.push(format!("managed install: {}", install.display())),
            }
        }
        match self.on_path(Path::new("codex")) {
            Some(found) => Ok(Runtime::at(found)),
            None => {
                looked_at.push("PATH: no `codex` that can be run, in any of its folders".into());
                Err(Error::RuntimeNotFound { looked_at })
            }
        }
    }

    /// The binary of a program on PATH.
    fn on_path(&self, name: &Path) -> Option<PathBuf> {
        let found = on_path(name, self.path.as_deref()?)?;
        Some(behind_npm(&found).unwrap_or(found))
    }
}

impl Runtime {
    fn at(binary: PathBuf) -> Self {
        let helpers = binary
            .parent()
            .and_then(Path::parent)
            .map(|package| package.join("codex-path"))
            .filter(|folder| folder.is_dir());
        Self { binary, helpers: helpers.into_iter().collect() }
    }
}

/// The folder of the running program, and the cargo target folder that it was built into. Never
/// just any parent: a folder that others may write to must not get to choose what runs.
fn managed_folders(exe: &Path) -> Vec<PathBuf> {
    let own = exe.parent();
    own.into_iter().chain(own.and_then(target_folder)).map(Path::to_owned).collect()
}

/// The target folder of a program that cargo has put into `folder`: `target/<profile>`, or the
/// folder of tests or examples in there. Both are known by what cargo leaves in them, since the
/// parent of any other folder, such as `/tmp`, may belong to everybody.
fn target_folder(folder: &Path) -> Option<&Path> {
    let profile = match folder.file_name()?.to_str() {
        Some("deps" | "examples") => folder.parent()?,
        _ => folder,
    };
    let target = profile.parent()?;
    let cargo = profile.join(".cargo-lock").is_file() && target.join("CACHEDIR.TAG").is_file();
    cargo.then_some(target)
}

/// The first program called `name` that can be run. Relative folders of `path` (`.`, or an empty
/// one) are passed over: they name another folder wherever a program stands, and in a project that
/// nobody has vetted they would let it choose what runs.
fn on_path(name: &Path, path: &OsStr) -> Option<PathBuf> {
    on_path_as(name, path, EXTENSIONS)
}

/// How the names of programs end. On Windows npm puts no `codex.exe` on PATH, but a `codex.cmd`.
const EXTENSIONS: &[&str] = if cfg!(windows) { &["exe", "cmd"] } else { &[""] };

/// The same where names of programs end with one of `extensions`, the first of them in preference,
/// folder by folder.
fn on_path_as(name: &Path, path: &OsStr, extensions: &[&str]) -> Option<PathBuf> {
    let names: Vec<_> = match name.extension() {
        Some(_) => vec![name.to_owned()],
        None => extensions.iter().map(|extension| name.with_extension(extension)).collect(),
    };
    env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|candidate| is_executable(candidate))
}

/// npm puts a node script on PATH, which costs 90 ms per start: the native binary beside it.
fn behind_npm(found: &Path) -> Option<PathBuf> {
    if found.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("cmd")) {
        return behind_cmd(found);
    }
    // …/node_modules/@openai/codex/bin/codex.js
    let script = fs::canonicalize(found).ok()?;
    in_package(script.parent()?.parent()?)
}

/// On Windows that is a batch file, which calls the script: of a global install it stands beside
/// the folder `node_modules`, of one in a project in `.bin` within that.
fn behind_cmd(batch: &Path) -> Option<PathBuf> {
    let folder = batch.parent()?;
    let modules = if folder.ends_with(".bin") {
        folder.parent()?.to_owned()
    } else {
        folder.join("node_modules")
    };
    in_package(&modules.join("@openai").join("codex"))
}

/// The native binary of the npm package in this folder, which has it within, or beside itself.
fn in_package(package: &Path) -> Option<PathBuf> {
    let nested = native_binary(&package.join("node_modules"));
    nested.or_else(|| native_binary(package.parent()?.parent()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODEX: &str = if cfg!(windows) { "codex.exe" } else { "codex" };

    fn nowhere() -> Places<'static> {
        Places { explicit: None, codex_bin: None, exe: None, path: None }
    }

    /// A file that can be run, with the folders that it is in.
    fn make_program(path: &Path) {
        make_file(path);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn make_file(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    /// A managed install in `folder`.
    fn make_install(folder: &Path) -> PathBuf {
        let install = folder.join("codex-runtime").join(CODEX_VERSION).join("node_modules");
        let package = install.join("@openai").join(npm::native_package().unwrap());
        let binary = package.join("vendor/some-triple/bin").join(CODEX);
        make_program(&binary);
        binary
    }

    #[test]
    fn a_named_path_that_is_missing_is_an_error_that_names_it() {
        let error = find(Some(Path::new("/nowhere/codex"))).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("codex_bin: /nowhere/codex is not a file"), "{text}");
        assert!(text.contains("npm install"), "{text}");
    }

    #[test]
    fn a_named_path_is_made_absolute() {
        // The tests run in the folder of the package.
        let (relative, absolute) = (Path::new("src/lib.rs"), env::current_dir().unwrap());
        let absolute = absolute.join(relative);
        let named = Places { explicit: Some(relative), ..nowhere() }.find().unwrap();
        assert_eq!(named.binary, absolute);
        let in_env = Places { codex_bin: Some(relative.into()), ..nowhere() }.find().unwrap();
        assert_eq!(in_env.binary, absolute);
        assert_eq!(program(relative, None).unwrap(), absolute);
    }

    #[test]
    fn only_the_target_folder_of_the_program_offers_an_install() {
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path();
        make_file(&shared.join("CACHEDIR.TAG"));
        make_install(shared);
        let from = |exe: PathBuf| Places { exe: Some(exe), ..nowhere() }.find();
        // What stands in a shared folder, however deep, is not for those below it.
        for exe in ["x", "deps/x", "target/debug/x", "target/debug/deps/x"] {
            assert!(from(shared.join("own").join(exe)).is_err(), "{exe}");
        }
        let target = shared.join("own/target");
        make_file(&target.join("CACHEDIR.TAG"));
        make_file(&target.join("debug/.cargo-lock"));
        let install = make_install(&target);
        for exe in ["debug/x", "debug/deps/x", "debug/examples/x"] {
            assert_eq!(from(target.join(exe)).unwrap().binary, install, "{exe}");
        }
        assert!(from(target.join("debug/other/deps/x")).is_err());
    }

    #[test]
    fn what_cannot_be_run_or_is_relative_is_passed_over_on_path() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let relative = Path::new(folder.path().file_name().unwrap());
        let [dull, good] = ["dull", "good"].map(|name| folder.path().join(name));
        make_program(&folder.path().join(CODEX));
        make_program(&good.join(CODEX));
        if cfg!(unix) {
            make_file(&dull.join(CODEX));
        }
        let good = env::current_dir().unwrap().join(&good);
        let dull = env::current_dir().unwrap().join(&dull);
        let folders = [Path::new(""), Path::new("."), relative, &dull, &good];
        let path = env::join_paths(folders).unwrap();
        let found = Places { path: Some(path.clone()), ..nowhere() }.find().unwrap();
        assert_eq!(found.binary, good.join(CODEX));
        assert_eq!(program(Path::new("codex"), Some(&path)).unwrap(), good.join(CODEX));
        let relative = env::join_paths(&folders[..3]).unwrap();
        assert!(program(Path::new("codex"), Some(&relative)).is_err());
        // One that is named without a folder is looked for in the same way, and nowhere else.
        let codex = Path::new(CODEX);
        for (path, found) in [(&path, true), (&relative, false)] {
            let path = Some(path.clone());
            let named = Places { explicit: Some(codex), path: path.clone(), ..nowhere() }.find();
            let in_env = Places { codex_bin: Some(CODEX.into()), path, ..nowhere() }.find();
            for result in [named, in_env] {
                match result {
                    Ok(runtime) => assert_eq!(runtime.binary, good.join(CODEX)),
                    Err(error) => assert!(!found && error.to_string().contains("PATH"), "{error}"),
                }
            }
        }
    }

    #[test]
    fn the_binary_behind_a_batch_file_of_npm_is_found() {
        let native = npm::native_package().unwrap();
        for (batch, modules) in [
            // `npm install -g`, which nests what a package needs, and in a project.
            ("npm/codex.cmd", "npm/node_modules/@openai/codex/node_modules"),
            ("npm/codex.cmd", "npm/node_modules"),
            ("project/node_modules/.bin/codex.cmd", "project/node_modules"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let [batch, modules] = [batch, modules].map(|path| folder.path().join(path));
            make_program(&batch);
            let path = batch.parent().unwrap().as_os_str();
            let found = on_path_as(Path::new("codex"), path, &["exe", "cmd"]).unwrap();
            assert_eq!(found, batch);
            // As long as there is no binary, the batch file itself is run.
            assert_eq!(behind_npm(&found), None);
            let binary =
                modules.join("@openai").join(&native).join("vendor/triple/bin").join(CODEX);
            make_program(&binary);
            assert_eq!(behind_npm(&found), Some(binary));
            // A program of its own comes first.
            make_program(&batch.with_extension("exe"));
            let found = on_path_as(Path::new("codex"), path, &["exe", "cmd"]).unwrap();
            assert_eq!(found, batch.with_extension("exe"));
        }
    }

    #[test]
    fn an_npm_install_is_found_with_its_helpers() {
        let folder = tempfile::tempdir().unwrap();
        let vendor = folder
            .path()
            .join("@openai")
            .join(npm::native_package().unwrap())
            .join("vendor/some-triple");
        let binary = vendor.join("bin").join(CODEX);
        make_program(&binary);
        fs::create_dir_all(vendor.join("codex-path")).unwrap();

        let found = Runtime::at(native_binary(folder.path()).unwrap());
        assert_eq!(found.binary, binary);
        assert_eq!(found.helpers, [vendor.join("codex-path")]);
    }
}
