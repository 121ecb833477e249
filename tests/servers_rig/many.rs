//! Many people who push at once, and what must be true afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Output};

use super::{Client, assert_sound, audit};
use crate::push_rig::{ADA, KIRO, MAIN, Shop, succeed};

const CLIENTS: usize = 20;
const BRANCHES: usize = 7;

/// Twenty clients push ten times each, at once: branches of their own, a tag, and an agent's commit that is refused;
/// a quarter of them also a commit to a branch that others want, too, the rest one more of their own. Nothing is
/// lost, and the ledger says who did what.
pub fn push(shop: &Shop, people: &[&str], client: &(dyn Fn(&str) -> Client + Sync)) {
    let clones: Vec<PathBuf> = (0..CLIENTS).map(|number| shop.path(&format!("clone-{number}"))).collect();
    for clone in &clones {
        succeed(shop.command("git", "", &shop.work).args(["clone", "-q"]).arg(&shop.bare).arg(clone));
    }
    let begin = std::sync::Barrier::new(CLIENTS);
    let all: Vec<BTreeMap<String, String>> = std::thread::scope(|scope| {
        let (begin, clones) = (&begin, &clones);
        let working: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn(move || {
                    let person = people[number % people.len()];
                    let busy = Busy { shop, clone: &clones[number], client: client(person), number };
                    begin.wait();
                    busy.work()
                })
            })
            .collect();
        working.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    check(shop, people, &all);
}

/// One of the clients.
struct Busy<'a> {
    shop: &'a Shop,
    clone: &'a PathBuf,
    client: Client,
    number: usize,
}

impl Busy<'_> {
    /// Pushes ten times; returns what must be where.
    fn work(&self) -> BTreeMap<String, String> {
        let mut landed = BTreeMap::new();
        for branch in 0..BRANCHES + usize::from(!self.wants_main()) {
            let head = self.commit(&format!("work-{branch}"), "Sort the shelves");
            landed.insert(self.pushed(&format!("refs/heads/c{}/b{branch}", self.number)), head);
        }
        let tag = self.pushed(&format!("refs/tags/t{}", self.number));
        landed.insert(tag, self.git(&["rev-parse", "HEAD"]));
        if self.wants_main() {
            self.to_main();
        }
        let agents = self.commit("agent", KIRO);
        // By force, so that it is the gate who refuses, wherever the branch stands meanwhile.
        let refused = self.push_as(&format!("+{agents}:refs/heads/main"));
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{agents} was let through");
        // Somebody else may have moved the branch meanwhile; what the gate says comes first.
        assert!(text.contains("[sign-off-missing]") || text.contains("[ref-rewound]"), "{text}");
        landed
    }

    /// Tells whether this client brings a commit to `main`: enough of them to get in each other's way.
    fn wants_main(&self) -> bool {
        self.number < CLIENTS / 4
    }

    /// Brings one commit to the branch that others want, too.
    fn to_main(&self) {
        self.git(&["reset", "-q", "--hard", "origin/main"]);
        self.commit("main", "Serve the next one");
        for _ in 0..200 {
            self.git(&["fetch", "-q", "origin", "main"]);
            self.git(&["rebase", "-q", "FETCH_HEAD"]);
            if self.push("refs/heads/main").status.success() {
                return;
            }
        }
        panic!("client {} never got through", self.number);
    }

    fn pushed(&self, name: &str) -> String {
        let output = self.push(name);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        name.to_owned()
    }

    fn push(&self, name: &str) -> Output {
        self.push_as(&format!("HEAD:{name}"))
    }

    fn push_as(&self, refspec: &str) -> Output {
        self.client.command(self.shop, self.clone, &["push", "-q", &self.client.url, refspec]).output().unwrap()
    }

    fn commit(&self, file: &str, message: &str) -> String {
        let name = format!("{file}-{}", self.number);
        std::fs::write(self.clone.join(&name), format!("{message} {}\n", self.number)).unwrap();
        self.git(&["add", &name]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git: Command = self.shop.command("git", "", self.clone);
        succeed(git.args(arguments))
    }
}

fn check(shop: &Shop, people: &[&str], all: &[BTreeMap<String, String>]) {
    let refs = shop.refs();
    for (name, oid) in all.iter().flatten() {
        assert!(refs.lines().any(|line| line.starts_with(oid) && line.ends_with(&format!("\t{name}"))), "{name}");
    }
    let on_main = shop.server(&["log", "--format=%s", "main"]);
    assert_eq!(on_main.lines().filter(|line| *line == "Serve the next one").count(), CLIENTS / 4);
    assert!(!shop.server(&["log", "--format=%B", "--all"]).contains("Kiro"));
    assert_sound(shop);
    let landed = audit(shop, &["list", "--kind", "landed"]);
    assert_eq!(landed.len(), CLIENTS * (BRANCHES + 2));
    assert!(audit(shop, &["list", "--kind", "exception"]).is_empty());
    let mut pushers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in audit(shop, &["list", "--kind", "permitted"]) {
        let statement = &entry["entry"]["statement"];
        let target = statement["change"]["target"].as_str().unwrap().to_owned();
        pushers.entry(target).or_default().insert(statement["pusher"].as_str().unwrap().to_owned());
    }
    for (number, named) in all.iter().enumerate() {
        let person = format!("plain:{}", people[number % people.len()]);
        for name in named.keys() {
            assert_eq!(pushers[name], BTreeSet::from([person.clone()]), "{name}");
        }
    }
    assert_eq!(pushers[MAIN].len(), people.len(), "everybody landed on {MAIN}; {}", ADA.name);
}
