//! Where npm puts the native codex binary.
//!
//! `xtask` has this file as a module too, so that it installs to where the SDK looks.

use std::{
    env::consts::{ARCH, EXE_SUFFIX, OS},
    fs,
    path::{Path, PathBuf},
};

/// The package, within the scope `@openai`, that has the binary for this machine; `None` where
/// codex is not made for it.
pub(crate) fn native_package() -> Option<String> {
    package_for(OS, ARCH)
}

/// The native binary of an npm install.
pub(crate) fn native_binary(node_modules: &Path) -> Option<PathBuf> {
    let package = node_modules.join("@openai").join(native_package()?);
    let name = format!("codex{EXE_SUFFIX}");
    // One folder, named after the target triple.
    fs::read_dir(package.join("vendor"))
        .ok()?
        .flatten()
        .map(|triple| triple.path().join("bin").join(&name))
        .find(|binary| is_executable(binary))
}

/// A file that somebody may run; elsewhere than on Unix, any file.
pub(crate) fn is_executable(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 == 0 {
        return false;
    }
    metadata.is_file()
}

/// Operating systems and processors have other names in npm.
fn package_for(os: &str, arch: &str) -> Option<String> {
    let os = match os {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "win32",
        _ => return None,
    };
    let arch = match arch {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => return None,
    };
    Some(format!("codex-{os}-{arch}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_package() {
        for (os, arch, package) in [
            ("linux", "x86_64", "codex-linux-x64"),
            ("linux", "aarch64", "codex-linux-arm64"),
            ("macos", "x86_64", "codex-darwin-x64"),
            ("macos", "aarch64", "codex-darwin-arm64"),
            ("windows", "x86_64", "codex-win32-x64"),
            ("windows", "aarch64", "codex-win32-arm64"),
        ] {
            assert_eq!(package_for(os, arch).as_deref(), Some(package));
        }
        assert_eq!(package_for("freebsd", "x86_64"), None);
        assert_eq!(package_for("linux", "riscv64"), None);
    }
}
