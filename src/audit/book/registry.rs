//! Which repositories the gate stands before, what their refs were then, and what is deployed where.

use std::collections::BTreeMap;

use super::super::answer::{self, Arrival, Arrived, Baseline};
use super::super::error::{LedgerError, Tampering};
use super::super::event::{Adopted, Deployed, Event, Exception, Listed, Permitted, Uninstalled};
use super::super::mark::Key;
use super::super::reader::Reader;
use super::super::request::{Adoption, Deployment};
use super::super::store::{Part, Window};
use super::super::writer::{Receipt, Writer};
use super::landings::{arrived, judged_commits, use_override};
use crate::model::{Digest, Oid, Target};

/// The most deployments to an environment that are looked through.
const MOST_DEPLOYMENTS: usize = 16_384;

/// Returns the last adoption of a repository, unless the gate was taken away since.
fn registration(reader: &mut Reader<'_>, repository: &str) -> Result<Option<(u64, Adopted)>, LedgerError> {
    let Some(number) = reader.marked(&Key::registration(repository), Window::LAST)?.pop() else { return Ok(None) };
    match &reader.entry(number)?.event {
        Event::Adopted(adopted) if adopted.repository == repository => Ok(Some((number, adopted.clone()))),
        Event::Uninstalled(uninstalled) if uninstalled.repository == repository => Ok(None),
        _ => Err(Tampering::Index(number).into()),
    }
}

/// Records that the gate is put before a repository; nothing when it is there already.
pub(super) fn adopt(writer: &mut Writer<'_>, adoption: &Adoption<'_>) -> Result<Option<Receipt>, LedgerError> {
    if let Some((_, known)) = registration(&mut writer.reader, adoption.repository)? {
        if known.identity != adoption.identity {
            return Err(LedgerError::NameTaken { name: known.repository, identity: known.identity });
        }
        if !adoption.again {
            return Ok(None);
        }
    }
    let tips: BTreeMap<&str, &Oid> = adoption.baseline.iter().map(|(name, tip)| (name.as_str(), tip)).collect();
    let bytes = serde_json::to_vec(&tips).map_err(|error| LedgerError::Storage(error.to_string()))?;
    let event = Adopted {
        baseline: Listed { count: tips.len() as u64, digest: Digest::of(&bytes) },
        identity: adoption.identity.to_owned(),
        policy: adoption.policy.map(str::to_owned),
        repository: adoption.repository.to_owned(),
    };
    writer.append(Event::Adopted(event), &[(Part::Baseline, &bytes)], &[]).map(Some)
}

/// Records that the gate was taken away from a repository; its name is free again.
pub(super) fn uninstall(writer: &mut Writer<'_>, repository: &str) -> Result<Receipt, LedgerError> {
    if registration(&mut writer.reader, repository)?.is_none() {
        return Err(LedgerError::NotAdopted(repository.to_owned()));
    }
    writer.append(Event::Uninstalled(Uninstalled { repository: repository.to_owned() }), &[], &[])
}

/// Returns what the refs of a repository were when the gate was put before it.
pub(super) fn baseline(reader: &mut Reader<'_>, repository: &str) -> Result<Option<Baseline>, LedgerError> {
    let Some((number, adopted)) = registration(reader, repository)? else { return Ok(None) };
    let bytes = reader.aside(number, Part::Baseline, &adopted.baseline.digest)?;
    let tips: BTreeMap<String, Oid> =
        serde_json::from_slice(&bytes).map_err(|error| LedgerError::Corrupt(error.to_string()))?;
    let at = reader.entry(number)?.at;
    Ok(Some(Baseline { entry: number, at, identity: adopted.identity, tips: tips.into_iter().collect() }))
}

/// Returns the entry of the latest permit to deploy a commit to an environment, unless the gate has refused the
/// same since.
pub(super) fn deployment_permit(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
    commit: &Oid,
) -> Result<Option<u64>, LedgerError> {
    let target = Target::Environment(environment.to_owned());
    let Some((permit, permitted)) = latest_permit(reader, repository, &target, commit)? else { return Ok(None) };
    let is_over = is_refused_since(reader, repository, &target, commit, permit)?
        || is_overtaken(reader, repository, environment, permit, &permitted)?;
    Ok((!is_over).then_some(permit))
}

/// Tells whether something arrived since a permit was given that whoever judged could not know of: a deployment without
/// a permit, or of a commit that the permitted one neither brings nor was compared with.
fn is_overtaken(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
    permit: u64,
    permitted: &Permitted,
) -> Result<bool, LedgerError> {
    let target = Target::Environment(environment.to_owned());
    if is_contradicted_since(reader, repository, &target, permit)? {
        return Ok(true);
    }
    let mut later = reader.sealed(&Key::environment(repository, environment))?;
    later.retain(|number| *number > permit);
    if later.is_empty() {
        return Ok(false);
    }
    let brought = judged_commits(reader, permit, permitted)?;
    for number in later {
        if let Event::Deployed(deployed) = &reader.entry(number)?.event
            && deployed.commit != permitted.change.head
            && Some(deployed.commit) != permitted.change.from
            && brought.binary_search(&deployed.commit).is_err()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the entry that permitted a deployment last, with what it says.
fn latest_permit(
    reader: &mut Reader<'_>,
    repository: &str,
    target: &Target,
    commit: &Oid,
) -> Result<Option<(u64, Permitted)>, LedgerError> {
    let key = Key::permit(repository, target, None, Some(commit));
    let Some(permit) = reader.marked(&key, Window::LAST)?.pop() else { return Ok(None) };
    let entry = reader.entry(permit)?;
    let Event::Permitted(permitted) = &entry.event else { return Err(Tampering::Index(permit).into()) };
    let change = &permitted.change;
    if change.repository != repository || change.target != *target || change.head != *commit {
        return Err(Tampering::Index(permit).into());
    }
    Ok(Some((permit, permitted.clone())))
}

/// Records a deployment: under its permit, or as an exception.
pub(super) fn deploy(writer: &mut Writer<'_>, deployment: &Deployment<'_>) -> Result<Arrival, LedgerError> {
    let target = Target::Environment(deployment.environment.to_owned());
    let latest = latest_permit(&mut writer.reader, deployment.repository, &target, deployment.commit)?;
    let Some((permit, permitted)) = latest else { return without_permit(writer, deployment, &target) };
    let outcome = Key::outcome(deployment.repository, permit);
    let known = match writer.reader.marked(&outcome, Window::LAST)?.pop() {
        Some(known) => Some(known),
        // That row may be taken out; those of the environment may not.
        None => deployed_under(&mut writer.reader, deployment.repository, deployment.environment, permit)?,
    };
    if let Some(known) = known {
        return match &writer.reader.entry(known)?.event {
            Event::Deployed(deployed) if deployed.permit == permit => {
                // What was replaced since is deployed anew, and that needs to be asked anew.
                let last = Key::environment(deployment.repository, deployment.environment);
                let is_there_still = writer.reader.sealed(&last)?.pop() == Some(known);
                if is_there_still && !is_contradicted_since(&mut writer.reader, deployment.repository, &target, known)?
                {
                    return Ok(Arrival::Known { entry: known });
                }
                without_permit(writer, deployment, &target)
            }
            // The permit was given up; a deployment under it needs a new one.
            Event::NotLanded(gone) if gone.permit == permit => without_permit(writer, deployment, &target),
            _ => Err(Tampering::Index(known).into()),
        };
    }
    let Deployment { repository, commit, .. } = deployment;
    if is_refused_since(&mut writer.reader, repository, &target, commit, permit)?
        || is_overtaken(&mut writer.reader, repository, deployment.environment, permit, &permitted)?
    {
        return without_permit(writer, deployment, &target);
    }
    let event = Deployed {
        commit: *deployment.commit,
        environment: deployment.environment.to_owned(),
        permit,
        repository: deployment.repository.to_owned(),
    };
    let receipt = writer.append(Event::Deployed(event), &[], &[])?;
    use_override(writer, permit, &permitted, receipt.entry)?;
    Ok(Arrival::Landed { receipt, permit })
}

/// Tells whether something else was deployed without a permit after an entry.
fn is_contradicted_since(
    reader: &mut Reader<'_>,
    repository: &str,
    target: &Target,
    known: u64,
) -> Result<bool, LedgerError> {
    for number in contradictions(reader, repository, target, known)? {
        if let Event::Exception(exception) = &reader.entry(number)?.event
            && exception.repository == repository
            && exception.subject.to_lowercase() == target.to_string().to_lowercase()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whether the gate was asked again after a permit, and refused: what was known then was known before
/// the deployment, too.
fn is_refused_since(
    reader: &mut Reader<'_>,
    repository: &str,
    target: &Target,
    commit: &Oid,
    permit: u64,
) -> Result<bool, LedgerError> {
    for number in contradictions(reader, repository, target, permit)? {
        if let Event::Refused(refused) = &reader.entry(number)?.event {
            let change = &refused.change;
            let same_place = change.repository == repository && change.target == *target;
            if same_place && change.head == *commit {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the entries after one that may speak against a deployment: refusals, and exceptions.
fn contradictions(
    reader: &mut Reader<'_>,
    repository: &str,
    target: &Target,
    after: u64,
) -> Result<Vec<u64>, LedgerError> {
    let mut numbers = reader.sealed(&Key::contradictions(repository, target))?;
    numbers.retain(|number| *number > after);
    Ok(numbers)
}

/// Returns the entry that states a deployment under a permit.
fn deployed_under(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
    permit: u64,
) -> Result<Option<u64>, LedgerError> {
    for number in reader.sealed(&Key::environment(repository, environment))?.into_iter().filter(|n| *n > permit) {
        if let Event::Deployed(deployed) = &reader.entry(number)?.event
            && deployed.permit == permit
        {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// Records a deployment that no permit covers.
fn without_permit(
    writer: &mut Writer<'_>,
    deployment: &Deployment<'_>,
    target: &Target,
) -> Result<Arrival, LedgerError> {
    let event = Exception {
        code: "deployed-without-permit".to_owned(),
        new: Some(*deployment.commit),
        old: None,
        repository: deployment.repository.to_owned(),
        subject: target.to_string(),
    };
    Ok(Arrival::WithoutPermit { receipt: writer.append(Event::Exception(event), &[], &[])? })
}

/// Returns what was deployed to an environment last.
pub(super) fn deployed(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
) -> Result<Option<Arrived>, LedgerError> {
    let last = reader.sealed(&Key::environment(repository, environment))?.pop();
    Ok(deployments(reader, repository, environment, last.as_slice())?.pop())
}

/// Returns every time that a commit was deployed to an environment, the oldest first.
pub(super) fn deployments_of(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
    commit: &Oid,
) -> Result<Vec<Arrived>, LedgerError> {
    let key = Key::deployed_commit(repository, environment, commit);
    let numbers = reader.sealed(&key)?;
    let found = deployments(reader, repository, environment, &numbers)?;
    match found.iter().find(|arrived| arrived.head != *commit) {
        Some(other) => Err(Tampering::Index(other.entry).into()),
        None => Ok(found),
    }
}

/// Returns the deployments to an environment of commits that are among some, with what was judged for each, the
/// latest first.
pub(super) fn deployments_among(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
    is_among: &dyn Fn(&Oid) -> bool,
) -> Result<Vec<answer::Deployed>, LedgerError> {
    let numbers = reader.sealed(&Key::environment(repository, environment))?;
    let mut found = Vec::new();
    let first = numbers.first().copied();
    for number in numbers.into_iter().rev().take(MOST_DEPLOYMENTS) {
        let entry = reader.entry(number)?;
        let permit = match &entry.event {
            Event::Deployed(deployed) if deployed.repository == repository && deployed.environment == environment => {
                deployed.permit
            }
            _ => return Err(Tampering::Index(number).into()),
        };
        let (arrived, permitted) = arrived(reader, number, permit, repository)?;
        if let Event::Permitted(permitted) = &permitted.event
            && is_among(&arrived.head)
        {
            let commits = judged_commits(reader, permit, permitted)?;
            found.push(answer::Deployed { arrived, commits, is_beginning: Some(number) == first });
        }
    }
    Ok(found)
}

/// Returns the deployments that these entries state.
fn deployments(
    reader: &mut Reader<'_>,
    repository: &str,
    environment: &str,
    numbers: &[u64],
) -> Result<Vec<Arrived>, LedgerError> {
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        let entry = reader.entry(*number)?;
        let permit = match &entry.event {
            Event::Deployed(deployed) if deployed.repository == repository && deployed.environment == environment => {
                deployed.permit
            }
            _ => return Err(Tampering::Index(*number).into()),
        };
        found.push(arrived(reader, *number, permit, repository)?.0);
    }
    Ok(found)
}
