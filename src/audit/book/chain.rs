//! Landings that follow each other: what lies between two commits, without asking about each commit in it.

use serde::Deserialize;

use super::super::answer::Step;
use super::super::error::{LedgerError, Tampering};
use super::super::event::{Event, Kind, Landed};
use super::super::mark::Key;
use super::super::reader::Reader;
use super::super::store::{Part, Window};
use super::landings::{arrived, judged_commits};
use crate::facts::AuthorshipCount;
use crate::model::{Action, Oid, Target};

/// After so many landings of others in a row nobody looks further back.
const PATIENCE: usize = 32_768;

/// Returns the landings by which accepted refs came from one commit to another, the latest first: each begins
/// where the next one ended. Empty when there is no such row of them.
///
/// What each brought is what was reachable from its end and not from its beginning, so together they
/// brought exactly what is reachable from the last and not from the first.
pub(super) fn between(
    reader: &mut Reader<'_>,
    repository: &str,
    ends: [&Oid; 2],
    accepts: &dyn Fn(&Target) -> bool,
) -> Result<Vec<Step>, LedgerError> {
    let [from, head] = ends;
    let mut steps = Vec::new();
    let mut at = *head;
    let mut others = 0;
    for number in reader.marked(&Key::listing(repository, Kind::Landed), Window::NEWEST_FIRST)? {
        if at == *from || others > PATIENCE {
            break;
        }
        let entry = reader.entry(number)?;
        let Event::Landed(landed) = &entry.event else { return Err(Tampering::Index(number).into()) };
        let begins = landed.old.filter(|_| landed.repository == repository && landed.new == Some(at));
        let Some(begins) = begins.filter(|_| accepts(&landed.target)) else {
            others += 1;
            continue;
        };
        let Some(step) = step(reader, number, landed, begins)? else {
            others += 1;
            continue;
        };
        // A landing that brought where the row is to begin brought more than what is asked about.
        if step.commits.binary_search(from).is_ok() {
            break;
        }
        (at, others) = (begins, 0);
        steps.push(step);
    }
    if at == *from { Ok(steps) } else { Ok(Vec::new()) }
}

/// Returns a landing as a step of a row; none if it did more than to bring new commits.
fn step(reader: &mut Reader<'_>, number: u64, landed: &Landed, begins: Oid) -> Result<Option<Step>, LedgerError> {
    let (arrived, permit) = arrived(reader, number, landed.permit, &landed.repository)?;
    let Event::Permitted(permitted) = &permit.event else { return Err(Tampering::Index(number).into()) };
    let change = &permitted.change;
    let is_plain = change.action == Action::Update
        && change.target == landed.target
        && change.old == Some(begins)
        && change.from == Some(begins)
        && change.new == landed.new
        && Some(change.head) == landed.new;
    if !is_plain {
        return Ok(None);
    }
    let commits = judged_commits(reader, landed.permit, permitted)?;
    let authorship = counted(&reader.aside(landed.permit, Part::Verdict, &permitted.verdict)?, commits.len());
    Ok(Some(Step { arrived, begins, commits, authorship }))
}

/// The part of a verdict that says who wrote the commits.
#[derive(Deserialize)]
struct Counted {
    authorship: AuthorshipCount,
}

/// Returns who wrote the commits, as a verdict has it, if it counts as many.
fn counted(verdict: &[u8], commits: usize) -> Option<AuthorshipCount> {
    let counted: Counted = serde_json::from_slice(verdict).ok()?;
    (counted.authorship.total() == commits).then_some(counted.authorship)
}
