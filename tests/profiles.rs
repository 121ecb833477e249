//! The profiles that `countersign init` writes keep their promises: every small world under each of
//! them, the table in docs/profiles.md that comes from these, and the command itself.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first surprise, and is told by the environment to write the tables anew"
)]

mod cli_support;
mod profiles_rig;

use std::collections::BTreeSet;
use std::path::Path;

use cli_support::World;
use countersign::decide::Decider;
use countersign::policy::Profile;
use profiles_rig::{Act, Author, World as Small, groups, least, policy};

/// What a reader of the table must run when it is out of date.
const ANEW: &str = "UPDATE_DOCS=1 cargo test --test profiles";

/// Returns who must sign for what under a profile, as a table in Markdown.
fn table(profile: Profile) -> String {
    let policy = policy(profile);
    let decider = Decider::new(&policy);
    let heads: Vec<&str> = Author::ALL.iter().map(|(_, name)| *name).collect();
    let mut text = format!("| | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    let worlds = |act| Author::ALL.map(|(author, _)| (author, Small::new(&decider, author, act)));
    for (act, name) in Act::ALL {
        let cells = worlds(act).map(|(author, world)| least(author, |signers| world.signed(signers).is_permit()));
        text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    let cells =
        worlds(Act::DeployOther).map(|(author, world)| least(author, |givers| world.overridden(givers).is_permit()));
    text.push_str(&format!("| *override instead* | {} |\n", cells.join(" | ")));
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests are told what to do by variables")]
fn the_tables_in_the_documents_are_what_is_decided() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/profiles.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let mut anew = written.clone();
    for profile in Profile::ALL {
        let begin = format!("<!-- table: {} -->\n", profile.name());
        let end = "<!-- end of table -->";
        let (before, rest) = anew.split_once(&begin).unwrap_or_else(|| panic!("docs/profiles.md lacks {begin}"));
        let (_, after) = rest.split_once(end).unwrap();
        anew = format!("{before}{begin}{}{end}{after}", table(profile));
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &anew).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == anew, "docs/profiles.md is out of date: {ANEW}\n{anew}");
}

/// Tries every world of a profile without an override: who wrote it, what is done, who signs besides
/// whoever is known to have worked on it, and whether it passes.
fn every_world(profile: Profile, check: impl Fn(Author, Act, &BTreeSet<&str>, bool)) {
    let policy = policy(profile);
    let decider = Decider::new(&policy);
    for (author, _) in Author::ALL {
        for (act, _) in Act::ALL {
            let world = Small::new(&decider, author, act);
            // Who pushed what landed nowhere is known to nobody when it is deployed.
            let knows_ada = author.ada() == "author" || (author.ada() == "pusher" && act.is_push());
            for signers in groups() {
                let verdict = world.signed(&signers);
                let mut counted = verdict.gates().iter().flat_map(|gate| &gate.requirements).flat_map(|r| &r.counted);
                assert!(
                    !knows_ada || counted.all(|id| id != "ada"),
                    "{author:?} {act:?} {signers:?}: the author counts"
                );
                let others = signers.iter().copied().filter(|id| !(knows_ada && *id == "ada")).collect();
                check(author, act, &others, verdict.is_permit());
            }
        }
    }
}

#[test]
fn an_agents_change_never_passes_without_somebody_who_did_not_work_on_it() {
    for profile in Profile::ALL {
        every_world(profile, |author, act, others, passes| {
            if passes && author.has_agent() && !act.has_landed() {
                assert!(!others.is_empty(), "{profile:?} {author:?} {act:?}");
            }
        });
    }
}

#[test]
fn pci_lets_nothing_be_released_by_fewer_than_three_people() {
    let seniors = ["grace", "barbara", "vera"];
    let managers = ["dana", "walter", "vera"];
    every_world(Profile::Pci, |author, act, others, passes| {
        if !passes || act == Act::DeployRelease {
            return;
        }
        // The author, and everybody else who stands behind it; an agent and a robot are nobody.
        assert!(others.iter().any(|id| seniors.contains(id)), "{author:?} {act:?}: reviewed");
        if act != Act::PushMain {
            assert!(others.iter().any(|id| managers.contains(id)), "{author:?} {act:?}: approved");
            let two = others.iter().filter(|id| seniors.contains(id) || managers.contains(id)).count();
            assert!(two >= 2, "{author:?} {act:?} {others:?}: reviewer and approver are two");
        }
    });
}

#[test]
fn two_trusted_people_stand_behind_everything_under_slsa() {
    every_world(Profile::SlsaL4, |author, act, others, passes| {
        if !passes || act.has_landed() {
            return;
        }
        let uploader = usize::from(matches!(author, Author::Person | Author::Together));
        // A robot is the exception that the level lets an organization make: one person is asked.
        let needed = if author == Author::Robot { 1 } else { 2 };
        assert!(uploader + others.len() >= needed, "{author:?} {act:?} {others:?}");
    });
}

#[test]
fn strict_takes_everything_for_an_agents_and_asks_two_seniors_and_a_release_manager() {
    every_world(Profile::Strict, |author, act, others, passes| {
        if !passes || matches!(act, Act::DeployMain | Act::DeployRelease) {
            return;
        }
        let seniors = others.iter().filter(|id| ["grace", "barbara", "vera"].contains(id)).count();
        assert!(seniors >= 2, "{author:?} {act:?} {others:?}");
        if act != Act::PushMain {
            assert!(others.len() >= 3, "{author:?} {act:?} {others:?}");
        }
    });
}

#[test]
fn one_more_signature_never_closes_the_gate() {
    for profile in Profile::ALL {
        let policy = policy(profile);
        let decider = Decider::new(&policy);
        for (author, _) in Author::ALL {
            let world = Small::new(&decider, author, Act::PushRelease);
            // Groups count up in binary: every larger one is some smaller one and somebody more.
            let all: Vec<bool> = groups().map(|signers| world.signed(&signers).is_permit()).collect();
            for (number, permitted) in all.iter().enumerate().filter(|(_, permitted)| **permitted) {
                for person in 0..profiles_rig::PEOPLE.len() {
                    assert_eq!(all[number | 1 << person], *permitted, "{profile:?} {author:?} {number:b} and {person}");
                }
            }
        }
    }
}

#[test]
fn init_writes_each_profile_and_it_stands_every_check() {
    for profile in Profile::ALL {
        let world = World::new();
        let ran = world.run(&["init", "--profile", profile.name()]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let checked = world.run(&["policy", "check", "--strict"]);
        assert_eq!((checked.code, checked.stderr.contains("no problems")), (0, true), "{checked:?}");
        let explained = world.run(&["policy", "explain"]);
        assert_eq!(explained.code, 0, "{explained:?}");
        assert_eq!(
            explained
                .stdout
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains("Nobody counts for two of these."),
            matches!(profile, Profile::Pci | Profile::Strict),
            "{}",
            explained.stdout
        );
    }
    let world = World::new();
    insta::assert_snapshot!(world.run(&["init", "--profile", "lax"]).shown(), @"
    -- stderr
    error: invalid value 'lax' for '--profile <PROFILE>'
      [possible values: minimal, senior, pci, slsa-l4, strict]

    For more information, try '--help'.
    -- exit 2
    ");
    insta::assert_snapshot!(world.run(&["init", "--profile", "pci"]).shown(), @"
    -- stderr
    wrote .countersign/policy.yaml
    profile pci: author, reviewer and release approver are three people (PCI DSS 6.2.3.1)
    the people in it are examples: put your own in their place
    next: countersign people check --policy .countersign/policy.yaml
    -- exit 0
    ");
}

#[test]
fn a_profile_asks_for_what_it_promises_even_where_people_are_too_few() {
    let world = World::new();
    let grace = "grace:Grace Hopper:grace@example.com";
    let ran =
        world.run(&["init", "--profile", "pci", "--senior", grace, "--release-manager", grace, "--branch", "trunk"]);
    insta::assert_snapshot!(ran.shown(), @"
    -- stderr
    wrote .countersign/policy.yaml
    profile pci: author, reviewer and release approver are three people (PCI DSS 6.2.3.1)
    warning[count-unreachable]: too few people hold these roles: nobody counts for two of them
      --> .countersign/policy.yaml:63:11
       |
    63 |   - name: release
       |           ^^^^^^^
       |
       = help: give one of the roles to somebody else, too
       = nothing could ever pass this gate

    next: countersign people check --policy .countersign/policy.yaml
    -- exit 0
    ");
    let written = std::fs::read_to_string(world.path().join(".countersign/policy.yaml")).unwrap();
    assert!(written.contains("distinct-people: true") && written.contains("refs/heads/trunk"), "{written}");
}

#[test]
fn letting_one_person_stand_for_two_loosens_a_profile() {
    let world = World::new();
    assert_eq!(world.run(&["init", "--profile", "pci"]).code, 0);
    let written = ".countersign/policy.yaml";
    let text = std::fs::read_to_string(world.path().join(written)).unwrap();
    world.write("together.yaml", text.replace("distinct-people: true", "distinct-people: false"));
    insta::assert_snapshot!(world.run(&["policy", "diff", written, "together.yaml"]).shown(), @r#"
    2 changes; the gate is LOOSER

      LOOSER  gate "release" lets one person count for several requirements
      LOOSER  gate "destroys something" lets one person count for several requirements
    -- exit 1
    "#);
}
