//! Sees to the browser that drives the web service in the tests.

#[path = "../../tests/support/chrome.rs"]
mod chrome;

use std::{
    fs,
    process::{Command, Stdio},
};

pub use self::chrome::Chrome;
use crate::{error::Result, process::run};

/// The browser of this machine, with its driver. Where there is none it is installed, if that can
/// be done without asking anybody: as root, with Debian's packages.
///
/// # Errors
/// When there is none, and none can be installed; says what to do.
pub fn ensure() -> Result<Chrome> {
    Chrome::find().or_else(|missing| {
        if !may_install() {
            return Err(missing);
        }
        eprintln!("installing Chromium and its driver with apt-get (about 300 MB unpacked)…");
        install().and_then(|()| Chrome::find()).map_err(|error| format!("{missing}\n{error}"))
    })
}

/// Whether this is Debian, where a browser is an ordinary package (Ubuntu's is a snap), and we are
/// root.
fn may_install() -> bool {
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let id = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    system.lines().any(|line| line == "ID=debian") && id.is_ok_and(|id| id.stdout == b"0\n")
}

fn install() -> Result<()> {
    let apt = |args: &str| {
        let mut command = Command::new("apt-get");
        command.args(args.split(' ')).env("DEBIAN_FRONTEND", "noninteractive");
        // On stdout stands where they are, and nothing else.
        run(command.stdin(Stdio::null()).stdout(Stdio::null()))
    };
    apt("update --quiet")?;
    apt("install --quiet --yes --no-install-recommends chromium chromium-driver fonts-dejavu-core")
}
