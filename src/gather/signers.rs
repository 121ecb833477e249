//! The people on the lines of commits, each looked at once: a few dozen of them sign what thousands
//! of commits say.

use std::collections::HashMap;

use crate::catalogue::Catalogue;
use crate::detect::{Signature, is_stranger};
use crate::model::{Identity, Shared};
use crate::objects::{Commit, Person};

/// The most people that are remembered; whoever writes commits can make up any number of them.
const MOST_SIGNERS: usize = 10_000;

/// Those who were met.
#[derive(Debug, Default)]
pub(super) struct Signers {
    known: HashMap<Vec<u8>, Signer>,
    /// The key that is looked up.
    key: Vec<u8>,
}

/// Somebody on the `author` or `committer` line of a commit.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    /// Their name and address.
    pub(super) identity: Shared<Identity>,
    /// Whether the catalogue of agents and robots surely does not know them.
    pub(super) is_stranger: bool,
}

impl Signers {
    /// Returns somebody on a line of a commit. What a commit in another encoding than the usual one
    /// says is not remembered, for the same bytes say something else there.
    pub(super) fn meet(&mut self, person: &Person<'_>, commit: &Commit<'_>, catalogue: &Catalogue) -> Signer {
        if commit.encoding.is_some() {
            return Signer { identity: identity(person, commit).into(), is_stranger: false };
        }
        self.key.clear();
        // The length in front: no two people may have one key.
        self.key.extend_from_slice(&person.name.len().to_ne_bytes());
        self.key.extend_from_slice(person.name);
        self.key.extend_from_slice(person.email);
        if let Some(signer) = self.known.get(&self.key) {
            return signer.clone();
        }
        // What cannot be decoded is read as nothing, and its commit's authorship is undetermined.
        let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
        let is_stranger = is_text(person.name)
            && is_text(person.email)
            && is_stranger(catalogue, &Signature { name: person.name, email: person.email });
        let signer = Signer { identity: identity(person, commit).into(), is_stranger };
        if self.known.len() < MOST_SIGNERS {
            self.known.insert(self.key.clone(), signer.clone());
        }
        signer
    }
}

/// Returns a person as an identity. Bytes that cannot be decoded are shown by replacements: such
/// an identity matches nobody, and the commit's authorship is undetermined besides.
fn identity(person: &Person<'_>, commit: &Commit<'_>) -> Identity {
    let text = |bytes: &[u8]| match commit.decode(bytes) {
        Some(text) => text.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    Identity::from_name_and_email(text(person.name), text(person.email))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::commit;

    fn raw(author: &str, more: &str) -> String {
        format!(
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor {author} 1 +0000\n\
             committer Ada Byron <ada@example.com> 2 +0000\n{more}\nmessage\n"
        )
    }

    fn meet(signers: &mut Signers, text: &[u8]) -> Signer {
        let commit = commit::parse(text, 1 << 20).unwrap();
        signers.meet(&commit.author, &commit, &Catalogue::built_in())
    }

    #[test]
    fn everybody_is_looked_at_once_and_nobody_is_taken_for_another() {
        let mut signers = Signers::default();
        for _ in 0..2 {
            let ada = meet(&mut signers, raw("Ada Byron <ada@example.com>", "").as_bytes());
            assert_eq!(*ada.identity, Identity::from_name_and_email("Ada Byron", "ada@example.com"));
            assert!(ada.is_stranger);
            assert!(!meet(&mut signers, raw("Kiro <kiro@amazon.com>", "").as_bytes()).is_stranger);
            let joined = meet(&mut signers, raw("Ada Byrona <da@example.com>", "").as_bytes());
            assert_eq!(*joined.identity, Identity::from_name_and_email("Ada Byrona", "da@example.com"));
        }
        assert_eq!(signers.known.len(), 3);
    }

    #[test]
    fn the_same_bytes_in_another_encoding_are_somebody_else() {
        let mut signers = Signers::default();
        let text = raw("Gr\u{fc}n <g@example.com>", "");
        assert_eq!(meet(&mut signers, text.as_bytes()).identity.name.as_deref(), Some("Gr\u{fc}n"));
        let text = raw("Gr\u{fc}n <g@example.com>", "encoding latin1\n");
        let other = meet(&mut signers, text.as_bytes());
        assert_eq!(other.identity.name.as_deref(), Some("Gr\u{c3}\u{bc}n"));
        assert!(!other.is_stranger, "nothing is said about it");
    }
}
