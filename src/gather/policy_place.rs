//! A push to the ref that the policy is read from.

use super::sources::{History, Move, Unreadable};
use crate::facts::{Defect, DefectCode};
use crate::model::Action;

/// The place in the repository from which the policy is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyPlace {
    /// The full ref name.
    pub ref_name: Vec<u8>,
    /// The path below the commit's root.
    pub path: Vec<u8>,
    /// The serial of the policy in force.
    pub serial: u64,
}

/// What a push does to the policy's own document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyMove {
    /// Whether the document changes.
    pub changed: bool,
    /// Why the push cannot pass even with the policy owner's sign-off.
    pub defects: Vec<Defect>,
}

/// Judges a push to the policy's ref: the document may only be replaced by one that loads and has
/// a higher serial, and the ref may be neither deleted nor rewound.
///
/// `serial_of` loads a document and returns its serial, or says why it does not load.
///
/// # Errors
/// When a document cannot be read.
pub fn judge_policy_change(
    history: &dyn History,
    place: &PolicyPlace,
    movement: &Move,
    serial_of: &dyn Fn(&[u8]) -> Result<u64, String>,
) -> Result<PolicyMove, Unreadable> {
    let invalid = |why: &str| Defect { code: DefectCode::PolicyInvalid, subject: why.to_owned() };
    let from = match (movement.action, movement.from) {
        (Action::Update, Some(from)) => from,
        (Action::Delete, _) => return Ok(refused(invalid("the policy's ref may not be deleted"))),
        (Action::Rewind, _) => return Ok(refused(invalid("the policy's ref may not be rewound"))),
        (Action::Create | Action::Update | Action::Deploy, _) => {
            return Ok(refused(invalid("the policy's ref may not be made anew")));
        }
    };
    // The same id is the same content, which then need not be at hand.
    if history.file_id_at(from, &place.path)? == history.file_id_at(movement.head, &place.path)? {
        return Ok(PolicyMove::default());
    }
    let defect = match history.blob_at(movement.head, &place.path)? {
        None => Some(invalid("the push removes the policy")),
        Some(bytes) => match serial_of(&bytes) {
            Err(why) => Some(invalid(&format!("the new policy does not load: {why}"))),
            Ok(serial) if serial <= place.serial => {
                Some(invalid(&format!("the new policy's serial is {serial}; it must be above {}", place.serial)))
            }
            Ok(_) => None,
        },
    };
    Ok(PolicyMove { changed: true, defects: defect.into_iter().collect() })
}

fn refused(defect: Defect) -> PolicyMove {
    PolicyMove { changed: true, defects: vec![defect] }
}
