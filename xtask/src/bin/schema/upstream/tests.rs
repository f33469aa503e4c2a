//! Repositories laid out as upstream's, with a small writer that stands in for its own.

use tempfile::TempDir;

use super::*;
use crate::schema::BUNDLE;

/// Writes what it finds in `experimental/` beside its sources, as upstream's writes what its types
/// say.
const WRITER_SOURCE: &str = r#"
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [experimental, option, root] = args.as_slice() else { panic!("{args:?}") };
    assert_eq!((experimental.as_str(), option.as_str()), ("--experimental", "--schema-root"));
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("experimental");
    copy(&from, &std::path::Path::new(root).join("json"));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { std::fs::copy(&path, &to).map(drop).unwrap() }
    }
}
"#;

/// A bare repository, and the working copy that it is made from.
pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(repository.work()).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub(crate) fn url(&self) -> String {
        self.folder.path().join("upstream.git").display().to_string()
    }

    fn work(&self) -> std::path::PathBuf {
        self.folder.path().join("work")
    }

    fn git(&self, args: &[&str]) {
        let user = ["-c", "user.name=x", "-c", "user.email=x@x"];
        output(git(&self.work(), &user).args(args)).unwrap();
    }

    /// Commits a workspace of this version, with these schemas, and shows it.
    pub(crate) fn commit(&self, version: &str, stable: &Files, experimental: &Files, writer: &str) {
        let protocol = format!("{RUST}/app-server-protocol");
        let mut files = Files::from([
            ("README.md".to_owned(), "upstream".to_owned()),
            ("sdk/python/large.txt".to_owned(), "not needed".to_owned()),
            (
                format!("{RUST}/Cargo.toml"),
                format!(
                    "[workspace]\nmembers = [\"app-server-protocol\"]\nresolver = \"3\"\n\n\
                     [workspace.package]\nversion = \"{version}\"\n\n[profile.dev]\nopt-level = 0\n"
                ),
            ),
            (
                format!("{protocol}/Cargo.toml"),
                "[package]\nname = \"codex-app-server-protocol\"\nversion.workspace = true\nedition = \"2024\"\n"
                    .to_owned(),
            ),
            (format!("{protocol}/src/bin/write_schema_fixtures.rs"), writer.to_owned()),
        ]);
        let below = |folder: &str, schema: &Files| {
            let files =
                schema.iter().map(|(path, text)| (format!("{folder}/{path}"), text.clone()));
            files.collect::<Files>()
        };
        files.extend(below(&format!("{RUST}/{CHECKED_IN}"), stable));
        files.extend(below(&format!("{protocol}/experimental"), experimental));
        for (path, text) in &files {
            schema::write(&self.work().join(path), text).unwrap();
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", version]);
        let bare = self.url();
        let _ = fs::remove_dir_all(&bare);
        self.git(&["clone", "--quiet", "--bare", ".", &bare]);
    }

    /// One whose writer works.
    pub(crate) fn commit_whole(&self, version: &str, stable: &Files, experimental: &Files) {
        self.commit(version, stable, experimental, WRITER_SOURCE);
    }

    pub(crate) fn tag(&self, name: &str) {
        self.git(&["tag", name]);
        self.git(&["push", "--quiet", &self.url(), name]);
    }
}

fn bundle(name: &str) -> Files {
    Files::from([(BUNDLE.to_owned(), format!(r#"{{"definitions": {{"{name}": {{}}}}}}"#))])
}

#[test]
fn its_own_writer_tells_what_is_experimental_and_else_it_is_an_early_warning() {
    let repository = Repository::new();
    repository.commit_whole("1.2.3", &bundle("Stable"), &bundle("All"));
    repository.tag("rust-v1.2.3");
    repository.commit("0.0.0", &bundle("Next"), &bundle("All"), "fn main() { it is broken }");
    let work = tempfile::tempdir().unwrap();
    let text = |upstream: &Upstream, flavour: &str| {
        upstream.files.get(&format!("{flavour}/{BUNDLE}")).cloned()
    };

    let release = read(work.path(), &repository.url(), Some("rust-v1.2.3")).unwrap();
    assert_eq!(release.version.as_deref(), Some("1.2.3"));
    assert!(text(&release, STABLE).unwrap().contains("Stable"));
    assert!(text(&release, EXPERIMENTAL).unwrap().contains("All"));

    // Of the branch that is shown first.
    let next = read(work.path(), &repository.url(), None).unwrap();
    assert_eq!(next.version.as_deref(), Some("0.0.0"));
    assert!(text(&next, STABLE).unwrap().contains("Next"));
    assert_eq!(text(&next, EXPERIMENTAL), None);
    assert_ne!(next.commit, release.commit);
    assert!(!work.path().join("checkout").exists());
}

#[test]
fn only_what_is_needed_is_fetched() {
    let repository = Repository::new();
    for version in ["1.2.3", "1.2.4"] {
        repository.commit_whole(version, &bundle("Stable"), &bundle("All"));
    }
    let dir = tempfile::tempdir().unwrap();
    let commit = fetch(dir.path(), &repository.url(), Some("main")).unwrap();
    assert!(dir.path().join(RUST).join(CHECKED_IN).is_dir());
    assert!(!dir.path().join("sdk").exists());
    let log = ["log", "--format=%h", "--abbrev=7"];
    let log = output(&mut git(dir.path(), &log)).unwrap();
    assert_eq!(log.lines().collect::<Vec<_>>(), [commit]);
}

#[test]
fn what_is_no_such_repository_is_told() {
    let work = tempfile::tempdir().unwrap();
    let repository = Repository::new();
    repository.commit_whole("1.2.3", &Files::new(), &bundle("All"));
    let error = |url: &str, reference| read(work.path(), url, reference).err().unwrap();
    assert!(error(&repository.url(), None).contains(&format!("no schema in {RUST}/{CHECKED_IN}")));
    assert!(error(&repository.url(), Some("gone")).contains("`git "));
    assert!(error("/gone/upstream.git", None).contains("/gone/upstream.git"));
}
