//! What landed on a ref, step by step: from the ledger where it knows, else from the history itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context as _, Result, bail};
use jiff::{SignedDuration, Timestamp};

use crate::adapters::git::WalkLimits;
use crate::audit::answer::Filter;
use crate::audit::event::{Carried, Event, Kind};
use crate::audit::ledger::Ledger;
use crate::cli::client::Client;
use crate::facts::{Part, Participant};
use crate::gather::{FirstPush, KeptRecord, Landings, Memory, RecordQuestion, Unreadable};
use crate::model::{Account, Identity, Oid};
use crate::objects::{ObjectKind, commit};
use crate::policy::sameness::{email_key, github_noreply_login};
use crate::policy::{Policy, duration};

/// The most steps that are replayed, and the most commits of a range.
const MOST: usize = 1_000_000;

/// The most bytes of a commit that is read for its date and people.
const COMMIT_BYTES: usize = 16 << 20;

/// How many entries of the ledger are read at once.
const PAGE: usize = 5_000;

/// The address of commits that GitHub makes for people in their browser.
const WEB_FLOW: &str = "noreply@github.com";

/// From when on a history is replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// What landed at this time or later.
    Time(Timestamp),
    /// What is reachable from the second and not from the first; an empty second is the ref's tip.
    Range(String, String),
}

impl Since {
    /// Reads a date, a time, a duration before now, or a range.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn read(text: &str, now: Timestamp) -> Result<Self> {
        if let Some((old, new)) = text.split_once("..") {
            if old.is_empty() || new.starts_with('.') {
                bail!("a range is OLD..NEW");
            }
            return Ok(Self::Range(old.to_owned(), new.to_owned()));
        }
        if let Ok(seconds) = duration::parse(text) {
            return Ok(Self::Time(now.checked_sub(SignedDuration::from_secs(seconds))?));
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::Time(time));
        }
        let date: jiff::civil::Date = text.parse()?;
        Ok(Self::Time(date.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp()))
    }
}

/// One change that landed.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where the ref stood before; none at the beginning.
    pub old: Option<Oid>,
    /// Where it stood then.
    pub new: Oid,
    /// When: by the ledger, else as the commit claims.
    pub at: Timestamp,
    /// Whether the ledger knows it as a push.
    pub is_push: bool,
    /// Who brought it: an account by the ledger, else an address in the commit.
    brought_by: BroughtBy,
}

#[derive(Debug, Clone)]
enum BroughtBy {
    Account(String),
    Email(String),
}

/// A landing as the ledger tells it.
struct Push {
    entry: u64,
    old: Option<Oid>,
    at: Timestamp,
    pusher: Option<String>,
}

/// Returns what landed on a ref, oldest first.
///
/// # Errors
/// When the history or the ledger cannot be read.
pub fn steps(
    client: &Client,
    target: &str,
    since: &Since,
    ledger: Option<(&str, &mut (dyn Ledger + 'static))>,
    each: &mut dyn FnMut(),
) -> Result<Vec<Step>> {
    let (tip, within) = ends(client, target, since)?;
    let mut pushes = match ledger {
        Some((repository, ledger)) => pushes(ledger, repository, target)?,
        None => HashMap::new(),
    };
    let mut steps: Vec<Step> = Vec::new();
    let mut last_entry = u64::MAX;
    let mut next = Some(tip);
    while let Some(new) = next {
        if within.as_ref().is_some_and(|within| !within.contains(&new)) {
            break;
        }
        let mut step = first_parent_step(client, new)?;
        // A ref may stand at one commit several times: the pushes are taken from the newest on.
        let known = pushes.get_mut(&new).and_then(|known| {
            known.retain(|push| push.entry < last_entry);
            known.pop()
        });
        if let Some(push) = known {
            last_entry = push.entry;
            step.is_push = true;
            (step.old, step.at) = (push.old, push.at);
            if let Some(pusher) = push.pusher {
                step.brought_by = BroughtBy::Account(pusher);
            }
        }
        if matches!(since, Since::Time(begin) if step.at < *begin) {
            break;
        }
        if steps.len() >= MOST {
            bail!("more than {MOST} changes landed; name a later `--since`");
        }
        next = step.old;
        steps.push(step);
        each();
    }
    steps.reverse();
    Ok(steps)
}

/// Returns the newest commit to replay, and for a range the commits that belong to it.
fn ends(client: &Client, target: &str, since: &Since) -> Result<(Oid, Option<HashSet<Oid>>)> {
    let tip = || -> Result<Oid> {
        let tip = client.repository.read_ref(target.as_bytes())?;
        let tip = tip.with_context(|| format!("there is no ref {} here", crate::model::terminal_safe(target)))?;
        Ok(client.repository.commit_of(tip)?)
    };
    let Since::Range(old, new) = since else { return Ok((tip()?, None)) };
    let new = if new.is_empty() { tip()? } else { client.commit(new)? };
    let limits = WalkLimits { commits: MOST, commit_bytes: COMMIT_BYTES };
    let within = client.repository.walk(&[new], &[client.commit(old)?], &limits)?;
    Ok((new, Some(within.into_iter().collect())))
}

/// Returns the step from a commit's first parent to it.
fn first_parent_step(client: &Client, new: Oid) -> Result<Step> {
    let raw = client.repository.read_kind(new, ObjectKind::Commit, COMMIT_BYTES)?;
    let (_, parents) = commit::links(&raw).with_context(|| format!("reading commit {new}"))?;
    let parsed = commit::parse(&raw, COMMIT_BYTES).ok();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (at, email) = match &parsed {
        Some(commit) => {
            let committer = text(commit.committer.email);
            let is_forge = committer.eq_ignore_ascii_case(WEB_FLOW);
            (commit.committer.time, if is_forge { text(commit.author.email) } else { committer })
        }
        None => (0, String::new()),
    };
    let at = Timestamp::from_second(at).unwrap_or_default();
    Ok(Step { old: parents.first().copied(), new, at, is_push: false, brought_by: BroughtBy::Email(email) })
}

/// Returns the ledger's landings on a ref by what the ref became, each list in the order of entries.
fn pushes(ledger: &mut dyn Ledger, repository: &str, target: &str) -> Result<HashMap<Oid, Vec<Push>>> {
    let mut found: HashMap<Oid, Vec<Push>> = HashMap::new();
    let mut pushers: BTreeMap<u64, String> = BTreeMap::new();
    let mut from = 0;
    loop {
        let entries = ledger.entries(&Filter {
            kinds: vec![Kind::Permitted, Kind::Landed, Kind::NotLanded],
            repository: Some(repository.to_owned()),
            from,
            limit: Some(PAGE),
            ..Filter::default()
        })?;
        let Some(last) = entries.last() else { return Ok(found) };
        from = last.number.saturating_add(1);
        for numbered in entries {
            match numbered.entry.event {
                Event::Permitted(permitted) if permitted.change.target.to_string() == target => {
                    if let Some(Carried::Here(pusher)) = permitted.pusher {
                        pushers.insert(numbered.number, pusher);
                    }
                }
                Event::Landed(landed) if landed.target.to_string() == target => {
                    let pusher = pushers.remove(&landed.permit);
                    let Some(new) = landed.new else { continue };
                    let push = Push { entry: numbered.number, old: landed.old, at: numbered.entry.at, pusher };
                    found.entry(new).or_default().push(push);
                }
                Event::NotLanded(gone) => drop(pushers.remove(&gone.permit)),
                _ => {}
            }
        }
    }
}

/// Returns who brought a change, as far as it can be told: the account in the ledger, else that of the
/// person whose address the commit bears, else the GitHub account in the address itself.
pub fn participants(step: &Step, policy: &Policy) -> Vec<Participant> {
    let account = match &step.brought_by {
        BroughtBy::Account(text) => text.parse().ok().or_else(|| account_of(policy, text)),
        BroughtBy::Email(email) => account_behind(policy, email),
    };
    let pusher = |account| Participant { identity: Identity::from_account(account), part: Part::Pusher };
    account.map(pusher).into_iter().collect()
}

fn account_of(policy: &Policy, person: &str) -> Option<Account> {
    Some(policy.people.get(person)?.accounts.first()?.0.clone())
}

fn account_behind(policy: &Policy, email: &str) -> Option<Account> {
    let key = email_key(email);
    let mut owners = policy.people.iter().filter(|(_, person)| person.emails.iter().any(|own| email_key(own) == key));
    if let (Some((id, _)), None) = (owners.next(), owners.next()) {
        return account_of(policy, id);
    }
    github_noreply_login(email).map(|login| Account { provider: "github".to_owned(), login })
}

/// What is remembered, as it was before anything of it landed: what landed clears nothing, and no
/// override is used up, because under the candidate nothing has happened yet.
pub struct Past<'a>(pub &'a dyn Memory);

impl Memory for Past<'_> {
    fn records(&self, question: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable> {
        self.0.records(question)
    }

    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable> {
        self.0.record(id)
    }

    fn landings(&self, _: &[Oid]) -> Result<Landings, Unreadable> {
        Ok(Landings::default())
    }

    fn knows_landings(&self) -> bool {
        false
    }

    fn first_pushes(&self, commits: &[Oid]) -> Result<Vec<FirstPush>, Unreadable> {
        self.0.first_pushes(commits)
    }

    fn is_consumed(&self, _: &str) -> Result<bool, Unreadable> {
        Ok(false)
    }

    fn overdue_reviews(&self, _: Timestamp, _: i64) -> Result<Vec<String>, Unreadable> {
        Ok(Vec::new())
    }

    fn baseline(&self) -> Result<Vec<Oid>, Unreadable> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_a_date_a_time_a_duration_or_a_range() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let time = |text: &str| Since::Time(text.parse().unwrap());
        let read = |text| Since::read(text, now).unwrap();
        assert_eq!(read("2026-01-31"), time("2026-01-31T00:00:00Z"));
        assert_eq!(read("2026-01-31T12:00:00+01:00"), time("2026-01-31T11:00:00Z"));
        assert_eq!(read("90d"), time("2026-08-24T10:00:00Z"));
        assert_eq!(read("v1..v2"), Since::Range("v1".to_owned(), "v2".to_owned()));
        assert_eq!(read("v1.."), Since::Range("v1".to_owned(), String::new()));
        for wrong in ["", "yesterday", "..v2", "v1...v2", "-3d", "2026-13-01"] {
            assert!(Since::read(wrong, now).is_err(), "{wrong}");
        }
    }
}
