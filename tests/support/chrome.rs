//! Where Chrome or Chromium and its driver are. `cargo xtask browser` looks here, too.

use std::{
    env::{self, consts::EXE_SUFFIX},
    path::PathBuf,
};

/// What to do about a browser that is missing.
const ADVICE: &str = "install Chrome or Chromium, and the chromedriver of the same version, \
                          to a folder on PATH, or name their files in CHROME and CHROMEDRIVER; on \
                          Debian, `cargo xtask browser` does it for root";

/// The names of the browser on PATH.
const BROWSERS: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Where an installer puts it that leaves PATH alone.
const ELSEWHERE: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
];

/// A browser, and the program that lets others drive it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chrome {
    /// The browser itself.
    pub browser: PathBuf,
    /// Its chromedriver.
    pub driver: PathBuf,
}

impl Chrome {
    /// Looks for both on this machine.
    ///
    /// # Errors
    ///
    /// Says which is missing, and what to do.
    pub fn find() -> Result<Self, String> {
        let missing = |what: &str| format!("no {what} was found on this machine; {ADVICE}");
        Ok(Self {
            browser: browser().ok_or_else(|| missing("Chrome or Chromium"))?,
            driver: driver().ok_or_else(|| missing("chromedriver"))?,
        })
    }
}

fn browser() -> Option<PathBuf> {
    let named = env::var_os("CHROME").map(PathBuf::from);
    let on_path = || BROWSERS.iter().find_map(|name| on_path(name));
    let elsewhere = || ELSEWHERE.iter().map(PathBuf::from).find(|path| path.is_file());
    named.or_else(on_path).or_else(elsewhere)
}

fn driver() -> Option<PathBuf> {
    let named = env::var_os("CHROMEDRIVER").map(PathBuf::from);
    // The folder that GitHub's runners name.
    let folder = env::var_os("CHROMEWEBDRIVER").map(PathBuf::from);
    let of_runner = folder.map(|folder| folder.join(format!("chromedriver{EXE_SUFFIX}")));
    named.or_else(|| of_runner.filter(|path| path.is_file())).or_else(|| on_path("chromedriver"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let files = env::split_paths(&folders).map(|folder| folder.join(format!("{name}{EXE_SUFFIX}")));
    files.into_iter().find(|file| file.is_file())
}
