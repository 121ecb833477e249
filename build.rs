//! Turns `src/catalogue/agents.yaml` into sorted static tables.
//!
//! A hook has a few milliseconds in all: it must neither parse YAML nor build a matcher. The same
//! YAML gives the same tables, byte for byte. What is wrong with the YAML stops the build.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

#[path = "src/catalogue/ascii.rs"]
mod ascii;
#[allow(dead_code, reason = "the program shows what the build does not need")]
#[path = "src/catalogue/entry.rs"]
mod entry;
#[allow(dead_code, reason = "the program shares it with policies")]
#[path = "src/catalogue/everyday.rs"]
mod everyday;
#[allow(dead_code, reason = "the program reads fingerprints with it, too")]
#[path = "src/catalogue/lint.rs"]
mod lint;

use entry::{Entry, Keys, Says, Spanned, Words};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Words that say nothing about who is meant; they never start the slow path.
const SAYS_NOTHING: &str = "\
    a agent ai app application assistant auto bot build by chat cli cloud co code coding com contact \
    cool dev for from github hello help id inc io land local localhost model net new no noreply of open \
    org powered pull reply request run s sh start support test to tool tools users with xyz";

#[derive(Default)]
struct Tables {
    actors: String,
    emails: BTreeMap<String, usize>,
    ids: BTreeMap<u64, usize>,
    logins: BTreeMap<String, usize>,
    names: BTreeMap<String, (usize, &'static str)>,
    placeholders: BTreeMap<String, usize>,
    suffixes: BTreeMap<String, usize>,
    name_at: BTreeSet<(String, String, usize)>,
    keys: BTreeMap<String, (&'static str, String)>,
    trailers: BTreeMap<String, (usize, Says, String, Vec<String>)>,
    links: BTreeMap<String, usize>,
    marks: BTreeMap<String, usize>,
    branches: BTreeMap<String, usize>,
    signing_keys: BTreeMap<String, usize>,
    notes: BTreeSet<String>,
    environment: Vec<(usize, Vec<String>)>,
    co_authors: BTreeMap<usize, String>,
    triggers: BTreeSet<u32>,
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment where to write")]
fn main() -> Fallible<()> {
    println!("cargo::rerun-if-changed=src/catalogue/agents.yaml");
    for shared in ["ascii", "entry", "everyday", "lint"] {
        println!("cargo::rerun-if-changed=src/catalogue/{shared}.rs");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string("src/catalogue/agents.yaml")?;
    let document = lint::load(&text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| format!("\nsrc/catalogue/agents.yaml:{fault}")).collect();
        lines.concat()
    })?;
    println!("cargo::rustc-env=COUNTERSIGN_CATALOGUE={}", document.release.value);
    let mut tables = Tables::default();
    // Early Aider put its chat into messages: `ASSISTANT: …`.
    tables.triggers.insert(word("assistant"));
    tables.add_keys(&document.keys)?;
    let agents = document.agents.iter().map(|actor| (actor, true));
    let robots = document.robots.iter().map(|actor| (actor, false));
    for (index, (actor, is_agent)) in agents.chain(robots).enumerate() {
        let place = actor.referenced.line();
        tables
            .add_actor(index, &actor.value, is_agent)
            .map_err(|error| format!("src/catalogue/agents.yaml:{place}: {}: {error}", actor.value.id))?;
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("catalogue.rs");
    std::fs::write(out, tables.to_rust(&document.words)?)?;
    Ok(())
}

impl Tables {
    fn add_keys(&mut self, keys: &Keys) -> Fallible<()> {
        let kinds = [
            ("CoAuthor", &keys.co_author),
            ("Author", &keys.author),
            ("Help", &keys.help),
            ("Loose", &keys.loose),
            ("Flag", &keys.flag),
            ("SignOff", &keys.sign_off),
            ("Review", &keys.review),
        ];
        for (kind, list) in kinds {
            for key in list {
                let folded = ascii::fold_key(key);
                // Whom the other keys name starts the slow path; these say enough by themselves.
                if matches!(kind, "CoAuthor" | "Flag") || kind == "Author" && key.len() > 6 {
                    self.trigger(key, true)?;
                    self.triggers.insert(word(&folded));
                }
                if self.keys.insert(folded, (kind, key.to_lowercase())).is_some() {
                    return Err(format!("agents.yaml: the key {key} is there twice").into());
                }
            }
        }
        Ok(())
    }

    fn add_actor(&mut self, index: usize, actor: &Entry, is_agent: bool) -> Fallible<()> {
        let vendor = actor.vendor.as_deref().unwrap_or_default();
        writeln!(
            self.actors,
            "    Actor {{ id: {:?}, name: {:?}, vendor: {vendor:?}, is_agent: {is_agent} }},",
            actor.id, actor.name
        )?;
        self.add_identities(index, actor)?;
        self.add_names(index, actor)?;
        for sign in values(&actor.trailers) {
            self.trigger(&sign.key, false)?;
            let row = (index, sign.means, sign.key.to_lowercase().replace(' ', "-"), sign.values.clone());
            once(self.trailers.insert(ascii::fold_key(&sign.key), row), &sign.key)?;
        }
        for sign in values(&actor.links) {
            self.trigger(&sign.prefix, false)?;
            once(self.links.insert(sign.prefix.to_lowercase(), index), &sign.prefix)?;
        }
        for sign in values(&actor.marks) {
            self.trigger(&sign.text, false)?;
            once(self.marks.insert(sign.text.to_lowercase(), index), &sign.text)?;
        }
        for sign in values(&actor.branches) {
            // In a message a branch is a hint at most; missing one there costs nothing.
            let _ = self.trigger(&sign.prefix, false);
            once(self.branches.insert(sign.prefix.to_lowercase(), index), &sign.prefix)?;
        }
        for sign in values(&actor.signing_keys) {
            once(self.signing_keys.insert(sign.fingerprint.clone(), index), &sign.fingerprint)?;
        }
        self.notes.extend(values(&actor.notes).map(|sign| sign.r#ref.clone()));
        self.environment.extend(values(&actor.environment).map(|sign| (index, sign.set.clone())));
        let co_author = values(&actor.forms).map(|sign| &sign.line).find(|line| is_co_author(line));
        self.co_authors.extend(co_author.map(|line| (index, line.clone())));
        Ok(())
    }

    fn add_identities(&mut self, index: usize, actor: &Entry) -> Fallible<()> {
        for sign in values(&actor.accounts) {
            self.trigger(&sign.login, false)?;
            let login = sign.login.to_lowercase();
            for (place, taken) in [
                (&sign.login, self.logins.insert(login.clone(), index)),
                (&sign.login, sign.id.and_then(|id| self.ids.insert(id, index))),
            ] {
                if taken.is_some_and(|other| other != index) {
                    return Err(format!("{place} belongs to two").into());
                }
            }
        }
        for sign in values(&actor.emails) {
            let parts = sign.locals.iter().zip(sign.domain.iter().cycle());
            let addresses =
                sign.address.iter().cloned().chain(parts.map(|(local, domain)| format!("{local}@{domain}")));
            for address in addresses {
                self.trigger(&address, address.ends_with(".ai"))?;
                once(self.emails.insert(address.clone(), index), &address)?;
            }
        }
        for sign in values(&actor.name_at) {
            self.name_at.insert((phrase(&sign.name), sign.domain.clone(), index));
        }
        Ok(())
    }

    fn add_names(&mut self, index: usize, actor: &Entry) -> Fallible<()> {
        for (kind, signs) in [("Plain", &actor.names), ("Shared", &actor.shared_names), ("Model", &actor.models)] {
            for sign in values(signs) {
                let kind = if sign.given { "Given" } else { kind };
                for name in &sign.is {
                    self.trigger(name, true)?;
                    let spoken = phrase(name);
                    let run_together: String = spoken.split(' ').collect();
                    self.triggers.insert(word(&run_together));
                    if let Some((other, _)) = self.names.insert(run_together, (index, kind))
                        && other != index
                    {
                        return Err(format!("the name {name} belongs to two").into());
                    }
                    if let Some((other, _)) = self.names.insert(spoken, (index, kind))
                        && other != index
                    {
                        return Err(format!("the name {name} belongs to two").into());
                    }
                }
            }
        }
        for name in values(&actor.placeholder).flat_map(|sign| &sign.is) {
            self.placeholders.insert(phrase(name), index);
        }
        for sign in values(&actor.suffixes) {
            for name in &sign.is {
                self.suffixes.insert(phrase(name), index);
            }
        }
        Ok(())
    }

    /// Makes the first telling word of `text` start the slow path; there must be one.
    fn trigger(&mut self, text: &str, any_word_will_do: bool) -> Fallible<()> {
        let words: Vec<String> = text
            .split(|c: char| !c.is_ascii() || ascii::letter(c as u8) == 0)
            .filter(|word| word.len() > 1)
            .map(str::to_lowercase)
            .collect();
        let telling = words.iter().find(|word| SAYS_NOTHING.split(' ').all(|nothing| nothing != *word));
        let fallback = || words.iter().find(|word| *word == "ai").or(words.first()).filter(|_| any_word_will_do);
        let chosen = telling.or_else(fallback).ok_or_else(|| format!("{text} has no word that tells anything"))?;
        self.triggers.insert(word(chosen));
        Ok(())
    }

    fn to_rust(&self, words: &Words) -> Fallible<String> {
        let mut out = String::from("// Generated by build.rs from src/catalogue/agents.yaml.\n");
        writeln!(out, "pub(super) static ACTORS: &[Actor] = &[\n{}];", self.actors)?;
        for (name, table) in [
            ("EMAILS", &self.emails),
            ("LOGINS", &self.logins),
            ("PLACEHOLDERS", &self.placeholders),
            ("SUFFIXES", &self.suffixes),
            ("LINKS", &self.links),
            ("MARKS", &self.marks),
            ("BRANCHES", &self.branches),
            ("SIGNING_KEYS", &self.signing_keys),
        ] {
            writeln!(out, "pub(super) static {name}: &[(&str, u16)] = &{:?};", table.iter().collect::<Vec<_>>())?;
        }
        writeln!(out, "pub(super) static IDS: &[(u64, u16)] = &{:?};", self.ids.iter().collect::<Vec<_>>())?;
        writeln!(
            out,
            "pub(super) static NAME_AT: &[(&str, &str, u16)] = &{:?};",
            self.name_at.iter().collect::<Vec<_>>()
        )?;
        writeln!(out, "pub(super) static NOTES: &[&str] = &{:?};", self.notes.iter().collect::<Vec<_>>())?;
        writeln!(
            out,
            "pub(super) static CO_AUTHORS: &[(u16, &str)] = &{:?};",
            self.co_authors.iter().collect::<Vec<_>>()
        )?;
        writeln!(out, "pub(super) static ENVIRONMENT: &[(u16, &[(&str, Test<'_>)])] = &[")?;
        for (index, set) in &self.environment {
            let conditions: Vec<_> = set.iter().filter_map(|text| lint::condition(text)).collect();
            let conditions =
                format!("{conditions:?}").replace(", Set)", ", Test::Set)").replace(", Is(", ", Test::Is(");
            writeln!(out, "    ({index}, &{}),", conditions.replace(", Has(", ", Test::Has("))?;
        }
        writeln!(out, "];")?;
        writeln!(out, "pub(super) static NAMES: &[(&str, u16, NameKind)] = &[")?;
        for (name, (index, kind)) in &self.names {
            writeln!(out, "    ({name:?}, {index}, NameKind::{kind}),")?;
        }
        writeln!(out, "];\npub(super) static KEYS: &[(&str, KeyKind, &str)] = &[")?;
        for (key, (kind, shown)) in &self.keys {
            writeln!(out, "    ({key:?}, KeyKind::{kind}, {shown:?}),")?;
        }
        writeln!(out, "];\npub(super) static TRAILERS: &[OwnTrailer] = &[")?;
        for (key, (index, means, shown, values)) in &self.trailers {
            writeln!(
                out,
                "    OwnTrailer {{ key: {key:?}, actor: {index}, means: Means::{means:?}, shown: {shown:?}, values: &{values:?} }},"
            )?;
        }
        writeln!(out, "];")?;
        for (name, list) in
            [("LEAD_WORDS", &words.lead), ("PRODUCT_WORDS", &words.product), ("TAIL_WORDS", &words.tail)]
        {
            let list: BTreeSet<&String> = list.iter().collect();
            writeln!(out, "pub(super) static {name}: &[&str] = &{:?};", list.iter().collect::<Vec<_>>())?;
        }
        let mut bits = [0u64; 256];
        for hash in &self.triggers {
            if let Some(slot) = bits.get_mut((hash >> 6) as usize % 256) {
                *slot |= 1 << (hash & 63);
            }
        }
        writeln!(out, "pub(super) static TRIGGERS: &[u32] = &{:?};", self.triggers.iter().collect::<Vec<_>>())?;
        writeln!(out, "pub(super) static TRIGGER_BITS: [u64; 256] = {bits:?};")?;
        Ok(out)
    }
}

fn phrase(name: &str) -> String {
    ascii::tokens(&name.to_lowercase()).collect::<Vec<_>>().join(" ")
}

fn word(text: &str) -> u32 {
    text.bytes().map(ascii::letter).filter(|letter| *letter != 0).fold(ascii::HASH_START, ascii::hash_step)
}

fn once<T>(previous: Option<T>, what: &str) -> Fallible<()> {
    if previous.is_some() {
        return Err(format!("{what} is there twice").into());
    }
    Ok(())
}

fn values<T>(signs: &[Spanned<T>]) -> impl Iterator<Item = &T> {
    signs.iter().map(|sign| &sign.value)
}

/// Tells whether a line names its agent as a co-author by an address.
fn is_co_author(line: &str) -> bool {
    line.to_ascii_lowercase().starts_with("co-authored-by:") && line.ends_with('>')
}
