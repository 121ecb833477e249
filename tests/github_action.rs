//! The action and the reusable workflow in a real runner: what is to be deployed goes on with a verdict of the
//! gate, and stops with anything else.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests fail by panicking")]

mod act_rig;
mod gate_rig;
mod push_rig;

use act_rig::{Ran, Runner};
use push_rig::{BOB, GRACE, KIRO, MAIN, Shop};

/// Deploys what the action lets pass, from a verdict in a file.
const WORKFLOW: &str = r#"on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: countersign/countersign@v0
        id: gate
        with:
          environment: ${{ vars.environment }}
          gate-key: ${{ vars.key }}
          commit: ${{ vars.commit }}
          verdict: ${{ vars.verdict }}
          plan: ${{ vars.plan }}
          service: ${{ vars.service }}
          token: ${{ secrets.token }}
          program: ${{ vars.program }}
      - run: echo "deployed with ${{ steps.gate.outputs.verdict }}"
"#;

fn deploys(ran: &Ran) -> bool {
    assert_eq!(ran.well, ran.said.contains("deployed with /"), "{}", ran.said);
    ran.well
}

#[test]
fn the_action_goes_on_with_a_verdict_for_exactly_this_alone() {
    let Some(runner) = Runner::of(WORKFLOW) else { return };
    let shop = Shop::deploying(gate_rig::with_environments);
    let head = shop.commit(BOB, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    let verdict = |name: &str| runner.path(name).to_str().unwrap().to_owned();
    shop.gate(&["--to", &head, "--attest", &verdict("verdict.json")]).permits(&[]);
    let key = public_key(&shop);
    let file = verdict("verdict.json");
    let usual = [("environment", "production"), ("key", key.trim()), ("commit", &head), ("verdict", &file)];
    let with = |name: &str, value: &str| {
        let mut variables = usual.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), value.to_owned()));
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        runner.run(&variables, "none")
    };
    let ran = runner.run(&usual, "none");
    assert!(deploys(&ran), "{}", ran.said);

    // Anything else ends the job, and says why.
    let other = shop.git(&["rev-parse", "HEAD~1"]);
    let unsigned = shop.commit(BOB, KIRO);
    shop.server(&["fetch", "-q", shop.work.to_str().unwrap(), "HEAD:refs/heads/main"]);
    shop.gate(&["--to", &unsigned, "--attest", &verdict("refused.json")]).refuses(&["sign-off-missing"]);
    shop.make_key("stranger", &["-t", "ed25519"]);
    let stranger = std::fs::read_to_string(shop.path("stranger.pub")).unwrap();
    for (name, value, why) in [
        ("environment", "staging", "not verified"),
        ("commit", other.trim(), "not verified"),
        ("commit", &head[..12], "not the full id"),
        ("commit", "", "not the full id"),
        ("key", stranger.trim(), "not verified"),
        ("verdict", &verdict("refused.json")[..], "not verified"),
        ("verdict", &verdict("nothing.json")[..], "nothing.json"),
        ("verdict", "", "name the service"),
        ("key", "", "gate-key is missing"),
        ("environment", "production\n::notice::all is well", "one line"),
    ] {
        // The runner does not always pass on the last line of a step that fails.
        let stops = || {
            let ran = with(name, value);
            assert!(!deploys(&ran), "{name}={value}: {}", ran.said);
            ran
        };
        let ran = (0..3).map(|_| stops()).find(|ran| ran.said.contains(why)).unwrap_or_else(stops);
        assert!(ran.said.contains(why), "{name}={value}: {why}: {}", ran.said);
    }
}

/// Returns the gate's public key as `install` wrote it beside the private one.
fn public_key(shop: &Shop) -> String {
    let private = shop.server(&["config", "countersign.key"]);
    std::fs::read_to_string(format!("{private}.pub")).unwrap()
}
