//! Whose reviews a verdict waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::decide::{Code, Verdict};
use crate::model::{Account, AccountKind, Identity, Method, Presence};
use crate::policy::Policy;

/// The provider whose accounts can be asked.
const GITHUB: &str = "github";

/// Sign-offs that one requirement lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How many are missing.
    pub lacking: usize,
    /// The logins of those whose review would count, in lower case.
    pub able: BTreeSet<String>,
}

/// Returns the reviews that would let a change pass which waits for nothing else. Nobody is named who
/// worked on it, does not hold the role, has no account on the forge or is no human being; and nobody
/// where a review would not count, because more than a click is asked for. `holders` are those of each role.
#[must_use]
pub fn wanted(policy: &Policy, verdict: &Verdict, holders: &BTreeMap<String, Vec<String>>) -> Vec<Wanted> {
    if !verdict.is_waiting() || !policy.sign_offs.accept.contains(&Method::ForgeReview) {
        return Vec::new();
    }
    let requirements = verdict.gates().iter().flat_map(|gate| &gate.requirements);
    let by_review = requirements.filter(|result| result.presence == Presence::None);
    let open = by_review.filter(|result| result.counted.len() < result.needed as usize);
    let open = open.map(|result| {
        let able: Vec<&String> = result.may_sign.iter().filter(|person| !result.counted.contains(person)).collect();
        ((result.needed as usize).saturating_sub(result.counted.len()), able)
    });
    let changes = verdict.findings().iter().filter(|finding| finding.blocking && finding.code == Code::PolicyChange);
    let owners = changes.filter_map(|finding| holders.get(finding.subject.strip_prefix("role:")?));
    let others = |person: &&String| !verdict.contributors().contains(person);
    let owners = owners.map(|holders| (1, holders.iter().filter(others).collect()));
    let mut catalogue = None;
    let wanted = open.chain(owners).map(|(lacking, able): (usize, Vec<&String>)| {
        let actors = catalogue.get_or_insert_with(|| Catalogue::with_rules(&policy.agents, &policy.robots));
        Wanted { lacking, able: able.into_iter().filter_map(|person| login(policy, actors, person)).collect() }
    });
    wanted.collect()
}

/// Returns the login of somebody whom the policy or a team names, if it is a human being's.
fn login(policy: &Policy, actors: &Catalogue, person: &str) -> Option<String> {
    let account: Account = match policy.people.get(person) {
        Some(known) => known.accounts.iter().map(|(account, _)| account).find(|one| one.provider == GITHUB)?.clone(),
        None => {
            let login = person.strip_prefix(GITHUB)?.strip_prefix(':')?;
            Account { provider: GITHUB.to_owned(), login: login.to_owned() }
        }
    };
    let login = account.login.to_lowercase();
    let identity = Identity { kind: Some(AccountKind::Human), ..Identity::from_account(account) };
    let is_human = !login.ends_with("[bot]") && actors.match_identity(&identity).is_empty();
    is_human.then_some(login)
}
