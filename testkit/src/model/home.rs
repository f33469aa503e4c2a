//! A home folder that points codex at the mock model.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use tempfile::TempDir;

/// Models that make codex offer its whole set of tools, `apply_patch` and unified exec among them.
const CATALOG: &str = include_str!("../../data/model_catalog.json");

/// A temporary `CODEX_HOME`, removed on drop.
///
/// A codex that ends writes to its home up to the last moment, and makes the folder again when it
/// is gone. So dropping this first ends whatever still works in it, and waits for that. (On Linux;
/// elsewhere the folder stays unless codex has ended before.)
///
/// Its `config.toml` chooses the mock model, needs no login, never retries and never looks for
/// updates. The models are `mock-model` (the default) and `mock-model-2`.
#[derive(Debug)]
pub struct CodexHome {
    folder: TempDir,
}

impl CodexHome {
    pub(super) fn new(base_url: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("codex-home-").tempdir()?;
        let catalog = folder.path().join("model_catalog.json");
        fs::write(&catalog, CATALOG)?;
        // No table headers here, so that appended lines may still be top-level keys.
        let config = format!(
            r#"model = "mock-model"
model_provider = "mock"
model_catalog_json = '{catalog}'
check_for_update_on_startup = false
# A backend that is gone fails the turn instead of being retried for ever.
features.unbounded_connection_retries = false
model_providers.mock.name = "mock"
model_providers.mock.base_url = "{base_url}"
model_providers.mock.wire_api = "responses"
model_providers.mock.requires_openai_auth = false
model_providers.mock.request_max_retries = 0
model_providers.mock.stream_max_retries = 0
"#,
            catalog = catalog.display(),
        );
        fs::write(folder.path().join("config.toml"), config)?;
        Ok(Self { folder })
    }

    /// Appends lines to `config.toml`: top-level keys first, tables after them. Keys of a table
    /// that the file already has are written out, as in `features.x = true`.
    ///
    /// ```
    /// # async fn example() -> std::io::Result<()> {
    /// let model = codex_app_server_testkit::MockModel::start().await?;
    /// let home = model.codex_home()?.config("approval_policy = \"never\"")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn config(self, toml: &str) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).open(self.path().join("config.toml"))?;
        writeln!(file, "{toml}")?;
        Ok(self)
    }

    /// The folder, to be given to codex as the environment variable `CODEX_HOME`.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

#[cfg(target_os = "linux")]
impl Drop for CodexHome {
    fn drop(&mut self) {
        super::users::end(self.path());
    }
}
