//! What a verdict does not say and a reader wants to know: names, subjects, times, commands.
//!
//! A context explains and never decides. Whatever is missing in it is left out of the text; ids
//! stand for names, and nothing is guessed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::occasion::Occasion;
use crate::catalogue::Catalogue;
use crate::decide::{Cast, Decider, Hand, Verdict};
use crate::facts::{CommitFact, Facts};
use crate::model::{Action, ObjectName, Target};
use crate::policy::{Gate, Policy, Unmarked};

/// An override, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideShown {
    /// When it was given.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The ticket that documents it.
    pub ticket: Option<String>,
}

/// Everything that helps to explain one verdict.
#[derive(Debug, Clone)]
pub struct Context {
    /// The occasion.
    pub occasion: Occasion,
    /// When the verdict was made.
    pub now: Timestamp,
    /// What the change does to its target.
    pub action: Option<Action>,
    /// Full names, by person id.
    pub people: BTreeMap<String, String>,
    /// What agents and robots are called, by their ids.
    pub actors: BTreeMap<String, String>,
    /// Who did what.
    pub cast: Cast,
    /// First lines of commit messages; untrusted.
    pub subjects: BTreeMap<ObjectName, String>,
    /// When each sign-off was given, by its id.
    pub sign_offs: BTreeMap<String, Timestamp>,
    /// Overrides, by their ids.
    pub overrides: BTreeMap<String, OverrideShown>,
    /// The role that may override.
    pub override_role: Option<String>,
    /// Whether an override by somebody who worked on the change counts.
    pub own_overrides: bool,
    /// Whether an override needs a ticket.
    pub needs_ticket: bool,
    /// Until when an override that is used now is to be reviewed.
    pub review_due: Option<Timestamp>,
    /// Whether the policy takes a commit without any sign for an agent's.
    pub unmarked_is_agent: bool,
    /// Whether the commits together change nothing, so that no diff of the whole shows what they do.
    pub changes_nothing: bool,
    /// Whether a deployment plan was given, which records must name, too.
    pub has_plan: bool,
    /// Whether a plan is asked for before anything else: a gate takes a missing one for one that destroys.
    pub needs_plan: bool,
    /// Says that no gate names the target, where a name may be mistyped.
    pub ungated: Option<String>,
    /// Whether all of it passed when it landed what the environment's gates ask for.
    pub passed_before: bool,
    /// Whether a clone may guess the repository's name wrongly, so that commands must give it.
    pub needs_repository: bool,
    /// What the reader's clone calls this repository.
    pub remote: String,
    /// A ref that no gate names, to which the change can be pushed for review.
    pub review_ref: Option<String>,
    /// The number of the verdict's entry in the ledger.
    pub record: Option<u64>,
    /// The policy's file in the repository, where it is one.
    pub policy_path: Option<String>,
    /// The repository's page, without a slash at its end.
    pub web: Option<String>,
}

impl Context {
    /// Returns a context that knows nothing but the occasion and the time.
    #[must_use]
    pub fn new(occasion: Occasion, now: Timestamp) -> Self {
        Self {
            occasion,
            now,
            action: None,
            people: BTreeMap::new(),
            actors: BTreeMap::new(),
            cast: Cast::default(),
            subjects: BTreeMap::new(),
            sign_offs: BTreeMap::new(),
            overrides: BTreeMap::new(),
            override_role: None,
            own_overrides: false,
            needs_ticket: false,
            review_due: None,
            unmarked_is_agent: false,
            changes_nothing: false,
            has_plan: false,
            needs_plan: false,
            ungated: None,
            passed_before: false,
            needs_repository: false,
            remote: "origin".to_owned(),
            review_ref: None,
            record: None,
            policy_path: None,
            web: None,
        }
    }

    /// Returns what policy and facts tell. Subjects, record and addresses are the caller's
    /// to add, since facts do not hold them.
    #[must_use]
    pub fn of(policy: &Policy, facts: &Facts, occasion: Occasion) -> Self {
        let review = jiff::SignedDuration::from_secs(policy.overrides.review_within);
        let sign_offs = facts.sign_offs.known().into_iter().flatten();
        let overrides = facts.overrides.known().into_iter().flatten();
        Self {
            action: Some(facts.action),
            people: policy.people.iter().map(|(id, person)| (id.clone(), person.name.clone())).collect(),
            actors: Catalogue::actors().map(|actor| (actor.id.to_owned(), actor.name.to_owned())).collect(),
            cast: Decider::new(policy).cast(facts),
            sign_offs: sign_offs.map(|sign_off| (sign_off.id.clone(), sign_off.at)).collect(),
            overrides: overrides
                .map(|claim| {
                    let shown =
                        OverrideShown { at: claim.at, reason: claim.reason.clone(), ticket: claim.ticket.clone() };
                    (claim.id.clone(), shown)
                })
                .collect(),
            override_role: Some(policy.overrides.role.clone()),
            own_overrides: policy.overrides.by_contributor,
            needs_ticket: policy.overrides.reason.ticket.is_some(),
            review_due: facts.now.checked_add(review).ok(),
            unmarked_is_agent: policy.unmarked == Unmarked::Agent,
            changes_nothing: facts.paths.known().is_some_and(Vec::is_empty) && facts.judged().next().is_some(),
            has_plan: facts.plan.is_some(),
            passed_before: passed_before(policy, facts),
            ..Self::new(occasion, facts.now)
        }
    }

    /// Adds a ref for review that no gate of the policy names, made from the head's subject where
    /// it is known. Without such a place none is added.
    #[must_use]
    pub fn with_review_ref(mut self, policy: &Policy, verdict: &Verdict) -> Self {
        let subject = self.subjects.get(verdict.head()).map_or("", String::as_str);
        let slug = slug(subject).unwrap_or_else(|| verdict.head().short());
        let names = |place: &str| policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(place)));
        let places = ["refs/heads/review/", "refs/heads/countersign-review/", "refs/review/"];
        self.review_ref = places.iter().map(|place| format!("{place}{slug}")).find(|place| !names(place));
        self
    }

    /// Returns what a person, agent, robot or account that a verdict names is called.
    #[must_use]
    pub fn name(&self, id: &str) -> String {
        if let Some(actor) = id.strip_prefix("agent:").or_else(|| id.strip_prefix("robot:")) {
            return self.actor(actor);
        }
        match self.people.get(id).map(String::as_str) {
            None | Some("") => id.strip_prefix("unknown:").unwrap_or(id).to_owned(),
            Some(name) if self.people.values().filter(|other| *other == name).count() > 1 => format!("{name} ({id})"),
            Some(name) => name.to_owned(),
        }
    }

    /// Returns what an agent or robot is called.
    #[must_use]
    pub fn actor(&self, id: &str) -> String {
        self.actors.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// Returns what somebody did for the change, most telling first.
    pub(crate) fn hands(&self, id: &str) -> impl Iterator<Item = Hand> {
        self.cast.hands.get(id).into_iter().flatten().copied()
    }

    /// Returns a time as it is shown: without the day where it is today's.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        let format = if date(at) == date(self.now) { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
        at.strftime(format).to_string()
    }
}

/// Tells whether there is something to deploy, and every gate of the environment had its say about it on a ref.
fn passed_before(policy: &Policy, facts: &Facts) -> bool {
    let Target::Environment(environment) = &facts.target else { return false };
    let asking = |gate: &&Gate| gate.environments.iter().any(|glob| glob.matches(environment));
    let gates: Vec<&Gate> = policy.gates.iter().filter(asking).collect();
    let names = |gate: &Gate, place: &String| gate.refs.iter().any(|glob| glob.matches_ref(place));
    let passed =
        |commit: &CommitFact| gates.iter().all(|gate| commit.cleared_on.iter().any(|place| names(gate, place)));
    !gates.is_empty()
        && facts.judged().next().is_some()
        && facts.commits.known().is_some_and(|commits| commits.iter().all(passed))
}

fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Returns a subject as part of a ref name: lower-case ASCII words joined by hyphens.
fn slug(subject: &str) -> Option<String> {
    /// How long the name may be: it is typed and read.
    const LONGEST: usize = 32;
    let mut slug = String::new();
    let words = subject.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        if slug.len() + 1 + word.len() > LONGEST {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    (slug.len() >= 3).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_becomes_a_harmless_ref_name() {
        assert_eq!(slug("Fix cost explorer cache").as_deref(), Some("fix-cost-explorer-cache"));
        assert_eq!(slug("a.lock/../$(rm -rf /); `x` .").as_deref(), Some("a-lock-rm-rf-x"));
        assert_eq!(slug("修正"), None);
        assert_eq!(slug(&"x".repeat(100)), None);
    }

    #[test]
    fn people_of_one_name_are_told_apart() {
        let mut context = Context::new(Occasion::Push, Timestamp::UNIX_EPOCH);
        let people = [("grace", "Grace Hopper"), ("grace2", "Grace Hopper"), ("ada", "Ada Byron"), ("x", "")];
        context.people = people.map(|(id, name)| (id.to_owned(), name.to_owned())).into();
        assert_eq!(context.name("grace"), "Grace Hopper (grace)");
        assert_eq!(context.name("ada"), "Ada Byron");
        assert_eq!(context.name("x"), "x");
        assert_eq!(context.name("unknown:eve@example.com"), "eve@example.com");
        assert_eq!(context.name("github:eve"), "github:eve");
        assert_eq!(context.name("agent:kiro"), "kiro");
    }
}
