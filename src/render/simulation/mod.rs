//! What a candidate policy would have made of a history: counted here, one change at a time, and
//! written for people (`human`), machines and as a picture (`svg`).
//!
//! Nothing of a change is kept once it is counted but, of the first ones that would not have passed,
//! a line each: a history of any length takes the same memory.

mod asking;
mod human;
mod svg;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::decide::{Code, Verdict};
use crate::model::Authorship;
use crate::policy::Policy;

/// The most changes that are listed one by one.
const LISTED: usize = 1_000;

/// The most strangers that are told apart.
const STRANGERS: usize = 1_000;

/// What sign-offs, or knowing more than the history tells, would cure.
const CURABLE: [Code; 5] =
    [Code::SignOffMissing, Code::Vetoed, Code::PolicyChange, Code::RoleUnavailable, Code::PusherUnknown];

/// What would have become of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Nobody is asked, or whoever is asked has signed.
    Passes,
    /// It lacks sign-offs, and people who could give them are there.
    Waits,
    /// Sign-offs alone would not have helped.
    Refused,
}

/// How many changes met which fate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub changes: u64,
    /// Those that pass.
    pub passes: u64,
    /// Those that are refused.
    pub refused: u64,
    /// The sign-offs that the waiting ones lack.
    pub sign_offs: u64,
    /// Those that wait.
    pub waits: u64,
}

/// How often somebody would have been asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Where nobody else could have signed in their place.
    pub alone: u64,
    /// Where whoever was asked least so far is asked.
    pub asked: u64,
    /// Where they could have signed.
    pub could: u64,
}

/// A change that would not have passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// Whom to ask, where asks are shared evenly.
    pub asked: Vec<String>,
    /// When it landed.
    pub at: Timestamp,
    /// Why it is refused; empty for one that waits.
    pub codes: Vec<&'static str>,
    /// What became of it.
    pub fate: Fate,
    /// Its head.
    pub head: String,
    /// How many sign-offs it lacks.
    pub sign_offs: u64,
}

/// What is simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The ref.
    pub target: String,
    /// What the policy is called.
    pub policy_name: String,
    /// Its digest.
    pub policy: String,
    /// Whether some gate of it names the ref.
    pub is_gated: bool,
}

/// A change that landed, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// Its head.
    pub head: String,
    /// When.
    pub at: Timestamp,
    /// Whether the ledger knows it as a push. Otherwise it is one step of the ref's first-parent
    /// history, and who pushed it is not known for sure.
    pub is_push: bool,
}

/// Everything that is counted.
#[derive(Debug, Clone)]
pub struct Simulation {
    subject: Subject,
    people: BTreeMap<String, (String, Vec<String>)>,
    total: Counts,
    pushes: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    months: BTreeMap<String, Counts>,
    agents: BTreeMap<String, Counts>,
    asked: BTreeMap<String, Asked>,
    asked_of_teams: u64,
    codes: BTreeMap<&'static str, u64>,
    strangers: BTreeMap<String, u64>,
    stopped: Vec<Stopped>,
    left_out: u64,
}

/// The name under which changes without a sign of an agent are counted.
const NO_AGENT: &str = "none";

impl Simulation {
    /// Starts with nothing counted.
    #[must_use]
    pub fn new(subject: Subject, policy: &Policy) -> Self {
        let roles = |id: &String| -> Vec<String> {
            policy.roles.iter().filter(|(_, role)| role.people.contains(id)).map(|(name, _)| name.clone()).collect()
        };
        let named = |(id, person): (&String, &crate::policy::Person)| {
            let name = if person.name.is_empty() { id.clone() } else { person.name.clone() };
            (id.clone(), (name, roles(id)))
        };
        Self {
            subject,
            people: policy.people.iter().map(named).collect(),
            total: Counts::default(),
            pushes: 0,
            first: None,
            last: None,
            months: BTreeMap::new(),
            agents: BTreeMap::new(),
            asked: BTreeMap::new(),
            asked_of_teams: 0,
            codes: BTreeMap::new(),
            strangers: BTreeMap::new(),
            stopped: Vec::new(),
            left_out: 0,
        }
    }

    /// Counts one change. Changes are counted in the order in which they landed.
    pub fn count(&mut self, landed: &Landed, verdict: &Verdict) {
        let codes = reasons(landed, verdict);
        let fate = fate(landed, verdict, &codes);
        let (asked, sign_offs) = match fate {
            Fate::Waits => self.ask(verdict),
            Fate::Passes | Fate::Refused => (Vec::new(), 0),
        };
        let mut agents: Vec<&str> = verdict
            .commits()
            .iter()
            .filter(|commit| commit.authorship != Authorship::Robot)
            .flat_map(|commit| commit.agents.iter().map(String::as_str))
            .collect();
        agents.sort_unstable();
        agents.dedup();
        if agents.is_empty() {
            agents.push(NO_AGENT);
        }
        let month = self.months.entry(landed.at.strftime("%Y-%m").to_string()).or_default();
        month.add(fate, sign_offs);
        self.total.add(fate, sign_offs);
        for agent in agents {
            self.agents.entry(agent.to_owned()).or_default().add(fate, sign_offs);
        }
        self.pushes += u64::from(landed.is_push);
        self.first = Some(self.first.map_or(landed.at, |first| first.min(landed.at)));
        self.last = Some(self.last.map_or(landed.at, |last| last.max(landed.at)));
        if fate == Fate::Refused {
            self.count_reasons(&codes, verdict);
        }
        if fate == Fate::Passes {
            return;
        }
        if self.stopped.len() >= LISTED {
            self.left_out += 1;
            return;
        }
        let codes = if fate == Fate::Refused { codes } else { Vec::new() };
        self.stopped.push(Stopped { asked, at: landed.at, codes, fate, head: landed.head.clone(), sign_offs });
    }

    fn count_reasons(&mut self, codes: &[&'static str], verdict: &Verdict) {
        for code in codes {
            *self.codes.entry(code).or_default() += 1;
        }
        let strangers = verdict.findings().iter().filter(|finding| finding.code == Code::ContributorUnknown);
        for stranger in strangers {
            if self.strangers.len() < STRANGERS || self.strangers.contains_key(&stranger.subject) {
                *self.strangers.entry(stranger.subject.clone()).or_default() += 1;
            }
        }
    }

    /// Returns the counts as plain data.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let with = |key: &str, name: &str, counts: &Counts| {
            let mut value = serde_json::json!(counts);
            if let Some(object) = value.as_object_mut() {
                object.insert(key.to_owned(), name.into());
            }
            value
        };
        let person = |(id, asked): (&String, &Asked)| {
            let (name, roles) = self.person(id);
            serde_json::json!({
                "person": id, "name": name, "roles": roles,
                "alone": asked.alone, "asked": asked.asked, "could": asked.could,
            })
        };
        serde_json::json!({
            "target": self.subject.target,
            "policy": self.subject.policy,
            "policy_name": self.subject.policy_name,
            "gated": self.subject.is_gated,
            "first": self.first,
            "last": self.last,
            "pushes": self.pushes,
            "total": self.total,
            "months": self.months.iter().map(|(month, counts)| with("month", month, counts)).collect::<Vec<_>>(),
            "agents": self.agents.iter().map(|(agent, counts)| with("agent", agent, counts)).collect::<Vec<_>>(),
            "people": self.asked.iter().map(person).collect::<Vec<_>>(),
            "asked_of_teams": self.asked_of_teams,
            "refused_for": self.codes,
            "unknown_contributors": self.strangers,
            "stopped": self.stopped,
            "stopped_left_out": self.left_out,
        })
    }

    /// Returns a person's name and roles.
    fn person(&self, id: &str) -> (&str, &[String]) {
        self.people.iter().find(|(known, _)| *known == id).map_or(("", &[]), |(_, (name, roles))| (name, roles))
    }

    /// Returns whoever could have been asked, whoever is asked most first.
    fn by_load(&self) -> Vec<(&str, &Asked)> {
        let mut all: Vec<_> = self.asked.iter().map(|(id, asked)| (id.as_str(), asked)).collect();
        all.sort_by(|(a, one), (b, other)| (other.asked, other.could, *a).cmp(&(one.asked, one.could, *b)));
        all
    }
}

impl Counts {
    fn add(&mut self, fate: Fate, sign_offs: u64) {
        self.changes += 1;
        self.sign_offs += sign_offs;
        match fate {
            Fate::Passes => self.passes += 1,
            Fate::Waits => self.waits += 1,
            Fate::Refused => self.refused += 1,
        }
    }
}

/// Returns why a change would have been refused whoever signs it.
fn reasons(landed: &Landed, verdict: &Verdict) -> Vec<&'static str> {
    let hard = |code: Code| !CURABLE.contains(&code) || (code == Code::PusherUnknown && landed.is_push);
    let mut codes: Vec<&'static str> = verdict
        .findings()
        .iter()
        .filter(|finding| (finding.blocking && hard(finding.code)) || finding.code == Code::NobodyMaySign)
        .map(|finding| finding.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn fate(landed: &Landed, verdict: &Verdict, codes: &[&'static str]) -> Fate {
    if verdict.is_permit() {
        return Fate::Passes;
    }
    if !codes.is_empty() {
        return Fate::Refused;
    }
    // Git does not write down who pushed: that alone stops nothing here.
    let stops = |code: Code| code != Code::PusherUnknown || landed.is_push;
    match verdict.findings().iter().any(|finding| finding.blocking && stops(finding.code)) {
        true => Fate::Waits,
        false => Fate::Passes,
    }
}
