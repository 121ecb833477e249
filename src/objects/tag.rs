//! Annotated tags, from raw bytes.

use super::header::Headers;
use super::{ExtraHeader, Malformed, Person};
use crate::model::Oid;

/// An annotated tag of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// The commit that it names.
    pub commit: Oid,
    /// The name that it gives itself; the ref may be another.
    pub name: &'a [u8],
    /// Who made it; tags from before 2005 have none. Never an identity that counts.
    pub tagger: Option<Person<'a>>,
    /// All other headers in order.
    pub extra: Vec<ExtraHeader<'a>>,
    /// Everything after the empty line.
    pub message: &'a [u8],
}

/// Headers whose place is fixed, or that may stand only once.
const FIXED: [&[u8]; 4] = [b"object", b"type", b"tag", b"tagger"];
const ONCE: [&[u8]; 3] = [b"encoding", b"gpgsig", b"gpgsig-sha256"];

/// Parses the content of a tag object. `limit` bounds the whole object in bytes.
///
/// # Errors
/// [`Malformed`] unless the headers are `object`, `type`, `tag`, at most one `tagger`, in this
/// order and well-formed, and the tag names a commit directly.
pub fn parse(raw: &[u8], limit: usize) -> Result<Tag<'_>, Malformed> {
    if raw.len() > limit {
        return Err(Malformed::TooLarge { bytes: raw.len(), limit });
    }
    if let Some(offset) = memchr::memchr(0, raw) {
        return Err(Malformed::Nul(offset));
    }
    let mut headers = Headers::new(raw);
    let commit = headers.expect_oid("object")?;
    let kind = headers.expect("type")?;
    let name = headers.expect("tag")?;
    let tagger = headers.take("tagger")?.map(|value| Person::parse("tagger", value)).transpose()?;
    let mut extra: Vec<ExtraHeader<'_>> = Vec::new();
    while let Some(header) = headers.next_extra()? {
        let again = ONCE.contains(&header.name) && extra.iter().any(|other| other.name == header.name);
        if again || FIXED.contains(&header.name) {
            return Err(Malformed::Repeated(header.name.to_vec()));
        }
        extra.push(header);
    }
    if kind != b"commit" {
        return Err(Malformed::TagOfOther(kind.to_vec()));
    }
    Ok(Tag { commit, name, tagger, extra, message: headers.message() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str = "object 1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\n";
    const TAGGER: &str = "tagger Ada Byron <ada@example.com> 1 +0000\n";

    #[test]
    fn a_tag_of_a_commit_is_taken_apart() {
        let text = format!("{OBJECT}type commit\ntag v1\n{TAGGER}\nFirst\n");
        let tag = parse(text.as_bytes(), 999).unwrap();
        assert_eq!(tag.commit.to_string(), "1f".repeat(20));
        assert_eq!(tag.name, b"v1");
        assert_eq!(tag.tagger.unwrap().email, b"ada@example.com");
        assert_eq!(tag.message, b"First\n");
        assert!(parse(format!("{OBJECT}type commit\ntag v0.99\n\nold\n").as_bytes(), 999).unwrap().tagger.is_none());
    }

    #[test]
    fn a_tag_names_a_commit_in_one_step() {
        for kind in ["tree", "blob", "tag", "other"] {
            let text = format!("{OBJECT}type {kind}\ntag v1\n{TAGGER}\nm\n");
            assert_eq!(parse(text.as_bytes(), 999).unwrap_err(), Malformed::TagOfOther(kind.into()));
        }
    }

    #[test]
    fn headers_stand_once_and_in_order() {
        let second = format!("{OBJECT}type commit\ntag v1\n{TAGGER}{OBJECT}\nm\n");
        assert_eq!(parse(second.as_bytes(), 999).unwrap_err(), Malformed::Repeated(b"object".to_vec()));
        let order = format!("type commit\n{OBJECT}tag v1\n{TAGGER}\nm\n");
        assert_eq!(parse(order.as_bytes(), 999).unwrap_err(), Malformed::Expected("object"));
        let nul = format!("{OBJECT}type commit\ntag v\0\n{TAGGER}\nm\n");
        assert!(matches!(parse(nul.as_bytes(), 999).unwrap_err(), Malformed::Nul(_)));
    }
}
