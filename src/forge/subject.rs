//! What has to be looked at again: the unit of work of the service.

use std::fmt;
use std::str::FromStr;

use super::RepositoryId;
use crate::model::Oid;

/// Something that may have changed. An event says no more than that; the state is read anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A pull request.
    PullRequest(RepositoryId, u64),
    /// Changes that a merge queue wants to land together, by the head of the group and the target branch.
    Group(RepositoryId, Oid, String),
    /// The answer on a commit for a target: the strictest of all pull requests that offer it there.
    Answer(RepositoryId, Oid, String),
    /// The answers on a commit, which somebody wants to be given anew although they may be the same.
    Check(RepositoryId, Oid),
    /// A branch that moved, by its full ref.
    Branch(RepositoryId, String),
    /// A run that asks whether it may deploy to an environment, by the run's number.
    Deployment(RepositoryId, u64, String),
    /// A deployment that may have happened, by its number.
    Deployed(RepositoryId, u64),
    /// Everything that is open in a repository.
    Repository(RepositoryId),
    /// Everything that is open wherever an installation reaches.
    Installation(u64),
}

/// Why a text names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names nothing to look at")]
pub struct SubjectError(String);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PullRequest(id, number) => write!(f, "pull-request/{id}/{number}"),
            Self::Group(id, head, branch) => write!(f, "group/{id}/{head}/{branch}"),
            Self::Answer(id, head, target) => write!(f, "answer/{id}/{head}/{target}"),
            Self::Check(id, head) => write!(f, "check/{id}/{head}"),
            Self::Branch(id, name) => write!(f, "branch/{id}/{name}"),
            Self::Deployment(id, run, environment) => write!(f, "deployment/{id}/{run}/{environment}"),
            Self::Deployed(id, number) => write!(f, "deployed/{id}/{number}"),
            Self::Repository(id) => write!(f, "repository/{id}"),
            Self::Installation(id) => write!(f, "installation/{id}"),
        }
    }
}

impl fmt::Display for RepositoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.installation, self.repository)
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        parse(text).ok_or_else(|| SubjectError(text.chars().take(200).collect()))
    }
}

/// Reads what [`Subject`] prints.
fn parse(text: &str) -> Option<Subject> {
    let (kind, rest) = text.split_once('/')?;
    if kind == "installation" {
        return Some(Subject::Installation(rest.parse().ok()?));
    }
    let mut parts = rest.splitn(3, '/');
    let id = RepositoryId { installation: parts.next()?.parse().ok()?, repository: parts.next()?.parse().ok()? };
    match (kind, parts.next()) {
        ("repository", None) => Some(Subject::Repository(id)),
        ("pull-request", Some(number)) => Some(Subject::PullRequest(id, number.parse().ok()?)),
        ("check", Some(head)) => Some(Subject::Check(id, Oid::from_hex(head.as_bytes()).ok()?)),
        ("branch", Some(name)) => Some(Subject::Branch(id, name.to_owned())),
        ("deployed", Some(number)) => Some(Subject::Deployed(id, number.parse().ok()?)),
        ("deployment", Some(deployment)) => {
            let (run, environment) = deployment.split_once('/')?;
            Some(Subject::Deployment(id, run.parse().ok()?, environment.to_owned()))
        }
        ("group", Some(group)) => head_and_target(group).map(|(head, target)| Subject::Group(id, head, target)),
        ("answer", Some(answer)) => head_and_target(answer).map(|(head, target)| Subject::Answer(id, head, target)),
        _ => None,
    }
}

fn head_and_target(text: &str) -> Option<(Oid, String)> {
    let (head, target) = text.split_once('/')?;
    Some((Oid::from_hex(head.as_bytes()).ok()?, target.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        let id = RepositoryId { installation: 7, repository: 42 };
        let head = Oid::from_hex(b"0123456789012345678901234567890123456789").unwrap();
        for subject in [
            Subject::PullRequest(id, 3),
            Subject::Group(id, head, "refs/heads/release/1".to_owned()),
            Subject::Answer(id, head, "refs/heads/main".to_owned()),
            Subject::Check(id, head),
            Subject::Branch(id, "refs/heads/a/b".to_owned()),
            Subject::Deployment(id, 9, "eu/production 1".to_owned()),
            Subject::Deployed(id, 12),
            Subject::Repository(id),
            Subject::Installation(7),
        ] {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
        for text in [
            "",
            "repository/1",
            "pull-request/1/2",
            "pull-request/1/2/x",
            "group/1/2/zz/refs/heads/x",
            "deployment/1/2/3",
            "deployed/1/2/x",
            "x/1/2/3",
        ] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }
}
