//! How a server is told the token that it asks for.

use std::{
    env,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    transport::descendants::new_mark,
};

/// A token in a file that only this user can read, for as long as there is this.
pub(super) struct TokenFile(PathBuf);

impl TokenFile {
    pub(super) fn write(token: &str) -> Result<Self> {
        if token.trim().is_empty() {
            let advice = "it is empty; leave it out if the server is to ask for none";
            return Err(Error::invalid("token", advice));
        }
        let path = env::temp_dir().join(format!("codex-app-server-{}", new_mark()));
        let mut options = OpenOptions::new();
        // A file that somebody else has put there is not taken.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| {
            let file_is_removed = Self(path.clone());
            file.write_all(token.trim().as_bytes()).map(|()| file_is_removed)
        });
        written.map_err(|error| {
            let path = path.display();
            Error::invalid("token", format!("{path}, where the server reads it: {error}"))
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // Whoever has removed it has done our work.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_for_this_user_and_this_time() {
        let file = TokenFile::write(" s3cret\n").unwrap();
        let path = file.path().to_owned();
        assert!(path.is_absolute());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), "s3cret");
        drop(file);
        assert!(!path.exists());
        assert!(TokenFile::write(" ").is_err());
    }
}
