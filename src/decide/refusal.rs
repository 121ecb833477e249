//! Refusing without deciding: no policy, no ledger, a record where none may be.
//!
//! Everybody may refuse; only the decision itself can permit.

use super::finding::Code;
use super::verdict::{AuthorshipCount, Outcome, Verdict};
use super::words;
use crate::model::{Oid, Target};

/// What is refused.
#[derive(Debug, Clone)]
pub struct Refused<'a> {
    /// The repository's name.
    pub repository: &'a str,
    /// Where it wanted to go.
    pub target: &'a Target,
    /// The old tip, if there is one.
    pub from: Option<Oid>,
    /// The head that was offered.
    pub head: Oid,
    /// The policy's digest, if there is one.
    pub policy: Option<String>,
}

/// Returns a refusal for reasons outside the decision: pairs of code, subject and sentence.
///
/// Every finding blocks here, whatever its code's usual weight.
#[must_use]
pub fn refuse(refused: &Refused<'_>, reasons: &[(Code, String, String)]) -> Verdict {
    let mut findings: Vec<_> = reasons
        .iter()
        .map(|(code, subject, message)| {
            let mut finding = words::finding(*code, subject).message(message.as_str());
            finding.blocking = true;
            finding
        })
        .collect();
    findings.sort();
    Verdict {
        authorship: AuthorshipCount::default(),
        commits: Vec::new(),
        content: None,
        contributors: Vec::new(),
        decision: Outcome::Refuse,
        destroys: None,
        facts: String::new(),
        findings,
        from: refused.from.map(Into::into),
        gates: Vec::new(),
        head: refused.head.into(),
        r#override: None,
        plan: None,
        policy: refused.policy.clone().unwrap_or_default(),
        receipt: None,
        repository: refused.repository.to_owned(),
        target: refused.target.to_string(),
        tree: None,
        waiting: false,
        counted_sign_offs: Vec::new(),
        override_people: Vec::new(),
    }
}
