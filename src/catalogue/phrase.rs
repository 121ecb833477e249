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
        read_at(text, &words, start)
    }

    /// Reads the first name anywhere in `text`, which is folded, that is surely a product's:
    /// `vscode:Claude Opus 4.7`.
    #[must_use]
    pub fn phrase_within(&self, text: &str) -> Option<Phrase<'_>> {
        let text = cut(text, LONGEST);
        let words: Vec<&str> = tokens(text).collect();
        (0..words.len()).filter_map(|start| read_at(text, &words, start)).find(Phrase::is_product)
    }

    /// Returns what stands for an AI that a commit does not name.
    pub fn unnamed_ai(&self) -> impl Iterator<Item = Who<'_>> {
        (0..).map_while(built_in).find(|who| who.id == UNNAMED).into_iter()
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

/// Reads the name that begins at a word.
fn read_at(text: &str, words: &[&str], start: usize) -> Option<Phrase<'static>> {
    let first = name_at(words, start)?;
    let mut named: Vec<Mention> = Vec::new();
    let mut at = start;
    let mut is_decided = false;
    while let Some(word) = words.get(at) {
        if let Some(name) = name_at(words, at) {
            is_decided |= at > start && matches!(name.kind, NameKind::Plain | NameKind::Model);
            at += name.words;
            let is_model = name.kind == NameKind::Model
                || words.get(at).is_some_and(|next| is_number(next) || *next == "v")
                || name_at(words, at).is_some_and(|next| next.kind == NameKind::Model && next.actor == name.actor)
                || !named.is_empty() && is_inside(text, word);
            named.push(Mention { actor: name.actor, is_model });
        } else if is_number(word) || is_in(PRODUCT_WORDS, word) {
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

/// Somebody named in a phrase.
struct Mention {
    actor: u16,
    /// Whether it is what the product runs on: `GPT 5.4`, `Crush:claude-opus`, `Copilot (Claude)`.
    is_model: bool,
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a bracket or colon stands right before a word.
fn is_inside(text: &str, word: &str) -> bool {
    let before = text.get(..offset_in(text, word)).unwrap_or_default();
    before.trim_end().ends_with(['(', ':', '[', '/'])
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
fn products(named: &[Mention]) -> Vec<Who<'static>> {
    let mut all: Vec<(Who<'static>, bool)> =
        named.iter().filter_map(|mention| built_in(mention.actor).map(|who| (who, mention.is_model))).collect();
    if all.iter().any(|(who, _)| who.id != UNNAMED) {
        all.retain(|(who, _)| who.id != UNNAMED);
    }
    if all.iter().any(|(_, is_model)| !is_model) {
        all.retain(|(_, is_model)| !is_model);
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
            ("Claude Opus 4.5 via Crush", "crush"),
            ("Crush:anthropic/claude-opus-5", "crush"),
            ("GitHub Copilot (Claude)", "copilot"),
            ("Github-Copilot:Claude Opus 4.8", "copilot"),
            ("Augment (Claude Sonnet 4.5)", "augment"),
            ("Kimi K2.5 via Crush", "crush"),
        ] {
            assert_eq!(read(text), Some((vec![agent], true, true)), "{text}");
        }
    }

    #[test]
    fn two_products_are_two() {
        assert_eq!(read("Google Antigravity with Gemini"), Some((vec!["gemini", "antigravity"], true, true)));
    }

    #[test]
    fn products_are_found_behind_other_words() {
        let catalogue = Catalogue::built_in();
        for (text, id) in [
            ("vscode:claude opus 4.7", "claude-code"),
            ("claud:claude-sonnet-4-6", "claude-code"),
            ("ada using copilot", "copilot"),
        ] {
            assert_eq!(catalogue.phrase_within(text).map(|phrase| phrase.agents[0].id), Some(id), "{text}");
        }
        for text in ["ada byron", "my friend devin", "jules and claude dupont", ""] {
            assert_eq!(catalogue.phrase_within(text), None, "{text}");
        }
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
