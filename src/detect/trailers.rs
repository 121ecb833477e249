//! Trailers: `Key: value` on any line of a message, not only in git's last block, with every
//! freedom that tools and people take with them.

use super::naming::{Trust, agents};
use super::people::{is_nobody, people};
use super::reading::Reading;
use super::sink::Weight;
use super::text::{Line, is_blank, seen, split_line};
use super::{footers, glued};
use crate::catalogue::ascii::fold_key;
use crate::catalogue::unicode::fold;
use crate::catalogue::{Key, KeyKind, Means, Who};

/// The longest key that is looked up, in bytes of the folded line.
const LONGEST_KEY: usize = 64;
/// The most lines that a folded value goes on for.
const MOST_LINES: usize = 16;
/// The longest folded value, in bytes.
const LONGEST_VALUE: usize = 4 * 1024;

/// Reads a line as a trailer; false when it has no key that the catalogue knows.
pub fn read(reading: &mut Reading<'_>, line: &Line<'_>) -> bool {
    let catalogue = reading.catalogue;
    let known = key_of(line).and_then(|(key, colon)| catalogue.key(&key).map(|key| (key, colon)));
    let Some((key, colon)) = known else { return flag_with_dash(reading, line) };
    match key {
        Key::Open { kind: KeyKind::CoAuthor, shown } => co_author(reading, line, colon + 1, shown),
        Key::Open { kind, shown } => {
            open(reading, line, kind, shown, &value_from(reading, line, colon + 1));
            glued::read_between(reading, line, colon + 1, line.folded.len());
        }
        Key::Own { who, means, shown, values } => {
            let value = value_from(reading, line, colon + 1);
            let said = fold(&value);
            let counts = if values.is_empty() { !is_nobody(&value) } else { values.contains(&said.trim()) };
            if counts && who.is_agent() {
                let weight = if means == Means::Author { Weight::Agent } else { Weight::Assisted };
                reading.sign(weight, shown, who, line);
            }
        }
    }
    true
}

/// The folded key at the beginning of a line, and where its colon stands.
fn key_of(line: &Line<'_>) -> Option<(String, usize)> {
    let said = line.said();
    let colon = said.bytes().take(LONGEST_KEY).position(|byte| byte == b':')?;
    let key = said.get(..colon)?;
    let is_key = key.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'\t' | b'-' | b'_' | b'*' | b'`' | b'.' | b'"' | b'\'' | b')' | b']')
    });
    // `**Key:** value`, `__Key__: value`
    (is_key && !key.is_empty()).then(|| (fold_key(key), line.start + colon))
}

/// `AI-assisted — Tool: OpenAI Codex; model: GPT-5`: a dash in place of the colon.
fn flag_with_dash(reading: &mut Reading<'_>, line: &Line<'_>) -> bool {
    let catalogue = reading.catalogue;
    let text = line.from(line.start);
    let Some((key, value)) = text.split_once(" — ").or_else(|| text.split_once(" – ")) else { return false };
    if key.len() > LONGEST_KEY || reading.is_subject() {
        return false;
    }
    let Some(Key::Open { kind: KeyKind::Flag, shown }) = catalogue.key(&fold_key(key)) else { return false };
    flag(reading, line, shown, value, true);
    true
}

/// The value behind a key: the rest of the line, and the lines that continue it where it says
/// nothing yet (git-interpret-trailers(1): continued lines begin with white space).
fn value_from(reading: &Reading<'_>, line: &Line<'_>, from: usize) -> String {
    let mut value = line.from(from).trim().to_owned();
    if value.contains(['@', '\\']) || value.len() > LONGEST_VALUE {
        return value;
    }
    let mut below = reading.physical.below;
    for _ in 0..MOST_LINES {
        let (next, rest) = split_line(below);
        if !next.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
            || is_blank(next)
            || value.len() + next.len() > LONGEST_VALUE
        {
            break;
        }
        let next = seen(next);
        let next = Line::new(&next);
        if key_of(&next).is_some_and(|(key, _)| reading.catalogue.key(&key).is_some()) {
            break;
        }
        value.push(' ');
        value.push_str(next.text.trim());
        below = rest.unwrap_or_default();
    }
    value
}

fn co_author(reading: &mut Reading<'_>, line: &Line<'_>, from: usize, shown: &str) {
    let catalogue = reading.catalogue;
    // More of them may be glued behind the first on the same line.
    let next = glued::next_key(&line.folded, from);
    let value = match next {
        Some(next) => line.between(from, next.start).to_owned(),
        None => value_from(reading, line, from),
    };
    let trust = if is_about_ai(shown) { Trust::Free } else { Trust::Closed };
    for named in people(&value) {
        let trust = if named.email.is_none() && is_for_people(shown) { Trust::Product } else { trust };
        let mut found = agents(catalogue, &named, trust);
        if found.is_empty() && is_about_ai(shown) {
            found.extend(catalogue.unnamed_ai());
        }
        for who in found {
            reading.sign(Weight::Agent, shown, who, line);
        }
        reading.co_author(named.to_identity(), line);
    }
    if let Some(next) = next {
        glued::read_between(reading, line, next.start, line.folded.len());
    }
}

fn open(reading: &mut Reading<'_>, line: &Line<'_>, kind: KeyKind, shown: &str, value: &str) {
    let catalogue = reading.catalogue;
    match kind {
        KeyKind::CoAuthor => {}
        KeyKind::Author => {
            for named in people(value) {
                let is_person_or_ai = named.email.is_some() || is_about_ai(shown);
                let trust = if is_person_or_ai { Trust::Closed } else { Trust::Product };
                for who in agents(catalogue, &named, trust) {
                    reading.sign(Weight::Agent, shown, who, line);
                }
                if named.email.is_some() {
                    reading.co_author(named.to_identity(), line);
                }
            }
        }
        KeyKind::Help => help(reading, line, shown, value),
        KeyKind::Loose => {
            let weight = if !reading.is_subject() && reading.context.is_in_block(&reading.physical) {
                Weight::Assisted
            } else {
                Weight::Hint
            };
            for named in people(value) {
                for who in agents(catalogue, &named, Trust::Product) {
                    reading.sign(weight, shown, who, line);
                }
            }
        }
        KeyKind::Flag => flag(reading, line, shown, value, false),
        KeyKind::SignOff => {
            for named in people(value) {
                for who in agents(catalogue, &named, Trust::Product) {
                    reading.sign(Weight::Assisted, shown, who, line);
                }
            }
        }
        KeyKind::Review => {
            for named in people(value) {
                for who in agents(catalogue, &named, Trust::Product) {
                    reading.sign(Weight::Hint, shown, who, line);
                }
            }
        }
    }
}

/// Tells whether a key itself says that it is about an AI.
fn is_about_ai(shown: &str) -> bool {
    shown.starts_with("ai-") || shown.starts_with("llm-") || shown.ends_with("-ai")
}

/// Tells whether a key asks for an AI's name, so that whatever stands behind it is one.
fn asks_for_an_ai(shown: &str) -> bool {
    let asks = ["-by", "-with", "-tool", "-tools", "-model", "-agent", "-agents", "-assistant"];
    is_about_ai(shown) && asks.iter().any(|end| shown.ends_with(end))
}

/// Tells whether a key is about people who help each other: a given name there is a person's.
fn is_for_people(shown: &str) -> bool {
    shown.starts_with("pair")
        || matches!(shown, "aided-by" | "helped-by" | "with-help-from" | "with-help-of" | "co-developer")
}

fn help(reading: &mut Reading<'_>, line: &Line<'_>, shown: &str, value: &str) {
    let catalogue = reading.catalogue;
    let said = fold(value);
    if denies(&said) {
        return;
    }
    let mut is_named = false;
    for named in people(value) {
        let trust = if named.email.is_none() && is_for_people(shown) { Trust::Product } else { Trust::Free };
        for who in agents(catalogue, &named, trust) {
            reading.sign(Weight::Assisted, shown, who, line);
            is_named = true;
        }
    }
    if is_named || !is_about_ai(shown) {
        return;
    }
    if asks_for_an_ai(shown) && !is_nobody(value) {
        for who in catalogue.unnamed_ai() {
            reading.sign(Weight::Assisted, shown, who, line);
        }
    } else {
        footers::read_sentence(reading, line, &said);
    }
}

/// Tells whether a value denies what its key asks: `AI disclosure: no LLM was used`.
fn denies(said: &str) -> bool {
    let mut words = said.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    matches!(first, "no" | "none" | "not" | "never" | "without" | "nothing" | "zero" | "n" | "na" | "false")
        || words.take(4).any(|word| matches!(word, "without" | "not" | "never" | "didn't" | "no"))
}

/// `AI-assisted: yes`, `AI-generated: partly, by Copilot`, `AI-lines: 85`. `is_claimed` says that the key
/// stands there as a claim by itself, and not as a question.
fn flag(reading: &mut Reading<'_>, line: &Line<'_>, shown: &str, value: &str, is_claimed: bool) {
    let catalogue = reading.catalogue;
    let said = fold(value);
    if is_nobody(value) || denies(&said) {
        return;
    }
    let agents: Vec<Who<'_>> = people(value).iter().flat_map(|named| agents(catalogue, named, Trust::Free)).collect();
    if agents.is_empty() {
        let weight = if is_claimed || affirms(&said) { Weight::Assisted } else { Weight::Hint };
        for who in catalogue.unnamed_ai() {
            reading.sign(weight, shown, who, line);
        }
    }
    for who in agents {
        reading.sign(Weight::Assisted, shown, who, line);
    }
}

/// Tells whether a value says yes, or how much.
fn affirms(said: &str) -> bool {
    let first = said.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    first.parse::<u64>().is_ok_and(|amount| amount > 0)
        || matches!(
            first,
            "true"
                | "yes"
                | "y"
                | "partly"
                | "partially"
                | "partial"
                | "mostly"
                | "fully"
                | "full"
                | "some"
                | "heavily"
                | "lightly"
                | "generated"
                | "assisted"
                | "mixed"
                | "written"
                | "authored"
                | "coauthored"
        )
}
