//! Who is whom: the only place where identities are compared with people.
//!
//! Two questions that must never be mixed up. [`Roster::anyone_like`] is broad, since it
//! disqualifies: every person, agent and robot that an identity might be. [`Roster::qualified`] is
//! exact, since it lets somebody sign: one human being, or nobody.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::comparison::{fold_email, fold_name, github_noreply_login};
use crate::catalogue::{ActorKind, Catalogue};
use crate::facts::{Fact, Facts};
use crate::model::{Account, AccountKind, Identity};
use crate::policy::{Person, Policy, Role};

/// The role that everybody in the roster holds unless the policy defines it.
pub(super) const MEMBER: &str = "member";

/// Everybody whom an identity might be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Likenesses {
    /// Person ids.
    pub people: BTreeSet<String>,
    /// Ids of agents.
    pub agents: BTreeSet<String>,
    /// Ids of robots.
    pub robots: BTreeSet<String>,
}

impl Likenesses {
    /// Tells whether the identity is nobody we know.
    pub(super) fn is_nobody(&self) -> bool {
        self.people.is_empty() && self.agents.is_empty() && self.robots.is_empty()
    }
}

/// Why an identity may not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotQualified {
    /// It belongs to nobody in the roster, or to several, or proves too little.
    Unknown,
    /// It is an agent, a robot or an app's account.
    NotHuman,
}

/// Everybody the policy and the memberships know.
pub(super) struct Roster<'a> {
    policy: &'a Policy,
    facts: &'a Facts,
    catalogue: &'a Catalogue,
    by_key: HashMap<&'a str, Vec<&'a str>>,
    by_passkey: HashMap<&'a str, Vec<&'a str>>,
    by_account: HashMap<String, Vec<String>>,
    by_email: HashMap<String, Vec<&'a str>>,
    by_name: OnceCell<HashMap<String, Vec<&'a str>>>,
    everyone: BTreeSet<String>,
    likenesses: RefCell<HashMap<Identity, Rc<Likenesses>>>,
}

impl<'a> Roster<'a> {
    /// Gathers the persons: those under `people`, and every account of a readable membership that
    /// a role or the roster names and that none of them has.
    pub(super) fn new(policy: &'a Policy, facts: &'a Facts, catalogue: &'a Catalogue) -> Self {
        let mut roster = Self {
            policy,
            facts,
            catalogue,
            by_key: HashMap::new(),
            by_passkey: HashMap::new(),
            by_account: HashMap::new(),
            by_email: HashMap::new(),
            by_name: OnceCell::new(),
            everyone: policy.people.keys().cloned().collect(),
            likenesses: RefCell::new(HashMap::new()),
        };
        for (id, person) in &policy.people {
            roster.index(id, person);
        }
        roster.add_members();
        roster
    }

    /// Enters everything that is one person's.
    fn index(&mut self, id: &'a str, person: &'a Person) {
        for key in &person.keys {
            self.by_key.entry(&key.fingerprint).or_default().push(id);
        }
        for passkey in &person.passkeys {
            self.by_passkey.entry(&passkey.id).or_default().push(id);
        }
        for (account, _) in &person.accounts {
            self.by_account.entry(account.folded()).or_default().push(id.to_owned());
        }
        for email in &person.emails {
            self.by_email.entry(fold_email(email)).or_default().push(id);
        }
    }

    /// Makes a person of their own of every account that only a membership knows.
    fn add_members(&mut self) {
        let keys = self.policy.roles.values().flat_map(team_keys).chain(self.policy.github_orgs.iter().map(org_key));
        let keys: BTreeSet<String> = keys.collect();
        let ids: Vec<String> =
            keys.iter().filter_map(|key| self.members(key)).flatten().map(|m| fold_account(m)).collect();
        for id in ids {
            if !self.by_account.contains_key(&id) {
                self.by_account.insert(id.clone(), vec![id.clone()]);
                self.everyone.insert(id);
            }
        }
    }

    /// Returns the accounts of a readable membership.
    fn members(&self, key: &str) -> Option<&'a Vec<String>> {
        self.facts.memberships.get(key).and_then(Fact::known)
    }

    /// Returns every person, agent and robot that this identity might be, broadly.
    pub(super) fn anyone_like(&self, identity: &Identity) -> Rc<Likenesses> {
        if let Some(found) = self.likenesses.borrow().get(identity) {
            return Rc::clone(found);
        }
        let found = Rc::new(self.find_likenesses(identity));
        self.likenesses.borrow_mut().insert(identity.clone(), Rc::clone(&found));
        found
    }

    fn find_likenesses(&self, identity: &Identity) -> Likenesses {
        let mut likenesses = Likenesses::default();
        let people = &mut likenesses.people;
        let mut add = |ids: Option<&Vec<&str>>| people.extend(ids.into_iter().flatten().map(|id| (*id).to_owned()));
        add(identity.key.as_deref().and_then(|key| self.by_key.get(key)));
        add(identity.passkey.as_deref().and_then(|passkey| self.by_passkey.get(passkey)));
        add(identity.email.as_deref().and_then(|email| self.by_email.get(&fold_email(email))));
        people.extend(identity.account.iter().filter_map(|a| self.by_account.get(&a.folded())).flatten().cloned());
        let login = identity.email.as_deref().and_then(github_noreply_login);
        people.extend(login.iter().filter_map(|l| self.by_account.get(&format!("github:{l}"))).flatten().cloned());
        if people.is_empty() {
            let named = identity.name.as_deref().and_then(|name| self.names().get(&fold_name(name)));
            people.extend(named.into_iter().flatten().map(|id| (*id).to_owned()));
        }
        for actor in self.catalogue.match_identity(identity) {
            match actor.kind {
                ActorKind::Agent => likenesses.agents.insert(actor.id),
                ActorKind::Robot => likenesses.robots.insert(actor.id),
            };
        }
        likenesses
    }

    /// Returns people by folded full name; made only when nothing better matched.
    fn names(&self) -> &HashMap<String, Vec<&'a str>> {
        self.by_name.get_or_init(|| {
            let mut names: HashMap<String, Vec<&'a str>> = HashMap::new();
            for (id, person) in &self.policy.people {
                let name = fold_name(&person.name);
                if !name.is_empty() {
                    names.entry(name).or_default().push(id);
                }
            }
            names
        })
    }

    /// Tells whether the identity's account, and not only its name or mail, is a robot's.
    pub(super) fn is_robot_by_account(&self, identity: &Identity) -> bool {
        identity.account.is_some() && {
            let account_only = Identity {
                account: identity.account.clone(),
                id: identity.id,
                kind: identity.kind,
                ..Identity::default()
            };
            !self.anyone_like(&account_only).robots.is_empty()
        }
    }

    /// Returns the one human being whom this identity proves, exactly.
    ///
    /// # Errors
    /// [`NotQualified`]: nobody, several, or no human.
    pub(super) fn qualified(&self, identity: &Identity) -> Result<String, NotQualified> {
        let likenesses = self.anyone_like(identity);
        let is_app = identity.kind == Some(AccountKind::Bot);
        if is_app || !likenesses.agents.is_empty() || !likenesses.robots.is_empty() {
            return Err(NotQualified::NotHuman);
        }
        let mut owners: Vec<Vec<String>> = Vec::new();
        if let Some(key) = identity.key.as_deref() {
            owners.push(self.by_key.get(key).into_iter().flatten().map(|id| (*id).to_owned()).collect());
        }
        if let Some(passkey) = identity.passkey.as_deref() {
            owners.push(self.by_passkey.get(passkey).into_iter().flatten().map(|id| (*id).to_owned()).collect());
        }
        if let Some(account) = &identity.account {
            owners.push(self.account_owners(account, identity));
        }
        one_and_the_same(&owners).ok_or(NotQualified::Unknown)
    }

    /// Returns whose account this provably is: the login, the number where the policy gives one,
    /// and a human being's by the provider's word (a server's own `plain` accounts carry none).
    fn account_owners(&self, account: &Account, identity: &Identity) -> Vec<String> {
        if !is_human_account(identity) {
            return Vec::new();
        }
        let folded = account.folded();
        let owners = self.by_account.get(&folded).into_iter().flatten();
        owners.filter(|owner| self.number_fits(owner, &folded, identity.id)).cloned().collect()
    }

    fn number_fits(&self, owner: &str, folded: &str, number: Option<u64>) -> bool {
        let Some(person) = self.policy.people.get(owner) else { return true };
        let mut same = person.accounts.iter().filter(|(account, _)| account.folded() == folded);
        same.any(|(_, wanted)| wanted.is_none() || *wanted == number)
    }

    /// Returns everybody who holds a role, as far as the memberships could be read.
    pub(super) fn holders(&self, role: &str) -> BTreeSet<String> {
        match self.policy.roles.get(role) {
            Some(role) => {
                let listed = role.people.iter().filter(|id| self.policy.people.contains_key(*id)).cloned();
                let members = team_keys(role).collect::<Vec<_>>();
                let members = members.iter().filter_map(|key| self.members(key)).flatten();
                let members = members.filter_map(|account| self.by_account.get(&fold_account(account))).flatten();
                listed.chain(members.cloned()).collect()
            }
            None if role == MEMBER => self.everyone.clone(),
            None => BTreeSet::new(),
        }
    }

    /// Tells whether some membership that gives the role could not be read. For the predefined
    /// `member` every membership does.
    pub(super) fn is_unreadable(&self, role: &str) -> bool {
        let unreadable = |key: String| self.members(&key).is_none();
        match self.policy.roles.get(role) {
            Some(role) => team_keys(role).any(unreadable),
            None if role == MEMBER => {
                let teams = self.policy.roles.values().flat_map(team_keys);
                teams.chain(self.policy.github_orgs.iter().map(org_key)).any(unreadable)
            }
            None => false,
        }
    }
}

/// Tells whether the provider says that a human being is behind the account.
pub(super) fn is_human_account(identity: &Identity) -> bool {
    let plain = identity.account.as_ref().is_some_and(|account| account.provider.eq_ignore_ascii_case("plain"));
    identity.account.is_some() && (identity.kind == Some(AccountKind::Human) || (identity.kind.is_none() && plain))
}

/// Returns the one person in every list, if each list holds just that person and there is a list.
fn one_and_the_same(owners: &[Vec<String>]) -> Option<String> {
    let (first, rest) = owners.split_first()?;
    let [person] = first.as_slice() else { return None };
    rest.iter().all(|others| others.as_slice() == [person.clone()]).then(|| person.clone())
}

fn team_keys(role: &Role) -> impl Iterator<Item = String> + '_ {
    role.github_teams.iter().map(|team| format!("github-team:{team}"))
}

fn org_key(org: &String) -> String {
    format!("github-org:{org}")
}

fn fold_account(account: &str) -> String {
    account.to_lowercase()
}
