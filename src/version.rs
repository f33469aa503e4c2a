//! Which server this is, and what that means for what it may be sent.

use semver::Version;

use crate::{CODEX_VERSION, Error, Result, generated::v2_all::TurnStartParams};

/// From here on the server knows the options that [`ServerVersion`] guards.
const GUARDED_SINCE: Version = Version::new(0, 151, 0);

/// Which versions of the server a connection accepts, compared when it is made.
///
/// ```
/// use codex_app_server::{Codex, VersionPolicy};
///
/// let policy = VersionPolicy::AtLeast("0.160.0".parse()?);
/// let builder = Codex::builder().version_policy(policy);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionPolicy {
    /// Any. One that differs from the pinned version ([`CODEX_VERSION`]) is logged as a warning.
    #[default]
    Warn,
    /// The pinned version only.
    Exact,
    /// This version or a later one. Pre-releases come before their release; a build from source,
    /// which calls itself 0.0.0, is taken for the latest; what is no version at all is refused.
    AtLeast(Version),
}

/// The server's version; none for a build from source, which calls itself 0.0.0 and is taken to
/// know everything.
#[derive(Clone, Debug)]
pub(crate) struct ServerVersion(Option<Version>);

impl ServerVersion {
    pub(crate) fn new(text: &str) -> Self {
        let version = Version::parse(text).ok();
        Self(version.filter(|version| *version != Version::new(0, 0, 0)))
    }

    /// Whether `policy` accepts this server, which calls itself `text`.
    pub(crate) fn check(&self, text: &str, policy: &VersionPolicy) -> Result<()> {
        let required = match policy {
            VersionPolicy::Warn => {
                if text != CODEX_VERSION {
                    tracing::warn!(
                        server = text,
                        pinned = CODEX_VERSION,
                        "the app-server is another version than the SDK was made for"
                    );
                }
                return Ok(());
            }
            VersionPolicy::Exact if text == CODEX_VERSION => return Ok(()),
            VersionPolicy::Exact => CODEX_VERSION.to_owned(),
            VersionPolicy::AtLeast(least) => {
                // Of those that are not known, a build from source has a version all the same.
                let known = self.0.as_ref().map(|version| version >= least);
                if known.unwrap_or_else(|| Version::parse(text).is_ok()) {
                    return Ok(());
                }
                format!("{least} or later")
            }
        };
        Err(Error::Version { required, found: text.to_owned() })
    }

    /// Refuses options of a turn that this server would ignore in silence.
    pub(crate) fn check_turn(&self, params: &TurnStartParams) -> Result<()> {
        self.guard("tool_output", params.tool_output.is_unset())?;
        self.guard("turn_trigger", params.turn_trigger.is_unset())?;
        self.guard("service_tier_for_turn", params.service_tier_for_turn.is_unset())
    }

    /// Whether the server can leave out the turns of a resumed thread.
    pub(crate) fn excludes_turns(&self) -> bool {
        self.knows()
    }

    fn guard(&self, option: &'static str, unset: bool) -> Result<()> {
        if unset || self.knows() {
            return Ok(());
        }
        let version = self.0.as_ref().map(ToString::to_string).unwrap_or_default();
        Err(Error::invalid(
            option,
            format!(
                "the app-server is {version} and would ignore it; it needs {GUARDED_SINCE} or later"
            ),
        ))
    }

    fn knows(&self) -> bool {
        self.0.as_ref().is_none_or(|version| *version >= GUARDED_SINCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_accept_what_they_say() {
        let least = |text: &str| VersionPolicy::AtLeast(text.parse().unwrap());
        for (server, policy, accepted) in [
            ("0.1.0", VersionPolicy::Warn, true),
            (CODEX_VERSION, VersionPolicy::Exact, true),
            ("0.1.0", VersionPolicy::Exact, false),
            ("1.2.0", least("1.2.0"), true),
            ("1.2.0-alpha.3", least("1.2.0"), false),
            ("1.3.0-alpha.1", least("1.2.0"), true),
            ("0.0.0", least("1.2.0"), true),
            ("nightly", least("1.2.0"), false),
            ("1.3", least("1.2.0"), false),
            ("nightly", VersionPolicy::Warn, true),
        ] {
            let checked = ServerVersion::new(server).check(server, &policy);
            assert_eq!(checked.is_ok(), accepted, "{server} {policy:?}");
        }
    }

    #[test]
    fn options_that_would_be_ignored_are_refused() {
        let params = || TurnStartParams::new().thread_id("t").input(["x"]);
        let old = ServerVersion::new("0.151.0-alpha.1");
        assert!(old.check_turn(&params()).is_ok());
        let error = old.check_turn(&params().turn_trigger("x")).unwrap_err();
        assert!(error.to_string().contains("turn_trigger"), "{error}");
        assert!(old.check_turn(&params().service_tier_for_turn("x")).is_err());
        for new in ["0.151.0", "1.0.0", "0.0.0"] {
            let new = ServerVersion::new(new);
            assert!(new.check_turn(&params().turn_trigger("x")).is_ok());
        }
    }
}
