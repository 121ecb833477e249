//! What may not be done to a ref, whoever asks: forbidden places, deletes and rewinds.

use super::finding::{Code, Finding};
use super::words;
use super::world::World;
use crate::model::Action;

/// The namespaces that nobody writes: replace refs rewrite history for whoever reads it, and
/// records arrive only as records.
const FORBIDDEN: [&str; 2] = ["refs/replace", "refs/countersign"];

/// Refuses `refs/replace/**` and `refs/countersign/**`, gated or not.
pub(super) fn ref_forbidden(world: &World<'_>) -> Option<Finding> {
    let name = world.facts.target.as_ref_name()?;
    // Where file names fold case, so do loose refs.
    let folded = name.to_ascii_lowercase();
    let below = |place: &str| folded.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    FORBIDDEN.iter().any(|place| below(place)).then(|| words::finding(Code::RefForbidden, name))
}

/// Refuses to delete or rewind a ref that some gate names, unless the policy allows it.
pub(super) fn ref_protected(world: &World<'_>) -> Option<Finding> {
    let name = world.facts.target.as_ref_name().filter(|_| world.is_gated())?;
    let protect = world.policy.protect;
    let code = match world.facts.action {
        Action::Delete if !protect.allow_delete => Code::RefDeleted,
        Action::Rewind if !protect.allow_rewind => Code::RefRewound,
        Action::Delete | Action::Rewind | Action::Update | Action::Create | Action::Deploy => return None,
    };
    Some(words::finding(code, name))
}
