//! The service's store over one connection, method by method.

use jiff::Timestamp;

use super::connection::{Connection, Rows};
use super::failure::Failure;
use super::options::PostgresOptions;
use super::{deployments, jobs, known, known_together, listed};
use crate::adapters::service::Arrivals;
use crate::forge::{RepositoryId, Subject};
use crate::inbox::{
    CachedGroup, ChangeQuery, Claim, DeadJob, Delivered, Delivery, Depth, KnownChange, KnownDeployment, KnownPush,
    PublishedCheck, Recall, Recalled, ServiceStore, Standing, StoreError,
};
use crate::model::Oid;

/// The service's store in PostgreSQL, over a connection of its own.
#[derive(Debug)]
pub struct PostgresService {
    connection: Connection,
}

impl PostgresService {
    /// Connects, and makes or changes the tables where needed.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        Ok(Self { connection: Connection::open(options)? })
    }

    /// Tells whether the server still answers.
    pub fn is_alive(&mut self) -> bool {
        self.connection.is_alive()
    }

    /// Runs one statement.
    fn one<R>(&mut self, work: impl FnOnce(&mut Connection) -> Result<R, Failure>) -> Result<R, StoreError> {
        work(&mut self.connection).map_err(Failure::of_store)
    }

    /// Runs several in one transaction.
    fn write<R>(&mut self, work: impl FnMut(&mut Rows<'_>) -> Result<R, Failure>) -> Result<R, StoreError> {
        self.connection.write(work).map_err(Failure::of_store)
    }
}

impl ServiceStore for PostgresService {
    fn accept(&mut self, deliveries: &[Delivery]) -> Result<Vec<Delivered>, StoreError> {
        self.write(|rows| jobs::accept(rows, deliveries))
    }

    fn enqueue(&mut self, at: Timestamp, subjects: &[Subject]) -> Result<(), StoreError> {
        let mut arrivals = Arrivals::default();
        arrivals.add(at, subjects);
        self.one(|rows| jobs::arrive_alone(rows, arrivals))
    }

    fn claim(&mut self, now: Timestamp, worker: &str, lease: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.one(|rows| jobs::claim(rows, now, worker, lease, most))
    }

    fn extend(&mut self, claims: &[Claim], lease: Timestamp) -> Result<(), StoreError> {
        self.write(|rows| jobs::extend(rows, claims, lease))
    }

    fn finish(&mut self, claims: &[Claim]) -> Result<(), StoreError> {
        self.write(|rows| jobs::finish(rows, claims))
    }

    fn retry(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
        self.one(|rows| jobs::retry(rows, claim, at, cause))
    }

    fn postpone(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
        self.one(|rows| jobs::postpone(rows, claim, at, cause))
    }

    fn bury(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
        self.one(|rows| jobs::bury(rows, claim, at, cause))
    }

    fn release(&mut self, worker: &str) -> Result<(), StoreError> {
        self.write(|rows| jobs::release(rows, worker))
    }

    fn dead(&mut self, most: usize) -> Result<Vec<DeadJob>, StoreError> {
        self.one(|rows| jobs::dead(rows, most))
    }

    fn depth(&mut self, now: Timestamp) -> Result<Depth, StoreError> {
        self.one(|rows| jobs::depth(rows, now))
    }

    fn prune(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(|rows| known::prune(rows, before))
    }

    fn push(&mut self, id: RepositoryId, name: &str, head: &Oid) -> Result<Option<KnownPush>, StoreError> {
        self.one(|rows| known::push(rows, id, name, head))
    }

    fn check(&mut self, id: RepositoryId, head: &Oid, name: &str) -> Result<Option<PublishedCheck>, StoreError> {
        self.one(|rows| known::check(rows, id, head, name))
    }

    fn set_check(
        &mut self,
        id: RepositoryId,
        head: &Oid,
        name: &str,
        check: &PublishedCheck,
    ) -> Result<(), StoreError> {
        self.one(|rows| known::set_check(rows, id, head, name, check))
    }

    fn set_change(&mut self, change: &KnownChange) -> Result<(), StoreError> {
        self.one(|rows| known::set_change(rows, change))
    }

    fn set_change_and_enqueue(
        &mut self,
        change: &KnownChange,
        at: Timestamp,
        subjects: &[Subject],
    ) -> Result<(), StoreError> {
        let mut arrivals = Arrivals::default();
        arrivals.add(at, subjects);
        self.one(|rows| known_together::set_change_and_enqueue(rows, change, arrivals))
    }

    fn recall(&mut self, asked: &Recall<'_>) -> Result<Recalled, StoreError> {
        self.one(|rows| known_together::recall(rows, asked))
    }

    fn standing(
        &mut self,
        id: RepositoryId,
        head: &Oid,
        target: &str,
        names: [&str; 2],
    ) -> Result<Standing, StoreError> {
        self.one(|rows| known_together::standing(rows, id, head, target, names))
    }

    fn change(&mut self, id: RepositoryId, number: u64) -> Result<Option<KnownChange>, StoreError> {
        self.one(|rows| known::change(rows, id, number))
    }

    fn changes_of(&mut self, id: RepositoryId, head: &Oid, target: &str) -> Result<Vec<KnownChange>, StoreError> {
        self.one(|rows| known::changes_of(rows, id, head, target))
    }

    fn open_changes(&mut self, repository: Option<&str>, most: usize) -> Result<Vec<KnownChange>, StoreError> {
        self.one(|rows| known::open_changes(rows, repository, most))
    }

    fn changes(&mut self, query: &ChangeQuery) -> Result<Vec<KnownChange>, StoreError> {
        self.one(|rows| listed::changes(rows, query))
    }

    fn set_deployment(&mut self, deployment: &KnownDeployment) -> Result<(), StoreError> {
        self.one(|rows| deployments::set(rows, deployment))
    }

    fn deployment(
        &mut self,
        id: RepositoryId,
        run: u64,
        environment: &str,
    ) -> Result<Option<KnownDeployment>, StoreError> {
        self.one(|rows| deployments::one(rows, id, run, environment))
    }

    fn open_deployments(&mut self, id: Option<RepositoryId>, most: usize) -> Result<Vec<KnownDeployment>, StoreError> {
        self.one(|rows| deployments::open(rows, id, most))
    }

    fn branch(&mut self, id: RepositoryId, name: &str) -> Result<Option<Oid>, StoreError> {
        self.one(|rows| known::branch(rows, id, name))
    }

    fn set_branch(&mut self, id: RepositoryId, name: &str, tip: Option<&Oid>) -> Result<(), StoreError> {
        self.one(|rows| known::set_branch(rows, id, name, tip))
    }

    fn group(&mut self, installation: u64, group: &str) -> Result<Option<CachedGroup>, StoreError> {
        self.one(|rows| known::group(rows, installation, group))
    }

    fn set_group(&mut self, installation: u64, group: &str, cached: &CachedGroup) -> Result<(), StoreError> {
        self.one(|rows| known::set_group(rows, installation, group, cached))
    }
}
