//! Reads names of agents and models where a trailer or footer names who helped:
//! `Claude Opus 4.6 (1M context)`, `GPT 5.6`, `Opus 4.6 via Claude Code`, `Crush:model`.
//!
//! The same words as somebody's author name say nothing; this is no place to judge identities.

use super::ascii::tokens;
use super::lookup::{ActorKind, Catalogue, Who, built_in, collapse};
use super::tables::{LEAD_WORDS, NAMES, NameKind, PRODUCT_WORDS, TAIL_WORDS};
use super::wildcard;

/// The longest text that is read as a name, in bytes.
const LONGEST: usize = 256;
/// The most words of a name in the catalogue.
const MOST_WORDS: usize = 6;

/// A name that was read at the beginning of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase<'c> {
    /// Whom it names; products rather than the models that they use.
    pub agents: Vec<Who<'c>>,
    /// How much the first name says.
    pub kind: NameKind,
    /// Whether a word or number in it shows that a product is meant and not a person.
    pub is_decided: bool,
    /// Whether nothing stands in the text that the grammar does not know.
    pub is_closed: bool,
    /// The words that the grammar does not know begin here.
    pub end: usize,
}

impl Phrase<'_> {
    /// Tells whether the name alone says enough, wherever somebody is named.
    #[must_use]
    pub fn is_product(&self) -> bool {
        match self.kind {
            NameKind::Plain => true,
            NameKind::Shared | NameKind::Given | NameKind::Model => self.is_decided,
        }
    }
}

impl Catalogue {
    /// Reads the name at the beginning of `text`, which is folded.
    #[must_use]
    pub fn phrase(&self, text: &str) -> Option<Phrase<'_>> {
        let text = cut(text, LONGEST);
        if let Some(phrase) = self.added_name(text) {
            return Some(phrase);
        }
        let words: Vec<&str> = tokens(text).collect();
        let skipped =
            words.iter().enumerate().take_while(|(at, word)| name_at(&words, *at).is_none() && is_in(LEAD_WORDS, word));
        let start = skipped.count();
        let first = name_at(&words, start)?;
        let mut named = vec![(first.actor, first.kind)];
        let mut at = start + first.words;
        let mut is_decided = false;
        while let Some(word) = words.get(at) {
            if let Some(next) = name_at(&words, at) {
                named.push((next.actor, next.kind));
                is_decided |= next.kind != NameKind::Given;
                at += next.words;
            } else if word.bytes().all(|byte| byte.is_ascii_digit()) || is_in(PRODUCT_WORDS, word) {
                is_decided = true;
                at += 1;
            } else if is_in(TAIL_WORDS, word) {
                at += 1;
            } else {
                break;
            }
        }
        let end = words.get(at).map_or(text.len(), |word| offset_in(text, word));
        Some(Phrase { agents: products(&named), kind: first.kind, is_decided, is_closed: at >= words.len(), end })
    }

    /// Matches the names that a policy gives its agents; they must match as a whole.
    fn added_name(&self, text: &str) -> Option<Phrase<'_>> {
        let name = collapse(text);
        let added = self.added.iter().find(|added| {
            added.kind == ActorKind::Agent && added.names.iter().any(|pattern| wildcard::matches(pattern, &name))
        })?;
        let who = Who { kind: ActorKind::Agent, id: &added.id };
        Some(Phrase { agents: vec![who], kind: NameKind::Plain, is_decided: true, is_closed: true, end: text.len() })
    }
}

struct Name {
    actor: u16,
    kind: NameKind,
    words: usize,
}

/// The longest name of the catalogue that begins at a word.
fn name_at(words: &[&str], at: usize) -> Option<Name> {
    let mut text = String::new();
    let mut found = None;
    for (count, word) in words.get(at..)?.iter().take(MOST_WORDS).enumerate() {
        if count > 0 {
            text.push(' ');
        }
        text.push_str(word);
        // The names that continue `text` stand behind it in the sorted table.
        let place = NAMES.partition_point(|(name, ..)| *name < text.as_str());
        let (name, actor, kind) = *NAMES.get(place)?;
        if name == text {
            found = Some(Name { actor, kind, words: count + 1 });
        } else if !name.starts_with(text.as_str()) {
            break;
        }
    }
    found
}

/// The agents of a phrase: a model counts only where no product is named, an unnamed AI only where
/// nothing is.
fn products(named: &[(u16, NameKind)]) -> Vec<Who<'static>> {
    let mut all: Vec<(Who<'static>, NameKind)> =
        named.iter().filter_map(|(actor, kind)| built_in(*actor).map(|who| (who, *kind))).collect();
    if all.iter().any(|(_, kind)| *kind != NameKind::Model)
        && all.iter().any(|(who, kind)| *kind != NameKind::Model && who.id != UNNAMED)
    {
        all.retain(|(_, kind)| *kind != NameKind::Model);
    }
    if all.iter().any(|(who, _)| who.id != UNNAMED) {
        all.retain(|(who, _)| who.id != UNNAMED);
    }
    let mut agents: Vec<Who<'static>> = all.into_iter().map(|(who, _)| who).collect();
    agents.sort_unstable();
    agents.dedup();
    agents
}

/// The id of an AI that a commit does not name.
pub const UNNAMED: &str = "unnamed-ai";

fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// Cuts a text at a character's end.
fn cut(text: &str, longest: usize) -> &str {
    text.char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take_while(|end| *end <= longest)
        .last()
        .map_or("", |end| text.split_at(end).0)
}

/// Where a part of `text` stands in it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Vec<&'static str>, bool, bool)> {
        let text = super::super::unicode::fold(text);
        let catalogue = Catalogue::built_in();
        let phrase = catalogue.phrase(&text)?;
        let agents = Catalogue::actors()
            .map(|actor| actor.id)
            .filter(|id| phrase.agents.iter().any(|who| who.id == *id))
            .collect();
        Some((agents, phrase.is_product(), phrase.is_closed))
    }

    #[test]
    fn products_and_models_are_read() {
        for (text, agent) in [
            ("Claude Opus 4.6 (1M context)", "claude-code"),
            ("Opus 4.7", "claude-code"),
            ("Opus 4.6 via Claude Code", "claude-code"),
            ("Claude Code (Opus 4.8)", "claude-code"),
            ("GPT 5.6", "codex"),
            ("gpt-5.5 xhigh", "codex"),
            ("Codex 5.3", "codex"),
            ("GitHub Copilot", "copilot"),
            ("Copilot Autofix powered by AI", "copilot"),
            ("Amazon Q Developer", "amazon-q"),
            ("OpenHands-GPT-5", "openhands"),
            ("ClaudeCode", "claude-code"),
            ("Kiro Agent", "kiro"),
            ("codex-cli 0.130.0 gpt-5.5 xhigh", "codex"),
            ("Claude (GLM-4.7)", "claude-code"),
            ("the AI assistant Claude Code", "claude-code"),
            ("generic LLM chatbot", "unnamed-ai"),
            ("ChatGPTv5", "chatgpt"),
            ("Devin AI", "devin"),
            ("Qwen3-Coder", "qwen"),
        ] {
            assert_eq!(read(text), Some((vec![agent], true, true)), "{text}");
        }
    }

    #[test]
    fn two_products_are_two() {
        assert_eq!(read("Google Antigravity with Gemini"), Some((vec!["gemini", "antigravity"], true, true)));
    }

    #[test]
    fn people_are_not_products() {
        for text in [
            "Devin Booker",
            "Jules Verne",
            "Claude Shannon",
            "Cline",
            "Claude",
            "Benjamin Goose",
            "Ada Byron",
            "Coccinelle",
            "",
        ] {
            if let Some((agents, is_product, is_closed)) = read(text) {
                assert!(!(is_product && is_closed), "{text} was read as {agents:?}");
            }
        }
    }
}
