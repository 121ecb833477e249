//! The port, method by method.

use jiff::Timestamp;

use super::open::SqliteService;
use super::{deployments, jobs, known, listed};
use crate::adapters::service::Arrivals;
use crate::forge::{RepositoryId, Subject};
use crate::inbox::{
    CachedGroup, ChangeQuery, Claim, DeadJob, Delivered, Delivery, Depth, KnownChange, KnownDeployment, KnownPush,
    PublishedCheck, ServiceStore, StoreError,
};
use crate::model::Oid;

impl ServiceStore for SqliteService {
    fn accept(&mut self, deliveries: &[Delivery]) -> Result<Vec<Delivered>, StoreError> {
        self.write(|rows| jobs::accept(rows, deliveries))
    }

    fn enqueue(&mut self, at: Timestamp, subjects: &[Subject]) -> Result<(), StoreError> {
        let mut arrivals = Arrivals::default();
        arrivals.add(at, subjects);
        self.write(|rows| jobs::arrive(rows, arrivals))
    }

    fn claim(&mut self, now: Timestamp, worker: &str, lease: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.write(|rows| jobs::claim(rows, now, worker, lease, most))
    }

    fn extend(&mut self, claims: &[Claim], lease: Timestamp) -> Result<(), StoreError> {
        self.write(|rows| jobs::extend(rows, claims, lease))
    }

    fn finish(&mut self, claims: &[Claim]) -> Result<(), StoreError> {
        self.write(|rows| jobs::finish(rows, claims))
    }

    fn retry(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
        self.write(|rows| jobs::retry(rows, claim, at, cause))
    }

    fn postpone(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
        self.write(|rows| jobs::postpone(rows, claim, at, cause))
    }

    fn bury(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
        self.write(|rows| jobs::bury(rows, claim, at, cause))
    }

    fn release(&mut self, worker: &str) -> Result<(), StoreError> {
        self.write(|rows| jobs::release(rows, worker))
    }

    fn dead(&mut self, most: usize) -> Result<Vec<DeadJob>, StoreError> {
        self.read(|rows| jobs::dead(rows, most))
    }

    fn depth(&mut self, now: Timestamp) -> Result<Depth, StoreError> {
        self.read(|rows| jobs::depth(rows, now))
    }

    fn prune(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(|rows| known::prune(rows, before))
    }

    fn push(&mut self, id: RepositoryId, name: &str, head: &Oid) -> Result<Option<KnownPush>, StoreError> {
        self.read(|rows| known::push(rows, id, name, head))
    }

    fn check(&mut self, id: RepositoryId, head: &Oid, name: &str) -> Result<Option<PublishedCheck>, StoreError> {
        self.read(|rows| known::check(rows, id, head, name))
    }

    fn set_check(
        &mut self,
        id: RepositoryId,
        head: &Oid,
        name: &str,
        check: &PublishedCheck,
    ) -> Result<(), StoreError> {
        self.write(|rows| known::set_check(rows, id, head, name, check))
    }

    fn set_change(&mut self, change: &KnownChange) -> Result<(), StoreError> {
        self.write(|rows| known::set_change(rows, change))
    }

    fn set_change_and_enqueue(
        &mut self,
        change: &KnownChange,
        at: Timestamp,
        subjects: &[Subject],
    ) -> Result<(), StoreError> {
        let mut arrivals = Arrivals::default();
        arrivals.add(at, subjects);
        self.write(|rows| {
            known::set_change(rows, change)?;
            jobs::arrive(rows, arrivals)
        })
    }

    fn change(&mut self, id: RepositoryId, number: u64) -> Result<Option<KnownChange>, StoreError> {
        self.read(|rows| known::change(rows, id, number))
    }

    fn changes_of(&mut self, id: RepositoryId, head: &Oid, target: &str) -> Result<Vec<KnownChange>, StoreError> {
        self.read(|rows| known::changes_of(rows, id, head, target))
    }

    fn open_changes(&mut self, repository: Option<&str>, most: usize) -> Result<Vec<KnownChange>, StoreError> {
        self.read(|rows| known::open_changes(rows, repository, most))
    }

    fn changes(&mut self, query: &ChangeQuery) -> Result<Vec<KnownChange>, StoreError> {
        self.read(|rows| listed::changes(rows, query))
    }

    fn set_deployment(&mut self, deployment: &KnownDeployment) -> Result<(), StoreError> {
        self.write(|rows| deployments::set(rows, deployment))
    }

    fn deployment(
        &mut self,
        id: RepositoryId,
        run: u64,
        environment: &str,
    ) -> Result<Option<KnownDeployment>, StoreError> {
        self.read(|rows| deployments::one(rows, id, run, environment))
    }

    fn open_deployments(&mut self, id: Option<RepositoryId>, most: usize) -> Result<Vec<KnownDeployment>, StoreError> {
        self.read(|rows| deployments::open(rows, id, most))
    }

    fn branch(&mut self, id: RepositoryId, name: &str) -> Result<Option<Oid>, StoreError> {
        self.read(|rows| known::branch(rows, id, name))
    }

    fn set_branch(&mut self, id: RepositoryId, name: &str, tip: Option<&Oid>) -> Result<(), StoreError> {
        self.write(|rows| known::set_branch(rows, id, name, tip))
    }

    fn group(&mut self, installation: u64, group: &str) -> Result<Option<CachedGroup>, StoreError> {
        self.read(|rows| known::group(rows, installation, group))
    }

    fn set_group(&mut self, installation: u64, group: &str, cached: &CachedGroup) -> Result<(), StoreError> {
        self.write(|rows| known::set_group(rows, installation, group, cached))
    }
}
