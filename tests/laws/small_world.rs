//! A small world: a number in mixed radix, one digit an axis, and the facts that it stands for.

use countersign::facts::{CommitFact, Decision, Fact, Facts, OverrideClaim, Part, Participant, SignOff};
use countersign::model::{Action, Authorship};

use crate::changes::RISING;
use crate::choices::Choices;
use crate::{cast, worlds};

/// One thing in which worlds differ, in the order of the digits.
#[derive(Debug, Clone, Copy)]
pub enum Axis {
    /// A push to main, or a deployment.
    Target,
    /// Of the one commit, rising; or the commits are unknown.
    Authorship,
    /// Ada, or Grace.
    Author,
    /// Nobody, Grace, or Eve whom nobody knows.
    CoAuthor,
    /// Nobody, Ada, a robot, an agent; or the participants are unknown.
    Pusher,
    /// Nobody, Grace, or an agent.
    Requester,
    /// Nobody's, Grace's, Barbara's, both; or the sign-offs are unknown.
    Approves,
    /// None, Grace's reject before or after her approve, or Bob's reject.
    Reject,
    /// None, Dana's, Dana's of which it is unknown whether it was used; or the overrides are unknown.
    Override,
    /// Not cleared, or cleared on a ref that a gate names.
    Cleared,
}

pub const SIZES: [usize; 10] = [2, 6, 2, 3, 5, 3, 5, 4, 4, 2];
pub const COMMITS_UNKNOWN: usize = 5;
const PARTICIPANTS_UNKNOWN: usize = 4;
const SIGN_OFFS_UNKNOWN: usize = 4;
pub const OVERRIDES_UNKNOWN: usize = 3;

/// A world, by its digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct World(pub [usize; 10]);

impl World {
    pub fn of(mut number: usize) -> Self {
        Self(SIZES.map(|size| {
            let digit = number % size;
            number /= size;
            digit
        }))
    }

    pub fn number(self) -> usize {
        SIZES.iter().zip(self.0).rev().fold(0, |number, (size, digit)| number * size + digit)
    }

    pub fn at(self, axis: Axis) -> usize {
        self.0[axis as usize]
    }

    pub fn with(mut self, axis: Axis, digit: usize) -> Self {
        self.0[axis as usize] = digit;
        self
    }

    /// The plainest world with the same facts: what is unknown has no further digits.
    pub fn plainest(mut self) -> Self {
        if self.at(Axis::Authorship) == COMMITS_UNKNOWN {
            self = self.with(Axis::Author, 0).with(Axis::CoAuthor, 0).with(Axis::Cleared, 0);
        }
        if self.at(Axis::Pusher) == PARTICIPANTS_UNKNOWN {
            self = self.with(Axis::Requester, 0);
        }
        if self.at(Axis::Approves) == SIGN_OFFS_UNKNOWN {
            self = self.with(Axis::Reject, 0);
        }
        self
    }
}

pub const AXES: [Axis; 10] = [
    Axis::Target,
    Axis::Authorship,
    Axis::Author,
    Axis::CoAuthor,
    Axis::Pusher,
    Axis::Requester,
    Axis::Approves,
    Axis::Reject,
    Axis::Override,
    Axis::Cleared,
];

/// What each axis, or each group of axes that make one fact, may say; built once.
pub struct Parts {
    plain: Facts,
    commits: Vec<Fact<Vec<CommitFact>>>,
    participants: Vec<Fact<Vec<Participant>>>,
    sign_offs: Vec<Fact<Vec<SignOff>>>,
    overrides: Vec<Fact<Vec<OverrideClaim>>>,
}

impl Parts {
    pub fn of(target: usize) -> Self {
        let mut plain = worlds::facts(&mut Choices::new(&[]));
        plain.target = ["refs/heads/main", "environment:production"][target].parse().unwrap();
        plain.action = [Action::Update, Action::Deploy][target];
        Self {
            commits: options(COMMITS, |digits| commits(digits, &plain)),
            participants: options(PARTICIPANTS, participants),
            sign_offs: options(SIGN_OFFS, |digits| sign_offs(digits, &plain)),
            overrides: options([Axis::Override], |digits| overrides(digits, &plain)),
            plain,
        }
    }

    pub fn facts(&self, world: World) -> Facts {
        Facts {
            commits: self.commits[index(COMMITS, world)].clone(),
            participants: self.participants[index(PARTICIPANTS, world)].clone(),
            sign_offs: self.sign_offs[index(SIGN_OFFS, world)].clone(),
            overrides: self.overrides[index([Axis::Override], world)].clone(),
            ..self.plain.clone()
        }
    }
}

const COMMITS: [Axis; 4] = [Axis::Authorship, Axis::Author, Axis::CoAuthor, Axis::Cleared];
const PARTICIPANTS: [Axis; 2] = [Axis::Pusher, Axis::Requester];
const SIGN_OFFS: [Axis; 2] = [Axis::Approves, Axis::Reject];

/// The number of a world among those that differ in these axes alone.
fn index<const N: usize>(axes: [Axis; N], world: World) -> usize {
    axes.iter().rev().fold(0, |number, axis| number * SIZES[*axis as usize] + world.at(*axis))
}

/// Makes a fact for all digits of the axes that it comes from, in the order of [`index`].
fn options<const N: usize, T>(axes: [Axis; N], make: impl Fn([usize; N]) -> T) -> Vec<T> {
    let sizes = axes.map(|axis| SIZES[axis as usize]);
    let digits = |mut number: usize| {
        sizes.map(|size| {
            let digit = number % size;
            number /= size;
            digit
        })
    };
    (0..sizes.iter().product()).map(|number| make(digits(number))).collect()
}

fn unknown<T>() -> Fact<T> {
    Fact::Unknown("unknown".to_owned())
}

fn commits([authorship, author, co_author, cleared]: [usize; 4], plain: &Facts) -> Fact<Vec<CommitFact>> {
    if authorship == COMMITS_UNKNOWN {
        return unknown();
    }
    let authorship = RISING[authorship];
    let mut commit = plain.commits.known().unwrap()[0].clone();
    let lines = cast::lines();
    commit.author = [&lines[0], &lines[2]][author].clone().into();
    commit.co_authors = [vec![], vec![lines[2].clone()], vec![lines[9].clone()]][co_author].clone();
    commit.authorship = Fact::Known(authorship);
    commit.agents = if authorship == Authorship::Agent { vec!["kiro".to_owned()] } else { vec![] };
    commit.cleared_on = [vec![], vec!["refs/heads/release/1".to_owned()]][cleared].clone();
    Fact::Known(vec![commit])
}

fn participants([pusher, requester]: [usize; 2]) -> Fact<Vec<Participant>> {
    if pusher == PARTICIPANTS_UNKNOWN {
        return unknown();
    }
    let pusher = ["", "plain:ada", "plain:releasebot", "plain:fixer-1"][pusher];
    let requester = ["", "plain:grace", "plain:fixer-1"][requester];
    let named = [(Part::Pusher, pusher), (Part::Requester, requester)].into_iter().filter(|(_, text)| !text.is_empty());
    Fact::Known(named.map(|(part, text)| Participant { part, identity: cast::account(text) }).collect())
}

fn sign_offs([approves, reject]: [usize; 2], plain: &Facts) -> Fact<Vec<SignOff>> {
    let say = |who: &str, decision, minute| SignOff {
        id: format!("{who} {minute}"),
        decision,
        identity: cast::account(who),
        at: worlds::minutes(minute),
        ..worlds::sign_off(&mut Choices::new(&[]), 0, &plain.target)
    };
    let mut all = match approves {
        SIGN_OFFS_UNKNOWN => return unknown(),
        0 => vec![],
        1 => vec![say("plain:grace", Decision::Approve, -60)],
        2 => vec![say("plain:barbara", Decision::Approve, -60)],
        _ => vec![say("plain:grace", Decision::Approve, -60), say("plain:barbara", Decision::Approve, -60)],
    };
    all.extend(match reject {
        0 => None,
        1 => Some(say("plain:grace", Decision::Reject, -90)),
        2 => Some(say("plain:grace", Decision::Reject, -30)),
        _ => Some(say("plain:bob", Decision::Reject, -30)),
    });
    Fact::Known(all)
}

fn overrides([which]: [usize; 1], plain: &Facts) -> Fact<Vec<OverrideClaim>> {
    let claim = worlds::override_claim(&mut Choices::new(&[]), 0, &plain.target, plain.action);
    match which {
        OVERRIDES_UNKNOWN => unknown(),
        0 => Fact::Known(vec![]),
        1 => Fact::Known(vec![claim]),
        _ => Fact::Known(vec![OverrideClaim { consumed: unknown(), ..claim }]),
    }
}
