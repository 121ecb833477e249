//! Malformed objects: what stock git, libgit2 and the strict parser make of each.
//!
//! The first two disagree about many of them, so a commit that one shows as a person's the other
//! shows as a bot's. Every object on which they disagree must be refused by ours, and what ours
//! accepts all three must read alike.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod git_rig;

use countersign::model::Oid;
use countersign::objects::commit;
use git_rig::{Rig, oid};

const LIMIT: usize = 1 << 20;

/// What a reader takes a commit's author, committer, parents and message for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reading {
    author: (Vec<u8>, Vec<u8>),
    committer: (Vec<u8>, Vec<u8>),
    seconds: i64,
    parents: Vec<Oid>,
    message: Vec<u8>,
}

/// Returns the message without the line feed that git adds at the end, and without empty lines
/// before it, which git leaves out.
fn plain(message: &[u8]) -> Vec<u8> {
    let start = message.iter().position(|byte| *byte != b'\n').unwrap_or(message.len());
    message[start..].trim_ascii_end().to_vec()
}

fn by_git(rig: &Rig, id: Oid) -> Option<Reading> {
    let format = "--format=%an%x00%ae%x00%cn%x00%ce%x00%ct%x00%P%x00%B";
    let output = rig.command(&["log", "-1", "--no-walk", "--encoding=none", format, &id.to_string()]).output().unwrap();
    if !output.status.success() {
        return None;
    }
    let mut fields = output.stdout.splitn(7, |byte| *byte == 0).map(<[u8]>::to_vec);
    let mut next = || fields.next().unwrap_or_default();
    let (author, committer) = ((next(), next()), (next(), next()));
    let seconds = String::from_utf8(next()).unwrap().parse().unwrap_or(-1);
    let parents = String::from_utf8(next()).unwrap().split_whitespace().map(oid).collect();
    Some(Reading { author, committer, seconds, parents, message: plain(&next()) })
}

fn by_library(rig: &Rig, id: Oid) -> Option<Reading> {
    let repository = git2::Repository::open_bare(&rig.git_dir).unwrap();
    let commit = repository.find_commit(git2::Oid::from_bytes(id.as_bytes()).unwrap()).ok()?;
    let person = |person: git2::Signature<'_>| (person.name_bytes().to_vec(), person.email_bytes().to_vec());
    Some(Reading {
        author: person(commit.author()),
        committer: person(commit.committer()),
        seconds: commit.time().seconds(),
        parents: commit.parent_ids().map(|id| Oid::from_bytes(id.as_bytes()).unwrap()).collect(),
        message: plain(commit.message_bytes()),
    })
}

fn by_us(raw: &[u8]) -> Option<Reading> {
    let commit = commit::parse(raw, LIMIT).ok()?;
    let person = |person: &countersign::objects::Person<'_>| (person.name.to_vec(), person.email.to_vec());
    Some(Reading {
        author: person(&commit.author),
        committer: person(&commit.committer),
        seconds: commit.committer.time,
        parents: commit.parents.clone(),
        message: plain(commit.message),
    })
}

/// The parts of which the commits here are made.
struct Parts {
    tree: String,
    parent: String,
}

const AUTHOR: &str = "author Kiro <kiro@agents.example.com> 1700000000 +0000\n";
const COMMITTER: &str = "committer Bob Developer <bob@example.com> 1700000001 -0130\n";
const PERSON: &str = "Ada Byron <ada@example.com> 1700000002 +0000";
const MESSAGE: &str = "\nSubject\n\nBody\n";

impl Parts {
    fn new(rig: &Rig) -> Self {
        let tree = rig.store("tree", b"");
        let base = format!("tree {tree}\n");
        let parent = rig.store("commit", format!("{base}{AUTHOR}{COMMITTER}{MESSAGE}").as_bytes());
        Self { tree: base, parent: format!("parent {parent}\n") }
    }

    /// Commits that every reader takes for the same.
    fn good(&self) -> Vec<(&'static str, String)> {
        let Self { tree, parent } = self;
        let head = format!("{tree}{parent}{AUTHOR}{COMMITTER}");
        vec![
            ("ordinary", format!("{head}{MESSAGE}")),
            ("root", format!("{tree}{AUTHOR}{COMMITTER}{MESSAGE}")),
            ("merge", format!("{tree}{parent}{parent}{AUTHOR}{COMMITTER}{MESSAGE}")),
            (
                "signed",
                format!(
                    "{head}gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n{MESSAGE}"
                ),
            ),
            ("merge tag", format!("{head}mergetag object 1\n type commit\n{MESSAGE}")),
            ("mercurial", format!("{head}HG:rename-source hg\n{MESSAGE}")),
            ("encoding", format!("{head}encoding ISO-8859-1\n{MESSAGE}")),
            ("empty e-mail", format!("{tree}author Ada <> 1700000000 +0000\n{COMMITTER}{MESSAGE}")),
            ("empty name", format!("{tree}author  <ada@example.com> 1 +0000\n{COMMITTER}{MESSAGE}")),
            ("no name", format!("{tree}author <ada@example.com> 1 +0000\n{COMMITTER}{MESSAGE}")),
            ("date 0", format!("{tree}{AUTHOR}committer Ada <a@example.com> 0 +0000\n{MESSAGE}")),
            ("late date", format!("{tree}{AUTHOR}committer Ada <a@example.com> 20000000000 +0000\n{MESSAGE}")),
            ("unicode", format!("{tree}author Zo\u{eb} \u{6771} <z@example.com> 1 +0000\n{COMMITTER}{MESSAGE}")),
            ("no message", format!("{head}\n")),
            ("trailers", format!("{head}\nS\n\nCo-authored-by: Kiro <kiro@agents.example.com>\n")),
        ]
    }

    /// Commits that must be refused: the committed corpus of what readers disagree about.
    fn bad(&self) -> Vec<(&'static str, String)> {
        let Self { tree, parent } = self;
        let head = format!("{tree}{parent}{AUTHOR}{COMMITTER}");
        let signed = format!("{head}gpgsig x\n y\n");
        let author = |line: &str| format!("{tree}{parent}author {line}\n{COMMITTER}{MESSAGE}");
        vec![
            ("two author lines", format!("{tree}{parent}{AUTHOR}author {PERSON}\n{COMMITTER}{MESSAGE}")),
            ("two committer lines", format!("{head}committer {PERSON}\n{MESSAGE}")),
            ("author after gpgsig", format!("{signed}author {PERSON}\n{MESSAGE}")),
            ("committer after gpgsig", format!("{signed}committer {PERSON}\n{MESSAGE}")),
            ("author after committer", format!("{tree}{parent}{COMMITTER}{AUTHOR}{MESSAGE}")),
            ("no author", format!("{tree}{parent}{COMMITTER}{MESSAGE}")),
            ("no committer", format!("{tree}{parent}{AUTHOR}{MESSAGE}")),
            ("two gpgsig", format!("{signed}gpgsig x\n{MESSAGE}")),
            ("two gpgsig-sha256", format!("{head}gpgsig-sha256 x\ngpgsig-sha256 x\n{MESSAGE}")),
            ("two encodings", format!("{head}encoding UTF-8\nencoding ISO-8859-1\n{MESSAGE}")),
            ("two trees", format!("{tree}{tree}{parent}{AUTHOR}{COMMITTER}{MESSAGE}")),
            ("tree at the end", format!("{head}{tree}{MESSAGE}")),
            ("parent after author", format!("{tree}{AUTHOR}{parent}{COMMITTER}{MESSAGE}")),
            ("parent at the end", format!("{tree}{AUTHOR}{COMMITTER}{parent}{MESSAGE}")),
            ("parent before tree", format!("{parent}{tree}{AUTHOR}{COMMITTER}{MESSAGE}")),
            ("upper-case tree", format!("{}{AUTHOR}{COMMITTER}{MESSAGE}", tree.to_uppercase().replace("TREE", "tree"))),
            ("NUL in message", format!("{head}\nhello\0\n\nCo-authored-by: Kiro <kiro@agents.example.com>\n")),
            ("NUL in name", author("Ada\0Kiro <ada@example.com> 1 +0000")),
            ("NUL in header", format!("{head}x a\0b\n{MESSAGE}")),
            ("two addresses", author("Bot <bot@example.com> <ada@example.com> 1 +0000")),
            ("no e-mail", author("Ada 1700000000 +0000")),
            ("unclosed e-mail", author("Ada <ada@example.com 1700000000 +0000")),
            ("no space before e-mail", author("Ada<ada@example.com> 1 +0000")),
            ("no space after e-mail", author("Ada <ada@example.com>1 +0000")),
            ("stray bracket in name", author("Ada> <ada@example.com> 1 +0000")),
            ("date overflow", author("Ada <ada@example.com> 100000000000000000000 +0000")),
            ("date of 2^63", author("Ada <ada@example.com> 9223372036854775808 +0000")),
            ("negative date", author("Ada <ada@example.com> -1 +0000")),
            ("space around e-mail", author("Ada < ada@example.com> 1 +0000")),
            ("carriage return in e-mail", author("Ada <\rada@example.com> 1 +0000")),
            ("no date", author("Ada <ada@example.com>")),
            ("no time zone", author("Ada <ada@example.com> 1")),
            ("zero-padded date", author("Ada <ada@example.com> 01 +0000")),
            ("continued author", format!("{tree}{parent}{AUTHOR} more\n{COMMITTER}{MESSAGE}")),
            ("continued committer", format!("{head} more\n{MESSAGE}")),
            ("header without value", format!("{head}lonely\n{MESSAGE}")),
            ("header with a bad name", format!("{head}no_name x\n{MESSAGE}")),
            ("short parent", format!("{tree}parent 1234567\n{AUTHOR}{COMMITTER}{MESSAGE}")),
            ("no end", format!("{tree}{parent}{AUTHOR}{}", COMMITTER.trim_end())),
        ]
    }
}

#[test]
fn what_we_accept_everyone_reads_alike() {
    let rig = Rig::new(&[]);
    for (name, text) in Parts::new(&rig).good() {
        let id = rig.store("commit", text.as_bytes());
        let ours = by_us(text.as_bytes()).unwrap_or_else(|| panic!("{name} is refused"));
        assert_eq!(by_git(&rig, id).unwrap(), ours, "{name}, by git");
        assert_eq!(by_library(&rig, id).unwrap(), ours, "{name}, by libgit2");
    }
}

#[test]
fn the_corpus_of_malformed_commits_is_refused() {
    let rig = Rig::new(&[]);
    let mut disagreements = 0;
    for (name, text) in Parts::new(&rig).bad() {
        assert!(by_us(text.as_bytes()).is_none(), "{name} is accepted");
        let id = rig.store("commit", text.as_bytes());
        assert_eq!(rig.git_bytes(&["cat-file", "commit", &id.to_string()]), text.as_bytes());
        disagreements += u32::from(by_git(&rig, id) != by_library(&rig, id));
    }
    // The reason why a strict parser is needed at all.
    assert!(disagreements >= 10, "only {disagreements}");
}

#[test]
fn whatever_git_and_libgit2_disagree_about_is_refused() {
    let rig = Rig::new(&[]);
    let parts = Parts::new(&rig);
    let good = parts.good();
    let pieces = [
        "\0",
        "\n",
        " ",
        "<",
        ">",
        "author ",
        AUTHOR,
        COMMITTER,
        &parts.tree,
        &parts.parent,
        "\r",
        "\t",
        "0",
        "-",
        "\n\n",
    ];
    let (mut accepted, mut refused) = (0, 0);
    for (index, (name, text)) in good.iter().enumerate().take(6) {
        for (number, piece) in pieces.iter().enumerate() {
            for place in (7 * index + number..text.len()).step_by(41) {
                if !text.is_char_boundary(place) {
                    continue;
                }
                let (before, after) = text.split_at(place);
                for changed in [
                    format!("{before}{piece}{after}"),
                    format!("{before}{piece}{}", after.get(1..).unwrap_or_default()),
                ] {
                    let Some(ours) = by_us(changed.as_bytes()) else {
                        refused += 1;
                        continue;
                    };
                    accepted += 1;
                    let id = rig.store("commit", changed.as_bytes());
                    let what = format!("{name} with {piece:?} at {place}:\n{changed}");
                    assert_eq!(by_library(&rig, id).as_ref(), Some(&ours), "libgit2, {what}");
                    assert_eq!(by_git(&rig, id).as_ref(), Some(&ours), "git, {what}");
                }
            }
        }
    }
    assert!(accepted > 100 && refused > 100, "{accepted} accepted, {refused} refused");
}
