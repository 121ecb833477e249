//! Asking people for a review: only those who could sign, as many as are missing, and not always the same.
//!
//! This is a kindness. It decides nothing, and a verdict never waits for it or fails with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::answer::Answer;
use super::evaluate::Service;
use super::judge::Judged;
use super::stores::Stores;
use super::wanted::Wanted;
use crate::adapters::clock;
use crate::forge::{Forge, ForgeError, PullRequest, ReviewRequests};
use crate::inbox::{KnownChange, StoreError};
use crate::model::{Digest, Identity};

/// How many people are asked, or tried to be asked, at one time at most.
const MOST_AT_ONCE: usize = 10;
/// Of so many open pull requests of a repository it is counted who is asked already.
const MOST_COUNTED: usize = 500;

/// How many people one process asks in a minute: forges count what makes notifications, and a service that
/// meets a thousand open pull requests must not wake everybody at once. Who is left is asked at the next look.
const MOST_IN_A_MINUTE: u32 = 20;

/// Keeps count of who was asked lately.
#[derive(Debug, Default)]
pub struct Pace(Mutex<(i64, u32)>);

impl Pace {
    /// Takes one step, if there is room for it in this minute.
    fn step(&self, now: Timestamp) -> bool {
        let mut pace = self.in_this_minute(now);
        pace.1 = pace.1.saturating_add(1);
        pace.1 <= MOST_IN_A_MINUTE
    }

    /// Tells whether there is no room left in this minute.
    fn is_spent(&self, now: Timestamp) -> bool {
        self.in_this_minute(now).1 >= MOST_IN_A_MINUTE
    }

    fn in_this_minute(&self, now: Timestamp) -> MutexGuard<'_, (i64, u32)> {
        let minute = now.as_second().div_euclid(60);
        let mut pace = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pace.0 != minute {
            *pace = (minute, 0);
        }
        pace
    }
}

/// What is known of people's part in a pull request so far; logins in lower case.
#[derive(Debug, Default)]
struct Involved {
    /// Those from whom something is awaited, or who said something about this very head.
    busy: BTreeSet<String>,
    /// Those who must not be asked: asked before for this head, taken off, or busy.
    spared: BTreeSet<String>,
    /// Those who reviewed an earlier state: they know the change.
    familiar: BTreeSet<String>,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Asks those for a review whose sign-offs are missing, and remembers it.
    pub(super) async fn ask_for_reviews(&self, read: &PullRequest, judged: &Judged) {
        if let Err(why) = self.try_to_ask(read, &judged.wanted).await {
            let repository = read.repository.to_string();
            tracing::warn!(repository, read.number, %why, "nobody could be asked for a review");
        }
    }

    async fn try_to_ask(&self, read: &PullRequest, wanted: &[Wanted]) -> Result<(), StoreError> {
        let Some(requests) = read.review_requests.known().filter(|_| !read.draft && !wanted.is_empty()) else {
            return Ok(());
        };
        let (id, number, name) = (read.id, read.number, read.repository.to_string());
        let mut involved = involved(read, requests);
        if wanted.iter().all(|one| places(one, &involved.busy) == 0) {
            return Ok(());
        }
        let known = self.stores().service(move |store| store.change(id, number)).await?;
        involved.spared.extend(asked_before(read, known.as_ref()));
        if wanted.iter().all(|one| candidates(one, &involved).next().is_none()) {
            return Ok(());
        }
        // What others are asked for is read only where somebody can be asked: it is a lot.
        if self.pace().is_spent(clock::now()) {
            return Ok(());
        }
        let open = self.stores().service(move |store| store.open_changes(Some(&name), MOST_COUNTED)).await?;
        let load = load(&open);
        let mut asked = Vec::new();
        for one in wanted {
            for login in in_turn(one, &involved, &load, &format!("{}/{number}", id.repository)) {
                if places(one, &involved.busy) == 0 || asked.len() >= MOST_AT_ONCE || !self.pace().step(clock::now()) {
                    break;
                }
                match self.forge().request_reviews(id, number, std::slice::from_ref(&login)).await {
                    Ok(()) => drop(involved.busy.insert(login.clone())),
                    // They cannot see the repository: somebody else may.
                    Err(ForgeError::Rejected(why)) => tracing::info!(login, why, "cannot be asked for a review"),
                    Err(error) => {
                        tracing::warn!(%error, "nobody could be asked for a review");
                        return self.remember(read, asked, &involved.busy).await;
                    }
                }
                involved.spared.insert(login.clone());
                asked.push(login);
            }
        }
        self.remember(read, asked, &involved.busy).await
    }

    /// Notes beside the answer who was asked.
    async fn remember(
        &self,
        read: &PullRequest,
        asked: Vec<String>,
        busy: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        let (id, number, head) = (read.id, read.number, read.head);
        let awaited: Vec<String> = asked.iter().filter(|login| busy.contains(*login)).cloned().collect();
        let _turn = self.turns().take(id, number).await;
        let noted = self.stores().service(move |store| {
            let Some(mut change) = store.change(id, number)?.filter(|change| change.open && change.head == head) else {
                return Ok(());
            };
            let Ok(mut answer) = serde_json::from_str::<Answer>(&change.answer) else { return Ok(()) };
            answer.asked.extend(asked);
            answer.awaited.extend(awaited);
            let Ok(text) = serde_json::to_string(&answer) else { return Ok(()) };
            change.answer = text;
            store.set_change(&change)
        });
        noted.await
    }
}

/// Returns who has a part already. Whoever was taken off a pull request stays off it until a person
/// asks them again.
fn involved(read: &PullRequest, requests: &ReviewRequests) -> Involved {
    let reviews = read.reviews.known().map_or(&[][..], Vec::as_slice);
    let (now, before): (Vec<_>, Vec<_>) = reviews.iter().partition(|review| review.commit == Some(read.head));
    let mut busy: BTreeSet<String> = logins(&requests.open).into_iter().collect();
    busy.extend(now.iter().filter_map(|review| login(&review.reviewer)));
    let mut spared = busy.clone();
    spared.extend(logins(&requests.withdrawn));
    Involved { busy, spared, familiar: before.iter().filter_map(|review| login(&review.reviewer)).collect() }
}

/// Returns whom the gate asked for a review of this very head, or tried to.
fn asked_before(read: &PullRequest, known: Option<&KnownChange>) -> Vec<String> {
    let answer = known.filter(|known| known.head == read.head).map(|known| &known.answer);
    answer.and_then(|text| serde_json::from_str::<Answer>(text).ok()).map(|answer| answer.asked).unwrap_or_default()
}

/// Returns the logins of accounts, in lower case.
pub(super) fn logins(people: &[Identity]) -> Vec<String> {
    people.iter().filter_map(login).collect()
}

fn login(who: &Identity) -> Option<String> {
    who.account.as_ref().map(|account| account.login.to_lowercase())
}

/// Returns how many more people are to be asked.
fn places(wanted: &Wanted, busy: &BTreeSet<String>) -> usize {
    wanted.lacking.saturating_sub(wanted.able.intersection(busy).count())
}

fn candidates<'a>(wanted: &'a Wanted, involved: &'a Involved) -> impl Iterator<Item = &'a String> {
    wanted.able.iter().filter(|login| !involved.spared.contains(*login))
}

/// Returns who may be asked, in the order in which they are: those who know the change, then those of
/// whom least is awaited, and among equals in an order that is another for each pull request.
fn in_turn(wanted: &Wanted, involved: &Involved, load: &BTreeMap<String, usize>, change: &str) -> Vec<String> {
    let mut all: Vec<&String> = candidates(wanted, involved).collect();
    all.sort_by_cached_key(|login| {
        let lot = Digest::of(format!("{change} {login}").as_bytes()).to_hex();
        (!involved.familiar.contains(*login), load.get(*login).copied().unwrap_or_default(), lot)
    });
    all.into_iter().cloned().collect()
}

/// Counts how many open pull requests await a review of whom.
fn load(open: &[KnownChange]) -> BTreeMap<String, usize> {
    let mut load = BTreeMap::new();
    for change in open {
        let awaited = serde_json::from_str::<Answer>(&change.answer).map(|answer| answer.awaited).unwrap_or_default();
        for login in awaited {
            let count: &mut usize = load.entry(login).or_default();
            *count = count.saturating_add(1);
        }
    }
    load
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(logins: &[&str]) -> BTreeSet<String> {
        logins.iter().map(|login| (*login).to_owned()).collect()
    }

    fn wanted(lacking: usize) -> Wanted {
        Wanted { lacking, able: set(&["barbara", "grace", "radia", "rosalind"]) }
    }

    #[test]
    fn equals_are_asked_in_another_order_for_each_pull_request() {
        let first = |number: u64| {
            let change = format!("42/{number}");
            in_turn(&wanted(1), &Involved::default(), &BTreeMap::new(), &change)[0].clone()
        };
        let chosen: BTreeSet<String> = (0..40).map(first).collect();
        assert_eq!(chosen, wanted(1).able);
        assert_eq!(first(7), first(7));
    }

    #[test]
    fn whoever_knows_the_change_comes_first_and_then_whoever_has_least_to_do() {
        let load = [("grace", 3), ("radia", 1), ("barbara", 1)].map(|(who, count)| (who.to_owned(), count));
        let involved = Involved { familiar: set(&["grace"]), spared: set(&["barbara"]), ..Involved::default() };
        let order = in_turn(&wanted(1), &involved, &load.into_iter().collect(), "42/7");
        assert_eq!(order, ["grace", "rosalind", "radia"]);
    }

    #[test]
    fn a_thousand_open_pull_requests_do_not_wake_everybody_at_once() {
        let pace = Pace::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        assert!(!pace.is_spent(at(60)));
        assert_eq!((0..100).filter(|_| pace.step(at(60))).count(), 20);
        assert_eq!((0..100).filter(|_| pace.step(at(119))).count(), 0);
        assert!(pace.is_spent(at(119)) && !pace.is_spent(at(120)));
        assert!(pace.step(at(120)));
    }

    #[test]
    fn no_more_are_asked_than_are_missing() {
        assert_eq!(places(&wanted(2), &set(&[])), 2);
        assert_eq!(places(&wanted(2), &set(&["grace", "mallory"])), 1);
        assert_eq!(places(&wanted(1), &set(&["grace", "barbara"])), 0);
    }
}
