//! Whom a forge has asked to look at a change.

use crate::model::Identity;

/// Who is asked to review a change, and who was and is no longer. Only people: teams are asked by
/// nobody here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewRequests {
    /// Those whose answer is still awaited.
    pub open: Vec<Identity>,
    /// Those whose request was taken back, by themselves or by somebody else.
    pub withdrawn: Vec<Identity>,
}
