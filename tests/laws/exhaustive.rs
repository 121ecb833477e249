//! Every world of a small one, decided once, and every pair of them that a law compares.
//!
//! A law is a set of moves along an axis that only make a world harsher: from a refused world no
//! move may lead to a permitted one.

use countersign::decide::{Code, Decider};
use countersign::model::Digest;
use countersign::policy::{Policy, UnknownContributor};

use crate::policies;
use crate::small_world::{AXES, Axis, COMMITS_UNKNOWN, OVERRIDES_UNKNOWN, Parts, SIZES, World};

/// The moves along an axis that only make a world harsher.
fn moves(axis: Axis) -> Vec<(usize, usize)> {
    match axis {
        Axis::Authorship => {
            (0..=COMMITS_UNKNOWN).flat_map(|low| (low + 1..=COMMITS_UNKNOWN).map(move |high| (low, high))).collect()
        }
        Axis::CoAuthor | Axis::Requester => vec![(0, 1), (0, 2)],
        Axis::Pusher => vec![(0, 1), (0, 2), (0, 3), (0, 4), (1, 4), (2, 4), (3, 4)],
        Axis::Approves => vec![(1, 0), (2, 0), (3, 0), (3, 1), (3, 2), (0, 4), (1, 4), (2, 4), (3, 4)],
        Axis::Override => {
            vec![(1, 0), (2, 0), (1, 2), (0, OVERRIDES_UNKNOWN), (1, OVERRIDES_UNKNOWN), (2, OVERRIDES_UNKNOWN)]
        }
        Axis::Target | Axis::Author | Axis::Reject | Axis::Cleared => vec![],
    }
}

/// What is kept of a verdict.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kept {
    permitted: bool,
    pusher_unknown: bool,
}

/// Decides every world with this target. In each, nobody who contributed counts.
fn decide_all(policy: &Policy, target: usize) -> Vec<Option<Kept>> {
    let decider = Decider::new(policy);
    let parts = Parts::of(target);
    let worlds = (0..SIZES.iter().product()).map(World::of);
    let kept = worlds.map(|world| {
        (world == world.plainest() && world.at(Axis::Target) == target).then(|| {
            let verdict = decider.decide_as(&parts.facts(world), Digest::of(b""));
            if let [gate] = verdict.gates() {
                let counted = gate.requirements.iter().flat_map(|requirement| &requirement.counted);
                let contributors = verdict.contributors();
                assert!(
                    counted.into_iter().all(|one| policy.gates.len() > 1 || !contributors.contains(one)),
                    "{:?}",
                    world.0
                );
            }
            let codes = verdict.findings().iter().map(|finding| finding.code);
            Kept {
                permitted: verdict.is_permit(),
                pusher_unknown: codes.into_iter().any(|code| code == Code::PusherUnknown),
            }
        })
    });
    kept.collect()
}

/// Compares every world with every harsher one that is one move away. Returns how many pairs there are.
fn compare_all(name: &str, decided: &[Option<Kept>]) -> usize {
    let verdict = |world: World| decided[world.plainest().number()].unwrap();
    let mut pairs = 0;
    for number in (0..decided.len()).filter(|number| decided[*number].is_some()) {
        let world = World::of(number);
        let before = verdict(world);
        for axis in AXES {
            for (_, to) in moves(axis).into_iter().filter(|(from, _)| *from == world.at(axis)) {
                pairs += 1;
                let after = verdict(world.with(axis, to));
                let turned = !before.permitted && after.permitted;
                assert!(
                    !turned || may_turn(world, axis, before),
                    "{name}: {:?} axis {} to {to}",
                    world.0,
                    axis as usize
                );
            }
        }
    }
    pairs
}

/// The exceptions for a pusher who was added, as among the generated worlds.
fn may_turn(world: World, axis: Axis, before: Kept) -> bool {
    matches!(axis, Axis::Pusher) && (before.pusher_unknown || world.at(Axis::Target) == 1)
}

/// One gate for agents' changes; and two gates, two seniors, and everything else allowed.
fn small_policies() -> [Policy; 2] {
    let plain = || {
        let mut policy = policies::plain().clone();
        policy.roles.get_mut("senior").unwrap().github_teams.clear();
        policy.github_orgs.clear();
        policy
    };
    let mut one = plain();
    one.gates.remove(0);
    let mut two = plain();
    two.gates[1].require[0].count = 2;
    two.unknown_contributor = UnknownContributor::Allow;
    two.overrides.by_contributor = true;
    [one, two]
}

#[test]
fn every_small_world_keeps_the_laws() {
    let [one, two] = small_policies();
    let jobs = [("one gate, push", &one, 0), ("one gate, deployment", &one, 1), ("two gates, push", &two, 0)];
    let check = |(name, policy, target): (&str, &Policy, usize)| {
        let decided = decide_all(policy, target);
        let permitted = decided.iter().flatten().filter(|kept| kept.permitted).count();
        (decided.iter().flatten().count(), permitted, compare_all(name, &decided))
    };
    let checked: Vec<(usize, usize, usize)> = std::thread::scope(|scope| {
        let threads = jobs.map(|job| scope.spawn(move || check(job)));
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let all: usize = checked.iter().map(|(worlds, ..)| worlds).sum();
    assert!(all > 150_000, "only {all} worlds");
    for (worlds, permitted, pairs) in checked {
        assert!(pairs > 5 * worlds, "only {pairs} pairs of {worlds} worlds");
        assert!(permitted * 10 > worlds && permitted * 10 < worlds * 9, "{permitted} of {worlds} worlds are permitted");
    }
}
