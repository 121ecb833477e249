//! Somebody must answer for a push.

use super::finding::{Code, Finding};
use super::words;
use super::world::World;
use crate::facts::{Fact, Part};
use crate::model::{Authorship, Identity};

/// Refuses a push to a gated ref for which nobody can be held to account.
///
/// Either somebody with an account, key or passkey who is no robot brought it; or a robot's
/// account brought it and every commit is a robot's.
pub(super) fn pusher_unknown(world: &World<'_>) -> Option<Finding> {
    if !world.is_gated_ref() || is_accountable(world) {
        return None;
    }
    let finding = words::finding(Code::PusherUnknown, "pusher");
    Some(match &world.facts.participants {
        Fact::Unknown(cause) => finding.message(format!("who pushes could not be read: {cause}")),
        Fact::Known(_) => finding,
    })
}

fn is_accountable(world: &World<'_>) -> bool {
    let somebody = world
        .with_part(&[Part::Pusher, Part::FirstPusher, Part::Opener])
        .any(|p| is_identified(&p.identity) && world.roster.anyone_like(&p.identity).robots.is_empty());
    somebody
        || (world.with_part(&[Part::Pusher, Part::Opener]).any(|p| world.roster.is_robot_by_account(&p.identity))
            && !world.facts.commits.is_unknown()
            && world.authorship.iter().all(|authorship| *authorship == Authorship::Robot))
}

fn is_identified(identity: &Identity) -> bool {
    identity.account.is_some() || identity.key.is_some() || identity.passkey.is_some()
}
