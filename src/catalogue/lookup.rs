//! The catalogue: the built-in tables, and what a policy adds to them.
//!
//! Making one must cost next to nothing, for every push makes one: no parsing, no matcher is built.

use super::ascii::{HASH_START, fold_key, hash_step, letter};
use super::rule::ActorRule;
use super::tables::{
    ACTORS, Actor, BRANCHES, IDS, KEYS, KeyKind, LINKS, LOGINS, MARKS, Means, OwnTrailer, TRAILERS, TRIGGER_BITS,
    TRIGGERS,
};
use super::unicode::fold;

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorKind {
    /// An AI that writes code.
    Agent,
    /// Automation that is no AI.
    Robot,
}

/// An agent or robot that something was recognized as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorMatch {
    /// What it is.
    pub kind: ActorKind,
    /// Its id in the catalogue or in the policy.
    pub id: String,
}

/// The same as [`ActorMatch`], borrowed from the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who<'c> {
    /// What it is.
    pub kind: ActorKind,
    /// Its id.
    pub id: &'c str,
}

impl Who<'_> {
    /// Tells whether it is an agent.
    #[must_use]
    pub fn is_agent(&self) -> bool {
        self.kind == ActorKind::Agent
    }
}

/// Agents and robots, and the signs by which they are recognized.
#[derive(Debug, Clone)]
pub struct Catalogue {
    pub(super) added: Vec<Added>,
    added_words: Vec<u32>,
    bits: [u64; 256],
}

/// An agent or robot that the policy added, ready to be matched.
#[derive(Debug, Clone)]
pub(super) struct Added {
    pub(super) kind: ActorKind,
    pub(super) id: String,
    pub(super) emails: Vec<String>,
    pub(super) names: Vec<String>,
    trailers: Vec<(String, String)>,
    pub(super) accounts: Vec<(String, String)>,
    pub(super) keys: Vec<String>,
}

/// What a trailer's key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'c> {
    /// Anyone may write it; it depends on whom it names.
    Open {
        /// What it says about them.
        kind: KeyKind,
        /// The key as evidence shows it.
        shown: &'static str,
    },
    /// Only one actor writes it.
    Own {
        /// Whose it is.
        who: Who<'c>,
        /// What it means.
        means: Means,
        /// The key as evidence shows it.
        shown: &'c str,
        /// The values that count, in lower case; any when empty.
        values: &'static [&'static str],
    },
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Catalogue {
    /// Returns the catalogue that the program carries.
    #[must_use]
    pub fn built_in() -> Self {
        Self { added: Vec::new(), added_words: Vec::new(), bits: TRIGGER_BITS }
    }

    /// Returns the built-in catalogue with the agents and robots that a policy adds.
    #[must_use]
    pub fn with_rules(agents: &[ActorRule], robots: &[ActorRule]) -> Self {
        let mut catalogue = Self::built_in();
        let agents = agents.iter().map(|rule| (rule, ActorKind::Agent));
        for (rule, kind) in agents.chain(robots.iter().map(|rule| (rule, ActorKind::Robot))) {
            catalogue.add(rule, kind);
        }
        catalogue
    }

    fn add(&mut self, rule: &ActorRule, kind: ActorKind) {
        for text in rule.trailers.iter().chain(&rule.names).chain(&rule.emails) {
            self.add_words(text);
        }
        for (_, login) in &rule.accounts {
            self.add_words(login);
        }
        self.added.push(Added {
            kind,
            id: rule.id.clone(),
            emails: rule.emails.iter().map(|pattern| fold_address_pattern(pattern)).collect(),
            names: rule.names.iter().map(|pattern| collapse(&fold(pattern))).collect(),
            trailers: rule.trailers.iter().map(|key| (fold_key(&fold(key)), key.to_lowercase())).collect(),
            accounts: rule
                .accounts
                .iter()
                .map(|(provider, login)| (provider.to_lowercase(), login.to_lowercase()))
                .collect(),
            keys: rule.keys.clone(),
        });
    }

    /// Lets every whole word of a pattern start the slow path.
    fn add_words(&mut self, pattern: &str) {
        let folded = fold(pattern);
        for word in folded.split(|c: char| !c.is_ascii() || c != '*' && letter(c as u8) == 0) {
            let hash = word.bytes().fold(HASH_START, |hash, byte| hash_step(hash, letter(byte)));
            if word.len() > 1 && !word.contains('*') && !self.added_words.contains(&hash) {
                self.added_words.push(hash);
                if let Some(slot) = self.bits.get_mut((hash >> 6) as usize % 256) {
                    *slot |= 1 << (hash & 63);
                }
            }
        }
    }

    /// Tells whether a word with this hash may stand in a sign; see [`super::ascii`].
    #[must_use]
    pub fn may_tell(&self, word: u32) -> bool {
        let hit = self.bits.get((word >> 6) as usize % 256).is_some_and(|slot| slot >> (word & 63) & 1 == 1);
        hit && (TRIGGERS.binary_search(&word).is_ok() || self.added_words.contains(&word))
    }

    /// Returns what a trailer's key means; `key` is folded by [`fold_key`].
    #[must_use]
    pub fn key(&self, key: &str) -> Option<Key<'_>> {
        for added in &self.added {
            for (folded, shown) in &added.trailers {
                if folded == key {
                    let who = Who { kind: added.kind, id: &added.id };
                    return Some(Key::Own { who, means: Means::Help, shown, values: &[] });
                }
            }
        }
        if let Ok(at) = KEYS.binary_search_by(|(known, ..)| (*known).cmp(key)) {
            return KEYS.get(at).map(|(_, kind, shown)| Key::Open { kind: *kind, shown });
        }
        let at = TRAILERS.binary_search_by(|trailer| trailer.key.cmp(key)).ok()?;
        let OwnTrailer { actor, means, shown, values, .. } = *TRAILERS.get(at)?;
        Some(Key::Own { who: built_in(actor)?, means, shown, values })
    }

    /// Returns whose session an address without scheme leads to; `address` is in lower case.
    #[must_use]
    pub fn session(&self, address: &str) -> Option<Who<'_>> {
        let (_, actor) =
            LINKS.iter().find(|(prefix, _)| address.starts_with(prefix) && address.len() > prefix.len())?;
        built_in(*actor)
    }

    /// Returns whose tool puts a phrase of this line into pull requests; `line` is folded.
    #[must_use]
    pub fn mark(&self, line: &str) -> Option<Who<'_>> {
        let (_, actor) = MARKS.iter().find(|(mark, _)| line.contains(mark))?;
        built_in(*actor)
    }

    /// Returns whose branches are named like this one: a hint, never more.
    #[must_use]
    pub fn branch(&self, branch: &str) -> Option<Who<'_>> {
        let branch = branch.to_lowercase();
        let (_, actor) = BRANCHES.iter().find(|(prefix, _)| branch.starts_with(prefix))?;
        built_in(*actor)
    }

    /// Returns who has this login at GitHub; `login` is in lower case.
    #[must_use]
    pub fn github_login(&self, login: &str) -> Option<Who<'_>> {
        find(LOGINS, login)
    }

    /// Returns who has this number at GitHub.
    #[must_use]
    pub fn github_id(&self, id: u64) -> Option<Who<'_>> {
        let at = IDS.binary_search_by_key(&id, |(known, _)| *known).ok()?;
        built_in(IDS.get(at)?.1)
    }

    /// Returns the built-in agents and robots, in the order of `agents.yaml`.
    pub fn actors() -> impl Iterator<Item = &'static Actor> {
        ACTORS.iter()
    }
}

/// Returns the actor at a place in the table of actors.
pub(super) fn built_in(actor: u16) -> Option<Who<'static>> {
    let actor = ACTORS.get(usize::from(actor))?;
    Some(Who { kind: if actor.is_agent { ActorKind::Agent } else { ActorKind::Robot }, id: actor.id })
}

/// Looks a text up in a sorted table.
pub(super) fn find(table: &'static [(&'static str, u16)], text: &str) -> Option<Who<'static>> {
    let at = table.binary_search_by(|(known, _)| (*known).cmp(text)).ok()?;
    built_in(table.get(at)?.1)
}

/// Folds a name for comparison with patterns: single blanks, none at the ends.
pub(super) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A pattern with a `+` in its local part must match addresses that have lost theirs.
fn fold_address_pattern(pattern: &str) -> String {
    let folded = fold(pattern);
    match folded.rsplit_once('@') {
        Some((local, domain)) if domain != "users.noreply.github.com" => {
            format!("{}@{domain}", local.split_once('+').map_or(local, |(kept, _)| kept))
        }
        _ => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_what_they_mean() {
        let catalogue = Catalogue::built_in();
        for key in ["Co-authored-by", "co-authored-By", "CO AUTHORED BY", "C0-auth0red-by", "Coauthored-by"] {
            assert!(matches!(catalogue.key(&fold_key(key)), Some(Key::Open { kind: KeyKind::CoAuthor, .. })), "{key}");
        }
        let Some(Key::Own { who, .. }) = catalogue.key("ampthreadid") else { panic!("Amp's own key") };
        assert_eq!(who.id, "amp");
        assert_eq!(catalogue.key("fixes"), None);
    }

    #[test]
    fn a_policy_adds_keys_and_words() {
        let rule =
            ActorRule { id: "acme-fixer".into(), trailers: vec!["Acme-Fixer-Session".into()], ..ActorRule::default() };
        let catalogue = Catalogue::with_rules(&[rule], &[]);
        assert!(matches!(catalogue.key("acmefixersession"), Some(Key::Own { who: Who { id: "acme-fixer", .. }, .. })));
        let word = "fixer".bytes().fold(HASH_START, |hash, byte| hash_step(hash, letter(byte)));
        assert!(catalogue.may_tell(word));
        assert!(!Catalogue::built_in().may_tell(word));
    }

    #[test]
    fn tables_are_sorted_and_without_doubles() {
        assert!(LOGINS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::super::tables::EMAILS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(super::super::tables::NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(KEYS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TRAILERS.windows(2).all(|pair| pair[0].key < pair[1].key));
        assert!(IDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_ids_that_others_rely_on_are_there() {
        let ids: Vec<&str> = Catalogue::actors().filter(|actor| actor.is_agent).map(|actor| actor.id).collect();
        for id in [
            "claude-code",
            "copilot",
            "kiro",
            "amazon-q",
            "codex",
            "cursor",
            "devin",
            "jules",
            "gemini",
            "aider",
            "openhands",
            "amp",
            "windsurf",
            "cline",
            "roo",
            "junie",
            "droid",
            "replit",
            "opencode",
            "crush",
            "qwen",
        ] {
            assert!(ids.contains(&id), "{id}");
        }
    }
}
