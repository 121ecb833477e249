//! What a push does to a ref: told from history alone, never from what the pusher says.

use super::sources::{History, Move, Peeled, Unreadable};
use crate::facts::{Defect, DefectCode};
use crate::model::{Action, Oid};

/// A ref's movement, as far as it could be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// What is done; without certainty the more dangerous.
    pub action: Action,
    /// The old tip's commit.
    pub from: Result<Option<Oid>, Unreadable>,
    /// The new tip's commit, or why there is none. For a delete the old tip's.
    pub head: Result<Oid, Unreadable>,
    /// What is wrong with the objects at both ends.
    pub defects: Vec<Defect>,
}

/// Tells what moving a ref from `old` to `new` does.
///
/// # Errors
/// When an end is no commit or history cannot be read.
pub fn classify(history: &dyn History, old: Option<Oid>, new: Option<Oid>) -> Result<Move, Unreadable> {
    let movement = movement(history, old, new);
    Ok(Move { action: movement.action, from: movement.from?, head: movement.head? })
}

/// As [`classify`], but keeps what could be told beside what could not.
pub(super) fn movement(history: &dyn History, old: Option<Oid>, new: Option<Oid>) -> Movement {
    let mut defects = Vec::new();
    let from = old.map(|old| peel(history, old, &mut Vec::new())).transpose();
    let head = match new {
        Some(new) => peel(history, new, &mut defects),
        None => match &from {
            Ok(Some(old)) => Ok(*old),
            Ok(None) => Err(Unreadable("neither an old nor a new tip".to_owned())),
            Err(error) => Err(error.clone()),
        },
    };
    let action = match (old, new) {
        (_, None) => Action::Delete,
        (None, Some(_)) => Action::Create,
        (Some(_), Some(_)) => match (&from, &head) {
            (Ok(_), Ok(_)) if old == new => Action::Update,
            // The same commit under another tag object is not a step forward.
            (Ok(Some(from)), Ok(head)) if from == head => Action::Rewind,
            (Ok(Some(from)), Ok(head)) if history.is_ancestor(*from, *head) == Ok(true) => Action::Update,
            _ => Action::Rewind,
        },
    };
    Movement { action, from, head, defects }
}

/// Returns the commit behind a tip. A tag object that is no canonical tag of a commit is a defect.
fn peel(history: &dyn History, oid: Oid, defects: &mut Vec<Defect>) -> Result<Oid, Unreadable> {
    match history.peel(oid)? {
        Peeled::Commit(commit) | Peeled::Tag(commit) => Ok(commit),
        Peeled::Malformed(why) => {
            defects.push(Defect { code: DefectCode::ObjectMalformed, subject: oid.to_string() });
            Err(Unreadable(format!("{} is no commit and no plain tag of one: {why}", oid.short(12))))
        }
        Peeled::TooLarge(why) => {
            defects.push(Defect { code: DefectCode::LimitExceeded, subject: oid.to_string() });
            Err(Unreadable(why))
        }
    }
}
