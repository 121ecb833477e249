//! From a policy's bytes to a checked [`Policy`], or to everything that is wrong with it.
//!
//! Two stages: the tree is read section by section into a draft, whose values are well-formed each
//! for itself; then the draft is checked as a whole. Errors of both stages are reported together.

mod actors;
mod check;
mod draft;
mod gates;
mod globs;
mod keys;
mod people;
mod roles;
mod rules;
mod sharing;

use std::ops::Range;

use super::problem::{Lines, PolicyErrors, Problem, Problems, shown};
use super::read;
use super::shape::{GATES_ONLY, POLICY};
use super::yaml::{self, Entry, Node, Value};
use super::{Policy, SignedPushes, UnknownContributor};
use crate::model::Digest;
use check::Roll;
use draft::Draft;

/// A policy that can be used, and what is doubtful about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The policy.
    pub policy: Policy,
    /// What is doubtful, in the order of the text.
    pub warnings: Vec<Problem>,
    /// What the text is called.
    pub name: String,
    /// Where the name of each gate stands, in the order of `policy.gates`.
    pub gate_places: Vec<Place>,
}

/// A place in a policy's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The line of the start, from 1.
    pub line: usize,
    /// The column of the start in characters, from 1.
    pub column: usize,
}

/// Loads a policy that stands alone. `name` is what messages call it.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load(bytes: &[u8], name: &str) -> Result<Loaded, PolicyErrors> {
    read_document(bytes, name, None)
}

/// Loads the gates that a document adds to the policy `base`. Only `version`, `serial` and `gates`
/// may stand in it; its gates name the roles of `base`. For everything but gates, the policy that
/// is returned says what `base` says.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load_gates_only(bytes: &[u8], name: &str, base: &Policy) -> Result<Loaded, PolicyErrors> {
    read_document(bytes, name, Some(base))
}

fn read_document(bytes: &[u8], name: &str, base: Option<&Policy>) -> Result<Loaded, PolicyErrors> {
    let mut problems = Problems::default();
    let (source, tree) = yaml::read(bytes, &mut problems);
    let policy_and_places = tree.and_then(|tree| policy(&tree, bytes, base, source, &mut problems));
    let refused = problems.any_error();
    let problems = problems.finish(source);
    match policy_and_places {
        Some((policy, gate_places)) if !refused => {
            Ok(Loaded { policy, warnings: problems, name: name.to_owned(), gate_places })
        }
        _ => Err(PolicyErrors { name: name.to_owned(), problems }),
    }
}

/// Reads and checks the whole tree.
fn policy(
    tree: &Node<'_>,
    bytes: &[u8],
    base: Option<&Policy>,
    source: &str,
    problems: &mut Problems,
) -> Option<(Policy, Vec<Place>)> {
    if !version_is_known(tree, problems) {
        return None;
    }
    if base.is_some() {
        refuse_all_but_gates(tree, problems);
    }
    let mut draft = read_sections(tree, problems)?;
    match base {
        Some(base) => {
            check::mentions(&draft, &Roll::of(base), problems);
            check::distinct_people(&draft, (&base.people, &base.roles), !base.github_orgs.is_empty(), problems);
        }
        None => check::all(&draft, problems),
    }
    let lines = Lines::of(source);
    let places = std::mem::take(&mut draft.gates_at).into_iter().map(|span| {
        let (line, column) = lines.place(span.start);
        Place { span, line, column }
    });
    let places = places.collect();
    let digest = Digest::of(bytes);
    let policy = match base {
        Some(base) => Policy { digest, serial: draft.serial, gates: draft.gates, ..base.clone() },
        None => draft.into_policy(digest),
    };
    Some((policy, places))
}

/// Tells whether the document is of a version that is understood: of another one nothing more can
/// be said.
fn version_is_known(tree: &Node<'_>, problems: &mut Problems) -> bool {
    let Value::Map(entries) = &tree.value else { return true };
    let Some(Entry { value, .. }) = entries.iter().find(|entry| entry.key == "version") else { return true };
    match read::number(value, "`version`", (0, u64::MAX), problems) {
        Some(1) => true,
        Some(other) => {
            problems
                .error("version-unsupported", &value.span, format!("version {other} is not known"))
                .hint("this countersign reads `version: 1`");
            false
        }
        None => false,
    }
}

/// Refuses what belongs into the policy that stands above this document.
fn refuse_all_but_gates(tree: &Node<'_>, problems: &mut Problems) {
    let Value::Map(entries) = &tree.value else { return };
    for entry in entries {
        if POLICY.key(&entry.key).is_some() && !GATES_ONLY.contains(&entry.key.as_ref()) {
            problems
                .error("key-not-here", &entry.at, format!("`{}` may not stand in this document", shown(&entry.key)))
                .hint("a policy file on the server stands above it: only `version`, `serial` and `gates` are read here")
                .consequence("who may push here could change who may sign");
        }
    }
}

/// The first stage: reads every section.
fn read_sections(tree: &Node<'_>, problems: &mut Problems) -> Option<Draft> {
    let fields = read::fields(tree, &POLICY, problems)?;
    let mut draft = Draft::default();
    if let Some(node) = fields.value("serial") {
        draft.serial = read::number(node, "`serial`", (0, u64::MAX), problems);
    }
    if let Some(node) = fields.value("people") {
        people::read(node, &mut draft, problems);
    }
    if let Some(node) = fields.value("roles") {
        roles::read(node, &mut draft, problems);
    }
    if let Some(node) = fields.value("roster") {
        roles::read_roster(node, &mut draft, problems);
    }
    if let Some(node) = fields.value("agents") {
        draft.agents = actors::read(node, actors::Kind::Agent, problems);
    }
    if let Some(node) = fields.value("robots") {
        draft.robots = actors::read(node, actors::Kind::Robot, problems);
    }
    if let Some(node) = fields.value("authorship") {
        rules::authorship(node, &mut draft, problems);
    }
    if let Some(node) = fields.value("contributors") {
        draft.unknown_contributor = rules::contributors(node, problems).unwrap_or(UnknownContributor::Refuse);
    }
    if let Some(node) = fields.value("pusher") {
        // What cannot be read is an error; until then the stricter word holds.
        draft.signed_pushes = rules::pusher(node, problems).unwrap_or(SignedPushes::Require);
    }
    if let Some(node) = fields.value("gates") {
        gates::read(node, &mut draft, problems);
    }
    if let Some(node) = fields.value("sign-offs") {
        rules::sign_offs(node, &mut draft.sign_offs, problems);
    }
    if let Some(node) = fields.value("override") {
        rules::overrides(node, &mut draft, problems);
    }
    if let Some(node) = fields.value("protect") {
        rules::protect(node, &mut draft.protect, problems);
    }
    if let Some(node) = fields.value("limits") {
        rules::limits(node, &mut draft.limits, problems);
    }
    Some(draft)
}
