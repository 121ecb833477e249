//! When a gate applies to a change.

use super::contributors::Scope;
use super::world::World;
use crate::facts::Fact;
use crate::model::{Action, Authorship, git_unquote};
use crate::policy::Gate;
use crate::policy::glob::Glob;

/// Tells whether a gate that names the target applies (contract §4.4). Conditions over facts that
/// are unknown hold.
pub(super) fn applies(world: &World<'_>, gate: &Gate, scope: Scope<'_>) -> bool {
    world.facts.action != Action::Delete
        && (gate.when.destructive || world.has_unsettled(scope))
        && gate.when.authorship_at_least.is_none_or(|least| authorship_holds(world, scope, least))
        && gate.when.paths.as_ref().is_none_or(|globs| match &world.facts.paths {
            Fact::Unknown(_) => true,
            Fact::Known(paths) => paths.iter().any(|path| names_path(globs, path)),
        })
        && (!gate.when.destructive || world.facts.destructive.known().is_none_or(|destroys| *destroys))
}

/// Tells whether some glob names a path. One that is no UTF-8 stands in the facts as git quotes it;
/// the path itself is matched, too, lest an odd byte in a file's name hide it from a gate.
fn names_path(globs: &[Glob], path: &str) -> bool {
    let named = |path: &str| globs.iter().any(|glob| glob.matches(path));
    named(path) || git_unquote(path).is_some_and(|path| named(&path))
}

/// Tells whether some unsettled commit has at least this authorship.
fn authorship_holds(world: &World<'_>, scope: Scope<'_>, least: Authorship) -> bool {
    world.facts.commits.is_unknown()
        || world
            .commits()
            .iter()
            .zip(&world.authorship)
            .any(|(commit, authorship)| *authorship >= least && !world.is_settled(commit, scope))
}
