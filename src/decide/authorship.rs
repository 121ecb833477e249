//! Which authorship counts for a commit, once everybody's part in the change is known.
//!
//! A commit's own signs can only be trusted against it: what could not be read counts as an
//! agent's, and a robot's name excuses nothing that a robot's account did not push.

use super::people::Roster;
use crate::facts::{Fact, Facts, Part, Participant};
use crate::model::Authorship;
use crate::policy::{Policy, Unmarked};

/// Returns what each known commit counts as, in the order of the facts.
///
/// Unknown participants might be agents, so every commit counts as an agent's then.
pub(super) fn counted_authorship(policy: &Policy, facts: &Facts, roster: &Roster<'_>) -> Vec<Authorship> {
    let Fact::Known(commits) = &facts.commits else { return Vec::new() };
    let Fact::Known(participants) = &facts.participants else {
        return vec![Authorship::Agent; commits.len()];
    };
    let by_agent = participants.iter().any(|p| acts_for_the_change(p.part) && is_agent(p, roster));
    let by_robot = brought_by_robots(participants, roster);
    let counted = |observed: Option<&Authorship>| match observed {
        _ if by_agent => Authorship::Agent,
        None | Some(Authorship::Undetermined | Authorship::Agent) => Authorship::Agent,
        Some(Authorship::Robot) if by_robot => Authorship::Robot,
        Some(Authorship::Robot | Authorship::Unmarked | Authorship::Assisted) if policy.unmarked == Unmarked::Agent => {
            Authorship::Agent
        }
        Some(Authorship::Robot | Authorship::Unmarked) => Authorship::Unmarked,
        Some(Authorship::Assisted) => Authorship::Assisted,
    };
    commits.iter().map(|commit| counted(commit.authorship.known())).collect()
}

/// Tells whether an agent in this part makes the whole change an agent's.
fn acts_for_the_change(part: Part) -> bool {
    match part {
        Part::Pusher | Part::FirstPusher | Part::Opener | Part::Requester => true,
        Part::Deployer => false,
    }
}

fn is_agent(participant: &Participant, roster: &Roster<'_>) -> bool {
    !roster.anyone_like(&participant.identity).agents.is_empty()
}

/// Tells whether somebody pushed or opened, and everybody who did is a robot by account.
fn brought_by_robots(participants: &[Participant], roster: &Roster<'_>) -> bool {
    let hands = |part: Part| matches!(part, Part::Pusher | Part::FirstPusher | Part::Opener);
    participants.iter().any(|p| matches!(p.part, Part::Pusher | Part::Opener))
        && participants.iter().filter(|p| hands(p.part)).all(|p| roster.is_robot_by_account(&p.identity))
}
