//! From a commit's text to evidence of who wrote it. Pure; one file per signal.
//!
//! Three tiers. *Who they are*: an agent as author, committer or co-author wrote the commit.
//! *What is declared*: a trailer, footer, session link or note by which the commit itself says that
//! an agent helped. *Hints*: branch names, quotations, reviews; they accuse nobody. That nothing was
//! found proves nothing, so nothing here ever says "human".
//!
//! Messages are hostile input: everything is bounded and takes time proportional to the text.

mod apps;
mod context;
mod early_aider;
mod fences;
mod footers;
mod glued;
mod hints;
mod identities;
pub mod lines;
mod naming;
mod notes;
mod people;
mod reading;
pub mod score;
mod sessions;
mod sink;
mod text;
mod trailers;
mod words;

use std::fmt;

use context::Context;
use reading::{Place, Reading};
use sink::{Sink, Weight};

use crate::catalogue::{Catalogue, UNNAMED};
use crate::model::{Account, Authorship, Evidence, Identity};

/// A name and an address as they stand on a commit's `author` or `committer` line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The address, without its angle brackets.
    pub email: &'a [u8],
}

impl fmt::Display for Signature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", String::from_utf8_lossy(self.name), String::from_utf8_lossy(self.email))
    }
}

/// A header of a commit that is read like message text (anything but tree, parent, author,
/// committer, encoding and signatures).
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its value; continued lines without the blank in front.
    pub value: &'a [u8],
}

/// Everything about a commit that can show who wrote it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommitText<'a> {
    /// The `author` line.
    pub author: Signature<'a>,
    /// The `committer` line.
    pub committer: Signature<'a>,
    /// The message: as it stands, or decoded to UTF-8 from the encoding that the commit declares.
    pub message: &'a [u8],
    /// The other headers.
    pub headers: &'a [Header<'a>],
    /// How many parents it has.
    pub parents: usize,
    /// Notes on it.
    pub notes: &'a [&'a [u8]],
    /// The branch that it came on, where that is known.
    pub branch: Option<&'a str>,
    /// The account that it came from, where that is known.
    pub account: Option<&'a Account>,
    /// Set when the declared encoding is unknown, or the text is not in it.
    pub is_undecodable: bool,
    /// Set when it was found before that both author and committer are strangers; see [`is_stranger`].
    pub are_strangers: bool,
    /// Set where an app that nobody knows may pass for a robot: where people are told who wrote what,
    /// and nothing is decided by it. It may be an agent that came out yesterday.
    pub trusts_apps: bool,
}

/// What a commit shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// Who wrote it, as far as its signs tell.
    pub authorship: Authorship,
    /// The catalogue's ids of the agents that had a part in it: sorted, each once.
    pub agents: Vec<String>,
    /// The signs behind that.
    pub evidence: Vec<Evidence>,
    /// What may mean something, and accuses nobody by itself.
    pub hints: Vec<Evidence>,
    /// Everybody whom the message names as a co-author, agents too.
    pub co_authors: Vec<Identity>,
    /// Whether that the committer is an agent is all that was found.
    pub committer_only: bool,
}

/// Tells whether the catalogue knows nobody by this name and address.
#[must_use]
pub fn is_stranger(catalogue: &Catalogue, signature: &Signature<'_>) -> bool {
    identities::known(catalogue, signature).is_empty()
}

/// Reads a commit.
#[must_use]
pub fn detect(catalogue: &Catalogue, commit: &CommitText<'_>) -> Detected {
    let mut sink = Sink::default();
    if !commit.are_strangers {
        identities::author(catalogue, &commit.author, &mut sink);
        // Most people commit what they wrote: whoever is nobody known as author is nobody known here.
        if commit.committer != commit.author || sink.heaviest.is_some() {
            identities::committer(catalogue, &commit.committer, &mut sink);
        }
    }
    if let Some(account) = commit.account {
        identities::account(catalogue, account, &mut sink);
    }
    read(catalogue, commit.message, Place::Message, &mut sink);
    for header in commit.headers {
        let name = String::from_utf8_lossy(header.name);
        read(catalogue, &[header.name, b": ", header.value].concat(), Place::Header(&name), &mut sink);
    }
    for (index, note) in commit.notes.iter().enumerate() {
        read(catalogue, note, Place::Note(index + 1), &mut sink);
        notes::read(catalogue, note, &format!("note {}", index + 1), &mut sink);
    }
    if let Some(branch) = commit.branch {
        hints::branch(catalogue, branch, &mut sink);
    }
    if sink.heaviest.is_none_or(|heaviest| heaviest == Weight::Hint) {
        apps::author(catalogue, &commit.author, commit.trusts_apps, &mut sink);
    }
    let authorship =
        if commit.is_undecodable || !is_utf8(commit) { Authorship::Undetermined } else { weigh(sink.heaviest) };
    if sink.agents.len() > 1 {
        // Whoever is named may well be the one who is not.
        sink.agents.remove(UNNAMED);
    }
    Detected {
        authorship,
        agents: sink.agents.into_iter().collect(),
        evidence: sink.evidence,
        hints: sink.hints,
        co_authors: sink.co_authors,
        committer_only: sink.heaviest == Some(Weight::Agent) && sink.besides_committer.is_none(),
    }
}

fn weigh(heaviest: Option<Weight>) -> Authorship {
    match heaviest {
        Some(Weight::Agent) => Authorship::Agent,
        Some(Weight::Assisted) => Authorship::Assisted,
        Some(Weight::Robot) => Authorship::Robot,
        Some(Weight::Hint) | None => Authorship::Unmarked,
    }
}

fn is_utf8(commit: &CommitText<'_>) -> bool {
    let texts =
        [commit.author.name, commit.author.email, commit.committer.name, commit.committer.email, commit.message];
    texts
        .into_iter()
        .chain(commit.headers.iter().map(|header| header.value))
        .all(|text| std::str::from_utf8(text).is_ok())
}

/// Reads every line of a text.
fn read(catalogue: &Catalogue, text: &[u8], place: Place<'_>, sink: &mut Sink) {
    if !words::may_tell(catalogue, text) {
        return;
    }
    let mut context = Context::of(text);
    for physical in text::physical_lines(text) {
        if physical.bytes.is_ascii() && !words::may_tell(catalogue, physical.bytes) {
            continue;
        }
        for window in text::windows(physical.bytes) {
            for seen in text::ways_to_see(window.bytes) {
                let mut parts = text::broken(&seen).peekable();
                let mut is_middle = !window.is_first;
                while let Some(part) = parts.next() {
                    let line = text::Line::new(part);
                    let shared = if parts.peek().is_none() { window.shared } else { 0 };
                    if words::tells(catalogue, &line.folded) {
                        let mut reading =
                            Reading { catalogue, place, physical, context: &mut context, sink: &mut *sink };
                        read_line(&mut reading, &line, is_middle, shared);
                    }
                    is_middle = false;
                }
            }
        }
    }
}

/// Reads a line for every sign that may stand on one. In the middle of a very long line only those
/// signs are left that may stand anywhere; what begins in the `shared` bytes at its end is read with
/// the next window.
fn read_line(reading: &mut Reading<'_>, line: &text::Line<'_>, is_middle: bool, shared: usize) {
    let is_known = !is_middle && (early_aider::read(reading, line) || trailers::read(reading, line));
    if !is_known {
        glued::read_between(reading, line, 0, line.folded.len().saturating_sub(shared));
    }
    if !is_known && !is_middle {
        footers::read(reading, line);
        hints::merge(reading, line);
        hints::tag(reading, line);
    }
    sessions::read(reading, line);
}
