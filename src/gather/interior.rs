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
    /// Returns what is not judged on a new ref at `head`, where it goes out from a state behind `tips` at which nobody
    /// looked: the newest states behind it at which a ref stood that is guarded at least as well, and what was there
    /// at the adoption. None where each state that it goes out from is such a one, or a tip.
    ///
    /// # Errors
    /// When history or memory cannot be read.
    pub(super) fn interior(&self, target: &str, head: Oid, tips: &[Oid]) -> Result<Option<Vec<Oid>>, Unreadable> {
        if tips.contains(&head) || !self.memory.knows_landings() {
            return Ok(None);
        }
        let begins = self.begins(head, tips)?;
        let adopted = self.adopted()?;
        let known = self.stood(target, &begins)?;
        let mut is_fine = true;
        for begin in begins.iter().filter(|begin| !tips.contains(begin) && !known.contains(begin)) {
            is_fine = is_fine && self.is_within(*begin, &adopted)?;
        }
        if is_fine {
            return Ok(None);
        }
        let (end, parents) = self.links(head, &adopted)?;
        let mut excluded = adopted;
        if end == WalkEnd::Complete {
            let all: Vec<Oid> = parents.keys().copied().collect();
            let mut stood = self.stood(target, &all)?;
            stood.extend(tips.iter().copied());
            excluded.extend(newest(head, &parents, &stood));
        }
        Ok(Some(excluded))
    }

    /// Returns the states from which what is new on the way to a commit goes out: the commit itself where nothing is.
    fn begins(&self, head: Oid, tips: &[Oid]) -> Result<Vec<Oid>, Unreadable> {
        let (_, parents) = self.links(head, tips)?;
        if parents.is_empty() {
            return Ok(vec![head]);
        }
        let mut begins: Vec<Oid> =
            parents.values().flatten().filter(|oid| !parents.contains_key(*oid)).copied().collect();
        begins.sort_unstable();
        begins.dedup();
        Ok(begins)
    }

    /// Returns the parents of each commit behind one that is not behind others, as far as the policy's limits reach.
    fn links(&self, head: Oid, others: &[Oid]) -> Result<(WalkEnd, HashMap<Oid, Vec<Oid>>), Unreadable> {
        let mut parents: HashMap<Oid, Vec<Oid>> = HashMap::new();
        let end = self.history.walk(&[head], others, self.policy.limits.commits, &mut |oid, raw| {
            parents.insert(oid, commit::links(raw).map(|(_, parents)| parents).unwrap_or_default());
        })?;
        Ok((end, parents))
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
