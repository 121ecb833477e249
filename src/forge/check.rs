//! The answer on a commit, as a forge shows it.

use serde::{Deserialize, Serialize};

use crate::model::Oid;

/// How far the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckState {
    /// The change may pass.
    Success,
    /// It may not pass yet: somebody must sign.
    ActionRequired,
    /// It may not pass, and a sign-off alone would not help.
    Failure,
}

/// A line of a file that the answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotation {
    /// The path.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// At most 255 bytes, plain text.
    pub title: String,
    /// At most 64 KiB, plain text.
    pub message: String,
}

/// A button under an answer. Whoever may write to the repository can press it: it must give nobody any
/// authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Button {
    /// What stands on it, at most 20 characters.
    pub label: &'static str,
    /// What it does, at most 40 characters.
    pub description: &'static str,
    /// By what the forge tells which one was pressed, at most 20 characters.
    pub identifier: &'static str,
}

impl Button {
    /// Lets the change be judged again.
    pub const JUDGE_AGAIN: Self =
        Self { label: "Judge again", description: "Reads everything anew and judges again", identifier: "judge-again" };
}

/// An answer to be published: at most one for each commit and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name; a required check names it.
    pub name: String,
    /// The commit.
    pub head: Oid,
    /// The same for the same commit and name, so that an answer sent twice is found.
    pub external_id: String,
    /// How far it is.
    pub state: CheckState,
    /// One line of plain text.
    pub title: String,
    /// Markdown, at most 65,535 bytes.
    pub summary: String,
    /// More Markdown, behind a fold.
    pub text: Option<String>,
    /// Where in the change the evidence stands.
    pub annotations: Vec<Annotation>,
    /// At most as many as the forge shows.
    pub buttons: Vec<Button>,
    /// Where a person can read on.
    pub details_url: Option<String>,
}
