//! The index: how many rows what has, and that keys are not taken for one another.

use super::*;
use crate::audit::event::{Landed, Observed};

fn oid(number: u32) -> Oid {
    let mut bytes = [0u8; 20];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    Oid::from_bytes(&bytes).unwrap()
}

fn landing() -> Event {
    Event::Landed(Landed {
        new: Some(oid(1)),
        observed: Observed::PostReceive,
        old: None,
        permit: 0,
        repository: "acme/shop".to_owned(),
        target: Target::Ref("refs/heads/main".to_owned()),
    })
}

#[test]
fn a_large_landing_has_few_marks_that_hold_every_commit() {
    let mut commits: Vec<Oid> = (0..10_000).map(oid).collect();
    commits.sort_unstable();
    let marks = marks_of(&landing(), &commits);
    assert!(marks.len() <= 2 + 256);
    let held: Vec<u8> = marks.into_iter().filter_map(|mark| mark.commits).flatten().collect();
    assert_eq!(held, commits.iter().flat_map(|oid| oid.as_bytes().to_vec()).collect::<Vec<_>>());
    assert_eq!(marks_of(&landing(), &commits[..MOST_SINGLE_COMMITS]).len(), 2 + MOST_SINGLE_COMMITS);
}

#[test]
fn parts_cannot_be_shifted_into_one_another() {
    let [a, b] = [("a", "bc"), ("ab", "c")].map(|(environment, rest)| {
        Key::new(Tag::Environment, "r").with_parts(&[environment.as_bytes(), rest.as_bytes()])
    });
    assert_ne!(a, b);
    let main = Target::Ref("refs/heads/main".to_owned());
    assert_ne!(Key::permit("r", &main, None, Some(&oid(1))), Key::permit("r", &main, Some(&oid(1)), None));
}

#[test]
fn the_end_of_a_prefix_is_above_all_that_start_with_it() {
    assert_eq!(Key(vec![1, 2]).end_of_prefix(), [1, 3]);
    assert_eq!(Key(vec![1, 255]).end_of_prefix(), [2]);
    assert!(Key::commit("r", &oid(5)).0 < Key::new(Tag::Commit, "r").end_of_prefix());
}
