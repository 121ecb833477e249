//! How values stand in columns, and how they are read back with suspicion.

use std::borrow::Cow;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::forge::{RepositoryId, Subject};
use crate::inbox::{ChangeQuery, Claim, KnownChange, KnownDeployment, KnownPush, StoreError};
use crate::model::{Identity, Oid};

/// The first part of a job's key.
pub const JOB: &str = "job";
/// The first part of a push's key.
pub const PUSH: &str = "push";
/// The first part of a check's key.
pub const CHECK: &str = "check";
/// The first part of a group's key.
pub const GROUP: &str = "group";
/// The first part of a branch's key.
pub const BRANCH: &str = "branch";
/// The first part of a deployment's key.
pub const DEPLOYMENT: &str = "deployment";
/// The first part of the key of a group that was forgotten.
pub const FORGOTTEN: &str = "forgotten";

/// Returns the SHA-256 over all parts, each with its length in front: names may be longer than an
/// index of PostgreSQL can hold.
pub fn key(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Returns a text that every database can hold: PostgreSQL has no NUL character.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Databases have signed integers only; no number of a forge comes near the limit.
pub fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt(format!("{number} is out of range")))
}

/// Reads back a number that [`signed`] wrote.
pub fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt(format!("{number} is out of range")))
}

/// Returns after which key a list of pull requests begins; no number is negative.
pub fn after(query: &ChangeQuery) -> Result<[i64; 3], StoreError> {
    let Some((id, number)) = query.after else { return Ok([-1; 3]) };
    Ok([signed(id.installation)?, signed(id.repository)?, signed(number)?])
}

/// Reads back a moment.
pub fn moment(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Reads back a commit.
pub fn head_from(bytes: &[u8]) -> Result<Oid, StoreError> {
    Oid::from_bytes(bytes).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Writes somebody as JSON.
pub fn account_text(account: &Identity) -> Result<String, StoreError> {
    serde_json::to_string(account).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Writes several as JSON.
pub fn identities_text(members: &[Identity]) -> Result<String, StoreError> {
    serde_json::to_string(members).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Reads back what [`identities_text`] wrote.
pub fn identities_from(text: &str) -> Result<Vec<Identity>, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Returns the push of a commit to a ref, from its columns.
pub fn known_push(
    id: RepositoryId,
    name: &str,
    head: &Oid,
    account: &str,
    microseconds: i64,
) -> Result<KnownPush, StoreError> {
    let account = serde_json::from_str(account).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(KnownPush { id, name: name.to_owned(), head: Some(*head), account, at: moment(microseconds)? })
}

/// The columns of a job that was taken.
pub struct ClaimColumns {
    pub subject: String,
    pub generation: i64,
    pub attempts: i64,
    pub since: i64,
}

impl ClaimColumns {
    /// Returns the claim.
    pub fn claim(self, worker: &str, ticket: i64) -> Result<Claim, StoreError> {
        Ok(Claim {
            subject: subject_from(&self.subject)?,
            generation: unsigned(self.generation)?,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            since: moment(self.since)?,
            worker: worker.to_owned(),
            ticket: unsigned(ticket)?,
        })
    }
}

/// Reads back a subject.
pub fn subject_from(text: &str) -> Result<Subject, StoreError> {
    text.parse().map_err(|error: crate::forge::SubjectError| StoreError::Corrupt(error.to_string()))
}

/// The columns of a pull request.
pub struct ChangeColumns {
    pub installation: i64,
    pub repository: i64,
    pub number: i64,
    pub name: String,
    pub open: bool,
    pub target: String,
    pub head: Vec<u8>,
    pub title: String,
    pub verdict: String,
    pub permitted: bool,
    pub answer: String,
    pub entry: Option<i64>,
    pub at: i64,
}

impl ChangeColumns {
    /// Returns the pull request.
    pub fn change(self) -> Result<KnownChange, StoreError> {
        let id = RepositoryId { installation: unsigned(self.installation)?, repository: unsigned(self.repository)? };
        Ok(KnownChange {
            id,
            repository: self.name,
            number: unsigned(self.number)?,
            open: self.open,
            target: self.target,
            head: head_from(&self.head)?,
            title: self.title,
            verdict: self.verdict,
            permitted: self.permitted,
            answer: self.answer,
            entry: self.entry.map(unsigned).transpose()?,
            at: moment(self.at)?,
        })
    }
}

/// The columns of a deployment.
pub struct DeploymentColumns {
    pub installation: i64,
    pub repository: i64,
    pub run: i64,
    pub environment: String,
    pub open: bool,
    pub note: String,
    pub at: i64,
}

impl DeploymentColumns {
    /// Returns the deployment.
    pub fn deployment(self) -> Result<KnownDeployment, StoreError> {
        let id = RepositoryId { installation: unsigned(self.installation)?, repository: unsigned(self.repository)? };
        Ok(KnownDeployment {
            id,
            run: unsigned(self.run)?,
            environment: self.environment,
            open: self.open,
            note: self.note,
            at: moment(self.at)?,
        })
    }
}

/// Returns the key of a deployment.
pub fn deployment_key(id: RepositoryId, run: u64, environment: &str) -> [u8; 32] {
    key(&[DEPLOYMENT, &id.to_string(), &run.to_string(), &text(environment)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_different_parts_differ() {
        let keys = [key(&["a", "bc"]), key(&["ab", "c"]), key(&["abc"]), key(&["a", "b", "c"]), key(&[])];
        for (place, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(place + 1).all(|other| other != one));
        }
    }

    #[test]
    fn what_no_database_holds_is_replaced() {
        assert_eq!(text("a\0b"), "a\u{fffd}b");
        assert!(matches!(text("a"), Cow::Borrowed("a")));
    }
}
