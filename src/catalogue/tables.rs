//! The built-in catalogue as static tables, made by `build.rs` from `agents.yaml`.
//!
//! Every table is sorted by its first column. No function goes here.

use super::lint::Test;

/// An agent or robot of the built-in catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Actor {
    /// Its id.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Who makes it.
    pub vendor: &'static str,
    /// Whether it is an AI agent; a robot otherwise.
    pub is_agent: bool,
}

/// How much a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// No person bears it.
    Plain,
    /// Also an everyday word.
    Shared,
    /// Also a given name.
    Given,
    /// A model's name.
    Model,
}

/// What a trailer's key says about whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// They wrote it together with the author.
    CoAuthor,
    /// They wrote it.
    Author,
    /// They helped.
    Help,
    /// Perhaps that they helped; an everyday word.
    Loose,
    /// That an AI helped, whom the value need not name.
    Flag,
    /// They vouch for it.
    SignOff,
    /// They looked at it.
    Review,
}

/// What a trailer means that only one actor writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The actor wrote the commit.
    Author,
    /// The actor helped.
    Help,
}

/// A trailer that only one actor writes.
#[derive(Debug, Clone, Copy)]
pub struct OwnTrailer {
    /// The folded key.
    pub key: &'static str,
    /// The actor's place in the table of actors.
    pub actor: u16,
    /// What it means.
    pub means: Means,
    /// The key as evidence shows it.
    pub shown: &'static str,
    /// The values that count, in lower case; any when empty.
    pub values: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
