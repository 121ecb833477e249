//! Deployments judged in a clone that has the gate's archive and public key, and no ledger: it decides as the gate
//! does, and nobody who serves the archive can make it permit more.

use std::path::PathBuf;
use std::time::Duration;

use countersign::adapters::gate_key_file;
use countersign::audit::archive::{ARCHIVE, STATE, State, Verdicts};
use countersign::audit::attest::{self, Attestation, Ruling};
use countersign::model::Target;
use countersign::verify::GateKey;

use super::{RELEASE, land_overridden, land_past_the_hook, land_signed, land_twice};
use crate::gate_rig::{Answer, with_environments};
use crate::push_rig::{ADA, BARBARA, GRACE, KIRO, MAIN, Shop, feed, succeed};

/// What a server shows to those who judge without it.
const SHOWN: &str = "!refs/countersign/archive";

/// A clone on another machine, with the gate's archive, public key and policy.
struct Elsewhere<'s> {
    shop: &'s Shop,
    place: PathBuf,
}

impl<'s> Elsewhere<'s> {
    /// Clones everything that is needed.
    fn of(shop: &'s Shop) -> Self {
        let elsewhere = Self { shop, place: shop.path("elsewhere") };
        let url = format!("file://{}", shop.bare.display());
        let mut clone = shop.command("git", "ada", &shop.path(""));
        succeed(clone.args(["clone", "-q", &url]).arg(&elsewhere.place));
        shop.server(&["config", "--add", "uploadpack.hideRefs", SHOWN]);
        elsewhere.fetch();
        elsewhere
    }

    /// Fetches what is new, the records that are not put away yet included.
    fn fetch(&self) {
        let own = format!("{ARCHIVE}:{ARCHIVE}");
        let records = "+refs/countersign/sign-offs/*:refs/countersign/sign-offs/*";
        self.git(&["fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", &own, records]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        succeed(self.shop.command("git", "ada", &self.place).args(arguments))
    }

    /// Asks for a deployment to production.
    fn gate(&self, candidate: &str, options: &[&str]) -> Answer {
        let key = key_file(self.shop).with_extension("key.pub").display().to_string();
        self.gate_with(&key, candidate, options)
    }

    fn gate_with(&self, key: &str, candidate: &str, options: &[&str]) -> Answer {
        let policy = self.shop.path("policy.yaml").display().to_string();
        let what = ["gate", "--environment", "production", "--to", candidate, "--gate-key-public", key];
        let rest = ["--policy", &policy, "--repository", "acme/shop"];
        let format: &[&str] = if options.contains(&"--format") { &[] } else { &["--format", "json"] };
        self.shop.run_in(&self.place, &[&what, &rest[..], format, options].concat())
    }

    /// Puts another commit into the place of the archive: a tree of these files, on top of what is there.
    fn forge(&self, files: &[(&str, &[u8])]) -> String {
        let index = self.place.join(".git/forged");
        drop(std::fs::remove_file(&index));
        let git = |arguments: &[&str]| {
            let mut git = self.shop.command("git", "ada", &self.place);
            git.env("GIT_INDEX_FILE", &index).args(arguments);
            git
        };
        succeed(&mut git(&["read-tree", ARCHIVE]));
        for (path, bytes) in files {
            let blob = feed(git(&["hash-object", "-w", "--stdin"]), bytes);
            let blob = String::from_utf8(blob.stdout).unwrap();
            succeed(&mut git(&["update-index", "--add", "--cacheinfo", &format!("100644,{},{path}", blob.trim())]));
        }
        let tree = succeed(&mut git(&["write-tree"]));
        let commit = succeed(&mut git(&["commit-tree", "-p", ARCHIVE, "-m", "forged", &tree]));
        succeed(&mut git(&["update-ref", ARCHIVE, &commit]));
        commit
    }

    /// Puts a commit into the place of the archive that lacks a folder.
    fn take_away(&self, folder: &str) {
        let index = self.place.join(".git/forged");
        drop(std::fs::remove_file(&index));
        let git = |arguments: &[&str]| {
            succeed(self.shop.command("git", "ada", &self.place).env("GIT_INDEX_FILE", &index).args(arguments))
        };
        git(&["read-tree", ARCHIVE]);
        let gone = git(&["rm", "-r", "--cached", folder]);
        assert!(!gone.is_empty(), "nothing lies in {folder}");
        let tree = git(&["write-tree"]);
        let commit = git(&["commit-tree", "-p", ARCHIVE, "-m", "lighter", &tree]);
        git(&["update-ref", ARCHIVE, &commit]);
    }

    /// Signs a state of the archive as it is here, as whoever has that key could.
    fn sign(&self, key: &GateKey, change: impl FnOnce(State) -> State) {
        let state = change(self.state());
        let bytes = state.sign(key).unwrap().to_json().unwrap();
        self.forge(&[(STATE, &bytes)]);
    }

    /// Returns the state that is here, vouching for the commit that is here.
    fn state(&self) -> State {
        let bytes = self.blob(STATE);
        let state = State::read(&bytes, &[gate_key(self.shop).public_key().clone()]).unwrap();
        State { archive: self.git(&["rev-parse", ARCHIVE]).parse().unwrap(), ..state }
    }

    fn blob(&self, path: &str) -> Vec<u8> {
        let mut git = self.shop.command("git", "ada", &self.place);
        git.args(["cat-file", "blob", &format!("{ARCHIVE}:{path}")]).output().unwrap().stdout
    }

    /// Returns what the archive says about a landing of this head.
    fn verdict_on(&self, head: &str) -> (String, Attestation) {
        let folder = Verdicts::Landings.of_head(head.parse().unwrap());
        let path = self.git(&["ls-tree", "-r", "--name-only", ARCHIVE, &format!("{folder}/")]);
        let (said, _) = attest::read(&self.blob(&path), &[gate_key(self.shop).public_key().clone()])
            .map(|(said, key)| (said, key.clone()))
            .unwrap();
        (path, said)
    }
}

fn key_file(shop: &Shop) -> PathBuf {
    shop.server(&["config", "countersign.key"]).into()
}

fn gate_key(shop: &Shop) -> GateKey {
    gate_key_file::load(&key_file(shop)).unwrap()
}

/// Fails unless nothing was judged, for a reason in these words.
#[track_caller]
fn not_believed(answer: &Answer, words: &str) {
    assert_eq!((answer.code, answer.out.as_str()), (4, ""), "{}", answer.err);
    assert!(answer.err.contains(words), "{words}: {}", answer.err);
}

/// Fails unless a deployment was refused for exactly these, whatever else is said.
#[track_caller]
fn stopped<'a>(answer: &'a Answer, by: &[&str]) -> &'a Answer {
    let findings = answer.findings();
    let blocking: Vec<&String> = findings.iter().filter(|finding| !finding.starts_with('(')).collect();
    assert_eq!(
        (answer.code, blocking),
        (1, by.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>().iter().collect()),
        "{}",
        answer.out
    );
    answer
}

#[test]
fn a_clone_with_the_archive_and_the_public_key_judges_as_the_gate_does() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let signed = land_signed(&shop);
    let elsewhere = Elsewhere::of(&shop);
    let answer = elsewhere.gate(&signed, &[]);
    let verdict = answer.permits(&[]).json();
    assert_eq!((verdict["from"].as_str(), &verdict["receipt"]), (Some(&*start), &serde_json::Value::Null));
    // The gate itself says the same, and is told what happened.
    shop.deploy(&signed, &[]);
    let overridden = land_overridden(&shop);
    elsewhere.fetch();
    let answer = elsewhere.gate(&overridden, &[]);
    assert_eq!(
        stopped(&answer, &["contributor-unknown", "sign-off-missing"]).uncleared(),
        std::slice::from_ref(&overridden)
    );
    assert_eq!(answer.json()["from"], *signed);
    // Back to what ran, and forth again.
    elsewhere.gate(&start, &[]).permits(&[]);
    // Whoever signs: who pushed first, and has a part in it, only the ledger knows. So the gate's server is asked.
    shop.sign_deployment(GRACE, &format!("{signed}..{overridden}"), &[]);
    elsewhere.fetch();
    stopped(&elsewhere.gate(&overridden, &[]), &["contributor-unknown"]);
    shop.deploy(&overridden, &[]);
    let newer = land_signed(&shop);
    shop.deploy(&newer, &[]);
    elsewhere.fetch();
    let back = elsewhere.gate(&overridden, &[]);
    assert!(back.code == 0 && back.findings().contains(&"(rolled-back)".to_owned()), "{}", back.out);
    assert_eq!(shop.on_server(&["audit", "verify"]).code, 0);
}

#[test]
fn what_was_pushed_past_the_hook_is_not_even_on_a_guarded_branch() {
    let shop = Shop::deploying(with_environments);
    let signed = land_signed(&shop);
    let smuggled = land_past_the_hook(&shop);
    let elsewhere = Elsewhere::of(&shop);
    let answer = elsewhere.gate(&smuggled, &[]);
    assert_eq!(
        answer.refuses(&["candidate-unguarded", "contributor-unknown", "sign-off-missing"]).uncleared(),
        [smuggled]
    );
    elsewhere.gate(&signed, &[]).permits(&[]);
    // Nor does a branch of that name in the clone make a commit one that landed.
    let own = shop.commit(ADA, "Just a human's change");
    elsewhere.git(&["fetch", "-q", shop.work.to_str().unwrap(), "HEAD"]);
    elsewhere.git(&["update-ref", "refs/remotes/origin/main", &own]);
    elsewhere.git(&["update-ref", MAIN, &own]);
    assert!(elsewhere.gate(&own, &[]).findings().contains(&"candidate-unguarded".to_owned()));
}

#[test]
fn a_withdrawal_is_put_away_at_once_and_one_that_is_kept_back_is_noticed_in_time() {
    let shop = Shop::deploying(with_environments);
    let start = shop.git(&["rev-parse", "HEAD"]);
    let head = land_signed(&shop);
    let elsewhere = Elsewhere::of(&shop);
    elsewhere.gate(&head, &["--archive-not-older-than", "1h"]).permits(&[]);
    std::thread::sleep(Duration::from_millis(2_100));
    let range = format!("{start}..{head}");
    shop.record(GRACE, &["sign-off", &range, "--target", MAIN, "--decision", "revoke"]);
    // Whoever serves the old archive hides that, until it is too old or known to be old.
    elsewhere.gate(&head, &[]).permits(&[]);
    not_believed(&elsewhere.gate(&head, &["--archive-not-older-than", "1s"]), "may be 1 second old; fetch it anew");
    let checkpoint = shop.path("checkpoint");
    std::fs::write(&checkpoint, shop.on_server(&["audit", "checkpoint"]).out).unwrap();
    let reaches = ["--archive-reaches", checkpoint.to_str().unwrap()];
    not_believed(&elsewhere.gate(&head, &reaches), "but there are");
    // The record's own ref is not needed: the archive has it.
    let old = elsewhere.git(&["rev-parse", ARCHIVE]);
    let own = format!("{ARCHIVE}:{ARCHIVE}");
    elsewhere.git(&["fetch", "-q", "origin", &own]);
    elsewhere.gate(&head, &reaches).refuses(&["contributor-unknown", "sign-off-missing", "(sign-off-revoked)"]);
    // Git itself does not let the archive go back.
    shop.server(&["update-ref", ARCHIVE, &old]);
    let mut back = shop.command("git", "ada", &elsewhere.place);
    let output = back.args(["fetch", "-q", "origin", &own]).output().unwrap();
    assert!(!output.status.success() && elsewhere.git(&["rev-parse", ARCHIVE]) != old);
    // The gate finds out that its archive lacks something, and says it again.
    let answer = shop.on_server(&["audit", "archive", "--format", "json"]);
    assert_eq!((answer.code, answer.json()["repository"].as_str()), (0, Some("acme/shop")), "{}", answer.err);
    elsewhere.git(&["fetch", "-q", "origin", &format!("+{own}")]);
    elsewhere.gate(&head, &reaches).refuses(&["contributor-unknown", "sign-off-missing", "(sign-off-revoked)"]);
    // Nor does the gate sign what somebody left it out of, who can write here and has not the key.
    elsewhere.take_away("objections");
    shop.server(&["fetch", "-q", elsewhere.place.to_str().unwrap(), &format!("+{own}")]);
    assert_eq!(shop.on_server(&["audit", "archive"]).code, 0);
    elsewhere.git(&["fetch", "-q", "origin", &format!("+{own}")]);
    elsewhere.gate(&head, &reaches).refuses(&["contributor-unknown", "sign-off-missing", "(sign-off-revoked)"]);
}

#[test]
fn what_a_second_landing_rests_on_is_known_where_the_ledger_is_not() {
    let shop = Shop::deploying(with_environments);
    let (head, range) = land_twice(&shop);
    let elsewhere = Elsewhere::of(&shop);
    elsewhere.gate(&head, &[]).permits(&[]);
    std::thread::sleep(Duration::from_millis(2_100));
    shop.record(GRACE, &["sign-off", &range, "--target", RELEASE, "--decision", "revoke"]);
    elsewhere.fetch();
    elsewhere.gate(&head, &[]).refuses(&["contributor-unknown", "sign-off-missing", "(sign-off-revoked)"]);
}

#[test]
fn what_runs_is_what_the_gate_signed_and_nobodys_word() {
    let shop = Shop::with_policy(with_environments);
    let start = shop.head();
    let signed = land_signed(&shop);
    let elsewhere = Elsewhere::of(&shop);
    // Nothing was deployed through the gate yet: that begins with an override, which counts on the server alone.
    shop.override_deployment(&signed, &[]);
    elsewhere.git(&["fetch", "-q", "origin", "refs/countersign/overrides/*:refs/countersign/overrides/*"]);
    let answer = elsewhere.gate(&signed, &[]);
    stopped(&answer, &["facts-unknown"]);
    shop.deploy(&signed, &[]);
    let newer = land_signed(&shop);
    elsewhere.fetch();
    elsewhere.gate(&newer, &[]).permits(&[]);
    stopped(&elsewhere.gate(&newer, &["--from", &start]), &["facts-unknown"]);
    // Something was deployed past the gate.
    let told = shop.on_server(&["deployed", "--environment", "production", &start]);
    assert_eq!(told.code, 1, "{}", told.err);
    elsewhere.fetch();
    stopped(&elsewhere.gate(&newer, &[]), &["facts-unknown"]);
}

#[test]
fn nobody_but_the_gate_adds_to_its_archive() {
    let shop = Shop::deploying(with_environments);
    let signed = land_signed(&shop);
    let overridden = land_overridden(&shop);
    let elsewhere = Elsewhere::of(&shop);
    stopped(&elsewhere.gate(&overridden, &[]), &["contributor-unknown", "sign-off-missing"]);
    let (path, said) = elsewhere.verdict_on(&overridden);
    assert_eq!(said.ruling, Ruling::Overridden);
    let real = gate_key(&shop);
    let forged_key = GateKey::from_seed(&[7; 32]).unwrap();
    let permitted = Attestation { ruling: Ruling::Permitted, ..said.clone() };
    let verdict = |said: &Attestation, key: &GateKey| said.sign(key).unwrap().to_json().unwrap();
    // Beside what the state vouches for, even a verdict that the gate signed is none.
    elsewhere.forge(&[(&path, &verdict(&permitted, &real))]);
    stopped(&elsewhere.gate(&overridden, &[]), &["contributor-unknown", "sign-off-missing"]);
    // With a state of another key nothing is judged.
    elsewhere.sign(&forged_key, |state| state);
    not_believed(&elsewhere.gate(&overridden, &[]), "not signed by the given key");
    let stranger = forged_key.public_key().to_openssh();
    elsewhere.sign_again(&real);
    not_believed(&elsewhere.gate_with(&stranger, &overridden, &[]), "not signed by the given key");

    // And what a state vouches for is verified for itself: its key, its repository, its ref, its commit.
    let other = |change: &dyn Fn(&mut Attestation)| {
        let mut said = permitted.clone();
        change(&mut said);
        said
    };
    let release = "refs/heads/topic".to_owned();
    for (what, bytes) in [
        ("another key", verdict(&permitted, &forged_key)),
        ("another repository", verdict(&other(&|said| said.repository = "acme/other".to_owned()), &real)),
        ("another commit", verdict(&other(&|said| said.head = signed.parse().unwrap()), &real)),
        ("another entry", verdict(&other(&|said| said.entry += 1), &real)),
        ("a refusal", verdict(&other(&|said| said.ruling = Ruling::Refused), &real)),
        ("a time to come", verdict(&other(&|said| said.judged_at = "2100-01-01T00:00:00Z".parse().unwrap()), &real)),
        (
            "another ref",
            verdict(
                &other(&|said| {
                    said.target = Target::Ref(release.clone());
                    said.source_refs = vec![release.clone()];
                }),
                &real,
            ),
        ),
        ("fewer gates", verdict(&other(&|said| said.asked.clear()), &real)),
        ("other commits", verdict(&other(&|said| said.commits = None), &real)),
        ("garbage", b"{}".to_vec()),
    ] {
        elsewhere.forge(&[(&path, &bytes)]);
        elsewhere.sign_again(&real);
        let answer = elsewhere.gate(&overridden, &[]);
        assert!(answer.findings().contains(&"sign-off-missing".to_owned()), "{what}: {}", answer.out);
    }
    // The same with nothing changed but the ruling is what the gate could have said.
    elsewhere.forge(&[(&path, &verdict(&permitted, &real))]);
    elsewhere.sign_again(&real);
    let answer = elsewhere.gate(&overridden, &[]);
    assert_eq!(answer.code, 1, "its only record is an override, which is no sign-off: {}", answer.out);
}

impl Elsewhere<'_> {
    /// Lets the gate vouch for what is here.
    fn sign_again(&self, key: &GateKey) {
        let archive = self.git(&["rev-parse", ARCHIVE]).parse().unwrap();
        let mut state = None;
        let real = gate_key(self.shop).public_key().clone();
        for commit in self.git(&["rev-list", ARCHIVE]).lines() {
            let mut git = self.shop.command("git", "ada", &self.place);
            let bytes = git.args(["cat-file", "blob", &format!("{commit}:{STATE}")]).output().unwrap().stdout;
            state = State::read(&bytes, std::slice::from_ref(&real)).ok();
            if state.is_some() {
                break;
            }
        }
        let state = State { archive, repository: "acme/shop".to_owned(), ..state.unwrap() };
        self.forge(&[(STATE, &state.sign(key).unwrap().to_json().unwrap())]);
    }
}

#[test]
fn an_archive_of_another_repository_or_without_its_files_is_not_believed() {
    let shop = Shop::deploying(with_environments);
    let head = land_signed(&shop);
    let elsewhere = Elsewhere::of(&shop);
    let real = gate_key(&shop);
    elsewhere.sign(&real, |state| State { repository: "acme/other".to_owned(), ..state });
    not_believed(&elsewhere.gate(&head, &[]), "that of the repository `acme/other`");
    elsewhere.sign_again(&real);
    elsewhere.gate(&head, &[]).permits(&[]);
    let gone = "1".repeat(40).parse().unwrap();
    elsewhere.sign(&real, |state| State { archive: gone, repository: "acme/shop".to_owned(), ..state });
    not_believed(&elsewhere.gate(&head, &[]), "not complete here");
    elsewhere.git(&["update-ref", ARCHIVE, &head]);
    not_believed(&elsewhere.gate(&head, &[]), "holds no signed state");
    elsewhere.git(&["update-ref", "-d", ARCHIVE]);
    not_believed(&elsewhere.gate(&head, &[]), "there is no refs/countersign/archive here");
}

#[test]
fn an_objection_in_the_archive_that_cannot_be_read_stops_everything() {
    let shop = Shop::deploying(with_environments);
    let head = land_signed(&shop);
    let elsewhere = Elsewhere::of(&shop);
    elsewhere.forge(&[(&format!("objections/{}.json", "0".repeat(64)), b"nonsense")]);
    elsewhere.sign_again(&gate_key(&shop));
    let answer = elsewhere.gate(&head, &[]);
    assert_eq!(answer.code, 1, "{}", answer.out);
    assert!(answer.findings().contains(&"sign-off-missing".to_owned()), "{}", answer.out);
}

#[test]
fn the_policy_is_the_gates() {
    let shop = Shop::deploying(with_environments);
    let head = land_past_the_hook(&shop);
    let elsewhere = Elsewhere::of(&shop);
    // One that asks for nothing, brought by whoever wants to deploy.
    let gentle = shop.path("gentle.yaml");
    std::fs::write(&gentle, "version: 1\ngates: [{ name: all, refs: [\"refs/heads/**\"] }]\n").unwrap();
    let what = ["gate", "--environment", "production", "--to", &head, "--repository", "acme/shop", "--format", "json"];
    let key = key_file(&shop).with_extension("key.pub");
    let more = ["--gate-key-public", key.to_str().unwrap(), "--policy", gentle.to_str().unwrap()];
    let answer = shop.run_in(&elsewhere.place, &[&what[..], &more].concat());
    assert_eq!((answer.code, answer.findings()), (3, vec!["policy-rolled-back".to_owned()]), "{}", answer.err);
    // The gate has no policy that it could read: then nobody has.
    std::fs::write(shop.path("policy.yaml"), "version: 1\ngates: nonsense\n").unwrap();
    assert_eq!(shop.on_server(&["audit", "archive"]).code, 0);
    shop.write_policy(with_environments);
    elsewhere.fetch();
    let answer = elsewhere.gate(&head, &[]);
    assert_eq!((answer.code, answer.findings()), (3, vec!["policy-rolled-back".to_owned()]), "{}", answer.err);
}

#[test]
fn a_tag_must_stand_where_it_was_made_through_the_gate() {
    let shop = Shop::deploying(with_environments);
    let one = land_signed(&shop);
    shop.git(&["tag", "v1", &one]);
    shop.git(&["tag", "-a", "-m", "Version 2", "v2", &one]);
    assert!(shop.push("ada", &["v1", "v2"]).succeeded());
    let two = land_signed(&shop);
    let elsewhere = Elsewhere::of(&shop);
    for tag in ["v1", "v2"] {
        let answer = elsewhere.gate(tag, &[]);
        assert_eq!(answer.permits(&[]).json()["head"], *one);
        elsewhere.git(&["tag", "-f", tag, &two]);
        elsewhere.gate(tag, &[]).refuses(&["candidate-unguarded"]);
    }
}

#[test]
fn what_is_said_about_it_fits_on_a_page() {
    let shop = Shop::deploying(with_environments);
    let signed = land_signed(&shop);
    let overridden = land_overridden(&shop);
    let elsewhere = Elsewhere::of(&shop);
    let shown = |candidate: &str| {
        let text = elsewhere.gate(candidate, &["--format", "human"]).out;
        let text = text.replace(&signed, "SIGNED").replace(&overridden, "OVERRIDDEN");
        let texts = [&shop.head(), &signed, &overridden].map(|oid| oid.chars().take(7).collect::<String>());
        texts.iter().fold(text, |text, short| text.replace(short.as_str(), "[commit]"))
    };
    let filters = vec![
        (r"\b[0-9a-f]{7,40}\b", "[commit]"),
        (r"\d{4}-\d\d-\d\dT[\d:]+Z \(\d+", "TIME (N"),
        (r"\d\d:\d\d UTC", "HH:MM UTC"),
    ];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(shown(&signed), @r"
        countersign: environment production may get this.

          The commit was made with an agent and passed the gates before.

          No gate asks for anything more: everything in it passed the gates when it
          landed.

          runs now     [commit]  Open the shop
          candidate    [commit]  Fix cost explorer cache
          judged by    the archive of TIME (N entries)
          afterwards   run on the gate's server, for nothing is recorded here:
                       countersign gate --environment production --to SIGNED
                       countersign deployed --environment production SIGNED
        ");
        insta::assert_snapshot!(shown(&overridden), @r#"
        countersign: environment production cannot change as it is, for 2 reasons, so
          nothing was deployed.

          Both commits were made with an agent; 1 passed the gates before, 1 did not:
            [commit]  Fix cost explorer cache  Kiro  Co-authored-by, line 3

          [sign-off-missing] 1 senior who did not work on it must sign.
            can sign     Barbara Liskov, Grace Hopper
            cannot       Ada Byron (author)
            not counted  Dana Scully's override of HH:MM UTC [override-consumed]
                         [override-elsewhere] [override-not-permitted] [override-stale]

          [contributor-unknown] who brought the change could not be read: who pushed
            its commits first could not be read: only the gate's ledger knows that.
            who          participants

          1. ask the gate where its ledger is: what no landing cleared cannot be judged
             without it
          2. ask one of them to run
               git fetch origin && countersign sign-off [commit]..OVERRIDDEN --environment production --repository acme/shop --push origin
          3. run the deployment again

          why a code: countersign explain contributor-unknown

          runs now     [commit]  Open the shop
          candidate    [commit]  Fix cost explorer cache
          judged by    the archive of TIME (N entries)

          The archive does not tell what happened since, and no override counts here:
          fetch the branch and the archive anew, or ask the gate on its server.
        "#);
    });
    // Where the gate stands, it has more than its archive.
    let key = key_file(&shop).with_extension("key.pub");
    let answer = shop.gate(&["--to", &signed, "--gate-key-public", key.to_str().unwrap()]);
    assert_ne!(answer.code, 0);
    assert!(answer.err.contains("leave out `--gate-key-public`"), "{}", answer.err);
}

#[test]
fn many_landings_and_a_merge_of_them_are_found() {
    let shop = Shop::deploying(with_environments);
    for _ in 0..3 {
        land_signed(&shop);
    }
    // Two commits in one landing: its list says that the first came with it.
    let first = shop.commit(ADA, KIRO);
    let second = shop.commit(ADA, KIRO);
    shop.sign_off(BARBARA, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &second);
    let elsewhere = Elsewhere::of(&shop);
    let answer = elsewhere.gate(&second, &[]);
    assert!(answer.permits(&[]).uncleared().is_empty());
    // The state in between was never looked at.
    assert_eq!(elsewhere.gate(&first, &[]).refuses(&["contributor-unknown", "sign-off-missing"]).uncleared(), [first]);
}
