//! Recording decisions: one transaction for everything that one push leaves behind.

use super::super::error::LedgerError;
use super::super::event::{AsideDigest, Basis, Carried, Event, Grant, Listed, Permitted, PolicySeen, Refused};
use super::super::reader::{Reader, commit_bytes};
use super::super::request::{Decision, Push, Ruling};
use super::super::store::Part;
use super::super::writer::{Receipt, Writer};
use super::{brought, overrides, policies, records};
use crate::model::{Digest, Oid};

/// The largest basis that stands in the entry itself, in bytes of JSON.
const LARGEST_BASIS: usize = 8 * 1024;
/// The most people that an override names in an entry.
const MOST_PEOPLE: usize = 64;

/// Records a push: new policies and records first, then each decision.
pub(super) fn record_push(writer: &mut Writer<'_>, push: &Push<'_>) -> Result<Vec<Receipt>, LedgerError> {
    for policy in push.policies {
        record_policy(writer, policy)?;
    }
    for record in push.records {
        records::remember(writer, record)?;
    }
    push.decisions.iter().map(|decision| record_decision(writer, decision)).collect()
}

/// Records that a policy was seen, if it is newer than those seen before.
fn record_policy(writer: &mut Writer<'_>, seen: &PolicySeen) -> Result<(), LedgerError> {
    match policies::mark(&mut writer.reader, &seen.repository, &seen.source)? {
        Some(mark) if mark.serial == seen.serial && mark.digest == seen.digest => Ok(()),
        Some(mark) if mark.serial >= seen.serial => {
            Err(LedgerError::PolicyRolledBack { at: seen.source.clone(), serial: seen.serial, highest: mark.serial })
        }
        _ => writer.append(Event::PolicySeen(seen.clone()), &[], &[]).map(drop),
    }
}

/// Records one decision.
fn record_decision(writer: &mut Writer<'_>, decision: &Decision<'_>) -> Result<Receipt, LedgerError> {
    match &decision.ruling {
        Ruling::Refuse { codes } => record_refusal(writer, decision, codes),
        Ruling::Permit { basis, brought, commits, lifted_by, holder } => {
            if let Some(grant) = lifted_by {
                overrides::require_free(&mut writer.reader, &decision.change.repository, &grant.id)?;
            }
            record_permit(writer, decision, Given { basis, brought, commits, lifted_by: lifted_by.as_ref(), holder })
        }
    }
}

/// Records a refusal.
fn record_refusal(writer: &mut Writer<'_>, decision: &Decision<'_>, codes: &[String]) -> Result<Receipt, LedgerError> {
    let mut codes = codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    let (pusher, private) = carry_pusher(writer, decision.pusher.as_deref())?;
    let event = Event::Refused(Refused {
        change: decision.change.clone(),
        codes,
        policy: decision.policy.clone(),
        pusher,
        verdict: Digest::of(decision.verdict.as_bytes()),
    });
    let mut asides = vec![(Part::Verdict, decision.verdict.as_bytes())];
    asides.extend(private.as_deref().map(|bytes| (Part::Pusher, bytes)));
    writer.append(event, &asides, &[])
}

/// What a permit was given on.
struct Given<'given> {
    basis: &'given Basis,
    brought: &'given [Oid],
    commits: &'given [Oid],
    lifted_by: Option<&'given Grant>,
    holder: &'given Option<String>,
}

/// Records a permit, with the commits that will have landed if it is carried out.
fn record_permit(writer: &mut Writer<'_>, decision: &Decision<'_>, given: Given<'_>) -> Result<Receipt, LedgerError> {
    let mut commits = given.commits.to_vec();
    commits.sort_unstable();
    commits.dedup();
    let listed = commit_bytes(&commits);
    let brought = brought::never_brought(&mut writer.reader, &decision.change.repository, given.brought)?;
    let new = commit_bytes(&brought);
    let (basis, large) = carry_basis(given.basis)?;
    let (pusher, private) = carry_pusher(writer, decision.pusher.as_deref())?;
    let event = Event::Permitted(Permitted {
        basis,
        brought: (!brought.is_empty())
            .then(|| Box::new(Listed { count: brought.len() as u64, digest: Digest::of(&new) })),
        change: decision.change.clone(),
        commits: Listed { count: commits.len() as u64, digest: Digest::of(&listed) },
        holder: given.holder.clone(),
        r#override: given.lifted_by.map(sorted_grant),
        policy: decision.policy.clone(),
        pusher,
        verdict: Digest::of(decision.verdict.as_bytes()),
    });
    let mut asides = vec![(Part::Verdict, decision.verdict.as_bytes())];
    asides.extend(large.as_deref().map(|bytes| (Part::Basis, bytes)));
    asides.extend(private.as_deref().map(|bytes| (Part::Pusher, bytes)));
    if !listed.is_empty() {
        asides.push((Part::Commits, &listed));
    }
    if !brought.is_empty() && brought != commits {
        asides.push((Part::Brought, &new));
    }
    writer.append(event, &asides, &brought)
}

/// Returns a grant with its people in order, each once.
fn sorted_grant(grant: &Grant) -> Grant {
    let mut people = grant.people.clone();
    people.sort_unstable();
    people.dedup();
    people.truncate(MOST_PEOPLE);
    Grant { id: grant.id.clone(), people }
}

/// Something as the entry states it, and the bytes to keep aside if it is not written there.
type Placed<T> = (T, Option<Vec<u8>>);

/// Writes the basis into the entry, or aside when it is large.
fn carry_basis(basis: &Basis) -> Result<Placed<Carried<Basis>>, LedgerError> {
    let mut basis = basis.clone();
    basis.sign_offs.sort_unstable();
    basis.sign_offs.dedup();
    basis.relied.sort_unstable();
    basis.relied.dedup();
    let bytes = serde_json::to_vec(&basis).map_err(|error| LedgerError::Storage(error.to_string()))?;
    if bytes.len() <= LARGEST_BASIS {
        return Ok((Carried::Here(basis), None));
    }
    Ok((Carried::Aside(AsideDigest { aside: Digest::of(&bytes) }), Some(bytes)))
}

/// Writes the pusher into the entry, or aside and salted when the text is an address: entries cannot
/// be erased, what is kept aside can.
fn carry_pusher(writer: &mut Writer<'_>, pusher: Option<&str>) -> Result<Placed<Option<Carried<String>>>, LedgerError> {
    let Some(pusher) = pusher else { return Ok((None, None)) };
    if !pusher.contains('@') {
        return Ok((Some(Carried::Here(pusher.to_owned())), None));
    }
    let mut bytes = writer.reader.store.salt()?.to_vec();
    bytes.extend_from_slice(pusher.as_bytes());
    Ok((Some(Carried::Aside(AsideDigest { aside: Digest::of(&bytes) })), Some(bytes)))
}

/// Returns the pusher that an entry names, from the entry or from aside.
pub(super) fn pusher_of(
    reader: &mut Reader<'_>,
    number: u64,
    pusher: Option<&Carried<String>>,
) -> Result<Option<String>, LedgerError> {
    match pusher {
        None => Ok(None),
        Some(Carried::Here(text)) => Ok(Some(text.clone())),
        Some(Carried::Aside(digest)) => {
            let bytes = reader.aside(number, Part::Pusher, &digest.aside)?;
            Ok(Some(String::from_utf8_lossy(bytes.get(16..).unwrap_or_default()).into_owned()))
        }
    }
}

/// Returns the basis of a permit, from the entry or from aside.
pub(super) fn basis_of(reader: &mut Reader<'_>, number: u64, permitted: &Permitted) -> Result<Basis, LedgerError> {
    match &permitted.basis {
        Carried::Here(basis) => Ok(basis.clone()),
        Carried::Aside(digest) => {
            let bytes = reader.aside(number, Part::Basis, &digest.aside)?;
            serde_json::from_slice(&bytes).map_err(|error| LedgerError::Corrupt(error.to_string()))
        }
    }
}
