//! Who is whom in one change, for people who read a verdict.
//!
//! Nothing here decides: the names come from the same comparison as the decision, so that what is
//! shown and what was decided cannot differ.

use std::collections::{BTreeMap, BTreeSet};

use super::contributors::{name_of_nobody, signer};
use super::decider::Decider;
use super::overrides::hides_somebody;
use super::people::Roster;
use crate::facts::{CommitFact, Facts, Part};
use crate::model::{Account, Identity};

/// What somebody did for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hand {
    /// Stands on the author line of a commit.
    Author,
    /// Is named as co-author.
    CoAuthor,
    /// Stands on the committer line of a commit.
    Committer,
    /// Signed a commit.
    Signer,
    /// Had this part in bringing the change.
    Part(Part),
}

/// Everybody who appears in one change's facts, by the names that verdicts use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cast {
    /// What each contributor did.
    pub hands: BTreeMap<String, BTreeSet<Hand>>,
    /// Who gave each sign-off, by its id.
    pub signers: BTreeMap<String, String>,
    /// Who gave each override, by its id.
    pub givers: BTreeMap<String, Vec<String>>,
    /// Who holds each role that the policy defines, as far as it could be read.
    pub holders: BTreeMap<String, Vec<String>>,
    /// Whether anybody may have had a part in the change without being seen, whoever gives an override too.
    pub is_incomplete: bool,
}

impl Decider<'_> {
    /// Names everybody who appears in these facts.
    #[must_use]
    pub fn cast(&self, facts: &Facts) -> Cast {
        let roster = Roster::new(self.policy(), facts, self.catalogue());
        let mut cast = Cast { is_incomplete: hides_somebody(&roster, facts), ..Cast::default() };
        for commit in facts.commits.known().into_iter().flatten() {
            cast.add_commit(&roster, commit);
        }
        for participant in facts.participants.known().into_iter().flatten() {
            cast.add(&roster, &participant.identity, Hand::Part(participant.part));
        }
        for sign_off in facts.sign_offs.known().into_iter().flatten() {
            cast.signers.insert(sign_off.id.clone(), name(&roster, &sign_off.identity));
        }
        for claim in facts.overrides.known().into_iter().flatten() {
            let givers = claim.identities.iter().map(|identity| name(&roster, identity)).collect();
            cast.givers.insert(claim.id.clone(), givers);
        }
        for role in self.policy().roles.keys() {
            cast.holders.insert(role.clone(), roster.holders(role).into_iter().collect());
        }
        cast
    }
}

impl Cast {
    fn add_commit(&mut self, roster: &Roster<'_>, commit: &CommitFact) {
        if !commit.clean_merge {
            self.add(roster, &commit.author, Hand::Author);
        }
        if !commit.clean_merge && !commit.web_flow {
            self.add(roster, &commit.committer, Hand::Committer);
        }
        for co_author in &commit.co_authors {
            self.add(roster, co_author, Hand::CoAuthor);
        }
        if let Some(signer) = signer(commit).filter(|signer| !roster.anyone_like(signer).is_nobody()) {
            self.add(roster, &signer, Hand::Signer);
        }
    }

    fn add(&mut self, roster: &Roster<'_>, identity: &Identity, hand: Hand) {
        for name in names(roster, identity) {
            self.hands.entry(name).or_default().insert(hand);
        }
    }
}

/// Returns every name under which an identity is listed among the contributors.
fn names(roster: &Roster<'_>, identity: &Identity) -> Vec<String> {
    let likenesses = roster.anyone_like(identity);
    if likenesses.is_nobody() {
        return vec![name_of_nobody(identity)];
    }
    let people = likenesses.people.iter().cloned();
    let agents = likenesses.agents.iter().map(|id| format!("agent:{id}"));
    people.chain(agents).chain(likenesses.robots.iter().map(|id| format!("robot:{id}"))).collect()
}

/// Returns the name of whoever signed: the person that the key or account proves, and otherwise the
/// key or account itself. Whom it is merely like is not said: a login that changed hands would
/// be shown under its former owner's name.
fn name(roster: &Roster<'_>, identity: &Identity) -> String {
    roster.qualified(identity).unwrap_or_else(|_| {
        let account = identity.account.as_ref().map(Account::folded);
        let others = [&identity.key, &identity.passkey, &identity.email, &identity.name];
        account.or_else(|| others.into_iter().flatten().next().cloned()).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POLICY: &str = r#"
version: 1
people:
  ada:   { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { github: { login: grace, id: 42 } } }
roles:
  senior: { people: [grace], github-teams: [acme/seniors] }
gates:
  - { name: review, refs: [refs/heads/main], require: [{ role: senior }] }
"#;

    fn cast() -> Cast {
        let policy = crate::policy::load(POLICY.as_bytes(), "policy.yaml").unwrap().policy;
        let ada = json!({"name": "Ada", "email": "ADA+work@example.com"});
        let sign_off = |id: &str, identity: serde_json::Value| {
            json!({"id": id, "decision": "approve", "identity": identity, "method": "forge-review",
                   "repository": "acme/shop", "target": "refs/heads/main", "head": "h", "at": "2026-11-22T09:00:00Z"})
        };
        let facts = json!({
            "now": "2026-11-22T10:00:00Z", "repository": "acme/shop", "target": "refs/heads/main", "action": "update",
            "from": "f", "head": "h",
            "commits": [{"id": "h", "author": ada, "committer": {"name": "GitHub", "email": "noreply@github.com"},
                         "web_flow": true, "co_authors": [{"email": "eve@example.net"}]}],
            "participants": [{"part": "pusher", "identity": {"account": "plain:ada"}}],
            "memberships": {"github-team:acme/seniors": ["github:Barbara"]},
            "sign_offs": [
                sign_off("proved", json!({"account": "github:Grace", "id": 42, "kind": "human"})),
                sign_off("renamed", json!({"account": "github:grace", "id": 7, "kind": "human"})),
                sign_off("key", json!({"key": "SHA256:Nobodys"})),
            ],
        });
        let facts: Facts = serde_json::from_value(facts).unwrap();
        Decider::new(&policy).cast(&facts)
    }

    #[test]
    fn everybody_is_named_as_in_the_verdict_with_what_they_did() {
        let hands = cast().hands;
        let of = |name: &str| hands[name].iter().copied().collect::<Vec<_>>();
        assert_eq!(of("ada"), [Hand::Author, Hand::Part(Part::Pusher)]);
        assert_eq!(of("unknown:eve@example.net"), [Hand::CoAuthor]);
        assert_eq!(hands.len(), 2, "the forge that commits is nobody's hand: {hands:?}");
    }

    #[test]
    fn a_login_that_changed_hands_is_not_shown_as_its_former_owner() {
        let signers = cast().signers;
        assert_eq!(signers["proved"], "grace");
        assert_eq!(signers["renamed"], "github:grace");
        assert_eq!(signers["key"], "SHA256:Nobodys");
    }

    #[test]
    fn roles_are_held_by_hand_and_by_membership() {
        assert_eq!(cast().holders["senior"], ["github:barbara", "grace"]);
    }
}
