//! The file of tokens, read anew when it changes: a token that is deleted from it stops working at once.
//!
//! A file that cannot be read refuses everybody: nobody could tell what was withdrawn.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tracing::{error, info};

use super::tokens::{Tokens, TokensError};

/// How many seconds after its last change a file is not read anew any more as long as it looks the same:
/// a file system may give two changes of one moment the same time.
const SETTLED: i64 = 2;

/// The file of tokens.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    known: Mutex<Known>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Known {
    /// How the file looked; nothing where it has to be read anew.
    stamp: Option<Stamp>,
    /// Its tokens; nothing where it cannot be used.
    tokens: Option<Arc<Tokens>>,
    /// What was said of it last.
    said: Option<String>,
}

/// By what a file is told from what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    /// Which file it is.
    file: (u64, u64),
    length: u64,
    /// When its content or its permissions changed, in seconds and nanoseconds.
    changed: (i64, i64),
}

impl TokenFile {
    /// Returns the file at a path. It is read when somebody asks.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), known: Mutex::default() }
    }

    /// Returns the tokens that stand in the file now; nothing where it cannot be used. Blocks.
    #[must_use]
    pub fn tokens(&self, now: Timestamp) -> Option<Arc<Tokens>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken before it is read: what changes meanwhile is seen the next time.
        let stamp = std::fs::metadata(&self.path).ok().and_then(|metadata| Stamp::of(&metadata));
        if stamp.is_none() || stamp != known.stamp {
            known.take(Tokens::read(&self.path));
            known.stamp = stamp.filter(|stamp| now.as_second().saturating_sub(stamp.changed.0) >= SETTLED);
        }
        known.tokens.clone()
    }
}

impl Known {
    /// Remembers what was read, and says what is new about it.
    fn take(&mut self, read: Result<Tokens, TokensError>) {
        let said = match read {
            Ok(tokens) => {
                let (count, is_new) = (tokens.all().len(), self.tokens.as_deref() != Some(&tokens));
                self.tokens = Some(Arc::new(tokens));
                if is_new {
                    info!(count, "the tokens of the API were read");
                }
                None
            }
            Err(cause) => {
                self.tokens = None;
                Some(cause.to_string())
            }
        };
        if let Some(cause) = said.as_ref().filter(|_| said != self.said) {
            error!(%cause, "the file of tokens cannot be used; the API refuses everybody until it can");
        }
        self.said = said;
    }
}

impl Stamp {
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere a file may not tell")]
    fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let (file, changed) = ((metadata.dev(), metadata.ino()), (metadata.ctime(), metadata.ctime_nsec()));
        Some(Self { file, length: metadata.len(), changed })
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Option<Self> {
        let since = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        let changed = (i64::try_from(since.as_secs()).ok()?, i64::from(since.subsec_nanos()));
        Some(Self { file: (0, 0), length: metadata.len(), changed })
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::token::{Scope, Token, digest, generate};
    use super::*;

    fn line(name: &str) -> String {
        let token = Token {
            name: name.to_owned(),
            digest: digest(&generate().unwrap()),
            scopes: vec![Scope::Read],
            repositories: Vec::new(),
            expires: "2100-01-01T00:00:00Z".parse().unwrap(),
            owner: None,
        };
        format!("{token}\n")
    }

    fn write(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn what_stands_in_the_file_counts_and_what_cannot_be_used_refuses_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        // By this clock every file is as old as can be: only how it looks tells that it changed.
        let later: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
        let file = TokenFile::at(&path);
        let names = || {
            let tokens = file.tokens(later)?;
            Some(tokens.all().iter().map(|token| token.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(names(), None, "it is not there");
        let (one, two) = (line("one"), line("two"));
        write(&path, &format!("{one}{two}"));
        assert_eq!(names().unwrap(), ["one", "two"]);
        let neighbor = folder.path().join("neighbor");
        write(&neighbor, &two);
        std::fs::rename(&neighbor, &path).unwrap();
        assert_eq!(names().unwrap(), ["two"]);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(names(), None, "everybody can read it");
        write(&path, &format!("{two}rubbish\n"));
        assert_eq!(names(), None, "a line cannot be read");
        write(&path, "# nobody\n");
        assert_eq!(names().unwrap(), [] as [String; 0]);
    }

    #[test]
    fn a_file_that_has_just_changed_is_read_although_it_looks_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        write(&path, &line("one"));
        let changed = std::os::unix::fs::MetadataExt::ctime(&path.metadata().unwrap());
        let file = TokenFile::at(&path);
        let stamp = |after: i64| {
            let _ = file.tokens(Timestamp::from_second(changed + after).unwrap());
            file.known.lock().unwrap().stamp
        };
        assert_eq!(stamp(1), None);
        assert!(stamp(2).is_some());
    }
}
