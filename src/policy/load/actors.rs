//! The sections `agents` and `robots`: patterns by which they are recognized.

use super::draft::Placed;
use super::keys;
use super::people::{id_is_fine, provider_is_fine};
use super::roles::repeated;
use crate::policy::ActorRule;
use crate::policy::pattern;
use crate::policy::problem::{Problems, shown};
use crate::policy::read;
use crate::policy::shape::ACTOR;
use crate::policy::yaml::{Node, Value};

/// Whether the section is about agents or robots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Agent,
    Robot,
}

/// Reads a section.
pub(super) fn read(node: &Node<'_>, kind: Kind, problems: &mut Problems) -> Vec<Placed<ActorRule>> {
    let mut rules = Vec::new();
    let Some(entries) = read::entries(node, "a mapping from ids to patterns", problems) else { return rules };
    for entry in entries {
        let what = if kind == Kind::Agent { "the id of an agent" } else { "the id of a robot" };
        if !id_is_fine(&entry.key, &entry.at, what, problems) {
            continue;
        }
        let mut reader = Reader { kind, problems, patterns: 0 };
        if let Some(mut rule) = reader.read(&entry.value) {
            if reader.patterns == 0 {
                reader
                    .problems
                    .warning("rule-dead", &entry.at, format!("nothing says how to recognize `{}`", shown(&entry.key)))
                    .hint("give it `emails`, `names`, `trailers`, `accounts` or `keys`");
            }
            rule.id = entry.key.to_string();
            rules.push(Placed { value: rule, at: entry.at.clone() });
        }
    }
    rules
}

struct Reader<'p> {
    kind: Kind,
    problems: &'p mut Problems,
    /// How many patterns were written, readable or not.
    patterns: usize,
}

impl Reader<'_> {
    fn read(&mut self, node: &Node<'_>) -> Option<ActorRule> {
        let fields = read::fields(node, &ACTOR, self.problems)?;
        Some(ActorRule {
            id: String::new(),
            emails: self.patterns(fields.value("emails"), "an e-mail pattern", |_| None),
            names: self.patterns(fields.value("names"), "a name pattern", |_| None),
            trailers: self.patterns(fields.value("trailers"), "a trailer's key", |key| {
                let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '*');
                (!key.chars().all(fine)).then_some("write the trailer's key alone, without `:` and value")
            }),
            accounts: self.accounts(fields.value("accounts")),
            keys: self.keys(fields.value("keys")),
        })
    }

    /// Reads the keys that only this agent signs commits with.
    fn keys(&mut self, node: Option<&Node<'_>>) -> Vec<String> {
        let Some(node) = node else { return Vec::new() };
        if self.kind == Kind::Robot {
            self.problems
                .error("pattern-invalid", &node.span, "a robot is not recognized by a key")
                .hint("give it `emails` and `accounts`; what a robot pushes is told by the account");
            return Vec::new();
        }
        let items = read::list(node, "SSH keys", self.problems).unwrap_or_default();
        self.patterns += items.len();
        let mut found: Vec<String> = Vec::new();
        for item in items {
            let Some(key) = keys::read_plain(item, self.problems) else { continue };
            if found.contains(&key) {
                repeated(&key, &item.span, self.problems);
            } else {
                found.push(key);
            }
        }
        found
    }

    /// Reads a list of patterns; `wrong` returns what to do about one that cannot be right.
    fn patterns(
        &mut self,
        node: Option<&Node<'_>>,
        what: &str,
        wrong: fn(&str) -> Option<&'static str>,
    ) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let items = node.and_then(|node| read::list(node, what, self.problems)).unwrap_or_default();
        self.patterns += items.len();
        for item in items {
            let Some(text) = self.pattern(item, what) else { continue };
            if let Some(hint) = wrong(text) {
                let message = format!("`{}` cannot be {what}", shown(text));
                self.problems.error("pattern-invalid", &item.span, message).hint(hint);
            } else if found.iter().any(|other| other == text) {
                repeated(text, &item.span, self.problems);
            } else {
                found.push(text.to_owned());
            }
        }
        found
    }

    fn accounts(&mut self, node: Option<&Node<'_>>) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let expected = "a mapping from providers to logins";
        let entries = node.and_then(|node| read::entries(node, expected, self.problems)).unwrap_or_default();
        for entry in entries {
            if !provider_is_fine(&entry.key, &entry.at, self.problems) {
                continue;
            }
            let logins = match &entry.value.value {
                Value::List(logins) => logins.as_slice(),
                _ => std::slice::from_ref(&entry.value),
            };
            self.patterns += logins.len();
            for login in logins {
                if let Some(login) = self.pattern(login, "a login pattern") {
                    found.push((entry.key.to_string(), login.to_owned()));
                }
            }
        }
        found
    }

    fn pattern<'t>(&mut self, node: &'t Node<'_>, what: &str) -> Option<&'t str> {
        let text = read::visible(node, what, self.problems)?;
        if !pattern::matches_everything(text) {
            return Some(text);
        }
        match self.kind {
            Kind::Agent => {
                self.problems
                    .warning("pattern-matches-everything", &node.span, "this pattern matches everybody")
                    .consequence("every change would count as this agent's");
                Some(text)
            }
            Kind::Robot => {
                self.problems
                    .error("pattern-matches-everything", &node.span, "this pattern matches everybody")
                    .hint("name the robot's own address or account")
                    .consequence("everybody would count as this robot, from whom less is asked");
                None
            }
        }
    }
}
