//! Commits, from raw bytes.

use std::borrow::Cow;

use super::header::Headers;
use super::{Encoding, ExtraHeader, Malformed, Person};
use crate::model::Oid;

/// A commit in canonical form. Everything is bytes: git does not promise UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Its snapshot.
    pub tree: Oid,
    /// Its parents in order.
    pub parents: Vec<Oid>,
    /// Who wrote it.
    pub author: Person<'a>,
    /// Who made the commit of it.
    pub committer: Person<'a>,
    /// The encoding it declares, as written.
    pub encoding: Option<&'a [u8]>,
    /// All other headers in order, `gpgsig` included. They are read like message text.
    pub extra: Vec<ExtraHeader<'a>>,
    /// Everything after the empty line.
    pub message: &'a [u8],
}

impl Commit<'_> {
    /// Returns the commit's text encoding; `None` when it declares one that is not on the list.
    #[must_use]
    pub fn encoding(&self) -> Option<Encoding> {
        self.encoding.map_or(Some(Encoding::UTF_8), Encoding::from_label)
    }

    /// Decodes some of the commit's text; `None` when the encoding is unknown or not kept to. The
    /// authorship of such a commit is undetermined.
    #[must_use]
    pub fn decode<'t>(&self, text: &'t [u8]) -> Option<Cow<'t, str>> {
        self.encoding()?.decode(text)
    }
}

/// Headers that may stand once at most, wherever they stand, and those whose place is fixed.
const ONCE: [&[u8]; 3] = [b"encoding", b"gpgsig", b"gpgsig-sha256"];
const FIXED: [&[u8]; 4] = [b"tree", b"parent", b"author", b"committer"];

/// Parses the content of a commit object (without git's `commit SIZE NUL` in front).
///
/// `limit` bounds the whole object in bytes, for headers are text as much as the message is.
///
/// # Errors
/// [`Malformed`] unless the commit is in canonical form: headers `tree`, `parent`s, `author`,
/// `committer` in this order, then any others but no second one of those, of `encoding`, `gpgsig`
/// or `gpgsig-sha256`; well-formed people; no NUL; at most `limit` bytes.
pub fn parse(raw: &[u8], limit: usize) -> Result<Commit<'_>, Malformed> {
    if raw.len() > limit {
        return Err(Malformed::TooLarge { bytes: raw.len(), limit });
    }
    if let Some(offset) = memchr::memchr(0, raw) {
        return Err(Malformed::Nul(offset));
    }
    let mut headers = Headers::new(raw);
    let (tree, parents) = parse_links(&mut headers)?;
    let author = Person::parse("author", headers.expect("author")?)?;
    let committer = Person::parse("committer", headers.expect("committer")?)?;
    let (encoding, extra) = parse_others(&mut headers)?;
    Ok(Commit { tree, parents, author, committer, encoding, extra, message: headers.message() })
}

/// Returns only the tree and the parents of a commit object, for walking history quickly.
///
/// # Errors
/// [`Malformed`] when the commit does not begin with `tree` and well-formed `parent` lines. All
/// else is left to [`parse`].
pub fn links(raw: &[u8]) -> Result<(Oid, Vec<Oid>), Malformed> {
    parse_links(&mut Headers::new(raw))
}

fn parse_links(headers: &mut Headers<'_>) -> Result<(Oid, Vec<Oid>), Malformed> {
    let tree = headers.expect_oid("tree")?;
    let mut parents = Vec::new();
    while let Some(hex) = headers.take("parent")? {
        let parent = Oid::from_hex(hex).map_err(|_| Malformed::ObjectId("parent"))?;
        if parent.is_sha256() != tree.is_sha256() {
            return Err(Malformed::ObjectId("parent"));
        }
        parents.push(parent);
    }
    Ok((tree, parents))
}

/// Reads all headers after `committer`.
fn parse_others<'a>(headers: &mut Headers<'a>) -> Result<(Option<&'a [u8]>, Vec<ExtraHeader<'a>>), Malformed> {
    let mut encoding = None;
    let mut extra: Vec<ExtraHeader<'a>> = Vec::new();
    while let Some(header) = headers.next_extra()? {
        let repeated = ONCE.contains(&header.name)
            && (extra.iter().any(|other| other.name == header.name)
                || (header.name == b"encoding" && encoding.is_some()));
        if repeated || FIXED.contains(&header.name) {
            return Err(Malformed::Repeated(header.name.to_vec()));
        }
        if header.name == b"encoding" {
            encoding = Some(header.value);
        } else {
            extra.push(header);
        }
    }
    Ok((encoding, extra))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::malformed::PersonProblem;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const PARENT: &str = "parent 1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\n";
    const AUTHOR: &str = "author Ada Byron <ada@example.com> 1 +0000\n";
    const COMMITTER: &str = "committer Bob Developer <bob@example.com> 2 -0700\n";

    fn refused(text: &str) -> Malformed {
        parse(text.as_bytes(), 1 << 20).unwrap_err()
    }

    #[test]
    fn a_commit_with_everything_is_taken_apart() {
        let text = format!(
            "{TREE}{PARENT}{PARENT}{AUTHOR}{COMMITTER}encoding ISO-8859-1\ngpgsig -----BEGIN\n line\n \n end\nHG:extra a:b\n\nSubject\n\nBody\n"
        );
        let commit = parse(text.as_bytes(), 1 << 20).unwrap();
        assert_eq!(commit.parents.len(), 2);
        assert_eq!(commit.author.name, b"Ada Byron");
        assert_eq!(commit.committer.time, 2);
        assert_eq!(commit.encoding, Some(b"ISO-8859-1".as_slice()));
        assert_eq!(commit.extra.len(), 2);
        assert_eq!(commit.extra[0].lines().collect::<Vec<_>>(), [b"-----BEGIN".as_slice(), b"line", b"", b"end"]);
        assert_eq!(commit.extra[1].value, b"a:b");
        assert_eq!(commit.message, b"Subject\n\nBody\n");
        assert_eq!(links(text.as_bytes()).unwrap(), (commit.tree, commit.parents));
    }

    #[test]
    fn a_commit_may_have_no_message() {
        for end in ["", "\n"] {
            let text = format!("{TREE}{AUTHOR}{COMMITTER}{end}");
            assert_eq!(parse(text.as_bytes(), 1 << 20).unwrap().message, b"");
        }
        assert_eq!(refused(format!("{TREE}{AUTHOR}{COMMITTER}").trim_end()), Malformed::Unterminated);
    }

    #[test]
    fn headers_stand_once_and_in_order() {
        assert_eq!(refused(&format!("{AUTHOR}{COMMITTER}\n")), Malformed::Expected("tree"));
        assert_eq!(refused(&format!("{TREE}{COMMITTER}{AUTHOR}\n")), Malformed::Expected("author"));
        assert_eq!(refused(&format!("{TREE}{AUTHOR}{AUTHOR}{COMMITTER}\n")), Malformed::Expected("committer"));
        assert_eq!(refused(&format!("{TREE}{TREE}{AUTHOR}{COMMITTER}\n")), Malformed::Expected("author"));
        assert_eq!(refused(&format!("{TREE}{AUTHOR}{PARENT}{COMMITTER}\n")), Malformed::Expected("committer"));
        for late in [TREE, PARENT, AUTHOR, COMMITTER] {
            let text = format!("{TREE}{AUTHOR}{COMMITTER}gpgsig x\n y\n{late}\nm");
            assert!(matches!(refused(&text), Malformed::Repeated(_)), "{late}");
        }
        for once in ["encoding UTF-8\n", "gpgsig x\n", "gpgsig-sha256 x\n"] {
            let text = format!("{TREE}{AUTHOR}{COMMITTER}{once}{once}\nm");
            assert!(matches!(refused(&text), Malformed::Repeated(_)), "{once}");
        }
    }

    #[test]
    fn a_nul_is_refused_wherever_it_hides() {
        let text = format!("{TREE}{AUTHOR}{COMMITTER}\nhello\0\nCo-authored-by: x");
        assert!(matches!(refused(&text), Malformed::Nul(_)));
        assert!(matches!(refused(&text.replace("Ada", "A\0a").replace("hello\0", "")), Malformed::Nul(_)));
    }

    #[test]
    fn header_lines_have_a_name_and_a_value() {
        for line in ["nameonly\n", " continuation\n", "under_score x\n", "1st x\n", "\u{e4} x\n", ": x\n"] {
            let text = format!("{TREE}{AUTHOR}{COMMITTER}{line}\nm");
            assert!(matches!(refused(&text), Malformed::HeaderLine(_)), "{line}");
        }
        let text = format!("{TREE}{AUTHOR} continued\n{COMMITTER}\nm");
        assert!(matches!(refused(&text), Malformed::HeaderLine(3)));
    }

    #[test]
    fn ids_are_complete_lower_case_and_of_one_length() {
        assert_eq!(refused(&TREE.to_uppercase().replace("TREE", "tree")), Malformed::ObjectId("tree"));
        assert_eq!(refused(&TREE.replace("4b825dc6", "")), Malformed::ObjectId("tree"));
        let long = format!("{TREE}parent {}\n{AUTHOR}{COMMITTER}\n", "a".repeat(64));
        assert_eq!(refused(&long), Malformed::ObjectId("parent"));
    }

    #[test]
    fn people_are_well_formed() {
        let text = format!("{TREE}author Bot <b@example.com> <ada@example.com> 1 +0000\n{COMMITTER}\n");
        assert_eq!(refused(&text), Malformed::Person { header: "author", problem: PersonProblem::StrayBracket });
    }

    #[test]
    fn size_is_a_limit_and_not_a_matter_of_form() {
        let text = format!("{TREE}{AUTHOR}{COMMITTER}\n{}", "x".repeat(5000));
        let refusal = parse(text.as_bytes(), 5000).unwrap_err();
        assert!(refusal.is_limit());
    }

    #[test]
    fn text_is_decoded_as_declared_or_not_at_all() {
        let text = |encoding: &str| format!("{TREE}{AUTHOR}{COMMITTER}{encoding}\nm").into_bytes();
        assert_eq!(parse(&text(""), 999).unwrap().decode("Grüße".as_bytes()).unwrap(), "Grüße");
        assert_eq!(parse(&text(""), 999).unwrap().decode(b"Gr\xfc\xdfe"), None);
        assert_eq!(parse(&text("encoding latin1\n"), 999).unwrap().decode(b"Gr\xfc\xdfe").unwrap(), "Grüße");
        assert_eq!(parse(&text("encoding UTF-7\n"), 999).unwrap().decode(b"plain"), None);
    }
}
