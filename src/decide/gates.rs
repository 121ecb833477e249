//! When a gate applies to a change.

use super::contributors::Scope;
use super::world::World;
use crate::facts::Fact;
use crate::model::{Action, Authorship};
use crate::policy::Gate;

/// Tells whether a gate that names the target applies. Conditions over facts that
/// are unknown hold.
pub(super) fn applies(world: &World<'_>, gate: &Gate, scope: Scope<'_>) -> bool {
    world.facts.action != Action::Delete
        && (gate.when.destructive || world.has_unsettled(scope))
        && gate.when.authorship_at_least.is_none_or(|least| authorship_holds(world, scope, least))
        && gate.when.paths.as_ref().is_none_or(|globs| match &world.facts.paths {
            Fact::Unknown(_) => true,
            Fact::Known(paths) => paths.iter().any(|path| globs.iter().any(|glob| glob.matches_path(path))),
        })
        && (!gate.when.destructive || world.facts.destructive.known().is_none_or(|destroys| *destroys))
}

/// Tells whether some unsettled commit has at least this authorship.
fn authorship_holds(world: &World<'_>, scope: Scope<'_>, least: Authorship) -> bool {
    world.facts.commits.is_unknown()
        || world.counts_settled(scope)
        || world
            .commits()
            .iter()
            .zip(&world.authorship)
            .any(|(commit, authorship)| *authorship >= least && !world.is_settled(commit, scope))
}
