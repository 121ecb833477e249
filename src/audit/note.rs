//! Signed notes (<https://c2sp.org/signed-note>): a text and Ed25519 signatures by named keys.
//!
//! What the text says is none of this file's business; see `checkpoint`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::verify::GateKey;

/// The type byte of an Ed25519 key in a signed note.
const ED25519: u8 = 0x01;
/// The longest note that is read, in bytes: sixteen post-quantum signatures of witnesses fit.
const LONGEST_NOTE: usize = 128 * 1024;
/// The most signature lines that are looked at.
const MOST_SIGNATURES: usize = 64;

/// The gate's key, as far as signing notes needs it.
pub trait NoteSigner: Send {
    /// Returns the 32 bytes of the Ed25519 public key.
    fn public_key(&self) -> [u8; 32];
    /// Signs a message with Ed25519 (RFC 8032).
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

impl NoteSigner for SigningKey {
    fn public_key(&self) -> [u8; 32] {
        self.verifying_key().to_bytes()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        ed25519_dalek::Signer::sign(self, message).to_bytes()
    }
}

impl NoteSigner for GateKey {
    fn public_key(&self) -> [u8; 32] {
        self.public_bytes()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        Self::sign(self, message)
    }
}

/// Why a text is no note that our key signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is too long, holds control characters, or has no signature lines where they belong.
    #[error("the text is no signed note")]
    Malformed,
    /// Nobody we know signed it.
    #[error("the note is not signed by this key")]
    Unsigned,
    /// The signature that claims to be our key's is wrong.
    #[error("the note's signature is wrong")]
    BadSignature,
}

/// Tells whether a key may have this name: not empty, no spaces of any kind, no plus sign.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// Returns the four bytes by which a note names a key: the first of SHA-256 over the name, a newline,
/// the key's type and the key.
#[must_use]
pub fn key_id(name: &str, public_key: &[u8; 32]) -> [u8; 4] {
    let digest =
        Sha256::new_with_prefix(name).chain_update(b"\n").chain_update([ED25519]).chain_update(public_key).finalize();
    let mut id = [0u8; 4];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    id
}

/// Returns the text by which verifiers of signed notes are told a key: name, key id and key.
#[must_use]
pub fn verifier_key(name: &str, public_key: &[u8; 32]) -> String {
    let mut key = vec![ED25519];
    key.extend_from_slice(public_key);
    format!("{name}+{}+{}", hex::encode(key_id(name, public_key)), STANDARD.encode(key))
}

/// Returns the signed note for a text, which must end with a newline.
#[must_use]
pub fn sign_note(text: &str, name: &str, signer: &dyn NoteSigner) -> String {
    let mut signature = key_id(name, &signer.public_key()).to_vec();
    signature.extend_from_slice(&signer.sign(text.as_bytes()));
    format!("{text}\n\u{2014} {name} {}\n", STANDARD.encode(signature))
}

/// Tells whether a text has the form of a signed note, whoever signed it.
#[must_use]
pub fn is_note(text: &str) -> bool {
    open_note(text, "", &[0; 32]) != Err(NoteError::Malformed)
}

/// Returns the text of a note, its last newline included, if the key of this name signed it.
///
/// Signatures by other keys (of witnesses, of a successor) are allowed and not looked at.
///
/// # Errors
/// [`NoteError`] for anything else.
pub fn open_note<'note>(note: &'note str, name: &str, public_key: &[u8; 32]) -> Result<&'note str, NoteError> {
    if note.len() > LONGEST_NOTE || note.chars().any(|c| c.is_control() && c != '\n') {
        return Err(NoteError::Malformed);
    }
    // The last empty line ends the text: signature lines never hold one.
    let end = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    let (text, signatures) = note.split_at_checked(end + 1).ok_or(NoteError::Malformed)?;
    let signatures = signatures.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
    let id = key_id(name, public_key);
    let mut ours = None;
    for line in signatures.ok_or(NoteError::Malformed)?.split('\n').take(MOST_SIGNATURES) {
        ours = ours.or(signature_by(line, name, &id)?);
    }
    let key = VerifyingKey::from_bytes(public_key).map_err(|_| NoteError::Unsigned)?;
    let checked = key.verify_strict(text.as_bytes(), &ours.ok_or(NoteError::Unsigned)?);
    checked.map(|()| text).map_err(|_| NoteError::BadSignature)
}

/// Returns the signature in a line, if the line is by the key that is asked for.
fn signature_by(line: &str, name: &str, id: &[u8; 4]) -> Result<Option<Signature>, NoteError> {
    let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Malformed)?;
    let (signer, encoded) = rest.split_once(' ').ok_or(NoteError::Malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
    let (signer_id, signature) = bytes.split_at_checked(id.len()).ok_or(NoteError::Malformed)?;
    if signer != name || signer_id != id {
        return Ok(None);
    }
    Signature::from_slice(signature).map(Some).map_err(|_| NoteError::BadSignature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published example of Go's `golang.org/x/mod/sumdb/note`, from which the format comes.
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const NOTE_LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn published_key() -> SigningKey {
        let bytes = STANDARD.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
        SigningKey::from_bytes(bytes[1..].try_into().unwrap())
    }

    #[test]
    fn the_published_example_is_reproduced() {
        let key = published_key();
        let public = NoteSigner::public_key(&key);
        assert_eq!(verifier_key("PeterNeumann", &public), VERIFIER);
        let note = sign_note(TEXT, "PeterNeumann", &key);
        assert_eq!(note, format!("{TEXT}\n{NOTE_LINE}"));
        assert_eq!(open_note(&note, "PeterNeumann", &public), Ok(TEXT));
    }

    #[test]
    fn strangers_may_sign_too_but_do_not_count() {
        let (key, stranger) = (published_key(), SigningKey::from_bytes(&[8; 32]));
        let public = NoteSigner::public_key(&key);
        let theirs = sign_note(TEXT, "PeterNeumann", &stranger);
        assert_eq!(open_note(&theirs, "PeterNeumann", &public), Err(NoteError::Unsigned));
        assert_eq!(open_note(&format!("{theirs}{NOTE_LINE}"), "PeterNeumann", &public), Ok(TEXT));
    }

    #[test]
    fn damaged_notes_are_refused() {
        let public = NoteSigner::public_key(&published_key());
        let note = format!("{TEXT}\n{NOTE_LINE}");
        let open = |note: &str| open_note(note, "PeterNeumann", &public).map(str::to_owned);
        assert_eq!(open(&note.replace("problem is", "answer is")), Err(NoteError::BadSignature));
        assert_eq!(open(note.trim_end()), Err(NoteError::Malformed));
        assert_eq!(open(TEXT), Err(NoteError::Malformed));
        assert_eq!(open(""), Err(NoteError::Malformed));
        assert_eq!(open(&note.replace("then", "then\t")), Err(NoteError::Malformed));
        assert_eq!(open(&format!("{note}\u{2014} x\n")), Err(NoteError::Malformed));
        assert_eq!(open(&"x".repeat(LONGEST_NOTE + 1)), Err(NoteError::Malformed));
    }

    proptest::proptest! {
        /// No change of a single character goes unnoticed, and none is too strange to be refused.
        #[test]
        fn one_other_character_is_one_too_many(place in 0..240_usize, other: char) {
            let note: String = format!("{TEXT}\n{NOTE_LINE}");
            let changed: String =
                note.chars().enumerate().map(|(at, c)| if at == place { other } else { c }).collect();
            let opened = open_note(&changed, "PeterNeumann", &NoteSigner::public_key(&published_key()));
            proptest::prop_assert_eq!(opened.is_ok(), changed == note);
        }
    }

    #[test]
    fn names_that_would_break_a_note_are_told() {
        assert!(is_key_name("acme.example/ledger"));
        for name in ["", "a b", "a+b", "a\nb", "a\u{2003}b"] {
            assert!(!is_key_name(name));
        }
    }
}
