//! SSH keys of people: in short form a line as in a `.pub` file, or with conditions.

use std::ops::Range;

use jiff::Timestamp;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

use crate::policy::PersonKey;
use crate::policy::problem::{Problems, shown};
use crate::policy::read::{self, Fields};
use crate::policy::shape::PERSON_KEY;
use crate::policy::yaml::{Node, Value};

/// The least length of an RSA key, in bits: what OpenSSH's `RequiredRSASize` suggests and NIST
/// SP 800-57 asks for.
const LEAST_RSA_BITS: usize = 2048;

/// Reads one key.
pub(super) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<PersonKey> {
    if !matches!(node.value, Value::Map(_)) {
        return Some(checked(key(node, problems)?, None, None, None));
    }
    let fields = read::fields(node, &PERSON_KEY, problems)?;
    let valid_after = time(&fields, "valid-after", problems);
    let valid_before = time(&fields, "valid-before", problems);
    if let (Some((after, _)), Some((before, at))) = (&valid_after, &valid_before)
        && before <= after
    {
        problems
            .error("validity-empty", at, "the key ends before it begins")
            .consequence("no signature by it would ever count");
    }
    let key = key(fields.value("key")?, problems)?;
    let application = application(&fields, &key, problems);
    Some(checked(key, application, valid_after.map(|(time, _)| time), valid_before.map(|(time, _)| time)))
}

/// Reads a key without conditions and returns its fingerprint.
pub(super) fn read_plain(node: &Node<'_>, problems: &mut Problems) -> Option<String> {
    key(node, problems).map(|key| key.fingerprint(HashAlg::Sha256).to_string())
}

fn time(fields: &Fields<'_, '_>, key: &str, problems: &mut Problems) -> Option<(Timestamp, Range<usize>)> {
    let node = fields.value(key)?;
    Some((read::timestamp(node, &format!("`{key}`"), problems)?, node.span.clone()))
}

fn checked(
    key: PublicKey,
    application: Option<String>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
) -> PersonKey {
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    // The comment is whatever its author wrote: it takes no part in anything.
    let bare = PublicKey::new(key.key_data().clone(), "");
    PersonKey { openssh: bare.to_openssh().unwrap_or_default(), fingerprint, application, valid_after, valid_before }
}

/// Reads the key itself: type, base64, and perhaps a comment.
fn key(node: &Node<'_>, problems: &mut Problems) -> Option<PublicKey> {
    let text = read::text(node, "an SSH key", problems)?;
    if text.contains("PRIVATE KEY") {
        problems
            .error("key-private", &node.span, "this is a private key")
            .hint("take it out, make a new key, and put the `.pub` file's line here: this one is no secret any more");
        return None;
    }
    let parsed = match text.trim().parse::<PublicKey>() {
        Ok(parsed) => parsed,
        Err(error) => {
            if text.contains('*') {
                super::people::wildcard(text, &node.span, "an SSH key", problems);
                return None;
            }
            let problem = problems.error(
                "key-unreadable",
                &node.span,
                format!("this is no SSH public key: {}", shown(&error.to_string())),
            );
            problem.hint(if text.starts_with("SHA256:") {
                "a fingerprint is not enough: put the whole line of the `.pub` file here"
            } else {
                "put the line of the `.pub` file here: type, base64, comment"
            });
            return None;
        }
    };
    is_strong(&parsed, &node.span, problems).then_some(parsed)
}

/// Refuses kinds of keys whose signatures prove nothing today.
fn is_strong(key: &PublicKey, at: &Range<usize>, problems: &mut Problems) -> bool {
    let weakness = match key.key_data() {
        KeyData::Ed25519(_) | KeyData::Ecdsa(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => None,
        KeyData::Rsa(rsa) => {
            let bits = bits(rsa.n.as_positive_bytes().unwrap_or_default());
            (bits < LEAST_RSA_BITS).then(|| format!("an RSA key needs {LEAST_RSA_BITS} bits, this has {bits}"))
        }
        other => Some(format!("keys of type `{}` cannot be used", other.algorithm())),
    };
    let Some(message) = weakness else { return true };
    problems
        .error("key-weak", at, message)
        .hint("`ssh-keygen -t ed25519` makes a good one, `-t ed25519-sk` a better one");
    false
}

/// Returns the number of bits of a number without leading zero bytes.
fn bits(big_endian: &[u8]) -> usize {
    let leading = big_endian.first().map_or(0, |byte| byte.leading_zeros() as usize);
    (big_endian.len() * 8).saturating_sub(leading)
}

/// Reads `application` and compares it with what the key itself says.
fn application(fields: &Fields<'_, '_>, key: &PublicKey, problems: &mut Problems) -> Option<String> {
    let node = fields.value("application")?;
    let wanted = read::visible(node, "`application`", problems)?;
    let actual = match key.key_data() {
        KeyData::SkEd25519(sk) => sk.application(),
        KeyData::SkEcdsaSha2NistP256(sk) => sk.application(),
        _ => {
            problems
                .error("key-application", &node.span, "only a security key (`sk-…`) is made for an application")
                .consequence("no signature by this key would ever count");
            return None;
        }
    };
    if actual != wanted {
        let message = format!("the key was made for `{}`, not for `{wanted}`", shown(actual));
        problems.error("key-application", &node.span, message).consequence("no signature by this key would ever count");
    }
    Some(wanted.to_owned())
}
