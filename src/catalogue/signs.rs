//! Every sign of an entry in one list, for those who show them and say which one was met.

use serde::Serialize;

use super::entry::{Dated, Entry, Source, Spanned};
use super::unicode::fold;

/// What a sign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignKind {
    /// An account.
    Account,
    /// An address.
    Address,
    /// A key that signs commits.
    SigningKey,
    /// A trailer of its own.
    Trailer,
    /// An address of a session.
    Link,
    /// A phrase of its tools.
    Mark,
    /// What stands in brackets behind an author's name.
    Suffix,
    /// A name at a domain.
    NameAt,
    /// A name that no person bears.
    Name,
    /// A name that is an everyday word, too.
    SharedName,
    /// A model's name.
    Model,
    /// A name with an address that belongs to nobody.
    Placeholder,
    /// A whole line.
    Form,
    /// A ref of notes.
    Notes,
    /// The beginning of a branch's name.
    Branch,
    /// Variables in its shell.
    Environment,
    /// A comment by which people ask it to work.
    Command,
}

/// What a sign can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// It says who they are: it decides.
    Who,
    /// It is how a commit declares them: it decides.
    Says,
    /// It accuses nobody.
    Hint,
    /// It is read on a developer's machine alone.
    Shell,
    /// It is no part of a commit.
    Reader,
}

impl SignKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 17] = [
        Self::Account,
        Self::Address,
        Self::SigningKey,
        Self::Suffix,
        Self::NameAt,
        Self::Placeholder,
        Self::Name,
        Self::SharedName,
        Self::Model,
        Self::Trailer,
        Self::Link,
        Self::Mark,
        Self::Form,
        Self::Notes,
        Self::Branch,
        Self::Environment,
        Self::Command,
    ];

    /// Returns what several of the kind are called.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Account => "accounts at GitHub",
            Self::Address => "addresses",
            Self::SigningKey => "keys that sign its commits",
            Self::Trailer => "trailers of its own",
            Self::Link => "addresses of sessions",
            Self::Mark => "phrases of its tools",
            Self::Suffix => "in brackets behind an author's name",
            Self::NameAt => "names at a domain",
            Self::Name => "names, in trailers and footers",
            Self::SharedName => "names that people share, in trailers and footers alone",
            Self::Model => "models, in trailers and footers",
            Self::Placeholder => "names with an address that is nobody's",
            Self::Form => "lines as they were seen or documented",
            Self::Notes => "refs of git notes",
            Self::Branch => "beginnings of branch names (a hint, never more)",
            Self::Environment => "variables in its shell (developer's machine alone)",
            Self::Command => "comments that ask it to work (no part of a commit)",
        }
    }

    /// Says why a text with a part of the sign is one, in words that take the part for `{}`.
    #[must_use]
    pub fn because(self) -> &'static str {
        match self {
            Self::Account => "the account {} is its own",
            Self::Address => "the address {} is its own",
            Self::SigningKey => "the key {} signs its commits",
            Self::Trailer => "only it writes {}",
            Self::Link => "{} leads to its sessions",
            Self::Mark => "its tools write {}",
            Self::Suffix => "{} stands in brackets behind the name",
            Self::NameAt => "this name at {} is its own",
            Self::Name | Self::SharedName => "{} is its name",
            Self::Model => "{} is its model",
            Self::Placeholder => "{} is its name, with an address that is nobody's",
            Self::Form => "{} is a line of its",
            Self::Notes => "its part is recorded in {}",
            Self::Branch => "its branches begin with {}",
            Self::Environment => "its shell sets {}",
            Self::Command => "{} asks it to work",
        }
    }

    /// Returns what a sign of the kind can do.
    #[must_use]
    pub fn tier(self) -> Tier {
        match self {
            Self::Account | Self::Address | Self::SigningKey | Self::Suffix | Self::NameAt | Self::Placeholder => {
                Tier::Who
            }
            Self::Trailer
            | Self::Link
            | Self::Mark
            | Self::Name
            | Self::SharedName
            | Self::Model
            | Self::Form
            | Self::Notes => Tier::Says,
            Self::Branch => Tier::Hint,
            Self::Environment => Tier::Shell,
            Self::Command => Tier::Reader,
        }
    }
}

/// One sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sign {
    /// What it is.
    pub kind: SignKind,
    /// The sign as people read it.
    pub text: String,
    /// What more there is to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// When it was last seen.
    pub seen: String,
    /// The texts that show it, folded.
    #[serde(skip)]
    needles: Vec<String>,
}

impl Sign {
    /// Returns the part of the sign that stands in a text, which is folded.
    #[must_use]
    pub fn met_in(&self, folded: &str) -> Option<&str> {
        let stands = |needle: &&String| match self.kind {
            SignKind::Branch => folded.contains(needle.as_str()),
            _ => contains_word(folded, needle),
        };
        self.needles.iter().find(stands).map(String::as_str)
    }
}

/// Tells whether a needle stands in a text and is no part of a longer word.
fn contains_word(text: &str, needle: &str) -> bool {
    let is_inner = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(needle).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let behind = rest.strip_prefix(needle).and_then(|behind| behind.chars().next());
        let continues = is_inner(before.chars().next_back()) && is_inner(needle.chars().next());
        // `Opus4.7` names the model.
        let is_continued = is_inner(behind.filter(|c| !c.is_ascii_digit())) && is_inner(needle.chars().next_back());
        !continues && !is_continued
    })
}

impl Entry {
    /// Returns every sign, in the order in which they are shown.
    #[must_use]
    pub fn signs(&self) -> Vec<Sign> {
        let mut signs = Vec::new();
        let list = &mut signs;
        add(list, SignKind::Account, &self.accounts, |sign| {
            let number = sign.id.map(|id| format!("number {id}"));
            (sign.login.clone(), number, shown_accounts(&sign.login, sign.id))
        });
        add(list, SignKind::Address, &self.emails, |sign| match (&sign.address, &sign.domain) {
            (Some(address), _) => (address.clone(), None, vec![address.clone()]),
            (None, domain) => {
                let domain = domain.clone().unwrap_or_default();
                let whole = sign.locals.iter().map(|local| format!("{local}@{domain}")).collect();
                (format!("{{{}}}@{domain}", sign.locals.join(",")), None, whole)
            }
        });
        add(list, SignKind::SigningKey, &self.signing_keys, |sign| (sign.fingerprint.clone(), None, Vec::new()));
        for (kind, names) in [
            (SignKind::Suffix, &self.suffixes),
            (SignKind::Placeholder, &self.placeholder),
            (SignKind::Name, &self.names),
            (SignKind::SharedName, &self.shared_names),
            (SignKind::Model, &self.models),
        ] {
            add(list, kind, names, |sign| {
                let given = sign.given.then(|| "a given name of many people".to_owned());
                // The longest first: `Kiro Agent` says more than `Kiro`.
                let mut needles = sign.is.clone();
                needles.sort_by_key(|name| std::cmp::Reverse(name.len()));
                (sign.is.join(", "), given, needles)
            });
        }
        add(list, SignKind::NameAt, &self.name_at, |sign| {
            (format!("{} <…@{}>", sign.name, sign.domain), None, vec![sign.domain.clone()])
        });
        add(list, SignKind::Trailer, &self.trailers, |sign| {
            let values = (!sign.values.is_empty()).then(|| format!("with {}", sign.values.join(" or ")));
            (format!("{}:", sign.key), values, vec![sign.key.clone()])
        });
        add(list, SignKind::Link, &self.links, |sign| (format!("{}…", sign.prefix), None, vec![sign.prefix.clone()]));
        add(list, SignKind::Mark, &self.marks, |sign| (sign.text.clone(), None, vec![sign.text.clone()]));
        add(list, SignKind::Form, &self.forms, |sign| (sign.line.clone(), None, Vec::new()));
        add(list, SignKind::Notes, &self.notes, |sign| (sign.r#ref.clone(), Some(sign.form.clone()), Vec::new()));
        add(list, SignKind::Branch, &self.branches, |sign| {
            (format!("{}…", sign.prefix), None, vec![sign.prefix.clone()])
        });
        add(list, SignKind::Environment, &self.environment, |sign| (sign.set.join(" and "), None, Vec::new()));
        add(list, SignKind::Command, &self.commands, |sign| (sign.text.clone(), None, Vec::new()));
        signs.sort_by_key(|sign| SignKind::ALL.iter().position(|kind| *kind == sign.kind));
        signs
    }

    /// Returns the sign that a piece of evidence shows best, and the part of it that stands there.
    #[must_use]
    pub fn sign_in(&self, text: &str) -> Option<(Sign, String)> {
        let folded = fold(text);
        let mut met: Vec<(Sign, String)> = self
            .signs()
            .into_iter()
            .filter_map(|sign| sign.met_in(&folded).map(ToOwned::to_owned).map(|part| (sign, part)))
            .collect();
        // Kinds are declared in the order in which they say most.
        met.sort_by_key(|(sign, part)| (sign.kind, std::cmp::Reverse(part.len())));
        met.into_iter().next()
    }
}

/// How an account stands in text. A bare login is a name like others.
fn shown_accounts(login: &str, id: Option<u64>) -> Vec<String> {
    let number = id.map(|id| format!("{id}+"));
    let mut shown: Vec<String> = number.into_iter().collect();
    shown.extend([format!("{login}@users.noreply."), format!("github:{login}")]);
    if login.ends_with("[bot]") {
        shown.push(login.to_owned());
    }
    shown
}

fn add<T: Dated>(
    signs: &mut Vec<Sign>,
    kind: SignKind,
    list: &[Spanned<T>],
    read: impl Fn(&T) -> (String, Option<String>, Vec<String>),
) {
    for sign in list {
        let (text, detail, needles) = read(&sign.value);
        let (source, seen) = sign.value.dated();
        let needles = needles.iter().map(|needle| fold(needle)).collect();
        signs.push(Sign { kind, text, detail, source, seen: seen.to_owned(), needles });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::document;

    #[test]
    fn evidence_is_traced_to_its_sign() {
        let document = document().unwrap();
        let met = |id: &str, text: &str| {
            let entry = document.agents.iter().find(|entry| entry.value.id == id).unwrap();
            entry.value.sign_in(text).map(|(sign, part)| (sign.kind, part))
        };
        let some = |kind, part: &str| Some((kind, part.to_owned()));
        assert_eq!(met("kiro", "Co-authored-by: Kiro <kiro@amazon.com>"), some(SignKind::Address, "kiro@amazon.com"));
        assert_eq!(met("kiro", "Ada <244629292+x@users.noreply.github.com>"), some(SignKind::Account, "244629292+"));
        assert_eq!(met("kiro", "Assisted-by: Kiro"), some(SignKind::SharedName, "kiro"));
        assert_eq!(met("kiro", "refs/heads/kiro/fix"), some(SignKind::SharedName, "kiro"));
        assert_eq!(met("claude-code", "Assisted-by: Opus4.7"), some(SignKind::Model, "opus"));
        assert_eq!(met("claude-code", "Claude-Session: x"), some(SignKind::Trailer, "claude-session"));
        assert_eq!(met("kiro", "okiro"), None);
    }

    #[test]
    fn every_kind_is_shown_once() {
        for kind in SignKind::ALL {
            assert_eq!(SignKind::ALL.iter().filter(|other| **other == kind).count(), 1);
        }
    }
}
