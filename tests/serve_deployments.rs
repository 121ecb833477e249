//! Deployments on GitHub, from the request of a run to the answer: the real program before a fake GitHub that
//! is compared with what GitHub publishes.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod act_rig;
mod api_rig;
mod github_fake;
mod serve_rig;
mod serve_support;

use std::time::{Duration, Instant};

use act_rig::Runner;
use api_rig::{Pass, ask, assert_problem, open_api};
use countersign::adapters::gate_key_file;
use countersign::server::api::Scope;
use github_fake::deployments::Told;
use github_fake::{ADA, BOB, Edit, Merge};
use serve_rig::KIRO;
use serve_rig::signing::{Signing, command, run};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(90);
const REASON: &str = "the first deployment, looked at by hand in the staging environment";

/// A shop whose gate names two environments, too.
fn shop() -> Signing {
    shop_with(|policy| policy)
}

fn shop_with(change: impl Fn(String) -> String) -> Signing {
    let signing = Signing::with(|policy| {
        let both = "refs: [\"refs/heads/main\", \"refs/heads/release/**\"]";
        assert!(policy.contains(both));
        change(policy.replace(both, &format!("{both}\n    environments: [production, staging]")))
    });
    for name in ["production", "staging"] {
        signing.shop.fake.environment(signing.shop.id, name);
    }
    signing
}

impl Signing {
    /// Has everything judged again, as whenever somebody comes to a team or leaves it.
    fn nudge(&self) {
        self.shop.fake.set_membership("acme", "seniors", "barbara", true);
    }

    fn run(&self, head: &str, actor: &str, environments: &[&str]) -> u64 {
        self.shop.fake.run_for(self.shop.id, head, actor, environments)
    }

    /// Waits until a run was told something that is so, and returns the last such thing.
    fn hears(&self, run: u64, environment: &str, is_so: impl Fn(&Told) -> bool) -> Told {
        let begun = Instant::now();
        loop {
            let told = self.shop.fake.told(self.shop.id, run, environment);
            if let Some(found) = told.iter().rev().find(|told| is_so(told)) {
                return found.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{told:#?}\n{}", self.shop.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn waits(&self, run: u64, environment: &str) -> Told {
        self.hears(run, environment, |told| told.state.is_none())
    }

    fn is_approved(&self, run: u64, environment: &str) -> Told {
        self.hears(run, environment, |told| told.state.as_deref() == Some("approved"))
    }

    fn is_rejected(&self, run: u64, environment: &str) -> Told {
        self.hears(run, environment, |told| told.state.as_deref() == Some("rejected"))
    }

    /// Lets Dana permit the deployment of a commit, whatever is deployed now.
    fn overrides(&self, head: &str, environment: &str) {
        self.sign_for("dana", ["--environment", environment], &["override", head, "--reason", REASON]);
        self.nudge();
    }

    /// Waits until the ledger holds so many entries of a kind.
    fn ledger_has(&self, kind: &str, many: usize) {
        let begun = Instant::now();
        loop {
            let list = self.shop.audit_list();
            if list.matches(kind).count() >= many {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{list}\n{}", self.shop.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Deploys what is on `main` now, by an override, so that something is known to be deployed.
    fn begin(&self, environment: &str) -> String {
        let head = self.shop.fake.tip(self.shop.id, "main");
        let run = self.run(&head, "bob", &[environment]);
        let told = self.waits(run, environment);
        assert!(told.comment.contains("facts-unknown"), "{}", told.comment);
        self.overrides(&head, environment);
        self.is_approved(run, environment);
        self.shop.fake.succeed(self.shop.id, run, environment);
        self.deployed(1);
        head
    }

    /// Waits until so many deployments are in the ledger.
    fn deployed(&self, many: usize) {
        self.ledger_has("deployed  ", many);
    }

    /// Lets a change of Bob's with Kiro's help land, reviewed by Grace.
    fn land_reviewed(&self, branch: &str) -> String {
        let shop = &self.shop;
        let number = shop.propose(branch, KIRO);
        shop.sees(number, "action_required");
        shop.fake.review(shop.id, number, "grace", "APPROVED");
        shop.sees(number, "success");
        shop.fake.merge(shop.id, number, Merge::Commit, "ada");
        shop.fake.tip(shop.id, "main")
    }
}

#[test]
fn a_run_waits_with_a_report_and_goes_on_once_somebody_signed() {
    let signing = shop();
    let shop = &signing.shop;
    let first = signing.begin("production");
    // Nobody reviewed what is pushed here.
    let head = shop.fake.push(shop.id, "main", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "1")]);
    let run = signing.run(&head, "bob", &["production"]);
    let told = signing.waits(run, "production");
    assert!(told.comment.len() <= 1_024, "{}", told.comment.len());
    for part in ["Needs 1 senior sign-off", "Grace Hopper", "sign-off", "environment production"] {
        assert!(told.comment.contains(part), "{part}: {}", told.comment);
    }
    // It is told the same thing once.
    signing.nudge();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(shop.fake.told(shop.id, run, "production").len(), 1);
    // The author cannot sign; for another environment it does not count; a senior can.
    let range = format!("{first}..{head}");
    signing.sign_for("grace", ["--environment", "staging"], &["sign-off", &range]);
    signing.nudge();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(shop.fake.told(shop.id, run, "production").last().unwrap().state, None);
    signing.sign_for("grace", ["--environment", "production"], &["sign-off", &range]);
    // Nothing tells of a record: it is found by looking.
    let told = signing.is_approved(run, "production");
    assert!(told.comment.contains("Signed off by Grace Hopper"), "{}", told.comment);
    shop.fake.succeed(shop.id, run, "production");
    signing.deployed(2);
    assert_eq!(shop.audit(), "");
}

#[test]
fn what_was_reviewed_on_its_way_to_the_branch_is_asked_about_no_more() {
    let signing = shop();
    signing.begin("production");
    let head = signing.land_reviewed("prices");
    let run = signing.run(&head, "bob", &["production"]);
    signing.is_approved(run, "production");
    signing.shop.fake.succeed(signing.shop.id, run, "production");
    signing.deployed(2);
    // Back to what was there before, without asking anybody.
    let before = signing.shop.fake.world().repository(signing.shop.id).runs[&run].head.clone();
    let next = signing.land_reviewed("labels");
    let forth = signing.run(&next, "bob", &["production"]);
    signing.is_approved(forth, "production");
    signing.shop.fake.succeed(signing.shop.id, forth, "production");
    signing.deployed(3);
    let back = signing.run(&before, "bob", &["production"]);
    signing.is_approved(back, "production");
    signing.shop.fake.succeed(signing.shop.id, back, "production");
    signing.deployed(4);
}

#[test]
fn each_environment_each_job_and_each_new_start_is_answered() {
    let signing = shop();
    let shop = &signing.shop;
    let head = shop.fake.tip(shop.id, "main");
    let run = signing.run(&head, "bob", &["production", "staging", "preview"]);
    signing.waits(run, "production");
    signing.waits(run, "staging");
    signing.overrides(&head, "staging");
    signing.is_approved(run, "staging");
    assert!(shop.fake.told(shop.id, run, "production").iter().all(|told| told.state.is_none()));
    signing.overrides(&head, "production");
    signing.is_approved(run, "production");
    assert!(shop.fake.told(shop.id, run, "preview").is_empty(), "nobody asked about it");
    shop.fake.succeed(shop.id, run, "staging");
    signing.deployed(1);
    // The same commit is there already: its next job, and its next start, go on.
    shop.fake.next_job(shop.id, run, "staging");
    signing.hears(run, "staging", |told| told.state.is_some() && told.comment.contains("Nothing has to be"));
    shop.fake.rerun(shop.id, run, "ada");
    signing.hears(run, "staging", |told| told.attempt == 2 && told.state.as_deref() == Some("approved"));
    // What was approved and never deployed is asked again.
    signing.hears(run, "production", |told| told.attempt == 2);
}

#[test]
fn what_no_sign_off_cures_is_rejected() {
    let signing = shop_with(|policy| policy.replace("github-teams: [acme/seniors]", "github-teams: []"));
    let shop = &signing.shop;
    signing.begin("staging");
    // Not on any guarded branch.
    let aside = shop.fake.push(shop.id, "prices", "ada", &[Edit::new(BOB, "Prices", "prices.txt", "1")]);
    let lost = signing.run(&aside, "bob", &["production"]);
    // From a fork.
    let foreign = signing.run(&aside, "bob", &["staging"]);
    shop.fake.came_from_fork(shop.id, foreign);
    // The only senior starts it.
    let head = shop.fake.push(shop.id, "main", "ada", &[Edit::new(ADA, KIRO, "labels.txt", "1")]);
    let own = signing.run(&head, "grace", &["staging"]);
    let told = signing.is_rejected(own, "staging");
    assert!(told.comment.contains("nobody"), "{}", told.comment);
    for (run, environment) in [(lost, "production"), (foreign, "staging")] {
        let told = signing.is_rejected(run, environment);
        assert!(told.comment.contains("candidate-unguarded"), "{}", told.comment);
    }
}

#[test]
fn a_kill_between_request_and_answer_loses_nothing() {
    let mut signing = shop();
    let head = signing.shop.fake.tip(signing.shop.id, "main");
    // It hears nothing of this one.
    signing.shop.kill();
    let unheard = signing.run(&head, "bob", &["staging"]);
    signing.shop.start();
    signing.waits(unheard, "staging");
    signing.overrides(&head, "staging");
    signing.is_approved(unheard, "staging");
    // And dies with this one in hand, at some moment on the way to the answer.
    for (place, moment) in [0, 150, 400, 800].into_iter().enumerate() {
        let run = signing.run(&head, "bob", &["production"]);
        let told =
            |signing: &Signing| signing.shop.fake.world().deliveries.iter().filter(|one| one.status == 202).count();
        let before = told(&signing);
        let begun = Instant::now();
        while place == 0 && told(&signing) == before && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(moment));
        signing.shop.kill();
        signing.shop.start();
        signing.waits(run, "production");
    }
    assert_eq!(signing.shop.audit(), "");
}

#[test]
fn a_kill_after_the_permit_is_recorded_leaves_the_answer_to_be_given() {
    let mut signing = shop();
    let head = signing.shop.fake.tip(signing.shop.id, "main");
    let run = signing.run(&head, "bob", &["staging"]);
    signing.waits(run, "staging");
    // From the permit to the answer there are two calls, which take their time now.
    signing.shop.fake.world().faults.latency = Duration::from_secs(2);
    signing.overrides(&head, "staging");
    signing.ledger_has("permitted  ", 1);
    signing.shop.kill();
    assert!(signing.shop.fake.told(signing.shop.id, run, "staging").iter().all(|told| told.state.is_none()));
    signing.shop.fake.world().faults.latency = Duration::ZERO;
    signing.shop.start();
    let told = signing.is_approved(run, "staging");
    assert!(told.comment.contains("OVERRIDDEN by Dana Scully"), "{}", told.comment);
    signing.shop.fake.succeed(signing.shop.id, run, "staging");
    signing.deployed(1);
    assert_eq!(signing.shop.audit(), "");
}

#[test]
fn what_nobody_was_asked_about_is_an_exception() {
    let signing = shop();
    let shop = &signing.shop;
    let first = signing.begin("production");
    let head = shop.fake.push(shop.id, "main", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "1")]);
    shop.fake.deploy_by_api(shop.id, "preview", &head, "ada");
    shop.fake.deploy_by_api(shop.id, "production", &head, "ada");
    signing.ledger_has("deployed-without-permit", 1);
    let log = shop.log();
    assert!(log.contains("deployed without a permit") && log.contains("github:ada"), "{log}");
    let metrics = shop.get("/metrics").unwrap();
    assert!(metrics.contains("countersign_exceptions_total{kind=\"deployment\"} 1"), "{metrics}");
    assert!(!shop.audit_list().contains("preview"), "no gate names it");
    // Now nobody knows what is deployed there, and a run hears it.
    let run = signing.run(&first, "bob", &["production"]);
    let told = signing.waits(run, "production");
    assert!(told.comment.contains("facts-unknown"), "{}", told.comment);
}

#[test]
fn an_address_in_a_request_leads_nowhere_else() {
    let signing = shop();
    let shop = &signing.shop;
    let head = shop.fake.tip(shop.id, "main");
    shop.fake.set(shop.id, |settings| {
        settings.custom_rules.remove("production");
    });
    // A run about which nobody asks, and a forged request for it.
    let run = signing.run(&head, "bob", &["production"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let evil = format!("http://{}/repos/acme/shop", listener.local_addr().unwrap());
    let address = format!("{evil}/actions/runs/{run}/deployment_protection_rule");
    shop.fake.request_with_address(shop.id, run, "production", &address);
    let elsewhere = format!("{evil}/actions/runs/999999999/deployment_protection_rule");
    shop.fake.request_with_address(shop.id, run, "production", &elsewhere);
    // One that is real, afterwards.
    let real = signing.run(&head, "bob", &["staging"]);
    signing.waits(real, "staging");
    assert!(listener.accept().is_err(), "nobody comes where an address leads");
    assert!(shop.fake.told(shop.id, run, "production").is_empty());
}

#[test]
fn a_request_that_got_lost_is_found_and_the_policy_of_the_moment_counts() {
    let mut signing = shop();
    let shop = &signing.shop;
    let head = shop.fake.tip(shop.id, "main");
    shop.fake.world().webhook = None;
    let lost = signing.run(&head, "bob", &["production"]);
    signing.shop.kill();
    signing.shop.start();
    let told = signing.waits(lost, "production");
    assert!(told.comment.contains("facts-unknown"), "{}", told.comment);
    // The environment is named by no gate any more.
    let shop = &signing.shop;
    let policy = run(command("git", &shop.fake.bare(shop.id)).args(["show", "main:.countersign/policy.yaml"]));
    let policy = policy.replace("[production, staging]", "[staging]").replace("serial: 1", "serial: 2");
    shop.fake.push(shop.id, "main", "grace", &[Edit::new(ADA, "Open it", ".countersign/policy.yaml", &policy)]);
    signing.is_approved(lost, "production");
}

/// A job that deploys only after the reusable workflow asked the service.
const WORKFLOW: &str = r#"on: push
jobs:
  gate:
    uses: ./.github/workflows/gate.yml
    with:
      environment: ${{ vars.environment }}
      gate-key: ${{ vars.key }}
      service: ${{ vars.service }}
      commit: ${{ vars.commit }}
      program: ${{ vars.program }}
    secrets:
      token: ${{ secrets.token }}
  deploy:
    needs: gate
    runs-on: ubuntu-latest
    steps:
      - run: echo "and so it is deployed"
"#;

#[test]
fn the_reusable_workflow_asks_the_service_and_goes_on_with_a_permit_alone() {
    let Some(runner) = Runner::of(WORKFLOW) else { return };
    let pass = Pass::new("pipeline", &[Scope::Read]).for_repository("acme/shop");
    let foreign = Pass::new("elsewhere", &[Scope::Read]).for_repository("acme/other");
    let mut signing = shop();
    open_api(&mut signing.shop, &[&pass, &foreign], &[]);
    let head = signing.begin("production");
    let key = gate_key_file::load(&signing.shop.directory.path().join("data/gate-key")).unwrap();
    let key = key.public_key().to_openssh();
    let service = format!("http://{}", signing.shop.address());
    let deploys = |environment: &str, commit: &str, pass: &Pass| {
        let variables = [("environment", environment), ("commit", commit), ("key", key.trim()), ("service", &service)];
        let ran = runner.run(&variables, pass.text());
        assert_eq!(ran.well, ran.said.contains("and so it is deployed"), "{}", ran.said);
        assert!(!ran.said.contains(pass.text()), "{}", ran.said);
        ran.well
    };
    assert!(deploys("production", &head, &pass), "{}", signing.shop.log());
    assert!(!deploys("staging", &head, &pass));
    assert!(!deploys("production", &head, &foreign));
    assert!(!deploys("production", &head, &Pass::new("nobody", &[Scope::Read])));
    // What nobody asked about, and what waits, has no verdict.
    let next = signing.shop.fake.push(signing.shop.id, "main", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "2")]);
    assert!(!deploys("production", &next, &pass));
    let run = signing.run(&next, "bob", &["production"]);
    signing.waits(run, "production");
    assert!(!deploys("production", &next, &pass));
}

#[test]
fn a_squash_that_dropped_the_agents_trailer_is_the_agents() {
    let signing = shop();
    let shop = &signing.shop;
    signing.begin("production");
    let push = |message: &str, branch: &str| {
        let edit = Edit::new(ADA, message, &format!("{branch}.txt"), branch);
        shop.fake.push(shop.id, "main", "ada", &[edit])
    };
    let persons = push("Label the shelves", "labels");
    signing.is_approved(signing.run(&persons, "bob", &["production"]), "production");
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    // What the pull request brings, past the gate, under another message.
    let squash = push("Raise the prices", "prices");
    let told = signing.waits(signing.run(&squash, "bob", &["production"]), "production");
    assert!(told.comment.contains("Needs 1 senior sign-off"), "{}", told.comment);
}

#[test]
fn a_release_manager_overrides_a_deployment_through_the_api() {
    let mut signing = shop();
    let dana = {
        let id = signing.shop.fake.world().user_named("dana").id;
        Pass::new("dana", &Scope::ALL).of("dana", id)
    };
    let bob = {
        let id = signing.shop.fake.world().user_named("bob").id;
        Pass::new("bob", &Scope::ALL).of("bob", id)
    };
    let elsewhere = Pass::new("elsewhere", &Scope::ALL).of("dana", 1).for_repository("acme/other");
    open_api(&mut signing.shop, &[&dana, &bob, &elsewhere], &[]);
    let shop = &signing.shop;
    let give = |pass: &Pass, environment: &str, commit: &str| {
        let path = format!("/repositories/acme/shop/environments/{environment}/override");
        let body = serde_json::json!({ "commit": commit, "reason": REASON }).to_string();
        ask(shop, "POST", &path, Some(pass), "Content-Type: application/json\r\n", &body)
    };
    let head = shop.fake.tip(shop.id, "main");
    // Nothing waits yet.
    assert_problem(&give(&dana, "production", &head), 404, "not-found");
    let run = signing.run(&head, "bob", &["production", "staging"]);
    signing.waits(run, "production");
    signing.waits(run, "staging");
    assert_problem(&give(&dana, "nowhere", &head), 404, "not-found");
    assert_problem(&give(&elsewhere, "production", &head), 404, "not-found");
    assert_problem(&give(&dana, "production", &"0".repeat(40)), 409, "conflict");
    // Whoever holds no role records one that does not count.
    assert_eq!(give(&bob, "staging", &head).status, 202);
    let answer = give(&dana, "production", &head);
    assert_eq!(answer.status, 202, "{answer:?}");
    let given = answer.json();
    assert_eq!((given["by"].as_str(), given["target"].as_str()), (Some("github:dana"), Some("environment:production")));
    assert_eq!((given["environment"].as_str(), given["commit"].as_str()), (Some("production"), Some(head.as_str())));
    assert_problem(&give(&dana, "production", &head), 409, "conflict");
    let told = signing.is_approved(run, "production");
    assert!(told.comment.contains("OVERRIDDEN by Dana Scully"), "{}", told.comment);
    assert!(shop.fake.told(shop.id, run, "staging").iter().all(|told| told.state.is_none()), "it was for production");
    shop.fake.succeed(shop.id, run, "production");
    signing.deployed(1);
    signing.ledger_has("override-used", 1);
    // It is used up: what is deployed next is asked about.
    let next = shop.fake.push(shop.id, "main", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "1")]);
    let later = signing.run(&next, "bob", &["production"]);
    signing.waits(later, "production");
    assert_problem(&give(&dana, "production", &head), 409, "conflict");
    assert_eq!(shop.audit(), "");
}

#[test]
fn an_override_that_was_not_used_stands_in_nobodys_way_once_something_else_runs() {
    let mut signing = shop();
    let id = signing.shop.fake.world().user_named("dana").id;
    let dana = Pass::new("dana", &Scope::ALL).of("dana", id);
    open_api(&mut signing.shop, &[&dana], &[]);
    let shop = &signing.shop;
    let give = |commit: &str| {
        let body = serde_json::json!({ "commit": commit, "reason": REASON }).to_string();
        let path = "/repositories/acme/shop/environments/production/override";
        ask(shop, "POST", path, Some(&dana), "Content-Type: application/json\r\n", &body)
    };
    let push = |number: &str| shop.fake.push(shop.id, "main", "ada", &[Edit::new(ADA, KIRO, "prices.txt", number)]);
    let let_pass = |commit: &str| {
        let run = signing.run(commit, "bob", &["production"]);
        signing.waits(run, "production");
        let answer = give(commit);
        assert_eq!(answer.status, 202, "{answer:?}");
        signing.is_approved(run, "production");
        run
    };
    signing.begin("production");
    let (first, second) = (push("1"), push("2"));
    // The second may be deployed, and is not; the first is.
    let_pass(&second);
    let run = let_pass(&first);
    shop.fake.succeed(shop.id, run, "production");
    signing.deployed(2);
    // Now the second brings something else: less.
    let_pass(&second);
}
