//! Jobs against a model that is simple enough to be believed: whatever happens, in any order, the store
//! answers as the model does.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod postgres_rig;
mod store_support;

use std::collections::BTreeMap;

use countersign::inbox::{Claim, Depth, ServiceStore};
use proptest::prelude::*;
use store_support::*;

/// What may happen next. Leases are known by the order in which they were given, the latest first.
#[derive(Debug, Clone)]
enum Step {
    Event(u64),
    Claim(u8, i64),
    Finish(usize),
    Retry(usize, i64),
    Bury(usize),
    Release(u8),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..4_u64).prop_map(Step::Event),
        5 => (0..2_u8, 1..12_i64).prop_map(|(worker, lease)| Step::Claim(worker, lease)),
        3 => (0..5_usize).prop_map(Step::Finish),
        2 => (0..5_usize, 0..9_i64).prop_map(|(lease, delay)| Step::Retry(lease, delay)),
        2 => (0..5_usize).prop_map(Step::Bury),
        1 => (0..2_u8).prop_map(Step::Release),
        2 => (1..15_i64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..60)
}

/// A subject's state.
#[derive(Debug, Clone)]
enum State {
    Due(i64),
    Taken { lease: usize, worker: u8, until: i64, arrived: Option<i64> },
    Dead,
}

#[derive(Debug, Clone)]
struct Job {
    state: State,
    generation: u64,
    attempts: u32,
    since: i64,
}

/// The model: what is known of every subject, and all leases that were ever given.
#[derive(Default)]
struct Model {
    jobs: BTreeMap<u64, Job>,
    leases: Vec<(u64, Claim)>,
}

impl Model {
    fn event(&mut self, now: i64, number: u64) {
        let new = Job { state: State::Due(now), generation: 0, attempts: 0, since: now };
        let job = self.jobs.entry(number).or_insert(new);
        job.generation += 1;
        match &mut job.state {
            State::Taken { arrived, .. } => *arrived = arrived.or(Some(now)),
            State::Due(at) => {
                *at = now.min(*at);
                job.attempts = 0;
            }
            State::Dead => *job = Job { state: State::Due(now), attempts: 0, since: now, ..job.clone() },
        }
    }

    /// Takes what is due: subject, generation, attempts and since of each.
    fn claim(&mut self, now: i64, worker: u8, until: i64) -> Vec<(u64, u64, u32, i64)> {
        let mut taken = Vec::new();
        for (number, job) in &mut self.jobs {
            match job.state {
                State::Due(at) if at <= now => {}
                State::Taken { until, arrived, .. } if until <= now => {
                    job.attempts = if arrived.is_some() { 0 } else { job.attempts + 1 };
                }
                _ => continue,
            }
            let lease = self.leases.len() + taken.len();
            job.state = State::Taken { lease, worker, until, arrived: None };
            taken.push((*number, job.generation, job.attempts, job.since));
        }
        taken
    }

    /// Ends a lease that still holds: by an event that came meanwhile, or as told.
    fn end(&mut self, lease: usize, otherwise: impl FnOnce(&mut Job) -> bool, forgets: bool) {
        let Some((number, _)) = self.leases.get(lease) else { return };
        let number = *number;
        let Some(job) = self.jobs.get_mut(&number) else { return };
        let State::Taken { lease: held, arrived, .. } = job.state else { return };
        if held != lease {
            return;
        }
        if let Some(at) = arrived {
            job.state = State::Due(at);
            job.attempts = 0;
            if forgets {
                job.since = at;
            }
        } else if otherwise(job) {
            self.jobs.remove(&number);
        }
    }

    fn release(&mut self, worker: u8) {
        for job in self.jobs.values_mut() {
            if let State::Taken { worker: holder, arrived, .. } = job.state
                && holder == worker
            {
                job.attempts = if arrived.is_some() { 0 } else { job.attempts + 1 };
                job.state = State::Due(job.since);
            }
        }
    }

    fn depth(&self, now: i64) -> Depth {
        let mut depth = Depth::default();
        for job in self.jobs.values() {
            match job.state {
                State::Dead => depth.dead += 1,
                State::Due(at) if at > now => depth.delayed += 1,
                State::Taken { until, .. } if until > now => depth.taken += 1,
                State::Due(_) | State::Taken { .. } => depth.due += 1,
            }
        }
        let living = self.jobs.values().filter(|job| !matches!(job.state, State::Dead));
        depth.oldest = living.map(|job| at(job.since)).min();
        depth
    }
}

/// Lets everything happen to both.
fn compare(store: &mut dyn ServiceStore, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut model, mut now) = (Model::default(), 0);
    for (count, step) in steps.into_iter().enumerate() {
        now += 1;
        let lease_of = |back: usize, model: &Model| model.leases.len().checked_sub(back + 1);
        match step {
            Step::Event(number) => {
                store.accept(&[delivery(&count.to_string(), now, &[pull_request(number)])]).unwrap();
                model.event(now, number);
            }
            Step::Claim(worker, lease) => {
                let mut claims = store.claim(at(now), &worker.to_string(), at(now + lease), 100).unwrap();
                claims.sort_by(|one, other| one.subject.cmp(&other.subject));
                let expected = model.claim(now, worker, now + lease);
                let seen: Vec<_> = claims
                    .iter()
                    .map(|claim| (claim.subject.clone(), claim.generation, claim.attempts, claim.since))
                    .collect();
                let wanted: Vec<_> = expected
                    .iter()
                    .map(|(number, generation, attempts, since)| {
                        (pull_request(*number), *generation, *attempts, at(*since))
                    })
                    .collect();
                prop_assert_eq!(seen, wanted);
                model.leases.extend(expected.iter().map(|(number, ..)| *number).zip(claims));
            }
            Step::Finish(back) => {
                let Some(lease) = lease_of(back, &model) else { continue };
                store.finish(&[model.leases.get(lease).unwrap().1.clone()]).unwrap();
                model.end(lease, |_| true, true);
            }
            Step::Retry(back, delay) => {
                let Some(lease) = lease_of(back, &model) else { continue };
                store.retry(&model.leases.get(lease).unwrap().1, at(now + delay), "later").unwrap();
                let later = |job: &mut Job| {
                    job.attempts += 1;
                    job.state = State::Due(now + delay);
                    false
                };
                model.end(lease, later, false);
            }
            Step::Bury(back) => {
                let Some(lease) = lease_of(back, &model) else { continue };
                store.bury(&model.leases.get(lease).unwrap().1, at(now), "never").unwrap();
                let never = |job: &mut Job| {
                    job.state = State::Dead;
                    false
                };
                model.end(lease, never, true);
            }
            Step::Release(worker) => {
                store.release(&worker.to_string()).unwrap();
                model.release(worker);
            }
            Step::Wait(seconds) => now += seconds,
        }
        prop_assert_eq!(store.depth(at(now)).unwrap(), model.depth(now));
        let dead = model.jobs.values().filter(|job| matches!(job.state, State::Dead)).count();
        prop_assert_eq!(store.dead(100).unwrap().len(), dead);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_does_what_the_model_does(steps in steps()) {
        compare(&mut *sqlite().open(), steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn postgresql_does_what_the_model_does(steps in steps()) {
        compare(&mut *postgres().open(), steps)?;
    }
}
