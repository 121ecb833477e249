//! A commit's signature and the bytes that it covers.
//!
//! Source: git's `gitformat-signature`, "Commit signatures": the header `gpgsig` (in a repository of SHA-256
//! objects `gpgsig-sha256`) holds the signature of the commit without that header. Who signed is not asked here.

use super::ExtraHeader;
use crate::model::Oid;

/// What every header that holds a signature begins with. Git leaves all of them out of what it checks.
const SIGNATURE: &[u8] = b"gpgsig";

/// A signature and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signature as text.
    pub signature: Vec<u8>,
    /// The commit without it.
    pub payload: Vec<u8>,
}

/// Returns the signature of a commit object; none where it has no header for one, or several.
///
/// `raw` must be in canonical form (see [`super::commit::parse`]). A commit with signatures for both kinds of
/// object ids is no signed commit here: neither covers the other, so that anybody could have added it.
#[must_use]
pub fn signed(oid: Oid, raw: &[u8]) -> Option<Signed> {
    let own: &[u8] = if oid.is_sha256() { b"gpgsig-sha256" } else { SIGNATURE };
    let mut payload = Vec::with_capacity(raw.len());
    let mut value: Option<Vec<u8>> = None;
    let mut rest = raw;
    while !rest.is_empty() && rest.first() != Some(&b'\n') {
        let (header, behind) = split_header(rest);
        let (name, text) = header.split_at_checked(memchr::memchr(b' ', header)?)?;
        if !name.starts_with(SIGNATURE) {
            payload.extend_from_slice(header);
        } else if name == own && value.is_none() {
            let text = text.get(1..)?;
            value = Some(text.strip_suffix(b"\n").unwrap_or(text).to_vec());
        } else {
            return None;
        }
        rest = behind;
    }
    payload.extend_from_slice(rest);
    let value = value?;
    let header = ExtraHeader { name: own, value: &value };
    Some(Signed { signature: header.lines().collect::<Vec<_>>().join(&b'\n'), payload })
}

/// Splits off the first header with its continuation lines and line ends.
fn split_header(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    loop {
        let rest = raw.get(end..).unwrap_or_default();
        end += memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        if raw.get(end) != Some(&b' ') {
            return raw.split_at_checked(end).unwrap_or((raw, b""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@example.com> 1 +0000\n\
                        committer A <a@example.com> 1 +0000\n";

    fn sha1() -> Oid {
        "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f".parse().unwrap()
    }

    fn of(oid: Oid, text: &str) -> Option<(String, String)> {
        let signed = signed(oid, text.as_bytes())?;
        Some((String::from_utf8(signed.signature).unwrap(), String::from_utf8(signed.payload).unwrap()))
    }

    #[test]
    fn a_signature_covers_everything_but_itself() {
        let text = format!("{HEAD}gpgsig -----BEGIN\n line\n \n -----END\nHG:extra x\n y\n\ngpgsig in the message\n");
        let payload = format!("{HEAD}HG:extra x\n y\n\ngpgsig in the message\n");
        assert_eq!(of(sha1(), &text), Some(("-----BEGIN\nline\n\n-----END".to_owned(), payload)));
    }

    #[test]
    fn no_signature_and_several_are_none() {
        assert_eq!(of(sha1(), &format!("{HEAD}\ngpgsig x\n")), None);
        for more in ["gpgsig x\n", "gpgsig-sha256 x\n", "gpgsigs x\n", "gpgsig-sha256 x\n y\n"] {
            assert_eq!(of(sha1(), &format!("{HEAD}gpgsig a\n b\n{more}\nm")), None, "{more}");
            assert_eq!(of(sha1(), &format!("{HEAD}{more}gpgsig a\n b\n\nm")), None, "{more}");
        }
    }

    #[test]
    fn each_kind_of_id_has_its_own_header() {
        let sha256: Oid = "ab".repeat(32).parse().unwrap();
        let text = format!("{HEAD}gpgsig-sha256 a\n\nm");
        assert_eq!(of(sha1(), &text), None);
        assert_eq!(of(sha256, &text), Some(("a".to_owned(), format!("{HEAD}\nm"))));
        assert_eq!(of(sha256, &format!("{HEAD}gpgsig a\n\nm")), None);
    }

    #[test]
    fn a_commit_without_a_message_may_be_signed() {
        assert_eq!(of(sha1(), &format!("{HEAD}gpgsig a\n")), Some(("a".to_owned(), HEAD.to_owned())));
    }
}
