//! Somebody must answer for a push.

use super::finding::{Code, Finding};
use super::words;
use super::world::World;
use crate::facts::{Fact, Part};
use crate::model::{Authorship, Identity};
use crate::policy::SignedPushes;

/// Refuses a push to a gated ref for which nobody can be held to account.
///
/// Either somebody with an account, key or passkey who is no robot brought it; or a robot's
/// account brought it and every commit is a robot's.
pub(super) fn pusher_unknown(world: &World<'_>) -> Option<Finding> {
    if !world.is_gated_ref() {
        return None;
    }
    if is_accountable(world) {
        return signature_missing(world);
    }
    let finding = words::finding(Code::PusherUnknown, "pusher");
    Some(match &world.facts.participants {
        Fact::Unknown(cause) => finding.message(format!("who pushes could not be read: {cause}")),
        Fact::Known(_) => finding,
    })
}

/// Refuses a push that its pusher did not sign, where the policy wants that. A robot has no key.
fn signature_missing(world: &World<'_>) -> Option<Finding> {
    let signed = |identity: &Identity| identity.key.is_some() && world.roster.qualified(identity).is_ok();
    let is_signed = world.with_part(&[Part::Pusher]).any(|who| signed(&who.identity));
    if world.policy.signed_pushes == SignedPushes::Optional || is_signed || is_robots_own(world) {
        return None;
    }
    let message = "the push is not signed with a key of whoever pushes, and the policy wants that";
    let remedy = "push with `git push --signed`, with git's `gpg.format` set to `ssh` and `user.signingKey` to a key of yours \
                  that the policy knows";
    Some(Finding { remedy: remedy.to_owned(), ..words::finding(Code::PusherUnknown, "pusher").message(message) })
}

fn is_accountable(world: &World<'_>) -> bool {
    let somebody = world
        .with_part(&[Part::Pusher, Part::FirstPusher, Part::Opener])
        .any(|p| is_identified(&p.identity) && world.roster.anyone_like(&p.identity).robots.is_empty());
    somebody || is_robots_own(world)
}

/// Tells whether a robot's account brings nothing but a robot's commits.
fn is_robots_own(world: &World<'_>) -> bool {
    world.with_part(&[Part::Pusher, Part::Opener]).any(|p| world.roster.is_robot_by_account(&p.identity))
        && !world.facts.commits.is_unknown()
        && world.authorship.iter().all(|authorship| *authorship == Authorship::Robot)
}

fn is_identified(identity: &Identity) -> bool {
    identity.account.is_some() || identity.key.is_some() || identity.passkey.is_some()
}
