//! The testkit's model works with the versions that it claims: the steps show it for each of them.

use codex_app_server::CODEX_VERSION;
use semver::Version;
use support::root;

use crate::others;

#[test]
fn the_testkit_claims_the_versions_that_its_model_is_tested_with() {
    let claim = std::fs::read_to_string(root().join("testkit/src/lib.rs")).unwrap();
    let pinned: Version = CODEX_VERSION.parse().unwrap();
    for version in others().filter(|version| version.parse::<Version>().unwrap() < pinned) {
        assert!(claim.contains(version), "testkit/src/lib.rs does not say {version}");
    }
}
