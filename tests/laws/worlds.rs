//! Facts of the small world: a handful of commits, people, sign-offs and overrides.

use std::collections::BTreeMap;

use countersign::facts::{
    CommitFact, Decision, Defect, DefectCode, Fact, Facts, OverrideClaim, Part, Participant, SignOff,
};
use countersign::model::{Action, Authorship, Method, ObjectName, Presence, Target};
use jiff::Timestamp;

use crate::cast;
use crate::choices::Choices;

pub const PARTS: [Part; 5] = [Part::Pusher, Part::Opener, Part::FirstPusher, Part::Requester, Part::Deployer];

/// A moment of the world, in minutes from its now.
pub fn minutes(minutes: i64) -> Timestamp {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    Timestamp::from_second(now.as_second() + minutes * 60).unwrap()
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn some_digest(choices: &mut Choices<'_>) -> Option<String> {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned();
    choices.mostly(Some(digest('1')), &[Some(digest('2')), Some(empty), None])
}

fn target(choices: &mut Choices<'_>) -> Target {
    let main = "refs/heads/main";
    let rare = choices.mostly(main, &["refs/heads/release/1", "refs/heads/topic", "refs/replace/c1"]);
    let name = choices.pick(&[rare, rare, "environment:production"]);
    name.parse().unwrap()
}

fn unknown<T>() -> Fact<T> {
    Fact::Unknown("disk".to_owned())
}

fn known<T>(choices: &mut Choices<'_>, value: T) -> Fact<T> {
    if choices.rarely() { unknown() } else { Fact::Known(value) }
}

/// Facts.
pub fn facts(choices: &mut Choices<'_>) -> Facts {
    let target = target(choices);
    let action = match target {
        Target::Environment(_) => Action::Deploy,
        Target::Ref(_) => choices.mostly(Action::Update, &[Action::Create, Action::Delete, Action::Rewind]),
    };
    let from = choices.mostly(Some("c0".into()), &[None]);
    let mut commits = vec![commit(choices, 0)];
    commits.extend(choices.some(2, |choices, index| commit(choices, index + 1)));
    if choices.rarely() {
        commits.clear();
    }
    let participants = participants(choices);
    let paths = choices.pick(&[vec!["src/main.rs".to_owned()], vec!["docs/a.md".to_owned()], vec![]]);
    let destructive = choices.maybe();
    Facts {
        action,
        clean_merge_of: choices.mostly(None, &[Some("c2".into())]),
        commits: known(choices, commits),
        content: some_digest(choices),
        defects: defects(choices),
        destructive: known(choices, destructive),
        from: known(choices, from),
        head: "c1".into(),
        losses: None,
        memberships: memberships(choices),
        now: minutes(0),
        overdue_reviews: choices.mostly(vec![], &[vec!["dana".to_owned()]]),
        overrides: {
            let overrides = choices.some(2, |choices, index| override_claim(choices, index, &target, action));
            known(choices, overrides)
        },
        participants: known(choices, participants),
        paths: known(choices, paths),
        plan: choices.mostly(None, &[Some(digest('p'))]),
        policy_changed: choices.rarely(),
        relied: Vec::new(),
        repository: "acme/shop".to_owned(),
        rollback: choices.rarely(),
        settled: Vec::new(),
        sign_offs: {
            let sign_offs = choices.some(4, |choices, index| sign_off(choices, index, &target));
            known(choices, sign_offs)
        },
        target,
        tree: Some("t1".into()),
    }
}

fn defects(choices: &mut Choices<'_>) -> Vec<Defect> {
    let codes = [DefectCode::MergeAltered, DefectCode::LimitExceeded, DefectCode::ObjectMalformed];
    let one = choices.pick(&codes);
    choices.mostly(vec![], &[vec![Defect { code: one, subject: "c1".to_owned() }]])
}

fn memberships(choices: &mut Choices<'_>) -> BTreeMap<String, Fact<Vec<String>>> {
    let linus = vec!["github:linus".to_owned(), "github:margaret".to_owned()];
    let team = known(choices, linus.clone());
    let org = known(choices, linus);
    [("github-team:acme/seniors".to_owned(), team), ("github-org:acme".to_owned(), org)].into()
}

/// Somebody's part. The plain one is that Ada pushes.
pub fn participant(choices: &mut Choices<'_>) -> Participant {
    Participant { part: choices.pick(&PARTS), identity: choices.pick(&cast::actors()) }
}

fn participants(choices: &mut Choices<'_>) -> Vec<Participant> {
    let identity = choices.mostly(cast::account("plain:ada"), &cast::actors());
    let mut all = vec![Participant { part: Part::Pusher, identity }];
    if choices.rarely() {
        all.clear();
    }
    all.extend(choices.some(2, |choices, _| participant(choices)));
    all
}

fn commit(choices: &mut Choices<'_>, index: usize) -> CommitFact {
    let authorship = choices.pick(&[
        Authorship::Unmarked,
        Authorship::Agent,
        Authorship::Assisted,
        Authorship::Robot,
        Authorship::Undetermined,
    ]);
    let cleared = ["refs/heads/main", "refs/heads/release/1"].map(|name| vec![name.to_owned()]);
    CommitFact {
        agents: choices.mostly(vec![], &[vec!["kiro".to_owned()]]),
        author: choices.often(&cast::lines()).into(),
        authorship: known(choices, authorship),
        clean_merge: choices.rarely(),
        cleared_on: choices.mostly(vec![], &cleared),
        co_authors: if choices.rarely() { vec![choices.pick(&cast::lines())] } else { vec![] },
        committer: choices.mostly(cast::lines()[0].clone(), &cast::lines()).into(),
        committer_only: choices.rarely(),
        dropped: choices.mostly(vec![], &[vec![cast::sign()]]),
        evidence: vec![],
        hints: choices.mostly(vec![], &[vec![cast::sign()]]),
        id: commit_id(index),
        signed_by: choices.mostly(None, &cast::signatures()),
        web_flow: choices.rarely(),
    }
}

fn commit_id(index: usize) -> ObjectName {
    ObjectName::from(["c1", "c2", "c3"][index % 3])
}

/// A statement; the plain one is an approve of exactly this change by Grace.
pub fn sign_off(choices: &mut Choices<'_>, index: usize, target: &Target) -> SignOff {
    let decision = choices.often(&[Decision::Approve, Decision::Reject, Decision::Revoke]);
    let other_targets: [Target; 2] = ["refs/heads/main", "refs/heads/release/1"].map(|name| name.parse().unwrap());
    SignOff {
        at: minutes(choices.often(&[-60, -30, -90, 5, 6, -60 * 24 * 40])),
        content: some_digest(choices),
        decision,
        expires_at: choices.mostly(None, &[Some(minutes(0)), Some(minutes(-1)), Some(minutes(60))]),
        from: Some("c0".into()),
        head: choices.mostly("c1".into(), &["c2".into(), "c9".into()]),
        id: format!("s{index}"),
        identity: choices.often(&cast::signers()[index % 3..]),
        invalid: choices.mostly(None, &[Some("bad".to_owned())]),
        method: choices.mostly(Method::Signature, &[Method::Passkey, Method::ForgeReview]),
        plan: choices.mostly(None, &[Some(digest('p'))]),
        presence: choices.pick(&[Presence::None, Presence::Touch]),
        repository: choices.mostly("acme/shop", &["acme/blog"]).to_owned(),
        target: choices.mostly(target.clone(), &other_targets),
        uncovered: choices.mostly(Some(vec![]), &[None, Some(vec!["c1".into()]), Some(vec!["c2".into()])]),
    }
}

/// An override; the plain one is Dana's for exactly this change.
pub fn override_claim(choices: &mut Choices<'_>, index: usize, target: &Target, action: Action) -> OverrideClaim {
    let signers = cast::signers();
    let dana = signers[2].clone();
    let other = choices.pick(&signers);
    OverrideClaim {
        action: choices.mostly(action, &[Action::Update, Action::Delete]),
        at: minutes(choices.often(&[-30, -60, 5, 6])),
        consumed: choices.mostly(Fact::Known(false), &[Fact::Known(true), unknown()]),
        expires_at: minutes(choices.mostly(60, &[0, 60 * 5])),
        from: choices.mostly(Some("c0".into()), &[None, Some("c9".into())]),
        head: choices.mostly("c1".into(), &["c2".into()]),
        id: format!("o{index}"),
        identities: choices.mostly(vec![dana.clone()], &[vec![other.clone()], vec![dana, other], vec![]]),
        plan: choices.mostly(None, &[Some(digest('p'))]),
        presence: choices.pick(&[Presence::None, Presence::Touch]),
        reason: choices.mostly("on fire", &["no"]).to_owned(),
        repository: "acme/shop".to_owned(),
        target: target.clone(),
        ticket: None,
        uncovered: choices.mostly(Vec::new(), &[vec!["c1".into()]]),
    }
}
