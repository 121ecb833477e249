//! Where a new ref begins, when that is at several commits.

use super::sources::History;
use crate::facts::{Fact, Facts};
use crate::model::Oid;
use crate::policy::Policy;
use crate::policy::glob::Glob;

/// The paths of a new ref are those that changed since the best of the commits at which it begins. They
/// are unknown when a gate would ask about what changed since one of the others: else a merge could undo,
/// unseen, what only that side had brought.
pub(super) fn compare_paths(history: &dyn History, policy: &Policy, facts: &mut Facts, head: Oid, further: &[Oid]) {
    for base in further {
        let Some(paths) = facts.paths.known() else { return };
        let changed = match history.content(Some(*base), head) {
            Ok(content) => content.paths,
            Err(error) => {
                facts.paths = Fact::Unknown(error.0);
                return;
            }
        };
        let mut conditions = policy.gates.iter().filter_map(|gate| gate.when.paths.as_deref());
        if conditions.any(|globs| any_matches(globs, &changed) && !any_matches(globs, paths)) {
            let base = base.short(12);
            facts.paths = Fact::Unknown(format!("it begins at several commits, and other paths changed since {base}"));
        }
    }
}

fn any_matches(globs: &[Glob], paths: &[String]) -> bool {
    paths.iter().any(|path| globs.iter().any(|glob| glob.matches_path(path)))
}
