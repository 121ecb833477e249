//! The whole story of a production: a change that was signed, one that was overridden and one that was pushed
//! past the hook, a plan that replaces the environment, a way back, and a verdict that is carried elsewhere.

use std::process::Command;

use crate::plans::deployed;
use crate::push_rig::{BARBARA, GRACE, Shop};

/// A machine that has the gate's public key, a verdict, and nothing else.
struct Elsewhere(tempfile::TempDir);

impl Elsewhere {
    fn with(shop: &Shop, verdict: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = shop.server(&["config", "countersign.key"]);
        std::fs::copy(format!("{key}.pub"), folder.path().join("gate.pub")).unwrap();
        std::fs::write(folder.path().join("verdict.json"), verdict).unwrap();
        Self(folder)
    }

    /// Tells whether the verdict holds for a commit in an environment.
    #[expect(clippy::disallowed_methods, reason = "tests start programs")]
    fn holds(&self, commit: &str, environment: &str, more: &[&str]) -> bool {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_countersign"));
        verify.env_clear().current_dir(self.0.path()).args(["verify", "verdict.json", "--gate-key", "gate.pub"]);
        let output = verify.args(["--subject", commit, "--environment", environment]).args(more).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        output.status.success()
    }
}

#[test]
fn nothing_reaches_production_that_nobody_looked_at_and_the_answer_can_be_checked_anywhere() {
    let (shop, start, [gentle, replaces]) = deployed();
    let [gentle, replaces] = [&gentle, &replaces].map(String::as_str);

    // Three agents' changes come onto the branch, in three ways.
    super::land_signed(&shop);
    let overridden = super::land_overridden(&shop);
    let smuggled = super::land_past_the_hook(&shop);
    let answer = shop.gate(&["--to", &smuggled, "--plan", gentle]);
    answer.refuses(&["sign-off-missing"]);
    let mut open = vec![overridden, smuggled.clone()];
    open.sort();
    assert_eq!(answer.uncleared(), open);

    // The plan that replaces the environment needs two seniors who saw it; the changes need one.
    let range = format!("{start}..{smuggled}");
    shop.sign_deployment(GRACE, &range, &["--plan", replaces]);
    shop.gate(&["--to", &smuggled, "--plan", replaces]).refuses(&["sign-off-missing"]);
    shop.sign_deployment(BARBARA, &range, &["--plan", replaces]);
    let file = shop.path("verdict.json");
    shop.gate(&["--to", &smuggled, "--plan", replaces, "--attest", file.to_str().unwrap()]).permits(&[]);
    shop.deployed(&smuggled);

    // Back, without asking anybody, and the ledger holds.
    shop.gate(&["--to", &start, "--plan", gentle]).permits(&[]);
    let ledger = shop.on_server(&["audit", "verify"]);
    assert_eq!(ledger.code, 0, "{}{}", ledger.out, ledger.err);

    // The verdict is worth what it says, where there is nothing but the gate's public key.
    let verdict = std::fs::read(&file).unwrap();
    let elsewhere = Elsewhere::with(&shop, &verdict);
    assert!(elsewhere.holds(&smuggled, "production", &[]));
    assert!(elsewhere.holds(&smuggled, "production", &["--plan", replaces]));
    assert!(!elsewhere.holds(&smuggled, "production", &["--plan", gentle]));
    assert!(!elsewhere.holds(&smuggled, "staging", &[]));
    assert!(!elsewhere.holds(&start, "production", &[]));
    assert!(!elsewhere.holds(&smuggled, "production", &["--now", "2100-01-01T00:00:00Z"]));
    for place in (0..verdict.len()).step_by(verdict.len() / 20) {
        let mut changed = verdict.clone();
        changed.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1);
        assert!(!Elsewhere::with(&shop, &changed).holds(&smuggled, "production", &[]), "byte {place}");
    }
}
