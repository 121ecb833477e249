//! Checkpoints: one signed statement of how long the ledger is and what its root hash is.
//!
//! A C2SP tlog-checkpoint (<https://c2sp.org/tlog-checkpoint>) in a signed note, so that stock tools
//! and witnesses of transparency logs can read it. Where checkpoints are kept is not decided here.

use super::merkle::{Frontier, Hash};
use super::note::{NoteError, NoteSigner, open_note, sign_note};

/// How long a ledger is, and the root hash over all its entries.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Checkpoint {
    /// The ledger's name; also the name of the key that signs for it.
    pub origin: String,
    /// The Merkle root over all entries.
    pub root: Hash,
    /// The number of entries.
    pub size: u64,
}

/// Why a text is no checkpoint of this ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no note that the ledger's key signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note holds something else than origin, size and root.
    #[error("the note holds no checkpoint: an origin, a size and a root hash, a line each")]
    NotACheckpoint,
    /// It speaks of another ledger.
    #[error("the checkpoint belongs to another ledger")]
    OtherOrigin,
}

impl Checkpoint {
    /// Returns the checkpoint of a tree.
    #[must_use]
    pub fn of(origin: &str, tree: &Frontier) -> Self {
        Self { origin: origin.to_owned(), root: tree.root(), size: tree.size() }
    }

    /// Returns the text that is signed: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Returns the signed note.
    #[must_use]
    pub fn sign(&self, signer: &dyn NoteSigner) -> String {
        sign_note(&self.text(), &self.origin, signer)
    }

    /// Reads a signed note and checks that `public_key` signed it for the ledger named `origin`.
    ///
    /// Extension lines after the root are covered by the signature and otherwise ignored.
    ///
    /// # Errors
    /// [`CheckpointError`] for anything that is not exactly that.
    pub fn open(note: &str, origin: &str, public_key: &[u8; 32]) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(open_note(note, origin, public_key)?)?;
        if checkpoint.origin == origin { Ok(checkpoint) } else { Err(CheckpointError::OtherOrigin) }
    }

    /// Reads the signed text.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::NotACheckpoint);
        };
        let digits = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
        if origin.is_empty() || !digits || (size.len() > 1 && size.starts_with('0')) || lines.any(str::is_empty) {
            return Err(CheckpointError::NotACheckpoint);
        }
        let size = size.parse().map_err(|_| CheckpointError::NotACheckpoint)?;
        let root = Hash::from_base64(root).ok_or(CheckpointError::NotACheckpoint)?;
        Ok(Self { origin: origin.to_owned(), root, size })
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::audit::merkle::leaf_hash;

    const ORIGIN: &str = "acme.example/ledger";

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: ORIGIN.to_owned(), root: leaf_hash(b"x"), size: 12 }
    }

    fn signed(text: &str) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open(&sign_note(text, ORIGIN, &key()), ORIGIN, &NoteSigner::public_key(&key()))
    }

    #[test]
    fn a_signed_checkpoint_is_read_back() {
        assert_eq!(signed(&checkpoint().text()), Ok(checkpoint()));
        assert_eq!(signed(&format!("{}an extension\n", checkpoint().text())), Ok(checkpoint()));
    }

    #[test]
    fn another_size_root_or_ledger_is_refused() {
        let public = NoteSigner::public_key(&key());
        let note = checkpoint().sign(&key());
        let bad = Err(CheckpointError::Note(NoteError::BadSignature));
        assert_eq!(Checkpoint::open(&note.replace("\n12\n", "\n13\n"), ORIGIN, &public), bad);
        let unsigned = Err(CheckpointError::Note(NoteError::Unsigned));
        assert_eq!(Checkpoint::open(&note, "other.example", &public), unsigned);
        let text = checkpoint().text().replace("acme", "other");
        assert_eq!(signed(&text), Err(CheckpointError::OtherOrigin));
    }

    #[test]
    fn sizes_have_one_form_only() {
        for size in ["012", "+12", "-1", "", "1 2", "99999999999999999999"] {
            let text = checkpoint().text().replace("\n12\n", &format!("\n{size}\n"));
            assert_eq!(signed(&text), Err(CheckpointError::NotACheckpoint), "{size}");
        }
        assert_eq!(signed("a\n1\n"), Err(CheckpointError::NotACheckpoint));
    }
}
