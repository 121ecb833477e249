//! Commits with who wrote them and by which signs, as a list on a terminal.

use std::collections::BTreeMap;

use super::columns::{Cell, Columns};
use super::style::Tone;
use super::text::counted;
use crate::catalogue::Catalogue;
use crate::model::{Authorship, Evidence, Oid};

/// How many digits of an id are shown.
const ID_DIGITS: usize = 7;

/// One commit.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its id.
    pub id: Oid,
    /// What its signs say.
    pub authorship: Authorship,
    /// The ids of its agents.
    pub agents: &'a [String],
    /// The signs.
    pub evidence: &'a [Evidence],
    /// The first line of its message.
    pub subject: &'a str,
}

/// A list that is being put together.
#[derive(Debug)]
pub struct AuthorshipList {
    counts: BTreeMap<Authorship, usize>,
    list: Columns,
}

impl Default for AuthorshipList {
    fn default() -> Self {
        let head = [("commit", ID_DIGITS), ("authorship", 12), ("agents", 14), ("evidence", 25), ("subject", 13)];
        Self { counts: BTreeMap::new(), list: Columns::new(&head) }
    }
}

impl AuthorshipList {
    /// Counts a commit, and lists it if it is `shown`.
    pub fn add(&mut self, row: &Row<'_>, shown: bool) {
        *self.counts.entry(row.authorship).or_default() += 1;
        if !shown {
            return;
        }
        let id: String = row.id.to_string().chars().take(ID_DIGITS).collect();
        let agents: Vec<&str> = row.agents.iter().map(|agent| actor_name(agent)).collect();
        self.list.row(vec![
            id.into(),
            Cell::toned(authorship_word(row.authorship), tone(row.authorship)),
            agents.join(", ").into(),
            evidence(row.evidence).into(),
            row.subject.into(),
        ]);
    }

    /// Returns the counts and, below them, the list.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let all: usize = self.counts.values().sum();
        let mut parts: Vec<String> = Vec::new();
        for (authorship, count) in self.counts.iter().rev() {
            parts.push(format!("{count} {}", authorship_phrase(*authorship)));
        }
        let mut text = counted(all, "commit");
        if !parts.is_empty() {
            text.push_str(": ");
            text.push_str(&parts.join(", "));
        }
        text.push('\n');
        if !self.list.is_empty() {
            text.push('\n');
            text.push_str(&self.list.render(color));
        }
        text
    }
}

/// Returns what people call an agent or robot of the catalogue; others go by their ids.
#[must_use]
pub fn actor_name(id: &str) -> &str {
    Catalogue::actors().find(|actor| actor.id == id).map_or(id, |actor| actor.name)
}

/// Returns the word for an authorship.
#[must_use]
pub fn authorship_word(authorship: Authorship) -> &'static str {
    match authorship {
        Authorship::Robot => "robot",
        Authorship::Unmarked => "unmarked",
        Authorship::Assisted => "assisted",
        Authorship::Agent => "agent",
        Authorship::Undetermined => "undetermined",
    }
}

fn authorship_phrase(authorship: Authorship) -> &'static str {
    match authorship {
        Authorship::Robot => "by a robot",
        Authorship::Unmarked => "unmarked",
        Authorship::Assisted => "with an agent's help",
        Authorship::Agent => "by an agent",
        Authorship::Undetermined => "undetermined",
    }
}

fn tone(authorship: Authorship) -> Tone {
    match authorship {
        Authorship::Agent | Authorship::Assisted | Authorship::Undetermined => Tone::Waiting,
        Authorship::Robot | Authorship::Unmarked => Tone::Plain,
    }
}

/// Returns the first sign, and how many more there are.
fn evidence(evidence: &[Evidence]) -> String {
    match evidence {
        [] => String::new(),
        [one, more @ ..] => {
            let place = if one.signal == one.r#where { String::new() } else { format!(", {}", one.r#where) };
            let more = if more.is_empty() { String::new() } else { format!(" +{}", more.len()) };
            format!("{}{place}{more}", one.signal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(signal: &str, place: &str) -> Evidence {
        Evidence { signal: signal.to_owned(), agent: "kiro".to_owned(), r#where: place.to_owned(), text: String::new() }
    }

    #[test]
    fn commits_are_counted_and_listed_with_their_signs() {
        let id: Oid = "1a2b3c4d5e6f70819293a4b5c6d7e8f901234567".parse().unwrap();
        let mut list = AuthorshipList::default();
        let evidence = [sign("co-authored-by", "line 7"), sign("footer", "line 9")];
        let agents = ["kiro".to_owned()];
        let row =
            Row { id, authorship: Authorship::Agent, agents: &agents, evidence: &evidence, subject: "Fix\u{1b}[2J" };
        list.add(&row, true);
        let author = [sign("author", "author")];
        let agents = ["acme-fixer".to_owned()];
        list.add(
            &Row { authorship: Authorship::Robot, agents: &agents, evidence: &author, subject: "Bump", ..row },
            true,
        );
        list.add(&Row { authorship: Authorship::Unmarked, agents: &[], evidence: &[], subject: "x", ..row }, false);
        insta::assert_snapshot!(list.render(false), @r"
        3 commits: 1 by an agent, 1 unmarked, 1 by a robot

        commit   authorship  agents      evidence                   subject
        1a2b3c4  agent       Kiro        co-authored-by, line 7 +1  Fix\u{1b}[2J
        1a2b3c4  robot       acme-fixer  author                     Bump
        ");
    }

    #[test]
    fn nothing_is_said_about_no_commits() {
        assert_eq!(AuthorshipList::default().render(false), "0 commits\n");
    }
}
