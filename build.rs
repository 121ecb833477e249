//! Turns `src/catalogue/agents.yaml` into sorted static tables.
//!
//! A hook has a few milliseconds in all: it must neither parse YAML nor build a matcher. The same
//! YAML gives the same tables, byte for byte. What is wrong with the YAML stops the build.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Deserialize;

#[path = "src/catalogue/ascii.rs"]
mod ascii;

type Fallible<T> = Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    version: u32,
    keys: Keys,
    words: Words,
    agents: Vec<Actor>,
    robots: Vec<Actor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Keys {
    co_author: Vec<String>,
    author: Vec<String>,
    help: Vec<String>,
    loose: Vec<String>,
    flag: Vec<String>,
    sign_off: Vec<String>,
    review: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    lead: Vec<String>,
    product: Vec<String>,
    tail: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Actor {
    id: String,
    name: String,
    #[serde(default)]
    vendor: Option<String>,
    #[serde(default)]
    accounts: Vec<AccountSign>,
    #[serde(default)]
    emails: Vec<EmailSign>,
    #[serde(default)]
    names: Vec<NameSign>,
    #[serde(default)]
    shared_names: Vec<NameSign>,
    #[serde(default)]
    models: Vec<NameSign>,
    #[serde(default)]
    placeholder: Vec<String>,
    #[serde(default)]
    suffixes: Vec<NameSign>,
    #[serde(default)]
    name_at: Vec<NameAtSign>,
    #[serde(default)]
    trailers: Vec<TrailerSign>,
    #[serde(default)]
    links: Vec<PrefixSign>,
    #[serde(default)]
    marks: Vec<MarkSign>,
    #[serde(default)]
    branches: Vec<PrefixSign>,
}

/// Where a sign comes from and when it was last seen; every sign must say so.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Source {
    Commits,
    Package,
    Docs,
    List,
    Convention,
    Memory,
}

macro_rules! signs {
    ($($name:ident { $($(#[$meta:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name { $($(#[$meta])* $field: $kind,)* source: Source, seen: String }
        impl Dated for $name {
            fn dated(&self) -> (Source, &str) { (self.source, &self.seen) }
        }
    )*};
}

trait Dated {
    fn dated(&self) -> (Source, &str);
}

signs! {
    AccountSign { login: String, #[serde(default)] id: Option<u64> }
    EmailSign { #[serde(default)] address: Option<String>, #[serde(default)] domain: Option<String>, #[serde(default)] locals: Vec<String> }
    NameSign { is: Vec<String>, #[serde(default)] given: bool }
    NameAtSign { name: String, domain: String }
    TrailerSign { key: String, means: Means, #[serde(default)] values: Vec<String> }
    PrefixSign { prefix: String }
    MarkSign { text: String }
}

#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "kebab-case")]
enum Means {
    Author,
    Help,
}

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
    trailers: BTreeMap<String, (usize, Means, String, Vec<String>)>,
    links: BTreeMap<String, usize>,
    marks: BTreeMap<String, usize>,
    branches: BTreeMap<String, usize>,
    triggers: BTreeSet<u32>,
}

/// Links the hook program for a fixed address.
///
/// It holds 30,000 pointers that the loader would have to adjust at each start, in 140 pages that would
/// be copied for it: 0.6 ms of 2, and every push starts it twice. Libraries, heap and stack stay where
/// chance puts them. The service, which runs for long and speaks to networks, is linked as usual.
#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment what it builds")]
fn link_hook_program() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    let plain = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && is("PROFILE", "release");
    if plain && std::env::var_os("CARGO_FEATURE_SERVER").is_none() {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment where to write")]
fn main() -> Fallible<()> {
    link_hook_program();
    println!("cargo::rerun-if-changed=src/catalogue/agents.yaml");
    println!("cargo::rerun-if-changed=src/catalogue/ascii.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string("src/catalogue/agents.yaml")?;
    let document: Document = serde_yaml::from_str(&text)?;
    if document.version != 1 {
        return Err("agents.yaml: only version 1 is known".into());
    }
    let mut tables = Tables::default();
    // Early Aider put its chat into messages: `ASSISTANT: …`.
    tables.triggers.insert(word("assistant"));
    tables.add_keys(&document.keys)?;
    let agents = document.agents.iter().map(|actor| (actor, true));
    let robots = document.robots.iter().map(|actor| (actor, false));
    let mut seen = BTreeSet::new();
    for (index, (actor, is_agent)) in agents.chain(robots).enumerate() {
        if !seen.insert(actor.id.clone()) {
            return Err(format!("agents.yaml: {} is there twice", actor.id).into());
        }
        tables.add_actor(index, actor, is_agent).map_err(|error| format!("agents.yaml: {}: {error}", actor.id))?;
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

    fn add_actor(&mut self, index: usize, actor: &Actor, is_agent: bool) -> Fallible<()> {
        let vendor = actor.vendor.as_deref().unwrap_or_default();
        writeln!(
            self.actors,
            "    Actor {{ id: {:?}, name: {:?}, vendor: {vendor:?}, is_agent: {is_agent} }},",
            actor.id, actor.name
        )?;
        self.add_identities(index, actor)?;
        self.add_names(index, actor)?;
        for sign in &actor.trailers {
            dated(sign)?;
            self.trigger(&sign.key, false)?;
            let row = (index, sign.means, sign.key.to_lowercase().replace(' ', "-"), sign.values.clone());
            once(self.trailers.insert(ascii::fold_key(&sign.key), row), &sign.key)?;
        }
        for sign in &actor.links {
            dated(sign)?;
            self.trigger(&sign.prefix, false)?;
            once(self.links.insert(sign.prefix.to_lowercase(), index), &sign.prefix)?;
        }
        for sign in &actor.marks {
            dated(sign)?;
            self.trigger(&sign.text, false)?;
            once(self.marks.insert(sign.text.to_lowercase(), index), &sign.text)?;
        }
        for sign in &actor.branches {
            dated(sign)?;
            // In a message a branch is a hint at most; missing one there costs nothing.
            let _ = self.trigger(&sign.prefix, false);
            once(self.branches.insert(sign.prefix.to_lowercase(), index), &sign.prefix)?;
        }
        Ok(())
    }

    fn add_identities(&mut self, index: usize, actor: &Actor) -> Fallible<()> {
        for sign in &actor.accounts {
            dated(sign)?;
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
        for sign in &actor.emails {
            dated(sign)?;
            let addresses = match (&sign.address, &sign.domain) {
                (Some(address), None) if sign.locals.is_empty() => vec![address.clone()],
                (None, Some(domain)) if !sign.locals.is_empty() => {
                    sign.locals.iter().map(|local| format!("{local}@{domain}")).collect()
                }
                _ => return Err("an e-mail sign is an address, or a domain with local parts".into()),
            };
            for address in addresses {
                if address != address.to_lowercase() || address.contains('+') || address.matches('@').count() != 1 {
                    return Err(format!("{address} is not a plain lower-case address").into());
                }
                self.trigger(&address, address.ends_with(".ai"))?;
                once(self.emails.insert(address.clone(), index), &address)?;
            }
        }
        for sign in &actor.name_at {
            dated(sign)?;
            self.name_at.insert((phrase(&sign.name), sign.domain.clone(), index));
        }
        Ok(())
    }

    fn add_names(&mut self, index: usize, actor: &Actor) -> Fallible<()> {
        for (kind, signs) in [("Plain", &actor.names), ("Shared", &actor.shared_names), ("Model", &actor.models)] {
            for sign in signs {
                dated(sign)?;
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
        for name in &actor.placeholder {
            self.placeholders.insert(phrase(name), index);
        }
        for sign in &actor.suffixes {
            dated(sign)?;
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
        ] {
            writeln!(out, "pub(super) static {name}: &[(&str, u16)] = &{:?};", table.iter().collect::<Vec<_>>())?;
        }
        writeln!(out, "pub(super) static IDS: &[(u64, u16)] = &{:?};", self.ids.iter().collect::<Vec<_>>())?;
        writeln!(
            out,
            "pub(super) static NAME_AT: &[(&str, &str, u16)] = &{:?};",
            self.name_at.iter().collect::<Vec<_>>()
        )?;
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

/// Checks that a sign says where it comes from and when it was seen.
fn dated(sign: &impl Dated) -> Fallible<()> {
    let (_source, seen) = sign.dated();
    let valid = seen.len() == 7 && seen.as_bytes().get(4) == Some(&b'-') && seen.starts_with("20");
    if valid { Ok(()) } else { Err(format!("seen: {seen} is no year and month").into()) }
}
