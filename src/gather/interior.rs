//! A new ref at a state that history passed through and at which no guarded ref ever stood.
//!
//! Everything behind such a state is on a guarded ref already, so compared with the tips of those nothing is new.
//! But what people looked at is the ends of what landed. So it is compared with these.

use std::collections::{HashMap, HashSet};

use super::shadows::names;
use super::sources::{Landing, Unreadable, WalkEnd};
use super::update::Gatherer;
use crate::model::Oid;
use crate::objects::commit;
use crate::policy::Gate;

impl Gatherer<'_> {
    /// Returns what is not judged on a new ref at `head`, where compared with `tips` nothing would be: the newest
    /// states behind it at which a ref stood that is guarded at least as well, and what was there at the adoption.
    /// None where `head` is such a state itself, or brings something new.
    ///
    /// # Errors
    /// When history or memory cannot be read.
    pub(super) fn interior(&self, target: &str, head: Oid, tips: &[Oid]) -> Result<Option<Vec<Oid>>, Unreadable> {
        if tips.contains(&head) || !self.memory.knows_landings() || !self.is_within(head, tips)? {
            return Ok(None);
        }
        let adopted = self.adopted()?;
        if self.is_within(head, &adopted)? || self.stood(target, &[head])?.contains(&head) {
            return Ok(None);
        }
        let mut parents: HashMap<Oid, Vec<Oid>> = HashMap::new();
        let limit = self.policy.limits.commits;
        let end = self.history.walk(&[head], &adopted, limit, &mut |oid, raw| {
            parents.insert(oid, commit::links(raw).map(|(_, parents)| parents).unwrap_or_default());
        })?;
        let mut excluded = adopted;
        if end == WalkEnd::Complete {
            let all: Vec<Oid> = parents.keys().copied().collect();
            excluded.extend(newest(head, &parents, &self.stood(target, &all)?));
        }
        Ok(Some(excluded))
    }

    /// Returns the heads with which some commits landed on refs that were guarded then, and which every gate names
    /// that names the target.
    fn stood(&self, target: &str, commits: &[Oid]) -> Result<HashSet<Oid>, Unreadable> {
        let naming: Vec<&Gate> = self.policy.gates.iter().filter(|gate| names(gate, target)).collect();
        let is_guarded =
            |landing: &&Landing| !landing.gates.is_empty() && naming.iter().all(|gate| names(gate, &landing.target));
        let landings = self.memory.landings(commits)?.landings;
        Ok(landings.iter().filter(is_guarded).map(|landing| landing.head).collect())
    }
}

/// Returns those of the states behind a commit that are met first on the ways back from it.
fn newest(head: Oid, parents: &HashMap<Oid, Vec<Oid>>, stood: &HashSet<Oid>) -> Vec<Oid> {
    let (mut found, mut seen, mut left) = (Vec::new(), HashSet::from([head]), vec![head]);
    while let Some(oid) = left.pop() {
        if stood.contains(&oid) {
            found.push(oid);
        } else {
            left.extend(parents.get(&oid).into_iter().flatten().filter(|parent| seen.insert(**parent)));
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    #[test]
    fn the_nearest_states_on_every_way_back_are_found() {
        let links = [('a', "bc"), ('b', "d"), ('c', "e"), ('d', "e"), ('e', "f"), ('f', "")];
        let parents: HashMap<Oid, Vec<Oid>> =
            links.into_iter().map(|(at, back)| (oid(at), back.chars().map(oid).collect())).collect();
        let nearest = |stood: &str| newest(oid('a'), &parents, &stood.chars().map(oid).collect());
        assert_eq!(nearest("def"), [oid('d'), oid('e')]);
        assert_eq!(nearest("f"), [oid('f')]);
        assert_eq!(nearest("a"), [oid('a')]);
        assert_eq!(nearest(""), []);
    }
}
