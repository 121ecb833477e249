//! Pushes that start, arrive, fail, die and go untold in any order: no override ever lifts two moves.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod ledger_support;
#[cfg(feature = "server")]
mod postgres_rig;

use std::collections::{BTreeMap, BTreeSet};

use countersign::audit::answer::OverrideState;
use countersign::audit::error::LedgerError;
use countersign::audit::event::Change;
use countersign::audit::ledger::Ledger;
use countersign::audit::request::RefState;
use countersign::model::{Action, Target};
use ledger_support::*;
use proptest::prelude::*;

/// What may happen next. The numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    /// A push that override `0` lifts comes in.
    Push(usize),
    /// A push that is on its way arrives, or loses against another; git tells the gate, or dies first.
    Arrive(usize, bool),
    /// A push that is on its way dies.
    Die(usize),
    /// A push with sign-offs moves a branch to a commit, forward or back; git tells, or dies first.
    Other(usize, u64, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..3_usize).prop_map(Step::Push),
        3 => (0..4_usize, any::<bool>()).prop_map(|(push, told)| Step::Arrive(push, told)),
        1 => (0..4_usize).prop_map(Step::Die),
        2 => (0..2_usize, 0..7_u64, any::<bool>()).prop_map(|(branch, to, told)| Step::Other(branch, to, told)),
    ];
    proptest::collection::vec(step, 1..24)
}

/// A server with two branches and three overrides.
struct Server {
    ledger: Box<dyn Ledger>,
    tips: [u64; 2],
    /// The parents that each commit was seen with.
    parents: BTreeMap<u64, BTreeSet<u64>>,
    /// The pushes on their way: override, old tip, holder.
    flying: Vec<(usize, u64, String)>,
    /// How many moves each override has lifted.
    lifted: [usize; 3],
    pushes: usize,
}

impl Server {
    /// The branch and the head that an override is for.
    fn purpose(number: usize) -> (usize, u64) {
        (number % 2, 4 + number as u64)
    }

    fn change(branch: usize, old: u64, new: u64) -> Change {
        update(&self::branch(&format!("b{branch}")), oid(old), oid(new))
    }

    /// Tells whether a commit contains another.
    fn contains(&self, commit: u64, sought: u64) -> bool {
        let (mut known, mut next) = (BTreeSet::new(), vec![commit]);
        while let Some(commit) = next.pop() {
            if known.insert(commit) {
                next.extend(self.parents.get(&commit).into_iter().flatten());
            }
        }
        known.contains(&sought)
    }

    /// What a hook does before it offers an override: settles what is in its way.
    fn settle(&mut self, id: &str) {
        let OverrideState::Reserved(reservation) = self.ledger.override_state(SHOP, id).unwrap() else { return };
        let Target::Ref(name) = &reservation.change.target else { return };
        let tip = self.tips[usize::from(name.ends_with('1'))];
        let head = (0..10).find(|number| oid(*number) == reservation.change.head).unwrap();
        let holder = reservation.holder.clone().unwrap();
        let state = RefState {
            tip: Some(oid(tip)),
            contains_head: self.contains(tip, head),
            holder_may_run: self.flying.iter().any(|(_, _, flying)| *flying == holder),
        };
        self.ledger.settle_override(at(1), SHOP, id, &state).unwrap();
    }

    fn push(&mut self, number: usize) {
        let (branch, head) = Self::purpose(number);
        let (old, id) = (self.tips[branch], id_of(&number.to_string()));
        if old == head {
            return;
        }
        self.settle(&id);
        self.pushes += 1;
        let holder = format!("p{}", self.pushes);
        match record_one(&mut *self.ledger, 2, lifted(Self::change(branch, old, head), &[oid(head)], &id, &holder)) {
            Ok(_) => self.flying.push((number, old, holder)),
            Err(error) => assert!(matches!(error, LedgerError::OverrideTaken { .. }), "{error}"),
        }
    }

    fn arrive(&mut self, push: usize, told: bool) {
        if self.flying.is_empty() {
            return;
        }
        let (number, old, holder) = self.flying.remove(push % self.flying.len());
        let (branch, head) = Self::purpose(number);
        if self.tips[branch] != old {
            return;
        }
        self.move_to(branch, head);
        self.lifted[number] += 1;
        if told {
            let mut moved = moved(&Self::change(branch, old, head));
            moved.holder = Some(holder);
            self.ledger.record_landed(at(3), &[moved]).unwrap();
        }
    }

    fn other(&mut self, branch: usize, to: u64, told: bool) {
        let old = self.tips[branch];
        if old == to {
            return;
        }
        let mut change = Self::change(branch, old, to);
        if self.contains(old, to) {
            change.action = Action::Rewind;
        }
        record_one(&mut *self.ledger, 4, permit(change.clone(), &[oid(to)])).unwrap();
        self.move_to(branch, to);
        if told {
            self.ledger.record_landed(at(5), &[moved(&change)]).unwrap();
        }
    }

    fn move_to(&mut self, branch: usize, to: u64) {
        let old = self.tips[branch];
        if !self.contains(old, to) {
            self.parents.entry(to).or_default().insert(old);
        }
        self.tips[branch] = to;
    }
}

/// Lets everything happen, and checks what came of it.
fn check(mut ledger: Box<dyn Ledger>, steps: Vec<Step>) -> Result<(), TestCaseError> {
    (0..3).for_each(|number| {
        signed_override(&mut *ledger, &number.to_string());
    });
    let mut server =
        Server { ledger, tips: [0, 0], parents: BTreeMap::new(), flying: Vec::new(), lifted: [0; 3], pushes: 0 };
    for step in steps {
        match step {
            Step::Push(number) => server.push(number),
            Step::Arrive(push, told) => server.arrive(push, told),
            Step::Die(push) if !server.flying.is_empty() => {
                let push = push % server.flying.len();
                server.flying.remove(push);
            }
            Step::Die(_) => {}
            Step::Other(branch, to, told) => server.other(branch, to, told),
        }
    }
    prop_assert!(server.lifted.iter().all(|moves| *moves <= 1), "{:?}", server.lifted);
    prop_assert_eq!(problems(&mut *server.ledger, &[]), [""; 0]);
    // Once everything is quiet, whatever did not lift a move is free, unless in doubt: a head that
    // the branch contains by now counts as arrived.
    server.flying.clear();
    for number in 0..3 {
        let (id, (branch, head)) = (id_of(&number.to_string()), Server::purpose(number));
        server.settle(&id);
        let state = server.ledger.override_state(SHOP, &id).unwrap();
        if server.lifted[number] == 1 {
            let used = matches!(state, OverrideState::Used { .. });
            prop_assert!(used, "{:?}", state);
        } else if !server.parents.contains_key(&head) {
            prop_assert_eq!(state, OverrideState::Free, "{} {}", branch, head);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn an_override_lifts_one_move_at_most(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        check(Box::new(create(dir.path())), steps)?;
    }
}

#[cfg(feature = "server")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn an_override_lifts_one_move_at_most_on_postgresql(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let storage = countersign::adapters::postgres::PostgresStorage::open(&postgres_rig::database().options());
        let ledger = countersign::audit::book::Book::establish(storage.unwrap(), guard(dir.path())).unwrap();
        check(Box::new(ledger), steps)?;
    }
}
