//! Runs the steps against one codex, and says what became of each.

use std::{fmt::Write as _, pin::Pin};

use codex_app_server::{CODEX_VERSION, Error, Result};
use semver::Version;
use support::Install;

use crate::{server::Server, steps};

/// Something that programs do with codex.
pub(crate) struct Step {
    name: &'static str,
    run: Run,
    /// The last version, of those that the steps are tested with, that does not know this, and a
    /// part of its refusal.
    missing: Option<(Version, &'static str)>,
}

type Run = Box<dyn Fn(Server) -> Pin<Box<dyn Future<Output = Result<()>> + Send>>>;

impl Step {
    pub(crate) fn new<F>(name: &'static str, run: impl Fn(Server) -> F + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name, run: Box::new(move |server| Box::pin(run(server))), missing: None }
    }

    /// Up to `version`, this is refused with words that contain `why`.
    pub(crate) fn after(self, version: &str, why: &'static str) -> Self {
        Self { missing: Some((version.parse().unwrap(), why)), ..self }
    }

    /// A part of what an install says that does not know this.
    fn refusal(&self, install: &Install) -> Option<&'static str> {
        let (last_without, why) = self.missing.as_ref()?;
        (install.version().parse::<Version>().unwrap() <= *last_without).then_some(why)
    }

    /// Runs the step. What is wrong with the outcome is an error.
    async fn outcome(&self, install: &Install) -> Result<&'static str, String> {
        let server = Server::new(install);
        // A task of its own, so that a failed assertion is an outcome like others.
        let result = tokio::spawn((self.run)(server.clone())).await;
        let told = server.end().await;
        let result = result.map_err(|_| "an assertion failed, see above".to_owned())?;
        told?;
        match (result, self.refusal(install)) {
            (Ok(()), None) => Ok("passed"),
            (Err(error), None) => Err(format!("{error:?}")),
            (Err(error @ (Error::Rpc(_) | Error::InvalidInput { .. })), Some(why))
                if error.to_string().contains(why) =>
            {
                Ok("refused, as it is newer than this codex")
            }
            (Err(error), Some(why)) => Err(format!("not refused with {why:?}: {error:?}")),
            (Ok(()), Some(_)) => Err("passed, and was to be refused".to_owned()),
        }
    }
}

/// Runs all steps, each with servers of its own. Gives the table of those that failed, or nothing.
pub(crate) async fn failures(install: &Install) -> String {
    let (mut table, mut failed) = (String::new(), String::new());
    for step in steps::all() {
        let (text, outcome) = match step.outcome(install).await {
            Ok(outcome) => (&mut table, outcome.to_owned()),
            Err(why) => (&mut failed, why),
        };
        let _ = writeln!(text, "  {:<60} {outcome}", step.name);
    }
    let codex = install.version();
    println!("the SDK for codex {CODEX_VERSION} on codex {codex}:\n{table}");
    if failed.is_empty() { failed } else { format!("codex {codex} fails at:\n{failed}") }
}
