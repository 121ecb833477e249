//! The laws over generated worlds.

use countersign::decide::{Code, Decider, RequirementResult, Verdict};
use countersign::facts::{Decision, Fact, Facts, Part, SignOff};
use countersign::model::{Digest, Target};
use countersign::policy::Policy;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::changes::{self, Changed};
use crate::choices::Choices;
use crate::{policies, same, worlds};

/// How many worlds each law tries.
fn cases() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "the depth of a test run is set from outside")]
    let wanted = std::env::var("COUNTERSIGN_LAW_CASES");
    wanted.ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// Tries a law on generated worlds and prints the smallest world that breaks it.
fn for_all(law: impl Fn(&Policy, &Facts, &mut Choices<'_>) -> Result<(), String>) {
    let config = Config { cases: cases(), failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let bytes = (proptest::collection::vec(any::<u8>(), 0..40), proptest::collection::vec(any::<u8>(), 0..320));
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&bytes, |(policy_bytes, bytes)| {
        let policy = policies::policy(&mut Choices::new(&policy_bytes));
        let mut choices = Choices::new(&bytes);
        let facts = worlds::facts(&mut choices);
        law(&policy, &facts, &mut choices).map_err(|broken| {
            let facts = serde_json::to_string_pretty(&facts).unwrap_or_default();
            TestCaseError::fail(format!("{broken}\npolicy {policy:#?}\nfacts {facts}"))
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Decides without hashing the facts, which no law asks for.
fn decide(decider: &Decider<'_>, facts: &Facts) -> Verdict {
    decider.decide_as(facts, Digest::of(b""))
}

/// The exceptions to the law that a further contributor never turns a refusal into a permit.
///
/// The stated one: somebody who can be held to account clears `pusher-unknown`. The other follows
/// from how robots count: their commits count as robots' only when somebody is known to have
/// brought them, and where no ref is pushed nobody has to be.
fn may_turn(before: &Verdict, facts: &Facts, changed: &Changed) -> bool {
    let Some(added) = &changed.brought_by else { return false };
    let lacked_pusher = before.findings().iter().any(|finding| finding.code == Code::PusherUnknown);
    let nobody_brought = facts
        .participants
        .known()
        .is_some_and(|all| all.iter().all(|one| !matches!(one.part, Part::Pusher | Part::Opener)));
    let deployed = matches!(facts.target, Target::Environment(_));
    lacked_pusher || (deployed && nobody_brought && matches!(added.part, Part::Pusher | Part::Opener))
}

#[test]
fn a_harsher_world_is_never_permitted_where_a_milder_one_is_refused() {
    for_all(|policy, facts, choices| {
        let decider = Decider::new(policy);
        let verdict = decide(&decider, facts);
        if verdict.is_permit() {
            for milder in changes::milder(facts, choices) {
                if !decide(&decider, &milder.facts).is_permit() {
                    return Err(format!("permitted, but refused when milder: {}", milder.what));
                }
            }
            return Ok(());
        }
        for harsher in changes::harsher(facts, choices) {
            if !may_turn(&verdict, facts, &harsher) && decide(&decider, &harsher.facts).is_permit() {
                return Err(format!("refused, but permitted when harsher: {}", harsher.what));
            }
        }
        Ok(())
    });
}

#[test]
fn a_contributor_to_a_gate_is_never_counted_for_it() {
    for_all(|policy, facts, _| {
        let all = decide(&Decider::new(policy), facts);
        // For a change of the policy itself nothing is settled, and its contributors are more.
        let unchanged = Facts { policy_changed: false, ..facts.clone() };
        for gate in &policy.gates {
            let alone = Policy { gates: vec![gate.clone()], ..policy.clone() };
            let alone = decide(&Decider::new(&alone), &unchanged);
            let results = all.gates().iter().filter(|result| result.name == gate.name);
            for requirement in results.flat_map(|result| &result.requirements) {
                let people = requirement.counted.iter().chain(&requirement.may_sign);
                if let Some(person) = people.into_iter().find(|person| alone.contributors().contains(*person)) {
                    return Err(format!("{person} contributed to {} and counts or may sign", gate.name));
                }
            }
        }
        Ok(())
    });
}

#[test]
fn order_and_duplicates_never_matter() {
    for_all(|policy, facts, choices| {
        let decider = Decider::new(policy);
        let shuffled = same::shuffled(facts, choices);
        let (one, other) = (decide(&decider, facts), decide(&decider, &shuffled));
        let (one, other) = (same::apart_from_digest(&one), same::apart_from_digest(&other));
        if one == other { Ok(()) } else { Err(format!("{one:#}\nshuffled {shuffled:#?}\n{other:#}")) }
    });
}

/// What is settled together with others is settled as if each commit said so for itself.
#[test]
fn commits_may_be_settled_together_or_one_by_one() {
    let met = std::cell::Cell::new(0);
    for_all(|policy, facts, choices| {
        let Some((apart, together)) = same::settled_together(policy, facts, choices) else { return Ok(()) };
        met.set(met.get() + 1);
        let decider = Decider::new(policy);
        let (one, other) = (decide(&decider, &apart), decide(&decider, &together));
        if other.is_permit() && !one.is_permit() {
            return Err(format!("settled together it passes: {together:#?}"));
        }
        // Whoever may object, may object to what is settled together, too.
        let may_object = |sign_off: &SignOff| sign_off.decision == Decision::Reject;
        if facts.sign_offs.known().is_none_or(|all| all.iter().any(may_object)) {
            return Ok(());
        }
        let (one, other) = (same::apart_from_settled(&one), same::apart_from_settled(&other));
        if one == other { Ok(()) } else { Err(format!("{one:#}\ntogether {together:#?}\n{other:#}")) }
    });
    assert!(met.get() > 0, "no world had anything that is settled");
}

#[test]
fn ids_never_matter() {
    for_all(|policy, facts, _| {
        let decider = Decider::new(policy);
        let one = same::apart_from_ids(&decide(&decider, facts));
        let other = same::apart_from_ids(&decide(&decider, &same::renamed(facts)));
        if one == other { Ok(()) } else { Err(format!("{one:#?}\nrenamed\n{other:#?}")) }
    });
}

#[test]
fn a_verdict_and_its_facts_are_written_in_one_way() {
    for_all(|policy, facts, _| {
        let decider = Decider::new(policy);
        let text = serde_json::to_string(facts).map_err(|error| error.to_string())?;
        let again: Facts = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let verdict = decider.decide(facts);
        let written = verdict.to_json().map_err(|error| error.to_string())?;
        for (what, text) in [("facts", &text), ("verdict", &written)] {
            let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let canonical = serde_json_canonicalizer::to_string(&value).map_err(|error| error.to_string())?;
            if canonical != *text {
                return Err(format!("{what} not in RFC 8785 form: {text}"));
            }
        }
        if again != *facts || decider.decide(&again) != verdict {
            return Err("reading what was written changes the facts or the verdict".to_owned());
        }
        Ok(())
    });
}

/// Tells whether every place of these requirements can be given to somebody else, by trying all ways.
fn is_seated<'v>(asked: &'v [RequirementResult], seated: &mut Vec<&'v str>) -> bool {
    let Some((first, rest)) = asked.split_first() else { return true };
    let free: Vec<&str> = first.counted.iter().map(String::as_str).filter(|who| !seated.contains(who)).collect();
    let ways = (0..1_usize << free.len()).filter(|way| way.count_ones() == first.needed);
    ways.into_iter().any(|way| {
        let before = seated.len();
        seated.extend(free.iter().enumerate().filter(|(place, _)| way >> place & 1 == 1).map(|(_, who)| *who));
        let all = is_seated(rest, seated);
        seated.truncate(before);
        all
    })
}

#[test]
fn a_verdict_agrees_with_its_findings() {
    for_all(|policy, facts, _| {
        let verdict = decide(&Decider::new(policy), facts);
        let blocking: Vec<Code> = verdict.findings().iter().filter(|f| f.blocking).map(|f| f.code).collect();
        let lifted: Vec<Code> = verdict.findings().iter().filter(|f| f.lifted).map(|f| f.code).collect();
        let curable = [Code::SignOffMissing, Code::Vetoed, Code::PolicyChange];
        let hopeless = verdict.findings().iter().any(|finding| finding.code == Code::NobodyMaySign);
        let waits = !blocking.is_empty() && !hopeless && blocking.iter().all(|code| curable.contains(code));
        let owned = policy.roles.contains_key("policy-owner");
        let liftable = |code: &Code| code.is_blocking() && !code.is_final() && !(owned && *code == Code::PolicyChange);
        let gates_agree = verdict.gates().iter().all(|gate| {
            let enough = gate.requirements.iter().all(|asked| asked.counted.len() >= asked.needed as usize);
            gate.satisfied == if gate.distinct_people { is_seated(&gate.requirements, &mut vec![]) } else { enough }
        });
        let agreements = [
            ("permit", verdict.is_permit() == blocking.is_empty()),
            ("waiting", verdict.is_waiting() == waits),
            ("override", verdict.override_id().is_some() != lifted.is_empty()),
            ("all or nothing", lifted.is_empty() || blocking.is_empty()),
            ("liftable", lifted.iter().all(liftable)),
            ("gates", gates_agree),
            ("sorted", verdict.findings().is_sorted_by_key(|finding| (finding.code, &finding.subject))),
        ];
        match agreements.iter().find(|(_, holds)| !holds) {
            Some((what, _)) => Err(format!("{what}: {:#?}", verdict)),
            None => Ok(()),
        }
    });
}

/// The laws say nothing about worlds that are all refused, or all permitted.
#[test]
fn the_generated_worlds_are_of_every_kind() {
    let mut runner = TestRunner::deterministic();
    let bytes = (proptest::collection::vec(any::<u8>(), 0..40), proptest::collection::vec(any::<u8>(), 0..320));
    let (mut permitted, mut overridden, mut counted, mut unknown) = (0, 0, 0, 0);
    let mut codes = std::collections::BTreeSet::new();
    let all = 2_000;
    for _ in 0..all {
        let (policy_bytes, bytes) = bytes.new_tree(&mut runner).unwrap().current();
        let policy = policies::policy(&mut Choices::new(&policy_bytes));
        let facts = worlds::facts(&mut Choices::new(&bytes));
        let verdict = decide(&Decider::new(&policy), &facts);
        let people = verdict.gates().iter().flat_map(|gate| &gate.requirements).any(|r| !r.counted.is_empty());
        permitted += i32::from(verdict.is_permit());
        overridden += i32::from(verdict.override_id().is_some());
        counted += i32::from(verdict.is_permit() && people);
        unknown += i32::from(matches!(facts.commits, Fact::Unknown(_)));
        codes.extend(verdict.findings().iter().map(|finding| finding.code));
    }
    for (what, number) in
        [("permitted", permitted), ("overridden", overridden), ("signed and permitted", counted), ("unknown", unknown)]
    {
        assert!(number * 50 > all, "only {number} of {all} worlds are {what}");
    }
    assert!(permitted * 4 < all * 3, "{permitted} of {all} worlds are permitted");
    assert!(codes.len() >= 30, "only {codes:?} are found");
}
use proptest::strategy::ValueTree as _;
