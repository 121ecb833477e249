//! What a ledger comes to, counted: for auditors, who look at the whole population before they draw samples from it.
//!
//! Counts what arrived, and under what; not what was asked. Reads nothing itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::event::{Basis, Carried, Event, ReviewOutcome};

/// Who pushed, where their account is an address, which entries do not name.
pub const KEPT_ASIDE: &str = "(an address, kept aside)";

/// Which entries count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// Not what happened before this.
    pub since: Option<Timestamp>,
    /// Not what happened at this time or later.
    pub until: Option<Timestamp>,
}

/// A ledger, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many deployments arrived, and under what.
    pub deployed: Arrived,
    /// How many entries were counted.
    pub entries: u64,
    /// How often something happened without a permit, by code.
    pub exceptions: BTreeMap<String, u64>,
    /// When the first of them was made.
    pub first: Option<Timestamp>,
    /// How many changes of refs arrived, and under what.
    pub landed: Arrived,
    /// When the last of them was made.
    pub last: Option<Timestamp>,
    /// What became of overrides.
    pub overrides: Overrides,
    /// Who signed for whose pushes and deployments, those who did most often first.
    pub pairs: Vec<Pair>,
    /// Who did what how often.
    pub people: BTreeMap<String, Deeds>,
    /// How often something was refused.
    pub refused: u64,
    /// For what, by code; a refusal may have several.
    pub refused_for: BTreeMap<String, u64>,
}

/// What arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// No gate asked for anything.
    pub nothing_asked: u64,
    /// By an override.
    pub overridden: u64,
    /// Under the sign-offs that gates asked for.
    pub signed_off: u64,
}

/// What became of overrides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Overrides {
    /// Reviewed, and right.
    pub justified: u64,
    /// Reviewed, and not right.
    pub not_justified: u64,
    /// Used.
    pub used: u64,
    /// Used, and not reviewed so far: the entry of their use, and who gave them.
    pub waiting: BTreeMap<u64, Vec<String>>,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Deeds {
    /// Overrides of theirs that were used.
    pub overrode: u64,
    /// What they pushed or deployed arrived.
    pub pushed: u64,
    /// Overrides that they reviewed.
    pub reviewed: u64,
    /// Their sign-off counted for what arrived.
    pub signed_off: u64,
}

/// Two people, one of whom signs for what the other pushes or deploys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// Who signs.
    pub by: String,
    /// Who pushes or deploys.
    pub of: String,
    /// How often that arrived.
    pub times: u64,
}

/// Counts entries, the oldest first.
#[derive(Debug, Default)]
pub struct Counter {
    window: Window,
    summary: Summary,
    permits: BTreeMap<u64, Permit>,
    pairs: BTreeMap<(String, String), u64>,
}

#[derive(Debug, Clone, Default)]
struct Permit {
    pusher: Option<String>,
    signers: Vec<String>,
    is_asked: bool,
    is_overridden: bool,
}

impl Counter {
    /// Starts to count what happened in a window.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// Counts an entry. `aside` is what a permit rests on, where that is kept aside.
    pub fn add(&mut self, number: u64, at: Timestamp, event: &Event, aside: Option<Basis>) {
        if let Event::Permitted(permitted) = event {
            let basis = match &permitted.basis {
                Carried::Here(basis) => Some(basis.clone()),
                Carried::Aside(_) => aside,
            };
            let gates = basis.unwrap_or_default().gates;
            let requirements = || gates.iter().flat_map(|gate| &gate.requirements);
            let mut signers: Vec<String> = requirements().flat_map(|one| one.counted.iter().cloned()).collect();
            signers.sort();
            signers.dedup();
            let permit = Permit {
                pusher: permitted.pusher.as_ref().map(name),
                signers,
                is_asked: requirements().next().is_some(),
                is_overridden: permitted.r#override.is_some(),
            };
            self.permits.insert(number, permit);
        }
        let is_early = self.window.since.is_some_and(|since| at < since);
        if is_early || self.window.until.is_some_and(|until| at >= until) {
            return;
        }
        self.summary.entries += 1;
        self.summary.first = self.summary.first.or(Some(at));
        self.summary.last = Some(at);
        self.count(number, event);
    }

    fn count(&mut self, number: u64, event: &Event) {
        match event {
            Event::Refused(refused) => {
                self.summary.refused += 1;
                for code in &refused.codes {
                    *self.summary.refused_for.entry(code.clone()).or_default() += 1;
                }
            }
            Event::Landed(landed) => self.arrived(landed.permit, |summary| &mut summary.landed),
            Event::Deployed(deployed) => self.arrived(deployed.permit, |summary| &mut summary.deployed),
            Event::Exception(exception) => {
                *self.summary.exceptions.entry(exception.code.clone()).or_default() += 1;
            }
            Event::OverrideUsed(used) => {
                self.summary.overrides.used += 1;
                self.summary.overrides.waiting.insert(number, used.people.clone());
                used.people.iter().for_each(|person| self.deeds(person).overrode += 1);
            }
            Event::Reviewed(reviewed) => {
                match reviewed.outcome {
                    ReviewOutcome::Justified => self.summary.overrides.justified += 1,
                    ReviewOutcome::NotJustified => self.summary.overrides.not_justified += 1,
                }
                self.summary.overrides.waiting.remove(&reviewed.used);
                self.deeds(&reviewed.reviewer).reviewed += 1;
            }
            _ => {}
        }
    }

    fn arrived(&mut self, permit: u64, place: fn(&mut Summary) -> &mut Arrived) {
        let permit = self.permits.get(&permit).cloned().unwrap_or_default();
        let arrived = place(&mut self.summary);
        match (permit.is_overridden, permit.is_asked) {
            (true, _) => arrived.overridden += 1,
            (false, true) => arrived.signed_off += 1,
            (false, false) => arrived.nothing_asked += 1,
        }
        if let Some(pusher) = &permit.pusher {
            self.deeds(pusher).pushed += 1;
        }
        for signer in &permit.signers {
            self.deeds(signer).signed_off += 1;
            if let Some(pusher) = &permit.pusher {
                *self.pairs.entry((signer.clone(), pusher.clone())).or_default() += 1;
            }
        }
    }

    fn deeds(&mut self, person: &str) -> &mut Deeds {
        self.summary.people.entry(person.to_owned()).or_default()
    }

    /// Returns what it comes to.
    #[must_use]
    pub fn finish(mut self) -> Summary {
        self.summary.pairs = self.pairs.into_iter().map(|((by, of), times)| Pair { by, of, times }).collect();
        self.summary.pairs.sort_by_key(|pair| std::cmp::Reverse(pair.times));
        self.summary
    }
}

fn name(pusher: &Carried<String>) -> String {
    match pusher {
        Carried::Here(name) => name.clone(),
        Carried::Aside(_) => KEPT_ASIDE.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const OID: &str = "1111111111111111111111111111111111111111";
    const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    fn change() -> Value {
        json!({ "action": "update", "from": OID, "head": OID, "new": OID, "old": OID, "repository": "acme/shop",
                "target": "refs/heads/main" })
    }

    fn permitted(pusher: &str, signers: &[&str], overridden: bool) -> Event {
        let requirement = json!({ "counted": signers, "needed": 1, "presence": "none", "role": "senior" });
        let asked = if signers.is_empty() && !overridden { json!([]) } else { json!([requirement]) };
        let gates = json!([{ "name": "a gate", "requirements": asked, "satisfied": !overridden }]);
        let mut statement = json!({
            "basis": { "gates": gates, "sign_offs": [] }, "change": change(), "policy": DIGEST, "pusher": pusher,
            "commits": { "count": 0, "digest": DIGEST }, "verdict": DIGEST,
        });
        if overridden {
            statement["override"] = json!({ "id": "o1", "people": ["dana"] });
        }
        Event::Permitted(serde_json::from_value(statement).unwrap())
    }

    fn landed(permit: u64) -> Event {
        let statement = json!({ "new": OID, "observed": "post-receive", "old": OID, "permit": permit,
                                "repository": "acme/shop", "target": "refs/heads/main" });
        Event::Landed(serde_json::from_value(statement).unwrap())
    }

    fn count(window: Window, events: &[Event]) -> Summary {
        let mut counter = Counter::new(window);
        for (number, event) in (0_u64..).zip(events) {
            counter.add(number, at(number), event, None);
        }
        counter.finish()
    }

    fn at(number: u64) -> Timestamp {
        Timestamp::from_second(1_000 + i64::try_from(number).unwrap()).unwrap()
    }

    #[test]
    fn what_arrived_is_counted_and_not_what_was_permitted() {
        let events = [
            permitted("ada", &["grace", "barbara"], false),
            landed(0),
            permitted("ada", &["grace"], false),
            permitted("bob", &[], false),
            landed(3),
            permitted("bob", &[], true),
            landed(5),
            landed(2),
        ];
        let summary = count(Window::default(), &events);
        assert_eq!(summary.landed, Arrived { nothing_asked: 1, overridden: 1, signed_off: 2 });
        let pairs: Vec<(&str, &str, u64)> =
            summary.pairs.iter().map(|pair| (pair.by.as_str(), pair.of.as_str(), pair.times)).collect();
        assert_eq!(pairs, [("grace", "ada", 2), ("barbara", "ada", 1)]);
        assert_eq!(summary.people["grace"], Deeds { signed_off: 2, ..Deeds::default() });
        assert_eq!(summary.people["bob"], Deeds { pushed: 2, ..Deeds::default() });
    }

    #[test]
    fn a_landing_in_the_window_knows_the_permit_before_it() {
        let events = [permitted("ada", &["grace"], false), landed(0)];
        let window = Window { since: Some(at(1)), until: Some(at(2)) };
        let summary = count(window, &events);
        assert_eq!((summary.entries, summary.landed.signed_off), (1, 1));
        assert_eq!((summary.first, summary.last), (Some(at(1)), Some(at(1))));
    }

    #[test]
    fn an_override_waits_until_it_is_reviewed() {
        let used = json!({ "by": 1, "id": "o1", "people": ["dana"], "permit": 0, "repository": "acme/shop" });
        let reviewed = json!({ "id": "o1", "outcome": "not-justified", "repository": "acme/shop", "reviewer": "grace",
                               "used": 0 });
        let used = Event::OverrideUsed(serde_json::from_value(used).unwrap());
        let reviewed = Event::Reviewed(serde_json::from_value(reviewed).unwrap());
        let open = count(Window::default(), std::slice::from_ref(&used)).overrides;
        assert_eq!(open.waiting, BTreeMap::from([(0, vec!["dana".to_owned()])]));
        let done = count(Window::default(), &[used, reviewed]);
        assert_eq!((done.overrides.not_justified, done.overrides.waiting.len()), (1, 0));
        assert_eq!((done.people["dana"].overrode, done.people["grace"].reviewed), (1, 1));
    }
}
