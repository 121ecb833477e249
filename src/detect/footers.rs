//! Footers and signatures: `🤖 Generated with [Claude Code](…)`, `Made with Cursor`,
//! `… on behalf of …`, `PR created automatically by Jules`.

use super::reading::Reading;
use super::sink::Weight;
use super::text::{Line, is_blank, last_line};
use crate::catalogue::ascii::{fold_key, tokens};
use crate::catalogue::{NameKind, Phrase, UNNAMED, Who};

/// What a footer may be about, in front of its verb.
const SUBJECTS: &[&str] = &[
    "a",
    "all",
    "and",
    "branch",
    "change",
    "changes",
    "changeset",
    "code",
    "commit",
    "commits",
    "contribution",
    "draft",
    "feature",
    "file",
    "files",
    "fix",
    "implementation",
    "initial",
    "it",
    "many",
    "message",
    "most",
    "much",
    "of",
    "part",
    "parts",
    "patch",
    "pr",
    "pull",
    "request",
    "script",
    "series",
    "some",
    "test",
    "tests",
    "that",
    "the",
    "these",
    "they",
    "this",
    "version",
    "work",
];
/// What may stand between.
const FILLERS: &[&str] = &[
    "also",
    "are",
    "auto",
    "automatically",
    "been",
    "being",
    "collaboratively",
    "completely",
    "entire",
    "entirely",
    "fully",
    "generously",
    "has",
    "have",
    "heavily",
    "in",
    "initially",
    "is",
    "largely",
    "love",
    "mainly",
    "mostly",
    "originally",
    "part",
    "partially",
    "partly",
    "primarily",
    "proudly",
    "was",
    "were",
    "with",
];
/// What agents do to code: enough with any name.
const TELLING: &[&str] = &[
    "assisted",
    "authored",
    "coauthored",
    "coded",
    "cowritten",
    "drafted",
    "generated",
    "implemented",
    "ultraworked",
    "vibecoded",
    "written",
];
/// What is also done to other things, with other things.
const OTHER: &[&str] = &[
    "built",
    "committed",
    "contributed",
    "crafted",
    "created",
    "developed",
    "fixed",
    "made",
    "opened",
    "prepared",
    "produced",
    "refactored",
    "submitted",
];
/// What stands between a verb and a name.
const JOINTS: &[&str] = &["by", "from", "through", "using", "via", "with"];
/// Keys in front of an admission in a whole sentence.
const DISCLOSURES: &[&str] = &[
    "aiassistancedisclosure",
    "aidisclaimer",
    "aidisclosure",
    "ainote",
    "ainotice",
    "aistatement",
    "aiusage",
    "aiusagedisclosure",
    "aiuse",
    "disclaimer",
    "disclosure",
    "llmdisclaimer",
    "llmdisclosure",
    "llmnotice",
    "llmusage",
];

/// Reads a line as a footer or a signature.
pub fn read(reading: &mut Reading<'_>, line: &Line<'_>) {
    let said = without_shortcode(line.said());
    if let Some((key, sentence)) = said.split_once(':')
        && key.len() < 40
        && is_in(DISCLOSURES, &fold_key(key))
    {
        read_sentence(reading, line, sentence);
        return;
    }
    if let Some((phrase, verb)) = footer(reading, line, said) {
        let weight = if goes_on_from_above(reading, line) {
            Weight::Hint
        } else if matches!(verb, "coauthored" | "cowritten") {
            Weight::Agent
        } else {
            Weight::Assisted
        };
        report(reading, line, weight, "footer", phrase);
    } else if let Some(phrase) = signature(reading, line, said) {
        report(reading, line, Weight::Assisted, "on-behalf-of", phrase);
    } else if let Some(phrase) = linked(reading, line) {
        report(reading, line, Weight::Assisted, "footer", phrase);
    }
}

/// Takes away an emoji that is written out: `:robot: Generated with …`.
fn without_shortcode(said: &str) -> &str {
    let shortcode = said.strip_prefix(':').and_then(|rest| rest.split_once(':'));
    match shortcode {
        Some((name, rest)) if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
            rest.trim_start_matches([' ', '*', '_'])
        }
        _ => said,
    }
}

/// A footer in whatever language: `🤖 Erstellt mit [Claude Code](https://claude.com/claude-code)`.
fn linked<'r>(reading: &Reading<'r>, line: &Line<'_>) -> Option<Vec<Who<'r>>> {
    if reading.is_subject() || !line.text.trim_start().starts_with('🤖') {
        return None;
    }
    let (_, link) = line.folded.split_once('[')?;
    let (named, _) = link.split_once(']').filter(|(_, address)| address.starts_with("(http"))?;
    match reading.catalogue.phrase(named) {
        Some(phrase) => phrase.is_closed.then_some(phrase.agents),
        // Every agent signs like this, and tomorrow's has a name that nobody knows yet.
        None => line.said().starts_with("generated with [").then(|| reading.catalogue.unnamed_ai().collect()),
    }
}

/// Reads an admission: `This change was mostly generated using an LLM, though …`.
pub fn read_sentence(reading: &mut Reading<'_>, line: &Line<'_>, sentence: &str) {
    if let Some((phrase, _)) = footer(reading, line, sentence) {
        report(reading, line, Weight::Assisted, "disclosure", phrase);
    }
}

fn report(reading: &mut Reading<'_>, line: &Line<'_>, weight: Weight, signal: &str, agents: Vec<Who<'_>>) {
    for who in agents {
        reading.sign(weight, signal, who, line);
    }
}

/// Whom a footer names, and its verb.
fn footer<'r>(reading: &Reading<'r>, line: &Line<'_>, said: &str) -> Option<(Vec<Who<'r>>, &'static str)> {
    let catalogue = reading.catalogue;
    let mut words = tokens(said).take(24).peekable();
    while words.next_if(|word| is_in(SUBJECTS, word)).is_some() {}
    while words.next_if(|word| is_in(FILLERS, word)).is_some() {}
    let verb = verb(&mut words)?;
    while words.next_if(|word| is_in(FILLERS, word) && *word != "with").is_some() {}
    let joint = words.next().filter(|word| is_in(JOINTS, word))?;
    let at = (joint.as_ptr() as usize + joint.len()).checked_sub(said.as_ptr() as usize)?;
    let named = said.get(at..)?.trim_start();
    if let Some(handle) = named.strip_prefix('@') {
        let end =
            handle.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '[' | ']'))).unwrap_or(handle.len());
        let who = catalogue.github_login(handle.get(..end)?).filter(Who::is_agent)?;
        return Some((vec![who], verb));
    }
    let phrase = catalogue.phrase(named)?;
    let is_telling = is_in(TELLING, verb);
    let is_framed = line.is_decorated || named.starts_with('[');
    let is_enough = match phrase.kind {
        NameKind::Plain => true,
        NameKind::Shared => is_telling || is_framed || phrase.is_decided,
        NameKind::Given => {
            let is_any_ai =
                phrase.agents.iter().any(|who| who.id == UNNAMED) || tokens(named).take(2).any(|word| word == "ai");
            phrase.is_decided || is_framed || is_telling && is_any_ai
        }
        NameKind::Model => phrase.is_decided,
    };
    (is_enough && ends(&phrase, named)).then_some((phrase.agents, verb))
}

/// Reads the verb; some are two words.
fn verb<'w>(words: &mut std::iter::Peekable<impl Iterator<Item = &'w str>>) -> Option<&'static str> {
    let first = words.next()?;
    let joined = match first {
        "co" | "vibe" | "ai" | "pair" => {
            format!("{}{}", if first == "co" || first == "vibe" { first } else { "" }, words.next()?)
        }
        _ => first.to_owned(),
    };
    let listed = |list: &[&'static str]| list.binary_search(&joined.as_str()).ok().and_then(|at| list.get(at).copied());
    listed(TELLING).or_else(|| listed(OTHER))
}

/// Tells whether a footer ends behind a name: nothing else, a bracket, a link, or what it was for.
fn ends(phrase: &Phrase<'_>, named: &str) -> bool {
    if phrase.is_closed {
        return true;
    }
    let Some((before, behind)) = named.split_at_checked(phrase.end) else { return false };
    let next: String = behind.chars().take_while(|c| c.is_alphanumeric()).collect();
    let last = before.split_whitespace().next_back().unwrap_or_default();
    matches!(last, "and" | "with" | "via" | "plus" | "or")
        || before.trim_end().ends_with(['(', '.', ',', ';', ':', '[', '<', '|', '—', '–', '!', '/', '&', '+', '•', '·'])
        || before.trim_end().ends_with(" -")
        || matches!(
            next.as_str(),
            "for" | "behalf" | "at" | "started" | "response" | "per" | "under" | "during" | "as" | "https" | "http"
        )
}

/// `_codex-gpt-5.5-high on behalf of Ada_`, `I am OpenHands-GPT-5, an AI agent`.
fn signature<'r>(reading: &Reading<'r>, line: &Line<'_>, said: &str) -> Option<Vec<Who<'r>>> {
    let catalogue = reading.catalogue;
    if let Some(named) = said.strip_prefix("i am ").or_else(|| said.strip_prefix("i'm ")) {
        let phrase = catalogue.phrase(named)?;
        let (_, behind) = named.split_at_checked(phrase.end)?;
        let is_agent = ["ai agent", "ai assistant", "coding agent"].iter().any(|what| named.contains(what));
        return (phrase.is_product() && is_agent && behind.len() < named.len()).then_some(phrase.agents);
    }
    let (named, _) = said.split_once(" on behalf of ")?;
    let phrase = catalogue.phrase(named)?;
    (phrase.is_closed && (phrase.is_product() || line.is_decorated)).then_some(phrase.agents)
}

/// Tells whether a line goes on with a sentence that began above: `… pictures that were` /
/// `generated by Gemini`.
fn goes_on_from_above(reading: &Reading<'_>, line: &Line<'_>) -> bool {
    let begins_small = line.from(line.start).chars().next().is_some_and(char::is_lowercase);
    let above = last_line(reading.physical.above);
    begins_small && !line.is_decorated && !is_blank(above)
}

/// Tells whether a word stands in a sorted list of words.
fn is_in(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_words_are_sorted() {
        for list in [SUBJECTS, FILLERS, TELLING, OTHER, JOINTS, DISCLOSURES] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }
}
